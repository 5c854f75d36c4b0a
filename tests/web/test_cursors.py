"""Cursor pages and the kinds of totals, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, QuerySet, SQLiteDataStore, models
from pyrest.paging import MAX_COUNTED
from tests.elsewhere import commit_elsewhere
from tests.web.conftest import Serve, serving
from tests.web.test_statements import statements


class Shelf(models.Model):
    id = models.PkField()
    room = models.StringField(required=True)


class Book(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    slug = models.SlugField(required=True, unique=True)
    pages = models.IntegerField()
    margin = models.DecimalField(6, 2)
    total = models.IntegerField()
    shelf = models.ForeignKey(Shelf, related_name="books")
    tags = models.ManyToManyField("tag")


class Tag(models.Model):
    id = models.PkField()
    word = models.StringField(required=True)


class Shelves(Endpoint):
    model = Shelf
    nested = ("books",)


class Books(Endpoint):
    model = Book
    page_size = 5
    search_fields = ("title",)
    nested = ("tags",)


class Hidden(Endpoint):
    """Shows neither the key nor what it is ordered by."""

    name = "hidden"
    model = Book
    fields = ("slug",)
    lookup_field = "slug"
    list_methods = ("GET",)
    queryset = QuerySet(Book).order_by("-margin")


class Walked(Endpoint):
    name = "walked"
    model = Book
    pagination = "cursor"
    page_size = 5


class Worded(Endpoint):
    name = "worded"
    model = Book
    search = "fts"
    search_fields = ("title",)


class Whole(Endpoint):
    name = "whole"
    model = Book
    pagination = None


ENDPOINTS = (Books, Shelves, Tag, Hidden, Walked, Worded, Whole)


@pytest.fixture(scope="module")
def books(kept_store: SQLiteDataStore) -> FlaskClient:
    """Twelve books, with 3, 2 and 1 pages in turn, on two shelves."""
    client = serving(kept_store)(*ENDPOINTS)
    fill(kept_store)
    return client


def fill(store: SQLiteDataStore) -> None:
    shelves = [store[Shelf].create(room=room) for room in ("cellar", "attic")]
    tag = store[Tag].create(word="sea")
    store[Book].bulk_create(
        {
            "title": f"Book {n}", "slug": f"b{n}", "pages": 3 - (n - 1) % 3 if n < 12 else None, "margin": f"{n * 7 % 5}.50",
            "shelf": shelves[n % 2], "tags": [tag],
        }
        for n in range(1, 13)
    )  # fmt: skip


def answer(client: FlaskClient, path: str) -> dict[str, Any]:
    answered = client.get(path)
    assert answered.status_code == 200, answered.text
    assert answered.json is not None
    return answered.json


def meta(client: FlaskClient, path: str) -> dict[str, Any]:
    found: dict[str, Any] = answer(client, path)["meta"]
    return found


def refusal(client: FlaskClient, path: str) -> str:
    answered = client.get(path)
    assert answered.status_code == 400, answered.text
    assert answered.json is not None
    assert answered.json.keys() == {"error"}
    return str(answered.json["error"])


def pages(client: FlaskClient, path: str, way: str = "next_cursor", name: str = "id") -> Iterator[list[Any]]:
    """The pages that follow each other from here, this one among them."""
    page = answer(client, path)
    begin = path.partition("cursor=")[0]
    rest = path.partition("cursor=")[2].partition("&")[2]
    for _ in range(50):
        yield [row[name] for row in page["object_list"]]
        if (cursor := page["meta"][way]) == "null":
            return
        page = answer(client, f"{begin}cursor={cursor}&{rest}")
    raise AssertionError("the pages have no end")


def test_the_first_page(books: FlaskClient) -> None:
    answered = books.get("/book/?cursor=&count=2&ordering=-pages&shelf=1")
    assert answered.json is not None
    cursor = answered.json["meta"]["next_cursor"]
    assert answered.json["meta"] == {
        "count": 2, "filters": {"shelf": "1"}, "next_cursor": cursor, "previous_cursor": "null", "total_count": 6,
    }  # fmt: skip
    assert [book["slug"] for book in answered.json["object_list"]] == ["b4", "b10"]
    assert answered.headers["Link"] == f'<?count=2&cursor={cursor}&ordering=-pages&shelf=1>; rel="next"'
    assert answered.text.index("next_cursor") < answered.text.index("previous_cursor") < answered.text.index("total_count")


def test_a_page_inside_links_both_ways(books: FlaskClient) -> None:
    first = answer(books, "/book/?cursor=")
    answered = books.get(f"/book/?cursor={first['meta']['next_cursor']}")
    assert answered.json is not None
    following, previous = (answered.json["meta"][name] for name in ("next_cursor", "previous_cursor"))
    assert answered.headers["Link"] == f'<?count=5&cursor={following}>; rel="next", <?count=5&cursor={previous}>; rel="prev"'
    back = answer(books, f"/book/?cursor={previous}")
    assert back["object_list"] == first["object_list"]
    assert back["meta"] == first["meta"]


@pytest.mark.parametrize("ordering", ["", "id", "-pages", "pages:nullslast,-title", "shelf__room,pages", "-shelf__room:nullsfirst,-id"])
@pytest.mark.parametrize("path", ["/book/", "/walked/", "/shelf/1/books/"])
def test_the_pages_are_the_list(books: FlaskClient, path: str, ordering: str) -> None:
    asked = f"&ordering={ordering}" if ordering else ""
    whole = [key for page in pages(books, f"{path}?count=100&cursor={asked}") for key in page]
    assert [key for page in pages(books, f"{path}?count=5&cursor={asked}") for key in page] == whole
    assert len(whole) == (6 if "books" in path else 12)
    if path == "/book/":
        assert whole == [book["id"] for book in answer(books, f"/book/?count=100{asked}")["object_list"]]


def test_the_size_of_pages_may_change_on_the_way(books: FlaskClient) -> None:
    cursor = meta(books, "/book/?cursor=&count=3")["next_cursor"]
    assert [row["id"] for row in answer(books, f"/book/?cursor={cursor}&count=7")["object_list"]] == [4, 5, 6, 7, 8, 9, 10]


def test_an_endpoint_may_have_cursor_pages_only(books: FlaskClient) -> None:
    page = answer(books, "/walked/")
    assert page["meta"].keys() == {"count", "filters", "next_cursor", "previous_cursor", "total_count"}
    assert answer(books, "/walked/?cursor=") == page
    assert refusal(books, "/walked/?offset=5") == '"offset": This page is found by a cursor; it takes no offset.'


def test_a_list_without_pages_takes_no_cursor(books: FlaskClient) -> None:
    assert refusal(books, "/whole/?cursor=") == '"cursor": This list has no pages; it is always whole.'


NO_CURSOR = '"cursor": This is no cursor of this list. Begin with an empty one.'
FOREIGN = '"cursor": This cursor belongs to {}. Begin with an empty one.'
OTHER_LIST, OTHER_FILTERS, OTHER_ORDERING = (FOREIGN.format(what) for what in ("another list", "other filters", "another ordering"))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/book/?shelf=1&ordering=pages&search=book&cursor=TOKEN&count=1", None),
        ("/book/?search=book&cursor=TOKEN&ordering=pages&shelf=1", None),
        ("/book/?shelf=1&ordering=pages:nullsfirst,id,title&search=book&cursor=TOKEN", None),
        ("/book/?shelf=2&ordering=pages&search=book&cursor=TOKEN", OTHER_FILTERS),
        ("/book/?shelf=1&ordering=pages&search=2&cursor=TOKEN", OTHER_FILTERS),
        ("/book/?ordering=pages&cursor=TOKEN", OTHER_FILTERS),
        ("/book/?shelf=1&ordering=-pages&search=book&cursor=TOKEN", OTHER_ORDERING),
        ("/book/?shelf=1&search=book&cursor=TOKEN", OTHER_ORDERING),
        ("/walked/?shelf=1&ordering=pages&cursor=TOKEN", OTHER_LIST),
        ("/shelf/1/books/?ordering=pages&cursor=TOKEN", OTHER_LIST),
        ("/book/?cursor=x", NO_CURSOR),
        ("/book/?cursor=null", NO_CURSOR),
        ("/book/?cursor=%00", NO_CURSOR),
        ("/book/?cursor=%C3%A9", NO_CURSOR),
        ("/book/?cursor=" + "A" * 5000, NO_CURSOR),
        ("/book/?cursor=&cursor=", '"cursor": This parameter can be given once.'),
        ("/book/?cursor=&offset=5", '"offset": This page is found by a cursor; it takes no offset.'),
        ("/book/?cursor=&count=101", '"count": The number of objects on a page is 1 to 100.'),
        ("/book/?total=some", '"total": The total is one of exact, none, capped; to filter by the field, write total__exact=.'),
        ("/tag/?total=3", '"total": The total is one of exact, none, capped.'),
    ],
    ids=lambda text: str(text)[:60],
)
def test_where_a_cursor_may_be_used(books: FlaskClient, path: str, said: str | None) -> None:
    token = meta(books, "/book/?shelf=1&ordering=pages&search=book&cursor=&count=2")["next_cursor"]
    path = path.replace("TOKEN", token)
    if said is None:
        assert answer(books, path)["object_list"]
    else:
        assert refusal(books, path) == said


def test_a_cursor_of_one_shelf_is_none_of_another(books: FlaskClient) -> None:
    token = meta(books, "/shelf/1/books/?cursor=&count=2")["next_cursor"]
    assert answer(books, f"/shelf/1/books/?cursor={token}")["object_list"]
    assert refusal(books, f"/shelf/2/books/?cursor={token}") == '"cursor": This cursor belongs to another list. Begin with an empty one.'


def test_rows_that_are_joined_have_pages_too(books: FlaskClient) -> None:
    assert list(pages(books, "/book/1/tags/?cursor=&count=1")) == [[1]]


def test_the_order_may_be_by_what_is_not_shown(books: FlaskClient, kept_store: SQLiteDataStore) -> None:
    shown = [slug for page in pages(books, "/hidden/?count=5&cursor=", name="slug") for slug in page]
    assert shown == [book.slug for book in kept_store[Book].order_by("-margin")]


def test_the_best_matches_of_a_search_have_no_cursors(books: FlaskClient) -> None:
    said = '"cursor": The order of what a search finds best changes while rows come and go; give an ordering.'
    assert refusal(books, "/worded/?search=book&cursor=") == said
    assert [key for page in pages(books, "/worded/?count=5&cursor=&search=book&ordering=-id") for key in page] == list(range(12, 0, -1))


def test_a_filter_by_a_field_called_total(books: FlaskClient) -> None:
    assert meta(books, "/book/?total__exact=3")["total_count"] == 0


def test_an_ordering_has_a_limit_with_a_cursor(serve: Serve) -> None:
    class Wide(models.Model):
        fields = [models.PkField(name="id"), *(models.IntegerField(name=f"n{number}") for number in range(10))]

    client = serve(Wide)
    names = [f"n{number}" for number in range(10)]
    assert answer(client, f"/wide/?cursor=&ordering={','.join(names[:9])}")["object_list"] == []
    said = '"cursor": It goes with an ordering of at most 10 names, the key among them.'
    assert refusal(client, f"/wide/?cursor=&ordering={','.join(names)}") == said
    assert answer(client, f"/wide/?ordering={','.join(names)}")["object_list"] == []


def test_values_that_are_too_long_for_a_cursor(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(*ENDPOINTS)
    store[Book].bulk_create([{"title": "x" * 3000, "slug": "a"}, {"title": "y", "slug": "b"}])
    said = '"cursor": The values that this list is ordered by are too long for one; order by others, or take an offset.'
    assert refusal(client, "/book/?cursor=&count=1&ordering=title") == said
    assert list(pages(client, "/book/?count=1&cursor=&ordering=-slug")) == [[2], [1]]


# Rows that come and go.


@pytest.fixture
def own(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    client = serve(*ENDPOINTS)
    fill(store)
    return client


def test_a_client_at_the_end_goes_on_when_rows_come(own: FlaskClient, store: SQLiteDataStore) -> None:
    *_, cursor = walk_to_the_end(own)
    assert list(pages(own, f"/book/?cursor={cursor}")) == [[11, 12]]
    store[Book].create(title="new", slug="new")
    assert list(pages(own, f"/book/?cursor={cursor}")) == [[11, 12, 13]]


def test_an_empty_page_leads_back_to_the_rows_before(own: FlaskClient, store: SQLiteDataStore) -> None:
    *_, cursor = walk_to_the_end(own)
    store[Book].filter(id__gt=10).delete()
    empty = answer(own, f"/book/?cursor={cursor}")
    assert (empty["object_list"], empty["meta"]["next_cursor"]) == ([], "null")
    assert list(pages(own, f"/book/?cursor={empty['meta']['previous_cursor']}", "previous_cursor")) == [[6, 7, 8, 9, 10], [1, 2, 3, 4, 5]]


def test_an_empty_page_at_the_beginning_leads_on(own: FlaskClient, store: SQLiteDataStore) -> None:
    second = meta(own, "/book/?cursor=")["next_cursor"]
    previous = meta(own, f"/book/?cursor={second}")["previous_cursor"]
    store[Book].filter(id__lt=6).delete()
    empty = answer(own, f"/book/?cursor={previous}")
    assert (empty["object_list"], empty["meta"]["previous_cursor"]) == ([], "null")
    assert list(pages(own, f"/book/?cursor={empty['meta']['next_cursor']}")) == [[6, 7, 8, 9, 10], [11, 12]]


def walk_to_the_end(client: FlaskClient) -> list[str]:
    """The cursors of all pages but the first."""
    cursors = []
    cursor = meta(client, "/book/?cursor=")["next_cursor"]
    while cursor != "null":
        cursors.append(cursor)
        cursor = meta(client, f"/book/?cursor={cursor}")["next_cursor"]
    return cursors


def test_an_empty_list_has_no_cursors(serve: Serve) -> None:
    answered = serve(*ENDPOINTS).get("/book/?cursor=")
    assert answered.json == {
        "meta": {"count": 5, "filters": {}, "next_cursor": "null", "previous_cursor": "null", "total_count": 0}, "object_list": [],
    }  # fmt: skip
    assert "Link" not in answered.headers


# Totals.


@pytest.mark.parametrize("begin", ["/book/?", "/book/?cursor=&", "/whole/?", "/shelf/1/books/?"])
def test_a_list_without_a_total(books: FlaskClient, begin: str) -> None:
    exact, bare = answer(books, begin), answer(books, f"{begin}total=none")
    assert "total_count" not in bare["meta"]
    assert bare["object_list"] == exact["object_list"]
    for name in {"next", "previous", "next_cursor", "previous_cursor"} & exact["meta"].keys():
        assert bare["meta"][name].replace("&total=none", "") == exact["meta"][name]


def test_a_total_is_counted_no_further_than_its_limit(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(*ENDPOINTS)
    store[Tag].bulk_create({"word": "x"} for _ in range(MAX_COUNTED))
    assert meta(client, "/tag/?total=capped")["total_count"] == MAX_COUNTED
    assert "total_count_capped" not in meta(client, "/tag/?total=capped")
    store[Tag].create(word="y")
    for asked in ("", "&cursor="):
        found = meta(client, f"/tag/?total=capped{asked}")
        assert (found["total_count"], found["total_count_capped"]) == (MAX_COUNTED, True)
    assert meta(client, f"/tag/?total=capped&count=1&offset={MAX_COUNTED - 1}")["next"] == f"?count=1&offset={MAX_COUNTED}&total=capped"
    assert meta(client, f"/tag/?total=capped&count=1&offset={MAX_COUNTED}")["next"] == "null"
    assert meta(client, "/tag/?total=capped&word=y") == meta(client, "/tag/?word=y")
    assert meta(client, "/tag/?total=exact")["total_count"] == MAX_COUNTED + 1


# What is asked of SQLite.


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/tag/?total=none", ["SELECT"]),
        ("/tag/?cursor=&total=none", ["SELECT"]),
        ("/tag/?cursor=TOKEN&total=none", ["SELECT"]),
        ("/tag/?cursor=TOKEN", ["BEGIN", "SELECT", "SELECT", "COMMIT"]),
        ("/tag/?total=capped", ["BEGIN", "SELECT", "SELECT", "COMMIT"]),
    ],
)
def test_statements(own: FlaskClient, store: SQLiteDataStore, path: str, asked: list[str]) -> None:
    store[Tag].bulk_create({"word": str(number)} for number in range(30))
    path = path.replace("TOKEN", meta(own, "/tag/?cursor=&total=none")["next_cursor"])
    own.get("/tag/1/")  # with the first cursor the file has gained a table, and who reads next looks at that
    commit_elsewhere(store)
    assert statements(store, lambda: own.get(path), 200) == asked


def test_the_scan_guard_lets_a_page_deep_inside_pass(serve: Serve, store: SQLiteDataStore) -> None:
    class Entry(models.Model):
        id = models.PkField()
        rank = models.IntegerField(index=True)
        note = models.StringField()

    class Entries(Endpoint):
        model = Entry
        refuse_scans = 100

    client = serve(Entries)
    store[Entry].bulk_create({"rank": number % 50 or None, "note": str(number)} for number in range(300))
    shown = [key for page in pages(client, "/entry/?count=90&cursor=&ordering=-rank") for key in page]
    assert len({*shown}) == len(shown) == 300
    assert "this would read all of" in refusal(client, "/entry/?cursor=&ordering=note")
