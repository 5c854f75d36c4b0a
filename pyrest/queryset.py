"""The QuerySet: the Python way to ask a store. It is a value; its methods return other QuerySets, rows or numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar, overload

from pyrest.aggregates import groups_of
from pyrest.datastores.protocol import DataStore
from pyrest.errors import Misdeclared, MultipleFound, NotFound
from pyrest.linking import both, own_order
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Edge
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration
from pyrest.models.surroundings import surroundings
from pyrest.pairs import Pairs
from pyrest.paths import ModelNames, followed, ordering, where_of
from pyrest.peers import ResultRows
from pyrest.plan import EVERYTHING, Compare, Delete, Insert, Linked, OneOf, Order, Read, Update, Where
from pyrest.q import Q
from pyrest.relating import apart, relate_new, update_and_relate
from pyrest.values import changes, row_values, whole_row

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True, eq=False)
class QuerySet(Generic[M]):
    """The rows of a model, narrowed, ordered and sliced. Each iteration asks the store anew.

    Without a store it is unbound: a value to give to `queryset=`; `store[Model]` is bound. `given` are values of rows created
    through it, `fetched` a way to its rows that costs less than asking, `along` paths of relations to fetch at once. `forget`
    is called when it has written, as what was fetched does not hold any more.
    """

    model: type[M]
    store: DataStore | None = None
    where: Where = EVERYTHING
    order: tuple[Order, ...] | None = None
    offset: int = 0
    limit: int | None = None
    given: tuple[tuple[str, Any], ...] = ()
    fetched: Callable[[], list[Any]] | None = None
    along: tuple[tuple[str, bool], ...] = ()
    forget: Callable[[], object] = lambda: None

    def on(self, store: DataStore) -> QuerySet[M]:
        """The same, bound to a store. Raises `Misdeclared` where the store does not keep the model."""
        store.catalog.declared(self.model)
        return replace(self, store=store)

    # Narrowing.

    def all(self) -> QuerySet[M]:
        return self

    def filter(self, *trees: Q, **lookups: Any) -> QuerySet[M]:
        """The rows that meet all lookups and trees: `filter(city="Paris", number__gt=3)`, `filter(Q(city="Paris") | Q(city="Lyon"))`.

        Raises `UnknownName`, `ValidationError`.
        """
        self._refuse_slice("filter")
        return self._narrowed(Q(*trees, **lookups))

    def exclude(self, *trees: Q, **lookups: Any) -> QuerySet[M]:
        """The rows that do not meet all lookups together, rows with nulls among them."""
        self._refuse_slice("exclude")
        return self._narrowed(~Q(*trees, **lookups))

    def order_by(self, *names: str) -> QuerySet[M]:
        """Ordered by these fields, `-` in front of one that descends, instead of the model's `ordering`; the key breaks ties."""
        self._refuse_slice("order_by")
        return replace(self, order=ordering(self._names, names), fetched=None)

    def select_related(self, *paths: str) -> QuerySet[M]:
        """Fetches these rows' foreign keys along at once: `select_related("album__artist")`, a statement for each relation.

        Without it they are fetched when they are first used, at the same cost.
        """
        return replace(self, along=(*self.along, *((path, False) for path in paths)), fetched=None)

    def prefetch_related(self, *paths: str) -> QuerySet[M]:
        """As `select_related`, for the relations that lead to several rows too: `prefetch_related("tracks__genre")`."""
        return replace(self, along=(*self.along, *((path, True) for path in paths)), fetched=None)

    @overload
    def __getitem__(self, place: slice) -> QuerySet[M]: ...
    @overload
    def __getitem__(self, place: int) -> M: ...
    def __getitem__(self, place: slice | int) -> QuerySet[M] | M:
        """`[10:30]` is a QuerySet, `[0]` a row. Raises `IndexError` where there is no such row."""
        if isinstance(place, slice):
            return self._slice(place)
        for row in self._slice(slice(place, place + 1)):
            return row
        raise IndexError(f"there is no row {place}")

    # Rows.

    def __iter__(self) -> Iterator[M]:
        if self.fetched is not None:
            return iter(self.fetched())
        peers = peers_of(self._bound, self.model, self._bound.read(self.plan).rows)
        for path, to_many in self.along:
            peers.follow(path, to_many)
        return iter(peers.instances())

    def get(self, *trees: Q, **lookups: Any) -> M:
        """The one row that meets the lookups and trees. Raises `NotFound`, `MultipleFound`."""
        found = list((self.filter(*trees, **lookups) if trees or lookups else self)[:2])
        if not found:
            raise NotFound(f"no {self.model.__name__} matches {_spelt(trees, lookups)}")
        if len(found) > 1:
            raise MultipleFound(f"more than one {self.model.__name__} matches {_spelt(trees, lookups)}")
        return found[0]

    def first(self) -> M | None:
        """The first row in order, or None."""
        return next(iter(self[:1]), None)

    def count(self) -> int:
        if self.fetched is not None:
            return len(self.fetched())
        return self._bound.count(self.plan)

    def exists(self) -> bool:
        if self.fetched is not None:
            return bool(self.fetched())
        return bool(self._bound.read(self[:1].plan._replace(columns=(self._declared.key.name,))).rows)

    @overload
    def aggregate(self, *measures: str) -> dict[str, Any]: ...
    @overload
    def aggregate(self, *measures: str, group_by: Iterable[str], ordering: Iterable[str] = ()) -> list[dict[str, Any]]: ...
    def aggregate(
        self, *measures: str, group_by: Iterable[str] | None = None, ordering: Iterable[str] = ()
    ) -> dict[str, Any] | list[dict[str, Any]]:
        """Measures of the rows, by their names: `aggregate("count", "sum(total)")`. With `group_by`, a list of groups with the measures
        of each, in the order of the groups or that of `ordering`, which names groups and measures.

        Raises `UnknownName`, `ValidationError`.
        """
        self._refuse_slice("aggregate")
        groups = groups_of(self._names, measures or ("count",), group_by or (), ordering)
        found = groups.objects(self._bound.aggregate(groups.plan(self.model, self.where)).rows, shown=False)
        return found[0] if group_by is None else found

    def __bool__(self) -> bool:
        return self.exists()

    # Writing.

    def create(self, **values: Any) -> M:
        """Stores a row and returns it. Raises `ValidationError` for missing or wrong values, `Conflict` for what the store refuses.

        Relations to several rows take lists: `create(title="Blue", tags=[tag, 3])`.
        """
        return self.bulk_create([values])[0]

    def bulk_create(self, rows: Iterable[Mapping[str, Any] | M]) -> list[M]:
        """Stores all rows or none; they are mappings or rows not stored yet. Returns the stored rows in the same order."""
        declared = self._declared
        given = [apart(self._bound.catalog, self.model, self._with_given(row)) for row in rows]
        complete, lists = tuple(whole_row(declared, row) for row, _ in given), [lists for _, lists in given]
        if not complete:
            return []
        plan = Insert(self.model, tuple(declared.fields), complete)
        left_to_store = [f.index_in_row for f in declared.fields.values() if f.read_only]
        if any(lists) or any(row[place] is None for row in complete for place in left_to_store):
            return self._created_and_read(plan, lists)
        keys = self._bound.insert(plan)
        self.forget()
        place = declared.key.index_in_row
        stored: list[tuple[Any, ...]] = [(*row[:place], key, *row[place + 1 :]) for row, key in zip(complete, keys, strict=True)]
        return peers_of(self._bound, self.model, stored).instances()

    def _created_and_read(self, plan: Insert, lists: Iterable[Mapping[str, Any]]) -> list[M]:
        """For what only the database knows: a generated column, what a trigger writes, or a row that its own relations change."""
        key = self._declared.key
        with self._bound.transaction():
            keys = self._bound.insert(plan)
            relate_new(self._bound, self.model, zip(keys, lists, strict=True))
            found = self._bound.read(Read(self.model, plan.columns, OneOf(key.name, tuple(keys)))).rows
        self.forget()
        rows = {row.pk: row for row in peers_of(self._bound, self.model, found).instances()}
        return [rows[key] for key in keys]

    def update(self, **values: Any) -> int:
        """Changes these values in every row of this QuerySet and returns how many rows there were. A key never changes.

        Relations to several rows take lists, which replace what the rows are related to.
        """
        self._refuse_slice("update")
        if not values:
            return self.count()
        own, lists = apart(self._bound.catalog, self.model, values)
        plan = Update(self.model, changes(self._declared, own), self.where)
        changed = update_and_relate(self._bound, plan, lists) if lists else self._bound.update(plan)
        self.forget()
        return changed

    def delete(self) -> int:
        """Deletes every row of this QuerySet and returns how many there were. Raises `StillReferenced`, and then none is deleted."""
        self._refuse_slice("delete")
        deleted = self._bound.delete(Delete(self.model, self.where))
        self.forget()
        return deleted

    # The plan.

    @property
    def plan(self) -> Read:
        """What this QuerySet asks of a store."""
        declared = self._declared
        order = own_order(declared) if self.order is None else self.order
        return Read(self.model, tuple(declared.fields), self.where, order, self.limit, self.offset)

    @property
    def _declared(self) -> Declaration:
        return declaration(self.model)

    def _narrowed(self, q: Q) -> QuerySet[M]:
        return replace(self, where=both(self.where, where_of(partial(followed, self._names), q)), fetched=None)

    @property
    def _names(self) -> ModelNames:
        store, model = self.store, self.model
        return ModelNames(self._declared, lambda: surroundings(model) if store is None else store.catalog)

    @property
    def _bound(self) -> DataStore:
        if self.store is None:
            raise Misdeclared(f"QuerySet({self.model.__name__}) has no store to ask; take store[{self.model.__name__}]")
        return self.store

    def _with_given(self, row: Mapping[str, Any] | M) -> Mapping[str, Any] | M:
        """What belongs to a new row because of where it is created, as in `album.tracks.create(title=…)`."""
        if not self.given:
            return row
        given = dict(self.given)
        values = {n: v for n, v in row_values(row).items() if v is not None or n not in given} if isinstance(row, Model) else row
        return {**given, **values}

    def _refuse_slice(self, method: str) -> None:
        if self.offset or self.limit is not None:
            raise ValueError(f"{method}() cannot follow a slice; slice last")

    def _slice(self, place: slice) -> QuerySet[M]:
        start, stop = place.start or 0, place.stop
        if place.step is not None or start < 0 or (stop is not None and stop < 0):
            raise ValueError("a QuerySet is sliced from its start, without a step: [10:30]")
        length = None if stop is None else max(0, stop - start)
        if self.limit is not None:
            left = max(0, self.limit - start)
            length = left if length is None else min(length, left)
        return replace(self, offset=self.offset + start, limit=length, fetched=None)

    def __repr__(self) -> str:
        return f"QuerySet({self.model.__name__})" if self.store is None else f"store[{self.model.__name__}]"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JoinedSet(QuerySet[M]):
    """The rows that one row is joined with by a many-to-many relation: `album.tags`. Its own writes are pairs in the table between."""

    pairs: Pairs | None = None

    def add(self, *rows: M | Any) -> None:
        """Joins these rows, given by themselves or by their keys. One that is joined already stays so."""
        self._change("add", rows)

    def remove(self, *rows: M | Any) -> None:
        """Takes these rows out; they themselves stay."""
        self._change("remove", rows)

    def set(self, rows: Iterable[M | Any]) -> None:
        """Joins exactly these rows."""
        self._change("set", rows)

    def clear(self) -> None:
        """Takes all rows out; they themselves stay."""
        self._change("clear")

    def bulk_create(self, rows: Iterable[Mapping[str, Any] | M]) -> list[M]:
        """Stores rows and joins them."""
        with self._bound.transaction():
            created = QuerySet.bulk_create(self, rows)
            self._change("add", created)
        return created

    def _change(self, method: str, *arguments: Iterable[Any]) -> None:
        if not isinstance(self.where, Linked) or self.offset or self.limit is not None:
            raise ValueError(f"{method}() is about all rows that are joined; it cannot follow filter(), exclude() or a slice")
        getattr(self.pairs, method)(*arguments)
        self.forget()


def peers_of(store: DataStore, model: type[Model], rows: list[tuple[Any, ...]]) -> ResultRows:
    """The rows of one result, their values in the order of declaration."""
    return ResultRows(store, model, rows, related_set)


def related_set(store: DataStore, edge: Edge, value: Any, rows: Callable[[], list[Any]], forget: Callable[[], object]) -> QuerySet[Any]:
    """The rows along an edge, fetched together with those of their peers until they are narrowed."""
    if isinstance(edge.relation, Join):
        pairs = Pairs(store, edge.relation, (value,))
        return JoinedSet(edge.target, store, pairs.targets(), fetched=rows, forget=forget, pairs=pairs)
    held = edge.pointing(value)
    where = both(*(Compare(name, "=", part) for name, part in held.items()))
    return QuerySet(edge.target, store, where, given=tuple(held.items()), fetched=rows, forget=forget)


def _spelt(trees: Iterable[Q], lookups: Mapping[str, Any]) -> str:
    return ", ".join([*map(repr, trees), *(f"{name}={value!r}" for name, value in lookups.items())]) or "everything"
