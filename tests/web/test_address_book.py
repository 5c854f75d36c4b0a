"""The transcript of the original, to the key: the tutorial's own address book, asked in process."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from flask.testing import FlaskClient

TUTORIAL = Path(__file__).parents[2] / "tutorial" / "address_book.py"

ADDRESS = {"country": "France", "city": "Paris", "street": "quais de Valmy", "number": 45}
USER = {"first_name": "Super", "last_name": "Dupont", "address": 1}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("ADDRESS_BOOK_DB", str(tmp_path / "address_book.db"))
    return runpy.run_path(str(TUTORIAL))["app"].test_client()


@pytest.fixture
def filled(client: FlaskClient) -> FlaskClient:
    client.post("/address/", json=ADDRESS)
    client.post("/users/", json=USER)
    return client


def test_the_root_names_the_ressources(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.json == {"name": "address book", "version": "1.0", "ressources": {"address": "/address/", "users": "/users/"}}


@pytest.mark.parametrize("port", [5000, 8080])
def test_an_address_is_created(client: FlaskClient, port: int) -> None:
    answer = client.post("/address/", json=ADDRESS, base_url=f"http://localhost:{port}")
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"http://localhost:{port}/address/1/"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == "0"
    assert answer.data == b""


def test_a_user_is_created_at_an_address(client: FlaskClient) -> None:
    client.post("/address/", json=ADDRESS)
    answer = client.post("/users/", json=USER, base_url="http://localhost:5000")
    assert (answer.status_code, answer.headers["Location"]) == (201, "http://localhost:5000/users/1/")


def test_a_user_is_refused_at_an_address_that_does_not_exist(filled: FlaskClient) -> None:
    answer = filled.post("/users/", json=USER | {"address": 2})
    assert answer.status_code == 400
    assert answer.json == {
        "error": "address does not validate",
        "errors": {"address": ['Invalid pk "2" - object does not exist.']},
    }


def test_a_detail_has_these_keys_in_this_order(filled: FlaskClient) -> None:
    answer = filled.get("/users/1/")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert json.loads(answer.data, object_pairs_hook=list) == [
        ("address", 1),
        ("first_name", "Super"),
        ("last_name", "Dupont"),
        ("ressource_uri", "/users/1/"),
    ]


def test_a_list_has_meta_and_objects(filled: FlaskClient) -> None:
    answer = filled.get("/users/")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == {
        "meta": {"count": 20, "filters": {}, "next": "null", "offset": 0, "previous": "null", "total_count": 1},
        "object_list": [{"address": 1, "first_name": "Super", "last_name": "Dupont", "ressource_uri": "/users/1/"}],
    }


def test_a_filtered_list_repeats_the_filter_as_it_was_sent(filled: FlaskClient) -> None:
    answer = filled.get("/users/?address=1")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["meta"] == {
        "count": 20, "filters": {"address": "1"}, "next": "null", "offset": 0, "previous": "null", "total_count": 1,
    }  # fmt: skip
    assert [user["last_name"] for user in answer.json["object_list"]] == ["Dupont"]


def test_a_filter_that_nothing_meets_gives_an_empty_list(filled: FlaskClient) -> None:
    filled.post("/address/", json=ADDRESS)
    answer = filled.get("/users/?address=2")
    assert answer.json == {
        "meta": {"count": 20, "filters": {"address": "2"}, "next": "null", "offset": 0, "previous": "null", "total_count": 0},
        "object_list": [],
    }


def test_the_objects_of_a_list_and_a_detail_are_the_same(filled: FlaskClient) -> None:
    listed = filled.get("/address/").json
    assert listed is not None
    assert listed["object_list"] == [filled.get("/address/1/").json]
    assert listed["object_list"] == [ADDRESS | {"ressource_uri": "/address/1/"}]


def test_the_keys_of_a_list_are_sorted(filled: FlaskClient) -> None:
    top = json.loads(filled.get("/users/").data)
    assert list(top) == ["meta", "object_list"]
    assert list(top["meta"]) == sorted(top["meta"])
    assert list(top["object_list"][0]) == sorted(top["object_list"][0])


def test_a_missing_field_is_named(client: FlaskClient) -> None:
    answer = client.post("/users/", json={"last_name": "Dupont"})
    assert answer.status_code == 400
    assert answer.json == {
        "error": "first_name is missing. Cannot create the ressource",
        "errors": {"first_name": ["This field is required."]},
    }


def test_a_created_object_is_shown_on_request(client: FlaskClient) -> None:
    answer = client.post("/address/", json=ADDRESS, headers={"Prefer": "return=representation"})
    assert (answer.status_code, answer.headers["Location"]) == (201, "http://localhost/address/1/")
    assert answer.json == ADDRESS | {"ressource_uri": "/address/1/"}


def test_an_object_is_replaced_patched_and_deleted(filled: FlaskClient) -> None:
    replaced = filled.put("/users/1/", json={"first_name": "Jean", "last_name": "Martin"})
    assert (replaced.status_code, replaced.json) == (
        200,
        {"address": None, "first_name": "Jean", "last_name": "Martin", "ressource_uri": "/users/1/"},
    )
    patched = filled.patch("/users/1/", json={"address": 1})
    assert (patched.status_code, patched.json) == (200, (replaced.json or {}) | {"address": 1})
    deleted = filled.delete("/users/1/")
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert filled.get("/users/1/").status_code == 404


def test_an_address_in_use_stays(filled: FlaskClient) -> None:
    answer = filled.delete("/address/1/")
    assert answer.status_code == 409
    assert answer.json == {"error": "this row of address is still used by users"}
    assert filled.get("/address/1/").status_code == 200
