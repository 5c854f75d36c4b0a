"""What every field of a serializer has: whether it is shown and taken, its default, where its value comes from, what it says."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import MemoryDataStore, Misdeclared, models, serializers
from pyrest.serializers import (
    ModelSerializer,
    PrimaryKeyRelatedField,
    ReadOnlyField,
    SerializerField,
    SerializerMethodField,
    SlugRelatedField,
    StringRelatedField,
    ValidationError,
)


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)

    def __str__(self) -> str:
        return f"the artist {self.name}"

    def shouted(self) -> str:
        return self.name.upper()


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True, max_length=10)
    year = models.IntegerField()
    stars = models.IntegerField(default=3)
    artist = models.ForeignKey(Artist, error_messages={"null": "Somebody made it."})

    @property
    def label(self) -> str:
        return f"{self.title} ({self.year})"


REQUIRED = ["This field is required."]
NULL = ["This field may not be null."]
NOT_SET = ["This field cannot be set."]
NOT_CHANGED = ["This field cannot be changed."]


@pytest.fixture
def store() -> MemoryDataStore:
    """Autobahn is an album of Kraftwerk's, Untitled is nobody's."""
    store = MemoryDataStore(models=[Album])
    kraftwerk = store[Artist].create(name="Kraftwerk")
    store[Album].create(title="Autobahn", year=1974, stars=5, artist=kraftwerk)
    store[Album].create(title="Untitled")
    return store


def album(name: str = "", field: Any = None, **body: Any) -> type[ModelSerializer]:
    """A serializer of albums that declares one field."""
    meta = type("Meta", (), {"model": Album})
    return type("AlbumSerializer", (ModelSerializer,), {"Meta": meta, **({name: field} if name else {}), **body})


def shown(store: MemoryDataStore, kind: type[ModelSerializer], key: int = 1) -> dict[str, Any]:
    """What is shown of an album."""
    data: dict[str, Any] = kind(store[Album].get(id=key)).data
    return data


def written(store: MemoryDataStore, kind: type[ModelSerializer], key: int = 0, partial: bool = False, **data: Any) -> Any:
    """A serializer of a new album, or of the one with that key, that has looked at data."""
    found = kind(store[Album].get(id=key) if key else None, data=data, partial=partial, store=store)
    found.is_valid()
    return found


# Read-only, write-only.


class Louder(SerializerField):
    """A field of the user's own."""

    def to_representation(self, value: str) -> str:
        return f"{value}!"

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("loud")
        return data.removesuffix("!")

    default_error_messages = {"loud": "Say it loud."}


ONLY_SHOWN: list[tuple[str, Any, Any]] = [
    ("title", models.StringField(read_only=True), "Autobahn"),
    ("artist", PrimaryKeyRelatedField(read_only=True), 1),
    ("artist", SlugRelatedField("name", read_only=True), "Kraftwerk"),
    ("artist", StringRelatedField(), "the artist Kraftwerk"),
    ("title", Louder(read_only=True), "Autobahn!"),
    ("label", ReadOnlyField(), "Autobahn (1974)"),
    ("title", ReadOnlyField(), "Autobahn"),
    ("label", models.StringField(), "Autobahn (1974)"),
    ("loud", SerializerMethodField(), "Autobahn!!"),
]


@pytest.mark.parametrize(("name", "field", "value"), ONLY_SHOWN, ids=[f"{name}-{type(field).__name__}" for name, field, _ in ONLY_SHOWN])
def test_what_is_only_shown_is_not_taken_but_may_be_sent_back(store: MemoryDataStore, name: str, field: Any, value: Any) -> None:
    kind = album(name, field, get_loud=lambda self, row: f"{row.title}!!")
    assert shown(store, kind)[name] == value
    assert written(store, kind, **{"title": "a", name: value}).errors == {name: NOT_SET}
    assert written(store, kind, 1, partial=True, **{name: value}).validated_data == {}
    assert written(store, kind, 1, partial=True, **{name: "other"}).errors == {name: NOT_CHANGED}


ONLY_TAKEN: list[tuple[str, Any, Any, Any]] = [
    ("title", models.StringField(write_only=True), "Radio", "Radio"),
    ("title", Louder(write_only=True), "Radio!", "Radio"),
    ("artist", PrimaryKeyRelatedField(queryset=Artist, write_only=True), "1", 1),
    ("artist", SlugRelatedField("name", queryset=Artist, write_only=True), "Kraftwerk", 1),
]


