"""Uploads of CSV and NDJSON: a row for each line, all of them or none, and what is wrong by line."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, QuerySet, SQLiteDataStore, ValidationError, Wrapper, models, serializers
from pyrest.importing import MAX_FAULTY_LINES, ROWS_AT_ONCE
from pyrest.store import Store
from tests.web.answers import error, rows

CSV, NDJSON = "text/csv", "application/x-ndjson"


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)


class Tag(models.Model):
    name = models.StringPkField()


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    subtitle = models.StringField()
    artist = models.ForeignKey(Artist, related_name="tracks")
    seconds = models.IntegerField(min=1)
    price = models.DecimalField(8, 2, default="1.00")
    stars = models.IntegerField(default=3)
    heard = models.BooleanField(default=False)
    started = models.DateTimeField()
    details = models.JSONField()
    tags = models.ManyToManyField(Tag)

    class Meta:
        unique_together = [("artist", "title")]


class Artists(Endpoint):
    model = Artist
    nested = ("tracks",)


class Tags(Endpoint):
    model = Tag


class Tracks(Endpoint):
    model = Track
    nested = ("tags",)


class Plain(Endpoint):
    """Without the relation to several rows, lines are stored together."""

    model = Track
    name = "plain"
    exclude = ("tags",)


class Hooked(Plain):
    name = "hooked"

    def before_write(self, change: Change) -> None:
        change.data["subtitle"] = "hooked"
        if change.data["title"] == "refused":
            raise ValidationError({"title": ["Not this one."]})


class Narrow(Plain):
    name = "narrow"
    queryset = QuerySet(Track).filter(heard=True)


class NamedArtist(serializers.ModelSerializer):
    artist = serializers.SlugRelatedField(slug_field="name", queryset=Artist)

    class Meta:
        model = Track
        fields = ("title", "artist")


class Named(Endpoint):
    name = "named"
    serializer = NamedArtist


class Checked(serializers.ModelSerializer):
    class Meta:
        model = Track
        fields = ("title", "artist", "seconds")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["title"] == "refused":
            raise serializers.ValidationError("Not this one.")
        return attrs


class CheckedTracks(Endpoint):
    name = "checked"
    serializer = Checked


class Small(Plain):
    name = "small"
    max_body = 40
    max_import = 100


ENDPOINTS = [Artists, Tags, Tracks, Plain, Hooked, Narrow, Named, CheckedTracks, Small]


@pytest.fixture
def client(any_store: Store) -> FlaskClient:
    app = Wrapper(ENDPOINTS, datastore=any_store).create_app()
    any_store[Artist].bulk_create([{"name": "Ann"}, {"name": "Bob"}])
    return app.test_client()


def send(client: FlaskClient, path: str, text: str | bytes, kind: str = CSV) -> Any:
    """What an upload that is taken is answered with."""
    answer = client.post(path, data=text, content_type=kind)
    assert answer.status_code == 201, answer.text
    return answer.json


def errors(client: FlaskClient, path: str, text: str | bytes, kind: str = CSV) -> Any:
    """What is wrong with an upload that is refused, by line."""
    answer = client.post(path, data=text, content_type=kind)
    assert answer.status_code == 400, answer.text
    assert answer.json is not None
    return answer.json["errors"]


PATHS = ["/plain/", "/track/", "/hooked/"]
"""Lines stored together, and one by one."""


# What is taken.


@pytest.mark.parametrize("path", PATHS[:2])
@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ("title\r\nOne", {"title": "One", "seconds": None, "price": "1.00", "stars": 3, "heard": False, "details": None}),
        ("title,artist\r\nOne,2", {"artist": 2}),
        ("title,artist\r\nOne,", {"artist": None}),
        ('title,artist\r\nOne,""', {"artist": None}),
        ("title,seconds,price\r\nOne,12,-0.50", {"seconds": 12, "price": "-0.50"}),
        ("title,heard\r\nOne,true", {"heard": True}),
        ("title,heard,stars,price\r\nOne,,,", {"heard": False, "stars": 3, "price": "1.00"}),
        ("title\r\n12", {"title": "12"}),
        ('title,seconds\r\n"",\r\n', {"title": "", "seconds": None}),
        ("title,seconds\r\n,5\r\n", {"title": "", "seconds": 5}),
        ("started,title\r\n2026-01-01T01:00:00+01:00,x", {"started": "2026-01-01T00:00:00Z"}),
        ('title,details\r\nOne,"{""a"": [1, ""x,y""]}"', {"details": {"a": [1, "x,y"]}}),
        ('title,details\r\nOne,"""12"""', {"details": "12"}),
        ("title,details\r\nOne,12", {"details": 12}),
        ('title,ressource_uri\r\n"a ""b"",\r\nc",/track/7/', {"title": 'a "b",\r\nc'}),
    ],
)
def test_what_cells_mean(client: FlaskClient, path: str, cells: str, shown: dict[str, Any]) -> None:
    assert send(client, path, cells) == {"created": 1}
    (found,) = rows(client, path)
    assert {name: found[name] for name in shown} == shown


@pytest.mark.parametrize("path", ["/plain/", "/track/"])
def test_null_and_the_empty_text_are_told_apart(client: FlaskClient, path: str) -> None:
    text = 'title,subtitle,seconds\r\na,,\r\nb,"",\r\n"",,1\r\n"x,""",\r\n\r\n'
    assert errors(client, path, text) == {"5": {"non_field_errors": ["The number of cells here is 2, and that of columns 3."]}}
    text = 'title,subtitle,seconds\r\na,,\r\nb,"",\r\n"",,1\r\n"x,""","",\r\n"\r\n",,2\r\n'
    assert send(client, path, text) == {"created": 5}
    assert [(row["title"], row["subtitle"]) for row in rows(client, path)] == [
        ("a", None), ("b", ""), ("", None), ('x,"', ""), ("\r\n", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "name\r\nCid\r\nDan\r\n",
        "name\nCid\nDan",
        "\ufeffname\r\nCid\r\nDan\r\n",
        "name,ressource_uri\r\nCid,\r\n\r\nDan,\r\n\r\n",
        '"name"\r\n"Cid"\r\n"Dan"\r\n',
    ],
)
def test_spellings_of_csv(client: FlaskClient, text: str) -> None:
    assert send(client, "/artist/", text) == {"created": 2}
    assert [row["name"] for row in rows(client, "/artist/")] == ["Ann", "Bob", "Cid", "Dan"]


