"""Serializers that contradict themselves, their model or its catalog: every text names the class and the field."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import Endpoint, MemoryDataStore, Misdeclared, Wrapper, models, serializers
from pyrest.serializers import (
    HyperlinkedRelatedField,
    ModelSerializer,
    PrimaryKeyRelatedField,
    ReadOnlyField,
    SerializerMethodField,
    SlugRelatedField,
    StringRelatedField,
    UniqueTogetherValidator,
)
from tests.serializers.albums import MODELS, Album, Artist, Genre, Track, made, of_albums


def tracks(**meta: Any) -> Any:
    return type("TrackSerializer", (ModelSerializer,), {"Meta": type("Meta", (), {"model": Track, **meta})})


READ = "read_only and write_only exclude each other"
NEEDED = "read_only and required exclude each other"
MANY = "leads to several rows; say many=True"
SHAPES = "use a StringRelatedField, SlugRelatedField or another relational field"

EARLY: list[tuple[str, Any, str]] = [
    ("title", models.StringField, "a class where a field is meant; write StringField()"),
    ("artist", StringRelatedField, "a class where a field is meant; write StringRelatedField()"),
    ("title", (models.StringField(),), "a tuple where a field is meant; take the comma behind it away"),
    ("artist", models.ForeignKey(Artist), "a ForeignKey is for models; show the relation by a relational field"),
    ("genres", models.ManyToManyField(Genre), "a ManyToManyField is for models; show the relation by a relational field"),
    ("title", models.StringField(read_only=True, write_only=True), READ),
    ("artist", PrimaryKeyRelatedField(read_only=True, write_only=True), READ),
    ("artist", StringRelatedField(write_only=True), READ),
    ("title", models.StringField(read_only=True, required=True), NEEDED),
    ("artist", PrimaryKeyRelatedField(read_only=True, required=True), NEEDED),
    ("caption", ReadOnlyField(required=True), NEEDED),
    ("artist", PrimaryKeyRelatedField(queryset=Artist, required=True, default=None), "required and default exclude each other"),
    ("title", models.StringField(source="title"), "source 'title' is what it is anyway; leave it out"),
    ("artist", StringRelatedField(source="artist"), "source 'artist' is what it is anyway; leave it out"),
    ("caption", ReadOnlyField(source=5), "source is a text, such as 'artist.name', not 5"),
    ("name", models.StringField(source="titel"), "source 'titel': Album has no 'titel'; did you mean \"title\"?"),
    ("name", models.StringField(source="artist.nam"), "source 'artist.nam': Artist has no 'nam'; did you mean \"name\"?"),
    ("name", models.StringField(source="tracks.title"), "source 'tracks.title': 'tracks' leads to several rows"),
    ("name", models.StringField(source="artist.name", write_only=True),
     "what its source leads to can only be shown, which write_only=True excludes"),
    ("subtitle", models.StringField(), "Album has no 'subtitle'; did you mean \"title\"?"),
    ("year", models.StringField(),
     "StringField does not give the values of Album.year, which is IntegerField; say read_only=True, or declare it alike"),
    ("artist", models.StringField(),
     "StringField does not give the values of Album.artist, which is PkField; say read_only=True, or declare it alike"),
    ("tracks", models.StringField(), f"Album.tracks is a relation, which a StringField cannot show; {SHAPES}"),
    ("title", models.StringField(min_length=3, max_length=2), "min_length is greater than max_length"),
    ("title", models.StringField(pattern="("), "pattern is no regular expression: missing ), unterminated subpattern at position 0"),
    ("title", models.StringField(default=5), "default 5: Not a valid string."),
    ("stars", models.IntegerField(choices="abc"), "choices is a list of values, not 'abc'"),
    ("title", models.StringField(error_messages={"requird": "Say it."}), 'error_messages has no \'requird\'; did you mean "required"?'),
    ("artist", PrimaryKeyRelatedField(queryset=Artist, error_messages={"not_there": "Who?"}), "error_messages has no 'not_there'"),
    ("artist", PrimaryKeyRelatedField(), "it needs a queryset, or read_only=True"),
    ("artist", PrimaryKeyRelatedField(queryset=Artist, read_only=True),
     "queryset says what may be written, which read_only=True excludes; leave one out"),
    ("artist", StringRelatedField(queryset=Artist),
     "queryset says what may be written, which a field that is only shown excludes; leave one out"),
    ("artist", PrimaryKeyRelatedField(queryset=5), "queryset is a QuerySet, not sliced, or a model, not 5"),
    ("artist", PrimaryKeyRelatedField(queryset=Genre), "its queryset is of Genre, and the relation leads to Artist"),
    ("artist", PrimaryKeyRelatedField(queryset=Artist, pk_field=5), 'pk_field is a field, such as UUIDField(format="hex"), not 5'),
    ("artist", PrimaryKeyRelatedField(queryset=Artist, pk_field=models.UUIDField()), "pk_field is UUIDField, and Artist.id is PkField"),
    ("artist", SlugRelatedField("nam", queryset=Artist), "slug_field 'nam': Artist has no 'nam'; did you mean \"name\"?"),
    ("artist", StringRelatedField(many=True), "Album.artist leads to at most one row; leave many=True out"),
    ("tracks", StringRelatedField(), f"Album.tracks {MANY}"),
    ("genres", PrimaryKeyRelatedField(queryset=Genre), f"Album.genres {MANY}"),
    ("title", StringRelatedField(), "Album.title is no relation"),
    ("tracks", tracks()(), f"Album.tracks {MANY}"),
    ("genres", tracks()(many=True), "TrackSerializer shows Track, and the relation leads to Genre"),
    ("loud", SerializerMethodField(), "AlbumSerializer has no method get_loud(self, row)"),
    ("loud", SerializerMethodField("shout"), "AlbumSerializer has no method shout(self, row)"),
]  # fmt: skip

LATE: list[tuple[str, Any, str]] = [
    ("name", models.StringField(source="artis.name"), "source 'artis.name': Album has no 'artis'; did you mean \"artist\"?"),
    ("track", StringRelatedField(many=True), "Album has no 'track'; did you mean \"tracks\"?"),
    ("artist", HyperlinkedRelatedField(queryset=Artist), "Artist has no endpoint to link to; make one, or say view_name="),
]


def serve(kind: Any) -> None:
    """The app is built; what cannot be known before is looked at now."""
    endpoint = type("Albums", (Endpoint,), {"serializer": kind, "model": Album})
    Wrapper([endpoint], datastore=MemoryDataStore(), models=MODELS)


@pytest.mark.parametrize(("name", "field", "said"), EARLY, ids=[f"{name}-{said[:50]}" for name, _, said in EARLY])
def test_a_field_that_contradicts_itself_or_its_model_is_refused_with_its_class(name: str, field: Any, said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        made(None, **{name: field})
    assert str(refusal.value) == f"AlbumSerializer.{name}: {said}"


@pytest.mark.parametrize(("name", "field", "said"), LATE, ids=[f"{name}-{said[:50]}" for name, _, said in LATE])
def test_what_another_model_or_an_endpoint_might_have_put_right_is_refused_with_the_app(name: str, field: Any, said: str) -> None:
    kind = made(None, **{name: field})
    with pytest.raises(Misdeclared) as refusal:
        serve(kind)
    assert str(refusal.value) == f"AlbumSerializer.{name}: {said}"


EITHER = "fields and exclude exclude each other; leave one out"
KWARGS = "maps names of fields to options, such as {'title': {'required': False}}"
TITLE = models.StringField()

METAS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"model": "album"}, {}, "Meta.model is a Model class, not 'album'"),
    (of_albums(field=("id",)), {}, 'Meta.field: there is no such option; did you mean "fields"?'),
    (of_albums(fields=("id",), exclude=("title",)), {}, f"Meta: {EITHER}"),
    (of_albums(fields="__all__", exclude=()), {}, f"Meta: {EITHER}"),
    (of_albums(fields="title"), {}, 'Meta.fields is a tuple of names: write ("title",)'),
    (of_albums(exclude="__all__"), {}, 'Meta.exclude is a tuple of names: write ("__all__",)'),
    (of_albums(fields=5), {}, "Meta.fields is a tuple of names, not 5"),
    (of_albums(fields=("id", 5)), {}, "Meta.fields is a tuple of names, not ('id', 5)"),
    (of_albums(fields=("id", "title", "id")), {}, "Meta.fields: 'id' is there twice"),
    (of_albums(exclude=("id", "id")), {}, "Meta.exclude: 'id' is there twice"),
    (of_albums(fields=("titel",)), {}, "Meta.fields: 'titel' is no field of Album; did you mean \"title\"?"),
    (of_albums(exclude=("titel",)), {}, "Meta.exclude: 'titel' is no field of AlbumSerializer; did you mean \"title\"?"),
    (of_albums(fields=("id",)), {"title": TITLE}, "title is declared, and Meta.fields does not name it"),
    (of_albums(exclude=("title",)), {"title": TITLE}, "title is declared, and Meta.exclude takes it away"),
    (of_albums(read_only_fields="title"), {}, 'Meta.read_only_fields is a tuple of names: write ("title",)'),
    (of_albums(read_only_fields=("titel",)), {}, "Meta.read_only_fields: 'titel' is no field of AlbumSerializer; did you mean \"title\"?"),
    (of_albums(fields=("id",), read_only_fields=("title",)), {}, "Meta.read_only_fields: 'title' is no field of AlbumSerializer"),
    (of_albums(read_only_fields=("title",)), {"title": TITLE}, "Meta.read_only_fields: 'title' is declared; say it there"),
    (of_albums(extra_kwargs=("title",)), {}, f"Meta.extra_kwargs {KWARGS}"),
    (of_albums(extra_kwargs={"title": True}), {}, f"Meta.extra_kwargs {KWARGS}"),
    (of_albums(extra_kwargs={"titel": {}}), {}, "Meta.extra_kwargs: 'titel' is no field of AlbumSerializer; did you mean \"title\"?"),
    (of_albums(extra_kwargs={"title": {}}), {"title": TITLE}, "Meta.extra_kwargs: 'title' is declared; say it there"),
    (of_albums(extra_kwargs={"title": {"max_lenght": 3}}), {},
     'title: StringField has no option \'max_lenght\'; did you mean "max_length"?'),
    (of_albums(extra_kwargs={"artist": {"alow_null": True}}), {},
     "Meta.extra_kwargs['artist']: PrimaryKeyRelatedField has no option 'alow_null'; did you mean \"allow_null\"?"),
    (of_albums(extra_kwargs={"title": {"read_only": True, "required": True}}), {}, f"title: {NEEDED}"),
    (of_albums(extra_kwargs={"title": {"read_only": True, "write_only": True}}), {}, f"title: {READ}"),
    (of_albums(extra_kwargs={"artist": {"read_only": True, "write_only": True}}), {}, f"artist: {READ}"),
    (of_albums(extra_kwargs={"title": {"min_length": 20}}), {}, "title: min_length is greater than max_length"),
    (of_albums(extra_kwargs={"title": {"default": 5}}), {}, "title: default 5: Not a valid string."),
    (of_albums(extra_kwargs={"title": {"source": "title"}}), {}, "title: source 'title' is what it is anyway; leave it out"),
    (of_albums(extra_kwargs={"artist": {"queryset": Genre}}), {}, "artist: its queryset is of Genre, and the relation leads to Artist"),
    *((of_albums(depth=no), {}, f"Meta.depth is a whole number from 0 to 10, not {no!r}") for no in (-1, 11, 1.0, "1", True, None)),
    (of_albums(validators=5), {}, "Meta.validators is a list of validators, not 5"),
    (of_albums(validators=[5]), {}, "Meta.validators: a validator is called with the values, which 5 cannot be"),
    (of_albums(validators=[UniqueTogetherValidator(("titel",))]), {},
     "Meta.validators: 'titel' is no field of Album; did you mean \"title\"?"),
    ({"fields": ("title",)}, {"title": TITLE}, "Meta.fields needs Meta.model"),
    ({"depth": 1}, {"title": TITLE}, "Meta.depth needs Meta.model"),
]  # fmt: skip


@pytest.mark.parametrize(("meta", "body", "said"), METAS, ids=[said[:70] for _, _, said in METAS])
def test_a_meta_that_contradicts_itself_or_the_class_is_refused(meta: dict[str, Any], body: dict[str, Any], said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        serve(made(meta, **body))
    assert str(refusal.value) == f"AlbumSerializer.{said}"


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: SerializerMethodField(source="title"), "SerializerMethodField: it is always read-only, and its source is the whole row"),
        (lambda: SerializerMethodField(read_only=True), "SerializerMethodField: it is always read-only, and its source is the whole row"),
        (lambda: SerializerMethodField(len), "SerializerMethodField: it takes the name of a method, not <built-in function len>"),
        (lambda: ReadOnlyField(read_only=False), "ReadOnlyField: it is always read-only"),
        (lambda: SlugRelatedField(), 'SlugRelatedField: say which field names the row: slug_field="title"'),
        (lambda: PrimaryKeyRelatedField(querset=Artist), "PrimaryKeyRelatedField has no option 'querset'; did you mean \"queryset\"?"),
        (lambda: ModelSerializer(manny=True), "ModelSerializer has no option 'manny'; did you mean \"many\"?"),
        (lambda: serializers.PrimaryKeyField, 'pyrest has no serializers.PrimaryKeyField; did you mean "PrimaryKeyRelatedField"?; '
         "plain values are shown by the fields of models"),
    ],
)  # fmt: skip
def test_what_is_wrong_before_there_is_a_class_names_the_kind_of_field(build: Any, said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        build()
    assert str(refusal.value) == said
