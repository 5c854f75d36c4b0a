"""Answers and refusals of the code by hand."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import orjson
from flask import Response, request

JSON = "application/json"


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, error: str, errors: dict[str, list[str]] | None = None) -> None:
        self.status = status
        self.body: dict[str, Any] = {"error": error} if errors is None else {"error": error, "errors": errors}
        super().__init__(error)


def answer(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, content_type=JSON)


FORMATS_OF_LISTS = f"{JSON}, text/csv and application/x-ndjson"  # what pyrest says; by hand there is JSON only


def require_acceptable(formats: str = JSON) -> None:
    if request.headers.get("Accept", "*/*") not in ("*/*", JSON) and request.accept_mimetypes[JSON] == 0:
        raise Refused(406, f"this address answers in {formats} only")


def no_such_row(resource: str) -> Refused:
    return Refused(404, f"there is no such row in {resource}")


def unknown(kind: str, name: str, known: Iterable[str]) -> Refused:
    return Refused(400, f'unknown {kind} "{name}"{suggestion(name, known)}')


def suggestion(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), list(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""
