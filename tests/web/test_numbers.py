"""Numbers through the wire: what was sent comes back exactly, or is refused; nothing changes in silence."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import SQLiteDataStore, models
from tests.web.conftest import Serve, serving

TOO_LONG = "This integer is outside 64 bits (-9223372036854775808 to 9223372036854775807)."
NO_INTEGER = "A valid integer is required."
NOT_FINITE = "A finite number is required."
TOO_SMALL = "This number is too small for a float."
AS_STRING = "This number has more digits than a JSON number keeps; send it as a string."
LONG_IN_JSON = "It holds an integer outside 64 bits."
DIGITS_IN_JSON = "It holds a number with more digits than a JSON number keeps; send that as a string."
PLACES = "Ensure that there are no more than 2 decimal places."
BEFORE = "Ensure that there are no more than 16 digits before the decimal point."


class Number(models.Model):
    whole = models.IntegerField()
    real = models.FloatField()
    price = models.DecimalField(18, 2)
    fine = models.DecimalField(18, 18)
    data = models.JSONField()
    text = models.StringField()
    flag = models.BooleanField()
    id = models.PkField()


@pytest.fixture(scope="module")
def numbers(kept_store: SQLiteDataStore) -> FlaskClient:
    return serving(kept_store)(Number)


def post(client: FlaskClient, name: str, literal: str) -> TestResponse:
    """Posts one field with a value spelt just so, and asks for the row."""
    body = f'{{"{name}": {literal}}}'
    return client.post("/number/", data=body, content_type="application/json", headers={"Prefer": "return=representation"})


def spelling(answer: TestResponse, name: str) -> str:
    """How a value stands in the text of an answer."""
    assert answer.status_code in (200, 201), answer.text
    found = re.search(rf'"{name}":(.*?)(,"|\}}$)', answer.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("name", "sent", "shown"),
    [
        ("whole", "0", "0"),
        ("whole", "-0", "0"),
        ("whole", "9007199254740993", "9007199254740993"),
        ("whole", "9223372036854775807", "9223372036854775807"),
        ("whole", "-9223372036854775808", "-9223372036854775808"),
        ("whole", "12.0", "12"),
        ("whole", "1.2e1", "12"),
        ("whole", "1E2", "100"),
        ("whole", "9007199254740991.0", "9007199254740991"),
        ("real", "0.1", "0.1"),
        ("real", "1", "1.0"),
        ("real", "-0.0", "0.0"),  # SQLite keeps no negative zero
        ("real", "9007199254740992", "9007199254740992.0"),
        ("real", "1.7976931348623157e308", "1.7976931348623157e+308"),
        ("real", "5e-324", "5e-324"),
        ("real", "0.30000000000000004", "0.30000000000000004"),
        ("real", "123456789.12345679", "123456789.12345679"),
        ("real", "0e400", "0.0"),
        ("price", '"0.10"', '"0.10"'),
        ("price", '"0.1"', '"0.10"'),
        ("price", '"-0.00"', '"0.00"'),
        ("price", '"9999999999999999.99"', '"9999999999999999.99"'),
        ("price", '"-9999999999999999.99"', '"-9999999999999999.99"'),
        ("price", "0.1", '"0.10"'),
        ("price", "12", '"12.00"'),
        ("price", "1e2", '"100.00"'),
        ("price", "9999999999999999", '"9999999999999999.00"'),
        ("price", "9999999999999999.99", '"9999999999999999.99"'),
        ("price", "1234567890123.45", '"1234567890123.45"'),
        ("fine", '"0.123456789012345678"', '"0.123456789012345678"'),
        ("fine", "0.123456789012345678", '"0.123456789012345678"'),
        ("fine", "0.1", '"0.100000000000000000"'),
        ("data", "9223372036854775807", "9223372036854775807"),
        ("data", "[-9223372036854775808]", "[-9223372036854775808]"),
        ("data", "0.1", "0.1"),
        ("data", "1.0", "1.0"),
        ("data", "1e300", "1e+300"),
        ("data", '"123456789012345678901234567890"', '"123456789012345678901234567890"'),
        ("text", '"12345678901234567890.5"', '"12345678901234567890.5"'),
    ],
)
def test_a_number_comes_back_exactly(numbers: FlaskClient, name: str, sent: str, shown: str) -> None:
    answer = post(numbers, name, sent)
    assert spelling(answer, name) == shown
    assert spelling(numbers.get(answer.headers["Location"]), name) == shown


@pytest.mark.parametrize(
    ("name", "sent", "message"),
    [
        ("whole", "9223372036854775808", TOO_LONG),
        ("whole", "-9223372036854775809", TOO_LONG),
        ("whole", "18446744073709551616", TOO_LONG),
        ("whole", "12345678901234567890", TOO_LONG),
        ("whole", "9" * 10_000, TOO_LONG),
        ("whole", "-" + "9" * 10_000, TOO_LONG),
        ("whole", "1.5", "A valid integer is required, without a fraction."),
        ("whole", "1.0000000000000000001", "A valid integer is required, without a fraction."),
        ("whole", "0.99999999999999999999", "A valid integer is required, without a fraction."),
        ("whole", "9007199254740992.0", "A valid integer is required; this one is too large to be written with a point or an exponent."),
        ("whole", "1e18", "A valid integer is required; this one is too large to be written with a point or an exponent."),
        ("whole", "1e400", NO_INTEGER),
        ("whole", "1e-400", "A valid integer is required, without a fraction."),
        ("whole", "1e999999999999999999999", NO_INTEGER),
        ("whole", '"12"', NO_INTEGER),
        ("whole", "true", NO_INTEGER),
        ("whole", "[12]", NO_INTEGER),
        ("real", "1e400", NOT_FINITE),
        ("real", "-1e400", NOT_FINITE),
        ("real", "1e309", NOT_FINITE),
        ("real", "9" * 400, "This integer has more digits than a float keeps."),
        ("real", "9007199254740993", "This integer has more digits than a float keeps."),
        ("real", "18446744073709551617", "This integer has more digits than a float keeps."),
        ("real", "1e-400", TOO_SMALL),
        ("real", "0.1e-400", TOO_SMALL),
        ("real", "1e-999999999999999999999", TOO_SMALL),
        ("real", "1e999999999999999999999", NOT_FINITE),
        ("real", '"0.1"', "A valid number is required."),
        ("real", "false", "A valid number is required."),
        ("price", '"0.001"', PLACES),
        ("price", "0.001", PLACES),
        ("price", "1e-400", PLACES),
        ("price", "1e-999999999999999999999", PLACES),
        ("price", '"10000000000000000"', BEFORE),
        ("price", "10000000000000000", BEFORE),
        ("price", "1e16", BEFORE),
        ("price", "1e400", BEFORE),
        ("price", "1e999999999999999999999", BEFORE),
        ("price", "9" * 10_000, BEFORE),
        ("price", "9999999999999999.999", PLACES),
        ("price", '"1e2"', "A valid decimal number is required."),
        ("price", '"NaN"', "A valid decimal number is required."),
        ("price", '"1,50"', "A valid decimal number is required."),
        ("price", "true", "A valid decimal number is required, as a string."),
        ("fine", '"0.1234567890123456789"', "Ensure that there are no more than 18 decimal places."),
        ("fine", "0.1234567890123456789", "Ensure that there are no more than 18 decimal places."),
        ("fine", "1", "Ensure that there are no more than 0 digits before the decimal point."),
        ("data", "9223372036854775808", LONG_IN_JSON),
        ("data", '{"a": [12345678901234567890]}', LONG_IN_JSON),
        ("data", "9" * 10_000, LONG_IN_JSON),
        ("data", "0.12345678901234567890123", DIGITS_IN_JSON),
        ("data", "[1e400]", DIGITS_IN_JSON),
        ("data", "1e-400", DIGITS_IN_JSON),
        ("flag", "1", "Must be a valid boolean."),
        ("flag", "0.0", "Must be a valid boolean."),
        ("text", "1", "Not a valid string."),
    ],
    ids=lambda text: text[:40],
)
def test_a_number_that_would_change_is_refused(numbers: FlaskClient, name: str, sent: str, message: str) -> None:
    answer = post(numbers, name, sent)
    assert (answer.status_code, answer.json) == (400, {"error": f"{name} does not validate", "errors": {name: [message]}})


@pytest.mark.parametrize("sent", ["0.1000000000000000055511151231257827", "0.30000000000000004441"])
def test_a_float_takes_the_nearest_of_its_kind(numbers: FlaskClient, sent: str) -> None:
    assert float(spelling(post(numbers, "real", sent), "real")) == float(sent)


def test_one_long_number_leaves_the_others_as_they_were(numbers: FlaskClient) -> None:
    body = b'{"whole": 9223372036854775807, "real": 0.1, "price": "0.10", "fine": 0.123456789012345678, "data": {"b": 1, "a": 2.50}}'
    answer = numbers.post("/number/", data=body, content_type="application/json", headers={"Prefer": "return=representation"})
    shown = json.loads(answer.text)
    assert shown | {"id": 0, "ressource_uri": ""} == {
        "whole": 9223372036854775807, "real": 0.1, "price": "0.10", "fine": "0.123456789012345678", "data": {"b": 1, "a": 2.5},
        "text": None, "flag": None, "id": 0, "ressource_uri": "",
    }  # fmt: skip


def test_decimals_are_whole_numbers_in_the_table(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Number)
    post(client, "price", '"9999999999999999.99"')
    connection = sqlite3.connect(store.location)
    assert connection.execute("SELECT price, typeof(price) FROM number").fetchall() == [(999999999999999999, "integer")]
    connection.close()


def test_decimals_are_ordered_as_numbers(serve: Serve) -> None:
    client = serve(Number)
    for price in ("10.00", "9.50", "-1.00", "100.00"):
        post(client, "price", f'"{price}"')
    answer = client.get("/number/?ordering=price")
    assert answer.json is not None
    assert [row["price"] for row in answer.json["object_list"]] == ["-1.00", "9.50", "10.00", "100.00"]


@pytest.mark.parametrize("key", ["9223372036854775807", "9223372036854775808"])
def test_the_greatest_key_is_an_address(serve: Serve, store: SQLiteDataStore, key: str) -> None:
    client = serve(Number)
    store[Number].create(id=2**63 - 1)
    assert client.get(f"/number/{key}/").status_code == (200 if key.endswith("7") else 404)
