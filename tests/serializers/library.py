"""The models on which nested writing is tried: every kind of relation, with what has to be unique at each depth."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, Wrapper, models
from pyrest.models.fields import Field
from pyrest.serializers import ModelSerializer, SerializerField, ValidationError
from pyrest.store import Store

Json = dict[str, Any]


class Contract(models.Model):
    id = models.PkField()
    number = models.StringField(required=True, unique=True)


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)
    contract = models.OneToOneField(Contract, related_name="artist")


class Tag(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)
    colour = models.StringField()


class Genre(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    content_type = models.StringField()
    object_id = models.IntegerField()
    of = models.GenericForeignKey("content_type", "object_id")


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True, max_length=20)
    year = models.IntegerField()
    artist = models.ForeignKey(Artist, related_name="albums")
    tags = models.ManyToManyField(Tag, related_name="albums")
    notes = models.GenericRelation(Note)

    class Meta:
        unique_together = ("artist", "title")


class Sleeve(models.Model):
    id = models.PkField()
    colour = models.StringField(required=True)
    album = models.OneToOneField(Album, required=True, on_delete="cascade")


class Track(models.Model):
    id = models.PkField()
    order = models.IntegerField(required=True)
    title = models.StringField(required=True)
    code = models.StringField(unique=True)
    album = models.ForeignKey(Album, required=True, on_delete="cascade", related_name="tracks")
    genre = models.ForeignKey(Genre, related_name="tracks")

    class Meta:
        ordering = ("order",)
        unique_together = ("album", "order")


class Disc(models.Model):
    """Its key is given by who writes it."""

    code = models.StringPkField()
    side = models.StringField(default="A")
    album = models.ForeignKey(Album, related_name="discs")


class Folder(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    parent = models.ForeignKey("folder", on_delete="cascade", related_name="children")

    class Meta:
        unique_together = ("parent", "name")


MODELS = (Contract, Artist, Tag, Genre, Note, Album, Sleeve, Track, Disc, Folder)


def serializer(model: type[models.Model], *names: str, **members: Any) -> type[ModelSerializer]:
    """A serializer that shows these fields of a model and the members given. `nested` and `validators` are options of its Meta."""
    meta = {option: members.pop(option) for option in ("nested", "validators") if option in members}
    shown = (*names, *(name for name, member in members.items() if isinstance(member, SerializerField | Field)))
    members["Meta"] = type("Meta", (), {"model": model, "fields": shown, **meta})
    return type(f"{model.__name__}Serializer", (ModelSerializer,), members)


def contents(store: Store) -> str:
    """Every row of a store, those of the tables between included, as one text."""
    return repr([[row._values for row in store[model].all()] for model in store.catalog.models])


def client_of(store: Store, kind: type[ModelSerializer], **options: Any) -> FlaskClient:
    """A client of the application that serves a serializer's rows at `/rows/`."""
    endpoint = type("Rows", (Endpoint,), {"serializer": kind, "name": "rows", **options})
    return Wrapper([endpoint], datastore=store).create_app().test_client()


class Writer:
    """Writes bodies with a serializer, by itself or over HTTP, and gives what is shown then. Raises what refuses a body."""

    def __init__(self, store: Store, over_http: bool) -> None:
        self.store = store
        self._over_http = over_http

    def create(self, kind: type[ModelSerializer], body: Any) -> Json:
        return self._write(kind, body, "POST", None)

    def replace(self, kind: type[ModelSerializer], key: Any, body: Any) -> Json:
        return self._write(kind, body, "PUT", key)

    def patch(self, kind: type[ModelSerializer], key: Any, body: Any) -> Json:
        return self._write(kind, body, "PATCH", key)

    def refused(self, method: str, kind: type[ModelSerializer], body: Any, key: Any = None) -> Json:
        """The errors of a body that is refused, after a look at the rows: none has changed."""
        before = contents(self.store)
        with pytest.raises(ValidationError) as refusal:
            self._write(kind, body, method, key)
        assert contents(self.store) == before
        return refusal.value.errors

    def _write(self, kind: type[ModelSerializer], body: Any, method: str, key: Any) -> Json:
        return (self._request if self._over_http else self._save)(kind, json.loads(json.dumps(body)), method, key)

    def _save(self, kind: type[ModelSerializer], body: Any, method: str, key: Any) -> Json:
        row = None if key is None else self.store[kind.meta_options["model"]].get(pk=key)
        written = kind(row, data=body, store=self.store, partial=method == "PATCH")
        written.is_valid(raise_exception=True)
        shown: Json = kind(written.save()).data
        return shown

    def _request(self, kind: type[ModelSerializer], body: Any, method: str, key: Any) -> Json:
        client = client_of(self.store, kind, list_methods=("GET", "POST") if method == "POST" else ("GET",))
        path = "/rows/" if key is None else f"/rows/{key}/"
        answer = client.open(path, method=method, json=body, headers={"Prefer": "return=representation"})
        assert answer.json is not None
        if answer.status_code == 400:
            raise ValidationError(answer.json["errors"])
        assert answer.status_code == (201 if method == "POST" else 200), answer.text
        return {name: value for name, value in answer.json.items() if name != "ressource_uri"}


# Serializers that several tests use.

TRACK = serializer(Track, "id", "order", "title", "code")
TAG = serializer(Tag, "id", "name", "colour")
GENRE = serializer(Genre, "id", "name")
CONTRACT = serializer(Contract, "id", "number")
SLEEVE = serializer(Sleeve, "id", "colour")
NOTE = serializer(Note, "id", "text")
DISC = serializer(Disc, "code", "side")
GENRED = serializer(Track, "id", "order", "title", genre=GENRE(allow_null=True))
ALBUM = serializer(Album, "id", "title", "year", tracks=TRACK(many=True, required=False))
ARTIST = serializer(Artist, "id", "name", albums=ALBUM(many=True, required=False))
LEAF = serializer(Folder, "id", "name")
BRANCH = serializer(Folder, "id", "name", children=LEAF(many=True, required=False))
ROOT = serializer(Folder, "id", "name", children=BRANCH(many=True, required=False))


def album_of(**member: Any) -> type[ModelSerializer]:
    """A serializer of albums with a nested one."""
    return serializer(Album, "id", "title", **member)


def tracks(*orders: int) -> list[Json]:
    """Bodies of new tracks."""
    return [{"order": order, "title": f"T{order}"} for order in orders]


TAGGED = album_of(tags=TAG(many=True))
T1 = {"order": 1, "title": "T1"}


def names_of(write: Writer, key: int) -> list[str]:
    """The names of an album's tags."""
    return sorted(tag.name for tag in write.store[Album].get(pk=key).tags)
