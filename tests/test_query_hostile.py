"""Whatever a list is asked, the SQL is made of words of ours alone: no text of a request gets in, nothing fails, no row changes."""

from __future__ import annotations

import random
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from flask import Flask

from pyrest import Endpoint, SQLiteDataStore, Wrapper
from pyrest.lookups import LOOKUPS
from pyrest.models.model import declaration
from tests.web.everything import THING, UID, Narrow, Tag, Thing, Token

CHUNKS = 4
SHORT, LONG = 800, 20_000
MARK = "zq7x"
"""It stands in every text that is hostile, and in no name of ours."""

HOSTILE = (
    f"{MARK}", f"'{MARK}", f'"{MARK}', f"`{MARK}`", f"[{MARK}]", f"{MARK}'; DROP TABLE thing; --", f'{MARK}"; DELETE FROM thing; --',
    f"' OR '{MARK}'='{MARK}", f'" OR "{MARK}"="{MARK}', f"{MARK}) OR (1=1", f"{MARK}/*", f"*/{MARK}", f"--{MARK}", f"{MARK}\x00",
    f"\x00{MARK}", f"{MARK}\ud800", f"\udfff{MARK}", f"%{MARK}%", f"%s{MARK}%(a)s{{0}}", f"{MARK}?1:a@b$c", f"$.{MARK}", f'$."{MARK}"[0]',
    f"{MARK}[#-1]", f"{MARK}\\", f"\\{MARK}'", f"{MARK}\n;\nPRAGMA writable_schema=1", f"SELECT {MARK} FROM sqlite_schema",
    f"{MARK} UNION SELECT 1", f"{MARK}é\u202e😀\uffff", f"{MARK} COLLATE NOCASE", f"{MARK} DESC, id", f"CASE WHEN {MARK} THEN 1 END",
    MARK * 300, MARK * 5_000, "'" * 500 + MARK, f"({MARK}", f"{MARK})", f"({MARK},{MARK})", f"=({MARK}=1)", f'"{MARK}\\""', f"{MARK}__in",
    f"__{MARK}", f"{MARK}__", f"id;{MARK}", f'id" AS "{MARK}', f"{MARK}=1&a=2", f"x'{MARK}'", f"zeroblob({MARK})", f"{MARK}::text",
)  # fmt: skip
ORDINARY = (
    "", "0", "1", "-1", "9223372036854775807", "9223372036854775808", "1.5", "1e400", "NaN", "true", "false", "null", "first", "2024-02-29",
    "2024-02-29T18:30:00Z", UID, "a tag", "large", "1,2", "(1,2)", "%", "_", "x", "é", "{}", '{"a": 1}', "[1]", "18:30", "10000-01-01",
)  # fmt: skip
RELATIONS = ("parent", "thing_set", "tag", "token")
NAMES = (*declaration(Thing).fields, *RELATIONS, "pk", "name", "weight", "note", "rowid", "sqlite_schema", "ressource_uri")
WORDS = (*LOOKUPS, "year", "month", "day", "date", "casefold", "a", "SELECT", "0", "regexp", "json_each")
CONDITIONS = ("ordering", "search", "or", "and", "not")
SHAPES = ("fields", "omit", "expand")
GROUPS = ("aggregate", "group_by", "facet")
PARAMETERS = (*CONDITIONS, *SHAPES, *GROUPS, "count", "offset", "total", "cursor", "format", "on_conflict")
MEASURES = ("count", "count_distinct", "sum", "avg", "min", "max", "median")

READABLE = tuple(text for text in HOSTILE if not re.search("[\x00\ud800-\udfff]", text) and len(text) < 1000)
NAMEABLE = tuple(text for text in READABLE if text.isprintable() and not re.search(r'["\\]|__', text))
FITTING = ("text", "code", "tag", "parent__text", "thing_set__code", "tag__name", "parent__parent__tag__name", "token__note")
FITTING_LOOKUPS = (
    "", "__exact", "__ne", "__gt", "__lte", "__contains", "__icontains", "__startswith", "__istartswith", "__endswith", "__iexact",
)  # fmt: skip


class Things(Endpoint):
    model = Thing
    search_fields = ("text", "code", "tag__name", "parent__text")


class Worded(Endpoint):
    model = Thing
    name = "worded"
    search_fields = ("text", "code")
    search = "fts"


