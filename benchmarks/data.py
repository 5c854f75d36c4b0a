"""The data of the benchmarks: one database file of addresses and users, the same on every run."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.with_pyrest import Address, User
from pyrest import SQLiteDataStore

Row = tuple[Any, ...]

ADDRESSES = 1_000
USERS = 10_000

FIRST_NAMES = ("Super", "Ada", "Zoë", "Jean-Luc", "Grace", "Łukasz", "Edsger", "Barbara", "Niklaus", "Margaret")
LAST_NAMES = ("Dupont", "Lovelace", "Müller", "Picard", "Hopper", "Wałęsa", "Dijkstra", "Liskov", "Wirth", "Hamilton", "O'Neill")
CITIES = (("France", "Paris"), ("Germany", "Köln"), ("Poland", "Łódź"), ("Iceland", "Reykjavík"))


def write_copies(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """Makes the file once and copies it, so that every side begins with the same pages."""
    original = folder / "original.db"
    write(original, map(address_row, range(ADDRESSES)), (user_row(i, ADDRESSES) for i in range(USERS)))
    copies = [folder / f"{name}.db" for name in names]
    for copy in copies:
        shutil.copyfile(original, copy)
    return copies


def write(path: Path, addresses: Iterable[Row], users: Iterable[Row]) -> None:
    """Makes the file with pyrest, and its rows without: those of a million are there in seconds."""
    with closing(SQLiteDataStore(path, durability="normal")) as store:
        store.adopt([Address, User])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO address (country, city, street, number) VALUES (?, ?, ?, ?)", addresses)
        connection.executemany("INSERT INTO users (first_name, last_name, address) VALUES (?, ?, ?)", users)


def address_row(i: int) -> Row:
    country, city = CITIES[i % len(CITIES)]
    return country, city, f"{LAST_NAMES[i % len(LAST_NAMES)]} Street", i % 200 + 1


def user_row(i: int, addresses: int) -> Row:
    return FIRST_NAMES[i % len(FIRST_NAMES)], LAST_NAMES[i % len(LAST_NAMES)], i * 7 % addresses + 1
