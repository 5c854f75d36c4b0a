"""The tables that the store makes, as the file itself tells them, and that their constraints really refuse."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pyrest import models
from pyrest.datastores import SQLiteDataStore
from pyrest.datastores.schema import create_indexes, create_table
from pyrest.errors import Conflict, Misdeclared
from pyrest.models.catalog import resolve
from pyrest.models.model import Model, declaration
from tests.datastores.shelf import MODELS, Everything


class Shop(models.Model):
    id = models.PkField()
    code = models.SlugField(required=True, unique=True)


class Genre(models.Model):
    name = models.StringPkField(max_length=10)


class Item(models.Model):
    id = models.PkField()
    title = models.StringField(required=True, min_length=2, max_length=5)
    size = models.StringField(choices=["s", ("m", "medium"), "it's"], default="s")
    count = models.IntegerField(min=0, max=10, default=0)
    weight = models.FloatField(min=0.5)
    price = models.DecimalField(6, 2, min="0.01", max=Decimal("999.99"))
    sold = models.BooleanField(required=True)
    extra = models.JSONField()
    released = models.DateField(choices=["2024-02-29", "2025-01-01"], column="Release Date")
    shop = models.IntegerField(foreign=("shop", "id"), on_delete="cascade")
    code = models.SlugField(foreign=("shop", "code"), on_delete="set_null", related_name="+")
    genre = models.StringField(foreign=("genre", "name"), unique=True)
    previous = models.IntegerField(foreign=("item", "id"), related_name="next")
    rank = models.IntegerField(index=True)

    class Meta:
        unique_together = ("title", "shop")
        indexes = (("rank", "price"), ("rank",))


ITEM = """CREATE TABLE "item" ( /* made by pyrest */
    "id" INTEGER PRIMARY KEY AUTOINCREMENT,
    "title" TEXT NOT NULL CONSTRAINT "title" CHECK (length("title") <= 5 AND length("title") >= 2),
    "size" TEXT NOT NULL CONSTRAINT "size" CHECK ("size" IN ('s', 'm', 'it''s')),
    "count" INTEGER NOT NULL CONSTRAINT "count" CHECK ("count" >= 0 AND "count" <= 10),
    "weight" REAL CONSTRAINT "weight" CHECK ("weight" >= 0.5),
    "price" INTEGER /* decimal(6,2) */ CONSTRAINT "price" CHECK ("price" >= 1 AND "price" <= 99999),
    "sold" INTEGER NOT NULL CONSTRAINT "sold" CHECK ("sold" IN (0, 1)),
    "extra" TEXT CONSTRAINT "extra" CHECK (("extra" IS NULL OR json_valid("extra"))),
    "Release Date" TEXT CONSTRAINT "released" CHECK ("Release Date" IN ('2024-02-29', '2025-01-01')),
    "shop" INTEGER REFERENCES "shop" ("id") ON DELETE CASCADE,
    "code" TEXT REFERENCES "shop" ("code") ON DELETE SET NULL,
    "genre" TEXT UNIQUE REFERENCES "genre" ("name") ON DELETE NO ACTION,
    "previous" INTEGER REFERENCES "item" ("id") ON DELETE NO ACTION,
    "rank" INTEGER,
    UNIQUE ("title", "shop")
) STRICT"""


def test_create_table() -> None:
    assert create_table(declaration(Item), resolve([Shop, Genre, Item]).forward[Item]) == ITEM


def test_create_indexes() -> None:
    assert create_indexes(declaration(Item)) == [
        'CREATE INDEX IF NOT EXISTS "ix_item.shop" ON "item" ("shop")',
        'CREATE INDEX IF NOT EXISTS "ix_item.code" ON "item" ("code")',
        'CREATE INDEX IF NOT EXISTS "ix_item.previous" ON "item" ("previous")',
        'CREATE INDEX IF NOT EXISTS "ix_item.rank" ON "item" ("rank")',
        'CREATE INDEX IF NOT EXISTS "ix_item.rank.price" ON "item" ("rank", "price")',
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "items.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteDataStore]:
    kept = SQLiteDataStore(path, models=[Item, Shop, Genre])
    kept[Shop].create(code="a")
    yield kept
    kept.close()


@pytest.fixture
def file(store: SQLiteDataStore, path: Path) -> Iterator[sqlite3.Connection]:
    """The store's file, seen by sqlite3 alone."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


