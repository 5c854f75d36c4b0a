"""Nested objects that are refused: what is wrong stands at its place. And what PATCH needs, and what a place gives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.serializers.library import (
    ALBUM,
    ARTIST,
    T1,
    TRACK,
    Album,
    Artist,
    Genre,
    Json,
    Track,
    Writer,
    album_of,
    client_of,
    serializer,
    tracks,
)

# What is wrong, at its place.

NEW = {"order": 7, "title": "New"}
NO_OBJECT = {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}
TWICE = {"non_field_errors": ["This object is there twice."]}


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({}, {"non_field_errors": ['Expected a list of items but got type "dict".']}),
        ("T1", {"non_field_errors": ['Expected a list of items but got type "str".']}),
        (1, {"non_field_errors": ['Expected a list of items but got type "int".']}),
        (None, ["This field may not be null."]),
        (["T1"], {"0": NO_OBJECT}),
        ([NEW, []], {"1": {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}}),
        ([None], {"0": {"non_field_errors": ["No data provided"]}}),
        ([{"order": 1}], {"0": {"title": ["This field is required."]}}),
        ([{"order": "x", "title": None}], {"0": {"order": ["A valid integer is required."], "title": ["This field may not be null."]}}),
        ([NEW, {"order": 8, "title": 5}], {"1": {"title": ["Not a valid string."]}}),
        ([T1 | {"titel": "T"}], {"0": {"titel": ['This field does not exist; did you mean "title"?']}}),
        ([T1 | {"id": 9}], {"0": {"id": ['Invalid pk "9" - object does not exist.']}}),
        ([T1 | {"id": 3}], {"0": {"id": ['Invalid pk "3" - object does not exist.']}}),
        ([T1 | {"id": "01"}], {"0": {"id": ['Invalid pk "01" - object does not exist.']}}),
        ([T1 | {"id": True}], {"0": {"id": ['Invalid pk "True" - object does not exist.']}}),
        ([T1 | {"id": []}], {"0": {"id": ['Invalid pk "[]" - object does not exist.']}}),
        ([T1 | {"id": 1}, {"id": 1, "order": 2, "title": "T2"}], {"1": TWICE}),
        ([T1 | {"id": 1}, {"id": "1", "order": 2, "title": "T2"}], {"1": TWICE}),
        (["T1", NEW, {"order": 8}], {"0": NO_OBJECT, "2": {"title": ["This field is required."]}}),
    ],
    ids=repr,
)
def test_faults_of_a_list(write: Writer, track: Json, sent: Any, errors: Any) -> None:
    """The track 3 is another album's."""
    other = write.store[Album].create(title="Hejira")
    write.store[Track].create(album=other, order=1, title="Coyote")
    assert write.refused("PUT", album_of(tracks=TRACK(many=True)), {"title": "Blue", "tracks": sent}, 1) == {"tracks": errors}


@pytest.mark.parametrize(
    ("options", "orders", "message"),
    [
        ({"allow_empty": False}, (), "This list may not be empty."),
        ({"min_length": 2}, (1,), "Ensure this field has at least 2 elements."),
        ({"max_length": 2}, (1, 2, 3), "Ensure this field has no more than 2 elements."),
    ],
)
def test_the_length_of_a_list(write: Writer, options: Json, orders: tuple[int, ...], message: str) -> None:
    kind = album_of(tracks=TRACK(many=True, **options))
    assert write.refused("POST", kind, {"title": "Blue", "tracks": tracks(*orders)}) == {"tracks": {"non_field_errors": [message]}}
    assert len(write.create(kind, {"title": "Blue", "tracks": tracks(1, 2)})["tracks"]) == 2


def test_a_put_that_leaves_a_list_out_empties_none_that_is_kept(write: Writer, track: Json) -> None:
    kind = album_of(tracks=TRACK(many=True, required=False, allow_empty=False))
    assert len(write.replace(kind, 1, {"title": "New"})["tracks"]) == 2


def test_null_is_an_empty_list_where_it_is_allowed(write: Writer) -> None:
    assert write.create(album_of(tracks=TRACK(many=True, allow_null=True)), {"title": "Blue", "tracks": None})["tracks"] == []


def test_faults_of_every_depth_are_told_together(write: Writer) -> None:
    sent = [
        {"title": "Blue", "tracks": [{"order": 1}, {"order": 2, "title": "T2"}, 3]},
        {"title": "x" * 21, "year": "x", "tracks": {}},
        {"title": "Mingus", "tracks": tracks(1, 2)},
        {"year": 1979},
    ]
    assert write.refused("POST", ARTIST, {"albums": sent}) == {
        "name": ["This field is required."],
        "albums": {
            "0": {"tracks": {
                "0": {"title": ["This field is required."]},
                "2": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
            }},
            "1": {
                "title": ["Ensure this field has no more than 20 characters."], "year": ["A valid integer is required."],
                "tracks": {"non_field_errors": ['Expected a list of items but got type "dict".']},
            },
            "3": {"title": ["This field is required."]},
        },
    }  # fmt: skip


def test_within_an_object_that_names_no_row_nothing_is_looked_for(write: Writer) -> None:
    sent = {"id": 9, "title": "Blue", "tracks": [{"id": 8, "order": 1, "title": "T1"}]}
    write.store[Artist].create(name="Joni")
    assert write.refused("PUT", ARTIST, {"name": "Joni", "albums": [sent]}, 1) == {
        "albums": {"0": {"id": ['Invalid pk "9" - object does not exist.']}}
    }


