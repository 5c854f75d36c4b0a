"""The grammar of trees in a query string: `or=(city=Paris,and=(city=Lyon,number__gt=3))` → Q.

    group = "(" term *("," term) ")"
    term  = ("and" / "or" / "not") "=" group  /  name "=" value
    value = quoted / list / any characters but comma and parentheses
    list  = "(" value *("," value) ")"

A value in double quotes may hold commas and parentheses; a quote in it is written `\\"`, a backslash `\\\\`.
"""

from __future__ import annotations

import re
from typing import Any, Literal, NoReturn

from pyrest.errors import BadParameter, Invalid
from pyrest.q import Q

MAX_DEPTH = 10
MAX_TERMS = 100

CONNECTORS = ("and", "or", "not")
_NAME = re.compile(r"[^=,()\"]+(?==)")
_BARE = re.compile(r"[^,()]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)


def tree(connector: str, text: str) -> Q:
    """The group behind `and=`, `or=` or `not=`. Raises `BadParameter`."""
    return Parser(connector, text).whole()


def split(text: str) -> list[str]:
    """The values of a list that stands alone: `Paris,"Lyon, Rhône"`, in parentheses or without. Raises `Invalid`."""
    parser = Parser("", text)
    try:
        found = parser.values() if text.startswith("(") else parser.separated()
        if parser.place < len(text):
            parser.expected("the end" if text.startswith("(") else "a comma")
    except BadParameter as refusal:
        raise Invalid(str(refusal)) from None
    return found


class Parser:
    """Reads a text from its beginning, character by character; `place` is where it has come to. Every method may raise `BadParameter`."""

    def __init__(self, parameter: str, text: str) -> None:
        self.parameter = parameter
        self.text = text
        self.place = 0
        self.terms = 0

    def whole(self) -> Q:
        found = self.group(self.parameter, 1)
        if self.place < len(self.text):
            self.expected("the end")
        return found

    def group(self, connector: str, depth: int) -> Q:
        if depth > MAX_DEPTH:
            self.refuse(f"At most {MAX_DEPTH} groups stand within each other.")
        if not self.take("("):
            self.expected("a (")
        lookups: list[tuple[str, Any]] = []
        parts: list[Q] = []
        while True:
            self.term(lookups, parts, depth)
            if not self.take(","):
                break
        if not self.take(")"):
            self.expected("a comma or a )")
        kind: Literal["and", "or"] = "or" if connector == "or" else "and"
        return Q.of(kind, tuple(lookups), tuple(parts), negated=connector == "not")

    def term(self, lookups: list[tuple[str, Any]], parts: list[Q], depth: int) -> None:
        self.terms += 1
        if self.terms > MAX_TERMS:
            self.refuse(f"There are more than {MAX_TERMS} conditions.")
        found = _NAME.match(self.text, self.place)
        if found is None:
            self.expected("a name and =")
        self.place = found.end() + 1
        name = found.group()
        if name in CONNECTORS:
            parts.append(self.group(name, depth + 1))
        else:
            lookups.append((name, self.values() if self.text.startswith("(", self.place) else self.value()))

    def values(self) -> list[str]:
        self.take("(")
        found = self.separated()
        if not self.take(")"):
            self.expected("a comma or a )")
        return found

    def separated(self) -> list[str]:
        found = [self.value()]
        while self.take(","):
            found.append(self.value())
        return found

    def value(self) -> str:
        if self.text.startswith('"', self.place):
            quoted = _QUOTED.match(self.text, self.place)
            if quoted is None:
                self.refuse("A quote is not closed.")
            self.place = quoted.end()
            return re.sub(r"\\(.)", r"\1", quoted.group(1), flags=re.S)
        bare = _BARE.match(self.text, self.place)
        assert bare is not None  # it matches nothing, too
        self.place = bare.end()
        return bare.group()

    def take(self, character: str) -> bool:
        there = self.text.startswith(character, self.place)
        self.place += there
        return there

    def expected(self, what: str) -> NoReturn:
        self.refuse(f"{what[:1].upper()}{what[1:]} is expected at character {self.place + 1}.")

    def refuse(self, message: str) -> NoReturn:
        raise BadParameter(self.parameter, message)
