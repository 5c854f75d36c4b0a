"""The index of words: what a search finds on every store, and that SQLite's stays right whoever writes, and how."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrest import MemoryDataStore, SQLiteDataStore, models
from pyrest.datastores import sqlite
from pyrest.datastores.protocol import Result
from pyrest.errors import Misdeclared
from pyrest.models.model import Model
from pyrest.plan import EVERYTHING, And, Not, Or, Order, Read, Search, Term, Where
from pyrest.store import Store
from tests.datastores.test_property import examples


class Shelf(models.Model):
    id = models.PkField()
    label = models.StringField()


class Book(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    rank = models.StringField(column="the rank")
    isbn = models.StringField(unique=True)
    shelf = models.ForeignKey(Shelf, on_delete="cascade", related_name="books")
    sequel_of = models.ForeignKey("book", on_delete="cascade")


class Page(models.Model):
    id = models.StringPkField()
    text = models.StringField()
    book = models.ForeignKey(Book, on_delete="set_null")


MODELS: tuple[type[Model], ...] = (Shelf, Book, Page)
TITLES = ("Rock and Roll", "Café del Mar", "Rolling Stones", "The Café", "Straße nach Süden", "rock-n-roll: 2nd", "ROCK")
TEXTS: Mapping[type[Model], tuple[str, ...]] = {Book: ("title", "rank"), Page: ("text",)}


def fill(store: Store) -> None:
    store[Shelf].create(label="A")
    store[Book].bulk_create([{"title": title, "shelf": 1, "isbn": str(i)} for i, title in enumerate(TITLES, 1)])
    store.index_texts(TEXTS)  # what is there already is found too
    store[Page].bulk_create([{"id": "x/1".replace("/", "-"), "text": "once upon a time"}, {"id": "y", "text": "upon the hill"}])


def terms(text: str) -> tuple[Term, ...]:
    return tuple(Term(word.strip("_*").replace("_", " "), word.endswith("*")) for word in text.split())


def found(store: Store, model: type[Model], text: str, *fields: str, where: Where = EVERYTHING) -> list[Any]:
    search = Search(fields or TEXTS[model], terms(text))
    rows = store.read(Read(model, ("id",), And((where, search)))).rows
    return [key for (key,) in rows]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("rock", [1, 6, 7]),
        ("ROCK", [1, 6, 7]),
        ("rock roll", [1, 6]),
        ("roll", [1, 6]),
        ("roll*", [1, 3, 6]),
        ("rock_and", [1]),
        ("and_rock", []),
        ("rock_roll", []),
        ("rock-roll", []),
        ("n-roll", [6]),
        ("rock_an*", [1]),
        ("cafe", [2, 4]),
        ("CAFÉ", [2, 4]),
        ("café_de*", [2]),
        ("sud*", [5]),
        ("strasse", []),
        ("straße", [5]),
        ("2", []),
        ("2*", [6]),
        ("oc", []),
        ("++ rock", [1, 6, 7]),
    ],
)
def test_what_a_search_finds(store: Store, text: str, keys: list[int]) -> None:
    assert found(store, Book, text) == keys


def test_each_term_stands_in_one_of_the_fields(store: Store) -> None:
    store[Book].filter(id=1).update(rank="first of the class")
    assert found(store, Book, "rock class") == [1]
    assert found(store, Book, "roll_first") == []
    assert found(store, Book, "class", "title") == []
    assert found(store, Book, "class", "rank") == [1]


def test_a_search_is_a_condition_as_others(store: Store) -> None:
    rock, roll = (Search(("title",), (Term(word),)) for word in ("rock", "roll"))
    both = Read(Book, ("id",), Or((rock, Search(("title",), (Term("mar"),)))))
    assert store.read(both).rows == [(1,), (2,), (6,), (7,)]
    assert store.read(Read(Book, ("id",), And((rock, Not(roll))), total=True)) == Result([(7,)], 1)
    assert found(store, Page, "upon", where=Not(Search(("text",), (Term("hill"),)))) == ["x-1"]


def test_rows_that_change_and_go(store: Store) -> None:
    store[Book].filter(id=7).update(title="Paper")
    store[Book].filter(id=6).delete()
    assert (found(store, Book, "rock"), found(store, Book, "paper")) == ([1], [7])
    store[Page].filter(id="y").delete()
    store[Page].create(id="y", text="over the hill")
    assert (found(store, Page, "upon"), found(store, Page, "hill")) == (["x-1"], ["y"])
    store[Book].filter(id=1).delete()
    store[Shelf].filter(id=1).delete()
    assert found(store, Book, "cafe") == []


def test_a_rollback_takes_words_back(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store[Book].create(title="Rock bottom")
        assert found(store, Book, "bottom") == [8]
        raise RuntimeError
    assert found(store, Book, "bottom") == []


def test_the_key_of_a_new_row_is_its_own(store: Store) -> None:
    """The index writes rows of its own in between."""
    assert [store[Book].create(title=f"Tome {i}").pk for i in range(3)] == [8, 9, 10]
    assert store[Book].filter(title__startswith="Tome").update(rank="new") == 3


# SQLite: the best first.


@pytest.fixture
def shop(tmp_path: Path) -> Iterable[SQLiteDataStore]:
    kept = SQLiteDataStore(tmp_path / "books.db", models=MODELS, durability="normal")
    fill(kept)
    yield kept
    kept.close()


def ranked(store: Store, model: type[Model], text: str, order: tuple[Order, ...] = (), limit: int | None = None) -> list[Any]:
    search = Search(TEXTS[model], terms(text))
    return [key for (key,) in store.read(Read(model, ("id",), search, order, limit, best=search)).rows]


def test_the_best_match_comes_first(shop: SQLiteDataStore) -> None:
    shop[Book].bulk_create([{"title": "rock " * 5}, {"title": "rock among very many other words that do not matter here"}])
    keys = ranked(shop, Book, "rock")
    assert keys[0] == 8 and keys[-1] == 9
    assert ranked(shop, Book, "rock", limit=2) == keys[:2]
    assert ranked(shop, Page, "time upon") == ["x-1"]


def test_among_equals_the_order_counts_and_then_the_key(shop: SQLiteDataStore) -> None:
    shop[Book].bulk_create([{"title": "same", "isbn": isbn} for isbn in ("c", "a", "b")])
    assert ranked(shop, Book, "same") == [8, 9, 10]
    assert ranked(shop, Book, "same", (Order("isbn"),)) == [9, 10, 8]


def test_a_search_that_finds_too_many_comes_in_the_order_of_the_list(shop: SQLiteDataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ranked(shop, Book, "rock") != [1, 6, 7]
    monkeypatch.setattr(sqlite, "RANKED_MAX", 2)
    assert ranked(shop, Book, "rock") == [1, 6, 7]
    assert ranked(shop, Book, "rock", (Order("title", descending=True),)) == [6, 1, 7]
    assert len(ranked(shop, Book, "cafe")) == 2


def test_statements_of_a_search(shop: SQLiteDataStore) -> None:
    search = Search(("title",), (Term("rock"),))
    with shop.recorded() as statements:
        shop.read(Read(Book, ("id",), search, best=search))
    own = [text for text in statements if not text.startswith("--")]  # behind a -- stands what FTS5 asks of its own tables
    assert [text.split()[:2] for text in own] == [["SELECT", "count(*)"], ["SELECT", '"id"']]  # whether ranks are worth it, and the rows


# SQLite: whoever writes.


@pytest.fixture
def outside(shop: SQLiteDataStore) -> Iterable[sqlite3.Connection]:
    """Another program, with SQLite's own defaults: triggers do not run for rows that REPLACE takes away."""
    with closing(sqlite3.connect(shop.location, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


WRITES = [
    ("INSERT INTO book (title) VALUES ('new rock')", {"rock": [1, 6, 7, 8]}),
    ("INSERT OR REPLACE INTO book (id, title) VALUES (1, 'Paper')", {"rock": [6, 7], "paper": [1]}),
    ("INSERT OR REPLACE INTO book (title, isbn) VALUES ('Paper', '1')", {"rock": [6, 7], "paper": [8]}),
    ("REPLACE INTO book (id, title, isbn) VALUES (2, 'rock', '7')", {"rock": [1, 2, 6], "cafe": [4]}),
    ("INSERT OR IGNORE INTO book (title, isbn) VALUES ('Paper', '1')", {"rock": [1, 6, 7], "paper": []}),
    ("INSERT INTO book (title, isbn) VALUES ('Paper', '1') ON CONFLICT DO UPDATE SET title = 'Paper'", {"rock": [6, 7], "paper": [1]}),
    ("INSERT INTO book (title, isbn) VALUES ('Paper', '1') ON CONFLICT DO NOTHING", {"rock": [1, 6, 7], "paper": []}),
    ("UPDATE OR REPLACE book SET isbn = '1', title = 'Paper' WHERE id = 7", {"rock": [6], "paper": [7]}),
    ("UPDATE OR REPLACE book SET id = 1 WHERE id = 2", {"rock": [6, 7], "cafe": [1, 4]}),
    ("UPDATE book SET id = 100 WHERE id = 1", {"rock": [6, 7, 100]}),
    ("UPDATE book SET isbn = 'z' WHERE id = 1", {"rock": [1, 6, 7]}),
    ("UPDATE book SET sequel_of = 7 WHERE id = 1; DELETE FROM book WHERE id = 7", {"rock": [6]}),
    ("UPDATE book SET sequel_of = id - 1 WHERE id > 1; DELETE FROM book WHERE id = 1", {"rock": [], "cafe": []}),
    ("DELETE FROM shelf", {"rock": [], "cafe": []}),
    ("DELETE FROM book", {"rock": []}),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "expected"), WRITES, ids=[text[:60] for text, _ in WRITES])
@pytest.mark.parametrize("recursive", ["OFF", "ON"])
def test_writes_of_another_program(
    shop: SQLiteDataStore, outside: sqlite3.Connection, statements: str, expected: Mapping[str, list[int]], recursive: str
) -> None:
    outside.execute(f"PRAGMA recursive_triggers = {recursive}")
    outside.executescript(statements)
    assert {word: found(shop, Book, word) for word in expected} == expected
    assert {word: sorted(ranked(shop, Book, word)) for word in expected} == expected


PAGES = [
    ("INSERT OR REPLACE INTO page (id, text) VALUES ('y', 'deep blue')", {"hill": [], "blue": ["y"]}),
    ("INSERT INTO page (id, text) VALUES ('y', 'deep blue') ON CONFLICT DO UPDATE SET text = 'blue'", {"hill": [], "blue": ["y"]}),
    ("UPDATE page SET id = 'z' WHERE id = 'y'", {"hill": ["z"]}),
    ("UPDATE OR REPLACE page SET id = 'y' WHERE id = 'x-1'", {"hill": [], "once": ["y"]}),
    ("DELETE FROM page WHERE id = 'y'; INSERT INTO page (id, text) VALUES ('y', 'blue')", {"hill": [], "blue": ["y"]}),
]


@pytest.mark.parametrize(("statements", "expected"), PAGES, ids=[text[:60] for text, _ in PAGES])
def test_writes_where_keys_are_texts(
    shop: SQLiteDataStore, outside: sqlite3.Connection, statements: str, expected: Mapping[str, list[str]]
) -> None:
    outside.executescript(statements)
    assert {word: found(shop, Page, word) for word in expected} == expected
    assert {word: ranked(shop, Page, word) for word in expected} == expected


# SQLite: what is made, and when.


def again(path: Path, texts: Mapping[type[Model], tuple[str, ...]]) -> SQLiteDataStore:
    store = SQLiteDataStore(path, models=MODELS, durability="normal")
    store.index_texts(texts)
    return store


def test_a_second_start_makes_nothing(shop: SQLiteDataStore) -> None:
    shop.close()
    with closing(sqlite3.connect(shop.location)) as connection:
        before = connection.execute("PRAGMA schema_version").fetchone()
    with closing(again(Path(shop.location), TEXTS)) as store:
        assert found(store, Book, "rock") == [1, 6, 7]
    with closing(sqlite3.connect(shop.location)) as connection:
        assert connection.execute("PRAGMA schema_version").fetchone() == before


@pytest.mark.parametrize(
    "harm",
    ['DROP TRIGGER "book search update"', 'DROP TABLE "book search"', 'DROP TRIGGER "book search insert"; DELETE FROM "book search"'],
)
def test_what_is_lacking_is_made_anew(shop: SQLiteDataStore, outside: sqlite3.Connection, harm: str) -> None:
    shop.close()
    outside.executescript(harm)
    with closing(again(Path(shop.location), TEXTS)) as store:
        store[Book].filter(id=7).update(title="Paper")
        store[Book].create(title="Rock")
        assert (found(store, Book, "rock"), found(store, Book, "paper")) == ([1, 6, 8], [7])


def test_further_texts_are_taken_in_and_the_others_stay(shop: SQLiteDataStore) -> None:
    shop[Book].filter(id=1).update(rank="first", isbn="alpha")
    shop.close()
    with closing(again(Path(shop.location), {Book: ("isbn",)})) as store:
        assert found(store, Book, "alpha", "isbn") == [1]
        assert found(store, Book, "first", "title", "rank") == [1]
        assert found(store, Book, "first", "isbn") == []


def test_two_that_search_one_model_share_an_index(tmp_path: Path) -> None:
    with closing(SQLiteDataStore(tmp_path / "books.db", models=MODELS, durability="normal")) as store:
        store.index_texts({Book: ("title",)})
        store.index_texts({Book: ("rank",)})
        store[Book].create(title="rock", rank="first")
        assert [found(store, Book, "rock", name) for name in ("title", "rank")] == [[1], []]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE VIEW book AS SELECT 1 AS id, 'x' AS title", 'no trigger tells of changes in a view, so search = "fts" cannot be kept'),
        ("CREATE TABLE book (title TEXT)", "Tome.rowid is SQLite's rowid, which may change; search = \"fts\" needs another key"),
        ('CREATE TABLE book (rowid INTEGER PRIMARY KEY, title TEXT); CREATE TABLE "book search" (x)', "which is no index of pyrest's"),
    ],
)
def test_what_cannot_be_searched_by_words(tmp_path: Path, statement: str, said: str) -> None:
    class Tome(models.Model):
        key = models.PkField(column="id" if "VIEW" in statement else "rowid")
        title = models.StringField()

        class Meta:
            table = "book"

    with closing(sqlite3.connect(tmp_path / "books.db")) as connection:
        connection.executescript(statement)
    with closing(SQLiteDataStore(tmp_path / "books.db", models=[Tome])) as store, pytest.raises(Misdeclared) as refusal:
        store.index_texts({Tome: ("title",)})
    assert said.replace("Tome.rowid", "Tome.key") in str(refusal.value)


