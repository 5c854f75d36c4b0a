"""An endpoint for models with generic relations: it shows the two fields, and refuses the names of the relations."""

from __future__ import annotations

import pytest

from pyrest import Endpoint, Misdeclared, SQLiteDataStore, models
from tests.web.conftest import Serve


class Sticker(models.Model):
    id = models.PkField()
    content_type = models.StringField()
    object_id = models.IntegerField()
    content_object = models.GenericForeignKey()


class Page(models.Model):
    id = models.PkField()
    stickers = models.GenericRelation(Sticker)


def test_the_two_fields_are_shown_and_taken(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Page, Sticker)
    page = store[Page].create()
    assert client.post("/sticker/", json={"content_type": "page", "object_id": 1}).status_code == 201
    shown = {"id": 1, "content_type": "page", "object_id": 1, "ressource_uri": "/sticker/1/"}
    assert client.get("/sticker/1/").json == shown
    for number, rows in [(1, [shown]), (2, [])]:
        assert client.get(f"/sticker/?content_type=page&object_id={number}").json["object_list"] == rows
    assert client.get("/page/1/").json == {"id": 1, "ressource_uri": "/page/1/"}
    assert store[Sticker].get().content_object == page


def test_a_row_that_is_deleted_leaves_what_points_at_it(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Page, Sticker)
    store[Page].create().stickers.create()
    assert client.delete("/page/1/").status_code == 204
    assert store[Sticker].get().content_object is None


@pytest.mark.parametrize(("path", "name"), [("/sticker/", "content_object"), ("/page/", "stickers")])
def test_their_names_are_refused(serve: Serve, path: str, name: str) -> None:
    client = serve(Page, Sticker)
    for answer in (client.post(path, json={name: None}), client.get(f"{path}?{name}=1"), client.get(f"{path}?ordering={name}")):
        assert answer.status_code == 400
        assert answer.json is not None
        assert f'"{name}"' in answer.json["error"]


@pytest.mark.parametrize(("model", "name"), [(Sticker, "content_object"), (Page, "stickers")])
@pytest.mark.parametrize("option", ["fields", "exclude", "ordering_fields"])
def test_an_endpoint_cannot_name_them(serve: Serve, model: type[models.Model], name: str, option: str) -> None:
    with pytest.raises(Misdeclared, match=name):
        serve(type("Rows", (Endpoint,), {"model": model, option: (name,)}))
