"""What conditions mean: whether a row of values meets one. The memory store filters by it, and SQLite is held to it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any, TypeVar
from unicodedata import category, normalize

import orjson

from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field
from pyrest.orders import nulls_first
from pyrest.plan import And, Compare, Inside, IsNull, Not, OneOf, Or, Order, Part, Rank, Search, Term, Text, Walk, Where

Row = tuple[Any, ...]
T = TypeVar("T")

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_FOLDS: Mapping[str, Callable[[str], str]] = {
    "": str,
    "ascii": lambda text: text.translate(str.maketrans(ascii_uppercase, ascii_lowercase)),
    "unicode": str.casefold,
}
_PLACES: Mapping[str, Callable[[str, str], bool]] = {
    "anywhere": operator.contains,
    "start": str.startswith,
    "end": str.endswith,
    "whole": operator.eq,
}


def meets(row: Row, where: Where, declared: Declaration) -> bool:
    """Whether a row, its values in the order of declaration and JSON frozen, meets a condition that links to no other rows."""

    def value(name: str) -> Any:
        return row[declared.fields[name].index_in_row]

    match where:
        case Compare(field, sign, wanted):
            return _compared(value(field), sign, frozen(declared.fields[field], wanted))
        case OneOf(field, values):
            return value(field) is not None and value(field) in [frozen(declared.fields[field], v) for v in values]
        case IsNull(field):
            return value(field) is None
        case Text(field):
            return _matches(value(field), where)
        case Part(field, part, sign, number):
            return value(field) is not None and OPERATORS[sign](getattr(value(field), part), number)
        case Inside(field, path, inner):
            return _within(_at(thawed(value(field)), path), inner)
        case Search(fields, terms):
            texts = [words_of(value(field)) for field in fields if value(field) is not None]
            return all(any(_stands(term, text) for text in texts) for term in terms)
        case And(parts):
            return all(meets(row, part, declared) for part in parts)
        case Or(parts):
            return any(meets(row, part, declared) for part in parts)
        case Not(part):
            return not meets(row, part, declared)
    raise AssertionError(where)


def behind(place: Row, walk: Walk, order: Sequence[Order]) -> bool:
    """Whether what stands at a place in an order is a part of a walk."""
    if walk.behind is None:
        return True
    for mine, other, one in zip(place, walk.behind, order, strict=True):
        if mine is None or other is None:
            if mine is not other:
                return (other is None) is nulls_first(one)
        elif mine != other:
            return bool(mine > other) is not one.descending
    return walk.included


def frozen(field: Field[Any], value: Any) -> Any:
    """A JSON value as bytes, so that nobody changes it from outside and equality is JSON's: 1 is not true."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS) if field.family == "json" and value is not None else value


def thawed(value: bytes | None) -> Any:
    """The JSON value again."""
    return None if value is None else orjson.loads(value)


def words_of(text: str) -> list[str]:
    """The words of a text: runs of letters and digits, without case and accents, as FTS5's `unicode61` has them."""
    plain = "".join(c for c in normalize("NFD", text) if category(c) != "Mn")
    return "".join(_folded(c) if category(c)[0] in "LN" or category(c) == "Co" else " " for c in plain).split()


def _folded(character: str) -> str:
    # Simple folding: one character for one (The Unicode Standard, section 5.18).
    folded = character.casefold()
    return folded if len(folded) == 1 else character.lower()


def _stands(term: Term, text: list[str]) -> bool:
    """Whether the words of a term follow each other in a text. A term without a word asks for nothing."""
    wanted = words_of(term.text)
    places = range(len(text) - len(wanted) + 1)
    *whole, last = wanted or [""]
    return not wanted or any(
        text[i : i + len(whole)] == whole and (text[i + len(whole)].startswith(last) if term.prefix else text[i + len(whole)] == last)
        for i in places
    )


def in_order(items: list[T], value: Callable[[T], Any], order: Order | Rank) -> list[T]:
    """Sorted by a value of theirs; those that are equal in it stay as they are."""
    some = sorted((item for item in items if value(item) is not None), key=value, reverse=order.descending)
    none = [item for item in items if value(item) is None]
    return [*none, *some] if nulls_first(order) else [*some, *none]


def kind_of(value: Any) -> str:
    """What a scalar of a JSON document is compared with: only what is of its own kind."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "other"


def _compared(value: Any, sign: str, wanted: Any) -> bool:
    return value is not None and wanted is not None and OPERATORS[sign](value, wanted)


def _matches(value: Any, where: Text) -> bool:
    fold = _FOLDS[where.fold]
    return isinstance(value, str) and _PLACES[where.place](fold(value), fold(where.text))


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _within(value: Any, where: Where) -> bool:
    match where:
        case Compare(_, sign, wanted):
            return kind_of(value) == kind_of(wanted) and OPERATORS[sign](value, wanted)
        case IsNull():
            return value is None
        case Not(IsNull()):
            return value is not None
        case Text():
            return _matches(value, where)
        case Or(parts):
            return any(_within(value, part) for part in parts)
    raise AssertionError(where)
