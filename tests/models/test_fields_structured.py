"""UUIDs and JSON documents, both ways."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest.errors import Invalid, Misdeclared
from pyrest.models import Field, JSONField, Model, PkField, UUIDField
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

NO_UUID = "Must be a valid UUID."
NO_JSON = "A JSON value is required."
TOO_DEEP = "This value is nested more than 100 levels deep."
TOO_WIDE = "It holds an integer outside 64 bits."
TOO_LONG = "It holds a number with more digits than a JSON number keeps; send that as a string."
INFINITE = "It holds a number that is not finite."
NULL_CHARACTER = "Null characters are not allowed."
SURROGATE = "Lone surrogates are not allowed."

IDENTITY, DOCUMENT = UUIDField(), JSONField()
CANONICAL = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
VALUE = UUID(CANONICAL)


def nested(levels: int, inmost: object) -> object:
    """Lists in one another, `levels` deep."""
    value = inmost
    for _ in range(levels):
        value = [value]
    return value


# UUIDs


@pytest.mark.parametrize(
    "text",
    [
        CANONICAL,
        CANONICAL.upper(),
        CANONICAL.replace("-", ""),
        "{" + CANONICAL + "}",
        "urn:uuid:" + CANONICAL,
        "URN:UUID:" + CANONICAL.upper(),
        "Urn:Uuid:" + CANONICAL,
        "{" + CANONICAL.upper().replace("-", "") + "}",
    ],
)
def test_a_uuid_in_every_spelling(text: str) -> None:
    assert exactly(bound(IDENTITY).load(text)) == exactly(bound(IDENTITY).parse(text)) == exactly(VALUE)


@pytest.mark.parametrize("text", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"])
def test_the_nil_and_the_max_uuid_are_uuids(text: str) -> None:
    assert bound(IDENTITY).load(text) == UUID(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        CANONICAL[:-1],
        CANONICAL + "0",
        CANONICAL + "\n",
        " " + CANONICAL,
        CANONICAL.replace("f8", "g8"),
        CANONICAL.replace("-", "_"),
        CANONICAL.replace("-", "", 1),
        "f81d-4fae7dec-11d0-a765-00a0c91e6bf6",
        "-".join(CANONICAL.replace("-", "")),
        "{" + CANONICAL,
        CANONICAL + "}",
        "(" + CANONICAL + ")",
        "{{" + CANONICAL + "}}",
        "uuid:" + CANONICAL,
        "urn:" + CANONICAL,
        "urn:uuid:urn:uuid:" + CANONICAL,
        "urn:oid:" + CANONICAL,
        "0x" + CANONICAL.replace("-", "")[2:],
        "1" * 31 + "_",
        "1" * 31 + "١",
        "f81d4fae\u20107dec\u201011d0\u2010a765\u201000a0c91e6bf6",
        "ﬀ1d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "\u017f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ],
    ids=repr,
)
def test_no_uuid(text: str) -> None:
    assert refusal_of(IDENTITY, text) == NO_UUID
    assert refusal_of_text(IDENTITY, text) == NO_UUID


@pytest.mark.parametrize("sent", [*NO_TEXTS, VALUE.int], ids=repr)
def test_what_is_no_text_is_no_uuid(sent: object) -> None:
    assert refusal_of(IDENTITY, sent) == NO_UUID


def test_a_uuid_is_shown_in_the_canonical_spelling() -> None:
    assert exactly(bound(IDENTITY).dump(VALUE)) == exactly(CANONICAL)


@pytest.mark.parametrize("given_value", [VALUE, CANONICAL], ids=repr)
def test_a_uuid_in_python(given_value: object) -> None:
    assert exactly(bound(IDENTITY).coerce(given_value)) == exactly(VALUE)


def test_choices_of_uuids_may_be_written_as_texts() -> None:
    field = bound(UUIDField(choices=[CANONICAL.upper()]))
    assert field.load(CANONICAL) == VALUE
    assert refusal_of(field, str(UUID(int=0))) == '"00000000-0000-0000-0000-000000000000" is not a valid choice.'


# JSON documents


@pytest.mark.parametrize(
    "value",
    [
        True,
        0,
        -0.0,
        1.0,
        2**63 - 1,
        -(2**63),
        1e300,
        "",
        "text",
        "größe \U0001f600",
        [],
        {},
        [None, [None]],
        {"": {"": []}},
        {"a": [1, 2.5, "three", None, False, {"b": {}}]},
        {"$ref": "x", "__class__": "y", "a.b": 1},
        pytest.param(nested(100, 1), id="a number in 100 lists"),
    ],
    ids=repr,
)
def test_a_document_is_kept_as_it_is(value: object) -> None:
    field = bound(DOCUMENT)
    assert exactly(field.load(value)) == exactly(field.parse(json.dumps(value))) == exactly(field.dump(value)) == exactly(value)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (2**63, TOO_WIDE),
        (-(2**63) - 1, TOO_WIDE),
        (10**5000, TOO_WIDE),
        (Decimal("0.1"), TOO_LONG),
        (Decimal("NaN"), TOO_LONG),
        (float("nan"), INFINITE),
        (float("-inf"), INFINITE),
        ("a\x00b", NULL_CHARACTER),
        ("\udc00", SURROGATE),
        ({"a\x00b": 1}, NULL_CHARACTER),
        ({"\udc00": 1}, SURROGATE),
    ],
    ids=lambda value: repr(value)[:40] if not isinstance(value, int) else f"{'-' * (value < 0)}{value.bit_length()} bits",
)
@pytest.mark.parametrize("place", ["alone", "in a list", "in an object", "deep inside"])
def test_a_document_is_refused_for_any_of_its_parts(part: object, message: str, place: str) -> None:
    sent = {"alone": part, "in a list": [1, part], "in an object": {"a": 1, "b": part}, "deep inside": nested(50, {"a": part})}[place]
    assert refusal_of(DOCUMENT, sent) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1, 2}, "A set is no JSON value."),
        (b"a", "A bytes is no JSON value."),
        ([VALUE], "A UUID is no JSON value."),
        ({1: "a"}, "Not a valid string."),
    ],
    ids=repr,
)
def test_what_json_does_not_know_is_refused(value: object, message: str) -> None:
    assert refusal_of(DOCUMENT, value) == message


@pytest.mark.parametrize("inmost", [1, [], {}, {"a": 1}], ids=repr)
def test_too_many_levels(inmost: object) -> None:
    levels = 101 if inmost == 1 else 100
    assert refusal_of(DOCUMENT, nested(levels, inmost)) == TOO_DEEP


def test_very_many_levels() -> None:
    assert refusal_of(DOCUMENT, nested(100_000, 1)) == TOO_DEEP


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", NO_JSON),
        ("{", NO_JSON),
        ("{'a': 1}", NO_JSON),
        ("[1,]", NO_JSON),
        ("01", NO_JSON),
        ("text", NO_JSON),
        ("1 2", NO_JSON),
        ("NaN", INFINITE),
        ("-Infinity", INFINITE),
        ("1e999", INFINITE),
        ("9223372036854775808", TOO_WIDE),
        ('"\\u0000"', NULL_CHARACTER),
        ('"\\ud800"', SURROGATE),
        pytest.param("9" * 5000, NO_JSON, id="an integer of 5000 digits"),
        pytest.param("[" * 100_000, NO_JSON, id="100000 brackets"),
        pytest.param("[" * 200 + "]" * 200, TOO_DEEP, id="200 levels"),
    ],
    ids=repr,
)
def test_refuses_text(text: str, message: str) -> None:
    assert refusal_of_text(DOCUMENT, text) == message


def test_null_is_the_null_of_the_field() -> None:
    assert bound(DOCUMENT).load(None) is None
    assert refusal_of(JSONField(required=True), None) == "This field may not be null."


def test_a_document_given_in_python_is_a_copy_as_json_would_give_it_back() -> None:
    class Setting(Model):
        id = PkField()
        content = JSONField()

    mine = {"sizes": (1, (2, 3)), "names": ["a"]}
    row = Setting(content=mine)
    mine["names"] = []
    assert row.content == {"sizes": [1, [2, 3]], "names": ["a"]}


def test_a_function_makes_a_default_of_its_own_for_every_row() -> None:
    shared: list[int] = []

    class Setting(Model):
        id = PkField()
        content = JSONField(default=lambda: shared)

    first, second = Setting(), Setting()
    first.content.append(1)
    assert (first.content, second.content, shared) == ([1], [], [])


def test_an_integer_of_a_subclass_is_held_to_64_bits_too() -> None:
    class Huge(IntEnum):
        NUMBER = 2**64

    with pytest.raises(Invalid, match=TOO_WIDE):
        bound(DOCUMENT).coerce([Huge.NUMBER])


def test_a_wrong_default_is_found_while_building() -> None:
    with pytest.raises(Misdeclared, match=r"Row\.value: default nan: It holds a number that is not finite\."):
        bound(JSONField(default=float("nan")))


# For all values

KEPT_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | KEPT_TEXTS
VALUES = {
    IDENTITY: st.uuids(),
    DOCUMENT: st.recursive(
        SCALARS,
        lambda inner: st.lists(inner | st.none(), max_size=4) | st.dictionaries(KEPT_TEXTS, inner | st.none(), max_size=4),
    ),
}
NEARLY_UUIDS = st.from_regex(r"(urn:uuid:)?\{?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?")


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(data=st.data())
@settings(deadline=None)
def test_what_is_shown_loads_as_what_it_was(field: Field[Any], data: st.DataObject) -> None:
    value = data.draw(VALUES[field])
    assert exactly(bound(field).load(bound(field).dump(value))) == exactly(value)


@given(value=VALUES[DOCUMENT])
@settings(deadline=None)
def test_the_text_of_a_document_parses_as_the_document(value: object) -> None:
    assert exactly(bound(DOCUMENT).parse(json.dumps(value))) == exactly(value)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(sent=JSON_VALUES)
@settings(deadline=None)
def test_a_value_of_json_is_loaded_or_invalid(field: Field[Any], sent: object) -> None:
    loads_or_refuses(field, sent)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(text=TEXTS | NEARLY_UUIDS | st.text('[]{}":,0e-'))
@settings(deadline=None)
def test_a_text_is_parsed_or_invalid(field: Field[Any], text: str) -> None:
    parses_or_refuses(field, text)
