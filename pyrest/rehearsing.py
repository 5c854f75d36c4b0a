"""Rehearsals: what a write would do to all rows, found out by doing it and taking it back.

A row is shown as the list of the first endpoint of its model shows it, which is what anybody may expand; where there is none, or where the
row does not stand in it, nothing but its key is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from pyrest.datastores.undoing import taken_back
from pyrest.expandable import Target, Targets
from pyrest.linking import both
from pyrest.models.model import Model, declaration
from pyrest.plan import OneOf, Read
from pyrest.serializers.fields import Call, Place
from pyrest.store import Store

MAX_CHANGES = 1000

T = TypeVar("T")
Object: TypeAlias = dict[str, Any]
Keys: TypeAlias = Mapping[type[Model], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A row at one time: all of its values, and as a client may see it, which is an empty object where he may not."""

    values: tuple[Any, ...]
    shown: Object


State: TypeAlias = dict[type[Model], dict[Any, Seen]]


@dataclass(frozen=True, slots=True)
class Rehearsed(Generic[T]):
    """What a write gave, and the changes it would make: table, key, and the row before and after, null where it is not there.

    Targets of foreign keys stand before what points at them, rows of one table in the order of their keys. `more`: these are only those of
    the `MAX_CHANGES` rows that were written first.
    """

    result: T
    changes: list[Object]
    more: bool


class Rehearsals:
    """Tries writes on a store. `place_of` says where the rows of an endpoint are, by its name."""

    def __init__(self, store: Store, targets: Targets, place_of: Callable[[str], Place]) -> None:
        self._store = store
        self._targets = targets
        self._place_of = place_of

    def rehearse(self, write: Callable[[], T]) -> Rehearsed[T]:
        """Raises what the write raises."""
        with taken_back(self._store.transaction):
            with self._store.rehearsal() as touched:
                result = write()
                rows = touched(MAX_CHANGES + 1)
                keys = self._by_model(rows[:MAX_CHANGES])
                after = self._state(keys)
            before = self._state(keys)
        changes = [change for model in keys for change in _changes(model, keys[model], before[model], after[model])]
        return Rehearsed(result, changes, len(rows) > MAX_CHANGES)

    def _by_model(self, rows: Iterable[tuple[type[Model], Any]]) -> Keys:
        found: dict[type[Model], list[Any]] = {}
        for model, key in rows:
            found.setdefault(model, []).append(key)
        return {model: tuple(sorted(found[model], key=_by_kind)) for model in self._store.catalog.models if model in found}

    def _state(self, keys: Keys) -> State:
        return {model: self._rows(model, named) for model, named in keys.items()}

    def _rows(self, model: type[Model], keys: tuple[Any, ...]) -> dict[Any, Seen]:
        declared = declaration(model)
        where = OneOf(declared.key.name, keys)
        rows = self._store.read(Read(model, tuple(declared.fields), where)).rows
        target = self._targets.by_model.get(model)
        shown = {} if target is None else self._shown(target, where)
        place = declared.key.index_in_row
        return {row[place]: Seen(row, shown.get(row[place], {})) for row in rows}

    def _shown(self, target: Target, where: OneOf) -> dict[Any, Object]:
        found, place = target.shown, self._place_of(target.endpoint.name)
        rows = self._store.read(Read(target.endpoint.model, (where.field, *found.columns), both(target.where, where))).rows
        fetched = found.fetched(self._store, [row[1:] for row in rows])
        return dict(zip((row[0] for row in rows), found.dump(Call(self._store, place), fetched), strict=True))


def _by_kind(key: Any) -> tuple[str, Any]:
    return type(key).__name__, key  # in tables of others, keys of one table may be of several types


def _changes(model: type[Model], keys: Iterable[Any], before: Mapping[Any, Seen], after: Mapping[Any, Seen]) -> Iterable[Object]:
    declared = declaration(model)
    for key in keys:
        old, new = before.get(key), after.get(key)
        if (old and old.values) != (new and new.values):
            yield {
                "table": declared.table,
                "key": declared.key.dump(key),
                "before": old and old.shown,
                "after": new and new.shown,
            }
