"""The users of the address book written by hand on Flask, sqlite3 and orjson: what pyrest is compared with.

It answers as pyrest does, faults included, and is as fast as plain code gets. It has the operations that are measured
and nothing else: no PUT, no ordering, no second resource.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from difflib import get_close_matches
from typing import Any, Literal
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

JSON = "application/json"
SCHEMA = {"first_name", "last_name", "address"}
PARAMETERS = [*sorted(SCHEMA), "offset", "count", "ordering"]
NUMBER = re.compile(r"[0-9]{1,18}")
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
KEY = re.compile(r"0|[1-9][0-9]{0,17}")
SENTENCES = {404: "there is nothing at this address", 405: "this address does not take that method"}


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, error: str, errors: dict[str, list[str]] | None = None) -> None:
        self.status = status
        self.body: dict[str, Any] = {"error": error} if errors is None else {"error": error, "errors": errors}
        super().__init__(error)


class Database:
    """A connection for each thread."""

    def __init__(self, path: str, durability: Literal["full", "normal"]) -> None:
        self.path = path
        self.durability = durability
        self.local = threading.local()

    def connection(self) -> sqlite3.Connection:
        try:
            found: sqlite3.Connection = self.local.connection
            return found
        except AttributeError:
            connection = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
            for pragma in ("journal_mode = WAL", "foreign_keys = ON", f"synchronous = {self.durability}"):
                connection.execute(f"PRAGMA {pragma}")
            self.local.connection = connection
            return connection

    def close(self) -> None:
        """Closes this thread's connection."""
        self.connection().close()
        del self.local.connection


def create_app(path: str, durability: Literal["full", "normal"]) -> Flask:
    """The API over the database file at that path."""
    app = Flask("by_hand", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 2**20
    app.url_map.strict_slashes = False
    database = Database(path, durability)
    app.extensions["close"] = database.close

    @app.get("/users/")
    def users() -> Response:
        require_acceptable()
        offset, count, filters, conditions, values = asked()
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        page = f"SELECT address, first_name, last_name, id FROM users{where} ORDER BY id LIMIT ? OFFSET ?"
        with database.connection() as connection:
            connection.execute("BEGIN")
            rows = connection.execute(page, (*values, count, offset)).fetchall()
            (total,) = connection.execute(f"SELECT count(*) FROM users{where}", values).fetchone()
        following = page_link(offset + count, count) if offset + count < total else None
        previous = page_link(max(0, offset - count), count) if offset else None
        meta = {
            "count": count,
            "filters": filters,
            "next": following or "null",
            "offset": offset,
            "previous": previous or "null",
            "total_count": total,
        }
        links = [f'<{target}>; rel="{name}"' for target, name in ((following, "next"), (previous, "prev")) if target]
        body = {"meta": meta, "object_list": [shown(*row) for row in rows]}
        return answer(body, 200, {"Link": ", ".join(links)} if links else None)

    @app.get("/users/<key>/")
    def user(key: str) -> Response:
        require_acceptable()
        refuse_parameters()
        row = None
        if KEY.fullmatch(key):
            query = "SELECT address, first_name, last_name, id FROM users WHERE id = ?"
            row = database.connection().execute(query, (int(key),)).fetchone()
        if row is None:
            raise Refused(404, "there is no such row in users")
        return answer(shown(*row), 200)

    @app.post("/users/")
    def create() -> Response:
        require_acceptable()
        refuse_parameters()
        values, errors, missing = validated(json_object())
        address = values.get("address")
        with database.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if address is not None and connection.execute("SELECT 1 FROM address WHERE id = ?", (address,)).fetchone() is None:
                errors["address"] = [f'Invalid pk "{address}" - object does not exist.']
            if errors:
                raise invalid(errors, missing)
            row = (values["first_name"], values["last_name"], address)
            key = connection.execute("INSERT INTO users (first_name, last_name, address) VALUES (?, ?, ?)", row).lastrowid
        headers = {"Location": f"{request.scheme}://{request.host}/users/{key}/"}
        if "return=representation" in request.headers.get("Prefer", ""):
            return answer(shown(address, values["first_name"], values["last_name"], key), 201, headers)
        return Response(status=201, headers=headers, content_type=JSON)

    @app.errorhandler(Refused)
    def refused(fault: Refused) -> Response:
        return answer(fault.body, fault.status)

    @app.errorhandler(HTTPException)
    def http_error(fault: HTTPException) -> Response:
        status = fault.code or 500
        headers = {"Allow": ", ".join(sorted(fault.valid_methods or ()))} if isinstance(fault, MethodNotAllowed) else None
        return answer({"error": SENTENCES.get(status) or fault.name}, status, headers)

    @app.errorhandler(sqlite3.OperationalError)
    def busy(fault: sqlite3.OperationalError) -> Response:
        if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise fault
        return answer({"error": "the database is busy; try again"}, 503, {"Retry-After": "1"})

    return app


def shown(address: int | None, first_name: str, last_name: str, key: int | None) -> dict[str, Any]:
    return {"address": address, "first_name": first_name, "last_name": last_name, "ressource_uri": f"/users/{key}/"}


def answer(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, content_type=JSON)


def require_acceptable() -> None:
    if request.headers.get("Accept", "*/*") not in ("*/*", JSON) and request.accept_mimetypes[JSON] == 0:
        raise Refused(406, "this API answers in application/json only")


# The query string.


def asked() -> tuple[int, int, dict[str, str | list[str]], list[str], list[Any]]:
    """Offset and count, the filters as sent, conditions and their values."""
    offset, count = 0, 20
    filters: dict[str, str | list[str]] = {}
    conditions: list[str] = []
    values: list[Any] = []
    for name, texts in request.args.lists():
        column = name.removesuffix("__exact")
        if name == "offset":
            offset = whole_number(name, texts)
        elif name == "count":
            count = whole_number(name, texts)
            if not 1 <= count <= 100:
                raise Refused(400, '"count": The number of objects on a page is 1 to 100.')
        elif column in SCHEMA:
            condition, found = compared(name, column, texts)
            conditions.append(condition)
            values += found
            filters[name] = texts[0] if len(texts) == 1 else texts
        else:
            raise unknown("filter", name, PARAMETERS)
    return offset, count, filters, conditions, values


def compared(name: str, column: str, texts: list[str]) -> tuple[str, list[Any]]:
    if column != "address":
        return f"{column} IN ({', '.join('?' * len(texts))})", texts
    for text in texts:
        if text and not INTEGER.fullmatch(text):
            raise Refused(400, f'"{name}": A valid integer is required.')
    found = [int(text) for text in texts if text]
    some = f"address IN ({', '.join('?' * len(found))})"
    return some if len(found) == len(texts) else f"({some} OR address IS NULL)", found


def whole_number(name: str, texts: list[str]) -> int:
    if len(texts) > 1:
        raise Refused(400, f'"{name}": This parameter can be given once.')
    if not NUMBER.fullmatch(texts[0]):
        raise Refused(400, f'"{name}": A whole number is required, 0 or greater.')
    return int(texts[0])


def refuse_parameters() -> None:
    for name in request.args:
        raise unknown("parameter", name, [])


def unknown(kind: str, name: str, known: list[str]) -> Refused:
    return Refused(400, f'unknown {kind} "{name}"{suggestion(name, known)}')


def suggestion(name: str, known: list[str]) -> str:
    near = get_close_matches(name.lower(), known, n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def page_link(offset: int, count: int) -> str:
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] not in ("count", "offset")]
    return "?" + urlencode(sorted([*pairs, ("count", str(count)), ("offset", str(offset))]))


