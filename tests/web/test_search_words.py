"""`search = "fts"` over HTTP: words, phrases and beginnings of words in the texts of an endpoint, best match first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, Misdeclared, QuerySet, SQLiteDataStore, Wrapper, models
from pyrest.datastores import MemoryDataStore
from pyrest.store import Store


class Author(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Note(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    body = models.StringField()
    author = models.ForeignKey(Author, related_name="notes", on_delete="cascade")
    public = models.BooleanField(default=True)


class Notes(Endpoint):
    model = Note
    name = "notes"
    fields = ("id", "title", "author")
    search_fields = ("title", "body")
    search = "fts"


class Headlines(Endpoint):
    model = Note
    name = "headlines"
    queryset = QuerySet(Note).filter(public=True).order_by("-title")
    search_fields = ("title",)
    search = "fts"


class Authors(Endpoint):
    model = Author
    name = "authors"
    nested = ("notes",)


ROWS = [
    {"title": "Bread", "body": "Flour, water, salt and time: what good bread is made of.", "author": 1},
    {"title": "Crème brûlée", "body": "Burnt cream", "author": 1},
    {"title": "Bread and butter pudding", "body": "Old bread, new cream", "author": 2},
    {"title": "Water", "author": 2, "public": False},
]


@pytest.fixture(params=["file", "dictionaries"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "dictionaries":
        yield MemoryDataStore()
        return
    with closing(SQLiteDataStore(tmp_path / "notes.db", durability="normal")) as kept:
        yield kept


@pytest.fixture
def client(store: Store) -> FlaskClient:
    made = Wrapper([Notes, Headlines, Authors], datastore=store).create_app().test_client()
    store[Author].bulk_create([{"name": "Ada"}, {"name": "Bo"}])
    store[Note].bulk_create(ROWS)
    return made


def keys(client: FlaskClient, path: str, **parameters: str) -> list[int]:
    answer = client.get(path, query_string=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None and answer.json["meta"]["total_count"] == len(answer.json["object_list"])
    return [row["id"] for row in answer.json["object_list"]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bread", [1, 3]),
        ("BREAD cream", [3]),
        ("creme", [2]),
        ('"bread and"', [3]),
        ('"and bread"', []),
        ("br*", [1, 2, 3]),
        ("rea", []),
        ("", [1, 2, 3, 4]),
        ("bread OR", []),
        ("title:bread", []),
    ],
)
def test_what_a_search_finds(client: FlaskClient, text: str, found: list[int]) -> None:
    assert sorted(keys(client, "/notes/", search=text)) == found


def test_the_best_match_comes_first_unless_an_order_is_asked_for(tmp_path: Path) -> None:
    with closing(SQLiteDataStore(tmp_path / "notes.db", durability="normal")) as store:
        client = Wrapper([Notes, Author], datastore=store).create_app().test_client()
        store[Note].bulk_create([{"title": "water " + "and much else " * 9}, {"title": "Water"}, {"title": "water, water, water"}])
        assert keys(client, "/notes/", search="water") == [3, 2, 1]
        assert keys(client, "/notes/", search="water", ordering="-id") == [3, 2, 1]
        assert keys(client, "/notes/", search="water", ordering="id") == [1, 2, 3]
        pages = [client.get(f"/notes/?search=water&count=1&offset={offset}").json for offset in range(3)]
        assert [page["object_list"][0]["id"] for page in pages if page] == [3, 2, 1]


def test_filters_hold_too(client: FlaskClient) -> None:
    assert keys(client, "/notes/", search="bread", author="2") == [3]
    assert keys(client, "/notes/", search="bread", **{"or": "(author__name=Ada,title=Water)"}) == [1]


def test_below_a_row(client: FlaskClient) -> None:
    assert keys(client, "/authors/2/notes/", search="bread") == [3]


def test_two_endpoints_search_their_own_texts_and_rows(client: FlaskClient) -> None:
    assert keys(client, "/headlines/", search="water") == []
    assert sorted(keys(client, "/notes/", search="water")) == [1, 4]
    assert keys(client, "/headlines/", search="b*", ordering="-title") == [2, 3, 1]


def test_writes_over_http_are_found_at_once(client: FlaskClient) -> None:
    assert client.patch("/notes/4/", json={"title": "Tea"}).status_code == 200
    assert client.post("/notes/", json={"title": "Teapot"}).status_code == 201
    assert client.delete("/notes/1/").status_code == 204
    assert sorted(keys(client, "/notes/", search="tea*")) == [4, 5]
    assert keys(client, "/notes/", search="flour") == []
    assert client.delete("/authors/2/").status_code == 204
    assert keys(client, "/notes/", search="bread") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"bread', "A quote is not closed."),
        ('bread"butter"', "Quotes stand around a phrase, with a space before and behind."),
        ("*", "* stands at the end of a word or a phrase, for one that begins so."),
        ("br*ad", "* stands at the end of a word or a phrase, for one that begins so."),
        ("?!", "A search is for words, which are made of letters and digits."),
        ("\x00", "Null characters are not allowed."),
        ("x" * 201, "A search has at most 10 words and 200 characters."),
        ("a " * 11, "A search has at most 10 words and 200 characters."),
    ],
)
def test_what_is_no_search_is_refused(client: FlaskClient, text: str, said: str) -> None:
    answer = client.get("/notes/", query_string={"search": text})
    assert (answer.status_code, answer.json) == (400, {"error": f'"search": {said}'})


def test_an_index_is_no_scan(tmp_path: Path) -> None:
    with closing(SQLiteDataStore(tmp_path / "notes.db", durability="normal")) as store:
        guarded = type("Guarded", (Notes,), {"refuse_scans": 1})
        client = Wrapper([guarded, Author], datastore=store).create_app().test_client()
        store[Note].bulk_create([{"title": title} for title in ("Bread", "Butter", "Tea")])
        assert sorted(keys(client, "/notes/", search="b*")) == [1, 2]
        assert client.get("/notes/?title__contains=e").status_code == 400


def test_the_texts_are_those_of_the_model(tmp_path: Path) -> None:
    wide = type("Wide", (Notes,), {"search_fields": ("title", "author__name")})
    with closing(SQLiteDataStore(tmp_path / "notes.db")) as store, pytest.raises(Misdeclared) as refusal:
        Wrapper([wide, Author], datastore=store)
    assert str(refusal.value) == (
        "Wide.search_fields: 'author__name' is a text of another model, and search is \"fts\": "
        'an index holds texts of one table; leave it out, or search = "plain"'
    )
