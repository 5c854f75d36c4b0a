"""Lists and details, for reading only, of rows that are shown with what they are related to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response

from benchmarks.by_hand.answers import FORMATS_OF_LISTS, answer, no_such_row, require_acceptable
from benchmarks.by_hand.database import Database
from benchmarks.by_hand.lists import KEY, Filter, page, read_page, read_query, refuse_parameters

Object = dict[str, Any]
Shown = Callable[[sqlite3.Connection, list[Any]], list[Object]]


def register(app: Flask, database: Database, name: str, table: str, columns: str, filters: Mapping[str, Filter], shown: Shown) -> None:
    def many() -> Response:
        require_acceptable(FORMATS_OF_LISTS)
        asked = read_query(filters)
        with database.connection() as connection:
            connection.execute("BEGIN")
            rows, total = read_page(connection, table, columns, asked)
            objects = shown(connection, rows)
        return page(asked, total, objects)

    def one(key: str) -> Response:
        require_acceptable()
        refuse_parameters()
        objects = []
        if KEY.fullmatch(key):
            with database.connection() as connection:
                connection.execute("BEGIN")
                objects = shown(connection, connection.execute(f"SELECT {columns} FROM {table} WHERE id = ?", (int(key),)).fetchall())
        if not objects:
            raise no_such_row(name)
        return answer(objects[0], 200)

    app.add_url_rule(f"/{name}/", f"{name}-list", many, methods=["GET"])
    app.add_url_rule(f"/{name}/<key>/", f"{name}-detail", one, methods=["GET"])
