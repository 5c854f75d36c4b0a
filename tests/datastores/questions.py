"""Random worlds and questions about them, for the oracle. Few values, alike in a way that is easily overlooked, meet often."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Literal, NamedTuple

from hypothesis import strategies as st

from pyrest.models.model import Model
from pyrest.q import Q
from tests.datastores.oracle import FAMILIES, ORDERED, RELATIONS, TEXTUAL, Band, Cover, Row, Song, Tag, World, taken

Pools = Mapping[tuple[type[Model], str], Sequence[Any]]
"""The values that the fields of one world are made of."""

# Values. Each field of a world takes a line or two of its family.

TEXTS = (
    ("100%", "100x", "%", "00%", "a_b", "aXb", "_", "axb"), ("a\\b", "a\\", "\\b", "\\", "a\\%", "axb", "a_b", "aXb"),
    ("a", "A", "ab", "aB", "bab", "é", "É", "éab", "\uffff", "a\U0001f600b", "e\u0301"),
    ("ß", "SS", "ss", "straße", "STRASSE", "ﬁ", "fi", "ς", "σ"),
    ("İ", "i", "ı", "I", "i\u0307", "K", "k", "ǆ", "Ǆ"), ("a,b", "(x)", "a", ",", "a)", '"a"', 'q"q', '\\"', 'a\\b"', "\\,"),
    ("\ud7ff", "\ue000", "a\ud7ff", "a\ud7ffb", "\uffff", "\U00010000", "a\U0010ffff", "é\U0001f600b"),
    ("", "0", "null", "true", "1", "0.5", " ", "a\nb", "a b", "'", "&", "+", "a=b", "%2B"),
)  # fmt: skip
DAYS = (
    (date(1999, 12, 31), date(2000, 1, 1), date(2000, 1, 2), date(2001, 1, 1)), (date.min, date(1, 1, 2), date(2, 1, 1), date.max),
    (date(2024, 2, 29), date(2024, 3, 1), date(2024, 2, 2), date.max), (date.max, date(9999, 1, 1), date(9998, 12, 31)),
)  # fmt: skip
TIMES = (timedelta(), timedelta(), timedelta(), timedelta(microseconds=1), timedelta(hours=12), timedelta(days=1, microseconds=-1))
NAMES = ("color", "Size", "a b", "é", "0", "[0]", "a.b", "$", "'", "it%", "#")
SCALARS = (
    (True, False, 1, 0, 1.0, "1", "true", 0.5), (None, "null", "", "red", "Red", "r_d", "é", "É", True),
    (2**53, 2**53 + 1, float(2**53), 2, "2", "x", 2**63 - 1, False),
)  # fmt: skip


def moments(days: Sequence[date]) -> list[datetime]:
    return [datetime(day.year, day.month, day.day, tzinfo=UTC) + time for day in days for time in TIMES]


LINES: Mapping[str, Sequence[Sequence[Any]]] = {
    "text": TEXTS,
    "integer": ((0, 1, 2), (5, 7, -1), (2**63 - 1, 2**63 - 2, 0), (-(2**63), -1, 1)),
    "decimal": [[*map(Decimal, line)] for line in (("0", "-0.01", "0.01"), ("9.50", "10", "10.01"), ("9999.99", "1.00", "-9999.99"))],
    "date": DAYS,
    "datetime": [moments(days) for days in DAYS],
    "document": SCALARS,
}


def pools(random: Random) -> Pools:
    return {
        (model, name): [value for line in random.sample(LINES[family], random.choice((1, 1, 2))) for value in line]
        for model, fields in FAMILIES.items()
        for name, family in fields.items()
    }


def document(random: Random, names: Sequence[str], scalars: Sequence[Any], deep: bool = True) -> Any:
    """A JSON value that is not null."""
    if deep and random.random() < 0.2:
        found = random.choice([*scalars, []])
        return {} if found is None else [found] if random.random() < 0.3 else found
    return {name: held(random, names, scalars, deep) for name in random.sample(names, random.choice((0, 1, 1, 2) if deep else (1, 1, 2)))}


def held(random: Random, names: Sequence[str], scalars: Sequence[Any], deep: bool) -> Any:
    kind = random.random()
    if deep and kind < 0.25:
        return document(random, names, scalars, deep=False)
    return [random.choice(scalars)] if kind > 0.95 else random.choice(scalars)


def world_of(random: Random, pool: Pools) -> World:
    sizes = {model: random.randint(0, size) for model, size in ((Band, 5), (Tag, 3), (Song, 7), (Cover, 3))}
    targets = {"mentor": Band, "band": Band, "song": Song}
    nulls = random.choice((0.0, 0.1, 0.3, 0.6))
    names = ("color", *random.sample(NAMES[1:], 2))

    def value(model: type[Model], name: str, family: str) -> Any:
        if random.random() < nulls:
            return None
        if name in targets:
            return random.randint(1, sizes[targets[name]]) if sizes[targets[name]] else None
        return document(random, names, pool[model, name]) if family == "document" else random.choice(pool[model, name])

    def row(model: type[Model], key: int) -> Row:
        return {name: key if name == "id" else value(model, name, family) for name, family in FAMILIES[model].items()}

    rows = {model: [row(model, key) for key in range(1, size + 1)] for model, size in sizes.items()}
    covered: set[int | None] = set()
    for cover in rows[Cover]:
        cover["song"] = None if cover["song"] in covered else cover["song"]
        covered.add(cover["song"])
    return World(rows, frozenset((song["id"], tag["id"]) for song in rows[Song] for tag in rows[Tag] if random.random() < 0.5))


# Lookups, trees, orders and pages.

MEANINGFUL: Mapping[str, tuple[str, ...]] = {
    "text": (*ORDERED, *TEXTUAL), "integer": ORDERED, "decimal": ORDERED, "date": ORDERED, "datetime": ORDERED,
    "document": ("exact", "ne", "in", "isnull"), "inner": (*(name for name in ORDERED if name != "range"), *TEXTUAL),
    "year": ORDERED, "month": ORDERED, "day": ORDERED, "casefold": ("exact", "ne", "in", "contains", "startswith", "endswith", "isnull"),
}  # fmt: skip
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "text": ("casefold",), "date": ("year", "month", "day"), "datetime": ("date", "year", "month", "day"),
}  # fmt: skip
OFTEN: Mapping[str, int] = {"document": 9, "text": 3, "datetime": 4, "date": 3}
"""How often a field is asked about, where its family has many lookups."""


class Question(NamedTuple):
    model: type[Model]
    q: Q
    order: tuple[str, ...] = ()
    offset: int = 0
    count: int = 9
    http: bool = True


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks about one world, in which some of all values stand."""

    random: Random
    world: World
    pool: Pools

    def question(self) -> Question:
        model = self.random.choice((Song, Song, Song, Band, Band, Band, Tag, Cover))
        q = self.tree(model, self.random.choice((0, 0, 0, 0, 1, 1, 2, 3)))
        return Question(model, q, self.orders(model), self.random.choice((0, 0, 0, 1, 2)), self.random.randint(1, 9), self.often(0.4))

    def tree(self, model: type[Model], depth: int) -> Q:
        """Groups within groups, so deep at most."""
        if depth == 0:
            return Q.of("and", (self.lookup(model, ""),), (), negated=self.often(0.1))
        parts = tuple(self.tree(model, self.random.randrange(depth)) for _ in range(self.random.choice((0, 0, 1, 2, 2))))
        connector: Literal["and", "or"] = self.random.choice(("and", "or"))
        return Q.of(connector, self.leaves(model), parts, negated=self.often(0.3))

    def leaves(self, model: type[Model]) -> tuple[tuple[str, Any], ...]:
        """Lookups that begin alike, so that they are about one row."""
        begin, far = self.path(model, 2)
        return tuple(self.lookup(far, begin) for _ in range(self.random.choice((0, 1, 1, 2, 2, 3))))

    def path(self, model: type[Model], longest: int, single: bool = False) -> tuple[str, type[Model]]:
        """The words of relations, each with `__` behind it, and the model at their end."""
        path = ""
        for _ in range(self.random.randint(0, longest)):
            names = [name for name, relation in RELATIONS[model].items() if relation.single or not single]
            if names:
                name = self.random.choice(names)
                path, model = f"{path}{name}__", RELATIONS[model][name].target
        return path, model

    def lookup(self, model: type[Model], begin: str) -> tuple[str, Any]:
        path, model = self.path(model, 1 if begin else 2) if self.often(0.3) else ("", model)
        fields = FAMILIES[model]
        names = [name for name, family in fields.items() for _ in range(OFTEN.get(family, 1))]
        name = self.random.choice([*names, *sorted(RELATIONS[model].keys() - fields.keys())])
        words, subject = self.subject(model, name)
        near = self.near(model, name, words, subject)
        lookups = MEANINGFUL[subject] if isinstance(near(), str) else [lookup for lookup in MEANINGFUL[subject] if lookup not in TEXTUAL]
        lookup = self.random.choice((*lookups, "exact", "in"))
        nullable = (not words or subject == "inner") and not (subject == "document" and lookup == "in")
        value = self.value(lookup, nullable, near)
        return "__".join([begin + path + name, *words, *([] if lookup == "exact" and self.often(0.5) else [lookup])]), value

    def subject(self, model: type[Model], name: str) -> tuple[list[str], str]:
        """Which words behind a field say what of it a lookup is about, and the family of that."""
        family = FAMILIES[model].get(name, "integer")
        if family == "document":
            words = self.into(self.random.choice([row[name] for row in self.world.rows[model]] or [None]))
            return words, "inner" if words else family
        if family not in SUBJECTS or self.often(0.4):
            return [], family
        word = self.random.choice(SUBJECTS[family])
        return [word], word

    def into(self, held: Any) -> list[str]:
        """A way into a document, most often one that it has."""
        words = []
        while isinstance(held, dict) and held and self.often(0.8):
            words.append(self.random.choice([*held]))
            held = held[words[-1]]
        return [*words, self.random.choice(NAMES)] if self.often(0.1) else words

    def near(self, model: type[Model], name: str, words: list[str], subject: str) -> Callable[[], Any]:
        """Gives what the rows hold, or what is hardly another value."""
        take = taken(FAMILIES[model].get(name, ""), words)
        found = [take(row[name]) for row in self.world.rows[model] if row.get(name) is not None]
        there = [value for value in found if value is not None and not (words and isinstance(value, dict | list))]
        pool = self.pool.get((model, name), (1, 2))
        others = [value for value in (pool if subject in ("document", "inner") else map(take, pool)) if value is not None]

        def value() -> Any:
            return self.beside(subject, self.random.choice(there if there and self.often(0.8) else others))

        return value

    def beside(self, subject: str, value: Any) -> Any:
        """The value, or one beside it."""
        return value if self.often(0.5) else self.random.choice(list(neighbours(subject, value)) or [value])

    def value(self, lookup: str, nullable: bool, near: Callable[[], Any]) -> Any:
        if lookup == "isnull":
            return self.often(0.5)
        if lookup in TEXTUAL:
            return self.part(lookup, str(near()))
        if lookup == "in":
            return [None if nullable and self.often(0.15) else near() for _ in range(self.random.choice((0, 1, 2, 2, 3)))]
        if lookup == "range":
            ends = near(), near()
            return ends if self.often(0.2) else tuple(sorted(ends))
        return None if nullable and lookup in ("exact", "ne") and self.often(0.1) else near()

    def part(self, lookup: str, text: str) -> str:
        """The text, or as much of it as a lookup may be about."""
        if lookup == "iexact" or self.often(0.5):
            return text
        cut = self.random.randint(0, len(text))
        return text[:cut] if "starts" in lookup else text[cut:] if "ends" in lookup else text[cut : cut + 2]

    def orders(self, model: type[Model]) -> tuple[str, ...]:
        names = [self.order(model) for _ in range(self.random.choice((0, 0, 1, 2, 3)))]
        return tuple({name.strip("-").partition(":")[0]: name for name in names}.values())

    def order(self, model: type[Model]) -> str:
        path, far = self.path(model, 2, single=True)
        name = self.random.choice([name for name, family in FAMILIES[far].items() if family != "document"])
        return self.random.choice(("", "-")) + path + name + self.random.choice(("", "", ":nullsfirst", ":nullslast"))

    def often(self, share: float) -> bool:
        return self.random.random() < share


