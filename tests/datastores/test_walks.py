"""Walks: from any place in any order a store goes on behind it, whatever has come and gone meanwhile; and SQLite does so by an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from pyrest import MemoryDataStore, SQLiteDataStore, Wrapper, models
from pyrest.cursors import Cursor, Listing, read, written
from pyrest.datastores import sql
from pyrest.errors import ValidationError
from pyrest.models.model import Model, declaration
from pyrest.orders import total_order, turned
from pyrest.plan import Compare, OneOf, Order, Read, Walk
from pyrest.q import Q
from pyrest.store import Store
from tests.datastores.oracle import MODELS, Band, Cover, Song, answer
from tests.datastores.questions import ASKERS, Asker
from tests.datastores.shelf import Everything
from tests.datastores.test_property import ORDERS, ROWS, Undone, examples
from tests.datastores.test_query_property import Unwritable, filled, parameters

Row = tuple[Any, ...]
Pairs = Iterable[tuple[str, str]]

MOST_PAGES = 50


@contextmanager
def both_stores(*kept: type[Model]) -> Iterator[list[tuple[Store, FlaskClient]]]:
    """The stores, and a client of an application over each."""
    with closing(SQLiteDataStore(":memory:", models=kept)) as sqlite:
        stores: list[Store] = [MemoryDataStore(models=kept), sqlite]
        yield [(store, Wrapper(kept, datastore=store).create_app().test_client()) for store in stores]


# Of one store: from place to place.


def carried(place: Row) -> Row:
    """A place as it comes back from a client."""
    listing = Listing(b"secret", "rows", [], ())
    return read(written(Cursor(place), listing), listing).place


def walked(store: Store, plan: Read, size: int) -> list[Row]:
    """The rows of a plan, page after page; each place is carried by a client in between."""
    rows: list[Row] = []
    walk = Walk()
    for _ in range(MOST_PAGES):
        found = store.read(plan._replace(limit=size, walk=walk))
        assert len(found.places) == len(found.rows)
        rows += found.rows
        if len(found.rows) < size:
            return rows
        walk = Walk(carried(found.places[-1]))
    raise AssertionError("the walk has no end")


def test_a_walk_meets_every_row_in_order(full: bool) -> None:
    with both_stores(Everything) as stores:

        @examples(full, 40, 4_000)
        @given(ROWS, ORDERS, st.lists(st.sampled_from([None, "first", "last"]), min_size=3, max_size=3), st.integers(1, 4))
        def agree(rows: list[dict[str, Any]], order: tuple[Order, ...], nulls: list[Any], size: int) -> None:
            order = tuple(replace(one, nulls=where) for one, where in zip(order, nulls, strict=False))
            terms = total_order("id", order)
            for store, _ in stores:
                with undone(store):
                    store[Everything].bulk_create(rows)
                    plan = Read(Everything, ("id", "json"), order=order)
                    expected = store.read(plan).rows
                    assert repr(walked(store, plan, size)) == repr(expected)
                    assert repr(walked(store, plan._replace(order=turned(terms)), size)) == repr(expected[::-1])
                    for number, place in enumerate(store.read(plan._replace(walk=Walk())).places):
                        assert repr(store.read(plan._replace(walk=Walk(place, included=True))).rows) == repr(expected[number:])

        agree()


@contextmanager
def undone(store: Store) -> Iterator[None]:
    try:
        with store.transaction():
            yield
            raise Undone
    except Undone:
        pass


# Over HTTP: from page to page.


class Visitor:
    """A client of a list, which notes the keys that it is shown."""

    def __init__(self, client: FlaskClient, model: type[Model], order: Iterable[str], size: int, filters: Pairs = ()) -> None:
        self._client = client
        self._table = declaration(model).table
        self._size = size
        self._asked = [*filters, ("count", str(size)), *([("ordering", ",".join(order))] if order else [])]
        self.meta: dict[str, Any] = {}

    def page(self, cursor: str) -> list[int]:
        answered = self._client.get(f"/{self._table}/?{urlencode([*self._asked, ('cursor', cursor)])}")
        assert answered.status_code == 200, answered.json
        self.meta = answered.json["meta"]
        shown = [row["id"] for row in answered.json["object_list"]]
        assert len(shown) <= self._size
        return shown

    def pages(self, way: str) -> Iterator[list[int]]:
        """The pages that follow this one."""
        for _ in range(MOST_PAGES):
            if (cursor := self.meta[way]) == "null":
                return
            yield self.page(cursor)
        raise AssertionError("the pages have no end")


def test_the_pages_are_the_list_there_and_back(full: bool) -> None:
    with both_stores(*MODELS) as stores:

        @examples(full, 50, 4_000)
        @given(ASKERS, st.sampled_from((Song, Song, Band, Cover)), st.integers(1, 4))
        def agree(asker: Asker, model: type[Model], size: int) -> None:
            order, q = asker.orders(model), asker.tree(model, 1)
            try:
                filters = parameters(q)
            except Unwritable:
                q, filters = Q(), []
            meant = answer(asker.world, model, q, order, spelt=True)
            for store, client in stores:
                with filled(store, asker.world):
                    visitor = Visitor(client, model, order, size, filters)
                    there = [visitor.page(""), *visitor.pages("next_cursor")]
                    assert (visitor.meta["total_count"], [key for page in there for key in page]) == (len(meant), meant)
                    assert all(len(page) == size for page in there[:-1])
                    back = list(visitor.pages("previous_cursor"))
                    assert back == there[-2::-1]

        agree()


CHANGES = st.lists(
    st.tuples(st.booleans(), st.integers(0, 9), st.none() | st.integers(0, 2), st.none() | st.sampled_from("ab")), max_size=4
)
ORDERED = st.lists(
    st.builds(
        "{1}{0}{2}".format,
        st.sampled_from(["plays", "title", "band__name"]),
        st.sampled_from(["", "-"]),
        st.sampled_from(["", ":nullsfirst", ":nullslast"]),
    ),
    max_size=2,
    unique_by=lambda name: name.strip("-").partition(":")[0],
)


def test_rows_that_come_and_go_move_no_other(full: bool) -> None:
    with both_stores(*MODELS) as stores:

        @examples(full, 25, 4_000)
        @given(CHANGES, ORDERED, st.lists(CHANGES, min_size=8, max_size=8), st.integers(1, 3), st.booleans())
        def agree(before: Any, order: list[str], meanwhile: list[Any], size: int, turning: bool) -> None:
            for store, client in stores:
                with undone(store):
                    bands = [store[Band].create(name=name).pk for name in ("x", None)]
                    change(store, [(True, number, number % 3 or None, "ab"[number % 2]) for number in range(6)], bands)
                    change(store, before, bands)
                    visitor = Visitor(client, Song, order, size)
                    ways = ["next_cursor", "previous_cursor"] if turning else ["next_cursor"]
                    shown = [visitor.page("")]
                    for way in ways:
                        there = {row.pk for row in store[Song]}
                        edge = shown[-1] if way == "previous_cursor" else []
                        seen = list(shown[0]) if way == "next_cursor" else []
                        steps = iter(meanwhile)
                        for _ in range(MOST_PAGES):
                            if visitor.meta[way] == "null":
                                break
                            change(store, next(steps, []), bands)
                            shown.append(visitor.page(visitor.meta[way]))
                            seen += shown[-1]
                            there &= {row.pk for row in store[Song]} | {*seen}
                        assert visitor.meta[way] == "null"
                        assert len({*seen}) == len(seen)
                        assert there <= {*seen, *edge}

        agree()


def change(store: Store, changes: Iterable[Any], bands: list[int]) -> None:
    """Rows come, or go by their place."""
    for comes, number, plays, title in changes:
        if comes:
            store[Song].create(plays=plays, title=title, band=[*bands, None][number % 3])
        elif keys := [row.pk for row in store[Song]]:
            store[Song].filter(pk=keys[number % len(keys)]).delete()


# What SQLite does.


class Entry(models.Model):
    id = models.PkField()
    rank = models.IntegerField(index=True)
    size = models.IntegerField(required=True, index=True)

    class Meta:
        indexes = [("size", "rank")]


@pytest.fixture(scope="module")
def entries() -> Iterator[SQLiteDataStore]:
    with closing(SQLiteDataStore(":memory:", models=[Entry])) as store:
        store[Entry].bulk_create({"rank": number % 700 or None, "size": number % 7} for number in range(3000))
        yield store


def explained(store: SQLiteDataStore, order: tuple[Order, ...], place: Row) -> list[str]:
    """SQLite's plan for a page behind a place, without the words that say how the ranges are merged."""
    table = store._table(Entry)[0]
    text, parameters = sql.select(Read(Entry, ("id", "rank"), order=order, limit=21, walk=Walk(place)), table)
    rows = store._connections.session().rows(f"EXPLAIN QUERY PLAN {text}", parameters)
    return [detail for *_, detail in rows if not detail.startswith(("MERGE", "LEFT", "RIGHT"))]