@pytest.mark.parametrize(("name", "field", "sent", "taken"), ONLY_TAKEN, ids=[type(field).__name__ for _, field, _, _ in ONLY_TAKEN])
def test_what_is_write_only_is_taken_and_never_shown(store: MemoryDataStore, name: str, field: Any, sent: Any, taken: Any) -> None:
    kind = album(name, field)
    assert name not in shown(store, kind)
    found = written(store, kind, 1, partial=True, **{name: sent})
    assert getattr(found.validated_data[name], "pk", found.validated_data[name]) == taken
    found.save()
    assert name not in found.data


# Required, null, defaults.


@pytest.mark.parametrize(
    ("name", "field", "errors"),
    [
        ("title", models.StringField(), {"title": REQUIRED}),
        ("title", models.StringField(required=False), {}),
        ("year", models.IntegerField(), {}),
        ("year", models.IntegerField(required=True), {"year": REQUIRED}),
        ("stars", models.IntegerField(required=True), {"stars": REQUIRED}),
        ("title", Louder(), {"title": REQUIRED}),
        ("title", Louder(required=False), {}),
        ("year", Louder(required=True), {"year": REQUIRED}),
        ("artist", PrimaryKeyRelatedField(queryset=Artist), {}),
        ("artist", PrimaryKeyRelatedField(queryset=Artist, required=True), {"artist": REQUIRED}),
        ("name", models.StringField(source="title"), {"name": REQUIRED}),
    ],
)
def test_it_must_be_sent_where_it_says_so_or_else_where_the_models_field_does(
    store: MemoryDataStore, name: str, field: Any, errors: dict[str, Any]
) -> None:
    kind = album(name, field)
    sent = {} if name in ("title", "name") else {"title": "a"}
    if name == "name":
        kind = type("Named", (kind,), {"Meta": type("Meta", (), {"model": Album, "exclude": ("title",)})})
    assert written(store, kind, **sent).errors == errors
    assert written(store, kind, 1, **sent).errors == errors
    assert written(store, kind, 1, partial=True).errors == {}


@pytest.mark.parametrize(
    ("name", "field", "errors"),
    [
        ("year", models.IntegerField(), {"year": NULL}),
        ("year", models.IntegerField(null=True), {}),
        ("year", models.IntegerField(null=False), {"year": NULL}),
        ("year", Louder(), {"year": NULL}),
        ("year", Louder(allow_null=True), {}),
        ("artist", PrimaryKeyRelatedField(queryset=Artist), {"artist": NULL}),
        ("artist", PrimaryKeyRelatedField(queryset=Artist, allow_null=True), {}),
        ("artist", SlugRelatedField("name", queryset=Artist), {"artist": NULL}),
    ],
)
def test_a_declared_field_takes_null_where_it_says_so(store: MemoryDataStore, name: str, field: Any, errors: dict[str, Any]) -> None:
    found = written(store, album(name, field), 1, partial=True, **{name: None})
    assert found.errors == errors
    assert found.validated_data == ({} if errors else {name: None})


def test_a_field_that_is_not_declared_takes_null_as_the_model_does(store: MemoryDataStore) -> None:
    assert written(store, album(), 1, partial=True, year=None, artist=None).validated_data == {"year": None, "artist": None}
    assert written(store, album(), 1, partial=True, title=None, stars=None).errors == {"title": NULL, "stars": NULL}


@pytest.mark.parametrize("sent", ["", "!"])
def test_an_empty_text_is_a_value_unless_a_relation_is_meant(store: MemoryDataStore, sent: str) -> None:
    assert written(store, album("title", Louder()), 1, partial=True, title=sent).validated_data == {"title": ""}
    assert written(store, album(), 1, partial=True, artist="").validated_data == {"artist": None}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("year", models.IntegerField(default=2000), 2000),
        ("year", models.IntegerField(default=lambda: 2000), 2000),
        ("title", models.StringField(default="none"), "none"),
        ("title", Louder(default="none"), "none"),
        ("title", Louder(default=lambda: "none"), "none"),
        ("artist", PrimaryKeyRelatedField(queryset=Artist, default=None), None),
    ],
)
def test_what_is_not_sent_takes_its_default_unless_the_row_is_patched(store: MemoryDataStore, name: str, field: Any, value: Any) -> None:
    kind = album(name, field)
    sent = {} if name == "title" else {"title": "a"}
    assert written(store, kind, **sent).validated_data[name] == value
    assert written(store, kind, 1, **sent).validated_data[name] == value
    assert written(store, kind, 1, partial=True, **sent).validated_data == sent


