"""How many requests of a process run at once: one that waits for its client lets another run meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment


class Turns:
    """A WSGI application of which `count` requests run at once, however many threads call it.

    More threads at work would only wait for each other, at Python's lock and at SQLite's, where waiting is not fair: of 128
    clients that write, the last one waited four times as long with 64 at once as with 4. Threads that wait for an upload
    cost next to nothing, so a server may have many more threads than turns.
    """

    def __init__(self, app: WSGIApplication, count: int) -> None:
        self._app = app
        # A Semaphore is written in Python; each step of this queue is one in C.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(count):
            self._free.put(None)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._free.get()
        try:
            environ["wsgi.input"] = _Upload(environ["wsgi.input"], self._free)
            return self._app(environ, start_response)
        finally:
            self._free.put(None)


class _Upload:
    """The body of a request. Reading it gives the turn away until the bytes are there."""

    __slots__ = ("_free", "_stream")

    def __init__(self, stream: InputStream, free: SimpleQueue[None]) -> None:
        self._stream = stream
        self._free = free

    def read(self, *size: int) -> bytes:
        with self._waiting():
            return self._stream.read(*size)

    def readline(self, *size: int) -> bytes:
        with self._waiting():
            return self._stream.readline(*size)

    def readlines(self, *hint: int) -> list[bytes]:
        with self._waiting():
            return self._stream.readlines(*hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self._free.put(None)
        try:
            yield
        finally:
            self._free.get()
