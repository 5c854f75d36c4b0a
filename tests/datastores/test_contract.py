"""What every store keeps: the methods of a QuerySet, transactions, uniqueness, nulls, foreign keys, keys."""

from __future__ import annotations

import operator
import re
import threading
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from pyrest.datastores.protocol import Result
from pyrest.errors import (
    Conflict,
    Misdeclared,
    MultipleFound,
    NotFound,
    ReferenceViolated,
    StillReferenced,
    UniqueViolated,
    UnknownName,
    ValidationError,
)
from pyrest.models import Model, PkField
from pyrest.plan import Insert, Read
from pyrest.q import Q
from pyrest.queryset import QuerySet
from pyrest.store import Store
from tests.datastores.shelf import (
    EXTREMES,
    Album,
    Artist,
    Chicken,
    City,
    Country,
    Egg,
    Employee,
    Everything,
    Folder,
    Passport,
    Review,
    Stamp,
    Track,
)


class Stranger(Model):
    """A model that no store keeps."""

    id = PkField()


def titles(rows: QuerySet[Album]) -> list[str]:
    return [album.title for album in rows]


@pytest.fixture
def albums(store: Store) -> QuerySet[Album]:
    """Five albums by key: Blue 1971, Hejira 1976, Mingus 1979, Court without a year, and another Blue, 2004."""
    store[Artist].bulk_create([{"name": "Joni"}, {"name": "Ella"}])
    store[Album].bulk_create(
        [
            {"title": "Blue", "year": 1971, "artist": 1},
            {"title": "Hejira", "year": 1976, "artist": 1},
            {"title": "Mingus", "year": 1979, "artist": 1},
            {"title": "Court", "year": None, "artist": None},
            {"title": "Blue", "year": 2004, "artist": 2},
        ]
    )
    return store[Album]


