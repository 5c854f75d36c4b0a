"""Codecs of columns that something else made: read what is there, and write as it is written there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from pyrest.datastores.codecs import EXACT, OURS, Codec, Convert, shown
from pyrest.errors import Invalid
from pyrest.models.fields import DateTimeField, DecimalField, Field

_INTEGERS = re.compile(r"[+-]?[0-9]{1,18}")
_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<separator>[T ]))?"
    r"(?P<clock>[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)(?P<zone>Z|[+-]00:?00)?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<rest>[T ][0:.]*Z?|)")


def existing_codec(field: Field[Any], declared_type: str, sample: Any) -> Codec:
    """The codec of a column from its declared type and one value that it holds (None where it is empty).

    What is written looks like what is there already, so that comparisons and order go on working.
    """
    kind = affinity(declared_type)
    if isinstance(field, DecimalField):
        decode = partial(_read_decimal, field.decimal_places)
        if kind == "TEXT" or (kind == "BLOB" and isinstance(sample, str)):
            return Codec("TEXT", _decimal_text, decode, measure=Codec("NUMERIC", _nearest_number))
        return Codec(kind, _exact_number, decode)
    if isinstance(field, DateTimeField):
        write = _moment_writer(field.naive, 0 if sample is None and kind in ("INTEGER", "REAL") else sample)
        return Codec(kind, write, partial(_read_moment, field.naive))
    if field.family in _WRITERS:
        return Codec(kind, _WRITERS[field.family](declared_type.upper(), sample), _READERS[field.family])
    ours = OURS[field.family]
    return Codec(kind, ours.encode, _READERS.get(field.family, ours.decode))


def added_codec(field: Field[Any], codec: Codec) -> Codec:
    """How a column looks that is added to a table of others; `codec` is how it looks in ours."""
    # An integer would not tell the scale of its decimals.
    return Codec("TEXT", _decimal_text) if isinstance(field, DecimalField) else codec


def affinity(declared_type: str) -> str:
    """The affinity of a column (SQLite, "Datatypes", section 3.1)."""
    kind = declared_type.upper()
    if "INT" in kind:
        return "INTEGER"
    if any(part in kind for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if not kind or "BLOB" in kind:
        return "BLOB"
    return "REAL" if any(part in kind for part in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


# Texts and numbers.


def _read_text(value: Any) -> str:
    return value if type(value) is str else str(shown(value))


def _read_integer(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    if isinstance(value, str) and _INTEGERS.fullmatch(value):
        return int(value)
    raise ValueError("no integer")


def _read_decimal(places: int, value: Any) -> Decimal:
    number = Decimal(repr(value) if isinstance(value, float) else value)
    scaled = number.quantize(Decimal((0, (1,), -places)), context=EXACT)
    return scaled if scaled == number else number


def _decimal_text(value: Decimal) -> str:
    return f"{value:f}"


def _nearest_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _exact_number(value: Decimal) -> int | float:
    number = _nearest_number(value)
    if Decimal(repr(number)) != value:
        raise Invalid("This column keeps binary numbers, which cannot hold all digits of this one.")
    return number


_TRUTHS = {"true": True, "t": True, "yes": True, "y": True, "1": True, "false": False, "f": False, "no": False, "n": False, "0": False}


def _read_boolean(value: Any) -> bool:
    if isinstance(value, int | float):
        return bool(value)
    if value.lower() not in _TRUTHS:
        raise ValueError("no truth value")
    return _TRUTHS[value.lower()]


def _boolean_writer(declared_type: str, sample: Any) -> Convert:
    if not isinstance(sample, str):
        return int
    pairs = (("1", "0"), ("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"))
    words = next((pair for pair in pairs if sample.lower() in pair), ("true", "false"))
    style: Convert = str.upper if sample.isupper() else str.title if sample.istitle() else str
    return lambda value: style(words[0] if value else words[1])


# Moments.


def _read_date(value: Any) -> date:
    moment = datetime.fromisoformat(value)
    if moment.time() != time():
        raise ValueError("a date with a time of day")
    return moment.date()


def _date_writer(declared_type: str, sample: Any) -> Convert:
    if not isinstance(sample, str):
        return date.isoformat
    if len(sample) == 8 and sample.isdigit():
        return lambda value: value.isoformat().replace("-", "")
    found = _DAY.fullmatch(sample)
    rest = found["rest"] if found else ""
    return lambda value: value.isoformat() + rest


def _read_time(value: Any) -> time:
    found = time.fromisoformat(value)
    if found.tzinfo is not None:
        raise ValueError("a time of day with a zone")
    return found


def _time_writer(declared_type: str, sample: Any) -> Convert:
    found = _MOMENT.fullmatch(sample) if isinstance(sample, str) else None
    width = len(found["clock"]) if found else len("hh:mm:ss")
    return lambda value: _cut(value.isoformat("microseconds"), width)


def _read_moment(naive: bool, value: Any) -> datetime:
    moment = datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else datetime.fromisoformat(value)
    if naive:
        return moment.replace(tzinfo=None)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _moment_writer(naive: bool, sample: Any) -> Convert:
    if isinstance(sample, int | float):
        return lambda value: _seconds(value.replace(tzinfo=UTC) if naive else value)
    found = _MOMENT.fullmatch(sample) if isinstance(sample, str) else None
    if found is None or not found["day"]:
        return partial(_write_moment, " ", len("hh:mm:ss"), "")
    return partial(_write_moment, found["separator"], len(found["clock"]), "" if naive else found["zone"] or "")


def _seconds(value: datetime) -> int | float:
    seconds = value.timestamp()
    return int(seconds) if seconds.is_integer() else seconds


def _write_moment(separator: str, width: int, zone: str, value: datetime) -> str:
    plain = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
    return _cut(plain.isoformat(separator, "microseconds"), len("yyyy-mm-dd ") + width) + zone


def _cut(text: str, width: int) -> str:
    """The text of a moment in this width; where it says more than that has room for, as much as it says."""
    if not text[width:].strip(":.0"):
        return text[:width]
    return text.rstrip("0") if text[-6:].strip("0") else text[:-7]


# UUIDs.


def _read_uuid(value: Any) -> UUID:
    return UUID(bytes=value) if isinstance(value, bytes) else UUID(value)


def _uuid_writer(declared_type: str, sample: Any) -> Convert:
    if isinstance(sample, bytes) or (sample is None and ("BLOB" in declared_type or "BINARY" in declared_type)):
        return lambda value: value.bytes
    hyphens = "-" in sample if isinstance(sample, str) else "32" not in declared_type
    style: Convert = str.upper if isinstance(sample, str) and sample.isupper() else str
    return lambda value: style(str(value) if hyphens else value.hex)


_READERS: dict[str, Convert] = {
    "string": _read_text,
    "integer": _read_integer,
    "float": float,
    "boolean": _read_boolean,
    "date": _read_date,
    "time": _read_time,
    "uuid": _read_uuid,
}
_WRITERS: dict[str, Callable[[str, Any], Convert]] = {
    "boolean": _boolean_writer,
    "date": _date_writer,
    "time": _time_writer,
    "uuid": _uuid_writer,
}