class TestTheFile:
    def test_is_sound(self, file: sqlite3.Connection) -> None:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []

    def test_keeps_a_write_ahead_log(self, file: sqlite3.Connection) -> None:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    def test_tables_are_strict(self, file: sqlite3.Connection) -> None:
        found = dict(file.execute("SELECT name, strict FROM pragma_table_list WHERE name IN ('item', 'shop', 'genre')"))
        assert found == {"item": 1, "shop": 1, "genre": 1}

    def test_columns(self, file: sqlite3.Connection) -> None:
        found = file.execute("SELECT name, type, \"notnull\", pk FROM pragma_table_info('item')").fetchall()
        assert found == [
            ("id", "INTEGER", 0, 1), ("title", "TEXT", 1, 0), ("size", "TEXT", 1, 0), ("count", "INTEGER", 1, 0), ("weight", "REAL", 0, 0),
            ("price", "INTEGER", 0, 0), ("sold", "INTEGER", 1, 0), ("extra", "TEXT", 0, 0), ("Release Date", "TEXT", 0, 0),
            ("shop", "INTEGER", 0, 0), ("code", "TEXT", 0, 0), ("genre", "TEXT", 0, 0), ("previous", "INTEGER", 0, 0),
            ("rank", "INTEGER", 0, 0),
        ]  # fmt: skip

    def test_types_of_every_field(self, tmp_path: Path) -> None:
        store = SQLiteDataStore(tmp_path / "shop.db", models=MODELS)
        store[Everything].create()
        store.close()
        with closing(sqlite3.connect(tmp_path / "shop.db")) as file:
            found = dict(file.execute("SELECT name, type FROM pragma_table_info('everything')"))
        assert found == {
            "id": "INTEGER", "boolean": "INTEGER", "date": "TEXT", "datetime": "TEXT", "naive": "TEXT", "decimal": "INTEGER",
            "email": "TEXT", "float": "REAL", "integer": "INTEGER", "json": "TEXT", "slug": "TEXT", "string": "TEXT", "time": "TEXT",
            "timestamp": "INTEGER", "url": "TEXT", "uuid": "TEXT",
        }  # fmt: skip

    def test_foreign_keys(self, file: sqlite3.Connection) -> None:
        found = file.execute('SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list(\'item\') ORDER BY 1').fetchall()
        assert found == [
            ("code", "shop", "code", "SET NULL"),
            ("genre", "genre", "name", "NO ACTION"),
            ("previous", "item", "id", "NO ACTION"),
            ("shop", "shop", "id", "CASCADE"),
        ]

    def test_every_foreign_key_begins_an_index(self, file: sqlite3.Connection) -> None:
        keys = {name for (name,) in file.execute("SELECT \"from\" FROM pragma_foreign_key_list('item')")}
        firsts = {
            file.execute("SELECT name FROM pragma_index_info(?) WHERE seqno = 0", (index,)).fetchone()[0]
            for (index,) in file.execute("SELECT name FROM pragma_index_list('item')").fetchall()
        }
        assert keys <= firsts

    def test_unique_sets(self, file: sqlite3.Connection) -> None:
        indexes = file.execute("SELECT name FROM pragma_index_list('item') WHERE \"unique\"").fetchall()
        found = {tuple(name for (name,) in file.execute("SELECT name FROM pragma_index_info(?)", index)) for index in indexes}
        assert found == {("genre",), ("title", "shop")}

    def test_keys_are_counted(self, file: sqlite3.Connection) -> None:
        assert file.execute("SELECT name, seq FROM sqlite_sequence WHERE name = 'shop'").fetchall() == [("shop", 1)]


@pytest.mark.parametrize(
    "column, value",
    [
        ("title", None),
        ("title", "x"),
        ("title", "abcdef"),
        ("title", b"abc"),
        ("size", None),
        ("size", "xl"),
        ("count", -1),
        ("count", 11),
        ("count", "three"),
        ("weight", 0.25),
        ("weight", "much"),
        ("price", 0),
        ("price", 100_000),
        ("price", 9.5),
        ("sold", None),
        ("sold", 2),
        ("extra", "{"),
        ("Release Date", "2024-03-01"),
        ("shop", 9),
        ("code", "none"),
        ("genre", "none"),
        ("previous", 77),
    ],
    ids=str,
)
def test_the_file_refuses_what_the_model_excludes(file: sqlite3.Connection, column: str, value: Any) -> None:
    good = {"title": "abc", "size": "m", "count": 1, "sold": 1, "shop": 1, "code": "a"}
    with pytest.raises(sqlite3.IntegrityError):
        _insert(file, good | {column: value})
    _insert(file, good)


