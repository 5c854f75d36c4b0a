"""Changing several rows one by one when they pass unique values on to each other.

A store looks at what is unique row by row, so the row that has a value gives it up before another takes it; where values go round
in a circle, one row is parked on a value of its own first.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from pyrest.errors import Invalid, UniqueViolated
from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field
from pyrest.models.model import Model
from pyrest.plan import Compare, Order, Read, Update
from pyrest.store import Store

Group = tuple[str, ...]
PARKED_LENGTH = 12

STEPS: Mapping[str, Any] = {
    "integer": 1,
    "float": 1.0,
    "decimal": Decimal(1),
    "date": timedelta(days=1),
    "datetime": timedelta(microseconds=1),
    "timestamp": timedelta(seconds=1),
}
"""How far beyond the last value there is one that no row has."""


def update_rows(store: Store, declared: Declaration, changes: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
    """Changes each row by its values, in an order in which unique values are free when they are taken. What a row has already is not
    written. Raises `UniqueViolated`, and what the store raises."""
    moves = Moves(store, declared, changes)
    for first in list(moves.waiting):
        chain = {first: None} if first in moves.waiting else {}
        while chain:
            last = next(reversed(chain))
            found = moves.holder(last)
            if found is None:
                moves.write(last)
                del chain[last]
            elif found[0] in chain:
                moves.park(*found)
            else:
                chain[found[0]] = None


class Moves:
    """Rows that wait to be changed, by their keys: what each shall have, and what it has now."""

    def __init__(self, store: Store, declared: Declaration, changes: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
        self._store = store
        self._declared = declared
        self.waiting: dict[Any, dict[str, Any]] = {}
        self._now: dict[Any, dict[str, Any]] = {}
        for row, values in changes:
            self._now.setdefault(row.pk, dict(zip(declared.fields, row._values, strict=True)))
            self.waiting.setdefault(row.pk, {}).update(self._new(row.pk, values))
        self._holders = {group: {self._held(key, group): key for key in self.waiting} for group in declared.unique_sets}

    def holder(self, key: Any) -> tuple[Any, Group] | None:
        """The row that waits as well and has what this one shall have, and the unique fields in question."""
        values = self.waiting[key]
        for group, held in self._holders.items():
            wanted = self._held(key, group, values) if any(name in values for name in group) else (None,)
            other = None if None in wanted else held.get(wanted)
            if other != key and other in self.waiting:
                return other, group
        return None

    def write(self, key: Any) -> None:
        """Gives a row what it shall have."""
        values = self.waiting.pop(key)
        if values:
            self._store[self._declared.model].filter(pk=key).update(**values)
        self._gives_up(key, values)

    def park(self, key: Any, group: Group) -> None:
        """Puts a row on a value that no other has. Raises `UniqueViolated` where there is none to be had."""
        for field in (self._declared.fields[name] for name in group):
            value = None if field.nullable else _unused(self._store, self._declared, field)
            if value is not None or field.nullable:
                self._store.update(Update(self._declared.model, ((field.name, value),), Compare(self._declared.key.name, "=", key)))
                self._gives_up(key, (field.name,))
                self.waiting[key].setdefault(field.name, self._now[key][field.name])
                self._now[key][field.name] = value
                return
        raise UniqueViolated(group)

    def _new(self, key: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        now, fields = self._now[key], self._declared.fields
        return {
            name: value
            for name, value in values.items()
            # 1, 1.0 and true are equal in Python, and not in JSON.
            if name not in fields or fields[name].family == "json" or _plain(value) != now[name]
        }

    def _held(self, key: Any, group: Group, values: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        found = self._now[key] if values is None else {**self._now[key], **values}
        return tuple(_plain(found[name]) for name in group)

    def _gives_up(self, key: Any, names: Iterable[str]) -> None:
        for group, held in self._holders.items():
            place = self._held(key, group)
            if held.get(place) == key and not set(group).isdisjoint(names):
                del held[place]


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _unused(store: Store, declared: Declaration, field: Field[Any]) -> Any:
    """A value of a field that no row has; None where there is none to be had."""
    if field.foreign is not None or field.choices is not None:
        return None
    if field.family in ("string", "uuid"):
        return uuid4() if field.family == "uuid" else _unused_text(field)
    for descending in (True, False):
        rows = store.read(Read(declared.model, (field.name,), order=(Order(field.name, descending),), limit=1)).rows
        try:
            step = STEPS[field.family]
            return field.coerce(rows[0][0] + step if descending else rows[0][0] - step)
        except (Invalid, KeyError, OverflowError, TypeError):
            continue
    return None


def _unused_text(field: Any) -> str:
    length = max(PARKED_LENGTH, getattr(field, "min_length", None) or 0)
    return secrets.token_hex(length)[: getattr(field, "max_length", None) or length]
