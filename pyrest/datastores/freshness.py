"""Whether what was read is still so: what one connection knows of everybody's commits, and the totals that it remembers by that.

The rule: what was read after a moment is still so while SQLite's `PRAGMA data_version` of the connection, looked at before that moment
and now, is the same, and the connection itself has written none of the tables since. Moments are numbers of this process, which all of its
threads count together. So a value that one connection read may be trusted by another one, whose own data_version stood still.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any, NamedTuple, TypeAlias

from pyrest.models.model import Model

TOTALS_KEPT = 512  # for each connection
PARAMETERS_KEPT = 200  # of one total: a client that sends long lists of values shall not fill the memory with them

Models: TypeAlias = Collection[type[Model]]

NEVER = sys.maxsize
_moments = count(1)


def now() -> int:
    """A moment: greater than all that were given out before."""
    return next(_moments)


class Freshness:
    """What one connection knows: since when no other one has committed, and when it last wrote rows of each model itself.

    `unsteady` are the models whose rows may change when nobody writes, such as a view that looks at the clock: they are never trusted.
    """

    def __init__(self) -> None:
        self.unsteady: frozenset[type[Model]] = frozenset()
        self._version: int | None = None
        self._quiet_since = NEVER
        self._written: dict[type[Model], int] = {}
        self._last_write = 0

    def look(self, version: int) -> bool:
        """Takes note of the connection's data_version; returns whether others have committed since the last look, or may have."""
        if version == self._version:
            return False
        self._version = version
        self._quiet_since = now()
        return True

    def wrote(self, models: Models) -> None:
        """Takes note of a commit of the connection's own, which changed rows of these models at most."""
        self._last_write = now()
        self._written.update(dict.fromkeys(models, self._last_write))

    def forget(self) -> None:
        """Trusts nothing any more: the connection is closed, and the versions of the next one have nothing to do with its own."""
        self._version = None
        self._quiet_since = NEVER

    def holds(self, since: int, models: Models) -> bool:
        """Whether what was read of these models after a moment was still so at the last look."""
        if since <= self._quiet_since or not self.unsteady.isdisjoint(models):
            return False
        return since > self._last_write or all(self._written.get(model, 0) < since for model in models)


class Total(NamedTuple):
    """A number of rows, counted after the moment `since`, and the models that it was counted by."""

    number: int
    since: int
    models: Models


class Totals:
    """The totals that one connection counted last, by the statements that counted them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Total] = OrderedDict()

    def get(self, text: str, parameters: Sequence[Any]) -> Total | None:
        key = _key(text, parameters)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, text: str, parameters: Sequence[Any], total: Total) -> None:
        if len(parameters) <= PARAMETERS_KEPT:
            self._kept[_key(text, parameters)] = total
        if len(self._kept) > TOTALS_KEPT:
            self._kept.popitem(last=False)


def models_in(plan: Any) -> Iterator[type[Model]]:
    """The models that a plan, or a part of one, names."""
    if isinstance(plan, type):
        if issubclass(plan, Model):
            yield plan
    elif isinstance(plan, tuple):
        for part in plan:
            yield from models_in(part)
    elif is_dataclass(plan):
        for field in fields(plan):
            yield from models_in(getattr(plan, field.name))


def _key(text: str, parameters: Iterable[Any]) -> Any:
    # To Python 1, 1.0 and True are one key; to SQLite a text may equal one of them and not the other.
    return text, tuple(parameters), tuple(map(type, parameters))
