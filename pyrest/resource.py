"""The resource: the verbs of one endpoint, one transaction each. It answers in values; status codes are the business of `web/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pyrest.datastores.fetch import missing
from pyrest.endpoint import Change, Endpoint, shown_names
from pyrest.errors import NON_FIELD_ERRORS, Invalid, NotFound, UniqueViolated, ValidationError
from pyrest.links import addressable, row_path
from pyrest.lookups import both, ordering
from pyrest.models.fields import Field
from pyrest.models.model import Model, row_of
from pyrest.plan import EVERYTHING, Compare, Delete, Insert, Not, Read, Update, Where
from pyrest.query import Paging, Pairs, neighbours, question
from pyrest.queryset import QuerySet, Store
from pyrest.serializers.serializer import Loaded, Serializer
from pyrest.surface import surface

Values = dict[str, Any]


class Page(NamedTuple):
    """A list: `meta` and `object_list` as the wire has them, and the references to the pages beside it."""

    meta: Values
    object_list: list[Values]
    next: str | None
    previous: str | None


class Created(NamedTuple):
    """The path of a new row, and its representation where it was asked for."""

    path: str
    shown: Values | None


class Resource:
    """One endpoint over one store, with everything computed that depends on declarations alone.

    `collection` is always the path of the list, which links begin with; `text` is the last part of a row's path.
    """

    def __init__(self, endpoint: Endpoint, store: Store) -> None:
        declared = store.catalog.declared(endpoint.model)
        queryset = QuerySet(endpoint.model) if endpoint.queryset is None else endpoint.queryset
        owner = type(endpoint).__name__
        self.endpoint = endpoint
        self.name = endpoint.name
        self.store = store
        self.serializer = Serializer(declared, shown_names(endpoint), store.catalog.forward[endpoint.model], endpoint.lookup_field)
        readable = [name for name, field in self.serializer.fields.items() if not field.write_only]
        self.surface = surface(declared, readable, endpoint.filter_fields, endpoint.ordering_fields, owner)
        self._declared = declared
        self._model: type[Model] = endpoint.model
        self._lookup: Field[Any] = declared.fields[endpoint.lookup_field]
        self._every_column = tuple(declared.fields)
        self._narrowed = queryset.where
        self._order = ordering(declared, declared.ordering) if queryset.order is None else queryset.order
        self._paging = Paging(endpoint.page_size if endpoint.pagination else None, endpoint.max_page_size)
        self._hooked = any(getattr(type(endpoint), hook) is not getattr(Endpoint, hook) for hook in ("before_write", "after_write"))

    # Reading.

    def list(self, pairs: Pairs, collection: str) -> Page:
        """Raises `UnknownName` and `BadParameter` for what the query string asks in vain."""
        asked = question(pairs, self.surface, self._paging)
        order = self._order if asked.order is None else asked.order
        where = both(self._narrowed, asked.where)
        plan = Read(self._model, self.serializer.columns, where, order, asked.size, asked.offset, total=True)
        rows, total = self.store.read(plan)
        objects = self.serializer.dump(rows, collection)
        following, previous = neighbours(asked, total or 0)
        meta = {
            "count": len(objects) if asked.size is None else asked.size,
            "filters": asked.filters,
            "next": following or "null",
            "offset": asked.offset,
            "previous": previous or "null",
            "total_count": total,
        }
        return Page(meta, objects, following, previous)

    def detail(self, text: str, collection: str) -> Values:
        """Raises `NotFound`."""
        return self._shown(self._address(text), collection)

    # Writing.

    def create(self, body: Mapping[str, object], collection: str, shown: bool) -> Created:
        """Raises `ValidationError` for a body with faults, `Conflict` for what the store refuses. With `shown`, reads the row back."""
        with self.store.transaction():
            loaded = self._checked(self.serializer.load(body, "create", {}, ""))
            values = {n: loaded.values[n] if n in loaded.values else f.initial() for n, f in self._declared.fields.items()}
            change = self._before("create", None, values)
            values = values if change is None else change.data
            row = tuple(values.get(name) for name in self._every_column)
            try:
                (key,) = self.store.insert(Insert(self._model, self._every_column, (row,)))
            except UniqueViolated as refusal:
                raise self._not_unique(values, None, refusal) from refusal
            values[self._declared.key.name] = key
            self._keep_inside(key)
            self._after(change)
            path = row_path(collection, self._lookup.dump(values[self._lookup.name]))
            return Created(path, self._shown(Compare(self._declared.key.name, "=", key), collection) if shown else None)

    def write(self, text: str, body: Mapping[str, object], collection: str, mode: Literal["replace", "patch"]) -> Values:
        """Replaces or patches a row and returns it as it is then. Raises `NotFound`, `ValidationError`, `Conflict`."""
        with self.store.transaction():
            old = self._row(self._address(text))
            row = dict(zip(self._every_column, old, strict=True))
            path = row_path(collection, self._lookup.dump(row[self._lookup.name]))
            values = self._checked(self.serializer.load(body, mode, row, path)).values
            change = self._before("update", old, values)
            values = values if change is None else change.data
            key = row[self._declared.key.name]
            where = Compare(self._declared.key.name, "=", key)
            try:
                if values:
                    self.store.update(Update(self._model, tuple(values.items()), where))
            except UniqueViolated as refusal:
                raise self._not_unique(row | values, key, refusal) from refusal
            self._keep_inside(key)
            self._after(change)
            return self._shown(where, collection)

    def delete(self, text: str) -> None:
        """Raises `NotFound`, and `StillReferenced` while other rows depend on it."""
        where = self._address(text)
        with self.store.transaction():
            change = self._before("delete", self._row(where), {}) if self._hooked else None
            if not self.store.delete(Delete(self._model, where)):
                raise self._not_found()
            self._after(change)

    # Steps.

    def _address(self, text: str) -> Where:
        """The condition for the row that a path names. Raises `NotFound` for a text that can name none."""
        try:
            value = self._lookup.parse(text)
        except Invalid:
            raise self._not_found() from None
        if self._lookup.family == "integer" and str(value) != text:  # one address per row: /users/01/ is not /users/1/
            raise self._not_found()
        return both(self._narrowed, Compare(self._lookup.name, "=", value))

    def _shown(self, where: Where, collection: str) -> Values:
        objects = self.serializer.dump(self.store.read(Read(self._model, self.serializer.columns, where)).rows, collection)
        if not objects:
            raise self._not_found()
        return objects[0]

    def _row(self, where: Where) -> tuple[Any, ...]:
        rows = self.store.read(Read(self._model, self._every_column, where)).rows
        if not rows:
            raise self._not_found()
        return rows[0]

    def _not_found(self) -> NotFound:
        return NotFound(f"there is no such row in {self.name}")

    def _checked(self, loaded: Loaded) -> Loaded:
        """Sees whether the rows that a body refers to exist, and refuses the body for all of its faults together."""
        loaded.refuse(missing(self.store, loaded.refs.values()), self._declared.fields)
        self._refuse_unaddressable(loaded.values)
        return loaded

    def _refuse_unaddressable(self, values: Mapping[str, Any]) -> None:
        value = values.get(self._lookup.name)
        if isinstance(value, str) and not addressable(value):
            message = "It is a part of the row's address: it cannot be empty, . or .. and cannot hold a /"
            raise ValidationError({self._lookup.name: [message]})

    def _keep_inside(self, key: Any) -> None:
        """Refuses a row that the endpoint's queryset would not show."""
        if self._narrowed == EVERYTHING:
            return
        name = self._declared.key.name
        if not self.store.read(Read(self._model, (name,), both(self._narrowed, Compare(name, "=", key)))).rows:
            raise ValidationError({NON_FIELD_ERRORS: [f"With these values it would be no row of {self.name}."]})

    def _not_unique(self, values: Mapping[str, Any], key: Any, refusal: UniqueViolated) -> Exception:
        """All that is not unique among these values of a row, each under its field; the refusal itself where nothing declared is."""
        errors: dict[str, list[str]] = {}
        for group in self._declared.unique_sets:
            if not self._is_taken(group, values, key):
                continue
            if len(group) == 1:
                errors[group[0]] = ["This field must be unique."]
            else:
                errors.setdefault(NON_FIELD_ERRORS, []).append(f"The fields {', '.join(group)} must make a unique set.")
        return ValidationError(errors) if errors else refusal

    def _is_taken(self, group: tuple[str, ...], values: Mapping[str, Any], key: Any) -> bool:
        if any(values.get(name) is None for name in group):
            return False
        name = self._declared.key.name
        others = EVERYTHING if key is None else Not(Compare(name, "=", key))
        where = both(*(Compare(n, "=", values[n]) for n in group), others)
        return bool(self.store.read(Read(self._model, (name,), where, limit=1)).rows)

    def _before(self, action: Literal["create", "update", "delete"], old: tuple[Any, ...] | None, values: Values) -> Change | None:
        if not self._hooked:
            return None
        change = Change(action, None if old is None else row_of(self._model, old), values, self.store)
        self.endpoint.before_write(change)
        return change

    def _after(self, change: Change | None) -> None:
        if change is not None:
            self.endpoint.after_write(change)
