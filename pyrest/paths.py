"""Paths: names such as `album__artist__name__startswith` → conditions and orders, through relations in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pyrest.errors import Invalid, Misdeclared, UnknownName, ValidationError, did_you_mean, quoted
from pyrest.linking import Path, both, reaching
from pyrest.lookups import LOOKUPS, WORDS, Reading, condition
from pyrest.models.catalog import Catalog
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.models.fields.related import pointing
from pyrest.models.model import declaration
from pyrest.plan import Not, Or, Order, Step, Where
from pyrest.q import Q

MAX_RELATIONS = 10


class Leaf(NamedTuple):
    """A field at the end of a path of its own, and how a value to compare it with is read."""

    field: Field[Any]
    path: Path
    reading: Reading


class Names(Protocol):
    """What the words of a path may be: fields and relations of one model."""

    kind: str
    """What an unknown first word is called in an error."""

    def leaf(self, word: str) -> Leaf | None:
        """The field of that name."""

    def edge(self, word: str) -> Edge | None:
        """The relation of that name."""

    def beyond(self, edge: Edge) -> Names:
        """The names at the end of a relation."""

    def known(self) -> Iterable[str]:
        """All names, to suggest one of them."""


class Found(NamedTuple):
    """A path that was understood: the relations to follow, the field at their end, the words behind it."""

    path: Path
    leaf: Leaf
    words: tuple[str, ...]


Find = Callable[[str], Found]


def followed(names: Names, name: str, lookups: bool = True) -> Found:
    """The words of a name, looked up one after the other; without `lookups` all of them are fields and relations.

    Raises `UnknownName`, and `Invalid` for a path that is too long.
    """
    words = name.split("__")
    path: list[Edge] = []
    while True:
        word, *rest = words
        leaf = names.leaf(word)
        edge = names.edge(word) if rest or leaf is None else None
        if edge is not None and (_goes_on(names, edge, leaf, rest) if lookups else rest):
            if len(path) == MAX_RELATIONS:
                raise Invalid(f"A path follows at most {MAX_RELATIONS} relations.")
            path.append(edge)
            names, words = names.beyond(edge), rest
            continue
        if leaf is None and edge is not None:
            path.append(edge)
            leaf = names.beyond(edge).leaf("pk")
        if leaf is None:
            raise _unknown(names, word, bool(path), bool(rest) or not lookups)
        return Found((*path, *leaf.path), leaf, tuple(rest))


def _goes_on(names: Names, edge: Edge, leaf: Leaf | None, rest: Sequence[str]) -> bool:
    """Whether the words behind a relation are about the rows that it leads to, rather than lookups of what it is shown by."""
    if not rest or (len(rest) == 1 and rest[0] in LOOKUPS):
        return False
    further = names.beyond(edge)
    return leaf is None or rest[0] not in WORDS or further.leaf(rest[0]) is not None or further.edge(rest[0]) is not None


def _unknown(names: Names, word: str, inside: bool, more: bool) -> UnknownName:
    known = tuple(names.known())
    if inside and not more and did_you_mean(word, LOOKUPS) and not did_you_mean(word, known):
        return UnknownName("lookup", word, LOOKUPS)
    return UnknownName("field" if inside else names.kind, word, known)


def where_of(find: Find, q: Q) -> Where:
    """A tree of lookups → its condition; `find` understands names.

    Raises `UnknownName`, and `ValidationError` which names the lookup, for all faults at once.
    """
    terms = _terms(find, q.lookups)
    parts = [where_of(find, part) for part in q.parts]
    if q.connector == "or":
        where: Where = Or((*(reaching([term]) for term in terms), *parts))
    else:
        where = both(reaching(terms), *parts) if parts else reaching(terms)
    return Not(where) if q.negated else where


def terms_where(find: Find, lookups: Iterable[tuple[str, Any]]) -> Where:
    """Lookups that hold together → their condition. Raises as `where_of` does."""
    return reaching(_terms(find, lookups))


def _terms(find: Find, lookups: Iterable[tuple[str, Any]]) -> list[tuple[Path, Where]]:
    terms: list[tuple[Path, Where]] = []
    errors: dict[str, object] = {}
    for name, value in lookups:
        try:
            found = find(name)
            terms.append((found.path, condition(found.leaf.field, found.words, value, found.leaf.reading)))
        except Invalid as refusal:
            errors[name] = [str(refusal)]
    if errors:
        raise ValidationError(errors)
    return terms


def order_of(names: Names, name: str) -> Order:
    """`-album__title`, `composer:nullslast` → an order. Raises `UnknownName`, and `Invalid` for what has no order."""
    bare, colon, nulls = name.removeprefix("-").partition(":")
    if colon and nulls not in ("nullsfirst", "nullslast"):
        raise Invalid(f"Behind the colon stands nullsfirst or nullslast, not {quoted(nulls)}.")
    try:
        found = followed(names, bare, lookups=False)
    except UnknownName as refusal:
        raise UnknownName("ordering", refusal.name, refusal.known) from None
    if found.words:
        raise UnknownName("ordering", bare, names.known())
    several = [edge.name for edge in found.path if not edge.single]
    if several:
        raise Invalid(f"{several[0]} leads to several rows, which give no order.")
    if not found.leaf.field.comparable:
        raise Invalid(f"The values of {found.leaf.field.name} have no order.")
    which: Any = nulls.removeprefix("nulls") or None
    return Order(found.leaf.field.name, name.startswith("-"), which, steps_along(found.path))


def steps_along(path: Path) -> tuple[Step, ...]:
    """The steps of a path of relations to single rows."""
    return tuple(Step(edge.near.name, edge.target, edge.field.name) for edge in path)


# The way of Python.


class PythonReading:
    """Values given in Python."""

    def one(self, field: Field[Any], value: Any) -> Any:
        if isinstance(value, str) and field.is_key and field.family == "integer":
            return field.parse(value)  # the text of a key is that key
        return None if value is None else field.plain(pointing(field, value))

    def several(self, value: Any) -> Sequence[Any]:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            raise Invalid("A list of values is required.")
        return tuple(value)

    def flag(self, value: Any) -> bool:
        if type(value) is not bool:
            raise Invalid("True or False is required.")
        return value

    def number(self, value: Any) -> int:
        if type(value) is not int:
            raise Invalid("A whole number is required.")
        return value

    def text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Invalid("A text is required.")
        return value

    def scalar(self, value: Any) -> Sequence[Any]:
        if not isinstance(value, str | int | float | None):
            raise Invalid("A text, a number, True, False or None is required.")
        return (value,)


PYTHON = PythonReading()


class ModelNames:
    """All fields and relations of a model."""

    kind = "field"

    def __init__(self, declared: Declaration, catalog: Callable[[], Catalog | None]) -> None:
        self._declared = declared
        self._catalog = catalog

    def leaf(self, word: str) -> Leaf | None:
        declared = self._declared
        field = declared.key if word == "pk" else declared.fields.get(word) or declared.fields.get(declared.key_attributes.get(word, ""))
        return None if field is None else Leaf(field, (), PYTHON)

    def edge(self, word: str) -> Edge | None:
        return self._edges.get(word)

    def beyond(self, edge: Edge) -> Names:
        return ModelNames(declaration(edge.target), self._catalog)

    def known(self) -> Iterable[str]:
        return dict.fromkeys((*self._declared.fields, *self._edges))

    @property
    def _edges(self) -> Mapping[str, Edge]:
        catalog = self._catalog()
        return {} if catalog is None else catalog.edges.get(self._declared.model, {})


def ordering(names: Names, given: Iterable[str]) -> tuple[Order, ...]:
    """`("-milliseconds", "album__title")` → orders. Raises `UnknownName`, and `Misdeclared` for what has no order."""
    found = []
    for name in given:
        try:
            found.append(order_of(names, name))
        except Invalid as refusal:
            raise Misdeclared(f"ordering {name!r}: {refusal}") from None
    return tuple(found)