# Where the value comes from.


class TitleAndYear(serializers.Serializer):
    title = models.StringField()
    year = models.IntegerField(null=True)


@pytest.mark.parametrize(
    ("field", "value", "without_artist"),
    [
        (models.StringField(source="title"), "Autobahn", "Untitled"),
        (models.StringField(source="artist.name"), "Kraftwerk", None),
        (models.StringField(source="artist.shouted"), "KRAFTWERK", None),
        (models.StringField(source="label"), "Autobahn (1974)", "Untitled (None)"),
        (models.IntegerField(source="pk"), 1, 2),
        (models.IntegerField(source="artist_id"), 1, None),
        (ReadOnlyField(source="artist.name"), "Kraftwerk", None),
        (Louder(source="title"), "Autobahn!", "Untitled!"),
        (StringRelatedField(source="artist"), "the artist Kraftwerk", None),
        (PrimaryKeyRelatedField(source="*", read_only=True), 1, 2),
        (SlugRelatedField("title", source="*", read_only=True), "Autobahn", "Untitled"),
        (TitleAndYear(source="*"), {"title": "Autobahn", "year": 1974}, {"title": "Untitled", "year": None}),
    ],
)
def test_the_value_comes_from_where_source_says(store: MemoryDataStore, field: Any, value: Any, without_artist: Any) -> None:
    kind = album("found", field)
    assert shown(store, kind)["found"] == value
    assert shown(store, kind, 2)["found"] == without_artist


def test_it_is_written_to_where_source_says_and_faults_have_its_own_name(store: MemoryDataStore) -> None:
    kind = album("name", models.StringField(source="title", max_length=3), by=PrimaryKeyRelatedField(queryset=Artist, source="artist"))
    found = written(store, kind, 1, partial=True, name="Tee", by=1)
    assert found.validated_data == {"title": "Tee", "artist": store[Artist].get()}
    assert found.save().title == "Tee"
    assert written(store, kind, 1, partial=True, name="Teetee", by=7).errors == {
        "name": ["Ensure this field has no more than 3 characters."],
        "by": ['Invalid pk "7" - object does not exist.'],
    }


@pytest.mark.parametrize("field", [models.StringField(source="artist.name"), StringRelatedField(source="*")], ids=["dotted", "whole"])
def test_what_has_no_place_of_its_own_is_only_shown(store: MemoryDataStore, field: Any) -> None:
    assert written(store, album("found", field), title="a", found="x").errors == {"found": NOT_SET}


def test_a_serializer_of_the_whole_row_writes_into_the_row(store: MemoryDataStore) -> None:
    meta = type("Meta", (), {"model": Album, "fields": ("id", "about")})
    kind = type("Wrapped", (ModelSerializer,), {"Meta": meta, "about": TitleAndYear(source="*")})
    row = written(store, kind, about={"title": "Radio", "year": 1975})
    assert row.is_valid() and row.save().label == "Radio (1975)"
    assert row.data == {"about": {"title": "Radio", "year": 1975}, "id": 3}
    assert written(store, kind, about={"title": 5, "year": None}).errors == {"about": {"title": ["Not a valid string."]}}


# What it says.


class Curt(PrimaryKeyRelatedField):
    default_error_messages = {"does_not_exist": "No {pk_value}.", "null": "Nobody?"}


class Curter(Curt):
    default_error_messages = {"null": "No."}


