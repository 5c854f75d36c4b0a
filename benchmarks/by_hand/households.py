"""The addresses with their users by hand: one statement for each level."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Flask

from benchmarks.by_hand import nested
from benchmarks.by_hand.database import Database
from benchmarks.by_hand.lists import any_of

FILTERS = {"country": any_of("country"), "city": any_of("city")}
COLUMNS = "id, city, country, number, street"


def register(app: Flask, database: Database) -> None:
    nested.register(app, database, "households", "address", COLUMNS, FILTERS, shown)


def shown(connection: sqlite3.Connection, rows: list[Any]) -> list[nested.Object]:
    members: dict[int, list[nested.Object]] = {row[0]: [] for row in rows}
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
