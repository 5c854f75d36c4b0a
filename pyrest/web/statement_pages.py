"""The pages about the last requests, while the application is in debug: which statements ran, how long, with which plan.

One document each, as JSON or, for a browser, as HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Request, Response, current_app
from jinja2 import Template
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchAddress

from pyrest.datastores.watching import Executed
from pyrest.endpoint import Endpoint
from pyrest.errors import Misdeclared, NotFound, quoted
from pyrest.query import parameters, refuse_all
from pyrest.store import Store
from pyrest.web.negotiation import PLAIN, accepted
from pyrest.web.request_log import MAX_REQUESTS, Answered, RequestLog
from pyrest.web.responses import JSON, json_response
from pyrest.web.statement_html import ONE_REQUEST, REQUESTS
from pyrest.web.timing import milliseconds
from pyrest.web.views import answering, mount, options

SEGMENT = "_statements"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")  # all, so that out of debug no method finds anything

_READ = ("GET", "HEAD", "OPTIONS")
_HTML = "text/html"
_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}

Document = dict[str, Any]


def refuse_names(endpoints: Iterable[Endpoint]) -> None:
    """Raises `Misdeclared` for an endpoint whose address is that of these pages."""
    for endpoint in endpoints:
        if endpoint.name == SEGMENT:
            raise Misdeclared(f"{type(endpoint).__name__}.name: {SEGMENT!r} is where pyrest shows statements in debug; choose another")


class StatementPages:
    """The views of the pages of one log; `prefix` is the path of the Wrapper, percent-encoded."""

    def __init__(self, log: RequestLog, prefix: str) -> None:
        self._log = log
        self._base = f"{prefix}/{SEGMENT}/"
        self.list = answering(self._list)
        self.detail = answering(self._detail)

    def _list(self, request: Request) -> Response:
        base = mount(request) + self._base
        return _answer(request, REQUESTS, lambda: {"requests": [summary(answered, base) for answered in self._log.newest_first()]})

    def _detail(self, request: Request, key: str) -> Response:
        base = mount(request) + self._base
        return _answer(request, ONE_REQUEST, lambda: self._document(key, base))

    def _document(self, key: str, base: str) -> Document:
        found = self._log.find(key)
        if found is None:
            raise NotFound(f"no request {quoted(key)} is kept: {base} lists the last {MAX_REQUESTS} of this process")
        statements = [described(statement, self._log.store) for statement in found.watch.statements]
        return summary(found, base) | {"requests_uri": base, "statements": statements}


def summary(answered: Answered, base: str) -> Document:
    """A request without its statements."""
    return {
        "id": answered.id,
        "at": answered.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": answered.method,
        "path": answered.path,
        "status": answered.status,
        "milliseconds": milliseconds(answered.seconds),
        "sql_milliseconds": milliseconds(answered.watch.seconds),
        "statement_count": answered.watch.count,
        "ressource_uri": f"{base}{answered.id}/",
    }


def described(statement: Executed, store: Store) -> Document:
    """A statement, with the plan that the store has for it now."""
    return {
        "text": statement.text,
        "parameters": list(statement.parameters),
        "parameters_omitted": statement.omitted,
        "milliseconds": milliseconds(statement.seconds),
        "rows": statement.rows,
        "plan": list(store.explained(statement)),
    }


def _answer(request: Request, template: Template, document: Callable[[], Document]) -> Response:
    if not current_app.debug:
        raise NoSuchAddress
    prefers_html = _prefers_html(request)
    form = PLAIN if prefers_html else accepted(request)
    if request.method not in _READ:
        raise MethodNotAllowed(_READ)
    if request.method == "OPTIONS":
        return options(("GET",))
    refuse_all(parameters(request.environ.get("QUERY_STRING", "")))
    if prefers_html:
        return Response(template.render(document()), headers=_HEADERS, content_type=f"{_HTML}; charset=utf-8")
    return json_response(document(), headers=_HEADERS, indent=form.indent)


def _prefers_html(request: Request) -> bool:
    return request.accept_mimetypes.best_match((JSON, _HTML), JSON) == _HTML
