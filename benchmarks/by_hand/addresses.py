"""The addresses by hand, with their first users where they are expanded: one statement for each level."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Flask, Response, request

from benchmarks.by_hand import users
from benchmarks.by_hand.answers import FORMATS_OF_LISTS, Refused, answer, no_such_row, require_acceptable, suggestion
from benchmarks.by_hand.database import Database
from benchmarks.by_hand.lists import KEY, any_of, by_integer, page, read_page, read_query, refuse_parameters

FILTERS = {"city": any_of("city"), "country": any_of("country"), "number": by_integer("number"), "street": any_of("street")}
COLUMNS = "id, city, country, number, street"
MOST = 20

Object = dict[str, Any]


def register(app: Flask, database: Database) -> None:
    @app.get("/address/")
    def addresses() -> Response:
        require_acceptable(FORMATS_OF_LISTS)
        expands = read_expand(request.args.getlist("expand"))
        asked = read_query(FILTERS, ("expand",))
        with database.connection() as connection:
            connection.execute("BEGIN")
            rows, total = read_page(connection, "address", COLUMNS, asked)
            objects = [shown(*row) for row in rows]
            if expands:
                expand(connection, [row[0] for row in rows], objects)
        return page(asked, total, objects)

    @app.get("/address/<key>/")
    def address(key: str) -> Response:
        require_acceptable()
        refuse_parameters()
        row = None
        if KEY.fullmatch(key):
            row = database.connection().execute(f"SELECT {COLUMNS} FROM address WHERE id = ?", (int(key),)).fetchone()
        if row is None:
            raise no_such_row("address")
        return answer(shown(*row), 200)


def read_expand(texts: list[str]) -> bool:
    """Whether the users are asked for, which are all that there is to expand."""
    if texts and texts != ["users"]:
        raise Refused(400, f'"expand": There is no "{texts[0]}"{suggestion(texts[0], ["users"])}')
    return bool(texts)


def expand(connection: sqlite3.Connection, keys: list[int], objects: list[Object]) -> None:
    """Adds its first users to each object."""
    members: dict[int, list[Object]] = {key: [] for key in keys}
    query = f"SELECT address, first_name, last_name, id FROM users WHERE address IN ({', '.join('?' * len(keys))}) ORDER BY address, id"
    for row in connection.execute(query, keys):
        some = members[row[0]]
        if len(some) < MOST:
            some.append(users.shown(*row))
    for key, found in zip(keys, objects, strict=True):
        found["users"] = members[key]


def shown(key: int, city: str, country: str, number: int, street: str) -> Object:
    return {"city": city, "country": country, "number": number, "ressource_uri": f"/address/{key}/", "street": street}
