"""What is done with a request as soon as Flask has looked for its route: in debug it is timed; an unknown address is answered in JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from pyrest.store import Store
from pyrest.web.errors import http_error
from pyrest.web.request_log import RequestLog
from pyrest.web.timing import time_request
from pyrest.web.views import below, current_request

EXTENSION = "pyrest.arrivals"


def watch_arrivals(app: Flask, store: Store, prefix: str, routes: Iterable[str]) -> RequestLog:
    """Sees to the requests for these routes, and to those below the prefix that no route takes. They are in the log, in debug."""
    log = RequestLog(store)
    arrivals: _Arrivals | None = app.extensions.get(EXTENSION)
    if arrivals is None:
        arrivals = app.extensions[EXTENSION] = _Arrivals(app)
    arrivals.by_prefix[f"{prefix}/"] = log
    arrivals.by_route.update(dict.fromkeys(routes, log))
    return log


class _Arrivals:
    """Where the requests of an application belong, whichever Wrappers are in it."""

    def __init__(self, app: Flask) -> None:
        self.by_route: dict[str, RequestLog] = {}
        self.by_prefix: dict[str, RequestLog] = {}
        self._app = app
        self._config = app.config
        # Flask calls these before all before_request functions, of which any may answer.
        app.url_value_preprocessor(self._arrived)

    def _arrived(self, route: str | None, _: Any) -> None:
        if route is not None and not self._config["DEBUG"]:  # as app.debug, which looks longer
            return
        log = self.by_route.get(route) if route is not None else self._log_below(current_request().path)
        if log is None:
            return
        if self._app.debug:
            time_request(self._app, log)
        if route is None:
            _answer_in_json()

    def _log_below(self, path: str) -> RequestLog | None:
        return self.by_prefix.get(max((prefix for prefix in self.by_prefix if below(path, prefix)), key=len, default=""))


def _answer_in_json() -> None:
    """Makes Flask's own refusal, which it raises in place of a view, an answer of ours: one without a status has no other handler."""
    request = current_request()
    fault = request.routing_exception
    if fault is not None and not isinstance(fault, RequestRedirect):
        request.routing_exception = HTTPException(response=http_error(fault))
