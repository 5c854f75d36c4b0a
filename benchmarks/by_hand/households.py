"""The addresses with their users by hand: one statement for each level."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Flask, Response

from benchmarks.by_hand.answers import FORMATS_OF_LISTS, answer, no_such_row, require_acceptable
from benchmarks.by_hand.database import Database
from benchmarks.by_hand.lists import KEY, any_of, page, read_page, read_query, refuse_parameters

FILTERS = {"country": any_of("country"), "city": any_of("city")}
COLUMNS = "id, city, country, number, street"

Object = dict[str, Any]


def register(app: Flask, database: Database) -> None:
    @app.get("/households/")
    def households() -> Response:
        require_acceptable(FORMATS_OF_LISTS)
        asked = read_query(FILTERS)
        with database.connection() as connection:
            connection.execute("BEGIN")
            rows, total = read_page(connection, "address", COLUMNS, asked)
            objects = shown(connection, rows)
        return page(asked, total, objects)

    @app.get("/households/<key>/")
    def household(key: str) -> Response:
        require_acceptable()
        refuse_parameters()
        objects = []
        if KEY.fullmatch(key):
            with database.connection() as connection:
                connection.execute("BEGIN")
                objects = shown(connection, connection.execute(f"SELECT {COLUMNS} FROM address WHERE id = ?", (int(key),)).fetchall())
        if not objects:
            raise no_such_row("households")
        return answer(objects[0], 200)


def shown(connection: sqlite3.Connection, rows: list[Any]) -> list[Object]:
    members: dict[int, list[Object]] = {row[0]: [] for row in rows}
    some = ", ".join("?" * len(members))
    query = f"SELECT address, first_name, id, last_name FROM users WHERE address IN ({some}) ORDER BY address, id"
    for address, first_name, key, last_name in connection.execute(query, list(members)):
        members[address].append({"first_name": first_name, "id": key, "last_name": last_name})
    return [
        {
            "city": city,
            "country": country,
            "number": number,
            "ressource_uri": f"/households/{key}/",
            "street": street,
            "users": members[key],
        }
        for key, city, country, number, street in rows
    ]
