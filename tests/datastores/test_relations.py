"""ForeignKey and OneToOneField in Python, over every store: the row, its key, what points at it, and what that costs."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pyrest import MemoryDataStore, Misdeclared, QuerySet, SQLiteDataStore, UnknownName, ValidationError, models
from pyrest.store import Store


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    artist = models.ForeignKey(Artist, required=True, related_name="albums", on_delete="cascade")


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    album = models.ForeignKey("album", related_name="tracks", column="AlbumId")

    class Meta:
        ordering = ("-title",)


class Cover(models.Model):
    id = models.PkField()
    album = models.OneToOneField(Album, required=True)


class Label(models.Model):
    code = models.StringPkField()
    parent = models.ForeignKey("label", related_name="children")


MODELS = (Cover, Track, Label)


def fill(store: Store) -> None:
    """Two artists, three albums, six tracks, one cover."""
    queen, abba = store[Artist].bulk_create([{"name": "Queen"}, {"name": "ABBA"}])
    titles = {"Jazz": queen, "Arrival": abba, "Waterloo": 2}
    albums = store[Album].bulk_create({"title": title, "artist": artist} for title, artist in titles.items())
    store[Track].bulk_create({"title": f"Track {n}", "album_id": albums[n % 3].pk} for n in range(6))
    store[Cover].create(album=albums[0])


# The row and its key


def test_a_foreign_key_gives_the_row_and_its_key(store: Store) -> None:
    track = store[Track].get(title="Track 1")
    assert (track.album.title, track.album.artist.name) == ("Arrival", "ABBA")
    assert track.album_id == 2


def test_null_gives_none(store: Store) -> None:
    track = store[Track].create(title="Single")
    assert track.album is None
    assert track.album_id is None


@pytest.mark.parametrize("values", [{"artist": 2}, {"artist_id": 2}, {"artist": "row"}, {"artist_id": "row"}], ids=str)
def test_writing_takes_the_row_or_the_key(store: Store, values: dict[str, Any]) -> None:
    given = {name: store[Artist].get(id=2) if value == "row" else value for name, value in values.items()}
    created = store[Album].create(title="Ring Ring", **given)
    assert created.artist == store[Artist].get(name="ABBA")
    store[Album].filter(id=1).update(**given)
    assert store[Album].get(id=1).artist_id == 2
    assert store[Album].filter(**given).count() == 4


def test_a_row_and_its_key_cannot_both_be_given(store: Store) -> None:
    with pytest.raises(ValidationError, match="given twice"):
        store[Album].create(title="Both", artist=1, artist_id=2)


def test_a_row_of_another_model_is_refused(store: Store) -> None:
    with pytest.raises(ValidationError, match="A row of Artist is required, not one of Cover"):
        store[Album].create(title="Wrong", artist=store[Cover].get())


def test_a_row_that_is_not_stored_cannot_be_pointed_at(store: Store) -> None:
    with pytest.raises(ValidationError, match="not stored"):
        store[Album].create(title="Wrong", artist=Artist(name="Nobody"))


def test_a_row_that_comes_from_no_store_has_only_the_key() -> None:
    album = Album(title="Loose", artist=3)
    assert album.artist_id == 3
    with pytest.raises(Misdeclared, match="comes from no store, so artist cannot be fetched; artist_id is 3"):
        _ = album.artist


def test_a_pickled_row_keeps_its_values(store: Store) -> None:
    album = pickle.loads(pickle.dumps(store[Album].get(id=1)))
    assert (album, album.artist_id) == (store[Album].get(id=1), 1)


# Lookups through foreign keys


def titles(rows: QuerySet[Any]) -> list[str]:
    return [row.title for row in rows.order_by("title")]


EVEN = [f"Track {n}" for n in (1, 2, 4, 5)]
"""The tracks of albums by ABBA."""


@pytest.mark.parametrize(
    ("lookups", "found"),
    [
        ({"album__artist__name": "ABBA"}, EVEN),
        ({"album__artist__name__lt": "B"}, EVEN),
        ({"album__artist__name__in": ["ABBA", "Nobody"]}, EVEN),
        ({"album__artist__pk": 2}, EVEN),
        ({"album__artist": 2}, EVEN),
        ({"album__pk__gte": 2}, EVEN),
        ({"album__artist__name": "Nobody"}, []),
        ({"album__artist__name": "ABBA", "album__title": "Arrival"}, ["Track 1", "Track 4"]),
        ({"album__artist__name__ne": "ABBA"}, ["Single", "Track 0", "Track 3"]),
        ({"album__artist__name__isnull": True}, ["Single"]),
        ({"album__artist__name": None}, ["Single"]),
        ({"album__artist__name__isnull": False}, [f"Track {n}" for n in range(6)]),
    ],
    ids=str,
)
def test_a_lookup_follows_foreign_keys(store: Store, lookups: dict[str, Any], found: list[str]) -> None:
    store[Track].create(title="Single")
    assert titles(store[Track].filter(**lookups)) == found
    everything = titles(store[Track].all())
    assert titles(store[Track].exclude(**lookups)) == [title for title in everything if title not in found]


def test_a_path_takes_a_row_at_its_end(store: Store) -> None:
    assert titles(store[Track].filter(album__artist=store[Artist].get(name="ABBA"))) == EVEN
    assert store[Cover].get(album__artist__name="Queen", pk=1).album.title == "Jazz"


def test_a_path_goes_through_a_model_to_itself(store: Store) -> None:
    store[Label].bulk_create([{"code": "emi"}, {"code": "parlophone", "parent": "emi"}, {"code": "harvest", "parent": "parlophone"}])
    assert store[Label].get(parent__parent__code="emi").pk == "harvest"
    assert {label.pk for label in store[Label].filter(parent__parent__pk__isnull=True)} == {"emi", "parlophone"}


def test_what_a_path_leads_to_is_changed_and_deleted(store: Store) -> None:
    assert store[Track].filter(album__artist__name="ABBA").update(title="Same") == 4
    assert store[Track].filter(album__title="Jazz").delete() == 2
    assert titles(store[Track].all()) == ["Same"] * 4


def test_a_path_asks_in_one_statement(music: SQLiteDataStore) -> None:
    fill(music)
    with music.recorded() as statements:
        assert music[Track].filter(album__artist__name="ABBA").count() == 4
    assert statements == [
        """SELECT count(*) FROM "track" WHERE "AlbumId" IN (SELECT "id" FROM "album" WHERE """
        """"artist" IN (SELECT "id" FROM "artist" WHERE "name" = 'ABBA'))"""
    ]


def test_a_path_uses_the_indexes_of_its_foreign_keys(music: SQLiteDataStore) -> None:
    with music.recorded() as statements:
        list(music[Track].filter(album__artist=2))
    with closing(sqlite3.connect(music.location)) as file:
        plan = [detail for *_, detail in file.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]
    assert not [step for step in plan if step.startswith("SCAN")], plan


# What points at a row


def test_the_reverse_side_is_a_queryset(store: Store) -> None:
    album = store[Album].get(title="Arrival")
    assert [track.title for track in album.tracks.all()] == ["Track 4", "Track 1"]  # in the order of Track.Meta
    assert album.tracks.count() == 2
    assert album.tracks.filter(title="Track 1").get().album == album
    assert [track.title for track in album.tracks.order_by("title")[:1]] == ["Track 1"]


def test_what_is_created_on_the_reverse_side_belongs_to_the_row(store: Store) -> None:
    album = store[Album].get(title="Jazz")
    album.tracks.create(title="Mustapha")
    album.tracks.bulk_create([{"title": "Jealousy"}, Track(title="Dead on Time")])
    assert store[Track].filter(album=album).count() == 5


def test_the_reverse_side_of_one_to_one_is_a_row_or_none(store: Store) -> None:
    jazz, arrival = store[Album].filter(id__in=[1, 2])
    assert jazz.cover == store[Cover].get()
    assert arrival.cover is None


def test_a_self_reference_leads_both_ways(store: Store) -> None:
    root = store[Label].create(code="EMI")
    store[Label].create(code="Parlophone", parent=root)
    assert [label.code for label in root.children.all()] == ["Parlophone"]
    assert store[Label].get(code="Parlophone").parent == root


def test_a_misspelt_relation_names_the_nearest(store: Store) -> None:
    album = store[Album].get(id=1)
    with pytest.raises(AttributeError, match=r"Album has no attribute 'trakcs'; did you mean \"tracks\""):
        _ = album.trakcs
    assert not hasattr(album, "anything")


def test_deleting_a_target_follows_on_delete(store: Store) -> None:
    store[Cover].delete()
    store[Track].delete()
    store[Artist].filter(name="ABBA").delete()
    assert [album.title for album in store[Album].all()] == ["Jazz"]


# What it costs


@pytest.fixture
def music(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    kept = SQLiteDataStore(tmp_path / "music.db", models=MODELS)
    yield kept
    kept.close()


@pytest.mark.parametrize("size", [1, 10, 500])
def test_a_relation_costs_one_statement_however_many_rows_use_it(music: SQLiteDataStore, size: int) -> None:
    artists = music[Artist].bulk_create({"name": f"Artist {n}"} for n in range(size))
    albums = music[Album].bulk_create({"title": f"Album {n}", "artist": artist} for n, artist in enumerate(artists))
    music[Track].bulk_create({"title": f"Track {n}", "album": album} for n, album in enumerate(albums))
    with music.recorded() as forward:
        names = [track.album.artist.name for track in music[Track].order_by("id")]
    assert names == [f"Artist {n}" for n in range(size)]
    assert len(forward) == 3
    with music.recorded() as backward:
        titles = [track.title for artist in music[Artist].all() for album in artist.albums for track in album.tracks.all()]
    assert titles == [f"Track {n}" for n in range(size)]
    assert len(backward) == 3


def test_what_is_created_together_are_peers(music: SQLiteDataStore) -> None:
    fill(music)
    tracks = music[Track].bulk_create({"title": f"Bonus {n}", "album": n} for n in (1, 2, 3))
    with music.recorded() as statements:
        assert [track.album.title for track in tracks] == ["Jazz", "Arrival", "Waterloo"]
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("queryset", "statements"),
    [
        (QuerySet(Track).select_related("album__artist"), 3),
        (QuerySet(Cover).select_related("album"), 2),
        (QuerySet(Album).select_related("cover", "artist"), 3),
        (QuerySet(Artist).prefetch_related("albums__tracks", "albums__cover"), 4),
    ],
    ids=["two forward", "one to one", "back to one", "to many"],
)
def test_relations_can_be_fetched_along(music: SQLiteDataStore, queryset: QuerySet[Any], statements: int) -> None:
    fill(music)
    with music.recorded() as at_once:
        rows = list(queryset.on(music))
    assert len(at_once) == statements
    with music.recorded() as later:
        for row in rows:
            _ = [getattr(row, name.split("__")[0]) for name, _ in queryset.along]
    assert later == []


@pytest.mark.parametrize(
    ("narrowed", "message"),
    [
        (QuerySet(Track).select_related("albun"), 'unknown relation "albun"; did you mean "album"?'),
        (QuerySet(Track).prefetch_related("album__artits"), 'unknown relation "artits"; did you mean "artist"?'),
        (QuerySet(Artist).select_related("albums"), 'unknown relation "albums"'),
    ],
    ids=["misspelt", "misspelt further on", "to many"],
)
def test_a_path_that_leads_nowhere_is_refused(store: Store, narrowed: QuerySet[Any], message: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        list(narrowed.on(store))
    assert str(refusal.value) == message


# Declarations


def test_targets_named_by_class_belong_to_the_catalog(store: Store) -> None:
    assert set(store.catalog.models) == {Artist, Album, Track, Cover, Label}


def declared(**fields: Any) -> type[models.Model]:
    return type("Row", (models.Model,), {"id": models.PkField(), **fields})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"album": models.ForeignKey("albun")}, 'Row.album: no model has the table "albun"; did you mean "album"?'),
        ({"album": models.ForeignKey(Album, related_name="artist")}, 'Row.album: its reverse name "artist" hides Album.artist'),
    ],
    ids=["no such table", "a hidden field"],
)
def test_what_the_catalog_refuses(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        MemoryDataStore(models=[declared(**fields), Album])
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"album": models.ForeignKey(3)}, "Row.album: it points at a model class or the name of a table, not 3"),
        ({"album": models.ForeignKey(Album, on_delete="cascad")}, "Row.album: on_delete is one of restrict, cascade, set_null"),
        ({"album": models.ForeignKey(Album, required=True, on_delete="set_null")}, "Row.album: on_delete='set_null' needs a field"),
        ({"album": models.ForeignKey(Album, choices=[1])}, "Row.album: choices cannot be said"),
        ({"album": models.OneToOneField(Album, unique=False)}, "Row.album: a OneToOneField is unique"),
        ({"album": models.ForeignKey(Album), "album_id": models.IntegerField()}, "Row.album: Row.album_id is its key"),
    ],
    ids=["no target", "on_delete", "set_null", "choices", "unique", "the key's name"],
)
def test_what_the_class_refuses(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        declared(**fields)
    assert str(refusal.value).startswith(message)


def test_foreign_and_a_foreign_key_exclude_each_other() -> None:
    with pytest.raises(Misdeclared, match="says where it points by its first argument"):
        models.ForeignKey(Album, foreign=("album", "id"))


def test_a_table_that_is_only_a_name_must_be_known_before_it_is_used() -> None:
    with pytest.raises(Misdeclared, match="the table 'shelf' is not known before a Wrapper or a store has its model"):
        declared(shelf=models.ForeignKey("shelf"))(shelf=1)


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (Album, "    artist = ForeignKey(Artist, on_delete='cascade', related_name='albums', required=True)"),
        (Track, "    album = ForeignKey('album', column='AlbumId', related_name='tracks')"),
        (Cover, "    album = OneToOneField(Album, required=True)"),
    ],
)
def test_repr_is_what_one_would_type(model: type[models.Model], line: str) -> None:
    assert line in repr(model).splitlines()
