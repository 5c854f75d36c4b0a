"""Lists in `create`, `bulk_create` and `update`, over every store: the rows that are written along with a row, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pyrest import SQLiteDataStore, UnknownName, ValidationError, models
from pyrest.relating import relate, relate_new
from pyrest.store import Store


class Tag(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    nick = models.SlugField(unique=True)


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    artist = models.ForeignKey(Artist, related_name="albums")
    tags = models.ManyToManyField(Tag)
    similar = models.ManyToManyField("album", related_name="similar_to")
    notes = models.GenericRelation("note")


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    album = models.ForeignKey(Album, required=True, related_name="tracks")


class Cover(models.Model):
    id = models.PkField()
    album = models.OneToOneField(Album)


class Barcode(models.Model):
    id = models.PkField()
    album = models.OneToOneField(Album, required=True)


class Credit(models.Model):
    """Its foreign key points at a column that is not the key, and holds plain values."""

    id = models.PkField()
    nick = models.SlugField(foreign=("artist", "nick"), related_name="credits")


class Note(models.Model):
    id = models.PkField()
    table = models.StringField()
    key = models.StringField()
    of = models.GenericForeignKey("table", "key")


class Stamp(models.Model):
    """Its pair is never null."""

    id = models.PkField()
    table = models.StringField(required=True)
    key = models.UUIDField(required=True)
    of = models.GenericForeignKey("table", "key")


class Box(models.Model):
    id = models.UUIDPkField()
    stamps = models.GenericRelation(Stamp)
    notes = models.GenericRelation(Note)


class Label(models.Model):
    code = models.StringPkField()
    parent = models.ForeignKey("label", related_name="children")
    partners = models.ManyToManyField("label", through="contract", related_name="+")


class Contract(models.Model):
    id = models.PkField()
    near = models.ForeignKey(Label, required=True, related_name="+")
    far = models.ForeignKey(Label, required=True, related_name="+")
    year = models.IntegerField(required=True)


MODELS = (Track, Cover, Barcode, Credit, Box, Label, Contract)
BOX = UUID(int=7)


def fill(store: Store) -> None:
    """Four tags, two artists, three albums, two tracks, two covers, a barcode, two notes."""
    store[Tag].bulk_create({"name": name} for name in ("rock", "pop", "jazz", "folk"))
    store[Artist].bulk_create([{"name": "Joni", "nick": "joni"}, {"name": "Ella"}])
    blue, hejira, _ = store[Album].bulk_create({"title": title, "artist": 1} for title in ("Blue", "Hejira", "Mingus"))
    blue.tags.add(1, 3)
    hejira.tags.add(1)
    store[Track].bulk_create({"title": title, "album": 1} for title in ("Carey", "Blue"))
    store[Cover].bulk_create([{"album": 1}, {}])
    store[Barcode].create(album=2)
    store[Note].bulk_create([{"of": blue}, {}])


def album(store: Store, key: int = 1) -> Any:
    return store[Album].get(pk=key)


def keys(rows: Any) -> list[Any]:
    return sorted(row.pk for row in rows)


# Created along with a row


@pytest.mark.parametrize("by", ["rows", "keys", "both", "queryset", "generator"])
def test_a_new_row_is_joined_with_the_rows_given(store: Store, by: str) -> None:
    wanted = store[Tag].filter(pk__in=[2, 4])
    two, four = wanted.order_by("pk")
    given: Any = {
        "rows": [two, four],
        "keys": (2, 4),
        "both": [two, 4, 2, four],
        "queryset": wanted,
        "generator": (n for n in (2, 4)),
    }[by]
    created = store[Album].create(title="New", tags=given)
    assert keys(created.tags) == keys(album(store, created.pk).tags) == [2, 4]
    assert keys(album(store).tags) == [1, 3]


def test_the_other_side_joins_too(store: Store) -> None:
    created: Any = store[Tag].create(name="new", album_set=[album(store, 1), 3])
    assert keys(created.album_set) == [1, 3]
    assert keys(album(store, 1).tags) == [1, 3, created.pk]


def test_both_directions_of_one_relation(store: Store) -> None:
    created: Any = store[Album].create(title="New", similar=[1, 2], similar_to=[2, 3])
    assert (keys(created.similar), keys(created.similar_to)) == ([1, 2], [2, 3])


def test_an_empty_list_relates_to_nothing(store: Store) -> None:
    created: Any = store[Album].create(title="New", tags=[], tracks=(), cover=None, notes=[])
    assert (keys(created.tags), keys(created.tracks), created.cover, keys(created.notes)) == ([], [], None, [])


def test_a_new_row_is_pointed_at_by_the_rows_given(store: Store) -> None:
    created: Any = store[Artist].create(name="Queen", albums=[album(store, 1), 2])
    assert keys(created.albums) == [1, 2]
    assert [found.artist_id for found in store[Album].order_by("pk")] == [created.pk, created.pk, 1]


@pytest.mark.parametrize("by", ["row", "key"])
def test_a_one_to_one_takes_a_row_or_a_key(store: Store, by: str) -> None:
    given = store[Cover].get(pk=1) if by == "row" else 1
    created: Any = store[Album].create(title="New", cover=given)
    assert created.cover.pk == 1
    assert album(store, 1).cover is None


def test_a_column_that_is_not_the_key_may_be_pointed_at(store: Store) -> None:
    first, _ = store[Credit].bulk_create([{}, {}])
    created: Any = store[Artist].create(name="Queen", nick="queen", credits=[first, 2])
    assert [credit.nick for credit in store[Credit].all()] == ["queen", "queen"]
    assert keys(created.credits) == [1, 2]
    with pytest.raises(ValidationError) as refusal:
        store[Artist].create(name="Nobody", credits=[1])
    assert refusal.value.errors == {"credits": ["This row has no nick, so nothing can point at it."]}


def test_a_field_with_foreign_is_written_with_a_row_too(store: Store) -> None:
    joni, ella = store[Artist].order_by("pk")
    assert store[Credit].create(nick=joni).nick == "joni"
    assert store[Credit].update(nick=store[Artist].create(name="Queen", nick="queen")) == 1
    assert store[Credit].get().nick == "queen"
    wrong = [(ella, "This row has no nick, so nothing can point at it."), (album(store), "A row of artist is required, not one of Album.")]
    for row, message in wrong:
        with pytest.raises(ValidationError) as refusal:
            store[Credit].create(nick=row)
        assert refusal.value.errors == {"nick": [message]}


def test_a_generic_relation_takes_rows(store: Store) -> None:
    created: Any = store[Album].create(title="New", notes=[store[Note].get(pk=1), 2])
    assert [(note.table, note.key) for note in created.notes] == [("album", str(created.pk))] * 2
    box: Any = store[Box].create(id=BOX, notes=[2])
    assert (keys(album(store, created.pk).notes), keys(box.notes), store[Note].get(pk=2).key) == ([1], [2], str(BOX))


def test_several_new_rows_each_have_lists_of_their_own(store: Store) -> None:
    rows: list[Any] = store[Album].bulk_create([
        {"title": "a", "tags": [1, 2], "cover": 1},
        {"title": "b"},
        Album(title="c"),
        {"title": "d", "tags": [2, 3], "notes": [2], "cover": 2},
    ])  # fmt: skip
    assert [keys(row.tags) for row in rows] == [[1, 2], [], [], [2, 3]]
    assert [row.cover and row.cover.pk for row in rows] == [1, None, None, 2]
    assert [keys(row.notes) for row in rows] == [[], [], [], [2]]


def test_new_rows_may_be_related_to_each_other(store: Store) -> None:
    emi, harvest = store[Label].bulk_create([{"code": "emi"}, {"code": "harvest", "children": ["emi"]}])
    assert (emi.parent, harvest.parent) == (harvest, None)
    assert list(harvest.children) == [emi]


def test_what_is_created_through_a_relation_takes_lists(store: Store) -> None:
    created: Any = store[Tag].get(pk=4).album_set.create(title="New", tags=[1, 4], tracks=[2])
    assert (keys(created.tags), keys(created.tracks)) == ([1, 4], [2])
    inner: Any = store[Artist].get(pk=2).albums.create(title="Inner", tags=[3])
    assert (inner.artist_id, keys(inner.tags)) == (2, [3])


def test_a_row_cannot_belong_to_two_new_rows(store: Store) -> None:
    with pytest.raises(ValidationError) as refusal:
        store[Artist].bulk_create([{"name": "a", "albums": [1, 2]}, {"name": "b", "albums": [2]}])
    assert refusal.value.errors == {"albums": ["A row of Album belongs to one row, and here are several to take it."]}
    assert store[Artist].count() == 2


# Replaced


@pytest.mark.parametrize("wanted", [[], [3], [2, 3], [1, 2, 3, 4]], ids=str)
def test_update_replaces_what_is_joined(store: Store, wanted: list[int]) -> None:
    assert store[Album].filter(pk__lte=2).update(tags=wanted) == 2
    assert [keys(found.tags) for found in store[Album].order_by("pk")] == [wanted, wanted, []]


def test_update_keeps_the_pairs_that_stay(store: Store) -> None:
    between: Any = store[store.catalog.by_table["album_tags"].model]
    kept = between.get(album=1, tag=3)
    store[Album].update(tags=[3])
    assert between.get(album=1, tag=3) == kept
    assert between.count() == 3


def test_the_rows_are_those_that_match_before(store: Store) -> None:
    assert store[Album].filter(title="Blue").update(title="Red", tags=[2]) == 1
    assert [(found.title, keys(found.tags)) for found in store[Album].order_by("pk")] == [("Red", [2]), ("Hejira", [1]), ("Mingus", [])]


def test_update_of_no_row_relates_nothing(store: Store) -> None:
    assert store[Album].filter(title="Nothing").update(tags=[1], tracks=[1], title="x") == 0
    assert keys(album(store).tracks) == [1, 2]


def test_rows_left_out_are_unlinked_where_that_may_be(store: Store) -> None:
    store[Album].create(title="Ella", artist=2)
    assert store[Artist].filter(pk=1).update(albums=[album(store, 2), 4]) == 1
    assert [found.artist_id for found in store[Album].order_by("pk")] == [None, 1, None, 1]


def test_rows_that_cannot_be_unlinked_stay(store: Store) -> None:
    with pytest.raises(ValidationError) as refusal:
        store[Album].filter(pk=1).update(title="Red", tracks=[2])
    assert refusal.value.errors == {"tracks": ["Track 1 would be left without album, which may not be null."]}
    assert (album(store).title, keys(album(store).tracks)) == ("Blue", [1, 2])
    assert store[Album].filter(pk=3).update(tracks=[1]) == 1
    assert (keys(album(store).tracks), keys(album(store, 3).tracks)) == ([2], [1])


@pytest.mark.parametrize(("given", "held"), [(2, [None, 1]), (1, [1, None]), (None, [None, None])], ids=str)
def test_update_replaces_a_one_to_one(store: Store, given: int | None, held: list[int | None]) -> None:
    store[Album].filter(pk=1).update(cover=given)
    assert [cover.album_id for cover in store[Cover].order_by("pk")] == held


def test_a_one_to_one_that_cannot_be_unlinked_stays(store: Store) -> None:
    other = store[Barcode].create(album=3)
    with pytest.raises(ValidationError) as refusal:
        store[Album].filter(pk=2).update(barcode=other)
    assert refusal.value.errors == {"barcode": ["Barcode 1 would be left without album, which may not be null."]}
    assert store[Album].filter(pk=1).update(barcode=other) == 1
    assert store[Barcode].get(pk=other.pk).album_id == 1


def test_update_replaces_a_generic_relation(store: Store) -> None:
    store[Album].filter(pk=1).update(notes=[2])
    assert [(note.table, note.key) for note in store[Note].order_by("pk")] == [(None, None), ("album", "1")]


def test_a_pair_that_is_never_null_stays(store: Store) -> None:
    box, other = store[Box].bulk_create([{"id": BOX}, {}])
    first, second = store[Stamp].bulk_create([{"of": box}, {"of": other}])
    with pytest.raises(ValidationError) as refusal:
        store[Box].filter(pk=BOX).update(stamps=[second])
    assert refusal.value.errors == {"stamps": ["Stamp 1 would be left without table, which may not be null."]}
    store[Box].filter(pk=BOX).update(stamps=[first, second])
    assert (keys(store[Box].get(pk=BOX).stamps), keys(store[Box].get(pk=other.pk).stamps)) == ([1, 2], [])


@pytest.mark.parametrize("given", [{"albums": [3]}, {"albums": []}, {"albums": [1], "name": "x"}], ids=str)
def test_a_reverse_relation_is_replaced_for_one_row_at_a_time(store: Store, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        store[Artist].update(**given)
    assert refusal.value.errors == {"albums": ["A row of Album belongs to one row, and here are 2 to take it."]}
    assert keys(store[Artist].get(name="Joni").albums) == [1, 2, 3]


def test_what_is_replaced_through_a_row_is_seen_through_it(store: Store) -> None:
    seen: Any = store[Tag].get(pk=1).album_set
    assert keys(seen) == [1, 2]
    seen.update(tags=[2])
    assert keys(seen) == []


# Refused


WRONG: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"tags": [1, 99, 98]}, {"tags": ['Invalid pk "99" - object does not exist.', 'Invalid pk "98" - object does not exist.']}),
    ({"tracks": [1, 2, 99]}, {"tracks": ['Invalid pk "99" - object does not exist.']}),
    ({"notes": [99]}, {"notes": ['Invalid pk "99" - object does not exist.']}),
    ({"cover": 99}, {"cover": ['Invalid pk "99" - object does not exist.']}),
    ({"tags": ["1"]}, {"tags": ["A valid integer is required."]}),
    ({"tags": [None]}, {"tags": ["A valid integer is required."]}),
    ({"tags": 1}, {"tags": ["A list of rows or keys is required."]}),
    ({"tags": None}, {"tags": ["A list of rows or keys is required."]}),
    ({"tags": "12"}, {"tags": ["A list of rows or keys is required."]}),
    ({"tags": {1: 2}}, {"tags": ["A list of rows or keys is required."]}),
    ({"tags": Tag(id=1, name="x")}, {"tags": ["A list of rows or keys is required."]}),
    ({"tags": [Artist(id=1, name="x")]}, {"tags": ["A row of Tag is required, not one of Artist."]}),
    ({"tracks": [Tag(id=1, name="x")]}, {"tracks": ["A row of Track is required, not one of Tag."]}),
    ({"notes": [Note()]}, {"notes": ["This row is not stored, so nothing can point at it."]}),
    ({"cover": [1]}, {"cover": ["A valid integer is required."]}),
    (
        {"tags": "x", "tracks": 5, "cover": "1"},
        {
            "tags": ["A list of rows or keys is required."],
            "tracks": ["A list of rows or keys is required."],
            "cover": ["A valid integer is required."],
        },
    ),
]


@pytest.mark.parametrize(("given", "errors"), WRONG, ids=lambda part: ascii(part)[:60])
@pytest.mark.parametrize(
    "write",
    [
        lambda store, given: store[Album].create(title="New", **given),
        lambda store, given: store[Album].bulk_create([{"title": "Fine", "tags": [2]}, {"title": "New", **given}]),
        lambda store, given: store[Album].filter(pk=1).update(title="New", **given),
    ],
    ids=["create", "bulk_create", "update"],
)
def test_what_is_refused_leaves_nothing(
    store: Store, write: Callable[[Store, Any], object], given: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    with pytest.raises(ValidationError) as refusal:
        write(store, given)
    assert refusal.value.errors == errors
    assert [(found.title, keys(found.tags)) for found in store[Album].order_by("pk")] == [("Blue", [1, 3]), ("Hejira", [1]), ("Mingus", [])]
    assert (keys(album(store).tracks), keys(album(store).notes), album(store).cover.pk) == ([1, 2], [1], 1)


def test_a_through_model_needs_defaults_for_its_other_fields(store: Store) -> None:
    store[Label].create(code="emi")
    with pytest.raises(ValidationError) as refusal:
        store[Label].create(code="harvest", partners=["emi"])
    assert refusal.value.errors == {"year": ["This field is required."]}
    assert keys(store[Label].all()) == ["emi"]


@pytest.mark.parametrize("write", ["create", "update"])
def test_a_misspelt_relation_names_the_nearest(store: Store, write: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        getattr(store[Album], write)(title="x", trakcs=[])
    assert str(refusal.value) == 'unknown field "trakcs"; did you mean "tracks"?'


def test_a_rollback_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store[Album].create(title="New", tags=[2], tracks=[1], cover=1, notes=[1])
        store[Album].filter(pk=2).update(tags=[], tracks=[2])
        raise RuntimeError
    assert [keys(found.tags) for found in store[Album].order_by("pk")] == [[1, 3], [1], []]
    assert (keys(album(store).tracks), keys(album(store).notes), album(store).cover.pk) == ([1, 2], [1], 1)


# The functions


def test_relate_replaces_the_rows_of_one_row(store: Store) -> None:
    relate(store, Album, [1], {"tags": [2], "notes": [2], "cover": 2})
    found = album(store)
    assert (keys(found.tags), keys(found.notes), found.cover.pk) == ([2], [2], 2)


def test_relate_new_adds_to_rows_that_have_nothing(store: Store) -> None:
    created = store[Album].bulk_create([{"title": "a"}, {"title": "b"}])
    relate_new(store, Album, [(created[0].pk, {"tags": [1]}), (created[1].pk, {"tags": [1, 2], "tracks": [1]})])
    assert [(keys(found.tags), keys(found.tracks)) for found in store[Album].filter(pk__gt=3)] == [([1], []), ([1, 2], [1])]


@pytest.mark.parametrize("write", [lambda s, lists: relate(s, Album, [1], lists), lambda s, lists: relate_new(s, Album, [(1, lists)])])
def test_relating_takes_the_names_of_relations_alone(store: Store, write: Callable[[Store, Any], object]) -> None:
    with pytest.raises(UnknownName, match='unknown relation "artist"'):
        write(store, {"artist": [1]})


# What it costs


@pytest.fixture
def music(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    kept = SQLiteDataStore(tmp_path / "music.db", models=MODELS)
    assert kept.catalog.models
    yield kept
    kept.close()


def counted(store: SQLiteDataStore, write: Callable[[], object]) -> int:
    """How many statements were executed, those that only mark a transaction apart."""
    with store.recorded() as statements:
        write()
    return len([text for text in statements if not text.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))])


@pytest.mark.parametrize("size", [1, 10, 500])
def test_the_length_of_a_list_costs_no_statements(music: SQLiteDataStore, size: int) -> None:
    tags = keys(music[Tag].bulk_create({"name": str(n)} for n in range(size)))
    albums = keys(music[Album].bulk_create({"title": str(n)} for n in range(size)))
    notes = keys(music[Note].bulk_create({} for _ in range(size)))
    inserts = 1 + (size > 1)  # of several rows the store gives the keys itself
    assert counted(music, lambda: music[Album].create(title="a", tags=tags)) == 4 + inserts
    assert counted(music, lambda: music[Artist].create(name="a", albums=albums)) == 4
    assert counted(music, lambda: music[Album].create(title="a", notes=notes)) == 4
    new = music[Album].filter(pk=music[Album].create(title="b").pk)
    assert counted(music, lambda: new.update(tags=tags)) == 4 + inserts
    assert counted(music, lambda: new.update(tags=tags[1:])) == 2 + (size > 1)
    assert counted(music, lambda: new.update(notes=notes)) == 4
    assert counted(music, lambda: music[Artist].filter(pk=1).update(albums=albums[1:])) == (4 if size > 1 else 2)


@pytest.mark.parametrize("size", [1, 10, 100])
def test_the_number_of_new_rows_costs_no_statements_for_what_is_joined(music: SQLiteDataStore, size: int) -> None:
    tags = keys(music[Tag].bulk_create({"name": str(n)} for n in range(3)))
    rows = [{"title": str(n), "tags": tags[n % 3 :]} for n in range(size)]
    pairs = sum(3 - n % 3 for n in range(size))
    assert counted(music, lambda: music[Album].bulk_create(rows)) == 4 + (size > 1) + 1 + -(-pairs // 100)
