"""The secret of a store: one for all who open the file, made when it is first asked for."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from pyrest import MemoryDataStore, SQLiteDataStore, models
from pyrest.datastores.secret import SECRET_TABLE
from pyrest.errors import Misdeclared
from pyrest.store import Store
from tests.datastores.shelf import Artist

ROOT = Path(__file__).parents[2]

ASK = """
import sys
from pyrest import SQLiteDataStore
from tests.datastores.shelf import Artist

store = SQLiteDataStore(sys.argv[1], models=[Artist], timeout=60)
print("ready", flush=True)
sys.stdin.readline()
print(store.secret.hex())
"""


def tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        return [name for (name,) in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]


def test_a_store_has_one_secret(store: Store) -> None:
    assert len(store.secret) == 32
    assert store.secret == store.secret


def test_a_store_in_memory_has_a_secret_of_its_own() -> None:
    secrets = {store.secret for store in (MemoryDataStore(), MemoryDataStore(), SQLiteDataStore(":memory:"), SQLiteDataStore(":memory:"))}
    assert len(secrets) == 4


def test_a_file_gets_a_secret_when_it_is_asked_for_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    with closing(SQLiteDataStore(path, models=[Artist])) as store:
        store[Artist].create(name="a")
        assert tables(path) == ["artist"]
        secret = store.secret
        assert tables(path) == ["artist", SECRET_TABLE]
    with closing(SQLiteDataStore(path, models=[Artist])) as again:
        assert again.secret == secret


def test_a_secret_that_was_taken_away_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    with closing(SQLiteDataStore(path)) as store:
        secret = store.secret
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(f'DELETE FROM "{SECRET_TABLE}"')
    with closing(SQLiteDataStore(path)) as store:
        assert len(store.secret) == 32
        assert store.secret != secret


def test_processes_and_threads_that_race_agree(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    processes = [
        subprocess.Popen([sys.executable, "-c", ASK, str(path)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * 2
    start = threading.Barrier(8)
    found: list[str] = []

    def ask() -> None:
        with closing(SQLiteDataStore(path, timeout=60)) as store:
            start.wait()
            found.append(store.secret.hex())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    found += [process.communicate("go\n", timeout=60)[0].strip() for process in processes]
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len({*found}) == 1


def test_a_snapshot_that_is_too_old_to_write_in_is_no_hindrance(tmp_path: Path) -> None:
    with closing(SQLiteDataStore(tmp_path / "rows.db", models=[Artist], timeout=0.1)) as store:
        with store.snapshot():
            assert store[Artist].count() == 0
            with closing(sqlite3.connect(tmp_path / "rows.db", isolation_level=None)) as other:
                other.execute("INSERT INTO artist (name) VALUES ('x')")
            assert len(store.secret) == 32
            assert store[Artist].count() == 0
        assert store[Artist].count() == 1


def test_no_model_takes_the_table(tmp_path: Path) -> None:
    class Diary(models.Model):
        id = models.PkField()

        class Meta:
            table = "Pyrest Secret"

    with closing(SQLiteDataStore(tmp_path / "rows.db", models=[Diary])) as store, pytest.raises(Misdeclared) as refusal:
        store.adopt(())
    assert str(refusal.value) == 'Diary: pyrest keeps a secret in its own table "pyrest secret"; choose another Meta.table'
