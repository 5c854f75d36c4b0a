"""The discs with every way to show and write a relation, and rows below rows, for the document to describe."""

from __future__ import annotations

from typing import Any

from pyrest import Endpoint, serializers
from tests.web.discs import Album, Artist, Sleeve, Tag, Track

__all__ = ["Albums", "Artists", "Sleeves", "Tags", "Tracks"]


class TrackItem(serializers.ModelSerializer):
    class Meta:
        model = Track
        fields = ("id", "title")


class AlbumSerializer(serializers.ModelSerializer):
    artist = serializers.SlugRelatedField(slug_field="name", queryset=Artist, allow_null=True, required=False)
    tags = serializers.PrimaryKeyRelatedField(queryset=Tag, many=True, required=False)
    tracks = TrackItem(many=True, required=False)
    initial = serializers.SerializerMethodField(help_text="The first letter of the title.")

    class Meta:
        model = Album
        fields = ("id", "title", "artist", "tags", "tracks", "initial")

    def get_initial(self, row: Any) -> str:
        return str(row.title[:1])


class Albums(Endpoint):
    """What there is to hear."""

    name = "albums"
    serializer = AlbumSerializer
    nested = ("tracks", "tags")
    search_fields = ("title",)
    page_size = 10
    pagination = "cursor"


class Artists(Endpoint):
    name = "artists"
    model = Artist
    exclude = ("label",)
    nested = ("albums",)
    pagination = None


class Tags(Endpoint):
    name = "tags"
    model = Tag
    list_methods = ("GET", "POST", "PATCH", "DELETE")


class Sleeves(Endpoint):
    name = "sleeves"
    model = Sleeve
    require_preconditions = True


class TrackSerializer(serializers.HyperlinkedModelSerializer):
    artist = serializers.StringRelatedField(source="album.artist")

    class Meta:
        model = Track
        fields = ("title", "album", "artist")


class Tracks(Endpoint):
    name = "tracks"
    serializer = TrackSerializer
    detail_methods = ("GET", "PATCH")
