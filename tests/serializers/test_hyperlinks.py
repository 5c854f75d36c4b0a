"""Links: of what they are made, below which paths, and which of them are understood."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, Misdeclared, SQLiteDataStore, Wrapper, models
from pyrest.serializers import (
    HyperlinkedIdentityField,
    HyperlinkedModelSerializer,
    HyperlinkedRelatedField,
    ModelSerializer,
    Serializer,
    SerializerField,
)
from tests.web.answers import refusal, row, rows


class Genre(models.Model):
    name = models.StringPkField()


class Album(models.Model):
    id = models.PkField()
    slug = models.SlugField(required=True, unique=True)
    genre = models.ForeignKey(Genre, related_name="albums")


class Track(models.Model):
    id = models.PkField()
    title = models.StringField()
    album = models.ForeignKey(Album, related_name="tracks")


class Albums(Endpoint):
    model = Album


class AlbumsBySlug(Endpoint):
    model = Album
    lookup_field = "slug"


NO_MATCH = "Invalid hyperlink - No URL match."
INCORRECT_MATCH = "Invalid hyperlink - Incorrect URL match."
NO_OBJECT = "Invalid hyperlink - Object does not exist."
HERE = "http://localhost"


@pytest.fixture
def store(tmp_path: Path) -> SQLiteDataStore:
    """Two albums; the first has the only track."""
    store = SQLiteDataStore(tmp_path / "rows.db", models=[Track], durability="normal")
    store[Genre].bulk_create([{"name": "jazz"}, {"name": "rock"}])
    store[Album].bulk_create([{"slug": "blue", "genre": "jazz"}, {"slug": "hejira"}])
    store[Track].create(title="River", album=1)
    return store


def tracks_with(album: SerializerField, **more: SerializerField) -> type[Endpoint]:
    """Tracks whose album is shown by this field."""
    meta = type("Meta", (), {"model": Track, "fields": ("title", "album", *more)})
    serializer = type("TrackSerializer", (ModelSerializer,), {"album": album, **more, "Meta": meta})
    return type("Tracks", (Endpoint,), {"serializer": serializer})


def link(view_name: str = "", **options: Any) -> HyperlinkedRelatedField:
    return HyperlinkedRelatedField(view_name, queryset=Album, allow_null=True, **options)


def api(store: SQLiteDataStore, *endpoints: Any, prefix: str = "") -> FlaskClient:
    """The endpoints in an application that has two routes of its own: a page for an album by its key, and one by its slug."""
    app = Flask("application")
    app.testing = True
    app.add_url_rule("/pages/<int:pk>/", "album-page", lambda pk: str(pk))
    app.add_url_rule("/covers/<name>.png", "album-cover", lambda name: str(name))
    Wrapper(endpoints, datastore=store, models=[Album]).init_app(app, url_prefix=prefix)
    return app.test_client()


def accepted(client: FlaskClient, url: str, path: str = "/track/1/", **options: Any) -> Any:
    """The album that is shown after this link was written, or the message of its refusal."""
    answer = client.patch(path, json={"album": url}, **options)
    if answer.status_code == 200:
        return row(answer)["album"]
    _, errors = refusal(answer)
    return errors["album"][0]


# Which value stands in a link, and which route it is of.


@pytest.mark.parametrize(
    ("endpoints", "field", "path"),
    [
        ((Albums,), link(), "/album/2/"),
        ((Albums,), link("album-detail"), "/album/2/"),
        ((Albums,), link(lookup_field="id"), "/album/2/"),
        ((Albums,), link(lookup_field="pk"), "/album/2/"),
        ((AlbumsBySlug,), link(), "/album/hejira/"),
        ((AlbumsBySlug,), link(lookup_field="slug"), "/album/hejira/"),
        ((), link("album-page"), "/pages/2/"),
        ((), link("album-page", lookup_field="id", lookup_url_kwarg="pk"), "/pages/2/"),
        ((), link("album-cover", lookup_field="slug", lookup_url_kwarg="name"), "/covers/hejira.png"),
        ((Albums,), link(format="json"), "/album/2/?format=json"),
        ((AlbumsBySlug,), link(format="json"), "/album/hejira/?format=json"),
        ((), link("album-page", format="json"), "/pages/2/?format=json"),
    ],
)
def test_what_a_link_is_made_of(store: SQLiteDataStore, endpoints: tuple[Any, ...], field: SerializerField, path: str) -> None:
    client = api(store, tracks_with(field), *endpoints)
    assert accepted(client, path) == HERE + path
    assert accepted(client, HERE + path) == HERE + path
    assert store[Track].filter(album=2).count() == 1
    assert row(client.get("/track/1/"))["album"] == HERE + path
    assert [track["album"] for track in rows(client, "/track/")] == [HERE + path]


def test_of_two_endpoints_links_lead_to_the_one_that_is_listed_first(store: SQLiteDataStore) -> None:
    class Records(Endpoint):
        model = Album
        name = "records"

    assert row(api(store, tracks_with(link()), Records, Albums).get("/track/1/"))["album"] == f"{HERE}/records/1/"
    assert row(api(store, tracks_with(link()), Albums, Records).get("/track/1/"))["album"] == f"{HERE}/album/1/"
    assert row(api(store, tracks_with(link("records-detail")), Albums, Records).get("/track/1/"))["album"] == f"{HERE}/records/1/"


def test_a_relation_to_nothing_has_no_link(store: SQLiteDataStore) -> None:
    client = api(store, tracks_with(link()), Albums)
    assert row(client.patch("/track/1/", json={"album": None}))["album"] is None


@pytest.mark.parametrize("name", ["R&B", "Drum & Bass", "Ünïcødé", "100%", "a?b#c", "a+b", ".hidden"])
def test_keys_that_are_text_are_percent_encoded_and_found_again(store: SQLiteDataStore, name: str) -> None:
    class Linked(HyperlinkedModelSerializer):
        class Meta:
            model = Album
            fields = ("genre",)

    client = api(store, type("Albums", (Endpoint,), {"serializer": Linked, "list_methods": ("GET",)}), Genre)
    genre = store[Genre].create(name=name)
    store[Album].filter(pk=1).update(genre=genre)
    url = row(client.get("/album/1/"))["genre"]
    assert re.fullmatch(r"http://localhost/genre/[A-Za-z0-9.%_~-]+/", url)
    assert row(client.get(url))["name"] == name
    assert row(client.patch("/album/2/", json={"genre": url}))["genre"] == url
    assert [album["ressource_uri"] for album in client.get("/album/", query_string={"genre": url}).json["object_list"]] == [
        "/album/1/", "/album/2/",
    ]  # fmt: skip


# Which links are understood.


@pytest.mark.parametrize(
    "url",
    [
        "/album/2/", "/album/2", "http://localhost/album/2/", "http://LOCALHOST/album/2/", "https://localhost/album/2/",
        "/album/2/?format=json", "/album/2/?x=1#top", "http://localhost/album/2/?", "/album/%32/",
    ],
)  # fmt: skip
def test_a_link_is_understood(store: SQLiteDataStore, url: str) -> None:
    assert accepted(api(store, tracks_with(link()), Albums), url) == f"{HERE}/album/2/"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://example.com/album/2/", NO_MATCH),
        ("http://localhost.example.com/album/2/", NO_MATCH),
        ("http://localhost:8000/album/2/", NO_MATCH),
        ("http://someone@localhost/album/2/", NO_MATCH),
        ("ftp://localhost/album/2/", NO_MATCH),
        ("//example.com/album/2/", NO_MATCH),
        ("album/2/", NO_MATCH),
        ("2", NO_MATCH),
        ("/api/album/2/", NO_MATCH),
        ("/album/2/tracks/", NO_MATCH),
        ("/", INCORRECT_MATCH),
        ("/album/", INCORRECT_MATCH),
        ("/track/1/", INCORRECT_MATCH),
        ("/pages/2/", INCORRECT_MATCH),
        ("/album/3/", NO_OBJECT),
        ("/album/02/", NO_OBJECT),
        ("/album/two/", NO_OBJECT),
        ("/album/99999999999999999999/", NO_OBJECT),
    ],
)
def test_a_link_is_not_understood(store: SQLiteDataStore, url: str, message: str) -> None:
    assert accepted(api(store, tracks_with(link()), Albums), url) == message


# Below which paths.


def test_links_below_a_prefix(store: SQLiteDataStore) -> None:
    client = api(store, tracks_with(link()), Albums, prefix="/api")
    assert accepted(client, "/api/album/2/", "/api/track/1/") == f"{HERE}/api/album/2/"
    assert accepted(client, "/album/2/", "/api/track/1/") == NO_MATCH


def test_links_of_a_host_and_a_port(store: SQLiteDataStore) -> None:
    client = api(store, tracks_with(link()), Albums)
    there: dict[str, Any] = {"base_url": "https://music.example:8443"}
    assert accepted(client, "https://music.example:8443/album/2/", **there) == "https://music.example:8443/album/2/"
    assert accepted(client, "https://music.example/album/2/", **there) == NO_MATCH


@pytest.mark.parametrize(("field", "path"), [(link(), "/album/2/"), (link("album-page"), "/pages/2/")], ids=["endpoint", "route"])
def test_links_below_the_mount_of_a_server(store: SQLiteDataStore, field: SerializerField, path: str) -> None:
    client = api(store, tracks_with(field), Albums)
    below: dict[str, Any] = {"environ_overrides": {"SCRIPT_NAME": "/mount"}}
    assert accepted(client, f"/mount{path}", **below) == f"{HERE}/mount{path}"
    assert accepted(client, path, **below) == NO_MATCH


def test_links_in_a_blueprint(store: SQLiteDataStore) -> None:
    blueprint, app = Blueprint("music", __name__, url_prefix="/v1"), Flask("application")
    Wrapper([tracks_with(link()), Albums], datastore=store).init_app(blueprint, url_prefix="/api")
    app.register_blueprint(blueprint)
    client = app.test_client()
    assert row(client.get("/v1/api/track/1/"))["album"] == f"{HERE}/v1/api/album/1/"
    assert accepted(client, "/v1/api/album/2/", "/v1/api/track/1/") == f"{HERE}/v1/api/album/2/"


def test_links_of_one_api_below_two_prefixes_stay_below_theirs(store: SQLiteDataStore) -> None:
    app = Flask("application")
    wrapper = Wrapper([tracks_with(link()), Albums], datastore=store)
    for prefix in ("/v1", "/v2"):
        wrapper.init_app(app, url_prefix=prefix)
    client = app.test_client()
    assert [row(client.get(f"{prefix}/track/1/"))["album"] for prefix in ("/v1", "/v2")] == [f"{HERE}/v1/album/1/", f"{HERE}/v2/album/1/"]
    assert accepted(client, "/v2/album/2/", "/v2/track/1/") == f"{HERE}/v2/album/2/"


@pytest.mark.parametrize(("mounted", "message"), [(("/own", "/other"), INCORRECT_MATCH), (("/other", "/own"), NO_MATCH)])
def test_a_link_to_another_api_of_the_application_is_refused(store: SQLiteDataStore, mounted: tuple[str, str], message: str) -> None:
    app = Flask("application")
    stores: dict[str, Any] = {"/own": store, "/other": MemoryDataStore()}
    for prefix in mounted:
        Wrapper([tracks_with(link()), Albums], datastore=stores[prefix]).init_app(app, url_prefix=prefix)
    client = app.test_client()
    assert accepted(client, "/own/album/2/", "/own/track/1/") == f"{HERE}/own/album/2/"
    assert accepted(client, "/other/album/1/", "/own/track/1/") == message


# Outside of a request.


class LinkedTrack(ModelSerializer):
    album = HyperlinkedRelatedField(queryset=Album)
    url = HyperlinkedIdentityField()

    class Meta:
        model = Track
        fields = ("title", "album", "url")


def test_outside_of_a_request_links_are_paths(store: SQLiteDataStore) -> None:
    api(store, Track, AlbumsBySlug, prefix="/api")
    assert LinkedTrack(store[Track].get()).data == {"title": "River", "album": "/api/album/blue/", "url": "/api/track/1/"}
    serializer = LinkedTrack(store[Track].get(), {"album": "/api/album/hejira/"}, partial=True)
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    assert serializer.data["album"] == "/api/album/hejira/"


def test_outside_of_a_request_there_is_no_host(store: SQLiteDataStore) -> None:
    api(store, Track, Albums)
    serializer = LinkedTrack(data={"album": f"{HERE}/album/2/"}, store=store)
    assert not serializer.is_valid()
    assert serializer.errors == {"album": [NO_MATCH]}


@pytest.mark.parametrize("store_is_known", [True, False])
def test_without_a_wrapper_there_are_no_links(store: SQLiteDataStore, store_is_known: bool) -> None:
    track = store[Track].get() if store_is_known else Track(title="new")
    with pytest.raises(Misdeclared, match=r"LinkedTrack\.(album|url): links need the addresses that a Wrapper gives"):
        assert LinkedTrack(track).data


# Wrong declarations.


@pytest.mark.parametrize(
    ("endpoints", "field", "message"),
    [
        ((), link(), "Album has no endpoint to link to; make one, or say view_name="),
        ((Albums,), link(lookup_field="title"), "lookup_field 'title' is no field of Album"),
        ((Albums,), link(lookup_field="slug"), "lookup_field is 'slug', and the route 'album-detail' takes 'id'"),
        ((AlbumsBySlug,), link(lookup_field="pk"), "lookup_field is 'pk', and the route 'album-detail' takes 'slug'"),
    ],
    ids=["no endpoint", "no field", "another field", "the key"],
)
def test_a_link_that_contradicts_the_endpoints_is_refused(
    store: SQLiteDataStore, endpoints: tuple[Any, ...], field: SerializerField, message: str
) -> None:
    with pytest.raises(Misdeclared, match=re.escape(f"TrackSerializer.album: {message}")):
        api(store, tracks_with(field), *endpoints)


def test_a_route_that_does_not_exist_is_refused_when_it_is_linked_to(store: SQLiteDataStore) -> None:
    wrapper = Wrapper([tracks_with(link("albun-detail")), Albums], datastore=store)
    wrapper.create_app()
    with pytest.raises(Misdeclared, match=r'no route is called \'albun-detail\'.*did you mean "album-detail"'):
        assert wrapper.resources[0].endpoint.serializer(store[Track].get()).data


def test_a_route_that_calls_its_value_otherwise_is_refused_when_it_is_read(store: SQLiteDataStore) -> None:
    field = link("album-cover", lookup_field="slug")
    api(store, tracks_with(field))
    serializer = type("Covers", (ModelSerializer,), {"album": field, "Meta": type("Meta", (), {"model": Track, "fields": ("album",)})})
    with pytest.raises(Misdeclared, match=r"Covers\.album: the route 'album-cover' has no value 'slug'; say lookup_url_kwarg="):
        serializer(data={"album": "/covers/blue.png"}, store=store).is_valid()


# The serializer that links by itself.


class HyperlinkedTrack(HyperlinkedModelSerializer):
    class Meta:
        model = Track


class HyperlinkedAlbum(HyperlinkedModelSerializer):
    class Meta:
        model = Album
        fields = ("url", "slug", "genre", "tracks")


def endpoint_of(serializer: type[Serializer], **options: Any) -> type[Endpoint]:
    return type("Rows", (Endpoint,), {"serializer": serializer, **options})


def test_it_has_its_own_link_in_place_of_its_key_and_links_for_relations(store: SQLiteDataStore) -> None:
    client = api(store, endpoint_of(HyperlinkedTrack), endpoint_of(HyperlinkedAlbum), Genre)
    assert row(client.get("/track/1/")) == {
        "url": f"{HERE}/track/1/", "title": "River", "album": f"{HERE}/album/1/", "ressource_uri": "/track/1/",
    }  # fmt: skip
    assert row(client.get("/album/1/")) == {
        "url": f"{HERE}/album/1/", "slug": "blue", "genre": f"{HERE}/genre/jazz/", "tracks": [f"{HERE}/track/1/"],
        "ressource_uri": "/album/1/",
    }  # fmt: skip


def test_its_links_are_written(store: SQLiteDataStore) -> None:
    client = api(store, endpoint_of(HyperlinkedTrack), endpoint_of(HyperlinkedAlbum), Genre)
    sent = {"slug": "mingus", "genre": f"{HERE}/genre/rock/", "tracks": ["/track/1/"]}
    created = row(client.post("/album/", json=sent, headers={"Prefer": "return=representation"}))
    assert created == sent | {"url": f"{HERE}/album/3/", "ressource_uri": "/album/3/", "tracks": [f"{HERE}/track/1/"]}
    assert row(client.put("/album/3/", json=created)) == created


def test_its_own_link_is_given(store: SQLiteDataStore) -> None:
    client = api(store, endpoint_of(HyperlinkedTrack), Albums, Genre)
    assert refusal(client.post("/track/", json={"url": "/track/9/"}))[1] == {"url": ["This field cannot be set."]}
    assert refusal(client.patch("/track/1/", json={"url": f"{HERE}/track/9/"}))[1] == {"url": ["This field cannot be changed."]}


def test_its_repr() -> None:
    assert repr(HyperlinkedAlbum()) == (
        "HyperlinkedAlbum():\n"
        "    url = HyperlinkedIdentityField()\n"
        "    slug = SlugField()\n"
        "    genre = HyperlinkedRelatedField(allow_null=True, queryset=Genre, required=False)\n"
        "    tracks = HyperlinkedRelatedField(many=True, queryset=Track)"
    )


def test_options_of_its_links(store: SQLiteDataStore) -> None:
    class Linked(HyperlinkedModelSerializer):
        class Meta:
            model = Album
            fields = ("url", "genre", "tracks")
            extra_kwargs = {
                "url": {"view_name": "album-cover", "lookup_field": "slug", "lookup_url_kwarg": "name"},
                "genre": {"lookup_field": "name", "format": "json"},
                "tracks": {"view_name": "songs-detail", "read_only": True},
            }

    class Songs(Endpoint):
        model = Track
        name = "songs"

    client = api(store, endpoint_of(Linked, list_methods=("GET",)), Track, Songs, Genre)
    assert row(client.get("/album/1/")) == {
        "url": f"{HERE}/covers/blue.png", "genre": f"{HERE}/genre/jazz/?format=json", "tracks": [f"{HERE}/songs/1/"],
        "ressource_uri": "/album/1/",
    }  # fmt: skip


def test_an_option_that_its_links_do_not_have_is_refused() -> None:
    with pytest.raises(Misdeclared, match=r"Linked.Meta.extra_kwargs\['url'\]: .*lookup_feld"):
        type("Linked", (HyperlinkedModelSerializer,), {
            "Meta": type("Meta", (), {"model": Album, "extra_kwargs": {"url": {"lookup_feld": "slug"}}}),
        })  # fmt: skip


def test_what_depth_nests_links_too(store: SQLiteDataStore) -> None:
    class Deep(HyperlinkedModelSerializer):
        class Meta:
            model = Track
            depth = 1

    client = api(store, endpoint_of(Deep), Albums, Genre)
    album = {"url": f"{HERE}/album/1/", "slug": "blue", "genre": f"{HERE}/genre/jazz/"}
    assert row(client.get("/track/1/"))["album"] == album


def test_a_field_of_the_model_called_url_is_shown_as_such(store: SQLiteDataStore) -> None:
    class Site(models.Model):
        id = models.PkField()
        url = models.URLField()

    class Sites(HyperlinkedModelSerializer):
        class Meta:
            model = Site

    client = api(store, endpoint_of(Sites))
    store[Site].create(url="https://example.org/")
    assert row(client.get("/site/1/")) == {"url": "https://example.org/", "ressource_uri": "/site/1/"}
