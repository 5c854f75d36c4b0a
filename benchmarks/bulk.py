"""The command: `python -m benchmarks.bulk [--rows N] [--rounds N]`. Many users created in one transaction, beside `executemany`."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click

from benchmarks.by_hand import many_users
from benchmarks.by_hand.database import Database
from benchmarks.data import ADDRESSES, USERS, user_row, write_copies
from benchmarks.in_process import InProcess
from benchmarks.operations import Request
from benchmarks.with_pyrest import Addresses, Users
from pyrest import SQLiteDataStore, Wrapper
from pyrest.importing import MAX_OBJECTS, ROWS_AT_ONCE

ALLOWED = 1.6
"""So many times what `executemany` takes pyrest may take for rows that are validated already."""
FIELDS = ("first_name", "last_name", "address")
ORIGIN = "http://localhost"

Work = Callable[[], object]


class Taken(NamedTuple):
    """Seconds of a processor, and seconds by the clock, which are those of the disk as well."""

    processor: float
    clock: float


class Side(NamedTuple):
    """The two things that are measured: `store` begins with values that are validated, and `create` with the body of a request.

    `prepare` makes what `store` uses up, and the file what it was.
    """

    store: Work
    create: Callable[[], bytes]
    prepare: Work


@click.command()
@click.option("--rows", default=10_000, show_default=True, type=click.IntRange(1, MAX_OBJECTS), help="Users to create.")
@click.option("--rounds", default=60, show_default=True, type=click.IntRange(1), help="Rounds on either side.")
def main(rows: int, rounds: int) -> None:
    """Compares what it takes to create many users with the same by hand."""
    with tempfile.TemporaryDirectory() as folder, sides(Path(folder), rows) as (hand, pyrest):
        refuse_difference(hand, pyrest)
        click.echo(f"Milliseconds for {rows:,} users in one transaction, writes without waiting for the disk; {rounds} rounds in turn")
        click.echo(f"{'':32}{'processor':>28}{'clock':>28}")
        click.echo(f"{'':32}" + f"{'by hand':>11}{'pyrest':>9}{'ratio':>8}" * 2)
        for title, works, wanted in (
            ("validated values to rows", (hand.store, pyrest.store), f"   wanted {ALLOWED:.2f} at most"),
            ("the whole request", (hand.create, pyrest.create), ""),
        ):
            taken = measure(works, (hand.prepare, pyrest.prepare), rounds)
            for name, typical in (("minimum", min), ("median", median)):
                click.echo(f"{title:24} {name:7}{_line(taken, typical)}{wanted}")


def measure(works: tuple[Work, Work], prepare: tuple[Work, Work], rounds: int) -> tuple[list[Taken], list[Taken]]:
    """What the works of both sides take. They take turns, behind a round that is left out of account."""
    taken: tuple[list[Taken], list[Taken]] = ([], [])
    for number in range(rounds + 1):
        for place in (0, 1) if number % 2 else (1, 0):
            prepare[place]()
            clock, processor = time.perf_counter(), time.process_time()
            works[place]()
            taken[place].append(Taken(time.process_time() - processor, time.perf_counter() - clock))
    return taken[0][1:], taken[1][1:]


@contextmanager
def sides(folder: Path, rows: int) -> Iterator[tuple[Side, Side]]:
    """Both sides, each with a file of its own."""
    hand, pyrest = write_copies(folder, ("by_hand", "pyrest"))
    tuples = [user_row(i, ADDRESSES) for i in range(rows)]
    body = json.dumps([dict(zip(FIELDS, row, strict=True)) for row in tuples]).encode()
    with ExitStack() as opened:
        outside = [opened.enter_context(closing(sqlite3.connect(path, isolation_level=None))) for path in (hand, pyrest)]
        database = opened.enter_context(closing(Database(str(hand), "normal")))
        store = opened.enter_context(closing(SQLiteDataStore(pyrest, durability="normal")))
        yield _by_hand(database, tuples, body, outside[0]), _pyrest(store, tuples, body, outside[1])


def refuse_difference(hand: Side, pyrest: Side) -> None:
    """Raises `ClickException` where the two sides answer differently, so that comparing them would mean nothing."""
    answers = []
    for side in (hand, pyrest):
        side.prepare()
        answers.append(side.create())
    if answers[0] != answers[1]:
        raise click.ClickException(f"the answers differ: {answers[0][:200]!r} by hand, {answers[1][:200]!r} from pyrest")


def _by_hand(database: Database, tuples: list[tuple[Any, ...]], body: bytes, outside: sqlite3.Connection) -> Side:
    connection = database.connection()

    def store() -> None:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            many_users.store(connection, tuples)

    return Side(store, lambda: many_users.create(connection, body, ORIGIN), lambda: _restore(outside))


def _pyrest(datastore: SQLiteDataStore, tuples: list[tuple[Any, ...]], body: bytes, outside: sqlite3.Connection) -> Side:
    wrapper = Wrapper([Users, Addresses], datastore)
    users, app = wrapper.resources[0], InProcess(wrapper.create_app())
    request = Request("POST", "/users/", body)
    values: list[dict[str, Any]] = []

    def prepare() -> None:
        values[:] = [dict(zip(FIELDS, row, strict=True)) for row in tuples]
        _restore(outside)

    def store() -> None:
        with users.creating():
            for start in range(0, len(values), ROWS_AT_ONCE):
                users.insert_all(values[start : start + ROWS_AT_ONCE])

    return Side(store, lambda: app.ask(request).body, prepare)


def _restore(outside: sqlite3.Connection) -> None:
    """Takes the new users away, and the log with them."""
    outside.execute("DELETE FROM users WHERE id > ?", (USERS,))
    outside.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'users'", (USERS,))
    outside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _line(taken: tuple[list[Taken], list[Taken]], typical: Callable[[list[float]], float]) -> str:
    found = ""
    for seconds in ([one.processor for one in side] for side in taken), ([one.clock for one in side] for side in taken):
        hand, pyrest = map(typical, seconds)
        found += f"{hand * 1e3:>11.1f}{pyrest * 1e3:>9.1f}{pyrest / hand:>8.2f}"
    return found


if __name__ == "__main__":
    main()
