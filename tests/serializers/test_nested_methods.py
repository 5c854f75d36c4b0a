"""The user's own methods around nested writes: `validate`, `Meta.validators`, `create` and `update` by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import Change
from pyrest.serializers import ModelSerializer, ValidationError
from pyrest.store import Store
from tests.serializers.library import (
    ALBUM,
    GENRED,
    SLEEVE,
    T1,
    TAG,
    TRACK,
    Album,
    Artist,
    Genre,
    Json,
    Sleeve,
    Tag,
    Track,
    Writer,
    album_of,
    client_of,
    serializer,
    tracks,
)

ORDER = {"non_field_errors": ["The fields album, order must make a unique set."]}
NO_OBJECT = {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}


# Methods of the serializers.


def refuse_blue(value: Any) -> Any:
    if value == "Blue":
        raise ValidationError("Not blue.")
    return value


class Checked(ModelSerializer):
    """A track whose title is written in capitals, whose order is even, and whose two texts differ."""

    class Meta:
        model = Track
        fields = ("id", "order", "title", "code")

    def validate_title(self, value: str) -> str:
        refuse_blue(value)
        return value.upper()

    def validate_order(self, value: int) -> int:
        if value % 2:
            raise ValidationError("Even numbers only.")
        return value

    def validate(self, attrs: Json) -> Json:
        if attrs.get("title") == attrs.get("code"):
            raise ValidationError("The two are the same.")
        return {**attrs, "code": str(attrs["code"]).lower()} if attrs.get("code") else attrs


CHECKED = album_of(tracks=Checked(many=True))


def test_the_methods_of_a_nested_serializer_are_called(write: Writer) -> None:
    shown = write.create(CHECKED, {"title": "Blue", "tracks": [{"order": 2, "title": "River", "code": "C2"}]})
    assert shown["tracks"] == [{"id": 1, "order": 2, "title": "RIVER", "code": "c2"}]


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"order": 1, "title": "River"}, {"order": ["Even numbers only."]}),
        ({"order": 1, "title": "Blue"}, {"order": ["Even numbers only."], "title": ["Not blue."]}),
        ({"order": 2, "title": "River", "code": "RIVER"}, {"non_field_errors": ["The two are the same."]}),
        ({"order": 1, "title": "River", "code": "RIVER"}, {"order": ["Even numbers only."]}),
    ],
    ids=["one field", "two fields", "all together", "all together, where a field is at fault"],
)
def test_what_they_refuse_stands_at_its_place(write: Writer, sent: Json, errors: Json) -> None:
    body = {"title": "Blue", "tracks": [{"order": 4, "title": "Carey"}, sent]}
    assert write.refused("POST", CHECKED, body) == {"tracks": {"1": errors}}


def test_they_are_called_in_a_patch_for_what_is_sent(write: Writer) -> None:
    write.create(CHECKED, {"title": "Blue", "tracks": [{"order": 2, "title": "River"}]})
    assert write.patch(CHECKED, 1, {"tracks": [{"id": 1, "title": "Carey"}]})["tracks"][0]["title"] == "CAREY"
    assert write.refused("PATCH", CHECKED, {"tracks": [{"id": 1, "order": 3}]}, 1) == {"tracks": {"0": {"order": ["Even numbers only."]}}}


class Whole(ModelSerializer):
    """An album that has as many tracks as its year says, which are called like it."""

    tracks = TRACK(many=True)

    class Meta:
        model = Album
        fields = ("id", "title", "year", "tracks")

    def validate_tracks(self, value: list[Json]) -> list[Json]:
        if len(value) > 2:
            raise ValidationError("Two at the most.")
        return [{**track, "title": str(track["title"]).upper()} for track in value]

    def validate(self, attrs: Json) -> Json:
        if attrs["year"] != len(attrs["tracks"]):
            raise ValidationError({"year": ["It is the number of tracks."]})
        return attrs


def test_a_parent_s_methods_get_its_children_s_values(write: Writer) -> None:
    shown = write.create(Whole, {"title": "Blue", "year": 2, "tracks": tracks(1, 2)})
    assert [one["title"] for one in shown["tracks"]] == ["T1", "T2"]
    sent = [{"id": 1, "order": 2, "title": "x"}, {"id": 2, "order": 1, "title": "y"}]
    assert [(one["id"], one["title"]) for one in write.replace(Whole, 1, {"title": "Blue", "year": 2, "tracks": sent})["tracks"]] == [
        (2, "Y"), (1, "X"),
    ]  # fmt: skip
    assert write.store[Track].count() == 2


@pytest.mark.parametrize(
    ("year", "orders", "errors"),
    [
        (3, (1, 2, 3), {"tracks": ["Two at the most."]}),
        (1, (1, 2), {"year": ["It is the number of tracks."]}),
        (1, (1, 1), {"tracks": {"1": ORDER}}),
        (1, (1, 1, 2), {"tracks": {"1": ORDER}}),
    ],
    ids=["of the list", "of the whole", "not asked where a child is at fault", "nor about the list"],
)
def test_what_a_parent_s_methods_refuse(write: Writer, year: int, orders: tuple[int, ...], errors: Json) -> None:
    assert write.refused("POST", Whole, {"title": "Blue", "year": year, "tracks": tracks(*orders)}) == errors


def test_a_parent_s_validate_is_not_asked_for_what_could_not_be_read(write: Writer) -> None:
    assert write.refused("POST", Whole, {"title": "Blue", "year": 9, "tracks": ["x"]}) == {"tracks": {"0": NO_OBJECT}}


class SameYear:
    """A validator that wants to know where it is."""

    requires_context = True

    def __call__(self, attrs: Json, used: Any) -> None:
        if attrs["title"] == used.context.get("forbidden", "Blue"):
            raise ValidationError([f"{type(used).__name__} refuses it."])


def long_title(attrs: Json) -> None:
    if len(attrs["title"]) > 6:
        raise ValidationError({"title": ["Too long."]})


def test_validators_of_both_depths(write: Writer) -> None:
    track = serializer(Track, "id", "order", "title", validators=[SameYear(), long_title])
    kind = album_of(tracks=track(many=True), validators=[SameYear()])
    sent = [{"order": 1, "title": "Blue"}, {"order": 2, "title": "A long one"}, {"order": 2, "title": "Fine"}]
    assert write.refused("POST", kind, {"title": "Blue", "tracks": sent}) == {
        "tracks": {"0": {"non_field_errors": ["TrackSerializer refuses it."]}, "1": {"title": ["Too long."]}}
    }
    assert write.refused("POST", kind, {"title": "Blue", "tracks": sent[2:]}) == {"non_field_errors": ["AlbumSerializer refuses it."]}
    assert write.create(kind, {"title": "Fine", "tracks": sent[2:]})["title"] == "Fine"


def test_the_context_reaches_nested_serializers(store: Store) -> None:
    track = serializer(Track, "id", "order", "title", validators=[SameYear()])
    used = album_of(tracks=track(many=True))(
        data={"title": "Blue", "tracks": [{"order": 1, "title": "River"}]}, store=store, context={"forbidden": "River"}
    )
    assert not used.is_valid()
    assert used.errors == {"tracks": {"0": {"non_field_errors": ["TrackSerializer refuses it."]}}}


# create() and update() by hand.


def test_create_by_hand_gets_the_values(write: Writer) -> None:
    """Rows stand for what is named, mappings for what is nested."""
    got: list[Any] = []

    class ByHand(ModelSerializer):
        tracks = GENRED(many=True)
        tags = TAG(many=True)

        class Meta:
            model = Album
            fields = ("id", "title", "artist", "tracks", "tags")

        def create(self, validated_data: Any) -> Any:
            got.append({**validated_data, "tracks": [{**child} for child in validated_data["tracks"]]})
            children, tags = validated_data.pop("tracks"), validated_data.pop("tags")
            album = self.store[Album].create(**validated_data)
            for child in children:
                genre = self.store[Genre].create(**child.pop("genre"))
                album.tracks.create(genre=genre, **child)
            album.tags.set(tag["id"] for tag in tags)
            return album

    joni, tag = write.store[Artist].create(name="Joni"), write.store[Tag].create(name="folk")
    sent = {"title": "Blue", "artist": 1, "tracks": [T1 | {"genre": {"name": "folk"}}], "tags": [{"id": 1}]}
    shown = write.create(ByHand, sent)
    assert got == [{"title": "Blue", "artist": joni, "tracks": [T1 | {"genre": {"name": "folk"}}], "tags": [{"id": tag.pk}]}]
    assert shown == {
        "id": 1, "title": "Blue", "artist": 1, "tracks": [{"id": 1, **T1, "genre": {"id": 1, "name": "folk"}}],
        "tags": [{"id": 1, "name": "folk", "colour": None}],
    }  # fmt: skip


def test_update_by_hand_gets_the_keys_of_rows_that_are_there(write: Writer, track: Json) -> None:
    got: list[Any] = []

    class ByHand(ModelSerializer):
        tracks = TRACK(many=True)

        class Meta:
            model = Album
            fields = ("id", "title", "tracks")

        def update(self, instance: Any, validated_data: Any) -> Any:
            got.append((instance, {**validated_data}))
            for child in validated_data["tracks"]:
                if "id" in child:
                    self.store[Track].filter(pk=child["id"]).update(title=child["title"])
            return instance

    write.patch(ByHand, 1, {"tracks": [{"id": 2, "title": "New"}, {"order": 3, "title": "T3"}]})
    assert got == [(write.store[Album].get(pk=1), {"tracks": [{"id": 2, "title": "New"}, {"order": 3, "title": "T3"}]})]
    assert [track.title for track in write.store[Track].all()] == ["T1", "New"]


class Louder(ModelSerializer):
    """Writes by itself what it is given, in capitals, without the last of its tracks."""

    tracks = TRACK(many=True)

    class Meta:
        model = Album
        fields = ("id", "title", "tracks")
        nested = {"tracks": {"missing": "delete"}}

    def create(self, validated_data: Any) -> Any:
        return super().create(self.louder(validated_data))

    def update(self, instance: Any, validated_data: Any) -> Any:
        return super().update(instance, self.louder(validated_data))

    def louder(self, given: Any) -> Json:
        children = [{**child, "title": child["title"].upper()} for child in given["tracks"]]
        return {**given, "title": given["title"].upper(), "tracks": children[:-1]}


def test_the_own_way_goes_on_with_changed_values(write: Writer) -> None:
    shown = write.create(Louder, {"title": "Blue", "tracks": [{"order": n, "title": f"t{n}"} for n in (1, 2, 3)]})
    assert (shown["title"], [one["title"] for one in shown["tracks"]]) == ("BLUE", ["T1", "T2"])
    sent = [{"id": 2, "order": 1, "title": "y"}, {"order": 2, "title": "z"}, {"id": 1, "order": 3, "title": "x"}]
    shown = write.replace(Louder, 1, {"title": "Mingus", "tracks": sent})
    assert (shown["title"], [(one["id"], one["title"]) for one in shown["tracks"]]) == ("MINGUS", [(2, "Y"), (3, "Z")])


class Repainting(ModelSerializer):
    """Writes a copy of what it is given: the one row that is meant is still that row."""

    sleeve = SLEEVE()
    tracks = TRACK(many=True)

    class Meta:
        model = Album
        fields = ("id", "title", "sleeve", "tracks")
        nested = {"tracks": {"match": "order"}}

    def update(self, instance: Any, validated_data: Any) -> Any:
        sleeve, children = validated_data["sleeve"], validated_data["tracks"]
        assert (sleeve["id"], [(child["id"], child["order"]) for child in children]) == (1, [(2, 2), (1, 1)])
        return super().update(
            instance, {"sleeve": {**sleeve, "colour": "red"}, "tracks": [{**child, "title": "New"} for child in children]}
        )


def test_values_tell_which_rows_they_change(write: Writer, track: Json) -> None:
    write.store[Sleeve].create(album=1, colour="blue")
    sent = {"title": "Blue", "sleeve": {"colour": "green"}, "tracks": [{"order": 2, "title": "a"}, {"order": 1, "title": "b"}]}
    shown = write.replace(Repainting, 1, sent)
    assert shown["sleeve"] == {"id": 1, "colour": "red"}
    assert [(one["id"], one["order"], one["title"]) for one in shown["tracks"]] == [(1, 1, "New"), (2, 2, "New")]


def test_save_takes_further_values(store: Store) -> None:
    used = ALBUM(data={"title": "Blue", "tracks": [T1]}, store=store)
    assert used.is_valid()
    assert (used.save(year=1971).year, used.data["tracks"]) == (1971, [{"id": 1, **T1, "code": None}])


def test_a_hook_may_change_nested_values(store: Store) -> None:
    def before_write(self: Any, change: Change) -> None:
        change.data["tracks"] = [{**track, "title": "Hooked"} for track in change.data["tracks"][:1]]

    kind = album_of(tracks=TRACK(many=True), nested={"tracks": {"missing": "delete"}})
    client = client_of(store, kind, before_write=before_write)
    client.post("/rows/", json={"title": "Blue", "tracks": tracks(1, 2)})
    assert [(track.pk, track.title) for track in store[Track].all()] == [(1, "Hooked")]
    client.put("/rows/1/", json={"title": "Blue", "tracks": [{"id": 1, "order": 3, "title": "T3"}, {"order": 4, "title": "T4"}]})
    assert [(track.pk, track.order, track.title) for track in store[Track].all()] == [(1, 3, "Hooked")]
