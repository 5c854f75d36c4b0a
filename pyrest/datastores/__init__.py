"""Stores: what executes plans."""

from pyrest.datastores.memory import MemoryDataStore
from pyrest.datastores.protocol import DataStore
from pyrest.datastores.sqlite import SQLiteDataStore

__all__ = ["DataStore", "MemoryDataStore", "SQLiteDataStore"]
