"""Nested writes: every relation, by a serializer alone and over HTTP, over SQLite and in memory."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import MemoryDataStore, SQLiteDataStore, models
from pyrest.serializers import ModelSerializer, StringRelatedField
from tests.serializers.library import (
    ALBUM,
    ARTIST,
    CONTRACT,
    DISC,
    GENRE,
    GENRED,
    NOTE,
    ROOT,
    SLEEVE,
    TAG,
    TAGGED,
    TRACK,
    Album,
    Artist,
    Contract,
    Genre,
    Json,
    Note,
    Sleeve,
    Tag,
    Track,
    Writer,
    album_of,
    contents,
    names_of,
    serializer,
    tracks,
)

# Every relation.

RELATIONS: dict[str, tuple[type[ModelSerializer], Json]] = {
    "reverse foreign key": (
        album_of(tracks=TRACK(many=True)),
        {"id": 1, "title": "Blue", "tracks": [
            {"id": 1, "order": 1, "title": "River", "code": None}, {"id": 2, "order": 2, "title": "Carey", "code": "c2"},
        ]},
    ),
    "reverse one-to-one": (album_of(sleeve=SLEEVE()), {"id": 1, "title": "Blue", "sleeve": {"id": 1, "colour": "blue"}}),
    "foreign key": (
        serializer(Album, "id", "title", artist=serializer(Artist, "id", "name")()),
        {"id": 1, "title": "Blue", "artist": {"id": 1, "name": "Joni"}},
    ),
    "one-to-one": (
        serializer(Artist, "id", "name", contract=CONTRACT()),
        {"id": 1, "name": "Joni", "contract": {"id": 1, "number": "7"}},
    ),
    "many-to-many": (
        album_of(tags=TAG(many=True)),
        {"id": 1, "title": "Blue", "tags": [{"id": 1, "name": "folk", "colour": None}, {"id": 2, "name": "live", "colour": "red"}]},
    ),
    "many-to-many from the other side": (
        serializer(Tag, "id", "name", albums=serializer(Album, "id", "title")(many=True)),
        {"id": 1, "name": "folk", "albums": [{"id": 1, "title": "Blue"}, {"id": 2, "title": "Hejira"}]},
    ),
    "generic": (
        album_of(notes=NOTE(many=True)),
        {"id": 1, "title": "Blue", "notes": [{"id": 1, "text": "fine"}, {"id": 2, "text": "old"}]},
    ),
    "three levels": (
        ARTIST,
        {"id": 1, "name": "Joni", "albums": [
            {"id": 1, "title": "Blue", "year": 1971, "tracks": [{"id": 1, "order": 1, "title": "River", "code": None}]},
            {"id": 2, "title": "Hejira", "year": None, "tracks": [{"id": 2, "order": 1, "title": "Coyote", "code": None}]},
        ]},
    ),
    "self-reference": (
        ROOT,
        {"id": 1, "name": "/", "children": [
            {"id": 2, "name": "etc", "children": [{"id": 4, "name": "ssh"}]},
            {"id": 3, "name": "usr", "children": [{"id": 5, "name": "bin"}]},
        ]},
    ),
    "a source": (
        serializer(Album, "id", songs=TRACK(many=True, source="tracks"), title=models.StringField(required=True)),
        {"id": 1, "songs": [{"id": 1, "order": 1, "title": "River", "code": None}], "title": "Blue"},
    ),
}  # fmt: skip
"""A serializer for each kind of relation, and what it shows of the first row that it has written."""


def without_keys(shown: Any) -> Any:
    if isinstance(shown, dict):
        return {name: without_keys(value) for name, value in shown.items() if name != "id"}
    return [without_keys(one) for one in shown] if isinstance(shown, list) else shown


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_tree_becomes_rows(write: Writer, relation: str) -> None:
    kind, shown = RELATIONS[relation]
    assert write.create(kind, without_keys(shown)) == shown


@pytest.mark.parametrize("relation", RELATIONS)
def test_what_was_read_can_be_sent_back(write: Writer, relation: str) -> None:
    kind, shown = RELATIONS[relation]
    write.create(kind, without_keys(shown))
    before = contents(write.store)
    assert write.replace(kind, 1, shown) == shown
    assert write.patch(kind, 1, {name: value for name, value in shown.items() if name != "id"}) == shown
    assert contents(write.store) == before


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_nested_field_is_required_unless_it_says_otherwise(write: Writer, method: str) -> None:
    write.store[Album].create(title="Blue")
    key = None if method == "POST" else 1
    assert write.refused(method, album_of(tracks=TRACK(many=True)), {"title": "Hejira"}, key) == {"tracks": ["This field is required."]}
    assert write.create(album_of(tracks=TRACK(many=True, required=False)), {"title": "Hejira"})["tracks"] == []


# To one row.


@pytest.mark.parametrize(
    ("genre", "shown", "genres"),
    [
        ({"name": "rock"}, {"id": 1, "name": "rock"}, ["rock", "jazz"]),
        ({"id": 1, "name": "rock"}, {"id": 1, "name": "rock"}, ["rock", "jazz"]),
        ({"id": 2, "name": "jazz"}, {"id": 2, "name": "jazz"}, ["folk", "jazz"]),
        ({"id": "2", "name": "rock"}, {"id": 2, "name": "rock"}, ["folk", "rock"]),
        ({"id": None, "name": "rock"}, {"id": 1, "name": "rock"}, ["rock", "jazz"]),
        (None, None, ["folk", "jazz"]),
    ],
    ids=["the row that is there", "the same row", "another row", "another row, changed", "a key that is null", "null"],
)
def test_an_object_behind_a_foreign_key(write: Writer, track: Json, genre: Json | None, shown: Json | None, genres: list[str]) -> None:
    assert write.replace(GENRED, 1, track | {"genre": genre})["genre"] == shown
    assert [genre.name for genre in write.store[Genre].all()] == genres


def test_an_object_behind_a_foreign_key_that_is_null_becomes_a_row(write: Writer, track: Json) -> None:
    write.store[Track].filter(pk=1).update(genre=None)
    assert write.replace(GENRED, 1, track | {"genre": {"name": "rock"}})["genre"] == {"id": 3, "name": "rock"}


def test_a_foreign_key_to_no_row_is_refused(write: Writer, track: Json) -> None:
    errors = write.refused("PUT", GENRED, track | {"genre": {"id": 3, "name": "rock"}}, 1)
    assert errors == {"genre": {"id": ['Invalid pk "3" - object does not exist.']}}


@pytest.mark.parametrize(("method", "genre"), [("PUT", None), ("PATCH", {"id": 1, "name": "folk"})])
def test_left_out_it_is_reset_by_put_alone(write: Writer, track: Json, method: str, genre: Json | None) -> None:
    kind = serializer(Track, "id", "order", "title", genre=GENRE(required=False))
    written = write.replace(kind, 1, track) if method == "PUT" else write.patch(kind, 1, track)
    assert written["genre"] == genre
    assert write.store[Genre].count() == 2


def test_null_is_refused_unless_it_is_allowed(write: Writer, track: Json) -> None:
    kind = serializer(Track, "id", "order", "title", genre=GENRE(required=False))
    for method in ("PUT", "PATCH"):
        assert write.refused(method, kind, track | {"genre": None}, 1) == {"genre": ["This field may not be null."]}


SIGNED = serializer(Artist, "id", "name", contract=CONTRACT(allow_null=True, required=False))


@pytest.fixture
def signed(write: Writer) -> Writer:
    """Two artists with a contract each, one without."""
    for name, contract in (("Joni", {"number": "1"}), ("Nina", {"number": "2"}), ("Odetta", None)):
        write.create(SIGNED, {"name": name, "contract": contract})
    return write


@pytest.mark.parametrize(
    ("contract", "shown"),
    [
        ({"number": "9"}, {"id": 1, "number": "9"}),
        ({"number": "1"}, {"id": 1, "number": "1"}),
        ({"id": 1, "number": "9"}, {"id": 1, "number": "9"}),
        ({"id": 3, "number": "free"}, {"id": 3, "number": "free"}),
        (None, None),
    ],
    ids=["changed", "the same", "by its key", "another row", "null"],
)
def test_an_object_behind_a_one_to_one_field(signed: Writer, contract: Json | None, shown: Json | None) -> None:
    signed.store[Contract].create(number="free")
    assert signed.replace(SIGNED, 1, {"name": "Joni", "contract": contract})["contract"] == shown


@pytest.mark.parametrize(
    ("contract", "messages"),
    [
        ({"number": "2"}, {"number": ["This field must be unique."]}),
        ({"id": 2, "number": "2"}, ["This field must be unique."]),
        ({"id": 9, "number": "2"}, {"id": ['Invalid pk "9" - object does not exist.']}),
        ({}, {"number": ["This field is required."]}),
        ([], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
    ],
    ids=["another one's number", "another one's contract", "no contract", "nothing", "a list"],
)
def test_an_object_behind_a_one_to_one_field_is_refused(signed: Writer, contract: Any, messages: Any) -> None:
    assert signed.refused("PUT", SIGNED, {"name": "Joni", "contract": contract}, 1) == {"contract": messages}


@pytest.fixture
def sleeved(write: Writer) -> Writer:
    """Two albums with a sleeve each, one without."""
    store = write.store
    albums = store[Album].bulk_create([{"title": title} for title in ("Blue", "Hejira", "Mingus")])
    store[Sleeve].bulk_create([{"album": album, "colour": album.title} for album in albums[:2]])
    return write


@pytest.mark.parametrize(
    ("sleeve", "shown"),
    [
        ({"colour": "red"}, {"id": 1, "colour": "red"}),
        ({"id": 1, "colour": "red"}, {"id": 1, "colour": "red"}),
        (None, {"id": 1, "colour": "Blue"}),
    ],
    ids=["without its key", "with its key", "null"],
)
def test_the_other_side_of_a_one_to_one_field(sleeved: Writer, sleeve: Json | None, shown: Json) -> None:
    kind = album_of(sleeve=SLEEVE(allow_null=True))
    assert sleeved.replace(kind, 1, {"title": "Blue", "sleeve": sleeve})["sleeve"] == shown
    assert sleeved.store[Sleeve].count() == 2


def test_the_other_side_of_a_one_to_one_field_is_made_where_there_is_none(sleeved: Writer) -> None:
    kind = album_of(sleeve=SLEEVE())
    assert sleeved.replace(kind, 3, {"title": "Mingus", "sleeve": {"colour": "red"}})["sleeve"] == {"id": 3, "colour": "red"}


def test_the_sleeve_of_another_album_is_refused(sleeved: Writer) -> None:
    errors = sleeved.refused("PUT", album_of(sleeve=SLEEVE()), {"title": "Blue", "sleeve": {"id": 2, "colour": "red"}}, 1)
    assert errors == {"sleeve": {"id": ['Invalid pk "2" - object does not exist.']}}


def test_null_deletes_the_other_side_where_that_is_said(sleeved: Writer) -> None:
    kind = album_of(sleeve=SLEEVE(allow_null=True), nested={"sleeve": {"missing": "delete"}})
    assert sleeved.replace(kind, 1, {"title": "Blue", "sleeve": None})["sleeve"] is None
    assert [sleeve.pk for sleeve in sleeved.store[Sleeve].all()] == [2]


# To several rows.


BY_NAME = album_of(tags=serializer(Tag, "name", "colour")(many=True), nested={"tags": {"match": "name", "missing": "unlink"}})


def test_rows_that_are_named_are_joined_and_new_ones_made(tagged: Writer) -> None:
    sent = [{"id": 3, "name": "live", "colour": "red"}, {"name": "rock"}]
    assert [tag["name"] for tag in tagged.create(TAGGED, {"title": "Mingus", "tags": sent})["tags"]] == ["live", "rock"]
    tagged.replace(TAGGED, 2, {"title": "Hejira", "tags": sent[:1]})
    assert names_of(tagged, 2) == ["jazz", "live"]
    assert [tag.name for tag in tagged.store[Tag].all()] == ["folk", "jazz", "live", "rock"]


def test_rows_that_are_named_are_changed(tagged: Writer) -> None:
    tagged.replace(TAGGED, 1, {"title": "Blue", "tags": [{"id": 3, "name": "live", "colour": "green"}]})
    assert tagged.store[Tag].get(pk=3).colour == "green"


@pytest.mark.parametrize(("method", "colour"), [("POST", "red"), ("PUT", None), ("PATCH", "red")])
def test_what_is_left_out_of_a_row_that_is_named_is_reset_by_put_alone(tagged: Writer, method: str, colour: str | None) -> None:
    body = {"title": "New", "tags": [{"id": 3, "name": "live"}]}
    writes = {"POST": lambda: tagged.create(TAGGED, body), "PUT": lambda: tagged.replace(TAGGED, 1, body)}
    writes.get(method, lambda: tagged.patch(TAGGED, 1, body))()
    assert tagged.store[Tag].get(pk=3).colour == colour


def test_a_key_alone_joins_a_row_to_a_new_one(tagged: Writer) -> None:
    assert [tag["name"] for tag in tagged.create(TAGGED, {"title": "Mingus", "tags": [{"id": 3}, {"id": 1}]})["tags"]] == ["folk", "live"]


def test_rows_may_be_named_by_another_field(tagged: Writer) -> None:
    tagged.replace(BY_NAME, 1, {"title": "Blue", "tags": [{"name": "live", "colour": "red"}, {"name": "rock"}]})
    assert names_of(tagged, 1) == ["live", "rock"]
    assert [(tag.pk, tag.name) for tag in tagged.store[Tag].all()] == [(1, "folk"), (2, "jazz"), (3, "live"), (4, "rock")]


ALBUMS_BY_NAME = serializer(Artist, "id", "name", albums=BY_NAME(many=True))


def test_a_new_row_that_is_named_at_several_places_is_made_once(write: Writer) -> None:
    albums = [{"title": title, "tags": [{"name": "rock", "colour": "red"}]} for title in ("Blue", "Hejira")]
    write.create(ALBUMS_BY_NAME, {"name": "Joni", "albums": albums})
    (tag,) = write.store[Tag].all()
    assert [album.title for album in tag.albums] == ["Blue", "Hejira"]


def test_the_same_row_at_several_places_has_one_set_of_values(write: Writer) -> None:
    albums = [{"title": title, "tags": [{"name": "rock", "colour": title}]} for title in ("Blue", "Hejira")]
    errors = write.refused("POST", ALBUMS_BY_NAME, {"name": "Joni", "albums": albums})
    message = "This object is there twice, with different values."
    assert errors == {"albums": {"1": {"tags": {"0": {"non_field_errors": [message]}}}}}


def test_rows_with_one_target_change_it_together(write: Writer, track: Json) -> None:
    write.store[Track].filter(pk=2).update(genre=1)
    kind = album_of(tracks=GENRED(many=True))
    sent = [{"id": n, "order": n, "title": f"T{n}", "genre": {"id": 1, "name": "rock"}} for n in (1, 2)]
    write.replace(kind, 1, {"title": "Blue", "tracks": sent})
    assert write.store[Genre].get(pk=1).name == "rock"
    sent[1]["genre"] = {"name": "pop"}
    message = "This object is there twice, with different values."
    assert write.refused("PUT", kind, {"title": "Blue", "tracks": sent}, 1) == {"tracks": {"1": {"genre": {"non_field_errors": [message]}}}}


def test_a_key_of_the_client_s_own_names_a_row_or_becomes_that_of_a_new_one(write: Writer) -> None:
    kind = album_of(discs=DISC(many=True))
    write.create(kind, {"title": "Blue", "discs": [{"code": "a"}, {"code": "b", "side": "B"}]})
    written = write.patch(kind, 1, {"discs": [{"code": "a", "side": "C"}, {"code": "new"}]})
    assert written["discs"] == [{"code": "a", "side": "C"}, {"code": "b", "side": "B"}, {"code": "new", "side": "A"}]
    message = {"discs": {"0": {"code": ["This field must be unique."]}}}
    assert write.refused("POST", kind, {"title": "Hejira", "discs": [{"code": "a"}]}) == message


# What becomes of the rows that are not named.


@pytest.mark.parametrize("sent", [[{"id": 2, "order": 2, "title": "T2"}], [], None], ids=["one is named", "none is named", "left out"])
@pytest.mark.parametrize(("missing", "stays"), [("keep", True), ("delete", False)])
def test_children_that_are_not_named(write: Writer, track: Json, sent: list[Json] | None, missing: str, stays: bool) -> None:
    kind = album_of(tracks=TRACK(many=True, required=False), nested={"tracks": {"missing": missing}})
    shown = write.replace(kind, 1, {"title": "Blue"} | ({} if sent is None else {"tracks": sent}))
    named = [2] if sent else []
    assert [one["id"] for one in shown["tracks"]] == ([1, 2] if stays else named)
    assert [one.pk for one in write.store[Track].all()] == ([1, 2] if stays else named)


def test_patch_without_the_list_leaves_all_as_it_is(write: Writer, track: Json) -> None:
    kind = album_of(tracks=TRACK(many=True), nested={"tracks": {"missing": "delete"}})
    assert [one["id"] for one in write.patch(kind, 1, {"title": "New"})["tracks"]] == [1, 2]
    assert [one["id"] for one in write.patch(kind, 1, {"tracks": [{"id": 2}]})["tracks"]] == [2]


@pytest.mark.parametrize(
    ("missing", "albums"), [("keep", [(1, 1), (2, 1), (3, 2)]), ("unlink", [(1, None), (2, 1), (3, 2)]), ("delete", [(2, 1), (3, 2)])]
)
def test_children_may_be_unlinked(write: Writer, missing: str, albums: list[tuple[int, int | None]]) -> None:
    store = write.store
    artists = store[Artist].bulk_create([{"name": "Joni"}, {"name": "Nina"}])
    store[Album].bulk_create([{"title": t, "artist": a} for t, a in (("Blue", artists[0]), ("Mingus", artists[0]), ("Blue", artists[1]))])
    kind = serializer(Artist, "id", "name", albums=ALBUM(many=True), nested={"albums": {"missing": missing}})
    write.replace(kind, 1, {"name": "Joni", "albums": [{"id": 2, "title": "Mingus"}]})
    assert [(album.pk, album.artist_id) for album in store[Album].all()] == albums


@pytest.mark.parametrize(("missing", "held"), [("unlink", [(None, None), ("album", 1)]), ("delete", [("album", 1)])])
def test_generic_children_that_are_not_named(write: Writer, missing: str, held: list[Any]) -> None:
    write.store[Album].create(title="Blue").notes.bulk_create([{"text": "old"}, {"text": "fine"}])
    kind = album_of(notes=NOTE(many=True), nested={"notes": {"missing": missing}})
    assert write.replace(kind, 1, {"title": "Blue", "notes": [{"id": 2, "text": "fine"}]})["notes"] == [{"id": 2, "text": "fine"}]
    assert [(note.content_type, note.object_id) for note in write.store[Note].all()] == held


@pytest.mark.parametrize(("missing", "joined", "tags"), [("keep", ["folk", "jazz"], 3), ("unlink", ["jazz"], 3), ("delete", ["jazz"], 2)])
def test_joined_rows_that_are_not_named(tagged: Writer, missing: str, joined: list[str], tags: int) -> None:
    kind = album_of(tags=TAG(many=True), nested={"tags": {"missing": missing}})
    tagged.replace(kind, 1, {"title": "Blue", "tags": [{"id": 2, "name": "jazz", "colour": "red"}]})
    assert names_of(tagged, 1) == joined
    assert names_of(tagged, 2) == ["jazz"]
    assert tagged.store[Tag].count() == tags


def test_a_joined_row_that_moves_to_another_object_is_not_deleted(tagged: Writer) -> None:
    tagged.store[Artist].create(name="Joni")
    tagged.store[Album].all().update(artist=1)
    albums = album_of(tags=TAG(many=True), nested={"tags": {"missing": "delete"}})
    kind = serializer(Artist, "id", "name", albums=albums(many=True))
    moved = {"id": 1, "name": "folk"}
    tagged.patch(kind, 1, {"albums": [{"id": 1, "tags": [{"id": 2}]}, {"id": 2, "tags": [{"id": 2}, moved]}]})
    assert (names_of(tagged, 1), names_of(tagged, 2)) == (["jazz"], ["folk", "jazz"])


def test_only_rows_that_are_there_where_none_may_be_made(write: Writer, track: Json) -> None:
    kind = album_of(tracks=TRACK(many=True), nested={"tracks": {"create": False}})
    assert write.patch(kind, 1, {"tracks": [{"id": 1, "title": "New"}]})["tracks"][0]["title"] == "New"
    errors = write.refused("PATCH", kind, {"tracks": [{"id": 1}, {"order": 3, "title": "T3"}]}, 1)
    message = "No row is created here; 'id' has to name one that is there."
    assert errors == {"tracks": {"1": {"non_field_errors": [message]}}}


@pytest.mark.parametrize(("default", "made"), [([], []), ([{"order": 9, "title": "Silence"}], ["Silence"])])
def test_a_default_stands_for_what_is_left_out(write: Writer, default: list[Json], made: list[str]) -> None:
    kind = album_of(tracks=TRACK(many=True, default=default), nested={"tracks": {"missing": "delete"}})
    assert [one["title"] for one in write.create(kind, {"title": "Blue"})["tracks"]] == made
    write.replace(kind, 1, {"title": "Blue", "tracks": tracks(1, 2)})
    assert [one["title"] for one in write.replace(kind, 1, {"title": "Blue"})["tracks"]] == made


def test_lists_of_keys_within_nested_objects(write: Writer) -> None:
    write.store[Tag].bulk_create([{"name": name} for name in ("folk", "jazz", "live")])
    kind = serializer(Artist, "id", "name", albums=serializer(Album, "id", "title", "tags")(many=True))
    written = write.create(kind, {"name": "Joni", "albums": [{"title": "Blue", "tags": [1, 3]}, {"title": "Hejira"}]})
    assert [album["tags"] for album in written["albums"]] == [[1, 3], []]
    written["albums"][0]["tags"], written["albums"][1]["tags"] = [2], [3, 1]
    assert [album["tags"] for album in write.replace(kind, 1, written)["albums"]] == [[2], [1, 3]]
    errors = write.refused("PATCH", kind, {"albums": [{"id": 2, "tags": [1, 9]}]}, 1)
    assert errors == {"albums": {"0": {"tags": {"1": ['Invalid pk "9" - object does not exist.']}}}}


def test_a_part_of_the_same_row_within_nested_objects(write: Writer) -> None:
    about = serializer(Track, "title", "code")(source="*")
    kind = album_of(tracks=serializer(Track, "id", "order", about=about)(many=True))
    sent = [{"order": n, "about": {"title": f"T{n}", "code": f"c{n}"}} for n in (1, 2)]
    written = write.create(kind, {"title": "Blue", "tracks": sent})
    first, second = written["tracks"]
    first["about"], second["about"] = second["about"], first["about"]
    assert write.replace(kind, 1, written) == written
    second["about"] = first["about"]
    errors = write.refused("PUT", kind, written, 1)
    assert errors == {"tracks": {"1": {"about": {"code": ["This field must be unique."]}}}}


def test_what_is_only_shown_of_a_nested_object_may_be_sent_back(write: Writer, track: Json) -> None:
    kind = album_of(tracks=serializer(Track, "id", "order", "title", genre=StringRelatedField())(many=True))
    shown = write.patch(kind, 1, {})
    assert write.replace(kind, 1, shown) == shown
    shown["tracks"][1]["genre"] = "x"
    assert write.refused("PUT", kind, shown, 1) == {"tracks": {"1": {"genre": ["This field cannot be changed."]}}}


def test_an_object_that_nothing_can_point_at_has_no_children() -> None:
    class City(models.Model):
        id = models.PkField()
        slug = models.SlugField(unique=True)

    class Street(models.Model):
        id = models.PkField()
        city = models.SlugField(foreign=("city", "slug"), related_name="streets")

    kind = serializer(City, "id", "slug", streets=serializer(Street, "id")(many=True))
    for kept in (SQLiteDataStore(":memory:", models=[City, Street]), MemoryDataStore(models=[City, Street])):
        for over_http in (False, True):
            writer = Writer(kept, over_http)
            errors = writer.refused("POST", kind, {"streets": [{}]})
            assert errors == {"streets": ["This row has no slug, so nothing can point at it."]}
        assert len(writer.create(kind, {"slug": "paris", "streets": [{}]})["streets"]) == 1


@pytest.mark.parametrize(("old", "new"), [(1, True), (True, 1), (1, 1.0), ([0], [False]), ({"a": 1}, {"a": True})], ids=repr)
def test_json_that_is_equal_in_python_only_is_written(old: Any, new: Any) -> None:
    class Box(models.Model):
        id = models.PkField()

    class Thing(models.Model):
        id = models.PkField()
        box = models.ForeignKey(Box, related_name="things")
        data = models.JSONField()

    kind = serializer(Box, "id", things=serializer(Thing, "id", "data")(many=True))
    for kept in (SQLiteDataStore(":memory:", models=[Thing]), MemoryDataStore(models=[Thing])):
        writer = Writer(kept, False)
        writer.create(kind, {"things": [{"data": old}]})
        writer.replace(kind, 1, {"things": [{"id": 1, "data": new}]})
        assert repr(kept[Thing].get().data) == repr(new)
