"""Values → responses: JSON bodies and their headers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson
from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON = "application/json"
_NO_HEADERS: Mapping[str, str] = {}

Made: TypeAlias = tuple[bytes, list[tuple[str, str]], int]
"""The body, the headers and the status of a response."""

_LINES = {code: f"{code} {phrase.upper()}" for code, phrase in HTTP_STATUS_CODES.items()}


class Content(NamedTuple):
    """What GET shows: the bytes of a body, of which type they are, and headers that say more of them."""

    body: bytes
    media_type: str = JSON
    headers: Mapping[str, str] = _NO_HEADERS


class Ready(Response):
    """A response that is sent as it was made, unless somebody looks at it before: then it becomes one like any other.

    Werkzeug makes each response ready for whatever may be done with it, and mends its headers; that takes longer than to send it.
    """

    def __init__(self, body: bytes, headers: Iterable[tuple[str, str]], status: int = 200) -> None:
        """`headers` are all but the body's length, which is added where the status allows it (RFC 9110, section 8.6)."""
        length = () if status in (204, 304) else (("Content-Length", str(len(body))),)
        self.__dict__["_made"] = (body, [*headers, *length], status)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        made: Made | None = self.__dict__["_made"]
        if made is None:
            return super().__call__(environ, start_response)
        body, headers, status = made
        start_response(_LINES[status], headers)
        return [body] if body and environ["REQUEST_METHOD"] != "HEAD" else []

    def __getattr__(self, name: str) -> Any:
        if not self._become_whole():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        return getattr(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._become_whole()
        super().__setattr__(name, value)

    def _become_whole(self) -> bool:
        """Whether it has just done so."""
        made: Made | None = self.__dict__.get("_made")
        if made is None:
            return False
        self.__dict__["_made"] = None
        body, headers, status = made
        super().__init__(body or None, status, Headers(headers))
        if "Content-Type" not in dict(headers):
            del self.headers["Content-Type"]  # Werkzeug gives every response one
        return True


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] = _NO_HEADERS, indent: int = 0) -> Response:
    """A response whose objects have their keys in the order they come in."""
    return Ready(json_text(body, indent), (("Content-Type", JSON), *headers.items()), status)


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
    return Ready(b"", headers.items() if status == 204 else (("Content-Type", JSON), *headers.items()), status)


def page_links(following: str | None, previous: str | None) -> Mapping[str, str]:
    """The Link header of a page (RFC 8288)."""
    links = [f'<{target}>; rel="{relation}"' for target, relation in ((following, "next"), (previous, "prev")) if target]
    return {"Link": ", ".join(links)} if links else _NO_HEADERS
