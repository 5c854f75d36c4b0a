"""Aggregates are held to an oracle of dictionaries and fractions: any rows, any groups and measures, in every way to ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from pyrest import MemoryDataStore, SQLiteDataStore, Wrapper, models
from pyrest.store import Store
from tests.datastores.test_property import TEXT, Undone, examples


class Region(models.Model):
    id = models.PkField()
    name = models.StringField()
    share = models.DecimalField(18, 6)


class Shop(models.Model):
    id = models.PkField()
    name = models.StringField()
    region = models.ForeignKey(Region)


class Sale(models.Model):
    id = models.PkField()
    shop = models.ForeignKey(Shop)
    what = models.StringField()
    number = models.IntegerField()
    price = models.DecimalField(18, 2)
    weight = models.FloatField()
    paid = models.BooleanField()
    day = models.DateField()
    at = models.DateTimeField()


MODELS = (Region, Shop, Sale)
Row = dict[str, Any]
Rows = Mapping[type[models.Model], list[Row]]

TEXTS = st.sampled_from(["", "a", "A", "ä", "é", "e\u0301", "\uffff", "\U0001f600", "ab"]) | TEXT
WHOLE = st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63), 2**32, 2**32 - 1, -(2**32) - 1, 2**53 + 1])
MONEY = st.sampled_from(["0.00", "0.01", "-0.01", "9.50", "10.00", "9999999999999999.99", "-9999999999999999.99"]).map(Decimal)
DAYS = st.sampled_from([date.min, date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 29), date.max])
MOMENTS = DAYS.flatmap(
    lambda day: st.sampled_from([datetime(day.year, day.month, day.day, hour, 59, 59, 999999, tzinfo=UTC) for hour in (0, 23)])
)


def some(size: int, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    row = st.fixed_dictionaries({name: st.none() | values for name, values in fields.items()})
    return st.lists(row, max_size=size).map(lambda rows: [{"id": place + 1, **row} for place, row in enumerate(rows)])


@st.composite
def worlds(draw: st.DrawFn) -> Rows:
    regions = draw(some(3, name=TEXTS, share=st.decimals(-(10**6), 10**6, places=6).map(lambda share: share or abs(share))))
    shops = draw(some(4, name=TEXTS, region=st.sampled_from([row["id"] for row in regions] or [None])))
    floats = st.floats(-1e6, 1e6).map(lambda value: value or 0.0) | st.sampled_from([5e-324, 1e300, -1e300])
    keys = st.sampled_from([row["id"] for row in shops] or [None])
    sales = draw(some(12, shop=keys, what=TEXTS, number=WHOLE, price=MONEY, weight=floats, paid=st.booleans(), day=DAYS, at=MOMENTS))
    return {Region: regions, Shop: shops, Sale: sales}


FAMILIES = {
    "what": "text", "number": "whole", "price": "decimal", "weight": "float", "paid": "boolean", "day": "date", "at": "moment",
    "shop": "key", "shop__name": "text", "shop__region": "key", "shop__region__name": "text", "shop__region__share": "decimal",
    "at__year": "part", "at__month": "part", "at__day": "part", "at__date": "part", "day__year": "part", "day__month": "part",
}  # fmt: skip
GROUPS = [name for name, family in FAMILIES.items() if family not in ("float",)]


@st.composite
def measures(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from([*FAMILIES]))
    numeric = FAMILIES[name] in ("whole", "decimal", "float", "key")
    function = draw(st.sampled_from(["count", "count_distinct", "min", "max", *(["sum", "sum", "avg", "avg"] if numeric else [])]))
    return draw(st.sampled_from(["count", f"{function}({name})", f"{function}({name})", f"{function}({name})"]))


class Question(NamedTuple):
    measures: tuple[str, ...]
    by: tuple[str, ...]
    order: tuple[str, ...]
    least: int | None
    page: tuple[int, int]


def is_float(name: str) -> bool:
    """Whether a measure is a sum of floats, which two ways to add may give in different last digits."""
    return name in ("sum(weight)", "avg(weight)")


@st.composite
def questions(draw: st.DrawFn) -> Question:
    asked = tuple(draw(st.lists(measures(), min_size=1, max_size=4, unique=True)))
    by = tuple(draw(st.lists(st.sampled_from(GROUPS), max_size=3, unique=True)))
    bare = draw(st.lists(st.sampled_from([n for n in (*asked, *by) if not is_float(n)] or ["count"]), max_size=3, unique=True))
    ends = ["", ":nullsfirst", ":nullslast"]
    order = tuple(draw(st.sampled_from(["", "-"])) + name + draw(st.sampled_from(ends)) for name in bare if name in (*asked, *by))
    return Question(asked, by, order, draw(st.none() | st.integers(-2, 3)), (draw(st.integers(0, 3)), draw(st.integers(1, 9))))


# The oracle.


def value(rows: Rows, row: Row, name: str) -> Any:
    first, _, rest = name.partition("__")
    found = row[first]
    if found is None or not rest:
        return found
    if isinstance(found, date):
        return found.date() if rest == "date" and isinstance(found, datetime) else getattr(found, rest)
    target = Shop if first == "shop" else Region
    return value(rows, rows[target][found - 1], rest)


def measured(rows: Rows, group: list[Row], measure: str) -> Any:
    function, _, name = measure.removesuffix(")").partition("(")
    if not name:
        return len(group)
    values = [one for row in group if (one := value(rows, row, name)) is not None]
    if function.startswith("count"):
        return len(set(values) if function == "count_distinct" else values)
    if not values:
        return None
    if function in ("min", "max"):
        return min(values) if function == "min" else max(values)
    exact = sum(map(Fraction, values)) / (len(values) if function == "avg" else 1)
    match FAMILIES[name], function:
        case "float", _:
            return exact, sum(abs(Fraction(one)) for one in values)
        case "decimal", _:
            return rounded(exact, 6 if "share" in name else 2, function)
        case _, "avg":
            return float(exact)
    return int(exact)


def rounded(exact: Fraction, places: int, function: str) -> Decimal:
    places += 4 if function == "avg" else 0
    scaled = round(exact * 10**places)  # to the even one, where two are equally near
    return Decimal(f"{'-' if scaled < 0 else ''}{abs(scaled) // 10**places}.{abs(scaled) % 10**places:0{places}}")


def answer(rows: Rows, asked: Question) -> list[list[Any]]:
    chosen = [row for row in rows[Sale] if asked.least is None or (row["number"] is not None and row["number"] >= asked.least)]
    groups: dict[tuple[Any, ...], list[Row]] = {} if asked.by else {(): chosen}
    for row in chosen if asked.by else ():
        groups.setdefault(tuple(value(rows, row, name) for name in asked.by), []).append(row)
    found = [[*key, *(measured(rows, group, measure) for measure in asked.measures)] for key, group in groups.items()]
    for text in reversed((*asked.order, *asked.by)):
        bare, _, nulls = text.removeprefix("-").partition(":")
        place = (*asked.by, *asked.measures).index(bare)
        first = nulls == "nullsfirst" if nulls else not text.startswith("-")
        values = sorted((line for line in found if line[place] is not None), key=lambda line: line[place], reverse=text.startswith("-"))
        none = [line for line in found if line[place] is None]
        found = [*none, *values] if first else [*values, *none]
    return found


def agrees(found: Any, meant: Any) -> bool:
    if isinstance(meant, tuple):
        exact, size = meant
        return isinstance(found, float) and abs(Fraction(found) - exact) <= size / 10**12 + Fraction(5e-324)
    return (found, type(found), str(found)) == (meant, type(meant), str(meant))


# The ways to ask.


def in_python(store: Store, asked: Question) -> list[list[Any]]:
    rows = store[Sale] if asked.least is None else store[Sale].filter(number__gte=asked.least)
    if not asked.by:
        return [[*rows.aggregate(*asked.measures).values()]]
    return [[*group.values()] for group in rows.aggregate(*asked.measures, group_by=asked.by, ordering=asked.order)]


def listed(client: FlaskClient, asked: Question) -> tuple[list[list[Any]], int]:
    query = {"aggregate": ",".join(asked.measures), "offset": asked.page[0], "count": asked.page[1]}
    query |= {name: ",".join(texts) for name, texts in (("group_by", asked.by), ("ordering", asked.order)) if texts}
    query |= {} if asked.least is None else {"number__gte": asked.least}
    found = client.get(f"/sale/?{urlencode(query)}")
    assert found.status_code == 200, found.text
    # Flask's client reads long integers exactly, as they were written.
    return [[*group.values()] for group in found.json["object_list"]], found.json["meta"]["total_count"]


def as_json(one: Any) -> Any:
    if isinstance(one, datetime):
        return one.isoformat().replace("+00:00", "Z")
    return one.isoformat() if isinstance(one, date) else f"{one:f}" if isinstance(one, Decimal) else one


def check(stores: Iterable[Store], client: FlaskClient, rows: Rows, asked: Question) -> None:
    meant = answer(rows, asked)
    for store in stores:
        found = in_python(store, asked)
        assert len(found) == len(meant)
        assert all(agrees(*pair) for lines in zip(found, meant, strict=True) for pair in zip(*lines, strict=True)), (found, meant)
    page, total = listed(client, asked)
    begin, size = asked.page
    wanted = meant[begin : begin + size]
    assert (len(page), total) == (len(wanted), len(meant))
    for shown, line in zip(page, wanted, strict=True):
        assert all(agrees(one, as_json(other)) for one, other in zip(shown, line, strict=True)), (shown, line)


def test_any_aggregate_of_any_rows(full: bool) -> None:
    memory = MemoryDataStore(models=MODELS)
    with closing(SQLiteDataStore(":memory:", models=MODELS)) as sqlite:
        client = Wrapper([*MODELS], datastore=sqlite).create_app().test_client()

        @examples(full, 100, 5_000)
        @given(worlds(), st.lists(questions(), min_size=3, max_size=8))
        def agree(rows: Rows, asks: list[Question]) -> None:
            try:
                with memory.transaction(), sqlite.transaction():
                    for model in MODELS:
                        for store in (memory, sqlite):
                            store[model].bulk_create(rows[model])
                    for asked in asks:
                        check((memory, sqlite), client, rows, asked)
                    raise Undone
            except Undone:
                pass

        agree()
