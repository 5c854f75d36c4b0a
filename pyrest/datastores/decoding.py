"""Rows as SQLite gives them → values in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyrest.datastores.codecs import UNREADABLE, shown
from pyrest.datastores.protocol import Result
from pyrest.datastores.sessions import Replaced
from pyrest.datastores.tables import Table
from pyrest.errors import ValidationError
from pyrest.plan import Read

Row = tuple[Any, ...]
Decoders = tuple[tuple[int, Callable[[Any], Any]], ...]


def result(plan: Read, table: Table, rows: list[Row], total: int | None) -> Result:
    if plan.walk is None:
        return Result(decoded(rows, table, plan.columns), total)
    width = len(plan.columns)
    places = [row[width:] for row in rows]
    if any(isinstance(value, Replaced) for place in places for value in place):
        raise ValidationError(["A text that this list is ordered by is not UTF-8, so it has no place to go on from; order by others."])
    return Result(decoded([row[:width] for row in rows], table, plan.columns), total, places)


def decoded(rows: list[Row], table: Table, columns: tuple[str, ...]) -> list[Row]:
    decoders = table.decoders(columns)
    return [decode(row, decoders) for row in rows] if decoders else rows


def decode(row: Row, decoders: Decoders) -> Row:
    values = list(row)
    for place, decode in decoders:
        if values[place] is not None:
            try:
                values[place] = decode(values[place])
            except UNREADABLE:
                values[place] = shown(values[place])
    return tuple(values)
