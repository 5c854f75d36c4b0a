"""The surface of a resource: what of it a client may filter and order by, and how a text becomes a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyrest.errors import BadParameter, Invalid, Misdeclared, UnknownName, did_you_mean, quoted
from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field
from pyrest.plan import Compare, IsNull, OneOf, Or, Order, Where

Place = Any
"""Where a request came in, with its `links`: see `serializers/fields.py`."""


def _itself(where: Where) -> Where:
    return where


@dataclass(frozen=True, slots=True)
class Filter:
    """What a client may filter by, under one name.

    `read` makes a value of a text, or None for null, and raises `Invalid`. The value is compared with `field`; `reach` makes a condition
    of the rows that hold `field` one of ours; `null` is the condition for null.
    """

    field: str
    read: Callable[[str, Place], Any]
    null: Where
    reach: Callable[[Where], Where] = _itself


@dataclass(frozen=True, slots=True)
class Surface:
    """`filters` and `orderings` map the names that a client may use to what they mean, and to fields."""

    filters: Mapping[str, Filter]
    orderings: Mapping[str, str]

    def condition(self, found: Filter, texts: list[str], parameter: str, place: Place) -> Where:
        """The rows that have any of these values. Raises `BadParameter`, which names the parameter."""
        values = [_value(found, text, parameter, place) for text in texts]
        some = tuple(value for value in values if value is not None)
        if len(texts) == 1:
            return found.reach(Compare(found.field, "=", some[0])) if some else found.null
        one = found.reach(OneOf(found.field, some))
        return Or((one, found.null)) if None in values else one

    def order(self, names: Iterable[str]) -> tuple[Order, ...]:
        """`["-milliseconds", "title"]` → orders. Raises `UnknownName`, and `BadParameter` for a name that is there twice."""
        orders: dict[str, Order] = {}
        for name in names:
            field = self._ordered(name.removeprefix("-"))
            if field in orders:
                raise BadParameter("ordering", f"{quoted(field)} is there twice.")
            orders[field] = Order(field, name.startswith("-"))
        return tuple(orders.values())

    def _ordered(self, name: str) -> str:
        if name not in self.orderings:
            raise UnknownName("ordering", name, self.orderings)
        return self.orderings[name]


def column_filter(field: Field[Any]) -> Filter:
    """A filter by a field of the rows' own."""

    def read(text: str, place: Place) -> Any:
        return None if text == "" and field.foreign is not None else field.parse(text)

    return Filter(field.name, read, IsNull(field.name))


def surface(
    declared: Declaration,
    filters: Mapping[str, Filter],
    orderings: Mapping[str, str],
    filter_fields: object,
    ordering_fields: object,
    owner: str,
) -> Surface:
    """What is shown can be filtered and ordered by, unless the two options say less; they may name fields that are not shown.

    Raises `Misdeclared`, naming the owner.
    """
    if filter_fields is not None:
        known = {name: column_filter(field) for name, field in declared.fields.items()} | dict(filters)
        filters = {name: known[name] for name in named(known, filter_fields, f"{owner}.filter_fields", declared.name)}
    if ordering_fields is not None:
        columns = {name: field.name for name, field in declared.fields.items()} | dict(orderings)
        orderings = {name: columns[name] for name in named(columns, ordering_fields, f"{owner}.ordering_fields", declared.name)}
    return Surface(filters, {name: column for name, column in orderings.items() if declared.fields[column].comparable})


def field_names(declared: Declaration, names: object, option: str) -> tuple[str, ...]:
    """The names of fields that an option gives. Raises `Misdeclared`, naming the option."""
    return named(declared.fields, names, option, declared.name)


def named(known: Iterable[str] | None, names: object, option: str, owner: str) -> tuple[str, ...]:
    """The names that an option gives, out of those that are known, if any are. Raises `Misdeclared`, naming the option."""
    known = None if known is None else tuple(known)
    if isinstance(names, str):
        raise Misdeclared(f'{option} is a tuple of names: write ("{names}",)')
    if not isinstance(names, list | tuple | set | frozenset):
        raise Misdeclared(f"{option} is a tuple of names, not {names!r}")
    for name in names:
        if not isinstance(name, str) or (known is not None and name not in known):
            raise Misdeclared(f"{option}: {name!r} is no field of {owner}{did_you_mean(str(name), known or ())}")
    return tuple(names)


def _value(found: Filter, text: str, parameter: str, place: Place) -> Any:
    try:
        return found.read(text, place)
    except Invalid as refusal:
        raise BadParameter(parameter, str(refusal)) from refusal
