"""The command: `python -m benchmarks.sizes [--small N] [--large N] [--rounds N]`. What each read costs in tables of two sizes."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from benchmarks.data import LAST_NAMES, Row, address_row, user_row, write
from benchmarks.in_process import InProcess
from benchmarks.operations import Request
from benchmarks.reads import READ_ENDPOINTS, READS, USERS_EACH, Read, Table, remembered
from benchmarks.with_pyrest import create_app

ALLOWED = 1.5
"""So many times what it costs in the small table a read may cost in the large one, if it is one that does not depend on the size."""
SECONDS = 2.0
"""How long one read is measured, about, in each of the two ways."""

Seconds = Callable[[], float]


class Side(NamedTuple):
    """A table, the application that serves it, and a connection to its file that pyrest knows nothing of."""

    table: Table
    app: InProcess
    outside: sqlite3.Connection

    def requests(self, read: Read) -> tuple[Request, ...]:
        """What a read asks of this table, asked once. Raises `ClickException` where that is refused: it would measure nothing."""
        found = read.requests(self.table)
        for request in found:
            answer = self.app.ask(request)
            if answer.status not in (200, 304):
                raise click.ClickException(f"GET {request.target}: {answer.status} {answer.body.decode()}")
        return found

    def between_writes(self, requests: tuple[Request, ...]) -> float:
        """How long a request takes while nobody writes, its answer made anew unless the read says otherwise."""
        return self.app.seconds(requests) / len(requests)

    def after_writes(self, requests: tuple[Request, ...]) -> float:
        """How long one takes right behind a commit by somebody else, from an API that remembers its answers as it does by default."""
        taken = 0.0
        for request in requests:
            with self.outside:
                self.outside.execute("UPDATE users SET address = address WHERE id = 1")
            taken += self.app.seconds([remembered(request)])
        return taken / len(requests)


class Cost(NamedTuple):
    """Seconds for a request in the small table and in the large one."""

    small: float
    large: float

    @property
    def ratio(self) -> float:
        return self.large / self.small

    def __str__(self) -> str:
        return f"{self.small * 1e6:>11,.0f}{self.large * 1e6:>13,.0f}{self.ratio:>9.2f}"


@click.command()
@click.option("--small", default=10_000, show_default=True, type=click.IntRange(100), help="Rows of the small table.")
@click.option("--large", default=1_000_000, show_default=True, type=click.IntRange(100), help="Rows of the large table.")
@click.option("--rounds", default=40, show_default=True, type=click.IntRange(1), help="Rounds; fewer of what takes long.")
def main(small: int, large: int, rounds: int) -> None:
    """Compares what each read costs in a large table and in a small one."""
    with tempfile.TemporaryDirectory() as folder, side(Path(folder), small) as one, side(Path(folder), large) as other:
        click.echo(f"Microseconds of a processor, in a table of {small:,} rows and in one of {large:,}; medians of {rounds} rounds or less")
        click.echo(f"{'':36}{'between writes':>33}{'right after a write':>33}")
        click.echo(f"{'':36}" + f"{'small':>11}{'large':>13}{'ratio':>9}" * 2)
        for read in READS:
            between, after = _costs(read, one, other, rounds)
            click.echo(f"{read.title:36}{between}{after}" + (f"   wanted {ALLOWED:.2f} at most" if read.steady else ""))


@contextmanager
def side(folder: Path, users: int) -> Iterator[Side]:
    path = folder / f"{users}.db"
    addresses = users // USERS_EACH
    write(path, map(address_row, range(addresses)), (_numbered(i, addresses) for i in range(users)))
    with ExitStack() as opened:
        app = opened.enter_context(closing(InProcess(create_app(str(path), "normal", READ_ENDPOINTS), time.process_time)))
        outside = opened.enter_context(closing(sqlite3.connect(path)))
        outside.execute("PRAGMA synchronous = NORMAL")
        yield Side(Table(users, app.ask), app, outside)


def _numbered(i: int, addresses: int) -> Row:
    """A user whose last name few others have."""
    first_name, _, address = user_row(i, addresses)
    return first_name, f"{LAST_NAMES[0]} {i // USERS_EACH}", address


def _costs(read: Read, one: Side, other: Side, rounds: int) -> tuple[Cost, Cost]:
    small, large = one.requests(read), other.requests(read)
    between = _cost(lambda: one.between_writes(small), lambda: other.between_writes(large), rounds)
    return between, _cost(lambda: one.after_writes(small), lambda: other.after_writes(large), rounds)


def _cost(small: Seconds, large: Seconds, rounds: int) -> Cost:
    """The medians of rounds in turn, behind one that is left out of account."""
    begun = time.perf_counter()
    small(), large()
    rounds = max(1, min(rounds, int(SECONDS / (time.perf_counter() - begun))))
    taken = [(small(), large()) if number % 2 else (large(), small())[::-1] for number in range(rounds)]
    return Cost(median(one for one, _ in taken), median(other for _, other in taken))


if __name__ == "__main__":
    main()
