"""Every example of Django REST framework's page *Serializer relations*, with the page's output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pyrest import Endpoint, Misdeclared, Wrapper, serializers
from pyrest.store import Store
from tests.serializers import page
from tests.serializers.page import EAGLE, GREY, Album, Bookmark, Customer, Group, Note, Organization, Person, Purchase, TaggedItem, Track

HOST = "http://www.example.com"
ONE = {"album_name": "The Eraser", "artist": "Thom Yorke", "tracks": []}


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return page.store_of(request.param, tmp_path)


class Tracks(Endpoint):
    model = Track
    name = "tracks"


class Purchases(Endpoint):
    serializer = page.PurchaseSerializer


def site(store: Store, *endpoints: type[Endpoint]) -> FlaskClient:
    """The API below `/api` of an application that has two routes of its own there."""
    app = Flask("site")
    app.testing = True
    app.add_url_rule("/api/track_list/<pk>/", "track-list", lambda pk: pk)
    app.add_url_rule("/api/<organization_slug>/customers/<int:customer_pk>/", "customer-detail", lambda **values: values)
    Wrapper([*endpoints, Tracks], datastore=store, models=page.MODELS).init_app(app, url_prefix="/api")
    return app.test_client()


def albums(shown_by: type[serializers.Serializer], **options: Any) -> type[Endpoint]:
    return type("Albums", (Endpoint,), {"serializer": shown_by, "name": "albums", "list_methods": ("GET",), **options})


def shown(client: FlaskClient, path: str) -> Any:
    """What a request shows, without the row's own path."""
    answer = client.get(path, base_url=HOST)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return {name: value for name, value in answer.json.items() if name != "ressource_uri"}


# Inspecting a serializer.


def test_the_repr_of_the_account_example() -> None:
    assert repr(page.AccountSerializer()) == (
        "AccountSerializer():\n"
        "    id = PkField(read_only=True)\n"
        "    name = StringField(max_length=100, required=False)\n"
        "    owner = PrimaryKeyRelatedField(queryset=User)"
    )


def test_the_repr_of_a_nested_serializer_has_its_fields_below() -> None:
    assert repr(page.AlbumWithTracks()) == (
        "AlbumWithTracks():\n"
        "    album_name = StringField(max_length=100)\n"
        "    artist = StringField(max_length=100)\n"
        "    tracks = TrackSerializer(many=True, read_only=True):\n"
        "        order = IntegerField()\n"
        "        title = StringField(max_length=100)\n"
        "        duration = IntegerField()"
    )


# The shapes.


@pytest.mark.parametrize(
    ("shown_by", "album", "tracks"),
    [
        (page.AlbumWithStrings, GREY, ["1: Public Service Announcement", "2: What More Can I Say", "3: Encore"]),
        (page.AlbumWithKeys, GREY, [89, 90, 91]),
        (page.AlbumWithTitles, GREY, ["Public Service Announcement", "What More Can I Say", "Encore"]),
        (page.AlbumWithTimes, EAGLE,
         ["Track 1: Jim Cain (04:39)", "Track 2: Eid Ma Clack Shaw (04:19)", "Track 3: The Wind and the Dove (04:34)"]),
        (page.AlbumWithTracks, GREY, GREY["tracks"]),
    ],
    ids=["strings", "keys", "slugs", "custom", "nested"],
)  # fmt: skip
def test_the_tracks_of_an_album(store: Store, shown_by: type[serializers.Serializer], album: dict[str, Any], tracks: list[Any]) -> None:
    row = page.stored(store, album, first_track=89)
    expected = {"album_name": album["album_name"], "artist": album["artist"], "tracks": tracks}
    assert shown_by(row).data == expected
    assert shown_by([row], many=True).data == [expected]
    assert shown(site(store, albums(shown_by)), "/api/albums/1/") == expected


