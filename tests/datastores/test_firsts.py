"""The first rows of each value, over every store: held to a read for each value."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrest import MemoryDataStore, SQLiteDataStore, models
from pyrest.plan import EVERYTHING, And, Compare, Embed, Firsts, IsNull, Not, Order, Pairs, Read, Step, Where
from pyrest.store import Store


class Band(models.Model):
    id = models.PkField()
    name = models.StringField()


class Song(models.Model):
    key = models.StringPkField()
    length = models.IntegerField()
    band = models.ForeignKey(Band, related_name="songs")
    lists = models.ManyToManyField("playlist", related_name="songs")


class Playlist(models.Model):
    id = models.PkField()
    name = models.StringField()


MODELS = (Band, Song, Playlist)


def fill(store: Store) -> None:
    store[Band].bulk_create({"name": name} for name in ("b", None, "a"))
    store[Playlist].bulk_create({"name": name} for name in ("x", "y"))
    for number in range(24):
        lists = [one for one in (1, 2) if number % (one + 1) == 0]
        store[Song].create(key=f"{number * 7 % 24:02}", length=number % 5 or None, band=number % 4 or None, lists=lists)


ORDERS: list[tuple[Order, ...]] = [
    (),
    (Order("length"),),
    (Order("length", descending=True), Order("key", descending=True)),
    (Order("length", nulls="last"),),
    (Order("name", steps=(Step("band", Band, "id"),)), Order("length")),
]
WHERES: list[Where] = [EVERYTHING, Compare("length", ">", 1), And((Not(IsNull("length")), Compare("key", "<", "15")))]
LIMITS = st.integers(1, 8)


def by_value(found: tuple[list[Any], list[tuple[Any, ...]]]) -> dict[Any, list[tuple[Any, ...]]]:
    """The rows by their values."""
    rows: dict[Any, list[tuple[Any, ...]]] = {}
    for value, row in zip(*found, strict=True):
        rows.setdefault(value, []).append(row)
    return rows


def pairs_of(store: Store) -> Pairs:
    """The pairs of playlists and songs."""
    join = store.catalog.joins[Playlist]["songs"]
    return Pairs(join.through, join.near.name, join.far.name)


anything = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@anything
@given(st.sampled_from(ORDERS), st.sampled_from(WHERES), st.none() | LIMITS, st.sets(st.integers(1, 4)))
def test_first_rows_of_each_value(store: Store, order: tuple[Order, ...], where: Where, each: int | None, values: set[int]) -> None:
    columns = ("key", "length", "band")
    found = store.firsts(Firsts(Song, columns, "band", tuple(values), None, where, order, each))
    one_by_one = {v: store.read(Read(Song, columns, And((Compare("band", "=", v), where)), order, each)).rows for v in values}
    assert by_value(found) == {value: rows for value, rows in one_by_one.items() if rows}
    every = store.read(Read(Song, columns, where, order)).rows
    assert found[1] == [row for row in every if row in found[1]]


@anything
@given(st.sampled_from(ORDERS), st.sampled_from(WHERES), st.none() | LIMITS, st.sets(st.integers(1, 3)))
def test_first_joined_rows_of_each_value(store: Store, order: tuple[Order, ...], where: Where, each: int | None, values: set[int]) -> None:
    pairs, columns = pairs_of(store), ("key", "length")
    kept = {key for (key,) in store.read(Read(Song, ("key",), where)).rows}
    found = store.firsts(Firsts(Song, columns, "key", tuple(values), pairs, where, order, each))
    one_by_one = {}
    for value in values:
        joined = store.embed(Embed(Song, columns, "key", pairs.through, pairs.near, pairs.far, (value,), order))
        one_by_one[value] = [row[1:] for row in joined if row[1] in kept][:each]
    assert by_value(found) == {value: rows for value, rows in one_by_one.items() if rows}


@pytest.mark.parametrize("limit", [0, 1, 3, 100])
def test_a_limit_is_of_all_values_together(store: Store, limit: int) -> None:
    for field, pairs in (("band", None), ("key", pairs_of(store))):
        plan = Firsts(Song, ("key", "band"), field, (1, 2), pairs, each=2)
        assert [len(part) for part in store.firsts(plan._replace(limit=limit))] == [min(limit, 4)] * 2


class Friend(models.Model):
    name = models.StringPkField()


class Letter(models.Model):
    id = models.PkField()
    to = models.StringField(foreign=("friend", "name"))
    pages = models.IntegerField()


LETTERS = "CREATE TABLE friend (name TEXT PRIMARY KEY NOT NULL); INSERT INTO friend VALUES ('Queen'), ('QUEEN'), ('Bo');"
ROWS = "(1, 'Queen', 3), (2, 'QUEEN', 1), (3, 'Queen', 2), (4, 'Queen', 1), (5, NULL, 1)"
TABLES = {
    "by case": f"CREATE TABLE letter (id INTEGER PRIMARY KEY, 'to' TEXT COLLATE NOCASE, pages INTEGER); INSERT INTO letter VALUES {ROWS}",
    "by rowid": f"CREATE TABLE letter ('to' TEXT, pages INTEGER); INSERT INTO letter (rowid, 'to', pages) VALUES {ROWS}",
    "a view": f"CREATE TABLE l (id INTEGER PRIMARY KEY, 'to' TEXT, pages INTEGER); INSERT INTO l VALUES {ROWS};"
    "CREATE VIEW letter AS SELECT id, 'to', pages FROM l".replace("SELECT id, 'to'", 'SELECT id, "to"'),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_tables_of_others(tmp_path: Path, table: str) -> None:
    class Rowid(models.Model):
        id = models.PkField(column="rowid")
        to = models.StringField(foreign=("friend", "name"))
        pages = models.IntegerField()

        class Meta:
            table = "letter"

    model: type[models.Model] = Rowid if "(rowid" in table else Letter
    with closing(sqlite3.connect(tmp_path / "letters.db")) as file:
        file.executescript(LETTERS + table)
    with closing(SQLiteDataStore(tmp_path / "letters.db", models=[Friend, model])) as store:
        plan = Firsts(model, ("id", "to"), "to", ("Queen", "QUEEN", "Bo"), None, Compare("id", "<", 9), (Order("pages"),), each=2)
        assert by_value(store.firsts(plan)) == {"Queen": [(4, "Queen"), (3, "Queen")], "QUEEN": [(2, "QUEEN")]}
        assert len(store.firsts(plan._replace(limit=2))[1]) == 2


class Shelf(models.Model):
    id = models.PkField()
    letters = models.ManyToManyField(Letter, through="kept", related_name="shelves")


class Kept(models.Model):
    id = models.PkField()
    shelf = models.ForeignKey(Shelf)
    letter = models.ForeignKey(Letter)


@pytest.mark.parametrize("table", [TABLES["by case"], TABLES["a view"]], ids=["a table", "a view"])
def test_joined_with_tables_of_others(tmp_path: Path, table: str) -> None:
    with closing(sqlite3.connect(tmp_path / "letters.db")) as file:
        file.executescript(LETTERS + table)
        kept = "CREATE TABLE kept (id INTEGER PRIMARY KEY, shelf INTEGER, letter INTEGER); CREATE TABLE shelf (id INTEGER PRIMARY KEY);"
        file.executescript(f"{kept} INSERT INTO kept (shelf, letter) VALUES (1, 1), (1, 1), (1, 2), (1, 3), (2, 4), (2, 1), (3, 5)")
    with closing(SQLiteDataStore(tmp_path / "letters.db", models=[Friend, Letter, Shelf, Kept])) as store:
        plan = Firsts(Letter, ("id",), "id", (1, 2, 4), Pairs(Kept, "shelf", "letter"), Compare("id", "<", 9), (Order("pages"),), each=2)
        assert by_value(store.firsts(plan)) == {1: [(2,), (3,)], 2: [(4,), (1,)]}
        assert by_value(store.firsts(plan._replace(each=None))) == {1: [(2,), (3,), (1,)], 2: [(4,), (1,)]}


class Price(models.Model):
    amount = models.FloatField(unique=True, required=True)
    id = models.PkField()


class Offer(models.Model):
    id = models.PkField()
    price = models.FloatField(foreign=("price", "amount"))


def test_values_that_are_no_integers_and_no_texts() -> None:
    for store in (SQLiteDataStore(":memory:", models=[Price, Offer]), MemoryDataStore(models=[Price, Offer])):
        store[Price].bulk_create([{"amount": 0.1}, {"amount": 1e-300}])
        store[Offer].bulk_create({"price": price} for price in (0.1, 1e-300, 0.1, None))
        assert store.firsts(Firsts(Offer, ("id", "price"), "price", (0.1, 1e-300), each=1)) == ([0.1, 1e-300], [(1, 0.1), (2, 1e-300)])
