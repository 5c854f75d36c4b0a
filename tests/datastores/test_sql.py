"""sql.py as a table: a plan, its text, its parameters. Names are quoted; values are bound and never in the text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrest import models
from pyrest.datastores import sql, tables
from pyrest.datastores.codecs import Codec
from pyrest.datastores.existing_codecs import existing_codec
from pyrest.datastores.schema import create_table, table_of
from pyrest.errors import ValidationError
from pyrest.models.catalog import resolve
from pyrest.models.model import declaration
from pyrest.plan import And, Compare, Delete, Embed, Insert, IsNull, Linked, Not, OneOf, Or, Order, Read, Update, Where

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
ID = UUID(int=7)


class Album(models.Model):
    id = models.PkField()
    title = models.StringField()
    price = models.DecimalField(5, 2)
    rating = models.FloatField()
    live = models.BooleanField()
    released = models.DateField()
    added = models.DateTimeField()
    code = models.UUIDField()
    notes = models.JSONField()
    parent = models.IntegerField(foreign=("album", "id"))


class Odd(models.Model):
    key = models.StringPkField(column="the key")
    quoted = models.StringField(column='say "hi"')
    order = models.StringField(column="order")
    street = models.StringField(column="Straße 1; --")

    class Meta:
        table = "from 'ä' \"table\""


class Mark(models.Model):
    """A table between."""

    id = models.PkField()
    album = models.ForeignKey(Album, column="the album")
    odd = models.ForeignKey(Odd)


class Spot(models.Model):
    """A table between in which no pair stands twice."""

    id = models.PkField()
    album = models.ForeignKey(Album)
    odd = models.ForeignKey(Odd)

    class Meta:
        unique_together = ("odd", "album")


TABLES: dict[type[models.Model], tables.Table] = {}
TABLES |= {model: replace(table_of(declaration(model)), others=TABLES) for model in resolve([Mark, Spot]).models}
ALBUMS, ODD, MARKS = TABLES[Album], TABLES[Odd], TABLES[Mark]
TITLE = Compare("title", "=", "Blue")

CONDITIONS: list[tuple[Where, str, list[Any]]] = [
    (And(), "", []),
    (And((And(), And())), ' WHERE (1) AND (1)', []),
    (Or(), " WHERE 0", []),
    (TITLE, ' WHERE "title" = ?', ["Blue"]),
    (Compare("id", "<", 5), ' WHERE "id" < ?', [5]),
    (Compare("id", "<=", 5), ' WHERE "id" <= ?', [5]),
    (Compare("id", ">", 5), ' WHERE "id" > ?', [5]),
    (Compare("id", ">=", 5), ' WHERE "id" >= ?', [5]),
    (Compare("price", ">", Decimal("9.50")), ' WHERE "price" > ?', [950]),
    (Compare("live", "=", True), ' WHERE "live" = ?', [1]),
    (Compare("released", "<", date(2024, 2, 29)), ' WHERE "released" < ?', ["2024-02-29"]),
    (Compare("added", "<", NOON), ' WHERE "added" < ?', ["2024-02-29T12:00:00.000000Z"]),
    (Compare("code", "=", ID), ' WHERE "code" = ?', ["00000000-0000-0000-0000-000000000007"]),
    (Compare("notes", "=", {"b": 1, "a": None}), ' WHERE "notes" = ?', ['{"a":null,"b":1}']),
    (Compare("title", "=", None), ' WHERE "title" = ?', [None]),
    (IsNull("title"), ' WHERE "title" IS NULL', []),
    (Not(IsNull("title")), ' WHERE "title" IS NOT NULL', []),
    (OneOf("id", (1, 2)), ' WHERE "id" IN (SELECT value FROM json_each(?))', ["[1,2]"]),
    (OneOf("id", ()), ' WHERE "id" IN (SELECT value FROM json_each(?))', ["[]"]),
    (OneOf("id", (None, 2)), ' WHERE "id" IN (SELECT value FROM json_each(?))', ["[2]"]),
    (OneOf("title", ('"', "ä")), ' WHERE "title" IN (SELECT value FROM json_each(?))', ['["\\"","ä"]']),
    (OneOf("live", (True, False)), ' WHERE "live" IN (SELECT value FROM json_each(?))', ["[1,0]"]),
    (OneOf("price", (Decimal("1.00"),)), ' WHERE "price" IN (SELECT value FROM json_each(?))', ["[100]"]),
    (OneOf("rating", (0.1, 2.0)), ' WHERE "rating" IN (?, ?)', [0.1, 2.0]),
    (Not(TITLE), ' WHERE ("title" = ?) IS NOT TRUE', ["Blue"]),
    (Not(Not(TITLE)), ' WHERE (("title" = ?) IS NOT TRUE) IS NOT TRUE', ["Blue"]),
    (Not(And()), " WHERE (1) IS NOT TRUE", []),
    (And((TITLE, IsNull("price"))), ' WHERE "title" = ? AND "price" IS NULL', ["Blue"]),
    (Or((TITLE, Compare("id", "=", 1))), ' WHERE "title" = ? OR "id" = ?', ["Blue", 1]),
    (And((Or((TITLE, IsNull("id"))), Not(TITLE))), ' WHERE ("title" = ? OR "id" IS NULL) AND ("title" = ?) IS NOT TRUE', ["Blue", "Blue"]),
    (Or((And((TITLE, TITLE)), And())), ' WHERE ("title" = ? AND "title" = ?) OR (1)', ["Blue", "Blue"]),
    (Linked("id", Mark, "album", And()), ' WHERE "id" IN (SELECT "the album" FROM "mark")', []),
    (Linked("id", Mark, "album", Compare("odd", "=", "k")), ' WHERE "id" IN (SELECT "the album" FROM "mark" WHERE "odd" = ?)', ["k"]),
    (
        Not(Linked("parent", Album, "id", TITLE)),
        ' WHERE ("parent" IN (SELECT "id" FROM "album" WHERE "title" = ?)) IS NOT TRUE',
        ["Blue"],
    ),
    (
        And((TITLE, Linked("id", Mark, "album", Linked("odd", Odd, "key", Compare("order", "<", "m"))))),
        ' WHERE "title" = ? AND "id" IN (SELECT "the album" FROM "mark" WHERE "odd" IN'
        ' (SELECT "the key" FROM "from \'ä\' ""table""" WHERE "order" < ?))',
        ["Blue", "m"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("where", "text", "parameters"), CONDITIONS, ids=[ascii(c[0])[:70] for c in CONDITIONS])
