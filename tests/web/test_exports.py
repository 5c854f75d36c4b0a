"""Lists as CSV and NDJSON: pages, and every row of a list from one snapshot."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import Endpoint, SQLiteDataStore, Wrapper, models, serializers
from pyrest.exporting import ROWS_AT_ONCE
from pyrest.store import Store
from pyrest.web.streams import STREAMS, StreamBroken
from pyrest.web.transfers import CUT
from tests.serving import until
from tests.web.answers import error


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Track(models.Model):
    id = models.PkField()
    title = models.StringField()
    artist = models.ForeignKey(Artist, related_name="tracks")
    seconds = models.IntegerField()
    price = models.DecimalField(8, 2)
    rating = models.FloatField()
    heard = models.BooleanField(default=False)
    details = models.JSONField()


class Artists(Endpoint):
    model = Artist
    nested = ("tracks",)


class Tracks(Endpoint):
    model = Track
    search_fields = ("title",)


class Whole(Endpoint):
    model = Track
    name = "whole"
    pagination = None
    fields = ("title",)


class Guarded(Endpoint):
    model = Track
    name = "guarded"
    refuse_scans = 3


class ArtistWithTracks(serializers.ModelSerializer):
    tracks = serializers.SlugRelatedField(slug_field="title", many=True, read_only=True)
    asked = serializers.SerializerMethodField()

    class Meta:
        model = Artist
        fields = ("name", "tracks", "asked")

    def get_asked(self, row: Artist) -> str:
        return f"{request.method} {row.name}"


class Discography(Endpoint):
    name = "discography"
    serializer = ArtistWithTracks


class OwnWay(serializers.ModelSerializer):
    class Meta:
        model = Track

    def to_representation(self, row: Any) -> Any:
        if row.title == "a list":
            return [row.title]
        if row.title == "fault":
            raise RuntimeError("no such thing")
        return {"title": row.title} | ({"more": 1} if row.title == "more" else {})


class Own(Endpoint):
    name = "own"
    serializer = OwnWay


class ByWords(Endpoint):
    model = Track
    name = "words"
    search = "fts"
    search_fields = ("title",)


ENDPOINTS = [Artists, Tracks, Whole, Guarded, Discography, Own]


@pytest.fixture
def client(any_store: Store) -> FlaskClient:
    app = Wrapper(ENDPOINTS, datastore=any_store).create_app()
    any_store[Artist].bulk_create([{"name": "Ann"}, {"name": "Bob"}])
    titles = [None, "", "one, two", 'say "x"', "two\r\nlines", "Été"]
    any_store[Track].bulk_create([{"title": title, "artist": 1 + i % 2, "seconds": i} for i, title in enumerate(titles)])
    return app.test_client()


def table(answer: TestResponse) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))


def lines(answer: TestResponse) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


# What CSV looks like.


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, ",,false,7,,,/track/7/,,"),
        ({"title": ""}, ',,false,7,,,/track/7/,,""'),
        ({"title": "plain"}, ",,false,7,,,/track/7/,,plain"),
        ({"title": "one, two"}, ',,false,7,,,/track/7/,,"one, two"'),
        ({"title": 'say "x"'}, ',,false,7,,,/track/7/,,"say ""x"""'),
        ({"title": "two\r\nlines"}, ',,false,7,,,/track/7/,,"two\r\nlines"'),
        ({"title": " Été "}, ",,false,7,,,/track/7/,, Été "),
        ({"title": "=1+1"}, ",,false,7,,,/track/7/,,=1+1"),
        ({"artist": 1, "seconds": -7, "heard": True}, "1,,true,7,,,/track/7/,-7,"),
        ({"price": "-1.50", "rating": 0.1}, ",,false,7,-1.50,0.1,/track/7/,,"),
        ({"details": {"a": [1, None], "b": "x"}}, ',"{""a"":[1,null],""b"":""x""}",false,7,,,/track/7/,,'),
        ({"details": "text"}, ',"""text""",false,7,,,/track/7/,,'),
        ({"details": 7}, ",7,false,7,,,/track/7/,,"),
    ],
)
def test_a_line_of_csv(client: FlaskClient, any_store: Store, values: dict[str, Any], line: str) -> None:
    any_store[Track].create(**values)
    answer = client.get("/track/?format=csv&id=7")
    assert answer.data.decode() == f"artist,details,heard,id,price,rating,ressource_uri,seconds,title\r\n{line}\r\n"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1+1", "'-1+1"),
        ("-1", "-1"),
        ("-1.5", "-1.5"),
        ("-1.5x", "'-1.5x"),
        ("-1\n", "'-1\n"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("＝1", "'＝1"),
        ("1=1", "1=1"),
        ("'x", "'x"),
    ],
)
def test_formulas_are_defused_where_it_is_asked_for(client: FlaskClient, any_store: Store, title: str, shown: str) -> None:
    any_store[Track].create(title=title)
    assert table(client.get("/whole/?format=csv;formulas=escaped"))[-1][1] == shown
    assert table(client.get("/whole/", headers={"Accept": "text/csv; formulas=escaped"}))[-1][1] == shown
    assert table(client.get("/whole/?format=csv"))[-1][1] == title


