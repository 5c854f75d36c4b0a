"""Searches: the text that somebody types → what a store is asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pyrest import models
from pyrest.errors import Invalid
from pyrest.models.catalog import resolve
from pyrest.models.model import declaration
from pyrest.paths import ModelNames, followed
from pyrest.plan import EVERYTHING, And, Linked, Or, Search, Term, Text, Where
from pyrest.searching import MAX_SEARCH, MAX_WORDS, parts_search, words_search
from pyrest.surface import Surface


class Stamp(models.Model):
    id = models.PkField()
    text = models.StringField()


class Letter(models.Model):
    id = models.PkField()
    subject = models.StringField()
    body = models.StringField()
    stamp = models.ForeignKey(Stamp)


CATALOG = resolve([Letter])


def surface(*names: str) -> Surface:
    found = tuple(followed(ModelNames(declaration(Letter), lambda: CATALOG), name) for name in names)
    return Surface(declaration(Letter), {}, {}, searched=found)


def holds(word: str, field: str = "subject") -> Where:
    return Text(field, "anywhere", word, "unicode")


@pytest.mark.parametrize(
    ("names", "text", "condition"),
    [
        (("subject",), "red", Or((holds("red"),))),
        (("subject",), " red  Wine ", And((Or((holds("red"),)), Or((holds("Wine"),))))),
        (("subject", "stamp__text"), "100%", Or((holds("100%"), Linked("stamp", Stamp, "id", holds("100%", "text"))))),
        (("subject",), '"red', Or((holds('"red'),))),
        (("subject",), "", EVERYTHING),
        (("subject",), "  ", EVERYTHING),
    ],
)
def test_each_part_stands_in_one_of_the_texts(names: tuple[str, ...], text: str, condition: Where) -> None:
    assert parts_search(surface(*names), text) == condition


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("red", [Term("red")]),
        ("  red  Wine ", [Term("red"), Term("Wine")]),
        ('"red wine"', [Term("red wine")]),
        ('white "red  wine" bread', [Term("white"), Term("red  wine"), Term("bread")]),
        ("win*", [Term("win", prefix=True)]),
        ('"red win"* bread', [Term("red win", prefix=True), Term("bread")]),
        ("AND -red title:x c++ it's", [Term("AND"), Term("-red"), Term("title:x"), Term("c++"), Term("it's")]),
        ("red & wine", [Term("red"), Term("wine")]),
        ('red ""', [Term("red")]),
        ("été 東京 ①", [Term("été"), Term("東京"), Term("①")]),
    ],
)
def test_words_phrases_and_beginnings(text: str, terms: list[Term]) -> None:
    assert words_search(surface("subject", "body"), text) == Search(("subject", "body"), tuple(terms))


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_a_search_without_anything_is_none(text: str) -> None:
    assert words_search(surface("subject"), text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"red', "A quote is not closed."),
        ('red "', "A quote is not closed."),
        ('"a" "b', "A quote is not closed."),
        ('5"x"', "Quotes stand around a phrase, with a space before and behind."),
        ('"red"wine', "Quotes stand around a phrase, with a space before and behind."),
        ("*", "* stands at the end of a word or a phrase, for one that begins so."),
        ("*red", "* stands at the end of a word or a phrase, for one that begins so."),
        ("r*d", "* stands at the end of a word or a phrase, for one that begins so."),
        ("red**", "* stands at the end of a word or a phrase, for one that begins so."),
        ("++", "A search is for words, which are made of letters and digits."),
        ('"" --', "A search is for words, which are made of letters and digits."),
    ],
)
def test_what_is_no_search(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        words_search(surface("subject"), text)
    assert str(refusal.value) == said


@pytest.mark.parametrize("search", [parts_search, words_search])
@pytest.mark.parametrize("text", ["x" * (MAX_SEARCH + 1), " " * (MAX_SEARCH + 1), "x " * (MAX_WORDS + 1)])
def test_a_search_has_limits(search: Callable[[Surface, str], object], text: str) -> None:
    search(surface("subject"), "x" * MAX_SEARCH)
    search(surface("subject"), "x " * MAX_WORDS)
    with pytest.raises(Invalid, match=f"A search has at most {MAX_WORDS} words and {MAX_SEARCH} characters"):
        search(surface("subject"), text)


@pytest.mark.parametrize("search", [parts_search, words_search])
def test_a_search_is_a_text(search: Callable[[Surface, str], object]) -> None:
    with pytest.raises(Invalid, match="Null characters are not allowed"):
        search(surface("subject"), "a\x00b")