class TestReading:
    def test_iteration_gives_rows_in_the_order_of_their_keys(self, albums: QuerySet[Album]) -> None:
        assert [(a.pk, a.title, a.year) for a in albums] == [
            (1, "Blue", 1971), (2, "Hejira", 1976), (3, "Mingus", 1979), (4, "Court", None), (5, "Blue", 2004),
        ]  # fmt: skip

    def test_all_is_everything(self, albums: QuerySet[Album]) -> None:
        assert list(albums.all()) == list(albums)

    @pytest.mark.parametrize(
        ("lookups", "keys"),
        [
            ({}, [1, 2, 3, 4, 5]),
            ({"title": "Blue"}, [1, 5]),
            ({"title__exact": "Blue"}, [1, 5]),
            ({"title": "Blue", "year": 1971}, [1]),
            ({"title": "blue"}, []),
            ({"year": None}, [4]),
            ({"year__ne": 1971}, [2, 3, 4, 5]),
            ({"year__ne": None}, [1, 2, 3, 5]),
            ({"year__gt": 1976}, [3, 5]),
            ({"year__gte": 1976}, [2, 3, 5]),
            ({"year__lt": 1976}, [1]),
            ({"year__lte": 1976}, [1, 2]),
            ({"year__gte": 1972, "year__lte": 1979}, [2, 3]),
            ({"year__in": [1971, 2004, 1900]}, [1, 5]),
            ({"year__in": []}, []),
            ({"title__in": ("Court", "Hejira")}, [2, 4]),
            ({"year__isnull": True}, [4]),
            ({"year__isnull": False}, [1, 2, 3, 5]),
            ({"pk": 3}, [3]),
            ({"pk__in": {2, 9}}, [2]),
            ({"title__gt": "Blue"}, [2, 3, 4]),
        ],
        ids=str,
    )
    def test_filter(self, albums: QuerySet[Album], lookups: dict[str, Any], keys: list[int]) -> None:
        assert [album.pk for album in albums.filter(**lookups)] == keys

    @pytest.mark.parametrize(
        ("lookups", "keys"),
        [
            ({"year": 1971}, [2, 3, 4, 5]),
            ({"year": None}, [1, 2, 3, 5]),
            ({"year__ne": 1971}, [1]),
            ({"year__gt": 1976}, [1, 2, 4]),
            ({"year__in": [1971, 1976]}, [3, 4, 5]),
            ({"year__in": []}, [1, 2, 3, 4, 5]),
            ({"year__isnull": True}, [1, 2, 3, 5]),
            ({"title": "Blue", "year": 1971}, [2, 3, 4, 5]),
        ],
        ids=str,
    )
    def test_exclude_keeps_rows_with_nulls(self, albums: QuerySet[Album], lookups: dict[str, Any], keys: list[int]) -> None:
        assert [album.pk for album in albums.exclude(**lookups)] == keys

    def test_a_row_meets_a_lookup_or_its_exclusion_but_never_both(self, albums: QuerySet[Album]) -> None:
        for lookup in ("year", "year__ne", "year__gt", "year__gte", "year__lt", "year__lte"):
            meets, fails = albums.filter(**{lookup: 1976}), albums.exclude(**{lookup: 1976})
            assert sorted(a.pk for a in (*meets, *fails)) == [1, 2, 3, 4, 5]

    def test_filters_and_exclusions_add_up(self, albums: QuerySet[Album]) -> None:
        assert [a.pk for a in albums.filter(artist=1).exclude(title="Blue").filter(year__lt=1979)] == [2]

    def test_filter_takes_a_row_for_the_value_that_points_at_it(self, store: Store, albums: QuerySet[Album]) -> None:
        joni = store[Artist].get(name="Joni")
        assert albums.filter(artist=joni).count() == 3
        assert albums.filter(artist__in=store[Artist].all()).count() == 4

    def test_filter_takes_a_row_for_the_column_that_is_pointed_at(self, store: Store) -> None:
        city = store[City].create(slug="oslo")
        passport = store[Passport].create(city="oslo")
        assert list(store[Passport].filter(city=city)) == [passport]

    @pytest.mark.parametrize(
        ("names", "keys"),
        [
            (("title",), [1, 5, 4, 2, 3]),
            (("-title",), [3, 2, 4, 1, 5]),
            (("year",), [4, 1, 2, 3, 5]),
            (("-year",), [5, 3, 2, 1, 4]),
            (("artist", "-year"), [4, 3, 2, 1, 5]),
            (("-pk",), [5, 4, 3, 2, 1]),
            (("title", "-id"), [5, 1, 4, 2, 3]),
            ((), [1, 2, 3, 4, 5]),
        ],
        ids=str,
    )
    def test_order_by_puts_nulls_first_and_breaks_ties_by_the_key(
        self, albums: QuerySet[Album], names: tuple[str, ...], keys: list[int]
    ) -> None:
        assert [album.pk for album in albums.order_by(*names)] == keys

    def test_text_is_ordered_by_its_code_points(self, store: Store) -> None:
        names = ["\U0001f600", "Z", "a", "ä", "\uffff", "B", "10", "9"]
        store[Artist].bulk_create({"name": name} for name in names)
        assert [artist.name for artist in store[Artist].order_by("name")] == sorted(names)

    @pytest.mark.parametrize(
        ("place", "keys"),
        [
            (slice(None), [1, 2, 3, 4, 5]),
            (slice(2), [1, 2]),
            (slice(1, 3), [2, 3]),
            (slice(3, None), [4, 5]),
            (slice(4, 99), [5]),
            (slice(9, 12), []),
            (slice(3, 3), []),
            (slice(3, 1), []),
            (slice(0, 0), []),
            (slice(10**30, None), []),
            (slice(1, 10**30), [2, 3, 4, 5]),
        ],
        ids=str,
    )
    def test_slicing(self, albums: QuerySet[Album], place: slice, keys: list[int]) -> None:
        assert [album.pk for album in albums[place]] == keys
        assert albums[place].count() == len(keys)
        assert albums[place].exists() is bool(keys)

    def test_one_place(self, albums: QuerySet[Album]) -> None:
        assert albums[3].title == "Court"
        with pytest.raises(IndexError, match="there is no row 5"):
            albums[5]

    def test_get(self, albums: QuerySet[Album]) -> None:
        assert albums.get(title="Hejira").pk == 2
        assert albums.get(pk=3).title == "Mingus"
        assert albums.filter(year__gt=1980).get().pk == 5

    def test_get_without_a_row(self, albums: QuerySet[Album]) -> None:
        with pytest.raises(NotFound, match="no Album matches title='Turbulent', year=1977"):
            albums.get(title="Turbulent", year=1977)

    def test_get_by_a_tree(self, albums: QuerySet[Album]) -> None:
        assert albums.get(Q(title="Hejira") | Q(title="none"), pk=2).pk == 2
        with pytest.raises(NotFound, match=re.escape("no Album matches ~Q(Q(title='Hejira')), pk=2")):
            albums.get(~Q(title="Hejira"), pk=2)

    def test_get_with_two_rows(self, albums: QuerySet[Album]) -> None:
        with pytest.raises(MultipleFound, match="more than one Album matches title='Blue'"):
            albums.get(title="Blue")

    def test_first(self, albums: QuerySet[Album]) -> None:
        found = albums.order_by("-year").first()
        assert found is not None
        assert found.year == 2004
        assert albums.filter(title="none").first() is None

    def test_count_and_exists(self, albums: QuerySet[Album]) -> None:
        assert (albums.count(), albums.filter(title="Blue").count(), albums.filter(title="none").count()) == (5, 2, 0)
        assert albums.exists() is True
        assert albums.filter(title="none").exists() is False

    def test_each_iteration_asks_anew(self, albums: QuerySet[Album]) -> None:
        blue = albums.filter(title="Blue")
        assert len(list(blue)) == 2
        albums.filter(year=2004).delete()
        assert len(list(blue)) == 1

    def test_a_total_does_not_know_limit_and_offset(self, store: Store, albums: QuerySet[Album]) -> None:
        result = store.read(Read(Album, ("title", "id"), albums.filter(artist=1).where, limit=1, offset=1, total=True))
        assert result == Result([("Hejira", 2)], 3)

    def test_a_total_is_only_counted_where_it_is_asked_for(self, store: Store, albums: QuerySet[Album]) -> None:
        assert store.read(Read(Album, ("id",), limit=1)) == Result([(1,)], None)

    def test_columns_come_in_the_order_of_the_plan(self, store: Store, albums: QuerySet[Album]) -> None:
        assert store.read(Read(Album, ("year", "title", "year"), limit=1)).rows == [(1971, "Blue", 1971)]

    @pytest.mark.parametrize(("connector", "found"), [(operator.or_, 2), (operator.and_, 0)])
    def test_a_tree_of_a_thousand_terms_is_no_deeper_than_one_of_two(
        self, store: Store, connector: Callable[[Q, Q], Q], found: int
    ) -> None:
        store[Artist].bulk_create([{"name": "1"}, {"name": "2"}])
        assert store[Artist].filter(reduce(connector, (Q(name=str(n)) for n in range(1_000)))).count() == found


