"""An answer as a value: as a part of another one, as bytes to be kept, and as a reason to take everything back."""

from __future__ import annotations

from typing import Any, TypeAlias

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException

from pyrest.web.responses import Ready

SHOWN = ("Location", "ETag", "Link", "Preference-Applied")
"""The headers that say something of the answer itself, not of how it was sent."""

Part: TypeAlias = dict[str, Any]


def part_of(response: Response) -> Part:
    """Status, headers and body, for an answer that holds others. The body is JSON, or null where there is none."""
    body = response.get_data()
    headers = {name: response.headers[name] for name in SHOWN if name in response.headers}
    return {"status": response.status_code, "headers": headers, "body": orjson.Fragment(body) if body else None}


def packed(response: Response) -> bytes:
    """All of an answer."""
    head = orjson.dumps([response.status_code, [pair for pair in response.headers if pair[0] != "Content-Length"]])
    return head + b"\n" + response.get_data()


def unpacked(answer: bytes) -> Response:
    """The answer that was packed."""
    head, _, body = answer.partition(b"\n")
    status, headers = orjson.loads(head)
    return Ready(body, [(name, value) for name, value in headers], status)


def succeeded(response: Response) -> Response:
    """The answer itself. Raises it where it is a refusal, so that what was written for it is taken back."""
    if response.status_code >= 300:
        raise HTTPException(response=response)
    return response
