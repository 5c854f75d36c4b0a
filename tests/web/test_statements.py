"""Statements per request: what a request asks of SQLite, and that it does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, QuerySet, SQLiteDataStore, models
from tests.web.book import DUPONT, VALMY, Address, User
from tests.web.conftest import Serve

FRAME = ("BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")


def statements(store: SQLiteDataStore, ask: Callable[[], Any], status: int) -> list[str]:
    """The first words of the statements of a request that touch tables, and its transaction."""
    with store.recorded() as recorded:
        assert ask().status_code == status
    return [text if text in FRAME else text.split()[0] for text in recorded if not text.startswith("PRAGMA")]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/users/", ["BEGIN", "SELECT", "COMMIT"]),
        ("/users/?address=1", ["BEGIN", "SELECT", "COMMIT"]),
        ("/users/?address=1&count=1", ["BEGIN", "SELECT", "SELECT", "COMMIT"]),
        ("/users/?address=1&address=&first_name=Super&ordering=-last_name&offset=1&count=5", ["BEGIN", "SELECT", "SELECT", "COMMIT"]),
        ("/users/1/", ["SELECT"]),
        ("/", []),
    ],
)
def test_reading(book: FlaskClient, store: SQLiteDataStore, path: str, asked: list[str]) -> None:
    assert statements(store, lambda: book.get(path), 200) == asked


@pytest.mark.parametrize("path", ["/users/9/", "/users/x/", "/nothing/"])
def test_reading_in_vain(book: FlaskClient, store: SQLiteDataStore, path: str) -> None:
    assert statements(store, lambda: book.get(path), 404) == (["SELECT"] if path == "/users/9/" else [])


@pytest.mark.parametrize("path", ["/users/?adress=1", "/users/?count=0", "/users/?address=x", "/users/?ordering=x", "/users/1/?x=1"])
def test_a_query_string_that_is_refused_asks_nothing(book: FlaskClient, store: SQLiteDataStore, path: str) -> None:
    assert statements(store, lambda: book.get(path), 400) == []


@pytest.mark.parametrize("rows", [1, 100])
def test_a_list_asks_the_same_for_any_number_of_rows(book: FlaskClient, store: SQLiteDataStore, rows: int) -> None:
    store[User].bulk_create([DUPONT] * rows)
    assert statements(store, lambda: book.get("/users/?count=100&total=none"), 200) == ["SELECT"]
    assert statements(store, lambda: book.get("/users/?count=1"), 200) == ["BEGIN", "SELECT", "SELECT", "COMMIT"]


SHOW = {"Prefer": "return=representation"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "asked"),
    [
        ("POST", "/users/", DUPONT, {}, 201, ["SELECT", "INSERT"]),
        ("POST", "/users/", DUPONT, SHOW, 201, ["SELECT", "INSERT", "SELECT"]),
        ("POST", "/users/", DUPONT | {"address": None}, {}, 201, ["INSERT"]),
        ("POST", "/address/", VALMY, {}, 201, ["INSERT"]),
        ("PUT", "/users/1/", DUPONT, {}, 200, ["SELECT", "SELECT", "UPDATE", "SELECT"]),
        ("PUT", "/address/1/", VALMY, {}, 200, ["SELECT", "UPDATE", "SELECT"]),
        ("PATCH", "/users/1/", {"address": 1}, {}, 200, ["SELECT", "SELECT", "UPDATE", "SELECT"]),
        ("PATCH", "/users/1/", {"first_name": "New"}, {}, 200, ["SELECT", "UPDATE", "SELECT"]),
        ("PATCH", "/users/1/", {}, {}, 200, ["SELECT", "SELECT"]),
        ("DELETE", "/users/1/", None, {}, 204, ["DELETE"]),
    ],
)
def test_writing(
    book: FlaskClient, store: SQLiteDataStore, method: str, path: str, body: Any, headers: dict[str, str], status: int, asked: list[str]
) -> None:
    made = statements(store, lambda: book.open(path, method=method, json=body, headers=headers), status)
    assert made == ["BEGIN IMMEDIATE", *asked, "COMMIT"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "asked"),
    [
        ("POST", "/users/", {}, 400, []),
        ("POST", "/users/", {"first_name": 1, "last_name": 2, "address": True}, 400, []),
        ("POST", "/users/", DUPONT | {"address": 9}, 400, ["SELECT"]),
        ("PUT", "/users/9/", DUPONT, 404, ["SELECT"]),
        ("PATCH", "/users/1/", {"id": 2}, 400, ["SELECT"]),
        ("DELETE", "/users/9/", None, 404, ["DELETE"]),
        ("DELETE", "/address/1/", None, 409, ["DELETE", "SELECT"]),
    ],
)
def test_writing_in_vain(
    book: FlaskClient, store: SQLiteDataStore, method: str, path: str, body: Any, status: int, asked: list[str]
) -> None:
    assert statements(store, lambda: book.open(path, method=method, json=body), status) == ["BEGIN IMMEDIATE", *asked, "ROLLBACK"]


@pytest.mark.parametrize("body", ["{", "[", "1", ""])
def test_a_body_that_is_no_object_asks_nothing(book: FlaskClient, store: SQLiteDataStore, body: str) -> None:
    assert statements(store, lambda: book.post("/users/", data=body, content_type="application/json"), 400) == []


class Move(models.Model):
    """Three foreign keys to two tables."""

    user = models.IntegerField(foreign=("users", "id"))
    origin = models.IntegerField(foreign=("address", "id"), related_name="left")
    goal = models.IntegerField(foreign=("address", "id"), related_name="entered")
    id = models.PkField()


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"origin": 1, "goal": 1}, ["SELECT", "INSERT"]),
        ({"origin": 1, "goal": 2}, ["SELECT", "INSERT"]),
        ({"origin": 1, "goal": 2, "user": 1}, ["SELECT", "SELECT", "INSERT"]),
    ],
    ids=["one address", "two addresses", "two addresses and a user"],
)
def test_references_are_seen_with_one_statement_for_each_table(
    serve: Serve, store: SQLiteDataStore, body: dict[str, int], asked: list[str]
) -> None:
    client = serve(Move, User, Address)
    store[Address].bulk_create([VALMY] * 2)
    store[User].create(**DUPONT)
    assert statements(store, lambda: client.post("/move/", json=body), 201) == ["BEGIN IMMEDIATE", *asked, "COMMIT"]


class Local(Endpoint):
    model = Address
    name = "local"
    queryset = QuerySet(Address).filter(city="Paris")


class Hooked(Endpoint):
    model = Address
    name = "hooked"

    def after_write(self, change: Change) -> None:
        pass


@pytest.mark.parametrize(
    ("name", "method", "body", "asked"),
    [
        ("local", "POST", VALMY, ["INSERT", "SELECT"]),
        ("local", "PATCH", {"number": 1}, ["SELECT", "UPDATE", "SELECT", "SELECT"]),
        ("local", "DELETE", None, ["DELETE"]),
        ("hooked", "POST", VALMY, ["INSERT"]),
        ("hooked", "PATCH", {"number": 1}, ["SELECT", "UPDATE", "SELECT"]),
        ("hooked", "DELETE", None, ["SELECT", "DELETE"]),
    ],
)
def test_what_a_queryset_and_hooks_cost(serve: Serve, store: SQLiteDataStore, name: str, method: str, body: Any, asked: list[str]) -> None:
    client = serve(Local, Hooked)
    store[Address].create(**VALMY)
    path = f"/{name}/" if method == "POST" else f"/{name}/1/"
    status = {"POST": 201, "PATCH": 200, "DELETE": 204}[method]
    assert statements(store, lambda: client.open(path, method=method, json=body), status) == ["BEGIN IMMEDIATE", *asked, "COMMIT"]
