"""Albums, and serializers of albums with any body: what the tests of class bodies share."""

from __future__ import annotations

from typing import Any

from pyrest import models
from pyrest.serializers import ModelSerializer, Serializer


class Label(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Genre(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    label = models.ForeignKey(Label)


class Album(models.Model):
    id = models.PkField()
    artist = models.ForeignKey(Artist, related_name="albums")
    title = models.StringField(required=True, max_length=10)
    year = models.IntegerField()
    stars = models.IntegerField(default=3, max=5)
    genres = models.ManyToManyField(Genre)

    @property
    def caption(self) -> str:
        return f"{self.title} ({self.year})"

    class Meta:
        unique_together = ("artist", "title")


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    album = models.ForeignKey(Album, required=True, related_name="tracks")


MODELS = (Label, Artist, Album, Genre, Track)


def made(meta: dict[str, Any] | None = None, kind: type[Serializer] = ModelSerializer, **body: Any) -> Any:
    """A serializer class with this body, of albums unless `meta` says otherwise."""
    said = {"model": Album} if meta is None else meta
    return type("AlbumSerializer", (kind,), {**body, **({"Meta": type("Meta", (), said)} if said else {})})


def of_albums(**meta: Any) -> dict[str, Any]:
    return {"model": Album, **meta}
