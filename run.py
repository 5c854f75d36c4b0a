"""Serves the address book of the tutorial: `python run.py [--host --port --workers --db --debug]`."""

from __future__ import annotations

import os

import click

from pyrest.cli import serving_options
from pyrest.server import serve


@click.command()
@click.option(
    "--db",
    type=click.Path(),
    envvar="ADDRESS_BOOK_DB",
    default="address_book.db",
    show_default=True,
    help="The file, made where it is missing.",
)
@serving_options
def main(db: str, host: str, port: int, workers: int | None, debug: bool) -> None:
    """Serves the address book of the tutorial."""
    os.environ["ADDRESS_BOOK_DB"] = db
    serve("tutorial.address_book:app", host, port, workers, debug)


if __name__ == "__main__":
    main()
