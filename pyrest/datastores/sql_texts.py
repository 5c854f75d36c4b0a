"""Conditions on texts, and on what JSON documents hold → SQL. Values are bound, and paths into documents too."""

from __future__ import annotations

import re
from typing import Any

from pyrest.datastores.functions import FOLD, fold
from pyrest.datastores.meaning import kind_of
from pyrest.plan import Compare, IsNull, Not, Or, Text, Where

TERMS_MAX = 100

_WILDCARDS = re.compile(r"[%_\\]")
_LIKE = {"anywhere": "%{}%", "start": "{}%", "end": "%{}", "whole": "{}"}
_KIND, _VALUE = '"pyrest kind"', '"pyrest value"'
_KINDS = {"text": "= 'text'", "number": "IN ('integer', 'real')", "boolean": "IN ('true', 'false')"}


def text_condition(where: Text, column: str, sortable: bool, parameters: list[Any]) -> str:
    """The condition on an expression that gives a text. `sortable` where an index may hold it byte by byte."""
    if where.text == "" and where.place != "whole":
        return f"{column} IS NOT NULL"
    if where.fold == "ascii":
        # LIKE takes A to Z in either case as the same, and no other letters (SQLite, "The LIKE operator").
        parameters.append(_LIKE[where.place].format(_WILDCARDS.sub(r"\\\g<0>", where.text)))
        return f"{column} LIKE ? ESCAPE '\\'"
    if where.fold == "unicode":
        return _placed(where.place, f"{FOLD}({column})", fold(where.text), parameters)
    condition = _placed(where.place, column, where.text, parameters)
    if where.place == "start" and sortable and (following := _following(where.text)):
        parameters += [where.text, following]
        return f"({condition} AND {column} >= ? AND {column} < ?)"
    return condition


def inside(column: str, path: tuple[str, ...], where: Where, parameters: list[Any]) -> str:
    """The condition on what a document holds at a path. What is no JSON holds nothing."""
    at = "$" + "".join(f'."{name}"' for name in path)
    parameters += [at, at]
    kind = f"CASE WHEN json_valid({column}) THEN json_type({column}, ?) END AS {_KIND}"
    value = f"CASE WHEN json_valid({column}) THEN json_extract({column}, ?) END AS {_VALUE}"
    return f"EXISTS (SELECT 1 FROM (SELECT {kind}, {value}) WHERE {_held(where, parameters)})"


def _held(where: Where, parameters: list[Any]) -> str:
    match where:
        case IsNull():
            return f"coalesce({_KIND}, 'null') = 'null'"
        case Not(IsNull()):
            return f"{_KIND} <> 'null'"
        case Text():
            return f"{_KIND} = 'text' AND {text_condition(where, _VALUE, False, parameters)}"
        case Compare(_, sign, wanted):
            parameters.append(wanted)
            return f"{_KIND} {_KINDS[kind_of(wanted)]} AND {_VALUE} {sign} ?"
        case Or(parts):
            equal = [part.value for part in parts if isinstance(part, Compare) and part.operator == "="]
            texts = _one_of(equal, parameters)
            rest = (part for part in parts if not (isinstance(part, Compare) and part.operator == "="))
            return joined([*texts, *(f"({_held(part, parameters)})" for part in rest)], " OR ") or "0"
    raise AssertionError(where)


def _one_of(values: list[Any], parameters: list[Any]) -> list[str]:
    """A condition for each kind of value. SQLite takes a minute over thousands of terms about one expression, and no time over a list."""
    found = []
    for kind, test in _KINDS.items():
        same = [value for value in values if kind_of(value) == kind]
        if same:
            parameters += same
            found.append(f"({_KIND} {test} AND {_VALUE} IN ({', '.join('?' * len(same))}))")
    return found


def joined(texts: list[str], word: str) -> str:
    """Conditions as one."""
    # An expression of SQLite is at most 1,000 deep, and a chain of ORs is as deep as it is long.
    while len(texts) > TERMS_MAX:
        texts = [f"({word.join(texts[i : i + TERMS_MAX])})" for i in range(0, len(texts), TERMS_MAX)]
    return word.join(texts)


def _placed(place: str, column: str, text: str, parameters: list[Any]) -> str:
    if place in ("anywhere", "whole"):
        parameters.append(text)
        return f"instr({column}, ?) > 0" if place == "anywhere" else f"{column} = ? COLLATE BINARY"
    parameters += [len(text) if place == "start" else -len(text), text]
    return f"substr({column}, 1, ?) = ?" if place == "start" else f"substr({column}, ?) = ?"


def _following(text: str) -> str:
    """The first text behind all that begin with this one, in the order of code points; empty where there is none."""
    last = ord(text[-1]) + 1
    if 0xD800 <= last <= 0xDFFF:
        last = 0xE000  # surrogates are no characters
    return text[:-1] + chr(last) if last <= 0x10FFFF else ""
