"""Lookups: a field, words and a value → a condition. `number__gt=3` is the field `number`, the lookup `gt` and the value 3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, Protocol

from pyrest.errors import Invalid, UnknownName
from pyrest.models.fields import Field
from pyrest.models.fields.numbers import INTEGER_MAX, INTEGER_MIN
from pyrest.models.fields.text import checked_text
from pyrest.plan import VALUE, And, Compare, Inside, IsNull, Not, OneOf, Operator, Or, Part, Text, Where

MAX_PARTS = 100
MAX_TEXT = 1000


class Reading(Protocol):
    """How the values of lookups are read: those given in Python, or the texts of a query string. All raise `Invalid`."""

    def one(self, field: Field[Any], value: Any) -> Any:
        """A value to compare a field with; None for null."""

    def several(self, value: Any) -> Sequence[Any]:
        """Values yet to be read one by one."""

    def flag(self, value: Any) -> bool:
        """Yes or no."""

    def number(self, value: Any) -> int:
        """A whole number."""

    def text(self, value: Any) -> str:
        """A text to search for."""

    def scalar(self, value: Any) -> Sequence[Any]:
        """What a value may be within a JSON document."""


COMPARISONS: Mapping[str, Operator] = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
TEXTS: Mapping[str, tuple[Any, Any]] = {
    "contains": ("anywhere", ""),
    "icontains": ("anywhere", "ascii"),
    "startswith": ("start", ""),
    "istartswith": ("start", "ascii"),
    "endswith": ("end", ""),
    "iendswith": ("end", "ascii"),
    "iexact": ("whole", "ascii"),
}
LOOKUPS = ("exact", "ne", "gt", "gte", "lt", "lte", "in", "range", *TEXTS, "isnull")
_WITHOUT_TEXTS = tuple(name for name in LOOKUPS if name not in TEXTS)
PARTS: Mapping[str, tuple[str, ...]] = {
    "date": ("year", "month", "day"),
    "datetime": ("date", "year", "month", "day"),
    "timestamp": ("date", "year", "month", "day"),
    "string": ("casefold",),
}
"""What a lookup may be about instead of the whole value, by the families of fields."""
WORDS = frozenset((*LOOKUPS, *(word for words in PARTS.values() for word in words)))


def condition(field: Field[Any], words: Sequence[str], value: Any, reading: Reading) -> Where:
    """The words behind a field's name and a value → the condition. Raises `UnknownName` for a word that means nothing, `Invalid`."""
    if not words:
        return _exact(field, value, reading)
    if field.family == "json" and (len(words) > 1 or words[0] not in DOCUMENT_LOOKUPS):
        return _in_document(field, words, value, reading)
    part = words[0] if words[0] in PARTS.get(field.family, ()) else ""
    rest = words[1:] if part else words
    lookup = rest[0] if rest else "exact"
    known = lookups_of(field, part)
    if len(rest) > 1 or lookup not in known:
        raise UnknownName("lookup", "__".join(rest), [*known, *(() if part else PARTS.get(field.family, ()))])
    if lookup == "isnull":
        return IsNull(field.name) if reading.flag(value) else Not(IsNull(field.name))
    if lookup == "ne":
        return Not(condition(field, [*words[:-1], "exact"], value, reading))
    if part:
        return _PARTS[part](field, lookup, value, reading)
    return _plain(field, lookup, value, reading)


def lookups_of(field: Field[Any], part: str = "") -> tuple[str, ...]:
    """The lookups that mean something for a field, or for a part of its value."""
    if part == "casefold":
        return ("exact", "ne", "in", "contains", "startswith", "endswith", "isnull")
    if part:
        return ("exact", "ne", "gt", "gte", "lt", "lte", "in", "range", "isnull")
    if not field.comparable:
        return ("exact", "ne", "in", "isnull")
    return LOOKUPS if field.family == "string" else _WITHOUT_TEXTS


def _plain(field: Field[Any], lookup: str, value: Any, reading: Reading) -> Where:
    if lookup in TEXTS:
        place, fold = TEXTS[lookup]
        return Text(field.name, place, _text(reading, value), fold)
    if lookup == "in":
        values = [reading.one(field, one) for one in reading.several(value)]
        some: Where = OneOf(field.name, tuple(one for one in values if one is not None))
        return Or((some, IsNull(field.name))) if None in values else some
    if lookup == "range":
        low, high = _ends(reading.several(value))
        return And(
            (Compare(field.name, ">=", _required(reading.one(field, low))), Compare(field.name, "<=", _required(reading.one(field, high))))
        )
    if lookup == "exact":
        return _exact(field, value, reading)
    return Compare(field.name, COMPARISONS[lookup], _required(reading.one(field, value)))


def _exact(field: Field[Any], value: Any, reading: Reading) -> Where:
    found = reading.one(field, value)
    return IsNull(field.name) if found is None else Compare(field.name, "=", found)


def _text(reading: Reading, value: Any) -> str:
    text = reading.text(value)
    if len(text) > MAX_TEXT:
        raise Invalid(f"A text to look for has at most {MAX_TEXT} characters.")
    return checked_text(text)


def _few(values: Sequence[Any]) -> Sequence[Any]:
    """Each of these values is a condition of its own, not one of a list that an index serves."""
    if len(values) > MAX_PARTS:
        raise Invalid(f"At most {MAX_PARTS} values at once.")
    return values


def _ends(values: Sequence[Any]) -> Sequence[Any]:
    if len(values) != 2:
        raise Invalid("Two values are required, the first and the last.")
    return values


def _required(value: Any) -> Any:
    if value is None:
        raise Invalid("A value is required.")
    return value


# Parts of values.


