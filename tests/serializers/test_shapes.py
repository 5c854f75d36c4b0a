"""Every shape over every kind of relation, shown and written, in both stores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyrest import Endpoint, ValidationError, Wrapper
from pyrest.serializers import ModelSerializer
from pyrest.store import Store
from tests.serializers import page
from tests.serializers.people import SHAPES, WAYS, Badge, Person, Shape, Town, Way, people_of, relate, related, save, serializer_of, table
from tests.web.answers import refusal

WRITTEN = {name: SHAPES[name] for name in ("key", "link", "slug", "custom")}

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
written = pytest.mark.parametrize("shape", WRITTEN.values(), ids=WRITTEN.keys())


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return people_of(request.param, tmp_path)


def writing(way: Way, shape: Shape, **options: Any) -> type[ModelSerializer]:
    """A serializer of names and of a relation, which is written in a shape."""
    null = {} if way.many else {"allow_null": True}
    return serializer_of(way.model, "name", **{way.name: shape.field(way, queryset=way.target, required=False, **null, **options)})


def sent(way: Way, shape: Shape, *targets: int) -> Any:
    """What a body holds for rows of these numbers."""
    values = [shape.shown(table(way.target), n) for n in targets]
    return values if way.many else values[0] if values else None


# Showing.


@shapes
@ways
def test_what_a_shape_shows_of_a_relation(store: Store, way: Way, shape: Shape) -> None:
    relate(store, way, 1, *((3, 2) if way.many else (2,)))
    kind = serializer_of(way.model, **{way.name: shape.field(way)})
    full, empty = {way.name: sent(way, shape, *((2, 3) if way.many else (2,)))}, {way.name: sent(way, shape)}
    rows = store[way.model].filter(pk__in=[1, 4])
    assert kind(rows, many=True).data == [full, empty]
    assert kind(rows[0]).data == full


@ways
def test_all_shapes_of_a_relation_beside_each_other(store: Store, way: Way) -> None:
    relate(store, way, 1, 2)
    kind = serializer_of(way.model, **{name: shape.field(way, source=way.name) for name, shape in SHAPES.items()})
    assert kind(store[way.model].get(pk=1)).data == {name: sent(way, shape, 2) for name, shape in SHAPES.items()}


def test_what_a_relation_is_shown_as_unless_declared(store: Store) -> None:
    kind = serializer_of(Person, "home", "born_in", "pupils", "badge", "clubs", "notes")
    relate(store, WAYS["foreign key"], 1, 2)
    relate(store, WAYS["many-to-many"], 1, 4, 3)
    shown = {"home": 2, "born_in": None, "pupils": [], "badge": None, "clubs": [3, 4], "notes": []}
    assert kind(store[Person].get(pk=1)).data == shown


# Writing.


@written
@ways
def test_a_new_row_is_related_to_what_its_body_names(store: Store, way: Way, shape: Shape) -> None:
    serializer = writing(way, shape)(data={"name": "new", way.name: sent(way, shape, *((3, 2) if way.many else (2,)))}, store=store)
    assert serializer.is_valid(), serializer.errors
    row = serializer.save()
    assert related(store, way, row.pk) == ([2, 3] if way.many else [2])
    assert serializer.data == {"name": "new", way.name: sent(way, shape, *((2, 3) if way.many else (2,)))}


@written
@ways
def test_what_a_body_names_replaces_what_was_related(store: Store, way: Way, shape: Shape) -> None:
    before, after = ((1, 2), (3, 2)) if way.many else ((3,), (2,))
    relate(store, way, 4, *before)
    serializer = writing(way, shape)(store[way.model].get(pk=4), {way.name: sent(way, shape, *after)}, partial=True, store=store)
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    assert related(store, way, 4) == sorted(after)
    assert store[way.target].count() == 4


@written
@ways
def test_a_relation_is_emptied(store: Store, way: Way, shape: Shape) -> None:
    relate(store, way, 4, 1)
    serializer = writing(way, shape)(store[way.model].get(pk=4), {way.name: sent(way, shape)}, partial=True, store=store)
    assert serializer.is_valid(), serializer.errors
    assert serializer.save()
    assert related(store, way, 4) == []
    assert store[way.target].count() == 4


@pytest.mark.parametrize(("partial", "left"), [(False, []), (True, [1])], ids=["replaced", "patched"])
@ways
def test_a_relation_that_is_left_out(store: Store, way: Way, partial: bool, left: list[int]) -> None:
    relate(store, way, 4, 1)
    serializer = writing(way, SHAPES["key"])(store[way.model].get(pk=4), {"name": "x"}, partial=partial, store=store)
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    assert related(store, way, 4) == left


many_ways = pytest.mark.parametrize("way", [way for way in WAYS.values() if way.many], ids=[name for name, way in WAYS.items() if way.many])


@written
@many_ways
def test_the_validated_rows_are_in_the_order_of_the_body(store: Store, way: Way, shape: Shape) -> None:
    serializer = writing(way, shape)(data={"name": "new", way.name: sent(way, shape, 3, 1, 2)}, store=store)
    assert serializer.is_valid(), serializer.errors
    rows = serializer.validated_data[way.name]
    assert [(type(row), row.pk) for row in rows] == [(way.target, 3), (way.target, 1), (way.target, 2)]


@written
@many_ways
def test_a_row_that_is_named_twice_is_related_once(store: Store, way: Way, shape: Shape) -> None:
    serializer = writing(way, shape)(data={"name": "new", way.name: sent(way, shape, 3, 1, 3)}, store=store)
    assert serializer.is_valid(), serializer.errors
    assert related(store, way, serializer.save().pk) == [1, 3]


def test_a_row_that_belongs_to_another_moves(store: Store) -> None:
    relate(store, WAYS["foreign key, backwards"], 1, 1, 2)
    assert save(store, Town, 2, people=[2, 3]) == {"people": [2, 3]}
    assert related(store, WAYS["foreign key, backwards"], 1) == [1]


def test_the_one_row_of_a_one_to_one_relation_moves_too(store: Store) -> None:
    relate(store, WAYS["one-to-one, backwards"], 1, 3)
    relate(store, WAYS["one-to-one, backwards"], 2, 4)
    assert save(store, Badge, 1, person=4) == {"person": 4}
    assert [person.badge and person.badge.pk for person in store[Person].all()] == [None, None, None, 1]


def test_what_another_row_has_in_a_one_to_one_relation_is_refused(store: Store) -> None:
    relate(store, WAYS["one-to-one"], 1, 3)
    serializer = serializer_of(Person, "badge")(store[Person].get(pk=2), {"badge": 3}, store=store)
    assert not serializer.is_valid()
    assert serializer.errors == {"badge": ["This field must be unique."]}


class AlbumWithWrittenKeys(ModelSerializer):
    class Meta:
        model = page.Album
        fields = ("album_name", "artist", "tracks")


LEFT_OUT = {"tracks": ["Track 2 would be left without album, which may not be null."]}


@pytest.fixture(params=["sqlite", "memory"])
def music(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """The albums of the page, whose tracks cannot be without an album."""
    store = page.store_of(request.param, tmp_path)
    page.stored(store, page.GREY)
    return store


def test_rows_that_cannot_be_without_what_they_point_at_are_not_let_go(music: Store) -> None:
    data = {"album_name": "x", "artist": "y", "tracks": [3, 1]}
    serializer = AlbumWithWrittenKeys(music[page.Album].get(), data, store=music)
    assert serializer.is_valid()
    with pytest.raises(ValidationError) as found:
        serializer.save()
    assert found.value.errors == LEFT_OUT
    assert (music[page.Album].get().artist, music[page.Track].count()) == ("Danger Mouse", 3)


def test_rows_that_cannot_be_let_go_are_a_400(music: Store) -> None:
    albums = type("Albums", (Endpoint,), {"serializer": AlbumWithWrittenKeys})
    client = Wrapper([albums], datastore=music, models=page.MODELS).create_app().test_client()
    for method, body in [("PUT", {"album_name": "x", "artist": "y", "tracks": [3, 1]}), ("PATCH", {"artist": "y", "tracks": [1, 3]})]:
        assert refusal(client.open("/album/1/", method=method, json=body)) == ("tracks does not validate", LEFT_OUT)
    assert (music[page.Album].get().artist, music[page.Track].count()) == ("Danger Mouse", 3)
