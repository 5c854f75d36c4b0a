"""Lookups: names and values → conditions of a plan. `number__gt=3` is the field `number`, the lookup `gt` and a value.

`album__artist__name="Queen"` follows foreign keys to the field of another model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyrest.errors import Invalid, Misdeclared, UnknownName, ValidationError, did_you_mean
from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field, ForeignKey
from pyrest.models.fields.related import pointing
from pyrest.models.model import declaration
from pyrest.plan import EVERYTHING, And, Compare, IsNull, Linked, Not, OneOf, Order, Where

MAX_RELATIONS = 10


def conditions(declared: Declaration, lookups: Mapping[str, Any]) -> Where:
    """All of these lookups. Raises `UnknownName` for a field or lookup that does not exist, `ValidationError` for a value that is none."""
    return both(EVERYTHING, *(condition(declared, name, value) for name, value in lookups.items()))


def condition(declared: Declaration, name: str, value: Any) -> Where:
    """One lookup, such as `("number__gt", 3)` or `("album__artist__name", "Queen")`.

    A path follows foreign keys, at most `MAX_RELATIONS`. Where one of them is null, so is what lies behind it.
    """
    path, field, lookup = _followed(declared, name)
    build = LOOKUPS.get(lookup)
    if build is None:
        raise UnknownName("lookup", lookup, LOOKUPS)
    if lookup not in ("exact", "ne", "in", "isnull") and not field.comparable:
        raise ValidationError({name: [f"{field.name} has no order, so {lookup} means nothing here."]})
    try:
        return _behind(path, build(field, value))
    except Invalid as refusal:
        raise ValidationError({name: [str(refusal)]}) from refusal


def _followed(declared: Declaration, name: str) -> tuple[list[ForeignKey[Any]], Field[Any], str]:
    """The foreign keys along a name, the field that it ends with, and the lookup."""
    path: list[ForeignKey[Any]] = []
    first, separator, rest = name.partition("__")
    field = _field(declared, first)
    # The last word is a lookup where there is one of that name: a field `gt` of the target is `album__gt__exact`.
    while rest and rest not in LOOKUPS and isinstance(field, ForeignKey) and first == field.name:
        if len(path) == MAX_RELATIONS:
            raise ValidationError({name: [f"A path follows at most {MAX_RELATIONS} relations."]})
        path.append(field)
        first, separator, rest = rest.partition("__")
        field = _field(_far(field), first, at_end=not separator)
    return path, field, rest if separator else "exact"


def _far(field: ForeignKey[Any]) -> Declaration:
    """The declaration of what a foreign key points at. Raises `Misdeclared` as long as that is only a name."""
    key, target = field.key, field.target
    assert key is not None and target is not None
    return declaration(target)


def _field(declared: Declaration, name: str, at_end: bool = False) -> Field[Any]:
    """The field that a word of a path names. What ends the path may have been meant as a lookup."""
    if name == "pk":
        return declared.key
    try:
        return declared.field(name)
    except UnknownName as refusal:
        if at_end and did_you_mean(name, LOOKUPS) and not did_you_mean(name, refusal.known):
            raise UnknownName("lookup", name, LOOKUPS) from None
        raise


def _behind(path: list[ForeignKey[Any]], where: Where) -> Where:
    """The condition that rows meet if those at the end of the path meet this one."""
    if not path:
        return where
    if isinstance(where, IsNull):
        return Not(_behind(path, Not(where)))
    if isinstance(where, Not) and not isinstance(where.part, IsNull):
        return Not(_behind(path, where.part))
    for field in reversed(path):
        target = _far(field)
        where = Linked(field.name, target.model, target.key.name, where)
    return where


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
    """The value to compare with; of a row, the value that points at it; of the text of a number that is a key, that number."""
    if isinstance(value, str) and field.is_key and field.family == "integer":
        return field.parse(value)
    return field.plain(pointing(field, value))


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