def test_an_empty_list_has_its_line_of_names(client: FlaskClient) -> None:
    head = b"id,name,ressource_uri\r\n"
    assert client.get("/artist/?format=csv&name=x").data == head
    assert client.get("/artist/?format=csv&name=x&count=all").data == head
    assert client.get("/artist/?format=ndjson&name=x").data == b""
    assert client.get("/artist/?format=ndjson&name=x&count=all").data == b""


# Pages and everything.


def test_a_page_comes_in_every_form(client: FlaskClient) -> None:
    path = "/track/?ordering=-id&count=2&offset=1&artist=1"
    page = client.get(path)
    assert page.json is not None
    assert lines(client.get(f"{path}&format=ndjson")) == page.json["object_list"]
    head, *rows = table(client.get(f"{path}&format=csv"))
    assert head == list(page.json["object_list"][0])
    assert [row[head.index("id")] for row in rows] == ["3", "1"]
    assert client.get(f"{path}&format=csv").headers["Link"] == '<?artist=1&count=2&format=csv&offset=0&ordering=-id>; rel="prev"'
    assert client.get(f"{path}&format=ndjson").headers["X-Total-Count"] == "3"


@pytest.mark.parametrize("query", ["", "&artist=1", "&ordering=-title", "&search=one", "&title__contains=,&ordering=seconds"])
def test_everything_is_what_the_pages_hold_together(client: FlaskClient, any_store: Store, query: str) -> None:
    any_store[Track].bulk_create([{"title": f"one {i % 7}", "artist": 1 + i % 2} for i in range(ROWS_AT_ONCE * 2 + 1)])
    pages: list[Any] = []
    following = f"?count=100{query}"
    while following != "null":
        page = client.get(f"/track/{following}").json
        assert page is not None
        pages += page["object_list"]
        following = page["meta"]["next"]
    answer = client.get(f"/track/?count=all&format=ndjson{query}")
    assert lines(answer) == pages
    assert len(table(client.get(f"/track/?count=all&format=csv{query}"))) == len(pages) + 1
    assert "Link" not in answer.headers


def test_what_a_search_finds_best_comes_first_here_too(store: SQLiteDataStore) -> None:
    client = Wrapper([ByWords, Artist], datastore=store).create_app().test_client()
    store[Track].bulk_create([{"title": title} for title in ("sea and many other words", "land", "sea sea", "the sea")])
    page = client.get("/words/?search=sea").json
    assert page is not None
    assert [row["title"] for row in page["object_list"]] == ["sea sea", "the sea", "sea and many other words"]
    assert lines(client.get("/words/?search=sea&count=all&format=ndjson")) == page["object_list"]


