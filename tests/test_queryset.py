"""The QuerySet as a value: slices, plans, representation, and what it refuses before it asks a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pyrest import models
from pyrest.datastores import MemoryDataStore
from pyrest.errors import Misdeclared, MultipleFound, NotFound, ValidationError
from pyrest.plan import EVERYTHING, And, Compare, Not, Order, Read
from pyrest.queryset import QuerySet


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    year = models.IntegerField(null=False, default=1970)
    notes = models.JSONField(default=list)

    class Meta:
        ordering = ("-year", "title")


ALBUMS = QuerySet(Album)
COLUMNS = ("id", "title", "year", "notes")
USUAL = (Order("year", descending=True), Order("title"))


@pytest.fixture
def store() -> MemoryDataStore:
    kept = MemoryDataStore(models=[Album])
    kept[Album].bulk_create({"title": str(n), "year": n} for n in range(20))
    return kept


@pytest.mark.parametrize(
    ("asked", "plan"),
    [
        (ALBUMS, Read(Album, COLUMNS, EVERYTHING, USUAL)),
        (ALBUMS.all(), Read(Album, COLUMNS, EVERYTHING, USUAL)),
        (ALBUMS.order_by("title"), Read(Album, COLUMNS, EVERYTHING, (Order("title"),))),
        (ALBUMS.order_by("title").order_by("year"), Read(Album, COLUMNS, EVERYTHING, (Order("year"),))),
        (ALBUMS.order_by(), Read(Album, COLUMNS)),
        (ALBUMS.filter(title="Blue"), Read(Album, COLUMNS, Compare("title", "=", "Blue"), USUAL)),
        (
            ALBUMS.filter(title="Blue").filter(year=1971),
            Read(Album, COLUMNS, And((Compare("title", "=", "Blue"), Compare("year", "=", 1971))), USUAL),
        ),
        (
            ALBUMS.exclude(title="Blue", year=1971),
            Read(Album, COLUMNS, Not(And((Compare("title", "=", "Blue"), Compare("year", "=", 1971)))), USUAL),
        ),
        (ALBUMS.exclude(), Read(Album, COLUMNS, Not(EVERYTHING), USUAL)),
        (ALBUMS.order_by()[3:7], Read(Album, COLUMNS, limit=4, offset=3)),
    ],
    ids=[
        "everything", "all", "order_by", "the last order_by holds", "no order", "filter", "filters add up", "exclude",
        "exclude everything", "slice",
    ],
)  # fmt: skip
def test_plan(asked: QuerySet[Album], plan: Read) -> None:
    assert asked.plan == plan


SLICES: list[Callable[[Any], Any]] = [
    lambda rows: rows[5:],
    lambda rows: rows[5:][5:],
    lambda rows: rows[5:10][2:],
    lambda rows: rows[5:10][:2],
    lambda rows: rows[5:10][2:4],
    lambda rows: rows[5:10][2:99],
    lambda rows: rows[5:10][7:],
    lambda rows: rows[5:10][7:9],
    lambda rows: rows[:10][5:][2:],
    lambda rows: rows[:3][:9],
    lambda rows: rows[15:99],
    lambda rows: rows[25:][3:],
    lambda rows: rows[3:3][:1],
    lambda rows: rows[9:4],
]


@pytest.mark.parametrize("take", SLICES, ids=range(len(SLICES)))
def test_slices_of_slices_are_those_of_a_list(store: MemoryDataStore, take: Callable[[Any], Any]) -> None:
    rows = store[Album].order_by("id")
    assert list(take(rows)) == take(list(rows))
    assert take(rows).count() == len(take(list(rows)))


def test_a_place_in_a_slice(store: MemoryDataStore) -> None:
    rows = store[Album].order_by("id")
    assert rows[5:10][2] == list(rows)[5:10][2]
    with pytest.raises(IndexError):
        rows[5:10][5]


@pytest.mark.parametrize("place", [slice(-3, None), slice(None, -1), slice(None, None, 2), slice(0, 9, 1), -1], ids=str)
def test_slices_that_a_store_could_not_keep_are_refused(place: Any) -> None:
    with pytest.raises(ValueError, match="sliced from its start, without a step"):
        ALBUMS[place]


@pytest.mark.parametrize(
    "call",
    [
        lambda rows: rows.filter(year=1),
        lambda rows: rows.exclude(year=1),
        lambda rows: rows.order_by("year"),
        lambda rows: rows.update(year=1),
        lambda rows: rows.delete(),
        lambda rows: rows.get(year=1),
    ],
    ids=["filter", "exclude", "order_by", "update", "delete", "get"],
)
@pytest.mark.parametrize("place", [slice(3), slice(2, None)], ids=["limit", "offset"])
def test_nothing_narrows_a_slice(store: MemoryDataStore, call: Callable[[QuerySet[Album]], object], place: slice) -> None:
    with pytest.raises(ValueError, match="cannot follow a slice; slice last"):
        call(store[Album][place])
    assert store[Album].count() == 20


def test_get_takes_the_one_row_of_a_slice(store: MemoryDataStore) -> None:
    assert store[Album].order_by("id")[4:5].get().year == 4
    with pytest.raises(MultipleFound, match="more than one Album matches everything"):
        store[Album][4:6].get()
    with pytest.raises(NotFound):
        store[Album][30:].get()


@pytest.mark.parametrize(
    "ask",
    [
        list,
        bool,
        lambda rows: rows.count(),
        lambda rows: rows.exists(),
        lambda rows: rows.first(),
        lambda rows: rows.get(pk=1),
        lambda rows: rows[0],
        lambda rows: rows.create(title="Blue"),
        lambda rows: rows.bulk_create([{"title": "Blue"}]),
        lambda rows: rows.update(year=1),
        lambda rows: rows.delete(),
    ],
    ids=["iterate", "bool", "count", "exists", "first", "get", "place", "create", "bulk_create", "update", "delete"],
)
def test_without_a_store_it_can_ask_nothing(ask: Callable[[QuerySet[Album]], object]) -> None:
    with pytest.raises(Misdeclared, match=r"QuerySet\(Album\) has no store to ask; take store\[Album\]"):
        ask(ALBUMS)


def test_unbound_it_can_be_narrowed_and_bound_later(store: MemoryDataStore) -> None:
    late = ALBUMS.filter(year__gte=15).exclude(title="17").order_by("year")[1:]
    assert [album.year for album in late.on(store)] == [16, 18, 19]


def test_binding_leaves_the_unbound_one_as_it_was(store: MemoryDataStore) -> None:
    late = ALBUMS.filter(year=3)
    late.on(store)
    assert late.store is None


@pytest.mark.parametrize(
    "narrow",
    [lambda rows: rows.filter(year=1), lambda rows: rows.exclude(year=1), lambda rows: rows.order_by("year"), lambda rows: rows[:1]],
    ids=["filter", "exclude", "order_by", "slice"],
)
def test_narrowing_leaves_the_wide_one_as_it_was(store: MemoryDataStore, narrow: Callable[[QuerySet[Album]], object]) -> None:
    rows = store[Album]
    narrow(rows)
    assert [album.year for album in rows] == list(range(19, -1, -1))


def test_repr(store: MemoryDataStore) -> None:
    assert (repr(ALBUMS), repr(store[Album])) == ("QuerySet(Album)", "store[Album]")


def test_truth_is_whether_there_are_rows(store: MemoryDataStore) -> None:
    assert store[Album].filter(year=3)
    assert not store[Album].filter(year=99)


def test_a_row_is_in_it(store: MemoryDataStore) -> None:
    assert store[Album].get(year=3) in store[Album]
    assert store[Album].get(year=3) not in store[Album].filter(year=4)


class TestValues:
    """What a row is made of where something was left out or is wrong."""

    def test_defaults_are_taken_and_are_each_rows_own(self, store: MemoryDataStore) -> None:
        first, second = store[Album].bulk_create([{"title": "a"}, {"title": "b"}])
        assert (first.year, first.notes, second.notes) == (1970, [], [])
        first.notes.append(1)
        assert second.notes == []

    def test_a_value_is_taken_in_the_form_that_json_has(self, store: MemoryDataStore) -> None:
        assert store[Album].create(title="a", year=1971.0).year == 1971

    def test_a_key_that_the_store_gives_may_be_said_to_be_null(self, store: MemoryDataStore) -> None:
        assert store[Album].create(id=None, title="a").pk == 21

    @pytest.mark.parametrize(
        ("values", "errors", "missing"),
        [
            ({}, {"title": ["This field is required."]}, {"title"}),
            ({"title": None}, {"title": ["This field may not be null."]}, set()),
            (
                {"title": 5, "year": "x"},
                {"title": ["Not a valid string."], "year": ["A valid integer is required."]},
                set(),
            ),
            ({"title": "a", "year": None}, {"year": ["This field may not be null."]}, set()),
            ({"title": "a", "id": "7"}, {"id": ["A valid integer is required."]}, set()),
        ],
        ids=str,
    )
    def test_all_that_is_wrong_is_told_at_once(
        self, store: MemoryDataStore, values: dict[str, Any], errors: dict[str, Any], missing: set[str]
    ) -> None:
        with pytest.raises(ValidationError) as caught:
            store[Album].create(**values)
        assert (caught.value.errors, caught.value.missing) == (errors, missing)

    def test_so_it_is_for_an_update(self, store: MemoryDataStore) -> None:
        with pytest.raises(ValidationError) as caught:
            store[Album].update(title=5, year=None, id=3)
        assert caught.value.errors == {
            "title": ["Not a valid string."],
            "year": ["This field may not be null."],
            "id": ["A key never changes."],
        }
