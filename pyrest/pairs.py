"""The pairs of a many-to-many relation: rows of the table between, written and taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

from pyrest.datastores.protocol import DataStore
from pyrest.errors import Invalid, ValidationError
from pyrest.linking import both
from pyrest.models.fields.related import pointing
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration
from pyrest.plan import EVERYTHING, Compare, Delete, Insert, IsNull, Linked, Not, OneOf, Read, Ref, Where
from pyrest.references import missing
from pyrest.values import whole_row


@dataclass(frozen=True, slots=True)
class Pairs:
    """What joins the rows of these keys. The rows to join are given by themselves or by their keys.

    Raises `ValidationError` for what is neither and for a key that no row has, `ReferenceViolated` where a row of ours is gone.
    """

    store: DataStore
    join: Join
    keys: tuple[Any, ...]

    def add(self, rows: Iterable[Any]) -> None:
        add_pairs(self.store, self.join, product(self.keys, self._far(rows)))

    def remove(self, rows: Iterable[Any]) -> None:
        self._delete(OneOf(self.join.far.name, self._far(rows)))

    def set(self, rows: Iterable[Any]) -> None:
        keys = self._far(rows)
        with self.store.transaction():
            self._delete(Not(OneOf(self.join.far.name, keys)))
            self.add(keys)

    def clear(self) -> None:
        self._delete(EVERYTHING)

    def targets(self) -> Linked:
        """The condition that the rows meet which are joined with these."""
        return Linked(declaration(self.join.target).key.name, self.join.through, self.join.far.name, self._near())

    def _near(self) -> Where:
        near = self.join.near.name
        return Compare(near, "=", self.keys[0]) if len(self.keys) == 1 else OneOf(near, self.keys)

    def _delete(self, where: Where) -> None:
        # A row of a table between that is not ours may point at one side only. It joins nothing.
        self.store.delete(Delete(self.join.through, both(self._near(), Not(IsNull(self.join.far.name)), where)))

    def _far(self, rows: Iterable[Any]) -> tuple[Any, ...]:
        return keys_of(self.join.name, self.join.target, rows)


def add_pairs(store: DataStore, join: Join, pairs: Iterable[tuple[Any, Any]]) -> None:
    """Joins rows by their keys, the near one and the far one. What is joined already stays so. Raises as `Pairs` does."""
    wanted = dict.fromkeys(pairs)
    near, far, through = join.near.name, join.far.name, join.through
    columns = tuple(declaration(through).fields)
    among = both(OneOf(near, tuple({key: None for key, _ in wanted})), OneOf(far, tuple({key: None for _, key in wanted})))
    with store.transaction():
        there = set(store.read(Read(through, (near, far), among)).rows) if wanted else set()
        new = [pair for pair in wanted if pair not in there]
        refuse_missing(store, join.name, join.target, (key for _, key in new))
        if new:
            rows = tuple(whole_row(declaration(through), {near: ours, far: theirs}) for ours, theirs in new)
            store.insert(Insert(through, columns, rows))


def keys_of(name: str, model: type[Model], rows: Iterable[Any]) -> tuple[Any, ...]:
    """The keys of rows of a model that are given by themselves or by their keys, each once. Raises `ValidationError`."""
    key = declaration(model).key
    try:
        return tuple(dict.fromkeys(key.plain(pointing(key, row)) for row in rows))
    except Invalid as refusal:
        raise ValidationError({name: [str(refusal)]}) from refusal


def refuse_missing(store: DataStore, name: str, model: type[Model], keys: Iterable[Any]) -> None:
    """Raises `ValidationError` where no row has one of these keys. One statement, however many they are."""
    key = declaration(model).key
    refs = [Ref(model, key.name, value) for value in dict.fromkeys(keys)]
    gone = missing(store, refs)
    if gone:
        messages = [f'Invalid pk "{key.dump(ref.value)}" - object does not exist.' for ref in refs if ref in gone]
        raise ValidationError({name: messages})
