"""The class body of a serializer: which fields there are, what `Meta` says of them, inheritance."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import MemoryDataStore, models
from pyrest.serializers import (
    HyperlinkedModelSerializer,
    ModelSerializer,
    ReadOnlyField,
    Serializer,
    StringRelatedField,
    UniqueTogetherValidator,
    ValidationError,
)
from tests.serializers.albums import MODELS, Album, Artist, Genre, Label, made, of_albums

EVERY = ("id", "title", "year", "stars", "artist", "genres")


@pytest.fixture
def store() -> MemoryDataStore:
    return MemoryDataStore(models=MODELS)


# Which fields there are.


@pytest.mark.parametrize(
    ("meta", "body", "names"),
    [
        ({}, {}, EVERY),
        ({"fields": "__all__"}, {}, EVERY),
        ({"fields": ("stars", "id")}, {}, ("stars", "id")),
        ({"fields": ["id"]}, {}, ("id",)),
        ({"fields": ()}, {}, ()),
        ({"exclude": ("id", "genres")}, {}, ("title", "year", "stars", "artist")),
        ({"exclude": ()}, {}, EVERY),
        ({"fields": ("caption", "tracks")}, {}, ("caption", "tracks")),
        ({}, {"caption": ReadOnlyField()}, ("id", "caption", "title", "year", "stars", "artist", "genres")),
        ({}, {"year": models.IntegerField(min=1)}, ("id", "year", "title", "stars", "artist", "genres")),
        ({"fields": ("title", "caption")}, {"caption": ReadOnlyField()}, ("title", "caption")),
    ],
)
def test_the_fields_of_a_serializer_and_their_order(
    store: MemoryDataStore, meta: dict[str, Any], body: dict[str, Any], names: tuple[str, ...]
) -> None:
    kind = made(of_albums(**meta), **body)
    row = store[Album].create(title="a")
    assert kind.field_names == names
    assert kind(row).data.keys() == set(names)


def test_a_hyperlinked_serializer_has_a_link_in_place_of_the_key() -> None:
    assert made(None, HyperlinkedModelSerializer).field_names == ("url", *EVERY[1:])


def test_without_a_model_the_fields_are_those_that_are_declared() -> None:
    kind = made({}, Serializer, title=models.StringField(), year=models.IntegerField())
    assert kind.field_names == ("title", "year")


# What Meta says of them.


@pytest.mark.parametrize(
    ("meta", "line"),
    [
        ({"read_only_fields": ("title",)}, "title = StringField(max_length=10, read_only=True)"),
        ({"read_only_fields": ("artist",)}, "artist = PrimaryKeyRelatedField(read_only=True)"),
        ({"read_only_fields": ["genres"]}, "genres = PrimaryKeyRelatedField(many=True, read_only=True)"),
        ({"extra_kwargs": {"title": {"required": False}}}, "title = StringField(max_length=10, required=False)"),
        ({"extra_kwargs": {"title": {"max_length": 5}}}, "title = StringField(max_length=5)"),
        ({"extra_kwargs": {"title": {"default": "none"}}}, "title = StringField(default='none', max_length=10, required=False)"),
        ({"extra_kwargs": {"title": {"write_only": True}}}, "title = StringField(max_length=10, write_only=True)"),
        ({"extra_kwargs": {"year": {"required": True}}}, "year = IntegerField()"),
        ({"extra_kwargs": {"stars": {"allow_null": True}}}, "stars = IntegerField(default=3, max=5, null=True, required=False)"),
        ({"extra_kwargs": {"year": {"source": "stars"}}}, "year = IntegerField(required=False, source='stars')"),
        ({"extra_kwargs": {"title": {"help_text": "Its name."}}}, "title = StringField(help_text='Its name.', max_length=10)"),
        ({"extra_kwargs": {"artist": {"required": True}}}, "artist = PrimaryKeyRelatedField(allow_null=True, queryset=Artist)"),
        ({"extra_kwargs": {"artist": {"read_only": True}}}, "artist = PrimaryKeyRelatedField(read_only=True)"),
        ({"extra_kwargs": {"genres": {"allow_empty": False}}},
         "genres = PrimaryKeyRelatedField(allow_empty=False, many=True, queryset=Genre, required=False)"),
        ({"fields": ("caption",), "extra_kwargs": {"caption": {"help_text": "Its label."}}},
         "caption = ReadOnlyField(help_text='Its label.')"),
        ({"read_only_fields": ("title",), "extra_kwargs": {"title": {"help_text": "Its name."}}},
         "title = StringField(help_text='Its name.', max_length=10, read_only=True)"),
    ],
    ids=str,
)  # fmt: skip
def test_options_of_fields_that_are_not_declared(store: MemoryDataStore, meta: dict[str, Any], line: str) -> None:
    assert f"    {line}\n" in f"{made(of_albums(**meta))(store=store)!r}\n"


def test_the_models_own_field_stays_as_it_is(store: MemoryDataStore) -> None:
    made(of_albums(extra_kwargs={"title": {"max_length": 2, "required": False}}))
    field = Album.__fields__["title"]
    assert (vars(field)["max_length"], field.required, field.owner) == (10, True, "Album")


def test_an_option_holds_where_bodies_are_read(store: MemoryDataStore) -> None:
    own = {"max_length": 2, "error_messages": {"invalid": "At most two letters."}}
    kind = made(of_albums(extra_kwargs={"title": own, "year": {"required": True}}))
    found = kind(data={"title": "abc"}, store=store)
    assert not found.is_valid()
    assert found.errors == {"title": ["At most two letters."], "year": ["This field is required."]}


@pytest.mark.parametrize(
    ("depth", "artist"),
    [
        (0, 1),
        (1, {"id": 1, "label": 1, "name": "Kraftwerk"}),
        (2, {"id": 1, "label": {"id": 1, "name": "Kling Klang"}, "name": "Kraftwerk"}),
        (10, {"id": 1, "label": {"id": 1, "name": "Kling Klang"}, "name": "Kraftwerk"}),
    ],
)
def test_depth_shows_relations_by_their_rows(store: MemoryDataStore, depth: int, artist: Any) -> None:
    artists = store[Artist].create(name="Kraftwerk", label=store[Label].create(name="Kling Klang"))
    row = store[Album].create(title="a", artist=artists, genres=[store[Genre].create(name="pop")])
    data = made(of_albums(depth=depth))(row).data
    assert data["artist"] == artist
    assert data["genres"] == ([{"id": 1, "name": "pop"}] if depth else [1])


def test_what_depth_shows_is_only_shown(store: MemoryDataStore) -> None:
    found = made(of_albums(depth=1))(data={"title": "a", "artist": None}, store=store)
    assert not found.is_valid()
    assert found.errors == {"artist": ["This field cannot be set."]}


# Validators.


def no_twins(values: dict[str, Any]) -> None:
    if values["title"] == "Twin":
        raise ValidationError("No twins.")


def not_long(values: dict[str, Any]) -> None:
    if len(values["title"]) > 3:
        raise ValidationError({"title": ["Too long."]})


TWICE = {"non_field_errors": ["The fields artist, title must make a unique set."]}


@pytest.mark.parametrize(
    ("meta", "errors"),
    [
        ({}, TWICE),
        ({"validators": None}, TWICE),
        ({"validators": []}, {}),
        ({"validators": [UniqueTogetherValidator(("title", "artist"))]},
         {"non_field_errors": ["The fields title, artist must make a unique set."]}),
        ({"validators": [UniqueTogetherValidator(["artist", "title"], "Two {field_names}?")]},
         {"non_field_errors": ["Two artist, title?"]}),
        ({"validators": [no_twins]}, {"non_field_errors": ["No twins."]}),
        ({"validators": (not_long,)}, {"title": ["Too long."]}),
        ({"validators": [no_twins, not_long]}, {"non_field_errors": ["No twins."], "title": ["Too long."]}),
        ({"fields": ("title",)}, {}),
    ],
)  # fmt: skip
def test_validators_look_at_the_whole_object(store: MemoryDataStore, meta: dict[str, Any], errors: dict[str, Any]) -> None:
    artist = store[Artist].create(name="a")
    store[Album].create(title="Twin", artist=artist)
    found = made(of_albums(**meta))(data={"title": "Twin"} | ({} if "fields" in meta else {"artist": 1}), store=store)
    assert found.is_valid() == (not errors)
    assert found.errors == errors


def test_a_validator_may_ask_for_the_serializer(store: MemoryDataStore) -> None:
    class Limit:
        requires_context = True

        def __call__(self, values: dict[str, Any], serializer: Serializer) -> None:
            if values["year"] > serializer.context["now"]:
                raise ValidationError("Not yet.")

    found = made(of_albums(validators=[Limit()]))(data={"title": "a", "year": 2001}, store=store, context={"now": 2000})
    assert not found.is_valid()
    assert found.errors == {"non_field_errors": ["Not yet."]}


# Inheritance.


class Base(ModelSerializer):
    caption = models.StringField(source="title")
    by = StringRelatedField(source="artist")

    class Meta:
        model = Album


class WithoutCaption(Base):
    caption = None


class Below(WithoutCaption):
    pass


class Again(Below):
    caption = models.IntegerField(source="year")


class Mixin(Serializer):
    rated = models.IntegerField(source="stars")


class Mixed(Mixin, Base):
    class Meta(Base.Meta):
        exclude = ("artist", "genres")


class Narrowed(Base):
    class Meta(Base.Meta):
        fields = ("by", "id")


class Hidden(Base):
    def by(self) -> str:
        return "a method of this name"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Base, ("id", "caption", "by", *EVERY[1:])),
        (WithoutCaption, ("id", "by", *EVERY[1:])),
        (Below, ("id", "by", *EVERY[1:])),
        (Again, ("id", "by", "caption", *EVERY[1:])),
        (Mixed, ("id", "caption", "by", "rated", "title", "year", "stars")),
        (Narrowed, ("by", "id")),
        (Hidden, ("id", "caption", *EVERY[1:])),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_fields_are_inherited(store: MemoryDataStore, kind: type[ModelSerializer], names: tuple[str, ...]) -> None:
    assert kind.field_names == names
    assert kind(store[Album].create(title="a")).data.keys() == set(names)


def test_a_field_is_declared_anew_in_its_place(store: MemoryDataStore) -> None:
    class Anew(Base):
        caption = models.IntegerField(source="year", read_only=True)

    assert Anew.field_names == Base.field_names
    assert Anew(store[Album].create(title="a", year=1974)).data["caption"] == 1974
