"""`Meta.nested`: what a policy is by default, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import Endpoint, MemoryDataStore, Misdeclared, Wrapper, models
from pyrest.serializers import ModelSerializer, Serializer
from pyrest.serializers.policies import Policy
from pyrest.serializers.representation import representation
from tests.serializers.library import (
    ALBUM,
    ARTIST,
    DISC,
    GENRE,
    MODELS,
    NOTE,
    SLEEVE,
    TAG,
    TRACK,
    Album,
    Artist,
    Track,
    album_of,
    serializer,
)


def policy_of(kind: type[ModelSerializer], name: str) -> Policy:
    store = MemoryDataStore(models=MODELS)
    policies: dict[str, Policy] = representation(kind.prototype(), kind.meta_options["model"], store.catalog, None).policies
    return policies[name]


@pytest.mark.parametrize(
    ("said", "policy"),
    [
        ({}, Policy("id", "keep", True)),
        ({"tracks": {}}, Policy("id", "keep", True)),
        ({"tracks": {"match": "pk"}}, Policy("id", "keep", True)),
        ({"tracks": {"match": "id", "missing": "delete"}}, Policy("id", "delete", True)),
        ({"tracks": {"match": "order", "create": False}}, Policy("order", "keep", False)),
    ],
)
def test_a_policy(said: dict[str, Any], policy: Policy) -> None:
    assert policy_of(album_of(tracks=TRACK(many=True), nested=said), "tracks") == policy


def test_the_key_may_have_another_name() -> None:
    assert policy_of(album_of(discs=DISC(many=True)), "discs") == Policy("code", "keep", True)


def test_a_source_is_called_as_it_is_shown() -> None:
    kind = serializer(Album, "id", songs=TRACK(many=True, source="tracks"), nested={"songs": {"missing": "delete"}})
    assert policy_of(kind, "songs").missing == "delete"


def test_without_a_key_all_objects_are_new() -> None:
    kind = album_of(tracks=serializer(Track, "order", "title")(many=True), nested={"tracks": {"missing": "delete"}})
    assert policy_of(kind, "tracks") == Policy("id", "delete", True)


def test_what_is_only_shown_has_none() -> None:
    store = MemoryDataStore(models=MODELS)
    kind = album_of(tracks=TRACK(many=True, read_only=True))
    assert representation(kind.prototype(), Album, store.catalog, None).policies == {}


NESTED = "AlbumSerializer.Meta.nested"
OUR_OWN = "missing is about rows that point here, and this is a relation of our own"
BY_WHICH = "by which its objects would name rows"
NOT_NULL = "to take null; say 'keep' or 'delete'"
MEMBERS: dict[str, Serializer] = {
    "tracks": TRACK(many=True),
    "tags": TAG(many=True),
    "discs": DISC(many=True),
    "notes": NOTE(many=True),
    "sleeve": SLEEVE(),
    "artist": serializer(Artist, "id", "name")(),
    "shown": TRACK(many=True, read_only=True, source="tracks"),
}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["tracks"], f"{NESTED} maps names of nested serializers to options, not ['tracks']"),
        ({"track": {}}, f"{NESTED}: 'track' is no nested serializer that is written; did you mean \"tracks\"?"),
        ({"title": {}}, f"{NESTED}: 'title' is no nested serializer that is written"),
        ({"shown": {}}, f"{NESTED}: 'shown' is no nested serializer that is written"),
        ({5: {}}, f"{NESTED}: 5 is no nested serializer that is written"),
        ({"tracks": "delete"}, f"{NESTED}['tracks'] is a mapping of options, such as {{'missing': 'delete'}}, not 'delete'"),
        ({"tracks": {"mising": "keep"}}, f"{NESTED}['tracks'] has no option 'mising'; did you mean \"missing\"?"),
        ({"tracks": {"missing": "drop"}}, f"{NESTED}['tracks']: missing is one of keep, unlink, delete, not 'drop'"),
        ({"tracks": {"missing": []}}, f"{NESTED}['tracks']: missing is one of keep, unlink, delete, not []"),
        ({"tracks": {"create": 1}}, f"{NESTED}['tracks']: create is True or False, not 1"),
        ({"tracks": {"match": "ordre"}}, f"{NESTED}['tracks']: match 'ordre' is no field of Track; did you mean \"order\"?"),
        ({"tracks": {"match": 5}}, f"{NESTED}['tracks']: match 5 is no field of Track"),
        ({"tracks": {"match": ["id"]}}, f"{NESTED}['tracks']: match ['id'] is no field of Track"),
        (
            {"tracks": {"match": "genre"}},
            f"{NESTED}['tracks']: TrackSerializer shows no plain field 'genre', {BY_WHICH}",
        ),
        ({"tracks": {"missing": "unlink"}}, f"{NESTED}['tracks']: missing='unlink' needs Track.album {NOT_NULL}"),
        (
            {"sleeve": {"missing": "unlink"}},
            f"{NESTED}['sleeve']: missing='unlink' needs Sleeve.album to take null; say 'keep' or 'delete'",
        ),
        (
            {"artist": {"missing": "unlink"}},
            f"{NESTED}['artist']: missing is about rows that point here, and this is a relation of our own",
        ),
        (
            {"artist": {"missing": "delete"}},
            f"{NESTED}['artist']: missing is about rows that point here, and this is a relation of our own",
        ),
    ],
    ids=repr,
)
def test_contradictions_name_their_place(said: Any, message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        serializer(Album, "id", "title", **MEMBERS, nested=said)
    assert str(refusal.value) == message


@pytest.mark.parametrize("said", [{"match": "pk"}, {"match": "id"}, {"create": False}])
def test_to_name_rows_a_nested_serializer_has_to_show_what_they_are_named_by(said: Any) -> None:
    with pytest.raises(Misdeclared, match=r"^AlbumSerializer.Meta.nested\['tracks'\]: TrackSerializer shows no plain field 'id', by which"):
        album_of(tracks=serializer(Track, "order", "title")(many=True), nested={"tracks": said})


def test_a_contradiction_within_names_the_inner_class() -> None:
    with pytest.raises(Misdeclared, match=r"^AlbumSerializer.Meta.nested\['tracks'\]: missing='unlink'"):
        serializer(Artist, "id", albums=album_of(tracks=TRACK(many=True), nested={"tracks": {"missing": "unlink"}})(many=True))


def test_what_cannot_be_compared_names_nothing() -> None:
    class Box(models.Model):
        id = models.PkField()

    class Thing(models.Model):
        id = models.PkField()
        box = models.ForeignKey(Box, related_name="things")
        data = models.JSONField()

    with pytest.raises(Misdeclared, match=r"^BoxSerializer.Meta.nested\['things'\]: the values of 'data' are not fit to match by"):
        serializer(Box, "id", things=serializer(Thing, "id", "data")(many=True), nested={"things": {"match": "data"}})


def test_where_only_a_store_knows_a_model_the_app_is_refused() -> None:
    class Crate(models.Model):
        id = models.PkField()

    class Record(models.Model):
        id = models.PkField()
        crate = models.ForeignKey("crate", required=True, related_name="records")

    kind = serializer(Crate, "id", records=serializer(Record, "id")(many=True), nested={"records": {"missing": "unlink"}})
    endpoint = type("Crates", (Endpoint,), {"serializer": kind})
    with pytest.raises(Misdeclared, match=r"^CrateSerializer.Meta.nested\['records'\]: missing='unlink' needs Record.crate"):
        Wrapper([endpoint, Record], datastore=MemoryDataStore())


@pytest.mark.parametrize(
    ("kind", "names"), [(ALBUM, {"tracks"}), (ARTIST, {"albums"}), (serializer(Track, "id", genre=GENRE()), {"genre"})]
)
def test_every_nested_serializer_that_is_written_has_one(kind: type[ModelSerializer], names: set[str]) -> None:
    store = MemoryDataStore(models=MODELS)
    assert representation(kind.prototype(), kind.meta_options["model"], store.catalog, None).policies.keys() == names