@pytest.mark.parametrize(
    ("order", "place"),
    [
        ((), (1500,)),
        ((Order("id", descending=True),), (1500,)),
        ((Order("rank"),), (350, 1500)),
        ((Order("rank"),), (None, 1500)),
        ((Order("rank", descending=True),), (350, 1500)),
        ((Order("rank", descending=True),), (None, 1500)),
        ((Order("rank", nulls="last"),), (350, 1500)),
        ((Order("size"), Order("rank")), (3, 350, 1500)),
        ((Order("size", descending=True), Order("rank", descending=True), Order("id", descending=True)), (3, 350, 1500)),
    ],
)
def test_an_index_leads_to_the_place(entries: SQLiteDataStore, order: tuple[Order, ...], place: Row) -> None:
    details = explained(entries, order, place)
    assert [detail for detail in details if detail.startswith("SCAN")] == []
    assert any(detail.startswith("SEARCH") for detail in details)
    assert "USE TEMP B-TREE FOR ORDER BY" not in details


@pytest.mark.parametrize("order", [(), (Order("rank", descending=True),), (Order("size"), Order("rank"))])
def test_a_page_deep_inside_costs_as_the_first_one(entries: SQLiteDataStore, order: tuple[Order, ...]) -> None:
    first, deep = steps(entries, order, Walk()), steps(entries, order, Walk(place_of(entries, order, 2900)))
    assert deep < 3 * first + 500


