"""The surface of a resource: what of it a client may filter and order by, also through relations, and how texts become values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from pyrest.errors import Invalid, Misdeclared, did_you_mean
from pyrest.linking import Path
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.models.fields.numbers import INTEGER_MAX
from pyrest.models.model import Model, declaration
from pyrest.paths import Found, Leaf, Names, followed

Place = Any
"""Where a request came in, with its `links`: see `serializers/fields.py`."""

MAX_VALUES = 1000
MAX_UNDERSTOOD = 1000

TRUE, FALSE = ("true", "1"), ("false", "0")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a client may filter by under one name: a field at the end of a path. `read` reads a text in a way of its own."""

    field: Field[Any]
    path: Path = ()
    read: Callable[[str, Place], Any] | None = None


@dataclass(slots=True)
class Surface:
    """What a client may ask of the rows of a model.

    `filters` and `orderings` are what may be asked of the rows by name, `edges` the relations that lead on. What may be asked of the
    rows at their end, `others` says by the model.
    """

    declared: Declaration
    filters: Mapping[str, Filter]
    orderings: Mapping[str, Filter]
    edges: Mapping[str, Edge] = field(default_factory=dict)
    others: Mapping[type[Model], Surface] = field(default_factory=dict)
    searched: tuple[Found, ...] = ()
    """The texts that `search` looks into."""
    by_words: bool = False
    """Whether it looks for words in them, by an index of the store's; else for any part of a text."""
    hidden: frozenset[str] = frozenset()
    """The names that may be asked by, although what they stand for is not shown."""
    understood: dict[str, Found] = field(default_factory=dict)
    """Names that were looked up already."""

    def beyond(self, edge: Edge) -> Surface:
        """What may be asked of the rows at the end of a relation; where they have no endpoint, only which they are."""
        found = self.others.get(edge.target)
        return found if found is not None else Surface(declaration(edge.target), {}, {})


class TextReading:
    """Texts of a query string. `read` reads a single one where its field does not. What is `related` may be missing: then it is empty."""

    def __init__(self, split: Callable[[str], list[str]], read: Callable[[str], Any] | None = None, related: bool = False) -> None:
        self._split = split
        self._read = read
        self._related = related
        self.is_own = read is not None

    def one(self, field: Field[Any], value: Any) -> Any:
        text = self.text(value)
        if self._read is not None:
            return self._read(text)
        return None if text == "" and (self._related or field.foreign is not None) else field.parse(text)

    def several(self, value: Any) -> Sequence[Any]:
        values = value if isinstance(value, list) else self._split(value)
        if len(values) > MAX_VALUES:
            raise Invalid(f"At most {MAX_VALUES} values at once.")
        return values

    def flag(self, value: Any) -> bool:
        if value not in (*TRUE, *FALSE):
            raise Invalid("true or false is required.")
        return value in TRUE

    def number(self, value: Any) -> int:
        text = self.text(value)
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 10):
            raise Invalid("A whole number is required.")
        return int(text)

    def text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Invalid("One value is required, without parentheses.")
        return value

    def scalar(self, value: Any) -> Sequence[Any]:
        """A text, and what JSON reads in it where that is a number, true, false or null."""
        text = self.text(value)
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            return (text,)
        if isinstance(found, int) and found > INTEGER_MAX:
            found = float(found)  # as JSON's readers take a number that is too long
        return (text, found) if isinstance(found, int | float | None) else (text,)