def _insert(file: sqlite3.Connection, row: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    file.execute(f"INSERT INTO item ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


@pytest.mark.parametrize("column", ["weight", "price", "extra", "Release Date", "shop", "code", "genre", "previous", "rank"])
def test_the_file_takes_null_where_the_model_does(file: sqlite3.Connection, column: str) -> None:
    _insert(file, {"title": "abc", "size": "m", "count": 1, "sold": 1, column: None})


def test_a_key_of_text_is_not_null(file: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL constraint failed"):
        file.execute("INSERT INTO genre VALUES (NULL)")


def test_the_text_of_the_longest_and_the_shortest_counts_code_points(store: SQLiteDataStore, file: sqlite3.Connection) -> None:
    assert store[Item].create(title="\U0001f600ä\U0001f600ä\U0001f600", sold=True).pk == 1


def test_a_check_made_from_another_declaration_is_a_conflict(path: Path) -> None:
    def numbered(most: int) -> type[Model]:
        class Ticket(models.Model):
            id = models.PkField()
            number = models.IntegerField(max=most)

        return Ticket

    old, new = numbered(10), numbered(99)
    with closing(SQLiteDataStore(path, models=[old])) as store:
        store[old].create(number=5)
    with closing(SQLiteDataStore(path, models=[new])) as store:
        assert store[new].create(number=9).pk == 2
        with pytest.raises(Conflict, match='"number" breaks a CHECK of the table "ticket"'):
            store[new].create(number=50)


def test_a_decimal_of_another_scale_is_told_at_start(path: Path) -> None:
    def priced(places: int) -> type[Model]:
        class Ticket(models.Model):
            id = models.PkField()
            price = models.DecimalField(8, places)

        return Ticket

    with closing(SQLiteDataStore(path, models=[priced(2)])) as store:
        assert store.catalog.models
    with closing(SQLiteDataStore(path, models=[priced(3)])) as store, pytest.raises(Misdeclared, match=r"Ticket.price: .* decimal\(8,3\)"):
        store.catalog  # noqa: B018 - to read it is what is tested


def test_indexes_asked_for_later_are_made(path: Path) -> None:
    def indexed(index: bool) -> type[Model]:
        class Ticket(models.Model):
            id = models.PkField()
            number = models.IntegerField(index=index)

        return Ticket

    for index in (False, True):
        with closing(SQLiteDataStore(path, models=[indexed(index)])) as store:
            assert store.catalog.models
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT name FROM pragma_index_list('ticket')").fetchall() == [("ix_ticket.number",)]


def test_names_of_indexes_do_not_meet(path: Path) -> None:
    class Order(models.Model):
        id = models.PkField()
        item_product = models.IntegerField(index=True)

    class OrderItem(models.Model):
        id = models.PkField()
        product = models.IntegerField(index=True)

    with closing(SQLiteDataStore(path, models=[Order, OrderItem])) as store:
        assert store.catalog.models
    with closing(sqlite3.connect(path)) as file:
        for table in ("order", "order_item"):
            assert len(file.execute("SELECT name FROM pragma_index_list(?)", (table,)).fetchall()) == 1


class TestOddNames:
    """Tables and columns whose names need quotes, made and used by the store."""

    class Row(models.Model):
        key = models.PkField(column="the key")
        select = models.StringField(column="select", unique=True)
        quoted = models.StringField(column='say "hi"', max_length=5)
        street = models.JSONField(column="Straße")
        above = models.IntegerField(foreign=("from 'ä' \"table\"", "the key"), column="a;b", related_name="below")

        class Meta:
            table = "from 'ä' \"table\""
            unique_together = ("quoted", "above")
            indexes = ("street", "select")

    def test_are_kept(self, path: Path) -> None:
        with closing(SQLiteDataStore(path, models=[self.Row])) as store:
            top = store[self.Row].create(select="a", quoted="b", street={"no": 1})
            rows = store[self.Row].bulk_create([{"select": "c", "above": top.key}, {"key": 9, "select": "d"}])
            assert store[self.Row].filter(above=1, quoted=None).order_by("-select", "quoted").get() == rows[0]
            assert store[self.Row].filter(select="d").update(quoted="x", above=rows[0].key) == 1
            assert store[self.Row].filter(pk__in=[rows[0].key, 9]).delete() == 2

    def test_are_the_names_in_the_file(self, path: Path) -> None:
        with closing(SQLiteDataStore(path, models=[self.Row])) as store:
            assert store.catalog.models
        with closing(sqlite3.connect(path)) as file:
            found = [name for (name,) in file.execute("SELECT name FROM pragma_table_info(?)", ("from 'ä' \"table\"",))]
        assert found == ["the key", "select", 'say "hi"', "Straße", "a;b"]

    def test_come_back_at_the_next_start(self, path: Path) -> None:
        for count in (1, 2):
            with closing(SQLiteDataStore(path, models=[self.Row])) as store:
                store[self.Row].create()
                assert store[self.Row].count() == count


def test_tables_of_sqlite_itself_are_refused(path: Path) -> None:
    class Sequence(models.Model):
        id = models.PkField()

        class Meta:
            table = "SQLite_sequence"

    with closing(SQLiteDataStore(path, models=[Sequence])) as store, pytest.raises(Misdeclared, match="names that begin with sqlite_"):
        store.catalog  # noqa: B018 - to read it is what is tested


def test_a_transaction_that_is_the_first_use_makes_tables_that_stay(path: Path) -> None:
    with closing(SQLiteDataStore(path, models=[Shop])) as store:
        with pytest.raises(ZeroDivisionError), store.transaction():
            store[Shop].create(code="a")
            raise ZeroDivisionError
        assert store[Shop].count() == 0


def test_no_model_is_adopted_inside_a_transaction(store: SQLiteDataStore) -> None:
    with store.transaction(), pytest.raises(Misdeclared, match="adopts no models inside a transaction"):
        store.adopt([Everything])
    assert store.adopt([Everything]).models