class Hostility:
    """The query string of one number."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def query(self) -> str:
        pairs = [self.pair() for _ in range(self.random.choice((1, 1, 1, 2, 3)))]
        return "&".join(f"{self.encoded(name)}={self.encoded(value)}" for name, value in pairs)

    def encoded(self, text: str) -> str:
        return quote_plus(text, errors="surrogatepass")

    def pair(self) -> tuple[str, str]:
        if self.random.random() < 0.4:
            return self.fitting()
        if self.random.random() < 0.6:
            return self.name(), self.value()
        name = self.random.choice(CONDITIONS if self.random.random() < 0.6 else PARAMETERS)
        if name in SHAPES:
            return name, self.shape(2)
        if name in GROUPS:
            return name, ",".join(self.measure() if name == "aggregate" else self.grouped() for _ in range(self.random.choice((1, 1, 2))))
        if name == "ordering":
            return name, self.ordering()
        if name == "search":
            return name, self.one_of(READABLE, 0.2)
        return name, self.group(3) if name in ("or", "and", "not") else self.value()

    def fitting(self) -> tuple[str, str]:
        """A lookup of a text that may hold anything."""
        name = self.random.choice((*FITTING, f"data__{self.random.choice(NAMEABLE)}"))
        lookup = self.random.choice(FITTING_LOOKUPS)
        return name + lookup, self.random.choice(READABLE)

    def one_of(self, texts: Sequence[str], hostile: float = 0.15) -> str:
        return self.random.choice(HOSTILE if self.random.random() < hostile else texts)

    def name(self) -> str:
        relations = [self.random.choice(RELATIONS) for _ in range(self.random.choice((0, 0, 0, 1, 1, 2, 12)))]
        if self.random.random() < 0.25:
            path = [self.one_of(("a", "b c", "0", "é.$"), 0.6) for _ in range(self.random.randint(1, 3))]
            return "__".join([*relations, "data", *path, *self.words()])
        return "__".join([*relations, self.one_of(NAMES, 0.05), *self.words()])

    def words(self) -> list[str]:
        return [self.one_of(WORDS, 0.03) for _ in range(self.random.choice((0, 1, 1, 1, 2)))]

    def value(self) -> str:
        found = self.one_of(ORDINARY, 0.6)
        return found if self.random.random() < 0.8 else f"{found},{self.one_of(ORDINARY, 0.6)}"

    def ordering(self) -> str:
        names = [self.one_of((*NAMES, "tag__weight", "parent__parent__text"), 0.1) for _ in range(self.random.choice((1, 1, 2)))]
        ends = ("", "", ":nullslast", ":nullsfirst", ":", f":{MARK}", f" {MARK}")
        return ",".join(self.random.choice(("", "-")) + name + self.random.choice(ends) for name in names)

    def shape(self, depth: int) -> str:
        """Names between commas, and relations with names, filters and orders of their own."""
        names = [self.one_of((*NAMES, *RELATIONS), 0.1) for _ in range(self.random.choice((1, 1, 2)))]
        if depth and self.random.random() < 0.7:
            inner = self.random.choice((
                self.shape(depth - 1), f"expand={self.shape(depth - 1)}", f"count={self.value()}", f"ordering=({self.ordering()})",
                self.term(1), f"search={self.one_of(READABLE, 0.2)}",
            ))  # fmt: skip
            names.append(f"{self.random.choice(RELATIONS)}({inner})")
        return ",".join(names)

    def measure(self) -> str:
        function = self.one_of(MEASURES, 0.05)
        return function if self.random.random() < 0.3 else f"{function}({self.grouped()})"

    def grouped(self) -> str:
        """A field to group or measure by, more often than not."""
        part = self.random.choice(("", "", "__year", "__date", "__month", "__day"))
        return self.random.choice((*NAMES, "tag__weight", "parent__real")) + part if self.random.random() < 0.6 else self.name()

    def group(self, depth: int) -> str:
        terms = [self.term(depth) for _ in range(self.random.randint(1, 3))]
        return f"({','.join(terms)})" if self.random.random() < 0.95 else ",".join(terms)

    def term(self, depth: int) -> str:
        if self.random.random() < 0.6:
            name, value = self.fitting()
            return re.sub('[,()="]', "", name) + '="' + value.replace("\\", r"\\").replace('"', r"\"") + '"'
        if depth and self.random.random() < 0.3:
            return f"{self.random.choice(('or', 'and', 'not'))}={self.group(depth - 1)}"
        value = self.value()
        if self.random.random() < 0.8:
            value = '"' + value.replace("\\", r"\\").replace('"', r"\"") + '"'
        return f"{self.name()}={value}"


# What SQL of ours is made of.

TOKEN = re.compile(
    r"""\s+ | "(?P<name>(?:[^"]|"")*)" | '(?P<literal>(?:[^']|'')*)' | (?P<word>[A-Za-z_]\w*)
    | -?\d+ | [(),.=<>?*;]+""",
    re.VERBOSE,
)
DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
LITERALS = {"\\", "text", "integer", "real", "true", "false", "null", "year", "month", "day", "date", DAY, f"{DAY}*"}
KEYWORDS = {
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "IS", "NULL", "TRUE", "AS", "ORDER", "BY", "DESC", "NULLS", "FIRST", "LAST",
    "LIMIT", "LIKE", "ESCAPE", "COLLATE", "BINARY", "EXISTS", "CASE", "WHEN", "THEN", "END", "JOIN", "ON", "DISTINCT", "BEGIN", "COMMIT",
    "PRAGMA", "data_version", "ROLLBACK", "OFFSET", "LEFT", "MATCH", "rowid", "rank", "GROUP", "OVER", "UNION", "ALL",
    "CROSS", "GLOB", "CAST", "INTEGER", "ELSE",
    "count", "substr", "instr", "coalesce", "value", "json_each", "json_valid", "json_type", "json_extract", "pyrest_fold", "pyrest_part",
}  # fmt: skip
TABLES = [declaration(model) for model in (Thing, Tag, Token)]
COLUMNS = {"sum of it" if name == "total" else name for declared in TABLES for name in declared.fields} | {d.table for d in TABLES}
COLUMNS |= {"thing search", "thing search rows"}


def foreign(text: str) -> list[str]:
    """The parts of a statement that are no words of ours."""
    found, place = [], 0
    while place < len(text):
        token = TOKEN.match(text, place)
        if token is None:
            return [*found, text[place:]]
        name, literal, word = token["name"], token["literal"], token["word"]
        known = name is None or name in COLUMNS or re.fullmatch(r"pyrest [a-z]+( \d+)?", name)
        if not known or literal not in {None, *LITERALS} or word not in {None, *KEYWORDS}:
            found.append(token.group())
        place = token.end()
    return found


class Noting(sqlite3.Connection):
    """A connection that keeps the statements it is given, as they were before any value was bound."""

    texts: list[str] = []

    def execute(self, text: str, parameters: Any = ()) -> sqlite3.Cursor:
        self.texts.append(text)
        return super().execute(text, parameters)


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that SQLite is given."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Noting))
    Noting.texts.clear()
    return Noting.texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hostile.db"


@pytest.fixture
def app(path: Path, texts: list[str]) -> Iterator[Flask]:
    store = SQLiteDataStore(path, durability="normal")
    app = Wrapper([Things, Worded, Tag, Token, type("Few", (Narrow,), {})], datastore=store).create_app()
    app.testing = True  # so that a fault of the program is raised here
    store[Tag].create(name="a tag")
    store[Token].create(id=UID)
    first = store[Thing].create(**THING)
    store[Thing].create(**THING | {"code": "second", "uid": None, "parent": first.pk, "text": MARK, "data": {MARK: MARK}})
    # What a connection looks at once: the schema, and the secret of cursors.
    assert [app.test_client().get(path).status_code for path in ("/thing/?cursor=&count=1", "/narrow/", "/worded/")] == [200] * 3
    yield app
    store.close()


def content(path: Path) -> list[str]:
    """Every row of every table, as text."""
    connection = sqlite3.connect(path)
    try:
        return [repr(connection.execute(f'SELECT * FROM "{declared.table}"').fetchall()) for declared in TABLES]
    finally:
        connection.close()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_question_gets_into_the_sql(
    app: Flask, path: Path, texts: list[str], full: bool, chunk: int, record_property: Callable[[str, object], None]
) -> None:
    client, before, known = app.test_client(), content(path), set[str]()
    statuses: Counter[int] = Counter()
    for seed in range(chunk, LONG if full else SHORT, CHUNKS):
        texts.clear()
        query = Hostility(seed).query()
        answer = client.get(("/narrow/", "/worded/")[seed % 7] if seed % 7 < 2 else "/thing/", query_string=query)
        statuses[answer.status_code] += 1
        assert answer.status_code in (200, 400), f"seed {seed}: {answer.status} to {query}"
        assert answer.status_code == 200 or not [text for text in texts if text.startswith("SELECT")], f"seed {seed}: refused, yet asked"
        for text in {*texts} - known:
            assert MARK not in text, f"seed {seed}: {query} → {text}"
            assert not foreign(text), f"seed {seed}: {query} → {foreign(text)} in {text}"
            known.add(text)
    assert content(path) == before
    record_property("statuses", dict(statuses))
    assert statuses[200] > 20 and statuses[400] > 20
    assert len(known) > 20


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"text": MARK}, 1),
        ({"text__startswith": MARK[:2]}, 1),
        ({"text__casefold": MARK.upper()}, 1),
        ({"search": MARK}, 1),
        ({f"data__{MARK}": MARK}, 1),
        ({"not": f"(text={MARK})"}, 1),
        ({"or": f'(text="{MARK}",code=first)'}, 2),
    ],
    ids=str,
)
def test_what_is_asked_is_found_and_bound(app: Flask, texts: list[str], query: dict[str, str], found: int) -> None:
    texts.clear()
    answer = app.test_client().get("/thing/", query_string=query)
    assert answer.status_code == 200 and answer.json["meta"]["total_count"] == found
    assert [text for text in texts if text.startswith("SELECT")]
    assert not [text for text in texts if MARK in text]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('SELECT "code", "sum of it" FROM "thing" WHERE "code" = ? COLLATE BINARY LIMIT ? OFFSET ?', []),
        ('SELECT "code" FROM "thing" WHERE "code" = \'zq7x\'', ["'zq7x'"]),
        ('SELECT "kode" FROM "thing"', ['"kode"']),
        ('SELECT "code" FROM "thing" WHERE 1 EXCEPT SELECT 2', ["EXCEPT"]),
        ('SELECT "code" FROM thing', ["thing"]),
        ("SELECT 1 -- a comment", ["-- a comment"]),
    ],
)
def test_what_is_no_word_of_ours_is_seen(text: str, found: list[str]) -> None:
    assert foreign(text) == found
