"""An oracle for the query language: a small world of rows as dictionaries, and which of them a tree of lookups means.

It is written from the documentation of the language, and uses nothing of pyrest but the Q that it is asked about.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import orjson

from pyrest import models
from pyrest.models.model import Model
from pyrest.q import Q


class Band(models.Model):
    id = models.PkField()
    name = models.StringField()
    formed = models.DateField()
    info = models.JSONField()
    mentor = models.ForeignKey("band", related_name="pupils")


class Tag(models.Model):
    id = models.PkField()
    word = models.StringField()


class Song(models.Model):
    id = models.PkField()
    title = models.StringField()
    plays = models.IntegerField()
    price = models.DecimalField(6, 2)
    heard = models.DateTimeField()
    band = models.ForeignKey(Band, related_name="songs")
    tags = models.ManyToManyField(Tag, related_name="songs")


class Cover(models.Model):
    id = models.PkField()
    color = models.StringField()
    song = models.OneToOneField(Song, related_name="cover")


MODELS: tuple[type[Model], ...] = (Band, Tag, Song, Cover)
FAMILIES: Mapping[type[Model], Mapping[str, str]] = {
    Band: {"id": "integer", "name": "text", "formed": "date", "info": "document", "mentor": "integer"},
    Tag: {"id": "integer", "word": "text"},
    Song: {"id": "integer", "title": "text", "plays": "integer", "price": "decimal", "heard": "datetime", "band": "integer"},
    Cover: {"id": "integer", "color": "text", "song": "integer"},
}


class Relation(NamedTuple):
    """The rows of `target` whose `there` holds what `here` holds in ours; without both, those that the pairs name."""

    target: type[Model]
    here: str = ""
    there: str = ""
    single: bool = False


RELATIONS: Mapping[type[Model], Mapping[str, Relation]] = {
    Band: {
        "mentor": Relation(Band, "mentor", "id", True), "pupils": Relation(Band, "id", "mentor"), "songs": Relation(Song, "id", "band"),
    },
    Tag: {"songs": Relation(Song)},
    Song: {"band": Relation(Band, "band", "id", True), "tags": Relation(Tag), "cover": Relation(Cover, "id", "song", True)},
    Cover: {"song": Relation(Song, "song", "id", True)},
}  # fmt: skip

Row = dict[str, Any]


class World(NamedTuple):
    """The rows of every model, and which songs have which tags."""

    rows: Mapping[type[Model], list[Row]]
    pairs: frozenset[tuple[int, int]]

    def beyond(self, relation: Relation, row: Row) -> list[Row]:
        if relation.here:
            return [r for r in self.rows[relation.target] if row[relation.here] is not None and r[relation.there] == row[relation.here]]
        if relation.target is Tag:
            return [tag for tag in self.rows[Tag] if (row["id"], tag["id"]) in self.pairs]
        return [song for song in self.rows[Song] if (song["id"], row["id"]) in self.pairs]


Test = Callable[[Row], bool]

TEXTUAL = ("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iexact")
ORDERED = ("exact", "ne", "gt", "gte", "lt", "lte", "in", "range", "isnull")
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": lambda one, other: one == other, "gt": lambda one, other: one > other, "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other, "lte": lambda one, other: one <= other,
}  # fmt: skip
HOLDING: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text, "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part), "exact": lambda text, part: text == part,
}  # fmt: skip
LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Term(NamedTuple):
    """What a row at the end of relations has to be; or, where it is not positive, what none there may be."""

    path: tuple[Relation, ...]
    test: Test
    positive: bool = True


def answer(world: World, model: type[Model], q: Q, order: Iterable[str], spelt: bool = False) -> list[int]:
    """The keys of the rows that a tree means, in order. `spelt` where its values came as texts of a query string."""
    rows = sorted((row for row in world.rows[model] if holds(world, model, row, q, spelt)), key=lambda row: row["id"])
    for name in reversed([*order]):
        bare, _, nulls = name.removeprefix("-").partition(":")
        values = {row["id"]: ordered_by(world, model, row, bare.split("__")) for row in rows}
        some = sorted((r for r in rows if values[r["id"]] is not None), key=lambda r: values[r["id"]], reverse=name.startswith("-"))
        none = [row for row in rows if values[row["id"]] is None]
        first = nulls == "nullsfirst" if nulls else not name.startswith("-")
        # Sorting in reverse keeps equal rows as they were.
        rows = [*none, *some] if first else [*some, *none]
    return [row["id"] for row in rows]


def ordered_by(world: World, model: type[Model], row: Row, words: list[str]) -> Any:
    if len(words) == 1:
        return row[words[0]]
    relation = RELATIONS[model][words[0]]
    return next((ordered_by(world, relation.target, far, words[1:]) for far in world.beyond(relation, row)), None)


def holds(world: World, model: type[Model], row: Row, q: Q, spelt: bool) -> bool:
    terms = [understood(model, name, value, spelt) for name, value in q.lookups]
    parts = (holds(world, model, row, part, spelt) for part in q.parts)
    if q.connector == "or":
        return (any(together(world, row, [term]) for term in terms) or any(parts)) is not q.negated
    return (together(world, row, terms) and all(parts)) is not q.negated


def together(world: World, row: Row, terms: list[Term]) -> bool:
    """Whether a row meets all terms; what begins with one relation is about one row beyond it."""
    for path, test, positive in terms:
        if not positive and together(world, row, [Term(path, test)]):
            return False
    positives = [term for term in terms if term.positive]
    for relation in {term.path[0] for term in positives if term.path}:
        inner = [Term(term.path[1:], term.test) for term in positives if term.path[:1] == (relation,)]
        if not any(together(world, far, inner) for far in world.beyond(relation, row)):
            return False
    return all(term.test(row) for term in positives if not term.path)


def understood(model: type[Model], name: str, value: Any, spelt: bool) -> Term:
    words = name.split("__")
    path: list[Relation] = []
    while words[0] in RELATIONS[model] and not (words[0] in FAMILIES[model] and (not words[1:] or words[1] in ORDERED)):
        path.append(RELATIONS[model][words.pop(0)])
        model = path[-1].target
        if not words or words[0] in ORDERED:
            words.insert(0, "id")
    field = words.pop(0)
    lookup = words.pop() if words and words[-1] in (*ORDERED, *TEXTUAL) else "exact"
    found = partial(read, take=taken(FAMILIES[model][field], words), field=field)
    if lookup == "isnull" or (value is None and lookup in ("exact", "ne")):
        something = not value if lookup == "isnull" else lookup == "ne"
        return Term(tuple(path), lambda row: found(row) is not None, something)
    kind = "plain" if FAMILIES[model][field] != "document" else "inside" if words else "document"
    if words == ["casefold"]:
        value = [one.casefold() for one in value] if lookup == "in" else value.casefold()
    positive = tested("exact" if lookup == "ne" else lookup, value, f"spelt {kind}" if spelt else kind)
    return Term(tuple(path), lambda row: positive(found(row)), lookup != "ne")


def read(row: Row, take: Callable[[Any], Any], field: str) -> Any:
    return None if row[field] is None else take(row[field])


def taken(family: str, words: list[str]) -> Callable[[Any], Any]:
    """What of a value a lookup is about."""
    if family == "document":
        return lambda document: reached(document, words)
    if words == ["casefold"]:
        return str.casefold
    if words == ["date"]:
        return lambda moment: moment.date()
    return (lambda value: getattr(value, words[0])) if words else lambda value: value


def reached(document: Any, words: Iterable[str]) -> Any:
    for word in words:
        document = document.get(word) if isinstance(document, dict) else None
    return document


def tested(lookup: str, wanted: Any, kind: str) -> Callable[[Any], bool]:
    """Whether a value, null among them, is as a lookup wants it."""
    if lookup == "in":
        each = [(lambda found: found is None) if one is None else tested("exact", one, kind) for one in wanted]
        return lambda found: any(test(found) for test in each)
    if lookup == "range":
        return lambda found: found is not None and wanted[0] <= found <= wanted[1]
    if lookup in TEXTUAL:
        place = HOLDING[lookup.removeprefix("i")]
        if lookup.startswith("i"):
            return lambda found: isinstance(found, str) and place(found.translate(LOWER), wanted.translate(LOWER))
        return lambda found: isinstance(found, str) and place(found, wanted)
    compared = COMPARED[lookup]
    if kind.endswith("document"):
        return lambda found: found is not None and spelling(found) == spelling(wanted)
    if kind.endswith("inside"):
        meant = meanings(wanted, kind)
        if lookup != "exact" and lookup != "ne":
            meant = [one for one in meant if sort(one) == "number"] or [one for one in meant if one is not None]
        return lambda found: any(sort(found) == sort(one) and compared(found, one) for one in meant)
    return lambda found: found is not None and compared(found, wanted)


def spelling(document: Any) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def sort(value: Any) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


def meanings(value: Any, kind: str) -> list[Any]:
    """A text of a query string is itself, and the number, true or false that JSON reads in it."""
    if not kind.startswith("spelt"):
        return [value]
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return [text]
    return [text, *([found] if isinstance(found, int | float | None) else [])]
