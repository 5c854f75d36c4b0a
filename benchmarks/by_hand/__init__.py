"""The address book written by hand on Flask, sqlite3 and orjson: what pyrest is compared with.

It answers as pyrest does, faults included, and is as fast as plain code gets with one statement for each level. It has the operations
that are measured and nothing else: no PUT, no ordering, and of shapes only the users of addresses.
"""

from __future__ import annotations

import sqlite3

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from benchmarks.by_hand import addresses, households, residents, users
from benchmarks.by_hand.answers import Refused, answer
from benchmarks.by_hand.database import Database, Durability

NOTHING_THERE = "there is nothing at this address"


def create_app(path: str, durability: Durability) -> Flask:
    """The API over the database file at that path."""
    app = Flask("by_hand", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 2**20
    app.url_map.strict_slashes = False
    database = Database(path, durability)
    app.extensions["close"] = database.close
    for resource in (users, addresses, households, residents):
        resource.register(app, database)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(sqlite3.OperationalError, busy)
    return app


def refused(fault: Refused) -> Response:
    return answer(fault.body, fault.status)


def http_error(fault: HTTPException) -> Response:
    status = fault.code or 500
    if isinstance(fault, MethodNotAllowed):
        methods = sorted(fault.valid_methods or ())
        taken = ", ".join(method for method in methods if method not in ("HEAD", "OPTIONS"))
        return answer({"error": f"this address takes only {taken}"}, status, {"Allow": ", ".join(methods)})
    return answer({"error": NOTHING_THERE if status == 404 else fault.name}, status)


def busy(fault: sqlite3.OperationalError) -> Response:
    if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
        raise fault
    return answer({"error": "the database is busy; try again"}, 503, {"Retry-After": "1"})
