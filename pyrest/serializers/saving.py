"""Values → rows: what a serializer writes unless it says otherwise, nested objects included, level by level.

Values are mappings by the names of fields and relations: for a relation a row, a list of rows, or where it is nested the values of its
rows, again as mappings. Whoever calls has opened a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrest.errors import ValidationError
from pyrest.models.edges import Edge
from pyrest.models.generics import GenericReverse
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration
from pyrest.pairs import Pairs, add_pairs
from pyrest.plan import Delete, OneOf, Update
from pyrest.serializers.binding import Bound
from pyrest.serializers.items import Values
from pyrest.serializers.parking import update_rows
from pyrest.serializers.representation import Representation
from pyrest.store import Store

Given = Mapping[str, Any]
Entry = tuple[Any, Given]
"""A row and the values to change in it, or None and the values of a new one."""


def create_all(store: Store, found: Representation, given: list[Given]) -> list[Any]:
    """Stores new rows with all that they are related to, and returns them in the same order."""
    return _write(store, found, [(None, values) for values in given])


def update_all(store: Store, found: Representation, changes: list[Entry]) -> None:
    """Changes rows, and all that they are related to."""
    _write(store, found, changes)


def _write(store: Store, found: Representation, entries: list[Entry]) -> list[Any]:
    """Changes the rows that are there and stores the others. The whole level is written before the next one, so that unique values
    may pass from any row to any other. Returns the rows in the same order."""
    plain = [(row, dict(values)) for row, values in entries]
    _write_targets(store, found, [values for _, values in plain])
    for member in _nested(found, forward=False):
        for _, values in plain:
            values.pop(member.target, None)
    update_rows(store, found.declared, [(row, values) for row, values in plain if row is not None])
    new = iter(store[found.model].bulk_create([values for row, values in plain if row is None]))
    rows = [next(new) if row is None else row for row, _ in plain]
    for member in _nested(found, forward=False):
        _write_children(store, found, member, list(zip(rows, entries, strict=True)))
    return rows


def _nested(found: Representation, forward: bool) -> list[Bound]:
    members = (member for member in found.members if member.kind == "nested" and member.writable)
    return [member for member in members if member.edge is not None and member.edge.forward == forward]


def _write_targets(store: Store, found: Representation, plain: list[dict[str, Any]]) -> None:
    """Writes the rows that foreign keys of ours will point at, and puts them in their places."""
    for member in _nested(found, forward=True):
        waiting = [values for values in plain if isinstance(values.get(member.target), Mapping)]
        given = [values[member.target] for values in waiting]
        for values, row in zip(waiting, _written(store, member, _rows_named(store, member, given), given), strict=True):
            values[member.target] = _held(member, row)


def _held(member: Bound, target: Model) -> Any:
    assert member.edge is not None
    return target if hasattr(member.edge.near, "key_attribute") else target._values[member.edge.field.index_in_row]


def _write_children(store: Store, found: Representation, member: Bound, parents: list[tuple[Any, Entry]]) -> None:
    """Writes the rows that point at ours, or are joined with them. Rows that are named no more make room first."""
    edge: Any = member.edge
    parents = [(parent, entry) for parent, entry in parents if member.target in entry[1]]
    belonging = [(parent, inner) for parent, (_, values) in parents for inner in _several(member, values[member.target])]
    rows = _rows_named(store, member, [inner for _, inner in belonging])
    missing = found.policies[member.name].missing
    if missing != "keep":
        kept = {(parent.pk, row.pk) for (parent, _), row in zip(belonging, rows, strict=True) if row is not None}
        there = [(parent, row) for parent, (old, values) in parents if old is not None for row in _there(member, old, values)]
        left = [(parent, row) for parent, row in there if (parent.pk, row.pk) not in kept]
        _write_missing(store, edge, missing, left, {key for _, key in kept})
    written = _written(store, member, rows, [_with_place(inner, _place(edge, parent)) for parent, inner in belonging])
    if isinstance(edge.relation, Join) and written:
        add_pairs(store, edge.relation, [(parent.pk, row.pk) for (parent, _), row in zip(belonging, written, strict=True)])


def _several(member: Bound, value: Any) -> list[Any]:
    if member.shape.many:
        return list(value or ())
    return [] if value is None else [value]


def _rows_named(store: Store, member: Bound, given: list[Given]) -> list[Any]:
    """The rows that the values of nested objects change: those found while they were read, or whose keys they hold; None for new ones."""
    assert member.edge is not None
    key = declaration(member.edge.target).key.name
    keys = {values[key] for values in given if not isinstance(values, Values) and values.get(key) is not None}
    known = {row.pk: row for row in store[member.edge.target].filter(pk__in=keys)} if keys else {}
    return [values.row if isinstance(values, Values) else known.get(values.get(key)) for values in given]


def _written(store: Store, member: Bound, rows: list[Any], given: list[Given]) -> list[Any]:
    """Writes nested rows, each once however often its values are given. Returns them in the same order."""
    once = {id(values): (row, values) for row, values in zip(rows, given, strict=True)}
    written = dict(zip(once, _write(store, member.inner, list(once.values())) if once else (), strict=True))
    return [written[id(values)] for values in given]


def _there(member: Bound, parent: Any, values: Given) -> list[Any]:
    """The rows that a parent is related to so far."""
    known = values.there.get(member.target) if isinstance(values, Values) else None
    if known is not None:
        return known
    assert member.edge is not None
    related = getattr(parent, member.edge.name)
    return list(related.all()) if not member.edge.single else [] if related is None else [related]


def _place(edge: Edge, parent: Any) -> dict[str, Any]:
    """What a row holds because it belongs to a parent. Raises `ValidationError` where the parent has nothing to point at."""
    if isinstance(edge.relation, Join):
        return {}
    value = parent._values[edge.near.index_in_row]
    if value is None:
        raise ValidationError({edge.name: [f"This row has no {edge.near.name}, so nothing can point at it."]})
    return edge.pointing(edge.held(value))


def _with_place(values: Given, place: Given) -> Given:
    if not place:
        return values
    placed = Values(values.row if isinstance(values, Values) else None)
    placed.there = values.there if isinstance(values, Values) else {}
    placed.update(values, **place)
    return placed


def _write_missing(store: Store, edge: Edge, missing: str, left: list[tuple[Any, Any]], named: set[Any]) -> None:
    """Unlinks or deletes rows that their parents do not name any more. One that another parent names is not deleted."""
    if isinstance(edge.relation, Join):
        by_parent: dict[Any, list[Any]] = {}
        for parent, row in left:
            by_parent.setdefault(parent.pk, []).append(row)
        for key, rows in by_parent.items():
            Pairs(store, edge.relation, (key,)).remove(rows)
    keys = tuple({row.pk: None for _, row in left if row.pk not in named})
    where = OneOf(declaration(edge.target).key.name, keys)
    if missing == "delete" and keys:
        store.delete(Delete(edge.target, where))
    elif keys and not isinstance(edge.relation, Join):
        fields = [edge.field] + ([edge.relation.type_field] if isinstance(edge.relation, GenericReverse) else [])
        store.update(Update(edge.target, tuple((field.name, None) for field in fields if field.nullable), where))
