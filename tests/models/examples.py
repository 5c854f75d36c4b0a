"""What the tests of fields share: binding one, comparing values exactly, and what a hostile client may send."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st

from pyrest.errors import Invalid
from pyrest.models import Field

F = TypeVar("F", bound=Field[Any])

TEXTS = st.text(st.characters(exclude_categories=()))
"""Any text, also with lone surrogates and U+0000."""

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
"""Any value that a JSON parser may give, also numbers as Decimal."""

NO_TEXTS: list[object] = [True, 0, 1.5, [], ["a"], {}, {"value": "a"}, b"a"]


def bound(field: F) -> F:
    """The field as a model has it."""
    return field.bind("Row", "value", 0)


def exactly(value: object) -> tuple[type, str]:
    """A value with its type and digits: `True`, `1`, `1.0` and `Decimal("1.00")` are equal to Python."""
    return type(value), repr(value)


def loads_or_refuses(field: Field[Any], sent: object) -> None:
    """Nothing but `Invalid` comes out of `load`, and a value that it lets through is one of the field's."""
    try:
        value = bound(field).load(sent)
    except Invalid as refusal:
        assert str(refusal)
    else:
        assert value is None if sent is None else isinstance(value, field.python_type)


def parses_or_refuses(field: Field[Any], text: str) -> None:
    """The same for `parse`."""
    try:
        value = bound(field).parse(text)
    except Invalid as refusal:
        assert str(refusal)
    else:
        assert isinstance(value, field.python_type)


def refusal_of(field: Field[Any], sent: object) -> str:
    """The message with which a field refuses a value of a body."""
    with pytest.raises(Invalid) as refusal:
        bound(field).load(sent)
    return str(refusal.value)


def refusal_of_text(field: Field[Any], text: str) -> str:
    """The message with which a field refuses the text of a query."""
    with pytest.raises(Invalid) as refusal:
        bound(field).parse(text)
    return str(refusal.value)
