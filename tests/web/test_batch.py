"""Several requests in one transaction: what they answer, how they name each other's rows, and what is left when one is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, abort, g, jsonify, request
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from pyrest import Change, Endpoint, MemoryDataStore, SQLiteDataStore, ValidationError, Wrapper, models, serializers
from pyrest.errors import Misdeclared
from pyrest.store import Store
from pyrest.web.batch import MAX_BODY, MAX_REQUESTS
from pyrest.web.streams import STREAMS
from tests.web.answers import row
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users


class Band(models.Model):
    slug = models.SlugField(required=True, unique=True)
    name = models.StringField(required=True)
    facts = models.JSONField()
    id = models.PkField()


class Record(models.Model):
    id = models.UUIDPkField()
    title = models.StringField(required=True)
    price = models.DecimalField(max_digits=18, decimal_places=2)
    band = models.ForeignKey(Band, required=True, related_name="records", on_delete="cascade")


class BandLink(serializers.ModelSerializer):
    class Meta:
        model = Record
        fields = ("title", "band")
        extra_kwargs = {}

    band = serializers.HyperlinkedRelatedField(view_name="bands-detail", queryset=Band, lookup_field="slug")


class Bands(Endpoint):
    model = Band
    name = "bands"
    lookup_field = "slug"
    nested = ("records",)


class Records(Endpoint):
    model = Record
    name = "records"


class Linked(Endpoint):
    serializer = BandLink
    name = "linked"


class Quiet(Endpoint):
    model = Band
    name = "quiet"
    list_methods = ("GET",)
    detail_methods = ("GET",)


ALL = [Users, Addresses, Bands, Records, Linked, Quiet]


@pytest.fixture(params=["file", "memory"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryDataStore()
        return
    store = SQLiteDataStore(tmp_path / "rows.db", durability="normal", timeout=0.1)
    yield store
    store.close()


@pytest.fixture
def client(anywhere: Store) -> FlaskClient:
    return Wrapper(ALL, datastore=anywhere).create_app().test_client()


def post(path: str, body: Any, **more: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "body": body, **more}


def get(path: str, **more: Any) -> dict[str, Any]:
    return {"method": "GET", "path": path, **more}


def send(client: FlaskClient, *requests: Any, **headers: str) -> Any:
    return client.post("/batch/", json={"requests": list(requests)}, headers=headers)


def answers(client: FlaskClient, *requests: Any) -> list[dict[str, Any]]:
    """The answers to a batch that succeeds."""
    found: list[dict[str, Any]] = row(send(client, *requests))["responses"]
    return found


def refused(client: FlaskClient, *requests: Any) -> tuple[int, int, str]:
    """Status, index and sentence of a batch that does not."""
    answer = send(client, *requests)
    assert answer.json["status"] == answer.status_code
    return answer.status_code, answer.json["index"], answer.json["error"]


def counts(store: Store) -> dict[str, int]:
    return {model.__name__: store[model].count() for model in (Address, User, Band, Record)}


NOTHING = {"Address": 0, "User": 0, "Band": 0, "Record": 0}

ADDRESS = post("/address/", VALMY, id="home")


# What is answered.


def test_every_method_is_answered_as_by_itself(client: FlaskClient) -> None:
    found = answers(
        client,
        ADDRESS,
        {"method": "PUT", "path": "/address/1/", "body": {**VALMY, "number": 2}},
        {"method": "PATCH", "path": "/address/1/", "body": {"number": 3}},
        get("/address/1/"),
        get("/address/?number=3"),
        {"method": "DELETE", "path": "/address/1/", "body": None},
    )
    assert [one["status"] for one in found] == [201, 200, 200, 200, 200, 204]
    assert found[0] == {"status": 201, "headers": {"Location": "http://localhost/address/1/"}, "body": None}
    assert found[5] == {"status": 204, "headers": {}, "body": None}
    assert (found[1]["body"]["number"], found[2]["body"]["number"]) == (2, 3)
    assert found[3]["body"] == found[2]["body"] == found[4]["body"]["object_list"][0]
    assert found[3]["headers"] == found[2]["headers"]
    assert list(found[3]["headers"]) == ["ETag"]


def test_a_request_may_have_headers_of_its_own(client: FlaskClient) -> None:
    found = answers(client, post("/address/", VALMY, headers={"prefer": "return=representation"}), get("/address/1/"))
    assert found[0]["body"] == found[1]["body"]
    (again,) = answers(client, get("/address/1/", headers={"If-None-Match": found[1]["headers"]["ETag"]}))
    assert (again["status"], again["body"]) == (304, None)


def test_the_headers_of_the_batch_that_are_about_it_are_not_those_of_its_requests(client: FlaskClient) -> None:
    about = {"Prefer": "return=representation", "If-None-Match": "*", "Range": "bytes=0-1", "Accept": "application/json;indent=2"}
    answer = client.post("/batch/", json={"requests": [ADDRESS, get("/address/1/")]}, headers=about)
    assert [one["status"] for one in row(answer)["responses"]] == [201, 200]
    assert row(answer)["responses"][0]["body"] is None


def test_numbers_arrive_as_they_were_sent(client: FlaskClient, anywhere: Store) -> None:
    body = '{"requests": [{"method": "POST", "path": "/bands/", "body": {"slug": "a", "name": "A", "facts": %s}}]}'
    exact = body % '{"big": 9223372036854775807, "small": 1e-7, "text": "\\u00e9"}'
    assert client.post("/batch/", data=exact, content_type="application/json").status_code == 200
    assert anywhere[Band].get().facts == {"big": 2**63 - 1, "small": 1e-7, "text": "é"}
    for refused_by_field in ("123456789012345678901234", "0.1234567890123456789", '"\\ud800"'):
        alone = client.post("/bands/", data=f'{{"slug": "b", "name": {refused_by_field}}}', content_type="application/json")
        within = client.post("/batch/", data=(body % "1").replace('"A"', refused_by_field), content_type="application/json")
        assert alone.status_code == within.status_code == 400
        assert within.json == {**row_of(alone), "error": f"requests[0]: {row_of(alone)['error']}", "index": 0, "status": 400}


def row_of(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.json
    return found


# Rows by the ids of the requests that created them.


def test_a_key_is_known_to_later_requests(client: FlaskClient, anywhere: Store) -> None:
    found = answers(
        client,
        ADDRESS,
        post("/users/", {**DUPONT, "address": {"$key": "home"}}, id="user"),
        get("/users/{user}/"),
        get("/users/?address={home}"),
        {"method": "PATCH", "path": "/address/{home}/", "body": {"number": 46}},
    )
    assert found[2]["body"]["address"] == 1
    assert found[3]["body"]["meta"]["total_count"] == 1
    assert anywhere[Address].get().number == 46


def test_a_row_with_another_name_in_its_address_has_both(client: FlaskClient, anywhere: Store) -> None:
    band = post("/bands/", {"slug": "slow-ferry", "name": "The Slow Ferry"}, id="band")
    found = answers(
        client,
        post("/bands/", {"slug": "other", "name": "Other"}),
        band,
        post("/records/", {"title": "By key", "band": {"$key": "band"}}, id="low"),
        post("/linked/", {"title": "By path", "band": {"$path": "band"}}),
        post("/bands/{band}/records/", {"title": "Below"}, id="below"),
        get("/bands/{band}/records/{below}/"),
        get("/records/{low}/"),
    )
    assert [record.title for record in anywhere[Record].filter(band__slug="slow-ferry").order_by("title")] == ["Below", "By key", "By path"]
    assert found[5]["body"]["title"] == "Below"
    assert found[6]["body"]["band"] == 2


def test_a_literal_is_data_whatever_it_looks_like(client: FlaskClient, anywhere: Store) -> None:
    looks_so = {"$key": "band", "deeper": [{"$literal": 1}]}
    facts = {"one": {"$literal": {"$key": "band"}}, "two": looks_so | {"deeper": {"$literal": [{"$literal": 1}]}}, "ref": {"$ref": "#/a"}}
    answers(client, post("/bands/", {"slug": "a", "name": "A", "facts": facts}))
    assert anywhere[Band].get().facts == {"one": {"$key": "band"}, "two": looks_so, "ref": {"$ref": "#/a"}}


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (get("/users/{home}/"), 'requests[1]: no earlier request has the id "home"; did you mean "hom"?'),
        (post("/users/", {"address": {"$key": "x"}}), 'requests[1]: no earlier request has the id "x"'),
        (post("/users/", {"address": [{"$key": 7}]}), "requests[1]: no earlier request has the id that"),
        (get("/users/{list}/"), 'requests[1]: no earlier request has the id "list"'),
        (get("/users/{}/"), 'requests[1]: no earlier request has the id ""'),
    ],
)
def test_a_name_that_there_is_none_of(client: FlaskClient, anywhere: Store, request_: Any, sentence: str) -> None:
    assert refused(client, post("/address/", VALMY, id="hom"), request_) == (400, 1, sentence)
    assert counts(anywhere) == NOTHING


@pytest.mark.parametrize("named", [get("/address/", id="list"), {"method": "PATCH", "path": "/address/1/", "body": {}, "id": "list"}])
def test_a_request_that_creates_nothing_names_no_row(client: FlaskClient, named: Any) -> None:
    said = 'requests[2]: the request "list" has created no row, or several'
    assert refused(client, ADDRESS, named, get("/address/{list}/")) == (400, 2, said)


# The first failure.


@pytest.mark.parametrize(
    ("request_", "status", "sentence"),
    [
        (post("/users/", {"first_name": "A"}), 400, "last_name is missing. Cannot create the ressource"),
        (post("/users/", None), 400, "the body is empty; send a JSON object"),
        (post("/users/", [1]), 400, "object 0: Invalid data. Expected a dictionary, but got int."),
        (post("/users/", {**DUPONT, "address": 9}), 400, "address does not validate"),
        (get("/users/?x=1"), 400, 'unknown filter "x"'),
        (get("/users/9/"), 404, "there is no such row in users"),
        (get("/nothing/"), 404, "there is nothing at this address"),
        (post("/quiet/", {}), 405, "this address takes only GET"),
        (get("/users/?format=csv"), 400, "the answers in a batch are JSON; leave format out"),
        (get("/users/?format=ndjson&count=all"), 400, "the answers in a batch are JSON; leave format out"),
        (post("/batch/", {"requests": []}), 400, "a batch leads to lists and rows of this API only"),
        (get("/_statements/"), 400, "a batch leads to lists and rows of this API only"),
        (get("users/"), 400, "path is a path such as /users/1/, percent-encoded, of at most 8000 characters"),
    ],
)
def test_the_first_failure_takes_everything_back(
    client: FlaskClient, anywhere: Store, request_: Any, status: int, sentence: str
) -> None:
    assert refused(client, ADDRESS, request_, post("/users/", {})) == (status, 1, f"requests[1]: {sentence}")
    assert counts(anywhere) == NOTHING


def test_an_export_that_is_refused_is_let_go_of(client: FlaskClient) -> None:
    for _ in range(STREAMS + 1):
        assert refused(client, get("/address/?format=ndjson&count=all"))[:2] == (400, 0)
    assert client.get("/address/?format=ndjson&count=all").status_code == 200


def test_what_is_wrong_with_a_body_is_told_in_full(client: FlaskClient) -> None:
    answer = send(client, ADDRESS, ADDRESS | {"id": "b"}, post("/users/", {"first_name": 1, "last_name": "x"}))
    assert answer.json == {
        "error": "requests[2]: first_name does not validate",
        "errors": {"first_name": ["Not a valid string."]},
        "index": 2,
        "status": 400,
    }


def test_a_conflict_and_its_status(client: FlaskClient, anywhere: Store) -> None:
    answers(client, ADDRESS, post("/users/", {**DUPONT, "address": {"$key": "home"}}))
    assert refused(client, post("/address/", VALMY), {"method": "DELETE", "path": "/address/1/"})[:2] == (409, 1)
    assert counts(anywhere) == NOTHING | {"Address": 1, "User": 1}


def test_headers_of_the_refusal_stay(client: FlaskClient) -> None:
    answer = send(client, {"method": "DELETE", "path": "/quiet/1/"})
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, 'a batch is {"requests": [{"method": …, "path": …, "body": …}, …]}, with one request or more'),
        ({"requests": []}, 'a batch is {"requests": [{"method": …, "path": …, "body": …}, …]}, with one request or more'),
        ({"requests": {}}, 'a batch is {"requests": [{"method": …, "path": …, "body": …}, …]}, with one request or more'),
        ({"request": []}, 'unknown member "request"; did you mean "requests"?'),
        ({"requests": [get("/users/")] * (MAX_REQUESTS + 1)}, f"a batch holds {MAX_REQUESTS} requests at most, not {MAX_REQUESTS + 1}"),
        ([get("/users/")], 'a batch is {"requests": [{"method": …, "path": …, "body": …}, …]}, with one request or more'),
        (7, 'a batch is {"requests": [{"method": …, "path": …, "body": …}, …]}, with one request or more'),
    ],
)
def test_a_body_that_is_no_batch(client: FlaskClient, body: Any, sentence: str) -> None:
    answer = client.post("/batch/", json=body)
    assert (answer.status_code, answer.json) == (400, {"error": sentence})


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (7, "a request is a JSON object"),
        ({"method": "GET", "pth": "/users/"}, 'unknown member "pth"; did you mean "path"?'),
        ({"method": "GET", "url": "/users/"}, 'unknown member "url"; there are method, path, body, id, headers'),
        ({"method": "get", "path": "/users/"}, "method is one of GET, POST, PUT, PATCH, DELETE"),
        ({"path": "/users/"}, "method is one of GET, POST, PUT, PATCH, DELETE"),
        (get("/users/é"), "path is a path such as /users/1/, percent-encoded, of at most 8000 characters"),
        (get("/users/#1"), "path is a path such as /users/1/, percent-encoded, of at most 8000 characters"),
        (get("/users/?first_name=" + "x" * 8000), "path is a path such as /users/1/, percent-encoded, of at most 8000 characters"),
        (get("http://localhost/users/"), "path is a path such as /users/1/, percent-encoded, of at most 8000 characters"),
        (get(7), "path is a path such as /users/1/, percent-encoded, of at most 8000 characters"),  # type: ignore[arg-type]  # what is no path
        (get("/users/", id="a b"), "id is 1 to 64 letters of ASCII, digits, - and _"),
        (get("/users/", id=""), "id is 1 to 64 letters of ASCII, digits, - and _"),
        (get("/users/", id=7), "id is 1 to 64 letters of ASCII, digits, - and _"),
        (get("/users/", id="home"), 'the id "home" is that of an earlier request'),
        (get("/users/", headers=[]), "headers is a JSON object"),
        (get("/users/", headers={"Prefer": "a\r\nb"}), "Prefer is a printable ASCII text of at most 8000 characters"),
        (
            get("/users/", headers={"Authorization": "x"}),
            'of headers a request has its own If-Match, If-None-Match, Prefer; all others are those of the batch, not "Authorization"',
        ),
    ],
)
def test_a_request_that_is_none(client: FlaskClient, anywhere: Store, request_: Any, sentence: str) -> None:
    assert refused(client, ADDRESS, request_) == (400, 1, sentence if sentence.startswith("requests") else f"requests[1]: {sentence}")
    assert counts(anywhere) == NOTHING


def test_sizes(client: FlaskClient) -> None:
    answer = client.post("/batch/", data=b" " * (MAX_BODY + 1), content_type="application/json")
    assert (answer.status_code, row_of(answer)["error"]) == (413, f"the body is longer than {MAX_BODY} bytes")
    long = post("/users/", {**DUPONT, "first_name": "x" * Users.max_body})
    assert refused(client, long)[:2] == (413, 0)


def test_depth(client: FlaskClient) -> None:
    deep = '{"requests": [{"method": "POST", "path": "/bands/", "body": {"slug": "a", "name": "A", "facts": %s}}]}'
    for depth in (200, 600, 900, 5000):
        answer = client.post("/batch/", data=deep % ("[" * depth + "]" * depth), content_type="application/json")
        assert answer.status_code == 400, depth


# One transaction.


def test_what_is_read_sees_what_was_written_and_nothing_is_remembered(client: FlaskClient) -> None:
    before = row(client.get("/users/"))["meta"]["total_count"]
    reads = [get("/users/"), get("/users/1/")]
    failing = (ADDRESS, post("/users/", {**DUPONT, "address": None}), *reads, get("/users/9/"))
    assert refused(client, *failing)[:2] == (404, 4)
    assert row(client.get("/users/"))["meta"]["total_count"] == before == 0
    assert client.get("/users/1/").status_code == 404
    found = answers(client, *failing[:-1])
    assert found[2]["body"]["meta"]["total_count"] == 1
    assert row(client.get("/users/"))["meta"]["total_count"] == 1


def test_a_batch_of_reads_is_one_snapshot_and_locks_nobody_out(tmp_path: Path) -> None:
    store = SQLiteDataStore(tmp_path / "rows.db", durability="normal", timeout=0.1)

    class Looked(Endpoint):
        model = Address

    app = Wrapper([Looked], datastore=store).create_app()
    looks = []

    @app.before_request
    def between() -> None:
        if request.path == "/address/":
            looks.append(request.path)
            writer = threading.Thread(target=lambda: store[Address].create(**VALMY))
            writer.start()
            writer.join()

    found = answers(app.test_client(), get("/address/"), get("/address/"))
    assert [one["body"]["meta"]["total_count"] for one in found] == [1, 1]
    assert len(looks) == store[Address].count() == 2
    store.close()


def test_hooks_are_called_and_refuse(anywhere: Store) -> None:
    class Careful(Endpoint):
        model = Address

        def before_write(self, change: Change) -> None:
            if change.data.get("number") == 13:
                raise ValidationError({"number": ["No."]})
            change.data["city"] = f"{change.store[Address].count()}"

    client = Wrapper([Careful], datastore=anywhere).create_app().test_client()
    found = answers(client, post("/address/", VALMY), post("/address/", VALMY), get("/address/2/"))
    assert found[2]["body"]["city"] == "1"
    assert refused(client, post("/address/", VALMY), post("/address/", {**VALMY, "number": 13})) == (
        400,
        1,
        "requests[1]: number does not validate",
    )
    assert anywhere[Address].count() == 2


def test_a_fault_of_the_program_takes_everything_back(anywhere: Store) -> None:
    class Broken(Endpoint):
        model = User

        def after_write(self, change: Change) -> None:
            raise RuntimeError("no")

    app = Wrapper([Broken, Addresses], datastore=anywhere).create_app()
    answer = send(app.test_client(), ADDRESS, post("/users/", DUPONT))
    assert (answer.status_code, row_of(answer)["index"]) == (500, 1)
    assert anywhere[Address].count() == 0


# The application around it.


def test_code_around_the_api_decides_on_each_request(anywhere: Store) -> None:
    app = Wrapper([Users, Addresses], datastore=anywhere).create_app()
    seen = []

    @app.before_request
    def guard() -> Response | None:
        seen.append((request.method, request.path, request.headers.get("X-User"), request.is_json))
        if request.method == "DELETE" and request.headers.get("X-User") != "admin":
            answer: Response = jsonify({"error": "only for admins"})
            answer.status_code = 403
            return answer
        if request.path == "/users/":
            abort(401)
        return None

    client = app.test_client()
    delete = {"method": "DELETE", "path": "/address/1/"}
    assert refused(client, ADDRESS, delete) == (403, 1, "requests[1]: only for admins")
    assert refused(client, ADDRESS, get("/users/"))[:2] == (401, 1)
    assert anywhere[Address].count() == 0
    assert [one["status"] for one in row(send(client, ADDRESS, delete, **{"X-User": "admin"}))["responses"]] == [201, 204]
    assert seen[-3:] == [("POST", "/batch/", "admin", True), ("POST", "/address/", "admin", True), ("DELETE", "/address/1/", "admin", True)]


def test_the_context_of_the_application_is_one(anywhere: Store) -> None:
    app = Wrapper([Addresses], datastore=anywhere).create_app()
    torn_down = []

    @app.before_request
    def load() -> None:
        g.loaded = g.get("loaded", 0) + 1

    @app.after_request
    def tell(response: Response) -> Response:
        response.headers["X-Loaded"] = str(g.loaded)
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        torn_down.append(request.path)

    answer = send(app.test_client(), ADDRESS, get("/address/1/"))
    assert (answer.status_code, answer.headers["X-Loaded"]) == (200, "3")
    assert torn_down == ["/address/", "/address/1/", "/batch/"]


def test_below_a_prefix_a_blueprint_and_a_mount(anywhere: Store) -> None:
    wrapper = Wrapper([Users, Addresses], datastore=anywhere)
    app, api = Flask("site"), Blueprint("shop", "site", url_prefix="/shop")

    @app.route("/shop/api/mine/")
    def mine() -> str:
        return "mine"

    wrapper.init_app(api, url_prefix="/api")
    app.register_blueprint(api)
    client = Client(DispatcherMiddleware(Flask("none"), {"/above": app}))
    requests = [
        post("/above/shop/api/address/", VALMY, id="home"),
        post("/above/shop/api/users/", {**DUPONT, "address": {"$key": "home"}}, id="user"),
        get("/above/shop/api/users/{user}/"),
    ]
    found = row(client.post("/above/shop/api/batch/", json={"requests": requests}))["responses"]
    assert found[0]["headers"] == {"Location": "http://localhost/above/shop/api/address/1/"}
    assert found[2]["body"]["ressource_uri"] == "/above/shop/api/users/1/"
    for path, sentence in {
        "/shop/api/users/": 'path "/shop/api/users/" does not begin with /above/shop/api/',
        "/above/shop/api/mine/": "a batch leads to lists and rows of this API only",
        "/above/shop/apis/": 'path "/above/shop/apis/" does not begin with /above/shop/api/',
    }.items():
        answer = client.post("/above/shop/api/batch/", json={"requests": [get(path)]})
        assert (answer.status_code, row_of(answer)["error"]) == (400, f"requests[0]: {sentence}")


def test_in_debug_each_request_is_timed(store: SQLiteDataStore) -> None:
    app = Wrapper([Users, Addresses], datastore=store).create_app()
    app.debug = True
    client = app.test_client()
    answers(client, ADDRESS, get("/address/1/"))
    timed = row(client.get("/_statements/"))["requests"]
    assert [(one["method"], one["path"]) for one in timed] == [("POST", "/batch/"), ("GET", "/address/1/"), ("POST", "/address/")]


# Where it is.


def test_options_and_other_methods(client: FlaskClient) -> None:
    assert client.options("/batch/").headers["Allow"] == "OPTIONS, POST"
    assert client.get("/batch/").status_code == 405
    assert client.post("/batch/?x=1", json={"requests": [ADDRESS]}).status_code == 400
    assert client.post("/batch/", json={"requests": [ADDRESS]}, headers={"Accept": "text/csv"}).status_code == 406


def test_another_place_or_none(anywhere: Store) -> None:
    other = Wrapper([Addresses], datastore=anywhere, batch="all", max_batch=1).create_app().test_client()
    assert other.post("/all/", json={"requests": [ADDRESS]}).status_code == 200
    assert row_of(other.post("/all/", json={"requests": [ADDRESS] * 2}))["error"] == "a batch holds 1 requests at most, not 2"
    assert other.post("/batch/", json={"requests": [ADDRESS]}).status_code == 404
    none = Wrapper([Addresses], datastore=anywhere, batch=None).create_app().test_client()
    assert none.post("/batch/", json={"requests": [ADDRESS]}).status_code == 404


class Batches(Endpoint):
    model = Address
    name = "batch"


def test_an_endpoint_may_have_the_name_where_batches_are_elsewhere(store: SQLiteDataStore) -> None:
    with pytest.raises(Misdeclared) as refusal:
        Wrapper([Batches], datastore=store)
    said = "Batches.name: 'batch' is where batches are sent; choose another, or another place for them: Wrapper(batch=…), None for none"
    assert str(refusal.value) == said
    client = Wrapper([Batches], datastore=store, batch="all").create_app().test_client()
    assert client.post("/all/", json={"requests": [post("/batch/", VALMY), get("/batch/1/")]}).status_code == 200


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch": "a/b"}, "Wrapper: batch is one part of a URL, of letters and digits with - and _ between, or None, not 'a/b'"),
        ({"batch": "_me"}, "Wrapper: batch is one part of a URL, of letters and digits with - and _ between, or None, not '_me'"),
        ({"batch": ""}, "Wrapper: batch is one part of a URL, of letters and digits with - and _ between, or None, not ''"),
        ({"batch": True}, "Wrapper: batch is one part of a URL, of letters and digits with - and _ between, or None, not True"),
        ({"max_batch": 0}, "Wrapper: max_batch is a whole number, 1 or greater, not 0"),
        ({"max_batch": True}, "Wrapper: max_batch is a whole number, 1 or greater, not True"),
    ],
)
def test_options_that_are_none(store: SQLiteDataStore, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        Wrapper([Addresses], datastore=store, **options)
    assert str(refusal.value) == sentence
