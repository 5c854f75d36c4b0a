"""Routes inside routes: the rows of one resource that are related to a row of another, as `/album/1/tracks/` and `/album/1/tracks/3/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pyrest.datastores.protocol import DataStore
from pyrest.endpoint import Endpoint
from pyrest.errors import Misdeclared, ValidationError, did_you_mean
from pyrest.linking import both
from pyrest.models.edges import Edge
from pyrest.models.generics import GenericReverse
from pyrest.models.joins import Join
from pyrest.models.model import declaration
from pyrest.pairs import Pairs as JoinedPairs
from pyrest.plan import Compare
from pyrest.query import Pairs
from pyrest.resource import Created, Object, Page, Resource, Within
from pyrest.serializers.fields import Place


class NestedResource:
    """The rows of `child` that a relation leads to from a row of `parent`. `parent_text` is the part of the path that names that row.

    A row that is not there is `NotFound`, and so is one that belongs to another.
    """

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
        return tuple(m for m in self.child.endpoint.list_methods if m == "GET" or self.join is None or self.links)

    @property
    def detail_methods(self) -> Sequence[str]:
        """What may be done with one of them: on a many-to-many relation PUT links and DELETE unlinks it."""
        if self.join is None:
            return self.child.endpoint.detail_methods
        return tuple(m for m in ("GET",) if m in self.child.endpoint.detail_methods) + (("PUT", "DELETE") if self.links else ())

    def list(self, parent_text: str, pairs: Pairs, place: Place) -> Page:
        """Raises `NotFound`, and what the list of the child raises."""
        with self._store.snapshot():
            return self.child.list(pairs, place, self._within(parent_text))

    def detail(self, parent_text: str, text: str, place: Place) -> Object:
        """Raises `NotFound`."""
        with self._store.snapshot():
            return self.child.detail(text, place, self._within(parent_text))

    def create(self, parent_text: str, body: Mapping[str, object], place: Place, shown: bool) -> Created:
        """Stores a row that belongs to the parent. Raises what creating a child raises."""
        with self._store.transaction():
            value = self._value(parent_text)
            if value is None:
                raise ValidationError([f"The row above has no {self.edge.near.name}, so nothing can point at it."])
            return self.child.create(body, place, shown, self._within_value(value), self._joined(value))

    def write(self, parent_text: str, text: str, body: Mapping[str, object], place: Place, mode: Literal["replace", "patch"]) -> Object:
        """Replaces or patches a row. Raises what that of the child raises."""
        with self._store.transaction():
            return self.child.write(text, body, place, mode, self._within(parent_text))

    def delete(self, parent_text: str, text: str) -> None:
        """Deletes a row; where rows are joined, it is only taken out. Raises `NotFound`."""
        with self._store.transaction():
            value = self._value(parent_text)
            within = self._within_value(value)
            if self.join is None:
                self.child.delete(text, within)
            else:
                (key,) = self.child.values_of(self.child.address(text, within), self._key)
                self._pairs(value).remove([key])

    def link(self, parent_text: str, text: str) -> None:
        """Joins a row with the parent; one that is joined stays so. Raises `NotFound`."""
        with self._store.transaction():
            value = self._value(parent_text)
            (key,) = self.child.values_of(self.child.address(text), self._key)
            self._pairs(value).add([key])

    @property
    def _store(self) -> DataStore:
        return self.parent.store

    @property
    def _key(self) -> str:
        return declaration(self.edge.target).key.name

    def _value(self, parent_text: str) -> Any:
        """The parent's value that the relation leads from."""
        return self.parent.values_of(self.parent.address(parent_text), self.edge.near.name)[0]

    def _within(self, parent_text: str) -> Within:
        return self._within_value(self._value(parent_text))

    def _within_value(self, value: Any) -> Within:
        if self.join is not None:
            return Within(self._pairs(value).targets())
        given = {self.edge.field.name: self.edge.held(value)}
        if isinstance(self.edge.relation, GenericReverse):
            given[self.edge.relation.type_field.name] = self.edge.relation.table
        return Within(both(*(Compare(name, "=", part) for name, part in given.items())), given)

    def _pairs(self, value: Any) -> JoinedPairs:
        assert self.join is not None
        return JoinedPairs(self._store, self.join, (value,))

    def _joined(self, value: Any) -> Any:
        return None if self.join is None else lambda key: self._pairs(value).add([key])


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
