"""The surface of a resource: which of its fields a client may filter and order by, and how a text becomes a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyrest.errors import BadParameter, Invalid, Misdeclared, UnknownName, did_you_mean, quoted
from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field
from pyrest.plan import Compare, IsNull, OneOf, Or, Order, Where


@dataclass(frozen=True, slots=True)
class Surface:
    """`filters` and `orderings` map the names that a client may use to fields."""

    filters: Mapping[str, Field[Any]]
    orderings: Mapping[str, Field[Any]]

    def condition(self, field: Field[Any], texts: list[str], parameter: str) -> Where:
        """The rows whose field has any of these values. Raises `BadParameter`, which names the parameter."""
        if len(texts) == 1:
            value = _value(field, texts[0], parameter)
            return IsNull(field.name) if value is None else Compare(field.name, "=", value)
        values = [_value(field, text, parameter) for text in texts]
        some = OneOf(field.name, tuple(v for v in values if v is not None))
        return Or((some, IsNull(field.name))) if None in values else some

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
        return self.orderings[name].name


def surface(
    declared: Declaration,
    shown: Iterable[str],
    filter_fields: object,
    ordering_fields: object,
    owner: str,
) -> Surface:
    """What is shown can be filtered and ordered by, unless the two options say less. Raises `Misdeclared`, naming the owner."""
    visible = {name: declared.fields[name] for name in shown}
    filters = _chosen(declared, visible, filter_fields, f"{owner}.filter_fields")
    orderings = _chosen(declared, visible, ordering_fields, f"{owner}.ordering_fields")
    return Surface(filters, {name: field for name, field in orderings.items() if field.comparable})


def field_names(declared: Declaration, names: object, option: str) -> tuple[str, ...]:
    """The names of fields that an option gives. Raises `Misdeclared`, naming the option."""
    if isinstance(names, str):
        raise Misdeclared(f'{option} is a tuple of names: write ("{names}",)')
    if not isinstance(names, list | tuple | set | frozenset):
        raise Misdeclared(f"{option} is a tuple of names, not {names!r}")
    for name in names:
        if not isinstance(name, str) or name not in declared.fields:
            raise Misdeclared(f"{option}: {name!r} is no field of {declared.name}{did_you_mean(str(name), declared.fields)}")
    return tuple(names)


def _chosen(declared: Declaration, visible: Mapping[str, Field[Any]], names: object, option: str) -> Mapping[str, Field[Any]]:
    return visible if names is None else {name: declared.fields[name] for name in field_names(declared, names, option)}


def _value(field: Field[Any], text: str, parameter: str) -> Any:
    if text == "" and field.foreign is not None:
        return None
    try:
        return field.parse(text)
    except Invalid as refusal:
        raise BadParameter(parameter, str(refusal)) from refusal