@pytest.mark.parametrize("kind", [NDJSON, "application/ndjson", "application/jsonl", f"{NDJSON}; charset=utf-8"])
def test_ndjson(client: FlaskClient, kind: str) -> None:
    text = '\ufeff{"name": "Cid"}\r\n\n {"name": "Dan", "ressource_uri": "/artist/9/"}'
    assert send(client, "/artist/", text, kind) == {"created": 2}
    assert [row["name"] for row in rows(client, "/artist/")] == ["Ann", "Bob", "Cid", "Dan"]


def test_what_an_export_holds_comes_back_in(client: FlaskClient, any_store: Store) -> None:
    tracks = [{"title": 'a "b"', "artist": 1, "details": {"x": None}, "tags": ["sea"]}, {"title": "", "subtitle": ""}]
    any_store[Tag].create(name="sea")
    for track in tracks:
        assert client.post("/track/", json=track).status_code == 201
    before = rows(client, "/track/?ordering=title")
    head, *lines = client.get("/track/?format=csv&count=all&ordering=title").data.decode().split("\r\n")
    assert send(client, "/checked/", "title,seconds\r\n") == {"created": 0}
    names = head.split(",")
    out = csv.DictReader([head + "\r\n", *(line + "\r\n" for line in lines)])
    assert [row["title"] for row in out] == [row["title"] for row in before]
    any_store[Track].all().delete()
    ndjson = "\n".join(json.dumps({name: value for name, value in row.items() if name != "id"}) for row in before)
    assert send(client, "/track/", ndjson, NDJSON) == {"created": 2}
    after = rows(client, "/track/?ordering=title")
    assert [row | {"id": 0, "ressource_uri": ""} for row in after] == [row | {"id": 0, "ressource_uri": ""} for row in before]
    assert "id" in names


