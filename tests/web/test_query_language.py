"""The query language over HTTP: lookups, paths both ways, trees, orders, searches; who may ask what; what is said of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, QuerySet, SQLiteDataStore, Wrapper, models
from pyrest.store import Store
from tests.web.answers import error, row, rows


class Label(models.Model):
    id = models.PkField()
    name = models.StringField()
    contract = models.StringField()
    pin = models.StringField(write_only=True)


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField()
    born = models.IntegerField()
    label = models.ForeignKey(Label, related_name="artists")
    secret = models.StringField(write_only=True)


class Genre(models.Model):
    code = models.StringPkField()


class Studio(models.Model):
    id = models.PkField()
    city = models.StringField()


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    artist = models.ForeignKey(Artist, related_name="albums")
    genres = models.ManyToManyField(Genre, related_name="albums")
    studio = models.ForeignKey(Studio)
    price = models.DecimalField(6, 2)
    live = models.BooleanField()
    released = models.DateField()
    added = models.DateTimeField()
    extras = models.JSONField()
    cost = models.IntegerField()


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    length = models.IntegerField()
    album = models.ForeignKey(Album, related_name="tracks")
    producer = models.ForeignKey(Artist, related_name="produced")


class Albums(Endpoint):
    model = Album
    exclude = ("cost",)
    search_fields = ("title", "artist__name", "tracks__title")


class Artists(Endpoint):
    model = Artist


class Labels(Endpoint):
    model = Label
    filter_fields = ("name",)
    ordering_fields = ("name",)


class Genres(Endpoint):
    model = Genre


class Tracks(Endpoint):
    """Who produced a track is not shown."""

    model = Track
    exclude = ("producer",)


def fill(store: Store) -> None:
    emi, verve = store[Label].bulk_create([{"name": "EMI", "contract": "long", "pin": "1"}, {"name": "Verve"}])
    queen = store[Artist].create(name="Queen", born=1970, label=emi, secret="mercury")
    nico = store[Artist].create(name="Nico", born=1938, label=verve)
    bjork = store[Artist].create(name="BJÖRK")
    rock, pop, folk = store[Genre].bulk_create([{"code": code} for code in ("rock", "pop", "folk")])
    store[Studio].create(city="Paris")
    store[Album].create(
        title="Innuendo", artist=queen, genres=[rock, pop], price="9.50", live=False, released="1991-02-04", added="2024-02-29T23:30:00Z",
        extras={"colour": "red", "size": {"cm": 30}, "signed": True}, cost=3, studio=1,
    )  # fmt: skip
    store[Album].create(
        title="Chelsea Girl", artist=nico, genres=[pop, folk], price="10.00", live=False, released="1967-10-01",
        added="2024-03-01T00:30:00Z", extras={"colour": "Blue", "size": {"cm": 12}, "signed": False},
    )  # fmt: skip
    store[Album].create(title="100% live, (almost)", artist=queen, price="10.00", live=True, released="1992-05-26", extras={"size": 30})
    store[Album].create(title="50_CENT äÖ")
    store[Album].create(title="debut", artist=bjork, genres=[pop], released="1993-07-05")
    store[Track].bulk_create([
        {"title": "Delilah", "length": 212, "album": 1, "producer": nico},
        {"title": "Bijou", "length": 217, "album": 1},
        {"title": "Little Sister", "length": 260, "album": 2},
        {"title": "Delilah", "length": 300, "album": 3},
        {"title": "Chimes", "album": 5},
    ])  # fmt: skip


ENDPOINTS = (Albums, Artists, Labels, Genres, Tracks)


@pytest.fixture(scope="module", params=["sqlite", "memory"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    file = tmp_path_factory.mktemp("music") / "music.db"
    sqlite = SQLiteDataStore(file, durability="normal")
    wrapper = Wrapper(ENDPOINTS, datastore=sqlite if request.param == "sqlite" else MemoryDataStore(), models=[Studio])
    fill(wrapper.store)
    yield wrapper.create_app().test_client()
    sqlite.close()


def found(client: FlaskClient, path: str, query: str) -> list[Any]:
    """The keys of the rows of a list, after a look at their number."""
    answer = row(client.get(f"/{path}/?{query}"))
    assert answer["meta"]["total_count"] == len(answer["object_list"])
    return [one.get("id", one.get("code")) for one in answer["object_list"]]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("title=Innuendo", [1]),
        ("title__exact=innuendo", []),
        ("title__ne=Innuendo", [2, 3, 4, 5]),
        ("price__ne=10.00", [1, 4, 5]),
        ("price__gt=9.50", [2, 3]),
        ("price__gte=9.5", [1, 2, 3]),
        ("price__lt=10", [1]),
        ("price__lte=10", [1, 2, 3]),
        ("price__gt=9&price__lt=10", [1]),
        ("id__in=1,3,99", [1, 3]),
        ("id__in=(1,3)", [1, 3]),
        ("title__in=debut,%22100%25 live, (almost)%22", [3, 5]),
        ("artist__in=2,", [2, 4]),
        ("id__range=2,4", [2, 3, 4]),
        ("released__range=1967-01-01,1991-12-31", [1, 2]),
        ("title__contains=nu", [1]),
        ("title__contains=NU", []),
        ("title__contains=%25", [3]),
        ("title__contains=_", [4]),
        ("title__contains=", [1, 2, 3, 4, 5]),
        ("title__icontains=NU", [1]),
        ("title__icontains=Äö", []),
        ("title__startswith=100%25", [3]),
        ("title__startswith=D", []),
        ("title__istartswith=D", [5]),
        ("title__endswith=Girl", [2]),
        ("title__endswith=girl", []),
        ("title__iendswith=GIRL", [2]),
        ("title__iexact=DEBUT", [5]),
        ("title__iexact=debu_", []),
        ("title__casefold=INNUENDO", [1]),
        ("title__casefold__contains=Äö", [4]),
        ("title__casefold__startswith=50_c", [4]),
        ("title__casefold__endswith=ÄÖ", [4]),
        ("title__casefold__ne=DEBUT", [1, 2, 3, 4]),
        ("title__casefold__in=DEBUT,innuendo", [1, 5]),
        ("price__isnull=true", [4, 5]),
        ("price__isnull=false", [1, 2, 3]),
        ("live=true", [3]),
        ("live__ne=true", [1, 2, 4, 5]),
        ("live__in=true,false", [1, 2, 3]),
        ("released__year=1991", [1]),
        ("released__year__gte=1992", [3, 5]),
        ("released__year__ne=1991", [2, 3, 4, 5]),
        ("released__year__in=1967,1993", [2, 5]),
        ("released__year__range=1990,1992", [1, 3]),
        ("released__month=5", [3]),
        ("released__month__in=2,10", [1, 2]),
        ("released__day__lte=4", [1, 2]),
        ("added__date=2024-02-29", [1]),
        ("added__date__gt=2024-02-29", [2]),
        ("added__month=3", [2]),
        ("added__year=2024", [1, 2]),
        ("extras__colour=red", [1]),
        ("extras__colour__ne=red", [2, 3, 4, 5]),
        ("extras__colour__icontains=BLU", [2]),
        ("extras__colour__isnull=false", [1, 2]),
        ("extras__size__cm=30", [1]),
        ("extras__size__cm__gt=12", [1]),
        ("extras__size=30", [3]),
        ("extras__signed=true", [1]),
        ("extras__signed__in=true,false", [1, 2]),
        ("extras__nothing__at__all=1", []),
        ("extras__isnull=true", [4, 5]),
    ],
)
def test_lookups(client: FlaskClient, query: str, keys: list[int]) -> None:
    assert found(client, "album", query.replace("%22", '"')) == keys


@pytest.mark.parametrize(
    ("path", "query", "keys"),
    [
        ("album", "artist__name=Queen", [1, 3]),
        ("album", "artist__name__startswith=N", [2]),
        ("album", "artist__name__casefold=björk", [5]),
        ("album", "artist__name__ne=Queen", [2, 4, 5]),
        ("album", "artist__born__isnull=true", [4, 5]),
        ("album", "artist__born__isnull=false", [1, 2, 3]),
        ("album", "artist__label__name=EMI", [1, 3]),
        ("album", "artist__label=2", [2]),
        ("album", "artist__pk__in=1,2", [1, 2, 3]),
        ("album", "tracks=3", [2]),
        ("album", "tracks=", [4]),
        ("album", "tracks__isnull=true", [4]),
        ("album", "tracks__title=Delilah", [1, 3]),
        ("album", "tracks__title__contains=i", [1, 2, 3, 5]),
        ("album", "tracks__title__ne=Delilah", [2, 4, 5]),
        ("album", "tracks__length__gt=200", [1, 2, 3]),
        ("album", "tracks__title=Delilah&tracks__length=217", []),
        ("album", "tracks__title=Delilah&and=(tracks__length=217)", [1]),
        ("album", "genres=pop", [1, 2, 5]),
        ("album", "genres__in=rock,folk", [1, 2]),
        ("album", "genres__code__startswith=f", [2]),
        ("album", "genres__ne=pop", [3, 4]),
        ("album", "genres=", [3, 4]),
        ("artist", "albums__tracks__title=Delilah", [1]),
        ("artist", "albums__genres=pop", [1, 2, 3]),
        ("artist", "albums__title__contains=n", [1]),
        ("artist", "albums__released__year__gte=1992", [1, 3]),
        ("artist", "albums__isnull=true", []),
        ("genre", "albums__artist__name=Queen", ["pop", "rock"]),
        ("genre", "albums__tracks__length__lt=250", ["pop", "rock"]),
        ("track", "album__artist__label__name=EMI", [1, 2, 4]),
        ("track", "album__genres=rock", [1, 2]),
        ("track", "album__tracks__title=Bijou", [1, 2]),
        ("track", "album__extras__colour=red", [1, 2]),
    ],
)
def test_paths_find_each_row_once(client: FlaskClient, path: str, query: str, keys: list[Any]) -> None:
    assert found(client, path, query) == keys


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("or=(title=Innuendo,title=debut)", [1, 5]),
        ("or=(title=Innuendo,and=(live=true,price__gt=3))", [1, 3]),
        ("and=(live=false,price=10)", [2]),
        ("not=(artist=1)", [2, 4, 5]),
        ("not=(artist=1,live=true)", [1, 2, 4, 5]),
        ("not=(or=(artist=1,genres=pop))", [4]),
        ("or=(id__in=(1,2),title__startswith=50)", [1, 2, 4]),
        ('or=(title="100% live, (almost)",id=1)', [1, 3]),
        ("or=(artist__name=Nico,tracks__title=Delilah)", [1, 2, 3]),
        ("or=(tracks__length=217,tracks__length=260)", [1, 2]),
        ("not=(tracks__title=Delilah)", [2, 4, 5]),
        ("or=(price__isnull=true,price__lt=10)", [1, 4, 5]),
        ("or=(id=1,id=2)&or=(id=2,id=3)", [2]),
        ("not=(id=1)&not=(id=2)", [3, 4, 5]),
        ("live=false&or=(id=1,id=3)", [1]),
        ("or=(extras__colour=red,extras__size=30)", [1, 3]),
    ],
)
def test_trees(client: FlaskClient, query: str, keys: list[int]) -> None:
    assert found(client, "album", query.replace("%", "%25")) == keys


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("title=Innuendo&title=debut", [1, 5]),
        ("title__contains=nu&title__contains=bu", [1, 5]),
        ("artist__name=Nico&artist__name=Queen", [1, 2, 3]),
        ("tracks__title=Bijou&tracks__title=Chimes", [1, 5]),
        ("artist=&artist=2", [2, 4]),
    ],
)
def test_a_parameter_that_comes_twice_means_either(client: FlaskClient, query: str, keys: list[int]) -> None:
    assert found(client, "album", query) == keys


@pytest.mark.parametrize(
    ("path", "query", "keys"),
    [
        ("album", "ordering=-title", [5, 1, 2, 4, 3]),
        ("album", "ordering=price", [4, 5, 1, 2, 3]),
        ("album", "ordering=-price", [2, 3, 1, 4, 5]),
        ("album", "ordering=price:nullslast", [1, 2, 3, 4, 5]),
        ("album", "ordering=-price:nullsfirst", [4, 5, 2, 3, 1]),
        ("album", "ordering=price:nullsfirst,-id", [5, 4, 1, 3, 2]),
        ("album", "ordering=artist__name", [4, 5, 2, 1, 3]),
        ("album", "ordering=-artist__name,-id", [3, 1, 2, 5, 4]),
        ("album", "ordering=artist__name:nullslast", [5, 2, 1, 3, 4]),
        ("album", "ordering=artist__label__name:nullslast,-id", [3, 1, 2, 5, 4]),
        ("album", "ordering=artist__label__name:nullslast&ordering=-id", [3, 1, 2, 5, 4]),
        ("track", "ordering=-album__released:nullslast,title", [5, 4, 2, 1, 3]),
        ("track", "ordering=album__artist__born:nullslast&album__artist__born__isnull=false", [3, 1, 2, 4]),
    ],
)
def test_orders(client: FlaskClient, path: str, query: str, keys: list[int]) -> None:
    assert found(client, path, query) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("innuendo", [1]),
        ("QUEEN", [1, 3]),
        ("björk", [5]),
        ("delilah", [1, 3]),
        ("queen bijou", [1]),
        ("queen nico", []),
        ("100%25", [3]),
        ("_", [4]),
        ("50_c", [4]),
        ("", [1, 2, 3, 4, 5]),
        ("i", [1, 2, 3, 5]),
    ],
)
def test_searches(client: FlaskClient, text: str, keys: list[int]) -> None:
    assert found(client, "album", f"search={text}") == keys


def test_a_search_and_filters_hold_together(client: FlaskClient) -> None:
    assert found(client, "album", "search=queen&live=true&or=(id=1,id=3)&ordering=-id") == [3]


# Who may be asked what.


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("album", "cost=3", 'unknown filter "cost"'),
        ("album", "ordering=cost", 'unknown ordering "cost"'),
        ("artist", "albums__cost=3", 'unknown field "cost"'),
        ("track", "album__cost__gt=1", 'unknown field "cost"'),
        ("track", "ordering=album__cost", 'unknown ordering "cost"'),
        ("artist", "secret=mercury", 'unknown filter "secret"'),
        ("album", "artist__secret=mercury", 'unknown field "secret"'),
        ("album", "artist__secret__startswith=m", 'unknown field "secret"'),
        ("album", "or=(artist__secret=mercury)", 'unknown field "secret"'),
        ("album", "ordering=artist__secret", 'unknown ordering "secret"'),
        ("label", "pin=1", 'unknown filter "pin"'),
        ("label", "contract=long", 'unknown filter "contract"'),
        ("artist", "label__contract=long", 'unknown lookup "contract"'),
        ("artist", "label__contract__isnull=false", 'unknown field "contract"'),
        ("album", "artist__label__contract=long", 'unknown lookup "contract"'),
        ("album", "artist__label__pin=1", 'unknown lookup "pin"'),
        ("artist", "ordering=label__contract", 'unknown ordering "contract"'),
        ("album", "ordering=artist__label__id", 'unknown ordering "id"'),
        ("label", "artists=1", 'unknown filter "artists"'),
        ("artist", "produced__title=Delilah", 'unknown filter "produced"'),
        ("track", "producer=2", 'unknown filter "producer"'),
        ("track", "producer__name=Nico", 'unknown filter "producer"'),
        ("album", "tracks__producer=2", 'unknown field "producer"'),
        ("album", "studio__city=Paris", 'unknown field "city"'),
        ("album", "ordering=studio__city", 'unknown ordering "city"'),
        ("track", "search=Delilah", '"search": This list cannot be searched.'),
    ],
)
def test_what_is_not_shown_cannot_be_asked_for(client: FlaskClient, path: str, query: str, said: str) -> None:
    assert error(client.get(f"/{path}/?{query}"), 400).split(";")[0] == said


def test_rows_without_an_endpoint_are_known_by_their_key(client: FlaskClient) -> None:
    assert found(client, "album", "studio=1") == [1]
    assert found(client, "album", "studio__isnull=true") == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "path",
    ["/artist/?secre=x", "/album/?artist__secre=x", "/artist/?ordering=secre", "/album/?artist__label__contrct=x", "/track/?producr=1"],
)
def test_no_refusal_suggests_a_hidden_name(client: FlaskClient, path: str) -> None:
    said = error(client.get(path), 400)
    assert not any(f'did you mean "{name}"' in said for name in ("secret", "contract", "producer"))


def serving(*endpoints: Any, among: tuple[type[models.Model], ...] = (Studio, Genre, Label, Track)) -> FlaskClient:
    wrapper = Wrapper(endpoints, datastore=MemoryDataStore(), models=among)
    fill(wrapper.store)
    return wrapper.create_app().test_client()


def endpoint(model: type[models.Model], **options: Any) -> type[Endpoint]:
    return type(f"Some{model.__name__}s", (Endpoint,), {"model": model, "list_methods": ("GET",), **options})


def test_filter_fields_open_and_close_relations() -> None:
    client = serving(endpoint(Artist, filter_fields=("name", "produced")), endpoint(Album, filter_fields=()), endpoint(Track))
    assert found(client, "artist", "produced__title=Delilah") == [2]
    assert error(client.get("/artist/?albums=1"), 400) == 'unknown filter "albums"'
    assert error(client.get("/album/?artist=1"), 400) == 'unknown filter "artist"'
    assert error(client.get("/artist/?produced__album__title=Innuendo"), 400) == 'unknown field "title"'


def test_no_path_leads_to_an_endpoint_that_does_not_show_every_row() -> None:
    studio_albums = endpoint(Album, queryset=QuerySet(Album).filter(live=False))
    client = serving(endpoint(Artist), studio_albums, endpoint(Track))
    assert found(client, "track", "album=3") == [4]
    assert error(client.get("/artist/?albums__title__startswith=100"), 400) == 'unknown filter "albums"'
    assert error(client.get("/artist/?albums=3"), 400) == 'unknown filter "albums"'
    assert error(client.get("/track/?album__live=true"), 400) == 'unknown field "live"'
    assert error(client.get("/track/?ordering=album__title"), 400) == 'unknown ordering "title"'


def test_no_path_leads_to_an_endpoint_that_shows_nothing() -> None:
    inbox = endpoint(Track, list_methods=("POST",), detail_methods=("PUT",))
    client = serving(endpoint(Album), inbox, endpoint(Artist))
    assert error(client.get("/album/?tracks__title=Delilah"), 400) == 'unknown filter "tracks"; did you mean "extras"?'


def test_rows_that_are_read_one_by_one_are_enough_for_a_path() -> None:
    client = serving(endpoint(Album), endpoint(Track, list_methods=(), detail_methods=("GET",)), endpoint(Artist))
    assert found(client, "album", "tracks__title=Delilah") == [1, 3]


def test_the_endpoint_that_is_listed_first_counts() -> None:
    few, all_ = endpoint(Artist, fields=("name",), name="few"), endpoint(Artist, name="all")
    assert found(serving(endpoint(Album), all_, few), "album", "artist__born=1970") == [1, 3]
    assert error(serving(endpoint(Album), few, all_).get("/album/?artist__born=1970"), 400) == 'unknown field "born"'


def test_a_search_may_look_into_what_is_not_shown() -> None:
    client = serving(endpoint(Album, fields=("id",), search_fields=("title",)), Artist)
    assert found(client, "album", "search=innu") == [1]
    assert error(client.get("/album/?title=Innuendo"), 400) == 'unknown filter "title"'


# What is said of the rest.


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("titel=x", 'unknown filter "titel"; did you mean "title"?'),
        ("title__startwith=x", 'unknown lookup "startwith"; did you mean "startswith"?'),
        ("title__year=1", 'unknown lookup "year"'),
        ("released__yera=1", 'unknown lookup "yera"; did you mean "year"?'),
        ("price__contains=1", 'unknown lookup "contains"'),
        ("live__startswith=t", 'unknown lookup "startswith"'),
        ("artits__name=x", 'unknown filter "artits"; did you mean "artist"?'),
        ("artist__nmae=x", 'unknown field "nmae"; did you mean "name"?'),
        ("artist__name__startwith=x", 'unknown lookup "startwith"; did you mean "startswith"?'),
        ("trakcs__title=x", 'unknown filter "trakcs"; did you mean "tracks"?'),
        ("serach=x", 'unknown filter "serach"; did you mean "search"?'),
        ("or=(titel=x)", 'unknown filter "titel"; did you mean "title"?'),
        ("or=(artist__nmae=x)", 'unknown field "nmae"; did you mean "name"?'),
        ("ordering=titel", 'unknown ordering "titel"; did you mean "title"?'),
        ("ordering=artist__nmae", 'unknown ordering "nmae"; did you mean "name"?'),
        ("ordering=extras", 'unknown ordering "extras"'),
        ("ordering=tracks__title", '"ordering": tracks leads to several rows, which give no order.'),
        ("ordering=title:last", '"ordering": Behind the colon stands nullsfirst or nullslast, not "last".'),
        ("ordering=title,-title", '"ordering": "title" is there twice.'),
        ("price=&price=10", '"price": A valid decimal number is required.'),
        ("price__gt=x", '"price__gt": A valid decimal number is required.'),
        ("id__in=1,x", '"id__in": A valid integer is required.'),
        ('title__in="a', '"title__in": A quote is not closed.'),
        ("title__in=a)", '"title__in": A comma is expected at character 2.'),
        ("id__range=1", '"id__range": Two values are required, the first and the last.'),
        ("id__range=1,2,3", '"id__range": Two values are required, the first and the last.'),
        ("title__isnull=yes", '"title__isnull": true or false is required.'),
        ("released__year=MCM", '"released__year": A whole number is required.'),
        ("released__year=0", '"released__year": A year is 1 to 9999.'),
        ("added__date=29.2.2024", '"added__date": Date has wrong format. Use YYYY-MM-DD.'),
        ("title__contains=%00", '"title__contains": Null characters are not allowed.'),
        ("artist__name=%00", '"artist__name": Null characters are not allowed.'),
        ('extras__a"b=1', '"extras__a"b": The names on the way into a document are printable and hold no quotes.'),
        ("or=", '"or": A ( is expected at character 1.'),
        ("or=(title=x", '"or": A comma or a ) is expected at character 9.'),
        ("or=(title=x))", '"or": The end is expected at character 10.'),
        ("not=(title)", '"not": A name and = is expected at character 2.'),
        ('and=(title="x)', '"and": A quote is not closed.'),
        ("or=(price=x)", '"price": A valid decimal number is required.'),
        ("or=(title=(a,b))", '"title": One value is required, without parentheses.'),
        ("or=(ordering=title)", 'unknown filter "ordering"'),
        ("search=a&search=b", '"search": This parameter can be given once.'),
        ("search=%00", '"search": Null characters are not allowed.'),
    ],
)
def test_refusals(client: FlaskClient, query: str, said: str) -> None:
    assert error(client.get(f"/album/?{query}"), 400) == said


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"id__in": ",".join(["1"] * 1001)}, '"id__in": At most 1000 values at once.'),
        ({"title__contains": "x" * 1001}, '"title__contains": A text to look for has at most 1000 characters.'),
        ({"or": "(not=" * 10 + "(id=1)" + ")" * 10}, '"or": At most 10 groups stand within each other.'),
        ({"or": "(" + ",".join(["id=1"] * 101) + ")"}, '"or": There are more than 100 conditions.'),
        ({"artist__albums__" * 6 + "id": "1"}, "A path follows at most 10 relations."),
        ({"search": "x" * 201}, '"search": A search has at most 10 words and 200 characters.'),
        ({"search": "x " * 11}, '"search": A search has at most 10 words and 200 characters.'),
    ],
    ids=["in", "text", "depth", "terms", "path", "search", "words"],
)
def test_limits(client: FlaskClient, query: Any, said: str) -> None:
    sent = query if isinstance(query, dict) else dict.fromkeys(query, "1")
    assert error(client.get("/album/", query_string=sent), 400).endswith(said)


# What is sent back.

SENT = [
    ("or", '(title="100% live, (almost)",id__in=(1,2))'),
    ("artist__name__startswith", "Q"),
    ("not", "(id=9)"),
    ("not", "(id=8)"),
    ("search", "queen"),
    ("ordering", "-artist__name:nullslast"),
    ("count", "1"),
]


def test_filters_are_shown_as_they_were_sent(client: FlaskClient) -> None:
    meta = row(client.get("/album/", query_string=SENT))["meta"]
    assert meta["filters"] == {
        "or": '(title="100% live, (almost)",id__in=(1,2))',
        "artist__name__startswith": "Q",
        "not": ["(id=9)", "(id=8)"],
    }


def test_the_next_page_is_asked_the_same(client: FlaskClient) -> None:
    first = row(client.get("/album/", query_string=SENT))
    second = row(client.get(f"/album/{first['meta']['next']}"))
    assert [one["id"] for one in (*first["object_list"], *second["object_list"])] == [1, 3]
    assert (second["meta"]["filters"], second["meta"]["next"]) == (first["meta"]["filters"], "null")
    assert row(client.get(f"/album/{second['meta']['previous']}"))["object_list"] == first["object_list"]


def test_pages_of_a_semi_join_have_each_row_once(client: FlaskClient) -> None:
    seen, following = [], "?tracks__title__contains=i&count=1"
    while following != "null":
        page = row(client.get(f"/album/{following}"))
        assert page["meta"]["total_count"] == 4
        seen += [one["id"] for one in page["object_list"]]
        following = page["meta"]["next"]
    assert seen == [1, 2, 3, 5]


def test_lists_below_a_row_take_the_same_language() -> None:
    client = serving(endpoint(Artist, nested=("albums",)), endpoint(Album), endpoint(Track), among=(Studio, Genre, Label))
    assert [one["id"] for one in rows(client, "/artist/1/albums/?or=(tracks__title=Bijou,live=true)&ordering=-released")] == [3, 1]
    assert error(client.get("/artist/1/albums/?titel=x"), 400) == 'unknown filter "titel"; did you mean "title"?'
