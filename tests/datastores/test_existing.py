"""Tables that something else made, with plain sqlite3: served as they are, or refused at start with what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pyrest import models
from pyrest.datastores import SQLiteDataStore
from pyrest.errors import (
    Conflict,
    Misdeclared,
    ReferenceViolated,
    StillReferenced,
    UniqueViolated,
    ValidationError,
)
from pyrest.models.model import Model

ID = UUID("12345678-9abc-4678-9234-567812345678")
EVENING = datetime(2024, 2, 29, 18)

Served = Callable[..., SQLiteDataStore]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database file that sqlite3 alone writes."""
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Served]:
    """A store on that file for some models."""
    opened: list[SQLiteDataStore] = []

    def open_store(*wanted: type[Model]) -> SQLiteDataStore:
        opened.append(SQLiteDataStore(tmp_path / "old.db", models=wanted))
        assert opened[-1].catalog.models
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


def statements_in(refusal: BaseException) -> list[str]:
    """The statements that a refusal tells to run."""
    return [part.strip() + ";" for part in str(refusal).partition(" run: ")[2].split(";") if part.strip()]


class Person(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)

    class Meta:
        table = "person"


class TestNames:
    def test_columns_by_another_name(self, file: sqlite3.Connection, serve: Served) -> None:
        class Track(models.Model):
            key = models.PkField(column="TrackId")
            title = models.StringField(column="Track Name")
            unit_price = models.DecimalField(10, 2, column="unitprice")

            class Meta:
                table = "TRACKS"

        file.executescript("""
            CREATE TABLE Tracks (TrackId INTEGER PRIMARY KEY, "Track Name" NVARCHAR(200), UnitPrice NUMERIC(10,2));
            INSERT INTO Tracks VALUES (7, 'Blue', 0.99);
        """)
        tracks = serve(Track)[Track]
        assert [(t.key, t.title, t.unit_price) for t in tracks] == [(7, "Blue", Decimal("0.99"))]
        assert tracks.create(title="Hejira", unit_price="1.5").key == 8
        assert tracks.filter(unit_price__lt=1).update(title="Blue!") == 1
        assert file.execute("SELECT * FROM Tracks").fetchall() == [(7, "Blue!", 0.99), (8, "Hejira", 1.5)]

    @pytest.mark.parametrize("name", ["select", "with space", 'say "hi"', "Straße", "a;b", "x--y", "表", "[brackets]", "'single'"])
    def test_odd_ones(self, file: sqlite3.Connection, serve: Served, name: str) -> None:
        quoted = '"' + name.replace('"', '""') + '"'
        file.execute(f"CREATE TABLE {quoted} (id INTEGER PRIMARY KEY, {quoted} TEXT UNIQUE)")
        file.execute(f"INSERT INTO {quoted} VALUES (1, 'a')")
        fields = [models.PkField(name="id"), models.StringField(name="value", column=name, unique=True)]
        odd = type("Odd", (Model,), {"fields": fields, "Meta": type("Meta", (), {"table": name})})
        rows = serve(odd)[odd]
        rows.create(value="b")
        assert [row.value for row in rows.order_by("-value")] == ["b", "a"]
        with pytest.raises(UniqueViolated) as caught:
            rows.create(value="b")
        assert caught.value.fields == ("value",)

    def test_columns_that_are_not_declared_are_left_alone(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, secret TEXT DEFAULT 'kept', name TEXT)")
        serve(Person)[Person].create(name="Ada")
        assert file.execute("SELECT * FROM person").fetchall() == [(1, "kept", "Ada")]


