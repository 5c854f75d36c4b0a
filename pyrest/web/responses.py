"""Values → responses: JSON bodies and their headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response

JSON = "application/json"
_NO_HEADERS: Mapping[str, str] = {}


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] = _NO_HEADERS) -> Response:
    """A response whose objects have their keys in the order they come in."""
    response = Response(orjson.dumps(body), status, content_type=JSON)
    for name, value in headers.items():
        response.headers[name] = value
    return response


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
