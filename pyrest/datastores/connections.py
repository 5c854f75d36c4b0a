"""The connections to one database file: a session for each thread, none of which is carried over a fork."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from pyrest.datastores.sessions import MEMORY, VERSION, Session, SQLiteError, refusal
from pyrest.datastores.watching import Watch
from pyrest.errors import Busy, Misdeclared, StoreUnusable

OLDEST_SQLITE = (3, 37, 0)  # the first with STRICT tables and PRAGMA table_list
SYNCHRONOUS = {"full": "FULL", "normal": "NORMAL"}


class Connections:
    """The sessions of one database, one for each thread of each process; a single shared one where it is in memory."""

    def __init__(self, path: str, durability: str, timeout: float) -> None:
        if VERSION < OLDEST_SQLITE:
            raise StoreUnusable(f"pyrest needs SQLite 3.37 or later; this Python has {'.'.join(map(str, VERSION))}")
        self.path = path
        self.timeout = timeout
        self._synchronous = SYNCHRONOUS[durability]
        self._local = threading.local()
        self._sessions: Sessions = weakref.WeakValueDictionary()
        self._opening = threading.Lock()
        self._shared: Session | None = None
        self._watches: dict[int, Watch] = {}

    def session(self) -> Session:
        """This thread's session."""
        found: Session | None = getattr(self._local, "session", None) or self._shared
        if found is not None and found.pid == os.getpid():
            return found
        return self._shared_session() if self.path == MEMORY else self._own_session()

    @contextmanager
    def watched(self) -> Iterator[Watch]:
        """Notes what this thread executes meanwhile; inside of another watch, that one hears nothing."""
        thread, watch = threading.get_ident(), Watch()
        outer = self._watches.get(thread)
        self._watches[thread] = watch
        try:
            yield watch
        finally:
            if outer is None:
                del self._watches[thread]
            else:
                self._watches[thread] = outer

    @contextmanager
    def apart(self) -> Iterator[Session]:
        """A session for what is no part of this thread's transaction. A database in memory has no other one."""
        if self.path == MEMORY:
            yield self.session()
            return
        session = self._open()
        try:
            yield session
        finally:
            session.close()

    def pinned(self) -> Session:
        """A session of its own that reads one snapshot. A database in memory has no second connection: it is copied."""
        session = self._open()
        try:
            if self.path == MEMORY:
                shared = self._shared_session()
                with shared.lock:
                    shared.connection.backup(session.connection)
            session.pin()
        except BaseException:
            session.close()
            raise
        return session

    @contextmanager
    def using(self, session: Session) -> Iterator[None]:
        """Inside, this thread's session is another one."""
        own = getattr(self._local, "session", None)
        self._local.session = session
        try:
            yield
        finally:
            self._local.session = own

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
        for session in _living(self._sessions):
            if session.pid == os.getpid():
                session.close()
        self._sessions.clear()
        self._local = threading.local()
        self._shared = None

    def _own_session(self) -> Session:
        session = self._open()
        self._local.session = session
        return session

    def _shared_session(self) -> Session:
        with self._opening:
            if self._shared is None:
                self._shared = self._open()
            if self._shared.pid != os.getpid():
                raise Misdeclared("a database in memory belongs to one process; give the store a file to serve with several workers")
            return self._shared

    def _open(self) -> Session:
        if any(session.pid != os.getpid() and session.path == self.path for kept in _kept for session in kept):
            raise StoreUnusable(f"this process was forked while its parent was using {self.path}; fork outside of transactions")
        session = Session(self.path, self._synchronous, self.timeout)
        try:
            session.rows("SELECT count(*) FROM sqlite_schema")
            # SQLite opens a file that it may only read, and says so at the first write.
            if self.path != MEMORY and not os.access(self.path, os.W_OK):
                raise StoreUnusable("the database is read-only")
        except (SQLiteError, StoreUnusable) as fault:
            error = refusal(fault) if isinstance(fault, SQLiteError) else fault
            if isinstance(error, Busy):
                raise error from fault
            raise StoreUnusable(f"cannot open the database {self.path}: {_reason(Path(self.path), error)}") from fault
        session.watches = self._watches
        self._sessions[id(session)] = _every_session[id(session)] = session
        return session


def _reason(path: Path, fault: Exception) -> str:
    if not path.parent.exists():
        return f"there is no directory {path.parent}"
    if path.is_dir():
        return "it is a directory"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "no permission to write " + ("it" if path.exists() else f"into the directory {path.parent}")
    return str(fault)


# A child must neither use nor close a connection of its parent (SQLite, "How To Corrupt", section 2.6). Nor can it open one of its
# own beside it: SQLite takes the parent's locks, which a fork does not inherit, for those of the child, and the child's
# writes are lost once another process takes the log away. So a fork finds them closed; what is in use stays, and is kept alive.
Sessions: TypeAlias = "weakref.WeakValueDictionary[int, Session]"
_every_session: Sessions = weakref.WeakValueDictionary()
_kept: list[list[Session]] = []


def _living(sessions: Sessions) -> list[Session]:
    return [session for reference in sessions.valuerefs() if (session := reference()) is not None]


def _before_fork() -> None:
    _kept.append([session for session in _living(_every_session) if not session.suspend()])


os.register_at_fork(before=_before_fork, after_in_parent=_kept.pop)