class TestKeys:
    def test_that_sqlite_counts(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)")
        people = serve(Person)[Person]
        assert people.create(name="Ada").pk == 1
        assert [p.pk for p in people.bulk_create([{"name": "Bob"}, {"name": "Cy"}])] == [2, 3]

    def test_that_sqlite_does_not_give_twice(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute("CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)")
        people = serve(Person)[Person]
        people.create(id=5, name="Ada")
        people.delete()
        assert [p.pk for p in people.bulk_create([{"name": "Bob"}, {"name": "Cy"}])] == [6, 7]

    @pytest.mark.parametrize(
        "table",
        [
            "id INT PRIMARY KEY, name TEXT",
            "id INTEGER PRIMARY KEY DESC, name TEXT",
            "id BIGINT NOT NULL PRIMARY KEY, name TEXT",
            "id INTEGER UNIQUE, name TEXT",
            "id INTEGER, name TEXT, UNIQUE (id)",
            "id UNSIGNED INTEGER PRIMARY KEY, name TEXT",
        ],
    )
    def test_that_are_no_row_number_are_counted_by_the_store(self, file: sqlite3.Connection, serve: Served, table: str) -> None:
        file.execute(f"CREATE TABLE person ({table})")
        file.execute("INSERT INTO person (id, name) VALUES (41, 'Zoe')")
        people = serve(Person)[Person]
        assert people.create(name="Ada").pk == 42
        assert [p.pk for p in people.bulk_create([{"name": "Bob"}, {"id": 50, "name": "Cy"}])] == [51, 50]
        assert file.execute("SELECT id FROM person ORDER BY id").fetchall() == [(41,), (42,), (50,), (51,)]

    def test_of_a_table_without_rowid(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT) WITHOUT ROWID")
        people = serve(Person)[Person]
        assert (people.create(name="Ada").pk, people.create(name="Bob").pk) == (1, 2)
        assert people.get(pk=2).name == "Bob"

    def test_of_text(self, file: sqlite3.Connection, serve: Served) -> None:
        class Country(models.Model):
            code = models.StringPkField()

        file.execute("CREATE TABLE country (code VARCHAR(2) PRIMARY KEY)")
        countries = serve(Country)[Country]
        assert countries.create(code="NO").pk == "NO"
        with pytest.raises(UniqueViolated):
            countries.create(code="NO")


class Line(models.Model):
    """A row of a join table: it has no key of one column."""

    id = models.PkField(column="rowid")
    playlist = models.IntegerField()
    track = models.IntegerField()

    class Meta:
        table = "line"
        unique_together = ("playlist", "track")


class TestRowid:
    TABLE = "CREATE TABLE line (playlist INTEGER, track INTEGER, PRIMARY KEY (playlist, track))"

    def test_is_a_key_of_a_table_that_has_none_of_one_column(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute(self.TABLE)
        file.execute("INSERT INTO line VALUES (1, 10)")
        lines = serve(Line)[Line]
        assert lines.create(playlist=1, track=11).pk == 2
        assert [line.pk for line in lines.bulk_create([{"playlist": 2, "track": 10}, {"playlist": 2, "track": 11}])] == [3, 4]
        assert lines.get(pk=3).playlist == 2
        assert lines.filter(pk__in=[1, 2]).delete() == 2
        assert [line.pk for line in lines.order_by("-pk")] == [4, 3]

    def test_keeps_what_the_table_keeps(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute(self.TABLE)
        lines = serve(Line)[Line]
        lines.create(playlist=1, track=10)
        with pytest.raises(UniqueViolated) as caught:
            lines.create(playlist=1, track=10)
        assert caught.value.fields == ("playlist", "track")

    @pytest.mark.parametrize(
        ("table", "kind"),
        [
            (f"{TABLE} WITHOUT ROWID", "a WITHOUT ROWID table"),
            ("CREATE VIEW line AS SELECT 1 AS playlist, 2 AS track", "a view"),
        ],
        ids=["without rowid", "view"],
    )
    def test_is_refused_where_there_is_none(self, file: sqlite3.Connection, serve: Served, table: str, kind: str) -> None:
        file.execute(table)
        with pytest.raises(Misdeclared, match=rf"Line\.id: {kind} has no rowid; name a column that it has"):
            serve(Line)

    @pytest.mark.parametrize("name", ["rowid", "oid", "_rowid_"])
    def test_is_refused_as_a_target(self, file: sqlite3.Connection, serve: Served, name: str) -> None:
        class Target(models.Model):
            id = models.PkField(column=name)

        class Pointer(models.Model):
            id = models.PkField()
            target = models.IntegerField(foreign=("target", name))

        file.executescript("CREATE TABLE target (n TEXT); CREATE TABLE pointer (id INTEGER PRIMARY KEY, target INTEGER)")
        with pytest.raises(Misdeclared, match=r"Pointer\.target: Target\.id is SQLite's rowid, which may change"):
            serve(Target, Pointer)

    def test_is_not_meant_where_a_column_has_its_name(self, file: sqlite3.Connection, serve: Served) -> None:
        class Thing(models.Model):
            id = models.PkField(column="oid")

        file.execute("CREATE TABLE thing (oid INTEGER, name TEXT)")
        with pytest.raises(Misdeclared, match=r'Thing\.id: the table "thing" does not keep this unique'):
            serve(Thing)
        file.execute("CREATE UNIQUE INDEX one ON thing (oid)")
        file.execute("INSERT INTO thing VALUES (40, 'a')")
        assert serve(Thing)[Thing].create().pk == 41
        assert file.execute("SELECT oid FROM thing").fetchall() == [(40,), (41,)]


class TestMissingColumns:
    class Song(models.Model):
        id = models.PkField()
        title = models.StringField(required=True)
        year = models.IntegerField()
        stars = models.IntegerField(default=3)
        slug = models.SlugField(unique=True)
        price = models.DecimalField(18, 4, default="9.5")
        cost = models.DecimalField(18, 4, required=True)
        live = models.BooleanField(required=True)
        added = models.DateTimeField(required=True)
        played = models.DateTimeField(naive=True, required=True)
        stamped = models.TimestampField(required=True)
        released = models.DateField(required=True)
        starts = models.TimeField(required=True)
        code = models.UUIDField(required=True)
        notes = models.JSONField(required=True)
        extra = models.JSONField(default=dict)
        mood = models.StringField(required=True, choices=["it's", "good"])
        weight = models.FloatField(required=True)
        cover_of = models.IntegerField(foreign=("song", "id"))

    FIRST = {
        "title": "", "year": None, "stars": 3, "slug": None, "price": Decimal("9.5000"), "cost": Decimal("0.0000"), "live": False,
        "added": datetime(1970, 1, 1, tzinfo=UTC), "played": datetime(1970, 1, 1), "stamped": datetime(1970, 1, 1, tzinfo=UTC),
        "released": date(1970, 1, 1), "starts": time(0), "code": UUID(int=0), "notes": {}, "extra": {}, "mood": "it's", "weight": 0.0,
        "cover_of": None,
    }  # fmt: skip

    @pytest.mark.parametrize("strict", ["", " STRICT"], ids=["plain", "strict"])
    def test_are_told_with_the_statements_that_add_them(self, file: sqlite3.Connection, serve: Served, strict: str) -> None:
        file.execute(f"CREATE TABLE song (id INTEGER PRIMARY KEY){strict}")
        file.execute("INSERT INTO song VALUES (1)")
        with pytest.raises(Misdeclared, match=r'Song\.title: the table "song" has no column "title"') as caught:
            serve(self.Song)
        for statement in statements_in(caught.value):
            file.execute(statement)
        songs = serve(self.Song)[self.Song]
        (first,) = songs
        assert {name: getattr(first, name) for name in self.FIRST} == self.FIRST
        new = self.FIRST | {"cover_of": 1, "slug": "a", "price": Decimal("12345678901234.5678"), "notes": [1]}
        songs.create(**new)
        second = songs.get(pk=2)
        assert {name: getattr(second, name) for name in new} == new
        assert [song.pk for song in songs.order_by("-price")] == [2, 1]
        with pytest.raises(UniqueViolated):
            songs.create(**new)

    def test_of_an_older_file_of_ours_are_added_in_the_same_way(self, serve: Served, file: sqlite3.Connection) -> None:
        class Old(models.Model):
            id = models.PkField()

            class Meta:
                table = "song"

        serve(Old)[Old].create()
        with pytest.raises(Misdeclared) as caught:
            serve(self.Song)
        for statement in statements_in(caught.value):
            file.execute(statement)
        songs = serve(self.Song)[self.Song]
        (first,) = songs
        assert {name: getattr(first, name) for name in self.FIRST} == self.FIRST
        new = self.FIRST | {"cover_of": 1, "price": Decimal("12345678901234.5678")}
        assert songs.create(**new).pk == 2
        assert songs.filter(price=new["price"]).get().cover_of == 1
        with pytest.raises(StillReferenced):
            songs.filter(pk=1).delete()

    def test_that_look_misspelt_are_told_with_the_nearest(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, names TEXT)")
        with pytest.raises(Misdeclared) as caught:
            serve(Person)
        assert str(caught.value) == (
            'Person.name: the table "person" has no column "name"; did you mean "names"?'
            ' To add it, run: ALTER TABLE "person" ADD COLUMN "name" TEXT NOT NULL DEFAULT \'\';'
        )

    def test_of_a_view_cannot_be_added(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute("CREATE VIEW person AS SELECT 1 AS id")
        with pytest.raises(Misdeclared) as caught:
            serve(Person)
        assert str(caught.value) == 'Person.name: the table "person" has no column "name"'

    @pytest.mark.parametrize(
        ("kind", "more"),
        [("", ", or column='rowid' where no single column is one"), (" WITHOUT ROWID", "")],
        ids=["rowid", "without rowid"],
    )
    def test_that_are_the_key_are_not_added(self, file: sqlite3.Connection, serve: Served, kind: str, more: str) -> None:
        file.execute(f"CREATE TABLE person (number INTEGER PRIMARY KEY, name TEXT){kind}")
        with pytest.raises(Misdeclared) as caught:
            serve(Person)
        assert str(caught.value) == f'Person.id: the table "person" has no column "id". Name the column of the key with column={more}'


class TestUniqueness:
    class Tag(models.Model):
        id = models.PkField()
        slug = models.SlugField(unique=True)
        kind = models.StringField(column="the kind")
        name = models.StringField()

        class Meta:
            unique_together = ("kind", "name")

    def test_that_is_missing_is_told_with_the_statement_that_makes_it(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute('CREATE TABLE tag (id INTEGER, slug TEXT, "the kind" TEXT, name TEXT)')
        told = []
        for _ in range(3):
            with pytest.raises(Misdeclared, match="does not keep this unique") as caught:
                serve(self.Tag)
            told += statements_in(caught.value)
            file.execute(told[-1])
        assert told == [
            'CREATE UNIQUE INDEX "ux_tag.id" ON "tag" ("id");',
            'CREATE UNIQUE INDEX "ux_tag.slug" ON "tag" ("slug");',
            'CREATE UNIQUE INDEX "ux_tag.kind.name" ON "tag" ("the kind", "name");',
        ]
        tags = serve(self.Tag)[self.Tag]
        tags.create(slug="a", kind="b", name="c")
        with pytest.raises(UniqueViolated) as caught_again:
            tags.create(slug="b", kind="b", name="c")
        assert caught_again.value.fields == ("kind", "name")

    @pytest.mark.parametrize(
        "index",
        [
            "CREATE UNIQUE INDEX u ON tag (slug) WHERE slug > 'm'",
            "CREATE UNIQUE INDEX u ON tag (lower(slug))",
            "CREATE UNIQUE INDEX u ON tag (slug, name)",
            "CREATE INDEX u ON tag (slug)",
        ],
        ids=["partial", "expression", "wider", "not unique"],
    )
    def test_is_not_what_another_index_keeps(self, file: sqlite3.Connection, serve: Served, index: str) -> None:
        file.execute('CREATE TABLE tag (id INTEGER PRIMARY KEY, slug TEXT, "the kind" TEXT, name TEXT, UNIQUE ("the kind", name))')
        file.execute(index)
        with pytest.raises(Misdeclared, match=r"Tag\.slug: the table"):
            serve(self.Tag)

    def test_of_fewer_columns_keeps_more(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute('CREATE TABLE tag (id INTEGER PRIMARY KEY, slug TEXT UNIQUE, "the kind" TEXT, name TEXT UNIQUE)')
        assert serve(self.Tag)[self.Tag].create(name="c").pk == 1


class TestViews:
    VIEW = "CREATE TABLE p (n INTEGER PRIMARY KEY, name TEXT); CREATE VIEW person AS SELECT n AS id, upper(name) AS name FROM p"

    def test_are_read(self, file: sqlite3.Connection, serve: Served) -> None:
        file.executescript(f"{self.VIEW}; INSERT INTO p VALUES (1, 'ada'), (2, 'bob')")
        people = serve(Person)[Person]
        assert [(p.pk, p.name) for p in people.order_by("-name")] == [(2, "BOB"), (1, "ADA")]
        assert people.filter(name="ADA").count() == 1

    @pytest.mark.parametrize(
        "write",
        [
            lambda people: people.create(name="Cy"),
            lambda people: people.bulk_create([{"name": "Cy"}, {"name": "Di"}]),
            lambda people: people.update(name="Cy"),
            lambda people: people.delete(),
        ],
        ids=["create", "bulk_create", "update", "delete"],
    )
    def test_are_not_written(self, file: sqlite3.Connection, serve: Served, write: Callable[[Any], object]) -> None:
        file.executescript(self.VIEW)
        people = serve(Person)[Person]
        with pytest.raises(Conflict, match="this is a view of the database, which cannot be written"):
            write(people)


class TestGeneratedColumns:
    TABLE = """CREATE TABLE box (id INTEGER PRIMARY KEY, width REAL, area REAL AS (width * width) STORED, twice REAL AS (width * 2))"""

    class Box(models.Model):
        id = models.PkField()
        width = models.FloatField()
        area = models.FloatField(read_only=True)
        twice = models.FloatField(read_only=True)

    def test_are_read(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute(self.TABLE)
        boxes = serve(self.Box)[self.Box]
        assert [box.area for box in boxes.bulk_create([{"width": 3.0}, {"width": 2.0}])] == [9.0, 4.0]
        assert (boxes.create(width=5.0).area, boxes.get(pk=1).twice) == (25.0, 6.0)
        boxes.filter(pk=1).update(width=1.0)
        assert [box.pk for box in boxes.filter(area__lt=9).order_by("area")] == [1, 2]

    def test_are_not_written(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute(self.TABLE)
        boxes = serve(self.Box)[self.Box]
        boxes.create(width=3.0)
        with pytest.raises(ValidationError, match="area: The database computes this field"):
            boxes.create(width=3.0, area=9.0)
        with pytest.raises(ValidationError, match="twice: The database computes this field"):
            boxes.update(twice=9.0)
        assert boxes.count() == 1

    def test_need_a_field_that_says_so(self, file: sqlite3.Connection, serve: Served) -> None:
        class Box(models.Model):
            id = models.PkField()
            twice = models.FloatField()

        file.execute(self.TABLE)
        with pytest.raises(Misdeclared, match=r"Box\.twice: the database computes this column, so the field needs read_only=True"):
            serve(Box)

    def test_what_a_trigger_writes_is_in_the_row_that_create_returns(self, file: sqlite3.Connection, serve: Served) -> None:
        class Note(models.Model):
            id = models.PkField()
            text = models.StringField()
            length = models.IntegerField(read_only=True)

        file.executescript("""
            CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, length INTEGER);
            CREATE TRIGGER t AFTER INSERT ON note BEGIN UPDATE note SET length = length(new.text) WHERE id = new.id; END;
        """)
        assert serve(Note)[Note].create(text="four").length == 4


class TestForeignKeys:
    def pair(self, on_delete: str | None = None) -> tuple[type[Model], type[Model]]:
        class Author(models.Model):
            id = models.PkField()
            code = models.StringField(unique=True)

        class Book(models.Model):
            id = models.PkField()
            author = models.IntegerField(foreign=("author", "id"), on_delete=on_delete)
            code = models.StringField(foreign=("author", "code"), related_name="+")
            sequel_of = models.IntegerField(foreign=("book", "id"), related_name="sequels")

        return Author, Book

    def tables(self, reference: str) -> str:
        return f"""
            CREATE TABLE author (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
            CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER {reference}, code TEXT, sequel_of INTEGER);
            INSERT INTO author VALUES (1, 'a'), (2, 'b');
            INSERT INTO book VALUES (1, 1, 'b', NULL), (2, NULL, NULL, 1);
        """

    @pytest.mark.parametrize(
        ("reference", "asked", "has"),
        [
            ("", "cascade", "no such FOREIGN KEY"),
            ("", "restrict", "no such FOREIGN KEY"),
            ("REFERENCES author (id)", "cascade", "restrict"),
            ("REFERENCES author (id) ON DELETE CASCADE", "set_null", "cascade"),
            ("REFERENCES author ON DELETE SET NULL", "restrict", "set_null"),
            ("REFERENCES author ON DELETE SET DEFAULT", "restrict", "set default"),
            ("REFERENCES author (code) ON DELETE CASCADE", "cascade", "no such FOREIGN KEY"),
            ("REFERENCES writer (id) ON DELETE CASCADE", "cascade", "no such FOREIGN KEY"),
        ],
    )
    def test_on_delete_that_the_table_does_not_keep_is_refused(
        self, file: sqlite3.Connection, serve: Served, reference: str, asked: str, has: str
    ) -> None:
        file.executescript(self.tables(reference))
        with pytest.raises(Misdeclared) as caught:
            serve(*self.pair(asked))
        assert str(caught.value) == f"Book.author: on_delete='{asked}', but the table \"book\" has {has}; leave on_delete out"

    @pytest.mark.parametrize(
        ("reference", "asked"),
        [
            ("REFERENCES author (id) ON DELETE CASCADE", "cascade"),
            ("REFERENCES Author ON DELETE CASCADE", "cascade"),
            ("REFERENCES author (id) ON DELETE SET NULL", "set_null"),
            ("REFERENCES author (ID)", "restrict"),
            ("REFERENCES author (id) ON DELETE RESTRICT", "restrict"),
            ("REFERENCES author (id) ON DELETE CASCADE", None),
        ],
    )
    def test_on_delete_that_the_table_keeps(self, file: sqlite3.Connection, serve: Served, reference: str, asked: str | None) -> None:
        file.executescript(self.tables(reference))
        assert serve(*self.pair(asked)).catalog.models

    def test_what_the_table_does_is_left_to_it(self, file: sqlite3.Connection, serve: Served) -> None:
        file.executescript(self.tables("REFERENCES author (id) ON DELETE CASCADE") + "DELETE FROM book WHERE id = 2;")
        author, book = self.pair()
        store = serve(author, book)
        assert store[author].filter(pk=1).delete() == 1
        assert store[book].count() == 0

    @pytest.fixture
    def loose(self, file: sqlite3.Connection, serve: Served) -> tuple[SQLiteDataStore, type[Model], type[Model]]:
        """A store whose tables have no FOREIGN KEY at all."""
        file.executescript(self.tables(""))
        author, book = self.pair()
        return serve(author, book), author, book

    def test_that_the_table_lacks_keep_a_row_that_is_used(self, loose: tuple[SQLiteDataStore, type[Model], type[Model]]) -> None:
        store, author, book = loose
        for used in (store[author].filter(pk=1), store[author].filter(code="b"), store[book].filter(pk=1)):
            with pytest.raises(StillReferenced) as caught:
                used.delete()
            assert caught.value.tables == ("book",)
        assert store[book].delete() == 2
        assert store[author].delete() == 2

    @pytest.mark.parametrize("values", [{"author": 9}, {"code": "none"}, {"sequel_of": 9}], ids=str)
    def test_that_the_table_lacks_must_point_at_a_row(
        self, loose: tuple[SQLiteDataStore, type[Model], type[Model]], values: dict[str, Any]
    ) -> None:
        store, _, book = loose
        for write in (lambda: store[book].create(**values), lambda: store[book].update(**values)):
            with pytest.raises(ReferenceViolated):
                write()
        with pytest.raises(ReferenceViolated):
            store[book].bulk_create([{}, values])
        assert [(b.author, b.code, b.sequel_of) for b in store[book]] == [(1, "b", None), (None, None, 1)]
        assert store[book].filter(pk=77).update(**values) == 0

    def test_that_the_table_lacks_may_name_a_target_before_it_comes(self, loose: tuple[SQLiteDataStore, type[Model], type[Model]]) -> None:
        store, _, book = loose
        store[book].bulk_create([{"id": n, "sequel_of": n + 1 if n < 400 else 1} for n in range(3, 401)])
        assert store[book].count() == 400

    def test_that_the_table_lacks_keep_a_value_that_is_pointed_at(self, loose: tuple[SQLiteDataStore, type[Model], type[Model]]) -> None:
        store, author, _ = loose
        with pytest.raises(StillReferenced):
            store[author].filter(code="b").update(code="c")
        assert store[author].filter(code="a").update(code="c") == 1

    def test_rows_that_dangle_already_are_served(self, file: sqlite3.Connection, serve: Served) -> None:
        file.executescript(self.tables("") + "UPDATE book SET author = 77")
        author, book = self.pair()
        store = serve(author, book)
        assert [b.author for b in store[book]] == [77, 77]
        assert store[book].filter(pk=2).update(code="a") == 1


class TestValues:
    """Columns of other types, and values against their declaration."""

    def one(self, file: sqlite3.Connection, column: str, *values: Any) -> None:
        file.execute(f"CREATE TABLE thing (id INTEGER PRIMARY KEY, value {column})")
        file.executemany("INSERT INTO thing (value) VALUES (?)", [(value,) for value in values])

    def thing(self, field: models.Field[Any]) -> type[Model]:
        return type("Thing", (Model,), {"id": models.PkField(), "value": field})

    def stored(self, file: sqlite3.Connection) -> list[tuple[str, Any]]:
        return file.execute("SELECT typeof(value), value FROM thing ORDER BY id").fetchall()

    @pytest.mark.parametrize(
        ("field", "column", "there", "value", "stored"),
        [
            (models.DecimalField(10, 2), "NUMERIC(10,2)", 0.99, Decimal("9.50"), ("real", 9.5)),
            (models.DecimalField(10, 2), "DECIMAL", 1, Decimal("9.00"), ("integer", 9)),
            (models.DecimalField(10, 2), "REAL", 0.99, Decimal("9.00"), ("real", 9.0)),
            (models.DecimalField(10, 2), "TEXT", "0.99", Decimal("9.50"), ("text", "9.50")),
            (models.BooleanField(), "BOOLEAN", 0, True, ("integer", 1)),
            (models.BooleanField(), "TEXT", "no", True, ("text", "yes")),
            (models.BooleanField(), "", "0", True, ("text", "1")),
            (models.BooleanField(), "CHAR(1)", "N", True, ("text", "Y")),
            (models.UUIDField(), "BLOB", bytes(16), ID, ("blob", ID.bytes)),
            (models.UUIDField(), "CHAR(32)", "0" * 32, ID, ("text", ID.hex)),
            (models.DateField(), "DATE", "1999-12-31", date(2024, 2, 29), ("text", "2024-02-29")),
            (models.DateField(), "DATETIME", "1999-12-31 00:00:00", date(2024, 2, 29), ("text", "2024-02-29 00:00:00")),
            (models.TimeField(), "TEXT", "08:00", time(18, 30), ("text", "18:30")),
            (models.DateTimeField(naive=True), "DATETIME", "1999-12-31 08:00:00", EVENING, ("text", "2024-02-29 18:00:00")),
            (models.DateTimeField(), "TEXT", "1999-12-31T08:00:00Z", EVENING.replace(tzinfo=UTC), ("text", "2024-02-29T18:00:00Z")),
            (models.DateTimeField(), "INTEGER", 946_627_200, EVENING.replace(tzinfo=UTC), ("integer", 1_709_229_600)),
            (models.TimestampField(), "INTEGER", 946_627_200, EVENING.replace(tzinfo=UTC), ("integer", 1_709_229_600)),
            (models.StringField(), "VARCHAR(9)", "a", "ä", ("text", "ä")),
            (models.FloatField(), "DOUBLE", 1.5, 2.0, ("real", 2.0)),
            (models.JSONField(), "JSON", "{}", {"a": 1}, ("text", '{"a":1}')),
        ],
        ids=ascii,
    )
    def test_are_written_like_those_that_are_there(
        self,
        file: sqlite3.Connection,
        serve: Served,
        field: models.Field[Any],
        column: str,
        there: Any,
        value: Any,
        stored: tuple[str, Any],
    ) -> None:
        self.one(file, column, there)
        model = self.thing(field)
        things = serve(model)[model]
        things.create(value=value)
        assert self.stored(file)[1] == stored
        assert (things.get(pk=2).value, things.get(value=value).pk, things.filter(value__in=[value]).count()) == (value, 2, 1)
        first = things.get(pk=1).value
        assert type(first) is type(value)
        assert [thing.pk for thing in things.filter(value=first)] == [1]
        if field.comparable:
            assert [thing.pk for thing in things.order_by("-value")] == [2, 1]
            assert [thing.pk for thing in things.filter(value__gt=first)] == [2]

    @pytest.mark.parametrize("column", ["TEXT", "NUMERIC", "REAL", ""])
    def test_decimals_have_the_order_of_numbers(self, file: sqlite3.Connection, serve: Served, column: str) -> None:
        self.one(file, column, "10.00", "9.5", "-1", None)
        model = self.thing(models.DecimalField(10, 2))
        things = serve(model)[model]
        assert [t.value for t in things.order_by("value")] == [None, Decimal("-1.00"), Decimal("9.50"), Decimal("10.00")]
        assert things.filter(value="9.50").get().pk == 2
        assert things.filter(value__gt=9).count() == 2
        assert things.filter(value__in=["10", "-1.0"]).count() == 2
        assert things.exclude(value=10).count() == 3

    def test_decimals_in_integers_are_refused(self, file: sqlite3.Connection, serve: Served) -> None:
        self.one(file, "INTEGER", 950)
        with pytest.raises(Misdeclared, match=r"Thing\.value: its column holds integers, of which nobody knows the scale"):
            serve(self.thing(models.DecimalField(10, 2)))

    def test_decimals_that_a_binary_number_would_change_are_refused(self, file: sqlite3.Connection, serve: Served) -> None:
        self.one(file, "REAL", 0.5)
        model = self.thing(models.DecimalField(18, 4))
        things = serve(model)[model]
        with pytest.raises(ValidationError, match="value: This column keeps binary numbers"):
            things.create(value="12345678901234.5678")
        assert things.filter(value="12345678901234.5678").count() == 0
        assert things.filter(value__in=["12345678901234.5678", "0.5"]).count() == 1
        assert things.exclude(value="12345678901234.5678").count() == 1

    @pytest.mark.parametrize(
        ("field", "column", "held", "shown"),
        [
            (models.IntegerField(), "INTEGER", "many", "many"),
            (models.IntegerField(), "INTEGER", 5.5, 5.5),
            (models.IntegerField(), "TEXT", "5", 5),
            (models.IntegerField(), "INTEGER", b"\xff\x41", "\ufffdA"),
            (models.StringField(), "BLOB", 5, "5"),
            (models.StringField(), "TEXT", b"\xe4", "\ufffd"),
            (models.FloatField(), "REAL", "heavy", "heavy"),
            (models.BooleanField(), "BOOLEAN", "perhaps", "perhaps"),
            (models.BooleanField(), "BOOLEAN", 2, True),
            (models.DecimalField(10, 2), "NUMERIC", "cheap", "cheap"),
            (models.DecimalField(10, 2), "NUMERIC", 0.125, Decimal("0.125")),
            (models.DateField(), "DATE", "31.12.1999", "31.12.1999"),
            (models.DateField(), "DATE", 20241231, 20241231),
            (models.DateTimeField(), "DATETIME", "", ""),
            (models.DateTimeField(), "INTEGER", 10**17, 10**17),
            (models.TimeField(), "TEXT", "noon", "noon"),
            (models.TimestampField(), "INTEGER", "soon", "soon"),
            (models.UUIDField(), "BLOB", b"abc", "abc"),
            (models.UUIDField(), "INTEGER", 5, 5),
            (models.JSONField(), "TEXT", "{", "{"),
        ],
        ids=ascii,
    )
    def test_against_their_declaration_are_shown_as_they_are(
        self, file: sqlite3.Connection, serve: Served, field: models.Field[Any], column: str, held: Any, shown: Any
    ) -> None:
        self.one(file, column, held)
        model = self.thing(field)
        value = serve(model)[model].get().value
        assert (type(value), value) == (type(shown), shown)
        assert model.__fields__["value"].dump(value) is not None

    def test_that_were_written_into_a_table_of_ours_are_shown_as_well(self, file: sqlite3.Connection, serve: Served) -> None:
        class Day(models.Model):
            id = models.PkField()
            date = models.DateField()
            when = models.DateTimeField()
            code = models.UUIDField()
            stamp = models.TimestampField()

        store = serve(Day)
        file.execute("INSERT INTO day VALUES (1, 'today', '', 'x', ?)", (2**60,))
        day = store[Day].get()
        assert (day.date, day.when, day.code, day.stamp) == ("today", "", "x", 2**60)

    def test_text_that_is_not_utf8_is_shown_with_replacement_characters(self, file: sqlite3.Connection, serve: Served) -> None:
        file.executescript("""
            CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
            INSERT INTO person VALUES (1, CAST(x'4A6FE4' AS TEXT)), (2, 'Zoë');
        """)
        people = serve(Person)[Person]
        assert [p.name for p in people] == ["Jo\ufffd", "Zoë"]
        assert people.get(name="Zoë").pk == 2

    def test_not_null_without_a_word_in_the_model_is_told_by_the_field(self, file: sqlite3.Connection, serve: Served) -> None:
        self.one(file, "TEXT NOT NULL")
        model = self.thing(models.StringField())
        with pytest.raises(ValidationError) as caught:
            serve(model)[model].create()
        assert caught.value.errors == {"value": ["This field may not be null."]}

    def test_not_null_of_a_column_that_is_not_declared_is_a_conflict(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, born TEXT NOT NULL)")
        with pytest.raises(Conflict, match="a constraint of the database refuses this"):
            serve(Person)[Person].create(name="Ada")

    @pytest.mark.parametrize(
        "constraint",
        ["CHECK (value <> 'no')", "CONSTRAINT private CHECK (value <> 'no')", ", CHECK (length(value) > 2)"],
    )
    def test_a_check_nobody_foresaw_is_a_conflict(self, file: sqlite3.Connection, serve: Served, constraint: str) -> None:
        self.one(file, f"TEXT {constraint}")
        model = self.thing(models.StringField())
        with pytest.raises(Conflict, match=r"^a constraint of the database refuses this$"):
            serve(model)[model].create(value="no")

    def test_what_a_trigger_says_is_not_told(self, file: sqlite3.Connection, serve: Served) -> None:
        self.one(file, "TEXT")
        file.execute("CREATE TRIGGER t BEFORE INSERT ON thing BEGIN SELECT RAISE(ABORT, 'the secret'); END")
        model = self.thing(models.StringField())
        with pytest.raises(Conflict, match=r"^a constraint of the database refuses this$"):
            serve(model)[model].create(value="no")

    def test_a_table_of_another_encoding(self, file: sqlite3.Connection, serve: Served) -> None:
        file.execute("PRAGMA encoding = 'UTF-16le'")
        self.one(file, "TEXT", "ä", "\U0001f600")
        model = self.thing(models.StringField())
        things = serve(model)[model]
        assert [t.value for t in things] == ["ä", "\U0001f600"]
        assert things.get(value="\U0001f600").pk == 2


def test_a_file_in_another_journal_mode_keeps_its_rows(file: sqlite3.Connection, serve: Served) -> None:
    file.executescript("PRAGMA journal_mode = TRUNCATE; CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)")
    file.execute("INSERT INTO person VALUES (1, 'Ada')")
    assert serve(Person)[Person].get().name == "Ada"
