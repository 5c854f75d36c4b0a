"""Every shape of a relation, over every kind of relation: a serializer, and the statements that it costs."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyrest import models
from pyrest.serializers import (
    HyperlinkedIdentityField,
    HyperlinkedModelSerializer,
    HyperlinkedRelatedField,
    ModelSerializer,
    PrimaryKeyRelatedField,
    RelatedField,
    Serializer,
    SerializerMethodField,
    SlugRelatedField,
    StringRelatedField,
)
from tests.serializers.counted import Album, Artist, Note, Sleeve, Tag, Track, serializer_of

TO_ONE: dict[str, Any] = {"read_only": True}
TO_MANY: dict[str, Any] = {"read_only": True, "many": True}


class Credit(RelatedField):
    """An album by its title and its artist, of whom nobody has said that he will be needed."""

    def to_representation(self, value: Any) -> str:
        return f"{value.title} by {value.artist.name}"


class AnnouncedCredit(Credit):
    needs = ("artist",)


class Setlist(RelatedField):
    """An album by the titles of its tracks."""

    def to_representation(self, value: Any) -> list[str]:
        return [track.title for track in value.tracks.all()]


class Subject(RelatedField):
    """Whatever a note is about, by its class and by what belongs to it."""

    def to_representation(self, value: Any) -> str:
        return f"{type(value).__name__} of {value.artist if isinstance(value, Album) else value.teacher}"


TrackSerializer = serializer_of(Track, "title")
TaggedAlbumSerializer = serializer_of(Album, "title", tags=SlugRelatedField("name", **TO_MANY), tracks=TrackSerializer(**TO_MANY))


class ShownElsewhere(RelatedField):
    """An album as another serializer shows it."""

    def to_representation(self, value: Any) -> Any:
        return TaggedAlbumSerializer(value, context=self.context).data


class Nearby(Serializer):
    """A serializer that shows its rows itself."""

    def to_representation(self, instance: Any) -> Any:
        return {"title": instance.title, "tracks": [str(track) for track in instance.tracks.all()]}


class Catalogued(ModelSerializer):
    """A serializer that adds to what it shows."""

    class Meta:
        model = Album
        fields = ("title",)

    def to_representation(self, instance: Any) -> Any:
        return super().to_representation(instance) | {"shown": f"{instance.artist.name}, {instance.tags.count()} tags"}


class Methodical(ModelSerializer):
    shown = SerializerMethodField()

    class Meta:
        model = Album
        fields = ("shown",)

    def get_shown(self, row: Album) -> str:
        return f"{row.artist.teacher}, {[tag.name for tag in row.tags.all()]}, {row.sleeve.colour}"


class Linked(HyperlinkedModelSerializer):
    class Meta:
        model = Album


def depth_of(model: type[models.Model], depth: int) -> type[ModelSerializer]:
    return type(f"Deep{model.__name__}Serializer", (ModelSerializer,), {"Meta": type("Meta", (), {"model": model, "depth": depth})})


class Case(NamedTuple):
    """A serializer, and the statements that it costs beside those for the rows themselves."""

    serializer: type[ModelSerializer]
    statements: int


def case(model: type[models.Model], statements: int, **members: Any) -> Case:
    return Case(serializer_of(model, **members), statements)


ArtistSerializer = serializer_of(Artist, "name")
AlbumSerializer = serializer_of(Album, "title", tracks=TrackSerializer(**TO_MANY))
DiscographySerializer = serializer_of(Artist, "name", albums=AlbumSerializer(**TO_MANY))

CASES = {
    "nothing but columns": case(Album, 0, title=models.StringField()),
    # To one row.
    "string": case(Album, 1, artist=StringRelatedField()),
    "string that uses a relation": case(Track, 2, album=StringRelatedField()),
    "key": case(Album, 0, artist=PrimaryKeyRelatedField(**TO_ONE)),
    "link": case(Album, 0, artist=HyperlinkedRelatedField(**TO_ONE)),
    "link of itself": case(Album, 0, url=HyperlinkedIdentityField()),
    "slug": case(Album, 1, artist=SlugRelatedField("name", **TO_ONE)),
    "slug that is the key": case(Album, 0, artist=SlugRelatedField("id", **TO_ONE)),
    "slug through relations": case(Track, 2, album=SlugRelatedField("artist__name", **TO_ONE)),
    "slug through relations to a key": case(Track, 1, album=SlugRelatedField("artist__id", **TO_ONE)),
    "nested": case(Album, 1, artist=ArtistSerializer(**TO_ONE)),
    "field with foreign=, string": case(Album, 1, label=StringRelatedField()),
    "field with foreign=, slug": case(Album, 1, label=SlugRelatedField("name", **TO_ONE)),
    "source through relations": case(Track, 2, shown=models.StringField(source="album.artist.name", read_only=True)),
    "custom": case(Track, 2, album=Credit(**TO_ONE)),
    "custom with needs": case(Track, 2, album=AnnouncedCredit(**TO_ONE)),
    "custom that uses a reverse relation": case(Sleeve, 2, album=Setlist(**TO_ONE)),
    "custom with another serializer in it": case(Sleeve, 3, album=ShownElsewhere(**TO_ONE)),
    # To several rows.
    "strings": case(Album, 1, tracks=StringRelatedField(many=True)),
    "strings that use a relation": case(Artist, 2, albums=StringRelatedField(many=True)),
    "keys": case(Album, 1, tracks=PrimaryKeyRelatedField(**TO_MANY)),
    "links": case(Album, 1, tracks=HyperlinkedRelatedField(**TO_MANY)),
    "slugs": case(Album, 1, tracks=SlugRelatedField("title", **TO_MANY)),
    "slugs through relations": case(Artist, 2, albums=SlugRelatedField("label__name", **TO_MANY)),
    "nested list": case(Album, 1, tracks=TrackSerializer(**TO_MANY)),
    "customs": case(Artist, 2, albums=Setlist(**TO_MANY)),
    "customs with needs": case(Artist, 2, albums=AnnouncedCredit(**TO_MANY)),
    "customs with another serializer in them": case(Artist, 3, albums=ShownElsewhere(**TO_MANY)),
    # Other kinds of relations.
    "many-to-many, strings": case(Album, 1, tags=StringRelatedField(many=True)),
    "many-to-many, keys": case(Album, 1, tags=PrimaryKeyRelatedField(**TO_MANY)),
    "many-to-many, links": case(Album, 1, tags=HyperlinkedRelatedField(**TO_MANY)),
    "many-to-many, slugs": case(Album, 1, tags=SlugRelatedField("name", **TO_MANY)),
    "many-to-many, nested": case(Album, 1, tags=serializer_of(Tag, "name")(**TO_MANY)),
    "many-to-many, backwards": case(Tag, 2, albums=AlbumSerializer(**TO_MANY)),
    "many-to-many with a through model": case(Album, 1, guests=SlugRelatedField("name", **TO_MANY)),
    "one-to-one, key": case(Sleeve, 0, album=PrimaryKeyRelatedField(**TO_ONE)),
    "one-to-one, slug": case(Sleeve, 1, album=SlugRelatedField("title", **TO_ONE)),
    "one-to-one backwards, key": case(Album, 1, sleeve=PrimaryKeyRelatedField(**TO_ONE)),
    "one-to-one backwards, nested": case(Album, 1, sleeve=serializer_of(Sleeve, "colour")(**TO_ONE)),
    "generic": case(Note, 2, about=Subject(**TO_ONE)),
    "generic backwards, strings": case(Album, 1, notes=StringRelatedField(many=True)),
    "generic backwards, keys": case(Album, 1, notes=PrimaryKeyRelatedField(**TO_MANY)),
    "generic backwards, nested": case(Album, 1, notes=serializer_of(Note, "text")(**TO_MANY)),
    "self-reference": case(Artist, 1, teacher=StringRelatedField()),
    "self-reference backwards": case(Artist, 1, pupils=SlugRelatedField("name", **TO_MANY)),
    # Several of them.
    "nested in nested": case(Artist, 2, albums=AlbumSerializer(**TO_MANY)),
    "nested in nested in nested": case(Artist, 3, pupils=DiscographySerializer(**TO_MANY)),
    "depth 1": Case(depth_of(Album, 1), 4),
    "depth 2": Case(depth_of(Track, 2), 5),
    "two of one relation": case(
        Album, 1, artist=SlugRelatedField("name", **TO_ONE), shown=ArtistSerializer(source="artist", **TO_ONE),
    ),
    "four relations": case(
        Album, 4, artist=StringRelatedField(), tracks=TrackSerializer(**TO_MANY), tags=SlugRelatedField("name", **TO_MANY),
        sleeve=StringRelatedField(),
    ),
    "every relation as a link": Case(Linked, 2),
    # What a user's own code uses.
    "method that uses relations": Case(Methodical, 4),
    "serializer that adds to what it shows": Case(Catalogued, 2),
    "nested serializer that shows its rows itself": case(Artist, 2, albums=Nearby(**TO_MANY)),
}  # fmt: skip
