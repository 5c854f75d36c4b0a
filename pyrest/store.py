"""A store as users know it: it answers in QuerySets."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from pyrest.datastores.protocol import DataStore
from pyrest.models.model import Model
from pyrest.queryset import QuerySet

M = TypeVar("M", bound=Model)


class Store(DataStore, Protocol):
    """A store that answers in QuerySets: `store[Album].filter(…)`."""

    def __getitem__(self, model: type[M]) -> QuerySet[M]: ...


class Queried:
    """The part of a store that gives QuerySets."""

    routes: Any = None

    def __getitem__(self: DataStore, model: type[M]) -> QuerySet[M]:
        return QuerySet(model).on(self)
