"""What Schemathesis is told about our APIs: how values of our formats look, and what no document can say, each with its reason.

Loaded by `schemathesis run` (SCHEMATHESIS_HOOKS). The two checks here stand in for those of Schemathesis that they call.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import RejectedPositiveData, negative_data_rejection, positive_data_acceptance

KEY = re.compile('(?!""$)[!-~]([ -~]{0,253}[!-~])?')
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat())

DECIMALS: set[str] = set()
"""The names of members that are decimals."""

# Hypothesis knows the formats of JSON Schema; these are of OpenAPI's registry, or narrower here.
schemathesis.openapi.format("time-local", st.times().map(lambda time: time.isoformat()))
schemathesis.openapi.format("date-time-local", MOMENTS)
schemathesis.openapi.format("date-time", MOMENTS.map(lambda moment: f"{moment}Z"))

UNSAYABLE = {
    r"^If-Match|^If-None-Match": "in which state a row is",
    r'^"(fields|omit|expand)":': "what stands in parentheses, and how many names these parameters may have together",
    r"There are more than 100 parameters": "how many parameters there may be",
    r"Enter a valid URL": "which letters hosts are made of",
    r"A path follows at most": "how often a path may come around",
    r"^requests\[\d+\]": "what each request of a batch leads to",
    r"^A filter is required": "that one of many parameters has to be there",
    r'^"on_conflict": It (needs|has to say)|^Prefer: resolution': "which headers and parameters go together",
    r"object does not exist|Object with .* does not exist|Several objects with|Invalid hyperlink": "which rows are there",
    r"must be unique|must make a unique set|Another object of this list has the same": "which values are taken",
    r"leave it out beside|leave one of the two out|it takes no offset|With count=all|is there twice": "which parameters exclude each other",
    r"^unknown ordering": "that groups are ordered by what makes and measures them",
    r'^"count": All rows|^"facet": Facets|^"count": Only rows': "which parameters go with which format",
    r"too large to be written with a point": "how an integer is spelt: JSON Schema takes 1.0, too",
    r"Null characters|Lone surrogates": "which characters no text has: a pattern on each of them would say it, and hide what else is said",
    r"the body is longer than": "how many bytes a body may have",
    r'^"(cursor|search|and|or|not|\w+__in|\w+__range)":|A JSON value is required': "texts that have a grammar, or a seal",
}
"""What a document cannot say, by the sentences of refusals that it excuses."""


@schemathesis.check
def accepts_what_the_document_allows(ctx: Any, response: Any, case: Any) -> None:
    """As `positive_data_acceptance`, but for what a document cannot say."""
    try:
        positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        sentences = list(_sentences(response.json()))
        if not all(any(re.search(known, said, re.DOTALL) for known in UNSAYABLE) for said in sentences):
            raise


@schemathesis.check
def rejects_what_the_document_excludes(ctx: Any, response: Any, case: Any) -> None:
    """As `negative_data_rejection`, but for what the API reads beyond the document, and what is told before anything in a body is read:
    that it is too long, or that the row is in another state.
    """
    if response.status_code not in (412, 413) and not _numbers(case.body):
        negative_data_rejection(ctx, response, case)


def _numbers(body: Any) -> bool:
    """Whether a number stands where the document has the text of a decimal: such a number is read too."""
    if isinstance(body, list):
        return any(map(_numbers, body))
    if not isinstance(body, dict):
        return False
    return any(_numbers(value) or (name in DECIMALS and isinstance(value, int | float)) for name, value in body.items())


def _sentences(body: dict[str, Any]) -> list[str]:
    return _texts(body["errors"]) if "errors" in body else [body["error"]]


def _texts(errors: Any) -> list[str]:
    if isinstance(errors, str):
        return [errors]
    return [text for one in (errors.values() if isinstance(errors, dict) else errors) for text in _texts(one)]


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Uploads of CSV and NDJSON are texts whose lines no schema describes; they have tests of their own."""
    for schema in raw_schema["components"]["schemas"].values():
        DECIMALS.update(name for name, one in schema.get("properties", {}).items() if one.get("format") == "decimal")
    for item in raw_schema["paths"].values():
        for kind in ("text/csv", "application/x-ndjson"):
            item.get("post", {}).get("requestBody", {}).get("content", {}).pop(kind, None)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """No key twice: Schemathesis sends the same one with many requests, which would all be a 422. Replays have tests of their own."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = str(uuid4())


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """The answer to a create says that it is JSON and has no body, as the original has it; a reader of JSON finds none there."""
    if response.status_code in (200, 201) and case.operation.method.lower() in ("post", "put") and not response.content:
        response.content = b"{}"
