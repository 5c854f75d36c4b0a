"""The grammar of `fields`, `omit` and `expand` in a query string → what is wanted of objects, level by level.

    names     = name *("," name)
    name      = word ["(" names ")"]
    relations = relation *("," relation)
    relation  = word ["(" argument *("," argument) ")"]
    argument  = ("fields" / "omit") "=" (name / "(" names ")")
              / "expand" "=" (relation / "(" relations ")")
              / word "=" (value / list / group)

Values, lists and groups are those of `trees.py`. An argument is what the list of the relation would be asked, with `,` for `&`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from pyrest.errors import BadParameter, quoted
from pyrest.trees import CONNECTORS, Parser

MAX_LENGTH = 4000
MAX_NAMES = 100
MAX_LEVELS = 10

SHAPING = ("fields", "omit", "expand")

_WORD = re.compile(r"[^=,()\"]+")

Names: TypeAlias = tuple[str, ...]
Way: TypeAlias = tuple[str, ...]
"""The names that lead from the objects of a request to those of one level."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is wanted of the objects of a level, the names of each kind sorted; equal where it comes to the same.

    `fields` are those to show, None for all. `objects` are those of them of which something within is named. `inner` says what is wanted
    of the objects of the level below.
    """

    fields: Names | None = None
    objects: Names = ()
    omit: Names = ()
    expand: Names = ()
    inner: tuple[tuple[str, Shape], ...] = ()


class Shaped(NamedTuple):
    """A shape, and what the lists of its relations are asked, by the way to each."""

    shape: Shape
    arguments: Mapping[Way, list[tuple[str, str]]]


@dataclass(slots=True)
class _Level:
    """A level while it is read."""

    fields: set[str] | None = None
    objects: set[str] = field(default_factory=set)
    omit: set[str] = field(default_factory=set)
    expand: set[str] = field(default_factory=set)
    inner: dict[str, _Level] = field(default_factory=dict)
    arguments: list[tuple[str, str]] = field(default_factory=list)

    def below(self, name: str) -> _Level:
        return self.inner.setdefault(name, _Level())

    def shape(self) -> Shape:
        inner = tuple((name, level.shape()) for name, level in sorted(self.inner.items()))
        fields = None if self.fields is None else tuple(sorted(self.fields))
        return Shape(fields, tuple(sorted(self.objects)), tuple(sorted(self.omit)), tuple(sorted(self.expand)), inner)

    def collect(self, way: Way, found: dict[Way, list[tuple[str, str]]]) -> dict[Way, list[tuple[str, str]]]:
        if self.arguments:
            found[way] = self.arguments
        for name, level in self.inner.items():
            level.collect((*way, name), found)
        return found


def shaped(texts: Mapping[str, list[str]]) -> Shaped:
    """What these parameters, by name, ask together. Raises `BadParameter`."""
    given = tuple((name, text) for name in SHAPING for text in texts.get(name, ()))
    for parameter, text in given:
        if len(text) > MAX_LENGTH:
            raise BadParameter(parameter, f"It has more than {MAX_LENGTH} characters.")
    return _shaped(given)


@lru_cache(maxsize=256)
def _shaped(given: tuple[tuple[str, str], ...]) -> Shaped:
    root = _Level()
    names = 0
    for parameter, text in given:
        parser = _Parser(parameter, text, names)
        parser.everything(root)
        names = parser.terms
    return Shaped(root.shape(), root.collect((), {}))


class _Parser(Parser):
    def __init__(self, parameter: str, text: str, names: int) -> None:
        super().__init__(parameter, text)
        self.terms = names

    def everything(self, level: _Level) -> None:
        self.all_of(self.parameter, level, 1)
        if self.place < len(self.text):
            self.expected("a comma or the end")

    def all_of(self, kind: str, level: _Level, depth: int) -> None:
        self.several(lambda: self.one(kind, level, depth))

    def one(self, kind: str, level: _Level, depth: int) -> None:
        """A name of `fields` or `omit`, or a relation of `expand`."""
        name = self.word()
        opened = self.take("(")
        if opened and depth == MAX_LEVELS:
            self.refuse(f"At most {MAX_LEVELS} levels stand within each other.")
        _note(kind, level, name, opened)
        if not opened:
            return
        if kind == "expand":
            self.several(lambda: self.argument(level.below(name), depth + 1))
        else:
            self.all_of(kind, level.below(name), depth + 1)
        self.closed()

    def argument(self, level: _Level, depth: int) -> None:
        name = self.word()
        if not self.take("="):
            self.refuse(f"A = is expected at character {self.place + 1}, as in {quoted(f'expand={name}')}.")
        if name not in SHAPING:
            level.arguments.append((name, self.asked(name)))
        elif self.take("("):
            self.all_of(name, level, depth)
            self.closed()
        else:
            self.one(name, level, depth)

    def asked(self, name: str) -> str:
        """The text that a list would be asked under this name."""
        start = self.place
        if name in CONNECTORS:
            self.group(name, 1)
        elif self.text.startswith("(", start):
            values = self.values()
            return ",".join(values) if name == "ordering" else self.text[start : self.place]
        else:
            return self.value()
        return self.text[start : self.place]

    def several(self, read: Callable[[], None]) -> None:
        read()
        while self.take(","):
            read()

    def word(self) -> str:
        self.terms += 1
        if self.terms > MAX_NAMES:
            self.refuse(f"There are more than {MAX_NAMES} names.")
        found = _WORD.match(self.text, self.place)
        if found is None:
            self.expected("a name")
        self.place = found.end()
        return found.group()

    def closed(self) -> None:
        if not self.take(")"):
            self.expected("a comma or a )")


def _note(kind: str, level: _Level, name: str, opened: bool) -> None:
    if kind == "expand":
        level.expand.add(name)
    elif kind == "fields":
        level.fields = {*(level.fields or ()), name}
        if opened:
            level.objects.add(name)
    elif not opened:
        level.omit.add(name)
