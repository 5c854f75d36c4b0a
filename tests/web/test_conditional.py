"""Conditional reads: tags, `If-None-Match` and 304, what may be stored, and that between writes nothing is asked of a table."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import Endpoint, MemoryDataStore, Misdeclared, SQLiteDataStore, Wrapper, models
from pyrest.serializers import ModelSerializer, SerializerMethodField
from pyrest.web.conditional import tag_of
from tests.web.answers import SHOW
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users
from tests.web.conftest import Serve

PATHS = ("/users/", "/users/?address=1&count=5", "/users/1/", "/address/", "/address/1/")


def known(client: FlaskClient, path: str, tag: str | None = None, **headers: str) -> TestResponse:
    """Asks for what is known already, by the tag that it has."""
    return client.get(path, headers={"If-None-Match": tag or client.get(path).headers["ETag"], **headers})


# Tags.


@pytest.mark.parametrize("path", PATHS)
def test_the_tag_is_a_hash_of_the_bytes(book: FlaskClient, path: str) -> None:
    answer = book.get(path)
    assert answer.headers["ETag"] == tag_of(answer.data)
    assert book.get(path).headers["ETag"] == answer.headers["ETag"]


def test_the_tag_is_strong_and_of_a_fixed_length() -> None:
    assert [re.fullmatch('"[0-9a-f]{32}"', tag_of(body)) is not None for body in (b"", b"{}", b"x" * 10_000)] == [True] * 3


@pytest.mark.parametrize("path", PATHS)
def test_it_is_the_same_in_another_process(book: FlaskClient, store: SQLiteDataStore, path: str) -> None:
    program = (
        "from pyrest import SQLiteDataStore, Wrapper; from tests.web.book import Addresses, Users;"
        f"app = Wrapper([Users, Addresses], datastore=SQLiteDataStore({store.location!r})).create_app();"
        f"print(app.test_client().get({path!r}).headers['ETag'])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert printed.stdout.strip() == book.get(path).headers["ETag"]


def test_it_changes_with_the_rows_and_comes_back_with_them(book: FlaskClient) -> None:
    tags = [book.get("/users/1/").headers["ETag"]]
    for name in ("Other", "Super"):
        book.patch("/users/1/", json={"first_name": name})
        tags.append(book.get("/users/1/").headers["ETag"])
    assert tags[0] == tags[2] != tags[1]


@pytest.mark.parametrize("path", ["/users/9/", "/users/?adress=1", "/nothing/"])
def test_errors_have_none(book: FlaskClient, path: str) -> None:
    answer = book.get(path, headers={"If-None-Match": "*"})
    assert answer.status_code >= 400
    assert not {"ETag", "Cache-Control"} & set(answer.headers.keys())


# 304.


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(book: FlaskClient, path: str, method: str) -> None:
    first = book.get(path)
    answer = book.open(path, method=method, headers={"If-None-Match": first.headers["ETag"]})
    assert (answer.status_code, answer.data) == (304, b"")
    assert {name: answer.headers[name] for name in ("ETag", "Cache-Control", "Vary")} == {
        name: first.headers[name] for name in ("ETag", "Cache-Control", "Vary")
    }
    assert not {"Content-Type", "Content-Length", "Link"} & set(answer.headers.keys())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ('"other", {tag}', 304),
        ('W/"other",{tag},"third"', 304),
        ("*", 304),
        (" {tag} ", 304),
        ('"other"', 200),
        ('W/"other"', 200),
        ("", 200),
        ('"*"', 200),
        ('"', 200),
        ("nonsense {tag", 200),
        (",,,", 200),
        ('"' + "x" * 8000 + '"', 200),
    ],
)
def test_if_none_match(book: FlaskClient, sent: str, status: int) -> None:
    """RFC 9110, section 13.1.2: a list of tags, compared weakly, or any."""
    tag = book.get("/users/").headers["ETag"]
    assert book.get("/users/", headers={"If-None-Match": sent.replace("{tag}", tag)}).status_code == status


def test_a_tag_of_something_else_is_not_this_ones(book: FlaskClient) -> None:
    assert known(book, "/users/1/", book.get("/users/").headers["ETag"]).status_code == 200


def test_a_client_that_may_not_take_json_gets_no_304(book: FlaskClient) -> None:
    assert known(book, "/users/", Accept="text/html").status_code == 406


@pytest.mark.parametrize("path", PATHS)
def test_between_writes_a_304_asks_nothing_of_a_table(book: FlaskClient, store: SQLiteDataStore, path: str) -> None:
    tag = book.get(path).headers["ETag"]
    with store.recorded() as statements:
        assert known(book, path, tag).status_code == 304
    assert statements == ["PRAGMA data_version"]


def test_the_same_over_rows_in_memory() -> None:
    store = MemoryDataStore()
    client = Wrapper([Users, Addresses], datastore=store).create_app().test_client()
    store[Address].create(**VALMY)
    assert known(client, "/address/").status_code == 304
    tag = client.get("/address/").headers["ETag"]
    store[Address].filter(id=1).update(number=46)
    assert known(client, "/address/", tag).status_code == 200


# HEAD.


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_its_body(book: FlaskClient, store: SQLiteDataStore, path: str) -> None:
    first = book.head(path)
    assert (first.status_code, first.data) == (200, b"")
    with store.recorded() as statements:
        got, again = book.get(path), book.head(path)
    assert dict(first.headers) == dict(got.headers) == dict(again.headers)
    assert first.content_length == len(got.data)
    assert set(statements) == {"PRAGMA data_version"}


# Cache-Control and Vary.


def named(control: object) -> type[Endpoint]:
    return type("Named", (Endpoint,), {"model": Address, "name": "named", "cache_control": control})


def test_unless_said_a_copy_may_be_kept_and_has_to_be_validated(book: FlaskClient) -> None:
    answer = book.get("/users/")
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-cache", "Accept")


@pytest.mark.parametrize(
    "control",
    [
        "no-store",
        "private, max-age=60",
        "public,max-age=3600, stale-while-revalidate=60,immutable",
        'private="Set-Cookie, X-Name", max-age=0',
        's-maxage=10, must-revalidate, proxy-revalidate, no-transform, must-understand, stale-if-error=5, no-cache="ETag"',
    ],
)
def test_an_endpoint_says_what_caches_may_do(serve: Serve, control: str) -> None:
    client = serve(named(control))
    first = client.get("/named/")
    assert first.headers["Cache-Control"] == control
    assert known(client, "/named/").headers["Cache-Control"] == control


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ("", "is directives with commas between"),
        (None, "is directives with commas between"),
        (60, "is directives with commas between"),
        ("no-cache,,private", "is directives with commas between"),
        ("no-cache\r\nX: y", "there is no directive"),
        ("nocache", "there is no directive 'nocache'; did you mean \"no-cache\"?"),
        ("max_age=5", "there is no directive 'max_age'; did you mean \"max-age\"?"),
        ("max-age", "max-age takes a number of seconds: max-age=60"),
        ("max-age=-1", "max-age takes a number of seconds: max-age=60"),
        ("max-age=1.5", "max-age takes a number of seconds: max-age=60"),
        ("max-age = 5", "there is no directive 'max-age '"),
        ("no-store=5", "no-store takes no value"),
        ("private=Name", 'private takes names of headers in quotes, or nothing: private="Set-Cookie"'),
        ("no-cache, no-cache", "no-cache is there twice"),
        ("public, private", "public and private exclude each other"),
    ],
)
def test_what_no_cache_would_understand_is_misdeclared(serve: Serve, control: object, said: str) -> None:
    with pytest.raises(Misdeclared) as refused:
        serve(named(control))
    assert str(refused.value).startswith("Named.cache_control")
    assert said in str(refused.value)


# Tags of what was written.


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "tagged"),
    [
        ("POST", "/users/", DUPONT, SHOW, True),
        ("POST", "/users/", DUPONT, {}, False),
        ("PATCH", "/users/1/", {"first_name": "New"}, {}, True),
        ("PATCH", "/users/1/", {}, {}, True),
        ("PUT", "/users/1/", DUPONT, {}, False),
        ("DELETE", "/users/1/", None, {}, False),
    ],
)
def test_a_write_that_shows_the_row_has_the_tag_of_the_row(
    book: FlaskClient, method: str, path: str, body: Any, headers: Mapping[str, str], tagged: bool
) -> None:
    """Not PUT: with a tag it would say that the body was stored as it was sent (RFC 9110, section 9.3.4)."""
    answer = book.open(path, method=method, json=body, headers=headers)
    assert ("ETag" in answer.headers) == tagged
    if tagged:
        assert book.get(answer.headers.get("Location", path)).headers["ETag"] == answer.headers["ETag"]


class Signed(ModelSerializer):
    method = SerializerMethodField()

    def get_method(self, row: models.Model) -> str:
        return str(self.context["request"].method)

    class Meta:
        model = Address
        fields = ("city", "method")


class SignedAddresses(Endpoint):
    name = "signed"
    serializer = Signed
    list_methods = ("GET",)


def test_a_write_whose_row_get_may_show_otherwise_has_none(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(SignedAddresses)
    store[Address].create(**VALMY)
    answer = client.patch("/signed/1/", json={"city": "Lyon"})
    assert answer.json == {"city": "Lyon", "method": "PATCH", "ressource_uri": "/signed/1/"}
    assert "ETag" not in answer.headers


# Whoever asks.


def test_what_guards_the_application_is_asked_each_time(store: SQLiteDataStore) -> None:
    app = Flask(__name__)
    Wrapper([Users, Addresses], datastore=store).init_app(app)
    allowed = [True]
    app.before_request(lambda: None if allowed[0] else ("no", 401))
    client = app.test_client()
    tag = client.get("/users/").headers["ETag"]
    allowed[0] = False
    assert known(client, "/users/", tag).status_code == 401
    assert client.get("/users/").status_code == 401


def test_what_the_application_adds_to_an_answer_is_added_to_each(store: SQLiteDataStore) -> None:
    app = Flask(__name__)
    Wrapper([Users, Addresses], datastore=store).init_app(app)
    answered = iter(range(10))

    @app.after_request
    def count(response: Any) -> Any:
        response.headers["X-Number"] = str(next(answered))
        return response

    client = app.test_client()
    assert [client.get("/users/").headers.getlist("X-Number") for _ in range(3)] == [["0"], ["1"], ["2"]]


def test_rows_below_a_row(serve: Serve, store: SQLiteDataStore) -> None:
    class Below(Addresses):
        nested = ("user_set",)

    client = serve(Below, Users)
    store[Address].bulk_create([VALMY] * 2)
    store[User].create(**DUPONT)
    tag = client.get("/address/1/user_set/").headers["ETag"]
    with store.recorded() as statements:
        assert known(client, "/address/1/user_set/", tag).status_code == 304
    assert statements == ["PRAGMA data_version"]
    store[User].filter(id=1).update(address=2)
    assert known(client, "/address/1/user_set/", tag).status_code == 200
    store[User].all().delete()
    store[Address].filter(id=1).delete()
    assert known(client, "/address/1/user_set/", tag).status_code == 404
