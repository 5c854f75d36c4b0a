"""Statements per write: a list in a body is looked up by one, and stored by as many whether it is long or short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from werkzeug.test import TestResponse

from pyrest.serializers import HyperlinkedRelatedField, ModelSerializer, PrimaryKeyRelatedField, SlugRelatedField
from tests.serializers.counted import Album, Artist, Note, Shop, Tag, Track, endpoint_of, serializer_of, shop_of
from tests.web.answers import refusal, row

TAGS: dict[str, Any] = {"queryset": Tag, "many": True}

TAGGED = {
    "keys": serializer_of(Album, "title", tags=PrimaryKeyRelatedField(**TAGS)),
    "slugs": serializer_of(Album, "title", tags=SlugRelatedField("name", **TAGS)),
    "links": serializer_of(Album, "title", tags=HyperlinkedRelatedField(**TAGS)),
}

SPELT: dict[str, Callable[[int], Any]] = {
    "keys": lambda n: n,
    "slugs": lambda n: f"tag-{n}",
    "links": lambda n: f"http://localhost/tag/{n}/",
}

BACKWARDS = {
    "albums": serializer_of(Artist, "name", albums=PrimaryKeyRelatedField(queryset=Album, many=True)),
    "notes": serializer_of(Album, "title", notes=PrimaryKeyRelatedField(queryset=Note, many=True)),
}

TrackSerializer = serializer_of(Track, "title")


class Nesting(ModelSerializer):
    tracks = TrackSerializer(many=True)
    tags = SlugRelatedField("name", **TAGS)

    class Meta:
        model = Album
        fields = ("title", "tracks", "tags")


class Bulky(ModelSerializer):
    artist = SlugRelatedField("name", queryset=Artist)
    tags = SlugRelatedField("name", **TAGS)

    class Meta:
        model = Album
        fields = ("title", "artist", "label", "tags")


SIZES = (1, 10, 500)

# A single row gets its key from SQLite; for several the store looks up where the keys go on.
LOOKS_FOR_KEYS = {1: 0, 10: 1, 500: 1}

each_size = pytest.mark.parametrize("size", SIZES)
each_shape = pytest.mark.parametrize("shape", TAGGED)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    endpoints = [endpoint_of(name, kind) for name, kind in {**TAGGED, **BACKWARDS, "nesting": Nesting}.items()]
    shop = shop_of(tmp_path_factory.mktemp("shop") / "rows.db", 500, endpoints)
    yield shop
    shop.store.close()


class Undo(Exception):
    """Ends a transaction in which everything was tried that there was to try."""


@pytest.fixture
def shop(kept: Shop) -> Iterator[Shop]:
    """A shop of 500 albums, in which nothing stays that a test writes."""
    with suppress(Undo), kept.store.transaction():
        yield kept
        raise Undo


def asked(shop: Shop, method: str, path: str, body: object, status: int) -> list[str]:
    """The statements of a request."""
    answers: list[TestResponse] = []
    statements = shop.statements(lambda: answers.append(shop.client.open(path, method=method, json=body)))
    assert answers[0].status_code == status, answers[0].text
    return statements


def numbers(size: int) -> range:
    return range(1, size + 1)


def apart(statements: list[str], beginning: str) -> tuple[int, int]:
    """How many statements begin so, and how many do not."""
    found = sum(text.startswith(beginning) for text in statements)
    return found, len(statements) - found


def lookups(statements: list[str], table: str) -> list[str]:
    """The statements that read whole rows of a table, as is done for those that a body names."""
    columns = {"tag": '"id", "name"', "artist": '"id", "name", "teacher"'}[table]
    return [text for text in statements if text.startswith(f'SELECT {columns} FROM "{table}" ')]


def listed(shop: Shop, path: str, name: str) -> int:
    """How many items a list of an object has."""
    return len(row(shop.client.get(path))[name])


@each_size
@each_shape
def test_a_new_row_with_a_list(shop: Shop, shape: str, size: int) -> None:
    body = {"title": "New", "tags": [SPELT[shape](n) for n in numbers(size)]}
    statements = asked(shop, "POST", f"/{shape}/", body, 201)
    assert len(lookups(statements, "tag")) == 1
    assert apart(statements, 'INSERT INTO "album_tags"') == (1, 5 + LOOKS_FOR_KEYS[size])
    assert listed(shop, f"/{shape}/501/", "tags") == size


@each_size
@each_shape
@pytest.mark.parametrize(("method", "title"), [("PUT", {"title": "New"}), ("PATCH", {})])
def test_a_list_that_replaces_another(shop: Shop, shape: str, size: int, method: str, title: dict[str, str]) -> None:
    shop.store[Tag].bulk_create({"name": f"tag-{n}"} for n in range(501, 1001))
    body = title | {"tags": [SPELT[shape](500 + n) for n in numbers(size)]}
    statements = asked(shop, method, f"/{shape}/7/", body, 200)
    assert len(lookups(statements, "tag")) == 1
    others = 8 + len(title) + LOOKS_FOR_KEYS[size]
    assert apart(statements, 'INSERT INTO "album_tags"') == (1, others), statements
    assert listed(shop, f"/{shape}/7/", "tags") == size


@each_size
@each_shape
def test_a_list_with_a_mistake_in_it(shop: Shop, shape: str, size: int) -> None:
    body = {"title": "New", "tags": [SPELT[shape](n) for n in (*numbers(size), 9999)]}
    answers: list[TestResponse] = []
    statements = shop.statements(lambda: answers.append(shop.client.post(f"/{shape}/", json=body)))
    assert list(refusal(answers[0])[1]["tags"]) == [str(size)]
    assert statements == lookups(statements, "tag")
    assert len(statements) == 1


@each_size
@pytest.mark.parametrize(("name", "body", "statements"), [("albums", {"name": "New"}, 5), ("notes", {"title": "New"}, 5)])
def test_a_new_row_with_a_list_of_rows_that_shall_point_at_it(
    shop: Shop, name: str, body: dict[str, str], statements: int, size: int
) -> None:
    made = asked(shop, "POST", f"/{name}/", body | {name: list(numbers(size))}, 201)
    assert len(made) == statements, made
    assert listed(shop, f"/{name}/501/", name) == size


@each_size
@pytest.mark.parametrize(("name", "statements"), [("albums", 8), ("notes", 8)])
def test_a_list_of_rows_that_shall_point_at_another(shop: Shop, name: str, statements: int, size: int) -> None:
    made = asked(shop, "PATCH", f"/{name}/500/", {name: list(numbers(size))}, 200)
    assert len(made) == statements, made
    assert listed(shop, f"/{name}/500/", name) == size


@each_size
def test_a_new_row_with_new_rows_in_it(shop: Shop, size: int) -> None:
    body = {"title": "New", "tracks": [{"title": f"Track {n}"} for n in numbers(size)], "tags": ["tag-1"]}
    made = asked(shop, "POST", "/nesting/", body, 201)
    assert len(lookups(made, "tag")) == 1
    assert apart(made, 'INSERT INTO "track"') == (1, 6 + LOOKS_FOR_KEYS[size]), made
    assert listed(shop, "/nesting/501/", "tracks") == size


@each_size
def test_many_objects_are_looked_at_together(shop: Shop, size: int) -> None:
    data = [{"title": f"New {n}", "artist": f"Artist {n}", "label": n, "tags": [f"tag-{n}", "tag-1"]} for n in numbers(size)]
    serializer = Bulky(data=data, many=True, store=shop.store)
    made = shop.statements(lambda: serializer.is_valid(raise_exception=True))
    assert len(lookups(made, "tag")) == len(lookups(made, "artist")) == 1
    assert len(made) == 3, made
    assert [values["artist"].pk for values in serializer.validated_data] == list(numbers(size))
