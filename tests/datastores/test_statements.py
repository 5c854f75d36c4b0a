"""How many statements the SQLite store needs, and which."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from pyrest import models
from pyrest.datastores import SQLiteDataStore
from pyrest.datastores.sql import PARAMETERS_MAX
from tests.datastores.shelf import Album, Artist, Employee, Folder, Track


@pytest.fixture
def albums(shop: SQLiteDataStore) -> SQLiteDataStore:
    shop[Artist].create(name="Joni")
    shop[Album].bulk_create([{"title": "Blue", "artist": 1}, {"title": "Hejira", "artist": 1}])
    return shop


@pytest.mark.parametrize(
    ("ask", "count"),
    [
        (lambda shop: shop[Album].get(pk=1), 1),
        (lambda shop: list(shop[Album].filter(title="Blue").order_by("-year")[:20]), 1),
        (lambda shop: shop[Album].count(), 1),
        (lambda shop: shop[Album][5:7].count(), 1),
        (lambda shop: shop[Album].exists(), 1),
        (lambda shop: bool(shop[Album].all()), 1),
        (lambda shop: shop[Album].first(), 1),
        (lambda shop: shop[Album][1], 1),
        (lambda shop: shop[Album].create(title="Mingus", artist=1), 1),
        (lambda shop: shop[Album].filter(pk=1).update(title="Red"), 1),
        (lambda shop: shop[Track].filter(pk=1).delete(), 1),
        (lambda shop: shop[Album], 0),
        (lambda shop: shop[Album].filter(title="Blue").exclude(year=1)[3:9], 0),
        (lambda shop: shop[Album].bulk_create([]), 0),
    ],
    ids=[
        "get", "list", "count", "count of a slice", "exists", "truth", "first", "one place", "create", "update", "delete",
        "store[Model]", "narrowing", "bulk_create of nothing",
    ],
)  # fmt: skip
def test_statements_of_one_call(albums: SQLiteDataStore, ask: Callable[[SQLiteDataStore], object], count: int) -> None:
    with albums.recorded() as statements:
        ask(albums)
    assert len(statements) == count, statements


def test_a_page_with_its_total_is_two_statements_in_one_snapshot(albums: SQLiteDataStore) -> None:
    albums.freshness()
    with albums.recorded() as statements:
        albums.read(albums[Album].filter(artist=1)[:1].plan._replace(total=True))
    assert [text.split()[0] for text in statements] == ["BEGIN", "SELECT", "PRAGMA", "SELECT", "COMMIT"]


def test_inside_a_transaction_it_needs_no_snapshot_of_its_own(albums: SQLiteDataStore) -> None:
    with albums.transaction(), albums.recorded() as statements:
        albums.read(albums[Album].all()[:1].plan._replace(total=True))
    assert [text.split()[0] for text in statements] == ["SELECT", "SELECT"]


@pytest.mark.parametrize(("rows", "inserts"), [(2, 1), (100, 1), (101, 2), (499, 5), (500, 1), (1001, 3)])
def test_bulk_create_is_bounded(albums: SQLiteDataStore, rows: int, inserts: int) -> None:
    with albums.recorded() as statements:
        albums[Track].bulk_create({"title": str(n), "album": 1 + n % 2} for n in range(rows))
    assert [text.split()[0] for text in statements] == ["BEGIN", "SELECT", *["INSERT"] * inserts, "COMMIT"]


def test_bulk_create_of_wide_rows_is_held_to_the_parameters_of_a_statement() -> None:
    class Wide(models.Model):
        fields = [models.PkField(name="id"), *(models.IntegerField(name=f"n{i}") for i in range(PARAMETERS_MAX // 400))]

    with closing(SQLiteDataStore(":memory:", models=[Wide])) as store:
        with store.recorded() as statements:
            store[Wide].bulk_create({"n0": n} for n in range(1000))
        assert [text.split()[0] for text in statements].count("INSERT") == 5  # twice 399, twice 100, and 2
        assert store[Wide].aggregate("count", "sum(n0)") == {"count": 1000, "sum(n0)": 499_500}


def test_bulk_create_with_all_keys_given_asks_for_none(shop: SQLiteDataStore) -> None:
    with shop.recorded() as statements:
        shop[Artist].bulk_create({"id": n, "name": str(n)} for n in range(1, 4))
    assert [text.split()[0] for text in statements] == ["BEGIN", "INSERT", "COMMIT"]


def test_bulk_create_of_many_rows_that_point_at_each_other_is_bounded(shop: SQLiteDataStore) -> None:
    with shop.recorded() as statements:
        shop[Employee].bulk_create({"id": n, "name": str(n), "boss": 1 + n % 300} for n in range(1, 301))
    assert len(statements) == 8, [text[:40] for text in statements]


def test_a_refused_write_in_a_transaction_goes_back_to_where_it_began(shop: SQLiteDataStore) -> None:
    with shop.recorded() as statements, shop.transaction(), pytest.raises(ZeroDivisionError), shop.transaction():
        raise ZeroDivisionError
    assert statements == ["BEGIN IMMEDIATE", "SAVEPOINT s1", "ROLLBACK TO s1", "RELEASE s1", "COMMIT"]


def test_rows_that_may_go_along_with_each_other_are_counted_first(shop: SQLiteDataStore) -> None:
    with shop.recorded() as statements:
        shop[Folder].filter(pk=1).delete()
    assert [text.split()[0] for text in statements] == ["BEGIN", "SELECT", "DELETE", "COMMIT"]


def test_statements_are_recorded_only_inside(shop: SQLiteDataStore) -> None:
    with shop.recorded() as statements:
        shop[Artist].count()
    shop[Artist].count()
    assert statements == ['SELECT count(*) FROM "artist"']