class TestWriting:
    def test_create_returns_the_row_with_its_key(self, store: Store) -> None:
        joni = store[Artist].create(name="Joni")
        assert (joni.pk, joni.name) == (1, "Joni")
        assert store[Artist].get(pk=1) == joni

    def test_create_takes_a_key_and_goes_on_from_there(self, store: Store) -> None:
        assert store[Artist].create(id=41, name="Joni").pk == 41
        assert store[Artist].create(name="Ella").pk == 42

    def test_a_key_may_be_negative(self, store: Store) -> None:
        assert store[Artist].create(id=-5, name="Joni").pk == -5
        assert store[Artist].create(name="Ella").pk == 1

    def test_a_row_not_stored_yet_can_be_stored(self, store: Store) -> None:
        row = Artist(name="Joni")
        (stored,) = store[Artist].bulk_create([row])
        assert (row.pk, stored.pk, stored.name) == (None, 1, "Joni")

    def test_a_row_not_stored_yet_takes_the_default_of_its_key(self, store: Store) -> None:
        (stored,) = store[City].bulk_create([City(slug="oslo")])
        assert store[City].get(slug="oslo").pk == stored.pk is not None

    def test_bulk_create_returns_the_rows_in_order(self, store: Store) -> None:
        rows = store[Artist].bulk_create([{"name": "c"}, {"name": "a"}, {"name": "b"}])
        assert [(row.pk, row.name) for row in rows] == [(1, "c"), (2, "a"), (3, "b")]
        assert list(store[Artist]) == rows

    def test_bulk_create_with_some_keys_given(self, store: Store) -> None:
        rows = store[Artist].bulk_create([{"name": "a"}, {"id": 7, "name": "b"}, {"name": "c"}, {"id": 3, "name": "d"}, {"name": "e"}])
        assert len({row.pk for row in rows}) == 5
        assert (rows[1].pk, rows[3].pk) == (7, 3)
        assert {row.pk: row.name for row in store[Artist]} == {row.pk: row.name for row in rows}
        assert store[Artist].create(name="f").pk > 7

    def test_keys_given_behind_those_counted_do_not_meet_them(self, store: Store) -> None:
        rows = store[Artist].bulk_create([{"name": "a"}, {"name": "b"}, {"id": 2, "name": "c"}, {"id": 1, "name": "d"}])
        assert len({row.pk for row in rows}) == 4

    def test_bulk_create_of_nothing(self, store: Store) -> None:
        assert store[Artist].bulk_create([]) == []

    def test_bulk_create_of_many(self, store: Store) -> None:
        rows = store[Artist].bulk_create({"name": str(n)} for n in range(1_234))
        assert [row.pk for row in rows] == list(range(1, 1_235))
        assert [artist.name for artist in store[Artist]] == [str(n) for n in range(1_234)]

    @pytest.mark.parametrize("bad", [{"name": "a"}, {"id": 1, "name": "z"}], ids=["unique", "key"])
    def test_bulk_create_is_all_or_nothing(self, store: Store, bad: dict[str, Any]) -> None:
        with pytest.raises(UniqueViolated):
            store[Artist].bulk_create([{"id": 1, "name": "a"}, *({"name": f"n{n}"} for n in range(300)), bad])
        assert store[Artist].count() == 0

    def test_bulk_create_with_a_wrong_value_stores_nothing(self, store: Store) -> None:
        with pytest.raises(ValidationError):
            store[Artist].bulk_create([{"name": "a"}, {"name": 5}])
        assert store[Artist].count() == 0

    def test_create_names_all_wrong_and_missing_values(self, store: Store) -> None:
        with pytest.raises(ValidationError) as caught:
            store[Album].create(year="1971")
        assert caught.value.errors == {"title": ["This field is required."], "year": ["A valid integer is required."]}
        assert caught.value.missing == {"title"}

    def test_update_returns_how_many_rows_there_were(self, albums: QuerySet[Album]) -> None:
        assert albums.filter(title="Blue").update(year=2000) == 2
        assert [a.pk for a in albums.filter(year=2000)] == [1, 5]
        assert albums.filter(title="none").update(year=1) == 0

    def test_update_counts_rows_that_stay_as_they_were(self, albums: QuerySet[Album]) -> None:
        assert albums.filter(title="Hejira").update(year=1976) == 1

    def test_update_to_null(self, albums: QuerySet[Album]) -> None:
        assert albums.update(year=None) == 5
        assert albums.filter(year=None).count() == 5

    def test_update_of_nothing_counts(self, albums: QuerySet[Album]) -> None:
        assert albums.filter(title="Blue").update() == 2

    def test_a_key_never_changes(self, albums: QuerySet[Album]) -> None:
        with pytest.raises(ValidationError, match="id: A key never changes"):
            albums.filter(pk=1).update(id=9)

    def test_delete_returns_how_many_rows_there_were(self, albums: QuerySet[Album]) -> None:
        assert albums.filter(title="Blue").delete() == 2
        assert titles(albums) == ["Hejira", "Mingus", "Court"]
        assert albums.filter(title="Blue").delete() == 0

    def test_delete_does_not_count_what_goes_by_cascade(self, store: Store, albums: QuerySet[Album]) -> None:
        store[Track].bulk_create([{"title": "a", "album": 1}, {"title": "b", "album": 1}])
        assert albums.filter(pk=1).delete() == 1
        assert store[Track].count() == 0


