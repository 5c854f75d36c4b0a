"""The data of the benchmarks: one database file of addresses and users, the same on every run."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.with_pyrest import Address, User
from pyrest import SQLiteDataStore

ADDRESSES = 1_000
USERS = 10_000

FIRST_NAMES = ("Super", "Ada", "Zoë", "Jean-Luc", "Grace", "Łukasz", "Edsger", "Barbara", "Niklaus", "Margaret")
LAST_NAMES = ("Dupont", "Lovelace", "Müller", "Picard", "Hopper", "Wałęsa", "Dijkstra", "Liskov", "Wirth", "Hamilton", "O'Neill")
CITIES = (("France", "Paris"), ("Germany", "Köln"), ("Poland", "Łódź"), ("Iceland", "Reykjavík"))


def write_copies(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """Makes the file once and copies it, so that every side begins with the same pages."""
    original = folder / "original.db"
    _write(original)
    copies = [folder / f"{name}.db" for name in names]
    for copy in copies:
        shutil.copyfile(original, copy)
    return copies


def _write(path: Path) -> None:
    store = SQLiteDataStore(path, models=[Address, User], durability="normal")
    store[Address].bulk_create(_address(i) for i in range(ADDRESSES))
    store[User].bulk_create(_user(i) for i in range(USERS))
    store.close()  # the last connection writes the log back into the file, so that a copy of the file is whole


def _address(i: int) -> Address:
    country, city = CITIES[i % len(CITIES)]
    return Address(country=country, city=city, street=f"{LAST_NAMES[i % len(LAST_NAMES)]} Street", number=i % 200 + 1)


def _user(i: int) -> User:
    first_name, last_name = FIRST_NAMES[i % len(FIRST_NAMES)], LAST_NAMES[i % len(LAST_NAMES)]
    return User(first_name=first_name, last_name=last_name, address=i * 7 % ADDRESSES + 1)
