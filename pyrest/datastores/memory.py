"""The memory store: every plan in its plainest meaning, on rows in dictionaries. The users' test double, and what SQLite is held to."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from typing import Any

from pyrest.datastores.aggregating import aggregated, field_of, part_of, values_of
from pyrest.datastores.freshness import Freshness
from pyrest.datastores.meaning import behind, in_order, meets, thawed
from pyrest.datastores.memory_tables import MemoryTables, Row, Rows
from pyrest.datastores.protocol import Result, Touched
from pyrest.datastores.replies import KEPT_SECONDS, Reply
from pyrest.datastores.undoing import taken_back
from pyrest.datastores.watching import Executed, Watch
from pyrest.errors import StoreUnusable
from pyrest.models.catalog import Catalog, resolve
from pyrest.models.declaration import Declaration
from pyrest.models.model import Model, declaration
from pyrest.orders import total_order
from pyrest.plan import Aggregate, And, Delete, Embed, Firsts, Insert, Linked, Not, OneOf, Or, Order, Read, Step, Update, Value, Where
from pyrest.store import Queried


class MemoryDataStore(Queried):
    """Rows in the memory of one process. It keeps what the SQLite store keeps: keys, uniqueness, foreign keys, transactions."""

    location = "memory"
    shared = False

    def __init__(self, *, models: Iterable[type[Model]] = ()) -> None:
        self._tables = MemoryTables(resolve(models))
        self._pinned = threading.local()
        self._lock = threading.RLock()
        self._freshness = Freshness()
        self._freshness.look(0)
        self._replies: dict[tuple[str, str], tuple[Reply, float]] = {}
        self._depth = 0
        self.secret = secrets.token_bytes(32)

    @property
    def catalog(self) -> Catalog:
        return self._tables.catalog

    def adopt(self, models: Iterable[type[Model]]) -> Catalog:
        with self._lock:
            self._tables.adopt(resolve((*self.catalog.models, *models)))
            return self.catalog

    def index_texts(self, texts: Mapping[type[Model], Sequence[str]]) -> None:
        pass  # a search looks at all texts

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            mark = len(self._tables.undo)
            self._depth += 1
            try:
                yield
            except BaseException:
                while len(self._tables.undo) > mark:
                    self._tables.undo.pop()()
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._tables.undo.clear()
                    self._settle()

    @contextmanager
    def rehearsal(self) -> Iterator[Touched]:
        with taken_back(self.transaction):
            noted: dict[tuple[type[Model], Any], None] = {}
            outer, self._tables.noted = self._tables.noted, noted
            try:
                yield lambda limit: list(islice(noted, limit))
            finally:
                self._tables.noted = outer

    @property
    def rehearsing(self) -> bool:
        with self._lock:
            return self._tables.noted is not None

    def kept_reply(self, user: str, key: str) -> Reply | None:
        with self._lock:
            reply, at = self._replies.get((user, key), (None, 0.0))
            return reply if at > time.time() - KEPT_SECONDS else None

    def keep_reply(self, user: str, key: str, reply: Reply) -> None:
        with self.transaction():
            before = self._replies
            self._tables.undo.append(lambda: setattr(self, "_replies", before))
            young = {name: kept for name, kept in before.items() if kept[1] > time.time() - KEPT_SECONDS}
            self._replies = young | {(user, key): (reply, time.time())}

    def _settle(self) -> None:
        if self._tables.touched:
            self._freshness.wrote(self._tables.touched)
            self._tables.touched.clear()

    # Reading.

    def snapshot(self) -> AbstractContextManager[None]:
        return self.transaction()

    def freshness(self) -> Freshness | None:
        with self._lock:
            return None if self._depth else self._freshness

    def pin(self) -> _Pin:
        with self._lock:
            return _Pin(self, {model: dict(rows) for model, rows in self._tables.rows.items()})

    @property
    def _rows(self) -> dict[type[Model], Rows]:
        """Those of now, unless this thread reads others."""
        pinned: dict[type[Model], Rows] | None = getattr(self._pinned, "rows", None)
        return self._tables.rows if pinned is None else pinned

    @contextmanager
    def reading(self, rows: dict[type[Model], Rows]) -> Iterator[None]:
        """Inside, this thread reads these rows."""
        own = getattr(self._pinned, "rows", None)
        self._pinned.rows = rows
        try:
            yield
        finally:
            self._pinned.rows = own

    def read(self, plan: Read) -> Result:
        with self._lock:
            rows = self._matching(plan.model, plan.where)
        total = len(rows) if plan.total_limit is None else min(len(rows), plan.total_limit)
        declared = declaration(plan.model)
        order = total_order(declared.key.name, plan.order)
        for one in reversed(order):
            self._ordered(rows, one, declared)
        places: Sequence[Row] = ()
        if plan.walk is not None:
            walked = [(row, at) for row, at in zip(rows, self._places(rows, order, declared), strict=True) if behind(at, plan.walk, order)]
            rows, places = [row for row, _ in walked], [at for _, at in walked]
        page = slice(plan.offset, None if plan.limit is None else plan.offset + plan.limit)
        shown = [(declared.fields[name].index_in_row, declared.fields[name].family == "json") for name in plan.columns]
        found = [tuple(thawed(row[i]) if is_json else row[i] for i, is_json in shown) for row in rows[page]]
        return Result(found, total if plan.total else None, places[page])

    def aggregate(self, plan: Aggregate) -> Result:
        with self._lock:
            rows = self._matching(plan.model, plan.where)
            columns = {value: self._column(rows, value, declaration(plan.model)) for value in values_of(plan)}
        return aggregated(plan, len(rows), columns)

    def scanned(self, plan: Read | Aggregate) -> Sequence[type[Model]]:
        return ()  # it has no plans: every read goes through all rows

    def watched(self) -> AbstractContextManager[Watch]:
        return nullcontext(Watch())

    def explained(self, statement: Executed) -> Sequence[str]:
        return ()

    def count(self, plan: Read) -> int:
        return len(self.read(plan).rows)

    def embed(self, plan: Embed) -> list[Row]:
        with self._lock:
            pairs = self.read(Read(plan.through, (plan.near, plan.far), OneOf(plan.near, plan.values))).rows
            rows = self.read(Read(plan.model, (plan.field, *plan.columns), order=plan.order)).rows
        near: dict[Any, list[Any]] = {}
        for value, far in dict.fromkeys(pairs):
            near.setdefault(far, []).append(value)
        return [(value, *row) for at, *row in rows for value in near.get(at, [])]

    def firsts(self, plan: Firsts) -> tuple[list[Any], list[Row]]:
        with self._lock:
            rows = self.read(Read(plan.model, (plan.field, *plan.columns), plan.where, plan.order)).rows
            joined = [] if plan.pairs is None else self.read(Read(plan.pairs.through, (plan.pairs.near, plan.pairs.far))).rows
        left = {value: len(rows) if plan.each is None else plan.each for value in plan.values}
        values: list[Any] = []
        found: list[Row] = []
        for at, *row in rows:
            for value in [at] if plan.pairs is None else [near for near, far in dict.fromkeys(joined) if far == at]:
                if left.get(value):
                    left[value] -= 1
                    values.append(value)
                    found.append(tuple(row))
        return values[: plan.limit], found[: plan.limit]

    def _matching(self, model: type[Model], where: Where) -> list[Row]:
        declared = self.catalog.declared(model)
        where = self._looked_up(where)
        return [row for row in self._rows[model].values() if meets(row, where, declared)]

    def _looked_up(self, where: Where) -> Where:
        """The condition with the values of linked rows in it, which are the same for every row."""
        match where:
            case Linked(field, model, column, inner):
                place = declaration(model).fields[column].index_in_row
                return OneOf(field, tuple({row[place]: None for row in self._matching(model, inner)}))
            case And(parts):
                return And(tuple(self._looked_up(part) for part in parts))
            case Or(parts):
                return Or(tuple(self._looked_up(part) for part in parts))
            case Not(part):
                return Not(self._looked_up(part))
        return where

    def _ordered(self, rows: list[Row], order: Order, declared: Declaration) -> None:
        """Sorts rows by one order, which leaves those alone that are equal in it."""
        keyed = {id(row): value for row, value in zip(rows, self._values_by(rows, order, declared), strict=True)}
        rows[:] = in_order(rows, lambda row: keyed[id(row)], order)

    def _places(self, rows: list[Row], order: Iterable[Order], declared: Declaration) -> list[Row]:
        """The values that rows have in the terms of an order."""
        return list(zip(*(self._values_by(rows, one, declared) for one in order), strict=True))

    def _values_by(self, rows: list[Row], order: Order, declared: Declaration) -> list[Any]:
        """The values that rows are ordered by."""
        far = declared if not order.steps else declaration(order.steps[-1].model)
        place = far.fields[order.field].index_in_row
        return [None if row is None else row[place] for row in self._stepped(rows, order.steps, declared)]

    def _stepped(self, rows: list[Row], steps: tuple[Step, ...], declared: Declaration) -> list[Row | None]:
        """The rows that steps lead to, place by place."""
        found: list[Row | None] = list(rows)
        for step in steps:
            near, far = declared.fields[step.near].index_in_row, declaration(step.model).fields[step.field].index_in_row
            by_value = {row[far]: row for row in self._rows[step.model].values()}
            found = [None if row is None or row[near] is None else by_value.get(row[near]) for row in found]
            declared = declaration(step.model)
        return found

    def _column(self, rows: list[Row], value: Value, declared: Declaration) -> list[Any]:
        """A value of each of the rows, place by place."""
        place = field_of(declared.model, value).index_in_row
        found = [None if row is None else row[place] for row in self._stepped(rows, value.steps, declared)]
        return [part_of(one, value.part) for one in found] if value.part else found

    # Writing.

    def insert(self, plan: Insert) -> list[Any]:
        rows = [dict(zip(plan.columns, values, strict=True)) for values in plan.rows]
        with self.transaction():
            return self._tables.insert(plan.model, rows)

    def update(self, plan: Update) -> int:
        with self.transaction():
            rows = self._matching(plan.model, plan.where)
            self._tables.update(plan.model, rows, dict(plan.values))
        return len(rows)

    def delete(self, plan: Delete) -> int:
        with self.transaction():
            rows = self._matching(plan.model, plan.where)
            self._tables.delete(plan.model, rows)
        return len(rows)


class _Pin:
    """The rows that there were once."""

    def __init__(self, store: MemoryDataStore, rows: dict[type[Model], Rows]) -> None:
        self._store = store
        self._rows = rows
        self._closed = False

    def inside(self) -> AbstractContextManager[None]:
        return self._store.reading(self._rows)

    def parts(self, plan: Read, size: int) -> Iterator[list[Row]]:
        with self.inside():
            found = self._store.read(plan).rows
        for start in range(0, len(found), size):
            if self._closed:
                raise StoreUnusable("this snapshot was closed")
            yield found[start : start + size]

    def close(self) -> None:
        self._closed = True