def test_relations_are_fetched_for_each_part(client: FlaskClient, any_store: Store) -> None:
    any_store[Artist].bulk_create([{"name": f"{i}"} for i in range(ROWS_AT_ONCE)])
    any_store[Track].create(title="last", artist=ROWS_AT_ONCE + 2)
    found = lines(client.get("/discography/?count=all&format=ndjson"))
    assert len(found) == ROWS_AT_ONCE + 2
    assert found[0]["tracks"] == [None, "one, two", "two\r\nlines"]
    assert found[-1] == {"asked": "GET 499", "name": "499", "ressource_uri": "/discography/502/", "tracks": ["last"]}
    assert table(client.get("/discography/?count=all&format=csv"))[-1] == ["GET 499", "499", "/discography/502/", '["last"]']


def test_below_a_row(client: FlaskClient) -> None:
    found = lines(client.get("/artist/2/tracks/?count=all&format=ndjson"))
    assert [row["title"] for row in found] == ["", 'say "x"', "Été"]
    assert error(client.get("/artist/9/tracks/?count=all&format=ndjson"), 404) == "there is no such row in artist"


def test_a_list_without_pages_is_sent_as_it_is_read(client: FlaskClient) -> None:
    for query in ("", "&count=all"):
        answer = client.get(f"/whole/?format=csv{query}")
        assert [row[1] for row in table(answer)] == ["title", "", "", "one, two", 'say "x"', "two\r\nlines", "Été"]
        assert "Content-Length" not in answer.headers


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/track/?count=all", '"count": All rows at once come as CSV or NDJSON: add format=csv or format=ndjson.'),
        ("/track/?count=all&format=json", '"count": All rows at once come as CSV or NDJSON: add format=csv or format=ndjson.'),
        ("/track/?count=all&count=5&format=csv", '"count": This parameter can be given once.'),
        ("/track/?count=all&offset=5&format=csv", '"offset": With count=all there are no pages.'),
        ("/track/?count=all&format=csv&titel=x", 'unknown filter "titel"; did you mean "title"?'),
        ("/track/?count=all&format=csv&ordering=x", 'unknown ordering "x"'),
    ],
)
def test_what_is_refused(client: FlaskClient, path: str, sentence: str) -> None:
    assert error(client.get(path), 400) == sentence


def test_a_scan_is_refused_where_a_list_would_be(store: SQLiteDataStore) -> None:
    client = Wrapper([Guarded, Artist], datastore=store).create_app().test_client()
    store[Track].bulk_create([{"title": "x"}] * 5)
    assert error(client.get("/guarded/?count=all&format=csv&title=x"), 400).startswith('this would read all of "track"')
    assert len(table(client.get("/guarded/?count=all&format=csv"))) == 6


def test_head_is_cheap_and_says_the_same(client: FlaskClient) -> None:
    answer = client.head("/track/?count=all&format=csv")
    assert (answer.status_code, answer.data) == (200, b"")
    assert list(answer.headers) == list(client.get("/track/?count=all&format=csv").headers)
    assert client.head("/track/?count=all&format=csv&x=1").status_code == 400


def test_groups_come_in_every_form_but_in_pages(client: FlaskClient) -> None:
    path = "/track/?aggregate=count,sum(seconds)&group_by=artist"
    page = client.get(path).json
    assert page is not None
    assert lines(client.get(f"{path}&format=ndjson")) == page["object_list"]
    head, *found = table(client.get(f"{path}&format=csv"))
    assert [dict(zip(head, row, strict=True)) for row in found] == [
        {name: str(value) for name, value in group.items()} for group in page["object_list"]
    ]
    sentence = '"count": Only rows are sent all at once; groups of them come in pages.'
    assert error(client.get(f"{path}&format=csv&count=all"), 400) == sentence
    sentence = '"facet": Facets stand in meta, which is a part of JSON; ask for format=json.'
    assert error(client.get("/track/?facet=artist&format=csv"), 400) == sentence


