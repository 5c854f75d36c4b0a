"""An endpoint for models with generic relations: it shows the two fields, and the reverse side as a list of keys where it is named."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import Endpoint, Misdeclared, SQLiteDataStore, models
from tests.web.answers import error, row, rows
from tests.web.conftest import Serve


class Sticker(models.Model):
    id = models.PkField()
    content_type = models.StringField()
    object_id = models.IntegerField()
    text = models.StringField()
    content_object = models.GenericForeignKey()


class Page(models.Model):
    id = models.PkField()
    stickers = models.GenericRelation(Sticker)


def test_the_two_fields_are_shown_and_taken(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Page, Sticker)
    page = store[Page].create()
    assert client.post("/sticker/", json={"content_type": "page", "object_id": 1}).status_code == 201
    shown = {"id": 1, "content_type": "page", "object_id": 1, "ressource_uri": "/sticker/1/", "text": None}
    assert client.get("/sticker/1/").json == shown
    for number, found in [(1, [shown]), (2, [])]:
        assert client.get(f"/sticker/?content_type=page&object_id={number}").json["object_list"] == found
    assert client.get("/page/1/").json == {"id": 1, "ressource_uri": "/page/1/"}
    assert store[Sticker].get().content_object == page


def test_a_row_that_is_deleted_leaves_what_points_at_it(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Page, Sticker)
    store[Page].create().stickers.create()
    assert client.delete("/page/1/").status_code == 204
    assert store[Sticker].get().content_object is None


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", "/sticker/", 'unknown field "content_object"; did you mean "content_type"?'),
        ("GET", "/sticker/?content_object=1", 'unknown filter "content_object"; did you mean "content_type"?'),
        ("GET", "/sticker/?ordering=content_object", 'unknown ordering "content_object"; did you mean "content_type"?'),
        ("POST", "/page/", 'unknown field "stickers"'),
        ("GET", "/page/?ordering=stickers", 'unknown ordering "stickers"'),
    ],
)
def test_their_names_are_refused(serve: Serve, method: str, path: str, said: str) -> None:
    body = None if method == "GET" else {"content_object": None} if "sticker/" in path else {"stickers": []}
    assert error(serve(Page, Sticker).open(path, method=method, json=body), 400) == said


@pytest.mark.parametrize(
    ("query", "keys"),
    [("stickers=1", [1]), ("stickers=2", [2]), ("stickers=", [3]), ("stickers__isnull=false", [1, 2]), ("stickers__text=new", [1])],
)
def test_rows_are_found_by_what_points_at_them(serve: Serve, store: SQLiteDataStore, query: str, keys: list[int]) -> None:
    client = serve(Page, Sticker)
    first, second, _ = store[Page].bulk_create([{}, {}, {}])
    first.stickers.create(text="new")
    second.stickers.create(text="old")
    first.stickers.create(text="new")
    store[Sticker].create(content_type="sticker", object_id=3, text="new")
    assert [one["id"] for one in rows(client, f"/page/?{query}")] == keys


@pytest.mark.parametrize("shown", [("id", "content_type"), ("id", "object_id")])
def test_what_points_at_rows_is_only_found_where_it_shows_both_fields(serve: Serve, shown: tuple[str, ...]) -> None:
    stickers = type("Stickers", (Endpoint,), {"model": Sticker, "list_methods": ("GET",), "fields": shown})
    assert error(serve(Page, stickers).get("/page/?stickers=1"), 400) == 'unknown filter "stickers"'


def pages(**options: Any) -> type[Endpoint]:
    return type("Pages", (Endpoint,), {"model": Page, "name": "page", **options})


def test_the_reverse_side_is_shown_as_keys_where_it_is_named(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(pages(fields=("stickers",)), Sticker)
    first, second = store[Page].bulk_create([{}, {}])
    first.stickers.create()
    second.stickers.create()
    first.stickers.create()
    assert [one["stickers"] for one in rows(client, "/page/")] == [[1, 3], [2]]
    assert [one["stickers"] for one in rows(client, "/page/?stickers=1")] == [[1, 3]]


@pytest.mark.parametrize(("method", "body", "keys"), [("PATCH", {}, [1]), ("PUT", {}, []), ("PUT", {"stickers": [2, "1"]}, [1, 2])])
def test_the_reverse_side_is_taken_where_it_is_named(
    serve: Serve, store: SQLiteDataStore, method: str, body: dict[str, Any], keys: list[int]
) -> None:
    client = serve(pages(fields=("stickers",)), Sticker)
    store[Page].create().stickers.create()
    store[Sticker].create()
    assert row(client.open("/page/1/", method=method, json=body))["stickers"] == keys
    assert [sticker.pk for sticker in store[Sticker].filter(content_type="page", object_id=1)] == keys


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        (pages(exclude=("stickers",)), "Pages.exclude: 'stickers' is no field of Page"),
        (pages(ordering_fields=("stickers",)), "Pages.ordering_fields: 'stickers' is no field of Page"),
        (pages(model=Sticker, exclude=("content_object",)), "Pages.exclude: 'content_object' is no field of Sticker; "
         'did you mean "content_type"?'),
        (pages(model=Sticker, ordering_fields=("content_object",)), "Pages.ordering_fields: 'content_object' is no field of Sticker; "
         'did you mean "content_type"?'),
        (pages(model=Sticker, fields=("content_object",)), "Pages.content_object: a row of any model is shown by a RelatedField of your "
         "own; declare it"),
    ],
)  # fmt: skip
def test_where_an_endpoint_cannot_name_them(serve: Serve, endpoint: type[Endpoint], said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        serve(endpoint)
    assert str(refusal.value) == said
