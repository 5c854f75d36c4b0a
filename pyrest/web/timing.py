"""While the application is in debug, requests are timed and numbered: `Server-Timing`, `X-Request-Id` and a place in the log."""

from __future__ import annotations

import secrets
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Request, Response, after_this_request, request_tearing_down

from pyrest.datastores.watching import Watch, cut
from pyrest.web.request_log import Answered, RequestLog
from pyrest.web.views import current_request

EXTENSION = "pyrest.timing"
MAX_PATH = 2000  # characters that are kept of the path and the query string of a request


def time_request(app: Flask, log: RequestLog) -> None:
    """Times the request that is just beginning."""
    timed = _TimedRequest(current_request(), log)
    request_tearing_down.connect(_tear_down, app)
    after_this_request(timed.answered)


class _TimedRequest:
    """A request while it runs. Its store is watched until it is answered or given up."""

    def __init__(self, request: Request, log: RequestLog) -> None:
        self._id = secrets.token_hex(8)
        self._at = datetime.now(UTC)
        self._begun = time.perf_counter()
        self._request = request
        self._log = log
        self._watching = ExitStack()
        self._watch = self._watching.enter_context(log.store.watched())
        self._is_logged = False
        request.environ[EXTENSION] = self

    def answered(self, response: Response) -> Response:
        seconds = self._end(response.status_code)
        response.headers["X-Request-Id"] = self._id
        response.headers.add("Server-Timing", server_timing(self._watch, seconds))
        return response

    def given_up(self) -> None:
        """There was no answer of ours, because an exception went to the debugger."""
        if not self._is_logged:
            self._end(500)

    def _end(self, status: int) -> float:
        self._watching.close()
        self._is_logged = True
        seconds = time.perf_counter() - self._begun
        query = self._request.query_string.decode("latin-1")
        path = cut(f"{self._request.path}?{query}" if query else self._request.path, MAX_PATH)
        self._log.add(Answered(self._id, self._at, self._request.method, path, status, seconds, self._watch))
        return seconds


def _tear_down(app: Flask, **_: Any) -> None:
    timed: _TimedRequest | None = current_request().environ.get(EXTENSION)
    if timed is not None:
        timed.given_up()


def server_timing(watch: Watch, seconds: float) -> str:
    """The header's value, in milliseconds (W3C, Server Timing)."""
    statements = "1 statement" if watch.count == 1 else f"{watch.count} statements"
    return f'sql;dur={milliseconds(watch.seconds)};desc="{statements}", total;dur={milliseconds(seconds)}'


def milliseconds(seconds: float) -> float:
    """Rounded to microseconds."""
    return round(seconds * 1000, 3)
