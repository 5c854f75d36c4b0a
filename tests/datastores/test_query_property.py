"""The query language is held to an oracle of dictionaries: any rows, any tree of lookups, any order and page, in every way to ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from pyrest import MemoryDataStore, SQLiteDataStore, Wrapper
from pyrest.lookups import LOOKUPS, PARTS
from pyrest.models.model import Model, declaration
from pyrest.q import Q
from pyrest.store import Store
from tests.datastores.oracle import FAMILIES, MODELS, ORDERED, RELATIONS, TEXTUAL, Band, Cover, Song, Tag, World, answer, taken
from tests.datastores.test_property import TEXT, Undone, examples

# Rows and values.

TEXTS = st.sampled_from([
    "", "a", "A", "ab", "aB", "b", "100%", "%", "_", "a_b", "a\\b", "\\", "é", "É", "ß", "SS", "straße", "İ", "i", "ı", "K", "k", "ﬁ", "ǆ",
    "a,b", "(x)", 'q"q', '"', " ", "a\nb", "'", "a=b", "\ud7ff", "\ue000", "\uffff", "\U0010ffff", "null", "true", "1", "0.5", "&", "+",
]) | TEXT  # fmt: skip
DAYS = [date.min, date(1999, 12, 31), date(2000, 1, 1), date(2024, 2, 29), date(2024, 3, 1), date.max]
MOMENTS = [
    *(datetime(day.year, day.month, day.day, tzinfo=UTC) for day in DAYS),
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), datetime.max.replace(tzinfo=UTC),
]  # fmt: skip
NAMES = ("color", "Size", "a b", "é", "0", "[0]", "a.b", "$", "'", "it%", "#")
OFTEN = ("color", "color", "color", "Size", *NAMES)
SCALARS = st.sampled_from([None, True, False, 0, 1, -1, 2, 1.0, 0.5, 2**53 + 1, 2**63 - 1, "red", "Red", "1", "true", "null"]) | TEXTS
INNER = st.dictionaries(st.sampled_from(OFTEN), SCALARS | st.lists(SCALARS, max_size=2), max_size=2)
DOCUMENTS = st.dictionaries(st.sampled_from(OFTEN), SCALARS | INNER, max_size=3) | st.lists(SCALARS, max_size=2) | SCALARS

VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "integer": st.integers(0, 5) | st.sampled_from([-1, 2**63 - 1, -(2**63)]),
    "decimal": st.sampled_from(["0", "1.00", "9.50", "10", "10.01", "-0.01", "9999.99"]).map(Decimal),
    "date": st.sampled_from(DAYS) | st.dates(),
    "datetime": st.sampled_from(MOMENTS) | st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0)),
    "document": DOCUMENTS.filter(lambda value: value is not None),
    "year": st.sampled_from([1, 1999, 2000, 2024, 9999]),
    "month": st.integers(1, 12) | st.integers(-1, 13),
    "day": st.sampled_from([1, 28, 29, 31, 32]),
    "casefold": TEXTS,
    "inner": SCALARS,
}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    sizes = {model: draw(st.integers(0, size)) for model, size in ((Band, 4), (Tag, 3), (Song, 6), (Cover, 3))}
    keys = {model: st.none() | st.integers(1, size) if size else st.none() for model, size in sizes.items()}
    own: dict[type[Model], dict[str, st.SearchStrategy[Any]]] = {
        model: {name: st.none() | VALUES[family] for name, family in fields.items() if name not in ("id", "mentor", "band", "song")}
        for model, fields in FAMILIES.items()
    }
    own[Band]["mentor"], own[Song]["band"], own[Cover]["song"] = keys[Band], keys[Band], keys[Song]
    rows = {m: [{"id": i + 1, **draw(st.fixed_dictionaries(own[m]))} for i in range(size)] for m, size in sizes.items()}
    taken: set[int | None] = set()
    for cover in rows[Cover]:
        cover["song"] = None if cover["song"] in taken else cover["song"]
        taken.add(cover["song"])
    possible = [(song["id"], tag["id"]) for song in rows[Song] for tag in rows[Tag]]
    return World(rows, frozenset(draw(st.sets(st.sampled_from(possible)))) if possible else frozenset())


# Trees, orders and pages.

MEANINGFUL: Mapping[str, tuple[str, ...]] = {
    "text": (*ORDERED, *TEXTUAL), "integer": ORDERED, "decimal": ORDERED, "date": ORDERED, "datetime": ORDERED,
    "document": ("exact", "ne", "in", "isnull"), "inner": (*(name for name in ORDERED if name != "range"), *TEXTUAL),
    "year": ORDERED, "month": ORDERED, "day": ORDERED, "casefold": ("exact", "ne", "in", "contains", "startswith", "endswith", "isnull"),
}  # fmt: skip
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "text": ("casefold",), "date": ("year", "month", "day"), "datetime": ("date", "year", "month", "day"),
}  # fmt: skip


@st.composite
def paths(draw: st.DrawFn, model: type[Model], longest: int, single: bool = False) -> tuple[str, type[Model]]:
    """The words of relations, each with `__` behind it, and the model at their end."""
    path = ""
    for _ in range(draw(st.integers(0, longest))):
        names = [name for name, relation in RELATIONS[model].items() if relation.single or not single]
        if names:
            name = draw(st.sampled_from(names))
            path, model = f"{path}{name}__", RELATIONS[model][name].target
    return path, model


def present(world: World, model: type[Model], name: str, words: list[str]) -> st.SearchStrategy[Any]:
    """What the rows of a world hold, so that a lookup finds some of them."""
    take = taken(FAMILIES[model].get(name, ""), words)
    found = [take(row[name]) for row in world.rows[model] if row.get(name) is not None]
    some = [value for value in found if value is not None and not (words and isinstance(value, dict | list))]
    return st.sampled_from(some) if some else st.nothing()


@st.composite
def lookups(draw: st.DrawFn, world: World, model: type[Model], begin: str) -> tuple[str, Any]:
    path, model = draw(paths(model, 1 if begin else 2))
    name = draw(st.sampled_from(sorted({**FAMILIES[model], **RELATIONS[model]})))
    family = FAMILIES[model].get(name, "integer")
    words = [draw(st.sampled_from(SUBJECTS[family]))] if family in SUBJECTS and draw(st.booleans()) else []
    subject = words[0] if words else family
    if family == "document" and draw(st.integers(0, 3)):
        words, subject = draw(st.lists(st.sampled_from(OFTEN), min_size=1, max_size=draw(st.sampled_from([1, 1, 2])))), "inner"
    lookup = draw(st.sampled_from((*MEANINGFUL[subject], "exact", "ne", "isnull", "isnull", "in")))
    there = present(world, model, name, words)
    values = st.one_of(there, there, VALUES[subject])
    some = values.filter(lambda one: one is not None)
    if lookup in TEXTUAL:
        value: Any = draw(some.filter(lambda one: isinstance(one, str)) | TEXTS)
    elif lookup == "isnull":
        value = draw(st.booleans())
    elif lookup == "in":
        value = draw(st.lists(st.none() | values if subject in (family, "inner") and family != "document" else values, max_size=3))
    elif lookup == "range":
        value = (draw(some), draw(some))
    else:
        value = draw(st.none() | values if lookup in ("exact", "ne") and subject in (family, "inner") else some)
    return "__".join([begin + path + name, *words, *([] if lookup == "exact" and draw(st.booleans()) else [lookup])]), value


@st.composite
def leaves(draw: st.DrawFn, world: World, model: type[Model]) -> tuple[tuple[str, Any], ...]:
    """Lookups that begin alike, so that they are about one row."""
    begin, far = draw(paths(model, 2))
    return tuple(draw(st.lists(lookups(world, far, begin), min_size=1, max_size=draw(st.sampled_from([1, 1, 2, 3])))))


def trees(world: World, model: type[Model]) -> st.SearchStrategy[Q]:
    """Groups within groups, three deep at most."""

    def group(inner: st.SearchStrategy[tuple[Q, ...]]) -> st.SearchStrategy[Q]:
        return st.builds(Q.of, st.sampled_from(["and", "or"]), leaves(world, model), inner, st.booleans())

    everything = st.just(Q())
    single = st.builds(lambda lookup: Q.of("and", (lookup,), ()), lookups(world, model, ""))
    flat = group(st.just(()))
    deeper = group(st.lists(flat, max_size=2).map(tuple))
    return st.one_of(everything, single, single, single, single, flat, flat, deeper, group(st.lists(deeper, max_size=2).map(tuple)))


@st.composite
def orders(draw: st.DrawFn, model: type[Model]) -> str:
    path, far = draw(paths(model, 2, single=True))
    name = draw(st.sampled_from([name for name, family in FAMILIES[far].items() if family != "document"]))
    return draw(st.sampled_from(["", "-"])) + path + name + draw(st.sampled_from(["", ":nullsfirst", ":nullslast"]))


class Question(NamedTuple):
    model: type[Model]
    q: Q
    order: tuple[str, ...]
    offset: int
    count: int


@st.composite
def questions(draw: st.DrawFn, world: World) -> Question:
    model = draw(st.sampled_from((Song, Song, Band, Tag, Cover)))
    different = st.lists(orders(model), max_size=3, unique_by=lambda name: name.strip("-").partition(":")[0]).map(tuple)
    return Question(model, draw(trees(world, model)), draw(different), draw(st.sampled_from([0, 0, 1, 2])), draw(st.integers(1, 9)))


CASES = worlds().flatmap(lambda world: st.tuples(st.just(world), st.lists(questions(world), min_size=4, max_size=12)))

# A tree as a query string.


class Unwritable(Exception):
    """A query string has no word for a null among other values."""


def spelt(name: str, value: Any) -> str:
    """A value as a client spells it."""
    words = [word for word in name.split("__") if word not in LOOKUPS]
    if words[-1] == "info":
        return orjson.dumps(value).decode()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Decimal):
        return str(value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def quoted(text: str, always: bool = False) -> str:
    """A text as it stands in a group or a list."""
    if not always and not re.search(r'[,()"]', text):
        return text
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def pair(name: str, value: Any, inside: bool) -> tuple[str, str]:
    """A lookup as a name and a text: the value of a parameter, or `inside` of a group."""
    lookup = name.rpartition("__")[2]
    if value is None:
        return name.removesuffix("__exact").removesuffix("__ne") + "__isnull", "false" if lookup == "ne" else "true"
    if lookup in ("in", "range"):
        if None in value or not value:
            raise Unwritable
        listed = ",".join(quoted(spelt(name, one)) for one in value)
        return name, f"({listed})" if inside else listed
    text = spelt(name, value)
    return name, quoted(text, always=text.startswith("(")) if inside else text


def group(q: Q) -> str:
    """A tree as a term of a group."""
    terms = ["=".join(pair(name, value, inside=True)) for name, value in q.lookups] + [group(part) for part in q.parts]
    if q.negated and q.connector == "and":
        return f"not=({','.join(terms)})"
    text = f"{q.connector}=({','.join(terms)})"
    return f"not=({text})" if q.negated else text


def parameters(q: Q) -> list[tuple[str, str]]:
    """A tree as parameters: its lookups by themselves, where that means the same."""
    pairs = [pair(name, value, inside=False) for name, value in q.lookups]
    if q.negated or q.connector == "or" or len({name for name, _ in pairs}) < len(pairs):
        connector, _, text = group(q).partition("=")
        return [(connector, text)]
    groups = [group(part).partition("=") for part in q.parts]
    return [*pairs, *((connector, text) for connector, _, text in groups)]


# The tests.


@contextmanager
def filled(store: Store, world: World) -> Iterator[None]:
    """The store with the rows of a world, which are gone afterwards."""
    try:
        with store.transaction():
            for model in MODELS:
                store[model].bulk_create(world.rows[model])
            for song in store[Song]:
                song.tags.set([tag for key, tag in world.pairs if key == song.id])
            yield
            raise Undone
    except Undone:
        pass


def shown(store: Store, asked: Question) -> tuple[str, list[int], int]:
    """The rows of a page as text, their keys, and how many there are on all pages."""
    found = store[asked.model].filter(asked.q).order_by(*asked.order)
    page = list(found[asked.offset : asked.offset + asked.count])
    names = declaration(asked.model).fields
    return repr([row._values for row in page]) + repr([*names]), [row.pk for row in page], found.count()


def listed(client: FlaskClient, asked: Question, pairs: list[tuple[str, str]]) -> tuple[list[int], int]:
    """The same over HTTP."""
    query = [*pairs, ("offset", str(asked.offset)), ("count", str(asked.count))]
    query += [("ordering", ",".join(asked.order))] if asked.order else []
    answered = client.get(f"/{declaration(asked.model).table}/?{urlencode(query)}")
    assert answered.status_code == 200, (answered.json, query)
    return [row["id"] for row in answered.json["object_list"]], answered.json["meta"]["total_count"]


def check(memory: Store, sqlite: Store, client: FlaskClient, world: World, asks: Iterable[Question]) -> None:
    """Asks in every way, about a world that is in both stores."""
    for asked in asks:
        end = asked.offset + asked.count
        meant = answer(world, asked.model, asked.q, asked.order)
        rows, keys, total = shown(sqlite, asked)
        assert (keys, total) == (meant[asked.offset : end], len(meant))
        assert (rows, keys, total) == shown(memory, asked)
        try:
            pairs = parameters(asked.q)
        except Unwritable:
            continue
        meant = answer(world, asked.model, asked.q, asked.order, spelt=True)
        assert listed(client, asked, pairs) == (meant[asked.offset : end], len(meant)), pairs


def test_every_way_to_ask_means_what_the_oracle_means(full: bool) -> None:
    memory = MemoryDataStore(models=MODELS)
    with closing(SQLiteDataStore(":memory:", models=MODELS)) as sqlite:
        client = Wrapper([*MODELS], datastore=sqlite).create_app().test_client()

        @examples(full, 30, 6_000)
        @given(CASES)
        def agree(case: tuple[World, list[Question]]) -> None:
            world, asks = case
            with filled(memory, world), filled(sqlite, world):
                check(memory, sqlite, client, world, asks)

        agree()


def song(key: int, title: str | None, band: int | None, plays: int | None = None) -> dict[str, Any]:
    return {"id": key, "title": title, "plays": plays, "price": None, "heard": None, "band": band}


def band(key: int, info: Any, mentor: int | None = None) -> dict[str, Any]:
    return {"id": key, "name": None, "formed": None, "info": info, "mentor": mentor}


SMALL = World(
    {
        Band: [band(1, {"color": "red"}), band(2, {"color": None}, 1), band(3, None, 2)],
        Tag: [{"id": 1, "word": "new"}, {"id": 2, "word": None}],
        Song: [song(1, "100%", 1, 5), song(2, "100x", 1, 7), song(3, "a_b", 2), song(4, "aXb", None), song(5, "a\\b", 3), song(6, None, 3)],
        Cover: [],
    },
    frozenset({(1, 1), (2, 2), (3, 1), (3, 2)}),
)


@pytest.mark.parametrize(
    ("model", "q"),
    [
        (Song, Q(title__icontains="0%")), (Song, Q(title__istartswith="A_")), (Song, Q(title__iexact="A\\B")),
        (Song, Q(title__iendswith="%")),
        (Band, Q(songs__title="100%", songs__plays=7)), (Band, Q(songs__title="100%") & Q(songs__plays=7)),
        (Song, Q(band__info__color__isnull=False)), (Song, Q(band__info__color__isnull=True)), (Song, Q(band__info__color__ne="red")),
        (Band, Q(songs__tags__word__isnull=True)), (Band, Q(songs__tags__word__ne="new")), (Band, ~Q(songs__plays__gt=5)),
        (Song, Q(band__mentor__info__color="red")), (Tag, Q(songs__band__mentor__isnull=True, songs__title__contains="_")),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_easily_confused(model: type[Model], q: Q) -> None:
    memory = MemoryDataStore(models=MODELS)
    with closing(SQLiteDataStore(":memory:", models=MODELS)) as sqlite:
        client = Wrapper([*MODELS], datastore=sqlite).create_app().test_client()
        with filled(memory, SMALL), filled(sqlite, SMALL):
            check(memory, sqlite, client, SMALL, [Question(model, q, ("-id",), 0, 9), Question(model, ~q, (), 0, 9)])


def test_every_lookup_is_tried() -> None:
    assert {*LOOKUPS} == {*ORDERED, *TEXTUAL}
    assert {word for words in PARTS.values() for word in words} == {word for words in SUBJECTS.values() for word in words}