@pytest.mark.parametrize(
    ("field", "sent", "said"),
    [
        (PrimaryKeyRelatedField(queryset=Artist), None, "This field may not be null."),
        (Curt(queryset=Artist), None, "Nobody?"),
        (Curter(queryset=Artist), None, "No."),
        (Curter(queryset=Artist, error_messages={"null": "Who?"}), None, "Who?"),
        (Curter(queryset=Artist), 9, "No 9."),
        (Curter(queryset=Artist, error_messages={"null": "Who?"}), 9, "No 9."),
        (Curter(queryset=Artist), [], "Incorrect type. Expected pk value, received list."),
        (Curter(queryset=Artist, error_messages={"incorrect_type": "A {data_type}?"}), [], "A list?"),
        (
            SlugRelatedField("name", queryset=Artist, error_messages={"does_not_exist": "{slug_name}: {value}?"}),
            "Cluster",
            "name: Cluster?",
        ),
    ],
)
def test_sentences_merge_along_the_classes_and_a_fields_own_come_first(store: MemoryDataStore, field: Any, sent: Any, said: str) -> None:
    assert written(store, album("artist", field), 1, partial=True, artist=sent).errors == {"artist": [said]}


@pytest.mark.parametrize(
    ("sent", "said"),
    [({}, "A title, please."), ({"title": None}, "A title."), ({"title": 5}, "A short text."), ({"title": "long" * 9}, "A short text.")],
)
def test_a_plain_fields_own_sentences(store: MemoryDataStore, sent: dict[str, Any], said: str) -> None:
    own = {"required": "A title, please.", "null": "A title.", "invalid": "A short text."}
    kind = album("title", models.StringField(required=True, max_length=10, error_messages=own))
    assert written(store, kind, **sent).errors == {"title": [said]}


def test_a_relation_says_what_the_models_field_says(store: MemoryDataStore) -> None:
    required = type("Needing", (album(),), {"Meta": type("Meta", (), {"model": Album, "extra_kwargs": {"artist": {"allow_null": False}}})})
    assert written(store, required, 1, partial=True, artist=None).errors == {"artist": ["Somebody made it."]}


def test_a_serializers_own_sentences(store: MemoryDataStore) -> None:
    class Curtly(album()):  # type: ignore[misc]  # made above
        default_error_messages = {"invalid": "Not a {datatype}."}

    found = Curtly(data=[], store=store)
    assert not found.is_valid()
    assert found.errors == {"non_field_errors": ["Not a list."]}
    with pytest.raises(ValidationError, match=r"^non_field_errors: No data provided$"):
        Curtly(data=None, store=store).is_valid(raise_exception=True)


@pytest.mark.parametrize(
    "field", [PrimaryKeyRelatedField(queryset=Artist), Louder(), TitleAndYear()], ids=lambda field: type(field).__name__
)
def test_a_sentence_is_known_by_its_key(field: SerializerField) -> None:
    with pytest.raises(ValidationError, match=r"^This field is required\.$"):
        field.fail("required")
    with pytest.raises(Misdeclared, match=r"there is no message 'requird'; did you mean \"required\"\?"):
        field.fail("requird")


@pytest.mark.parametrize(
    "field",
    [models.StringField(help_text="Its name."), Louder(help_text="Its name."), SerializerMethodField("about", help_text="Its name.")],
    ids=lambda field: type(field).__name__,
)
def test_it_tells_people_what_it_is_about(field: Any) -> None:
    assert album("title", field, about=lambda self, row: "").declared["title"].help_text == "Its name."


# Fields that a method or a property fills.


class Described(ModelSerializer):
    loud = SerializerMethodField()
    count = SerializerMethodField("how_many")
    greeting = SerializerMethodField()

    class Meta:
        model = Album
        fields = ("label", "loud", "count", "greeting")

    def get_loud(self, row: Album) -> str:
        return row.title.upper()

    def how_many(self, row: Album) -> int:
        return int(self.store[Album].filter(artist=row.artist_id).count())

    def get_greeting(self, row: Album) -> str:
        return f"{self.context.get('greeting', 'Hello')}, {row.artist}"


def test_methods_and_properties_fill_fields(store: MemoryDataStore) -> None:
    assert Described(store[Album].get(id=1)).data == {
        "count": 1,
        "greeting": "Hello, the artist Kraftwerk",
        "label": "Autobahn (1974)",
        "loud": "AUTOBAHN",
    }


def test_a_method_knows_what_the_caller_gave_along(store: MemoryDataStore) -> None:
    rows = Described(store[Album].all(), many=True, context={"greeting": "Bye"}).data
    assert [row["greeting"] for row in rows] == ["Bye, the artist Kraftwerk", "Bye, None"]