def test_links_are_absolute_in_a_request_and_paths_outside(store: Store) -> None:
    row = page.stored(store, GREY, first_track=45)
    paths = ["/api/tracks/45/", "/api/tracks/46/", "/api/tracks/47/"]
    client = site(store, albums(page.AlbumWithLinks))
    assert shown(client, "/api/albums/1/")["tracks"] == [HOST + path for path in paths]
    assert page.AlbumWithLinks(row).data == {"album_name": "The Grey Album", "artist": "Danger Mouse", "tracks": paths}


def test_an_identity_field_links_to_another_route_of_the_row(store: Store) -> None:
    row = page.stored(store, ONE, key=12)
    client = site(store, albums(page.AlbumWithListing))
    expected = {"album_name": "The Eraser", "artist": "Thom Yorke", "track_listing": f"{HOST}/api/track_list/12/"}
    assert shown(client, "/api/albums/12/") == expected
    assert page.AlbumWithListing(row).data == expected | {"track_listing": "/api/track_list/12/"}


def test_an_identity_field_links_to_a_route_inside_the_row(store: Store) -> None:
    class Listed(serializers.ModelSerializer):
        track_listing = serializers.HyperlinkedIdentityField(view_name="albums-tracks-list")

        class Meta:
            model = Album
            fields = ("album_name", "artist", "track_listing")

    page.stored(store, GREY, key=12)
    client = site(store, albums(Listed, nested=("tracks",)))
    link = shown(client, "/api/albums/12/")["track_listing"]
    assert link == f"{HOST}/api/albums/12/tracks/"
    assert [track["title"] for track in client.get(link).json["object_list"]] == [track["title"] for track in GREY["tracks"]]


# Writing nested objects.


@pytest.mark.parametrize("written_by", [page.AlbumWrittenWithTracks, page.AlbumWrittenByHand], ids=["by policy", "by hand"])
def test_an_album_is_written_with_its_tracks(store: Store, written_by: type[serializers.Serializer]) -> None:
    serializer = written_by(data=GREY, store=store)
    assert serializer.is_valid(), serializer.errors
    album = serializer.save()
    assert serializer.data == GREY
    assert [(track.pk, track.album, str(track)) for track in store[Track].all()] == [
        (1, album, "1: Public Service Announcement"),
        (2, album, "2: What More Can I Say"),
        (3, album, "3: Encore"),
    ]


@pytest.mark.parametrize("written_by", [page.AlbumWrittenWithTracks, page.AlbumWrittenByHand], ids=["by policy", "by hand"])
def test_an_album_is_posted_with_its_tracks(store: Store, written_by: type[serializers.Serializer]) -> None:
    client = site(store, albums(written_by, list_methods=("GET", "POST")))
    answer = client.post("/api/albums/", json=GREY, base_url=HOST)
    assert (answer.status_code, answer.headers.get("Location")) == (201, f"{HOST}/api/albums/1/")
    assert shown(client, "/api/albums/1/") == GREY


# Links of several parts.


@pytest.fixture
def customer(store: Store) -> Customer:
    store[Organization].create(slug="another")
    organization = store[Organization].create(slug="acme")
    return store[Customer].create(id=3, name="Ann", organization=organization)


def test_a_link_is_built_of_a_slug_and_a_key(store: Store, customer: Customer) -> None:
    client = site(store, Purchases)
    row = store[Purchase].create(customer=customer)
    assert shown(client, "/api/purchase/1/") == {"id": 1, "customer": f"{HOST}/api/acme/customers/3/"}
    assert page.PurchaseSerializer(row).data == {"id": 1, "customer": "/api/acme/customers/3/"}


