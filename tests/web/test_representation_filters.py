"""Filters understand what the representation shows: keys, links, slugs, and what comes along a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pyrest import Endpoint, SQLiteDataStore, Wrapper, models
from pyrest.serializers import (
    HyperlinkedModelSerializer,
    HyperlinkedRelatedField,
    ModelSerializer,
    PrimaryKeyRelatedField,
    SlugRelatedField,
)
from tests.web.answers import error, row, rows
from tests.web.book import Address, User
from tests.web.conftest import Serve, serving
from tests.web.discs import MODELS, Album, Artist, Tag, Track, fill


class ByKey(ModelSerializer):
    tags = PrimaryKeyRelatedField(many=True, queryset=Tag, pk_field=models.UUIDField(format="hex"))

    class Meta:
        model = Album
        fields = ("id", "artist", "tags", "tracks", "sleeve")


class BySlug(ModelSerializer):
    artist = SlugRelatedField("name", queryset=Artist)
    tags = SlugRelatedField("name", many=True, queryset=Tag)
    tracks = SlugRelatedField("title", many=True, queryset=Track)
    sleeve = SlugRelatedField("colour", read_only=True)
    label = SlugRelatedField("label__name", source="artist", read_only=True)

    class Meta:
        model = Album
        fields = ("id", "artist", "tags", "tracks", "sleeve", "label")


class ByLink(HyperlinkedModelSerializer):
    class Meta:
        model = Album
        fields = ("id", "artist", "tags", "tracks", "sleeve")


class BySource(ModelSerializer):
    name = models.StringField(source="title")
    born = models.IntegerField(source="artist.born")
    colour = models.StringField(source="sleeve.colour")
    label = PrimaryKeyRelatedField(source="artist.label", read_only=True)
    label_name = SlugRelatedField("name", source="artist.label", read_only=True)
    label_link = HyperlinkedRelatedField(source="artist.label", read_only=True)

    class Meta:
        model = Album
        fields = ("id", "name", "born", "colour", "label", "label_name", "label_link")


class Nested(ModelSerializer):
    artist = type("ArtistSerializer", (ModelSerializer,), {"Meta": type("Meta", (), {"model": Artist})})(read_only=True)
    tracks = type("TrackSerializer", (ModelSerializer,), {"Meta": type("Meta", (), {"model": Track})})(many=True, read_only=True)

    class Meta:
        model = Album
        fields = ("id", "artist", "tracks")


@pytest.fixture(scope="module")
def shown(kept_store: SQLiteDataStore) -> FlaskClient:
    """One list of the albums for each serializer."""
    kinds = {"key": ByKey, "slug": BySlug, "link": ByLink, "source": BySource, "nested": Nested}
    lists = [type(name, (Endpoint,), {"serializer": kind, "name": name, "list_methods": ("GET",)}) for name, kind in kinds.items()]
    client = serving(kept_store)(*lists, *MODELS)
    fill(kept_store)
    return client


def found(client: FlaskClient, path: str) -> list[int]:
    """The keys of the rows of a list."""
    return [one["id"] for one in rows(client, path)]


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/key/?artist=1", [1]),
        ("/key/?artist=1&artist=2", [1, 2]),
        ("/key/?artist=", [3]),
        ("/key/?artist=&artist=3", [3, 4]),
        ("/key/?artist=99", []),
        ("/key/?artist__exact=2", [2]),
        ("/key/?tracks=3", [2]),
        ("/key/?tracks=1&tracks=2", [1]),
        ("/key/?tracks=1&tracks=3", [1, 2]),
        ("/key/?tracks=", [3, 4]),
        ("/key/?sleeve=1", [1]),
        ("/key/?sleeve=", [3, 4]),
        ("/key/?sleeve=&sleeve=2", [2, 3, 4]),
        ("/key/?artist=1&tracks=3", []),
        ("/slug/?artist=Queen", [1]),
        ("/slug/?artist=Queen&artist=Nico", [1, 2]),
        ("/slug/?artist=1", []),
        ("/slug/?artist=", [3, 4]),
        ("/slug/?artist=&artist=Nico", [2, 3, 4]),
        ("/slug/?tags=pop", [1, 2]),
        ("/slug/?tags=rock", [1]),
        ("/slug/?tags=rock&tags=pop", [1, 2]),
        ("/slug/?tags=", [3, 4]),
        ("/slug/?tags=&tags=rock", [1, 3, 4]),
        ("/slug/?tags=pop&artist=Nico", [2]),
        ("/slug/?tracks=Bijou", [1]),
        ("/slug/?sleeve=red", [1]),
        ("/slug/?sleeve=", [2, 3, 4]),
        ("/slug/?label=EMI", [1]),
        ("/slug/?label=", [2, 3, 4]),
        ("/link/?artist=/artist/1/", [1]),
        ("/link/?artist=http://localhost/artist/1/", [1]),
        ("/link/?artist=/artist/1/%3Fformat%3Djson", [1]),
        ("/link/?artist=1", [1]),
        ("/link/?artist=/artist/1/&artist=2", [1, 2]),
        ("/link/?artist=", [3]),
        ("/link/?artist=&artist=/artist/2/", [2, 3]),
        ("/link/?artist=/artist/99/", []),
        ("/link/?tracks=/track/3/", [2]),
        ("/link/?tracks=/track/3/&tracks=http://localhost/track/1/", [1, 2]),
        ("/link/?tracks=", [3, 4]),
        ("/link/?sleeve=/sleeve/2/", [2]),
        ("/link/?sleeve=", [3, 4]),
        ("/source/?name=Untitled", [3]),
        ("/source/?born=1970", [1]),
        ("/source/?born=", [2, 3, 4]),
        ("/source/?born=&born=1970", [1, 2, 3, 4]),
        ("/source/?colour=red", [1]),
        ("/source/?colour=", [2, 3, 4]),
        ("/source/?label=1", [1]),
        ("/source/?label=", [2, 3]),
        ("/source/?label_name=EMI", [1]),
        ("/source/?label_name=", [2, 3, 4]),
        ("/source/?label_link=/label/2/", [4]),
        ("/source/?label_link=", [2, 3]),
        ("/nested/?artist=2", [2]),
        ("/nested/?artist=", [3]),
        ("/nested/?tracks=3", [2]),
        ("/nested/?tracks=", [3, 4]),
    ],
)
def test_a_filter_finds_the_rows_that_show_it(shown: FlaskClient, path: str, keys: list[int]) -> None:
    assert found(shown, path) == keys


@pytest.mark.parametrize("spell", [lambda key: key.hex, str], ids=["as shown", "as usual"])
def test_a_key_is_filtered_as_the_field_for_it_spells_it(shown: FlaskClient, kept_store: SQLiteDataStore, spell: Any) -> None:
    rock = kept_store[Tag].get(name="rock")
    assert rows(shown, "/key/?artist=1")[0]["tags"][0] in {tag.pk.hex for tag in kept_store[Tag]}
    assert found(shown, f"/key/?tags={spell(rock.pk)}") == [1]


def test_the_filters_are_repeated_as_they_were_sent(shown: FlaskClient) -> None:
    answer = row(shown.get("/link/?artist=/artist/1/&tracks=1&tracks=2"))
    assert answer["meta"]["filters"] == {"artist": "/artist/1/", "tracks": ["1", "2"]}
    following = row(shown.get("/link/?tracks=/track/1/&tracks=/track/3/&count=1"))["meta"]["next"]
    assert found(shown, f"/link/{following}") == [2]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/key/?artist=x", '"artist": A valid integer is required.'),
        ("/key/?tracks=x", '"tracks": A valid integer is required.'),
        ("/key/?tags=x", '"tags": Must be a valid UUID.'),
        ("/key/?artits=1", 'unknown filter "artits"; did you mean "artist"?'),
        ("/key/?track=1", 'unknown filter "track"; did you mean "tracks"?'),
        ("/key/?artist__nam=Queen", 'unknown field "nam"; did you mean "name"?'),
        ("/link/?artist=/track/1/", '"artist": Invalid hyperlink - Incorrect URL match.'),
        ("/link/?artist=/nowhere/1/", '"artist": Invalid hyperlink - No URL match.'),
        ("/link/?artist=http://example.com/artist/1/", '"artist": Invalid hyperlink - No URL match.'),
        ("/link/?artist=/artist/x/", '"artist": Invalid hyperlink - Object does not exist.'),
        ("/link/?artist=x", '"artist": A valid integer is required.'),
        ("/source/?title=Untitled", 'unknown filter "title"'),
        ("/source/?nam=Untitled", 'unknown filter "nam"; did you mean "name"?'),
        ("/source/?ordering=-nam", 'unknown ordering "nam"; did you mean "name"?'),
        ("/source/?born=x", '"born": A valid integer is required.'),
        ("/slug/?ordering=tags", 'unknown ordering "tags"'),
    ],
)
def test_a_filter_that_means_nothing_is_refused(shown: FlaskClient, path: str, said: str) -> None:
    assert error(shown.get(path), 400) == said


@pytest.mark.parametrize(("ordering", "keys"), [
    ("name", [4, 2, 1, 3]), ("-name", [3, 1, 2, 4]), ("-id", [4, 3, 2, 1]), ("born", [2, 3, 4, 1]), ("-colour,-id", [1, 4, 3, 2]),
    ("label_name:nullslast", [1, 2, 3, 4]), ("label:nullslast", [1, 4, 2, 3]),
])  # fmt: skip
def test_lists_are_ordered_by_the_names_that_are_shown(shown: FlaskClient, ordering: str, keys: list[int]) -> None:
    assert found(shown, f"/source/?ordering={ordering}") == keys


class AddressLink(HyperlinkedModelSerializer):
    class Meta:
        model = User
        fields = ("first_name", "last_name", "address")


@pytest.mark.parametrize("value", ["1", "/address/1/", "http://localhost/address/1/"])
def test_a_user_is_found_by_the_address(serve: Serve, store: SQLiteDataStore, value: str) -> None:
    client = serve(type("Users", (Endpoint,), {"serializer": AddressLink}), Address)
    for number in (45, 46):
        store[Address].create(country="France", city="Paris", street="quai de Valmy", number=number)
    store[User].bulk_create([{"first_name": name, "last_name": "Dupont", "address": key} for name, key in (("Super", 1), ("Ordinary", 2))])
    assert rows(client, f"/users/?address={value}") == [
        {"first_name": "Super", "last_name": "Dupont", "address": "http://localhost/address/1/", "ressource_uri": "/users/1/"},
    ]


class ArtistOnLabel(HyperlinkedRelatedField):
    """The link of an artist has the name of the label in it."""

    view_name = "artist-on-label"

    def get_url(self, obj: Artist, view_name: str, links: Any, format: str | None) -> str | None:
        return links.reverse(view_name, label=obj.label.name, key=obj.pk) if obj.label else None

    def get_object(self, view_name: str, view_args: tuple[Any, ...], view_kwargs: Mapping[str, Any]) -> Any:
        return self.get_queryset().get(label__name=view_kwargs["label"], pk=view_kwargs["key"])


@pytest.fixture
def labelled(store: SQLiteDataStore) -> FlaskClient:
    kind = type("AlbumSerializer", (ModelSerializer,), {
        "artist": ArtistOnLabel(queryset=Artist), "shown": ArtistOnLabel(source="artist", read_only=True),
        "Meta": type("Meta", (), {"model": Album, "fields": ("id", "title", "artist", "shown")}),
    })  # fmt: skip
    app = Flask("application")
    app.add_url_rule("/<label>/<int:key>/", "artist-on-label", lambda **values: values)
    Wrapper([type("Albums", (Endpoint,), {"serializer": kind})], datastore=store, models=MODELS).init_app(app, url_prefix="/api")
    fill(store)
    return app.test_client()


def test_a_link_of_several_parts_is_a_filter(labelled: FlaskClient) -> None:
    assert row(labelled.get("/api/album/1/"))["artist"] == "http://localhost/EMI/1/"
    assert found(labelled, "/api/album/?artist=/EMI/1/") == [1]
    assert found(labelled, "/api/album/?artist=2") == [2]
    assert error(labelled.get("/api/album/?artist=/EMI/2/"), 400) == '"artist": Invalid hyperlink - Object does not exist.'


def test_a_link_of_several_parts_that_is_only_shown_is_filtered_by_the_key(labelled: FlaskClient) -> None:
    assert row(labelled.get("/api/album/1/"))["shown"] == "http://localhost/EMI/1/"
    assert found(labelled, "/api/album/?shown=1") == [1]
    assert error(labelled.get("/api/album/?shown=/EMI/1/"), 400) == '"shown": A valid integer is required.'
