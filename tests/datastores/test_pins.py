"""Pins: one state of a store, read for longer than a call takes, while others write."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pyrest.datastores import SQLiteDataStore
from pyrest.errors import StoreUnusable
from pyrest.plan import Insert, Order, Read
from pyrest.store import Store
from tests.datastores.shelf import Album, Artist

NAMES = Read(Artist, ("name",))


def fill(store: Store) -> None:
    store[Artist].bulk_create([{"name": name} for name in "abcde"])


MODELS = (Artist, Album)


def test_its_rows_come_in_parts_in_the_order_of_the_plan(store: Store) -> None:
    pin = store.pin()
    assert list(pin.parts(NAMES, 2)) == [[("a",), ("b",)], [("c",), ("d",)], [("e",)]]
    assert list(pin.parts(Read(Artist, ("name",), order=(Order("name", True),), limit=3), 2)) == [[("e",), ("d",)], [("c",)]]
    pin.close()


def test_nothing_that_is_written_meanwhile_is_seen(store: Store) -> None:
    pin = store.pin()
    parts = pin.parts(NAMES, 2)
    seen = next(parts)
    store[Artist].filter(name__in=["b", "d"]).delete()
    store[Artist].create(name="f")
    store[Artist].filter(name="e").update(name="z")
    assert [name for (name,) in [*seen, *(row for part in parts for row in part)]] == list("abcde")
    with pin.inside():
        assert [artist.name for artist in store[Artist]] == list("abcde")
        assert store[Artist].count() == 5
    assert [artist.name for artist in store[Artist]] == ["a", "c", "z", "f"]
    pin.close()


def test_what_is_fetched_along_a_relation_comes_from_it_too(store: Store) -> None:
    artist = store[Artist].get(name="a")
    store[Album].create(title="One", artist=artist)
    pin = store.pin()
    store[Album].all().delete()
    with pin.inside():
        assert [album.title for album in store[Artist].get(name="a").album_set] == ["One"]
    assert list(store[Artist].get(name="a").album_set) == []
    pin.close()


def test_two_pins_are_two_states(store: Store) -> None:
    before = store.pin()
    store[Artist].create(name="f")
    after = store.pin()
    with before.inside():
        with after.inside():
            assert store[Artist].count() == 6
        assert store[Artist].count() == 5
    before.close()
    after.close()


def test_only_this_thread_reads_from_it(store: Store) -> None:
    pin = store.pin()
    store[Artist].create(name="f")
    counts = []
    with pin.inside():
        thread = threading.Thread(target=lambda: counts.append(store[Artist].count()))
        thread.start()
        thread.join()
        assert store[Artist].count() == 5
    assert counts == [6]
    pin.close()


def test_it_may_be_read_by_one_thread_after_the_other_and_closed_by_a_third(store: Store) -> None:
    pin = store.pin()
    parts = pin.parts(NAMES, 2)
    seen = [next(parts)]
    for step in (lambda: seen.append(next(parts)), pin.close):
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    assert seen == [[("a",), ("b",)], [("c",), ("d",)]]


def test_what_is_closed_cannot_be_read(store: Store) -> None:
    pin = store.pin()
    parts = pin.parts(NAMES, 2)
    next(parts)
    pin.close()
    pin.close()
    with pytest.raises(Exception, match="closed"):
        next(parts)


def test_writers_do_not_wait_for_it(tmp_path: Path) -> None:
    store = SQLiteDataStore(tmp_path / "shop.db", models=MODELS, durability="normal", timeout=0.0)
    fill(store)
    pin = store.pin()
    next(pin.parts(NAMES, 1))
    store[Artist].create(name="f")
    pin.close()
    store.close()


def test_nothing_is_written_inside(tmp_path: Path) -> None:
    store = SQLiteDataStore(tmp_path / "shop.db", models=MODELS, durability="normal")
    fill(store)
    pin = store.pin()
    with pin.inside(), pytest.raises(StoreUnusable, match="read-only"):
        store.insert(Insert(Artist, ("id", "name"), ((None, "f"),)))
    pin.close()
    assert store[Artist].count() == 5
    store.close()


def test_text_that_is_no_utf_8_is_shown_with_replacement_characters(tmp_path: Path) -> None:
    store = SQLiteDataStore(tmp_path / "shop.db", models=MODELS, durability="normal")
    fill(store)
    store._connections.session().execute("UPDATE artist SET name = CAST(x'61FF62' AS TEXT) WHERE name = 'c'")
    pin = store.pin()
    assert [name for part in pin.parts(NAMES, 10) for (name,) in part] == ["a", "b", "a\ufffdb", "d", "e"]
    pin.close()
    store.close()


def test_a_log_of_writes_is_given_back_when_it_is_closed(tmp_path: Path) -> None:
    """While it is open, SQLite cannot begin its log anew: a pin that were forgotten would let it grow for ever."""
    store = SQLiteDataStore(tmp_path / "shop.db", models=MODELS, durability="normal", timeout=0.0)
    fill(store)
    pin = store.pin()
    store[Artist].create(name="f")
    checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)"
    assert store._connections.session().rows(checkpoint)[0][0] == 1
    pin.close()
    assert store._connections.session().rows(checkpoint)[0][0] == 0
    store.close()


def test_a_pin_that_cannot_be_had_is_an_error_of_the_store(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    store = SQLiteDataStore(path, models=MODELS)
    assert store.catalog.models
    store._connections.close()
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreUnusable):
        store.pin()