# The body.


def json_object() -> dict[str, Any]:
    if request.mimetype != JSON:
        said = f"this one says {request.mimetype}" if request.mimetype else "this one says nothing"
        raise Refused(415, f"a body needs the header Content-Type: {JSON}; {said}")
    body = request.get_data(cache=False)
    if not body:
        raise Refused(400, "the body is empty; send a JSON object")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise Refused(400, f"the body is no JSON: {fault.msg} (line {fault.lineno}, column {fault.colno})") from None
    if type(value) is not dict:
        kinds = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
        raise Refused(400, f"the body must be a JSON object, not {kinds.get(type(value), 'a number')}")
    return value


def validated(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]], list[str]]:
    """The values, what is wrong with them, and the names that are missing."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    missing = [name for name in ("first_name", "last_name") if name not in body]
    for name in missing:
        errors[name] = ["This field is required."]
    for name, value in body.items():
        if name == "ressource_uri":
            errors[name] = ["This field cannot be set."]
        elif name not in SCHEMA:
            errors[name] = [f"This field does not exist{suggestion(name, sorted(SCHEMA)) or '.'}"]
        elif fault := address_fault(value) if name == "address" else text_fault(value):
            errors[name] = [fault]
        else:
            values[name] = value
    if values.get("address") is not None:
        values["address"] = int(values["address"]) if values["address"] != "" else None
    return values, errors, missing


def text_fault(value: object) -> str | None:
    if value is None:
        return "This field may not be null."
    if not isinstance(value, str):
        return "Not a valid string."
    return "Null characters are not allowed." if "\0" in value else None


def address_fault(value: object) -> str | None:
    if value is None or value == "" or (isinstance(value, str) and KEY.fullmatch(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"Incorrect type. Expected pk value, received {type(value).__name__}."
    if isinstance(value, float) and not value.is_integer():
        return "A valid integer is required, without a fraction."
    if not -(2**63) <= value < 2**63:
        return f"This integer is outside 64 bits ({-(2**63)} to {2**63 - 1})."
    return None


def invalid(errors: dict[str, list[str]], missing: list[str]) -> Refused:
    """All faults at once, the first field at fault first."""
    order = ["first_name", "last_name", "address"]
    names = [name for name in order if name in errors] + [name for name in errors if name not in SCHEMA]
    first = names[0]
    error = f"{first} does not validate"
    if first in missing:
        error = f"{first} is missing. Cannot create the ressource"
    for name in names:
        if name not in SCHEMA and name != "ressource_uri":
            error = f'unknown field "{name}"{suggestion(name, [*order, "ressource_uri"])}'
            break
    return Refused(400, error, {name: errors[name] for name in names})
