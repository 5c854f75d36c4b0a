"""The scan guard: what an endpoint with `refuse_scans` refuses, and what it says would help."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, Misdeclared, SQLiteDataStore, Wrapper, models
from tests.web.answers import error, rows
from tests.web.conftest import Serve

ROWS = 10


class Harbour(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)
    town = models.StringField()


class Ship(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    length = models.IntegerField(index=True)
    built = models.DateField()
    harbour = models.ForeignKey(Harbour, related_name="ships")


class Harbours(Endpoint):
    model = Harbour
    refuse_scans = ROWS - 1


class Ships(Endpoint):
    model = Ship
    refuse_scans = ROWS - 1
    search_fields = ("name",)


def filled(store: SQLiteDataStore | MemoryDataStore, number: int = ROWS) -> None:
    store[Harbour].bulk_create([{"name": f"h{i}", "town": f"t{i}"} for i in range(number)])
    store[Ship].bulk_create([{"name": f"s{i}", "length": i, "harbour": i + 1} for i in range(number)])


@pytest.fixture
def client(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    client = serve(Harbours, Ships)
    filled(store)
    return client


@pytest.mark.parametrize(
    "path",
    [
        "/ship/", "/ship/?ordering=-id", "/ship/?ordering=length", "/ship/?length=3", "/ship/?length__range=2,4", "/ship/?harbour=3",
        "/ship/?harbour__name=h3", "/harbour/?name__startswith=h", "/harbour/?ships__length=3", "/harbour/?ships__length__gt=3",
    ],
)  # fmt: skip
def test_what_an_index_serves_is_answered(client: FlaskClient, path: str) -> None:
    assert rows(client, path)


@pytest.mark.parametrize(
    ("path", "table", "column"),
    [
        ("/ship/?name=s3", "ship", "name"),
        ("/ship/?name__startswith=s", "ship", "name"),
        ("/ship/?built__year=1999", "ship", "built"),
        ("/ship/?ordering=name", "ship", "name"),
        ("/ship/?or=(length=3,name=s4)", "ship", "name"),
        ("/ship/?harbour__town=t3", "harbour", "town"),
        ("/harbour/?ships__name=s3", "ship", "name"),
    ],
)
def test_a_scan_is_refused_with_the_index_that_is_missing(client: FlaskClient, path: str, table: str, column: str) -> None:
    lacking = f'CREATE INDEX "ix_{table}.{column}" ON "{table}" ("{column}")'
    said = f'this would read all of "{table}", which has more than 9 rows; an index would serve it: {lacking}'
    assert error(client.get(path), 400) == said


@pytest.mark.parametrize("path", ["/ship/?search=s", "/ship/?name__contains=s", "/ship/?name__istartswith=s"])
def test_where_no_index_helps_it_says_so(client: FlaskClient, path: str) -> None:
    said = 'this would read all of "ship", which has more than 9 rows; no index serves this; ask for something narrower'
    assert error(client.get(path), 400) == said


def test_the_index_that_it_names_is_the_remedy(client: FlaskClient, store: SQLiteDataStore) -> None:
    import sqlite3

    advice = error(client.get("/ship/?name=s3"), 400).partition("serve it: ")[2]
    with sqlite3.connect(store.location) as connection:
        connection.execute(advice)
    assert [row["name"] for row in rows(client, "/ship/?name=s3")] == ["s3"]


def test_a_table_that_is_small_enough_is_read(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Harbours, Ships)
    filled(store, ROWS - 1)
    assert len(rows(client, "/ship/?search=s")) == ROWS - 1


def test_the_memory_store_refuses_nothing() -> None:
    store = MemoryDataStore()
    client = Wrapper([Harbours, Ships], datastore=store).create_app().test_client()
    filled(store)
    assert len(rows(client, "/ship/?search=s")) == ROWS


@pytest.mark.parametrize("limit", [-1, "100", 1.5, True])
def test_a_limit_that_is_none(limit: object) -> None:
    declared = type("Ships", (Endpoint,), {"model": Ship, "refuse_scans": limit})
    with pytest.raises(Misdeclared, match=r"Ships\.refuse_scans is a whole number of rows, 0 or greater, or None"):
        Wrapper([declared, Harbour], datastore=MemoryDataStore())
