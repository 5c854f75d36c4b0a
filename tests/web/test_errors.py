"""Errors on the wire: every row of the table from error to status provoked by a request, and what each answer says."""

from __future__ import annotations

import io
import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import abort, redirect
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import Change, Endpoint, MultipleFound, SQLiteDataStore, ValidationError
from pyrest.errors import BadParameter, Busy, Conflict, NotFound, PyrestError, StoreUnusable, TooManyAffected, UnknownName, WouldScan
from pyrest.web import errors
from tests.web.answers import JSON, error
from tests.web.book import DUPONT, VALMY, Address, User
from tests.web.conftest import Serve


def post(client: FlaskClient, body: bytes, content_type: str | None = JSON) -> TestResponse:
    return client.post("/users/", data=body, content_type=content_type)


# The table.


class Trap(Endpoint):
    """Raises what the number of an address names."""

    model = Address
    name = "trap"
    list_methods = ("GET", "POST", "DELETE")
    refuse_scans = 0

    def before_write(self, change: Change) -> None:
        match change.data.get("number"):
            case 1:
                raise MultipleFound("private: two of them in /var/lib")
            case 2:
                raise RuntimeError("private: /etc/shadow")
            case 3:
                abort(403)
            case 4:
                abort(redirect("/elsewhere"))
            case 5:
                raise NotFound("no such country")
            case 6:
                raise Conflict("the town is full")


def lock_and_post(client: FlaskClient, store: SQLiteDataStore) -> TestResponse:
    other = sqlite3.connect(store.location)
    try:
        other.execute("BEGIN IMMEDIATE")
        return client.post("/users/", json=DUPONT)
    finally:
        other.close()


def ruin_and_get(client: FlaskClient, store: SQLiteDataStore) -> TestResponse:
    store.close()
    Path(store.location).write_bytes(b"this is no database" * 100)
    return client.get("/users/")


class SlowBody(io.BytesIO):
    """A body that takes its time."""

    def readinto(self, buffer: Any) -> int:
        time.sleep(1.1)
        return super().readinto(buffer)


def upload_slowly(client: FlaskClient, _: SQLiteDataStore) -> TestResponse:
    return client.post("/hasty/", input_stream=SlowBody(b"country\r\nFrance\r\n"), content_length=17, content_type="text/csv")


def use_a_key_twice(client: FlaskClient, _: SQLiteDataStore) -> TestResponse:
    key = {"Idempotency-Key": "k"}
    assert client.post("/users/", json=DUPONT, headers=key).status_code == 201
    return client.post("/address/", json=VALMY, headers=key)


class Hasty(Endpoint):
    """Waits a second for an upload."""

    model = Address
    name = "hasty"
    list_methods = ("GET", "POST", "DELETE")
    max_stream_seconds = 1


class Guarded(Endpoint):
    """Demands preconditions."""

    model = Address
    name = "guarded"
    require_preconditions = True