def test_nothing_to_import_is_no_fault(client: FlaskClient) -> None:
    assert send(client, "/artist/", "name\r\n") == {"created": 0}
    assert send(client, "/artist/", "", NDJSON) == {"created": 0}


@pytest.mark.parametrize("rows_sent", [1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, ROWS_AT_ONCE * 2 + 7])
def test_any_number_of_lines(client: FlaskClient, any_store: Store, rows_sent: int) -> None:
    text = "title,artist\r\n" + "".join(f"t{i},{1 + i % 2}\r\n" for i in range(rows_sent))
    assert send(client, "/plain/", text) == {"created": rows_sent}
    assert [track.title for track in any_store[Track].order_by("id")] == [f"t{i}" for i in range(rows_sent)]


# The way of a single POST.


def test_hooks_see_each_row(client: FlaskClient) -> None:
    send(client, "/hooked/", "title\r\na\r\nb\r\n")
    assert [row["subtitle"] for row in rows(client, "/hooked/")] == ["hooked", "hooked"]
    assert errors(client, "/hooked/", "title\r\nc\r\nrefused\r\n") == {"3": {"title": ["Not this one."]}}


def test_a_narrowed_endpoint_takes_what_it_shows(client: FlaskClient) -> None:
    assert errors(client, "/narrow/", "title,heard\r\na,true\r\nb,false\r\n") == {
        "3": {"non_field_errors": ["With these values it would be no row of narrow."]}
    }
    assert send(client, "/narrow/", "title,heard\r\na,true\r\n") == {"created": 1}


def test_relations_are_read_as_they_are_shown(client: FlaskClient, any_store: Store) -> None:
    assert send(client, "/named/", "title,artist\r\na,Bob\r\nb,Ann\r\n") == {"created": 2}
    assert [track.artist_id for track in any_store[Track].order_by("id")] == [2, 1]
    assert errors(client, "/named/", "title,artist\r\na,Cid\r\n") == {"2": {"artist": ["Object with name=Cid does not exist."]}}
    any_store[Tag].bulk_create([{"name": "sea"}, {"name": "old"}])
    assert send(client, "/track/", 'title,tags\r\nt,"[""sea"",""old""]"\r\n') == {"created": 1}
    assert rows(client, "/track/?title=t")[0]["tags"] == ["old", "sea"]


def test_validate_has_its_say(client: FlaskClient) -> None:
    assert errors(client, "/checked/", "title\r\na\r\nrefused\r\n") == {"3": {"non_field_errors": ["Not this one."]}}


def test_below_a_row(client: FlaskClient, any_store: Store) -> None:
    assert send(client, "/artist/2/tracks/", "title\r\na\r\nb\r\n") == {"created": 2}
    assert {track.artist_id for track in any_store[Track]} == {2}
    assert send(client, "/artist/2/tracks/", "title,artist\r\nc,2\r\n") == {"created": 1}
    assert list(errors(client, "/artist/2/tracks/", "title,artist\r\nd,1\r\n")) == ["2"]
    assert error(client.post("/artist/9/tracks/", data="title\r\n", content_type=CSV), 404) == "there is no such row in artist"


def test_below_a_row_that_they_are_joined_with(client: FlaskClient, any_store: Store) -> None:
    any_store[Track].create(title="a")
    assert send(client, "/track/1/tags/", "name\r\nsea\r\nold\r\n") == {"created": 2}
    assert [row["name"] for row in rows(client, "/track/1/tags/")] == ["old", "sea"]


# What is refused.