class RequestNames:
    """The names that a client may filter by, in one request."""

    kind = "filter"

    def __init__(self, surface: Surface, place: Place, split: Callable[[str], list[str]], inside: bool = False) -> None:
        self._surface = surface
        self._place = place
        self._split = split
        self._inside = inside

    def leaf(self, word: str) -> Leaf | None:
        found = self._surface.filters.get(word)
        if found is None:
            # Behind a relation, `pk` says which row is meant, as its address does.
            is_key = self._inside and word == "pk"
            return Leaf(self._surface.declared.key, (), TextReading(self._split, related=True)) if is_key else None
        read, place = found.read, self._place
        reading = TextReading(self._split, None if read is None else lambda text: read(text, place), bool(found.path))
        return Leaf(found.field, found.path, reading)

    def find(self, name: str) -> Found:
        """A path. Raises as `followed` does."""
        known = self._surface.understood
        found = known.get(name)
        if found is None:
            found = followed(self, name)
            # A reading of its own belongs to the request.
            if len(known) < MAX_UNDERSTOOD and not (isinstance(found.leaf.reading, TextReading) and found.leaf.reading.is_own):
                known[name] = found
        return found

    def edge(self, word: str) -> Edge | None:
        return self._surface.edges.get(word)

    def beyond(self, edge: Edge) -> Names:
        return RequestNames(self._surface.beyond(edge), self._place, self._split, inside=True)

    def known(self) -> Iterable[str]:
        return dict.fromkeys((*self._surface.filters, *self._surface.edges))


class OrderingNames:
    """The names that a client may order by."""

    kind = "ordering"

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    def leaf(self, word: str) -> Leaf | None:
        found = self._surface.orderings.get(word)
        return None if found is None else Leaf(found.field, found.path, TextReading(list))

    def edge(self, word: str) -> Edge | None:
        return self._surface.edges.get(word)

    def beyond(self, edge: Edge) -> Names:
        return OrderingNames(self._surface.beyond(edge))

    def known(self) -> Iterable[str]:
        return self._surface.orderings


def surface(
    declared: Declaration,
    filters: Mapping[str, Filter],
    orderings: Mapping[str, Filter],
    edges: Mapping[str, Edge],
    every_edge: Mapping[str, Edge],
    filter_fields: object,
    ordering_fields: object,
    owner: str,
) -> Surface:
    """What is shown can be filtered and ordered by, unless the two options say less; they may name fields that are not shown.

    Raises `Misdeclared`, naming the owner.
    """
    hidden: frozenset[str] = frozenset()
    if filter_fields is not None:
        shown = {**filters, **edges}
        known = {name: Filter(column) for name, column in declared.fields.items()} | dict(filters)
        every_edge = {**every_edge, **edges}
        chosen = named((*known, *every_edge), filter_fields, f"{owner}.filter_fields", declared.name)
        hidden = frozenset(name for name in chosen if name not in shown)
        filters = {name: known[name] for name in chosen if name in known}
        edges = {name: every_edge[name] for name in chosen if name in every_edge}
    if ordering_fields is not None:
        columns = {name: Filter(column) for name, column in declared.fields.items()} | dict(orderings)
        orderings = {name: columns[name] for name in named(columns, ordering_fields, f"{owner}.ordering_fields", declared.name)}
    return Surface(declared, filters, {name: one for name, one in orderings.items() if one.field.comparable}, edges, hidden=hidden)


def field_names(declared: Declaration, names: object, option: str) -> tuple[str, ...]:
    """The names of fields that an option gives. Raises `Misdeclared`, naming the option."""
    return named(declared.fields, names, option, declared.name)


def named(known: Iterable[str] | None, names: object, option: str, owner: str) -> tuple[str, ...]:
    """The names that an option gives, out of those that are known, if any are. Raises `Misdeclared`, naming the option."""
    known = None if known is None else tuple(known)
    if isinstance(names, str):
        raise Misdeclared(f'{option} is a tuple of names: write ("{names}",)')
    if not isinstance(names, list | tuple | set | frozenset):
        raise Misdeclared(f"{option} is a tuple of names, not {names!r}")
    for name in names:
        if not isinstance(name, str) or (known is not None and name not in known):
            raise Misdeclared(f"{option}: {name!r} is no field of {owner}{did_you_mean(str(name), known or ())}")
    return tuple(names)
