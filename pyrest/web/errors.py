"""The one table from error to status, and what an error looks like on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from flask import Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from pyrest.errors import (
    BadParameter,
    Busy,
    Conflict,
    NotFound,
    PyrestError,
    StoreUnusable,
    TooManyAffected,
    UnknownName,
    ValidationError,
    WouldScan,
)
from pyrest.web.responses import json_response


class BadBody(PyrestError):
    """A body that is no JSON object."""


class BadHeader(PyrestError):
    """A header that cannot be understood."""


class PreconditionRequired(PyrestError):
    """A write that does not say which state of the row it is about."""


class PreconditionFailed(PyrestError):
    """A write that is about another state of the row than the present one, whose `tag` that is; None where there is no row."""

    def __init__(self, message: str, tag: str | None) -> None:
        self.tag = tag
        super().__init__(message)


class BodyTooLarge(PyrestError):
    """A body longer than the endpoint takes."""


class NotJSON(PyrestError):
    """A body that does not say it is JSON, or another format that is taken."""


class UploadTooSlow(PyrestError):
    """An upload that took longer than the endpoint waits."""


class KeyUsed(PyrestError):
    """The key of a request is that of another one."""


class NotAcceptable(PyrestError):
    """The client wants no format that there is."""


STATUS: Mapping[type[PyrestError], int] = {
    BadBody: 400,
    BadHeader: 400,
    BadParameter: 400,
    UnknownName: 400,
    ValidationError: 400,
    WouldScan: 400,
    NotFound: 404,
    NotAcceptable: 406,
    UploadTooSlow: 408,
    Conflict: 409,
    TooManyAffected: 409,
    PreconditionFailed: 412,
    BodyTooLarge: 413,
    NotJSON: 415,
    KeyUsed: 422,
    PreconditionRequired: 428,
    PyrestError: 500,
    StoreUnusable: 503,
    Busy: 503,
}

INTERNAL = "the server made a mistake; its log says more"

PRIVATE: Mapping[type[PyrestError], str] = {
    PyrestError: INTERNAL,
    StoreUnusable: "the database cannot be used at the moment; the server's log says more",
}
"""What is said in place of errors whose own sentence, such as the path of a file, is for the server's log."""


def refused(refusal: PyrestError) -> Response:
    """The answer to an error of ours."""
    kind = kind_of(refusal)
    body: dict[str, Any] = {"error": PRIVATE.get(kind) or str(refusal)}
    if isinstance(refusal, ValidationError):
        body = {"error": refusal.summary, "errors": refusal.errors}
    return json_response(body, STATUS[kind], _headers(refusal))


def _headers(refusal: PyrestError) -> Mapping[str, str]:
    if isinstance(refusal, Busy):
        return {"Retry-After": str(refusal.retry_after)}
    if isinstance(refusal, PreconditionFailed) and refusal.tag:
        return {"ETag": refusal.tag}
    return {}


def kind_of(refusal: PyrestError) -> type[PyrestError]:
    """The class by which the table knows an error."""
    return next(kind for kind in type(refusal).__mro__ if kind in STATUS)


def http_error(fault: HTTPException) -> Response:
    """The answer to an error of Flask's, such as its 404 and 405, with the headers that belong to it."""
    if fault.response is not None:  # abort(response): the application answers by itself
        return cast(Response, fault.response)
    status = fault.code or 500
    methods = sorted(fault.valid_methods or ()) if isinstance(fault, MethodNotAllowed) else []
    headers = {"Allow": ", ".join(methods)} if isinstance(fault, MethodNotAllowed) else {}
    headers |= {name: value for name, value in fault.get_headers() if name not in ("Content-Type", "Allow")}
    sentence = _taken(methods) or _SENTENCES.get(status) or fault.description or fault.name
    return json_response({"error": sentence}, status, headers)


_SENTENCES = {404: "there is nothing at this address", 405: "this address does not take that method"}


def _taken(methods: Iterable[str]) -> str:
    """What an address takes. That it takes HEAD and OPTIONS as well goes without saying."""
    said = [method for method in methods if method not in ("HEAD", "OPTIONS")]
    return f"this address takes only {', '.join(said)}" if said else ""
