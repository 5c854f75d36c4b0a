"""The users by hand once more, with a link to their address and with its city: one statement for each level."""

from __future__ import annotations

import re
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request

from benchmarks.by_hand import nested
from benchmarks.by_hand.answers import Refused
from benchmarks.by_hand.database import Database
from benchmarks.by_hand.lists import Condition, by_integer

COLUMNS = "id, address, first_name, last_name"
ROW = re.compile("/(address|users|households|residents)/([^/]+)/?")


def register(app: Flask, database: Database) -> None:
    nested.register(app, database, "residents", "users", COLUMNS, FILTERS, shown)


def shown(connection: sqlite3.Connection, rows: list[Any]) -> list[nested.Object]:
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
