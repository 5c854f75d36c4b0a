"""The values of fields as JSON Schema (draft 2020-12), and an example of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from pyrest.errors import Invalid
from pyrest.models.fields import EmailField, Field, ForeignKey, SlugField, StringPkField, URLField
from pyrest.models.fields.numbers import INTEGER_MAX, INTEGER_MIN
from pyrest.models.fields.options import UNSET
from pyrest.openapi.patterns import EMAIL, EMAIL_LENGTH, NAIVE_DATETIME, SLUG, TIME, URL, is_pythons, whole
from pyrest.serializers.expressions import is_ours

Schema: TypeAlias = dict[str, Any]

FIRST_SECOND = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
LAST_SECOND = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())


def value_schema(field: Field[Any]) -> Schema:
    """The values of a field but for null. Nothing is said of those of a class of the user's, which may look like anything."""
    if isinstance(field, ForeignKey):
        return value_schema(field.key)
    if not is_ours(field):
        return {}
    schema = _FAMILIES[field.family](field)
    if field.allowed is not None:
        schema["enum"] = [field.dump(value) for value in field.allowed]
    return schema


def or_null(schema: Schema) -> Schema:
    """The same values, and null."""
    if not schema:
        return schema
    if "type" not in schema or "allOf" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **enum}


def described(schema: Schema, field: Any) -> Schema:
    """With what the declaration says to people: the help text, and the labels of choices."""
    labels = [f"`{c[0]}`: {c[1]}" for c in getattr(field, "choices", None) or () if isinstance(c, tuple) and len(c) == 2]
    pattern = getattr(field, "pattern", None)
    unsaid = f"It matches the Python pattern `{pattern}`." if pattern and is_pythons(pattern) else ""
    text = " ".join(part for part in (field.help_text, "; ".join(labels), unsaid) if part)
    return {**schema, "description": text} if text else schema


def default_of(field: Field[Any]) -> Schema:
    """What a field is when it is left out, where that is one value."""
    if field.default is UNSET or field.default is None or callable(field.default):
        return {}
    return {"default": field.dump(field.initial())}


def example_of(field: Field[Any]) -> Any:
    """A value of JSON that the field takes; None where none is known."""
    field = field.key if isinstance(field, ForeignKey) else field
    if not is_ours(field):
        return None
    given = [field.dump(value) for value in field.allowed or ()] + [default_of(field).get("default")]
    for value in (*given, *_EXAMPLES[field.family](field)):
        try:
            if value is not None and field.load(value) is not None:
                return value
        except Invalid:
            continue
    return None


def _string(field: Any) -> Schema:
    schema: Schema = {"type": "string"}
    for option, keyword in (("min_length", "minLength"), ("max_length", "maxLength")):
        if getattr(field, option) is not None:
            schema[keyword] = getattr(field, option)
    patterns = whole(field.pattern)
    if isinstance(field, EmailField):
        # The format `email` is that of RFC 5321, which takes others than HTML's input does.
        schema["maxLength"] = min(EMAIL_LENGTH, schema.get("maxLength", EMAIL_LENGTH))
        patterns.append(EMAIL)
    elif isinstance(field, URLField):
        # The format `uri` is that of RFC 3986, which has no letters outside ASCII.
        patterns.append(URL)
    elif isinstance(field, SlugField):
        patterns.append(SLUG)
    elif isinstance(field, StringPkField):
        patterns.append("^[^/]+$")
        schema["not"] = {"enum": [".", ".."]}
    if patterns:
        schema["pattern"] = patterns[0]
        schema |= {"allOf": [{"pattern": other} for other in patterns[1:]]} if patterns[1:] else {}
    return schema


def _integer(field: Any) -> Schema:
    low = INTEGER_MIN if field.min is None else field.min
    high = INTEGER_MAX if field.max is None else field.max
    return {"type": "integer", "format": "int64", "minimum": low, "maximum": high}


def _float(field: Any) -> Schema:
    bounds = {"minimum": field.min, "maximum": field.max}
    return {"type": "number", "format": "double", **{keyword: bound for keyword, bound in bounds.items() if bound is not None}}


def _decimal(field: Any) -> Schema:
    whole, places = field.max_digits - field.decimal_places, field.decimal_places
    digits = f"[0-9]{{1,{whole}}}" if whole else "0"
    fraction = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    return {"type": "string", "format": "decimal", "pattern": f"^-?{digits}{fraction}$"}


def _time(field: Any) -> Schema:
    return {"type": "string", "format": "time-local", "pattern": TIME}


def _datetime(field: Any) -> Schema:
    if not field.naive:
        return {"type": "string", "format": "date-time"}
    return {"type": "string", "format": "date-time-local", "pattern": NAIVE_DATETIME}


def _uuid(field: Any) -> Schema:
    # A format other than the usual spelling is none that JSON Schema has a name for.
    return {"type": "string", "format": "uuid"} if field.format == "hex_verbose" else {"type": "string"}


_FAMILIES: Mapping[str, Callable[[Any], Schema]] = {
    "string": _string,
    "integer": _integer,
    "float": _float,
    "decimal": _decimal,
    "boolean": lambda field: {"type": "boolean"},
    "date": lambda field: {"type": "string", "format": "date"},
    "time": _time,
    "datetime": _datetime,
    "timestamp": lambda field: {"type": "integer", "format": "int64", "minimum": FIRST_SECOND, "maximum": LAST_SECOND},
    "uuid": _uuid,
    "json": lambda field: {},
}


def _texts(field: Any) -> list[str]:
    if isinstance(field, EmailField):
        return ["someone@example.org", "a@example.org"]
    if isinstance(field, URLField):
        return ["https://example.org/", "http://a.org"]
    if isinstance(field, SlugField):
        return ["a-slug", "a"]
    text = field.name.replace("_", " ") or "text"
    longest = len(text) if field.max_length is None else field.max_length
    return [text[:longest].ljust(field.min_length or 0, "x"), "1", "abc", "A", ""]


def _numbers(field: Any) -> list[Any]:
    return [1, field.min, field.max]


def _decimals(field: Any) -> list[str]:
    candidates = (Decimal("12.50"), Decimal("1"), Decimal("0.5"), field.min, field.max)
    return [f"{one:f}" for one in candidates if one is not None]


_EXAMPLES: Mapping[str, Callable[[Any], list[Any]]] = {
    "string": _texts,
    "integer": _numbers,
    "float": lambda field: [1.5, *_numbers(field)],
    "decimal": _decimals,
    "boolean": lambda field: [True],
    "date": lambda field: ["2024-02-29"],
    "time": lambda field: ["18:30:00"],
    "datetime": lambda field: ["2024-02-29T18:30:00Z", "2024-02-29T18:30:00"],
    "timestamp": lambda field: [1709231400],
    "uuid": lambda field: [field.dump(field.from_json("6ba7b810-9dad-11d1-80b4-00c04fd430c8"))],
    "json": lambda field: [{"any": "JSON"}],
}
