"""The command: `python -m benchmarks [--wire] [--rounds N] [--only OPERATION]`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import click

from benchmarks import by_hand, with_pyrest
from benchmarks.data import write_copies
from benchmarks.in_process import InProcess
from benchmarks.measure import Measured, measure
from benchmarks.operations import OPERATIONS, Disagreement, Operation, compare_all
from benchmarks.wire import OverTheWire, serving

BATCH = 100

Sides = tuple[InProcess, InProcess] | tuple[OverTheWire, OverTheWire]


@click.command()
@click.option("--wire", is_flag=True, help="Over the wire through pyrest's server, instead of in-process through WSGI.")
@click.option("--rounds", default=60, show_default=True, type=click.IntRange(1), help=f"Rounds of {BATCH} requests on either side.")
@click.option("--only", "names", multiple=True, type=click.Choice(list(OPERATIONS)), help="Only this operation; may be repeated.")
def main(wire: bool, rounds: int, names: tuple[str, ...]) -> None:
    """Compares pyrest with the same API written by hand, over the same data."""
    where = "over the wire, writes as durable as pyrest's default" if wire else "in-process, writes without waiting for the disk"
    with tempfile.TemporaryDirectory() as folder, _sides(Path(folder), wire) as (hand, pyrest):
        try:
            compare_all(hand.ask, pyrest.ask)
        except Disagreement as fault:
            raise click.ClickException(str(fault)) from fault
        click.echo(f"Both sides answer alike. Requests per second, {where}; medians of {rounds} rounds:")
        click.echo(f"{'':32}{'by hand':>10}{'pyrest':>10}{'ratio':>8}")
        for name in names or OPERATIONS:
            operation = OPERATIONS[name]
            asked = operation.asked_of_pyrest(pyrest.ask)
            found = measure((hand.seconds, operation.requests), (pyrest.seconds, asked), rounds, BATCH)
            click.echo(_line(operation, found) + ("" if wire else f"   wanted {operation.wanted:.2f}"))


@contextmanager
def _sides(folder: Path, wire: bool) -> Iterator[Sides]:
    one, other = write_copies(folder, ("by_hand", "pyrest"))
    with ExitStack() as opened:
        if wire:
            yield opened.enter_context(serving("by_hand", one)), opened.enter_context(serving("pyrest", other))
        else:
            apps = by_hand.create_app(str(one), "normal"), with_pyrest.create_app(str(other), "normal")
            yield opened.enter_context(closing(InProcess(apps[0]))), opened.enter_context(closing(InProcess(apps[1])))


def _line(operation: Operation, found: Measured) -> str:
    return f"{operation.title:32}{found.by_hand:>10,.0f}{found.pyrest:>10,.0f}{found.ratio:>8.2f}"


if __name__ == "__main__":
    main()
