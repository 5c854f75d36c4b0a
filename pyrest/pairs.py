"""The pairs of a many-to-many relation that belong to one row: rows of the table between, written and taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyrest.datastores.protocol import DataStore
from pyrest.errors import Invalid, ValidationError
from pyrest.lookups import both
from pyrest.models.joins import Join
from pyrest.models.model import declaration
from pyrest.plan import EVERYTHING, Compare, Delete, Insert, IsNull, Linked, Not, OneOf, Read, Where
from pyrest.values import whole_row


@dataclass(frozen=True, slots=True)
class Pairs:
    """What joins the row of this key. The rows to join are given by themselves or by their keys.

    Raises `ValidationError` for what is neither, `ReferenceViolated` for a key that no row has.
    """

    store: DataStore
    join: Join
    key: Any

    def add(self, rows: Iterable[Any]) -> None:
        wanted = dict.fromkeys(self._keys(rows))
        near, far, through = self.join.near.name, self.join.far.name, self.join.through
        declared = declaration(through)
        with self.store.transaction():
            there = {key for (key,) in self.store.read(Read(through, (far,), self._mine(OneOf(far, tuple(wanted))))).rows}
            new = tuple(whole_row(declared, {near: self.key, far: key}) for key in wanted if key not in there)
            if new:
                self.store.insert(Insert(through, tuple(declared.fields), new))

    def remove(self, rows: Iterable[Any]) -> None:
        self._delete(OneOf(self.join.far.name, self._keys(rows)))

    def set(self, rows: Iterable[Any]) -> None:
        keys = self._keys(rows)
        with self.store.transaction():
            self._delete(Not(OneOf(self.join.far.name, keys)))
            self.add(keys)

    def clear(self) -> None:
        self._delete(EVERYTHING)

    def targets(self) -> Linked:
        """The condition that the rows meet which are joined with this one."""
        return Linked(declaration(self.join.target).key.name, self.join.through, self.join.far.name, self._near())

    def _near(self) -> Compare:
        return Compare(self.join.near.name, "=", self.key)

    def _mine(self, where: Where) -> Where:
        # A row of a table between that is not ours may point at one side only. It joins nothing.
        return both(self._near(), Not(IsNull(self.join.far.name)), where)

    def _delete(self, where: Where) -> None:
        self.store.delete(Delete(self.join.through, self._mine(where)))

    def _keys(self, rows: Iterable[Any]) -> tuple[Any, ...]:
        try:
            return tuple(self._key_of(row) for row in rows)
        except Invalid as refusal:
            raise ValidationError({self.join.name: [str(refusal)]}) from refusal

    def _key_of(self, row: Any) -> Any:
        if type(row) is not self.join.target:
            return self.join.far.plain(row)
        if row.pk is None:
            raise Invalid("This row is not stored, so nothing can be joined with it.")
        return row.pk
