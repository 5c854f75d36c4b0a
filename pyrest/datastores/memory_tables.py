"""Rows in dictionaries that keep what tables keep: keys, uniqueness, foreign keys. Every change can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from pyrest.datastores.meaning import frozen
from pyrest.errors import ReferenceViolated, StillReferenced, UniqueViolated, ValidationError
from pyrest.models.catalog import Catalog
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Relation
from pyrest.models.fields import Field
from pyrest.models.model import Model, declaration

Row = tuple[Any, ...]
Rows = dict[Any, Row]


class MemoryTables:
    """The rows of each model by their keys, JSON in them frozen.

    `undo` takes the changes back, the last one first. `touched` are the models whose rows were written, and `noted` the keys of these rows,
    where somebody wants to know them. A change that is refused may be half done: whoever asks for it takes it back.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.rows: dict[type[Model], Rows] = {}
        self.undo: list[Callable[[], object]] = []
        self.touched: set[type[Model]] = set()
        self.noted: dict[tuple[type[Model], Any], None] | None = None
        self._last_keys: dict[type[Model], int] = {}
        self.adopt(catalog)

    def adopt(self, catalog: Catalog) -> None:
        self.catalog = catalog
        for model in catalog.models:
            self.rows.setdefault(model, {})

    def insert(self, model: type[Model], rows: list[dict[str, Any]]) -> list[Any]:
        """Puts rows in, which are values by the names of fields; returns their keys."""
        declared = self.catalog.declared(model)
        keys = []
        self._give_keys(declared, rows)
        for given in rows:
            key = given[declared.key.name]
            row = tuple(frozen(field, given.get(name)) for name, field in declared.fields.items())
            if key in self.rows[model]:
                raise UniqueViolated((declared.key.name,))
            self._check(declared, row, None)
            self._put(model, key, row)
            keys.append(key)
        self._check_references(model, keys)
        return keys

    def update(self, model: type[Model], rows: list[Row], values: Mapping[str, Any]) -> None:
        """Changes rows that are there to these values, by the names of fields."""
        declared = self.catalog.declared(model)
        changes = {declared.fields[name].index_in_row: frozen(declared.fields[name], value) for name, value in values.items()}
        for old in rows:
            row = tuple(changes.get(i, value) for i, value in enumerate(old))
            self._check(declared, row, row[declared.key.index_in_row])
            self._put(model, row[declared.key.index_in_row], row)
        self._check_references(model, [row[declared.key.index_in_row] for row in rows])
        for relation in self.catalog.reverse[model]:
            place = relation.target_field.index_in_row
            if place in changes and self._dangles(relation, {row[place] for row in rows}):
                raise StillReferenced(declared.table, (declaration(relation.model).table,))

    def delete(self, model: type[Model], rows: list[Row]) -> None:
        """Takes rows away, and does to others what `on_delete` says."""
        gone = self._remove(model, rows)
        # As in SQL, what matters is the state when the statement ends.
        used = {
            declaration(relation.model).table: None
            for model, row in gone
            for relation in self.catalog.reverse[model]
            if self._dangles(relation, {row[relation.target_field.index_in_row]})
        }
        if used:
            raise StillReferenced(declaration(model).table, tuple(used))

    def _remove(self, model: type[Model], rows: Iterable[Row]) -> list[tuple[type[Model], Row]]:
        """Takes rows away and does to others what `on_delete` says; returns the rows whose values are gone."""
        gone = []
        waiting = [(model, row) for row in rows]
        while waiting:
            model, row = waiting.pop()
            key = row[declaration(model).key.index_in_row]
            if key not in self.rows[model]:
                continue
            self._put(model, key, None)
            gone.append((model, row))
            for relation in self.catalog.reverse[model]:
                pointing = self._pointing(relation, row[relation.target_field.index_in_row])
                if relation.field.on_delete == "cascade":
                    waiting += pointing
                elif relation.field.on_delete == "set_null":
                    self._set_null(relation, pointing)
                    gone += pointing
        return gone

    def _pointing(self, relation: Relation, value: Any) -> list[tuple[type[Model], Row]]:
        place = relation.field.index_in_row
        rows = self.rows[relation.model].values() if value is not None else ()
        return [(relation.model, row) for row in rows if row[place] == value]

    def _set_null(self, relation: Relation, rows: Iterable[tuple[type[Model], Row]]) -> None:
        key, place = declaration(relation.model).key.index_in_row, relation.field.index_in_row
        for _, row in rows:
            self._put(relation.model, row[key], (*row[:place], None, *row[place + 1 :]))

    def _put(self, model: type[Model], key: Any, row: Row | None) -> None:
        """Every change goes through here, and can be taken back."""
        rows = self.rows[model]
        self.touched.add(model)
        if self.noted is not None:
            self.noted.setdefault((model, key))
        old = rows.get(key)
        self.undo.append(lambda: rows.pop(key, None) if old is None else rows.__setitem__(key, old))
        if row is None:
            del rows[key]
        else:
            rows[key] = row

    def _give_keys(self, declared: Declaration, rows: Iterable[dict[str, Any]]) -> None:
        """Counts the keys on from the greatest that there ever was or that one of these rows brings."""
        name, model = declared.key.name, declared.model
        if not declared.key.generated:
            return
        last = self._last_keys.get(model, 0)
        self.undo.append(partial(self._last_keys.__setitem__, model, last))
        greatest = max([last, *(row[name] for row in rows if row.get(name) is not None)])
        for row in rows:
            if row.get(name) is None:
                greatest += 1
                row[name] = greatest
        self._last_keys[model] = greatest

    # What a table keeps.

    def _check(self, declared: Declaration, row: Row, key: Any) -> None:
        nulls = [n for n, f in declared.fields.items() if row[f.index_in_row] is None and not f.nullable]
        if nulls:
            raise ValidationError({name: ["This field may not be null."] for name in nulls})
        for group in declared.unique_sets:
            places = [declared.fields[name].index_in_row for name in group]
            mine = [row[p] for p in places]
            if None in mine:
                continue
            for other_key, other in self.rows[declared.model].items():
                if other_key != key and [other[p] for p in places] == mine:
                    raise UniqueViolated(group)

    def _check_references(self, model: type[Model], keys: Iterable[Any]) -> None:
        rows = [self.rows[model][key] for key in keys]
        for relation in self.catalog.forward[model].values():
            wanted = {row[relation.field.index_in_row] for row in rows} - {None}
            if wanted and not wanted <= self._values(relation.target, relation.target_field):
                raise ReferenceViolated("a foreign key points at a row that does not exist")

    def _dangles(self, relation: Relation, values: set[Any]) -> bool:
        """Whether something points at one of these values of a target, which may be gone."""
        missing = values - {None} - self._values(relation.target, relation.target_field)
        return bool(missing & self._values(relation.model, relation.field))

    def _values(self, model: type[Model], field: Field[Any]) -> set[Any]:
        return {row[field.index_in_row] for row in self.rows[model].values()}
