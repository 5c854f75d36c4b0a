"""What a request cost: in debug, two headers on every answer, and pages that show the statements with their plans."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, abort
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from pyrest import Change, Endpoint, MemoryDataStore, Misdeclared, SQLiteDataStore, Wrapper
from pyrest.datastores.watching import MAX_STATEMENTS
from pyrest.store import Store
from pyrest.web.request_log import MAX_REQUESTS
from pyrest.web.timing import MAX_PATH
from tests.web.answers import JSON, error, row
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users
from tests.web.conftest import Serve

TIMING = re.compile(r'sql;dur=(?P<sql>[0-9.]+);desc="(?P<count>\d+) statements?", total;dur=(?P<total>[0-9.]+)')
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def debug(book: FlaskClient) -> FlaskClient:
    """The address book in debug, which was switched on after the Wrapper had been added."""
    book.application.debug = True
    return book


def page_of(client: FlaskClient, answer: TestResponse, prefix: str = "") -> dict[str, Any]:
    """What is shown of a request."""
    return row(client.get(f"{prefix}/_statements/{answer.headers['X-Request-Id']}/"))


def touching(page: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements that touch tables, and their transaction."""
    return [one for one in page["statements"] if not one["text"].startswith("PRAGMA")]


def says_what_it_cost(answer: TestResponse) -> bool:
    return "Server-Timing" in answer.headers or "X-Request-Id" in answer.headers


ASKED: list[Any] = [
    ("GET", "/", None, 200),
    ("GET", "/users/?address__city=Paris&ordering=-last_name", None, 200),
    ("GET", "/users/1/", None, 200),
    ("HEAD", "/users/", None, 200),
    ("OPTIONS", "/users/", None, 200),
    ("POST", "/users/", DUPONT, 201),
    ("PUT", "/users/1/", DUPONT, 200),
    ("DELETE", "/users/1/", None, 204),
    ("GET", "/users/?adress=1", None, 400),
    ("POST", "/users/", {"first_name": 1}, 400),
    ("GET", "/users/9/", None, 404),
    ("GET", "/nothing/", None, 404),
    ("DELETE", "/users/", None, 405),
    ("DELETE", "/address/1/", None, 409),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), ASKED)
def test_every_answer_says_what_it_cost(debug: FlaskClient, store: SQLiteDataStore, method: str, path: str, body: Any, status: int) -> None:
    with store.recorded() as recorded:
        answer = debug.open(path, method=method, json=body)
    assert answer.status_code == status
    said = TIMING.fullmatch(answer.headers["Server-Timing"])
    assert said is not None
    assert int(said["count"]) == len(recorded)
    assert float(said["sql"]) <= float(said["total"])
    page = page_of(debug, answer)
    assert [page[name] for name in ("id", "method", "path", "status")] == [answer.headers["X-Request-Id"], method, path, status]
    assert [page[name] for name in ("sql_milliseconds", "milliseconds")] == [float(said["sql"]), float(said["total"])]
    assert [one["text"].split()[0] for one in page["statements"]] == [text.split()[0] for text in recorded]
    assert page["statement_count"] == len(recorded)


@pytest.mark.parametrize(("method", "path", "body", "status"), ASKED)
def test_out_of_debug_nothing_is_said(book: FlaskClient, method: str, path: str, body: Any, status: int) -> None:
    answer = book.open(path, method=method, json=body)
    assert answer.status_code == status
    assert not says_what_it_cost(answer)


def test_one_statement_is_no_plural(debug: FlaskClient) -> None:
    debug.get("/users/1/")
    assert 'desc="1 statement"' in debug.get("/users/1/").headers["Server-Timing"]


def test_the_statements_with_their_plans(debug: FlaskClient) -> None:
    found = touching(page_of(debug, debug.get("/users/?address=1&count=1")))
    assert [one["text"].split()[0] for one in found] == ["BEGIN", "SELECT", "SELECT", "COMMIT"]
    listed, counted = found[1:3]
    assert listed["plan"] == ["SEARCH users USING INDEX ix_users.address (address=?)"]
    assert counted["plan"] == ["SEARCH users USING COVERING INDEX ix_users.address (address=?)"]
    assert (listed["parameters"], listed["parameters_omitted"], listed["rows"]) == ([1, 1, 0], 0, 1)
    assert found[0]["plan"] == []
    assert all(one["milliseconds"] >= 0 for one in found)


