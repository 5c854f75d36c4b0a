"""Watching a store: which statements a thread has it execute, within limits, and how they would be executed again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyrest import models
from pyrest.datastores import SQLiteDataStore
from pyrest.datastores.watching import MAX_PARAMETERS, MAX_STATEMENTS, MAX_TEXT, MAX_VALUE, Executed, Watch
from pyrest.errors import Conflict
from pyrest.store import Store
from tests.datastores.shelf import Album, Artist, Track


class Performer(models.Model):
    """A row of a view."""

    id = models.PkField()
    name = models.StringField()

    class Meta:
        table = "artist"


def fails(shop: SQLiteDataStore) -> None:
    with pytest.raises(Conflict), shop.transaction():
        shop[Album].create(title="Blue", artist=9)


def nests(shop: SQLiteDataStore) -> None:
    with shop.transaction(), pytest.raises(ZeroDivisionError), shop.transaction():
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "ask",
    [
        lambda shop: shop[Album].filter(title="Blue", artist__name="Joni").count(),
        lambda shop: [album.artist for album in shop[Album].order_by("-year")[:20]],
        lambda shop: shop[Album].create(title="Mingus", artist=1),
        lambda shop: shop[Artist].bulk_create({"name": str(n)} for n in range(250)),
        lambda shop: shop[Album].all().update(year=1976),
        lambda shop: shop[Track].all().delete(),
        fails,
        nests,
        lambda shop: None,
    ],
    ids=["filter", "list", "create", "bulk_create", "update", "delete", "refused write", "taken back", "nothing"],
)  # fmt: skip
def test_it_notes_what_sqlite_reports(shop: SQLiteDataStore, ask: Callable[[SQLiteDataStore], object]) -> None:
    shop[Artist].create(name="Joni")
    shop[Album].bulk_create([{"title": "Blue", "artist": 1}, {"title": "Hejira", "artist": 1}])
    with shop.recorded() as reported, shop.watched() as watch:
        ask(shop)
    assert watch.count == len(watch.statements) == len(reported)
    assert [one.text.split()[0] for one in watch.statements] == [text.split()[0] for text in reported]


def test_it_notes_an_explanation_that_sqlite_does_not_report(shop: SQLiteDataStore) -> None:
    with shop.recorded() as reported, shop.watched() as watch:
        shop.scanned(shop[Album].filter(title="Blue").plan)
    assert len(reported) == 2
    assert [one.text.split()[0] for one in watch.statements] == ["SELECT", "PRAGMA", "EXPLAIN"]


def test_what_a_statement_says(shop: SQLiteDataStore) -> None:
    with shop.watched() as watch:
        shop[Artist].bulk_create([{"id": 1, "name": "Joni"}, {"id": 2, "name": "Nico"}])
        shop[Artist].filter(name="Nico").update(name="Christa")
        assert [artist.name for artist in shop[Artist].filter(name__in=["Joni", "Nico"])] == ["Joni"]
    assert [(one.text.split()[0], one.rows) for one in watch.statements] == [
        ("BEGIN", None), ("INSERT", 2), ("COMMIT", None), ("UPDATE", 1), ("SELECT", 1),
    ]  # fmt: skip
    assert watch.statements[3].parameters == ("Christa", "Nico")
    assert all(one.seconds > 0 for one in watch.statements)
    assert watch.seconds == pytest.approx(sum(one.seconds for one in watch.statements))


def test_a_store_without_statements_has_none(store: Store) -> None:
    store[Artist].count()
    with store.watched() as watch:
        assert store[Artist].count() == 0
    assert [one.rows for one in watch.statements] == ([1] if isinstance(store, SQLiteDataStore) else [])
    assert store.explained(Executed("COMMIT", (), 0, 0.0, None)) in ([], ())


def test_it_ends(shop: SQLiteDataStore) -> None:
    with pytest.raises(ZeroDivisionError), shop.watched() as watch:
        raise ZeroDivisionError
    shop[Artist].count()
    assert watch.count == 0


def test_an_inner_watch_hears_in_the_place_of_the_outer_one(shop: SQLiteDataStore) -> None:
    with shop.watched() as outer:
        shop[Artist].count()
        with shop.watched() as inner:
            shop[Album].count()
        shop[Track].count()
    assert [one.text for one in inner.statements] == ['SELECT count(*) FROM "album"']
    assert [one.text for one in outer.statements] == ['SELECT count(*) FROM "artist"', 'SELECT count(*) FROM "track"']


def test_opening_a_connection_is_no_statement_of_the_watcher(shop: SQLiteDataStore) -> None:
    shop[Artist].count()
    heard: list[int] = []

    def ask() -> None:
        with shop.watched() as watch:
            shop[Artist].count()
        heard.append(watch.count)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert heard == [1]


def test_it_goes_on_after_the_store_was_closed(shop: SQLiteDataStore) -> None:
    with shop.watched() as watch:
        shop.close()
        shop.adopt([Artist])
        adopting = watch.count
        shop[Artist].count()
    assert adopting > 0
    assert watch.count == adopting + 1


def test_text_that_is_not_utf_8_is_read_with_another_statement(shop: SQLiteDataStore) -> None:
    shop[Artist].create(name="Joni")
    with sqlite3.connect(shop.location) as connection:
        connection.execute("UPDATE artist SET name = CAST(x'4aff' AS TEXT)")
    with shop.watched() as watch:
        assert shop[Artist].get(pk=1).name == "J\ufffd"
    assert [one.rows for one in watch.statements] == [0, 1]
    assert shop[Artist].get(pk=1).name == "J\ufffd"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("x" * MAX_VALUE, "x" * MAX_VALUE),
        ("x" * 1000 + "end", "x" * MAX_VALUE + "… (1,003 characters)"),
        (b"\x00\xff", "x'00ff'"),
        (b"\xff" * 1000, f"x'{'ff' * MAX_VALUE}'… (1,000 bytes)"),
        (2**63 - 1, 2**63 - 1),
        (None, None),
        (1.5, 1.5),
    ],
    ids=lambda value: str(value)[:12],
)
def test_long_values_are_cut(value: Any, kept: Any) -> None:
    assert Watch().note("SELECT ?", (value,), 0.0, None).parameters == (kept,)


def test_what_is_beyond_a_limit_is_counted() -> None:
    watch = Watch()
    for _ in range(MAX_STATEMENTS + 7):
        watch.fetched(watch.note("SELECT 1", (), 0.25, None), 0.25, 1)
    assert (watch.count, len(watch.statements), watch.seconds) == (MAX_STATEMENTS + 7, MAX_STATEMENTS, 0.5 * (MAX_STATEMENTS + 7))
    many = watch.note("INSERT", range(MAX_PARAMETERS + 5), 0.0, 1)
    assert (len(many.parameters), many.omitted, len(many.bindings)) == (MAX_PARAMETERS, 5, MAX_PARAMETERS + 5)


# Plans.


def plans(shop: SQLiteDataStore, ask: Callable[[], object]) -> list[list[str]]:
    with shop.watched() as watch:
        ask()
    return [list(shop.explained(one)) for one in watch.statements]


def test_a_plan_names_the_index(shop: SQLiteDataStore) -> None:
    assert plans(shop, lambda: list(shop[Album].filter(artist=1))) == [["SEARCH album USING INDEX ix_album.artist (artist=?)"]]


def test_a_plan_shows_what_is_a_part_of_what(shop: SQLiteDataStore) -> None:
    (found,) = plans(shop, lambda: list(shop[Track].filter(album__title="Blue")))
    (subquery,) = (place for place, line in enumerate(found) if line.startswith("LIST SUBQUERY"))
    assert found[subquery + 1].startswith("  SCAN album")


def test_a_statement_with_more_parameters_than_are_kept_is_explained(shop: SQLiteDataStore) -> None:
    with shop.watched() as watch:
        shop[Artist].bulk_create({"id": number, "name": str(number)} for number in range(1, 90))
    assert watch.statements[1].omitted == 2 * 89 - MAX_PARAMETERS
    assert shop.explained(watch.statements[1])[0] == "SCAN 89 CONSTANT ROWS"


def test_what_has_no_plan(shop: SQLiteDataStore) -> None:
    def nothing() -> None:
        with shop.transaction():
            pass

    assert plans(shop, nothing) == [[], []]


def test_explaining_changes_nothing(shop: SQLiteDataStore) -> None:
    with shop.watched() as watch:
        shop[Artist].create(name="Joni")
        shop[Artist].all().delete()
        shop[Artist].create(name="Nico")
    for one in watch.statements:
        shop.explained(one)
    assert [artist.name for artist in shop[Artist]] == ["Nico"]
    pragma = Executed("PRAGMA foreign_keys = OFF", (), 0, 0.0, None)
    assert list(shop.explained(pragma)) == []
    with pytest.raises(Conflict):
        shop[Album].create(title="Blue", artist=99)


def test_a_plan_is_that_of_now(shop: SQLiteDataStore) -> None:
    with shop.watched() as watch:
        shop[Album].filter(year=1971).count()
    assert list(shop.explained(watch.statements[0])) == ["SCAN album"]
    with sqlite3.connect(shop.location) as connection:
        connection.execute("CREATE INDEX by_year ON album (year)")
    assert list(shop.explained(watch.statements[0])) == ["SEARCH album USING COVERING INDEX by_year (year=?)"]
    with sqlite3.connect(shop.location) as connection:
        connection.execute("DROP TABLE album")
    assert list(shop.explained(watch.statements[0])) == ["this cannot be explained: no such table: album"]


def test_a_write_of_a_view_is_not_explained(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "views.db") as connection:
        connection.execute("CREATE VIEW artist AS SELECT 1 AS id, 'Joni' AS name")
    store = SQLiteDataStore(tmp_path / "views.db", models=[Performer])
    with store.watched() as watch, pytest.raises(Conflict):
        store[Performer].all().update(name="Nico")
    assert list(store.explained(watch.statements[-1])) == [
        "this cannot be explained: this is a view of the database, which cannot be written"
    ]
    store.close()


def test_a_statement_that_was_cut_is_not_explained(shop: SQLiteDataStore) -> None:
    long = Watch().note(f"SELECT {'1 + ' * MAX_TEXT}1", (), 0.0, None)
    assert len(long.text) < MAX_TEXT + 30
    assert list(shop.explained(long)) == ["a statement of more than 10,000 characters is not explained"]
