"""The command line: `pyrest run module:app`, `pyrest openapi module:app`, and the options that every command which serves has."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
import orjson

from pyrest.errors import PyrestError
from pyrest.server import HOST, PORT, document_of, serve

Command = Callable[..., Any]


def refusing(command: Command) -> Command:
    """What is refused becomes one line on stderr and exit code 1."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except PyrestError as refusal:
            raise click.ClickException(str(refusal)) from refusal

    return run


def serving_options(command: Command) -> Command:
    """Adds --host, --port, --workers and --debug; what cannot be served is refused."""
    options = (
        click.option("--host", default=HOST, show_default=True, help="The address to listen on; 0.0.0.0 for all."),
        click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535)),
        click.option("--workers", type=click.IntRange(1), help="Processes that serve.  [default: as many as cores]"),
        click.option("--debug", is_flag=True, help="Flask's development server: one process, reloads when the code changes."),
    )
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), refusing(command))


@click.group()
@click.version_option(package_name="pyrest-framework", prog_name="pyrest")
def main() -> None:
    """pyrest: a REST API over one SQLite file, from declared models."""


@main.command()
@click.argument("target", metavar="MODULE:APP")
@serving_options
def run(target: str, host: str, port: int, workers: int | None, debug: bool) -> None:
    """Serves a Flask application, such as pyrest run address_book:app."""
    serve(target, host, port, workers, debug)


@main.command()
@click.argument("target", metavar="MODULE:APP")
@click.option("--prefix", help="The URL prefix of the API, where the application has several.")
@refusing
def openapi(target: str, prefix: str | None) -> None:
    """Prints the OpenAPI document of an application's API, without serving it."""
    click.echo(orjson.dumps(document_of(target, prefix), option=orjson.OPT_INDENT_2))