class TestEveryField:
    @pytest.mark.parametrize(
        ("name", "value"),
        [pytest.param(name, value, id=f"{name}-{value!a}") for name, values in EXTREMES.items() for value in values],
    )
    def test_comes_back_exactly(self, store: Store, name: str, value: Any) -> None:
        created = store[Everything].create(**{name: value})
        read = store[Everything].get(pk=created.pk)
        assert (type(getattr(read, name)), repr(getattr(read, name))) == (type(value), repr(value)) or name == "json"
        assert getattr(read, name) == getattr(created, name) == value
        assert store[Everything].filter(**{name: value}).count() == 1
        assert store[Everything].filter(**{f"{name}__in": [value]}).count() == 1
        assert store[Everything].exclude(**{name: value}).count() == 0

    @pytest.mark.parametrize("name", EXTREMES)
    def test_may_be_null(self, store: Store, name: str) -> None:
        store[Everything].create()
        assert getattr(store[Everything].get(), name) is None
        assert store[Everything].filter(**{name: None}).count() == 1

    @pytest.mark.parametrize("name", [name for name in EXTREMES if name != "json"])
    def test_keeps_its_order(self, store: Store, name: str) -> None:
        values = sorted(EXTREMES[name])
        store[Everything].bulk_create({name: value} for value in reversed(values))
        assert [getattr(row, name) for row in store[Everything].order_by(name)] == values
        for i, value in enumerate(values):
            assert store[Everything].filter(**{f"{name}__lt": value}).count() == i
            assert store[Everything].filter(**{f"{name}__gte": value}).count() == len(values) - i

    def test_json_is_equal_as_json_is(self, store: Store) -> None:
        store[Everything].bulk_create([{"json": 1}, {"json": 1.0}, {"json": True}, {"json": {"a": 1, "b": 2}}])
        assert [row.pk for row in store[Everything].filter(json=1)] == [1]
        assert [row.pk for row in store[Everything].filter(json=1.0)] == [2]
        assert [row.pk for row in store[Everything].filter(json__in=[True, "1"])] == [3]
        assert [row.pk for row in store[Everything].filter(json={"b": 2, "a": 1})] == [4]

    def test_json_that_was_given_or_read_can_be_changed_without_changing_the_row(self, store: Store) -> None:
        given = {"a": [1]}
        store[Everything].create(json=given)
        given["a"].append(2)
        store[Everything].get().json["a"].append(3)
        assert store[Everything].get().json == {"a": [1]}

    def test_update_of_every_field(self, store: Store) -> None:
        store[Everything].create()
        last = {name: values[-1] for name, values in EXTREMES.items()}
        assert store[Everything].update(**last) == 1
        row = store[Everything].get()
        assert {name: getattr(row, name) for name in EXTREMES} == last


