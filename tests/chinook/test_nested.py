"""Relations of real data: the Chinook database shown nested, by links and by slugs, held against what SQL makes of the same file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, SQLiteDataStore, Wrapper, models
from pyrest.serializers import HyperlinkedRelatedField, ModelSerializer, PrimaryKeyRelatedField, SlugRelatedField
from tests.elsewhere import commit_elsewhere
from tutorial.chinook import (
    Album,
    Albums,
    Artist,
    Artists,
    Customer,
    Employee,
    Genre,
    Genres,
    Invoice,
    InvoiceLine,
    MediaType,
    PlaylistTrack,
    Track,
    Tracks,
)


class Playlist(models.Model):
    """A playlist as the tutorial has it, which knows its tracks."""

    id = models.PkField(column="PlaylistId")
    name = models.StringField(max_length=120, column="Name")
    tracks = models.ManyToManyField(Track, through=PlaylistTrack, related_name="playlists")

    class Meta:
        table = "Playlist"


class GenreSerializer(ModelSerializer):
    class Meta:
        model = Genre
        fields = ("name",)


class TrackSerializer(ModelSerializer):
    genre = GenreSerializer(read_only=True)

    class Meta:
        model = Track
        fields = ("id", "name", "unit_price", "genre")


class AlbumSerializer(ModelSerializer):
    tracks = TrackSerializer(source="track_set", many=True, read_only=True)

    class Meta:
        model = Album
        fields = ("title", "tracks")


class ArtistSerializer(ModelSerializer):
    albums = AlbumSerializer(source="album_set", many=True, read_only=True)

    class Meta:
        model = Artist
        fields = ("id", "name", "albums")


class LinkedAlbumSerializer(ModelSerializer):
    artist = HyperlinkedRelatedField(queryset=Artist)
    tracks = HyperlinkedRelatedField(source="track_set", many=True, read_only=True)

    class Meta:
        model = Album
        fields = ("id", "title", "artist", "tracks")


class LineSerializer(ModelSerializer):
    track = SlugRelatedField("name", read_only=True)
    album = SlugRelatedField("album__title", source="track", read_only=True)
    customer = models.StringField(source="invoice.customer.last_name", read_only=True)

    class Meta:
        model = InvoiceLine
        fields = ("id", "track", "album", "customer", "quantity")


class PlaylistSerializer(ModelSerializer):
    tracks = SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Playlist
        fields = ("id", "name", "tracks")


class ListedTrackSerializer(ModelSerializer):
    playlists = PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Track
        fields = ("id", "playlists")


class WholeArtists(Endpoint):
    name = "whole-artists"
    serializer = ArtistSerializer
    max_page_size = 500


class LinkedAlbums(Endpoint):
    name = "linked-albums"
    serializer = LinkedAlbumSerializer
    max_page_size = 500


class Lines(Endpoint):
    name = "lines"
    serializer = LineSerializer
    list_methods = ("GET",)
    max_page_size = 3000


class Playlists(Endpoint):
    name = "playlists"
    serializer = PlaylistSerializer
    nested = ("tracks",)


class ListedTracks(Endpoint):
    name = "listed-tracks"
    serializer = ListedTrackSerializer
    list_methods = ("GET",)
    max_page_size = 4000


ENDPOINTS = (Artists, Albums, Tracks, Genres, MediaType, Customer, Employee, Invoice, PlaylistTrack)
SHOWN = (WholeArtists, LinkedAlbums, Lines, Playlists, ListedTracks)

Object = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """The API over a copy of the file, and the copy as sqlite3 reads it."""

    client: FlaskClient
    store: SQLiteDataStore
    connection: sqlite3.Connection

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def sql(self, text: str) -> list[Any]:
        """The only column of a query."""
        return [value for (value,) in self.connection.execute(text)]

    def objects(self, text: str) -> list[Object]:
        """The same, where it is JSON."""
        return [json.loads(value) for value in self.sql(text)]

    def statements(self, path: str) -> list[str]:
        """What a request asks where nothing is known yet, apart from its transaction and what touches no table."""
        commit_elsewhere(self.store)
        with self.store.recorded() as recorded:
            self.get(path)
        return [text for text in recorded if text not in ("BEGIN", "COMMIT") and not text.startswith("PRAGMA")]


@pytest.fixture(scope="module")
def shop(copy: Path, connection: sqlite3.Connection) -> Iterator[Shop]:
    store = SQLiteDataStore(copy)
    client = Wrapper([*ENDPOINTS, *SHOWN], datastore=store).create_app().test_client()
    with closing(store):
        yield Shop(client, store, connection)


def without_links(objects: list[Object]) -> list[Object]:
    """Objects apart from their own addresses."""
    return [{name: value for name, value in shown.items() if name != "ressource_uri"} for shown in objects]


def test_artists_albums_tracks_and_genres_in_one_request(shop: Shop) -> None:
    genre = "(SELECT json_object('name', g.Name) FROM Genre g WHERE g.GenreId = t.GenreId)"
    track = f"json_object('id', t.TrackId, 'name', t.Name, 'unit_price', printf('%.2f', t.UnitPrice), 'genre', json({genre}))"
    tracks = f"(SELECT json_group_array({track}) FROM (SELECT * FROM Track WHERE AlbumId = b.AlbumId ORDER BY TrackId) t)"
    album = f"json_object('title', b.Title, 'tracks', json({tracks}))"
    albums = f"(SELECT json_group_array({album}) FROM (SELECT * FROM Album WHERE ArtistId = a.ArtistId ORDER BY AlbumId) b)"
    wanted = shop.objects(f"SELECT json_object('id', ArtistId, 'name', Name, 'albums', json({albums})) FROM Artist a ORDER BY ArtistId")
    page = shop.get("/whole-artists/?count=500")
    assert page["meta"]["total_count"] == len(wanted) == 275
    assert without_links(page["object_list"]) == wanted
    assert sum(len(album["tracks"]) for artist in wanted for album in artist["albums"]) == 3503


@pytest.mark.parametrize("count", [1, 20, 275])
def test_that_request_is_five_statements(shop: Shop, count: int) -> None:
    tables = [text.partition(' FROM "')[2].partition('"')[0] for text in shop.statements(f"/whole-artists/?count={count}")]
    assert tables == ["Artist", "Artist", "Album", "Track", "Genre"]


def test_one_artist_with_everything(shop: Shop) -> None:
    shown = shop.get("/whole-artists/8/")
    assert [album["title"] for album in shown["albums"]] == ["Audioslave", "Out Of Exile", "Revelations"]
    assert shown["albums"][0]["tracks"][0] == {"id": 85, "name": "Cochise", "unit_price": "0.99", "genre": {"name": "Rock"}}


def test_albums_with_links_to_their_artist_and_tracks(shop: Shop) -> None:
    link = "'http://localhost/tracks/' || TrackId || '/'"
    tracks = f"(SELECT json_group_array({link}) FROM (SELECT TrackId FROM Track WHERE AlbumId = a.AlbumId ORDER BY TrackId))"
    artist = "'http://localhost/artists/' || ArtistId || '/'"
    wanted = shop.objects(
        f"SELECT json_object('id', AlbumId, 'title', Title, 'artist', {artist}, 'tracks', json({tracks})) FROM Album a ORDER BY AlbumId"
    )
    page = shop.get("/linked-albums/?count=500")
    assert page["meta"]["total_count"] == len(wanted) == 347
    assert without_links(page["object_list"]) == wanted
    assert len(shop.statements("/linked-albums/?count=500")) == 2


@pytest.mark.parametrize("link", ["/artists/90/", "http://localhost/artists/90/", "90"])
def test_albums_are_filtered_by_the_link_of_their_artist(shop: Shop, link: str) -> None:
    page = shop.get(f"/linked-albums/?artist={link}&count=100")
    assert [shown["id"] for shown in page["object_list"]] == shop.sql("SELECT AlbumId FROM Album WHERE ArtistId = 90 ORDER BY AlbumId")
    assert len(page["object_list"]) == 21


def test_every_link_leads_to_its_row(shop: Shop) -> None:
    shown = shop.get("/linked-albums/100/")
    assert shop.get(shown["artist"])["name"] == "Iron Maiden"
    assert [shop.get(link)["album"] for link in shown["tracks"]] == [100] * len(shown["tracks"])


def test_invoice_lines_with_the_names_of_what_they_lead_to(shop: Shop) -> None:
    wanted = shop.objects(
        "SELECT json_object('id', InvoiceLineId, 'track', t.Name, 'album', b.Title, 'customer', c.LastName, 'quantity', Quantity)"
        " FROM InvoiceLine JOIN Track t USING (TrackId) JOIN Album b USING (AlbumId)"
        " JOIN Invoice USING (InvoiceId) JOIN Customer c USING (CustomerId) ORDER BY InvoiceLineId"
    )
    page = shop.get("/lines/?count=3000")
    assert page["meta"]["total_count"] == len(wanted) == 2240
    assert without_links(page["object_list"]) == wanted
    # Lines, tracks, albums, invoices, customers.
    assert len(shop.statements("/lines/?count=3000")) == 5


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("track=Believe", "t.Name = 'Believe'"),
        ("track=The+Number+Of+The+Beast", "t.Name = 'The Number Of The Beast'"),
        ("track=Wrathchild&track=Aces+High", "t.Name IN ('Wrathchild', 'Aces High')"),
        ("customer=K%C3%B6hler", "c.LastName = 'Köhler'"),
        ("customer=Hansen&track=Evil+Walks&quantity=1", "c.LastName = 'Hansen' AND t.Name = 'Evil Walks'"),
    ],
)
def test_invoice_lines_are_filtered_by_what_is_shown(shop: Shop, query: str, condition: str) -> None:
    wanted = shop.sql(
        "SELECT InvoiceLineId FROM InvoiceLine JOIN Track t USING (TrackId) JOIN Invoice USING (InvoiceId)"
        f" JOIN Customer c USING (CustomerId) WHERE {condition} ORDER BY InvoiceLineId"
    )
    page = shop.get(f"/lines/?count=100&{query}")
    assert wanted
    assert [shown["id"] for shown in page["object_list"]] == wanted


def test_playlists_with_their_tracks(shop: Shop) -> None:
    joined = "SELECT t.Name FROM PlaylistTrack JOIN Track t USING (TrackId) WHERE PlaylistId = p.PlaylistId ORDER BY t.TrackId"
    tracks = f"(SELECT json_group_array(Name) FROM ({joined}))"
    wanted = shop.objects(
        f"SELECT json_object('id', PlaylistId, 'name', Name, 'tracks', json({tracks})) FROM Playlist p ORDER BY PlaylistId"
    )
    page = shop.get("/playlists/?count=100")
    assert without_links(page["object_list"]) == wanted
    assert sum(len(playlist["tracks"]) for playlist in wanted) == 8715
    assert len(shop.statements("/playlists/?count=100")) == 2


def test_tracks_with_their_playlists(shop: Shop) -> None:
    joined = "SELECT PlaylistId FROM PlaylistTrack WHERE TrackId = t.TrackId ORDER BY PlaylistId"
    playlists = f"(SELECT json_group_array(PlaylistId) FROM ({joined}))"
    wanted = shop.objects(f"SELECT json_object('id', TrackId, 'playlists', json({playlists})) FROM Track t ORDER BY TrackId")
    assert without_links(shop.get("/listed-tracks/?count=4000")["object_list"]) == wanted
    assert len(shop.statements("/listed-tracks/?count=4000")) == 2


def test_the_tracks_of_a_playlist_have_an_address_of_their_own(shop: Shop) -> None:
    wanted = shop.sql("SELECT TrackId FROM PlaylistTrack WHERE PlaylistId = 5 ORDER BY TrackId")
    page = shop.get("/playlists/5/tracks/?count=100&offset=50")
    assert page["meta"]["total_count"] == len(wanted) == 1477
    assert [shown["id"] for shown in page["object_list"]] == wanted[50:150]
