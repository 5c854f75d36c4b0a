"""Codecs as tables: what a value in Python becomes in a column, in tables of ours and in those of others."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

import pytest

from pyrest.datastores.codecs import UNREADABLE, codec_of, shown
from pyrest.datastores.existing_codecs import affinity, existing_codec
from pyrest.errors import Invalid
from pyrest.models import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    EmailField,
    Field,
    FloatField,
    IntegerField,
    JSONField,
    PkField,
    SlugField,
    StringField,
    StringPkField,
    TimeField,
    TimestampField,
    URLField,
    UUIDField,
    UUIDPkField,
)

ID = UUID("12345678-9abc-4678-9234-567812345678")
EVENING = datetime(2024, 2, 29, 18, 30)
LATE = datetime(2024, 2, 29, 18, 30, 5, 250_000)
PLUS_TWO = timezone(timedelta(hours=2))

OURS: list[tuple[Field[Any], str, Any, Any]] = [
    (PkField(), "INTEGER", 7, 7),
    (IntegerField(), "INTEGER", 2**63 - 1, 2**63 - 1),
    (FloatField(), "REAL", 0.1, 0.1),
    (BooleanField(), "INTEGER", True, 1),
    (BooleanField(), "INTEGER", False, 0),
    (DecimalField(5, 2), "INTEGER", Decimal("9.50"), 950),
    (DecimalField(5, 2), "INTEGER", Decimal("-0.01"), -1),
    (DecimalField(18, 0), "INTEGER", Decimal(999_999_999_999_999_999), 999_999_999_999_999_999),
    (DecimalField(18, 18), "INTEGER", Decimal("0.123456789012345678"), 123_456_789_012_345_678),
    (StringField(), "TEXT", "ä", "ä"),
    (StringPkField(), "TEXT", "NO", "NO"),
    (EmailField(), "TEXT", "a@example.org", "a@example.org"),
    (URLField(), "TEXT", "https://example.org/", "https://example.org/"),
    (SlugField(), "TEXT", "a-b", "a-b"),
    (DateField(), "TEXT", date(2024, 2, 29), "2024-02-29"),
    (DateField(), "TEXT", date.min, "0001-01-01"),
    (TimeField(), "TEXT", time(18, 30), "18:30:00.000000"),
    (DateTimeField(), "TEXT", EVENING.replace(tzinfo=UTC), "2024-02-29T18:30:00.000000Z"),
    (DateTimeField(), "TEXT", datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    (DateTimeField(naive=True), "TEXT", LATE, "2024-02-29T18:30:05.250000"),
    (TimestampField(), "INTEGER", EVENING.replace(tzinfo=UTC), 1_709_231_400),
    (TimestampField(), "INTEGER", datetime(1, 1, 1, tzinfo=UTC), -62_135_596_800),
    (UUIDField(), "TEXT", ID, "12345678-9abc-4678-9234-567812345678"),
    (UUIDPkField(), "TEXT", ID, "12345678-9abc-4678-9234-567812345678"),
    (JSONField(), "TEXT", {"a": "ä", "b": [1, None]}, '{"a":"ä","b":[1,null]}'),
]


def through(convert: Any, value: Any) -> Any:
    return value if convert is None else convert(value)


def named(case: Any) -> str:
    return ascii(case)[:60]


@pytest.mark.parametrize(("field", "sql_type", "value", "stored"), OURS, ids=named)
def test_tables_of_ours(field: Field[Any], sql_type: str, value: Any, stored: Any) -> None:
    codec = codec_of(field)
    assert codec.sql_type == sql_type
    written = through(codec.encode, value)
    assert (type(written), written) == (type(stored), stored)
    read = through(codec.decode, written)
    assert (type(read), repr(read)) == (type(value), repr(value))


def test_a_moment_of_another_zone_is_written_in_utc() -> None:
    assert through(codec_of(DateTimeField()).encode, EVENING.replace(tzinfo=PLUS_TWO)) == "2024-02-29T16:30:00.000000Z"


def test_decimals_do_not_depend_on_the_context_of_the_thread() -> None:
    codec = codec_of(DecimalField(18, 4))
    existing = existing_codec(DecimalField(18, 4), "TEXT", None)
    value = Decimal("12345678901234.5678")
    with localcontext() as context:
        context.prec = 3
        assert through(codec.encode, value) == 123_456_789_012_345_678
        assert through(codec.decode, 123_456_789_012_345_678) == value
        assert through(existing.decode, "12345678901234.5678") == value


@pytest.mark.parametrize(
    ("declared_type", "kind"),
    [
        ("INTEGER", "INTEGER"), ("bigint", "INTEGER"), ("TINYINT(1)", "INTEGER"), ("POINT", "INTEGER"), ("CHARINT", "INTEGER"),
        ("VARCHAR(40)", "TEXT"), ("nvarchar", "TEXT"), ("CLOB", "TEXT"), ("text", "TEXT"),
        ("", "BLOB"), ("BLOB", "BLOB"),
        ("REAL", "REAL"), ("DOUBLE PRECISION", "REAL"), ("FLOAT", "REAL"),
        ("NUMERIC(10,2)", "NUMERIC"), ("DECIMAL", "NUMERIC"), ("BOOLEAN", "NUMERIC"), ("DATETIME", "NUMERIC"), ("BINARY(16)", "NUMERIC"),
    ],
)  # fmt: skip
def test_affinity(declared_type: str, kind: str) -> None:
    assert affinity(declared_type) == kind


READ: list[tuple[Field[Any], Any, Any]] = [
    (StringField(), "ä", "ä"),
    (StringField(), 5, "5"),
    (StringField(), 1.5, "1.5"),
    (StringField(), b"\xff\xe4a", "\ufffd\ufffda"),
    (IntegerField(), 5, 5),
    (IntegerField(), "5", 5),
    (IntegerField(), 5.0, 5),
    (FloatField(), 5, 5.0),
    (FloatField(), "1.5", 1.5),
    (BooleanField(), 1, True),
    (BooleanField(), 0.0, False),
    (BooleanField(), "true", True),
    (BooleanField(), "F", False),
    (BooleanField(), "Yes", True),
    (BooleanField(), "n", False),
    (DecimalField(5, 2), 9.5, Decimal("9.50")),
    (DecimalField(5, 2), 9, Decimal("9.00")),
    (DecimalField(5, 2), "9.5", Decimal("9.50")),
    (DecimalField(5, 2), 0.1 + 0.2, Decimal("0.30000000000000004")),
    (DateField(), "2024-02-29", date(2024, 2, 29)),
    (DateField(), "2024-02-29 00:00:00", date(2024, 2, 29)),
    (DateField(), "20240229", date(2024, 2, 29)),
    (TimeField(), "18:30", time(18, 30)),
    (DateTimeField(), "2024-02-29 18:30:00", EVENING.replace(tzinfo=UTC)),
    (DateTimeField(), "2024-02-29T18:30:00+02:00", datetime(2024, 2, 29, 16, 30, tzinfo=UTC)),
    (DateTimeField(), "2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    (DateTimeField(), 1_709_231_400, EVENING.replace(tzinfo=UTC)),
    (DateTimeField(), 1_709_231_405.25, LATE.replace(tzinfo=UTC)),
    (DateTimeField(naive=True), "2009-01-01 00:00:00", datetime(2009, 1, 1)),
    (DateTimeField(naive=True), 1_709_231_400, EVENING),
    (TimestampField(), 1_709_231_400, EVENING.replace(tzinfo=UTC)),
    (UUIDField(), ID.bytes, ID),
    (UUIDField(), ID.hex, ID),
    (UUIDField(), str(ID).upper(), ID),
    (JSONField(), '{"a": 1}', {"a": 1}),
]


@pytest.mark.parametrize(("field", "held", "value"), READ, ids=named)
def test_reading_columns_of_others(field: Field[Any], held: Any, value: Any) -> None:
    read = through(existing_codec(field, "", held).decode, held)
    assert (type(read), repr(read)) == (type(value), repr(value))


@pytest.mark.parametrize(
    ("field", "held"),
    [
        (IntegerField(), "five"), (IntegerField(), 5.5), (IntegerField(), b"5"),
        (FloatField(), "much"), (BooleanField(), "perhaps"), (BooleanField(), b"\x01"),
        (DecimalField(5, 2), "cheap"), (DecimalField(5, 2), b"9.5"),
        (DateField(), "2024-02-30"), (DateField(), 20240229), (DateField(), "2024-02-29 10:00:00"),
        (TimeField(), "25:00"), (TimeField(), 18), (TimeField(), "18:30+02:00"),
        (DateTimeField(), "yesterday"), (DateTimeField(), 10**17), (DateTimeField(), 2.0**70), (DateTimeField(), b"x"),
        (TimestampField(), "soon"), (TimestampField(), 2**62),
        (UUIDField(), "abc"), (UUIDField(), 5), (UUIDField(), b"short"),
        (JSONField(), "{"), (JSONField(), 5),
    ],
    ids=named,
)  # fmt: skip
def test_what_cannot_be_read_is_told(field: Field[Any], held: Any) -> None:
    with pytest.raises(UNREADABLE):
        through(existing_codec(field, "", held).decode, held)


@pytest.mark.parametrize(("held", "value"), [("text", "text"), (5, 5), (b"\xffx", "\ufffdx")], ids=named)
def test_what_is_shown_of_it(held: Any, value: Any) -> None:
    assert shown(held) == value


# (field, declared type, a value that is there, value in Python, what is written)
WRITTEN: list[tuple[Field[Any], str, Any, Any, Any]] = [
    (StringField(), "VARCHAR(9)", None, "ä", "ä"),
    (BooleanField(), "BOOLEAN", None, True, 1),
    (BooleanField(), "BOOLEAN", 0, True, 1),
    (BooleanField(), "TEXT", "1", True, "1"),
    (BooleanField(), "TEXT", "true", False, "false"),
    (BooleanField(), "TEXT", "T", False, "F"),
    (BooleanField(), "TEXT", "No", True, "Yes"),
    (BooleanField(), "CHAR(1)", "Y", False, "N"),
    (DecimalField(5, 2), "NUMERIC(5,2)", None, Decimal("9.50"), 9.5),
    (DecimalField(5, 2), "NUMERIC(5,2)", 0.99, Decimal("9.00"), 9),
    (DecimalField(5, 2), "REAL", 0.99, Decimal("9.00"), 9),
    (DecimalField(5, 2), "TEXT", "0.99", Decimal("9.50"), "9.50"),
    (DecimalField(5, 2), "", "0.99", Decimal("9.50"), "9.50"),
    (DecimalField(5, 2), "", 0.99, Decimal("9.50"), 9.5),
    (DateField(), "DATE", None, date(2024, 2, 29), "2024-02-29"),
    (DateField(), "DATE", "2001-01-01", date(2024, 2, 29), "2024-02-29"),
    (DateField(), "DATETIME", "2001-01-01 00:00:00", date(2024, 2, 29), "2024-02-29 00:00:00"),
    (DateField(), "DATETIME", "2001-01-01T00:00:00.000Z", date(2024, 2, 29), "2024-02-29T00:00:00.000Z"),
    (DateField(), "TEXT", "20010101", date(2024, 2, 29), "20240229"),
    (DateField(), "TEXT", "soon", date(2024, 2, 29), "2024-02-29"),
    (TimeField(), "TIME", None, time(18, 30), "18:30:00"),
    (TimeField(), "TEXT", "07:00", time(18, 30), "18:30"),
    (TimeField(), "TEXT", "07:00", time(18, 30, 5), "18:30:05"),
    (TimeField(), "TEXT", "07:00:00", time(18, 30, 5, 500_000), "18:30:05.5"),
    (TimeField(), "TEXT", "07:00:00.000", time(18, 30), "18:30:00.000"),
    (DateTimeField(naive=True), "DATETIME", None, EVENING, "2024-02-29 18:30:00"),
    (DateTimeField(naive=True), "DATETIME", "2009-01-01 00:00:00", EVENING, "2024-02-29 18:30:00"),
    (DateTimeField(naive=True), "TEXT", "2009-01-01T00:00:00", EVENING, "2024-02-29T18:30:00"),
    (DateTimeField(naive=True), "TEXT", "2009-01-01T00:00", EVENING, "2024-02-29T18:30"),
    (DateTimeField(naive=True), "TEXT", "2009-01-01 00:00:00.000", LATE, "2024-02-29 18:30:05.250"),
    (DateTimeField(naive=True), "TEXT", "2009-01-01 00:00:00", LATE, "2024-02-29 18:30:05.25"),
    (DateTimeField(naive=True), "TEXT", "2009-01-01 00:00:00", EVENING.replace(microsecond=10), "2024-02-29 18:30:00.00001"),
    (DateTimeField(), "TEXT", "2009-01-01T00:00:00Z", EVENING.replace(tzinfo=UTC), "2024-02-29T18:30:00Z"),
    (DateTimeField(), "TEXT", "2009-01-01 00:00:00+00:00", EVENING.replace(tzinfo=UTC), "2024-02-29 18:30:00+00:00"),
    (DateTimeField(), "TEXT", "2009-01-01 00:00:00", EVENING.replace(tzinfo=PLUS_TWO), "2024-02-29 16:30:00"),
    (DateTimeField(), "INTEGER", 1_230_768_000, EVENING.replace(tzinfo=UTC), 1_709_231_400),
    (DateTimeField(), "INTEGER", None, EVENING.replace(tzinfo=UTC), 1_709_231_400),
    (DateTimeField(), "REAL", 1_230_768_000.5, LATE.replace(tzinfo=UTC), 1_709_231_405.25),
    (DateTimeField(naive=True), "INTEGER", 1_230_768_000, EVENING, 1_709_231_400),
    (TimestampField(), "INTEGER", None, EVENING.replace(tzinfo=UTC), 1_709_231_400),
    (UUIDField(), "TEXT", None, ID, str(ID)),
    (UUIDField(), "TEXT", str(ID), ID, str(ID)),
    (UUIDField(), "TEXT", str(ID).upper(), ID, str(ID).upper()),
    (UUIDField(), "CHAR(32)", ID.hex, ID, ID.hex),
    (UUIDField(), "CHAR(32)", None, ID, ID.hex),
    (UUIDField(), "TEXT", ID.hex.upper(), ID, ID.hex.upper()),
    (UUIDField(), "BLOB", ID.bytes, ID, ID.bytes),
    (UUIDField(), "BINARY(16)", None, ID, ID.bytes),
    (JSONField(), "JSON", None, {"b": 1, "a": 2}, '{"a":2,"b":1}'),
]  # fmt: skip


@pytest.mark.parametrize(("field", "declared_type", "sample", "value", "stored"), WRITTEN, ids=named)
def test_writing_goes_on_in_the_style_that_is_there(field: Field[Any], declared_type: str, sample: Any, value: Any, stored: Any) -> None:
    codec = existing_codec(field, declared_type, sample)
    written = through(codec.encode, value)
    assert (type(written), written) == (type(stored), stored)
    assert through(codec.decode, written) == value


def test_a_binary_number_does_not_take_a_decimal_that_it_would_change() -> None:
    codec = existing_codec(DecimalField(18, 4), "REAL", None)
    with pytest.raises(Invalid, match="cannot hold all digits"):
        through(codec.encode, Decimal("12345678901234.5678"))