class TestUniqueness:
    def test_of_a_field(self, store: Store) -> None:
        store[Artist].create(name="Joni")
        with pytest.raises(UniqueViolated, match="another row has the same name already") as caught:
            store[Artist].create(name="Joni")
        assert caught.value.fields == ("name",)
        assert store[Artist].count() == 1

    def test_of_a_key(self, store: Store) -> None:
        store[Artist].create(id=1, name="Joni")
        with pytest.raises(UniqueViolated) as caught:
            store[Artist].create(id=1, name="Ella")
        assert caught.value.fields == ("id",)

    def test_of_a_key_of_text(self, store: Store) -> None:
        store[Country].create(code="NO")
        with pytest.raises(UniqueViolated) as caught:
            store[Country].create(code="NO")
        assert caught.value.fields == ("code",)

    def test_of_fields_together(self, albums: QuerySet[Album]) -> None:
        with pytest.raises(UniqueViolated) as caught:
            albums.create(title="Blue", artist=1)
        assert caught.value.fields == ("artist", "title")

    def test_nulls_differ_from_each_other(self, store: Store) -> None:
        store[Album].bulk_create([{"title": "Court"}, {"title": "Court"}])
        store[City].bulk_create([{"slug": None}, {"slug": None}])
        assert (store[Album].count(), store[City].count()) == (2, 2)

    def test_an_update_that_makes_two_rows_equal_changes_none(self, store: Store) -> None:
        store[Artist].bulk_create([{"name": "Joni"}, {"name": "Ella"}])
        with pytest.raises(UniqueViolated):
            store[Artist].update(name="Nina")
        assert [artist.name for artist in store[Artist]] == ["Joni", "Ella"]

    def test_a_row_may_keep_its_own_value(self, store: Store) -> None:
        store[Artist].create(name="Joni")
        assert store[Artist].update(name="Joni") == 1


class TestNulls:
    def test_a_field_that_is_not_null_refuses_it(self, store: Store) -> None:
        with pytest.raises(ValidationError) as caught:
            store[Artist].create(name=None)
        assert caught.value.errors == {"name": ["This field may not be null."]}

    def test_so_does_an_update(self, store: Store) -> None:
        store[Artist].create(name="Joni")
        with pytest.raises(ValidationError) as caught:
            store[Artist].update(name=None)
        assert caught.value.errors == {"name": ["This field may not be null."]}

    def test_the_store_refuses_what_went_past_the_queryset(self, store: Store) -> None:
        with pytest.raises(ValidationError) as caught:
            store.insert(Insert(Artist, ("id", "name"), ((None, None),)))
        assert caught.value.errors == {"name": ["This field may not be null."]}


