"""Dates, times and moments, both ways: in the formats of RFC 3339, in UTC, or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest.errors import Invalid
from pyrest.models import DateField, DateTimeField, Field, TimeField, TimestampField
from tests.models.examples import (
    JSON_VALUES,
    NO_TEXTS,
    TEXTS,
    bound,
    exactly,
    loads_or_refuses,
    parses_or_refuses,
    refusal_of,
    refusal_of_text,
)

WRONG_DATE = "Date has wrong format. Use YYYY-MM-DD."
WRONG_TIME = "Time has wrong format. Use hh:mm[:ss[.uuuuuu]]."
WRONG_MOMENT = "Datetime has wrong format. Use YYYY-MM-DDThh:mm[:ss[.uuuuuu]](Z|±hh:mm)."
WRONG_NAIVE = "Datetime has wrong format. Use YYYY-MM-DDThh:mm[:ss[.uuuuuu]]."
NO_OFFSET = "The offset from UTC is missing: end with Z or ±hh:mm."
AN_OFFSET = "This field takes a date and time without an offset."
OUTSIDE = "In UTC this is outside the years 1 to 9999."
NO_SUCH_DATE, NO_SUCH_TIME, NO_SUCH_MOMENT = "There is no such date: ", "There is no such time: ", "There is no such date and time: "
NO_INTEGER = "A valid integer is required."

DATE, TIME, TIMESTAMP = DateField(), TimeField(), TimestampField()
MOMENT, NAIVE = DateTimeField(), DateTimeField(naive=True)
LEAP_EVENING = datetime(2024, 2, 29, 18, 30, tzinfo=UTC)


# JSON and query text → Python


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (DATE, "2024-02-29", date(2024, 2, 29)),
        (DATE, "2000-02-29", date(2000, 2, 29)),
        (DATE, "0001-01-01", date.min),
        (DATE, "9999-12-31", date.max),
        (TIME, "18:30", time(18, 30)),
        (TIME, "18:30:05", time(18, 30, 5)),
        (TIME, "18:30:05.5", time(18, 30, 5, 500_000)),
        (TIME, "18:30:05.000001", time(18, 30, 5, 1)),
        (TIME, "00:00:00", time.min),
        (TIME, "23:59:59.999999", time.max),
        (MOMENT, "2024-02-29T18:30:00Z", LEAP_EVENING),
        (MOMENT, "2024-02-29T18:30Z", LEAP_EVENING),
        (MOMENT, "2024-02-29t18:30:00z", LEAP_EVENING),
        (MOMENT, "2024-02-29 18:30:00Z", LEAP_EVENING),
        (MOMENT, "2024-02-29T19:30:00+01:00", LEAP_EVENING),
        (MOMENT, "2024-02-29T13:00:00-05:30", LEAP_EVENING),
        (MOMENT, "2024-03-01T00:30:00+06:00", LEAP_EVENING),
        (MOMENT, "2024-02-29T18:30:00-00:00", LEAP_EVENING),
        (MOMENT, "2024-02-29T18:30:00.25Z", LEAP_EVENING.replace(microsecond=250_000)),
        (MOMENT, "2024-02-29T18:30:00.123456+00:00", LEAP_EVENING.replace(microsecond=123_456)),
        (MOMENT, "0001-01-01T00:00:00Z", datetime.min.replace(tzinfo=UTC)),
        (MOMENT, "0001-01-01T23:59:00+23:59", datetime.min.replace(tzinfo=UTC)),
        (MOMENT, "9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
        (NAIVE, "2024-02-29T18:30:00", datetime(2024, 2, 29, 18, 30)),
        (NAIVE, "2024-02-29 18:30", datetime(2024, 2, 29, 18, 30)),
        (NAIVE, "2024-02-29t18:30:00.000001", datetime(2024, 2, 29, 18, 30, 0, 1)),
        (NAIVE, "9999-12-31T23:59:59.999999", datetime.max),
    ],
    ids=repr,
)
def test_loads_and_parses(field: Field[Any], text: str, value: object) -> None:
    assert exactly(bound(field).load(text)) == exactly(bound(field).parse(text)) == exactly(value)


@pytest.mark.parametrize(
    ("field", "sent", "value"),
    [
        (TIMESTAMP, 0, datetime(1970, 1, 1, tzinfo=UTC)),
        (TIMESTAMP, 1709231400, LEAP_EVENING),
        (TIMESTAMP, 1709231400.0, LEAP_EVENING),
        (TIMESTAMP, -1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (TIMESTAMP, 2**31, datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)),
        (TIMESTAMP, -62135596800, datetime(1, 1, 1, tzinfo=UTC)),
        (TIMESTAMP, 253402300799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
    ids=repr,
)
def test_loads_a_timestamp(field: TimestampField, sent: object, value: datetime) -> None:
    assert exactly(bound(field).load(sent)) == exactly(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1709231400", LEAP_EVENING), ("-1", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC))],
)
def test_parses_a_timestamp(text: str, value: datetime) -> None:
    assert exactly(bound(TIMESTAMP).parse(text)) == exactly(value)


NO_DATES = [
    "", "2024-2-9", "24-02-29", "20240229", "2024-W09-4", "2024-060", "29.02.2024", "2024/02/29", "2024-02-29T00:00:00", "02-29", "today",
    " 2024-02-29", "2024-02-29\n", "2024-02-29Z", "+2024-02-29", "-0001-01-01", "12024-02-29", "２０２４-02-29", "2024\u201002\u201029",
]  # fmt: skip
NO_SUCH_DATES = ["2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01", "2024-00-01", "2024-01-00", "0000-01-01"]
NO_TIMES = [
    "", "18", "1830", "8:30", "18:30:", "18:30:05.", "18:30:05,5", "18:30:05.1234567", "18:30Z", "18:30+01:00", "T18:30",
    "6:30 pm", "18:30\n", " 18:30", "１８:30", "18:30:05.１",
]  # fmt: skip
NO_SUCH_TIMES = ["24:00", "24:00:00", "25:00", "18:60", "18:30:60", "23:59:60"]
NO_MOMENTS = [
    "", "2024-02-29", "2024-02-29T", "2024-02-29T18Z", "20240229T183000Z", "2024-02-29T1830Z", "2024-W09-4T18:30Z",
    "2024-02-29T18:30:00+0100", "2024-02-29T18:30:00+01", "2024-02-29T18:30:00+1:00", "2024-02-29T18:30:00+01:00:30",
    "2024-02-29T18:30:00+24:00", "2024-02-29T18:30:00-99:00",
    "2024-02-29T18:30:00+00:60", "2024-02-29T18:30:00+00:99", "2024-02-29T18:30:00 Z", "2024-02-29T18:30:00\u221201:00",
    "2024-02-29T18:30:00.Z", "2024-02-29T18:30:00,5Z", "2024-02-29T18:30:00.1234567Z", "2024-02-29T18:30:00.000000000Z",
    "2024-02-29T18:30:00Z\n", " 2024-02-29T18:30:00Z", "2024-02-29T18:30:00UTC", "2024-02-29T18:30:00[Europe/Paris]",
    "2024-02-29\n18:30:00Z", "2024-02-29_18:30:00Z", "Thu, 29 Feb 2024 18:30:00 GMT", "２０２４-02-29T18:30:00Z", "1709231400",
]  # fmt: skip
NO_SUCH_MOMENTS = [
    "2023-02-29T18:30:00Z", "2024-02-30T18:30:00Z", "2024-02-29T24:00:00Z", "2024-02-29T25:00:00Z", "2024-02-29T18:60:00Z",
    "2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        *((DATE, text, WRONG_DATE) for text in NO_DATES),
        *((DATE, text, NO_SUCH_DATE) for text in NO_SUCH_DATES),
        *((TIME, text, WRONG_TIME) for text in NO_TIMES),
        *((TIME, text, NO_SUCH_TIME) for text in NO_SUCH_TIMES),
        *((MOMENT, text, WRONG_MOMENT) for text in NO_MOMENTS),
        *((MOMENT, text, NO_SUCH_MOMENT) for text in NO_SUCH_MOMENTS),
        *((MOMENT, text, NO_OFFSET) for text in ["2024-02-29T18:30:00", "2024-02-29 18:30", "0001-01-01T00:00:00"]),
        *((MOMENT, text, OUTSIDE) for text in ["0001-01-01T00:00:00+00:01", "0001-01-01T12:00:00+23:59", "9999-12-31T23:59:59-00:01"]),
        *((NAIVE, text, WRONG_NAIVE) for text in ["", "2024-02-29", "2024-02-29T18", "2024-02-29T18:30:00.1234567"]),
        *((NAIVE, text, NO_SUCH_MOMENT) for text in ["2023-02-29T18:30:00", "2024-02-29T24:00:00", "2024-02-29 23:59:60"]),
        *((NAIVE, text, AN_OFFSET) for text in ["2024-02-29T18:30:00Z", "2024-02-29T18:30:00+00:00", "0001-01-01T00:00:00+23:00"]),
    ],
    ids=repr,
)
def test_refuses(field: Field[Any], text: str, message: str) -> None:
    assert refusal_of(field, text).startswith(message)
    assert refusal_of_text(field, text).startswith(message)


@pytest.mark.parametrize("sent", NO_TEXTS, ids=repr)
@pytest.mark.parametrize(
    ("field", "message"),
    [(DATE, WRONG_DATE), (TIME, WRONG_TIME), (MOMENT, WRONG_MOMENT), (NAIVE, WRONG_NAIVE)],
    ids=repr,
)
def test_refuses_what_is_no_text(field: Field[Any], message: str, sent: object) -> None:
    assert refusal_of(field, sent) == message


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (True, NO_INTEGER),
        ("1709231400", NO_INTEGER),
        ("2024-02-29T18:30:00Z", NO_INTEGER),
        (1709231400.5, "A valid integer is required, without a fraction."),
        (253402300800, "This timestamp is outside the years 1 to 9999."),
        (-62135596801, "This timestamp is outside the years 1 to 9999."),
        (2**63 - 1, "This timestamp is outside the years 1 to 9999."),
        (-(2**63), "This timestamp is outside the years 1 to 9999."),
        (2**63, "This integer is outside 64 bits (-9223372036854775808 to 9223372036854775807)."),
    ],
    ids=repr,
)
def test_refuses_a_timestamp(sent: object, message: str) -> None:
    assert refusal_of(TIMESTAMP, sent) == message


@pytest.mark.parametrize("text", ["", "1709231400.0", "1_709_231_400", "2024-02-29T18:30:00Z", "1709231400\n", "١"], ids=repr)
def test_refuses_the_text_of_a_timestamp(text: str) -> None:
    assert refusal_of_text(TIMESTAMP, text) == NO_INTEGER


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-02-29T19:30:00 01:00", LEAP_EVENING),
        ("2024-02-29T19:30 01:00", LEAP_EVENING),
        ("2024-02-29 19:30:00.5 01:00", LEAP_EVENING.replace(microsecond=500_000)),
    ],
)
def test_a_plus_that_became_a_space_in_a_query_is_a_plus(text: str, value: datetime) -> None:
    assert exactly(bound(MOMENT).parse(text)) == exactly(value)
    assert refusal_of(MOMENT, text) == WRONG_MOMENT


# Python → JSON


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        (DATE, date(2024, 2, 29), "2024-02-29"),
        (DATE, date.min, "0001-01-01"),
        (TIME, time(18, 30), "18:30:00"),
        (TIME, time(18, 30, 5, 500_000), "18:30:05.500000"),
        (MOMENT, LEAP_EVENING, "2024-02-29T18:30:00Z"),
        (MOMENT, LEAP_EVENING.replace(microsecond=1), "2024-02-29T18:30:00.000001Z"),
        (MOMENT, datetime.min.replace(tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (NAIVE, datetime(2024, 2, 29, 18, 30), "2024-02-29T18:30:00"),
        (NAIVE, datetime.max, "9999-12-31T23:59:59.999999"),
        (TIMESTAMP, LEAP_EVENING, 1709231400),
        (TIMESTAMP, datetime(1, 1, 1, tzinfo=UTC), -62135596800),
        (TIMESTAMP, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 253402300799),
        (MOMENT, None, None),
        (TIMESTAMP, None, None),
    ],
    ids=repr,
)
def test_dumps(field: Field[Any], value: object, shown: object) -> None:
    assert exactly(bound(field).dump(value)) == exactly(shown)


# Values given in Python


class Zone(tzinfo):
    """A zone by its offset before and after the clock is set back; without one, Python counts its times as naive."""

    def __init__(self, *hours: int) -> None:
        self.hours = hours

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        return timedelta(hours=self.hours[when.fold if when else 0]) if self.hours else None

    def dst(self, when: datetime | None) -> None:
        return None

    def __repr__(self) -> str:
        return f"Zone{self.hours}"


PARIS, NOWHERE = Zone(2, 1), Zone()
KATHMANDU = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize(
    ("field", "given_value", "value"),
    [
        (DATE, date(2024, 2, 29), date(2024, 2, 29)),
        (DATE, "2024-02-29", date(2024, 2, 29)),
        (TIME, time(2, 30, fold=1), time(2, 30)),
        (MOMENT, datetime(2024, 3, 1, 0, 15, tzinfo=KATHMANDU), LEAP_EVENING),
        (MOMENT, "2024-02-29T18:30:00Z", LEAP_EVENING),
        (MOMENT, datetime(2024, 10, 27, 2, 30, tzinfo=PARIS), datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        (MOMENT, datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=PARIS), datetime(2024, 10, 27, 1, 30, tzinfo=UTC)),
        (NAIVE, datetime(2024, 10, 27, 2, 30, fold=1), datetime(2024, 10, 27, 2, 30)),
        (TIMESTAMP, datetime(2024, 3, 1, 0, 15, tzinfo=KATHMANDU), LEAP_EVENING),
        (TIMESTAMP, 1709231400, LEAP_EVENING),
    ],
    ids=repr,
)
def test_coerces(field: Field[Any], given_value: object, value: object) -> None:
    assert exactly(bound(field).coerce(given_value)) == exactly(value)


@pytest.mark.parametrize(
    ("field", "given_value", "message"),
    [
        (DATE, LEAP_EVENING, "Expected a date but got a datetime."),
        (TIME, time(18, 30, tzinfo=UTC), "A time of day has no zone here."),
        (MOMENT, datetime(2024, 2, 29, 18, 30), NO_OFFSET),
        (MOMENT, datetime(2024, 2, 29, 18, 30, tzinfo=NOWHERE), NO_OFFSET),
        (MOMENT, datetime.min.replace(tzinfo=KATHMANDU), OUTSIDE),
        (MOMENT, date(2024, 2, 29), WRONG_MOMENT),
        (NAIVE, LEAP_EVENING, AN_OFFSET),
        (NAIVE, datetime(2024, 2, 29, 18, 30, tzinfo=NOWHERE), AN_OFFSET),
        (TIMESTAMP, datetime(2024, 2, 29, 18, 30), NO_OFFSET),
        (TIMESTAMP, LEAP_EVENING.replace(microsecond=1), "A timestamp counts whole seconds."),
        (TIMESTAMP, datetime.min.replace(tzinfo=KATHMANDU), OUTSIDE),
    ],
    ids=repr,
)
def test_refuses_in_python(field: Field[Any], given_value: object, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        bound(field).coerce(given_value)
    assert str(refusal.value) == message


def test_choices_may_be_written_as_json_has_them() -> None:
    quarter = bound(DateField(choices=["2024-01-01", ("2024-04-01", "Spring")]))
    assert quarter.load("2024-04-01") == date(2024, 4, 1)
    assert refusal_of(quarter, "2024-04-02") == '"2024-04-02" is not a valid choice.'


# For all values

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
NEARLY_ALL_MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=OFFSETS)
VALUES = {
    DATE: st.dates(),
    TIME: st.times(),
    MOMENT: NEARLY_ALL_MOMENTS,
    NAIVE: st.datetimes(),
    TIMESTAMP: NEARLY_ALL_MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
}
MOMENT_TEXTS = st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]([Tt ][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,7})?)?(Z|z|[ +-][0-9]{2}:[0-9]{2})?)?\s?"
)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(data=st.data())
@settings(deadline=None)
def test_what_is_shown_loads_and_parses_as_what_it_was(field: Field[Any], data: st.DataObject) -> None:
    value = data.draw(VALUES[field])
    kept = bound(field).coerce(value)
    shown = bound(field).dump(kept)
    assert kept == value
    assert exactly(bound(field).load(shown)) == exactly(bound(field).parse(str(shown))) == exactly(kept)


@given(moment=NEARLY_ALL_MOMENTS)
@settings(deadline=None)
def test_a_moment_is_the_same_moment_in_whichever_zone_it_is_sent(moment: datetime) -> None:
    assert bound(MOMENT).load(moment.isoformat()) == moment


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(sent=JSON_VALUES)
@settings(deadline=None)
def test_a_value_of_json_is_loaded_or_invalid(field: Field[Any], sent: object) -> None:
    loads_or_refuses(field, sent)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(text=TEXTS | MOMENT_TEXTS)
@settings(deadline=None)
def test_a_text_is_loaded_and_parsed_or_invalid(field: Field[Any], text: str) -> None:
    loads_or_refuses(field, text)
    parses_or_refuses(field, text)
