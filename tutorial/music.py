"""A small music database: artists, albums, their tracks and tags, each relation shown in the way that suits its readers.

`pyrest run tutorial.music:app` serves it, in the directory of the project.
"""

import os

from pyrest import Endpoint, SQLiteDataStore, Store, Wrapper, models, serializers


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    id = models.PkField()
    name = models.SlugField(required=True, unique=True)

    class Meta:
        ordering = ("name",)


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    year = models.IntegerField()
    artist = models.ForeignKey(Artist, required=True, related_name="albums")
    tags = models.ManyToManyField(Tag, related_name="albums")


class Track(models.Model):
    id = models.PkField()
    album = models.ForeignKey(Album, required=True, related_name="tracks", on_delete="cascade")
    position = models.IntegerField(required=True, min=1)
    title = models.StringField(required=True)
    seconds = models.IntegerField(required=True, min=1)

    class Meta:
        ordering = ("album", "position")
        unique_together = (("album", "position"),)

    def __str__(self) -> str:
        return f"{self.position}. {self.title} ({self.seconds // 60}:{self.seconds % 60:02})"


def fill(store: Store) -> None:
    """A few rows to look at, where there are none yet."""
    with store.transaction():
        if store[Artist].exists():
            return
        ferry, mara = store[Artist].bulk_create([{"name": "The Slow Ferry"}, {"name": "Mara Lindholm"}])
        folk, quiet, sea = store[Tag].bulk_create([{"name": "folk"}, {"name": "quiet"}, {"name": "sea"}])
        tide = store[Album].create(title="Low Tide", year=2016, artist=ferry, tags=[folk, sea])
        boat = store[Album].create(title="Night Boat", year=2019, artist=ferry, tags=[sea])
        maps = store[Album].create(title="Paper Maps", year=2021, artist=mara, tags=[folk, quiet])
        store[Track].bulk_create(
            {"album": album, "position": position, "title": title, "seconds": seconds}
            for album, position, title, seconds in (
                (tide, 1, "Harbour", 221),
                (tide, 2, "Gulls", 187),
                (tide, 3, "The Last Crossing", 304),
                (boat, 1, "Lamps", 198),
                (boat, 2, "Engine Room", 243),
                (maps, 1, "North", 174),
                (maps, 2, "Folded", 205),
            )
        )


class ArtistSerializer(serializers.ModelSerializer):
    albums = serializers.HyperlinkedRelatedField(many=True, read_only=True)

    class Meta:
        model = Artist
        fields = ("name", "albums")


class TrackSerializer(serializers.ModelSerializer):
    class Meta:
        model = Track
        fields = ("id", "position", "title", "seconds")


class AlbumSerializer(serializers.ModelSerializer):
    artist = serializers.SlugRelatedField(slug_field="name", queryset=Artist)
    tags = serializers.SlugRelatedField(slug_field="name", queryset=Tag, many=True)
    tracks = TrackSerializer(many=True)

    class Meta:
        model = Album
        fields = ("title", "year", "artist", "tags", "tracks")
        nested = {"tracks": {"missing": "delete"}}


class Artists(Endpoint):
    name = "artists"
    serializer = ArtistSerializer


class Tags(Endpoint):
    name = "tags"
    model = Tag


class Albums(Endpoint):
    name = "albums"
    serializer = AlbumSerializer
    nested = ("tracks", "tags")


class Tracks(Endpoint):
    name = "tracks"
    model = Track


store = SQLiteDataStore(os.environ.get("MUSIC_DB", "music.db"))
wrapper = Wrapper([Albums, Artists, Tags, Tracks], datastore=store, name="music")
fill(store)
app = wrapper.create_app()
