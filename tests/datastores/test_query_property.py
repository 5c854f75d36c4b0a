"""The query language is held to an oracle of dictionaries: any rows, any tree of lookups, any order and page, in every way to ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from flask.testing import FlaskClient
from hypothesis import Phase, given, note, settings

from pyrest import MemoryDataStore, SQLiteDataStore, Wrapper
from pyrest.lookups import LOOKUPS, PARTS
from pyrest.models.model import Model, declaration
from pyrest.q import Q
from pyrest.store import Store
from tests.datastores.oracle import MODELS, ORDERED, TEXTUAL, Band, Cover, Song, Tag, World, answer
from tests.datastores.questions import ASKERS, SUBJECTS, Asker, Question
from tests.datastores.shrinking import smallest
from tests.datastores.test_property import Undone, examples

# A tree as a query string.


class Unwritable(Exception):
    """A query string has no word for a null among other values, nor for nothing."""


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
    if not always and not re.search(r'[,()"]|\\.', text):
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
    if not terms:
        raise Unwritable
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


def shown(store: Store, asked: Question) -> tuple[str, list[int], int | None, int]:
    """The rows of a page as text, their keys, and how many there are on all pages and on this one."""
    found = store[asked.model].filter(asked.q).order_by(*asked.order)
    page = found[asked.offset : asked.offset + asked.count]
    rows, total, _ = store.read(page.plan._replace(total=True))
    place = declaration(asked.model).key.index_in_row
    return repr(rows), [row[place] for row in rows], total, page.count()


def listed(client: FlaskClient, asked: Question, pairs: list[tuple[str, str]]) -> tuple[list[int], int]:
    """The same over HTTP."""
    query = [*pairs, ("offset", str(asked.offset)), ("count", str(asked.count))]
    query += [("ordering", ",".join(asked.order))] if asked.order else []
    answered = client.get(f"/{declaration(asked.model).table}/?{urlencode(query)}")
    assert answered.status_code == 200, (answered.json, query)
    return [row["id"] for row in answered.json["object_list"]], answered.json["meta"]["total_count"]


class Stores:
    """The stores, and a client of an application over one of them, asked the same."""

    def __init__(self, sqlite: SQLiteDataStore) -> None:
        self._memory = MemoryDataStore(models=MODELS)
        self._sqlite = sqlite
        self._client = Wrapper([*MODELS], datastore=sqlite, cache=0).create_app().test_client()

    @contextmanager
    def filled(self, world: World) -> Iterator[None]:
        with filled(self._memory, world), filled(self._sqlite, world):
            yield

    def check(self, world: World, asked: Question) -> None:
        """Asks in every way, about the world that is in both stores."""
        end = asked.offset + asked.count
        meant = answer(world, asked.model, asked.q, asked.order)
        rows, *keys = shown(self._sqlite, asked)
        assert keys == [meant[asked.offset : end], len(meant), len(meant[asked.offset : end])]
        assert (rows, *keys) == shown(self._memory, asked)
        with suppress(Unwritable):
            if asked.http:
                pairs = parameters(asked.q)
                meant = answer(world, asked.model, asked.q, asked.order, spelt=True)
                assert listed(self._client, asked, pairs) == (meant[asked.offset : end], len(meant)), pairs

    def first_failing(self, world: World, asks: Iterable[Question]) -> Question | None:
        with self.filled(world):
            for asked in asks:
                try:
                    self.check(world, asked)
                except Exception:
                    return asked
        return None


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    with closing(SQLiteDataStore(":memory:", models=MODELS)) as sqlite:
        yield Stores(sqlite)


def test_every_way_to_ask_means_what_the_oracle_means(full: bool, stores: Stores) -> None:
    @settings(examples(full, 250, 10_000), phases=[Phase.reuse, Phase.generate])
    @given(ASKERS)
    def agree(asker: Asker) -> None:
        asks = [asker.question() for _ in range(12)]
        failing = stores.first_failing(asker.world, asks)
        if failing is not None:
            world, asked = smallest(asker.world, failing, lambda world, asked: stores.first_failing(world, [asked]) is not None)
            rows = {model.__name__: found for model, found in world.rows.items() if found}
            note(f"{asked.model.__name__} {asked[1:]} of {rows} and {[*world.pairs]}")
            with stores.filled(world):
                stores.check(world, asked)
            raise AssertionError("it failed after other questions only")

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
def test_what_is_easily_confused(stores: Stores, model: type[Model], q: Q) -> None:
    with stores.filled(SMALL):
        stores.check(SMALL, Question(model, q, ("-id",)))
        stores.check(SMALL, Question(model, ~q))


def test_every_lookup_is_tried() -> None:
    assert {*LOOKUPS} == {*ORDERED, *TEXTUAL}
    assert {word for words in PARTS.values() for word in words} == {word for words in SUBJECTS.values() for word in words}
