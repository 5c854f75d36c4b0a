"""Responses that are sent as they were made, and what becomes of one that somebody looks at before."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import copy
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import SQLiteDataStore, Wrapper
from pyrest.web.responses import Ready, empty_response, json_response
from tests.web.book import DUPONT, Addresses, Users

ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/users/", {}),
    ("HEAD", "/users/", {}),
    ("GET", "/users/?count=1", {"headers": {"Accept": "text/csv"}}),
    ("GET", "/users/?count=all&format=csv", {}),
    ("GET", "/users/1/", {}),
    ("HEAD", "/users/1/", {}),
    ("OPTIONS", "/users/1/", {}),
    ("POST", "/users/", {"json": DUPONT}),
    ("POST", "/users/", {"json": {}}),
    ("PATCH", "/users/1/", {"json": {"first_name": "New"}}),
    ("DELETE", "/users/1/", {}),
    ("GET", "/users/9/", {}),
    ("GET", "/nothing/", {}),
    ("PUT", "/users/", {}),
]


def told(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    return answer.status_code, sorted(answer.headers), answer.data


@pytest.mark.parametrize(("method", "path", "options"), ASKED)
def test_an_answer_that_was_looked_at_is_the_same(
    book: FlaskClient, store: SQLiteDataStore, method: str, path: str, options: dict[str, Any]
) -> None:
    app = Wrapper([Users, Addresses], datastore=store).create_app()
    seen: list[str] = []

    @app.after_request
    def look(response: Response) -> Response:
        seen.append(response.headers.get("Content-Type", ""))
        return response

    answers = []
    for client in (book, app.test_client()):
        with suppress(ZeroDivisionError), store.transaction():
            answers.append(told(client.open(path, method=method, **options)))
            raise ZeroDivisionError
    assert answers[0] == answers[1]
    assert len(seen) == 1


LOOKS: dict[str, Callable[[Response], object]] = {
    "a header is read": lambda response: response.headers["Content-Type"],
    "the status is read": lambda response: response.status_code,
    "the body is read": lambda response: response.get_data(),
    "its JSON is read": lambda response: response.get_json(),
    "whether it is streamed": lambda response: response.is_streamed,
}
CHANGES: dict[str, tuple[Callable[[Response], object], Callable[[TestResponse], object], object]] = {
    "a header": (lambda response: response.headers.add("X-Mine", "1"), lambda answer: answer.headers["X-Mine"], "1"),
    "the status": (lambda response: setattr(response, "status_code", 203), lambda answer: answer.status_code, 203),
    "the body": (lambda response: response.set_data(b"{}"), lambda answer: (answer.data, answer.content_length), (b"{}", 2)),
    "a cookie": (lambda response: response.set_cookie("a", "b"), lambda answer: answer.headers["Set-Cookie"], "a=b; Path=/"),
    "its type": (lambda response: setattr(response, "mimetype", "application/x"), lambda answer: answer.mimetype, "application/x"),
}


def client_of(response: Callable[[], Response], look: Callable[[Response], object] = lambda _: None) -> FlaskClient:
    app = Flask("looking")
    app.add_url_rule("/", "view", response)

    @app.after_request
    def looked(response: Response) -> Response:
        look(response)
        return response

    return app.test_client()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_to_look_changes_nothing(look: Callable[[Response], object]) -> None:
    looked_at, left_alone = (client_of(lambda: json_response({"a": 1}, 201), seen).get("/") for seen in (look, lambda _: None))
    assert told(looked_at) == told(left_alone)


@pytest.mark.parametrize(("change", "seen", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_sent(change: Callable[[Response], object], seen: Callable[[TestResponse], object], expected: object) -> None:
    assert seen(client_of(lambda: json_response({"a": 1}), change).get("/")) == expected


def test_what_is_to_be_called_at_the_end_is_called() -> None:
    called: list[int] = []
    client_of(lambda: json_response({}), lambda response: response.call_on_close(lambda: called.append(1))).get("/").close()
    assert called == [1]


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_has_neither_length_nor_type(status: int) -> None:
    for look in (lambda _: None, lambda response: response.headers):
        answer = client_of(lambda: Ready(b"", [("ETag", '"a"')], status), look).get("/")
        assert told(answer) == (status, [("ETag", '"a"')], b"")


def test_a_copy_is_a_response_of_its_own() -> None:
    response = json_response({"a": 1})
    copied = copy(response)
    copied.status_code = 203
    assert (response.status_code, copied.status_code, copied.get_data()) == (200, 203, b'{"a":1}')


def test_an_unknown_attribute_is_said_as_ever() -> None:
    with pytest.raises(AttributeError, match="'Ready' object has no attribute 'headders'"):
        empty_response(204).headders  # type: ignore[attr-defined]  # noqa: B018 - to ask for it is all that is tried
