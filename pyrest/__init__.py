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
from pyrest.q import Q
from pyrest.queryset import QuerySet
from pyrest.store import Store
from pyrest.web import Wrapper

# isort: split
# A package stands behind its modules: querysets, which serializers use, import from that of the stores, which has to be whole by then.
from pyrest import serializers

__all__ = [
    "Busy", "Change", "Conflict", "Endpoint", "MemoryDataStore", "Misdeclared", "MultipleFound", "NotFound", "PyrestError",
    "Q", "QuerySet", "SQLiteDataStore", "StillReferenced", "Store", "StoreUnusable", "UniqueViolated", "UnknownName", "ValidationError",
    "Wrapper", "models", "serializers",
]  # fmt: skip

__version__ = "0.1.0"
