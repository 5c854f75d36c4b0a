"""The parameters of requests: pages and filters of a list, and the headers that a request may have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pyrest.endpoint import Endpoint
from pyrest.lookups import MAX_TEXT, PARTS, TEXTS, lookups_of
from pyrest.models.fields import Field, ForeignKey
from pyrest.models.fields.numbers import INTEGER_MAX
from pyrest.openapi.components import Components, unique
from pyrest.openapi.names import Parameter, query
from pyrest.openapi.values import Schema, described, value_schema
from pyrest.paging import ALL, TOTALS
from pyrest.query import MAX_PARAMETERS, RESERVED
from pyrest.resource import Resource
from pyrest.searching import MAX_SEARCH
from pyrest.surface import Filter, Surface
from pyrest.upserting import recognizable

FORMATS = ("json", "csv", "csv;formulas=escaped", "ndjson")

_LARGEST_PART = 10**8 - 1  # what `year`, `month` and `day` are compared with has nine characters at most


# What a list may be asked.


def page_parameters(endpoint: Endpoint) -> list[Parameter]:
    """Which part of a list, in which form, with which total."""
    found: list[Parameter] = []
    if endpoint.pagination is not None:
        size = {"type": "integer", "minimum": 1, "maximum": endpoint.max_page_size}
        text = f"The number of objects on a page, {endpoint.page_size} unless said; `{ALL}` for every one, in CSV and NDJSON."
        found += [query("count", {"anyOf": [size, {"const": ALL}]}, text)]
        if endpoint.pagination == "offset":
            found += [query("offset", {"type": "integer", "minimum": 0, "maximum": INTEGER_MAX}, "How many objects to skip.")]
        found += [query("cursor", {"type": "string"}, "A place in the list, as `meta.next_cursor` gave it; empty for the first page.")]
    found += [query("format", {"type": "string", "enum": [*FORMATS]}, "The format of the answer, in the place of `Accept`.")]
    found += [query("total", {"type": "string", "enum": [*TOTALS]}, "Whether `meta.total_count` is counted.")]
    return found


def filter_parameters(surface: Surface, components: Components, name: str) -> list[Parameter]:
    """Filters by value under their own names, all other lookups as one object, and the trees of both."""
    plain = {one: found for one, found in surface.filters.items() if one not in RESERVED}
    found = [query(one, described(_value_or_none(by), by.field)) for one, by in plain.items()]
    if surface.searched:
        found.append(query("search", {"type": "string", "maxLength": MAX_SEARCH}, "Words to look for."))
    if surface.filters or surface.edges:
        lookups = components.ref(("lookups", name), f"{name}Lookups", lambda _: _lookups(surface))
        text = "Filters by lookup: each property is a parameter of its own, `name__lookup=value`."
        found.append(query(unique("lookups", plain), lookups, text) | {"style": "form", "explode": True, "example": {}})
        found += [query(one, {"type": "string"}, _TREES) for one in ("and", "or", "not")]
    return found


_TREES = "Filters in parentheses, with commas between: `(city=Lyon,number__gt=3)`."


def _lookups(surface: Surface) -> Schema:
    """Every lookup of every filter. What leads on through relations is named in `x-relations`: the filters of those rows."""
    properties: dict[str, Schema] = {}
    for name, by in surface.filters.items():
        held = by.field.key if isinstance(by.field, ForeignKey) else by.field
        for lookup in lookups_of(held):
            value = _value_or_none(by) if lookup in ("exact", "ne") else _value(by)
            properties[f"{name}__{lookup}"] = _lookup(lookup, value)
        for part in PARTS.get(held.family, ()):
            value = _part(part)
            properties[f"{name}__{part}"] = value
            properties |= {f"{name}__{part}__{lookup}": _lookup(lookup, value) for lookup in lookups_of(held, part)}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False, "maxProperties": MAX_PARAMETERS}
    return schema | ({"x-relations": sorted(surface.edges)} if surface.edges else {})


def _value(by: Filter) -> Schema:
    """The text that a filter compares with, as what it is read as."""
    schema = text_schema(by.field)
    own = by.read is None or schema == {"type": "string"}
    return schema if own else {"anyOf": [schema, _LINK]}


# What is shown by a link is found by it, and by the value in it, which has no slash.
_LINK: Schema = {"type": "string", "format": "uri-reference", "pattern": "/"}


def _value_or_none(by: Filter) -> Schema:
    """The same, and for what is related the empty text, which finds the rows without it."""
    schema = _value(by)
    may_be_empty = schema != {"type": "string"} and (by.path or by.field.foreign is not None)
    return {"anyOf": [schema, {"const": ""}]} if may_be_empty else schema


def text_schema(field: Field[Any]) -> Schema:
    """What a text of a query string may be to be compared with a field. Its limits do not count: nothing is stored."""
    schema = value_schema(field)
    kept = ("type", "format", "minimum", "maximum") if schema.get("type") in ("integer", "number") else ("type", "format", "pattern")
    held = field.key if isinstance(field, ForeignKey) else field
    if held.family == "string":
        return {"type": "string"}
    if held.family == "integer":
        return {"type": "integer", "format": "int64"}
    if held.family == "json":
        return {"type": "string", "contentMediaType": "application/json"}
    return {keyword: value for keyword, value in schema.items() if keyword in kept} or {"type": "string"}


_SEVERAL = {"in": "Values, with commas between.", "range": "The first and the last value, with a comma between."}


def _lookup(lookup: str, value: Schema) -> Schema:
    if lookup == "isnull":
        return {"type": "boolean"}
    if lookup in _SEVERAL:
        return {"type": "string", "description": _SEVERAL[lookup]}
    return {"type": "string", "maxLength": MAX_TEXT} if lookup in TEXTS else value


def _part(part: str) -> Schema:
    if part == "casefold":
        return {"type": "string", "maxLength": MAX_TEXT}
    if part == "date":
        return {"type": "string", "format": "date"}
    low, high = (1, 9999) if part == "year" else (-_LARGEST_PART, _LARGEST_PART)
    return {"type": "integer", "minimum": low, "maximum": high}


# What a write may say beside its body.


def conflict_parameters(resource: Resource) -> list[Parameter]:
    """`on_conflict`, where there is something by which rows can be recognized."""
    names = sorted(recognizable(resource))
    text = "By what a row that is there is recognized; with `Prefer: resolution=…`."
    return [query("on_conflict", {"type": "string", "enum": names}, text)] if names else []


_TAG = r'(W/)?"[!#-~]*"'

IF_MATCH, UNLESS_KNOWN, UNLESS_THERE, KEY = "If-Match", "If-None-Match", "If-None-Match-of-writes", "Idempotency-Key"

HEADERS: Mapping[str, Parameter] = {
    IF_MATCH: {
        "name": "If-Match",
        "description": "The `ETag` of the row as the client knows it, or `*` for any row that is there; otherwise it is not written: 412.",
        "schema": {"type": "string", "pattern": rf"^(\*|{_TAG}(, {_TAG})*)$"},
    },
    UNLESS_KNOWN: {
        "name": "If-None-Match",
        "description": "The `ETag` of an answer that the client has: it is a 304 where nothing has changed.",
        "schema": {"type": "string"},
    },
    UNLESS_THERE: {
        "name": "If-None-Match",
        "description": "`*` writes only where there is no row yet, a tag only where the row has another one; otherwise 412.",
        "schema": {"type": "string", "pattern": rf"^(\*|{_TAG}(, {_TAG})*)$"},
    },
    KEY: {
        "name": "Idempotency-Key",
        "description": "A name for the request, such as a UUID: sent again with it, it happens once and is answered as it was.",
        "schema": {"type": "string", "maxLength": 255, "pattern": '^([!#-~]([ -~]*[!-~])?|"([ -~]*[!#-~])?|"[ -~]+")$'},
    },
}
"""The headers that a request may have, as components; which requests take which, the table of `operations.py` says."""


def header_components() -> dict[str, Parameter]:
    return {name: {**found, "in": "header"} for name, found in HEADERS.items()}


def header_parameter(name: str, required: bool) -> Parameter:
    """A header of a request, one that it must have or may have."""
    if required:
        return {**HEADERS[name], "in": "header", "required": True}
    return {"$ref": f"#/components/parameters/{name}"}


PREFERENCES: Mapping[str, tuple[str, Sequence[str]]] = {
    "return": ("what the answer holds", ("return=representation", "return=minimal", "return=headers-only")),
    "resolution": ("what becomes of rows that are there already", ("resolution=merge-duplicates", "resolution=ignore-duplicates")),
    "max-affected": ("how many rows may be written", ("max-affected=10",)),
    "dry-run": ("nothing is written, and the answer is what would happen", ("dry-run",)),
    "handling": ("whether a preference that means nothing here is refused", ("handling=strict", "handling=lenient")),
}
"""What may be preferred, and how it is spelled."""


def prefer_parameter(names: Collection[str], merges: bool, default: Schema) -> Parameter:
    """The header `Prefer` of a request for which these preferences have a meaning. `merges`: whether rows may be merged."""
    known = {name: found for name, found in PREFERENCES.items() if name in names}
    spellings = [text for _, texts in known.values() for text in texts if merges or text != "resolution=merge-duplicates"]
    said = "; ".join(f"`{name}`: {meaning}" for name, (meaning, _) in known.items())
    text = f"What the client would like (RFC 7240), with commas between. {said}."
    return {"name": "Prefer", "in": "header", "description": text, "schema": {"type": "string", **default, "examples": spellings}}
