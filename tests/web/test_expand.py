"""`fields`, `omit` and `expand` over every kind of relation, as tables: what is asked, what is shown, what is said of what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, QuerySet, SQLiteDataStore, Wrapper, models, serializers


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    teacher: models.ForeignKey[Any] = models.ForeignKey("artist", related_name="pupils")

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.StringPkField()


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    year = models.IntegerField()
    artist = models.ForeignKey(Artist, related_name="albums")
    tags = models.ManyToManyField(Tag, related_name="albums")
    notes = models.GenericRelation("note")


class Sleeve(models.Model):
    id = models.PkField()
    colour = models.StringField(required=True)
    album = models.OneToOneField(Album, related_name="sleeve")


class Track(models.Model):
    id = models.PkField()
    album = models.ForeignKey(Album, required=True, related_name="tracks")
    title = models.StringField(required=True)
    seconds = models.IntegerField(required=True)

    class Meta:
        ordering = ("-seconds",)


class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    content_type = models.StringField()
    object_id = models.IntegerField()
    about = models.GenericForeignKey("content_type", "object_id")


class TrackSerializer(serializers.ModelSerializer):
    class Meta:
        model = Track
        fields = ("title", "album")


class ShelfSerializer(serializers.ModelSerializer):
    tracks = TrackSerializer(many=True, read_only=True)
    artist = serializers.StringRelatedField()
    by = serializers.PrimaryKeyRelatedField(source="artist", read_only=True)
    label = serializers.SerializerMethodField()

    class Meta:
        model = Album
        fields = ("title", "artist", "by", "label", "tracks")

    def get_label(self, album: Album) -> str:
        return album.title.upper()


class OwnFormSerializer(serializers.ModelSerializer):
    class Meta:
        model = Album
        fields = ("id", "title")

    def to_representation(self, instance: Any) -> Any:
        return {**super().to_representation(instance), "shout": instance.title.upper()}


class Albums(Endpoint):
    name = "albums"
    model = Album
    fields = ("id", "title", "year", "artist", "tags")
    nested = ("tracks",)


class Tracks(Endpoint):
    name = "tracks"
    model = Track
    page_size = 2
    max_page_size = 4
    search_fields = ("title",)


class Notes(Endpoint):
    name = "notes"
    model = Note
    pagination = None


class Shelf(Endpoint):
    name = "shelf"
    serializer = ShelfSerializer
    list_methods = ("GET",)


class OwnForm(Endpoint):
    name = "own-form"
    serializer = OwnFormSerializer
    list_methods = ("GET",)


class Shallow(Endpoint):
    name = "shallow"
    model = Album
    expand_depth = 1


class Closed(Endpoint):
    name = "closed"
    model = Album
    expand_depth = 0


class Chosen(Endpoint):
    name = "chosen"
    model = Album
    fields = ("title", "artist")
    expand_fields = ("tracks",)


ENDPOINTS = [Albums, Artist, Tag, Sleeve, Tracks, Notes, Shelf, OwnForm, Shallow, Closed, Chosen]


@pytest.fixture(scope="module")
def client(kept_store: SQLiteDataStore) -> FlaskClient:
    store = kept_store
    client = Wrapper(ENDPOINTS, datastore=store).create_app().test_client()
    store[Artist].bulk_create([{"name": "Mara"}, {"name": "Ferry", "teacher": 1}])
    store[Tag].bulk_create([{"name": "sea"}, {"name": "folk"}])
    store[Album].create(title="Tide", year=2016, artist=2, tags=["sea", "folk"])
    store[Album].create(title="Boat", year=2019, artist=2)
    store[Album].create(title="Maps")
    store[Sleeve].create(colour="blue", album=1)
    store[Track].bulk_create(
        {"album": album, "title": title, "seconds": seconds}
        for album, title, seconds in ((1, "Harbour", 221), (1, "Gulls", 187), (1, "Crossing", 304), (2, "Lamps", 198))
    )
    store[Note].bulk_create({"text": text, "content_type": "album", "object_id": key} for text, key in (("a", 1), ("b", 2), ("c", 1)))
    return client


ARTIST = {"id": 2, "name": "Ferry", "ressource_uri": "/artist/2/", "teacher": 1}
MARA = {"id": 1, "name": "Mara", "ressource_uri": "/artist/1/", "teacher": None}
CROSSING, HARBOUR, GULLS, LAMPS = (
    {"album": album, "id": n, "ressource_uri": f"/tracks/{n}/", "seconds": seconds, "title": title}
    for album, n, seconds, title in ((1, 3, 304, "Crossing"), (1, 1, 221, "Harbour"), (1, 2, 187, "Gulls"), (2, 4, 198, "Lamps"))
)
TIDE = {"artist": 2, "id": 1, "ressource_uri": "/albums/1/", "tags": ["folk", "sea"], "title": "Tide", "year": 2016}
NOTES = [
    {"content_type": "album", "id": n, "object_id": 1, "ressource_uri": f"/notes/{n}/", "text": text} for n, text in ((1, "a"), (3, "c"))
]

SHOWN: dict[str, Any] = {
    # What is there already.
    "/albums/1/": TIDE,
    "/albums/1/?fields=title": {"title": "Tide"},
    "/albums/1/?fields=title,ressource_uri": {"title": "Tide", "ressource_uri": "/albums/1/"},
    "/albums/1/?fields=title&fields=year": {"title": "Tide", "year": 2016},
    "/albums/1/?omit=ressource_uri,tags,year": {"artist": 2, "id": 1, "title": "Tide"},
    "/albums/1/?fields=title,year&omit=year": {"title": "Tide"},
    "/albums/1/?fields=year&omit=year": {},
    "/albums/1/?fields=artist,tags": {"artist": 2, "tags": ["folk", "sea"]},
    # A relation by each kind of edge: foreign key, what points here, one to one both ways, many to many both ways, generic, itself.
    "/albums/1/?fields=title&expand=artist": {"title": "Tide", "artist": ARTIST},
    "/albums/3/?fields=title&expand=artist": {"title": "Maps", "artist": None},
    "/artist/2/?fields=albums(title)": {"albums": [{"title": "Tide"}, {"title": "Boat"}]},
    "/artist/1/?fields=albums": {"albums": []},
    "/albums/1/?fields=sleeve(colour)": {"sleeve": {"colour": "blue"}},
    "/albums/2/?fields=sleeve(colour)": {"sleeve": None},
    "/sleeve/1/?fields=album(title)": {"album": {"title": "Tide"}},
    "/albums/1/?fields=tags(name)": {"tags": [{"name": "folk"}, {"name": "sea"}]},
    "/albums/3/?fields=tags(name)": {"tags": []},
    "/tag/sea/?fields=albums(title)": {"albums": [{"title": "Tide"}]},
    "/albums/1/?fields=notes": {"notes": NOTES},
    "/albums/3/?fields=notes": {"notes": []},
    "/artist/2/?fields=teacher(name)": {"teacher": {"name": "Mara"}},
    "/artist/1/?fields=pupils(name,teacher(name))": {"pupils": [{"name": "Ferry", "teacher": {"name": "Mara"}}]},
    # A name alone shows what the representation shows for it; a relation that it does not show comes as objects.
    "/albums/1/?fields=tracks": {"tracks": [CROSSING, HARBOUR]},
    "/albums/1/?fields=tracks&expand=tracks(count=1)": {"tracks": [CROSSING]},
    "/albums/1/?expand=tracks&omit=tracks(album,id,seconds),tags": {
        "artist": 2, "id": 1, "ressource_uri": "/albums/1/", "title": "Tide", "year": 2016,
        "tracks": [{"title": "Crossing", "ressource_uri": "/tracks/3/"}, {"title": "Harbour", "ressource_uri": "/tracks/1/"}]},
    "/albums/1/?expand=artist": {**TIDE, "artist": ARTIST},
    # Arguments.
    "/albums/1/?fields=tracks&expand=tracks(ordering=title)": {"tracks": [CROSSING, GULLS]},
    "/albums/1/?fields=tracks(title)&expand=tracks(ordering=(-album,-title),count=3)": {
        "tracks": [{"title": "Harbour"}, {"title": "Gulls"}, {"title": "Crossing"}]},
    "/albums/1/?fields=tracks&expand=tracks(seconds__lt=200)": {"tracks": [GULLS]},
    "/albums/1/?fields=tracks&expand=tracks(or=(title=Gulls,seconds__gt=300),count=4)": {"tracks": [CROSSING, GULLS]},
    '/albums/1/?fields=tracks&expand=tracks(title__in=(Gulls,"a, b"))': {"tracks": [GULLS]},
    "/albums/1/?fields=tracks&expand=tracks(search=GULL)": {"tracks": [GULLS]},
    "/albums/1/?fields=tracks&expand=tracks(album__artist__name=Mara)": {"tracks": []},
    "/albums/1/?fields=tracks&expand=tracks(title=Gulls,title=Harbour,ordering=title)": {"tracks": [GULLS, HARBOUR]},
    "/albums/1/?fields=tags(name)&expand=tags(name__ne=sea)": {"tags": [{"name": "folk"}]},
    "/albums/1/?fields=tags(name)&expand=tags(ordering=-name,count=1)": {"tags": [{"name": "sea"}]},
    "/albums/1/?fields=notes(text)&expand=notes(ordering=-text)": {"notes": [{"text": "c"}, {"text": "a"}]},
    "/albums/1/?fields=artist&expand=artist(name=Mara)": {"artist": None},
    "/albums/1/?fields=artist(name)&expand=artist(name=Ferry)": {"artist": {"name": "Ferry"}},
    "/albums/1/?fields=title&expand=tracks(count=1,fields=(title,album(title)))": {
        "title": "Tide", "tracks": [{"title": "Crossing", "album": {"title": "Tide"}}]},
    "/albums/1/?fields=title&expand=tracks(count=1,omit=(id,ressource_uri,seconds),expand=album(fields=artist,expand=artist(omit=id)))": {
        "title": "Tide", "tracks": [{"title": "Crossing", "album": {
            "artist": {"name": "Ferry", "ressource_uri": "/artist/2/", "teacher": 1}}}]},
    "/albums/1/?fields=title&expand=tracks(count=1,fields=title,expand=album(fields=tracks,expand=tracks(count=1,fields=title)))": {
        "title": "Tide", "tracks": [{"title": "Crossing", "album": {"tracks": [{"title": "Crossing"}]}}]},
    # A serializer within the serializer: a part of its objects, unless expand asks for those of the endpoint.
    "/shelf/2/": {
        "artist": "Ferry", "by": 2, "label": "BOAT", "ressource_uri": "/shelf/2/", "title": "Boat",
        "tracks": [{"album": 2, "title": "Lamps"}]},
    "/shelf/2/?fields=tracks": {"tracks": [{"album": 2, "title": "Lamps"}]},
    "/shelf/2/?fields=tracks(title)": {"tracks": [{"title": "Lamps"}]},
    "/shelf/2/?fields=tracks&omit=tracks(title)": {"tracks": [{"album": 2}]},
    "/shelf/2/?fields=tracks&expand=tracks": {"tracks": [LAMPS]},
    "/shelf/2/?fields=tracks(title,album(title))": {"tracks": [{"title": "Lamps", "album": {"title": "Boat"}}]},
    "/shelf/2/?fields=label": {"label": "BOAT"},
    "/shelf/2/?fields=artist,by(name)": {"artist": "Ferry", "by": {"name": "Ferry"}},
    "/shelf/2/?fields=artist(name),by": {"artist": {"name": "Ferry"}, "by": 2},
    # A serializer that shows rows in its own way: the names are those of what it gives.
    "/own-form/2/": {"id": 2, "title": "Boat", "shout": "BOAT"},
    "/own-form/2/?fields=shout": {"shout": "BOAT"},
    "/own-form/2/?omit=shout,id": {"title": "Boat"},
    "/own-form/2/?fields=shout,tracks&expand=tracks(fields=title)": {"shout": "BOAT", "tracks": [{"title": "Lamps"}]},
    # What an endpoint says.
    "/chosen/2/?fields=tracks(title)": {"tracks": [{"title": "Lamps"}]},
    "/shallow/2/?fields=artist(name)": {"artist": {"name": "Ferry"}},
    "/closed/2/?fields=artist": {"artist": 2},
    # Rows below a row.
    "/albums/2/tracks/4/?fields=title,album(title)": {"title": "Lamps", "album": {"title": "Boat"}},
}  # fmt: skip


@pytest.mark.parametrize(("path", "shown"), SHOWN.items(), ids=SHOWN)
def test_a_row(client: FlaskClient, path: str, shown: object) -> None:
    assert client.get(path).get_json() == shown


ROWS: dict[str, list[Any]] = {
    "/albums/?fields=title&expand=tracks(count=1,fields=title)": [
        {"title": "Tide", "tracks": [{"title": "Crossing"}]},
        {"title": "Boat", "tracks": [{"title": "Lamps"}]},
        {"title": "Maps", "tracks": []},
    ],
    "/albums/?fields=title,artist(name)&ordering=title&count=2": [
        {"title": "Boat", "artist": {"name": "Ferry"}},
        {"title": "Maps", "artist": None},
    ],
    "/albums/?year__gt=2017&omit=id,tags,artist,ressource_uri": [{"title": "Boat", "year": 2019}],
    "/albums/1/tracks/?fields=title&count=2": [{"title": "Crossing"}, {"title": "Harbour"}],
    "/albums/2/tracks/?fields=album(title)": [{"album": {"title": "Boat"}}],
    "/albums/?fields=notes(text)": [{"notes": [{"text": "a"}, {"text": "c"}]}, {"notes": [{"text": "b"}]}, {"notes": []}],
    "/tag/?fields=albums(title)": [{"albums": [{"title": "Tide"}]}, {"albums": [{"title": "Tide"}]}],
}


@pytest.mark.parametrize(("path", "shown"), ROWS.items(), ids=ROWS)
def test_rows(client: FlaskClient, path: str, shown: object) -> None:
    assert client.get(path).get_json()["object_list"] == shown


def test_pages_keep_the_shape_which_is_no_filter(client: FlaskClient) -> None:
    meta = client.get("/albums/?fields=title&count=1&year__gt=2000").get_json()["meta"]
    assert meta["next"] == "?count=1&fields=title&offset=1&year__gt=2000"
    assert meta["filters"] == {"year__gt": "2000"}


def test_pages_by_cursor_and_facets_have_shapes_too(client: FlaskClient) -> None:
    path = "/albums/?fields=artist(name)&count=1&ordering=-year&cursor="
    first = client.get(path).get_json()
    second = client.get(f"{path}{first['meta']['next_cursor']}").get_json()
    assert [one["object_list"] for one in (first, second)] == [[{"artist": {"name": "Ferry"}}]] * 2
    assert second["meta"]["next_cursor"] != "null"
    faceted = client.get("/albums/?fields=title&facet=year&count=1").get_json()
    assert (faceted["object_list"], len(faceted["meta"]["facets"]["year"])) == ([{"title": "Tide"}], 3)


REFUSED: dict[str, str] = {
    "/albums/?fields=": '"fields": A name is expected at character 1.',
    "/albums/?fields=titel": '"fields": There is no "titel"; did you mean "title"?',
    "/albums/?fields=zzz": '"fields": There is no "zzz".',
    "/albums/?omit=titel": '"omit": There is no "titel"; did you mean "title"?',
    "/albums/?expand=artst": '"expand": There is no "artst"; did you mean "artist"?',
    "/albums/?expand=title": '"expand": title is no relation, so there is nothing within it.',
    "/albums/?fields=title(x)": '"fields": title is no relation, so there is nothing within it.',
    "/albums/?omit=title(x)": '"omit": title is no relation, so there is nothing within it.',
    "/albums/?omit=artist(name)": '"omit": artist is not shown by objects, unless expand names it.',
    "/albums/?fields=artist&omit=artist(name)": '"omit": artist is not shown by objects, unless expand names it.',
    "/albums/?fields=artist(nam)": '"fields": There is no "nam" in artist; did you mean "name"?',
    "/albums/?expand=tracks(expand=(album(omit=titel)))": '"omit": There is no "titel" in tracks.album; did you mean "title"?',
    "/albums/?expand=tracks(expand=albun)": '"expand": There is no "albun" in tracks; did you mean "album"?',
    "/albums/?expand=tracks&omit=tracks": '"omit": tracks is asked for, too; leave one of the two out.',
    "/albums/?fields=tracks(title)&omit=tracks": '"omit": tracks is asked for, too; leave one of the two out.',
    "/albums/?expand=tracks(title=x)&omit=tracks(title),tracks": '"omit": tracks is asked for, too; leave one of the two out.',
    "/albums/?expand=tracks(titel=x)": '"expand": In tracks: unknown filter "titel"; did you mean "title"?',
    "/albums/?expand=tracks(seconds=x)": '"expand": In tracks: "seconds": A valid integer is required.',
    "/albums/?expand=tracks(ordering=titel)": '"expand": In tracks: unknown ordering "titel"; did you mean "title"?',
    "/albums/?expand=tracks(count=5)": '"expand": In tracks: "count": The number of objects on a page is 1 to 4.',
    "/albums/?expand=tracks(count=0)": '"expand": In tracks: "count": The number of objects on a page is 1 to 4.',
    "/albums/?expand=tracks(count=1,count=2)": '"expand": In tracks: "count": This parameter can be given once.',
    "/albums/?expand=tracks(count=1),tracks(count=2)": '"expand": In tracks: "count": This parameter can be given once.',
    "/albums/?expand=notes(count=1)": '"expand": In notes: "count": This list has no pages; it is always whole.',
    "/albums/?expand=tracks(expand=album(yeer=1))": '"expand": In tracks.album: unknown filter "yeer"; did you mean "year"?',
    "/albums/?expand=tracks(offset=1)": '"expand": In tracks: "offset" cannot be asked within expand.',
    "/albums/?expand=tracks(cursor=)": '"expand": In tracks: "cursor" cannot be asked within expand.',
    "/albums/?expand=tracks(total=none)": '"expand": In tracks: "total" cannot be asked within expand.',
    "/albums/?expand=tracks(aggregate=count)": '"expand": In tracks: "aggregate" cannot be asked within expand.',
    "/albums/?expand=artist(count=1)": '"expand": In artist: "count" cannot be asked of one row.',
    "/albums/?expand=artist(ordering=name)": '"expand": In artist: "ordering" cannot be asked of one row.',
    "/albums/?expand=artist(search=x)": '"expand": In artist: "search": This list cannot be searched.',
    "/notes/?expand=about": '"expand": about leads to rows of several models, which cannot be expanded.',
    "/notes/?fields=about(title)": '"fields": about leads to rows of several models, which cannot be expanded.',
    "/shelf/?fields=label(x)": '"fields": label is no relation, so there is nothing within it.',
    "/shelf/?fields=tracks(titel)": '"fields": There is no "titel" in tracks; did you mean "title"?',
    "/shelf/?fields=tracks(ressource_uri)": '"fields": There is no "ressource_uri" in tracks.',
    "/closed/?expand=artist": '"expand": Nothing is expanded here.',
    "/closed/?fields=artist(name)": '"expand": Nothing is expanded here.',
    "/shallow/?expand=artist(expand=teacher)": '"expand": artist.teacher is deeper than relations are expanded here.',
    "/albums/?fields=tracks(album(tracks(album(title))))": (
        '"expand": tracks.album.tracks.album is deeper than relations are expanded here.'),
    "/chosen/?expand=artist": '"expand": artist cannot be expanded here.',
    "/albums/1/?title=x": 'unknown parameter "title"',
    "/albums/1/?field=x": 'unknown parameter "field"; did you mean "fields"?',
    "/albums/1/?count=1": 'unknown parameter "count"',
    "/albums/1/?fields=titel": '"fields": There is no "titel"; did you mean "title"?',
    "/own-form/?expand=artist": '"expand": There is no "artist".',
}  # fmt: skip


@pytest.mark.parametrize(("path", "error"), REFUSED.items(), ids=REFUSED)
def test_refused(client: FlaskClient, path: str, error: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.get_json()) == (400, {"error": error})


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/albums/1/", "/albums/1/tracks/1/"])
def test_a_write_takes_no_shape(client: FlaskClient, method: str, path: str) -> None:
    answer = getattr(client, method)(f"{path}?fields=title", json={})
    assert (answer.status_code, answer.get_json()) == (400, {"error": 'unknown parameter "fields"'})


def test_a_post_takes_no_shape(client: FlaskClient) -> None:
    answer = client.post("/albums/?fields=title", json={"title": "x"}, headers={"Prefer": "return=representation"})
    assert (answer.status_code, answer.get_json()) == (400, {"error": 'unknown parameter "fields"'})


def test_head(client: FlaskClient) -> None:
    assert client.head("/albums/1/?fields=title").headers["Content-Length"] == str(len(client.get("/albums/1/?fields=title").data))
    assert client.head("/albums/1/?fields=titel").status_code == 400


def test_a_form_without_names_has_no_parts(tmp_path: Any) -> None:
    class Plain(OwnFormSerializer):
        class Meta:
            model = Album

        def to_representation(self, instance: Any) -> Any:
            return str(instance.title)

    class Titles(Endpoint):
        name = "titles"
        serializer = Plain
        list_methods = ("GET",)

    store = SQLiteDataStore(tmp_path / "rows.db")
    client = Wrapper([Titles], datastore=store, models=[Note]).create_app().test_client()
    store[Album].create(title="Tide")
    assert client.get("/titles/1/").get_json() == "Tide"
    told = {"error": "What is shown here has a form of its own, without names to choose from."}
    assert client.get("/titles/1/?fields=title").get_json() == told
    store.close()


def test_a_queryset_says_the_order_and_a_text_key_makes_the_link(tmp_path: Any) -> None:
    class Newest(Endpoint):
        name = "newest"
        model = Album
        queryset = QuerySet(Album).order_by("-year")
        lookup_field = "id"

    store = SQLiteDataStore(tmp_path / "rows.db")
    app = Wrapper([Newest, Artist, Tag], datastore=store, models=[Note]).create_app()
    artist = store[Artist].create(name="Ferry")
    for year in (2016, 2021, 2019):
        store[Album].create(title=str(year), year=year, artist=artist, tags=[store[Tag].create(name=f"a {year} é")])
    client = app.test_client()
    assert [one["year"] for one in client.get("/artist/1/?expand=albums").get_json()["albums"]] == [2021, 2019, 2016]
    assert client.get("/newest/1/?expand=tags").get_json()["tags"][0]["ressource_uri"] == "/tag/a%202016%20%C3%A9/"
    store.close()
