"""The default serializer of an endpoint: rows → objects with their links, bodies → values, references and faults."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import Endpoint, MemoryDataStore, models
from pyrest.datastores.fetch import Fetched
from pyrest.endpoint import default_serializer, endpoint_for
from pyrest.errors import ValidationError
from pyrest.models.model import declaration
from pyrest.serializers.fields import Call, Place
from pyrest.serializers.items import Item, Mode, Values, faults, refuse
from pyrest.serializers.loading import SUGGESTIONS
from pyrest.serializers.reading import read_items
from pyrest.serializers.representation import Representation
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


class Tag(models.Model):
    id = models.PkField()


class Track(models.Model):
    id = models.PkField()
    album = models.ForeignKey(Album)
    tags = models.ManyToManyField(Tag)


class Node(models.Model):
    id = models.UUIDPkField()
    up = models.UUIDField(foreign=("node", "id"), required=True)
    day = models.DateField(unique=True)
    eve = models.DateField(foreign=("node", "day"), related_name="+")
    rank = models.IntegerField(unique=True)
    below = models.IntegerField(foreign=("node", "rank"), related_name="+", max=10)


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
UID = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def filled() -> MemoryDataStore:
    """A store that no test here writes to."""
    store = MemoryDataStore(models=[Album, Artist, Track, Node])
    store[Artist].bulk_create([{"name": "Tangerine Dream"}, {"name": "Vangelis"}])
    store[Album].create(**ROW)
    store[Tag].create()
    store[Node].create(id=UID, up=UID, day=date(2024, 2, 29), rank=3)
    store[Node].create(up=UID, rank=11)
    return store


STORE = filled()


def represented(model: type[models.Model], fields: tuple[str, ...] | None = None, link_field: str = "") -> Representation:
    """What an endpoint comes to that shows these fields; unless said, all of them."""
    endpoint = endpoint_for(type("Rows", (Endpoint,), {"model": model, "fields": fields}))
    kind = default_serializer(endpoint, STORE.catalog)
    link_field = link_field or declaration(model).key.name
    return Representation(kind.prototype(), model, STORE.catalog, None, lenient=False, link_field=link_field)


ALBUMS = represented(Album)
NODES = represented(Node)


def read(found: Representation, body: object, mode: Mode = "create", rows: bool = False) -> Item:
    """A body, for a new row or for the row that is there already."""
    row = None if mode == "create" else STORE[found.model].all().order_by("pk").first()
    item = Item(mode, row, "" if row is None else LINK, Values(row))
    read_items(found, [(item, body)], Call(STORE, Place()), rows=rows, unique=False)
    return item


def errors_of(item: Item, found: Representation = ALBUMS) -> dict[str, Any]:
    return faults(item, found)


# Rows → objects.


def dump(found: Representation, *rows: dict[str, Any], collection: str = "/album/") -> list[dict[str, Any]]:
    values = [tuple((ROW | row)[name] for name in found.needs.columns) for row in rows]
    return found.dump(Call(STORE, Place(collection)), Fetched(values, [], [], []))


def shown(found: Representation, **values: Any) -> dict[str, Any]:
    (one,) = dump(found, values)
    return one


def test_a_row_becomes_an_object_with_its_link_and_sorted_keys() -> None:
    assert shown(ALBUMS) == SHOWN
    assert list(shown(ALBUMS)) == sorted(SHOWN)


def test_only_chosen_fields_are_asked_of_the_store() -> None:
    found = represented(Album, ("title", "price", "pin"))
    assert sorted(found.needs.columns) == ["id", "price", "title"]
    assert found.needs.edges == []
    assert shown(found) == {"price": "12.50", "ressource_uri": LINK, "title": "Rubycon"}


def test_a_representation_may_be_nothing_but_a_link() -> None:
    found = represented(Album, ())
    assert found.needs.columns == ["id"]
    assert shown(found) == {"ressource_uri": LINK}


def test_rows_become_objects_in_their_order() -> None:
    found = represented(Album, ("title",))
    rows = [{"id": 1, "title": "a"}, {"id": 2, "title": "b"}]
    assert dump(found, *rows, collection="/x/") == [{"ressource_uri": "/x/1/", "title": "a"}, {"ressource_uri": "/x/2/", "title": "b"}]
    assert dump(found) == []


@pytest.mark.parametrize(("title", "link"), [("Rubycon", "/album/Rubycon/"), ("Ø / 1", "/album/%C3%98%20%2F%201/")])
def test_a_link_may_be_made_of_another_field(title: str, link: str) -> None:
    found = represented(Album, ("id",), link_field="title")
    assert shown(found, title=title) == {"id": 7, "ressource_uri": link}


def test_nulls_are_shown_as_null() -> None:
    found = shown(ALBUMS, artist=None, released=None, seen=None, notes=None)
    assert [found[name] for name in ("artist", "released", "seen", "notes")] == [None] * 4


def test_what_a_table_holds_against_its_declaration_is_shown_as_it_is() -> None:
    assert shown(ALBUMS, released="soon", price="free") == SHOWN | {"released": "soon", "price": "free"}


@pytest.mark.parametrize("row", [(1,), (1, 2, 3)])
def test_a_row_that_has_another_number_of_values_is_a_fault_of_the_program(row: tuple[int, ...]) -> None:
    found = represented(Album, ("title",))
    with pytest.raises(ValueError, match="unpack"):
        found.dump(Call(STORE, Place()), Fetched([row], [], [], []))


# Bodies → values.


@pytest.mark.parametrize(
    ("body", "mode", "values"),
    [
        ({"title": "a"}, "create", {"title": "a", "price": Decimal("9.99")}),
        ({"title": "a"}, "replace",
         {"title": "a", "artist": None, "price": Decimal("9.99"), "released": None, "notes": None, "pin": None}),
        ({"title": "a"}, "patch", {"title": "a"}),
        ({}, "patch", {}),
        ({"released": "1975-03-21", "notes": [1], "pin": "0"}, "patch", {"released": date(1975, 3, 21), "notes": [1], "pin": "0"}),
        ({"released": None}, "patch", {"released": None}),
        ({"artist": "Vangelis"}, "patch", {"artist": "Vangelis"}),
        (SHOWN, "patch", {"title": "Rubycon", "artist": "Tangerine Dream", "price": Decimal("12.50"), "released": date(1975, 3, 21),
                          "notes": {"sides": 2}}),
    ],
)  # fmt: skip
def test_a_body_becomes_values(body: dict[str, Any], mode: Mode, values: dict[str, Any]) -> None:
    item = read(ALBUMS, body, mode)
    assert (item.values, errors_of(item)) == (values, {})


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
        ({"id": "7"}, "patch", {"id": NOT_CHANGED}),
        ({"id": True}, "patch", {"id": NOT_CHANGED}),
        ({"id": None}, "patch", {"id": NOT_CHANGED}),
        ({"seen": "2024-02-29T18:30:01Z"}, "patch", {"seen": NOT_CHANGED}),
        ({"ressource_uri": "/album/8/"}, "patch", {"ressource_uri": NOT_CHANGED}),
        ({"artist": 5}, "patch", {"artist": ["Incorrect type. Expected pk value, received int."]}),
        ({"titel": "a"}, "patch", {"titel": ['This field does not exist; did you mean "title"?']}),
        ({"colour": 1}, "patch", {"colour": ["This field does not exist."]}),
        ({"\ud800": 1}, "patch", {"?": ["This field does not exist."]}),
    ],
)
def test_faults_are_collected(body: dict[str, Any], mode: Mode, errors: dict[str, list[str]]) -> None:
    assert errors_of(read(ALBUMS, body, mode)) == errors


@pytest.mark.parametrize(
    "body", [{"id": 7}, {"id": 7.0}, {"seen": "2024-02-29T18:30:00Z"}, {"seen": "2024-02-29T19:30:00+01:00"}, {"ressource_uri": LINK}]
)
def test_what_cannot_change_may_be_sent_back(body: dict[str, Any]) -> None:
    item = read(ALBUMS, body, "patch")
    assert (item.values, errors_of(item)) == ({}, {})


@pytest.mark.parametrize(("mode", "errors"), [("replace", {}), ("patch", {}), ("create", {"id": ["This field does not exist."]})])
def test_a_key_that_is_not_chosen_may_be_sent_back(mode: Mode, errors: dict[str, Any]) -> None:
    found = represented(Album, ("title",))
    assert errors_of(read(found, {"title": "a", "id": 7}, mode), found) == errors


def test_a_field_that_is_not_chosen_does_not_exist() -> None:
    found = represented(Album, ("title",))
    assert errors_of(read(found, {"title": "a", "pin": "1"}), found) == {"pin": ["This field does not exist."]}


def test_so_many_unknown_names_are_told_the_nearest_and_no_more() -> None:
    errors = errors_of(read(ALBUMS, {f"title{i}": 1 for i in range(SUGGESTIONS + 5)}, "patch"))
    assert len(errors) == SUGGESTIONS + 5
    assert sum('did you mean "title"?' in message for (message,) in errors.values()) == SUGGESTIONS


# Refusing.


def refusal(body: dict[str, Any]) -> ValidationError:
    with pytest.raises(ValidationError) as found:
        refuse(read(ALBUMS, body), ALBUMS)
    return found.value


def test_faults_are_refused_in_the_order_of_declaration() -> None:
    found = refusal({"zebra": 1, "released": "x", "artist": "Nobody", "ressource_uri": "x"})
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
    assert refusal(body).summary == summary


def test_without_faults_nothing_is_refused() -> None:
    refuse(read(ALBUMS, {"title": "a", "artist": "Vangelis"}), ALBUMS)


NAMES = st.sampled_from([*ALBUM.fields, "ressource_uri", "x"]) | TEXTS


def messages_in(errors: dict[str, Any]) -> Iterable[list[str]]:
    for messages in errors.values():
        yield from messages_in(messages) if isinstance(messages, dict) else [messages]


@given(st.dictionaries(NAMES, JSON_VALUES), st.sampled_from(["create", "replace", "patch"]))
@settings(deadline=None)
def test_any_body_is_understood_or_refused_with_messages(body: dict[str, Any], mode: Mode) -> None:
    item = read(ALBUMS, body, mode)
    errors = orjson.loads(orjson.dumps(errors_of(item)))
    assert all(messages and all(messages) for messages in messages_in(errors))
    assert item.values.keys() <= ALBUM.fields.keys() - {"id", "seen"}
    assert errors or item.values.keys() >= body.keys() - {"id", "seen", "ressource_uri"}


@given(JSON_VALUES.filter(lambda value: not isinstance(value, dict)), st.sampled_from(["create", "replace", "patch"]))
@settings(deadline=None)
def test_a_body_that_is_no_object_is_refused_as_a_whole(body: Any, mode: Mode) -> None:
    assert errors_of(read(ALBUMS, body, mode)).keys() == {"non_field_errors"}


# A relation as the value that points.


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        ("up", str(UID), UID),
        ("up", UID.hex.upper(), UID),
        ("eve", "2024-02-29", date(2024, 2, 29)),
        ("below", 3, 3),
        ("below", "3", 3),
        ("below", 3.0, 3),
        ("below", Decimal(3), 3),
        ("eve", None, None),
        ("eve", "", None),
        ("below", "", None),
    ],
)
@pytest.mark.parametrize("rows", [False, True], ids=["values", "rows"])
def test_a_foreign_key_is_read_as_its_target(name: str, sent: Any, value: Any, rows: bool) -> None:
    item = read(NODES, {name: sent}, "patch", rows=rows)
    assert (item.values, errors_of(item, NODES)) == ({name: value}, {})


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
        ("below", 2, 'Invalid pk "2" - object does not exist.'),
        ("below", "2", 'Invalid pk "2" - object does not exist.'),
        ("up", UID.hex[::-1], f'Invalid pk "{UID.hex[::-1]}" - object does not exist.'),
        ("eve", "2024-03-01", 'Invalid pk "2024-03-01" - object does not exist.'),
    ],
)
@pytest.mark.parametrize("rows", [False, True], ids=["values", "rows"])
def test_what_is_no_foreign_key_is_refused(name: str, sent: Any, message: str, rows: bool) -> None:
    assert errors_of(read(NODES, {name: sent}, "patch", rows=rows), NODES) == {name: [message]}


@pytest.mark.parametrize(("rows", "value"), [(False, 7), (True, STORE[Album].get())], ids=["values", "rows"])
@pytest.mark.parametrize("beside", [{}, {"tags": [STORE[Tag].get()]}], ids=["alone", "beside a list"])
def test_a_foreign_key_that_gives_the_row_gives_it_to_who_asks_for_rows(rows: bool, value: Any, beside: dict[str, Any]) -> None:
    sent = {name: [tag.pk for tag in tags] for name, tags in beside.items()}
    assert read(represented(Track), {"album": "7", **sent}, rows=rows).values == {"album": value, **beside}
