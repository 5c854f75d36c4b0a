"""Keys, both ways: who gives them, and what may stand in the address of a row."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest.errors import Misdeclared
from pyrest.links import addressable
from pyrest.models import Field, PkField, StringPkField, UUIDPkField
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

NO_KEY = "A valid key is required."
NO_INTEGER = "A valid integer is required."
NO_UUID = "Must be a valid UUID."
NOT_IN_AN_ADDRESS = "A key is a part of its row's address: it cannot be empty, . or .. and cannot hold a /"
NULL = "This field may not be null."

PK, STRING_PK, UUID_PK = PkField(), StringPkField(), UUIDPkField()
KEYS = [PK, STRING_PK, UUID_PK]
CANONICAL = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
VALUE = UUID(CANONICAL)


@pytest.mark.parametrize(
    ("field", "sent", "value"),
    [
        (PK, 1, 1),
        (PK, 1.0, 1),
        (PK, -1, -1),
        (PK, 2**63 - 1, 2**63 - 1),
        (STRING_PK, "rock", "rock"),
        (STRING_PK, "...", "..."),
        (STRING_PK, "größe 1?", "größe 1?"),
        (STRING_PK, "1", "1"),
        (UUID_PK, CANONICAL, VALUE),
        (UUID_PK, "{" + CANONICAL.upper() + "}", VALUE),
    ],
    ids=repr,
)
def test_loads(field: Field[Any], sent: object, value: object) -> None:
    assert exactly(bound(field).load(sent)) == exactly(value)


@pytest.mark.parametrize(
    ("field", "sent", "message"),
    [
        (PK, "1", NO_INTEGER),
        (PK, True, NO_INTEGER),
        (PK, 2**63, "This integer is outside 64 bits (-9223372036854775808 to 9223372036854775807)."),
        (PK, None, NULL),
        *((STRING_PK, text, NOT_IN_AN_ADDRESS) for text in ["", ".", "..", "/", "a/b"]),
        (STRING_PK, "a\x00", "Null characters are not allowed."),
        (STRING_PK, 1, "Not a valid string."),
        (STRING_PK, None, NULL),
        (StringPkField(max_length=2), "abc", "Ensure this field has no more than 2 characters."),
        (UUID_PK, "rock", NO_UUID),
        (UUID_PK, None, NULL),
    ],
    ids=repr,
)
def test_refuses(field: Field[Any], sent: object, message: str) -> None:
    assert refusal_of(field, sent) == message


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (PK, "1", 1),
        (PK, "-1", -1),
        (PK, "9223372036854775807", 2**63 - 1),
        (STRING_PK, "a b", "a b"),
        (UUID_PK, CANONICAL, VALUE),
        (UUID_PK, CANONICAL.upper(), VALUE),
    ],
    ids=repr,
)
def test_parses(field: Field[Any], text: str, value: object) -> None:
    assert exactly(bound(field).parse(text)) == exactly(value)


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        *((PK, text, NO_KEY) for text in ["01", "+1", "-0", "-01"]),
        *((PK, text, NO_INTEGER) for text in ["", "1.0", "1 ", "1\n", "1_0", "١", "rowid"]),
        *((UUID_PK, text, NO_KEY) for text in ["{" + CANONICAL + "}", "urn:uuid:" + CANONICAL, CANONICAL.replace("-", "")]),
        *((UUID_PK, text, NO_UUID) for text in ["", "1", CANONICAL + "\n"]),
    ],
    ids=repr,
)
def test_a_row_has_one_address(field: Field[Any], text: str, message: str) -> None:
    assert refusal_of_text(field, text) == message


@pytest.mark.parametrize(("field", "value", "shown"), [(PK, 1, 1), (STRING_PK, "rock", "rock"), (UUID_PK, VALUE, CANONICAL)], ids=repr)
def test_dumps(field: Field[Any], value: object, shown: object) -> None:
    assert exactly(bound(field).dump(value)) == exactly(shown)


@pytest.mark.parametrize(
    ("field", "generated", "must_be_sent", "writable"),
    [
        (PkField(), True, False, False),
        (PkField(required=True), True, False, False),
        (StringPkField(), False, True, True),
        (StringPkField(required=False, default=lambda: uuid4().hex), False, False, True),
        (UUIDPkField(), False, False, True),
        (UUIDPkField(required=True), False, True, True),
        (UUIDPkField(read_only=True), False, False, False),
    ],
    ids=["Pk", "required Pk", "String", "String with a default", "UUID", "required UUID", "read-only UUID"],
)
def test_who_gives_a_key(field: Field[Any], generated: bool, must_be_sent: bool, writable: bool) -> None:
    key = bound(field)
    assert (key.generated, key.must_be_sent, key.writable) == (generated, must_be_sent, writable)


@pytest.mark.parametrize("field", KEYS, ids=repr)
def test_a_key_is_never_null(field: Field[Any]) -> None:
    assert bound(field).is_key
    assert not bound(field).nullable


def test_a_uuid_key_is_random() -> None:
    first, second = bound(UUID_PK).initial(), bound(UUID_PK).initial()
    assert first is not None
    assert first != second
    assert first.version == 4


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (PkField(null=True), "Row.value: a key cannot be null"),
        (StringPkField(null=True), "Row.value: a key cannot be null"),
        (UUIDPkField(null=True), "Row.value: a key cannot be null"),
        (StringPkField(required=False), "Row.value: a key cannot be null; give it required=True or a default"),
        (UUIDPkField(default=None), "Row.value: a key cannot be null; give it required=True or a default"),
        (PkField(write_only=True), "Row.value: a key cannot be write_only: the address of a row shows it"),
        (StringPkField(write_only=True), "Row.value: a key cannot be write_only: the address of a row shows it"),
        (StringPkField(read_only=True), "Row.value: a read-only field cannot be required: nobody could send it; give it a default"),
        (PkField(default=1), "Row.value: the store gives this key; default cannot be said"),
        (PkField(choices=(1, 2)), "Row.value: the store gives this key; choices cannot be said"),
        (PkField(foreign=("artist", "id")), "Row.value: the store gives this key; foreign cannot be said"),
        (PkField(min=0), "Row.value: the store gives this key; min cannot be said"),
        (PkField(max=9), "Row.value: the store gives this key; max cannot be said"),
        (StringPkField(default="a/b"), f"Row.value: default 'a/b': {NOT_IN_AN_ADDRESS}"),
        (UUIDPkField(default="rock"), "Row.value: default 'rock': Must be a valid UUID."),
    ],
    ids=repr,
)
def test_wrong_keys(field: Field[Any], message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        bound(field)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (PkField(), "PkField()"),
        (PkField(column="rowid"), "PkField(column='rowid')"),
        (StringPkField(max_length=3), "StringPkField(max_length=3)"),
        (StringPkField(required=False, default=uuid4), "StringPkField(default=uuid4, required=False)"),
        (UUIDPkField(), "UUIDPkField()"),
        (UUIDPkField(required=True), "UUIDPkField(required=True)"),
    ],
    ids=repr,
)
def test_the_repr_of_a_key_leaves_out_what_its_class_says_itself(field: Field[Any], typed: str) -> None:
    assert repr(field) == typed


# For all values

VALUES = {
    PK: st.integers(-(2**63), 2**63 - 1),
    STRING_PK: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00/"), min_size=1).filter(addressable),
    UUID_PK: st.uuids(),
}


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(data=st.data())
@settings(deadline=None)
def test_what_is_shown_loads_and_parses_as_what_it_was(field: Field[Any], data: st.DataObject) -> None:
    value = data.draw(VALUES[field])
    shown = bound(field).dump(value)
    assert exactly(bound(field).load(shown)) == exactly(bound(field).parse(str(shown))) == exactly(value)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(sent=JSON_VALUES.filter(lambda value: value is not None))
@settings(deadline=None)
def test_a_value_of_json_is_loaded_or_invalid(field: Field[Any], sent: object) -> None:
    loads_or_refuses(field, sent)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(text=TEXTS | st.from_regex(r"[+-]?[0-9]{1,20}\s?|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"))
@settings(deadline=None)
def test_a_text_is_parsed_or_invalid(field: Field[Any], text: str) -> None:
    parses_or_refuses(field, text)
