"""SQLite is held to the memory store: for any rows and any plan, and for any sequence of writes, both say the same."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrest import models
from pyrest.datastores import MemoryDataStore, SQLiteDataStore
from pyrest.errors import Conflict, ReferenceViolated, UniqueViolated
from pyrest.models.model import Model
from pyrest.plan import And, Compare, Insert, IsNull, Not, OneOf, Or, Order, Read, Where
from pyrest.store import Store
from tests.datastores.shelf import EXTREMES, Everything

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)
# SQLite keeps no negative zero in a column of REAL.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)

ANY: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": MOMENTS,
    "naive": st.datetimes(),
    "decimal": st.integers(-(10**18) + 1, 10**18 - 1).map(lambda number: Decimal(number).scaleb(-4)),
    "email": st.from_regex(r"[a-z]{1,3}@[a-z]{1,3}\.org", fullmatch=True),
    "float": FLOATS,
    "integer": INTEGERS,
    "json": JSON.filter(lambda value: value is not None),
    "slug": st.from_regex(r"[a-zA-Z0-9_-]{1,4}", fullmatch=True),
    "string": TEXT,
    "time": st.times(),
    "timestamp": MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
    "url": TEXT.map(lambda text: "https://example.org/" + "".join(filter(str.isalnum, text))),
    "uuid": st.uuids(),
}  # fmt: skip

# Few values often meet; many values are often new.
VALUES = {name: st.sampled_from(EXTREMES[name]) | any_value for name, any_value in ANY.items()}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), max_size=8)


@st.composite
def leaves(draw: st.DrawFn) -> Where:
    field = draw(st.sampled_from(["id", *VALUES]))
    values = st.none() | (st.integers(0, 9) if field == "id" else VALUES[field])
    kind = draw(st.sampled_from(["compare", "one of", "null"]))
    if kind == "null":
        return IsNull(field)
    if kind == "one of":
        return OneOf(field, tuple(draw(st.lists(values, max_size=4))))
    operators = ["="] if field == "json" else ["=", "<", "<=", ">", ">="]
    return Compare(field, draw(st.sampled_from(operators)), draw(values))


def branches(inner: st.SearchStrategy[Where]) -> st.SearchStrategy[Where]:
    parts = st.lists(inner, max_size=3).map(tuple)
    return parts.map(And) | parts.map(Or) | inner.map(Not)


WHERE = st.recursive(leaves(), branches, max_leaves=8)
ORDERS = st.lists(st.builds(Order, st.sampled_from(["id", *sorted(VALUES.keys() - {"json"})]), st.booleans()), max_size=3).map(tuple)
COLUMNS = st.lists(st.sampled_from(["id", *VALUES]), min_size=1, max_size=4).map(tuple) | st.just(("id", *VALUES))
PLANS = st.builds(
    Read,
    model=st.just(Everything),
    columns=COLUMNS,
    where=WHERE,
    order=ORDERS,
    limit=st.none() | st.integers(0, 9),
    offset=st.integers(0, 9),
    total=st.booleans(),
    best=st.none(),
    total_limit=st.none(),
    walk=st.none(),
)


def examples(full: bool, short: int, long: int) -> settings:
    return settings(max_examples=long if full else short, deadline=None, suppress_health_check=list(HealthCheck))


def test_any_plan_over_any_rows(full: bool) -> None:
    @examples(full, 150, 5_000)
    @given(rows=ROWS, plans=st.lists(PLANS, min_size=1, max_size=4))
    def agree(rows: list[dict[str, Any]], plans: list[Read]) -> None:
        memory = MemoryDataStore(models=[Everything])
        with closing(SQLiteDataStore(":memory:", models=[Everything])) as sqlite:
            for store in (memory, sqlite):
                store[Everything].bulk_create(rows)
            for plan in plans:
                # As text, in which 1, 1.0 and True differ.
                assert repr(sqlite.read(plan)) == repr(memory.read(plan))
                assert sqlite.count(plan) == memory.count(plan)

    agree()


class Owner(models.Model):
    id = models.PkField()
    code = models.SlugField(unique=True)


class Node(models.Model):
    """It points at itself in two ways, and one of them is one to one."""

    id = models.PkField()
    name = models.IntegerField()
    owner = models.IntegerField(foreign=("owner", "id"))
    parent = models.IntegerField(foreign=("node", "id"), on_delete="cascade", related_name="children")
    twin = models.IntegerField(foreign=("node", "id"), on_delete="set_null", unique=True)

    class Meta:
        unique_together = ("name", "owner")


class Leaf(models.Model):
    id = models.PkField()
    node = models.IntegerField(foreign=("node", "id"), on_delete="restrict")
    branch = models.IntegerField(foreign=("node", "id"), on_delete="cascade", related_name="buds")
    code = models.SlugField(foreign=("owner", "code"), on_delete="set_null", unique=True)


class Dew(models.Model):
    id = models.PkField()
    leaf = models.SlugField(foreign=("leaf", "code"))


FAMILY = (Owner, Node, Leaf, Dew)
SMALL = st.none() | st.integers(1, 4)
CODES = st.none() | st.sampled_from("ab")
FIELDS: dict[type[Model], dict[str, st.SearchStrategy[Any]]] = {
    Owner: {"code": CODES},
    Node: {"name": SMALL, "owner": SMALL, "parent": SMALL, "twin": SMALL},
    Leaf: {"node": SMALL, "branch": SMALL, "code": CODES},
    Dew: {"leaf": CODES},
}

Step = tuple[Any, ...]


class Undone(Exception):
    """Ends a transaction."""


def steps_of(model: type[Model]) -> st.SearchStrategy[Step]:
    row = st.fixed_dictionaries({}, optional={"id": st.integers(1, 5), **FIELDS[model]})
    values = st.fixed_dictionaries({}, optional=FIELDS[model])
    lookups = st.fixed_dictionaries({}, optional={"pk__in": st.lists(st.integers(1, 5), max_size=3), **FIELDS[model]})
    this = st.just(model)
    return st.one_of(
        st.tuples(st.just("create"), this, row),
        st.tuples(st.just("bulk_create"), this, st.lists(row, max_size=4)),
        st.tuples(st.just("update"), this, lookups, values),
        st.tuples(st.just("delete"), this, lookups),
    )


def together(inner: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just("transaction"), st.lists(inner, max_size=4), st.booleans())


STEP = st.recursive(st.one_of([steps_of(model) for model in FAMILY]), together, max_leaves=6)
STEPS = st.lists(STEP, min_size=3, max_size=12)


def outcome(store: Store, step: Step) -> Any:
    """What a step gives or how it is refused; which of two foreign keys is at fault is left open."""
    try:
        return taken(store, step)
    except Conflict as refusal:
        return next(kind for kind in (UniqueViolated, ReferenceViolated, Conflict) if isinstance(refusal, kind))
    except Undone:
        return "undone"


def taken(store: Store, step: Step) -> Any:
    match step:
        case ("create", model, row):
            return repr(store[model].create(**row))
        case ("bulk_create", model, rows):
            return repr(store[model].bulk_create(rows))
        case ("update", model, lookups, values):
            return store[model].filter(**lookups).update(**values)
        case ("delete", model, lookups):
            return store[model].filter(**lookups).delete()
        case ("transaction", steps, undone):
            with store.transaction():
                outcomes = [outcome(store, inner) for inner in steps]
                if undone:
                    raise Undone
            return outcomes
    raise AssertionError(step)


def contents(store: Store) -> list[str]:
    return [repr(list(store[model])) for model in FAMILY]


def test_any_sequence_of_writes(full: bool) -> None:
    @examples(full, 200, 8_000)
    @given(steps=STEPS)
    def agree(steps: list[Step]) -> None:
        memory = MemoryDataStore(models=FAMILY)
        with closing(SQLiteDataStore(":memory:", models=FAMILY)) as sqlite:
            for step in steps:
                assert outcome(sqlite, step) == outcome(memory, step)
                assert contents(sqlite) == contents(memory)

    agree()


def test_any_sizes_of_bulk(full: bool) -> None:
    @examples(full, 10, 200)
    @given(sizes=st.lists(st.integers(0, 1_150), min_size=1, max_size=3), shift=st.integers(1, 1_149))
    def agree(sizes: list[int], shift: int) -> None:
        memory = MemoryDataStore(models=FAMILY)
        with closing(SQLiteDataStore(":memory:", models=FAMILY)) as sqlite:
            for size in sizes:
                rows = tuple((None, None, None, (n + shift) % size + 1, None) for n in range(size))
                plan = Insert(Node, ("id", "name", "owner", "parent", "twin"), rows)
                assert sqlite.insert(plan) == memory.insert(plan)
            assert contents(sqlite) == contents(memory)

    agree()