def neighbours(subject: str, value: Any) -> Iterator[Any]:
    """What is nearly the value, or easily taken for it."""
    match value:
        case bool():
            yield from (int(value), str(value).lower(), not value)
        case str():
            yield from (value[:-1], value[1:], value[:1], value[-1:], value.swapcase(), value.casefold(), value + "a")
            yield from ("_" + value[1:], "%" + value[-1:])
        case int() | float() if subject == "inner":
            yield from (float(value), str(value), bool(value), int(value), max(int(value) - 1, -(2**63)))
        case int():
            lowest, highest = (1, 9999) if subject == "year" else (-(2**63), 2**63 - 1)
            yield from (one for one in (value - 1, value + 1) if lowest <= one <= highest)
        case Decimal():
            yield from (one for one in (value - Decimal("0.01"), value + Decimal("0.01")) if abs(one) < 10_000)
        case datetime():
            yield from shifted(value, timedelta(microseconds=1), datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        case date():
            yield from shifted(value, timedelta(days=1), date.min, date.max)
        case dict():
            yield dict(reversed(value.items()))
            yield from ({**value, name: other} for name, one in value.items() for other in neighbours("inner", one))


def shifted(value: Any, by: timedelta, lowest: Any, highest: Any) -> Iterator[Any]:
    if value > lowest:
        yield value - by
    if value < highest:
        yield value + by


def asker(random: Random) -> Asker:
    """Whoever asks about some world."""
    pool = pools(random)
    return Asker(random, world_of(random, pool), pool)


ASKERS = st.integers(0, 2**64 - 1).map(Random).map(asker)
"""Hypothesis draws no more than where chance begins: value by value, it takes five times as long as the stores and the oracle."""
