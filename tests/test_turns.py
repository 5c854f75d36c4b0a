"""Turns: how many requests run at once, and who waits meanwhile."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from pyrest.turns import Turns

HANG_SECONDS = 10


class Stream(io.BytesIO):
    """A body that is not there until it is let go."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self.asked, self.there = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.asked.set()
        assert self.there.wait(HANG_SECONDS)
        return super().read(size)


def start_response(*_: Any) -> Callable[[bytes], object]:
    raise AssertionError("nobody starts a response here")


def ask(app: Turns, path: str, body: io.BytesIO | None = None) -> list[bytes]:
    return list(app({"PATH_INFO": path, "wsgi.input": body or io.BytesIO()}, start_response))


class Together:
    """An application whose requests wait until `count` of them run, and which knows how many ever did."""

    def __init__(self, count: int) -> None:
        self.running, self.most = 0, 0
        self._lock = threading.Lock()
        self._all = threading.Barrier(count)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self._all.wait(HANG_SECONDS)
        with self._lock:
            self.running -= 1
        return []


def reading(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    return [environ["PATH_INFO"].encode(), environ["wsgi.input"].read()]


@pytest.mark.parametrize("count", [1, 3])
def test_as_many_requests_run_at_once_as_there_are_turns(count: int) -> None:
    app = Together(count)
    turns = Turns(app, count)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: ask(turns, "/"), range(20 * count)))
    assert app.most == count


def test_who_waits_for_a_body_lets_others_run() -> None:
    turns, slow = Turns(reading, 1), Stream(b"body")
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(ask, turns, "/slow/", slow)
        assert slow.asked.wait(HANG_SECONDS)
        assert ask(turns, "/quick/") == [b"/quick/", b""]
        slow.there.set()
        assert waiting.result(HANG_SECONDS) == [b"/slow/", b"body"]


def test_a_request_that_fails_gives_its_turn_back() -> None:
    def failing(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        raise LookupError(environ["PATH_INFO"])

    turns = Turns(failing, 1)
    for _ in range(3):
        with pytest.raises(LookupError, match="/fails/"):
            ask(turns, "/fails/")


def test_a_body_that_fails_gives_its_turn_back() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    turns = Turns(reading, 1)
    for _ in range(3):
        with pytest.raises(ConnectionResetError):
            ask(turns, "/", Broken())
    assert ask(turns, "/") == [b"/", b""]


@pytest.mark.parametrize(
    ("read", "gives"),
    [
        (lambda body: body.read(), b"one\ntwo\n"),
        (lambda body: body.read(2), b"on"),
        (lambda body: body.readline(), b"one\n"),
        (lambda body: body.readline(2), b"on"),
        (lambda body: body.readlines(), [b"one\n", b"two\n"]),
        (lambda body: list(body), [b"one\n", b"two\n"]),
    ],
    ids=["read", "read some", "a line", "some of a line", "lines", "iterate"],
)
def test_a_body_is_read_as_any_other(read: Callable[[Any], Any], gives: Any) -> None:
    given = []

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        given.append(read(environ["wsgi.input"]))
        return []

    ask(Turns(app, 1), "/", io.BytesIO(b"one\ntwo\n"))
    assert given == [gives]