def test_conditions(where: Where, text: str, parameters: list[Any]) -> None:
    assert sql.delete(Delete(Album, where), ALBUMS) == (f'DELETE FROM "album"{text}', parameters)
    assert sql.count(Read(Album, (), where), ALBUMS) == (f'SELECT count(*) FROM "album"{text}', parameters)


@pytest.mark.parametrize(
    ("plan", "text", "parameters"),
    [
        (Read(Album, ("id",)), 'SELECT "id" FROM "album" ORDER BY "id"', []),
        (Read(Album, ("title", "id"), TITLE), 'SELECT "title", "id" FROM "album" WHERE "title" = ? ORDER BY "id"', ["Blue"]),
        (
            Read(Album, ("id",), order=(Order("title"), Order("price", descending=True))),
            'SELECT "id" FROM "album" ORDER BY "title", "price" DESC, "id"',
            [],
        ),
        (Read(Album, ("id",), order=(Order("id", descending=True),)), 'SELECT "id" FROM "album" ORDER BY "id" DESC', []),
        (Read(Album, ("id",), limit=5), 'SELECT "id" FROM "album" ORDER BY "id" LIMIT ? OFFSET ?', [5, 0]),
        (Read(Album, ("id",), offset=5), 'SELECT "id" FROM "album" ORDER BY "id" LIMIT ? OFFSET ?', [-1, 5]),
        (
            Read(Album, ("id",), TITLE, limit=0, offset=3),
            'SELECT "id" FROM "album" WHERE "title" = ? ORDER BY "id" LIMIT ? OFFSET ?',
            ["Blue", 0, 3],
        ),
        (
            Read(Album, ("id",), limit=2**70, offset=2**70),
            'SELECT "id" FROM "album" ORDER BY "id" LIMIT ? OFFSET ?',
            [2**63 - 1, 2**63 - 1],
        ),
        (
            Read(Odd, ("quoted", "order"), Compare("street", "=", "x"), (Order("order"),)),
            'SELECT "say ""hi""", "order" FROM "from \'ä\' ""table""" WHERE "Straße 1; --" = ? ORDER BY "order", "the key"',
            ["x"],
        ),
    ],
    ids=["all", "filtered", "ordered", "by the key", "limit", "offset", "limit 0", "beyond 64 bits", "odd names"],
)  # fmt: skip
def test_select(plan: Read, text: str, parameters: list[Any]) -> None:
    assert sql.select(plan, ODD if plan.model is Odd else ALBUMS) == (text, parameters)


