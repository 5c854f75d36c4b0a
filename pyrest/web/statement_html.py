"""How the pages about the last requests look in a browser. All that they show is escaped: much of it came from clients."""

from __future__ import annotations

import json
from functools import partial

from jinja2 import Environment, StrictUndefined

_PAGES = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_PAGES.filters["json"] = partial(json.dumps, ensure_ascii=False)

_PAGES.globals["frame"] = _PAGES.from_string("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{% block title %}{% endblock %}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em; }
pre { background: #f4f4f4; padding: .6em; white-space: pre-wrap; overflow-wrap: anywhere; }
td, th { padding: .1em 1em .1em 0; text-align: left; vertical-align: top; }
</style>
</head>
<body>
{% block body %}{% endblock %}
</body>
</html>
""")

REQUESTS = _PAGES.from_string("""\
{% extends frame %}
{% block title %}The last requests{% endblock %}
{% block body %}
<h1>The last requests</h1>
<table>
<tr><th>request</th><th>status</th><th>at</th><th>ms</th><th>ms in SQL</th><th>statements</th></tr>
{% for one in requests %}
<tr><td><a href="{{ one.ressource_uri }}">{{ one.method }} {{ one.path }}</a></td><td>{{ one.status }}</td><td>{{ one.at }}</td>
<td>{{ one.milliseconds }}</td><td>{{ one.sql_milliseconds }}</td><td>{{ one.statement_count }}</td></tr>
{% endfor %}
</table>
{% endblock %}
""")

ONE_REQUEST = _PAGES.from_string("""\
{% extends frame %}
{% block title %}{{ method }} {{ path }}{% endblock %}
{% block body %}
<h1>{{ method }} {{ path }}</h1>
<p>Status {{ status }}, {{ at }}. {{ milliseconds }} ms, of which {{ sql_milliseconds }} ms in SQL.
Statements: {{ statement_count }}. <a href="{{ requests_uri }}">The last requests</a></p>
{% for one in statements %}
<h2>{{ loop.index }}. {{ one.milliseconds }} ms{% if one.rows is not none %}, rows: {{ one.rows }}{% endif %}</h2>
<pre>{{ one.text }}</pre>
{% if one.parameters %}
<p>Parameters: {% for value in one.parameters %}<code>{{ value | json }}</code>{% if not loop.last %}, {% endif %}{% endfor %}
{% if one.parameters_omitted %} and {{ one.parameters_omitted }} more{% endif %}</p>
{% endif %}
{% if one.plan %}
<pre>{{ one.plan | join("\n") }}</pre>
{% endif %}
{% endfor %}
{% if statement_count > statements | length %}
<p>Statements that were not kept: {{ statement_count - statements | length }}.</p>
{% endif %}
{% endblock %}
""")
