"""What errors say: names in quotes, the nearest name that exists, one clear sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import errors
from pyrest.errors import (
    BadParameter,
    Conflict,
    Misdeclared,
    PyrestError,
    ReferenceViolated,
    StillReferenced,
    UniqueViolated,
    UnknownName,
    ValidationError,
    did_you_mean,
    quoted,
)

KNOWN = ("title", "album", "composer", "milliseconds", "first_name")
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("titel", '; did you mean "title"?'),
        ("millisecond", '; did you mean "milliseconds"?'),
        ("firstName", '; did you mean "first_name"?'),
        ("TITLE", '; did you mean "title"?'),
        ("com", '; did you mean "composer"?'),
        ("mil", '; did you mean "milliseconds"?'),
        ("artist_id", ""),
        ("", ""),
        ("title" * 1000, ""),
    ],
    ids=lambda text: text[:12] or "nothing",
)
def test_the_nearest_name_is_suggested(name: str, said: str) -> None:
    assert did_you_mean(name, KNOWN) == said


def test_a_suggestion_is_spelt_as_it_is_declared() -> None:
    assert did_you_mean("unitprice", ["UnitPrice"]) == '; did you mean "UnitPrice"?'


def test_nothing_is_suggested_where_nothing_is_known() -> None:
    assert did_you_mean("title", iter(())) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("title", '"title"'),
        ("", '""'),
        ("größe", '"größe"'),
        ("x" * 80, '"' + "x" * 80 + '"'),
        ("x" * 81, '"' + "x" * 79 + '…"'),
        ("\ud800", '"?"'),
    ],
    ids=["plain", "empty", "non-ASCII", "80 characters", "81 characters", "lone surrogate"],
)
def test_a_quoted_name_is_fit_for_a_sentence(name: str, said: str) -> None:
    assert quoted(name) == said


@given(ANY_TEXT)
@settings(deadline=None)
def test_any_name_can_be_quoted_and_looked_up(name: str) -> None:
    said = quoted(name) + did_you_mean(name, KNOWN)
    assert len(said.encode()) <= len('"";did you mean "milliseconds"? ') + 4 * 80


def test_an_unknown_name_carries_what_is_known() -> None:
    error = UnknownName("filter", "titel", iter(KNOWN))
    assert (error.kind, error.name, error.known) == ("filter", "titel", KNOWN)
    assert str(error) == 'unknown filter "titel"; did you mean "title"?'


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UnknownName("field", "colour", KNOWN), 'unknown field "colour"'),
        (BadParameter("count", "at most 100."), '"count": at most 100.'),
        (ValidationError({"title": ["This field is required."]}), "title: This field is required."),
        (ValidationError({"a": ["One.", "Two."], "b": ["Three."]}), "a: One. Two.; b: Three."),
        (ValidationError({"tracks": {"1": ["Odd."]}}), "tracks: {'1': ['Odd.']}"),
        (UniqueViolated(("album", "order")), "another row has the same album and order already"),
        (UniqueViolated(()), "another row has the same values already"),
        (StillReferenced("address", ("users", "shops")), "this row of address is still used by users, shops"),
        (StillReferenced("address", ()), "this row of address is still used by other rows"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_reads_as_one_sentence(error: PyrestError, sentence: str) -> None:
    assert str(error) == sentence


def test_a_validation_error_keeps_its_messages_and_what_was_missing() -> None:
    error = ValidationError({"title": ["This field is required."]}, missing=["title"])
    assert error.errors == {"title": ["This field is required."]}
    assert error.missing == {"title"}


def test_every_error_is_a_pyrest_error() -> None:
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(found) > 10
    assert all(issubclass(kind, PyrestError) for kind in found)


def test_what_breaks_a_constraint_is_a_conflict() -> None:
    assert issubclass(UniqueViolated, Conflict)
    assert issubclass(StillReferenced, ReferenceViolated)
    assert issubclass(ReferenceViolated, Conflict)
    assert not issubclass(Misdeclared, Conflict)
