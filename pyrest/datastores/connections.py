"""Connections to one database file: opened lazily for each thread, never carried over a fork; transactions. The only `import sqlite3`."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from pyrest.datastores.faults import translated
from pyrest.errors import Busy, Misdeclared, PyrestError, StoreUnusable
from pyrest.models.declaration import Declaration

MEMORY = ":memory:"
OLDEST_SQLITE = (3, 37, 0)  # the first with STRICT tables and PRAGMA table_list
STATEMENTS_KEPT = 512
SYNCHRONOUS = {"full": "FULL", "normal": "NORMAL"}


class Session:
    """One connection, and how deep in transactions it is."""

    def __init__(self, path: str, synchronous: str, timeout: float, lock: AbstractContextManager[Any]) -> None:
        self.pid = os.getpid()
        self.depth = 0
        self.lock = lock
        self.connection = sqlite3.connect(
            path, timeout=timeout, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT
        )
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.execute(f"PRAGMA synchronous = {synchronous}")

    def execute(self, text: str, parameters: Sequence[Any] = (), declared: Declaration | None = None) -> sqlite3.Cursor:
        """Raises what `faults.translated` makes of SQLite's refusal."""
        try:
            return self.connection.execute(text, parameters)
        except sqlite3.Error as fault:
            raise _translated(fault, declared) from fault

    def rows(self, text: str, parameters: Sequence[Any] = (), declared: Declaration | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query. Text that is not UTF-8 comes with replacement characters."""
        try:
            return self.connection.execute(text, parameters).fetchall()
        except sqlite3.OperationalError as fault:
            if not str(fault).startswith("Could not decode to UTF-8"):
                raise _translated(fault, declared) from fault
        except sqlite3.Error as fault:
            raise _translated(fault, declared) from fault
        self.connection.text_factory = _replacing
        try:
            return self.connection.execute(text, parameters).fetchall()
        finally:
            self.connection.text_factory = str

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
        """All or nothing; inside another transaction, a part of that one."""
        savepoint = f"s{self.depth}" if self.depth else ""
        self.execute(f"SAVEPOINT {savepoint}" if savepoint else begin)
        self.depth += 1
        try:
            yield
            self.execute(f"RELEASE {savepoint}" if savepoint else "COMMIT")
        except BaseException:
            self._undo(savepoint)
            raise
        finally:
            self.depth -= 1

    @contextmanager
    def foreign_keys_deferred(self) -> Iterator[None]:
        """Inside, foreign keys may point at what is yet to come. Whoever asks for it sees to it that it came."""
        self.execute("PRAGMA defer_foreign_keys = ON")
        try:
            yield
        finally:
            self.execute("PRAGMA defer_foreign_keys = OFF")

    def _undo(self, savepoint: str) -> None:
        # SQLite has rolled back by itself where the disk was full or failed.
        if self.connection.in_transaction:
            for text in (f"ROLLBACK TO {savepoint}", f"RELEASE {savepoint}") if savepoint else ("ROLLBACK",):
                self.connection.execute(text)

    def close(self) -> None:
        self.connection.close()

    def __del__(self) -> None:
        if hasattr(self, "connection") and self.pid == os.getpid():
            self.connection.close()


class Connections:
    """The sessions of one database, one for each thread of each process; a single shared one where it is in memory."""

    def __init__(self, path: str, durability: str, timeout: float) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreUnusable(f"pyrest needs SQLite 3.37 or later; this Python has {sqlite3.sqlite_version}")
        self.path = path
        self.timeout = timeout
        self._synchronous = SYNCHRONOUS[durability]
        self._local = threading.local()
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        self._opening = threading.Lock()
        self._shared: Session | None = None

    def session(self) -> Session:
        """This thread's session."""
        found: Session | None = self._shared or getattr(self._local, "session", None)
        if found is not None and found.pid == os.getpid():
            return found
        return self._shared_session() if self.path == MEMORY else self._own_session()

    def use_wal(self) -> None:
        """Switches the file to a write-ahead log, so that readers and a writer do not wait for each other."""
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                self.session().rows("PRAGMA journal_mode = WAL")
                return
            except Busy:  # the busy timeout does not cover this switch
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def close(self) -> None:
        """Closes the connections of all threads of this process; a later use opens new ones."""
        for session in list(self._sessions):
            if session.pid == os.getpid():
                session.close()
        self._sessions.clear()
        self._local = threading.local()
        self._shared = None

    def _own_session(self) -> Session:
        session = self._open(nullcontext())
        self._local.session = session
        return session

    def _shared_session(self) -> Session:
        with self._opening:
            if self._shared is None:
                self._shared = self._open(threading.RLock())
            if self._shared.pid != os.getpid():
                raise Misdeclared("a database in memory belongs to one process; give the store a file to serve with several workers")
            return self._shared

    def _open(self, lock: AbstractContextManager[Any]) -> Session:
        try:
            session = Session(self.path, self._synchronous, self.timeout, lock)
            session.rows("SELECT count(*) FROM sqlite_schema")
        except (sqlite3.Error, StoreUnusable) as fault:
            raise StoreUnusable(f"cannot open the database {self.path}: {_reason(Path(self.path), fault)}") from fault
        self._sessions.add(session)
        _every_session.add(session)
        return session


def _translated(fault: sqlite3.Error, declared: Declaration | None) -> PyrestError | sqlite3.Error:
    return translated(getattr(fault, "sqlite_errorcode", 0), str(fault), declared) or fault


def _replacing(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _reason(path: Path, fault: Exception) -> str:
    if not path.parent.exists():
        return f"there is no directory {path.parent}"
    if path.is_dir():
        return "it is a directory"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "no permission to write " + ("it" if path.exists() else f"into the directory {path.parent}")
    return str(fault)


# A child must neither use nor close a connection of its parent (SQLite, "How To Corrupt", section 2.6):
# it keeps them all alive, so that nothing finalizes them.
_every_session: weakref.WeakSet[Session] = weakref.WeakSet()
_kept: list[list[Session]] = []
os.register_at_fork(before=lambda: _kept.append(list(_every_session)), after_in_parent=lambda: _kept.pop())