@pytest.mark.parametrize("path", PATHS)
def test_all_faults_of_all_lines(client: FlaskClient, any_store: Store, path: str) -> None:
    text = 'title,artist,seconds,details,heard\r\nfine,1,5,,\r\n,9,0,{,maybe\r\n"two\r\nlines",x,,,\r\ntoo,few\r\nlast,,1.5,,\r\n'
    answer = client.post(path, data=text, content_type=CSV)
    assert error(answer, 400) == "line 3: artist does not validate"
    assert answer.json is not None
    assert answer.json["errors"] == {
        "3": {
            "artist": ['Invalid pk "9" - object does not exist.'],
            "seconds": ["Ensure this value is greater than or equal to 1."],
            "heard": ["Must be a valid boolean."],
            "details": ["A JSON value is required."],
        },
        "4": {"artist": ["Incorrect type. Expected pk value, received str."]},
        "6": {"non_field_errors": ["The number of cells here is 2, and that of columns 5."]},
        "7": {"seconds": ["A valid integer is required."]},
    }
    assert any_store[Track].count() == 0


@pytest.mark.parametrize("path", PATHS)
def test_a_field_that_is_missing_is_said_to_be(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data='{"title": "a"}\n{"seconds": 1}\n', content_type=NDJSON)
    assert error(answer, 400) == "line 2: title is missing. Cannot create the ressource"


def test_faults_of_ndjson(client: FlaskClient) -> None:
    text = '{"title": "a"}\n{"title": 1}\n{"title": \n[1]\n\n{"title": "b", "titel": "c"}\n{"title": "", "seconds": 12345678901234567890}'
    assert errors(client, "/plain/", text, NDJSON) == {
        "2": {"title": ["Not a valid string."]},
        "3": {"non_field_errors": ["This line is no JSON: expecting value (column 10)."]},
        "4": {"non_field_errors": ["This line is no JSON object."]},
        "6": {"titel": ['This field does not exist; did you mean "title"?']},
        "7": {"seconds": ["This integer is outside 64 bits (-9223372036854775808 to 9223372036854775807)."]},
    }


@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_unique_is_said_by_line(client: FlaskClient, any_store: Store, path: str) -> None:
    any_store[Track].create(title="there", artist=1)
    text = "title,artist\r\na,1\r\na,2\r\nthere,1\r\nb,1\r\na,1\r\n"
    assert sorted(errors(client, path, text)) == ["4", "6"]
    assert any_store[Track].count() == 1
    assert errors(client, "/artist/", "name\r\nCid\r\nAnn\r\nCid\r\n") == {
        "3": {"name": ["This field must be unique."]},
        "4": {"name": ["This field must be unique."]},
    }


def test_what_is_not_unique_across_batches(client: FlaskClient, any_store: Store) -> None:
    names = [f"n{i}" for i in range(ROWS_AT_ONCE + 10)]
    text = "name\r\n" + "".join(f"{name}\r\n" for name in [*names, "n3"])
    assert errors(client, "/artist/", text) == {str(len(names) + 2): {"name": ["This field must be unique."]}}
    assert any_store[Artist].count() == 2


@pytest.mark.parametrize("path", PATHS)
def test_not_more_faults_than_anybody_reads(client: FlaskClient, path: str) -> None:
    text = "title,seconds\r\n" + "x,0\r\n" * (MAX_FAULTY_LINES + 50)
    assert len(errors(client, path, text)) == MAX_FAULTY_LINES


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("titel", {"titel": ['This field does not exist; did you mean "title"?']}),
        ("title,id", {"id": ["This field cannot be set."]}),
        ("title,title", {"title": ["This column is there twice."]}),
        ("title,", {"": ["This field does not exist."]}),
    ],
)
def test_names_that_cannot_be_written(client: FlaskClient, head: str, said: dict[str, list[str]]) -> None:
    assert errors(client, "/plain/", f"{head}\r\nx\r\n") == {"1": said}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the first line of CSV names the columns; there is nothing in it"),
        ("\r\na\r\n", "the first line of CSV names the columns; there is nothing in it"),
        ('title\r\na\r\n"b', "line 3 is no CSV: unexpected end of data"),
        ('title\r\n"a"b\r\n', "line 2 is no CSV: ',' expected after '\"'"),
        ("title\ra\r", "line 1 is no CSV: a CR stands there without quotes and without LF"),
        (b"title\r\n\xff\r\n", "line 2 is not UTF-8"),
        ("title\r\n" + "x" * 140_000, "line 2 is no CSV: field larger than field limit (131072)"),
    ],
)
def test_what_is_no_csv(client: FlaskClient, any_store: Store, text: str | bytes, sentence: str) -> None:
    assert error(client.post("/plain/", data=text, content_type=CSV), 400) == sentence
    assert any_store[Track].count() == 0


