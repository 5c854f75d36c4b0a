"""Endpoints with serializers: which one shows and reads what, what may be sent back, what hooks are given."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, Misdeclared, QuerySet, SQLiteDataStore, ValidationError, Wrapper, models
from pyrest.serializers import ModelSerializer, ReadOnlyField, SerializerMethodField, SlugRelatedField, StringRelatedField
from tests.web.answers import SHOW, error, refusal, row, rows
from tests.web.conftest import Serve
from tests.web.discs import MODELS, Album, Artist, Tag, Track, fill

# Which serializer does what.


class Short(ModelSerializer):
    name = models.StringField(source="title", read_only=True)

    class Meta:
        model = Album
        fields = ("name",)


class Long(ModelSerializer):
    artist = StringRelatedField()
    initial = ReadOnlyField()
    length = SerializerMethodField()
    tracks = SlugRelatedField("title", many=True, read_only=True)

    class Meta:
        model = Album
        fields = ("id", "title", "artist", "initial", "length", "tracks")

    def get_length(self, album: Album) -> int:
        return len(album.title)


class Written(ModelSerializer):
    class Meta:
        model = Album
        fields = ("title", "artist")


class Albums(Endpoint):
    serializer = Long
    list_serializer = Short
    write_serializer = Written


INNUENDO = {
    "id": 1, "title": "Innuendo", "artist": "<Queen>", "initial": "I", "length": 8, "tracks": ["Delilah", "Bijou"],
    "ressource_uri": "/album/1/",
}  # fmt: skip


@pytest.fixture
def albums(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    client = serve(Albums, models=MODELS)
    fill(store)
    return client


def test_details_are_shown_by_the_serializer(albums: FlaskClient) -> None:
    assert row(albums.get("/album/1/")) == INNUENDO


def test_lists_are_shown_by_the_list_serializer(albums: FlaskClient) -> None:
    assert rows(albums, "/album/?count=2") == [
        {"name": "Innuendo", "ressource_uri": "/album/1/"},
        {"name": "Chelsea Girl", "ressource_uri": "/album/2/"},
    ]


def test_bodies_are_read_by_the_write_serializer_and_answered_by_the_serializer(albums: FlaskClient) -> None:
    created = row(albums.post("/album/", json={"title": "Jazz", "artist": 1}, headers=SHOW))
    assert created == {
        "id": 5, "title": "Jazz", "artist": "<Queen>", "initial": "J", "length": 4, "tracks": [], "ressource_uri": "/album/5/",
    }  # fmt: skip
    assert row(albums.put("/album/5/", json={"title": "Live", "artist": 2}))["artist"] == "<Nico>"
    assert row(albums.patch("/album/5/", json={"artist": None}))["artist"] is None


def test_what_the_write_serializer_does_not_name_is_refused(albums: FlaskClient) -> None:
    sentence, errors = refusal(albums.post("/album/", json={"title": "Jazz", "tags": []}))
    assert (sentence, errors) == ('unknown field "tags"', {"tags": ["This field does not exist."]})


def test_the_names_of_the_list_serializer_are_what_lists_are_filtered_and_ordered_by(albums: FlaskClient) -> None:
    assert [album["name"] for album in rows(albums, "/album/?name=Untitled")] == ["Untitled"]
    assert [album["name"] for album in rows(albums, "/album/?ordering=-name")] == ["Untitled", "Innuendo", "Chelsea Girl", "Bootleg"]
    assert error(albums.get("/album/?title=Untitled"), 400) == 'unknown filter "title"'
    assert error(albums.get("/album/?ordering=title"), 400) == 'unknown ordering "title"'


def test_options_name_fields_that_are_not_shown(serve: Serve, store: SQLiteDataStore) -> None:
    class Named(Endpoint):
        serializer = Short
        list_methods = ("GET",)
        filter_fields = ("title",)
        ordering_fields = ("id", "name")

    client = serve(Named, models=MODELS)
    fill(store)
    assert rows(client, "/album/?title=Untitled") == [{"name": "Untitled", "ressource_uri": "/album/3/"}]
    assert [album["name"] for album in rows(client, "/album/?ordering=-id&count=1")] == ["Bootleg"]
    assert error(client.get("/album/?name=Untitled"), 400) == 'unknown filter "name"'


def test_the_model_of_the_serializer_is_that_of_the_endpoint(serve: Serve) -> None:
    with pytest.raises(Misdeclared, match=r"Wrong\.list_serializer: Short is a serializer of Album, not of Track"):
        serve(type("Wrong", (Endpoint,), {"model": Track, "list_serializer": Short}))


# What may be sent back.


class Whole(Endpoint):
    serializer = Long


@pytest.fixture
def whole(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    client = serve(Whole, models=MODELS)
    fill(store)
    return client


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_was_read_is_sent_back_with_one_change(whole: FlaskClient, method: str) -> None:
    before = row(whole.get("/album/1/"))
    after = row(whole.open("/album/1/", method=method, json=before | {"title": "Jazz"}))
    assert after == before | {"title": "Jazz", "initial": "J", "length": 4}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", 2), ("artist", "<Nico>"), ("artist", None), ("initial", "J"), ("length", 9), ("tracks", []),
        ("tracks", ["Bijou", "Delilah"]), ("ressource_uri", "/album/2/"), ("ressource_uri", "http://localhost/album/1/"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_is_only_shown_cannot_be_changed(whole: FlaskClient, method: str, name: str, value: Any) -> None:
    answer = whole.open("/album/1/", method=method, json=INNUENDO | {name: value})
    assert refusal(answer) == (f"{name} does not validate", {name: ["This field cannot be changed."]})


@pytest.mark.parametrize("name", ["id", "artist", "initial", "length", "tracks", "ressource_uri"])
def test_what_is_only_shown_cannot_be_set(whole: FlaskClient, name: str) -> None:
    answer = whole.post("/album/", json={"title": "Jazz", name: INNUENDO[name]})
    assert refusal(answer) == (f"{name} does not validate", {name: ["This field cannot be set."]})


def test_every_object_carries_its_path_below_the_prefix(store: SQLiteDataStore) -> None:
    app = Flask("application")
    Wrapper([Albums], datastore=store, models=MODELS).init_app(app, url_prefix="/api")
    fill(store)
    client = app.test_client()
    assert row(client.get("/api/album/1/"))["ressource_uri"] == "/api/album/1/"
    assert {album["ressource_uri"] for album in rows(client, "/api/album/")} == {f"/api/album/{key}/" for key in (1, 2, 3, 4)}


def test_the_path_is_not_a_serializers(store: SQLiteDataStore, whole: FlaskClient) -> None:
    assert "ressource_uri" not in Long(store[Album].get(pk=1)).data


def test_a_field_cannot_be_called_like_the_path(serve: Serve) -> None:
    kind = type("Linked", (ModelSerializer,), {
        "ressource_uri": models.StringField(source="title", read_only=True), "Meta": type("Meta", (), {"model": Album}),
    })  # fmt: skip
    with pytest.raises(Misdeclared, match=r"Linked\.ressource_uri: the endpoint adds this name itself"):
        serve(type("Albums", (Endpoint,), {"serializer": kind}), models=MODELS)


@pytest.mark.parametrize("name", ["initial", "length"])
def test_what_has_no_column_is_no_filter(whole: FlaskClient, name: str) -> None:
    assert error(whole.get(f"/album/?{name}=x"), 400) == f'unknown filter "{name}"'


def test_what_is_shown_by_its_text_is_filtered_by_its_key(whole: FlaskClient) -> None:
    first = rows(whole, "/album/")[0]
    assert [one["id"] for one in rows(whole, "/album/?artist=1")] == [first["id"]]
    assert error(whole.get("/album/?artist=x"), 400) == '"artist": A valid integer is required.'


# Hooks.


class Named(ModelSerializer):
    artist = SlugRelatedField("name", queryset=Artist)
    tags = SlugRelatedField("name", many=True, queryset=Tag)

    class Meta:
        model = Album
        fields = ("title", "artist", "tags")


class Hooked(Endpoint):
    serializer = Named
    seen: list[dict[str, Any]]

    def before_write(self, change: Change) -> None:
        artist = change.data.get("artist")
        type(self).seen.append(dict(change.data))
        if artist is not None and artist.born is None:
            raise ValidationError({"artist": ["Not born yet."]})

    def after_write(self, change: Change) -> None:
        type(self).seen.append(dict(change.data))


def test_hooks_are_given_rows_by_a_serializer_of_ones_own(serve: Serve, store: SQLiteDataStore) -> None:
    Hooked.seen = []
    client = serve(Hooked, models=MODELS)
    fill(store)
    queen, pop = store[Artist].get(name="Queen"), store[Tag].get(name="pop")
    assert client.post("/album/", json={"title": "Jazz", "artist": "Queen", "tags": ["pop"]}).status_code == 201
    values = {"title": "Jazz", "artist": queen, "tags": [pop]}
    before, after = Hooked.seen
    assert {name: before[name] for name in values} == values
    assert {name: after[name] for name in values} == values
    assert after["id"] == 5
    refused = client.patch("/album/5/", json={"artist": "Nico"})
    assert refusal(refused) == ("artist does not validate", {"artist": ["Not born yet."]})
    assert store[Album].get(pk=5).artist == queen


def test_hooks_are_given_keys_by_the_default_serializer(serve: Serve, store: SQLiteDataStore) -> None:
    seen: list[Any] = []

    class Plain(Endpoint):
        model = Track

        def before_write(self, change: Change) -> None:
            seen.append(change.data["album"])

    client = serve(Plain, models=MODELS)
    fill(store)
    assert client.post("/track/", json={"title": "x", "album": "2"}).status_code == 201
    assert seen == [2]


def test_a_hook_may_give_another_row(serve: Serve, store: SQLiteDataStore) -> None:
    class Moved(Endpoint):
        serializer = Written

        def before_write(self, change: Change) -> None:
            change.data["artist"] = change.store[Artist].get(name="Nico")

    client = serve(Moved, models=MODELS)
    fill(store)
    assert row(client.post("/album/", json={"title": "x", "artist": 1}, headers=SHOW))["artist"] == 2
    assert row(client.patch("/album/1/", json={"title": "y"}))["artist"] == 2


def test_the_queryset_of_an_endpoint_holds_with_a_serializer(serve: Serve, store: SQLiteDataStore) -> None:
    class Queens(Endpoint):
        serializer = Written
        queryset = QuerySet(Album).filter(artist__name="Queen")

    client = serve(Queens, models=MODELS)
    fill(store)
    assert [album["title"] for album in rows(client, "/album/")] == ["Innuendo"]
    assert error(client.get("/album/2/"), 404) == "there is no such row in album"
    assert refusal(client.post("/album/", json={"title": "x", "artist": 2}))[0] == "With these values it would be no row of album."


class Shout(models.StringField):
    def to_json(self, value: str) -> str:
        return value.upper()


class Halved(models.IntegerField):
    def dump(self, value: int | None) -> float | None:
        return None if value is None else value / 2


def test_a_field_of_ones_own_says_how_its_value_looks(serve: Serve) -> None:
    class Sign(models.Model):
        id = models.PkField()
        text = Shout()
        size = Halved()

    client = serve(Sign)
    client.post("/sign/", json={"text": "stop", "size": 3})
    assert client.get("/sign/1/").json == {"id": 1, "ressource_uri": "/sign/1/", "size": 1.5, "text": "STOP"}
