"""No request that the generator of nonsense makes gets a 5xx or leaves a trace where it is refused; `--full` makes 20,000."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.wrappers import Response

from pyrest import QuerySet, SQLiteDataStore, Wrapper, models
from pyrest.models.model import declaration
from tests import nonsense
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users
from tests.web.everything import THING, UID, Narrow, Tag, Thing, Token

CHUNKS = 4
SHORT, LONG = 600, 20_000
SAFE = ("GET", "HEAD", "OPTIONS", "get")


class Flagged(Narrow):
    queryset = QuerySet(Thing).filter(flag=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "nonsense.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteDataStore]:
    store = SQLiteDataStore(path, durability="normal")
    yield store
    store.close()


@pytest.fixture
def app(store: SQLiteDataStore) -> Flask:
    app = Flask("host")
    app.testing = True  # so that a fault of the program is raised here
    Wrapper([Flagged, Users, Thing, Addresses, Token, Tag], datastore=store).init_app(app, url_prefix="/api")
    furnish(store)
    store.secret  # noqa: B018 - the file keeps it from the first cursor on, whoever asks for one
    return app


TARGETS: tuple[tuple[type[models.Model], Any, dict[str, Any]], ...] = (
    (Address, 1, VALMY),
    (User, 1, DUPONT),
    (Tag, "a tag", {}),
    (Token, UID, {}),
    (Thing, 1, THING | {"uid": None, "tag": None, "token": None}),
)


def furnish(store: SQLiteDataStore) -> None:
    """Puts the rows that the requests aim at where they are missing."""
    for model, key, values in TARGETS:
        if not store[model].filter(pk=key).exists():
            store[model].create(**values, **{declaration(model).key.name: key})


def content(path: Path) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    connection = sqlite3.connect(path)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {table: sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"'))) for table in tables}
    finally:
        connection.close()


def faults(case: nonsense.Case, answer: Response, changed: bool) -> Iterator[str]:
    """What is wrong with an answer, in words."""
    below = case.path.startswith("/api/") or case.path == "/api"
    if answer.status_code >= 500:
        yield f"a {answer.status_code}"
    if changed and (case.method in SAFE or answer.status_code >= 300):
        yield "the file has changed"
    if answer.status_code < 400 or case.method == "HEAD" or not below:
        return
    body = answer.get_json(silent=True)
    if not isinstance(body, dict) or not body.keys() <= {"error", "errors"}:
        yield f"no error in JSON: {answer.get_data()[:200]!r}"
    elif not isinstance(body["error"], str) or not body["error"] or len(body["error"]) > 500:
        yield f"no sentence: {body['error']!r}"
    elif "errors" in body and not (body["errors"] and all(isinstance(m, list) and m for m in body["errors"].values())):
        yield f"no messages: {body['errors']!r}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nonsense_is_refused_in_json_and_leaves_no_trace(
    app: Flask, store: SQLiteDataStore, path: Path, full: bool, chunk: int, record_property: Callable[[str, object], None]
) -> None:
    statuses: Counter[int] = Counter()
    for seed in range(chunk, LONG if full else SHORT, CHUNKS):
        if seed // CHUNKS % 20 == 0:
            furnish(store)
            before = content(path)
        case = nonsense.case(seed)
        answer = Response.from_app(app, case.wsgi(), buffered=True)
        after = content(path) if case.method not in SAFE or seed % 10 == 0 else before
        found = list(faults(case, answer, after != before))
        assert not found, f"seed {seed}: {found} in {answer.status} to {case}"
        before = after
        statuses[answer.status_code] += 1
    record_property("statuses", dict(sorted(statuses.items())))
    assert {200, 201, 204, 400, 404, 405} <= statuses.keys()


def test_the_dump_sees_a_change(app: Flask, path: Path) -> None:
    before = content(path)
    assert content(path) == before
    assert app.test_client().patch("/api/users/1/", json={"last_name": "Martin"}).status_code == 200
    assert content(path) != before


def test_a_seed_gives_the_same_request_again() -> None:
    assert [nonsense.case(seed) for seed in range(200)] == [nonsense.case(seed) for seed in range(200)]


@pytest.mark.parametrize(
    ("answer", "changed", "found"),
    [
        (Response("boom", 500), False, ["a 500", "no error in JSON: b'boom'"]),
        (Response('{"error": "no"}', 400, content_type="application/json"), True, ["the file has changed"]),
        (Response('{"error": ""}', 400, content_type="application/json"), False, ["no sentence: ''"]),
        (Response('{"error": "no", "errors": {}}', 400, content_type="application/json"), False, ["no messages: {}"]),
        (Response("<h1>Not Found</h1>", 404), False, ["no error in JSON: b'<h1>Not Found</h1>'"]),
        (Response('{"error": "no", "trace": "x"}', 400, content_type="application/json"), False,
         ["no error in JSON: b'{\"error\": \"no\", \"trace\": \"x\"}'"]),
        (Response('{"error": "no"}', 400, content_type="application/json"), False, []),
        (Response("", 201), True, []),
    ],
)  # fmt: skip
def test_faults_are_found(answer: Response, changed: bool, found: list[str]) -> None:
    assert list(faults(nonsense.Case("POST", "/api/users/", "", b""), answer, changed)) == found
