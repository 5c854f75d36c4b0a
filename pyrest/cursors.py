"""Cursors: a place in a list ↔ the text that a client carries from page to page. It belongs to one list, its filters and its order.

The text is sealed: it holds values of rows, and the key, which a client need not see.
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from pyrest.errors import BadParameter
from pyrest.models.model import declaration
from pyrest.orders import nulls_first
from pyrest.plan import Order
from pyrest.sealing import seal, unseal

MAX_CURSOR = 3000
MAX_NAMES = 10

PADDING = 32  # bytes: how long a text is that a client cannot see, the length of a cursor tells no closer


class Cursor(NamedTuple):
    """A place in a list, as the store gave it, and the way from there; with `included`, the row at the place is a part of the page."""

    place: tuple[Any, ...]
    backwards: bool = False
    included: bool = False


class Listing(NamedTuple):
    """What cursors belong to: a list, by its name, the parameters that narrow it, and its order, which ends with the key."""

    secret: bytes
    name: str
    filters: list[tuple[str, str]]
    order: tuple[Order, ...]


def written(cursor: Cursor, listing: Listing) -> str:
    """The text of a cursor. Raises `BadParameter` where the place has values that are too long for one."""
    values = [_TYPES[type(value)].written(value) if type(value) in _TYPES else value for value in cursor.place]
    content = orjson.dumps([*_marks(listing), cursor.backwards, cursor.included, values])
    text = seal(listing.secret, content.ljust(-len(content) // PADDING * -PADDING))
    if len(text) > MAX_CURSOR:
        raise BadParameter("cursor", "The values that this list is ordered by are too long for one; order by others, or take an offset.")
    return text


def read(text: str, listing: Listing) -> Cursor:
    """The cursor again. Raises `BadParameter` for a text that is none of this listing, and says which one it is of if it can."""
    content = unseal(listing.secret, text) if len(text) <= MAX_CURSOR else None
    if content is None:
        raise BadParameter("cursor", f"This is no cursor of this list. {_ADVICE}")
    *marks, backwards, included, values = orjson.loads(content)
    for mark, own, other in zip(marks, _marks(listing), ("another list", "other filters", "another ordering"), strict=True):
        if mark != own:
            raise BadParameter("cursor", f"This cursor belongs to {other}. {_ADVICE}")
    return Cursor(tuple(_value(value) for value in values), backwards, included)


_ADVICE = "Begin with an empty one."


def _marks(listing: Listing) -> tuple[str, str, str]:
    """What tells one list, the filters and the order from others, the same in every process."""
    return _mark(listing.name), _mark(sorted(listing.filters)), _mark([_spelt(one) for one in listing.order])


def _mark(value: object) -> str:
    return blake2b(repr(value).encode(), digest_size=6).hexdigest()


def _spelt(order: Order) -> tuple[object, ...]:
    steps = tuple((step.near, declaration(step.model).table, step.field) for step in order.steps)
    return order.field, order.descending, nulls_first(order), steps


class _Type(NamedTuple):
    """How JSON carries the values of a type that it does not know."""

    written: Callable[[Any], Any]
    read: Callable[[str], Any]


def _tagged(tag: str, text: Callable[[Any], str]) -> Callable[[Any], Any]:
    return lambda value: {tag: text(value)}


def _float(value: float) -> Any:
    return value if math.isfinite(value) else {"float": repr(value)}


_TYPES: Mapping[type, _Type] = {
    float: _Type(_float, float),
    Decimal: _Type(_tagged("Decimal", str), Decimal),
    datetime: _Type(_tagged("datetime", datetime.isoformat), datetime.fromisoformat),
    date: _Type(_tagged("date", date.isoformat), date.fromisoformat),
    time: _Type(_tagged("time", time.isoformat), time.fromisoformat),
    UUID: _Type(_tagged("UUID", str), UUID),
    bytes: _Type(_tagged("bytes", lambda value: b64encode(value).decode()), b64decode),
}
_READERS = {kind.__name__: one.read for kind, one in _TYPES.items()}


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        ((tag, text),) = value.items()
        return _READERS[tag](text)
    return value