def _year(field: Field[Any], lookup: str, value: Any, reading: Reading) -> Where:
    def begin(year: int) -> Any:
        if not 1 <= year <= 9999:
            raise Invalid("A year is 1 to 9999.")
        return _moment(field, date(year, 1, 1))

    def end(year: int) -> Any:
        return None if year == 9999 else begin(year + 1)

    return _spans(field, lookup, value, reading, reading.number, begin, end)


def _date(field: Field[Any], lookup: str, value: Any, reading: Reading) -> Where:
    def end(day: date) -> Any:
        return None if day == date.max else _moment(field, day + timedelta(days=1))

    return _spans(field, lookup, value, reading, _day, lambda day: _moment(field, day), end)


def _spans(
    field: Field[Any],
    lookup: str,
    value: Any,
    reading: Reading,
    read: Callable[[Any], Any],
    begin: Callable[[Any], Any],
    end: Callable[[Any], Any],
) -> Where:
    """Comparisons of spans of time as comparisons of moments, which an index serves. A span without an end has no moment behind it."""

    def since(one: Any) -> Where:
        return Compare(field.name, ">=", begin(one))

    def before_end(one: Any) -> Where:
        return Not(IsNull(field.name)) if end(one) is None else Compare(field.name, "<", end(one))

    match lookup:
        case "exact":
            one = read(value)
            return And((since(one), before_end(one)))
        case "in":
            return Or(tuple(And((since(read(one)), before_end(read(one)))) for one in _few(reading.several(value))))
        case "range":
            low, high = _ends(reading.several(value))
            return And((since(read(low)), before_end(read(high))))
        case "gte":
            return since(read(value))
        case "lt":
            return Compare(field.name, "<", begin(read(value)))
        case "lte":
            return before_end(read(value))
        case _:
            last = end(read(value))
            return Or() if last is None else Compare(field.name, ">=", last)


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> date:
    raise Invalid("Date has wrong format. Use YYYY-MM-DD.")


def _moment(field: Field[Any], day: date) -> Any:
    if field.family == "date":
        return day
    naive = bool(getattr(field, "naive", False))
    return datetime(day.year, day.month, day.day, tzinfo=None if naive else UTC)


def _numbered(part: Literal["month", "day"]) -> Callable[[Field[Any], str, Any, Reading], Where]:
    def build(field: Field[Any], lookup: str, value: Any, reading: Reading) -> Where:
        def compared(sign: Operator, one: Any) -> Where:
            return Part(field.name, part, sign, reading.number(one))

        if lookup == "in":
            return Or(tuple(compared("=", one) for one in _few(reading.several(value))))
        if lookup == "range":
            low, high = _ends(reading.several(value))
            return And((compared(">=", low), compared("<=", high)))
        return compared(COMPARISONS[lookup], value)

    return build


def _casefold(field: Field[Any], lookup: str, value: Any, reading: Reading) -> Where:
    if lookup == "in":
        return Or(tuple(Text(field.name, "whole", _text(reading, one), "unicode") for one in _few(reading.several(value))))
    place: Any = "whole" if lookup == "exact" else TEXTS[lookup][0]
    return Text(field.name, place, _text(reading, value), "unicode")


_PARTS: Mapping[str, Callable[[Field[Any], str, Any, Reading], Where]] = {
    "year": _year,
    "date": _date,
    "month": _numbered("month"),
    "day": _numbered("day"),
    "casefold": _casefold,
}

# JSON documents.

DOCUMENT_LOOKUPS = ("exact", "ne", "gt", "gte", "lt", "lte", "in", *(name for name in TEXTS), "isnull")
_UNNAMEABLE = frozenset('"\\')


def _in_document(field: Field[Any], words: Sequence[str], value: Any, reading: Reading) -> Where:
    path, lookup = (tuple(words[:-1]), words[-1]) if words[-1] in DOCUMENT_LOOKUPS else (tuple(words), "exact")
    if any(not name or not name.isprintable() or _UNNAMEABLE & set(name) for name in path):
        raise Invalid("The names on the way into a document are printable and hold no quotes.")
    something = Inside(field.name, path, Not(IsNull(VALUE)))
    if lookup == "isnull":
        return Not(something) if reading.flag(value) else something
    if lookup == "exact" and value is None:
        return Not(something)
    if lookup == "ne":
        return Not(_in_document(field, [*path, "exact"], value, reading))
    if lookup in TEXTS:
        place, fold = TEXTS[lookup]
        return Inside(field.name, path, Text(VALUE, place, _text(reading, value), fold))
    given: Iterable[Any] = reading.several(value) if lookup == "in" else [value]
    sign = "=" if lookup == "in" else COMPARISONS[lookup]
    scalars: Sequence[Any] = [scalar for one in given for scalar in reading.scalar(one)]
    if sign != "=":
        scalars = _ordered(scalars)
    return Inside(field.name, path, Or(tuple(_scalar(sign, scalar) for scalar in scalars)))


def _ordered(scalars: Sequence[Any]) -> Sequence[Any]:
    """What may be greater or less: of a text that spells a number, the number alone; null never."""
    numbers = [scalar for scalar in scalars if type(scalar) in (int, float)]
    others = [scalar for scalar in scalars if scalar is not None]
    if not others:
        raise Invalid("A number or a text is required.")
    return numbers or others


def _scalar(sign: Operator, value: Any) -> Where:
    if value is None:
        return IsNull(VALUE)
    if isinstance(value, int) and not INTEGER_MIN <= value <= INTEGER_MAX:
        raise Invalid("A whole number of at most 64 bits is required.")
    return Compare(VALUE, sign, checked_text(value) if isinstance(value, str) else value)
