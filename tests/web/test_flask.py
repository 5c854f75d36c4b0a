"""The API inside a Flask application: a prefix, blueprints, two APIs side by side, and the rest of the application left alone."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from flask import Blueprint, Flask, abort, request, url_for
from flask.cli import FlaskGroup
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse

from pyrest import Misdeclared, SQLiteDataStore, Wrapper
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users
from tests.web.everything import Tag

BOOK = {"address": "/address/", "users": "/users/"}


@pytest.fixture
def wrapper(store: SQLiteDataStore) -> Wrapper:
    wrapper = Wrapper([Users, Addresses], datastore=store)
    store[Address].create(**VALMY)
    store[User].create(**DUPONT)
    return wrapper


@pytest.fixture
def host() -> Flask:
    """Somebody's own application: a page, and a page that fails."""
    app = Flask("host")

    @app.get("/")
    def home() -> str:
        return "home"

    @app.get("/page/")
    def page() -> str:
        return f"users: {url_for('users-list')}"

    @app.get("/teapot")
    def teapot() -> str:
        abort(418)

    return app


@pytest.fixture
def client(host: Flask, wrapper: Wrapper) -> FlaskClient:
    wrapper.init_app(host, url_prefix="/api")
    return host.test_client()


def json(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    assert (answer.status_code, answer.content_type) == (status, "application/json"), answer.text
    assert answer.json is not None
    return answer.json


def html(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status
    assert answer.content_type.startswith("text/html")
    return answer.text


# Below a prefix.


def test_the_api_answers_below_its_prefix(client: FlaskClient) -> None:
    assert json(client.get("/api/"))["ressources"] == {"address": "/api/address/", "users": "/api/users/"}
    assert json(client.get("/api/users/1/"))["ressource_uri"] == "/api/users/1/"
    assert json(client.get("/api/users/"))["object_list"][0]["ressource_uri"] == "/api/users/1/"
    assert client.post("/api/users/", json=DUPONT).headers["Location"] == "http://localhost/api/users/2/"
    assert json(client.put("/api/users/2/", json=DUPONT | {"ressource_uri": "/api/users/2/"}))["address"] == 1


@pytest.mark.parametrize("prefix", ["/api", "/api/", "/api//"])
def test_a_prefix_may_end_with_a_slash(host: Flask, wrapper: Wrapper, prefix: str) -> None:
    wrapper.init_app(host, url_prefix=prefix)
    assert json(host.test_client().get("/api/users/1/"))["ressource_uri"] == "/api/users/1/"


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("api", "url_prefix begins with a slash: '/api', not 'api'"),
        ("/<tenant>/api", "url_prefix is a fixed path, without variables, not '/<tenant>/api'"),
    ],
)
def test_a_prefix_that_is_no_path_is_refused(host: Flask, wrapper: Wrapper, prefix: str, said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        wrapper.init_app(host, url_prefix=prefix)
    assert str(refusal.value) == said


def test_a_prefix_outside_ascii_is_encoded_in_links(host: Flask, wrapper: Wrapper) -> None:
    wrapper.init_app(host, url_prefix="/café crème")
    client = host.test_client()
    path = "/caf%C3%A9%20cr%C3%A8me/users/1/"
    assert json(client.get(path))["ressource_uri"] == path
    assert client.post("/café crème/users/", json=DUPONT).headers["Location"] == "http://localhost/caf%C3%A9%20cr%C3%A8me/users/2/"


@pytest.mark.parametrize("path", ["/api/nothing/", "/api/users/1/2/3", "/api/users/x/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_404_below_the_prefix_is_json(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method)
    if path.endswith("/x/") and method == "POST":
        assert answer.status_code == 405
    else:
        assert json(answer, 404).keys() == {"error"}


def test_a_405_below_the_prefix_is_json(client: FlaskClient) -> None:
    answer = client.delete("/api/users/")
    assert json(answer, 405) == {"error": "this address takes only GET, POST"}
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


# The rest is left alone.


@pytest.mark.parametrize("path", ["/nothing", "/apiary/", "/API/", "/users/"])
def test_a_404_elsewhere_is_the_applications(client: FlaskClient, path: str) -> None:
    assert "<h1>Not Found</h1>" in html(client.get(path), 404)


def test_a_405_elsewhere_is_the_applications(client: FlaskClient) -> None:
    answer = client.delete("/page/")
    assert "<h1>Method Not Allowed</h1>" in html(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_other_pages_are_as_they_were(client: FlaskClient) -> None:
    assert client.get("/").text == "home"
    assert client.get("/page/").text == "users: /api/users/"
    assert client.get("/page").status_code == 308
    assert html(client.get("/teapot"), 418)


@pytest.mark.parametrize("late", [False, True], ids=["before init_app", "after init_app"])
@pytest.mark.parametrize("kind", [404, HTTPException, Exception], ids=str)
def test_the_applications_own_error_handlers_go_on(host: Flask, wrapper: Wrapper, kind: Any, late: bool) -> None:
    def page(fault: Exception) -> tuple[str, int]:
        return "lost", 404

    if late:
        wrapper.init_app(host, url_prefix="/api")
    host.register_error_handler(kind, page)
    if not late:
        wrapper.init_app(host, url_prefix="/api")
    client = host.test_client()
    assert client.get("/nothing").text == "lost"
    assert json(client.get("/api/nothing/"), 404) == {"error": "there is nothing at this address"}
    assert json(client.get("/api/users/9/"), 404) == {"error": "there is no such row in users"}


def test_what_the_application_refuses_before_is_json_below_the_prefix(host: Flask, wrapper: Wrapper) -> None:
    @host.before_request
    def guard() -> None:
        if request.headers.get("Authorization") is None:
            abort(401)

    wrapper.init_app(host, url_prefix="/api")
    client = host.test_client()
    assert html(client.get("/page/"), 401)
    for path in ("/api/", "/api/users/", "/api/users/1/", "/api/nothing/"):
        assert json(client.get(path), 401).keys() == {"error"}
    assert json(client.get("/api/users/1/", headers={"Authorization": "yes"}))["first_name"] == "Super"
    assert client.get("/page/", headers={"Authorization": "yes"}).text == "users: /api/users/"


def test_the_application_sees_every_answer(host: Flask, wrapper: Wrapper) -> None:
    @host.after_request
    def mark(response: Any) -> Any:
        response.headers["X-Seen"] = "yes"
        return response

    wrapper.init_app(host, url_prefix="/api")
    client = host.test_client()
    assert [client.get(path).headers["X-Seen"] for path in ("/api/users/", "/api/nothing/", "/api/users/9/", "/nothing")] == ["yes"] * 4


def test_an_api_at_the_root_leaves_other_pages_alone(wrapper: Wrapper) -> None:
    app = Flask("host")
    app.add_url_rule("/page", view_func=lambda: "page", endpoint="page")
    wrapper.init_app(app)
    client = app.test_client()
    assert client.get("/page").text == "page"
    assert json(client.get("/"))["ressources"] == BOOK
    assert json(client.get("/nothing"), 404) == {"error": "there is nothing at this address"}


# Two APIs, blueprints, names.


@pytest.mark.parametrize("prefixes", [("/one", "/two"), ("/one", ""), ("", "/two"), ("/one", "/one/two"), ("/a-b", "/a_b")])
def test_two_apis_stand_side_by_side(wrapper: Wrapper, store: SQLiteDataStore, prefixes: tuple[str, str]) -> None:
    app = Flask("host")
    other = Wrapper([Addresses, Tag], datastore=store, name="other")
    wrapper.init_app(app, url_prefix=prefixes[0])
    other.init_app(app, url_prefix=prefixes[1])
    client = app.test_client()
    first, second = prefixes
    assert json(client.get(f"{first}/"))["name"] == "pyrest"
    assert json(client.get(f"{second}/"))["ressources"] == {"address": f"{second}/address/", "tag": f"{second}/tag/"}
    assert json(client.get(f"{first}/address/1/"))["ressource_uri"] == f"{first}/address/1/"
    assert json(client.get(f"{second}/address/1/"))["ressource_uri"] == f"{second}/address/1/"
    for prefix in prefixes:
        assert json(client.get(f"{prefix}/nothing/"), 404) == {"error": "there is nothing at this address"}
        assert json(client.delete(f"{prefix}/address/"), 405)
    if all(prefixes):
        assert html(client.get("/elsewhere"), 404)


def test_two_apis_keep_two_files(wrapper: Wrapper, tmp_path: Any) -> None:
    app = Flask("host")
    store = SQLiteDataStore(tmp_path / "other.db", durability="normal")
    wrapper.init_app(app, url_prefix="/one")
    Wrapper([Users, Addresses], datastore=store).init_app(app, url_prefix="/two")
    client = app.test_client()
    assert json(client.get("/one/users/"))["meta"]["total_count"] == 1
    assert json(client.get("/two/users/"))["meta"]["total_count"] == 0
    store.close()


@pytest.mark.parametrize(
    ("name", "values", "url"),
    [
        ("pyrest-root", {}, "/api/"),
        ("users-list", {}, "/api/users/"),
        ("users-list", {"address": 1}, "/api/users/?address=1"),
        ("users-detail", {"key": 1}, "/api/users/1/"),
        ("address-detail", {"key": "a b"}, "/api/address/a%20b/"),
    ],
)
def test_url_for_knows_the_routes(client: FlaskClient, name: str, values: dict[str, Any], url: str) -> None:
    with client.application.test_request_context():
        assert url_for(name, **values) == url


def test_a_second_api_puts_its_prefix_before_the_names_that_are_taken(client: FlaskClient, store: SQLiteDataStore) -> None:
    Wrapper([Addresses, Tag], datastore=store).init_app(client.application, url_prefix="/v2")
    with client.application.test_request_context():
        assert [url_for(name) for name in ("address-list", "v2.address-list", "tag-list", "v2.pyrest-root")] == [
            "/api/address/", "/v2/address/", "/v2/tag/", "/v2/",
        ]  # fmt: skip


@pytest.fixture
def blueprint(wrapper: Wrapper) -> Blueprint:
    blueprint = Blueprint("bp", "tests.blueprint", url_prefix="/bp")
    wrapper.init_app(blueprint, url_prefix="/api")
    return blueprint


def test_a_blueprint_holds_the_api(host: Flask, blueprint: Blueprint) -> None:
    host.register_blueprint(blueprint)
    client = host.test_client()
    assert json(client.get("/bp/api/users/1/"))["ressource_uri"] == "/bp/api/users/1/"
    assert client.post("/bp/api/users/", json=DUPONT).headers["Location"] == "http://localhost/bp/api/users/2/"
    assert json(client.get("/bp/api/nothing/"), 404)
    assert html(client.get("/bp/nothing/"), 404)
    with host.test_request_context():
        assert url_for("bp.users-detail", key=1) == "/bp/api/users/1/"


def test_a_blueprint_may_be_registered_twice_and_nested(host: Flask, blueprint: Blueprint) -> None:
    outer = Blueprint("outer", "tests.outer", url_prefix="/outer")
    outer.register_blueprint(blueprint)
    host.register_blueprint(blueprint, name="again", url_prefix="/again")
    host.register_blueprint(outer)
    client = host.test_client()
    for prefix in ("/outer/bp/api", "/again/api"):
        assert json(client.get(f"{prefix}/users/1/"))["ressource_uri"] == f"{prefix}/users/1/"
        assert json(client.get(f"{prefix}/nothing/"), 404)
    with host.test_request_context():
        assert url_for("outer.bp.users-list") == "/outer/bp/api/users/"
        assert url_for("again.users-list") == "/again/api/users/"


def test_a_blueprints_own_guard_guards_the_api(host: Flask, blueprint: Blueprint) -> None:
    @blueprint.before_request
    def guard() -> None:
        abort(403)

    host.register_blueprint(blueprint)
    client = host.test_client()
    assert json(client.get("/bp/api/users/1/"), 403).keys() == {"error"}
    assert client.get("/").text == "home"


def test_flask_routes_lists_the_api(client: FlaskClient) -> None:
    listed = CliRunner().invoke(FlaskGroup(create_app=lambda: client.application), ["routes"])
    assert listed.exit_code == 0, listed.output
    lines = {line.split()[0]: line for line in listed.output.splitlines() if line}
    assert "/api/users/<key>/" in lines["users-detail"]
    assert all(method in lines["users-detail"] for method in ("DELETE", "GET", "PATCH", "PUT"))
    assert "/api/users/" in lines["users-list"]
    assert "/api/" in lines["pyrest-root"]


# Mounted below a server's path.


@pytest.mark.parametrize(
    ("mount", "shown"),
    [("/mounted", "/mounted"), ("/a/b", "/a/b"), ("/mounted/", "/mounted"), ("/m é", "/m%20%C3%A9")],
)
def test_the_path_that_the_application_is_mounted_at_stands_before_every_link(wrapper: Wrapper, mount: str, shown: str) -> None:
    client = wrapper.create_app().test_client()
    environ = {"SCRIPT_NAME": mount.encode().decode("latin-1")}
    assert json(client.get("/", environ_overrides=environ))["ressources"] == {name: shown + path for name, path in BOOK.items()}
    assert json(client.get("/users/1/", environ_overrides=environ))["ressource_uri"] == f"{shown}/users/1/"
    assert json(client.get("/users/", environ_overrides=environ))["object_list"][0]["ressource_uri"] == f"{shown}/users/1/"
    created = client.post("/users/", json=DUPONT, environ_overrides=environ)
    assert created.headers["Location"] == f"http://localhost{shown}/users/2/"
    sent_back = DUPONT | {"ressource_uri": f"{shown}/users/1/"}
    assert json(client.put("/users/1/", json=sent_back, environ_overrides=environ))["ressource_uri"] == f"{shown}/users/1/"


def test_a_dispatcher_mounts_it(wrapper: Wrapper) -> None:
    client = Client(DispatcherMiddleware(Flask("host"), {"/book": wrapper.create_app()}))
    assert client.post("/book/users/", json=DUPONT).headers["Location"] == "http://localhost/book/users/2/"
    assert json(client.get("/book/users"))["object_list"][1]["ressource_uri"] == "/book/users/2/"
    assert json(client.get("/book/nothing"), 404)
    assert html(client.get("/users/"), 404)


@pytest.mark.parametrize(
    ("base_url", "location"),
    [
        ("http://localhost:5000", "http://localhost:5000/users/2/"),
        ("https://example.org", "https://example.org/users/2/"),
        ("http://[::1]:8000", "http://[::1]:8000/users/2/"),
    ],
)
def test_a_location_is_absolute(wrapper: Wrapper, base_url: str, location: str) -> None:
    assert wrapper.create_app().test_client().post("/users/", json=DUPONT, base_url=base_url).headers["Location"] == location


# Small courtesies.


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api", 200),
        ("GET", "/api/users", 200),
        ("GET", "/api/users?address=1", 200),
        ("POST", "/api/users", 201),
        ("GET", "/api/users/1", 200),
        ("PUT", "/api/users/1", 200),
        ("PATCH", "/api/users/1", 200),
        ("DELETE", "/api/users/1", 204),
        ("OPTIONS", "/api/users", 200),
    ],
)
def test_a_url_without_its_last_slash_is_served(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method, json=DUPONT if method in ("POST", "PUT", "PATCH") else None)
    assert answer.status_code == status
    if method == "GET":
        assert answer.data == client.get(path.replace("?", "/?") if "?" in path else f"{path}/").data


@pytest.mark.parametrize("path", ["/api/", "/api/users/", "/api/users/?count=1&address=1", "/api/users/1/"])
def test_head_is_get_without_its_body(client: FlaskClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.data, dict(head.headers)) == (200, b"", dict(got.headers))
    assert int(head.headers["Content-Length"]) == len(got.data) > 0


@pytest.mark.parametrize("path", ["/api/users/9/", "/api/nothing/"])
def test_head_finds_nothing_where_get_does_not(client: FlaskClient, path: str) -> None:
    assert (client.head(path).status_code, client.head(path).data) == (404, b"")


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/", "GET, HEAD, OPTIONS"),
        ("/api/users/", "GET, HEAD, OPTIONS, POST"),
        ("/api/users/1/", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
    ],
)
def test_options_names_the_methods(client: FlaskClient, path: str, allow: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.headers["Allow"]) == (200, allow)


def test_every_create_app_is_an_application_of_its_own(wrapper: Wrapper) -> None:
    first, second = wrapper.create_app(), wrapper.create_app()
    assert first is not second
    assert json(first.test_client().get("/users/1/")) == json(second.test_client().get("/users/1/"))


def test_a_wrapper_may_serve_two_applications(wrapper: Wrapper, host: Flask) -> None:
    wrapper.init_app(host, url_prefix="/api")
    alone = wrapper.create_app()
    assert json(host.test_client().get("/api/users/1/"))["ressource_uri"] == "/api/users/1/"
    assert json(alone.test_client().get("/users/1/"))["ressource_uri"] == "/users/1/"
