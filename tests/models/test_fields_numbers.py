"""Numbers and truth values, both ways: exact, or refused with a clear message."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal, Inexact, localcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest.errors import Invalid, Misdeclared
from pyrest.models import BooleanField, DecimalField, Field, FloatField, IntegerField, Model, PkField
from tests.models.examples import (
    JSON_VALUES,
    TEXTS,
    bound,
    exactly,
    loads_or_refuses,
    parses_or_refuses,
    refusal_of,
    refusal_of_text,
)

NO_INTEGER = "A valid integer is required."
FRACTION = "A valid integer is required, without a fraction."
POINTED = "A valid integer is required; this one is too large to be written with a point or an exponent."
TOO_WIDE = "This integer is outside 64 bits (-9223372036854775808 to 9223372036854775807)."
NO_NUMBER = "A valid number is required."
INFINITE = "A finite number is required."
TOO_SMALL = "This number is too small for a float."
ROUNDED = "This integer has more digits than a float keeps."
NO_DECIMAL = "A valid decimal number is required, as a string."
NO_DECIMAL_TEXT = "A valid decimal number is required."
PLACES = "Ensure that there are no more than 2 decimal places."
DIGITS = "Ensure that there are no more than 3 digits before the decimal point."
LONG_FLOAT = "This number has more digits than a JSON number keeps; send it as a string."
NO_BOOLEAN = "Must be a valid boolean."
NO_BOOLEAN_TEXT = "Must be a valid boolean: true or false."

INTEGER, FLOAT, BOOLEAN = IntegerField(), FloatField(), BooleanField()
PRICE = DecimalField(max_digits=5, decimal_places=2)
WHOLE = DecimalField(max_digits=3, decimal_places=0)
WIDEST = DecimalField(max_digits=18, decimal_places=0)
FINEST = DecimalField(max_digits=18, decimal_places=18)

NO_SCALARS: list[object] = [[], [1], {}, {"value": 1}, b"1"]


# JSON → Python


@pytest.mark.parametrize(
    ("field", "sent", "value"),
    [
        (INTEGER, 12, 12),
        (INTEGER, 0, 0),
        (INTEGER, -7, -7),
        (INTEGER, 12.0, 12),
        (INTEGER, -0.0, 0),
        (INTEGER, 1e3, 1000),
        (INTEGER, 2.0**53 - 1, 2**53 - 1),
        (INTEGER, 2**53 + 1, 2**53 + 1),
        (INTEGER, 2**63 - 1, 2**63 - 1),
        (INTEGER, -(2**63), -(2**63)),
        (INTEGER, Decimal("12"), 12),
        (INTEGER, Decimal("12.000"), 12),
        (INTEGER, Decimal("-0"), 0),
        (INTEGER, Decimal("9007199254740993.0"), 2**53 + 1),
        (INTEGER, Decimal("9223372036854775807"), 2**63 - 1),
        (FLOAT, 1.5, 1.5),
        (FLOAT, 1, 1.0),
        (FLOAT, 0, 0.0),
        (FLOAT, -0.0, 0.0),
        (FLOAT, 1e308, 1e308),
        (FLOAT, 5e-324, 5e-324),
        (FLOAT, 2**53, 2.0**53),
        (FLOAT, 2**70, 2.0**70),
        (FLOAT, Decimal("0.1"), 0.1),
        (FLOAT, Decimal("0.30000000000000004"), 0.30000000000000004),
        (FLOAT, Decimal("0E-999999"), 0.0),
        (PRICE, "12.50", Decimal("12.50")),
        (PRICE, "12.5", Decimal("12.50")),
        (PRICE, "12", Decimal("12.00")),
        (PRICE, "+1.00", Decimal("1.00")),
        (PRICE, "-999.99", Decimal("-999.99")),
        (PRICE, "0000012.5000", Decimal("12.50")),
        (PRICE, "-0", Decimal("0.00")),
        (PRICE, 12, Decimal("12.00")),
        (PRICE, 12.5, Decimal("12.50")),
        (PRICE, 0.1, Decimal("0.10")),
        (PRICE, -0.0, Decimal("0.00")),
        (PRICE, 1e2, Decimal("100.00")),
        (PRICE, Decimal("1E+2"), Decimal("100.00")),
        (PRICE, Decimal("0E+999999"), Decimal("0.00")),
        (WHOLE, "999", Decimal("999")),
        (WIDEST, "999999999999999999", Decimal("999999999999999999")),
        (WIDEST, 999999999999999999, Decimal("999999999999999999")),
        (FINEST, "0.123456789012345678", Decimal("0.123456789012345678")),
        (FINEST, Decimal("-0.999999999999999999"), Decimal("-0.999999999999999999")),
        (BOOLEAN, True, True),
        (BOOLEAN, False, False),
    ],
    ids=repr,
)
def test_loads(field: Field[Any], sent: object, value: object) -> None:
    assert exactly(bound(field).load(sent)) == exactly(value)


@pytest.mark.parametrize(
    ("field", "sent", "message"),
    [
        (INTEGER, True, NO_INTEGER),
        (INTEGER, False, NO_INTEGER),
        (INTEGER, "12", NO_INTEGER),
        (INTEGER, "", NO_INTEGER),
        (INTEGER, 1.5, FRACTION),
        (INTEGER, -0.1, FRACTION),
        (INTEGER, Decimal("1.5"), FRACTION),
        (INTEGER, Decimal("1E-999999"), FRACTION),
        (INTEGER, 2.0**53, POINTED),
        (INTEGER, -(2.0**53), POINTED),
        (INTEGER, 1e300, POINTED),
        (INTEGER, float("nan"), NO_INTEGER),
        (INTEGER, float("inf"), NO_INTEGER),
        (INTEGER, 2**63, TOO_WIDE),
        (INTEGER, -(2**63) - 1, TOO_WIDE),
        (INTEGER, Decimal(2**63), TOO_WIDE),
        (INTEGER, Decimal("1E+999999"), NO_INTEGER),
        (INTEGER, Decimal("NaN"), NO_INTEGER),
        (INTEGER, Decimal("sNaN"), NO_INTEGER),
        (INTEGER, Decimal("-Infinity"), NO_INTEGER),
        *((INTEGER, value, NO_INTEGER) for value in NO_SCALARS),
        (FLOAT, True, NO_NUMBER),
        (FLOAT, "1.5", NO_NUMBER),
        (FLOAT, "NaN", NO_NUMBER),
        (FLOAT, float("nan"), INFINITE),
        (FLOAT, float("-inf"), INFINITE),
        (FLOAT, Decimal("1E+309"), INFINITE),
        (FLOAT, Decimal("NaN"), INFINITE),
        (FLOAT, Decimal("sNaN"), INFINITE),
        (FLOAT, Decimal("1E-400"), TOO_SMALL),
        (FLOAT, 2**53 + 1, ROUNDED),
        (FLOAT, -(2**53) - 1, ROUNDED),
        *((FLOAT, value, NO_NUMBER) for value in NO_SCALARS),
        (PRICE, "12.505", PLACES),
        (PRICE, 0.001, PLACES),
        (PRICE, Decimal("1E-999999"), PLACES),
        (PRICE, "1000", DIGITS),
        (PRICE, "999.999", PLACES),
        (PRICE, -1000, DIGITS),
        (PRICE, 1e300, DIGITS),
        (PRICE, Decimal("1E+999999"), DIGITS),
        (PRICE, 0.1 + 0.2, LONG_FLOAT),
        (PRICE, True, NO_DECIMAL),
        (PRICE, float("nan"), NO_DECIMAL),
        (PRICE, float("inf"), NO_DECIMAL),
        (PRICE, Decimal("NaN"), INFINITE),
        (PRICE, Decimal("sNaN"), INFINITE),
        (PRICE, Decimal("Infinity"), INFINITE),
        (PRICE, "NaN", NO_DECIMAL_TEXT),
        (PRICE, "Infinity", NO_DECIMAL_TEXT),
        (PRICE, "1e2", NO_DECIMAL_TEXT),
        (PRICE, "12,50", NO_DECIMAL_TEXT),
        (PRICE, "1_0", NO_DECIMAL_TEXT),
        (PRICE, " 1", NO_DECIMAL_TEXT),
        (PRICE, "1\n", NO_DECIMAL_TEXT),
        (PRICE, "", NO_DECIMAL_TEXT),
        (PRICE, ".5", NO_DECIMAL_TEXT),
        (PRICE, "5.", NO_DECIMAL_TEXT),
        (PRICE, "١٢", NO_DECIMAL_TEXT),
        (WIDEST, "1000000000000000000", "Ensure that there are no more than 18 digits before the decimal point."),
        (FINEST, "1", "Ensure that there are no more than 0 digits before the decimal point."),
        *((PRICE, value, NO_DECIMAL) for value in NO_SCALARS),
        (BOOLEAN, 1, NO_BOOLEAN),
        (BOOLEAN, 0.0, NO_BOOLEAN),
        (BOOLEAN, "true", NO_BOOLEAN),
        (BOOLEAN, "", NO_BOOLEAN),
        *((BOOLEAN, value, NO_BOOLEAN) for value in NO_SCALARS),
    ],
    ids=repr,
)
def test_refuses(field: Field[Any], sent: object, message: str) -> None:
    assert refusal_of(field, sent) == message


@pytest.mark.parametrize(
    ("field", "message"),
    [(INTEGER, TOO_WIDE), (FLOAT, INFINITE), (PRICE, DIGITS), (BOOLEAN, NO_BOOLEAN)],
    ids=repr,
)
def test_refuses_an_integer_of_ten_thousand_digits(field: Field[Any], message: str) -> None:
    assert refusal_of(field, 10**10_000) == message


# Query text → Python


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (INTEGER, "12", 12),
        (INTEGER, "-12", -12),
        (INTEGER, "+12", 12),
        (INTEGER, "007", 7),
        (INTEGER, "-0", 0),
        (INTEGER, "9223372036854775807", 2**63 - 1),
        (FLOAT, "1.5", 1.5),
        (FLOAT, "1", 1.0),
        (FLOAT, "-.5", -0.5),
        (FLOAT, "5.", 5.0),
        (FLOAT, "1e3", 1000.0),
        (FLOAT, "1E-3", 0.001),
        (FLOAT, "-0.0", 0.0),
        (FLOAT, "0.1000000000000000055511151231257827", 0.1),
        (FLOAT, "0e-9999", 0.0),
        (PRICE, "12.50", Decimal("12.50")),
        (PRICE, "12.5", Decimal("12.50")),
        (PRICE, "-0.00", Decimal("0.00")),
        (BOOLEAN, "true", True),
        (BOOLEAN, "TRUE", True),
        (BOOLEAN, "1", True),
        (BOOLEAN, "False", False),
        (BOOLEAN, "0", False),
    ],
    ids=repr,
)
def test_parses(field: Field[Any], text: str, value: object) -> None:
    assert exactly(bound(field).parse(text)) == exactly(value)


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        *(
            (INTEGER, text, NO_INTEGER)
            for text in ["", " 1", "1 ", "1\n", "1_000", "1.0", "1e3", "0x10", "true", "--1", "+", "١٢", "１２", "²", "1\x00", "nan"]
        ),
        (INTEGER, "9223372036854775808", TOO_WIDE),
        (INTEGER, "-9223372036854775809", TOO_WIDE),
        pytest.param(INTEGER, "9" * 5000, NO_INTEGER, id="integer of 5000 digits"),
        *(
            (FLOAT, text, NO_NUMBER)
            for text in ["", ".", "e3", "1e", "nan", "inf", "-Infinity", "1_0.5", " 1.5", "1.5\n", "1,5", "٣.٥", "0x1p3", "1e99999"]
        ),
        (FLOAT, "1e309", INFINITE),
        (FLOAT, "1e-400", TOO_SMALL),
        (FLOAT, "9007199254740993", ROUNDED),
        pytest.param(FLOAT, "9" * 400, INFINITE, id="float of 400 digits"),
        (PRICE, "12.505", PLACES),
        (PRICE, "1000", DIGITS),
        *((PRICE, text, NO_DECIMAL_TEXT) for text in ["", "1e2", "NaN", "1_0", "1 ", "1\n", "٣", "12,50"]),
        *((BOOLEAN, text, NO_BOOLEAN_TEXT) for text in ["", "yes", "on", "2", "01", " true", "true\n", "ｔｒｕｅ", "null"]),
    ],
    ids=repr,
)
def test_refuses_text(field: Field[Any], text: str, message: str) -> None:
    assert refusal_of_text(field, text) == message


# Python → JSON


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        (INTEGER, 12, 12),
        (INTEGER, 2**63 - 1, 2**63 - 1),
        (FLOAT, 1.0, 1.0),
        (FLOAT, 1e300, 1e300),
        (PRICE, Decimal("12.50"), "12.50"),
        (PRICE, Decimal("0.00"), "0.00"),
        (FINEST, Decimal("0.000000000000000001"), "0.000000000000000001"),
        (WIDEST, Decimal("999999999999999999"), "999999999999999999"),
        (BOOLEAN, True, True),
        (INTEGER, None, None),
        (PRICE, None, None),
    ],
    ids=repr,
)
def test_dumps(field: Field[Any], value: object, shown: object) -> None:
    assert exactly(bound(field).dump(value)) == exactly(shown)


# Values given in Python


@pytest.mark.parametrize(
    ("field", "given_value", "value"),
    [
        (INTEGER, 12, 12),
        (FLOAT, 1, 1.0),
        (PRICE, Decimal("12.5"), Decimal("12.50")),
        (PRICE, "12.5", Decimal("12.50")),
        (BOOLEAN, True, True),
    ],
    ids=repr,
)
def test_coerces(field: Field[Any], given_value: object, value: object) -> None:
    assert exactly(bound(field).coerce(given_value)) == exactly(value)


@pytest.mark.parametrize(
    ("field", "given_value"),
    [(INTEGER, True), (INTEGER, "12"), (FLOAT, True), (FLOAT, float("nan")), (PRICE, Decimal("0.001")), (BOOLEAN, 1)],
    ids=repr,
)
def test_refuses_in_python_what_it_refuses_in_json(field: Field[Any], given_value: object) -> None:
    with pytest.raises(Invalid):
        bound(field).coerce(given_value)


def test_a_decimal_does_not_depend_on_the_decimal_context_of_the_thread() -> None:
    with localcontext(prec=2, rounding=ROUND_UP, traps=[Inexact]):
        assert exactly(bound(PRICE).load("123.45")) == exactly(Decimal("123.45"))
        with pytest.raises(Invalid, match="no more than 2 decimal places"):
            bound(PRICE).load("123.456")


# Limits


@pytest.mark.parametrize(
    ("field", "sent", "message"),
    [
        (IntegerField(min=1), 0, "Ensure this value is greater than or equal to 1."),
        (IntegerField(max=9), 10, "Ensure this value is less than or equal to 9."),
        (FloatField(min=0), -0.1, "Ensure this value is greater than or equal to 0.0."),
        (DecimalField(max="9.99"), "10", "Ensure this value is less than or equal to 9.99."),
        (IntegerField(choices=(1, 2)), 3, '"3" is not a valid choice.'),
        (DecimalField(choices=("0.50", "1.00")), "0.75", '"0.75" is not a valid choice.'),
    ],
    ids=repr,
)
def test_limits(field: Field[Any], sent: object, message: str) -> None:
    assert refusal_of(field, sent) == message


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        (IntegerField(min=1, max=9), 1),
        (IntegerField(min=1, max=9), 9),
        (IntegerField(min=0), 0),
        (DecimalField(min="0.10"), 0.1),
        (DecimalField(choices=("0.50", "1.00")), "1"),
        (FloatField(choices=((1, "one"), (2, "two"))), 2),
    ],
    ids=repr,
)
def test_limits_are_allowed_themselves(field: Field[Any], sent: object) -> None:
    assert bound(field).load(sent) == bound(field).coerce(sent)


def test_limits_do_not_narrow_a_filter() -> None:
    assert bound(IntegerField(min=1, max=9)).parse("10") == 10


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (IntegerField(min=5, max=4), "Row.value: min is greater than max"),
        (IntegerField(min="5"), "Row.value: min '5': A valid integer is required."),
        (IntegerField(max=True), "Row.value: max True: A valid integer is required."),
        (FloatField(max=float("nan")), "Row.value: max nan: A finite number is required."),
        (DecimalField(min="0.001"), "Row.value: min '0.001': Ensure that there are no more than 2 decimal places."),
        (DecimalField(max_digits=19), "Row.value: max_digits is 1 to 18"),
        (DecimalField(max_digits=0, decimal_places=0), "Row.value: max_digits is 1 to 18"),
        (DecimalField(max_digits=True), "Row.value: max_digits is 1 to 18"),
        (DecimalField(max_digits=2, decimal_places=3), "Row.value: decimal_places is 0 to max_digits"),
        (DecimalField(decimal_places=-1), "Row.value: decimal_places is 0 to max_digits"),
        (IntegerField(default=5, max=4), "Row.value: default 5: Ensure this value is less than or equal to 4."),
        (IntegerField(choices=(1, 5), max=4), "Row.value: choices 5: Ensure this value is less than or equal to 4."),
    ],
    ids=repr,
)
def test_wrong_limits(field: Field[Any], message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        bound(field)
    assert str(refusal.value) == message


def test_a_bound_is_a_value_of_its_field() -> None:
    class Track(Model):
        id = PkField()
        price = DecimalField(min=0)

    assert exactly(Track.price.min) == exactly(Decimal("0.00"))


# For all values

NUMERIC_TEXTS = st.from_regex(r"[+-]?[0-9]{0,30}\.?[0-9]{0,30}([eE][+-]?[0-9]{0,5})?\s?")
INTEGERS_OF_64_BITS = st.integers(-(2**63), 2**63 - 1)
VALUES = {
    INTEGER: INTEGERS_OF_64_BITS,
    FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    PRICE: st.decimals(min_value=-999, max_value=999, places=2),
    WIDEST: st.integers(-(10**18) + 1, 10**18 - 1).map(Decimal),
    FINEST: st.integers(-(10**18) + 1, 10**18 - 1).map(lambda scaled: Decimal(scaled).scaleb(-18)),
    BOOLEAN: st.booleans(),
}


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(data=st.data())
@settings(deadline=None)
def test_what_is_shown_loads_as_what_it_was(field: Field[Any], data: st.DataObject) -> None:
    value = bound(field).coerce(data.draw(VALUES[field]))
    assert exactly(bound(field).load(bound(field).dump(value))) == exactly(value)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(data=st.data())
@settings(deadline=None)
def test_the_text_of_a_value_parses_as_the_value(field: Field[Any], data: st.DataObject) -> None:
    value = bound(field).coerce(data.draw(VALUES[field]))
    assert exactly(bound(field).parse(str(bound(field).dump(value)))) == exactly(value)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(sent=JSON_VALUES)
@settings(deadline=None)
def test_a_value_of_json_is_loaded_or_invalid(field: Field[Any], sent: object) -> None:
    loads_or_refuses(field, sent)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(text=TEXTS | NUMERIC_TEXTS)
@settings(deadline=None)
def test_a_text_is_parsed_or_invalid(field: Field[Any], text: str) -> None:
    parses_or_refuses(field, text)


@given(sent=st.integers() | st.floats() | st.decimals())
@settings(deadline=None)
def test_a_number_that_is_loaded_is_not_changed(sent: Any) -> None:
    for field in (INTEGER, PRICE):
        try:
            value = bound(field).load(sent)
        except Invalid:
            continue
        assert value == (Decimal(repr(sent)) if isinstance(sent, float) else sent)
