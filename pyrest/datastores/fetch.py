"""What is fetched beside a plan: one statement for each edge, however many rows it has; and the rows that references name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from pyrest.datastores.protocol import DataStore
from pyrest.linking import both
from pyrest.models.model import Model, declaration
from pyrest.plan import Read, Ref
from pyrest.queryset import peers_of
from pyrest.reach import Needs, Row, reached, reached_shares
from pyrest.references import grouped, holding
from pyrest.shares import EVERY_ROW, Shares


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


def fetch_shares(store: DataStore, needs: Needs, rows: list[Row], shares: Shares) -> Fetched:
    """As `fetch`, of each edge that a request has a say in its share. Raises `BadParameter` where that would be too much."""
    return _shared(store, needs, Fetched(rows, [], [], []), [1] * len(rows), shares, counted=False)


def _shared(store: DataStore, needs: Needs, at: Fetched, times: list[int], shares: Shares, counted: bool) -> Fetched:
    """`times` says of each row how often it is shown; `counted` whether the request has asked for what is here."""
    edges = []
    for edge, wanted in needs.edges:
        place = needs.columns.index(edge.near.name)
        counts = counted or wanted.share is not None
        values = [row[place] for row in at.rows]
        if counts:
            # One more than may be shown is enough to see that it is too much.
            share = replace(EVERY_ROW if wanted.share is None else shares.wanted[wanted.share], limit=shares.left + 1)
            near, found = reached_shares(store, edge, wanted.columns, values, share)
        else:
            near, found = reached(store, edge, wanted.columns, values)
        led: Counter[Any] = Counter()
        for value, often in zip(values, times, strict=True):
            led[edge.held(value)] += often
        often_there = [led[value] for value in near]
        if counts:
            shares.spend(often_there)
        edges.append(_shared(store, wanted, Fetched(found, near, [], []), often_there, shares, counts))
    return at._replace(objects=_objects(store, needs, at.rows) if needs.whole else [], edges=edges)


def _objects(store: DataStore, needs: Needs, rows: list[Row]) -> list[Model]:
    places = [needs.columns.index(name) for name in declaration(needs.model).fields]
    if places != list(range(len(needs.columns))):
        rows = [tuple(row[place] for place in places) for row in rows]
    peers = peers_of(store, needs.model, rows)
    for path in needs.along:
        peers.follow(path, to_many=True)
    return peers.instances()


def named(store: DataStore, refs: Iterable[Ref]) -> dict[Ref, list[Model]]:
    """The rows that each reference names. One statement for each field that is referred to."""
    refs = tuple(refs)
    found: dict[Ref, list[Model]] = {ref: [] for ref in refs}
    for (model, field, where), values in grouped(refs).items():
        declared = declaration(model)
        rows = store.read(Read(model, tuple(declared.fields), both(where, holding(field, values)))).rows
        place = declared.fields[field].index_in_row
        for row in peers_of(store, model, rows).instances():
            # A column that takes "QUEEN" for "Queen" finds rows that were not named.
            if (ref := Ref(model, field, row._values[place], where)) in found:
                found[ref].append(row)
    return found
