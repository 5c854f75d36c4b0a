"""Writes: what POST, PUT and PATCH take, what they refuse, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import SQLiteDataStore
from tests.web.answers import SHOW, refusal, row
from tests.web.book import DUPONT
from tests.web.conftest import Serve
from tests.web.everything import THING, UID, Tag, Thing, Token
from tests.web.parts import PART, Part

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