def test_the_plan_is_asked_when_the_page_is_opened(debug: FlaskClient, store: SQLiteDataStore) -> None:
    answer = debug.get("/users/1/")
    with sqlite3.connect(store.location) as connection:
        connection.execute("ALTER TABLE users RENAME TO people")
    (found,) = touching(page_of(debug, answer))
    assert found["plan"] == ["this cannot be explained: no such table: users"]


def test_the_id_is_ours(debug: FlaskClient) -> None:
    sent = "f" * 16
    found = {debug.get("/", headers={"X-Request-Id": sent}).headers["X-Request-Id"] for _ in range(3)}
    assert len(found) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in found - {sent})
    assert sent not in found


# The pages.


def test_the_last_requests_newest_first_and_the_pages_not_among_them(debug: FlaskClient) -> None:
    answers = [debug.get(path) for path in ("/users/", "/users/?adress=1", "/nothing/")]
    assert not says_what_it_cost(debug.get("/_statements/"))
    listed = row(debug.get("/_statements/"))["requests"]
    assert [(one["path"], one["status"]) for one in listed] == [("/nothing/", 404), ("/users/?adress=1", 400), ("/users/", 200)]
    assert [one["id"] for one in reversed(listed)] == [answer.headers["X-Request-Id"] for answer in answers]
    for one in listed:
        page = row(debug.get(one["ressource_uri"]))
        assert {name: page[name] for name in one} == one


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("accept", ["*/*", "text/html", BROWSER])
def test_out_of_debug_there_is_no_page(debug: FlaskClient, method: str, accept: str) -> None:
    key = debug.get("/users/").headers["X-Request-Id"]
    debug.application.debug = False
    for path in ("/_statements/", "/_statements", f"/_statements/{key}/"):
        answer = debug.open(path, method=method, headers={"Accept": accept})
        assert answer.status_code == 404
        assert answer.content_type == JSON
        assert method == "HEAD" or answer.json == {"error": "there is nothing at this address"}


def test_an_id_that_is_not_kept(debug: FlaskClient) -> None:
    said = 'no request "x" is kept: /_statements/ lists the last 100 of this process'
    assert error(debug.get("/_statements/x/"), 404) == said


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_pages_are_only_read(debug: FlaskClient, method: str) -> None:
    answer = debug.open("/_statements/", method=method)
    assert error(answer, 405) == "this address takes only GET"
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert debug.options("/_statements/").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_pages_take_no_parameters(debug: FlaskClient) -> None:
    assert "count" in error(debug.get("/_statements/?count=1"), 400)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", JSON),
        ("", JSON),
        (JSON, JSON),
        (BROWSER, "text/html; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
        ("text/html;q=0.5,application/json", JSON),
    ],
)
def test_a_browser_is_shown_html(debug: FlaskClient, accept: str, kind: str) -> None:
    key = debug.get("/users/").headers["X-Request-Id"]
    for path in ("/_statements/", f"/_statements/{key}/"):
        answer = debug.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.content_type) == (200, kind)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Vary"] == "Accept"
    assert debug.get("/_statements/", headers={"Accept": "image/png"}).status_code == 406


def test_html_says_what_json_says(debug: FlaskClient) -> None:
    answer = debug.get("/users/?address=1")
    text = debug.get(f"/_statements/{answer.headers['X-Request-Id']}/", headers={"Accept": BROWSER}).text
    page = page_of(debug, answer)
    shown = [touching(page)[1]["plan"][0], "GET /users/?address=1", "&#34;first_name&#34;", "rows: 1", f"{page['milliseconds']} ms"]
    assert [one for one in shown if one not in text] == []
    assert f'<a href="{page["ressource_uri"]}">' in debug.get("/_statements/", headers={"Accept": BROWSER}).text


HOSTILE = "<script>alert('x')</script>\"&"