# Both stores and an oracle.

ALPHABET = st.sampled_from(["a", "A", "á", "Á", "ab", "b", "B", "ß", "ss", "1", "é", "e\u0301", "я", "Я", "東"])
SPACES = st.sampled_from([" ", "-", ", ", "'", '"', "*", "_", "\n", "(", ":", "^", "+", "&"])
LINES = st.lists(ALPHABET | SPACES, max_size=8).map("".join)
SOUGHT = st.lists(st.builds(Term, LINES, st.booleans()), min_size=1, max_size=3)


def words(text: str) -> list[str]:
    """The words of a text, written from the documentation: runs of letters and digits, no case, no accents."""
    plain = "".join(c for c in normalize("NFD", text) if not category(c).startswith("M")).lower()
    return "".join(c if c.isalnum() else " " for c in plain).split()


def matches(texts: list[str], sought: list[Term]) -> bool:
    def stands(term: Term, text: str) -> bool:
        # Words cannot hold a bar, so that what is joined by bars begins and ends with whole words.
        wanted, there = words(term.text), "|" + "|".join(words(text)) + "|"
        return ("|" + "|".join(wanted) + ("" if term.prefix else "|")) in there

    asking = [term for term in sought if words(term.text)]
    return bool(asking) and all(any(stands(term, text) for text in texts) for term in asking)


def test_both_stores_find_what_the_oracle_finds(full: bool) -> None:
    @examples(full, 60, 3_000)
    @given(st.lists(st.tuples(LINES, st.none() | LINES), max_size=6), st.lists(SOUGHT, min_size=1, max_size=5))
    def agree(rows: list[tuple[str, str | None]], searches: list[list[Term]]) -> None:
        memory = MemoryDataStore(models=MODELS)
        with closing(SQLiteDataStore(":memory:", models=MODELS)) as shop:
            for store in (shop, memory):
                store.index_texts(TEXTS)
                store[Book].bulk_create([{"title": title, "rank": rank} for title, rank in rows])
            for sought in searches:
                if not any(words(term.text) for term in sought):
                    continue
                plan = Read(Book, ("id",), Search(("title", "rank"), tuple(sought)))
                expected = [(i,) for i, texts in enumerate(rows, 1) if matches([text for text in texts if text is not None], sought)]
                assert shop.read(plan).rows == memory.read(plan).rows == expected

    agree()