class TestForeignKeys:
    def test_must_point_at_a_row(self, store: Store) -> None:
        with pytest.raises(ReferenceViolated):
            store[Album].create(title="Blue", artist=1)
        assert store[Album].count() == 0

    def test_must_point_at_a_row_after_an_update(self, albums: QuerySet[Album]) -> None:
        with pytest.raises(ReferenceViolated) as caught:
            albums.filter(pk=1).update(artist=9)
        assert not isinstance(caught.value, StillReferenced)
        assert albums.get(pk=1).artist == 1

    def test_may_be_null(self, store: Store) -> None:
        assert store[Album].create(title="Court").artist is None

    def test_may_point_at_a_column_that_is_unique(self, store: Store) -> None:
        store[City].create(slug="oslo")
        assert store[Passport].create(city="oslo").city == "oslo"
        with pytest.raises(ReferenceViolated):
            store[Passport].create(city="rome")

    def test_a_value_that_is_pointed_at_does_not_change(self, store: Store) -> None:
        store[City].create(slug="oslo")
        store[Passport].create(city="oslo")
        with pytest.raises(StillReferenced) as caught:
            store[City].update(slug="rome")
        assert caught.value.tables == ("passport",)
        assert store[City].update(slug="oslo") == 1

    def test_restrict_keeps_the_row(self, store: Store, albums: QuerySet[Album]) -> None:
        with pytest.raises(StillReferenced, match="this row of artist is still used by album") as caught:
            store[Artist].filter(pk=1).delete()
        assert caught.value.tables == ("album",)
        assert store[Artist].count() == 2

    def test_restrict_keeps_all_rows_of_the_statement(self, store: Store, albums: QuerySet[Album]) -> None:
        store[Artist].create(name="Nobody's")
        with pytest.raises(StillReferenced):
            store[Artist].delete()
        assert store[Artist].count() == 3

    def test_cascade_takes_rows_along(self, store: Store, albums: QuerySet[Album]) -> None:
        store[Track].bulk_create([{"title": "a", "album": 1}, {"title": "b", "album": 2}, {"title": "c"}])
        albums.filter(pk=1).delete()
        assert [track.title for track in store[Track]] == ["b", "c"]

    def test_set_null(self, store: Store, albums: QuerySet[Album]) -> None:
        store[Review].bulk_create([{"stars": 5, "album": 1}, {"stars": 4, "album": 2}])
        albums.filter(pk=1).delete()
        assert [(review.stars, review.album) for review in store[Review]] == [(5, None), (4, 2)]

    def test_a_restriction_behind_a_cascade_keeps_everything(self, store: Store, albums: QuerySet[Album]) -> None:
        store[Track].create(title="a", album=1)
        store[Review].create(stars=5, track=1, album=1)
        with pytest.raises(StillReferenced) as caught:
            albums.filter(pk=1).delete()
        assert "track" not in caught.value.tables
        assert (albums.count(), store[Track].count(), store[Review].get().album) == (5, 1, 1)

    def test_a_null_set_on_a_column_that_is_pointed_at_keeps_everything(self, store: Store) -> None:
        store[City].create(slug="oslo")
        store[Passport].create(city="oslo")
        store[Stamp].create(passport="oslo")
        with pytest.raises(StillReferenced):
            store[City].delete()
        assert (store[City].count(), store[Passport].get().city, store[Stamp].get().passport) == (1, "oslo", "oslo")

    def test_a_row_may_point_at_itself(self, store: Store) -> None:
        store[Employee].create(id=1, name="Ada", boss=1)
        assert store[Employee].delete() == 1

    def test_a_boss_stays_while_there_are_reports(self, store: Store) -> None:
        store[Employee].bulk_create([{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob", "boss": 1}])
        with pytest.raises(StillReferenced) as caught:
            store[Employee].filter(name="Ada").delete()
        assert caught.value.tables == ("employee",)

    def test_parent_and_child_go_in_one_statement(self, store: Store) -> None:
        store[Employee].bulk_create([{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob", "boss": 1}, {"id": 3, "name": "Cy", "boss": 2}])
        assert store[Employee].filter(pk__in=[2, 3]).delete() == 2
        assert store[Employee].delete() == 1

    def test_a_row_that_goes_along_and_is_meant_as_well_is_counted(self, store: Store) -> None:
        store[Folder].bulk_create([{"id": n, "name": str(n), "parent": n - 1 or None} for n in range(1, 10)])
        assert store[Folder].filter(pk__in=[2, 3, 9]).delete() == 3
        assert store[Folder].delete() == 1

    def test_a_chain_cascades_to_its_end(self, store: Store) -> None:
        store[Folder].bulk_create([{"id": n, "name": str(n), "parent": n - 1 or None} for n in range(1, 900)])
        assert store[Folder].filter(pk=1).delete() == 1
        assert store[Folder].count() == 0

    def test_a_ring_cascades_once_around(self, store: Store) -> None:
        store[Folder].bulk_create([{"id": n, "name": str(n), "parent": n % 3 + 1} for n in (1, 2, 3)])
        assert store[Folder].filter(pk=2).delete() == 1
        assert store[Folder].count() == 0

    def test_two_tables_may_point_at_each_other(self, store: Store) -> None:
        egg = store[Egg].create()
        chicken = store[Chicken].create(egg=egg.pk)
        store[Egg].update(chicken=chicken.pk)
        assert store[Chicken].delete() == 1
        assert store[Egg].get().chicken is None

    def test_a_cycle_of_cascade_and_set_null(self, store: Store) -> None:
        egg = store[Egg].create()
        chicken = store[Chicken].create(egg=egg.pk)
        store[Egg].update(chicken=chicken.pk)
        assert store[Egg].delete() == 1
        assert store[Chicken].count() == 0

    @pytest.mark.parametrize("size", [2, 350], ids=["two", "many"])
    def test_bulk_create_may_name_a_target_before_it_comes(self, store: Store, size: int) -> None:
        store[Employee].bulk_create([{"id": n, "name": str(n), "boss": n % size + 1} for n in range(1, size + 1)])
        assert store[Employee].get(pk=1).boss == 2

    def test_bulk_create_whose_target_never_comes_stores_nothing(self, store: Store) -> None:
        rows = [{"id": n, "name": str(n), "boss": n + 1} for n in range(1, 351)]
        with pytest.raises(ReferenceViolated):
            store[Employee].bulk_create(rows)
        assert store[Employee].count() == 0

    def test_a_refused_bulk_create_leaves_the_outer_transaction_whole(self, store: Store) -> None:
        with store.transaction():
            store[Employee].create(id=1, name="Ada")
            with pytest.raises(ReferenceViolated):
                store[Employee].bulk_create([{"id": 2, "name": "Bob", "boss": 3}, {"id": 4, "name": "Cy", "boss": 1}])
            store[Employee].bulk_create([{"id": 2, "name": "Bob", "boss": 3}, {"id": 3, "name": "Cy", "boss": 1}])
            with pytest.raises(StillReferenced):
                store[Employee].filter(pk=1).delete()
        assert [employee.pk for employee in store[Employee]] == [1, 2, 3]


class TestKeys:
    @pytest.mark.parametrize("empty_first", [False, True], ids=["the last row", "all rows"])
    def test_are_not_given_twice(self, store: Store, empty_first: bool) -> None:
        store[Artist].bulk_create([{"name": "a"}, {"name": "b"}, {"name": "c"}])
        assert store[Artist].filter(pk__gte=1 if empty_first else 3).delete() in (1, 3)
        assert store[Artist].create(name="d").pk == 4
        assert [row.pk for row in store[Artist].bulk_create([{"name": "e"}, {"name": "f"}])] == [5, 6]

    def test_are_not_given_twice_after_a_bulk(self, store: Store) -> None:
        store[Artist].bulk_create([{"name": "a"}, {"id": 9, "name": "b"}])
        store[Artist].delete()
        assert [row.pk for row in store[Artist].bulk_create([{"name": "c"}, {"name": "d"}])] == [11, 12]

    def test_of_a_write_that_was_refused_is_given_again(self, store: Store) -> None:
        store[Artist].create(name="a")
        with pytest.raises(UniqueViolated):
            store[Artist].create(name="a")
        with pytest.raises(UniqueViolated):
            store[Artist].bulk_create([{"id": 50, "name": "b"}, {"name": "a"}])
        assert store[Artist].create(name="c").pk == 2

    @pytest.mark.parametrize("code", ["", ".", "..", "a/b"])
    def test_of_text_are_fit_for_an_address(self, store: Store, code: str) -> None:
        with pytest.raises(ValidationError):
            store[Country].create(code=code)

    def test_that_are_random_differ(self, store: Store) -> None:
        rows = store[City].bulk_create([{}, {}, {}])
        assert len({row.pk for row in rows}) == 3
        assert {row.pk for row in store[City]} == {row.pk for row in rows}


class TestTransactions:
    def test_keeps_what_happened_inside(self, store: Store) -> None:
        with store.transaction():
            store[Artist].create(name="a")
            store[Artist].create(name="b")
        assert store[Artist].count() == 2

    def test_takes_back_everything_after_an_exception(self, store: Store) -> None:
        store[Artist].create(name="a")
        with pytest.raises(ZeroDivisionError), store.transaction():
            store[Artist].create(name="b")
            store[Artist].filter(name="a").update(name="c")
            store[Artist].filter(name="c").delete()
            raise ZeroDivisionError
        assert [(artist.pk, artist.name) for artist in store[Artist]] == [(1, "a")]
        assert store[Artist].create(name="b").pk == 2

    def test_sees_its_own_writes(self, store: Store) -> None:
        with store.transaction():
            store[Artist].create(name="a")
            assert store[Artist].filter(name="a").exists()
            assert store.read(Read(Artist, ("name",), total=True)) == Result([("a",)], 1)

    def test_an_inner_one_that_fails_leaves_the_outer_one(self, store: Store) -> None:
        with store.transaction():
            store[Artist].create(name="a")
            with pytest.raises(ZeroDivisionError), store.transaction():
                store[Artist].create(name="b")
                with store.transaction():
                    store[Artist].create(name="c")
                raise ZeroDivisionError
            store[Artist].create(name="d")
        assert [artist.name for artist in store[Artist]] == ["a", "d"]

    def test_an_outer_one_that_fails_takes_the_inner_ones_along(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction():
            with store.transaction():
                store[Artist].create(name="a")
            raise ZeroDivisionError
        assert store[Artist].count() == 0

    def test_goes_on_after_a_refused_write(self, store: Store) -> None:
        with store.transaction():
            store[Artist].create(name="a")
            with pytest.raises(Conflict):
                store[Artist].create(name="a")
            store[Artist].create(name="b")
        assert [artist.name for artist in store[Artist]] == ["a", "b"]

    def test_takes_back_a_cascade(self, store: Store, albums: QuerySet[Album]) -> None:
        store[Track].create(title="a", album=1)
        store[Review].create(stars=5, album=1)
        with pytest.raises(ZeroDivisionError), store.transaction():
            albums.filter(pk=1).delete()
            assert store[Track].count() == 0
            raise ZeroDivisionError
        assert (albums.count(), store[Track].get().album, store[Review].get().album) == (5, 1, 1)

    def test_can_be_left_early(self, store: Store) -> None:
        def leave() -> str:
            with store.transaction():
                store[Artist].create(name="a")
                return "left"

        assert leave() == "left"
        assert store[Artist].count() == 1

    def test_of_another_thread_is_not_seen_half(self, store: Store) -> None:
        seen: list[int] = []
        begun, may_end = threading.Event(), threading.Event()

        def write() -> None:
            with store.transaction():
                store[Artist].create(name="a")
                begun.set()
                may_end.wait(10)
                store[Artist].create(name="b")

        def read() -> None:
            seen.append(store[Artist].count())

        writer, reader = threading.Thread(target=write), threading.Thread(target=read)
        writer.start()
        assert begun.wait(10)
        reader.start()
        may_end.set()
        writer.join()
        reader.join()
        assert seen in ([0], [2])


class TestNames:
    @pytest.mark.parametrize(
        ("ask", "message"),
        [
            (lambda q: q.filter(titel="Blue"), 'unknown field "titel"; did you mean "title"?'),
            (lambda q: q.filter(zzz=1), 'unknown field "zzz"'),
            (lambda q: q.exclude(yaer=1), 'unknown field "yaer"; did you mean "year"?'),
            (lambda q: q.get(Title="Blue"), 'unknown field "Title"; did you mean "title"?'),
            (lambda q: q.filter(year__gtt=1), 'unknown lookup "gtt"; did you mean "gt"?'),
            (lambda q: q.order_by("-yer"), 'unknown ordering "yer"; did you mean "year"?'),
            (lambda q: q.create(title="Blue", jear=1), 'unknown field "jear"; did you mean "year"?'),
            (lambda q: q.bulk_create([{"titl": "Blue"}]), 'unknown field "titl"; did you mean "title"?'),
            (lambda q: q.update(artists=1), 'unknown field "artists"; did you mean "artist"?'),
        ],
        ids=["filter", "nothing near", "exclude", "get", "lookup", "order_by", "create", "bulk_create", "update"],
    )
    def test_unknown_ones_are_refused_with_the_nearest(self, store: Store, ask: Callable[[QuerySet[Album]], object], message: str) -> None:
        with pytest.raises(UnknownName) as caught:
            ask(store[Album])
        assert str(caught.value) == message

    def test_a_model_that_is_not_kept(self, store: Store) -> None:
        with pytest.raises(Misdeclared, match="Stranger is not declared to this store"):
            store[Stranger]


class TestTables:
    def test_another_model_can_be_adopted_later(self, store: Store) -> None:
        store[Artist].create(name="a")
        assert Stranger in store.adopt([Stranger]).models
        assert store[Stranger].create().pk == 1
        assert store[Artist].count() == 1

    def test_adopting_again_changes_nothing(self, store: Store) -> None:
        store[Artist].create(name="a")
        store.adopt([Artist, Album])
        assert store[Artist].count() == 1
