"""Writes that are sent again: they happen once, and are answered as they were."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Response, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import Change, Endpoint, MemoryDataStore, SQLiteDataStore, Wrapper, models
from pyrest.datastores import replies_table
from pyrest.datastores.replies import KEPT_SECONDS
from pyrest.store import Store
from tests.web.answers import SHOW, error, row
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users


class Note(models.Model):
    id = models.PkField()
    text = models.StringField()


LYON = VALMY | {"city": "Lyon"}


@pytest.fixture(params=["file", "memory"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryDataStore()
        return
    store = SQLiteDataStore(tmp_path / "rows.db", durability="normal")
    yield store
    store.close()


@pytest.fixture
def client(anywhere: Store) -> FlaskClient:
    return Wrapper([Users, Addresses], datastore=anywhere).create_app().test_client()


def keyed(key: str = "k1", **more: str) -> dict[str, str]:
    return {"Idempotency-Key": key, **more}


def same(first: TestResponse, again: TestResponse) -> bool:
    """Whether the second answer is the first one, given again."""
    assert "Idempotency-Replayed" not in first.headers
    headers = [pair for pair in again.headers if pair[0] != "Idempotency-Replayed"]
    replayed = again.headers.get("Idempotency-Replayed") == "true"
    return replayed and (first.status, sorted(first.headers), first.data) == (again.status, sorted(headers), again.data)


# What is given again.


@pytest.mark.parametrize("headers", [{}, SHOW])
def test_a_create_happens_once(client: FlaskClient, anywhere: Store, headers: dict[str, str]) -> None:
    first = client.post("/address/", json=VALMY, headers=keyed() | headers)
    assert first.status_code == 201
    for _ in range(2):
        assert same(first, client.post("/address/", json=VALMY, headers=keyed() | headers))
    assert anywhere[Address].count() == 1


def test_every_other_write_too(client: FlaskClient, anywhere: Store) -> None:
    client.post("/address/", json=VALMY)
    for method, body in (("PATCH", {"number": 1}), ("PUT", {**VALMY, "number": 2}), ("DELETE", None)):
        first = client.open("/address/1/", method=method, json=body, headers=keyed(method))
        if method != "DELETE":
            anywhere[Address].update(number=99)
        assert same(first, client.open("/address/1/", method=method, json=body, headers=keyed(method)))
        assert [address.number for address in anywhere[Address]] == ([99] if method != "DELETE" else [])


def test_a_batch_happens_once(client: FlaskClient, anywhere: Store) -> None:
    requests = [
        {"method": "POST", "path": "/address/", "body": VALMY, "id": "home"},
        {"method": "POST", "path": "/users/", "body": {**DUPONT, "address": {"$key": "home"}}},
    ]
    first = client.post("/batch/", json={"requests": requests}, headers=keyed())
    assert first.status_code == 200
    assert same(first, client.post("/batch/", json={"requests": requests}, headers=keyed()))
    assert (anywhere[Address].count(), anywhere[User].count()) == (1, 1)


def test_an_upload_happens_once(client: FlaskClient, anywhere: Store) -> None:
    lines = b'{"country": "F", "city": "P", "street": "s", "number": 1}\n' * 3
    options: dict[str, Any] = {"data": lines, "content_type": "application/x-ndjson", "headers": keyed()}
    first = client.post("/address/", **options)
    assert row(first) == {"created": 3}
    assert same(first, client.post("/address/", **options))
    assert anywhere[Address].count() == 3


def test_without_a_key_and_with_another_it_happens_again(client: FlaskClient, anywhere: Store) -> None:
    for headers in ({}, {}, keyed("a"), keyed("b"), keyed("A")):
        assert client.post("/address/", json=VALMY, headers=headers).headers.get("Idempotency-Replayed") is None
    assert anywhere[Address].count() == 5


def test_reading_knows_no_keys(client: FlaskClient) -> None:
    client.post("/address/", json=VALMY)
    for _ in range(2):
        assert "Idempotency-Replayed" not in client.get("/address/1/", headers=keyed()).headers
    assert client.get("/address/1/", headers=keyed("")).status_code == 200


# The key.


@pytest.mark.parametrize("other", ['"k 1"', "k 1", '  "k 1" '])
def test_a_key_is_the_same_in_quotes_and_without(client: FlaskClient, anywhere: Store, other: str) -> None:
    client.post("/address/", json=VALMY, headers=keyed('"k 1"'))
    assert client.post("/address/", json=VALMY, headers=keyed(other)).headers["Idempotency-Replayed"] == "true"
    assert anywhere[Address].count() == 1


@pytest.mark.parametrize("key", ["", " ", '""', "x" * 256, "\xe9", "a\tb"])
def test_a_key_that_is_none(client: FlaskClient, anywhere: Store, key: str) -> None:
    answer = client.post("/address/", json=VALMY, headers=keyed(key))
    assert error(answer, 400) == "Idempotency-Key is 1 to 255 printable ASCII characters, such as a UUID"
    assert anywhere[Address].count() == 0


def test_the_longest_key(client: FlaskClient) -> None:
    assert client.post("/address/", json=VALMY, headers=keyed("x" * 255)).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/address/", LYON),
        ("POST", "/users/", VALMY),
        ("PATCH", "/address/1/", VALMY),
        ("POST", "/batch/", {"requests": [{"method": "POST", "path": "/address/", "body": VALMY}]}),
    ],
)
def test_a_key_of_another_request_is_refused(client: FlaskClient, anywhere: Store, method: str, path: str, body: Any) -> None:
    client.post("/address/", json=VALMY, headers=keyed())
    answer = client.open(path, method=method, json=body, headers=keyed())
    assert error(answer, 422) == "this Idempotency-Key came with another request before; a new request needs a new key"
    assert [address.city for address in anywhere[Address]] == ["Paris"]


def test_a_body_that_the_application_has_read_counts_too(anywhere: Store) -> None:
    app = Wrapper([Addresses], datastore=anywhere).create_app()

    @app.before_request
    def look() -> None:
        request.get_json(silent=True)

    client = app.test_client()
    first = client.post("/address/", json=VALMY, headers=keyed())
    assert client.post("/address/", json=LYON, headers=keyed()).status_code == 422
    assert same(first, client.post("/address/", json=VALMY, headers=keyed()))


# What is not kept.


def test_what_was_refused_is_tried_again(client: FlaskClient, anywhere: Store) -> None:
    for _ in range(2):
        assert client.post("/users/", json=DUPONT, headers=keyed()).status_code == 400
    anywhere[Address].create(**VALMY)
    assert client.post("/users/", json=DUPONT, headers=keyed()).status_code == 201
    assert client.post("/users/", json=DUPONT, headers=keyed()).headers["Idempotency-Replayed"] == "true"
    assert anywhere[User].count() == 1


def test_a_key_of_what_was_refused_is_free(client: FlaskClient) -> None:
    assert client.post("/address/", json={}, headers=keyed()).status_code == 400
    assert client.post("/address/", json=VALMY, headers=keyed()).status_code == 201


def test_a_body_that_is_too_long(client: FlaskClient) -> None:
    client.post("/address/", json=VALMY)
    for method, path in (("POST", "/address/"), ("PATCH", "/address/1/")):
        long = {"city": "x" * Addresses.max_body}
        assert error(client.open(path, method=method, json=long, headers=keyed()), 413) == "the body is longer than 1048576 bytes"


@pytest.mark.parametrize("seconds", [KEPT_SECONDS - 60, KEPT_SECONDS + 60])
def test_an_answer_is_kept_for_a_day(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, anywhere: Store, seconds: int) -> None:
    client.post("/address/", json=VALMY, headers=keyed())
    later = replies_table.time.time() + seconds
    monkeypatch.setattr("time.time", lambda: later)
    assert client.post("/address/", json=VALMY, headers=keyed()).status_code == 201
    assert anywhere[Address].count() == (1 if seconds < KEPT_SECONDS else 2)


# A repeat that comes while the first one runs.


def test_a_repeat_waits_for_the_first(anywhere: Store) -> None:
    begun, go = threading.Event(), threading.Event()

    class Slow(Endpoint):
        model = Address

        def before_write(self, change: Change) -> None:
            begun.set()
            assert go.wait(10)

    app = Wrapper([Slow], datastore=anywhere).create_app()
    found: list[TestResponse] = []

    def send() -> None:
        found.append(app.test_client().post("/address/", json=VALMY, headers=keyed()))

    threads = [threading.Thread(target=send) for _ in range(3)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    threads[1].join(0.2)
    assert found == []
    go.set()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in found] == [201] * 3
    assert sorted(answer.headers.get("Idempotency-Replayed", "") for answer in found) == ["", "true", "true"]
    assert anywhere[Address].count() == 1


def test_a_repeat_that_waits_too_long_is_to_come_again(tmp_path: Path) -> None:
    store = SQLiteDataStore(tmp_path / "rows.db", durability="normal", timeout=0.05)
    client = Wrapper([Addresses], datastore=store).create_app().test_client()
    holding, go = threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            holding.set()
            go.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(10)
    answer = client.post("/address/", json=VALMY, headers=keyed())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    go.set()
    thread.join()
    assert client.post("/address/", json=VALMY, headers=keyed()).status_code == 201
    store.close()


def test_nobody_waits_for_a_client_while_the_store_is_locked(store: SQLiteDataStore) -> None:
    client = Wrapper([Addresses], datastore=store).create_app().test_client()
    free = []

    class Body:
        """A body that comes slowly: while it does, somebody else writes."""

        sent = b'{"country": "F", "city": "P", "street": "s", "number": 1}'

        def read(self, size: int = -1) -> bytes:
            writer = threading.Thread(target=lambda: free.append(store[Address].create(**VALMY).pk))
            writer.start()
            writer.join()
            piece, self.sent = self.sent[:20], self.sent[20:]
            return piece

    for headers in (keyed(), {"Prefer": "dry-run"}):
        body = Body()
        environ = {"wsgi.input": body, "CONTENT_LENGTH": str(len(body.sent)), "CONTENT_TYPE": "application/json"}
        answer = client.post("/address/", environ_overrides=environ, headers=headers)
        assert answer.status_code in (200, 201), answer.text
    assert len(free) > 2


def test_an_upload_has_its_time_with_a_key_too(store: SQLiteDataStore) -> None:
    class Hasty(Endpoint):
        model = Note
        max_stream_seconds = 1

    class Slowly(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            time.sleep(1.1)
            return super().readinto(buffer)

    client = Wrapper([Hasty], datastore=store).create_app().test_client()
    options: dict[str, Any] = {"content_length": 11, "content_type": "text/csv", "headers": keyed()}
    answer = client.post("/note/", input_stream=Slowly(b"text\r\nmilk\r\n"), **options)
    assert error(answer, 408) == "the upload took longer than 1 seconds"
    assert client.post("/note/", data=b"text\r\nmilk\r\n", content_type="text/csv", headers=keyed()).status_code == 201
    assert store[Note].count() == 1


# What it costs others.


def test_a_replay_runs_no_code_of_the_endpoint_but_that_around_the_api(anywhere: Store) -> None:
    calls = []

    class Counted(Endpoint):
        model = Address

        def after_write(self, change: Change) -> None:
            calls.append("hook")

    app = Wrapper([Counted], datastore=anywhere).create_app()

    @app.after_request
    def tell(response: Response) -> Response:
        calls.append("around")
        return response

    for _ in range(2):
        app.test_client().post("/address/", json=VALMY, headers=keyed())
    assert calls == ["hook", "around", "around"]


def test_statements(store: SQLiteDataStore) -> None:
    client = Wrapper([Addresses], datastore=store).create_app().test_client()
    client.post("/address/", json=VALMY, headers=keyed("first"))
    for times in (["SELECT", "SELECT", "SAVEPOINT", "INSERT", "RELEASE", "SELECT", "INSERT"], ["SELECT", "SELECT"]):
        with store.recorded() as statements:
            client.post("/address/", json=VALMY, headers=keyed("second"))
        assert [text.split()[0] for text in statements] == ["BEGIN", *times, "COMMIT"]


def test_what_is_kept_is_no_write_of_other_tables(store: SQLiteDataStore) -> None:
    client = Wrapper([Note, Addresses], datastore=store).create_app().test_client()
    client.post("/address/", json=VALMY, headers=keyed("a"))
    client.get("/address/")
    for key in ("b", "c", "c"):
        client.post("/note/", json={"text": "milk"}, headers=keyed(key))
    with store.recorded() as statements:
        client.get("/address/")
    assert [text for text in statements if not text.startswith("PRAGMA data_version")] == []
