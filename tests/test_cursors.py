"""Cursors: what goes into one comes out of it, and nothing else is one."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, time
from decimal import Decimal
from string import ascii_letters, digits
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrest import models
from pyrest.cursors import MAX_CURSOR, Cursor, Listing, read, written
from pyrest.errors import BadParameter
from pyrest.plan import Order, Step
from pyrest.sealing import seal, unseal


class Author(models.Model):
    id = models.PkField()
    name = models.StringField()


class Book(models.Model):
    id = models.PkField()
    title = models.StringField()
    author = models.ForeignKey(Author)


SECRET = bytes(range(32))
BOOKS = Listing(SECRET, "book", [("title", "a"), ("id__gt", "3")], (Order("title"), Order("id")))
CURSOR = Cursor(("Emma", 7))
TEXT = written(CURSOR, BOOKS)
SEALED = ascii_letters + digits + "-_"

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(max_size=20),
    st.decimals(allow_nan=False, allow_infinity=False, places=4),
    st.dates(),
    st.times().map(lambda value: value.replace(fold=0)),
    st.datetimes().map(lambda value: value.replace(fold=0)),
    st.datetimes(timezones=st.just(UTC)).map(lambda value: value.replace(fold=0)),
    st.uuids(),
)


@given(st.binary(), st.binary(min_size=32, max_size=32))
def test_what_is_sealed_is_opened_with_the_same_secret_alone(content: bytes, other: bytes) -> None:
    text = seal(SECRET, content)
    assert {*text} <= {*SEALED}
    assert unseal(SECRET, text) == content
    assert unseal(other, text) == (content if other == SECRET else None)


@given(st.text() | st.text(SEALED))
def test_what_was_not_sealed_is_not_opened(text: str) -> None:
    assert unseal(SECRET, text) is None


def test_what_is_sealed_cannot_be_read() -> None:
    content = b"a value of a row that is not shown" * 3
    sealed = urlsafe_b64decode(seal(SECRET, content) + "==")
    assert len(sealed) == len(content) + 16
    assert not any(content[start : start + 3] in sealed for start in range(len(content)))
    assert seal(SECRET, content) != seal(SECRET, content + b" ")


@given(st.lists(VALUES, max_size=4), st.booleans(), st.booleans())
def test_a_cursor_comes_back_as_it_was(values: list[Any], backwards: bool, included: bool) -> None:
    found = read(written(Cursor(tuple(values), backwards, included), BOOKS), BOOKS)
    assert repr(found) == repr(Cursor(tuple(values), backwards, included))


@pytest.mark.parametrize(
    "value",
    [
        True, 1, 1.0, -0.0, float("inf"), "", "é\x00\U0010ffff", b"\xff\x00", Decimal("1.50"), Decimal("1E+3"), date.min, time.max,
        datetime.max, datetime(2024, 2, 29, tzinfo=UTC), UUID(int=7),
    ],
)  # fmt: skip
def test_a_value_keeps_its_type(value: Any) -> None:
    ((found,), *_) = read(written(Cursor((value,)), BOOKS), BOOKS)
    assert (type(found), repr(found)) == (type(value), repr(value))


def test_every_change_of_a_single_character_is_refused() -> None:
    for place, there in enumerate(TEXT):
        for other in SEALED + "=+/. \né":
            if other != there:
                with pytest.raises(BadParameter, match=r"^\"cursor\": This is no cursor of this list\. Begin with an empty one\.$"):
                    read(TEXT[:place] + other + TEXT[place + 1 :], BOOKS)


GROWN = (TEXT[1:], TEXT + "A", TEXT + "=", TEXT + "==", f" {TEXT}", TEXT * 2)


@pytest.mark.parametrize("text", [*(TEXT[:end] for end in range(1, len(TEXT))), *GROWN])
def test_a_cursor_that_was_cut_or_grew_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="This is no cursor of this list"):
        read(text, BOOKS)


@pytest.mark.parametrize(
    ("listing", "other"),
    [
        (BOOKS._replace(name="author/1/books"), "another list"),
        (BOOKS._replace(filters=[]), "other filters"),
        (BOOKS._replace(filters=[("title", "a"), ("id__gt", "4")]), "other filters"),
        (BOOKS._replace(filters=[("title", "a"), ("title", "a"), ("id__gt", "3")]), "other filters"),
        (BOOKS._replace(order=(Order("id"),)), "another ordering"),
        (BOOKS._replace(order=(Order("title", descending=True), Order("id"))), "another ordering"),
        (BOOKS._replace(order=(Order("title", nulls="last"), Order("id"))), "another ordering"),
        (BOOKS._replace(order=(Order("name", steps=(Step("author", Author, "id"),)), Order("id"))), "another ordering"),
    ],
)
def test_a_cursor_says_what_else_it_belongs_to(listing: Listing, other: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        read(TEXT, listing)
    assert str(refusal.value) == f'"cursor": This cursor belongs to {other}. Begin with an empty one.'


@pytest.mark.parametrize(
    "listing",
    [BOOKS._replace(filters=[("id__gt", "3"), ("title", "a")]), BOOKS._replace(order=(Order("title", nulls="first"), Order("id")))],
)
def test_a_cursor_belongs_to_what_is_asked_not_to_how_it_is_spelt(listing: Listing) -> None:
    assert read(TEXT, listing) == CURSOR


def test_another_secret_makes_other_cursors() -> None:
    with pytest.raises(BadParameter, match="This is no cursor of this list"):
        read(TEXT, BOOKS._replace(secret=bytes(32)))


def test_a_cursor_has_a_limit() -> None:
    longest = written(Cursor(("x" * 2100, 1)), BOOKS)
    assert len(longest) <= MAX_CURSOR
    with pytest.raises(BadParameter, match="too long for one"):
        written(Cursor(("x" * 2300, 1)), BOOKS)


def test_the_length_of_a_cursor_hides_that_of_a_short_text() -> None:
    assert {len(written(Cursor(("x" * length, 1)), BOOKS)) for length in range(20)} == {len(TEXT)}
