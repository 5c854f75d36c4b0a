"""Models whose rows go with each other, lose each other or belong together, and writes of all kinds on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st

from pyrest import Endpoint, QuerySet, models, serializers
from pyrest.models.model import Model, declaration
from pyrest.store import Store

Write: TypeAlias = tuple[str, str, Any]


class Label(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)
    secret = models.StringField(default="s", write_only=True)


class Disc(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    label = models.ForeignKey(Label, related_name="discs", on_delete="cascade")
    tags = models.ManyToManyField("tag", related_name="discs")


class Song(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    disc = models.ForeignKey(Disc, required=True, related_name="songs", on_delete="cascade")


class Play(models.Model):
    id = models.PkField()
    song = models.ForeignKey(Song, related_name="plays", on_delete="set_null")
    at = models.IntegerField(default=0)


class Tag(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Folder(models.Model):
    id = models.PkField()
    parent = models.ForeignKey("folder", related_name="children", on_delete="cascade")


class SongSerializer(serializers.ModelSerializer):
    class Meta:
        model = Song
        fields = ("id", "title")


class DiscSerializer(serializers.ModelSerializer):
    songs = SongSerializer(many=True, required=False)

    class Meta:
        model = Disc
        fields = ("id", "title", "label", "tags", "songs")
        nested = {"songs": {"missing": "delete"}}


class Labels(Endpoint):
    model = Label
    nested = ("discs",)


class Discs(Endpoint):
    serializer = DiscSerializer
    nested = ("tags",)


class Songs(Endpoint):
    model = Song
    list_methods = ("GET", "POST", "PATCH", "DELETE")


class Plays(Endpoint):
    model = Play
    queryset = QuerySet(Play).filter(at__lt=100)


class Tags(Endpoint):
    model = Tag
    list_methods = ("POST",)


class Folders(Endpoint):
    model = Folder


ENDPOINTS = [Labels, Discs, Songs, Plays, Tags, Folders]


def fill(store: Store) -> None:
    label = store[Label].create(name="Blue")
    tags = [store[Tag].create(name=name) for name in ("sea", "rain")]
    low, gulls = (store[Disc].create(title=title, label=label, tags=tags[:1]) for title in ("Low Tide", "Gulls"))
    for title in ("One", "Two"):
        song = store[Song].create(title=title, disc=low)
        store[Play].create(song=song)
    store[Song].create(title="Three", disc=gulls)
    store[Play].create(song=song, at=100)
    top = store[Folder].create()
    store[Folder].create(parent=store[Folder].create(parent=top))


def everything(store: Store) -> dict[tuple[str, Any], tuple[Any, ...]]:
    """All rows, by table and key."""
    rows: list[Model] = [found for model in store.catalog.models for found in store[model]]
    return {(declaration(type(found)).table, found.pk): found._values for found in rows}


_WRITES: list[Callable[[int, str], Write]] = [
    lambda key, text: ("POST", "/label/", {"name": text}),
    lambda key, text: ("PATCH", f"/label/{key}/", {"name": text, "secret": text}),
    lambda key, text: ("DELETE", f"/label/{key}/", None),
    lambda key, text: ("POST", "/disc/", {"title": text, "label": key, "tags": [key], "songs": [{"title": text}]}),
    lambda key, text: ("PUT", f"/disc/{key}/", {"title": text, "songs": [{"title": "x"}]}),
    lambda key, text: ("PATCH", f"/disc/{key}/", {"tags": [1, 2]}),
    lambda key, text: ("DELETE", f"/disc/{key}/", None),
    lambda key, text: ("DELETE", f"/song/{key}/", None),
    lambda key, text: ("PATCH", f"/song/{key}/", {"disc": key}),
    lambda key, text: ("POST", "/play/", {"song": key, "at": len(text)}),
    lambda key, text: ("PATCH", f"/play/{key}/", {"at": key}),
    lambda key, text: ("PUT", f"/disc/{key}/tags/{key}/", None),
    lambda key, text: ("POST", "/folder/", {"parent": key}),
    lambda key, text: ("DELETE", f"/folder/{key}/", None),
]

WRITES: st.SearchStrategy[Write] = st.builds(
    lambda write, key, text: write(key, text), st.sampled_from(_WRITES), st.integers(1, 4), st.sampled_from(["a", "b", "Blue"])
)
"""Method, path and body of writes, most of which succeed on the rows of `fill`."""
