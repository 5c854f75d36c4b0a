"""Filters understand what the representation shows: a relation is filtered by what stands there for it, its key, link or slug."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyrest.errors import Invalid, ValidationError
from pyrest.linking import Path
from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.models.generics import GenericReverse
from pyrest.models.model import declaration
from pyrest.plan import Ref
from pyrest.serializers.binding import Bound
from pyrest.serializers.expressions import is_ours
from pyrest.serializers.fields import Call
from pyrest.serializers.hyperlinks import HyperlinkedRelatedField
from pyrest.serializers.relations import PrimaryKeyRelatedField
from pyrest.serializers.representation import Representation
from pyrest.serializers.slugs import SlugRelatedField
from pyrest.store import Store
from pyrest.surface import Filter, Place


def filters_of(found: Representation, store: Store) -> dict[str, Filter]:
    """What a client may filter by: every member that is shown and has a column somewhere."""
    filters = {member.name: _filter(member, store) for member in found.members if member.shown}
    return {name: one for name, one in filters.items() if one is not None}


def orderings_of(filters: dict[str, Filter]) -> dict[str, Filter]:
    """What a client may order by: what he may filter by, where a row has one value of it at most."""
    return {name: one for name, one in filters.items() if all(edge.single for edge in one.path)}


def edges_of(found: Representation) -> dict[str, Edge]:
    """The relations that are shown, by the names they are shown under."""
    return {m.name: m.edge for m in found.members if m.shown and m.edge is not None and not m.path and may_be_followed(m.edge)}


def may_be_followed(edge: Edge) -> bool:
    """Whether rows can be looked for along an edge. A text that holds the number of a key is compared with none."""
    return not isinstance(edge.relation, GenericReverse) or edge.near.family == edge.field.family


def _filter(member: Bound, store: Store) -> Filter | None:
    found = _at_end(member, store)
    return None if found is None else Filter(found.field, (*member.path, *found.path), found.read)


def _at_end(member: Bound, store: Store) -> Filter | None:
    shape, edge = member.shape, member.edge
    if edge is None:
        return Filter(member.column) if member.kind == "column" and member.column is not None else None
    if not may_be_followed(edge):
        return None
    if member.kind == "nested" or isinstance(shape, PrimaryKeyRelatedField):
        return _by_key(shape, edge)
    if isinstance(shape, SlugRelatedField):
        return _by_slug(shape, edge)
    return _by_link(shape, edge, store) if isinstance(shape, HyperlinkedRelatedField) and shape.knows_rows else None


def _by_key(shape: Any, edge: Edge) -> Filter:
    key = declaration(edge.target).key
    field, path = (edge.near, ()) if edge.forward else (key, (edge,))
    spelt: Field[Any] | None = getattr(shape, "pk_field", None)
    return Filter(field, path, None if spelt is None else _or_null(lambda text: key.plain(spelt.parse(text)), is_ours(spelt)))


def _by_slug(shape: SlugRelatedField, edge: Edge) -> Filter | None:
    *way, last = shape.slug_field.split("__")
    assert shape.catalog is not None
    path: Path = (edge,)
    for name in way:
        path = (*path, shape.catalog.edges[path[-1].target][name])
    field = declaration(path[-1].target).fields.get(last)
    return None if field is None else Filter(field, path, _or_null(field.parse))


def _by_link(shape: HyperlinkedRelatedField, edge: Edge, store: Store) -> Filter:
    """By a link or, as that has no slash, by the value in it."""
    lookup = shape.lookup

    def read(text: str, place: Place) -> Any:
        if "/" not in text:
            return None if text == "" else lookup.parse(text)
        if not is_ours(shape):
            place.pure = False
        try:
            found = Call(store, place).bind(shape).refer(text)
        except ValidationError as refusal:
            raise Invalid(str(refusal)) from refusal
        return found.value if isinstance(found, Ref) else found._values[lookup.index_in_row]

    own = edge.forward and lookup.name == edge.field.name
    return Filter(edge.near, (), read) if own else Filter(lookup, (edge,), read)


def _or_null(parse: Callable[[str], Any], pure: bool = True) -> Callable[[str, Place], Any]:
    """For a relation an empty text is null."""

    def read(text: str, place: Place) -> Any:
        if not pure:
            place.pure = False
        return None if text == "" else parse(text)

    return read
