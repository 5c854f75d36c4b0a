"""Peers: the rows of one result fetch their relations together. A relation costs one statement, however many rows use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Protocol

from pyrest.datastores.protocol import DataStore
from pyrest.errors import UnknownName
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Edge
from pyrest.models.fields import Field, GenericForeignKey
from pyrest.models.generics import key_of
from pyrest.models.model import Model, declaration, row_of
from pyrest.plan import OneOf, Read
from pyrest.reach import reached

Row = tuple[Any, ...]


class Many(Protocol):
    """Makes what a row gives for several rows, out of how they are reached, the row's value on that way, the way to get them
    and the way to forget them."""

    def __call__(self, store: DataStore, edge: Edge, value: Any, rows: Callable[[], list[Any]], forget: Callable[[], object]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Reached:
    """What was fetched along one relation: rows by the value that they are reached by, and those rows as peers of their own."""

    rows: dict[Any, list[Model]]
    peers: ResultRows


class ResultRows:
    """The rows of one result: the `Peers` of each of them.

    `rows` are their values, in the order of declaration. `kept` holds what others fetched for all of them, as long as it holds.
    """

    def __init__(self, store: DataStore, model: type[Model], rows: list[Row], many: Many) -> None:
        self.store = store
        self.model = model
        self.rows = rows
        self.kept: dict[object, Any] = {}
        self._many = many
        self._reached: dict[str, Reached] = {}

    def target(self, field: Field[Any], key: Any) -> Model | None:
        """The row that a foreign key points at."""
        found = self._along(self._edges[field.name]).rows.get(key)
        return found[0] if found else None

    def reverse(self, row: Model, name: str) -> Any:
        """The rows that a name leads to from a row, or the one where there can be only one. Raises `UnknownName`."""
        link = declaration(self.model).links.get(name)
        if isinstance(link, GenericForeignKey):
            return self._pointed_at(link, row)
        edge = self._edges.get(name)
        if edge is None or edge.forward:
            known = [n for n, e in self._edges.items() if not e.forward]
            raise UnknownName("relation", name, [*known, *declaration(self.model).links])
        value = edge.held(row._values[edge.near.index_in_row])

        def rows() -> list[Model]:
            return self._along(edge).rows.get(value, [])

        if edge.single:
            return next(iter(rows()), None)
        return self._many(self.store, edge, value, rows, partial(self._forget, name))

    def along(self, name: str, to_many: bool) -> ResultRows:
        """Fetches a relation now, and gives its rows. Raises `UnknownName`."""
        known = {n: e for n, e in self._edges.items() if to_many or e.single}
        if name not in known:
            raise UnknownName("relation", name, known)
        return self._along(known[name]).peers

    def follow(self, path: str, to_many: bool) -> None:
        """Fetches what lies along a path of relations, such as `album__artist`. Raises `UnknownName`."""
        reduce(lambda found, name: found.along(name, to_many), path.split("__"), self)

    def instances(self) -> list[Any]:
        """The rows themselves."""
        return [row_of(self.model, row, self) for row in self.rows]

    @property
    def _edges(self) -> Any:
        return self.store.catalog.edges[self.model]

    def _forget(self, name: str) -> None:
        self._reached.pop(name, None)
        self.kept.clear()

    def _along(self, edge: Edge) -> Reached:
        return self._once(edge.name, partial(self._fetch, edge))

    def _once(self, name: str, fetch: Callable[[], Reached]) -> Reached:
        if name not in self._reached:
            self._reached[name] = fetch()
        return self._reached[name]

    def _fetch(self, edge: Edge) -> Reached:
        """What lies along an edge from any of our rows."""
        values = (row[edge.near.index_in_row] for row in self.rows)
        return self._as_peers(edge.target, *reached(self.store, edge, declaration(edge.target).fields, values))

    def _pointed_at(self, link: GenericForeignKey, row: Model) -> Model | None:
        """The row that a generic foreign key points at. Each table that the peers point at costs one statement."""
        fields = declaration(self.model).fields
        table, held = (row._values[fields[name].index_in_row] for name in (link.type_field, link.key_field))
        target = self.store.catalog.by_table.get(table)
        if target is None:
            return None
        found = self._once(f"{link.name} {table}", partial(self._fetch_pointed_at, link, target))
        return next(iter(found.rows.get(key_of(target, held), [])), None)

    def _fetch_pointed_at(self, link: GenericForeignKey, target: Declaration) -> Reached:
        """The rows of one table that any of our rows names."""
        fields = declaration(self.model).fields
        kind, key = fields[link.type_field].index_in_row, fields[link.key_field].index_in_row
        keys = dict.fromkeys(key_of(target, row[key]) for row in self.rows if row[kind] == target.table)
        wanted = tuple(key for key in keys if key is not None)
        plan = Read(target.model, tuple(target.fields), OneOf(target.key.name, wanted))
        rows = self.store.read(plan).rows if wanted else []
        return self._as_peers(target.model, [row[target.key.index_in_row] for row in rows], rows)

    def _as_peers(self, model: type[Model], values: list[Any], rows: list[Row]) -> Reached:
        peers = ResultRows(self.store, model, rows, self._many)
        found: dict[Any, list[Model]] = {}
        for value, row in zip(values, peers.instances(), strict=True):
            found.setdefault(value, []).append(row)
        return Reached(found, peers)
