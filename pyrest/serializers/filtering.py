"""Filters understand what the representation shows: a relation is filtered by what stands there for it, its key, link or slug."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from pyrest.errors import Invalid, ValidationError
from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.models.generics import GenericReverse
from pyrest.models.joins import Join
from pyrest.models.model import declaration
from pyrest.plan import EVERYTHING, IsNull, Linked, Not, Or, Ref, Where
from pyrest.queryset import Store
from pyrest.serializers.binding import Bound
from pyrest.serializers.fields import Call
from pyrest.serializers.hyperlinks import HyperlinkedRelatedField
from pyrest.serializers.relations import PrimaryKeyRelatedField
from pyrest.serializers.representation import Representation
from pyrest.serializers.slugs import SlugRelatedField
from pyrest.surface import Filter, Place, column_filter


def filters_of(found: Representation, store: Store) -> dict[str, Filter]:
    """What a client may filter by: every member that is shown and has a column somewhere."""
    filters = {member.name: _filter(member, store) for member in found.members if member.shown}
    return {name: one for name, one in filters.items() if one is not None}


def orderings_of(found: Representation) -> dict[str, str]:
    """What a client may order by: every member that is shown and is a field of the row's own."""
    return {m.name: m.column.name for m in found.members if m.shown and m.column is not None and not m.path}


def linked(edge: Edge, where: Where) -> Where:
    """The condition on our rows that an edge leads from them to rows that meet a condition."""
    if isinstance(edge.relation, Join):
        join = edge.relation
        return Linked(edge.near.name, join.through, join.near.name, Linked(join.far.name, edge.target, edge.field.name, where))
    return Linked(edge.near.name, edge.target, edge.field.name, where)


def _filter(member: Bound, store: Store) -> Filter | None:
    found = _at_end(member, store)
    return None if found is None else _along(member.path, found)


def _at_end(member: Bound, store: Store) -> Filter | None:
    shape, edge = member.shape, member.edge
    if edge is None:
        return column_filter(member.column) if member.kind == "column" and isinstance(member.column, Field) else None
    if isinstance(edge.relation, GenericReverse):
        return None
    if member.kind == "nested" or isinstance(shape, PrimaryKeyRelatedField):
        return _by_key(shape, edge)
    if isinstance(shape, SlugRelatedField):
        return _by_slug(shape, edge)
    return _by_link(shape, edge, store) if isinstance(shape, HyperlinkedRelatedField) and shape.knows_rows else None


def _by_key(shape: Any, edge: Edge) -> Filter:
    key = declaration(edge.target).key
    found = column_filter(edge.near) if edge.forward else _beyond(edge, column_filter(key))
    spelt: Field[Any] | None = getattr(shape, "pk_field", None)
    if spelt is None:
        return found
    return replace(found, read=lambda text, place: None if text == "" else key.plain(spelt.parse(text)))


def _by_slug(shape: SlugRelatedField, edge: Edge) -> Filter | None:
    *way, last = shape.slug_field.split("__")
    assert shape.catalog is not None
    path = [edge]
    for name in way:
        path.append(shape.catalog.edges[path[-1].target][name])
    field = declaration(path[-1].target).fields.get(last)
    return None if field is None else _along(path, column_filter(field))


def _by_link(shape: HyperlinkedRelatedField, edge: Edge, store: Store) -> Filter:
    """By a link or, as that has no slash, by the value in it."""
    lookup = shape.lookup

    def read(text: str, place: Place) -> Any:
        if "/" not in text:
            return None if text == "" else lookup.parse(text)
        try:
            found = Call(store, place).bind(shape).refer(text)
        except ValidationError as refusal:
            raise Invalid(str(refusal)) from refusal
        return found.value if isinstance(found, Ref) else found._values[lookup.index_in_row]

    if edge.forward and lookup.name == edge.field.name:
        return Filter(edge.near.name, read, IsNull(edge.near.name))
    return _beyond(edge, Filter(lookup.name, read, IsNull(lookup.name)))


def _along(path: Sequence[Edge], found: Filter) -> Filter:
    """A filter of rows at the end of a path, as a filter of ours."""
    return reduce(lambda inner, edge: _beyond(edge, inner), reversed(path), found)


def _beyond(edge: Edge, found: Filter) -> Filter:
    """A filter of rows at the end of an edge, as a filter of ours. Null is: there are none, or theirs is null."""
    reach: Callable[[Where], Where] = found.reach

    def read(text: str, place: Place) -> Any:
        return None if text == "" else found.read(text, place)

    nothing: Where = IsNull(edge.near.name) if edge.forward else Not(linked(edge, EVERYTHING))
    if edge.single and _may_be(edge, found.null):
        nothing = Or((nothing, linked(edge, found.null)))
    return Filter(found.field, read, nothing, lambda where: linked(edge, reach(where)))


def _may_be(edge: Edge, null: Where) -> bool:
    """Whether a row at the end of an edge may meet the condition for null."""
    return not isinstance(null, IsNull) or declaration(edge.target).fields[null.field].nullable
