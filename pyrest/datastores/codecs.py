"""Codecs: a value in Python ↔ what a column of SQLite holds. Here is one per kind of field, for the tables of ours.

A codec without `encode` or `decode` passes values on as they are. What a decoder cannot read it answers with one of
`UNREADABLE`, and it is then `shown` as it is: something else may have written it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from pyrest.errors import Invalid
from pyrest.models.fields import DateTimeField, DecimalField, Field

Convert = Callable[[Any], Any]

UNREADABLE = (ValueError, TypeError, AttributeError, ArithmeticError, OSError, Invalid)
EXACT = Context(prec=60)  # the thread's own context may round, as the application likes


@dataclass(frozen=True, slots=True)
class Codec:
    """`sql_type` is the type of a column of ours; `note` stands beside it where the type alone does not tell what it holds.

    `measure` is another codec, to compare and to order by what a CAST to its `sql_type` gives. `scale` is said where whole numbers are
    held for those with that many digits behind the point.
    """

    sql_type: str
    encode: Convert | None = None
    decode: Convert | None = None
    note: str = ""
    measure: Codec | None = None
    scale: int | None = None


def shown(value: Any) -> Any:
    """What a column holds against its declaration, as a value that JSON can carry."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def codec_of(field: Field[Any]) -> Codec:
    """The codec of a column of ours."""
    if isinstance(field, DecimalField):
        # Text would sort 10.00 before 9.50, and NUMERIC loses the 18th digit (measured on SQLite 3.40).
        places = field.decimal_places
        note = f"decimal({field.max_digits},{places})"
        return Codec("INTEGER", partial(_to_scaled, places), partial(from_scaled, places), note, scale=places)
    if isinstance(field, DateTimeField):
        decode = datetime.fromisoformat
        return Codec("TEXT", _naive_text if field.naive else _utc_text, decode)
    return OURS[field.family]


# Texts of moments have a fixed width, so that their order is the order of time.


def _to_scaled(places: int, value: Decimal) -> int:
    return int(value.scaleb(places, EXACT))


def from_scaled(places: int, value: int) -> Decimal:
    return Decimal(value).scaleb(-places, EXACT)


def _utc_text(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _naive_text(value: datetime) -> str:
    return value.isoformat(timespec="microseconds")


def _time_text(value: time) -> str:
    return value.isoformat(timespec="microseconds")


def _json_text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _from_seconds(value: int) -> datetime:
    return datetime.fromtimestamp(value, UTC)


OURS = {
    "integer": Codec("INTEGER", scale=0),
    "float": Codec("REAL"),
    "boolean": Codec("INTEGER", int, bool),
    "string": Codec("TEXT"),
    "date": Codec("TEXT", date.isoformat, date.fromisoformat),
    "time": Codec("TEXT", _time_text, time.fromisoformat),
    "timestamp": Codec("INTEGER", lambda value: int(value.timestamp()), _from_seconds),
    "uuid": Codec("TEXT", str, UUID),
    "json": Codec("TEXT", _json_text, orjson.loads),
}
