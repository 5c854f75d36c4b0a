"""A record shop of any size, in which every album has an artist, a label, tracks, tags, guests, a sleeve and a note of its own; and the
statements that something costs there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from pyrest import Endpoint, SQLiteDataStore, Wrapper, models
from pyrest.serializers import ModelSerializer

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)
    teacher: models.ForeignKey[Any] = models.ForeignKey("artist", related_name="pupils")

    def __str__(self) -> str:
        return self.name


class Label(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    id = models.PkField()
    name = models.SlugField(required=True, unique=True)

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    content_type = models.StringField()
    object_id = models.IntegerField()
    about = models.GenericForeignKey("content_type", "object_id")

    def __str__(self) -> str:
        return self.text


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    artist = models.ForeignKey(Artist, related_name="albums")
    label = models.IntegerField(foreign=("label", "id"), related_name="releases")
    tags = models.ManyToManyField(Tag, related_name="albums")
    guests = models.ManyToManyField(Artist, through="appearance", related_name="guest_on")
    notes = models.GenericRelation(Note)

    def __str__(self) -> str:
        return f"{self.title} by {self.artist.name}"


class Appearance(models.Model):
    id = models.PkField()
    album = models.ForeignKey(Album, required=True, related_name="+")
    artist = models.ForeignKey(Artist, required=True, related_name="+")
    role = models.StringField(required=True)


class Sleeve(models.Model):
    id = models.PkField()
    colour = models.StringField(required=True)
    album = models.OneToOneField(Album, related_name="sleeve")

    def __str__(self) -> str:
        return self.colour


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    album = models.ForeignKey(Album, required=True, related_name="tracks")

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


MODELS = (Album, Artist, Label, Tag, Note, Appearance, Sleeve, Track)


@dataclass(frozen=True)
class Shop:
    """A store, and the API over it."""

    store: SQLiteDataStore
    client: FlaskClient

    def statements(self, ask: Callable[[], object]) -> list[str]:
        """What is asked of SQLite meanwhile, apart from what begins and ends transactions and what touches no table."""
        with self.store.recorded() as recorded:
            ask()
        return [text for text in recorded if not text.startswith(FRAME)]


def serializer_of(model: type[models.Model], *names: str, **fields: Any) -> type[ModelSerializer]:
    """A serializer of the model's fields that are named, and of these."""
    meta = type("Meta", (), {"model": model, "fields": (*names, *fields)})
    return type(f"{model.__name__}Serializer", (ModelSerializer,), {**fields, "Meta": meta})


def endpoint_of(name: str, serializer: type[ModelSerializer], **options: Any) -> type[Endpoint]:
    """An endpoint of that name, whose pages hold up to 500 objects."""
    return type(name, (Endpoint,), {"name": name, "serializer": serializer, "max_page_size": 500, **options})


def shop_of(path: Path, size: int, endpoints: Iterable[type[Endpoint]] = ()) -> Shop:
    """A shop of that many albums, with these endpoints beside one for each model."""
    store = SQLiteDataStore(path, durability="normal")
    wrapper = Wrapper([*MODELS, *endpoints], datastore=store)
    numbers = range(1, size + 1)
    with store.transaction():
        store[Artist].bulk_create({"name": f"Artist {n}", "teacher": n} for n in numbers)
        store[Label].bulk_create({"name": f"Label {n}"} for n in numbers)
        store[Tag].bulk_create({"name": f"tag-{n}"} for n in numbers)
        store[Album].bulk_create({"title": f"Album {n}", "artist": n, "label": n, "tags": {n, n % size + 1}} for n in numbers)
        store[Appearance].bulk_create({"album": n, "artist": n, "role": "flute"} for n in numbers)
        store[Sleeve].bulk_create({"colour": f"Colour {n}", "album": n} for n in numbers)
        store[Track].bulk_create({"title": f"Track {n}.{m}", "album": n} for n in numbers for m in (1, 2))
        store[Note].bulk_create({"text": f"Note {n}", "content_type": "album", "object_id": n} for n in numbers)
    return Shop(store, wrapper.create_app().test_client())