@pytest.mark.parametrize("link", ["/api/acme/customers/3/", f"{HOST}/api/acme/customers/3/"], ids=["path", "absolute"])
def test_a_link_of_a_slug_and_a_key_is_read(store: Store, customer: Customer, link: str) -> None:
    client = site(store, Purchases)
    assert client.post("/api/purchase/", json={"customer": link}, base_url=HOST).status_code == 201
    assert store[Purchase].get().customer == customer


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("/api/acme/customers/4/", "Invalid hyperlink - Object does not exist."),
        ("/api/another/customers/3/", "Invalid hyperlink - Object does not exist."),
        ("/api/tracks/3/", "Invalid hyperlink - Incorrect URL match."),
        ("/api/acme/customers/x/", "Invalid hyperlink - No URL match."),
    ],
    ids=["no such key", "another's", "another route", "no route"],
)
def test_a_link_of_a_slug_and_a_key_that_names_no_customer(store: Store, customer: Customer, link: str, message: str) -> None:
    answer = site(store, Purchases).post("/api/purchase/", json={"customer": link}, base_url=HOST)
    assert answer.status_code == 400
    assert answer.json == {"error": "customer does not validate", "errors": {"customer": [message]}}


# Generic relations.


@pytest.fixture
def tagged(store: Store) -> list[TaggedItem]:
    bookmark = store[Bookmark].create(url="https://www.djangoproject.com/")
    note = store[Note].create(text="Remember the milk")
    return [
        store[TaggedItem].create(tag_name="django", tagged_object=bookmark),
        store[TaggedItem].create(tag_name="shopping", tagged_object=note),
        store[TaggedItem].create(tag_name="loose"),
    ]


def test_tagged_objects_are_shown_by_their_class(tagged: list[TaggedItem]) -> None:
    assert page.TaggedItemSerializer(tagged, many=True).data == [
        {"tag_name": "django", "tagged_object": "Bookmark: https://www.djangoproject.com/"},
        {"tag_name": "shopping", "tagged_object": "Note: Remember the milk"},
        {"tag_name": "loose", "tagged_object": None},
    ]


def test_tagged_objects_are_shown_by_the_serializer_of_their_class(tagged: list[TaggedItem]) -> None:
    assert page.TaggedItemWithObject(tagged, many=True).data == [
        {"tag_name": "django", "tagged_object": {"id": 1, "url": "https://www.djangoproject.com/"}},
        {"tag_name": "shopping", "tagged_object": {"id": 1, "text": "Remember the milk"}},
        {"tag_name": "loose", "tagged_object": None},
    ]


def test_tagged_objects_in_a_list_over_http(store: Store, tagged: list[TaggedItem]) -> None:
    class Tags(Endpoint):
        serializer = page.TaggedItemSerializer
        name = "tags"

    answer = site(store, Tags).get("/api/tags/")
    assert answer.json is not None
    assert [tag["tagged_object"] for tag in answer.json["object_list"]] == [
        "Bookmark: https://www.djangoproject.com/", "Note: Remember the milk", None,
    ]  # fmt: skip


def test_a_tagged_object_is_written(store: Store, tagged: list[TaggedItem]) -> None:
    class Tags(Endpoint):
        serializer = page.TaggedItemWritten
        name = "tags"

    client = site(store, Tags)
    assert client.post("/api/tags/", json={"tag_name": "new", "tagged_object": "note:1"}).status_code == 201
    assert shown(client, "/api/tags/4/") == {"tag_name": "new", "tagged_object": "note:1"}
    assert client.patch("/api/tags/4/", json={"tagged_object": "bookmark:1"}).status_code == 200
    assert store[TaggedItem].get(pk=4).tagged_object == store[Bookmark].get()
    answer = client.patch("/api/tags/4/", json={"tagged_object": "note:9"})
    assert (answer.status_code, answer.json) == (
        400, {"error": "tagged_object does not validate", "errors": {"tagged_object": ["Nothing is called note:9."]}},
    )  # fmt: skip


def test_the_tags_of_an_object(store: Store, tagged: list[TaggedItem]) -> None:
    class NoteWithTags(serializers.ModelSerializer):
        tags = serializers.SlugRelatedField(many=True, read_only=True, slug_field="tag_name")

        class Meta:
            model = Note
            fields = ("text", "tags")

    assert NoteWithTags(store[Note].get()).data == {"text": "Remember the milk", "tags": ["shopping"]}


