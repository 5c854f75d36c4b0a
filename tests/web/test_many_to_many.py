"""An endpoint for a model with a ManyToManyField: it shows the relation as a list of keys, and takes that list."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, Misdeclared, SQLiteDataStore, models
from tests.web.answers import SHOW, error, refusal, row, rows
from tests.web.conftest import Serve


class Label(models.Model):
    id = models.PkField()


class Photo(models.Model):
    id = models.PkField()
    title = models.StringField()
    labels = models.ManyToManyField(Label, related_name="photos")


class Person(models.Model):
    id = models.PkField()


class Club(models.Model):
    id = models.PkField()
    name = models.StringField()
    members = models.ManyToManyField(Person, through="membership")


class Membership(models.Model):
    id = models.PkField()
    person = models.ForeignKey(Person, required=True)
    club = models.ForeignKey(Club, required=True)
    since = models.IntegerField(required=True)


@pytest.fixture
def client(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    """Photo 1 has the labels 1 and 3 of three, photo 2 has none."""
    client = serve(Photo, Label)
    labels = store[Label].bulk_create([{}, {}, {}])
    store[Photo].create(title="a").labels.add(labels[2], labels[0])
    store[Photo].create(title="b")
    return client


# Shown.


def test_the_relation_is_shown_as_keys_in_the_order_of_the_other_model(client: FlaskClient) -> None:
    assert client.get("/photo/1/").json == {"id": 1, "labels": [1, 3], "ressource_uri": "/photo/1/", "title": "a"}
    assert [one["labels"] for one in rows(client, "/photo/")] == [[1, 3], []]


def test_the_side_that_does_not_declare_it_does_not_show_it(client: FlaskClient) -> None:
    assert client.get("/label/1/").json == {"id": 1, "ressource_uri": "/label/1/"}


@pytest.mark.parametrize(
    ("query", "keys"),
    [("labels=1", [1]), ("labels=2", []), ("labels=2&labels=3", [1]), ("labels=", [2]), ("labels=2&labels=", [2])],
)
def test_it_is_filtered_by_the_keys_that_it_shows(client: FlaskClient, query: str, keys: list[int]) -> None:
    assert [one["id"] for one in rows(client, f"/photo/?{query}")] == keys


def test_it_has_no_order(client: FlaskClient) -> None:
    assert error(client.get("/photo/?ordering=labels"), 400) == 'unknown ordering "labels"'


# Written.


@pytest.mark.parametrize(
    ("sent", "labels"),
    [([2], [2]), ([3, 1], [1, 3]), (["2", 1.0], [1, 2]), ([2, 2, "2"], [2]), ([], [])],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/photo/"), ("PUT", "/photo/1/"), ("PATCH", "/photo/1/")])
def test_a_list_of_keys_is_taken_and_replaces(client: FlaskClient, method: str, path: str, sent: list[Any], labels: list[int]) -> None:
    answer = row(client.open(path, method=method, json={"labels": sent}, headers=SHOW))
    assert answer["labels"] == labels
    assert row(client.get(answer["ressource_uri"]))["labels"] == labels


@pytest.mark.parametrize(("method", "path", "labels"), [("POST", "/photo/", []), ("PUT", "/photo/1/", []), ("PATCH", "/photo/1/", [1, 3])])
def test_left_out_it_is_empty_unless_the_row_is_patched(client: FlaskClient, method: str, path: str, labels: list[int]) -> None:
    assert row(client.open(path, method=method, json={"title": "c"}, headers=SHOW))["labels"] == labels


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ([1, 9], {"1": ['Invalid pk "9" - object does not exist.']}),
        ([9, "x", 2, True], {"0": ['Invalid pk "9" - object does not exist.'],
                             "1": ["Incorrect type. Expected pk value, received str."],
                             "3": ["Incorrect type. Expected pk value, received bool."]}),
        ([None], {"0": ["This field may not be null."]}),
        (None, ["This field may not be null."]),
        (1, ['Expected a list of items but got type "int".']),
        ("1", ['Expected a list of items but got type "str".']),
        ({"1": 1}, ['Expected a list of items but got type "dict".']),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [("POST", "/photo/"), ("PUT", "/photo/1/"), ("PATCH", "/photo/1/")])
def test_what_is_no_list_of_keys_is_refused_and_nothing_is_written(
    client: FlaskClient, method: str, path: str, sent: Any, errors: Any
) -> None:
    before = rows(client, "/photo/")
    assert refusal(client.open(path, method=method, json={"title": "c", "labels": sent})) == (
        "labels does not validate",
        {"labels": errors},
    )
    assert rows(client, "/photo/") == before


def test_pairs_go_with_a_row_that_is_deleted(client: FlaskClient, store: SQLiteDataStore) -> None:
    assert client.delete("/label/3/").status_code == 204
    assert row(client.get("/photo/1/"))["labels"] == [1]
    assert client.delete("/photo/1/").status_code == 204
    assert store[Label].get(id=1).photos.count() == 0


# Options of the endpoint.


def test_the_other_side_shows_and_takes_it_where_it_is_named(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Photo, type("Labels", (Endpoint,), {"model": Label, "fields": ("id", "photos")}))
    store[Photo].create().labels.create()
    assert client.get("/label/1/").json == {"id": 1, "photos": [1], "ressource_uri": "/label/1/"}
    assert refusal(client.post("/label/", json={})) == (
        "photos is missing. Cannot create the ressource",
        {"photos": ["This field is required."]},
    )
    assert row(client.post("/label/", json={"photos": [1]}, headers=SHOW))["photos"] == [1]
    assert row(client.get("/photo/1/"))["labels"] == [1, 2]


def test_excluded_it_is_neither_shown_nor_taken_nor_touched(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(type("Photos", (Endpoint,), {"model": Photo, "name": "photo", "exclude": ("labels",)}))
    photo = store[Photo].create()
    photo.labels.create()
    assert client.get("/photo/1/").json == {"id": 1, "ressource_uri": "/photo/1/", "title": None}
    assert error(client.put("/photo/1/", json={"labels": []}), 400) == 'unknown field "labels"'
    assert client.put("/photo/1/", json={"title": "b"}).status_code == 200
    assert store[Photo].get().labels.count() == 1


def test_an_endpoint_cannot_order_by_it(serve: Serve) -> None:
    with pytest.raises(Misdeclared, match=r"^Photos\.ordering_fields: 'labels' is no field of Photo$"):
        serve(type("Photos", (Endpoint,), {"model": Photo, "ordering_fields": ("labels",)}))


# Through a model of the user's own.


@pytest.fixture
def club(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    """Persons 1 and 2 are members of club 1."""
    client = serve(Club, Person, Membership)
    one = store[Club].create(name="chess")
    for person in store[Person].bulk_create([{}, {}]):
        store[Membership].create(club=one, person=person, since=1999)
    return client


def test_through_a_model_it_is_shown(club: FlaskClient) -> None:
    assert club.get("/club/1/").json == {"id": 1, "members": [1, 2], "name": "chess", "ressource_uri": "/club/1/"}
    assert [one["id"] for one in rows(club, "/club/?members=2")] == [1]


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", "/club/", "This field cannot be set."),
        ("PUT", "/club/1/", "This field cannot be changed."),
        ("PATCH", "/club/1/", "This field cannot be changed."),
    ],
)
def test_through_a_model_it_is_not_taken(club: FlaskClient, method: str, path: str, said: str) -> None:
    assert refusal(club.open(path, method=method, json={"members": [1]})) == ("members does not validate", {"members": [said]})


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("body", [{"members": [1, 2]}, {}], ids=["sent back", "left out"])
def test_through_a_model_it_may_be_sent_back_and_stays_where_it_is_not(club: FlaskClient, method: str, body: dict[str, Any]) -> None:
    assert row(club.open("/club/1/", method=method, json={"name": "go", **body})) == {
        "id": 1, "members": [1, 2], "name": "go", "ressource_uri": "/club/1/",
    }  # fmt: skip
