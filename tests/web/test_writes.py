"""Writes: what POST, PUT and PATCH take, what they refuse, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import Endpoint, SQLiteDataStore, models
from tests.web.book import DUPONT, VALMY, User
from tests.web.conftest import Serve
from tests.web.everything import THING, UID, Tag, Thing, Token

SHOW = {"Prefer": "return=representation"}


class Part(models.Model):
    """A model whose fields differ in what a write may do to them."""

    number = models.StringField(required=True, unique=True)
    name = models.StringField(required=True, null=True)
    maker = models.StringField()
    batch = models.IntegerField(default=7)
    price = models.DecimalField(8, 2, default="1.50")
    notes = models.JSONField()
    state = models.StringField(default="new", read_only=True)
    weight = models.DecimalField(8, 3, read_only=True, default="0.250")
    secret = models.StringField(write_only=True)
    barcode = models.IntegerField(unique=True)
    id = models.PkField()

    class Meta:
        unique_together = [("maker", "batch"), ("name", "batch")]


PART: dict[str, Any] = {"number": "A-1", "name": "Bolt"}


@pytest.fixture
def parts(serve: Serve) -> FlaskClient:
    return serve(Part)


@pytest.fixture
def part(parts: FlaskClient) -> FlaskClient:
    """Part 1 is there, and nothing of it is as it is by default."""
    sent = PART | {"maker": "Acme", "batch": 1, "price": "2.00", "notes": {"a": 1, "b": 2}, "secret": "x", "barcode": 11}
    assert parts.post("/part/", json=sent).status_code == 201
    return parts


def row(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    assert answer.json is not None
    return answer.json  # type: ignore[no-any-return]


def refusal(answer: TestResponse) -> tuple[str, dict[str, list[str]]]:
    assert answer.status_code == 400, answer.text
    assert answer.json is not None
    assert answer.json.keys() == {"error", "errors"}
    return answer.json["error"], answer.json["errors"]


# Creating.


def test_what_was_left_out_takes_its_default_or_null(parts: FlaskClient) -> None:
    assert row(parts.post("/part/", json=PART, headers=SHOW)) == {
        "barcode": None, "batch": 7, "id": 1, "maker": None, "name": "Bolt", "notes": None, "number": "A-1", "price": "1.50",
        "ressource_uri": "/part/1/", "state": "new", "weight": "0.250",
    }  # fmt: skip


@pytest.mark.parametrize(
    "prefer",
    [
        "return=representation",
        "Return=Representation",
        "return = representation",
        "respond-async, return=representation",
        "return=representation; x",
    ],
)
def test_a_created_object_is_shown_where_it_is_preferred(parts: FlaskClient, prefer: str) -> None:
    answer = parts.post("/part/", json=PART, headers={"Prefer": prefer})
    assert (answer.status_code, answer.headers["Location"]) == (201, "http://localhost/part/1/")
    assert row(answer) == row(parts.get("/part/1/"))


@pytest.mark.parametrize("prefer", ["return=minimal", "return", "wait=10", ""])
def test_a_created_object_is_not_shown_otherwise(parts: FlaskClient, prefer: str) -> None:
    answer = parts.post("/part/", json=PART, headers={"Prefer": prefer})
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (201, b"", "0")


def test_an_empty_text_is_a_value(parts: FlaskClient) -> None:
    assert row(parts.post("/part/", json=PART | {"maker": "", "name": ""}, headers=SHOW))["maker"] == ""


def test_null_is_a_value_where_the_field_must_be_sent_but_may_be_null(parts: FlaskClient) -> None:
    assert row(parts.post("/part/", json=PART | {"name": None}, headers=SHOW))["name"] is None


def test_a_write_only_field_is_written_and_never_shown(parts: FlaskClient, store: SQLiteDataStore) -> None:
    answer = parts.post("/part/", json=PART | {"secret": "hush"}, headers=SHOW)
    assert "secret" not in row(answer)
    assert "hush" not in answer.text + parts.get("/part/").text + parts.get("/part/1/").text
    assert store[Part].get().secret == "hush"


def test_a_key_that_the_client_chooses_is_the_address(serve: Serve) -> None:
    client = serve(Tag)
    assert client.post("/tag/", json={"name": "a b/ü".replace("/", "-")}).headers["Location"] == "http://localhost/tag/a%20b-%C3%BC/"
    assert row(client.get("/tag/a b-ü/")) == {"name": "a b-ü", "ressource_uri": "/tag/a%20b-%C3%BC/", "weight": 1.0}


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/"])
def test_a_key_that_makes_no_address_is_refused(serve: Serve, name: str) -> None:
    message = "A key is a part of its row's address: it cannot be empty, . or .. and cannot hold a /"
    assert refusal(serve(Tag).post("/tag/", json={"name": name})) == ("name does not validate", {"name": [message]})


def test_a_uuid_key_may_be_chosen_and_is_made_otherwise(serve: Serve) -> None:
    client = serve(Token)
    assert client.post("/token/", json={"id": UID.upper()}).headers["Location"] == f"http://localhost/token/{UID}/"
    made = [client.post("/token/", json={}).headers["Location"] for _ in range(2)]
    assert len({*made, f"http://localhost/token/{UID}/"}) == 3


# Replacing and patching.


def test_put_resets_what_was_left_out(part: FlaskClient, store: SQLiteDataStore) -> None:
    shown = row(part.put("/part/1/", json={"number": "A-2", "name": None}))
    assert shown == {
        "barcode": None, "batch": 7, "id": 1, "maker": None, "name": None, "notes": None, "number": "A-2", "price": "1.50",
        "ressource_uri": "/part/1/", "state": "new", "weight": "0.250",
    }  # fmt: skip
    assert row(part.get("/part/1/")) == shown
    assert store[Part].get().secret is None


def test_patch_keeps_what_was_left_out(part: FlaskClient, store: SQLiteDataStore) -> None:
    before = row(part.get("/part/1/"))
    assert row(part.patch("/part/1/", json={"name": "Nut", "maker": None})) == before | {"name": "Nut", "maker": None}
    assert row(part.get("/part/1/")) == before | {"name": "Nut", "maker": None}
    assert store[Part].get().secret == "x"


def test_an_empty_patch_changes_nothing(part: FlaskClient) -> None:
    before = row(part.get("/part/1/"))
    assert row(part.patch("/part/1/", json={})) == before


def test_a_json_value_is_replaced_whole(part: FlaskClient) -> None:
    assert row(part.patch("/part/1/", json={"notes": {"c": 3}}))["notes"] == {"c": 3}


def test_put_needs_what_post_needs(part: FlaskClient) -> None:
    before = row(part.get("/part/1/"))
    assert refusal(part.put("/part/1/", json={"maker": "Acme"})) == (
        "number is missing. Cannot create the ressource",
        {"number": ["This field is required."], "name": ["This field is required."]},
    )
    assert row(part.get("/part/1/")) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_was_read_can_be_edited_and_sent_back(part: FlaskClient, method: str) -> None:
    edited = row(part.get("/part/1/")) | {"name": "Nut"}
    assert row(part.open("/part/1/", method=method, json=edited)) == edited


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_every_kind_of_value_can_be_sent_back(serve: Serve, method: str) -> None:
    client = serve(Thing, Tag, Token)
    client.post("/tag/", json={"name": "a tag"})
    client.post("/token/", json={"id": UID})
    shown = row(client.post("/thing/", json=THING | {"parent": None}, headers=SHOW))
    assert shown == THING | {"id": 1, "fixed": "as it is", "ressource_uri": "/thing/1/"}
    assert row(client.open("/thing/1/", method=method, json=shown)) == shown


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "same",
    [{"id": 1}, {"id": 1.0}, {"ressource_uri": "/part/1/"}, {"state": "new"}, {"weight": "0.250"}, {"weight": "0.25"}, {"weight": 0.25}],
)
def test_what_cannot_be_written_may_be_sent_back_as_it_is(part: FlaskClient, method: str, same: dict[str, Any]) -> None:
    assert row(part.open("/part/1/", method=method, json=PART | same))["name"] == "Bolt"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("id", 2), ("id", "1"), ("id", True), ("id", None), ("id", [1]), ("ressource_uri", "/part/2/"), ("ressource_uri", "/part/1"),
        ("ressource_uri", None), ("state", "old"), ("state", None), ("weight", "0.251"), ("weight", "x"), ("weight", None), ("weight", {}),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_where_it_differs(part: FlaskClient, method: str, name: str, other: Any) -> None:
    answer = part.open("/part/1/", method=method, json=PART | {name: other})
    assert refusal(answer) == (f"{name} does not validate", {name: ["This field cannot be changed."]})


@pytest.mark.parametrize(("name", "value"), [("id", 1), ("id", None), ("state", "new"), ("weight", "0.250"), ("ressource_uri", "/part/1/")])
def test_what_cannot_be_written_is_refused_in_a_new_row(parts: FlaskClient, name: str, value: Any) -> None:
    assert refusal(parts.post("/part/", json=PART | {name: value})) == (f"{name} does not validate", {name: ["This field cannot be set."]})


def test_a_key_that_is_not_shown_may_be_sent_back_too(book: FlaskClient) -> None:
    assert row(book.put("/users/1/", json=DUPONT | {"id": 1})) == DUPONT | {"ressource_uri": "/users/1/"}
    assert refusal(book.put("/users/1/", json=DUPONT | {"id": 2}))[0] == "id does not validate"
    assert refusal(book.post("/users/", json=DUPONT | {"id": 1}))[0] == 'unknown field "id"'


@pytest.mark.parametrize("key", ["new name", "a tag"])
def test_a_chosen_key_never_changes(serve: Serve, key: str) -> None:
    client = serve(Tag)
    client.post("/tag/", json={"name": "a tag"})
    answer = client.put("/tag/a tag/", json={"name": key, "weight": 2})
    if key == "a tag":
        assert row(answer)["weight"] == 2.0
    else:
        assert refusal(answer) == ("name does not validate", {"name": ["This field cannot be changed."]})


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_row_that_is_not_there_is_not_made(part: FlaskClient, method: str) -> None:
    answer = part.open("/part/2/", method=method, json=PART)
    assert (answer.status_code, answer.json) == (404, {"error": "there is no such row in part"})


# Refusing.


@pytest.mark.parametrize(
    ("body", "error", "errors"),
    [
        ({}, "first_name is missing. Cannot create the ressource", ["first_name", "last_name"]),
        ({"first_name": "a"}, "last_name is missing. Cannot create the ressource", ["last_name"]),
        ({"first_name": None}, "first_name does not validate", ["first_name", "last_name"]),
        ({"address": 9}, "first_name is missing. Cannot create the ressource", ["first_name", "last_name", "address"]),
        ({"address": 9, "last_name": 1, "first_name": 2}, "first_name does not validate", ["first_name", "last_name", "address"]),
        ({"last_name": 1, "first_name": "a"}, "last_name does not validate", ["last_name"]),
        ({"fist_name": "a"}, 'unknown field "fist_name"; did you mean "first_name"?', ["first_name", "last_name", "fist_name"]),
        ({"b": 1, "a": 1, "first_name": "a", "last_name": "b"}, 'unknown field "a"', ["a", "b"]),
        ({"ressource_uri": "/users/2/", "address": True}, "first_name is missing. Cannot create the ressource",
         ["first_name", "last_name", "address", "ressource_uri"]),
    ],
)  # fmt: skip
def test_all_faults_come_at_once_in_the_order_of_declaration(
    book: FlaskClient, body: dict[str, Any], error: str, errors: list[str]
) -> None:
    answer = book.post("/users/", json=body)
    assert refusal(answer)[0] == error
    assert list(refusal(answer)[1]) == errors


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("numbr", 'This field does not exist; did you mean "number"?'),
        ("NUMBER", 'This field does not exist; did you mean "number"?'),
        ("colour", "This field does not exist."),
        ("", "This field does not exist."),
        ("pk", "This field does not exist."),
        ("__class__", "This field does not exist."),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest(parts: FlaskClient, name: str, message: str) -> None:
    error, errors = refusal(parts.post("/part/", json=PART | {name: 1}))
    assert error.startswith(f'unknown field "{name}"')
    assert errors == {name: [message]}


def test_a_name_that_is_no_text_is_refused_readably(parts: FlaskClient) -> None:
    answer = parts.post("/part/", data=b'{"number": "A", "name": "B", "\\ud800": 1}', content_type="application/json")
    assert refusal(answer) == ('unknown field "?"', {"?": ["This field does not exist."]})


def test_a_body_of_nothing_but_unknown_names_is_refused(parts: FlaskClient) -> None:
    error, errors = refusal(parts.post("/part/", json={f"numbe{n}": 1 for n in range(5000)}))
    assert error == 'unknown field "numbe0"; did you mean "number"?'
    assert len(errors) == 5002


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("number", 1, "Not a valid string."),
        ("number", None, "This field may not be null."),
        ("number", "a\x00b", "Null characters are not allowed."),
        ("number", ["a"], "Not a valid string."),
        ("batch", "12", "A valid integer is required."),
        ("batch", True, "A valid integer is required."),
        ("batch", 1.5, "A valid integer is required, without a fraction."),
        ("batch", None, "This field may not be null."),
        ("price", "1.555", "Ensure that there are no more than 2 decimal places."),
        ("price", "1234567.00", "Ensure that there are no more than 6 digits before the decimal point."),
        ("price", True, "A valid decimal number is required, as a string."),
    ],
)
def test_a_value_that_is_none_of_its_fields_is_refused(parts: FlaskClient, name: str, value: Any, message: str) -> None:
    assert refusal(parts.post("/part/", json=PART | {name: value})) == (f"{name} does not validate", {name: [message]})


def test_a_lone_surrogate_is_refused(parts: FlaskClient) -> None:
    answer = parts.post("/part/", data=b'{"number": "\\udc00", "name": "B"}', content_type="application/json")
    assert refusal(answer) == ("number does not validate", {"number": ["Lone surrogates are not allowed."]})


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