def test_pages_found_by_a_cursor_have_their_links(client: FlaskClient) -> None:
    answer = client.get("/track/?format=ndjson&cursor=&count=4")
    assert len(lines(answer)) == 4
    following = answer.headers["Link"].partition(">")[0].removeprefix("<")
    assert "format=ndjson" in following
    assert len(lines(client.get(f"/track/{following}"))) == 2
    assert error(client.get("/track/?format=ndjson&cursor=&count=all"), 400) == '"cursor": With count=all there are no pages.'


# Serializers that show rows in their own way.


def test_columns_are_the_keys_of_the_first_part(client: FlaskClient, any_store: Store) -> None:
    any_store[Track].all().delete()
    any_store[Track].bulk_create([{"title": title} for title in ("x", "more", None)])
    for query in ("", "&count=all"):
        assert table(client.get(f"/own/?format=csv{query}")) == [["title", "more"], ["x", ""], ["more", "1"], ["", ""]]


def test_what_is_no_object_has_no_columns(client: FlaskClient, any_store: Store) -> None:
    any_store[Track].create(title="a list")
    sentence = '"format": This list does not hold objects, so it has no columns; ask for json or ndjson.'
    assert error(client.get("/own/?format=csv"), 400) == sentence
    assert error(client.get("/own/?format=csv&count=all"), 400) == sentence
    assert lines(client.get("/own/?format=ndjson&count=all"))[-1] == ["a list"]


@pytest.mark.parametrize("title", ["more", "a list", "fault"])
def test_what_fails_in_the_middle_is_visibly_broken(client: FlaskClient, any_store: Store, title: str) -> None:
    any_store[Track].bulk_create([{"title": "x"}] * ROWS_AT_ONCE + [{"title": title}])
    answer = client.get("/own/?format=csv&count=all")
    parts = answer.iter_encoded()
    assert next(parts).startswith(b"title\r\n")
    assert next(parts) == CUT["csv"]
    with pytest.raises(StreamBroken):
        next(parts)
    answer.close()
    assert is_free(client)


def test_the_end_of_a_broken_list_is_no_row() -> None:
    with pytest.raises(csv.Error):
        list(csv.reader(io.StringIO("a\r\nb\r\n" + CUT["csv"].decode()), strict=True))
    with pytest.raises(json.JSONDecodeError):
        json.loads(CUT["ndjson"])


def test_what_fails_at_once_has_a_status(client: FlaskClient, any_store: Store) -> None:
    any_store[Track].all().delete()
    any_store[Track].create(title="fault")
    assert error(client.get("/own/?format=ndjson&count=all"), 500) == "the server made a mistake; its log says more"
    assert is_free(client)


# One snapshot, and its end.


def test_nothing_that_is_written_meanwhile_is_seen(client: FlaskClient, any_store: Store) -> None:
    any_store[Artist].bulk_create([{"name": f"{i}"} for i in range(ROWS_AT_ONCE * 2)])
    any_store[Track].create(title="kept", artist=ROWS_AT_ONCE * 2)
    answer = client.get("/discography/?count=all&format=ndjson")
    parts = answer.iter_encoded()
    seen = next(parts)
    assert client.delete(f"/track/{any_store[Track].get(title='kept').id}/").status_code == 204
    assert client.post("/artist/", json={"name": "new"}).status_code == 201
    assert client.patch(f"/artist/{ROWS_AT_ONCE * 2}/", json={"name": "changed"}).status_code == 200
    found = [json.loads(line) for line in (seen + b"".join(parts)).splitlines()]
    assert len(found) == ROWS_AT_ONCE * 2 + 2
    assert (found[-3]["name"], found[-3]["tracks"]) == (f"{ROWS_AT_ONCE * 2 - 3}", ["kept"])


def held(client: FlaskClient) -> TestResponse:
    """An export of which one part was taken."""
    answer = client.get("/track/?count=all&format=csv")
    assert next(answer.iter_encoded()).startswith(b"artist,")
    return answer


def is_free(client: FlaskClient) -> bool:
    """Whether as many exports can be had as there may be."""
    answers = [client.get("/whole/?format=csv") for _ in range(STREAMS)]
    for answer in answers:
        answer.close()
    return all(answer.status_code == 200 for answer in answers)


