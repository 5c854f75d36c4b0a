"""`POST /batch/`: several requests in one transaction. All of them succeed, or none has happened.

Each goes through the application as a request of its own, so what Flask code there is around the API, such as a `before_request` function
that looks at the user and the method, decides on it as on any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from io import BytesIO
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Request, Response, current_app
from werkzeug.exceptions import HTTPException

from pyrest.endpoint import Endpoint
from pyrest.errors import Misdeclared, PyrestError, quoted
from pyrest.models.model import declaration
from pyrest.openapi.batches import Batches
from pyrest.query import refuse_all
from pyrest.resource import Resource
from pyrest.serializers.hyperlinks import ROUTE_KEY
from pyrest.store import Store
from pyrest.web.answers import part_of
from pyrest.web.batch_parts import Asked, BadPart, NewRows, encoded, parts_of
from pyrest.web.bodies import json_body, parameters_of
from pyrest.web.errors import BadBody, refused
from pyrest.web.negotiation import accepted
from pyrest.web.responses import JSON, json_response
from pyrest.web.views import Mounted, described, mount

SEGMENT = "batch"
MAX_REQUESTS = 100
MAX_BODY = 8 * 2**20
METHODS = ("POST",)

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

_OWN = (
    *("HTTP_IDEMPOTENCY_KEY", "HTTP_PREFER", "HTTP_IF_", "HTTP_RANGE", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_", "HTTP_EXPECT"),
    *("RAW_URI", "REQUEST_URI", "wsgi.input", "werkzeug.", "flask.", "pyrest."),
)
"""How the names begin of what is about the batch alone in its environment."""

_NOT_PASSED_ON = ("Content-Type", "Content-Length", "Location", "Set-Cookie")
"""Headers of a refusal that are not those of the refused batch."""


class Batch:
    """The view of a Wrapper's batches. `routes` are Flask's names for the routes that a batch may lead to."""

    def __init__(self, store: Store, resources: Iterable[Resource], mounted: Mounted, routes: Collection[str], batches: Batches) -> None:
        self._store = store
        self._resources = {f"{resource.name}-detail": resource for resource in resources}
        self._mounted = mounted
        self._routes = routes
        self._batches = batches

    def view(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return described(request, self._mounted, self._batches.path, METHODS)
        form = accepted(request)
        refuse_all(parameters_of(request))
        body = json_body(request, MAX_BODY)
        try:
            parts = parts_of(body, self._batches.most)
        except BadPart as refusal:
            _fail(refusal.index, refused(refusal))
        reads = all(asked.method == "GET" for asked in parts)
        with self._store.snapshot() if reads else self._store.transaction():
            return json_response({"responses": self._answers(request, parts)}, indent=form.indent)

    def _answers(self, request: Request, parts: Iterable[Asked]) -> list[Any]:
        rows = NewRows(lambda collection, text: self._key(request, collection, text))
        found = []
        for index, asked in enumerate(parts):
            response = self._answer(request, asked, rows)
            if response.status_code >= 300 and response.status_code != 304:
                _fail(index, response)
            if asked.id:
                created = response.status_code == 201 and "Location" in response.headers
                rows.note(asked.id, urlsplit(response.headers["Location"]).path if created else None)
            found.append(part_of(response))
        return found

    def _answer(self, request: Request, asked: Asked, rows: NewRows) -> Response:
        """The answer to one request, whatever it is."""
        try:
            environ = self._environ(request, asked, rows)
        except RecursionError:
            return refused(BadBody("the body is nested too deeply"))
        except PyrestError as refusal:
            return refused(refusal)
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy is typed as a Flask
        with app.request_context(environ) as context:
            rule = context.request.url_rule
            if rule is not None and rule.endpoint not in self._routes:
                return refused(BadBody("a batch leads to lists and rows of this API only"))
            return _in_json(app.full_dispatch_request())

    def _environ(self, request: Request, asked: Asked, rows: NewRows) -> dict[str, Any]:
        """What a server would make of the request. It has the batch's own headers, as far as they are not about the batch."""
        above = mount(request)
        prefix = f"{above}{self._mounted.prefix}/"
        path, _, query = rows.in_path(asked.path).partition("?")
        if not path.startswith(prefix):
            raise BadBody(f"path {quoted(path)} does not begin with {prefix}")
        body = b"" if asked.body is None else encoded(rows.in_body(asked.body))
        kept = {name: value for name, value in request.environ.items() if not name.startswith(_OWN)}
        own = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in asked.headers.items()}
        return {
            **kept,
            **own,
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": unquote_to_bytes(path[len(above) :]).decode("latin-1"),  # WSGI has bytes as Latin-1 (PEP 3333)
            "QUERY_STRING": query,
            "HTTP_ACCEPT": JSON,
            "CONTENT_TYPE": JSON,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }

    def _key(self, request: Request, collection: str, text: str) -> Any:
        """The key of a row, as JSON has it."""
        above = mount(request)
        match = self._mounted.routes.find(f"{collection}{text}/", above + self._mounted.prefix, above)
        resource = None if match is None else self._resources.get(match.view_name)
        if match is None or resource is None:
            raise BadBody(f"{quoted(collection + text)} is no row of this API")
        key = declaration(resource.endpoint.model).key
        return key.dump(resource.values_of(resource.address(match.values[ROUTE_KEY]), key.name)[0])


def _in_json(response: Response) -> Response:
    """The response, which an answer of a batch can hold; a refusal of others that succeeded."""
    if response.status_code >= 300 or not (response.is_streamed or (response.mimetype != JSON and response.get_data())):
        return response
    response.close()
    return refused(BadBody("the answers in a batch are JSON; leave format out"))


def check_batch(segment: object, most: object, endpoints: Iterable[Endpoint]) -> None:
    """Raises `Misdeclared` for options that are none, and for an endpoint whose address is that of batches."""
    if type(most) is not int or most < 1:
        raise Misdeclared(f"Wrapper: max_batch is a whole number, 1 or greater, not {most!r}")
    if segment is not None and not (isinstance(segment, str) and _SEGMENT.fullmatch(segment)):
        raise Misdeclared(f"Wrapper: batch is one part of a URL, of letters and digits with - and _ between, or None, not {segment!r}")
    for endpoint in endpoints:
        if endpoint.name == segment:
            said = f"{type(endpoint).__name__}.name: {segment!r} is where batches are sent"
            raise Misdeclared(f"{said}; choose another, or another place for them: Wrapper(batch=…), None for none")


def _fail(index: int, response: Response) -> NoReturn:
    """Ends the batch with what one of its requests was refused for."""
    said = response.get_json(silent=True)
    body = said if isinstance(said, dict) else {}
    sentence = body.get("error", f"it was answered with {response.status_code}")
    status = response.status_code if response.status_code >= 400 else 400
    answer = json_response({**body, "error": f"requests[{index}]: {sentence}", "index": index, "status": status}, status)
    answer.headers.extend([(name, value) for name, value in response.headers if name not in _NOT_PASSED_ON])
    raise HTTPException(response=answer)
