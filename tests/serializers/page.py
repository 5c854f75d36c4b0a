"""The examples of Django REST framework's page *Serializer relations*, on models of ours: albums and tracks, tagged things, customers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyrest import MemoryDataStore, SQLiteDataStore, models, serializers
from pyrest.store import Store


class Album(models.Model):
    album_name = models.StringField(max_length=100, required=True)
    artist = models.StringField(max_length=100, required=True)
    id = models.PkField()


class Track(models.Model):
    album = models.ForeignKey(Album, required=True, related_name="tracks", on_delete="cascade")
    order = models.IntegerField(required=True)
    title = models.StringField(max_length=100, required=True)
    duration = models.IntegerField(required=True)
    id = models.PkField()

    class Meta:
        unique_together = ("album", "order")
        ordering = ("order",)

    def __str__(self) -> str:
        return f"{self.order}: {self.title}"


class User(models.Model):
    id = models.PkField()
    username = models.StringField(required=True)


class Account(models.Model):
    id = models.PkField()
    name = models.StringField(max_length=100)
    owner = models.ForeignKey(User, required=True)


class TaggedItem(models.Model):
    id = models.PkField()
    tag_name = models.SlugField(required=True)
    content_type = models.StringField()
    object_id = models.IntegerField()
    tagged_object = models.GenericForeignKey("content_type", "object_id")


class Bookmark(models.Model):
    id = models.PkField()
    url = models.URLField(required=True)
    tags = models.GenericRelation(TaggedItem)


class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    tags = models.GenericRelation(TaggedItem)


class Organization(models.Model):
    id = models.PkField()
    slug = models.SlugField(required=True, unique=True)


class Customer(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    organization = models.ForeignKey(Organization, required=True)


class Purchase(models.Model):
    id = models.PkField()
    customer = models.ForeignKey(Customer)


class Person(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)

    def __str__(self) -> str:
        return self.name


class Group(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    members = models.ManyToManyField(Person, through="membership", related_name="groups")


class Membership(models.Model):
    id = models.PkField()
    person = models.ForeignKey(Person, required=True, on_delete="cascade")
    group = models.ForeignKey(Group, required=True, on_delete="cascade")
    since = models.IntegerField(required=True)


MODELS = (Album, Track, User, Account, TaggedItem, Bookmark, Note, Organization, Customer, Purchase, Person, Group, Membership)

GREY: dict[str, Any] = {
    "album_name": "The Grey Album",
    "artist": "Danger Mouse",
    "tracks": [
        {"order": 1, "title": "Public Service Announcement", "duration": 245},
        {"order": 2, "title": "What More Can I Say", "duration": 264},
        {"order": 3, "title": "Encore", "duration": 159},
    ],
}

EAGLE: dict[str, Any] = {
    "album_name": "Sometimes I Wish We Were an Eagle",
    "artist": "Bill Callahan",
    "tracks": [
        {"order": 1, "title": "Jim Cain", "duration": 279},
        {"order": 2, "title": "Eid Ma Clack Shaw", "duration": 259},
        {"order": 3, "title": "The Wind and the Dove", "duration": 274},
    ],
}


def store_of(kind: str, folder: Path, kept: tuple[type[models.Model], ...] = MODELS) -> Store:
    """A store without rows: `"sqlite"` in a file, or `"memory"`."""
    return MemoryDataStore(models=kept) if kind == "memory" else SQLiteDataStore(folder / "rows.db", models=kept, durability="normal")


def stored(store: Store, album: Mapping[str, Any], key: int = 1, first_track: int = 1) -> Album:
    """An album of the page with its tracks, which have keys one after the other."""
    plain = {name: value for name, value in album.items() if name != "tracks"}
    row = store[Album].create(id=key, **plain)
    store[Track].bulk_create([{"id": first_track + place, "album": row, **track} for place, track in enumerate(album["tracks"])])
    return store[Album].get(pk=key)


# What the page shows of an album.


class AlbumOf(serializers.ModelSerializer):
    class Meta:
        model = Album
        fields = ("album_name", "artist", "tracks")


class AlbumWithStrings(AlbumOf):
    tracks = serializers.StringRelatedField(many=True)


class AlbumWithKeys(AlbumOf):
    tracks = serializers.PrimaryKeyRelatedField(many=True, read_only=True)


class AlbumWithLinks(AlbumOf):
    tracks = serializers.HyperlinkedRelatedField(many=True, read_only=True, view_name="tracks-detail")


class AlbumWithTitles(AlbumOf):
    tracks = serializers.SlugRelatedField(many=True, read_only=True, slug_field="title")


class AlbumWithListing(serializers.HyperlinkedModelSerializer):
    track_listing = serializers.HyperlinkedIdentityField(view_name="track-list")

    class Meta:
        model = Album
        fields = ("album_name", "artist", "track_listing")


class TrackSerializer(serializers.ModelSerializer):
    class Meta:
        model = Track
        fields = ("order", "title", "duration")


class AlbumWithTracks(AlbumOf):
    tracks = TrackSerializer(many=True, read_only=True)


class AlbumWrittenWithTracks(AlbumOf):
    tracks = TrackSerializer(many=True)


class AlbumWrittenByHand(AlbumOf):
    tracks = TrackSerializer(many=True)

    def create(self, validated_data: dict[str, Any]) -> Album:
        tracks = validated_data.pop("tracks")
        album: Album = self.store[Album].create(**validated_data)
        for track in tracks:
            self.store[Track].create(album=album, **track)
        return album


class TrackListingField(serializers.RelatedField):
    def to_representation(self, value: Track) -> str:
        minutes, seconds = divmod(value.duration, 60)
        return f"Track {value.order}: {value.title} ({minutes:02}:{seconds:02})"


class AlbumWithTimes(AlbumOf):
    tracks = TrackListingField(many=True)


# What it shows of accounts, tagged things and customers.


class AccountSerializer(serializers.ModelSerializer):
    class Meta:
        model = Account


class TaggedObjectField(serializers.RelatedField):
    def to_representation(self, value: Bookmark | Note) -> str:
        if isinstance(value, Bookmark):
            return f"Bookmark: {value.url}"
        return f"Note: {value.text}"


class TaggedItemSerializer(serializers.ModelSerializer):
    tagged_object = TaggedObjectField()

    class Meta:
        model = TaggedItem
        fields = ("tag_name", "tagged_object")


class BookmarkSerializer(serializers.ModelSerializer):
    class Meta:
        model = Bookmark


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note


class SerializedObjectField(serializers.RelatedField):
    def to_representation(self, value: Bookmark | Note) -> Any:
        kind = BookmarkSerializer if isinstance(value, Bookmark) else NoteSerializer
        return kind(value, context=self.context).data


class TaggedItemWithObject(serializers.ModelSerializer):
    tagged_object = SerializedObjectField()

    class Meta:
        model = TaggedItem
        fields = ("tag_name", "tagged_object")


class NamedObjectField(serializers.RelatedField):
    """A tagged object as `note:1`, which can be written."""

    def get_queryset(self) -> Any:
        return None  # the objects are rows of several models

    def to_representation(self, value: Bookmark | Note) -> str:
        return f"{type(value).__name__.lower()}:{value.pk}"

    def to_internal_value(self, data: str) -> Bookmark | Note:
        kind, _, key = data.partition(":")
        model = {"bookmark": Bookmark, "note": Note}.get(kind)
        row: Any = model and key.isdecimal() and self.store[model].filter(pk=int(key)).first()
        if not row:
            raise serializers.ValidationError(f"Nothing is called {data}.")
        return row


class TaggedItemWritten(serializers.ModelSerializer):
    tagged_object = NamedObjectField()

    class Meta:
        model = TaggedItem
        fields = ("tag_name", "tagged_object")


class CustomerHyperlink(serializers.HyperlinkedRelatedField):
    view_name = "customer-detail"
    queryset = Customer

    def get_url(self, obj: Customer, view_name: str, links: Any, format: str | None) -> str:
        return str(links.reverse(view_name, organization_slug=obj.organization.slug, customer_pk=obj.pk))

    def get_object(self, view_name: str, view_args: tuple[Any, ...], view_kwargs: Mapping[str, Any]) -> Any:
        return self.get_queryset().get(organization__slug=view_kwargs["organization_slug"], pk=view_kwargs["customer_pk"])


class PurchaseSerializer(serializers.ModelSerializer):
    customer = CustomerHyperlink()

    class Meta:
        model = Purchase