def place_of(store: SQLiteDataStore, order: tuple[Order, ...], number: int) -> Row:
    return store.read(Read(Entry, ("id",), order=order, limit=1, offset=number, walk=Walk())).places[0]


def steps(store: SQLiteDataStore, order: tuple[Order, ...], walk: Walk) -> int:
    """How many times ten instructions SQLite's machine takes for a page."""
    taken = [0]
    connection = store._connections.session().connection
    connection.set_progress_handler(lambda: taken.__setitem__(0, taken[0] + 1), 10)
    try:
        store.read(Read(Entry, ("id",), order=order, limit=21, walk=walk))
    finally:
        connection.set_progress_handler(None, 0)
    return taken[0]


def test_a_page_is_one_statement(entries: SQLiteDataStore) -> None:
    with entries.recorded() as statements:
        entries.read(Read(Entry, ("id",), order=(Order("rank", nulls="last"),), limit=3, walk=Walk((350, 1500))))
    assert len(statements) == 1


def test_a_total_knows_no_place_and_may_have_a_limit(entries: SQLiteDataStore) -> None:
    plan = Read(Entry, ("id",), Compare("size", "=", 3), limit=2, walk=Walk((2990,)), total=True)
    assert entries.read(plan).total == 429
    assert entries.read(plan._replace(total_limit=100)).total == 100
    assert entries.read(plan._replace(total_limit=1000)).total == 429


# Tables of others.


def test_a_walk_goes_by_what_an_existing_table_holds(tmp_path: Path) -> None:
    class Thing(models.Model):
        id = models.PkField()
        name = models.StringField()
        price = models.DecimalField(10, 2)
        day = models.DateField()
        code = models.UUIDField()
        weight = models.FloatField()

    values = {
        "name": ["b", "A", "a", None, "B", b"\xf6", 7],
        "price": ["10.00", "9.50", None, "9.5", "cheap", "", "1e3"],
        "day": ["2024-02-29 00:00:00", "2024-03-01", None, "never", 20240301, "2024-02-29 00:00:00", ""],
        "code": [b"\x00" * 16, b"\xff" * 16, None, b"\x01", "text", 5, b""],
        "weight": [1, 1.5, float("inf"), float("-inf"), None, "heavy", 2**63 - 1],
    }
    with closing(sqlite3.connect(tmp_path / "old.db")) as file:
        file.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, price TEXT, day, code BLOB, weight REAL)")
        rows = [*zip(*values.values(), strict=True)] * 2
        file.executemany("INSERT INTO thing (name, price, day, code, weight) VALUES (?, ?, ?, ?, ?)", rows)
        file.commit()
    with closing(SQLiteDataStore(tmp_path / "old.db", models=[Thing])) as store:
        for name in values:
            for order in ((Order(name),), (Order(name, descending=True), Order("id", descending=True)), (Order(name, nulls="last"),)):
                plan = Read(Thing, ("id",), order=order)
                assert walked(store, plan, 1) == store.read(plan).rows, order


def test_a_text_that_is_not_utf_8_has_no_place(tmp_path: Path) -> None:
    class Note(models.Model):
        id = models.PkField()
        text = models.StringField()

    with closing(sqlite3.connect(tmp_path / "old.db")) as file:
        file.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
        file.execute("INSERT INTO note (text) VALUES ('a'), (CAST(x'f6' AS TEXT)), ('\ufffd')")
        file.commit()
    with closing(SQLiteDataStore(tmp_path / "old.db", models=[Note])) as store:
        plan = Read(Note, ("id", "text"), order=(Order("text"),))
        assert walked(store, plan._replace(order=()), 1) == [(1, "a"), (2, "\ufffd"), (3, "\ufffd")]
        assert store.read(plan._replace(limit=2, walk=Walk())).rows == [(1, "a"), (3, "\ufffd")]
        with pytest.raises(ValidationError, match="is not UTF-8, so it has no place to go on from"):
            walked(store, plan, 1)


def test_a_page_with_too_many_values_is_refused() -> None:
    wanted = tuple(float(number) for number in range(11_000))
    with closing(SQLiteDataStore(":memory:", models=[Everything])) as store:
        plan = Read(Everything, ("id",), OneOf("float", wanted), (Order("float"), Order("string")), limit=2)
        assert store.read(plan._replace(walk=Walk())).rows == []
        with pytest.raises(ValidationError, match="too many values at once"):
            store.read(plan._replace(walk=Walk((1.0, "a", 1))))
