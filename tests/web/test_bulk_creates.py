"""POST of a list of objects: all of them or none, what is wrong by index, in few statements."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, QuerySet, SQLiteDataStore, ValidationError, models
from pyrest.importing import MAX_FAULTY_LINES, MAX_OBJECTS
from tests.web.answers import SHOW, error, refusal, row, rows
from tests.web.conftest import Serve


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    artist = models.ForeignKey(Artist, related_name="tracks")
    seconds = models.IntegerField(min=1)
    code = models.StringField(unique=True)


class Tag(models.Model):
    name = models.StringPkField()
    tracks = models.ManyToManyField(Track, related_name="tags")


class Artists(Endpoint):
    model = Artist
    nested = ("tracks",)


class Tracks(Endpoint):
    model = Track
    nested = ("tags",)


class Hooked(Endpoint):
    model = Track
    name = "hooked"

    def before_write(self, change: Change) -> None:
        if change.data["title"] == "refused":
            raise ValidationError({"title": ["Not this one."]})
        change.data["title"] += "!"


class Short(Endpoint):
    model = Track
    name = "short"
    queryset = QuerySet(Track).filter(seconds__lt=100)
    lookup_field = "id"


@pytest.fixture
def music(serve: Serve) -> FlaskClient:
    client = serve(Artists, Tracks, Hooked, Short, Tag)
    client.post("/artist/", json={"name": "AC/DC"})
    return client


EVERY = pytest.mark.parametrize("path", ["/track/", "/hooked/", "/short/"])
TWO = [{"title": "a", "seconds": 1}, {"title": "b", "seconds": 2, "artist": 1}]


@EVERY
def test_rows_are_created_in_order(music: FlaskClient, path: str) -> None:
    answer = music.post(path, json=TWO)
    assert answer.status_code == 201
    assert answer.json == {"created": 2, "locations": [f"http://localhost{path}{key}/" for key in (1, 2)]}
    assert [one["title"].strip("!") for one in rows(music, path)] == ["a", "b"]


@EVERY
@pytest.mark.parametrize(
    ("returns", "names"),
    [
        ("minimal", ["created"]),
        ("representation", ["created", "locations", "object_list"]),
    ],
)
def test_what_the_answer_holds(music: FlaskClient, path: str, returns: str, names: list[str]) -> None:
    answer = music.post(path, json=TWO, headers={"Prefer": f"return={returns}"})
    assert (list(row(answer)), answer.headers["Preference-Applied"]) == (names, f"return={returns}")
    if returns == "representation":
        assert row(answer)["object_list"] == rows(music, path)


def test_headers_only(music: FlaskClient) -> None:
    answer = music.post("/track/", json=TWO, headers={"Prefer": "return=headers-only"})
    assert (answer.status_code, answer.data) == (201, b"")


def test_a_list_of_nothing(music: FlaskClient) -> None:
    assert music.post("/track/", json=[]).json == {"created": 0, "locations": []}


@EVERY
@pytest.mark.parametrize(
    ("bodies", "sentence", "errors"),
    [
        (
            [{"title": "a", "seconds": 1}, {"title": None, "seconds": 1}, {"title": "c", "seconds": 0, "artist": 7}],
            "object 1: title does not validate",
            {
                "1": {"title": ["This field may not be null."]},
                "2": {
                    "artist": ['Invalid pk "7" - object does not exist.'],
                    "seconds": ["Ensure this value is greater than or equal to 1."],
                },
            },
        ),
        ([{"seconds": 1}], "object 0: title is missing. Cannot create the ressource", {"0": {"title": ["This field is required."]}}),
        ([{"title": "a", "titel": 1}], 'object 0: unknown field "titel"; did you mean "title"?',
         {"0": {"titel": ['This field does not exist; did you mean "title"?']}}),
        ([{"title": "a", "seconds": 1}, None, 1, "x", []], "object 1: No data provided",
         {"1": {"non_field_errors": ["No data provided"]},
          "2": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
          "3": {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]},
          "4": {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}}),
        ([{"title": "a", "seconds": 1, "code": "x"}, {"title": "b", "seconds": 1, "code": "x"}], "object 1: code does not validate",
         {"1": {"code": ["This field must be unique."]}}),
    ],
)  # fmt: skip
def test_all_or_none(music: FlaskClient, path: str, bodies: list[Any], sentence: str, errors: dict[str, Any]) -> None:
    assert refusal(music.post(path, json=bodies)) == (sentence, errors)
    assert rows(music, "/track/") == []


def test_what_a_hook_refuses_has_its_index(music: FlaskClient) -> None:
    bodies = [{"title": title} for title in ("a", "refused", "c")]
    assert refusal(music.post("/hooked/", json=bodies)) == ("object 1: title does not validate", {"1": {"title": ["Not this one."]}})
    assert rows(music, "/hooked/") == []


def test_a_row_outside_of_the_queryset_is_refused(music: FlaskClient) -> None:
    assert refusal(music.post("/short/", json=[*TWO, {"title": "c", "seconds": 100}]))[1].keys() == {"2"}
    assert rows(music, "/track/") == []


def test_only_so_many_faults_are_told(music: FlaskClient) -> None:
    assert len(refusal(music.post("/track/", json=[{}] * 300))[1]) == MAX_FAULTY_LINES


def test_below_a_row(music: FlaskClient) -> None:
    answer = music.post("/artist/1/tracks/", json=TWO)
    assert row(answer)["locations"] == ["http://localhost/track/1/", "http://localhost/track/2/"]
    assert [one["artist"] for one in rows(music, "/track/")] == [1, 1]
    assert music.post("/artist/9/tracks/", json=TWO).status_code == 404
    assert row(music.post("/track/1/tags/", json=[{"name": "loud"}, {"name": "old"}]))["created"] == 2
    assert len(rows(music, "/track/1/tags/")) == 2


def test_so_many_rows_and_no_more(music: FlaskClient) -> None:
    sentence = error(music.post("/track/", json=[0] * (MAX_OBJECTS + 1)), 400)
    assert sentence == f"the list has more than {MAX_OBJECTS} objects; send several lists, or CSV or NDJSON"
    assert error(music.post("/track/", json=[{"title": "a" * 2**20}]), 413) == "the body is longer than 1048576 bytes"


def test_a_list_takes_no_parameters(music: FlaskClient) -> None:
    assert error(music.post("/track/?titel=a", json=TWO), 400) == 'unknown parameter "titel"'


def many(number: int) -> bytes:
    return json.dumps([{"title": f"t{i}", "artist": 1, "seconds": i + 1, "code": f"c{i}"} for i in range(number)]).encode()


def test_ten_thousand_rows_take_few_statements(music: FlaskClient, store: SQLiteDataStore) -> None:
    """One transaction; a look at the artists, one at the last key and an INSERT for each 500 rows."""
    with store.recorded() as statements:
        answer = music.post("/track/", data=many(MAX_OBJECTS), content_type="application/json")
    assert row(answer)["created"] == MAX_OBJECTS
    asked = [text.split()[0] for text in statements if not text.startswith("PRAGMA")]
    assert (asked.count("BEGIN"), asked.count("COMMIT"), asked.count("INSERT"), asked.count("SELECT")) == (1, 1, 20, 40)


def test_the_rows_are_shown_by_few_statements(music: FlaskClient, store: SQLiteDataStore) -> None:
    with store.recorded() as statements:
        answer = music.post("/track/", data=many(1000), content_type="application/json", headers=SHOW)
    assert [one["seconds"] for one in row(answer)["object_list"]] == list(range(1, 1001))
    assert len(statements) < 30
