"""The resource: the verbs of one endpoint, one transaction each. It answers in values; status codes are the business of `web/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from pyrest.endpoint import Change, Endpoint
from pyrest.errors import Invalid, NotFound, UniqueViolated, ValidationError
from pyrest.exporting import ROWS_AT_ONCE, Export
from pyrest.linking import both
from pyrest.links import addressable, row_path
from pyrest.lists import EVERYWHERE, Object, Page, RowList, Within
from pyrest.models.fields import Field
from pyrest.models.fields.options import UNSET
from pyrest.models.model import Model
from pyrest.paging import Pairs
from pyrest.plan import EVERYTHING, Compare, Delete, Insert, Not, Read, Update, Where
from pyrest.query import shape_alone
from pyrest.queryset import QuerySet, peers_of
from pyrest.references import holding
from pyrest.representing import Represented, written_by
from pyrest.serializers.fields import Place
from pyrest.serializers.hyperlinks import Routes
from pyrest.serializers.items import Item, Values, faults, given_names
from pyrest.serializers.saving import create_all, update_all
from pyrest.serializers.serializer import Serializer
from pyrest.serializers.uniqueness import check_unique
from pyrest.shaper import Shaper
from pyrest.shapes import Shaped
from pyrest.store import Store
from pyrest.surfaces import surface_of

Objects = list[Object]
Mode = Literal["replace", "patch"]


class Created(NamedTuple):
    """The key and the path of a new row, and its representation where it was asked for."""

    key: Any
    path: str
    shown: Object | None = None


class Guard(NamedTuple):
    """What a row has to pass before it is written: `check` raises, given how it is shown at `place`, or None where there is no row."""

    place: Place
    check: Callable[[Object | None], object]


class Creation(NamedTuple):
    """Where rows are created, and what is called with the key of each as soon as it is there."""

    resource: Resource
    within: Within = EVERYWHERE
    stored: Callable[[Any], object] | None = None


class Selection(NamedTuple):
    """Where rows are changed that are there: a resource, and the part of it."""

    resource: Resource
    within: Within = EVERYWHERE


class Resource:
    """One endpoint over one store, with everything computed that depends on declarations alone. `text` is the last part of a row's path.

    Raises `Misdeclared` where endpoint and serializers contradict each other.
    """

    def __init__(self, endpoint: Endpoint, store: Store, routes: Routes) -> None:
        declared = store.catalog.declared(endpoint.model)
        queryset = QuerySet(endpoint.model) if endpoint.queryset is None else endpoint.queryset
        owner = type(endpoint).__name__
        self.endpoint = endpoint
        self.name = endpoint.name
        self.store = store
        self.represented = Represented(endpoint, store, routes)
        self.surface = surface_of(self.represented.listed, endpoint, owner, store)
        self.key: Field[Any] = declared.key
        self._declared = declared
        self._model: type[Model] = endpoint.model
        self._lookup: Field[Any] = declared.fields[endpoint.lookup_field]
        self._every_column = tuple(declared.fields)
        self._columns = tuple(declared.fields.items())
        self._defaults = tuple((n, column) for n, column in self._columns if column.default is not UNSET and column.default is not None)
        self._narrowed = queryset.where
        self._is_narrowed = queryset.where != EVERYTHING
        self.shaper = Shaper(endpoint, store)
        self.rows = RowList(endpoint, store, self.represented, self.surface, self.shaper)
        self.hooked = any(getattr(type(endpoint), hook) is not getattr(Endpoint, hook) for hook in ("before_write", "after_write"))

    # Reading.

    def list(self, pairs: Pairs, place: Place, within: Within = EVERYWHERE) -> Page:
        """A page of the list. Raises `UnknownName` and `BadParameter` for what the query string asks in vain."""
        return self.rows.page(pairs, place, within)

    def export(self, pairs: Pairs, place: Place, within: Callable[[], Within] = lambda: EVERYWHERE) -> Export:
        """All rows of the list, from one snapshot, in which `within` is called too. Whoever asks for them closes it.

        Raises what `list` raises.
        """
        return self.rows.export(pairs, place, within)

    def detail(self, text: str, pairs: Pairs, place: Place, within: Within = EVERYWHERE) -> Object:
        """Raises `NotFound`, and `UnknownName` and `BadParameter` for what the query string asks in vain."""
        shape = shape_alone(pairs) if pairs else None
        return self._shown(self.address(text, within), place, shape)

    # Writing.

    @contextmanager
    def creating(self) -> Iterator[Creation]:
        """A transaction in which rows are created."""
        with self.store.transaction():
            yield Creation(self)

    def create(
        self,
        body: Mapping[str, object],
        place: Place,
        shown: bool,
        within: Within = EVERYWHERE,
        stored: Callable[[Any], object] | None = None,
    ) -> Created:
        """Raises `ValidationError` for a body with faults, `Conflict` for what the store refuses. With `shown`, reads the row back.

        `stored` is called with the key as soon as the row is there.
        """
        with self.store.transaction():
            item = Item("create", fixed=given_names(self.represented.written, within.given), given=dict(within.given))
            serializer = self._read(item, body, place)
            values: Object = item.values
            values.update(within.given)
            if not self.represented.creates:
                values = self.whole(values)
            change = self._before("create", None, values)
            values = values if change is None else change.data
            try:
                key = self._insert(values, serializer)
            except UniqueViolated as refusal:
                raise self.not_unique(item, values, refusal) from refusal
            values[self._declared.key.name] = key
            if stored is not None:
                stored(key)
            self.keep_inside(self.named(key))
            self._after(change)
            return Created(key, self.path_of(key, values, place), self._shown(self.named(key), place) if shown else None)

    def write(
        self, text: str, body: Mapping[str, object], place: Place, mode: Mode, within: Within = EVERYWHERE, guard: Guard | None = None
    ) -> Object:
        """Replaces or patches a row and returns it as it is then.

        Raises `NotFound`, `ValidationError`, `Conflict`, and what `guard` does.
        """
        with self.store.transaction():
            where = self.address(text, within)
            old = self.row(where)
            self.pass_guard(guard, where)
            self.change(old, body, place, mode, within)
            return self._shown(self.named(old.pk), place)

    def change(self, old: Model, body: Mapping[str, object], place: Place, mode: Mode, within: Within = EVERYWHERE) -> None:
        """Replaces or patches a row that was read in this transaction. Raises `ValidationError` and `Conflict`."""
        path = self.path_of_row(old, place)
        item = Item(mode, old, path, Values(old), fixed=given_names(self.represented.written, within.given), given=dict(within.given))
        serializer = self._read(item, body, place)
        change = self._before("update", old, item.values)
        values: Object = item.values if change is None else change.data
        try:
            self._update(old, values, serializer)
        except UniqueViolated as refusal:
            raise self.not_unique(item, values, refusal) from refusal
        self.keep_inside(self.named(old.pk))
        self._after(change)

    def delete(self, text: str, within: Within = EVERYWHERE, guard: Guard | None = None) -> None:
        """Raises `NotFound`, `StillReferenced` while other rows depend on it, and what `guard` does."""
        where = self.address(text, within)
        with self.store.transaction():
            self.pass_guard(guard, where)
            self.remove(where)

    def remove(self, where: Where) -> None:
        """Deletes the row that meets a condition. Whoever calls has opened the transaction. Raises as `delete` does."""
        change = self._before("delete", self.row(where), {}) if self.hooked else None
        if not self.store.delete(Delete(self._model, where)):
            raise self.not_found()
        self._after(change)

    def outside(self, where: Where) -> set[Any]:
        """The keys of those rows that meet a condition and are outside of the endpoint's queryset."""
        if not self._is_narrowed:
            return set()
        return {key for (key,) in self.store.read(Read(self._model, (self.key.name,), both(where, Not(self._narrowed)))).rows}

    @contextmanager
    def changing(self) -> Iterator[Selection]:
        """A transaction in which rows are changed that are there."""
        with self.store.transaction():
            yield Selection(self)

    @property
    def creates_plainly(self) -> bool:
        """Whether to create a row is to read a body by itself and to store the row's own fields."""
        represented = self.represented
        alone = not any(relation.target is self._model for relation in self.store.catalog.forward[self._model].values())
        plain = represented.reads_plainly and not represented.creates and not represented.written.writes_relations
        return alone and plain and not self.hooked and not self._is_narrowed

    def insert_all(self, rows: Sequence[Object]) -> Sequence[Any]:
        """Stores rows where `creates_plainly`, and returns their keys. What was not sent is added to their values.

        Raises `Conflict` and `ValidationError`, and leaves none behind then.
        """
        for name, column in self._defaults:
            for values in rows:
                if name not in values:
                    values[name] = column.initial()
        for name in self.store.catalog.forward[self._model]:
            for values in rows:
                values[name] = plain(values.get(name))
        names = self._every_column
        return self.store.insert(Insert(self._model, names, tuple([tuple(map(values.get, names)) for values in rows])))

    def path_of_row(self, row: Model, place: Place) -> str:
        """The path of a row."""
        return row_path(place.collection, self._lookup.dump(row._values[self._lookup.index_in_row]))

    def path_of(self, key: Any, values: Mapping[str, Any], place: Place) -> str:
        """The path of a new row, of which the key and some values are known."""
        looked_up = key if self._lookup.is_key else values.get(self._lookup.name) or self.values_of(self.named(key), self._lookup.name)[0]
        return row_path(place.collection, self._lookup.dump(looked_up))

    # Steps.

    def address(self, text: str, within: Within = EVERYWHERE) -> Where:
        """The condition for the row that a path names. Raises `NotFound` for a text that can name none."""
        try:
            value = self._lookup.parse(text)
        except Invalid:
            raise self.not_found() from None
        if self._lookup.family == "integer" and str(value) != text:  # one address per row: /users/01/ is not /users/1/
            raise self.not_found()
        named = Compare(self._lookup.name, "=", value)
        return named if within is EVERYWHERE and not self._is_narrowed else both(self._narrowed, within.where, named)

    def named(self, key: Any) -> Where:
        """The condition for the row with a key."""
        return Compare(self._declared.key.name, "=", key)

    def is_there(self, where: Where) -> bool:
        """Whether a row meets a condition."""
        return bool(self.store.read(Read(self._model, (self._declared.key.name,), where, limit=1)).rows)

    def pass_guard(self, guard: Guard | None, where: Where) -> None:
        """Raises what a guard does of the row that meets a condition, and `NotFound` where there is none."""
        if guard is not None:
            guard.check(self._shown(where, guard.place))

    def not_found(self) -> NotFound:
        """The error for a row that is not there."""
        return NotFound(f"there is no such row in {self.name}")

    def values_of(self, where: Where, *columns: str) -> tuple[Any, ...]:
        """The values of some columns of a row. Raises `NotFound`."""
        rows = self.store.read(Read(self._model, columns, where)).rows
        if not rows:
            raise self.not_found()
        return rows[0]

    def _shown(self, where: Where, place: Place, shape: Shaped | None = None) -> Object:
        found = self.shaper.showing(self.represented.detailed, shape, place)
        with self.represented.snapshot(found):
            rows = self.store.read(Read(self._model, found.columns, where)).rows
            if not rows:
                raise self.not_found()
            return self.represented.objects(found, rows, place)[0]

    def show_all(self, keys: Sequence[Any], place: Place) -> Objects:
        """How these rows look one by one, in this order."""
        found = self.represented.detailed
        shown: dict[Any, Object] = {}
        columns = (self.key.name, *found.columns)
        with self.represented.snapshot(found):
            for start in range(0, len(keys), ROWS_AT_ONCE):
                where = holding(self.key.name, tuple(keys[start : start + ROWS_AT_ONCE]))
                rows = self.store.read(Read(self._model, columns, where)).rows
                objects = self.represented.objects(found, [row[1:] for row in rows], place)
                shown.update(zip([row[0] for row in rows], objects, strict=True))
        return [shown[key] for key in keys]

    def found(self, where: Where) -> Sequence[Model]:
        """The rows that meet a condition, of those that the endpoint shows."""
        values = self.store.read(Read(self._model, self._every_column, both(self._narrowed, where))).rows
        found: Sequence[Model] = peers_of(self.store, self._model, values).instances() if values else []
        return found

    def row(self, where: Where) -> Model:
        """The row that meets a condition. Raises `NotFound`."""
        values = self.values_of(where, *self._every_column)
        found: list[Model] = peers_of(self.store, self._model, [values]).instances()
        return found[0]

    def _read(self, item: Item, body: Mapping[str, object], place: Place) -> Serializer | None:
        """Reads a body into an item, and refuses it for all of its faults together. Also the serializer that the user has declared."""
        serializer = self.represented.read(item, body, place)
        if fault := self.unaddressable(item):
            raise ValidationError(fault)
        return serializer

    def unaddressable(self, item: Item) -> Mapping[str, Any]:
        """What is wrong with a value that can be no part of the row's address."""
        value = item.values.get(self._lookup.name)
        if not isinstance(value, str) or addressable(value):
            return {}
        return {self._lookup.name: ["It is a part of the row's address: it cannot be empty, . or .. and cannot hold a /"]}

    def whole(self, values: Mapping[str, Any]) -> Object:
        """All values of a new row: what was not sent is its default, or null."""
        sent = written_by(self._declared, values)
        return {**{name: column.initial() for name, column in self._columns if name not in sent}, **values}

    def _insert(self, values: Object, serializer: Serializer | None) -> Any:
        """Stores a row and gives its key."""
        if self.represented.creates and serializer is not None:
            return serializer.create(values).pk
        if self.represented.written.writes_relations:
            return create_all(self.store, self.represented.written, [values])[0].pk
        held = values if serializer is None else {name: plain(value) for name, value in values.items()}
        row = tuple([held.get(name) for name in self._every_column])
        return self.store.insert(Insert(self._model, self._every_column, (row,)))[0]

    def _update(self, old: Model, values: Object, serializer: Serializer | None) -> None:
        if self.represented.updates and serializer is not None:
            serializer.update(old, values)
        elif self.represented.written.writes_relations:
            update_all(self.store, self.represented.written, [(old, values)])
        elif values:
            changes = tuple((name, plain(value)) for name, value in values.items())
            self.store.update(Update(self._model, changes, self.named(old.pk)))

    def keep_inside(self, where: Where) -> None:
        """Refuses rows that the endpoint's queryset would not show."""
        if self.outside(where):
            raise self.left()

    def left(self) -> ValidationError:
        """The error for a row that is outside of the endpoint's queryset."""
        return ValidationError([f"With these values it would be no row of {self.name}."])

    def not_unique(self, item: Item, values: Object, refusal: UniqueViolated) -> Exception:
        """All that is not unique among the values of a row, each under its field; the refusal itself where nothing declared is."""
        item.values.update(values)
        check_unique(self.store, self.represented.written, [item], everything=True)
        return refusal if item.sound else ValidationError(faults(item, self.represented.written))

    def _before(self, action: Literal["create", "update", "delete"], old: Model | None, values: Object) -> Change | None:
        if not self.hooked:
            return None
        change = Change(action, old, values, self.store)
        self.endpoint.before_write(change)
        return change

    def _after(self, change: Change | None) -> None:
        if change is not None:
            self.endpoint.after_write(change)


def plain(value: Any) -> Any:
    """The key of a row; any other value as it is."""
    return value.pk if isinstance(value, Model) else value
