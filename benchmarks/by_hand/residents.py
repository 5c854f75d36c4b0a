"""The users by hand once more, with a link to their address and with its city: one statement for each level."""

from __future__ import annotations

import re
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

from benchmarks.by_hand.answers import FORMATS_OF_LISTS, Refused, answer, no_such_row, require_acceptable
from benchmarks.by_hand.database import Database
from benchmarks.by_hand.lists import KEY, Condition, by_integer, page, read_page, read_query, refuse_parameters

COLUMNS = "id, address, first_name, last_name"
ROW = re.compile("/(address|users|households|residents)/([^/]+)/?")

Object = dict[str, Any]


def register(app: Flask, database: Database) -> None:
    @app.get("/residents/")
    def residents() -> Response:
        require_acceptable(FORMATS_OF_LISTS)
        asked = read_query(FILTERS)
        with database.connection() as connection:
            connection.execute("BEGIN")
            rows, total = read_page(connection, "users", COLUMNS, asked)
            objects = shown(connection, rows)
        return page(asked, total, objects)

    @app.get("/residents/<key>/")
    def resident(key: str) -> Response:
        require_acceptable()
        refuse_parameters()
        objects = []
        if KEY.fullmatch(key):
            with database.connection() as connection:
                connection.execute("BEGIN")
                objects = shown(connection, connection.execute(f"SELECT {COLUMNS} FROM users WHERE id = ?", (int(key),)).fetchall())
        if not objects:
            raise no_such_row("residents")
        return answer(objects[0], 200)


def shown(connection: sqlite3.Connection, rows: list[Any]) -> list[Object]:
    addresses = f"{request.scheme}://{request.host}/address/"
    keys = list({address for _, address, _, _ in rows})
    cities = dict(connection.execute(f"SELECT id, city FROM address WHERE id IN ({', '.join('?' * len(keys))})", keys))
    return [
        {
            "address": None if address is None else f"{addresses}{address}/",
            "city": cities.get(address),
            "first_name": first_name,
            "last_name": last_name,
            "ressource_uri": f"/residents/{key}/",
        }
        for key, address, first_name, last_name in rows
    ]


def by_link(name: str, texts: list[str]) -> Condition:
    """A filter by the link of an address, or by its key."""
    return by_integer("address")(name, [linked_key(name, text) if "/" in text else text for text in texts])


def linked_key(name: str, link: str) -> str:
    parts = urlsplit(link)
    here = not parts.netloc or (parts.scheme, parts.netloc) == (request.scheme, request.host)
    row = ROW.fullmatch(parts.path) if here else None
    if row is None:
        raise Refused(400, f'"{name}": Invalid hyperlink - No URL match.')
    if row[1] != "address":
        raise Refused(400, f'"{name}": Invalid hyperlink - Incorrect URL match.')
    return row[2]


def by_city(name: str, texts: list[str]) -> Condition:
    """A filter by the city of the address; nothing for users without one."""
    found = [text for text in texts if text]
    some = f"address IN (SELECT id FROM address WHERE city IN ({', '.join('?' * len(found))}))"
    return some if len(found) == len(texts) else f"({some} OR address IS NULL)", found


FILTERS = {"address": by_link, "city": by_city}
