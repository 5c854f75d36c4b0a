"""Asking an application in-process, through WSGI alone: no server, no test client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from benchmarks.operations import HEADERS, Answer, Request


class InProcess:
    """One application, called as a server calls it, and timed by a clock."""

    def __init__(self, app: Flask, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._clock = clock
        self._environs: dict[Request, dict[str, Any]] = {}

    def ask(self, request: Request) -> Answer:
        body, status, headers = run_wsgi_app(self._app, self._environ(request), buffered=True)
        return Answer(int(status[:3]), {name: value for name, value in sorted(headers) if name in HEADERS}, b"".join(body))

    def seconds(self, requests: Iterable[Request]) -> float:
        """How long these requests take one after the other."""
        app, start_response = self._app, _ignore
        environs = [self._environ(request) for request in requests]
        start = self._clock()
        for environ in environs:
            body = app(environ, start_response)
            for _ in body:
                pass
            if hasattr(body, "close"):  # PEP 3333
                body.close()
        return self._clock() - start

    def close(self) -> None:
        self._app.extensions["close"]()

    def _environ(self, request: Request) -> dict[str, Any]:
        """A fresh environ: Flask leaves its traces in the one that it gets."""
        if request not in self._environs:
            headers = {"Accept": request.accept, "User-Agent": "benchmarks"} | ({"If-None-Match": request.known} if request.known else {})
            self._environs[request] = create_environ(
                request.target, method=request.method, content_type=request.content_type or None, headers=headers
            )
        environ = self._environs[request] | {"wsgi.input": BytesIO(request.body), "wsgi.errors": BytesIO()}
        if request.method == "POST":
            environ["CONTENT_LENGTH"] = str(len(request.body))
        return environ


def _ignore(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
    return None