@pytest.mark.parametrize(
    ("plan", "text", "parameters"),
    [
        (
            Embed(Album, ("id", "title"), "id", Mark, "odd", "album", ("a", "b")),
            'SELECT "pyrest near", "album"."id", "album"."title"'
            ' FROM (SELECT DISTINCT "odd" AS "pyrest near", "the album" AS "pyrest far" FROM "mark"'
            ' WHERE "odd" IN (SELECT value FROM json_each(?))) JOIN "album" ON "album"."id" = "pyrest far" ORDER BY "album"."id"',
            ['["a","b"]'],
        ),
        (
            Embed(Odd, ("order",), "key", Mark, "album", "odd", (1,), (Order("street", descending=True),)),
            'SELECT "pyrest near", "from \'ä\' ""table"""."order"'
            ' FROM (SELECT DISTINCT "the album" AS "pyrest near", "odd" AS "pyrest far" FROM "mark"'
            ' WHERE "the album" IN (SELECT value FROM json_each(?)))'
            ' JOIN "from \'ä\' ""table""" ON "from \'ä\' ""table"""."the key" = "pyrest far"'
            ' ORDER BY "from \'ä\' ""table"""."Straße 1; --" DESC, "from \'ä\' ""table"""."the key"',
            ["[1]"],
        ),
        (
            Embed(Album, ("id",), "id", Spot, "odd", "album", ("a",)),
            'SELECT "pyrest near", "album"."id" FROM (SELECT "odd" AS "pyrest near", "album" AS "pyrest far" FROM "spot"'
            ' WHERE "odd" IN (SELECT value FROM json_each(?))) JOIN "album" ON "album"."id" = "pyrest far" ORDER BY "album"."id"',
            ['["a"]'],
        ),
    ],
    ids=["one side", "the other side, ordered", "unique pairs"],
)
def test_embed(plan: Embed, text: str, parameters: list[Any]) -> None:
    assert sql.embed(plan, TABLES[plan.model]) == (text, parameters)


def test_insert_of_one_row() -> None:
    plan = Insert(Album, ("id", "price"), ((None, Decimal("9.50")),))
    rows = sql.stored_rows(plan, ALBUMS)
    assert rows == [[None, 950]]
    assert sql.insert(ALBUMS, plan.columns, rows) == ('INSERT INTO "album" ("id", "price") VALUES (?, ?)', [None, 950])


def test_insert_of_several_rows_is_one_statement() -> None:
    rows = [[1, "a"], [2, "b"], [3, None]]
    assert sql.insert(ALBUMS, ("id", "title"), rows) == (
        'INSERT INTO "album" ("id", "title") VALUES (?, ?), (?, ?), (?, ?)', [1, "a", 2, "b", 3, None],
    )  # fmt: skip


def test_update() -> None:
    plan = Update(Album, (("title", "Blue"), ("live", False), ("price", None)), Compare("id", "=", 3))
    assert sql.update(plan, ALBUMS) == ('UPDATE "album" SET "title" = ?, "live" = ?, "price" = ? WHERE "id" = ?', ["Blue", 0, None, 3])


def test_update_of_odd_names() -> None:
    plan = Update(Odd, (("quoted", "a"), ("street", "b")))
    assert sql.update(plan, ODD) == ('UPDATE "from \'ä\' ""table""" SET "say ""hi""" = ?, "Straße 1; --" = ?', ["a", "b"])


def test_the_last_key_of_a_table_that_counts() -> None:
    text = 'SELECT max(k) FROM (SELECT coalesce(max("id"), 0) AS k FROM "album" UNION ALL SELECT seq FROM sqlite_sequence WHERE name = ?)'
    assert sql.last_key(ALBUMS) == (text, ("album",))


def test_the_last_key_of_another_table() -> None:
    assert sql.last_key(tables.Table('"t"', {"id": tables.Column('"n"')}, "id")) == ('SELECT coalesce(max("n"), 0) AS k FROM "t"', ())


def test_dependents_in_the_same_table_are_not_those_that_go_as_well() -> None:
    relation = resolve([Album]).forward[Album]["parent"]
    assert sql.dependents(relation, ALBUMS, ALBUMS, TITLE) == (
        'SELECT 1 FROM "album" WHERE "parent" IN (SELECT "id" FROM "album" WHERE "title" = ?) AND ("title" = ?) IS NOT TRUE LIMIT 1',
        ["Blue", "Blue"],
    )


