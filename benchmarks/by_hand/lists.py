"""Query strings and pages of the code by hand: a filter is a function that makes an SQL condition of the values sent for it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, request

from benchmarks.by_hand.answers import Refused, answer, unknown

NUMBER = re.compile(r"[0-9]{1,18}")
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
KEY = re.compile(r"0|[1-9][0-9]{0,17}")

Condition = tuple[str, list[Any]]
Filter = Callable[[str, list[str]], Condition]


class Asked(NamedTuple):
    """Offset and size of a page, the filters as sent, and what they come to: a WHERE and its values."""

    offset: int
    size: int
    filters: dict[str, str | list[str]]
    where: str
    values: list[Any]


def read_query(known: Mapping[str, Filter], others: tuple[str, ...] = ()) -> Asked:
    """The filters that are known, and the page. `others` are parameters that say nothing about which rows there are."""
    offset, count = 0, 20
    filters: dict[str, str | list[str]] = {}
    conditions: list[str] = []
    values: list[Any] = []
    for name, texts in request.args.lists():
        column = name.removesuffix("__exact")
        if name == "offset":
            offset = whole_number(name, texts)
        elif name == "count":
            count = whole_number(name, texts)
            if not 1 <= count <= 100:
                raise Refused(400, '"count": The number of objects on a page is 1 to 100.')
        elif column in known:
            condition, found = known[column](name, texts)
            conditions.append(condition)
            values += found
            filters[name] = texts[0] if len(texts) == 1 else texts
        elif name not in others:
            raise unknown("filter", name, [*known, *others, "offset", "count", "ordering"])
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return Asked(offset, count, filters, where, values)


def read_page(connection: sqlite3.Connection, table: str, columns: str, asked: Asked) -> tuple[list[Any], int]:
    """The rows of a page in the order of their keys, and how many there are in all. Whoever calls has begun a transaction."""
    query = f"SELECT {columns} FROM {table}{asked.where} ORDER BY id LIMIT ? OFFSET ?"
    rows = connection.execute(query, (*asked.values, asked.size, asked.offset)).fetchall()
    (total,) = connection.execute(f"SELECT count(*) FROM {table}{asked.where}", asked.values).fetchone()
    return rows, total


def page(asked: Asked, total: int, objects: list[dict[str, Any]]) -> Response:
    offset, count = asked.offset, asked.size
    following = page_link(offset + count, count) if offset + count < total else None
    previous = page_link(max(0, offset - count), count) if offset else None
    meta = {
        "count": count,
        "filters": asked.filters,
        "next": following or "null",
        "offset": offset,
        "previous": previous or "null",
        "total_count": total,
    }
    links = [f'<{target}>; rel="{name}"' for target, name in ((following, "next"), (previous, "prev")) if target]
    return answer({"meta": meta, "object_list": objects}, 200, {"Link": ", ".join(links)} if links else None)


def page_link(offset: int, count: int) -> str:
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] not in ("count", "offset")]
    return "?" + urlencode(sorted([*pairs, ("count", str(count)), ("offset", str(offset))], key=lambda pair: pair[0]))


def any_of(column: str) -> Filter:
    """A filter by text."""
    return lambda name, texts: (f"{column} IN ({', '.join('?' * len(texts))})", texts)


def by_integer(column: str) -> Filter:
    """A filter by a foreign key: a whole number, or nothing for null."""

    def condition(name: str, texts: list[str]) -> Condition:
        for text in texts:
            if text and not INTEGER.fullmatch(text):
                raise Refused(400, f'"{name}": A valid integer is required.')
        found = [int(text) for text in texts if text]
        some = f"{column} IN ({', '.join('?' * len(found))})"
        return some if len(found) == len(texts) else f"({some} OR {column} IS NULL)", found

    return condition


def between(column: str) -> Filter:
    """A filter by a range of whole numbers: `10,20`."""

    def condition(name: str, texts: list[str]) -> Condition:
        ends = texts[0].split(",")
        if len(ends) != 2:
            raise Refused(400, f'"{name}": Two values are required, the first and the last.')
        for text in ends:
            if not INTEGER.fullmatch(text):
                raise Refused(400, f'"{name}": A valid integer is required.')
        return f"{column} BETWEEN ? AND ?", [int(text) for text in ends]

    return condition


def beginning(column: str) -> Filter:
    """A filter by how a text begins."""
    return lambda name, texts: (f"substr({column}, 1, ?) = ?", [len(texts[0]), texts[0]])


def whole_number(name: str, texts: list[str]) -> int:
    if len(texts) > 1:
        raise Refused(400, f'"{name}": This parameter can be given once.')
    if not NUMBER.fullmatch(texts[0]):
        raise Refused(400, f'"{name}": A whole number is required, 0 or greater.')
    return int(texts[0])


def refuse_parameters() -> None:
    for name in request.args:
        raise unknown("parameter", name, [])
