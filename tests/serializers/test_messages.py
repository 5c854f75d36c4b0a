"""Every message of the relational fields and of serializers, from a request that provokes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, Misdeclared, SQLiteDataStore, Wrapper, models
from pyrest.serializers import (
    HyperlinkedRelatedField,
    ModelSerializer,
    PrimaryKeyRelatedField,
    RelatedField,
    Serializer,
    SerializerField,
    SlugRelatedField,
    ValidationError,
)
from tests.web.answers import refusal, row


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    code = models.StringField(unique=True)


class Tag(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    order = models.IntegerField()
    album = models.ForeignKey(Album, required=True, related_name="tracks", on_delete="cascade")
    bonus_on = models.ForeignKey(Album, related_name="+", on_delete="set_null")
    tags = models.ManyToManyField(Tag, related_name="tracks")

    class Meta:
        unique_together = ("album", "order")


class LowerCase(RelatedField):
    """A tag by its name, which is written in lower case."""

    default_error_messages = {"unknown": "No tag is called {name}.", "upper": "Write it in lower case."}

    def to_representation(self, value: Tag) -> str:
        return value.name

    def to_internal_value(self, data: Any) -> Tag:
        if data != str(data).lower():
            self.fail("upper")
        found: Tag | None = self.get_queryset().filter(name=data).first()
        return self.fail("unknown", name=data) if found is None else found


@pytest.fixture
def store(tmp_path: Path) -> SQLiteDataStore:
    """Two albums and two tags are called the same."""
    store = SQLiteDataStore(tmp_path / "rows.db", models=[Track], durability="normal")
    store[Album].bulk_create([{"title": "Blue", "code": "b"}, {"title": "Hejira"}, {"title": "Hejira"}])
    store[Tag].bulk_create([{"name": "live"}, {"name": "jazz"}, {"name": "jazz"}])
    store[Track].bulk_create([{"title": "River", "album": 1, "order": 1}, {"title": "Coyote", "album": 2, "order": 1}])
    return store


def serializer_of(model: type[models.Model], *names: str, **fields: SerializerField) -> type[ModelSerializer]:
    meta = type("Meta", (), {"model": model, "fields": names})
    return type(f"{model.__name__}Serializer", (ModelSerializer,), {**fields, "Meta": meta})


def tracks_with(**fields: SerializerField) -> type[ModelSerializer]:
    """A serializer of whole tracks in which these fields are declared."""
    return serializer_of(Track, "title", "order", "album", "bonus_on", "tags", **fields)


def serving(store: SQLiteDataStore, serializer: type[Serializer]) -> FlaskClient:
    """Rows by this serializer, and those of all other models as they are."""
    endpoint = type("Rows", (Endpoint,), {"serializer": serializer})
    others = [model for model in (Track, Album, Tag) if model is not serializer.meta_options["model"]]
    return Wrapper([endpoint, *others], datastore=store).create_app().test_client()


ABSENT: Any = object()


def body_of(**sent: Any) -> dict[str, Any]:
    """A track that is sound but for what is sent here."""
    return {name: value for name, value in {"title": "x", "album": 1, **sent}.items() if value is not ABSENT}


def said(store: SQLiteDataStore, method: str, name: str, field: SerializerField, sent: Any) -> Any:
    """What a request is refused for, of the one field that is at fault."""
    path = "/track/" if method == "POST" else "/track/2/"
    answer = serving(store, tracks_with(**{name: field})).open(path, method=method, json=body_of(**{name: sent}))
    sentence, errors = refusal(answer)
    assert sentence == f"{name} {'is missing. Cannot create the ressource' if sent is ABSENT else 'does not validate'}"
    assert errors.keys() == {name}
    return errors[name]


def key(**options: Any) -> PrimaryKeyRelatedField:
    return PrimaryKeyRelatedField(queryset=Album, **options)


def link(**options: Any) -> HyperlinkedRelatedField:
    return HyperlinkedRelatedField(queryset=Album, **options)


def slug(**options: Any) -> SlugRelatedField:
    return SlugRelatedField("title", queryset=Album, **options)


def keys(**options: Any) -> PrimaryKeyRelatedField:
    return PrimaryKeyRelatedField(queryset=Tag, many=True, **options)


def links(**options: Any) -> HyperlinkedRelatedField:
    return HyperlinkedRelatedField(queryset=Tag, many=True, **options)


def slugs(**options: Any) -> SlugRelatedField:
    return SlugRelatedField("name", queryset=Tag, many=True, **options)


def custom(**options: Any) -> LowerCase:
    return LowerCase(queryset=Tag, many=True, **options)


def spelt(part: Any) -> str | None:
    return type(part).__name__.removesuffix("RelatedField") if isinstance(part, SerializerField) else "absent" if part is ABSENT else None


REQUIRED = "This field is required."
NULL = "This field may not be null."
NO_MATCH = "Invalid hyperlink - No URL match."
INCORRECT_MATCH = "Invalid hyperlink - Incorrect URL match."
NO_OBJECT = "Invalid hyperlink - Object does not exist."


# One row.


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("field", "sent", "message"),
    [
        (key(), ABSENT, REQUIRED),
        (key(), None, NULL),
        (key(), "", NULL),
        (key(), 99, 'Invalid pk "99" - object does not exist.'),
        (key(), "99", 'Invalid pk "99" - object does not exist.'),
        (key(), 0, 'Invalid pk "0" - object does not exist.'),
        (key(), True, "Incorrect type. Expected pk value, received bool."),
        (key(), "one", "Incorrect type. Expected pk value, received str."),
        (key(), [1], "Incorrect type. Expected pk value, received list."),
        (key(), {"id": 1}, "Incorrect type. Expected pk value, received dict."),
        (link(), ABSENT, REQUIRED),
        (link(), None, NULL),
        (link(), "", NULL),
        (link(), "/nowhere/1/", NO_MATCH),
        (link(), "nonsense", NO_MATCH),
        (link(), "http://[", NO_MATCH),
        (link(), "http://elsewhere.example/album/1/", NO_MATCH),
        (link(), "/tag/1/", INCORRECT_MATCH),
        (link(), "/album/", INCORRECT_MATCH),
        (link(), "/album/99/", NO_OBJECT),
        (link(), "/album/x/", NO_OBJECT),
        (link(), 1, "Incorrect type. Expected URL string, received int."),
        (link(), ["/album/1/"], "Incorrect type. Expected URL string, received list."),
        (slug(), ABSENT, REQUIRED),
        (slug(), None, NULL),
        (slug(), "", NULL),
        (slug(), "Mingus", "Object with title=Mingus does not exist."),
        (slug(), 5, "Object with title=5 does not exist."),
        (slug(), "Hejira", "Several objects with title=Hejira."),
        (slug(), ["Blue"], "Invalid value."),
        (slug(), {"title": "Blue"}, "Invalid value."),
    ],
    ids=spelt,
)
def test_a_relation_to_one_row(store: SQLiteDataStore, method: str, field: SerializerField, sent: Any, message: str) -> None:
    assert said(store, method, "album", field, sent) == [message]


@pytest.mark.parametrize("sent", [None, ""], ids=["null", "empty text"])
@pytest.mark.parametrize("field", [key(allow_null=True), link(allow_null=True), slug(allow_null=True)], ids=spelt)
def test_null_where_it_is_allowed(store: SQLiteDataStore, field: SerializerField, sent: Any) -> None:
    client = serving(store, tracks_with(bonus_on=field))
    store[Track].filter(pk=2).update(bonus_on=1)
    assert row(client.patch("/track/2/", json={"bonus_on": sent}))["bonus_on"] is None
    assert store[Track].filter(bonus_on=None).count() == 2


# Several rows.


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("field", "sent", "messages"),
    [
        (keys(required=True), ABSENT, [REQUIRED]),
        (keys(), None, [NULL]),
        (keys(), 1, ['Expected a list of items but got type "int".']),
        (keys(), "1", ['Expected a list of items but got type "str".']),
        (keys(), "", ['Expected a list of items but got type "str".']),
        (keys(), {"0": 1}, ['Expected a list of items but got type "dict".']),
        (keys(allow_empty=False), [], ["This list may not be empty."]),
        (keys(), [1, 99], {"1": ['Invalid pk "99" - object does not exist.']}),
        (keys(), [98, 1, 99], {"0": ['Invalid pk "98" - object does not exist.'], "2": ['Invalid pk "99" - object does not exist.']}),
        (keys(), [1, True, "x", [2], {}], {
            "1": ["Incorrect type. Expected pk value, received bool."],
            "2": ["Incorrect type. Expected pk value, received str."],
            "3": ["Incorrect type. Expected pk value, received list."],
            "4": ["Incorrect type. Expected pk value, received dict."],
        }),
        (keys(), [None, 1, ""], {"0": [NULL], "2": [NULL]}),
        (keys(), [99, "x"], {
            "0": ['Invalid pk "99" - object does not exist.'], "1": ["Incorrect type. Expected pk value, received str."],
        }),
        (links(required=True), ABSENT, [REQUIRED]),
        (links(), None, [NULL]),
        (links(), "/tag/1/", ['Expected a list of items but got type "str".']),
        (links(allow_empty=False), [], ["This list may not be empty."]),
        (links(), ["/tag/1/", "/nowhere/", "/album/1/", "/tag/99/", 1, None], {
            "1": [NO_MATCH], "2": [INCORRECT_MATCH], "3": [NO_OBJECT], "4": ["Incorrect type. Expected URL string, received int."],
            "5": [NULL],
        }),
        (slugs(required=True), ABSENT, [REQUIRED]),
        (slugs(), None, [NULL]),
        (slugs(), {"name": "live"}, ['Expected a list of items but got type "dict".']),
        (slugs(allow_empty=False), [], ["This list may not be empty."]),
        (slugs(), ["live", "folk", "jazz", ["live"], None], {
            "1": ["Object with name=folk does not exist."], "2": ["Several objects with name=jazz."], "3": ["Invalid value."], "4": [NULL],
        }),
        (custom(), ["live", "Live", "folk"], {"1": ["Write it in lower case."], "2": ["No tag is called folk."]}),
    ],
    ids=spelt,
)  # fmt: skip
def test_a_relation_to_several_rows(store: SQLiteDataStore, method: str, field: SerializerField, sent: Any, messages: Any) -> None:
    assert said(store, method, "tags", field, sent) == messages


def test_null_for_a_list_that_may_be_null_is_an_empty_list(store: SQLiteDataStore) -> None:
    client = serving(store, tracks_with(tags=keys(allow_null=True)))
    assert row(client.patch("/track/2/", json={"tags": [1]}))["tags"] == [1]
    assert row(client.patch("/track/2/", json={"tags": None}))["tags"] == []


def test_an_item_is_not_null_even_where_its_list_may_be(store: SQLiteDataStore) -> None:
    assert said(store, "POST", "tags", keys(allow_null=True), [1, None]) == {"1": [NULL]}


def test_an_empty_list_is_allowed_unless_said_otherwise(store: SQLiteDataStore) -> None:
    assert row(serving(store, tracks_with()).put("/track/2/", json=body_of(tags=[])))["tags"] == []


# Serializers within serializers.


def nested_album(**options: Any) -> Serializer:
    return serializer_of(Album, "title", "code")(**options)


def nested_tracks(**options: Any) -> Serializer:
    return serializer_of(Track, "title", "order")(many=True, **options)


def not_a_dictionary(kind: str) -> dict[str, list[str]]:
    return {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {kind}."]}


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("sent", "messages"),
    [
        (ABSENT, [REQUIRED]),
        (None, [NULL]),
        (1, not_a_dictionary("int")),
        ("", not_a_dictionary("str")),
        ([], not_a_dictionary("list")),
        ({}, {"title": [REQUIRED]}),
        ({"title": None}, {"title": [NULL]}),
        ({"title": "x", "code": "b"}, {"code": ["This field must be unique."]}),
    ],
    ids=spelt,
)
def test_a_nested_object(store: SQLiteDataStore, method: str, sent: Any, messages: Any) -> None:
    assert said(store, method, "album", nested_album(), sent) == messages


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("field", "sent", "messages"),
    [
        (nested_tracks(), ABSENT, [REQUIRED]),
        (nested_tracks(), None, [NULL]),
        (nested_tracks(), 1, {"non_field_errors": ['Expected a list of items but got type "int".']}),
        (nested_tracks(), {"title": "x"}, {"non_field_errors": ['Expected a list of items but got type "dict".']}),
        (nested_tracks(allow_empty=False), [], {"non_field_errors": ["This list may not be empty."]}),
        (nested_tracks(max_length=1), [{}, {}], {"non_field_errors": ["Ensure this field has no more than 1 elements."]}),
        (nested_tracks(min_length=2), [{}], {"non_field_errors": ["Ensure this field has at least 2 elements."]}),
        (nested_tracks(), [{"title": "x"}, None, 1, {}], {
            "1": {"non_field_errors": ["No data provided"]}, "2": not_a_dictionary("int"), "3": {"title": [REQUIRED]},
        }),
        (nested_tracks(), [{"title": "x", "order": 5}, {"title": "y", "order": 5}], {
            "1": {"non_field_errors": ["The fields album, order must make a unique set."]},
        }),
    ],
    ids=spelt,
)  # fmt: skip
def test_nested_objects(store: SQLiteDataStore, method: str, field: Serializer, sent: Any, messages: Any) -> None:
    client = serving(store, serializer_of(Album, "title", "tracks", tracks=field))
    path = "/album/" if method == "POST" else "/album/2/"
    sentence, errors = refusal(client.open(path, method=method, json={"title": "x"} | ({} if sent is ABSENT else {"tracks": sent})))
    assert sentence == f"tracks {'is missing. Cannot create the ressource' if sent is ABSENT else 'does not validate'}"
    assert errors == {"tracks": messages}


# What has to be unique.


@pytest.mark.parametrize(("method", "path"), [("POST", "/album/"), ("PUT", "/album/2/"), ("PATCH", "/album/2/")])
def test_a_value_that_another_row_has(store: SQLiteDataStore, method: str, path: str) -> None:
    answer = serving(store, serializer_of(Album, "title", "code")).open(path, method=method, json={"title": "x", "code": "b"})
    assert refusal(answer) == ("code does not validate", {"code": ["This field must be unique."]})


@pytest.mark.parametrize(("method", "path"), [("POST", "/track/"), ("PUT", "/track/2/"), ("PATCH", "/track/2/")])
def test_values_that_another_row_has_together(store: SQLiteDataStore, method: str, path: str) -> None:
    answer = serving(store, tracks_with()).open(path, method=method, json=body_of(album=1, order=1))
    sentence = "The fields album, order must make a unique set."
    assert refusal(answer) == (sentence, {"non_field_errors": [sentence]})


# Without a request.


class Pair(Serializer):
    """A serializer without a model."""

    title = models.StringField(required=True)


@pytest.mark.parametrize("kind", [serializer_of(Album, "title"), Pair], ids=["model", "plain"])
@pytest.mark.parametrize(
    ("options", "data", "errors"),
    [
        ({}, None, {"non_field_errors": ["No data provided"]}),
        ({}, [], not_a_dictionary("list")),
        ({}, "x", not_a_dictionary("str")),
        ({}, {}, {"title": [REQUIRED]}),
        ({}, {"title": None}, {"title": [NULL]}),
        ({"many": True}, {}, {"non_field_errors": ['Expected a list of items but got type "dict".']}),
        ({"many": True, "allow_empty": False}, [], {"non_field_errors": ["This list may not be empty."]}),
        ({"many": True, "max_length": 1}, [{}, {}], {"non_field_errors": ["Ensure this field has no more than 1 elements."]}),
        ({"many": True, "min_length": 2}, [{}], {"non_field_errors": ["Ensure this field has at least 2 elements."]}),
        ({"many": True}, [{"title": "x"}, None, 1], {"1": {"non_field_errors": ["No data provided"]}, "2": not_a_dictionary("int")}),
    ],
)
def test_data_of_a_serializer(store: SQLiteDataStore, kind: type[Serializer], options: Any, data: Any, errors: Any) -> None:
    serializer = kind(data=data, store=store, **options)
    assert not serializer.is_valid()
    assert serializer.errors == errors
    assert serializer.validated_data == ([] if "many" in options else {})


def test_all_faults_of_a_serializer_together(store: SQLiteDataStore) -> None:
    kind = tracks_with(album=slug(), bonus_on=key(), tags=slugs())
    serializer = kind(data={"album": "Hejira", "bonus_on": 7, "tags": ["live", "folk"]}, store=store)
    assert not serializer.is_valid()
    assert list(serializer.errors.items()) == [
        ("title", [REQUIRED]),
        ("album", ["Several objects with title=Hejira."]),
        ("bonus_on", ['Invalid pk "7" - object does not exist.']),
        ("tags", {"1": ["Object with name=folk does not exist."]}),
    ]


def test_the_faults_are_raised_where_that_is_wanted(store: SQLiteDataStore) -> None:
    with pytest.raises(ValidationError) as found:
        tracks_with()(data=body_of(album=7), store=store).is_valid(raise_exception=True)
    assert found.value.errors == {"album": ['Invalid pk "7" - object does not exist.']}


@pytest.mark.parametrize(
    ("kind", "data", "errors"),
    [
        (serializer_of(Album, "title", "code"), {"title": "x", "code": "b"}, {"code": ["This field must be unique."]}),
        (tracks_with(), body_of(album=1, order=1), {"non_field_errors": ["The fields album, order must make a unique set."]}),
    ],
    ids=["one field", "together"],
)
def test_what_is_not_unique_is_seen_before_it_is_written(
    store: SQLiteDataStore, kind: type[Serializer], data: dict[str, Any], errors: Any
) -> None:
    serializer = kind(data=data, store=store)
    assert not serializer.is_valid()
    assert serializer.errors == errors


# Sentences of one's own.


@pytest.mark.parametrize(
    ("name", "make", "message", "sent", "expected"),
    [
        ("album", key, "required", ABSENT, "Which album?"),
        ("album", key, "null", None, "Which album?"),
        ("album", key, "does_not_exist", 9, "There is no album {pk_value}."),
        ("album", key, "incorrect_type", True, "A {data_type} names no album."),
        ("album", link, "no_match", "/x/", "That leads nowhere."),
        ("album", link, "incorrect_match", "/tag/1/", "That is no album."),
        ("album", link, "does_not_exist", "/album/9/", "It is gone."),
        ("album", link, "incorrect_type", 5, "A {data_type} is no link."),
        ("album", slug, "does_not_exist", "Mingus", "No {slug_name} is {value}."),
        ("album", slug, "several", "Hejira", "Which {value}?"),
        ("album", slug, "invalid", [], "A title is a text."),
        ("album", nested_album, "invalid", 5, "A {datatype} is no album."),
        ("tags", keys, "not_a_list", 5, "A {input_type} is no list."),
        ("tags", keys, "null", None, "Send a list."),
        ("tags", lambda **o: keys(allow_empty=False, **o), "empty", [], "At least one tag."),
        ("tags", custom, "unknown", ["folk"], "What is {name}?"),
    ],
)
def test_a_message_may_be_another(store: SQLiteDataStore, name: str, make: Any, message: str, sent: Any, expected: str) -> None:
    found = said(store, "POST", name, make(error_messages={message: expected}), sent)
    values = {"pk_value": sent, "data_type": type(sent).__name__, "slug_name": "title", "value": sent, "name": "folk"}
    filled = expected.format(**values, datatype=type(sent).__name__, input_type=type(sent).__name__)
    assert found in ([filled], {"0": [filled]}, {"non_field_errors": [filled]})


def test_messages_of_classes_add_up() -> None:
    class Narrower(LowerCase):
        default_error_messages = {"unknown": "Who knows {name}?"}

    messages = Narrower(queryset=Tag, error_messages={"null": "A tag, please."}).messages
    assert {name: messages[name] for name in ("unknown", "upper", "empty", "null", "required")} == {
        "unknown": "Who knows {name}?", "upper": "Write it in lower case.", "empty": "This list may not be empty.",
        "null": "A tag, please.", "required": REQUIRED,
    }  # fmt: skip


def test_a_message_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Misdeclared, match=r"TrackSerializer\.album: error_messages has no \'absent\'"):
        tracks_with(album=key(error_messages={"absent": "x"}))


@pytest.mark.parametrize(
    ("raised", "messages"),
    [
        (ValidationError("No."), ["No."]),
        (ValidationError(["No.", "Never."]), ["No.", "Never."]),
        (ValidationError({"name": ["No."]}), {"name": ["No."]}),
    ],
    ids=["a sentence", "sentences", "by name"],
)
def test_a_field_of_ones_own_raises_what_is_wrong(store: SQLiteDataStore, raised: ValidationError, messages: Any) -> None:
    class Picky(LowerCase):
        def to_internal_value(self, data: Any) -> Tag:
            raise raised

    assert said(store, "POST", "tags", Picky(queryset=Tag, many=True), ["x"]) == {"0": messages}
