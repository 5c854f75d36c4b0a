"""Peers: the rows of one result fetch their relations together. A relation costs one statement, however many rows use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from pyrest.datastores.protocol import DataStore
from pyrest.errors import UnknownName
from pyrest.lookups import ordering
from pyrest.models.catalog import Relation
from pyrest.models.fields import Field
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration, row_of
from pyrest.plan import Embed, OneOf, Read

Row = tuple[Any, ...]


class Many(Protocol):
    """Makes what a row gives for several rows, out of how they are reached, the row's value on that way, the way to get them
    and the way to forget them."""

    def __call__(
        self, store: DataStore, edge: Relation | Join, value: Any, rows: Callable[[], list[Any]], forget: Callable[[], object]
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
        """The rows that point at a row or are joined with it, or the one where there can be only one. Raises `UnknownName`."""
        joins = self._store.catalog.joins[self._model]
        if name in joins:
            key = row.pk
            join, forget = joins[name], partial(self._edges.pop, name, None)
            return self._many(self._store, join, key, lambda: self._joined(join).rows.get(key, []), forget)
        relations = {r.reverse_name: r for r in self._store.catalog.reverse[self._model] if r.reverse_name}
        if name not in relations:
            raise UnknownName("relation", name, [*relations, *joins])
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
        backward = {r.reverse_name: r for r in catalog.reverse[self._model] if r.reverse_name and (to_many or r.to_one)}
        if name in backward:
            return self._backward(backward[name]).peers
        joins = catalog.joins[self._model] if to_many else {}
        if name in joins:
            return self._joined(joins[name]).peers
        raise UnknownName("relation", name, [*forward, *backward, *joins])

    def _forward(self, relation: Relation) -> Edge:
        return self._edge(relation.field.name, partial(self._fetch, relation.target, relation.field, relation.target_field))

    def _backward(self, relation: Relation) -> Edge:
        return self._edge(_backward_name(relation), partial(self._fetch, relation.model, relation.target_field, relation.field))

    def _joined(self, join: Join) -> Edge:
        return self._edge(join.name, partial(self._fetch_joined, join))

    def _edge(self, name: str, fetch: Callable[[], Edge]) -> Edge:
        if name not in self._edges:
            self._edges[name] = fetch()
        return self._edges[name]

    def _fetch(self, model: type[Model], ours: Field[Any], theirs: Field[Any]) -> Edge:
        """The rows of a model in which the field `theirs` holds what the field `ours` holds in any of our rows."""
        values = tuple(dict.fromkeys(v for row in self._rows if (v := row[ours.index_in_row]) is not None))
        declared = declaration(model)
        plan = Read(model, tuple(declared.fields), OneOf(theirs.name, values), ordering(declared, declared.ordering))
        fetched = self._store.read(plan).rows if values else []
        return self._reached(model, [(row[theirs.index_in_row], row) for row in fetched])

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
