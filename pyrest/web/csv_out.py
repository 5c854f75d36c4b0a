"""JSON objects → lines of CSV (RFC 4180).

A null is an empty cell, the empty text is `""`. What is no text, number or truth value stands in its cell as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from pyrest.errors import BadParameter, PyrestError, quoted
from pyrest.representing import Shown

LINE_END = "\r\n"

_NEEDS_QUOTES = re.compile('[",\r\n]')

# OWASP, "CSV Injection"; a negative number is none.
_FORMULA = re.compile(r"(?!-[0-9]+(\.[0-9]+)?\Z)[=+\-@\t\r\n＝＋－＠]")


class Sheet:
    """The columns in which objects are written: those of their representation, or of the objects themselves where they are no rows, or a
    serializer of the user's makes them. `escaped` puts an apostrophe before texts that a spreadsheet would take for formulas."""

    def __init__(self, found: Shown | None, objects: Sequence[Any], escaped: bool) -> None:
        names = None if found is None else found.names
        documents = frozenset() if found is None or names is None else found.documents
        plain = _defused if escaped else _cell
        self._is_free = names is None
        self._columns = {name: _document if name in documents else plain for name in (_keys(objects) if names is None else names)}

    def head(self) -> bytes:
        """The line of names."""
        return (",".join(map(_cell, self._columns)) + LINE_END).encode() if self._columns else b""

    def lines(self, objects: Sequence[Mapping[str, Any]]) -> bytes:
        """A line for each object. Raises `PyrestError` for one that has a key without a column."""
        columns = tuple(self._columns.items())
        rows = self._squared(objects) if self._is_free else objects
        return "".join([",".join([write(row[name]) for name, write in columns]) + LINE_END for row in rows]).encode()

    def _squared(self, objects: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Objects with null for the keys that they lack."""
        strange = next((key for key in _keys(objects) if key not in self._columns), None)
        if strange is not None:
            raise PyrestError(f"an object has a key {quoted(strange)}, for which there is no column")
        return [{name: row.get(name) for name in self._columns} for row in objects]


def _keys(objects: Sequence[Any]) -> list[str]:
    """All keys of objects. Raises `BadParameter` where something is no object."""
    if not all(isinstance(row, Mapping) for row in objects):
        raise BadParameter("format", "This list does not hold objects, so it has no columns; ask for json or ndjson.")
    return list(dict.fromkeys(str(key) for row in objects for key in row))


def _cell(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return _quoted(value) if _NEEDS_QUOTES.search(value) else value or '""'
    if value is None:
        return ""
    if kind is int:
        return str(value)
    return _document(value)


def _defused(value: Any) -> str:
    return _cell("'" + value if type(value) is str and _FORMULA.match(value) else value)


def _document(value: Any) -> str:
    if value is None:
        return ""
    text = orjson.dumps(value).decode()
    return _quoted(text) if _NEEDS_QUOTES.search(text) else text


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
