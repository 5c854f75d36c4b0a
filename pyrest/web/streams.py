"""Streams: how many a process has at once and how long each may take, and answers whose body is made while it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Self

from flask import current_app

from pyrest.errors import Busy, PyrestError
from pyrest.web.errors import UploadTooSlow

STREAMS = 2


class TooManyStreams(Busy):
    """As many streams as a process may have are there already."""

    retry_after = 5

    def __init__(self) -> None:
        super().__init__(f"{STREAMS} exports or imports run here already; try again")


class StreamBroken(PyrestError):
    """An answer ends before all of it was sent."""


class Streams:
    """The streams of one process."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(STREAMS)

    def begin(self, seconds: float) -> Stream:
        """A stream that may last so many seconds. Raises `TooManyStreams`."""
        if not self._free.acquire(blocking=False):
            raise TooManyStreams
        return Stream(self._free.release, seconds)


class Stream:
    """One stream. It ends when it is told to, or when its time is over; then its place is free, and what hangs on it is closed.

    `lock` is held while something is done that an end must not interrupt.
    """

    def __init__(self, free: Callable[[], object], seconds: float) -> None:
        self.lock = threading.RLock()
        self.is_late = False
        self.has_ended = False
        self.seconds = seconds
        self._closing = [free]
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def close_with(self, close: Callable[[], object]) -> None:
        """Has something closed when the stream ends."""
        self._closing.append(close)

    def arrived(self) -> None:
        """Takes the limit of time away: what is left to do does not wait for the client. Raises `UploadTooSlow` where it is over."""
        self._timer.cancel()
        with self.lock:
            if self.is_late:
                raise UploadTooSlow(f"the upload took longer than {self.seconds:g} seconds")

    def end(self) -> None:
        """Ends the stream, once."""
        self._timer.cancel()
        with self.lock:
            if not self.has_ended:
                self.has_ended = True
                for close in self._closing:
                    close()

    def _expire(self) -> None:
        with self.lock:
            self.is_late = not self.has_ended
            self.end()


class StreamedBody:
    """A body whose parts are made while it is sent. Where one cannot be made, `cut` is sent in its place, which no reader takes for a whole
    line, and then an error ends the body: a server may end one that failed like one that is whole, as Granian does.

    Flask's request is at hand in each part, as in the view that made the body, whichever thread a server uses for it.
    """

    def __init__(self, stream: Stream, parts: Iterator[bytes], cut: bytes) -> None:
        self._stream = stream
        self._parts = parts
        self._cut = cut
        self._context = copy_context()
        self._log = current_app.logger
        self._is_broken = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self._is_broken:
            raise StreamBroken("an export was broken off; the log says why")
        with self._stream.lock:
            try:
                return self._context.run(self._part)
            except StopIteration:
                self._stream.end()
                raise
            except Exception:
                self._log.exception("an export was broken off")
                self._is_broken = True
                self._stream.end()
                return self._cut

    def _part(self) -> bytes:
        if self._stream.is_late:
            raise StreamBroken(f"it took longer than {self._stream.seconds:g} seconds")
        if self._stream.has_ended:
            raise StopIteration
        return next(self._parts)

    def close(self) -> None:
        """Ends the stream; a server calls it, also where the client has gone."""
        self._stream.end()
