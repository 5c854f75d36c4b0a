"""Aggregates: what both stores answer, to the last digit, and what the SQLite store reads of tables that others made."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest

from pyrest import SQLiteDataStore, UnknownName, ValidationError, models
from pyrest.aggregates import MAX_GROUPS, MAX_MEASURES
from pyrest.plan import Aggregate, Measure, Rank, Value
from pyrest.store import Store
from tests.datastores.shelf import Album, Artist, Employee, Everything, Track

BIGGEST = 2**63 - 1
MIDNIGHT = datetime(2024, 1, 1, tzinfo=UTC)


def everything(store: Store, name: str, *values: Any) -> Any:
    """One row of `Everything` for each value of a field."""
    store[Everything].bulk_create({name: value} for value in values)
    return store[Everything]


@pytest.mark.parametrize(
    ("name", "values", "measure", "wanted"),
    [
        ("integer", [1, None, 3], "count", 3),
        ("integer", [1, None, 3], "count(integer)", 2),
        ("integer", [1, None, 1], "count_distinct(integer)", 1),
        ("integer", [1, None, 3], "sum(integer)", 4),
        ("integer", [1, None, 4], "avg(integer)", 2.5),
        ("integer", [BIGGEST, BIGGEST, 1], "sum(integer)", 2**64 - 1),
        ("integer", [-BIGGEST - 1, -BIGGEST - 1, -1], "sum(integer)", -(2**64) - 1),
        ("integer", [BIGGEST, -BIGGEST - 1], "sum(integer)", -1),
        ("integer", [2**53 + 1, 2**53 + 1], "avg(integer)", float(2**53 + 1)),
        ("decimal", ["0.1", "0.2", None], "sum(decimal)", Decimal("0.3000")),
        ("decimal", ["99999999999999.9999"] * 20, "sum(decimal)", Decimal("1999999999999999.9980")),
        ("decimal", ["1", "1", "2"], "avg(decimal)", Decimal("1.33333333")),
        ("decimal", ["0.0001", "0", "0", "0"], "avg(decimal)", Decimal("0.00002500")),
        ("decimal", ["-0.0001", "12.5"], "min(decimal)", Decimal("-0.0001")),
        ("decimal", ["10", "9.5"], "max(decimal)", Decimal("10.0000")),
        ("float", [0.5, 0.25, None], "sum(float)", 0.75),
        ("float", [1.5e308, 1.5e308, -1.5e308, -1.5e308], "sum(float)", 0.0),
        ("float", [1.5e308, 1.5e308], "avg(float)", 1.5e308),
        ("float", [5e-324, 5e-324], "sum(float)", 1e-323),
        ("string", ["b", "a", "ä", None], "max(string)", "ä"),
        ("string", ["a", "", "A"], "count_distinct(string)", 3),
        ("boolean", [True, False, None], "min(boolean)", False),
        ("date", [date(2024, 2, 29), date(1, 1, 1)], "max(date)", date(2024, 2, 29)),
        ("datetime", [MIDNIGHT.replace(year=2025), MIDNIGHT], "min(datetime)", MIDNIGHT),
        ("datetime", [MIDNIGHT, MIDNIGHT.replace(hour=5)], "count_distinct(datetime__date)", 1),
        ("timestamp", [MIDNIGHT], "max(timestamp__month)", 1),
        ("json", [{"a": 1}, None], "count(json)", 1),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_measure_is_exact(store: Store, name: str, values: Sequence[Any], measure: str, wanted: Any) -> None:
    found = everything(store, name, *values).aggregate(measure)
    assert (found, type(found[measure]), str(found[measure])) == ({measure: wanted}, type(wanted), str(wanted))


def test_an_application_that_rounds_decimals_rounds_no_sum(store: Store) -> None:
    rows = everything(store, "decimal", "12345.6789", "0.0001")
    with localcontext() as context:
        context.prec = 2
        assert rows.aggregate("sum(decimal)", "avg(decimal)") == {
            "sum(decimal)": Decimal("12345.6790"),
            "avg(decimal)": Decimal("6172.83950000"),
        }


def test_nothing_has_counts_and_no_other_measures(store: Store) -> None:
    measures = (
        "count",
        "count(integer)",
        "count_distinct(integer)",
        "sum(integer)",
        "avg(decimal)",
        "avg(float)",
        "min(date)",
        "max(string)",
    )
    assert list(store[Everything].aggregate(*measures).values()) == [0, 0, 0, None, None, None, None, None]
    assert store[Everything].aggregate(*measures, group_by=("string",)) == []


def test_a_sum_beyond_the_range_of_floats_is_refused(store: Store) -> None:
    with pytest.raises(ValidationError, match=r"sum\(float\) is beyond the range of floats\."):
        everything(store, "float", 1.5e308, 1.5e308).aggregate("sum(float)")


@pytest.fixture
def albums(store: Store) -> Store:
    """Four albums: two of an artist, one of another, one of nobody and without a year."""
    store[Artist].bulk_create([{"name": "Nico"}, {"name": "Queen"}])
    store[Album].bulk_create(
        {"title": title, "year": year, "artist": artist}
        for title, year, artist in (("Jazz", 1978, 2), ("Hot Space", 1982, 2), ("Chelsea Girl", 1967, 1), ("Untitled", None, None))
    )
    return store


def test_groups_come_in_their_own_order_and_null_is_one_of_them(albums: Store) -> None:
    assert albums[Album].aggregate("count", "min(year)", group_by=("artist__name",)) == [
        {"artist__name": None, "count": 1, "min(year)": None},
        {"artist__name": "Nico", "count": 1, "min(year)": 1967},
        {"artist__name": "Queen", "count": 2, "min(year)": 1978},
    ]


@pytest.mark.parametrize(
    ("ordering", "wanted"),
    [
        (("-count",), ["Queen", None, "Nico"]),
        (("count", "-artist__name"), ["Nico", None, "Queen"]),
        (("-artist__name",), ["Queen", "Nico", None]),
        (("artist__name:nullslast",), ["Nico", "Queen", None]),
        (("-sum(year)",), ["Queen", "Nico", None]),
        (("-avg(year):nullsfirst",), [None, "Queen", "Nico"]),
    ],
)
def test_groups_are_ordered_by_groups_and_measures(albums: Store, ordering: tuple[str, ...], wanted: list[str | None]) -> None:
    found = albums[Album].aggregate("count", "sum(year)", "avg(year)", group_by=("artist__name",), ordering=ordering)
    assert [group["artist__name"] for group in found] == wanted


def test_exact_sums_are_in_exact_order(store: Store) -> None:
    sums = {"a": [BIGGEST] * 3, "b": [BIGGEST] * 3 + [1], "c": [5], "d": [-BIGGEST] * 3, "e": [-BIGGEST] * 3 + [-1], "f": [0], "g": [40]}
    store[Everything].bulk_create({"string": name, "integer": value} for name, values in sums.items() for value in values)
    found = store[Everything].aggregate("sum(integer)", group_by=("string",), ordering=("sum(integer)",))
    assert "".join(group["string"] for group in found) == "edfcgab"


def test_measures_of_related_rows(albums: Store) -> None:
    albums[Track].bulk_create([{"title": "a", "album": 1}, {"title": "b", "album": 1}, {"title": "c", "album": 2}, {"title": "d"}])
    assert albums[Track].aggregate("sum(album__year)", "count_distinct(album__artist__name)") == {
        "sum(album__year)": 1978 * 2 + 1982, "count_distinct(album__artist__name)": 1,
    }  # fmt: skip


def test_a_relation_of_a_table_to_itself(store: Store) -> None:
    store[Employee].bulk_create([{"name": "a"}, {"name": "b", "boss": 1}, {"name": "c", "boss": 2}, {"name": "d", "boss": 2}])
    found = store[Employee].aggregate(group_by=("boss__boss__name", "boss__name"))
    assert [tuple(group.values()) for group in found] == [(None, None, 1), (None, "a", 1), ("a", "b", 2)]


def test_groups_by_parts_of_dates(store: Store) -> None:
    everything(store, "datetime", "2023-12-31T23:30:00-01:00", "2024-01-01T12:00:00Z", "2024-02-29T00:00:00Z", None)
    found = store[Everything].aggregate(group_by=("datetime__year", "datetime__month"))
    assert [tuple(group.values()) for group in found] == [(None, None, 1), (2024, 1, 2), (2024, 2, 1)]
    by_day = store[Everything].aggregate(group_by=("datetime__date", "datetime__day"), ordering=("-datetime__date",))
    assert [tuple(group.values()) for group in by_day] == [(date(2024, 2, 29), 29, 1), (date(2024, 1, 1), 1, 2), (None, None, 1)]


def test_filters_narrow_what_is_aggregated(albums: Store) -> None:
    assert albums[Album].filter(artist__name="Queen").exclude(year=1982).aggregate("count", "sum(year)") == {"count": 1, "sum(year)": 1978}
    assert albums[Album].aggregate() == {"count": 4}
    assert albums[Album].aggregate(group_by=()) == [{"count": 4}]


@pytest.mark.parametrize(("offset", "limit", "wanted"), [(0, 2, [1, 2]), (1, None, [2, 3]), (2, 2, [3]), (3, 2, []), (9, None, [])])
def test_a_page_of_groups_and_their_number(store: Store, offset: int, limit: int | None, wanted: list[int]) -> None:
    everything(store, "integer", 1, 2, 3, 3)
    plan = Aggregate(Everything, (Measure("count"),), (Value("integer"),), offset=offset, limit=limit, total=True)
    rows, total, _ = store.aggregate(plan)
    assert ([row[0] for row in rows], total) == (wanted, 3)


def test_without_groups_there_is_one_row_and_one_page(store: Store) -> None:
    everything(store, "integer", 1, 2)
    plan = Aggregate(Everything, (Measure("count"),), total=True, limit=5)
    assert store.aggregate(plan)[:2] == ([(2,)], 1)
    assert store.aggregate(Aggregate(Everything, (Measure("count"),), total=True, offset=1))[:2] == ([], 1)


def test_the_groups_break_ties(store: Store) -> None:
    everything(store, "integer", 2, 1, 3)
    plan = Aggregate(Everything, (Measure("count"),), (Value("integer"),), order=(Rank(1, descending=True),))
    assert [row[0] for row in store.aggregate(plan).rows] == [1, 2, 3]


def test_a_page_of_groups_is_one_statement(shop: SQLiteDataStore) -> None:
    plan = Aggregate(Everything, (Measure("count"),), (Value("integer"),), limit=5, total=True)
    with shop.recorded() as statements:
        shop.aggregate(plan)
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("measures", "by", "ordering", "said"),
    [
        (("sum(string)",), (), (), r"aggregate: sum\(string\): string is no number; there are count, count_distinct, min and max of it\."),
        (("sum(boolean)",), (), (), r"aggregate: sum\(boolean\): boolean is no number"),
        (("avg(date__year)",), (), (), r"aggregate: avg\(date__year\): date__year is no number"),
        (("max(json)",), (), (), r"aggregate: The values of json have no order; there is only their count\."),
        (("min(json__a)",), (), (), r"aggregate: The values of json have no order|json has no part"),
        (("sum",), (), (), r"aggregate: sum is that of a field: write sum\(price\)"),
        (("sum(integer",), (), (), r'aggregate: "sum\(integer" is no measure; write count, or one of a field'),
        (("count()",), (), (), r'aggregate: "count\(\)" is no measure'),
        (("sum (integer)",), (), (), r'aggregate: "sum \(integer\)" is no measure'),
        (("count", "count"), (), (), r'aggregate: "count" is there twice\.'),
        (("count",) * (MAX_MEASURES + 1), (), (), f"aggregate: At most {MAX_MEASURES} at once"),
        (("max(date__yeer)",), (), (), r'aggregate: date has no part "yeer"; did you mean "year"\?'),
        ((), ("json",), (), r"group_by: The values of json have no order"),
        ((), ("string__casefold",), (), r'group_by: string has no part "casefold"\.'),
        ((), ("string", "string"), (), r'group_by: "string" is there twice\.'),
        ((), "string", (), r'group_by: A tuple of names is required: \("string",\)\.'),
        ((), tuple("abcdef"), (), f"group_by: At most {MAX_GROUPS} at once"),
        ((), ("string",), ("count", "-count"), r'ordering: "count" is there twice\.'),
        ((), ("string",), ("count:first",), r'ordering: Behind the colon stands nullsfirst or nullslast, not "first"\.'),
    ],
)
def test_what_means_nothing_is_refused(store: Store, measures: tuple[str, ...], by: Any, ordering: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        store[Everything].aggregate(*measures, group_by=by, ordering=ordering)


@pytest.mark.parametrize(
    ("measures", "by", "ordering", "said"),
    [
        (("sun(integer)",), (), (), 'unknown measure "sun"; did you mean "sum"?'),
        (("sum(integr)",), (), (), 'unknown field "integr"; did you mean "integer"?'),
        ((), ("strin",), (), 'unknown field "strin"; did you mean "string"?'),
        ((), ("string",), ("-cuont",), 'unknown ordering "cuont"; did you mean "count"?'),
        ((), ("string",), ("integer",), 'unknown ordering "integer"'),
    ],
)
def test_an_unknown_name_is_told(store: Store, measures: tuple[str, ...], by: Any, ordering: tuple[str, ...], said: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        store[Everything].aggregate(*measures, group_by=by, ordering=ordering)
    assert str(refusal.value) == said


def test_a_row_has_one_value_for_its_group(albums: Store) -> None:
    with pytest.raises(ValidationError, match="group_by: album_set leads to several rows; a row has to have one value"):
        albums[Artist].aggregate(group_by=("album_set__title",))


def test_a_slice_is_not_aggregated(store: Store) -> None:
    with pytest.raises(ValueError, match="aggregate\\(\\) cannot follow a slice"):
        store[Everything].all()[:3].aggregate("count")


# Tables of others.


class Sale(models.Model):
    id = models.PkField()
    day = models.DateField()
    real = models.DecimalField(12, 2)
    text = models.DecimalField(18, 2)
    number = models.IntegerField()
    weight = models.FloatField()


@pytest.fixture
def sales(tmp_path: Path) -> SQLiteDataStore:
    """A table whose columns hold numbers in the ways that other programs write them."""
    file = tmp_path / "sales.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE sale (id INTEGER PRIMARY KEY, day TEXT, real NUMERIC, text TEXT, number, weight REAL)")
        connection.executemany(
            "INSERT INTO sale (day, real, text, number, weight) VALUES (?, ?, ?, ?, ?)",
            [
                ("2024-01-31", 0.1, "9.50", 1, 1.5), ("2024-01-31", 0.2, "10.00", "2", 2), ("2024-02-01", 3, "9.5", 3.0, None),
                ("2024-02-01", "none", "9999999999999999.99", "many", "x"), (None, None, None, None, None),
            ],
        )  # fmt: skip
        connection.commit()
    return SQLiteDataStore(file, models=(Sale,))


@pytest.mark.parametrize(
    ("measure", "wanted"),
    [
        ("sum(real)", "3.30"), ("avg(real)", "1.100000"), ("min(real)", "0.10"), ("sum(text)", "10000000000000028.99"),
        ("avg(text)", "2500000000000007.247500"), ("min(text)", "9.50"), ("max(text)", "9999999999999999.99"),
        ("count_distinct(text)", "3"), ("sum(number)", "6"), ("avg(number)", "2.0"), ("count(number)", "4"), ("sum(weight)", "3.5"),
        ("avg(weight)", "1.75"), ("sum(id)", "15"), ("max(day)", "2024-02-01"), ("count_distinct(day__month)", "2"),
    ],
)  # fmt: skip
def test_what_others_have_written_is_summed_as_it_is_shown(sales: SQLiteDataStore, measure: str, wanted: str) -> None:
    with closing(sales):
        assert str(sales[Sale].aggregate(measure)[measure]) == wanted


def test_groups_in_a_table_of_others(sales: SQLiteDataStore) -> None:
    with closing(sales):
        found = sales[Sale].aggregate("sum(real)", group_by=("day",), ordering=("-sum(real)",))
        assert [tuple(group.values()) for group in found] == [
            (date(2024, 2, 1), Decimal("3.00")), (date(2024, 1, 31), Decimal("0.30")), (None, None),
        ]  # fmt: skip
        by_text = sales[Sale].aggregate(group_by=("text",))
        assert [(str(group["text"]), group["count"]) for group in by_text] == [
            ("None", 1), ("9.50", 2), ("10.00", 1), ("9999999999999999.99", 1),
        ]  # fmt: skip
