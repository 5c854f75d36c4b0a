"""Writes that the other rows decide on: what must be unique, and what a foreign key points at."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, SQLiteDataStore, models
from tests.web.answers import SHOW, refusal, row
from tests.web.book import DUPONT, VALMY, User
from tests.web.conftest import Serve
from tests.web.everything import UID, Tag, Thing, Token
from tests.web.parts import PART

# Uniqueness.

UNIQUE = "This field must be unique."


@pytest.mark.parametrize(
    ("body", "error", "errors"),
    [
        ({"number": "A-1"}, "number does not validate", {"number": [UNIQUE]}),
        ({"barcode": 11}, "barcode does not validate", {"barcode": [UNIQUE]}),
        ({"number": "A-1", "barcode": 11}, "number does not validate", {"number": [UNIQUE], "barcode": [UNIQUE]}),
        ({"maker": "Acme", "batch": 1}, "The fields maker, batch must make a unique set.",
         {"non_field_errors": ["The fields maker, batch must make a unique set."]}),
        ({"maker": "Acme", "batch": 1, "name": "Bolt"},
         "The fields maker, batch must make a unique set. The fields name, batch must make a unique set.",
         {"non_field_errors": ["The fields maker, batch must make a unique set.", "The fields name, batch must make a unique set."]}),
        ({"maker": "Acme", "batch": 1, "number": "A-1"}, "number does not validate",
         {"number": [UNIQUE], "non_field_errors": ["The fields maker, batch must make a unique set."]}),
    ],
)  # fmt: skip
def test_all_that_is_not_unique_is_named(part: FlaskClient, body: dict[str, Any], error: str, errors: dict[str, list[str]]) -> None:
    assert refusal(part.post("/part/", json={"number": "B", "name": "C"} | body)) == (error, errors)
    part.post("/part/", json={"number": "B", "name": "C"})
    assert refusal(part.patch("/part/2/", json=body)) == (error, errors)
    assert row(part.get("/part/2/"))["number"] == "B"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_row_does_not_stand_in_its_own_way(part: FlaskClient, method: str) -> None:
    same = PART | {"maker": "Acme", "batch": 1, "barcode": 11}
    assert row(part.open("/part/1/", method=method, json=same))["barcode"] == 11


def test_nulls_are_not_equal(part: FlaskClient) -> None:
    for number in ("B", "C"):
        assert part.post("/part/", json={"number": number, "name": None, "maker": None, "batch": 1}).status_code == 201


def test_a_chosen_key_that_is_taken_is_refused(serve: Serve) -> None:
    client = serve(Tag)
    client.post("/tag/", json={"name": "a", "weight": 2})
    assert refusal(client.post("/tag/", json={"name": "a"})) == ("name does not validate", {"name": [UNIQUE]})
    assert row(client.get("/tag/a/"))["weight"] == 2.0


# Foreign keys.


@pytest.mark.parametrize(("sent", "kept"), [(1, 1), ("1", 1), (1.0, 1), (None, None), ("", None)], ids=repr)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_foreign_key_is_read_from_its_value_or_its_text(
    book: FlaskClient, store: SQLiteDataStore, method: str, sent: Any, kept: Any
) -> None:
    path = "/users/" if method == "POST" else "/users/1/"
    shown = row(book.open(path, method=method, json=DUPONT | {"address": sent}, headers=SHOW))
    assert (shown["address"], type(shown["address"])) == (kept, type(kept))
    assert store[User].get(id=2 if method == "POST" else 1).address == kept


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (2, 'Invalid pk "2" - object does not exist.'),
        ("2", 'Invalid pk "2" - object does not exist.'),
        (0, 'Invalid pk "0" - object does not exist.'),
        (-1, 'Invalid pk "-1" - object does not exist.'),
        (2**63 - 1, 'Invalid pk "9223372036854775807" - object does not exist.'),
        (True, "Incorrect type. Expected pk value, received bool."),
        (False, "Incorrect type. Expected pk value, received bool."),
        ([1], "Incorrect type. Expected pk value, received list."),
        ({"id": 1}, "Incorrect type. Expected pk value, received dict."),
        ("one", "Incorrect type. Expected pk value, received str."),
        ("/address/1/", "Incorrect type. Expected pk value, received str."),
        (" 1", "Incorrect type. Expected pk value, received str."),
        ("1.0", "Incorrect type. Expected pk value, received str."),
        ("9" * 30, "Incorrect type. Expected pk value, received str."),
        (1.5, "A valid integer is required, without a fraction."),
        (2**63, "This integer is outside 64 bits (-9223372036854775808 to 9223372036854775807)."),
    ],
    ids=repr,
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_foreign_key_that_points_at_nothing_is_refused(
    book: FlaskClient, store: SQLiteDataStore, method: str, sent: Any, message: str
) -> None:
    answer = book.open("/users/" if method == "POST" else "/users/1/", method=method, json=DUPONT | {"address": sent})
    assert refusal(answer) == ("address does not validate", {"address": [message]})
    assert [user.address for user in store[User]] == [1]


def test_a_missing_target_is_refused_together_with_other_faults(book: FlaskClient) -> None:
    assert refusal(book.post("/users/", json={"address": 2, "first_name": 1, "last_name": "x"})) == (
        "first_name does not validate",
        {"first_name": ["Not a valid string."], "address": ['Invalid pk "2" - object does not exist.']},
    )


def test_a_required_foreign_key_cannot_be_empty(serve: Serve) -> None:
    class Room(models.Model):
        house = models.IntegerField(foreign=("room", "id"), required=True)
        id = models.PkField()

    assert refusal(serve(Room).post("/room/", json={"house": ""})) == (
        "house does not validate",
        {"house": ["This field may not be null."]},
    )


@pytest.mark.parametrize(
    ("name", "sent", "kept"),
    [
        ("tag", "a tag", "a tag"),
        ("tag", "", None),
        ("token", UID, UID),
        ("token", UID.upper(), UID),
        ("token", "", None),
        ("parent", "1", 1),
    ],
)
def test_a_foreign_key_of_another_kind_is_read_as_its_target_is(serve: Serve, name: str, sent: Any, kept: Any) -> None:
    client = serve(Thing, Tag, Token)
    client.post("/tag/", json={"name": "a tag"})
    client.post("/token/", json={"id": UID})
    client.post("/thing/", json={"code": "first", "flag": None})
    assert row(client.post("/thing/", json={"code": "second", "flag": None, name: sent}, headers=SHOW))[name] == kept


@pytest.mark.parametrize(
    ("name", "sent", "message"),
    [
        ("tag", "none", 'Invalid pk "none" - object does not exist.'),
        ("tag", 1, "Incorrect type. Expected pk value, received int."),
        ("tag", True, "Incorrect type. Expected pk value, received bool."),
        ("token", UID[:-1] + "9", f'Invalid pk "{UID[:-1]}9" - object does not exist.'),
        ("token", "x", "Must be a valid UUID."),
        ("token", 1, "Incorrect type. Expected pk value, received int."),
        ("parent", 7, 'Invalid pk "7" - object does not exist.'),
    ],
)
def test_a_foreign_key_of_another_kind_is_refused(serve: Serve, name: str, sent: Any, message: str) -> None:
    answer = serve(Thing, Tag, Token).post("/thing/", json={"code": "first", "flag": None, name: sent})
    assert refusal(answer) == (f"{name} does not validate", {name: [message]})


def test_a_foreign_key_to_a_unique_field_is_the_value_of_that_field(serve: Serve) -> None:
    class Country(models.Model):
        code = models.StringField(required=True, unique=True)
        id = models.PkField()

    class Town(models.Model):
        country = models.StringField(foreign={"table": "country", "column": "code"})
        id = models.PkField()

    client = serve(Town, Country)
    client.post("/country/", json={"code": "fr"})
    assert row(client.post("/town/", json={"country": "fr"}, headers=SHOW))["country"] == "fr"
    assert refusal(client.post("/town/", json={"country": "de"}))[1] == {"country": ['Invalid pk "de" - object does not exist.']}


def test_a_refused_write_gives_no_key_away(book: FlaskClient) -> None:
    for _ in range(3):
        book.post("/users/", json=DUPONT | {"address": 9})
    assert book.post("/users/", json=DUPONT).headers["Location"] == "http://localhost/users/2/"


def test_the_field_that_names_a_row_may_change_and_its_address_with_it(serve: Serve) -> None:
    class Page(models.Model):
        slug = models.SlugField(required=True, unique=True)
        id = models.PkField()

    class Pages(Endpoint):
        model = Page
        lookup_field = "slug"

    client = serve(Pages)
    client.post("/page/", json={"slug": "old"})
    assert row(client.put("/page/old/", json={"slug": "new"})) == {"id": 1, "ressource_uri": "/page/new/", "slug": "new"}
    assert client.get("/page/old/").status_code == 404
    assert row(client.get("/page/new/"))["id"] == 1


@pytest.mark.parametrize("value", ["", ".", "..", "a/b"])
def test_a_field_that_names_a_row_takes_only_what_makes_an_address(serve: Serve, value: str) -> None:
    class Page(models.Model):
        path = models.StringField(required=True, unique=True)
        id = models.PkField()

    class Pages(Endpoint):
        model = Page
        lookup_field = "path"

    message = "It is a part of the row's address: it cannot be empty, . or .. and cannot hold a /"
    assert refusal(serve(Pages).post("/page/", json={"path": value})) == ("path does not validate", {"path": [message]})


def test_every_address_of_the_book_is_what_was_sent(book: FlaskClient) -> None:
    assert row(book.get("/address/1/")) == VALMY | {"ressource_uri": "/address/1/"}
