"""Sessions: one connection to a database file, what it executes, its transactions. The only `import sqlite3`."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from pyrest.datastores import exact
from pyrest.datastores.faults import translated
from pyrest.datastores.freshness import Freshness, Models, Totals
from pyrest.datastores.functions import FUNCTIONS
from pyrest.datastores.watching import Executed, Watch
from pyrest.errors import PyrestError, StoreUnusable
from pyrest.models.declaration import Declaration
from pyrest.models.model import Model

MEMORY = ":memory:"
STATEMENTS_KEPT = 512
SYNCHRONOUS = {"full": "FULL", "normal": "NORMAL"}

Query = tuple[str, Sequence[Any]]
DATA_VERSION: Query = ("PRAGMA data_version", ())
Execute = Callable[..., sqlite3.Cursor]
Ask = Callable[[Query], list[tuple[Any, ...]]]
T = TypeVar("T")

VERSION = sqlite3.sqlite_version_info
SQLiteError = sqlite3.Error  # what a session raises where `faults` knows no error of ours


class _TimedCursor(sqlite3.Cursor):
    """A cursor that tells a watch how long SQLite takes."""

    def __init__(self, connection: sqlite3.Connection, watch: Watch) -> None:
        super().__init__(connection)
        self._watch = watch
        self._noted: Executed

    def execute(self, text: str, parameters: Any = (), /) -> _TimedCursor:
        begun = time.perf_counter()
        try:
            super().execute(text, parameters)
        finally:
            took = time.perf_counter() - begun
            self._noted = self._watch.note(text, parameters, took, self.rowcount if self.rowcount >= 0 else None)
        return self

    def fetchall(self) -> list[Any]:
        begun = time.perf_counter()
        rows: list[Any] = []
        try:
            rows = super().fetchall()
        finally:
            self._watch.fetched(self._noted, time.perf_counter() - begun, len(rows))
        return rows


class Session:
    """One connection, opened when it is needed, and how deep in transactions and in rehearsals it is."""

    def __init__(self, path: str, synchronous: str, timeout: float) -> None:
        self.path = path
        self.pid = os.getpid()
        self.depth = 0
        self.rehearsals = 0
        self.lock = threading.RLock()
        self.watches: Mapping[int, Watch] = {}
        self.freshness = Freshness()
        self.totals = Totals()
        self._reads_only = False
        self._touched: set[type[Model]] = set()
        self._settings = (synchronous, timeout)
        self._connection: sqlite3.Connection | None = None

    @property
    def connection(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connected(self.path, *self._settings)
        return self._connection

    def execute(self, text: str, parameters: Sequence[Any] = (), declared: Declaration | None = None) -> sqlite3.Cursor:
        """Raises what `faults.translated` makes of SQLite's refusal."""
        with self.lock:
            try:
                return self._usable()(text, parameters)
            except sqlite3.Error as fault:
                raise refusal(fault, declared) from fault

    def rows(self, text: str, parameters: Sequence[Any] = (), declared: Declaration | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query. Text that is not UTF-8 comes with replacement characters."""
        with self.lock:
            try:
                execute = self._usable()
                return execute(text, parameters).fetchall()
            except sqlite3.OperationalError as fault:
                if not str(fault).startswith("Could not decode to UTF-8"):
                    raise refusal(fault, declared) from fault
            except sqlite3.Error as fault:
                raise refusal(fault, declared) from fault
            self.connection.text_factory = _replacing
            try:
                return execute(text, parameters).fetchall()
            finally:
                self.connection.text_factory = str

    def snapshot(self, read: Callable[[Ask], T], declared: Declaration) -> T:
        """What is read with the queries that `read` asks, all from one snapshot. It may be called a second time where the first fails."""
        with self.lock:
            if not self.depth:
                try:
                    execute = self._usable()
                    execute("BEGIN")
                    found = read(lambda query: execute(*query).fetchall())
                    execute("COMMIT")
                    return found
                except sqlite3.Error:  # what it was, the longer way finds out
                    self._undo("")
                except BaseException:
                    self._undo("")
                    raise
            with self.reading():
                return read(lambda query: self.rows(*query, declared))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot for what is read inside: that of the transaction around it, where there is one."""
        with self.lock, nullcontext() if self.depth else self.transaction("BEGIN"):
            yield

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
        """All or nothing; inside another transaction, a part of that one."""
        with self.lock:
            savepoint = f"s{self.depth}" if self.depth else ""
            self.execute(f"SAVEPOINT {savepoint}" if savepoint else begin)
            self._reads_only = self._reads_only if savepoint else begin == "BEGIN"
            self.depth += 1
            try:
                yield
                self.execute(f"RELEASE {savepoint}" if savepoint else "COMMIT")
            except BaseException:
                self._undo(savepoint)
                raise
            finally:
                self.depth -= 1
                self._settle()

    @contextmanager
    def writing(self, models: Models) -> Iterator[None]:
        """Inside, rows of these models are written, at most. What was read of them is trusted no more, whether that succeeds or not."""
        with self.lock:
            self._touched.update(models)
            try:
                yield
            finally:
                self._settle()

    @property
    def writes(self) -> bool:
        """Whether it is in a transaction that may see what it has written itself and nobody else does."""
        return bool(self._touched) or (self.depth > 0 and not self._reads_only)

    def data_version(self) -> int:
        """The number that changes with the commits of other connections."""
        ((version,),) = self.rows(*DATA_VERSION)
        return int(version)

    def _settle(self) -> None:
        # Only now: what other connections read before the commit is to be older than it.
        if self._touched and not self.depth:
            self.freshness.wrote(self._touched)
            self._touched.clear()

    @contextmanager
    def foreign_keys_deferred(self) -> Iterator[None]:
        """Inside, foreign keys may point at what is yet to come. Whoever asks for it sees to it that it came."""
        self.execute("PRAGMA defer_foreign_keys = ON")
        try:
            yield
        finally:
            self.execute("PRAGMA defer_foreign_keys = OFF")

    def _usable(self) -> Execute:
        """What executes. Raises `StoreUnusable` where the transaction is gone."""
        connection = self.connection
        # SQLite rolls a whole transaction back by itself where the disk is full or fails; what follows would not be a part of it.
        if self.depth and not connection.in_transaction:
            raise StoreUnusable("the database has taken the transaction back")
        return self._timed(connection) if self.watches else connection.execute

    def _timed(self, connection: sqlite3.Connection) -> Execute:
        """What executes, timed where this thread is watched: in memory, threads share a session."""
        watch = self.watches.get(threading.get_ident())
        return connection.execute if watch is None else _TimedCursor(connection, watch).execute

    def _undo(self, savepoint: str) -> None:
        connection = self._connection
        if connection is not None and connection.in_transaction:
            execute = self._timed(connection)
            for text in (f"ROLLBACK TO {savepoint}", f"RELEASE {savepoint}") if savepoint else ("ROLLBACK",):
                execute(text)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self.freshness.forget()

    def pin(self) -> None:
        """Begins a snapshot that lasts until the connection is closed, for reading only."""
        self.connection.text_factory = _replacing
        for text in ("PRAGMA query_only = ON", "BEGIN", "SELECT 1 FROM sqlite_schema"):  # a snapshot begins with the first thing read
            self.rows(text)
        self.depth += 1

    def parts(self, text: str, parameters: Sequence[Any], size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query, at most `size` of them at a time."""
        cursor = self.execute(text, parameters)
        while rows := self._fetched(cursor, size):
            yield rows

    def _fetched(self, cursor: sqlite3.Cursor, size: int) -> list[tuple[Any, ...]]:
        with self.lock:
            try:
                return cursor.fetchmany(size)
            except sqlite3.Error as fault:
                raise refusal(fault, None) from fault

    def suspend(self) -> bool:
        """Closes the connection until it is needed again, unless it is in use or all that there is; returns whether it is closed."""
        if self.path == MEMORY or not self.lock.acquire(blocking=False):
            return False
        try:
            if self._connection is None or not self._connection.in_transaction:
                self.close()
            return self._connection is None
        finally:
            self.lock.release()

    def __del__(self) -> None:
        if self.pid == os.getpid():
            self.close()


def _connected(path: str, synchronous: str, timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT)
    try:
        for function in (*FUNCTIONS, *exact.FUNCTIONS):
            connection.create_function(*function, deterministic=True)
        for aggregate in exact.AGGREGATES:
            connection.create_aggregate(*aggregate)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def refusal(fault: sqlite3.Error, declared: Declaration | None = None) -> PyrestError | sqlite3.Error:
    """The error to raise for a fault of SQLite's: one of ours, where `faults` knows it."""
    return translated(getattr(fault, "sqlite_errorcode", 0), str(fault), declared) or fault


class Replaced(str):
    """A text with replacement characters, in the place of one that is not UTF-8."""


def _replacing(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return Replaced(text.decode("utf-8", "replace"))