PROVOKED: dict[type[PyrestError], tuple[int, Callable[[FlaskClient, SQLiteDataStore], TestResponse], str]] = {
    errors.BadBody: (400, lambda client, _: post(client, b"1"), "the body must be a JSON object or a list of them, not a number"),
    errors.BadHeader: (400, lambda client, _: client.patch("/users/1/", json={}, headers={"If-Match": "1"}),
                       'If-Match is * or tags in quotes, such as "c3d2…", as the header ETag shows them'),
    BadParameter: (400, lambda client, _: client.get("/users/?count=0"), '"count": The number of objects on a page is 1 to 100.'),
    UnknownName: (400, lambda client, _: client.get("/users/?adress=1"), 'unknown filter "adress"; did you mean "address"?'),
    WouldScan: (400, lambda client, _: client.get("/trap/?city=Paris"),
                'this would read all of "address", which has more than 0 rows; '
                'an index would serve it: CREATE INDEX "ix_address.city" ON "address" ("city")'),
    ValidationError: (400, lambda client, _: client.post("/users/", json={}), "first_name is missing. Cannot create the ressource"),
    NotFound: (404, lambda client, _: client.get("/users/9/"), "there is no such row in users"),
    errors.NotAcceptable: (406, lambda client, _: client.get("/users/", headers={"Accept": "text/html"}),
                           "this address answers in application/json, text/csv and application/x-ndjson only"),
    Conflict: (409, lambda client, _: client.delete("/address/1/"), "this row of address is still used by users"),
    TooManyAffected: (409, lambda client, _: client.delete("/hasty/?number__gt=0", headers={"Prefer": "max-affected=0"}),
                      "the filters select more than 0 rows, so nothing was changed"),
    errors.PreconditionFailed: (412, lambda client, _: client.delete("/users/1/", headers={"If-Match": '"1"'}),
                                "If-Match: the row is not as you know it any more; get it again"),
    errors.PreconditionRequired: (428, lambda client, _: client.delete("/guarded/1/"),
                                  "send the header If-Match with the row's ETag, which GET gives"),
    errors.UploadTooSlow: (408, upload_slowly, "the upload took longer than 1 seconds"),
    errors.BodyTooLarge: (413, lambda client, _: post(client, b" " * (2**20 + 1)), "the body is longer than 1048576 bytes"),
    errors.NotJSON: (415, lambda client, _: post(client, b"{}", "text/plain"),
                     "a body needs the header Content-Type: application/json; this one says text/plain"),
    errors.KeyUsed: (422, use_a_key_twice, "this Idempotency-Key came with another request before; a new request needs a new key"),
    PyrestError: (500, lambda client, _: client.post("/trap/", json=VALMY | {"number": 1}), "the server made a mistake; its log says more"),
    StoreUnusable: (503, ruin_and_get, "the database cannot be used at the moment; the server's log says more"),
    Busy: (503, lock_and_post, "the database is busy; try again"),
}  # fmt: skip


@pytest.mark.parametrize("kind", errors.STATUS, ids=lambda kind: kind.__name__)
def test_every_row_of_the_table_is_met(book: FlaskClient, serve: Serve, store: SQLiteDataStore, kind: type[PyrestError]) -> None:
    status, provoke, sentence = PROVOKED[kind]
    assert errors.STATUS[kind] == status
    others = (PyrestError, WouldScan, TooManyAffected, errors.UploadTooSlow, errors.PreconditionRequired)
    client = serve(Trap, Hasty, Guarded) if kind in others else book
    assert error(provoke(client, store), status) == sentence


# Addresses, methods, formats.