def test_a_name_that_several_rows_have_names_the_one_that_is_related(write: Writer, track: Json) -> None:
    write.store[Genre].all().update(name="folk")
    genre = serializer(Genre, "name")(allow_null=True)
    kind = serializer(Track, "id", "order", "title", genre=genre, nested={"genre": {"match": "name"}})
    sent = {"order": 2, "title": "T2", "genre": {"name": "folk"}}
    write.replace(kind, 2, sent)
    assert write.store[Track].get(pk=2).genre_id == 2
    write.store[Track].filter(pk=2).update(genre=None)
    assert write.refused("PUT", kind, sent, 2) == {"genre": {"name": ["Several objects with name=folk."]}}


def test_a_title_that_several_children_have_names_none(write: Writer, track: Json) -> None:
    write.store[Track].all().update(title="T1")
    kind = album_of(tracks=serializer(Track, "title", "order")(many=True), nested={"tracks": {"match": "title"}})
    errors = write.refused("PATCH", kind, {"tracks": [{"title": "T1"}, {"title": "T2", "order": 3}]}, 1)
    assert errors == {"tracks": {"0": {"title": ["Several objects with title=T1."]}}}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_of_an_object_that_names_no_row_nothing_else_is_told(write: Writer, track: Json, method: str) -> None:
    sent = {"title": "Blue", "tracks": [{"id": 9, "titel": "x", "code": 5}]}
    errors = write.refused(method, album_of(tracks=TRACK(many=True)), sent, 1)
    assert errors == {"tracks": {"0": {"id": ['Invalid pk "9" - object does not exist.']}}}


def test_over_http_the_sentence_names_the_first_field(write: Writer) -> None:
    answer = client_of(write.store, ALBUM).post("/rows/", json={"title": "Blue", "tracks": [{"titel": "T1"}]})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "tracks does not validate"


# PATCH, and what a place gives.


def test_patch_changes_what_is_sent_of_a_row_and_needs_all_of_a_new_one(write: Writer, track: Json) -> None:
    kind = album_of(tracks=TRACK(many=True))
    assert [one["title"] for one in write.patch(kind, 1, {"tracks": [{"id": 2, "title": "New"}]})["tracks"]] == ["T1", "New"]
    assert write.refused("PATCH", kind, {"tracks": [{"id": 2, "title": "T2"}, {"title": "T3"}]}, 1) == {
        "tracks": {"1": {"order": ["This field is required."]}}
    }
    assert [one["order"] for one in write.patch(kind, 1, {"tracks": tracks(5)})["tracks"]] == [1, 2, 5]


def test_patch_goes_on_within(write: Writer) -> None:
    write.create(ARTIST, {"name": "Joni", "albums": [{"title": "Blue", "year": 1971, "tracks": [T1 | {"code": "c1"}]}]})
    shown = write.patch(ARTIST, 1, {"albums": [{"id": 1, "tracks": [{"id": 1, "title": "River"}]}, {"title": "Hejira", "tracks": [T1]}]})
    assert [(album["title"], album["year"], [t["title"] for t in album["tracks"]]) for album in shown["albums"]] == [
        ("Blue", 1971, ["River"]), ("Hejira", None, ["T1"]),
    ]  # fmt: skip
    assert shown["albums"][0]["tracks"][0]["code"] == "c1"


PLACED = album_of(tracks=serializer(Track, "id", "album", "order", "title")(many=True))
GIVEN = ["This field cannot be set: the object's place gives it."]


def test_an_object_may_say_whose_it_is(write: Writer, track: Json) -> None:
    sent = [{"id": 1, "album": 1, **T1}, {"album": "1", "order": 5, "title": "T5"}]
    assert [one["album"] for one in write.replace(PLACED, 1, {"title": "Blue", "tracks": sent})["tracks"]] == [1, 1, 1]


@pytest.mark.parametrize("album", [2, 9, None, "x"])
def test_an_object_belongs_to_no_other_one(write: Writer, track: Json, album: Any) -> None:
    write.store[Album].create(title="Hejira")
    sent = {"tracks": [{"id": 1, "album": album}, {"album": album, "order": 5, "title": "T5"}]}
    assert write.refused("PATCH", PLACED, sent, 1) == {"tracks": {"0": {"album": GIVEN}, "1": {"album": GIVEN}}}


def test_an_object_cannot_say_the_key_of_a_parent_that_is_yet_to_come(write: Writer) -> None:
    sent = {"title": "Blue", "tracks": [{"album": 1, "order": 1, "title": "T1"}]}
    assert write.refused("POST", PLACED, sent) == {"tracks": {"0": {"album": GIVEN}}}


@pytest.mark.parametrize("album", [{"id": 1, "title": "Blue"}, {"title": 5}, None], ids=repr)
def test_an_object_does_not_say_its_parent_as_an_object(write: Writer, track: Json, album: Any) -> None:
    kind = album_of(tracks=serializer(Track, "id", "order", "title", album=serializer(Album, "id", "title")())(many=True))
    assert len(write.replace(kind, 1, {"title": "Blue", "tracks": [{"id": 1, **T1}, NEW]})["tracks"]) == 3
    assert write.refused("PATCH", kind, {"tracks": [{"id": 1, "album": album}]}, 1) == {"tracks": {"0": {"album": GIVEN}}}
