"""pyrest: a lightweight REST server on Flask with a SQLite datastore."""

from pyrest import models
from pyrest.datastores import MemoryDataStore, SQLiteDataStore
from pyrest.endpoint import Change, Endpoint
from pyrest.errors import (
    Busy,
    Conflict,
    Misdeclared,
    MultipleFound,
    NotFound,
    PyrestError,
    StillReferenced,
    StoreUnusable,
    UniqueViolated,
    UnknownName,
    ValidationError,
)
from pyrest.queryset import QuerySet
from pyrest.web import Wrapper

__all__ = [
    "Busy", "Change", "Conflict", "Endpoint", "MemoryDataStore", "Misdeclared", "MultipleFound", "NotFound", "PyrestError",
    "QuerySet", "SQLiteDataStore", "StillReferenced", "StoreUnusable", "UniqueViolated", "UnknownName", "ValidationError",
    "Wrapper", "models",
]  # fmt: skip

__version__ = "0.1.0"