@pytest.mark.parametrize("path", ["/nothing/", "/users/1/x/", "/favicon.ico", "/Users/", "/users/a/b/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_nothing_is_at_other_addresses(book: FlaskClient, method: str, path: str) -> None:
    assert error(book.open(path, method=method), 404) == "there is nothing at this address"


@pytest.mark.parametrize("key", ["2", "0", "-1", "01", "+1", "1.0", "x", "%00", "%ff", "9223372036854775808", "9" * 5000, "1%20"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_no_row_is_at_an_address_that_names_none(book: FlaskClient, method: str, key: str) -> None:
    body = DUPONT if method in ("PUT", "PATCH") else None
    assert error(book.open(f"/users/{key}/", method=method, json=body), 404) == "there is no such row in users"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/users/", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/users/", "GET, HEAD, OPTIONS, POST"),
        ("TRACE", "/users/", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/users/1/", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("BREW", "/users/1/", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("POST", "/", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_allowed_is_told_those_that_are(book: FlaskClient, method: str, path: str, allow: str) -> None:
    answer = book.open(path, method=method)
    taken = allow.replace("HEAD, ", "").replace("OPTIONS, ", "").replace(", OPTIONS", "")
    assert error(answer, 405) == f"this address takes only {taken}"
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        JSON,
        "application/*",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;indent=2",
        "text/html, */*;q=0.1",
        "text/html;q=0.9, application/json;q=0.001",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/*;q=0, application/json",
        "application/json;q=0, application/json;charset=utf-8",
    ],
)
def test_json_is_given_to_whom_it_fits(book: FlaskClient, accept: str) -> None:
    assert book.get("/users/", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/csv",
        "application/xml",
        "application/vnd.api+json",
        "application/json;q=0",
        "*/*;q=0",
        "application/json;q=0, */*",
        "application/*;q=0, */*",
        "nonsense",
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/users/1/"), ("DELETE", "/users/1/"), ("POST", "/users/")])
def test_nothing_fits_who_does_not_take_json(book: FlaskClient, store: SQLiteDataStore, accept: str, method: str, path: str) -> None:
    answer = book.open(path, method=method, headers={"Accept": accept}, json=DUPONT if method == "POST" else None)
    assert error(answer, 406) == "this address answers in application/json only"
    assert store[User].count() == 1


# The database.


def test_a_busy_database_says_when_to_try_again(book: FlaskClient, store: SQLiteDataStore) -> None:
    answer = lock_and_post(book, store)
    assert error(answer, 503) == "the database is busy; try again"
    assert answer.headers["Retry-After"] == "1"
    assert book.post("/users/", json=DUPONT).headers["Location"] == "http://localhost/users/2/"


@pytest.mark.parametrize(
    ("method", "path", "body"), [("PUT", "/users/1/", DUPONT), ("PATCH", "/users/1/", {}), ("DELETE", "/users/1/", None)]
)
def test_every_write_waits_for_a_locked_database_in_vain(
    book: FlaskClient, store: SQLiteDataStore, method: str, path: str, body: Any
) -> None:
    other = sqlite3.connect(store.location)
    try:
        other.execute("BEGIN IMMEDIATE")
        answer = book.open(path, method=method, json=body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert book.get("/users/1/").status_code == 200
    finally:
        other.close()


def test_a_unique_index_that_is_not_declared_is_a_conflict(book: FlaskClient, store: SQLiteDataStore) -> None:
    altered(store, "CREATE UNIQUE INDEX one_name ON users (last_name)")
    assert error(book.post("/users/", json=DUPONT), 409) == "another row has the same last_name already"


def test_a_trigger_is_a_conflict_and_its_words_stay_private(book: FlaskClient, store: SQLiteDataStore) -> None:
    altered(store, "CREATE TRIGGER no BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'secret reason'); END")
    answer = book.patch("/users/1/", json={"first_name": "New"})
    assert error(answer, 409) == "a constraint of the database refuses this"
    assert "secret" not in answer.text
    assert store[User].get().first_name == "Super"


def altered(store: SQLiteDataStore, text: str) -> None:
    connection = sqlite3.connect(store.location)
    connection.execute(text)
    connection.close()


def test_a_database_that_cannot_be_used_is_not_described(
    book: FlaskClient, store: SQLiteDataStore, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ruin_and_get(book, store)
    assert store.location not in answer.text
    assert "Retry-After" not in answer.headers
    assert store.location in caplog.text


# Faults of the program.


@pytest.fixture
def trap(serve: Serve) -> FlaskClient:
    return serve(Trap)


@pytest.mark.parametrize("number", [1, 2], ids=["an error of pyrest's that nobody caught", "any other error"])
def test_a_fault_of_the_program_is_logged_and_not_described(
    trap: FlaskClient, store: SQLiteDataStore, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = trap.post("/trap/", json=VALMY | {"number": number})
    assert error(answer, 500) == "the server made a mistake; its log says more"
    assert "private" not in answer.text + str(answer.headers)
    assert "POST /trap/" in caplog.text
    assert "private" in caplog.text
    assert store[Address].count() == 0


@pytest.mark.parametrize("option", ["DEBUG", "TESTING"])
def test_a_fault_of_the_program_reaches_the_debugger(trap: FlaskClient, option: str) -> None:
    trap.application.config[option] = True
    with pytest.raises(RuntimeError, match="private"):
        trap.post("/trap/", json=VALMY | {"number": 2})


@pytest.mark.parametrize(
    ("number", "status", "sentence"),
    [
        (
            3,
            403,
            "You don't have the permission to access the requested resource. It is either read-protected or not readable by the server.",
        ),
        (5, 404, "no such country"),
        (6, 409, "the town is full"),
    ],
)
def test_what_a_hook_refuses_by_another_error_is_answered_by_that(
    trap: FlaskClient, store: SQLiteDataStore, number: int, status: int, sentence: str
) -> None:
    assert error(trap.post("/trap/", json=VALMY | {"number": number}), status) == sentence
    assert store[Address].count() == 0


def test_a_response_that_a_hook_aborts_with_is_the_answer(trap: FlaskClient, store: SQLiteDataStore) -> None:
    answer = trap.post("/trap/", json=VALMY | {"number": 4})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")
    assert store[Address].count() == 0