def test_what_clients_sent_is_escaped(debug: FlaskClient) -> None:
    answers = [
        debug.get("/users/", query_string={"first_name": HOSTILE}),
        debug.get(f"/users/?first_name={HOSTILE}"),
        debug.get(f"/{HOSTILE}/"),
        debug.post("/users/", json=DUPONT | {"first_name": HOSTILE}),
    ]
    paths = ["/_statements/", *(f"/_statements/{answer.headers['X-Request-Id']}/" for answer in answers)]
    texts = [debug.get(path, headers={"Accept": BROWSER}).text for path in paths]
    assert [text for text in texts if "<script" in text] == []
    assert [text.count("&lt;script&gt;") > 0 for text in texts] == [True] * 5
    assert HOSTILE in page_of(debug, answers[3])["statements"][2]["parameters"]


# Limits.


def test_so_many_requests_are_kept(debug: FlaskClient) -> None:
    first = debug.get("/users/1/").headers["X-Request-Id"]
    for _ in range(MAX_REQUESTS):
        debug.get("/")
    assert len(row(debug.get("/_statements/"))["requests"]) == MAX_REQUESTS
    assert debug.get(f"/_statements/{first}/").status_code == 404


class Busy(Endpoint):
    model = Address
    name = "busy"

    def after_write(self, change: Change) -> None:
        for _ in range(MAX_STATEMENTS):
            change.store[Address].count()


def test_so_many_statements_are_kept(serve: Serve) -> None:
    client = serve(Busy)
    client.application.debug = True
    answer = client.post("/busy/", json=VALMY)
    page = page_of(client, answer)
    assert (page["statement_count"], len(page["statements"])) == (MAX_STATEMENTS + 3, MAX_STATEMENTS)
    html = client.get(page["ressource_uri"], headers={"Accept": BROWSER}).text
    assert "Statements that were not kept: 3." in html


def test_long_values_are_cut(debug: FlaskClient) -> None:
    found = page_of(debug, debug.post("/users/", json=DUPONT | {"first_name": "é" * 5000}))
    assert found["statements"][2]["parameters"][0] == "é" * 200 + "… (5,000 characters)"
    found = page_of(debug, debug.get(f"/{'x' * 5000}"))
    assert found["path"] == f"/{'x' * (MAX_PATH - 1)}… (5,001 characters)"


# Threads.