class TestColumnsOfOthers:
    """Columns whose codec refuses values, or whose own order is not that of the values."""

    PRICE = existing_codec(models.DecimalField(18, 4), "REAL", None)
    LONG = Decimal("12345678901234.5678")

    def table(self, codec: Codec, **options: Any) -> tables.Table:
        return tables.Table('"t"', {"price": tables.Column('"p"', codec.encode, codec.decode, **options)}, "price")

    def test_nothing_equals_a_value_that_the_column_cannot_hold(self) -> None:
        table = self.table(self.PRICE)
        assert sql.count(Read(Album, (), Compare("price", "=", self.LONG)), table) == ('SELECT count(*) FROM "t" WHERE 0', [])
        assert sql.count(Read(Album, (), OneOf("price", (self.LONG, Decimal(2)))), table).parameters == ["[2]"]

    def test_order_is_asked_of_the_nearest_number(self) -> None:
        found = sql.count(Read(Album, (), Compare("price", "<", self.LONG)), self.table(self.PRICE))
        assert found == ('SELECT count(*) FROM "t" WHERE "p" < ?', [12345678901234.568])

    def test_a_value_that_it_would_change_is_not_written(self) -> None:
        with pytest.raises(ValidationError, match="price: This column keeps binary numbers"):
            sql.update(Update(Album, (("price", self.LONG),)), self.table(self.PRICE))
        with pytest.raises(ValidationError, match="price: This column keeps binary numbers"):
            sql.stored_rows(Insert(Album, ("price",), ((self.LONG,),)), self.table(self.PRICE))

    def test_a_column_with_a_measure_is_compared_and_ordered_by_it(self) -> None:
        table = self.table(existing_codec(models.DecimalField(5, 2), "TEXT", None), measure=tables.Column('CAST("p" AS NUMERIC)', float))
        where = Or((Compare("price", "=", Decimal(9)), OneOf("price", (Decimal(9),)), IsNull("price")))
        text, parameters = sql.select(Read(Album, ("price",), where, (Order("price"),)), table)
        assert text.endswith(' WHERE CAST("p" AS NUMERIC) = ? OR CAST("p" AS NUMERIC) IN (?) OR "p" IS NULL ORDER BY CAST("p" AS NUMERIC)')
        assert parameters == [9.0, 9.0]

    def test_a_column_that_the_database_computes_is_not_written(self) -> None:
        table = tables.Table('"t"', {"id": tables.Column('"id"'), "price": tables.Column('"p"', computed=True)}, "id")
        assert sql.stored_rows(Insert(Album, ("id", "price"), ((1, None),)), table) == [[1]]
        assert sql.insert(table, ("id", "price"), [[1]]).text == 'INSERT INTO "t" ("id") VALUES (?)'
        with pytest.raises(ValidationError, match="price: The database computes this field"):
            sql.stored_rows(Insert(Album, ("id", "price"), ((1, Decimal(1)),)), table)
        with pytest.raises(ValidationError, match="price: The database computes this field"):
            sql.update(Update(Album, (("price", None),)), table)


class TestLimits:
    """What SQLite would refuse: too deep an expression, too many parameters."""

    @pytest.fixture
    def connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(create_table(declaration(Album), resolve([Album]).forward[Album]))
            connection.execute("INSERT INTO album (id, title, rating) VALUES (1, '1999', 3.0)")
            yield connection

    @pytest.mark.parametrize(("join", "found"), [(Or, 1), (And, 0)], ids=["or", "and"])
    def test_many_parts(self, connection: sqlite3.Connection, join: Any, found: int) -> None:
        where = join(tuple(Compare("title", "=", str(n)) for n in range(3_000)))
        assert connection.execute(*sql.count(Read(Album, (), where), ALBUMS)).fetchone() == (found,)

    def test_one_of_many(self, connection: sqlite3.Connection) -> None:
        where = OneOf("title", tuple(map(str, range(300_000))))
        assert connection.execute(*sql.count(Read(Album, (), where), ALBUMS)).fetchone() == (1,)

    def test_one_of_too_many_floats(self) -> None:
        with pytest.raises(ValidationError, match="rating: More than 32766 values at once"):
            sql.count(Read(Album, (), OneOf("rating", tuple(float(n) for n in range(32_767)))), ALBUMS)


@given(value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).map("\N{SNOWMAN}".__add__))
def test_no_value_gets_into_the_text(value: str) -> None:
    plan = And((Compare("title", "=", value), OneOf("title", (value,)), Not(Compare("notes", "=", [value]))))
    written = Update(Album, (("title", value),), plan)
    for text in (sql.update(written, ALBUMS).text, sql.select(Read(Album, ("id",), plan), ALBUMS).text):
        assert "\N{SNOWMAN}" not in text
    rows = sql.stored_rows(Insert(Album, ("id", "title"), ((1, value),)), ALBUMS)
    assert "\N{SNOWMAN}" not in sql.insert(ALBUMS, ("id", "title"), rows).text


@pytest.mark.parametrize("name", ["plain", "with space", "select", 'a"b', '"', "'", "a;b", "Straße", "表", "a]b", "a`b", "a.b", "--", ""])
def test_a_quoted_name_is_that_name(name: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t ({tables.quote(name)} INTEGER)")
        assert connection.execute("SELECT name FROM pragma_table_info('t')").fetchall() == [(name,)]
