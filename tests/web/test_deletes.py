"""Deletes: what is gone, what keeps a row, what goes along."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from pyrest import SQLiteDataStore, models
from tests.web.book import DUPONT, User
from tests.web.conftest import Serve


class Band(models.Model):
    name = models.StringField()
    id = models.PkField()


class Album(models.Model):
    band = models.IntegerField(foreign=("band", "id"), on_delete="cascade")
    id = models.PkField()


class Poster(models.Model):
    band = models.IntegerField(foreign=("band", "id"), on_delete="set_null")
    id = models.PkField()


class Review(models.Model):
    album = models.IntegerField(foreign=("album", "id"))
    id = models.PkField()


class Concert(models.Model):
    band = models.IntegerField(foreign=("band", "id"), on_delete="restrict")
    id = models.PkField()


@pytest.fixture
def bands(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    """Band 1 has two albums and a poster, band 2 an album."""
    client = serve(Band, Album, Poster, Review, Concert)
    store[Band].bulk_create([{"name": "One"}, {"name": "Two"}])
    store[Album].bulk_create([{"band": 1}, {"band": 1}, {"band": 2}])
    store[Poster].create(band=1)
    return client


def test_a_deleted_row_is_gone(book: FlaskClient, store: SQLiteDataStore) -> None:
    answer = book.delete("/users/1/")
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert "Content-Length" not in answer.headers
    assert store[User].count() == 0
    assert book.get("/users/1/").status_code == 404


@pytest.mark.parametrize("key", ["2", "0", "x", "01", "1.0", "9223372036854775808"])
def test_a_row_that_is_not_there_is_not_found(book: FlaskClient, key: str) -> None:
    answer = book.delete(f"/users/{key}/")
    assert (answer.status_code, answer.json) == (404, {"error": "there is no such row in users"})


def test_a_row_is_deleted_once(book: FlaskClient) -> None:
    assert [book.delete("/users/1/").status_code for _ in range(2)] == [204, 404]


def test_the_key_of_a_deleted_row_is_not_given_again(book: FlaskClient) -> None:
    book.delete("/users/1/")
    assert book.post("/users/", json=DUPONT).headers["Location"] == "http://localhost/users/2/"


def test_a_row_that_others_need_stays_and_they_are_named(bands: FlaskClient, store: SQLiteDataStore) -> None:
    store[Concert].create(band=1)
    answer = bands.delete("/band/1/")
    assert (answer.status_code, answer.json) == (409, {"error": "this row of band is still used by concert"})
    assert (store[Band].count(), store[Album].count(), store[Poster].get().band) == (2, 3, 1)


def test_everything_that_needs_a_row_is_named(bands: FlaskClient, store: SQLiteDataStore) -> None:
    class Fan(models.Model):
        band = models.IntegerField(foreign=("band", "id"))
        id = models.PkField()

    store.adopt([Fan])
    store[Fan].create(band=2)
    store[Concert].create(band=2)
    answer = bands.delete("/band/2/")
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["error"] in ("this row of band is still used by concert, fan", "this row of band is still used by fan, concert")


def test_rows_go_along_or_let_go(bands: FlaskClient, store: SQLiteDataStore) -> None:
    assert bands.delete("/band/1/").status_code == 204
    assert [album.band for album in store[Album]] == [2]
    assert store[Poster].get().band is None


def test_what_cannot_go_along_keeps_all(bands: FlaskClient, store: SQLiteDataStore) -> None:
    store[Review].create(album=2)
    answer = bands.delete("/band/1/")
    assert answer.status_code == 409
    assert (store[Band].count(), store[Album].count(), store[Review].count(), store[Poster].get().band) == (2, 3, 1, 1)


def test_a_row_that_points_at_itself_can_go(serve: Serve, store: SQLiteDataStore) -> None:
    class Folder(models.Model):
        parent = models.IntegerField(foreign=("folder", "id"))
        id = models.PkField()

    client = serve(Folder)
    store[Folder].create()
    store[Folder].filter(id=1).update(parent=1)
    store[Folder].create(parent=1)
    assert client.delete("/folder/1/").json == {"error": "this row of folder is still used by folder"}
    assert client.delete("/folder/2/").status_code == 204
    assert client.delete("/folder/1/").status_code == 204


def test_a_whole_list_cannot_be_deleted(book: FlaskClient, store: SQLiteDataStore) -> None:
    assert book.delete("/users/").status_code == 405
    assert store[User].count() == 1
