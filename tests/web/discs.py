"""Albums with artists, labels, tags, tracks and sleeves: every kind of relation, with something missing on each."""

from __future__ import annotations

from pyrest import SQLiteDataStore, models


class Label(models.Model):
    id = models.PkField()
    name = models.StringField()


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField()
    born = models.IntegerField()
    label = models.ForeignKey(Label)

    def __str__(self) -> str:
        return f"<{self.name}>"


class Tag(models.Model):
    id = models.UUIDPkField()
    name = models.StringField(required=True)


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    artist = models.ForeignKey(Artist, related_name="albums")
    tags = models.ManyToManyField(Tag, related_name="albums")

    @property
    def initial(self) -> str:
        return self.title[0]


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    album = models.ForeignKey(Album, related_name="tracks")


class Sleeve(models.Model):
    id = models.PkField()
    colour = models.StringField()
    album = models.OneToOneField(Album)


MODELS = (Label, Artist, Tag, Album, Track, Sleeve)


def fill(store: SQLiteDataStore) -> None:
    """Albums: 1 has everything, 2 less, 3 is alone, 4 has an artist without a name on a label without one."""
    emi, nameless = store[Label].bulk_create([{"name": "EMI"}, {}])
    queen = store[Artist].create(name="Queen", born=1970, label=emi)
    nico = store[Artist].create(name="Nico")
    unknown = store[Artist].create(label=nameless)
    rock, pop = store[Tag].bulk_create([{"name": "rock"}, {"name": "pop"}])
    store[Album].create(title="Innuendo", artist=queen, tags=[rock, pop])
    store[Album].create(title="Chelsea Girl", artist=nico, tags=[pop])
    store[Album].create(title="Untitled")
    store[Album].create(title="Bootleg", artist=unknown)
    store[Track].bulk_create([{"title": "Delilah", "album": 1}, {"title": "Bijou", "album": 1}, {"title": "Little Sister", "album": 2}])
    store[Sleeve].bulk_create([{"album": 1, "colour": "red"}, {"album": 2}])
