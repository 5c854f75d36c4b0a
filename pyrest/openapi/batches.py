"""Batches: several requests in one, as an operation of the document."""

from __future__ import annotations

from typing import NamedTuple

from pyrest.openapi.components import Components
from pyrest.openapi.parameters import KEY, header_parameter, prefer_parameter
from pyrest.openapi.responses import DRY_RUN, ERROR, ERROR_HEADERS, ERRORS, JSON, PART, answer
from pyrest.openapi.values import Schema


class Batches(NamedTuple):
    """Where batches are sent, and how many requests one holds at most."""

    path: str
    most: int


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HEADERS = ("If-Match", "If-None-Match", "Prefer")
MAX_TEXT = 8000  # characters of a path or of a header, as many as servers take of a line
ID = "[A-Za-z0-9_-]{1,64}"

_TEXT: Schema = {"type": "string", "maxLength": MAX_TEXT, "pattern": "^[ -~]*$"}
_REQUEST: Schema = {
    "type": "object",
    "properties": {
        "method": {"type": "string", "enum": [*METHODS]},
        "path": {
            "type": "string",
            "maxLength": MAX_TEXT,
            "pattern": '^/[!-"$-~]*$',
            "description": "The path of a list or a row, percent-encoded; `{id}` is the last part of that of a row created before.",
        },
        "body": {"description": '`{"$key": "id"}` in it is the key of a row created before, `{"$path": "id"}` its path.'},
        "id": {"type": "string", "pattern": f"^{ID}$", "description": "A name for the row that this creates."},
        "headers": {
            "type": "object",
            "properties": dict.fromkeys(HEADERS, _TEXT),
            "additionalProperties": False,
        },
    },
    "required": ["method", "path"],
    "additionalProperties": False,
}
_REFUSAL: Schema = {
    **ERROR,
    "description": "What was wrong, of the batch or of one of its requests.",
    "properties": {
        **ERROR["properties"],
        "index": {"type": "integer", "description": "Which request it was, counted from 0."},
        "status": {"type": "integer", "description": "What that was answered with."},
    },
    "examples": [{"error": "requests[1]: city is missing. Cannot create the ressource", "index": 1, "status": 400}],
}
_ERRORS = {**{status: text for status, text in ERRORS.items() if status != 408}, 405: "An address does not take a method."}


def batch_operation(batches: Batches, components: Components) -> Schema:
    """`POST` of a batch. A refusal has the status of the request that was refused, so there are as many as any request has."""
    refused = components.ref("batch refusal", "BatchError", lambda _: _REFUSAL)
    one = components.ref("batch answer", "BatchAnswer", lambda _: PART)
    tried = components.ref("dry run", "DryRun", lambda _: DRY_RUN)
    answers = components.ref("batch answers", "BatchAnswers", lambda _: _answers(one))
    errors = {str(status): answer(text, refused, *ERROR_HEADERS.get(status, ())) for status, text in sorted(_ERRORS.items())}
    body = components.ref("batch", "Batch", lambda _: _batch(batches.most))
    return {
        "operationId": "api_batch",
        "summary": "Several requests in one transaction: all of them succeed, or nothing has happened",
        "parameters": [header_parameter(KEY, False), prefer_parameter(("dry-run",), False, {})],
        "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
        "responses": {
            "200": answer("All of them have succeeded.", {"anyOf": [tried, answers]}, "Idempotency-Replayed", "Preference-Applied"),
            **errors,
        },
    }


def _answers(one: Schema) -> Schema:
    return {"type": "object", "properties": {"responses": {"type": "array", "items": one}}, "required": ["responses"]}


def _batch(most: int) -> Schema:
    return {
        "type": "object",
        "properties": {"requests": {"type": "array", "items": _REQUEST, "minItems": 1, "maxItems": most}},
        "required": ["requests"],
        "additionalProperties": False,
        "examples": [{"requests": [{"method": "GET", "path": "/"}]}],
    }
