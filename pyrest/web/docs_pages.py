"""The document at `/openapi.json`, and the page that shows it: Swagger UI out of a package, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path

from flask import Request, Response
from werkzeug.exceptions import NotFound as NoSuchAddress

from pyrest.endpoint import Endpoint
from pyrest.errors import Misdeclared
from pyrest.openapi.document import SEGMENT as DOCUMENT
from pyrest.query import parameters, refuse_all
from pyrest.web.conditional import is_known, tag_of
from pyrest.web.negotiation import accepted
from pyrest.web.responses import JSON, Ready
from pyrest.web.views import Mounted, answering, described, mount, options

PACKAGE = "flask_swagger_ui"
FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "favicon-32x32.png": "image/png"}
SCRIPT = "pyrest.js"

_SEGMENT = re.compile("[A-Za-z0-9][A-Za-z0-9_-]*")

# Swagger UI writes styles into its elements, and holds its pictures in URLs.
_POLICY = "; ".join(
    f"{kind} {sources}"
    for kind, sources in {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }.items()
)
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="{base}favicon-32x32.png">
<link rel="stylesheet" href="{base}swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-document="{document}"></div>
<script src="{base}swagger-ui-bundle.js"></script>
<script src="{base}pyrest.js"></script>
</body>
</html>
"""

_SCRIPT_TEXT = """"use strict";
const place = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""

_MISSING = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>The page that shows this API is in a package of its own, which is not installed here:</p>
<pre>pip install "pyrest-framework[docs]"</pre>
<p>The document that it shows is <a href="{document}">{document}</a>.</p>
</body>
</html>
"""


def check_docs(docs: object, batch: str | None, endpoints: Iterable[Endpoint]) -> None:
    """Raises `Misdeclared` for a page where none can be, and for an endpoint whose address is that of the document or of the page."""
    if docs is not None and not (isinstance(docs, str) and _SEGMENT.fullmatch(docs)):
        raise Misdeclared(f"Wrapper: docs is the part of the URL where the documentation page is, or None for no page, not {docs!r}")
    if docs is not None and docs == batch:
        raise Misdeclared(f"Wrapper: {docs!r} is where batches are sent; put the documentation page elsewhere with docs=…")
    for endpoint in endpoints:
        owner = type(endpoint).__name__
        if endpoint.name == DOCUMENT:
            raise Misdeclared(f"{owner}.name: {DOCUMENT!r} is where the document is that describes the API; choose another")
        if endpoint.name == docs:
            raise Misdeclared(f'{owner}.name: {docs!r} is where the documentation page is; put that elsewhere: Wrapper(…, docs="about")')


def ui_files() -> Path | None:
    """Where the files of Swagger UI are; None where the package is not installed."""
    found = find_spec(PACKAGE)
    places: Sequence[str] = (found.submodule_search_locations if found else None) or ()
    return Path(places[0]) / "dist" if places else None


class DocsPages:
    """The views of the document and of the page of one API; `docs` is the page's part of the URL."""

    def __init__(self, mounted: Mounted, title: str, docs: str | None) -> None:
        self._mounted = mounted
        self._title = escape(title)
        self._docs = docs
        self.document = answering(self._document)
        # A browser asks for pages, scripts and pictures, each under its own Accept.
        self.page = answering(self._page)
        self.file = answering(self._file)

    def _document(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return described(request, self._mounted, f"/{DOCUMENT}", ("GET",))
        accepted(request)
        refuse_all(parameters(request.environ.get("QUERY_STRING", "")))
        body = self._mounted.documents.whole(mount(request))
        return _tagged(request, body, JSON, {"Cache-Control": "no-cache", "Vary": "Accept"})

    def _page(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return options(("GET",))
        base = escape(mount(request) + self._mounted.prefix)
        text = _MISSING if ui_files() is None else _PAGE
        page = text.format(title=self._title, base=f"{base}/{self._docs}/", document=f"{base}/{DOCUMENT}")
        return Response(page, headers=_HEADERS, content_type="text/html; charset=utf-8")

    def _file(self, request: Request, name: str) -> Response:
        if request.method == "OPTIONS":
            return options(("GET",))
        if name == SCRIPT:
            return Response(_SCRIPT_TEXT, headers=_HEADERS, content_type="text/javascript; charset=utf-8")
        files = ui_files()
        if files is None or name not in FILES:
            raise NoSuchAddress
        return _tagged(request, (files / name).read_bytes(), FILES[name], _HEADERS)


def _tagged(request: Request, body: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """These bytes with their tag, or that the client has them."""
    tag = tag_of(body)
    tagged = (*headers.items(), ("ETag", tag))
    return Ready(b"", tagged, 304) if is_known(request, tag) else Ready(body, (("Content-Type", media_type), *tagged))
