"""The connections of the code by hand."""

from __future__ import annotations

import sqlite3
import threading
from typing import Literal

Durability = Literal["full", "normal"]


class Database:
    """A connection for each thread."""

    def __init__(self, path: str, durability: Durability) -> None:
        self.path = path
        self.durability = durability
        self.local = threading.local()

    def connection(self) -> sqlite3.Connection:
        try:
            found: sqlite3.Connection = self.local.connection
            return found
        except AttributeError:
            connection = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
            for pragma in ("journal_mode = WAL", "foreign_keys = ON", f"synchronous = {self.durability}"):
                connection.execute(f"PRAGMA {pragma}")
            self.local.connection = connection
            return connection

    def close(self) -> None:
        """Closes this thread's connection."""
        self.connection().close()
        del self.local.connection
