"""Routes inside routes: the rows of one resource that are related to a row of another, as `/album/1/tracks/` and `/album/1/tracks/3/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pyrest.datastores.protocol import DataStore
from pyrest.endpoint import Endpoint
from pyrest.errors import Misdeclared, ValidationError, did_you_mean
from pyrest.exporting import Export
from pyrest.linking import both
from pyrest.lists import Object, Page, Within
from pyrest.models.edges import Edge
from pyrest.models.joins import Join
from pyrest.models.model import declaration
from pyrest.paging import Pairs
from pyrest.pairs import Pairs as JoinedPairs
from pyrest.plan import Compare, Where
from pyrest.resource import Created, Creation, Guard, Mode, Resource, Selection
from pyrest.serializers.fields import Place


class NestedResource:
    """The rows of `child` that a relation leads to from rows of `parent`, and what may be done with them there."""

    def __init__(self, parent: Resource, child: Resource, edge: Edge) -> None:
        self.parent = parent
        self.child = child
        self.edge = edge
        self.name = edge.name
        self.join = edge.relation if isinstance(edge.relation, Join) else None
        self.links = self.join is not None and may_link(self.join) and _may_change(parent.endpoint)

    @property
    def list_methods(self) -> Sequence[str]:
        """What may be done with all of them."""
        return tuple(m for m in self.child.endpoint.list_methods if m == "GET" or self.join is None or (m == "POST" and self.links))

    @property
    def detail_methods(self) -> Sequence[str]:
        """What may be done with one of them: on a many-to-many relation PUT links and DELETE unlinks it."""
        if self.join is None:
            return self.child.endpoint.detail_methods
        return tuple(m for m in ("GET",) if m in self.child.endpoint.detail_methods) + (("PUT", "DELETE") if self.links else ())

    def below(self, parent_text: str) -> Below:
        """The rows below the row of the parent that this part of a path names. Where it names none, they refuse all with `NotFound`."""
        return Below(self, parent_text)


class Below:
    """The rows of a resource that belong to one row of another. A row that belongs to a third one is `NotFound`, as one that is gone."""

    def __init__(self, nested: NestedResource, parent_text: str) -> None:
        self._nested = nested
        self._parent_text = parent_text
        self._child = nested.child
        self._store: DataStore = nested.parent.store

    def list(self, pairs: Pairs, place: Place) -> Page:
        """Raises `NotFound`, and what the list of the child raises."""
        with self._store.snapshot():
            return self._child.list(pairs, place, self._within(self._value()))

    def detail(self, text: str, pairs: Pairs, place: Place) -> Object:
        """Raises `NotFound`, and what the detail of the child raises."""
        with self._store.snapshot():
            return self._child.detail(text, pairs, place, self._within(self._value()))

    def export(self, pairs: Pairs, place: Place) -> Export:
        """Raises `NotFound`, and what the export of the child raises."""
        return self._child.export(pairs, place, lambda: self._within(self._value()))

    def create(self, body: Mapping[str, object], place: Place, shown: bool) -> Created:
        """Stores a row that belongs to the parent. Raises what creating a child raises."""
        with self.creating() as (child, within, stored):
            return child.create(body, place, shown, within, stored)

    @contextmanager
    def creating(self) -> Iterator[Creation]:
        """A transaction in which rows are created that belong to the parent. Raises `NotFound` and `ValidationError`."""
        with self._store.transaction():
            value = self._value()
            if value is None:
                raise ValidationError([f"The row above has no {self._nested.edge.near.name}, so nothing can point at it."])
            yield Creation(self._child, self._within(value), self._joined(value))

    @contextmanager
    def changing(self) -> Iterator[Selection]:
        """A transaction in which rows are changed that belong to the parent. Raises `NotFound`."""
        with self._store.transaction():
            yield Selection(self._child, self._within(self._value()))

    def write(self, text: str, body: Mapping[str, object], place: Place, mode: Mode, guard: Guard | None = None) -> Object:
        """Replaces or patches a row. Raises what that of the child raises."""
        with self.changing() as (child, within):
            return child.write(text, body, place, mode, within, guard)

    def delete(self, text: str, guard: Guard | None = None) -> None:
        """Deletes a row; where rows are joined, it is only taken out. Raises `NotFound`."""
        with self._store.transaction():
            value = self._value()
            within = self._within(value)
            if self._nested.join is None:
                self._child.delete(text, within, guard)
            else:
                self._child.pass_guard(guard, self._child.address(text, within))
                self._pairs(value).remove([self._key(self._child.address(text, within))])

    def link(self, text: str, guard: Guard | None = None) -> None:
        """Joins a row with the parent; one that is joined stays so. Raises `NotFound`, and what `guard` does."""
        with self._store.transaction():
            value = self._value()
            key = self._key(self._child.address(text))
            linked = self._child.address(text, self._within(value))
            if guard is not None and not self._child.is_there(linked):
                guard.check(None)
            else:
                self._child.pass_guard(guard, linked)
            self._pairs(value).add([key])

    def _key(self, where: Where) -> Any:
        return self._child.values_of(where, declaration(self._nested.edge.target).key.name)[0]

    def _value(self) -> Any:
        """The parent's value that the relation leads from."""
        parent = self._nested.parent
        return parent.values_of(parent.address(self._parent_text), self._nested.edge.near.name)[0]

    def _within(self, value: Any) -> Within:
        name = f"{self._nested.parent.name}/{self._parent_text}/{self._nested.name}"
        if self._nested.join is not None:
            return Within(self._pairs(value).targets(), name=name)
        given = self._nested.edge.pointing(self._nested.edge.held(value))
        return Within(both(*(Compare(field, "=", part) for field, part in given.items())), given, name)

    def _pairs(self, value: Any) -> JoinedPairs:
        assert self._nested.join is not None
        return JoinedPairs(self._store, self._nested.join, (value,))

    def _joined(self, value: Any) -> Callable[[Any], object] | None:
        return None if self._nested.join is None else lambda key: self._pairs(value).add([key])


def nested_resources(parent: Resource, resources: Sequence[Resource]) -> list[NestedResource]:
    """The relations that an endpoint serves below its rows. Raises `Misdeclared`."""
    owner = type(parent.endpoint).__name__
    edges = {n: e for n, e in parent.store.catalog.edges[parent.endpoint.model].items() if not e.single}
    found = []
    for name in parent.endpoint.nested:
        if parent.endpoint.nested.count(name) > 1:
            raise Misdeclared(f"{owner}.nested: {name!r} is there twice")
        if name not in edges:
            model = parent.endpoint.model.__name__
            raise Misdeclared(f"{owner}.nested: {name!r} is no relation of {model} to several rows{did_you_mean(name, edges)}")
        children = [one for one in resources if one.endpoint.model is edges[name].target]
        if not children:
            raise Misdeclared(f"{owner}.nested: {edges[name].target.__name__}, which {name!r} leads to, has no endpoint")
        found.append(NestedResource(parent, children[0], edges[name]))
    return found


def may_link(join: Join) -> bool:
    """Whether a row of the table between can be written from its two sides alone."""
    sides = (join.near.name, join.far.name)
    return not any(field.must_be_sent for name, field in declaration(join.through).fields.items() if name not in sides)


def _may_change(endpoint: Endpoint) -> bool:
    return "PUT" in endpoint.detail_methods or "PATCH" in endpoint.detail_methods
