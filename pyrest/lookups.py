"""Lookups: names and values → conditions of a plan. `number__gt=3` is the field `number`, the lookup `gt` and a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyrest.errors import Invalid, Misdeclared, UnknownName, ValidationError
from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field
from pyrest.models.model import Model, declaration
from pyrest.plan import EVERYTHING, And, Compare, IsNull, Not, OneOf, Order, Where


def conditions(declared: Declaration, lookups: Mapping[str, Any]) -> Where:
    """All of these lookups. Raises `UnknownName` for a field or lookup that does not exist, `ValidationError` for a value that is none."""
    return both(EVERYTHING, *(condition(declared, name, value) for name, value in lookups.items()))


def condition(declared: Declaration, name: str, value: Any) -> Where:
    """One lookup, such as `("number__gt", 3)`."""
    field_name, separator, lookup = name.partition("__")
    field = declared.key if field_name == "pk" else declared.field(field_name)
    build = LOOKUPS.get(lookup if separator else "exact")
    if build is None:
        raise UnknownName("lookup", lookup, LOOKUPS)
    if lookup not in ("", "exact", "ne", "in", "isnull") and not field.comparable:
        raise ValidationError({name: [f"{field.name} has no order, so {lookup} means nothing here."]})
    try:
        return build(field, value)
    except Invalid as refusal:
        raise ValidationError({name: [str(refusal)]}) from refusal


def both(*wheres: Where) -> Where:
    """The conjunction without nesting and without empty parts."""
    parts: list[Where] = []
    for where in wheres:
        parts.extend(where.parts if isinstance(where, And) else (where,))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def ordering(declared: Declaration, names: Iterable[str]) -> tuple[Order, ...]:
    """`("-milliseconds", "title")` → orders. Raises `UnknownName`, and `Misdeclared` for a field whose values have no order."""
    return tuple(_order(declared, name) for name in names)


def _order(declared: Declaration, name: str) -> Order:
    bare = name.removeprefix("-")
    field = declared.key if bare == "pk" else declared.field(bare, "ordering")
    if not field.comparable:
        raise Misdeclared(f"{declared.name}.{field.name}: its values have no order")
    return Order(field.name, descending=name.startswith("-"))


def _value(field: Field[Any], value: Any) -> Any:
    """The value to compare with; of a row, the value that points at it."""
    return field.plain(_pointed_at(field, value) if isinstance(value, Model) else value)


def _pointed_at(field: Field[Any], row: Model) -> Any:
    declared, reference = declaration(type(row)), field.reference
    if declared.key is field:
        return row.pk
    if reference is None or reference.table != declared.table:
        wanted = f"a row of {reference.table}" if reference else "a value"
        raise Invalid(f"Expected {wanted} but got a row of {declared.table}.")
    target = next(f for f in declared.fields.values() if reference.column in (f.column_name, f.name))
    return row._values[target.index_in_row]


def _exact(field: Field[Any], value: Any) -> Where:
    return IsNull(field.name) if value is None else Compare(field.name, "=", _value(field, value))


def _one_of(field: Field[Any], values: Any) -> Where:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise Invalid("A list of values is required.")
    return OneOf(field.name, tuple(_value(field, value) for value in values))


def _is_null(field: Field[Any], value: Any) -> Where:
    if type(value) is not bool:
        raise Invalid("True or False is required.")
    return IsNull(field.name) if value else Not(IsNull(field.name))


LOOKUPS: Mapping[str, Callable[[Field[Any], Any], Where]] = {
    "exact": _exact,
    "ne": lambda field, value: Not(_exact(field, value)),
    "gt": lambda field, value: Compare(field.name, ">", _value(field, value)),
    "gte": lambda field, value: Compare(field.name, ">=", _value(field, value)),
    "lt": lambda field, value: Compare(field.name, "<", _value(field, value)),
    "lte": lambda field, value: Compare(field.name, "<=", _value(field, value)),
    "in": _one_of,
    "isnull": _is_null,
}
