"""Fields whose value is a date, a time or a moment, in the formats of RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Unpack

from pyrest.errors import Invalid
from pyrest.models.fields.base import Field
from pyrest.models.fields.numbers import IntegerField
from pyrest.models.fields.options import Options

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_OFFSET = r"Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]"
_DATETIME = re.compile(f"{_DATE.pattern}[T ]{_TIME.pattern}({_OFFSET})?", re.I)
_SPACE_FOR_PLUS = re.compile(r"([T ][0-9:.]+) (?=[0-9]{2}:[0-9]{2}\Z)", re.I)


class DateField(Field[date]):
    """A day: `"2024-02-29"`."""

    family = "date"
    python_type = date

    def from_json(self, value: object) -> date:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise Invalid("Date has wrong format. Use YYYY-MM-DD.")
        try:
            return date.fromisoformat(value)
        except ValueError as fault:
            raise Invalid(f"There is no such date: {fault}.") from fault

    def from_python(self, value: date) -> date:
        if isinstance(value, datetime):
            raise Invalid("Expected a date but got a datetime.")
        return value

    def to_json(self, value: date) -> str:
        return value.isoformat()


class TimeField(Field[time]):
    """A time of day without a zone: `"18:30:00"`, with up to six digits of a second's fraction."""

    family = "time"
    python_type = time

    def from_json(self, value: object) -> time:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise Invalid("Time has wrong format. Use hh:mm[:ss[.uuuuuu]].")
        try:
            _refuse_hour_24(value[:2])
            return time.fromisoformat(value)
        except ValueError as fault:
            raise Invalid(f"There is no such time: {fault}.") from fault

    def from_python(self, value: time) -> time:
        if value.tzinfo is not None:
            raise Invalid("A time of day has no zone here.")
        return value.replace(fold=0)

    def to_json(self, value: time) -> str:
        return value.isoformat()


class DateTimeField(Field[datetime]):
    """A moment, kept and shown in UTC: `"2024-02-29T18:30:00Z"`. Input says its offset (RFC 3339, section 5.6).

    With `naive=True` it is a date and a time of no zone, `"2024-02-29T18:30:00"`, and an offset is refused.
    """

    family = "datetime"
    python_type = datetime

    def __init__(self, *, naive: bool = False, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self.naive = naive

    def from_json(self, value: object) -> datetime:
        if not isinstance(value, str) or not _DATETIME.fullmatch(value):
            offset = "" if self.naive else "(Z|±hh:mm)"
            raise Invalid(f"Datetime has wrong format. Use YYYY-MM-DDThh:mm[:ss[.uuuuuu]]{offset}.")
        try:
            _refuse_hour_24(value[11:13])
            moment = datetime.fromisoformat(value.upper())
        except ValueError as fault:
            raise Invalid(f"There is no such date and time: {fault}.") from fault
        return self.from_python(moment)

    def parse(self, text: str) -> datetime:
        # In a query string "+" means a space (URL Standard, section 5.1), and nobody remembers to write %2B.
        return self.from_json(_SPACE_FOR_PLUS.sub(r"\1+", text))

    def from_python(self, value: datetime) -> datetime:
        if self.naive:
            if value.tzinfo is not None:
                raise Invalid("This field takes a date and time without an offset.")
            return value.replace(fold=0)
        return _in_utc(value)

    @property
    def kind(self) -> str:
        return super().kind + "(naive=True)" * self.naive

    def agrees_with(self, target: Field[Any]) -> bool:
        return isinstance(target, DateTimeField) and target.naive == self.naive

    def to_json(self, value: datetime) -> str:
        text = value.isoformat()
        return text if self.naive else text.removesuffix("+00:00") + "Z"


class TimestampField(Field[datetime]):
    """A moment to the second. In JSON and in the table: the whole seconds since 1970 in UTC. In Python: an aware `datetime`."""

    family = "timestamp"
    python_type = datetime

    def from_json(self, value: object) -> datetime:
        return _from_seconds(_SECONDS.from_json(value))

    def parse(self, text: str) -> datetime:
        return _from_seconds(_SECONDS.parse(text))

    def from_python(self, value: datetime) -> datetime:
        if value.microsecond:
            raise Invalid("A timestamp counts whole seconds.")
        return _in_utc(value)

    def to_json(self, value: datetime) -> int:
        return int(value.timestamp())


_SECONDS = IntegerField()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _from_seconds(seconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        raise Invalid("This timestamp is outside the years 1 to 9999.") from None


def _in_utc(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise Invalid("The offset from UTC is missing: end with Z or ±hh:mm.")
    try:
        return value.astimezone(UTC).replace(fold=0)
    except OverflowError:
        raise Invalid("In UTC this is outside the years 1 to 9999.") from None


def _refuse_hour_24(hour: str) -> None:
    # ISO 8601 takes 24:00 for the next day's midnight; RFC 3339 has no such hour.
    if hour == "24":
        raise ValueError("hour must be in 0..23")
