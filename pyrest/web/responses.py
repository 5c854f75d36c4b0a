"""Values → responses: JSON bodies and their headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JSON = "application/json"
_NO_HEADERS: Mapping[str, str] = {}


class Shown(Response):
    """An answer that shows something. Its headers are sent as they are: Werkzeug would copy them, to mend what ours do not have."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        return self.headers if self._status_code == 200 and not self.is_streamed else super().get_wsgi_headers(environ)


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] = _NO_HEADERS, indent: int = 0) -> Response:
    """A response whose objects have their keys in the order they come in."""
    response = Shown(json_text(body, indent), status, content_type=JSON)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def json_bytes(body: Any) -> bytes:
    """A value as JSON in UTF-8, in one line."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        # orjson writes integers of 64 bits, and a sum of them may have more.
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def json_text(body: Any, indent: int = 0) -> bytes:
    """A value as JSON in UTF-8, in one line unless lines are indented by so many spaces."""
    text = json_bytes(body)
    return text if not indent else json.dumps(json.loads(text), indent=indent, ensure_ascii=False).encode()


def empty_response(status: int, headers: Mapping[str, str] = _NO_HEADERS) -> Response:
    """A response without a body: 201 says so by its type and length, 204 has neither (RFC 9110, section 8.6)."""
    response = Response(status=status, headers=dict(headers), content_type=JSON)
    if status == 204:
        del response.headers["Content-Type"]
    return response


def page_links(following: str | None, previous: str | None) -> Mapping[str, str]:
    """The Link header of a page (RFC 8288)."""
    links = [f'<{target}>; rel="{relation}"' for target, relation in ((following, "next"), (previous, "prev")) if target]
    return {"Link": ", ".join(links)} if links else _NO_HEADERS
