"""Reading nested objects, level by level: which rows they name, and which are there so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrest.datastores.fetch import named
from pyrest.errors import NON_FIELD_ERRORS, Invalid
from pyrest.models.fields.options import UNSET
from pyrest.models.joins import Join
from pyrest.models.model import declaration
from pyrest.plan import Ref
from pyrest.queryset import peers_of
from pyrest.reach import reached
from pyrest.serializers.binding import Bound
from pyrest.serializers.items import Item, Mode, Values, given_names
from pyrest.serializers.loading import Loading
from pyrest.serializers.policies import Policy, match_name
from pyrest.serializers.representation import Representation

Entry = tuple[Item, object]
Rows = dict[Any, list[Any]]
"""Rows by what they are matched by."""


def read_level(loading: Loading, found: Representation, entries: list[Entry]) -> None:
    """Reads the objects of one level, and all that is nested in them. Their values are whole once `gather` was called.

    Nothing is read of an object that names no row: what it says would be held against a row that it does not mean.
    """
    entries = [(item, body) for item, body in entries if not item.errors]
    for item, body in entries:
        loading.members(found, item, body)
    objects = [(item, body) for item, body in entries if isinstance(body, Mapping)] if found.nested else []
    for member in found.nested:
        if member.kind == "nested":
            _read_nested(loading, member, found.policies[member.name], objects)
        else:
            _read_whole(loading, member, objects)


def gather(found: Representation, item: Item) -> Values:
    """The values of an object, with those of nested objects in their places."""
    for name, children in item.children.items():
        member = found.by_name[name]
        own = [gather(member.inner, child) for child in children]
        values = [mine if child.twin is None else child.twin.values for child, mine in zip(children, own, strict=True)]
        if member.kind == "whole":
            item.values.update(values[0])
        else:
            item.values[member.target] = values if member.shape.many else values[0] if values else None
    return item.values


def _read_whole(loading: Loading, member: Bound, entries: list[tuple[Item, Mapping[str, Any]]]) -> None:
    inner: list[Entry] = []
    for item, body in entries:
        if member.name in body:
            child = Item(item.mode, item.row, values=Values(item.row))
            _give(child, item.given, member.inner)
            item.children[member.name] = [child]
            inner.append((child, body[member.name]))
    read_level(loading, member.inner, inner)


def _read_nested(loading: Loading, member: Bound, policy: Policy, entries: list[tuple[Item, Mapping[str, Any]]]) -> None:
    read = [(item, bodies) for item, body in entries if (bodies := _bodies(item, member, body)) is not None]
    matching = Matching(loading, member, policy, read)
    inner: list[Entry] = []
    for item, bodies in read:
        item.children[member.name] = matching.children(item, bodies)
        inner += zip(item.children[member.name], bodies, strict=True)
    read_level(loading, member.inner, inner)


def _bodies(item: Item, member: Bound, body: Mapping[str, Any]) -> list[Any] | None:
    """The objects that a member was given; a PUT that leaves it out gives none. None where nothing is to be done, or a fault is noted."""
    shape, value = member.shape, body.get(member.name)
    if member.name in item.fixed:
        return None
    if member.name not in body:
        return [] if item.mode == "replace" and not member.required and shape.default is UNSET else None
    if value is None:
        if not member.allow_null:
            item.errors[member.name] = [shape.messages["null"]]
        return [] if member.allow_null else None
    if not shape.many:
        return [value]
    fault = shape.list_fault(value)
    if fault:
        item.errors[member.name] = {NON_FIELD_ERRORS: [fault]}
    return None if fault else list(value)


class Matching:
    """Which rows the nested objects of one level name, as `Meta.nested` says."""

    def __init__(self, loading: Loading, member: Bound, policy: Policy, read: list[tuple[Item, list[Any]]]) -> None:
        assert member.edge is not None
        target = declaration(member.edge.target)
        self._loading, self._member, self._policy, self._edge = loading, member, policy, member.edge
        self._field = target.fields[policy.match]
        self._key = target.key
        self._name = match_name(member, policy.match)
        # A row points at one parent only; a foreign key of ours and a join may lead to any row, and to one row from several places.
        self._shared = self._edge.forward or isinstance(self._edge.relation, Join)
        self._there = self._related([item for item, _ in read])
        self._elsewhere = self._named(read) if self._shared else {}
        self._first: dict[Any, Item] = {}

    def children(self, item: Item, bodies: list[Any]) -> list[Item]:
        """The items of the nested objects of one object, each with the row that it names or the fault of naming none."""
        item.values.there[self._member.target] = self._there.get(id(item), [])
        there = self._by_match(item)
        seen: set[Any] = set()
        return [self._child(item, body, there, seen) for body in bodies]

    def _child(self, parent: Item, body: object, there: Rows, seen: set[Any]) -> Item:
        said = isinstance(body, Mapping) and self._name is not None and body.get(self._name) not in (None, "")
        value = self._value(body) if said else None
        if said or self._member.shape.many:
            rows = [] if value is None else there.get(value) or self._elsewhere.get(value, [])
        else:
            rows = [row for found in there.values() for row in found]
        row = rows[0] if len(rows) == 1 else None
        mode: Mode = "create" if row is None else "replace" if self._loading.whole else "patch"
        child = Item(mode, row, values=Values(row))
        self._fix(child, body, said)
        self._place(child, parent)
        same = (True, row.pk) if row is not None else (False, value)
        if isinstance(body, Mapping):
            self._note(child, body, len(rows), said, same in seen and same != (False, None))
        seen.add(same)
        if self._shared and same != (False, None):
            first = self._first.setdefault(same, child)
            child.twin = None if first is child else first
        return child

    def _fix(self, child: Item, body: object, said: bool) -> None:
        """What the object is matched by is the row's, and a key that the store gives is no value to be written."""
        by_given_key = self._field.is_key and self._field.generated
        if self._name is not None and isinstance(body, Mapping) and ((said and child.row is not None) or by_given_key):
            child.fixed = frozenset({self._name})
        if child.row is not None:
            child.values[self._key.name] = child.row.pk
            if said:
                child.values[self._field.name] = child.row._values[self._field.index_in_row]

    def _place(self, child: Item, parent: Item) -> None:
        """What an object holds of its parent is given by its place."""
        edge = self._edge
        if self._shared:
            return
        held = parent if parent.row is None else edge.held(parent.row._values[edge.near.index_in_row])
        _give(child, edge.pointing(held), self._member.inner)

    def _note(self, child: Item, body: Mapping[str, Any], found: int, said: bool, twice: bool) -> None:
        name = str(self._name)
        if found > 1:
            child.errors[name] = [f"Several objects with {name}={body[name]}."]
        elif child.row is None and said and self._field.is_key and self._field.generated:
            child.errors[name] = [f'Invalid pk "{body[name]}" - object does not exist.']
            child.mode = "patch"  # what else a new row would need is beside the point
        elif child.row is None and not self._policy.create:
            child.errors[NON_FIELD_ERRORS] = [f"No row is created here; {self._policy.match!r} has to name one that is there."]
        elif twice:
            child.errors[NON_FIELD_ERRORS] = ["This object is there twice."]

    def _value(self, body: Any) -> Any:
        """What a nested object is matched by; None where that is no value of the field."""
        value = body[self._name]
        try:
            spelt = isinstance(value, str) and self._field.is_key and self._field.generated
            return self._field.parse(value) if spelt else self._field.load(value)
        except Invalid:
            return None

    def _by_match(self, item: Item) -> Rows:
        found: Rows = {}
        for row in self._there.get(id(item), []):
            found.setdefault(row._values[self._field.index_in_row], []).append(row)
        return found

    def _related(self, items: list[Item]) -> dict[int, list[Any]]:
        """The rows that each item's row is related to now, by the identity of the item. One statement."""
        edge, store = self._edge, self._loading.call.store
        held = {id(item): item.row._values[edge.near.index_in_row] for item in items if item.row is not None}
        if not held or store is None:
            return {}
        values, rows = reached(store, edge, declaration(edge.target).fields, held.values())
        by_value: Rows = {}
        for value, row in zip(values, peers_of(store, edge.target, rows).instances(), strict=True):
            by_value.setdefault(value, []).append(row)
        return {place: by_value.get(edge.held(value), []) for place, value in held.items()}

    def _named(self, read: list[tuple[Item, list[Any]]]) -> Rows:
        """The rows that are named and not related yet. One statement."""
        wanted: dict[Any, None] = {}
        for item, bodies in read:
            there = self._by_match(item)
            values = (self._value(body) for body in bodies if isinstance(body, Mapping) and self._name in body)
            wanted |= {value: None for value in values if value is not None and value not in there}
        store = self._loading.call.store
        refs = [Ref(self._edge.target, self._field.name, value) for value in wanted]
        return {ref.value: rows for ref, rows in named(store, refs).items()} if refs and store is not None else {}


def _give(child: Item, given: Mapping[str, Any], inner: Representation) -> None:
    """Gives an object the values that its place says."""
    child.given |= given
    child.fixed |= given_names(inner, given)
