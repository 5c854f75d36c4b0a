"""What SQLite refuses, and what pyrest makes of it: files that cannot be opened, full disks, codes of errors."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pyrest import models
from pyrest.datastores import SQLiteDataStore
from pyrest.datastores.faults import is_busy, translated
from pyrest.errors import (
    Busy,
    Conflict,
    Misdeclared,
    PyrestError,
    ReferenceViolated,
    StoreUnusable,
    UniqueViolated,
    ValidationError,
)
from pyrest.models.model import declaration
from tests.datastores.shelf import MODELS, Artist, Folder


class User(models.Model):
    id = models.PkField()
    mail = models.EmailField(column="E-Mail", unique=True)
    city = models.StringField()

    class Meta:
        table = "a.users"


USERS = declaration(User)


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        (5, "database is locked", Busy("the database is busy; try again")),
        (517, "database is locked", Busy("the database is busy; try again")),
        (6, "database table is locked", Busy("the database is busy; try again")),
        (2067, "UNIQUE constraint failed: a.users.E-Mail", UniqueViolated(("mail",))),
        (2067, "UNIQUE constraint failed: a.users.E-Mail, a.users.city", UniqueViolated(("mail", "city"))),
        (2067, "UNIQUE constraint failed: A.Users.CITY", UniqueViolated(("city",))),
        (2067, "UNIQUE constraint failed: a.users.hidden", UniqueViolated(())),
        (2067, "UNIQUE constraint failed: index 'ux'", UniqueViolated(())),
        (1555, "UNIQUE constraint failed: a.users.id", UniqueViolated(("id",))),
        (2579, "UNIQUE constraint failed: a.users.rowid", UniqueViolated(())),
        (787, "FOREIGN KEY constraint failed", ReferenceViolated("a foreign key points at a row that does not exist")),
        (1299, "NOT NULL constraint failed: a.users.city", ValidationError({"city": ["This field may not be null."]})),
        (1299, "NOT NULL constraint failed: a.users.hidden", Conflict("a constraint of the database refuses this")),
        (275, "CHECK constraint failed: private > 0", Conflict("a constraint of the database refuses this")),
        (1811, "a trigger's own words", Conflict("a constraint of the database refuses this")),
        (3091, "cannot store TEXT value in INTEGER column a.users.id", Conflict("a constraint of the database refuses this")),
        (1, "cannot modify v because it is a view", Conflict("this is a view of the database, which cannot be written")),
        (8, "attempt to write a readonly database", StoreUnusable("the database is read-only")),
        (10, "disk I/O error", StoreUnusable("the database's disk does not answer")),
        (11, "database disk image is malformed", StoreUnusable("the database is damaged")),
        (13, "database or disk is full", StoreUnusable("the database's disk is full")),
        (14, "unable to open database file", StoreUnusable("the database cannot be opened")),
        (26, "file is not a database", StoreUnusable("the file is no SQLite database")),
    ],
    ids=lambda part: str(part)[:50] if not isinstance(part, Exception) else "",
)
def test_codes_and_messages(code: int, message: str, error: PyrestError) -> None:
    found = translated(code, message, USERS)
    assert (type(found), str(found)) == (type(error), str(error))


def test_a_fault_of_our_own_is_no_error_of_the_user() -> None:
    assert translated(1, 'near "SELEC": syntax error', USERS) is None
    assert not is_busy(1)


def refusal(path: Path | str) -> StoreUnusable:
    with closing(SQLiteDataStore(path, models=[Artist])) as store, pytest.raises(StoreUnusable) as caught:
        store[Artist].count()
    return caught.value


class TestOpening:
    def test_no_directory(self, tmp_path: Path) -> None:
        path = tmp_path / "none" / "shop.db"
        assert str(refusal(path)) == f"cannot open the database {path}: there is no directory {path.parent}"

    def test_a_directory(self, tmp_path: Path) -> None:
        assert str(refusal(tmp_path)) == f"cannot open the database {tmp_path}: it is a directory"

    def test_no_database(self, tmp_path: Path) -> None:
        path = tmp_path / "letter.txt"
        path.write_text("Dear Ada, this is no database. " * 100)
        assert str(refusal(path)) == f"cannot open the database {path}: the file is no SQLite database"
        assert path.read_text().startswith("Dear Ada")

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    @pytest.mark.parametrize(
        ("forbid", "reason"),
        [
            (lambda path: path.parent.chmod(0o500), "no permission to write into the directory {path.parent}"),
            (lambda path: (path.touch(), path.chmod(0o400)), "no permission to write it"),
        ],
        ids=["directory", "file"],
    )
    def test_no_permission(self, tmp_path: Path, forbid: Callable[[Path], object], reason: str) -> None:
        path = tmp_path / "shop.db"
        forbid(path)
        assert str(refusal(path)).endswith(reason.format(path=path))

    def test_an_empty_path(self) -> None:
        with pytest.raises(Misdeclared, match="the path of the database is empty"):
            SQLiteDataStore("")

    def test_an_empty_file_becomes_a_database(self, tmp_path: Path) -> None:
        path = tmp_path / "shop.db"
        path.touch()
        with closing(SQLiteDataStore(path, models=[Artist])) as store:
            assert store[Artist].create(name="Joni").pk == 1

    def test_nothing_is_opened_before_it_is_used(self, tmp_path: Path) -> None:
        store = SQLiteDataStore(tmp_path / "shop.db", models=MODELS)
        store.close()
        assert list(tmp_path.iterdir()) == []

    def test_the_location_is_a_full_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert SQLiteDataStore("shop.db").location == str(tmp_path / "shop.db")


class TestFullDisk:
    @pytest.fixture
    def crowded(self, shop: SQLiteDataStore) -> SQLiteDataStore:
        """A store whose file may grow by three pages."""
        shop[Artist].create(name="first")
        session = shop._connections.session()
        pages = session.rows("PRAGMA page_count")[0][0]
        session.rows(f"PRAGMA max_page_count = {pages + 3}")
        return shop

    def test_is_told_and_leaves_the_rows(self, crowded: SQLiteDataStore) -> None:
        with pytest.raises(StoreUnusable, match="the database's disk is full"):
            crowded[Artist].create(name="x" * 100_000)
        assert crowded[Artist].create(name="second").pk == 2

    def test_ends_a_transaction_for_good(self, crowded: SQLiteDataStore) -> None:
        with pytest.raises(StoreUnusable, match="has taken the transaction back"), crowded.transaction():
            crowded[Artist].create(name="lost")
            with pytest.raises(StoreUnusable, match="disk is full"):
                crowded[Artist].create(name="x" * 100_000)
            crowded[Artist].create(name="would be stored alone")
        assert [artist.name for artist in crowded[Artist]] == ["first"]
        with crowded.transaction():
            crowded[Artist].create(name="second")
        assert crowded[Artist].count() == 2


def test_a_cascade_deeper_than_sqlite_goes_is_a_conflict(shop: SQLiteDataStore) -> None:
    shop[Folder].bulk_create([{"id": n, "name": str(n), "parent": n - 1 or None} for n in range(1, 1_200)])
    with pytest.raises(Conflict, match="chained more than 1,000 deep"):
        shop[Folder].filter(pk=1).delete()
    assert shop[Folder].count() == 1_199


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(SQLiteDataStore(path, models=MODELS)) as store:
        store[Artist].bulk_create({"name": str(n)} for n in range(2_000))
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\x55" * (len(content) - len(content) // 2)
    path.write_bytes(content)
    with closing(SQLiteDataStore(path, models=[Artist])) as store, pytest.raises(StoreUnusable):
        list(store[Artist].order_by("name"))


def test_a_file_that_cannot_be_opened_again(tmp_path: Path) -> None:
    """A fork finds connections closed; the next use opens them again."""
    folder = tmp_path / "gone"
    folder.mkdir()
    with closing(SQLiteDataStore(folder / "rows.db", models=[Artist])) as store:
        plan = store[Artist].all().plan._replace(total=True)
        assert store.read(plan).total == 0
        assert store._connections.session().suspend()
        folder.rename(tmp_path / "elsewhere")
        for ask in (lambda: store.read(plan), lambda: store[Artist].first(), lambda: store[Artist].create(name="Joni")):
            with pytest.raises(StoreUnusable, match="the database cannot be opened"):
                ask()
