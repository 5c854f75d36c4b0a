"""What has to be unique among nested objects, and rows that pass unique values on to each other."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import MemoryDataStore, SQLiteDataStore, models
from pyrest.errors import UniqueViolated
from pyrest.serializers import ModelSerializer
from pyrest.store import Store
from tests.serializers.library import (
    ALBUM,
    ARTIST,
    T1,
    TAG,
    TAGGED,
    TRACK,
    Album,
    Artist,
    Json,
    Tag,
    Track,
    Writer,
    album_of,
    contents,
    names_of,
    serializer,
    tracks,
)

# What has to be unique.

NOT_UNIQUE = ["This field must be unique."]
ORDER = {"non_field_errors": ["The fields album, order must make a unique set."]}


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ([T1, {"order": 1, "title": "T2"}], {"1": ORDER}),
        ([T1 | {"code": "c"}, {"order": 2, "title": "T2", "code": "c"}], {"1": {"code": NOT_UNIQUE}}),
        ([T1 | {"code": "c"}, {"order": 1, "title": "T2", "code": "c"}], {"1": {"code": NOT_UNIQUE, **ORDER}}),
        ([T1, {"order": 1, "title": "T2"}, {"order": 1, "title": "T3"}], {"1": ORDER, "2": ORDER}),
        ([T1 | {"code": "taken"}], {"0": {"code": NOT_UNIQUE}}),
    ],
    ids=["together", "alone", "both", "three", "another row"],
)
def test_new_objects_are_unlike_each_other_and_all_rows(write: Writer, sent: list[Json], errors: Json) -> None:
    other = write.store[Album].create(title="Hejira")
    write.store[Track].create(album=other, order=1, title="Coyote", code="taken")
    assert write.refused("POST", ALBUM, {"title": "Blue", "tracks": sent}) == {"tracks": errors}


def test_null_is_like_nothing(write: Writer) -> None:
    sent = [{**track, "code": None} for track in tracks(1, 2)]
    assert len(write.create(ALBUM, {"title": "Blue", "tracks": sent})["tracks"]) == 2


def test_children_of_different_parents_are_held_against_each_other(write: Writer) -> None:
    albums = [{"title": title, "tracks": [T1 | {"code": "c"}]} for title in ("Blue", "Hejira")]
    assert write.refused("POST", ARTIST, {"name": "Joni", "albums": albums}) == {"albums": {"1": {"tracks": {"0": {"code": NOT_UNIQUE}}}}}
    together = {"non_field_errors": ["The fields artist, title must make a unique set."]}
    assert write.refused("POST", ARTIST, {"name": "Joni", "albums": [{"title": "Blue"}] * 2}) == {"albums": {"1": together}}


def test_a_row_that_is_kept_is_in_the_way(write: Writer, track: Json) -> None:
    kind = album_of(tracks=TRACK(many=True))
    assert write.refused("PATCH", kind, {"tracks": [{"id": 1, "order": 2}]}, 1) == {"tracks": {"0": ORDER}}
    assert write.refused("PATCH", kind, {"tracks": [{"order": 2, "title": "T3"}]}, 1) == {"tracks": {"0": ORDER}}


def test_a_row_is_not_in_its_own_way(write: Writer, track: Json) -> None:
    kind = album_of(tracks=TRACK(many=True))
    sent = [{"id": n, "order": n, "title": "New"} for n in (1, 2)]
    assert [one["title"] for one in write.replace(kind, 1, {"title": "Blue", "tracks": sent})["tracks"]] == ["New", "New"]


@pytest.mark.parametrize("missing", ["keep", "delete"])
def test_a_value_is_free_when_its_row_goes(write: Writer, missing: str) -> None:
    kind = album_of(tracks=TRACK(many=True), nested={"tracks": {"missing": missing}})
    write.create(kind, {"title": "Blue", "tracks": [T1 | {"code": "c"}]})
    sent = {"title": "Blue", "tracks": [T1 | {"code": "c"}]}
    if missing == "delete":
        assert [one["id"] for one in write.replace(kind, 1, sent)["tracks"]] == [2]
    else:
        assert write.refused("PUT", kind, sent, 1) == {"tracks": {"0": {"code": NOT_UNIQUE, **ORDER}}}


def test_a_value_is_free_when_its_row_goes_along_with_another_one(write: Writer) -> None:
    kind = serializer(Artist, "id", "name", albums=ALBUM(many=True), nested={"albums": {"missing": "delete"}})
    write.create(kind, {"name": "Joni", "albums": [{"title": "Blue", "tracks": [T1 | {"code": "c"}]}]})
    shown = write.replace(kind, 1, {"name": "Joni", "albums": [{"title": "Hejira", "tracks": [T1 | {"code": "c"}]}]})
    assert [(album["id"], [one["code"] for one in album["tracks"]]) for album in shown["albums"]] == [(2, ["c"])]


def test_a_row_that_is_unlinked_frees_what_it_had_together_with_its_parent(write: Writer) -> None:
    kind = serializer(Artist, "id", "name", albums=ALBUM(many=True), nested={"albums": {"missing": "unlink"}})
    write.create(kind, {"name": "Joni", "albums": [{"title": "Blue", "tracks": [T1 | {"code": "c"}]}]})
    assert [album["id"] for album in write.replace(kind, 1, {"name": "Joni", "albums": [{"title": "Blue"}]})["albums"]] == [2]
    sent = [{"title": "Mingus", "tracks": [T1 | {"code": "c"}]}]
    assert write.refused("PUT", kind, {"name": "Joni", "albums": sent}, 1) == {"albums": {"0": {"tracks": {"0": {"code": NOT_UNIQUE}}}}}


@pytest.mark.parametrize("missing", ["keep", "unlink", "delete"])
def test_a_name_of_a_joined_row_is_free_when_that_is_deleted(tagged: Writer, missing: str) -> None:
    kind = album_of(tags=TAG(many=True), nested={"tags": {"missing": missing}})
    sent = {"title": "Blue", "tags": [{"name": "folk"}]}
    if missing == "delete":
        assert [tag["id"] for tag in tagged.replace(kind, 1, sent)["tags"]] == [4]
    else:
        assert tagged.refused("PUT", kind, sent, 1) == {"tags": {"0": {"name": NOT_UNIQUE}}}


# Passing unique values on.


@pytest.mark.parametrize(
    "after",
    [(2, 1, 3, 4), (2, 3, 1, 4), (2, 3, 4, 1), (4, 1, 2, 3), (2, 1, 4, 3), (2, 3, 4, 5), (0, 1, 2, 3), (4, 3, 2, 1)],
    ids=["two", "a circle of three", "all", "all, backwards", "two and two", "moved up", "moved down", "turned around"],
)
@pytest.mark.parametrize("field", ["order", "code", "both"])
def test_rows_pass_unique_values_on(write: Writer, after: tuple[int, ...], field: str) -> None:
    def sent(numbers: tuple[int, ...]) -> list[Json]:
        orders = numbers if field != "code" else (1, 2, 3, 4)
        codes = numbers if field != "order" else (1, 2, 3, 4)
        return [{"id": n, "order": o, "title": f"T{n}", "code": f"c{c}"} for n, (o, c) in enumerate(zip(orders, codes, strict=True), 1)]

    before = [{name: value for name, value in one.items() if name != "id"} for one in sent((1, 2, 3, 4))]
    write.create(ALBUM, {"title": "Blue", "tracks": before})
    shown = write.replace(ALBUM, 1, {"title": "Blue", "tracks": sent(after)})
    assert sorted(shown["tracks"], key=lambda one: one["id"]) == sent(after)


def test_rows_of_different_parents_pass_unique_values_on(write: Writer) -> None:
    albums = [{"title": title, "tracks": [T1 | {"code": title}]} for title in ("Blue", "Hejira")]
    write.create(ARTIST, {"name": "Joni", "albums": albums})
    sent = [
        {"id": 1, "title": "Hejira", "tracks": [{"id": 1, **T1, "code": "Hejira"}]},
        {"id": 2, "title": "Blue", "tracks": [{"id": 2, **T1, "code": "Blue"}]},
    ]
    shown = write.replace(ARTIST, 1, {"name": "Joni", "albums": sent})["albums"]
    assert [(album["title"], album["tracks"][0]["code"]) for album in shown] == [("Hejira", "Hejira"), ("Blue", "Blue")]


def test_joined_rows_pass_names_on(tagged: Writer) -> None:
    sent = [{"id": 1, "name": "jazz"}, {"id": 2, "name": "folk"}]
    tagged.replace(TAGGED, 1, {"title": "Blue", "tags": sent})
    assert [tag.name for tag in tagged.store[Tag].all()] == ["jazz", "folk", "live"]


def test_a_new_row_takes_what_another_one_gives_up(write: Writer, track: Json) -> None:
    kind = album_of(tracks=TRACK(many=True))
    shown = write.patch(kind, 1, {"tracks": [{"order": 1, "title": "New"}, {"id": 1, "order": 2}, {"id": 2, "order": 3}]})
    assert [one["title"] for one in shown["tracks"]] == ["New", "T1", "T2"]


def test_a_new_parent_s_new_row_takes_what_an_old_one_gives_up(tagged: Writer) -> None:
    tagged.store[Artist].create(name="Joni")
    tagged.store[Album].all().update(artist=1)
    kind = serializer(Artist, "id", "name", albums=TAGGED(many=True))
    albums = [{"id": 1, "tags": [{"name": "folk"}]}, {"title": "Mingus", "tags": [{"id": 1, "name": "rock"}]}]
    tagged.patch(kind, 1, {"albums": albums})
    assert (names_of(tagged, 1), names_of(tagged, 3)) == (["folk", "jazz", "rock"], ["rock"])


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [
        (models.IntegerField(required=True, unique=True), 1, 2),
        (models.IntegerField(required=True, unique=True, max=2), 1, 2),
        (models.IntegerField(required=True, unique=True), 2**63 - 1, 2**63 - 2),
        (models.FloatField(required=True, unique=True), 0.5, 1.5),
        (models.DecimalField(4, 2, required=True, unique=True), "99.99", "1.00"),
        (models.StringField(required=True, unique=True), "a", "b"),
        (models.StringField(required=True, unique=True, max_length=4, min_length=2), "aa", "bb"),
        (models.StringField(required=True, unique=True, min_length=20), "a" * 20, "b" * 20),
        (models.EmailField(required=True, unique=True), "a@example.org", "b@example.org"),
        (models.UUIDField(required=True, unique=True), "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
        (models.DateField(required=True, unique=True), "9999-12-31", "2024-02-29"),
        (models.DateTimeField(required=True, unique=True), "2024-02-29T18:30:00Z", "2024-02-29T18:30:01Z"),
        (models.TimestampField(required=True, unique=True), 1, 2),
        (models.TimeField(unique=True), "18:30:00", "18:31:00"),
    ],
    ids=repr,
)
def test_two_rows_swap_values_of_any_kind(field: Any, first: Any, second: Any) -> None:
    class Shelf(models.Model):
        id = models.PkField()

    class Book(models.Model):
        id = models.PkField()
        shelf = models.ForeignKey(Shelf, required=True, related_name="books")
        mark = field

    kind = serializer(Shelf, "id", books=serializer(Book, "id", "mark")(many=True))
    for kept in (SQLiteDataStore(":memory:", models=[Book]), MemoryDataStore(models=[Book])):
        writer = Writer(kept, False)
        shown = writer.create(kind, {"books": [{"mark": first}, {"mark": second}]})
        books = [{"id": 1, "mark": shown["books"][1]["mark"]}, {"id": 2, "mark": shown["books"][0]["mark"]}]
        assert writer.replace(kind, 1, {"books": books})["books"] == books


def test_where_no_other_value_is_left_a_swap_is_refused() -> None:
    class Row(models.Model):
        id = models.PkField()

    class Seat(models.Model):
        id = models.PkField()
        row = models.ForeignKey(Row, required=True, related_name="seats")
        number = models.IntegerField(required=True, unique=True, min=1, max=2)

    kind = serializer(Row, "id", seats=serializer(Seat, "id", "number")(many=True))
    for kept in (SQLiteDataStore(":memory:", models=[Seat]), MemoryDataStore(models=[Seat])):
        writer = Writer(kept, False)
        writer.create(kind, {"seats": [{"number": 1}, {"number": 2}]})
        before = contents(kept)
        with pytest.raises(UniqueViolated):
            writer.replace(kind, 1, {"seats": [{"id": 1, "number": 2}, {"id": 2, "number": 1}]})
        assert contents(kept) == before


def test_values_that_nobody_has_looked_at_are_refused_by_the_store(write: Writer, track: Json) -> None:
    kind = album_of(tracks=serializer(Track, "id", "order", "title", validators=[])(many=True))
    for sent in ([{"id": 1, "order": 2}], [{"id": 1, "order": 2}, {"id": 2, "order": 2}], [{"id": 1, "order": 2}, {"id": 2, "title": "x"}]):
        used = kind_on(write.store, kind, {"tracks": sent})
        before = contents(write.store)
        with pytest.raises(UniqueViolated):
            used.save()
        assert contents(write.store) == before


def kind_on(store: Store, kind: type[ModelSerializer], body: Json) -> ModelSerializer:
    """A serializer that is ready to save a change of the album 1."""
    used = kind(store[Album].get(pk=1), data=body, store=store, partial=True)
    assert used.is_valid(), used.errors
    return used
