"""Peers: the rows of one result fetch their relations together. A relation costs one statement, however many rows use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from pyrest.datastores.protocol import DataStore
from pyrest.errors import UnknownName
from pyrest.lookups import both, ordering
from pyrest.models.catalog import Relation
from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field, GenericForeignKey
from pyrest.models.generics import GenericReverse, key_of
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration, row_of
from pyrest.plan import EVERYTHING, Compare, Embed, OneOf, Read, Where

Row = tuple[Any, ...]


class Many(Protocol):
    """Makes what a row gives for several rows, out of how they are reached, the row's value on that way, the way to get them
    and the way to forget them."""

    def __call__(
        self,
        store: DataStore,
        edge: Relation | Join | GenericReverse,
        value: Any,
        rows: Callable[[], list[Any]],
        forget: Callable[[], object],
    ) -> Any: ...


@dataclass(frozen=True, slots=True)
class Edge:
    """What was fetched along one relation: rows by the value that they are reached by, and those rows as peers of their own."""

    rows: dict[Any, list[Model]]
    peers: ResultRows


class ResultRows:
    """The rows of one result: the `Peers` of each of them."""

    def __init__(self, store: DataStore, model: type[Model], rows: list[Row], many: Many) -> None:
        self._store = store
        self._model = model
        self._rows = rows
        self._many = many
        self._edges: dict[str, Edge] = {}

    def target(self, field: Field[Any], key: Any) -> Model | None:
        """The row that a foreign key points at."""
        found = self._forward(self._store.catalog.forward[self._model][field.name]).rows.get(key)
        return found[0] if found else None

    def reverse(self, row: Model, name: str) -> Any:
        """The rows that a name leads to from a row, or the one where there can be only one. Raises `UnknownName`."""
        link = declaration(self._model).links.get(name)
        if isinstance(link, GenericForeignKey):
            return self._pointed_at(link, row)
        generics = self._store.catalog.generics[self._model]
        if name in generics:
            generic, held, forget = generics[name], generics[name].held(row.pk), partial(self._edges.pop, name, None)
            return self._many(self._store, generic, held, lambda: self._tagged(generic).rows.get(held, []), forget)
        joins = self._store.catalog.joins[self._model]
        if name in joins:
            key = row.pk
            join, forget = joins[name], partial(self._edges.pop, name, None)
            return self._many(self._store, join, key, lambda: self._joined(join).rows.get(key, []), forget)
        relations = self._store.catalog.backward[self._model]
        if name not in relations:
            raise UnknownName("relation", name, [*relations, *joins, *declaration(self._model).links])
        relation = relations[name]
        value = row._values[relation.target_field.index_in_row]

        def rows() -> list[Model]:
            return self._backward(relation).rows.get(value, [])

        if relation.to_one:
            return next(iter(rows()), None)
        return self._many(self._store, relation, value, rows, partial(self._edges.pop, _backward_name(relation), None))

    def along(self, name: str, to_many: bool) -> ResultRows:
        """Fetches a relation now, and gives its rows. Raises `UnknownName`."""
        catalog = self._store.catalog
        forward = catalog.forward[self._model]
        if name in forward:
            return self._forward(forward[name]).peers
        backward = {n: r for n, r in catalog.backward[self._model].items() if to_many or r.to_one}
        if name in backward:
            return self._backward(backward[name]).peers
        joins = catalog.joins[self._model] if to_many else {}
        if name in joins:
            return self._joined(joins[name]).peers
        generics = catalog.generics[self._model] if to_many else {}
        if name in generics:
            return self._tagged(generics[name]).peers
        raise UnknownName("relation", name, [*forward, *backward, *joins, *generics])

    def _forward(self, relation: Relation) -> Edge:
        return self._edge(relation.field.name, partial(self._fetch, relation.target, relation.field, relation.target_field))

    def _backward(self, relation: Relation) -> Edge:
        return self._edge(_backward_name(relation), partial(self._fetch, relation.model, relation.target_field, relation.field))

    def _joined(self, join: Join) -> Edge:
        return self._edge(join.name, partial(self._fetch_joined, join))

    def _tagged(self, generic: GenericReverse) -> Edge:
        return self._edge(generic.name, partial(self._fetch_tagged, generic))

    def _pointed_at(self, link: GenericForeignKey, row: Model) -> Model | None:
        """The row that a generic foreign key points at. Each table that the peers point at costs one statement."""
        fields = declaration(self._model).fields
        table, held = (row._values[fields[name].index_in_row] for name in (link.type_field, link.key_field))
        target = self._store.catalog.by_table.get(table)
        if target is None:
            return None
        edge = self._edge(f"{link.name} {table}", partial(self._fetch_pointed_at, link, target))
        return next(iter(edge.rows.get(key_of(target, held), [])), None)

    def _edge(self, name: str, fetch: Callable[[], Edge]) -> Edge:
        if name not in self._edges:
            self._edges[name] = fetch()
        return self._edges[name]

    def _fetch(self, model: type[Model], ours: Field[Any], theirs: Field[Any]) -> Edge:
        """The rows of a model in which the field `theirs` holds what the field `ours` holds in any of our rows."""
        return self._fetch_held(model, theirs, (row[ours.index_in_row] for row in self._rows))

    def _fetch_tagged(self, generic: GenericReverse) -> Edge:
        """The rows that name any of our rows by table and key."""
        key = declaration(self._model).key.index_in_row
        held = (generic.held(row[key]) for row in self._rows)
        return self._fetch_held(generic.target, generic.key_field, held, Compare(generic.type_field.name, "=", generic.table))

    def _fetch_pointed_at(self, link: GenericForeignKey, target: Declaration) -> Edge:
        """The rows of one table that any of our rows names."""
        fields = declaration(self._model).fields
        kind, key = fields[link.type_field].index_in_row, fields[link.key_field].index_in_row
        return self._fetch_held(target.model, target.key, (key_of(target, row[key]) for row in self._rows if row[kind] == target.table))

    def _fetch_held(self, model: type[Model], field: Field[Any], values: Iterable[Any], where: Where = EVERYTHING) -> Edge:
        """The rows of a model that hold any of the values, nulls apart, in a field."""
        wanted = tuple(dict.fromkeys(value for value in values if value is not None))
        declared = declaration(model)
        plan = Read(model, tuple(declared.fields), both(where, OneOf(field.name, wanted)), ordering(declared, declared.ordering))
        fetched = self._store.read(plan).rows if wanted else []
        return self._reached(model, [(row[field.index_in_row], row) for row in fetched])

    def _fetch_joined(self, join: Join) -> Edge:
        """The rows that any of our rows are joined with."""
        key = declaration(self._model).key.index_in_row
        declared = declaration(join.target)
        order = ordering(declared, declared.ordering)
        values = tuple(dict.fromkeys(row[key] for row in self._rows))
        columns = tuple(declared.fields)
        plan = Embed(join.target, columns, declared.key.name, join.through, join.near.name, join.far.name, values, order)
        fetched = self._store.embed(plan) if values else []
        return self._reached(join.target, [(value, tuple(row)) for value, *row in fetched])

    def _reached(self, model: type[Model], pairs: list[tuple[Any, Row]]) -> Edge:
        """Pairs of the value that a row is reached by, and its own values."""
        peers = ResultRows(self._store, model, [row for _, row in pairs], self._many)
        rows: dict[Any, list[Model]] = {}
        for value, row in pairs:
            rows.setdefault(value, []).append(row_of(model, row, peers))
        return Edge(rows, peers)


def _backward_name(relation: Relation) -> str:
    return f"{relation.field.owner}.{relation.field.name}"
