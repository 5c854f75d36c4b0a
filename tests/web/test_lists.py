"""Lists: meta, pages and the links between them, order, stability."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, QuerySet, SQLiteDataStore, models
from tests.web.conftest import Serve, serving


class Song(models.Model):
    title = models.StringField(required=True)
    genre = models.StringField()
    length = models.IntegerField()
    notes = models.JSONField()
    id = models.PkField()


class Songs(Endpoint):
    model = Song
    name = "songs"
    page_size = 5
    max_page_size = 10


class Whole(Endpoint):
    model = Song
    name = "whole"
    pagination = None


class Longest(Endpoint):
    model = Song
    name = "longest"
    queryset = QuerySet(Song).filter(genre="Rock").order_by("-length")


class Few(Endpoint):
    model = Song
    name = "few"
    filter_fields = ("genre",)
    ordering_fields = ("length",)


@pytest.fixture(scope="module")
def songs(kept_store: SQLiteDataStore) -> FlaskClient:
    """Twelve songs: ids 1 to 12, lengths 3, 2, 1, 3, 2, 1 …, every second one Rock."""
    client = serving(kept_store)(Songs, Whole, Longest, Few)
    kept_store[Song].bulk_create(
        {"title": f"Song {n}", "genre": "Rock" if n % 2 else "Jazz", "length": 3 - (n - 1) % 3} for n in range(1, 13)
    )
    return client


def meta(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return answer.json["meta"]


def ids(client: FlaskClient, path: str) -> list[int]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return [song["id"] for song in answer.json["object_list"]]


def refusal(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 400, answer.text
    assert answer.json is not None
    assert answer.json.keys() == {"error"}
    return str(answer.json["error"])


@pytest.mark.parametrize(
    ("query", "shown", "following", "previous"),
    [
        ("", [1, 2, 3, 4, 5], "?count=5&offset=5", "null"),
        ("?offset=5", [6, 7, 8, 9, 10], "?count=5&offset=10", "?count=5&offset=0"),
        ("?offset=10", [11, 12], "null", "?count=5&offset=5"),
        ("?offset=1", [2, 3, 4, 5, 6], "?count=5&offset=6", "?count=5&offset=0"),
        ("?offset=2", [3, 4, 5, 6, 7], "?count=5&offset=7", "?count=5&offset=0"),
        ("?offset=7", [8, 9, 10, 11, 12], "null", "?count=5&offset=2"),
        ("?offset=6", [7, 8, 9, 10, 11], "?count=5&offset=11", "?count=5&offset=1"),
        ("?offset=11", [12], "null", "?count=5&offset=6"),
        ("?offset=12", [], "null", "?count=5&offset=7"),
        ("?offset=9223372036854775807", [], "null", "?count=5&offset=9223372036854775802"),
        ("?count=1", [1], "?count=1&offset=1", "null"),
        ("?count=6&offset=6", [7, 8, 9, 10, 11, 12], "null", "?count=6&offset=0"),
        ("?count=10&offset=0", list(range(1, 11)), "?count=10&offset=10", "null"),
        ("?count=10&offset=4", list(range(5, 13)), "null", "?count=10&offset=0"),
        ("?offset=007&count=02", [8, 9], "?count=2&offset=9", "?count=2&offset=5"),
    ],
)
def test_a_page_knows_the_pages_beside_it(songs: FlaskClient, query: str, shown: list[int], following: str, previous: str) -> None:
    found = meta(songs, f"/songs/{query}")
    assert (found["next"], found["previous"], found["total_count"]) == (following, previous, 12)
    assert ids(songs, f"/songs/{query}") == shown


def test_the_last_full_page_has_no_next_one(songs: FlaskClient) -> None:
    assert meta(songs, "/songs/?genre=Rock&count=6")["next"] == "null"
    assert meta(songs, "/songs/?genre=Rock&count=5")["next"] == "?count=5&genre=Rock&offset=5"


def test_the_links_lead_through_the_whole_list_and_back(songs: FlaskClient) -> None:
    seen, query = ids(songs, "/songs/?ordering=-id"), meta(songs, "/songs/?ordering=-id")["next"]
    while query != "null":
        seen += ids(songs, f"/songs/{query}")
        last, query = query, meta(songs, f"/songs/{query}")["next"]
    assert seen == list(range(12, 0, -1))
    assert meta(songs, f"/songs/{last}")["previous"] == "?count=5&offset=5&ordering=-id"


def test_an_empty_list_has_no_pages(serve: Serve) -> None:
    answer = serve(Songs).get("/songs/")
    assert answer.json == {
        "meta": {"count": 5, "filters": {}, "next": "null", "offset": 0, "previous": "null", "total_count": 0},
        "object_list": [],
    }
    assert "Link" not in answer.headers


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ("", '<?count=5&offset=5>; rel="next"'),
        ("?offset=5", '<?count=5&offset=10>; rel="next", <?count=5&offset=0>; rel="prev"'),
        ("?offset=10", '<?count=5&offset=5>; rel="prev"'),
        ("?genre=Jazz&count=6", None),
    ],
)
def test_the_link_header_says_the_same(songs: FlaskClient, query: str, link: str | None) -> None:
    assert songs.get(f"/songs/{query}").headers.get("Link") == link


def test_a_link_keeps_all_other_parameters_sorted_by_name(songs: FlaskClient) -> None:
    found = meta(songs, "/songs/?ordering=-length,title&length__exact=1&genre=Rock&offset=0&genre=Jazz&count=2&length=1")
    assert found["next"] == "?count=2&genre=Rock&genre=Jazz&length=1&length__exact=1&offset=2&ordering=-length%2Ctitle"


def test_a_link_is_percent_encoded(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Songs)
    store[Song].bulk_create([{"title": "a&b=ü #1"}] * 2)
    found = meta(client, "/songs/?title=a%26b%3D%C3%BC+%231&count=1")
    assert found["next"] == "?count=1&offset=1&title=a%26b%3D%C3%BC+%231"
    assert dict(parse_qsl(found["next"].removeprefix("?")))["title"] == "a&b=ü #1"
    assert ids(client, f"/songs/{found['next']}") == [2]


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("?genre=Rock", {"genre": "Rock"}),
        ("?length=1", {"length": "1"}),
        ("?length=%2B1&length=2", {"length": ["+1", "2"]}),
        ("?genre=Rock&genre=Jazz&genre=Rock", {"genre": ["Rock", "Jazz", "Rock"]}),
        ("?genre__exact=Rock", {"genre__exact": "Rock"}),
        ("?genre=Rock&genre__exact=Jazz", {"genre": "Rock", "genre__exact": "Jazz"}),
        ("?title=%C3%A4&count=2&offset=1&ordering=-id", {"title": "ä"}),
        ("?genre=", {"genre": ""}),
        ("?genre", {"genre": ""}),
    ],
)
def test_filters_are_repeated_as_they_were_sent(songs: FlaskClient, query: str, filters: dict[str, Any]) -> None:
    assert meta(songs, f"/songs/{query}")["filters"] == filters


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("count=0", '"count": The number of objects on a page is 1 to 10.'),
        ("count=11", '"count": The number of objects on a page is 1 to 10.'),
        ("count=9223372036854775808", '"count": A whole number is required, 0 or greater.'),
        ("count=-1", '"count": A whole number is required, 0 or greater.'),
        ("count=", '"count": A whole number is required, 0 or greater.'),
        ("count=five", '"count": A whole number is required, 0 or greater.'),
        ("count=5.0", '"count": A whole number is required, 0 or greater.'),
        ("count=%D9%A5", '"count": A whole number is required, 0 or greater.'),
        ("count=5&count=5", '"count": This parameter can be given once.'),
        ("offset=-1", '"offset": A whole number is required, 0 or greater.'),
        ("offset=9223372036854775808", '"offset": A whole number is required, 0 or greater.'),
        ("offset=" + "9" * 5000, '"offset": A whole number is required, 0 or greater.'),
        ("offset=1&offset=2", '"offset": This parameter can be given once.'),
        ("ordering=", '"ordering": Names of fields are required, such as title,-id.'),
        ("ordering=id&ordering=-id", '"ordering": "id" is there twice.'),
        ("ordering=titel", 'unknown ordering "titel"; did you mean "title"?'),
        ("ordering=title,", 'unknown ordering ""'),
        ("ordering=--title", 'unknown ordering "-title"; did you mean "title"?'),
        ("ordering=%2Btitle", 'unknown ordering "+title"; did you mean "title"?'),
        ("ordering=notes", 'unknown ordering "notes"'),
        ("ordering=title,-title", '"ordering": "title" is there twice.'),
        ("ordering=id" + ",title" * 3000, '"ordering": At most 25 names.'),
    ],
    ids=lambda text: text[:30],
)
def test_a_page_that_cannot_be_is_refused(songs: FlaskClient, query: str, said: str) -> None:
    assert refusal(songs, f"/songs/?{query}") == said


def test_a_list_without_pages_is_whole(songs: FlaskClient) -> None:
    answer = songs.get("/whole/?genre=Jazz")
    assert answer.json is not None
    assert answer.json["meta"] == {
        "count": 6, "filters": {"genre": "Jazz"}, "next": "null", "offset": 0, "previous": "null", "total_count": 6,
    }  # fmt: skip
    assert [song["id"] for song in answer.json["object_list"]] == [2, 4, 6, 8, 10, 12]
    assert "Link" not in answer.headers


@pytest.mark.parametrize("name", ["offset", "count"])
def test_a_list_without_pages_takes_no_page(songs: FlaskClient, name: str) -> None:
    assert refusal(songs, f"/whole/?{name}=1") == f'"{name}": This list has no pages; it is always whole.'


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("ordering=-id", [12, 11, 10, 9, 8]),
        ("ordering=length", [3, 6, 9, 12, 2]),
        ("ordering=-length", [1, 4, 7, 10, 2]),
        ("ordering=length,-id", [12, 9, 6, 3, 11]),
        ("ordering=title", [1, 10, 11, 12, 2]),
        ("ordering=genre,length&count=3", [6, 12, 2]),
    ],
)
def test_a_list_is_ordered_as_asked_and_the_key_breaks_ties(songs: FlaskClient, query: str, shown: list[int]) -> None:
    assert ids(songs, f"/songs/?{query}") == shown


def test_pages_of_equal_rows_hold_each_row_once(songs: FlaskClient) -> None:
    shown = [key for offset in (0, 4, 8) for key in ids(songs, f"/songs/?ordering=genre&count=4&offset={offset}")]
    assert sorted(shown) == list(range(1, 13))


def test_nulls_come_first_and_last_where_it_descends(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Songs)
    store[Song].bulk_create([{"title": "a", "length": 1}, {"title": "b"}, {"title": "c", "length": -1}])
    assert ids(client, "/songs/?ordering=length") == [2, 3, 1]
    assert ids(client, "/songs/?ordering=-length") == [1, 3, 2]


def test_a_queryset_of_the_endpoint_narrows_and_orders(songs: FlaskClient) -> None:
    assert ids(songs, "/longest/") == [1, 7, 5, 11, 3, 9]
    assert ids(songs, "/longest/?ordering=id") == [1, 3, 5, 7, 9, 11]
    assert meta(songs, "/longest/?genre=Jazz")["total_count"] == 0


def test_the_total_counts_what_the_filters_leave(songs: FlaskClient) -> None:
    assert meta(songs, "/songs/?genre=Rock&length=3&count=1")["total_count"] == 2


def test_an_endpoint_names_what_may_be_filtered_and_ordered_by(songs: FlaskClient) -> None:
    assert ids(songs, "/few/?genre=Rock&ordering=-length&count=2") == [1, 7]
    assert refusal(songs, "/few/?id=1") == 'unknown filter "id"'
    assert refusal(songs, "/few/?ordering=id") == 'unknown ordering "id"'


def test_the_models_ordering_is_the_lists(serve: Serve, store: SQLiteDataStore) -> None:
    class Chapter(models.Model):
        title = models.StringField()
        id = models.PkField()

        class Meta:
            ordering = ("-title",)

    client = serve(Chapter)
    store[Chapter].bulk_create([{"title": "a"}, {"title": "c"}, {"title": "b"}])
    assert ids(client, "/chapter/") == [2, 3, 1]
