"""What the options of the shapes do: keys of other kinds, slugs, narrowed querysets, sources; and rows that are not stored."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pyrest import Misdeclared, QuerySet, SQLiteDataStore, models, serializers
from pyrest.serializers import (
    HyperlinkedRelatedField,
    ModelSerializer,
    PrimaryKeyRelatedField,
    SerializerField,
    SlugRelatedField,
    StringRelatedField,
)
from pyrest.store import Store
from tests.serializers import page
from tests.serializers.people import MODELS, WAYS, Club, Named, Person, Town, people_of, relate, related, save, serializer_of


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return people_of(request.param, tmp_path)


# Keys.


class Box(models.Model):
    id = models.UUIDPkField()
    number = models.IntegerField(unique=True)
    inside: models.ForeignKey[Any] = models.ForeignKey("box", related_name="contents")


ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture(params=["sqlite", "memory"])
def boxes(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    store = page.store_of(request.param, tmp_path, (Box,))
    store[Box].bulk_create([{"id": ONE, "number": 1}, {"id": TWO, "number": 2, "inside": ONE}])
    return store


class BoxSerializer(ModelSerializer):
    inside = PrimaryKeyRelatedField(queryset=Box, pk_field=models.UUIDField(format="hex"), allow_null=True)
    contents = PrimaryKeyRelatedField(queryset=Box, pk_field=models.UUIDField(format="hex"), many=True)

    class Meta:
        model = Box
        fields = ("inside", "contents")


def test_a_field_for_the_key_shows_it_in_its_own_way(boxes: Store) -> None:
    assert BoxSerializer(boxes[Box].order_by("number"), many=True).data == [
        {"inside": None, "contents": [TWO.hex]},
        {"inside": ONE.hex, "contents": []},
    ]


def test_a_field_for_the_key_reads_it_in_its_own_way(boxes: Store) -> None:
    serializer = BoxSerializer(data={"inside": TWO.hex, "contents": [ONE.hex]}, store=boxes)
    assert serializer.is_valid(), serializer.errors
    box = serializer.save()
    assert (box.inside.pk, [inner.pk for inner in box.contents]) == (TWO, [ONE])


def test_what_a_field_for_the_key_refuses(boxes: Store) -> None:
    serializer = BoxSerializer(data={"inside": "x", "contents": [ONE.hex, 5, UUID(int=3).hex]}, store=boxes)
    assert not serializer.is_valid()
    assert serializer.errors == {
        "inside": ["Must be a valid UUID."],
        "contents": {"1": ["Must be a valid UUID."], "2": [f'Invalid pk "{UUID(int=3).hex}" - object does not exist.']},
    }


@pytest.mark.parametrize("spelling", [2, "2", 2.0, Decimal(2)], ids=["whole", "text", "float", "decimal"])
def test_spellings_of_one_key(store: Store, spelling: Any) -> None:
    assert save(store, Person, 1, home=spelling) == {"home": 2}
    assert save(store, Person, 1, born_in=spelling) == {"born_in": 2}
    assert save(store, Person, 1, clubs=[spelling, 1]) == {"clubs": [1, 2]}


# Slugs.


@pytest.mark.parametrize("number", [2, "2"], ids=["number", "text"])
def test_a_slug_may_be_a_number(boxes: Store, number: Any) -> None:
    kind = serializer_of(Box, inside=SlugRelatedField("number", queryset=Box))
    serializer = kind(boxes[Box].get(number=1), {"inside": number}, store=boxes)
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    assert serializer.data == {"inside": 2}


def test_a_slug_that_two_rows_have_is_refused(store: Store) -> None:
    store[Club].filter(pk__in=[2, 3]).update(name="chess")
    kind = serializer_of(Person, "name", clubs=SlugRelatedField("name", queryset=Club, many=True))
    serializer = kind(data={"name": "x", "clubs": ["club 1", "chess", "club 2"]}, store=store)
    assert not serializer.is_valid()
    messages = {"1": ["Several objects with name=chess."], "2": ["Object with name=club 2 does not exist."]}
    assert serializer.errors == {"clubs": messages}


def test_a_slug_runs_through_relations_and_null_on_the_way_is_null(store: Store) -> None:
    store[Person].filter(pk=1).update(mentor=2, home=3)
    store[Person].filter(pk=2).update(mentor=3, home=4)
    kind = serializer_of(
        Person,
        mentor=SlugRelatedField("home__name", read_only=True),
        pupils=SlugRelatedField("home__name", read_only=True, many=True),
        second=SlugRelatedField("mentor__home__name", read_only=True, source="mentor"),
    )
    assert kind(store[Person].all()[:3], many=True).data == [
        {"mentor": "town 4", "pupils": [], "second": None},
        {"mentor": None, "pupils": ["town 3"], "second": None},
        {"mentor": None, "pupils": ["town 4"], "second": None},
    ]
    store[Person].filter(pk=3).update(home=1)
    assert kind(store[Person].get(pk=1)).data["second"] == "town 1"


def test_a_slug_may_be_a_property_and_is_then_only_shown(store: Store) -> None:
    relate(store, WAYS["foreign key"], 1, 2)
    kind = serializer_of(Person, home=SlugRelatedField("shouted", read_only=True))
    assert kind(store[Person].filter(pk__in=[1, 2]), many=True).data == [{"home": "TOWN 2"}, {"home": None}]
    with pytest.raises(Misdeclared, match=r"PersonSerializer\.home: .*'shouted' is no field of Town.*read_only=True"):
        serializer_of(Person, home=SlugRelatedField("shouted", queryset=Town))


@pytest.mark.parametrize(
    ("slug_field", "message"),
    [
        ("nam", "Town has no 'nam'; did you mean \"name\"?"),
        ("people__name", "'people' leads to several rows"),
        ("country__name", "'country' is no relation of Town"),
    ],
)
def test_a_slug_field_that_leads_nowhere_is_refused(slug_field: str, message: str) -> None:
    with pytest.raises(Misdeclared, match=re.escape(f"PersonSerializer.home: slug_field {slug_field!r}: {message}")):
        serializer_of(Person, home=SlugRelatedField(slug_field, read_only=True))


# Which rows a body may name.


class Capitals:
    """Towns whose number is even, said by a method instead of `queryset`."""

    def get_queryset(self) -> QuerySet[Town]:
        context: Any = self.context
        return QuerySet(Town).filter(pk__in=context.get("capitals", [2, 4])).on(self.store)


class CapitalKey(Capitals, PrimaryKeyRelatedField):
    pass


class CapitalLink(Capitals, HyperlinkedRelatedField):
    pass


class CapitalSlug(Capitals, SlugRelatedField):
    pass


EVEN = QuerySet(Town).filter(pk__in=[2, 4])
NO_LINK = "Invalid hyperlink - Object does not exist."


@pytest.mark.parametrize(
    ("field", "inside", "outside", "message"),
    [
        (PrimaryKeyRelatedField(queryset=EVEN), 2, 3, 'Invalid pk "3" - object does not exist.'),
        (CapitalKey(), 2, 3, 'Invalid pk "3" - object does not exist.'),
        (HyperlinkedRelatedField(queryset=EVEN), "/town/2/", "/town/3/", NO_LINK),
        (CapitalLink(), "/town/2/", "/town/3/", NO_LINK),
        (SlugRelatedField("name", queryset=EVEN), "town 2", "town 3", "Object with name=town 3 does not exist."),
        (CapitalSlug("name"), "town 2", "town 3", "Object with name=town 3 does not exist."),
    ],
    ids=["key", "key by method", "link", "link by method", "slug", "slug by method"],
)
def test_a_row_outside_of_the_queryset_does_not_exist(
    store: Store, field: SerializerField, inside: Any, outside: Any, message: str
) -> None:
    kind = serializer_of(Person, home=field)
    serializer = kind(store[Person].get(pk=1), {"home": inside}, store=store)
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    serializer = kind(store[Person].get(pk=1), {"home": outside}, store=store)
    assert not serializer.is_valid()
    assert serializer.errors == {"home": [message]}
    assert related(store, WAYS["foreign key"], 1) == [2]


def test_a_row_outside_of_the_queryset_is_shown_all_the_same(store: Store) -> None:
    relate(store, WAYS["foreign key"], 1, 3)
    assert serializer_of(Person, home=PrimaryKeyRelatedField(queryset=EVEN))(store[Person].get(pk=1)).data == {"home": 3}


def test_the_queryset_may_depend_on_the_context(store: Store) -> None:
    def valid(key: int, **context: Any) -> bool:
        return serializer_of(Person, home=CapitalKey())(store[Person].get(pk=1), {"home": key}, store=store, context=context).is_valid()

    assert valid(3, capitals=[3]) and not valid(3) and not valid(2, capitals=[3])


# Where a value comes from.


def test_null_on_the_way_of_a_source_is_null(store: Store) -> None:
    kind = serializer_of(
        Person,
        town=models.StringField(source="mentor.home.name"),
        string=StringRelatedField(source="mentor.home"),
        key=PrimaryKeyRelatedField(source="mentor.home", read_only=True),
        link=HyperlinkedRelatedField(source="mentor.home", read_only=True),
        slug=SlugRelatedField("name", source="mentor.home", read_only=True),
        nested=Named(source="mentor.home", read_only=True),
        attribute=models.StringField(source="mentor.home.shouted"),
    )
    shown = {
        "town": "town 3", "string": "<town 3>", "key": 3, "link": "/town/3/", "slug": "town 3", "nested": {"name": "town 3"},
        "attribute": "TOWN 3",
    }  # fmt: skip
    store[Person].filter(pk=1).update(mentor=2)
    store[Person].filter(pk=2).update(mentor=4, home=3)
    nothing = dict.fromkeys(shown)
    assert kind(store[Person].all(), many=True).data == [shown, nothing, nothing, nothing]
    assert kind(store[Person].get(pk=1)).data == shown
    assert kind(store[Person].get(pk=2)).data == nothing


def test_what_comes_along_a_source_is_only_shown(store: Store) -> None:
    kind = serializer_of(Person, town=models.StringField(source="home.name"))
    serializer = kind(data={"town": "x"}, store=store)
    assert not serializer.is_valid()
    assert serializer.errors == {"town": ["This field cannot be set."]}


# Rows that are not stored.


class Everything(ModelSerializer):
    string = StringRelatedField(source="home")
    nested = Named(source="clubs", many=True, read_only=True)

    class Meta:
        model = Person
        fields = ("id", "name", *{way.name for way in WAYS.values() if way.model is Person}, "string", "nested")


@pytest.mark.parametrize("with_store", [False, True], ids=["alone", "with a store"])
def test_a_row_that_is_not_stored_has_no_key_and_empty_lists(tmp_path: Path, with_store: bool) -> None:
    store = SQLiteDataStore(tmp_path / "rows.db", models=MODELS)
    assert store[Person].count() == 0
    with store.recorded() as statements:
        shown = Everything(Person(name="new"), store=store if with_store else None).data
    assert statements == []
    assert shown == {
        "id": None, "name": "new", "home": None, "born_in": None, "mentor": None, "badge": None, "string": None,
        "pupils": [], "clubs": [], "friends": [], "friend_of": [], "notes": [], "nested": [],
    }  # fmt: skip


def test_a_row_that_is_not_stored_has_no_link(store: Store) -> None:
    class Linked(serializers.HyperlinkedModelSerializer):
        class Meta:
            model = Club

    assert Linked(Club(name="new"), store=store).data == {"url": None, "name": "new"}


def test_a_row_that_is_not_stored_shows_what_it_points_at(store: Store) -> None:
    kind = serializer_of(Person, "home", string=StringRelatedField(source="home"))
    assert kind(Person(name="new", home=2), store=store).data == {"home": 2, "string": "<town 2>"}
    assert serializer_of(Person, "home")(Person(name="new", home=2)).data == {"home": 2}
    with pytest.raises(Misdeclared, match="this Person comes from no store, so home cannot be fetched"):
        assert kind(Person(name="new", home=2)).data
