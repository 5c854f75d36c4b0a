"""Bodies: which are read, and in which words the others are refused."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import SQLiteDataStore
from tests.web.answers import JSON, error
from tests.web.conftest import Serve
from tests.web.everything import Narrow, Tag, Thing, Token


def post(client: FlaskClient, body: bytes, content_type: str | None = JSON) -> TestResponse:
    return client.post("/users/", data=body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the body is empty; send a JSON object"),
        (b"{", "the body is no JSON: expecting property name enclosed in double quotes (line 1, column 2)"),
        (b"{'first_name': 1}", "the body is no JSON: expecting property name enclosed in double quotes (line 1, column 2)"),
        (b'{"first_name" 1}', "the body is no JSON: expecting ':' delimiter (line 1, column 15)"),
        (b'{"first_name": "a"\n "last_name": "b"}', "the body is no JSON: expecting ',' delimiter (line 2, column 2)"),
        (b"{} {}", "the body is no JSON: extra data (line 1, column 4)"),
        (b"first_name=Super", "the body is no JSON: expecting value (line 1, column 1)"),
        (b"1", "the body must be a JSON object, not a number"),
        (b"1.5", "the body must be a JSON object, not a number"),
        (b"1e999", "the body must be a JSON object, not a number"),
        (b'"text"', "the body must be a JSON object, not a string"),
        (b"true", "the body must be a JSON object, not true or false"),
        (b"null", "the body must be a JSON object, not null"),
        (b'{"address": NaN}', "the body is no JSON: NaN is no number there (RFC 8259, section 6)"),
        (b'{"address": -Infinity}', "the body is no JSON: -Infinity is no number there (RFC 8259, section 6)"),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "the body is nested too deeply"),
        (b'{"first_name": "\xff"}', "the body is not UTF-8"),
        ('{"first_name": "é"}'.encode("latin-1"), "the body is not UTF-8"),
        ("{}".encode("utf-16"), "the body is not UTF-8"),
        (b"\x1f\x8b\x08\x00", "the body is not UTF-8"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_that_is_no_json_object_is_refused(book: FlaskClient, body: bytes, sentence: str) -> None:
    for method in ("PUT", "PATCH"):
        assert error(book.open("/users/1/", method=method, data=body, content_type=JSON), 400) == sentence
    wanted = sentence.replace("a JSON object,", "a JSON object or a list of them,")
    assert error(book.post("/users/", data=body, content_type=JSON), 400) == wanted


def test_a_list_is_no_row(book: FlaskClient) -> None:
    for method in ("PUT", "PATCH"):
        assert error(book.open("/users/1/", method=method, json=[]), 400) == "the body must be a JSON object, not a list"


def test_of_a_name_given_twice_the_last_counts(book: FlaskClient) -> None:
    assert post(book, b'{"first_name": 1, "first_name": "a", "last_name": "b"}').status_code == 201


@pytest.fixture
def narrow(serve: Serve) -> FlaskClient:
    """An endpoint that takes 200 bytes."""
    return serve(Narrow, Thing, Tag, Token)


@pytest.mark.parametrize("length", [199, 200])
@pytest.mark.parametrize("counted", [True, False], ids=["with its length", "without its length"])
def test_a_body_within_the_limit_is_taken(narrow: FlaskClient, length: int, counted: bool) -> None:
    assert sent(narrow, b'{"code": "a", "flag": null}'.ljust(length), counted).status_code == 201


@pytest.mark.parametrize("length", [201, 100_000])
@pytest.mark.parametrize("counted", [True, False], ids=["with its length", "without its length"])
def test_a_body_beyond_the_limit_is_refused(narrow: FlaskClient, store: SQLiteDataStore, length: int, counted: bool) -> None:
    answer = sent(narrow, b'{"code": "a", "flag": null}'.ljust(length), counted)
    assert error(answer, 413) == "the body is longer than 200 bytes"
    assert store[Thing].count() == 0


def sent(client: FlaskClient, body: bytes, counted: bool) -> TestResponse:
    """Posts a body with a Content-Length, or in chunks as a server hands them on."""
    if counted:
        return client.post("/narrow/", data=body, content_type=JSON)
    environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    return client.post("/narrow/", input_stream=io.BytesIO(body), content_type=JSON, environ_overrides=environ)


def test_a_body_that_nobody_counted_is_empty(book: FlaskClient) -> None:
    answer = book.post("/users/", input_stream=io.BytesIO(b"{}"), content_type=JSON, environ_overrides={"CONTENT_LENGTH": ""})
    assert error(answer, 400) == "the body is empty; send a JSON object"


@pytest.mark.parametrize(
    "content_type",
    [JSON, "application/json; charset=utf-8", "application/json;charset=UTF8", "Application/JSON", "application/merge-patch+json"],
)
def test_a_body_that_says_it_is_json_is_read(book: FlaskClient, content_type: str) -> None:
    assert post(book, b'{"first_name": "a", "last_name": "b"}', content_type).status_code == 201


@pytest.mark.parametrize(
    ("content_type", "said"),
    [
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),  # what `curl -d` sends without a header
        ("text/plain", "text/plain"),
        ("text/json", "text/json"),
        ("application/jsonp", "application/jsonp"),
        ("image/svg+json", "image/svg+json"),
        ("multipart/form-data; boundary=x", "multipart/form-data"),
        ("x" * 200, "x" * 80),
        ("", "nothing"),
        (None, "nothing"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/users/"), ("PUT", "/users/1/"), ("PATCH", "/users/1/")])
def test_a_body_that_says_otherwise_is_told_the_header_to_add(
    book: FlaskClient, method: str, path: str, content_type: str | None, said: str
) -> None:
    answer = book.open(path, method=method, data=b"{}", content_type=content_type)
    assert error(answer, 415) == f"a body needs the header Content-Type: application/json; this one says {said}"


def test_json_is_sent_as_utf_8(book: FlaskClient) -> None:
    answer = post(book, "{}".encode("latin-1"), "application/json; charset=latin-1")
    assert error(answer, 415) == "JSON is sent as UTF-8 (RFC 8259, section 8.1)"


@pytest.mark.parametrize(("method", "path"), [("GET", "/users/1/"), ("GET", "/users/"), ("DELETE", "/users/1/")])
def test_a_body_where_none_belongs_is_ignored(book: FlaskClient, method: str, path: str) -> None:
    assert book.open(path, method=method, data=b"\xff{", content_type="text/plain").status_code in (200, 204)
