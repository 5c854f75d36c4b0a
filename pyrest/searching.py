"""The text of a search → what a store is asked for: parts of texts, or words, phrases and beginnings of words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar
from unicodedata import category

from pyrest.errors import Invalid
from pyrest.linking import both, reaching
from pyrest.models.fields.text import checked_text
from pyrest.paths import Found
from pyrest.plan import EVERYTHING, Or, Search, Term, Text, Where
from pyrest.surface import Surface

W = TypeVar("W")

MAX_SEARCH = 200
MAX_WORDS = 10

_TERM = re.compile(r'\s*(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"*]+))(?P<begun>\*?)(?!\S)')


def parts_search(surface: Surface, text: str) -> Where:
    """The rows of which each word of a text stands somewhere in one of the texts that are searched. Case does not count.

    Raises `Invalid`.
    """
    words = _checked(text, str.split)
    return both(EVERYTHING, *(Or(tuple(_holding(found, word) for found in surface.searched)) for word in words))


def words_search(surface: Surface, text: str) -> Search | None:
    """The rows in which all of these are: words, `"phrases in quotes"`, `beginnin*`. None for a text without anything.

    Raises `Invalid`.
    """
    terms = _checked(text, _terms)
    wanted = tuple(term for term in terms if _has_a_word(term.text))
    if terms and not wanted:
        raise Invalid("A search is for words, which are made of letters and digits.")
    return Search(tuple(found.leaf.field.name for found in surface.searched), wanted) if wanted else None


def _checked(text: str, split: Callable[[str], list[W]]) -> list[W]:
    words = split(checked_text(text)) if len(text) <= MAX_SEARCH else None
    if words is None or len(words) > MAX_WORDS:
        raise Invalid(f"A search has at most {MAX_WORDS} words and {MAX_SEARCH} characters.")
    return words


def _terms(text: str) -> list[Term]:
    text = text.strip()
    found, at = [], 0
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise Invalid(_fault(text, text[at:].split()[0]))
        found.append(Term(term["phrase"] or term["word"] or "", bool(term["begun"])))
        at = term.end()
    return found


def _fault(text: str, word: str) -> str:
    if text.count('"') % 2:
        return "A quote is not closed."
    if '"' in word:
        return "Quotes stand around a phrase, with a space before and behind."
    return "* stands at the end of a word or a phrase, for one that begins so."


def _has_a_word(text: str) -> bool:
    return any(category(character)[0] in "LN" for character in text)


def _holding(found: Found, word: str) -> Where:
    return reaching([(found.path, Text(found.leaf.field.name, "anywhere", word, "unicode"))])