@pytest.mark.parametrize(
    ("text", "kind", "status", "sentence"),
    [
        ("title\r\n" + "x" * 60, CSV, 400, "line 2 is longer than 40 bytes"),
        ('title\r\n"xxxxxxxxxxxx\r\nxxxxxxxxxxxx\r\nxxxxxxxxxxx"\r\n', CSV, 400, "the row that ends in line 4 is longer than 40 bytes"),
        ('{"title": "' + "x" * 40 + '"}', NDJSON, 400, "line 1 is longer than 40 bytes"),
        ("title\r\n" + "x\r\n" * 40, CSV, 413, "the body is longer than 100 bytes"),
    ],
)
def test_limits(client: FlaskClient, text: str, kind: str, status: int, sentence: str) -> None:
    assert error(client.post("/small/", data=text, content_type=kind), status) == sentence


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("text/csv; charset=latin-1", "CSV is sent as UTF-8 here, not as latin-1"),
        ("text/csv; header=absent", "CSV is sent with a line of names here"),
        ("text/plain", "a body needs the header Content-Type: application/json; this one says text/plain"),
    ],
)
def test_media_types_that_are_not_taken(client: FlaskClient, kind: str, sentence: str) -> None:
    assert error(client.post("/plain/", data="title\r\nx\r\n", content_type=kind), 415) == sentence


def test_rows_are_written_to_lists_only(client: FlaskClient) -> None:
    assert client.put("/artist/1/", data="name\r\nx\r\n", content_type=CSV).status_code == 415


def test_what_a_table_refuses_by_itself_is_said_by_line(store: SQLiteDataStore) -> None:
    client = Wrapper([Plain, Artist, Tag], datastore=store).create_app().test_client()
    with sqlite3.connect(store.location) as other:
        other.execute("CREATE TRIGGER t BEFORE INSERT ON track WHEN NEW.title = 'no' BEGIN SELECT RAISE(ABORT, 'private'); END")
    answer = client.post("/plain/", data="title\r\na\r\nno\r\n", content_type=CSV)
    assert error(answer, 409) == "line 3: a constraint of the database refuses this"
    assert store[Track].count() == 0


def test_the_upload_is_there_before_anything_is_locked(store: SQLiteDataStore) -> None:
    client = Wrapper([Plain, Artist, Tag], datastore=store).create_app().test_client()

    class Watched(io.BytesIO):
        """A body that writes by another connection each time it is read."""

        def readinto(self, buffer: Any) -> int:
            with sqlite3.connect(store.location, timeout=0) as other:
                other.execute("INSERT INTO artist (name) VALUES (?)", (f"at {self.tell()}",))
            other.close()
            return super().readinto(buffer)

    text = b"title\r\n" + b"".join(b"t%d\r\n" % number for number in range(20_000))
    answer = client.post("/plain/", input_stream=Watched(text), content_length=len(text), content_type=CSV)
    assert (answer.status_code, answer.json) == (201, {"created": 20_000})
    assert store[Artist].count() >= 2


def test_statements_do_not_grow_with_the_lines(store: SQLiteDataStore) -> None:
    client = Wrapper([Plain, Artist, Tag], datastore=store).create_app().test_client()
    store[Artist].create(name="Ann")
    counts = []
    for start, lines in ((0, 100), (1000, ROWS_AT_ONCE)):
        text = "title,artist\r\n" + "".join(f"t{start + i},1\r\n" for i in range(lines))
        with store.recorded() as statements:
            send(client, "/plain/", text)
        counts.append(len(statements))
    assert max(counts) <= 10