# Many to many through a model.


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Group


@pytest.fixture
def group(store: Store) -> Group:
    group, ann = store[Group].create(name="The Band"), store[Person].create(name="Ann")
    store[page.Membership].create(group=group, person=ann, since=1967)
    return group


def test_a_relation_through_a_model_is_read_only_by_itself(store: Store, group: Group) -> None:
    assert "members = PrimaryKeyRelatedField(many=True, read_only=True)" in repr(GroupSerializer(store=store))
    assert GroupSerializer(group).data == {"id": 1, "name": "The Band", "members": [1]}
    serializer = GroupSerializer(data={"name": "Solo", "members": [1]}, store=store)
    assert not serializer.is_valid()
    assert serializer.errors == {"members": ["This field cannot be set."]}


@pytest.mark.parametrize(
    "field",
    [
        serializers.PrimaryKeyRelatedField(many=True, queryset=Person),
        serializers.SlugRelatedField(many=True, queryset=Person, slug_field="name"),
    ],
    ids=["keys", "slugs"],
)
def test_a_relation_through_a_model_declared_writable_is_refused(store: Store, field: serializers.RelatedField) -> None:
    with pytest.raises(Misdeclared, match=r"Groups\.members: it goes through Membership.*read_only=True"):
        groups = type("Groups", (serializers.ModelSerializer,), {"members": field, "Meta": type("Meta", (), {"model": Group})})
        groups(store=store, data={}).is_valid()


def test_the_rows_of_the_model_between_are_shown_nested(store: Store, group: Group) -> None:
    class MembershipSerializer(serializers.ModelSerializer):
        person = serializers.StringRelatedField()

        class Meta:
            model = page.Membership
            fields = ("person", "since")

    class GroupWithMembers(serializers.ModelSerializer):
        members = MembershipSerializer(source="membership_set", many=True, read_only=True)

        class Meta:
            model = Group
            fields = ("name", "members")

    assert GroupWithMembers(store[Group].get()).data == {"name": "The Band", "members": [{"person": "Ann", "since": 1967}]}


# Reverse relations and depth.


def serializer_of(model: Any, **meta: Any) -> type[serializers.ModelSerializer]:
    return type(f"{model.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": type("Meta", (), {"model": model, **meta})})


def test_a_reverse_relation_is_not_included_by_itself(store: Store) -> None:
    assert serializer_of(Album)(page.stored(store, GREY)).data.keys() == {"id", "album_name", "artist"}


def test_a_reverse_relation_is_included_where_fields_names_it(store: Store) -> None:
    row = page.stored(store, GREY)
    assert serializer_of(Album, fields=("tracks", "artist"))(row).data == {"artist": "Danger Mouse", "tracks": [1, 2, 3]}


def test_a_reverse_relation_without_a_name_of_its_own_is_called_after_the_model(store: Store) -> None:
    user = store[page.User].create(username="ann")
    store[page.Account].create(name="savings", owner=user)
    shown_by = serializer_of(page.User, fields=("username", "account_set"))
    assert shown_by(user).data == {"username": "ann", "account_set": [1]}


@pytest.mark.parametrize(
    ("depth", "customer_shown"),
    [
        (0, 3),
        (1, {"id": 3, "name": "Ann", "organization": 2}),
        (2, {"id": 3, "name": "Ann", "organization": {"id": 2, "slug": "acme"}}),
    ],
)
def test_depth_shows_so_many_relations_nested(store: Store, customer: Customer, depth: int, customer_shown: Any) -> None:
    purchase = store[Purchase].create(customer=customer)
    assert serializer_of(Purchase, depth=depth)(purchase).data == {"id": 1, "customer": customer_shown}


def test_what_depth_nests_is_read_only(store: Store) -> None:
    serializer = serializer_of(Purchase, depth=1)(data={"customer": {"name": "Ann"}}, store=store)
    assert not serializer.is_valid()
    assert serializer.errors == {"customer": ["This field cannot be set."]}
