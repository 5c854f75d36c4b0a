"""Answers to writes, kept beside the rows for a day."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from pyrest import SQLiteDataStore, models
from pyrest.datastores.replies import KEPT_SECONDS, PRUNED_AT_ONCE, PRUNED_EVERY, Reply
from pyrest.datastores.replies_table import REPLIES_TABLE
from pyrest.errors import Misdeclared
from pyrest.store import Store
from tests.datastores.shelf import Artist

HELLO = Reply(b"\x00asked", b"answer\xff")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test may change."""
    now = [time.time()]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def test_what_is_kept_is_found_by_user_and_key(store: Store) -> None:
    with store.transaction():
        assert store.kept_reply("ada", "k") is None
        store.keep_reply("ada", "k", HELLO)
        assert store.kept_reply("ada", "k") == HELLO
    assert store.kept_reply("ada", "k") == HELLO
    assert store.kept_reply("bob", "k") is None
    assert store.kept_reply("ada", "K") is None


def test_it_is_a_part_of_the_transaction(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store[Artist].create(name="a")
        store.keep_reply("", "k", HELLO)
        raise ZeroDivisionError
    assert (store[Artist].count(), store.kept_reply("", "k")) == (0, None)
    with store.rehearsal():
        store.keep_reply("", "k", HELLO)
    assert store.kept_reply("", "k") is None
    store.keep_reply("", "k", HELLO)
    assert store.kept_reply("", "k") == HELLO


def test_after_a_day_it_is_gone_and_the_key_is_free(store: Store, clock: list[float]) -> None:
    store.keep_reply("", "k", HELLO)
    clock[0] += KEPT_SECONDS - 1
    assert store.kept_reply("", "k") == HELLO
    clock[0] += 2
    assert store.kept_reply("", "k") is None
    store.keep_reply("", "k", Reply(b"", b""))
    assert store.kept_reply("", "k") == Reply(b"", b"")


def held(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        found: int = file.execute(f'SELECT count(*) FROM "{REPLIES_TABLE}"').fetchone()[0]
        return found


def test_old_ones_go_some_at_a_time(shop: SQLiteDataStore, clock: list[float]) -> None:
    path = Path(shop.location)
    many = PRUNED_AT_ONCE * 2
    with shop.transaction():
        for number in range(many):
            shop.keep_reply("", f"old {number}", HELLO)
    assert held(path) == many
    clock[0] += KEPT_SECONDS + 1
    left = []
    for number in range(3 * PRUNED_EVERY):
        shop.keep_reply("", f"new {number}", HELLO)
        left.append(held(path) - number - 1)
    steps = [before - after for before, after in zip([many, *left], left, strict=False)]
    assert {*steps} == {0, PRUNED_AT_ONCE}
    assert left[-1] == 0
    assert all(shop.kept_reply("", f"new {number}") == HELLO for number in range(3 * PRUNED_EVERY))


def test_old_ones_are_found_by_an_index(shop: SQLiteDataStore) -> None:
    shop.keep_reply("", "k", HELLO)
    with closing(sqlite3.connect(shop.location)) as file:
        plan = file.execute(f'EXPLAIN QUERY PLAN SELECT id FROM "{REPLIES_TABLE}" WHERE at <= 1 ORDER BY at LIMIT 100').fetchall()
    assert [step[3] for step in plan] == [f"SEARCH {REPLIES_TABLE} USING COVERING INDEX {REPLIES_TABLE}.at (at<?)"]


def test_a_file_has_the_table_from_the_first_answer_on(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    with closing(SQLiteDataStore(path, models=[Artist])) as store:
        store[Artist].create(name="a")
        assert store.kept_reply("", "k") is None
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("SELECT count(*) FROM sqlite_schema WHERE name = ?", (REPLIES_TABLE,)).fetchone() == (0,)
        store.keep_reply("", "k", HELLO)
    with closing(SQLiteDataStore(path, models=[Artist])) as again:
        assert again.kept_reply("", "k") == HELLO


def test_no_model_takes_the_table(tmp_path: Path) -> None:
    class Diary(models.Model):
        id = models.PkField()

        class Meta:
            table = "Pyrest Idempotency"

    with closing(SQLiteDataStore(tmp_path / "rows.db", models=[Diary])) as store, pytest.raises(Misdeclared) as refusal:
        store.adopt(())
    assert str(refusal.value) == 'Diary: pyrest keeps answers in its own table "pyrest idempotency"; choose another Meta.table'
