"""Somebody else who writes into a database file of ours: plain sqlite3, on a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from pyrest import SQLiteDataStore


@contextmanager
def elsewhere(store: SQLiteDataStore) -> Iterator[sqlite3.Connection]:
    """A connection to the file of a store; what is done there is committed with each statement, and waits for no disk."""
    with closing(sqlite3.connect(store.location, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        yield connection


def commit_elsewhere(store: SQLiteDataStore) -> None:
    """A commit that changes no row: nothing that the store has read before is trusted any more."""
    with elsewhere(store) as connection:
        ((number,),) = connection.execute("PRAGMA user_version")
        connection.execute(f"PRAGMA user_version = {number + 1}")
