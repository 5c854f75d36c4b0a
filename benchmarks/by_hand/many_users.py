"""Many users at once by hand: a body that is a list → its rows, all of them or none, without a web framework around it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson

from benchmarks.by_hand.bodies import invalid, validated

Row = tuple[Any, ...]


def create(connection: sqlite3.Connection, body: bytes, host: str) -> bytes:
    """The answer to a list of users, which are stored. Raises `Refused` for the first that is wrong."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        found = [validated(one) for one in orjson.loads(body)]
        there = _addresses(connection, {values["address"] for values, _, _ in found if values.get("address") is not None})
        for values, errors, missing in found:
            address = values.get("address")
            if address is not None and address not in there:
                errors["address"] = [f'Invalid pk "{address}" - object does not exist.']
            if errors:
                raise invalid(errors, missing)
        last = store(connection, [(values["first_name"], values["last_name"], values.get("address")) for values, _, _ in found])
    locations = [f"{host}/users/{key}/" for key in range(last - len(found) + 1, last + 1)]
    return orjson.dumps({"created": len(found), "locations": locations})


def store(connection: sqlite3.Connection, rows: Iterable[Row]) -> int:
    """Stores rows that are as they should be, and gives the key of the last one."""
    connection.executemany("INSERT INTO users (first_name, last_name, address) VALUES (?, ?, ?)", rows)
    ((last,),) = connection.execute("SELECT max(id) FROM users")
    return int(last)


def _addresses(connection: sqlite3.Connection, keys: set[int]) -> set[int]:
    """Those of the keys that addresses have."""
    query = "SELECT id FROM address WHERE id IN (SELECT value FROM json_each(?))"
    return {key for (key,) in connection.execute(query, (orjson.dumps(list(keys)).decode(),))}