def test_a_third_stream_is_told_to_come_back(client: FlaskClient) -> None:
    for _ in range(3):
        running = [held(client) for _ in range(STREAMS)]
        refused = client.get("/track/?count=all&format=ndjson")
        assert error(refused, 503) == "2 exports or imports run here already; try again"
        assert refused.headers["Retry-After"] == "5"
        assert client.post("/artist/", data="name\r\nx\r\n", content_type="text/csv").status_code == 503
        assert client.get("/track/?format=csv").status_code == 200
        assert client.get("/track/").status_code == 200
        assert client.head("/track/?count=all&format=csv").status_code == 200
        for answer in running:
            answer.close()
        assert is_free(client)


def test_one_that_was_read_to_its_end_is_over(client: FlaskClient) -> None:
    for _ in range(STREAMS + 1):
        assert len(table(client.get("/track/?count=all&format=csv"))) == 7


class Hasty(Endpoint):
    model = Track
    name = "hasty"
    max_stream_seconds = 1


def test_one_that_nobody_reads_ends_when_its_time_is_over(any_store: Store) -> None:
    client = Wrapper([Hasty, Whole, Artist], datastore=any_store).create_app().test_client()
    any_store[Track].bulk_create([{"title": "x"}] * (ROWS_AT_ONCE + 1))
    answers = [client.get("/hasty/?count=all&format=csv") for _ in range(STREAMS)]
    parts = [answer.iter_encoded() for answer in answers]
    assert all(next(part).startswith(b"artist,") for part in parts)
    assert client.get("/hasty/?count=all&format=csv").status_code == 503
    until(lambda: is_free(client))
    for part in parts:
        assert next(part) == CUT["csv"]
        with pytest.raises(StreamBroken):
            next(part)


def test_a_part_costs_a_statement_for_each_relation(store: SQLiteDataStore) -> None:
    client = Wrapper([Discography, Track], datastore=store).create_app().test_client()
    store[Artist].bulk_create([{"name": f"{i}"} for i in range(ROWS_AT_ONCE * 2 + 1)])
    with store.recorded() as statements:
        assert len(lines(client.get("/discography/?count=all&format=ndjson"))) == ROWS_AT_ONCE * 2 + 1
    read = [text.split("FROM")[1].split('"')[1] for text in statements if "FROM" in text]
    assert read == ["artist", "track", "track", "track"]


def test_a_shape_is_exported_as_it_is_asked_for(store: SQLiteDataStore) -> None:
    client = Wrapper([Artists, Tracks], datastore=store).create_app().test_client()
    store[Artist].create(name="Ann")
    store[Track].bulk_create([{"title": f"t{i}", "artist": 1} for i in range(ROWS_AT_ONCE + 1)])
    found = lines(client.get("/track/?fields=title,artist(name)&count=all&format=ndjson"))
    assert found == [{"artist": {"name": "Ann"}, "title": f"t{i}"} for i in range(ROWS_AT_ONCE + 1)]
    assert table(client.get("/track/?fields=title,artist(name)&count=1&format=csv"))[1] == ['{"name":"Ann"}', "t0"]
    assert table(client.get("/track/?fields=title,seconds&count=all&format=csv"))[:2] == [["seconds", "title"], ["", "t0"]]
    assert table(client.get("/track/?omit=id,ressource_uri&count=1&format=csv"))[0] == [
        "artist", "details", "heard", "price", "rating", "seconds", "title",
    ]  # fmt: skip


def test_each_form_of_a_page_has_a_tag_of_its_own(client: FlaskClient) -> None:
    tags = {client.get(f"/track/?format={form}").headers["ETag"] for form in ("json", "json;indent=2", "csv", "ndjson")}
    assert len(tags) == 4
    tag = client.get("/track/?format=csv").headers["ETag"]
    assert client.get("/track/?format=csv", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/track/?format=ndjson", headers={"If-None-Match": tag}).status_code == 200
    assert "ETag" not in client.get("/track/?format=csv&count=all").headers
