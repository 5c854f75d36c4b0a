"""The default serializer, without a store: rows → objects, bodies → values, references and faults."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import models
from pyrest.errors import Invalid, ValidationError
from pyrest.models.catalog import resolve
from pyrest.models.model import declaration
from pyrest.plan import Ref
from pyrest.serializers import Serializer
from pyrest.serializers.relations import PrimaryKeyRelation, no_such_row
from pyrest.serializers.serializer import Loaded, Mode
from tests.models.examples import JSON_VALUES, TEXTS


class Album(models.Model):
    title = models.StringField(required=True)
    artist = models.StringField(foreign=("artist", "name"))
    price = models.DecimalField(8, 2, default="9.99")
    released = models.DateField()
    seen = models.DateTimeField(read_only=True)
    notes = models.JSONField()
    pin = models.StringField(write_only=True)
    id = models.PkField()


class Artist(models.Model):
    name = models.StringPkField()
    mentor = models.StringField(foreign=("artist", "name"))


CATALOG = resolve([Album, Artist])
ALBUM = declaration(Album)
LINK = "/album/7/"
ROW: dict[str, Any] = {
    "title": "Rubycon", "artist": "Tangerine Dream", "price": Decimal("12.50"), "released": date(1975, 3, 21),
    "seen": datetime(2024, 2, 29, 18, 30, tzinfo=UTC), "notes": {"sides": 2}, "pin": "1234", "id": 7,
}  # fmt: skip
SHOWN = {
    "artist": "Tangerine Dream", "id": 7, "notes": {"sides": 2}, "price": "12.50", "released": "1975-03-21", "ressource_uri": LINK,
    "seen": "2024-02-29T18:30:00Z", "title": "Rubycon",
}  # fmt: skip


def serializer(*names: str, link_field: str = "id") -> Serializer:
    return Serializer(ALBUM, names or tuple(ALBUM.fields), CATALOG.forward[Album], link_field)


def load(body: dict[str, Any], mode: Mode = "create", *names: str) -> Loaded:
    return serializer(*names).load(body, mode, ROW if mode != "create" else {}, LINK if mode != "create" else "")


# Rows → objects.


def dump(found: Serializer, **values: Any) -> dict[str, Any]:
    return found.dump([tuple((ROW | values)[name] for name in found.columns)], "/album/")[0]


def test_a_row_becomes_an_object_with_its_link_and_sorted_keys() -> None:
    assert dump(serializer()) == SHOWN
    assert list(dump(serializer())) == sorted(SHOWN)


def test_only_chosen_fields_are_asked_of_the_store() -> None:
    found = serializer("title", "price", "pin")
    assert found.columns == ("price", "id", "title")
    assert dump(found) == {"price": "12.50", "ressource_uri": LINK, "title": "Rubycon"}


def test_a_representation_may_be_nothing_but_a_link() -> None:
    found = Serializer(ALBUM, (), {}, "id")
    assert dump(found) == {"ressource_uri": LINK}


def test_rows_become_objects_in_their_order() -> None:
    found = serializer("title")
    assert found.dump([(1, "a"), (2, "b")], "/x/") == [{"ressource_uri": "/x/1/", "title": "a"}, {"ressource_uri": "/x/2/", "title": "b"}]
    assert found.dump([], "/x/") == []


@pytest.mark.parametrize(("title", "link"), [("Rubycon", "/album/Rubycon/"), ("Ø / 1", "/album/%C3%98%20%2F%201/")])
def test_a_link_may_be_made_of_another_field(title: str, link: str) -> None:
    assert dump(serializer("id", link_field="title"), title=title) == {"id": 7, "ressource_uri": link}


def test_nulls_are_shown_as_null() -> None:
    shown = dump(serializer(), artist=None, released=None, seen=None, notes=None)
    assert [shown[name] for name in ("artist", "released", "seen", "notes")] == [None] * 4


def test_what_a_table_holds_against_its_declaration_is_shown_as_it_is() -> None:
    assert dump(serializer(), released="soon", price="free") == SHOWN | {"released": "soon", "price": "free"}


def test_a_row_that_has_another_number_of_values_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match=r"unpack|zip"):
        serializer().dump([(1, 2)], "/album/")


# Bodies → values.


@pytest.mark.parametrize(
    ("body", "mode", "values"),
    [
        ({"title": "a"}, "create",
         {"title": "a", "artist": None, "price": Decimal("9.99"), "released": None, "notes": None, "pin": None}),
        ({"title": "a"}, "replace",
         {"title": "a", "artist": None, "price": Decimal("9.99"), "released": None, "notes": None, "pin": None}),
        ({"title": "a"}, "patch", {"title": "a"}),
        ({}, "patch", {}),
        ({"released": "1975-03-21", "notes": [1], "pin": "0"}, "patch", {"released": date(1975, 3, 21), "notes": [1], "pin": "0"}),
        ({"released": None}, "patch", {"released": None}),
        (SHOWN, "patch", {"title": "Rubycon", "artist": "Tangerine Dream", "price": Decimal("12.50"), "released": date(1975, 3, 21),
                          "notes": {"sides": 2}}),
    ],
)  # fmt: skip
def test_a_body_becomes_values(body: dict[str, Any], mode: Mode, values: dict[str, Any]) -> None:
    loaded = load(body, mode)
    assert (loaded.values, loaded.errors) == (values, {})


def test_a_reference_is_kept_apart_until_it_is_seen() -> None:
    loaded = load({"artist": "Vangelis"}, "patch")
    assert loaded.refs == {"artist": Ref(Artist, "name", "Vangelis")}
    assert loaded.values == {"artist": "Vangelis"}


REQUIRED = ["This field is required."]
NOT_SET = ["This field cannot be set."]
NOT_CHANGED = ["This field cannot be changed."]


@pytest.mark.parametrize(
    ("body", "mode", "errors"),
    [
        ({}, "create", {"title": REQUIRED}),
        ({}, "replace", {"title": REQUIRED}),
        ({"title": None}, "patch", {"title": ["This field may not be null."]}),
        ({"title": 1, "price": "x"}, "patch", {"title": ["Not a valid string."], "price": ["A valid decimal number is required."]}),
        ({"title": "a", "id": 7}, "create", {"id": NOT_SET}),
        ({"title": "a", "seen": None}, "create", {"seen": NOT_SET}),
        ({"title": "a", "ressource_uri": ""}, "create", {"ressource_uri": NOT_SET}),
        ({"id": 8}, "patch", {"id": NOT_CHANGED}),
        ({"seen": "2024-02-29T18:30:01Z"}, "patch", {"seen": NOT_CHANGED}),
        ({"ressource_uri": "/album/8/"}, "patch", {"ressource_uri": NOT_CHANGED}),
        ({"artist": 5}, "patch", {"artist": ["Incorrect type. Expected pk value, received int."]}),
        ({"titel": "a"}, "patch", {"titel": ['This field does not exist; did you mean "title"?']}),
        ({"colour": 1}, "patch", {"colour": ["This field does not exist."]}),
    ],
)
def test_faults_are_collected(body: dict[str, Any], mode: Mode, errors: dict[str, list[str]]) -> None:
    assert load(body, mode).errors == errors


@pytest.mark.parametrize(
    "body", [{"id": 7}, {"id": 7.0}, {"seen": "2024-02-29T18:30:00Z"}, {"seen": "2024-02-29T19:30:00+01:00"}, {"ressource_uri": LINK}]
)
def test_what_cannot_change_may_be_sent_back(body: dict[str, Any]) -> None:
    loaded = load(body, "patch")
    assert (loaded.values, loaded.errors) == ({}, {})


@pytest.mark.parametrize("mode", ["replace", "patch"])
def test_a_key_that_is_not_chosen_may_be_sent_back(mode: Mode) -> None:
    assert load({"title": "a", "id": 7}, mode, "title").errors == {}
    assert load({"title": "a", "id": 7}, "create", "title").errors == {"id": ["This field does not exist."]}


def test_a_field_that_is_not_chosen_does_not_exist() -> None:
    assert load({"title": "a", "pin": "1"}, "create", "title").errors == {"pin": ["This field does not exist."]}


# Refusing.


def refusal(loaded: Loaded, *absent: Ref) -> ValidationError:
    with pytest.raises(ValidationError) as found:
        loaded.refuse(absent, ALBUM.fields)
    return found.value


def test_faults_are_refused_in_the_order_of_declaration() -> None:
    loaded = load({"zebra": 1, "released": "x", "artist": "Nobody", "ressource_uri": "x"})
    found = refusal(loaded, Ref(Artist, "name", "Nobody"))
    assert list(found.errors) == ["title", "artist", "released", "zebra", "ressource_uri"]
    assert found.missing == {"title"}
    assert found.summary == 'unknown field "zebra"'


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        ({}, "title is missing. Cannot create the ressource"),
        ({"title": 5}, "title does not validate"),
        ({"released": "x"}, "title is missing. Cannot create the ressource"),
        ({"title": "a", "released": "x", "price": "y"}, "price does not validate"),
        ({"title": "a", "zebra": 1, "yak": 2}, 'unknown field "zebra"'),
        ({"title": "a", "titel": 1}, 'unknown field "titel"; did you mean "title"?'),
    ],
)
def test_the_first_fault_makes_the_sentence(body: dict[str, Any], summary: str) -> None:
    assert refusal(load(body)).summary == summary


def test_a_reference_that_points_at_nothing_is_refused() -> None:
    ref = Ref(Artist, "name", "Nobody")
    assert refusal(load({"title": "a", "artist": "Nobody"}), ref).errors == {"artist": ['Invalid pk "Nobody" - object does not exist.']}


def test_without_faults_nothing_is_refused() -> None:
    load({"title": "a", "artist": "Somebody"}).refuse((), ALBUM.fields)


@given(
    st.dictionaries(st.sampled_from([*ALBUM.fields, "ressource_uri", "x"]) | TEXTS, JSON_VALUES),
    st.sampled_from(["create", "replace", "patch"]),
)
@settings(deadline=None)
def test_any_body_is_understood_or_refused_with_messages(body: dict[str, Any], mode: Mode) -> None:
    loaded = load(body, mode)
    assert not loaded.values.keys() & loaded.errors.keys()
    assert all(messages for messages in orjson.loads(orjson.dumps(loaded.errors)).values())
    assert loaded.values.keys() <= ALBUM.fields.keys() - {"id", "seen"}


# The foreign key as a value.


class Node(models.Model):
    id = models.UUIDPkField()
    up = models.UUIDField(foreign=("node", "id"), required=True)
    day = models.DateField(unique=True)
    eve = models.DateField(foreign=("node", "day"), related_name="+")
    rank = models.IntegerField(unique=True)
    below = models.IntegerField(foreign=("node", "rank"), related_name="+", max=10)


NODES = resolve([Node]).forward[Node]
UID = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


@pytest.mark.parametrize(
    ("name", "sent", "ref"),
    [
        ("up", str(UID), Ref(Node, "id", UID)),
        ("up", UID.hex.upper(), Ref(Node, "id", UID)),
        ("eve", "2024-02-29", Ref(Node, "day", date(2024, 2, 29))),
        ("below", 3, Ref(Node, "rank", 3)),
        ("below", "3", Ref(Node, "rank", 3)),
        ("below", 3.0, Ref(Node, "rank", 3)),
        ("below", Decimal(3), Ref(Node, "rank", 3)),
        ("eve", None, None),
        ("eve", "", None),
        ("below", "", None),
    ],
)
def test_a_foreign_key_is_read_as_its_target(name: str, sent: Any, ref: Ref | None) -> None:
    assert PrimaryKeyRelation(NODES[name]).load(sent) == ref


@pytest.mark.parametrize(
    ("name", "sent", "message"),
    [
        ("up", None, "This field may not be null."),
        ("up", "", "This field may not be null."),
        ("up", "x", "Must be a valid UUID."),
        ("up", 1, "Incorrect type. Expected pk value, received int."),
        ("eve", "2023-02-29", "There is no such date: day is out of range for month."),
        ("eve", ["2024-02-29"], "Incorrect type. Expected pk value, received list."),
        ("below", 11, "Ensure this value is less than or equal to 10."),
        ("below", "11", "Ensure this value is less than or equal to 10."),
        ("below", "x", "Incorrect type. Expected pk value, received str."),
        ("below", True, "Incorrect type. Expected pk value, received bool."),
        ("below", Decimal("1.5"), "A valid integer is required, without a fraction."),
        ("below", {}, "Incorrect type. Expected pk value, received dict."),
    ],
)
def test_what_is_no_foreign_key_is_refused(name: str, sent: Any, message: str) -> None:
    with pytest.raises(Invalid) as found:
        PrimaryKeyRelation(NODES[name]).load(sent)
    assert str(found.value) == message


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        (Ref(Node, "rank", 2), 'Invalid pk "2" - object does not exist.'),
        (Ref(Node, "id", UID), f'Invalid pk "{UID}" - object does not exist.'),
        (Ref(Node, "day", date(2024, 2, 29)), 'Invalid pk "2024-02-29" - object does not exist.'),
    ],
)
def test_a_reference_is_named_as_it_is_spelt(ref: Ref, message: str) -> None:
    assert no_such_row(ref) == message
