"""What is fetched beside a plan: one statement for each edge, however many rows it has; and the rows that references name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pyrest.datastores.protocol import DataStore
from pyrest.linking import both
from pyrest.models.model import Model, declaration, row_of
from pyrest.peers import ResultRows
from pyrest.plan import Read, Ref
from pyrest.queryset import related_set
from pyrest.reach import Needs, Row, reached
from pyrest.references import grouped, holding


class Fetched(NamedTuple):
    """What `Needs` asked for: rows, place by place the value by which each was reached, the rows themselves where they
    are needed, and what lies along each edge."""

    rows: list[Row]
    near: list[Any]
    objects: list[Model]
    edges: list[Fetched]


def fetch(store: DataStore, needs: Needs, rows: list[Row], near: list[Any] | None = None) -> Fetched:
    """All that is needed beside these rows, which hold the values of `needs.columns`."""
    objects = _objects(store, needs, rows) if needs.whole else []
    edges = []
    for edge, wanted in needs.edges:
        place = needs.columns.index(edge.near.name)
        values, found = reached(store, edge, wanted.columns, [row[place] for row in rows])
        edges.append(fetch(store, wanted, found, values))
    return Fetched(rows, near or [], objects, edges)


def _objects(store: DataStore, needs: Needs, rows: list[Row]) -> list[Model]:
    places = [needs.columns.index(name) for name in declaration(needs.model).fields]
    if places != list(range(len(needs.columns))):
        rows = [tuple(row[place] for place in places) for row in rows]
    peers = ResultRows(store, needs.model, rows, related_set)
    for path in needs.along:
        found = peers
        for name in path.split("__"):
            found = found.along(name, True)
    return [row_of(needs.model, row, peers) for row in rows]


def named(store: DataStore, refs: Iterable[Ref]) -> dict[Ref, list[Model]]:
    """The rows that each reference names. One statement for each field that is referred to."""
    refs = tuple(refs)
    found: dict[Ref, list[Model]] = {ref: [] for ref in refs}
    for (model, field, where), values in grouped(refs).items():
        declared = declaration(model)
        rows = store.read(Read(model, tuple(declared.fields), both(where, holding(field, values)))).rows
        peers = ResultRows(store, model, rows, related_set)
        place = declared.fields[field].index_in_row
        for row in rows:  # a column that takes "QUEEN" for "Queen" finds rows that were not named
            if (ref := Ref(model, field, row[place], where)) in found:
                found[ref].append(row_of(model, row, peers))
    return found