@pytest.fixture(params=["file", ":memory:"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SQLiteDataStore]:
    store = SQLiteDataStore(tmp_path / "rows.db" if request.param == "file" else ":memory:", durability="normal")
    yield store
    store.close()


def test_threads_do_not_mix(either: SQLiteDataStore) -> None:
    app = Wrapper([Users, Addresses], datastore=either).create_app()
    app.debug = True
    together = threading.Barrier(4)
    answers: list[tuple[str, TestResponse]] = []

    def ask(name: str) -> None:
        client = app.test_client()
        together.wait()
        answers.extend((f"{name}.{time}", client.get(f"/users/?first_name={name}.{time}")) for time in range(10))

    threads = [threading.Thread(target=ask, args=(f"name{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client = app.test_client()
    pages = [(name, touching(page_of(client, answer))) for name, answer in answers]
    assert len(pages) == 40
    assert {tuple(one["text"].split()[0] for one in found) for _, found in pages} == {("BEGIN", "SELECT", "COMMIT")}
    assert [found[1]["parameters"][0] for _, found in pages] == [name for name, _ in pages]


# Inside of an application.


@pytest.fixture
def host() -> Flask:
    app = Flask("host")
    app.debug = True

    @app.get("/page/")
    @app.get("/api/page/")
    def page() -> str:
        return "a page"

    return app


@pytest.fixture
def wrapper(store: SQLiteDataStore) -> Wrapper:
    wrapper = Wrapper([Users, Addresses], datastore=store)
    store[Address].create(**VALMY)
    return wrapper


def prefixed(wrapper: Wrapper, host: Flask) -> str:
    wrapper.init_app(host, url_prefix="/api")
    return "/api"


def in_a_blueprint(wrapper: Wrapper, host: Flask) -> str:
    blueprint = Blueprint("shop", "shop", url_prefix="/shop")
    wrapper.init_app(blueprint, url_prefix="/api")
    host.register_blueprint(blueprint)
    return "/shop/api"


@pytest.mark.parametrize("add", [prefixed, in_a_blueprint])
def test_below_a_prefix(wrapper: Wrapper, host: Flask, add: Any) -> None:
    prefix, client = add(wrapper, host), host.test_client()
    for path in (f"{prefix}/address/1/", f"{prefix}/nothing/"):
        answer = client.get(path)
        page = page_of(client, answer, prefix)
        assert page["path"] == path
        assert page["ressource_uri"] == f"{prefix}/_statements/{page['id']}/"
    assert len(row(client.get(f"{prefix}/_statements/"))["requests"]) == 2


def test_below_a_server_that_mounts_the_application(wrapper: Wrapper, host: Flask) -> None:
    wrapper.init_app(host, url_prefix="/api")
    client = Client(DispatcherMiddleware(host, {"/mounted": host}), TestResponse)
    key = client.get("/mounted/api/address/").headers["X-Request-Id"]
    page = client.get(f"/mounted/api/_statements/{key}/").json or {}
    assert page["ressource_uri"] == f"/mounted/api/_statements/{key}/"
    assert page["requests_uri"] == "/mounted/api/_statements/"


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_the_rest_of_the_application_is_left_alone(wrapper: Wrapper, host: Flask, prefix: str) -> None:
    wrapper.init_app(host, url_prefix=prefix)
    client = host.test_client()
    for path in ("/page/", "/api/page/"):
        assert not says_what_it_cost(client.get(path))
    assert row(client.get(f"{prefix}/_statements/"))["requests"] == []


def test_two_apis_keep_their_own_requests(wrapper: Wrapper, host: Flask, store: SQLiteDataStore) -> None:
    wrapper.init_app(host)
    Wrapper([Addresses], datastore=MemoryDataStore()).init_app(host, url_prefix="/v2")
    client = host.test_client()
    asked = ("/address/1/", "/nothing/", "/v2/address/", "/v2/nothing/")
    assert [len(client.get(path).headers.getlist("Server-Timing")) for path in asked] == [1] * 4
    assert [one["path"] for one in row(client.get("/_statements/"))["requests"]] == ["/nothing/", "/address/1/"]
    assert [one["path"] for one in row(client.get("/v2/_statements/"))["requests"]] == ["/v2/nothing/", "/v2/address/"]


def test_what_the_application_asks_before_is_counted(wrapper: Wrapper, host: Flask, store: SQLiteDataStore) -> None:
    @host.before_request
    def guard() -> None:
        if not store[User].exists():
            abort(401)

    wrapper.init_app(host)
    client = host.test_client()
    answer = client.get("/address/1/")
    assert answer.status_code == 401
    assert 'desc="1 statement"' in answer.headers["Server-Timing"]


def test_a_header_of_the_applications_own_stays(wrapper: Wrapper, host: Flask) -> None:
    @host.after_request
    def timed(response: Response) -> Response:
        response.headers.add("Server-Timing", "app;dur=7")
        return response

    wrapper.init_app(host)
    sql, app = host.test_client().get("/address/1/").headers.getlist("Server-Timing")
    assert TIMING.fullmatch(sql)
    assert app == "app;dur=7"


class Broken(Endpoint):
    model = Address
    name = "broken"

    def after_write(self, change: Change) -> None:
        raise ZeroDivisionError


def test_what_went_to_the_debugger_is_listed_and_ends(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Broken, Addresses)
    client.application.debug = True
    with pytest.raises(ZeroDivisionError):
        client.post("/broken/", json=VALMY)
    client.get("/")
    store[Address].count()
    last, failed = row(client.get("/_statements/"))["requests"]
    assert (failed["path"], failed["status"], last["path"]) == ("/broken/", 500, "/")
    made = [one["text"].split()[0] for one in row(client.get(failed["ressource_uri"]))["statements"]]
    assert made == ["BEGIN", "INSERT", "ROLLBACK"]


def test_a_store_without_statements(tmp_path: Path) -> None:
    store: Store = MemoryDataStore()
    app = Wrapper([Addresses], datastore=store).create_app()
    app.debug = True
    client = app.test_client()
    answer = client.get("/address/")
    assert answer.headers["Server-Timing"].startswith('sql;dur=0.0;desc="0 statements", total;dur=')
    assert page_of(client, answer)["statements"] == []


def test_an_endpoint_of_that_name_is_misdeclared() -> None:
    class Statements(Endpoint):
        model = Address
        name = "_statements"

    said = "Statements.name: '_statements' is where pyrest shows statements in debug; choose another"
    with pytest.raises(Misdeclared, match=f"^{re.escape(said)}$"):
        Wrapper([Statements], datastore=MemoryDataStore())
