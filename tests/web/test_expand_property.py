"""Any shape, on both stores, held to plain Python over the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import assume, given
from hypothesis import strategies as st

from pyrest import Endpoint, MemoryDataStore, QuerySet, SQLiteDataStore, Wrapper, models
from pyrest.shapes import MAX_NAMES
from pyrest.store import Store
from tests.datastores.test_property import examples

Row = dict[str, Any]


class Person(models.Model):
    id = models.PkField()
    age = models.IntegerField()
    mentor: models.ForeignKey[Any] = models.ForeignKey("person", related_name="pupils")


class Tag(models.Model):
    code = models.StringPkField()
    rank = models.IntegerField(required=True)


class Book(models.Model):
    id = models.PkField()
    pages = models.IntegerField()
    author = models.ForeignKey(Person, related_name="books")
    tags = models.ManyToManyField(Tag, related_name="books")
    notes = models.GenericRelation("note")

    class Meta:
        ordering = ("-pages",)


class Cover(models.Model):
    id = models.PkField()
    colour = models.IntegerField(required=True)
    book = models.OneToOneField(Book, related_name="cover")


class Note(models.Model):
    id = models.PkField()
    stars = models.IntegerField()
    kind = models.StringField()
    key = models.IntegerField()
    about = models.GenericForeignKey("kind", "key")


class People(Endpoint):
    name = "people"
    model = Person
    page_size = 2
    max_page_size = 3


class Books(Endpoint):
    name = "books"
    model = Book
    page_size = 3
    max_page_size = 5


class Tags(Endpoint):
    name = "tags"
    model = Tag
    queryset = QuerySet(Tag).filter(rank__gt=0).order_by("-rank")
    page_size = 2
    max_page_size = 4


class Covers(Endpoint):
    name = "covers"
    model = Cover


class Notes(Endpoint):
    name = "notes"
    model = Note
    pagination = None


# The rows, as Python has them.

ROWS: dict[str, list[Row]] = {
    "people": [{"id": i, "age": age, "mentor": mentor} for i, (age, mentor) in enumerate(
        ((30, None), (20, 1), (None, 1), (20, 2), (50, 1), (30, 1)), 1)],
    "tags": [{"code": code, "rank": rank} for code, rank in (("a", 1), ("b", 0), ("c", 2), ("d", 1), ("e", 3))],
    "books": [{"id": i, "pages": pages, "author": author} for i, (pages, author) in enumerate(
        ((100, 1), (200, 1), (None, 1), (100, 2), (300, 1), (None, None), (200, 4), (100, 1)), 1)],
    "covers": [{"id": 1, "colour": 1, "book": 1}, {"id": 2, "colour": 2, "book": 3}, {"id": 3, "colour": 1, "book": None}],
    "notes": [{"id": i, "stars": stars, "kind": kind, "key": key} for i, (stars, kind, key) in enumerate(
        ((1, "book", 1), (None, "book", 1), (3, "book", 2), (2, "person", 1), (1, "book", 9), (3, None, None), (2, "book", 1)), 1)],
}  # fmt: skip
PAIRS = [(1, "a"), (1, "b"), (1, "c"), (1, "e"), (2, "b"), (3, "c"), (3, "d"), (4, "a"), (5, "a"), (7, "e"), (8, "a"), (8, "c")]


def filled(store: Store) -> FlaskClient:
    client = Wrapper([People, Books, Tags, Covers, Notes], datastore=store).create_app().test_client()
    for model, name in ((Person, "people"), (Tag, "tags"), (Book, "books"), (Cover, "covers"), (Note, "notes")):
        tags = {book: [code for one, code in PAIRS if one == book] for book, _ in PAIRS}
        store[model].bulk_create({**row, **({"tags": tags.get(row["id"], [])} if name == "books" else {})} for row in ROWS[name])
    return client


@dataclass(frozen=True)
class Kind:
    """What an endpoint shows and how it lists. `relations` say of a row, by name, which rows are meant, and of which endpoint."""

    key: str
    own: tuple[str, ...]
    number: str
    page: int | None
    largest: int
    sees: Callable[[Row], bool] = lambda row: True
    order: tuple[str, ...] = ()
    relations: dict[str, tuple[str, bool, Callable[[Row], list[Row]]]] = field(default_factory=dict)


def rows(name: str, wanted: Callable[[Row], bool]) -> list[Row]:
    return [row for row in ROWS[name] if wanted(row)]


KINDS = {
    "people": Kind("id", ("id", "age", "mentor"), "age", 2, 3, relations={
        "mentor": ("people", True, lambda row: rows("people", lambda one: one["id"] == row["mentor"])),
        "pupils": ("people", False, lambda row: rows("people", lambda one: one["mentor"] == row["id"])),
        "books": ("books", False, lambda row: rows("books", lambda one: one["author"] == row["id"])),
    }),
    "books": Kind("id", ("id", "pages", "author", "tags"), "pages", 3, 5, order=("-pages",), relations={
        "author": ("people", True, lambda row: rows("people", lambda one: one["id"] == row["author"])),
        "tags": ("tags", False, lambda row: rows("tags", lambda one: (row["id"], one["code"]) in PAIRS)),
        "cover": ("covers", True, lambda row: rows("covers", lambda one: one["book"] == row["id"])),
        "notes": ("notes", False, lambda row: rows("notes", lambda one: (one["kind"], one["key"]) == ("book", row["id"]))),
    }),
    "tags": Kind("code", ("code", "rank"), "rank", 2, 4, lambda row: row["rank"] > 0, ("-rank",), {
        "books": ("books", False, lambda row: rows("books", lambda one: (one["id"], row["code"]) in PAIRS)),
    }),
    "covers": Kind("id", ("id", "colour", "book"), "colour", 20, 100, relations={
        "book": ("books", True, lambda row: rows("books", lambda one: one["id"] == row["book"])),
    }),
    "notes": Kind("id", ("id", "stars", "kind", "key"), "stars", None, 100),
}  # fmt: skip


# Shapes.


@dataclass(frozen=True)
class Asked:
    """What is asked of one level: `least` and `null` are filters of its number."""

    fields: frozenset[str] | None
    omit: frozenset[str]
    expand: dict[str, Asked]
    least: int | None = None
    null: bool | None = None
    order: tuple[str, ...] = ()
    count: int | None = None

    def arguments(self, kind: Kind, top: bool) -> list[str]:
        texts = [f"{name}={_group(sorted(names), top)}" for name, names in (("fields", self.fields or ()), ("omit", self.omit)) if names]
        if self.expand:
            opened = [f"{name}{one.inside(kind.relations[name][0])}" for name, one in sorted(self.expand.items())]
            texts.append(f"expand={_group(opened, top)}")
        texts += [f"{kind.number}__gte={self.least}"] if self.least is not None else []
        texts += [f"{kind.number}__isnull={str(self.null).lower()}"] if self.null is not None else []
        texts += [f"ordering={_group(list(self.order), top)}"] if self.order else []
        return texts + ([f"count={self.count}"] if self.count is not None else [])

    def inside(self, name: str) -> str:
        texts = self.arguments(KINDS[name], top=False)
        return f"({','.join(texts)})" if texts else ""


def _group(names: list[str], top: bool) -> str:
    return ",".join(names) if top else f"({','.join(names)})"


@st.composite
def asked(draw: st.DrawFn, name: str, depth: int, single: bool = False) -> Asked:
    kind = KINDS[name]
    some = st.none() | st.frozensets(st.sampled_from((*kind.own, "ressource_uri", *kind.relations)), min_size=1, max_size=4)
    opened = draw(st.sets(st.sampled_from(sorted(kind.relations)), max_size=2)) if depth and kind.relations else set()
    fields = draw(some)
    # A name alone that has no other form is expanded, too.
    formless = {one for one in fields or () if one in kind.relations and one not in kind.own}
    if formless and not depth:
        fields = (fields or frozenset()) - formless or None
        formless = set()
    kept = [one for one in (*kind.own, "ressource_uri") if one not in opened]
    omit = draw(st.frozensets(st.sampled_from(kept), max_size=2)) if kept else frozenset()
    expand = {one: draw(asked(kind.relations[one][0], depth - 1, kind.relations[one][1])) for one in sorted(opened)}
    numbers = st.none() | st.sampled_from([1, 2, 30, 150])
    found = Asked(fields, omit, expand, draw(numbers), draw(st.none() | st.booleans()))
    if single:
        return found
    order = draw(st.sampled_from([(), (kind.number,), (f"-{kind.number}",), (f"-{kind.key}",), (kind.number, f"-{kind.key}")]))
    count = None if kind.page is None else draw(st.none() | st.integers(1, kind.largest))
    return Asked(fields, omit, expand, found.least, found.null, order, count)


# What they mean.


def listed(name: str, found: list[Row], asked: Asked) -> list[Row]:
    """The part of the rows that is shown."""
    kind = KINDS[name]
    number = kind.number
    found = [row for row in found if kind.sees(row)]
    found = [row for row in found if asked.least is None or (row[number] is not None and row[number] >= asked.least)]
    found = [row for row in found if asked.null is None or (row[number] is None) == asked.null]
    for order in reversed((*(asked.order or kind.order), kind.key)):
        by = order.removeprefix("-")
        found.sort(key=lambda row: (row[by] is not None, row[by]), reverse=order.startswith("-"))
    size = asked.count or kind.page
    return found[:size]


EVERYTHING = Asked(None, frozenset(), {})


def shown(name: str, row: Row, asked: Asked) -> Row:
    kind = KINDS[name]
    whole = {one: row[one] for one in kind.own if one != "tags"}
    if "tags" in kind.own:
        whole["tags"] = [code for book, code in PAIRS if book == row["id"]]
    whole["ressource_uri"] = f"/{name}/{row[kind.key]}/"
    chosen = {one: value for one, value in whole.items() if asked.fields is None or one in asked.fields}
    formless = {one for one in asked.fields or () if one in kind.relations and one not in kind.own}
    for relation in {*asked.expand, *formless}:
        target, single, lead = kind.relations[relation]
        inner = asked.expand.get(relation, EVERYTHING)
        there = [shown(target, one, inner) for one in listed(target, lead(row), inner)]
        chosen[relation] = (there[0] if there else None) if single else there
    return {one: value for one, value in chosen.items() if one not in asked.omit}


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[FlaskClient]]:
    store = SQLiteDataStore(tmp_path_factory.mktemp("shapes") / "rows.db", durability="normal")
    yield [filled(store), filled(MemoryDataStore())]
    store.close()


def test_any_shape(clients: list[FlaskClient], full: bool) -> None:
    @examples(full, 300, 10_000)
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(KINDS)))
        wanted = data.draw(asked(name, 3))
        path = f"/{name}/?{'&'.join(wanted.arguments(KINDS[name], top=True))}"
        expected = [shown(name, row, wanted) for row in listed(name, list(ROWS[name]), wanted)]
        for client in clients:
            answer = client.get(path)
            assume(f"There are more than {MAX_NAMES} names." not in answer.text)
            assert (answer.status_code, answer.get_json().get("object_list")) == (200, expected), path

    agree()
