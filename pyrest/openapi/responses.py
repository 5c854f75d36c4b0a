"""What requests are answered: the one table of statuses as a client meets them, and of the headers of answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrest.aggregates import FUNCTIONS
from pyrest.openapi.components import reference
from pyrest.openapi.values import Schema

JSON = "application/json"
LINES = ("text/csv", "application/x-ndjson")
"""The formats of lists, out and in, that are read line by line."""

ERROR: Schema = {
    "type": "object",
    "description": "What was wrong: one sentence, and where the members of a body are to blame, sentences for each.",
    "properties": {"error": {"type": "string"}, "errors": {"type": "object", "additionalProperties": True}},
    "required": ["error"],
    "examples": [{"error": "city does not validate", "errors": {"city": ["This field may not be null."]}}],
}

META: Schema = {
    "type": "object",
    "description": "Which part of the list this is.",
    "properties": {
        "count": {"type": "integer", "description": "The number of objects that a page has."},
        "filters": {"type": "object", "additionalProperties": True, "description": "The filters, as they were sent."},
        "offset": {"type": "integer"},
        "next": {"type": "string", "description": 'The query string of the next page, or "null".'},
        "previous": {"type": "string", "description": 'The query string of the page before, or "null".'},
        "next_cursor": {"type": "string", "description": 'The cursor of the next page, or "null".'},
        "previous_cursor": {"type": "string", "description": 'The cursor of the page before, or "null".'},
        "total_count": {"type": "integer"},
        "total_count_capped": {"type": "boolean", "description": "Whether there are more than `total_count` says."},
        "facets": {"type": "object", "additionalProperties": True},
        "facets_cut": {"type": "array", "items": {"type": "string"}, "description": "The facets that have more values."},
    },
    "required": ["count", "filters"],
}

_MEASURE = rf"^(count|({'|'.join(FUNCTIONS)})\(.+\))$"
GROUPS: Schema = {
    "type": "object",
    "description": "A page of groups, in the place of rows, where `aggregate` or `group_by` asks for them.",
    "properties": {
        "meta": reference("Meta"),
        "object_list": {
            "type": "array",
            "items": {
                "type": "object",
                "description": "Under each name that was asked its value, and a measure among them.",
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                "not": {"propertyNames": {"not": {"pattern": _MEASURE}}},
            },
        },
    },
    "required": ["meta", "object_list"],
}

AFFECTED: Schema = {
    "type": "object",
    "description": "How many rows were written.",
    "properties": {"affected": {"type": "integer"}},
    "required": ["affected"],
}

_ROW: Schema = {"type": ["object", "null"], "additionalProperties": True}
_CHANGE: Schema = {
    "type": "object",
    "description": "A row that would not be as it was: null where it is not there, empty where it may not be shown.",
    "properties": {"table": {"type": "string"}, "key": {}, "before": _ROW, "after": _ROW},
    "required": ["table", "key", "before", "after"],
}

PART: Schema = {
    "type": "object",
    "description": "An answer within an answer.",
    "properties": {
        "status": {"type": "integer"},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "body": {"description": "Null where there is none."},
    },
    "required": ["status", "headers", "body"],
}

DRY_RUN: Schema = {
    "type": "object",
    "description": "What a write would be answered, and every row that it would change.",
    "properties": {
        **PART["properties"],
        "changes": {"type": "array", "items": _CHANGE},
        "more_changes": {"type": "boolean", "description": "Whether there are more than are told."},
    },
    "required": [*PART["required"], "changes", "more_changes"],
}


_OUTCOMES = ("created", "updated", "ignored")
COUNTED: Schema = {
    "type": "object",
    "description": "How many objects were created: of an upload, or of a list with `return=minimal`; with `resolution` all outcomes.",
    "properties": {
        **{outcome: {"type": "integer"} for outcome in _OUTCOMES},
        "outcomes": {"type": "array", "items": {"type": "string", "enum": [*_OUTCOMES]}},
    },
    "required": ["created"],
}


def created(one: Schema) -> Schema:
    """What became of a list of objects; `one` is one of them as it is shown."""
    return {
        "type": "object",
        "description": "What became of a list of objects: their addresses, and themselves where `Prefer` asks for them.",
        "properties": {
            **COUNTED["properties"],
            "locations": {"type": "array", "items": {"type": "string", "format": "uri-reference"}},
            "object_list": {"type": "array", "items": one},
        },
        "required": ["created", "locations"],
    }


HEADERS: Mapping[str, Schema] = {
    "Allow": {"description": "The methods of this address.", "schema": {"type": "string"}},
    "Content-Disposition": {"description": "The name of the file, of CSV.", "schema": {"type": "string"}},
    "X-Total-Count": {"description": "What `meta.total_count` would say, of CSV and NDJSON.", "schema": {"type": "integer"}},
    "Cache-Control": {"description": "What may be done with the answer.", "schema": {"type": "string"}},
    "ETag": {"description": "The tag of this answer, for `If-None-Match`.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {"description": "`true`: this was answered before.", "schema": {"type": "string"}},
    "Link": {"description": "The pages beside this one (RFC 8288).", "schema": {"type": "string"}},
    "Location": {"description": "The address of what was created.", "schema": {"type": "string", "format": "uri-reference"}},
    "Preference-Applied": {"description": "What was honoured of `Prefer`.", "schema": {"type": "string"}},
    "Retry-After": {"description": "After how many seconds to try again.", "schema": {"type": "string"}},
    "Vary": {"description": "By which header of the request the answer may differ.", "schema": {"type": "string"}},
}

ERRORS: Mapping[int, str] = {
    400: "What was sent cannot be understood: a parameter, or members of the body.",
    404: "There is no such row.",
    406: "The client takes none of the formats that there are.",
    408: "The upload takes too long.",
    409: "The rows that are there do not allow it.",
    412: "The row is in another state than the request is about.",
    413: "The body is too long.",
    415: "The body does not say that it is JSON.",
    422: "Another request came with this `Idempotency-Key`.",
    428: "The request has to say which state of the row it is about.",
    503: "The database is busy, or cannot be used.",
}
ERROR_HEADERS: Mapping[int, tuple[str, ...]] = {412: ("ETag",), 503: ("Retry-After",)}


def answer(text: str, schema: Schema | None = None, *names: str) -> Schema:
    """A response, with a body of JSON where it has one, and with headers."""
    found = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"description": text, **({"headers": found} if found else {}), **({"content": {JSON: {"schema": schema}}} if schema else {})}


def in_lines(text: str) -> Schema:
    """The content of a list in other formats than JSON. What stands in its lines is no matter of JSON Schema."""
    return {kind: {"schema": {"type": "string", "description": text}} for kind in LINES}


def error_responses() -> dict[str, Schema]:
    """The answers that all operations share."""
    error = reference("Error")
    return {f"Error{status}": answer(text, error, *ERROR_HEADERS.get(status, ())) for status, text in ERRORS.items()}


def error_reference(status: int) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/Error{status}"}
