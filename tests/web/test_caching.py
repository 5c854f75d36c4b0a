"""What a worker remembers of its answers: given again without a look at a table, never when anybody has written what it shows."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import Endpoint, MemoryDataStore, Misdeclared, SQLiteDataStore, Wrapper, models
from pyrest.datastores.freshness import now
from pyrest.datastores.protocol import Result
from pyrest.plan import Read
from pyrest.serializers import (
    HyperlinkedRelatedField,
    ModelSerializer,
    PrimaryKeyRelatedField,
    RelatedField,
    SerializerMethodField,
    SlugRelatedField,
    StringRelatedField,
)
from pyrest.web.caching import CACHE_SIZE, OVERHEAD, Answer, Answers
from tests.elsewhere import elsewhere
from tests.web.answers import row, rows
from tests.web.discs import MODELS, Album, Artist, Label, Tag, Track, fill

LOOKED = ["PRAGMA data_version"]


class TrackSerializer(ModelSerializer):
    class Meta:
        model = Track
        fields = ("title",)


class ArtistSerializer(ModelSerializer):
    label = SlugRelatedField(slug_field="name", read_only=True)

    class Meta:
        model = Artist
        fields = ("name", "label")


class AlbumSerializer(ModelSerializer):
    """Everything is shown by pyrest alone, from five tables and two between."""

    artist = ArtistSerializer(read_only=True)
    tracks = TrackSerializer(many=True, read_only=True)
    tags = SlugRelatedField(slug_field="name", many=True, read_only=True)
    first = HyperlinkedRelatedField(source="tracks", many=True, read_only=True)
    sleeve = PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Album
        fields = ("title", "artist", "tracks", "tags", "first", "sleeve")


class Albums(Endpoint):
    name = "albums"
    serializer = AlbumSerializer
    filter_fields = ("title", "artist", "tracks", "tags")
    ordering_fields = ("title",)


@pytest.fixture
def disc_store(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    with closing(SQLiteDataStore(tmp_path / "discs.db", models=MODELS, durability="normal")) as store:
        fill(store)
        yield store


def client_of(store: Any, *endpoints: type[Endpoint] | type[models.Model], **options: Any) -> FlaskClient:
    return Wrapper([*endpoints, *(model for model in MODELS if model is not Album)], store, **options).create_app().test_client()


@pytest.fixture
def discs(disc_store: SQLiteDataStore) -> FlaskClient:
    return client_of(disc_store, Albums)


def asked(store: SQLiteDataStore, client: FlaskClient, path: str, **options: Any) -> list[str]:
    """The statements of a request that succeeds."""
    with store.recorded() as statements:
        assert client.get(path, **options).status_code == 200
    return statements


PATHS = (
    "/albums/",
    "/albums/?count=2&ordering=-title",
    "/albums/?tracks__title__contains=a&tags__name=rock",
    "/albums/1/",
    "/artist/?albums__title=x&ordering=label__name",
)


@pytest.mark.parametrize("path", PATHS)
def test_the_same_request_gets_the_same_answer_and_asks_no_table(disc_store: SQLiteDataStore, discs: FlaskClient, path: str) -> None:
    first = discs.get(path)
    with disc_store.recorded() as statements:
        second = discs.get(path)
    assert (second.data, second.status, dict(second.headers)) == (first.data, first.status, dict(first.headers))
    assert statements == LOOKED


@pytest.mark.parametrize("path", PATHS)
def test_with_none_of_it_everything_is_asked_again(disc_store: SQLiteDataStore, path: str) -> None:
    client = client_of(disc_store, Albums, cache=0)
    first, second = asked(disc_store, client, path), asked(disc_store, client, path)
    selects = [[text for text in statements if text.startswith("SELECT") and "count(*)" not in text] for statements in (first, second)]
    assert selects[0] == selects[1] != []


def test_the_total_is_not_counted_again_on_any_page(disc_store: SQLiteDataStore) -> None:
    client = client_of(disc_store, Albums, cache=0)
    client.get("/albums/?count=1")
    for page in ("/albums/?count=1", "/albums/?count=1&offset=1", "/albums/?count=1&offset=1&ordering=title"):
        assert [text for text in asked(disc_store, client, page) if "count(*)" in text] == []
    assert [text for text in asked(disc_store, client, "/albums/?title__ne=x&count=1") if "count(*)" in text] != []


# Each kind of write.


WRITES: dict[str, Callable[[SQLiteDataStore], object]] = {
    "a row shown": lambda store: store[Album].filter(id=1).update(title="Other"),
    "a nested row": lambda store: store[Track].filter(id=1).update(title="Other"),
    "a new nested row": lambda store: store[Track].create(title="Other", album=1),
    "a nested row gone": lambda store: store[Track].filter(id=1).delete(),
    "two steps away": lambda store: store[Label].filter(id=1).update(name="Other"),
    "behind a table between": lambda store: store[Tag].filter(name="rock").update(name="Other"),
    "the table between": lambda store: store[Album].get(id=1).tags.clear(),
    "many rows at once": lambda store: store[Track].bulk_create({"title": str(n), "album": 1} for n in range(300)),
}


def write_inside(store: SQLiteDataStore) -> None:
    with store.transaction(), store.transaction():
        store[Album].filter(id=1).update(title="Other")


def write_in_thread(store: SQLiteDataStore) -> None:
    with ThreadPoolExecutor(1) as other:
        other.submit(store[Artist].filter(id=1).update, name="Other").result()


def write_elsewhere(store: SQLiteDataStore) -> None:
    with elsewhere(store) as connection:
        connection.execute("UPDATE track SET title = 'Other'")


def delete_elsewhere(store: SQLiteDataStore) -> None:
    with elsewhere(store) as connection:
        connection.execute("DELETE FROM track")


def write_with_another_store(store: SQLiteDataStore) -> None:
    with closing(SQLiteDataStore(store.location, models=MODELS)) as other:
        other[Artist].filter(id=1).update(name="Other")


WRITES |= {
    "in nested transactions": write_inside,
    "in another thread": write_in_thread,
    "elsewhere": write_elsewhere,
    "gone elsewhere": delete_elsewhere,
    "by another store": write_with_another_store,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_after_a_write_the_answer_is_another(disc_store: SQLiteDataStore, discs: FlaskClient, write: Callable[[Any], object]) -> None:
    kept = {path: discs.get(path) for path in ("/albums/", "/albums/1/")}
    write(disc_store)
    fresh = client_of(disc_store, Albums, cache=0)
    for path, before in kept.items():
        after = discs.get(path, headers={"If-None-Match": before.headers["ETag"]})
        assert after.status_code == 200
        assert after.data != before.data
        assert after.data == fresh.get(path).data
        assert asked(disc_store, discs, path) == LOOKED


def test_what_a_delete_takes_along_is_gone_from_lists_of_its_own(store: SQLiteDataStore) -> None:
    class Shelf(models.Model):
        id = models.PkField()

    class Book(models.Model):
        id = models.PkField()
        shelf = models.ForeignKey(Shelf, on_delete="cascade", related_name="+")

    class Card(models.Model):
        id = models.PkField()
        book = models.ForeignKey(Book, on_delete="set_null", related_name="+")

    client = Wrapper([Shelf, Book, Card], datastore=store).create_app().test_client()
    store[Shelf].create()
    store[Book].create(shelf=1)
    store[Card].create(book=1)
    assert [len(rows(client, path)) for path in ("/shelf/", "/book/", "/card/?book=1")] == [1, 1, 1]
    assert client.delete("/shelf/1/").status_code == 204
    assert [len(rows(client, path)) for path in ("/shelf/", "/book/", "/card/?book=1")] == [0, 0, 0]


def test_what_orders_a_list_through_a_relation_counts(disc_store: SQLiteDataStore, discs: FlaskClient) -> None:
    path = "/track/?ordering=album__title&count=1"

    client = client_of(disc_store, Album)
    assert (first := rows(client, path)) == rows(client, path)
    disc_store[Album].filter(id=row(client.get("/track/?ordering=-album__title&count=1"))["object_list"][0]["album"]).update(title="")
    assert rows(client, path) != first


def test_an_answer_made_in_a_transaction_is_not_kept(disc_store: SQLiteDataStore, discs: FlaskClient) -> None:
    before = discs.get("/albums/1/").data
    with suppress(ZeroDivisionError), disc_store.transaction():
        disc_store[Album].filter(id=1).update(title="Other")
        assert row(discs.get("/albums/1/"))["title"] == "Other"
        raise ZeroDivisionError
    assert discs.get("/albums/1/").data == before


def test_writes_to_tables_that_have_nothing_to_do_with_it_leave_it(store: SQLiteDataStore) -> None:
    class Log(models.Model):
        id = models.PkField()

    client = Wrapper([Log, Album, *MODELS[:3]], datastore=store).create_app().test_client()
    client.get("/album/")
    client.post("/log/", json={})
    assert asked(store, client, "/album/") == LOOKED
    assert len(rows(client, "/log/")) == 1


class Overtaken(MemoryDataStore):
    """While one request has read and not answered yet, another one writes."""

    overtaking = False

    def read(self, plan: Read) -> Result:
        found = super().read(plan)
        if self.overtaking:
            self.overtaking = False
            self[Album].all().update(title="Other")
        return found


def test_a_write_between_reading_and_answering_counts() -> None:
    store = Overtaken(models=MODELS)
    client = client_of(store, Albums)
    store[Album].create(title="Tide")
    store.overtaking = True
    assert [rows(client, "/albums/")[0]["title"] for _ in range(3)] == ["Tide", "Other", "Other"]


def test_a_search_by_words_finds_what_was_written(disc_store: SQLiteDataStore) -> None:
    """Its triggers are pyrest's own, and touch nothing else."""
    titles = type("Titles", (Endpoint,), {"model": Track, "name": "titles", "search": "fts", "search_fields": ("title",)})
    client = Wrapper([titles, *(model for model in MODELS if model is not Track)], disc_store).create_app().test_client()
    assert rows(client, "/titles/?search=gulls") == rows(client, "/titles/?search=gulls") == []
    disc_store[Track].create(title="Gulls")
    assert len(rows(client, "/titles/?search=gulls")) == 1
    disc_store[Track].filter(title="Gulls").update(title="Terns")
    assert rows(client, "/titles/?search=gulls") == []
    freshness = disc_store.freshness()
    since = now()
    disc_store[Track].create(title="Gulls")
    assert freshness is not None
    assert freshness.holds(since, (Album,))


def test_over_rows_in_memory() -> None:
    store = MemoryDataStore(models=MODELS)
    client = client_of(store, Albums)
    store[Album].create(title="Tide")
    assert rows(client, "/albums/")[0]["title"] == rows(client, "/albums/")[0]["title"] == "Tide"
    store[Album].filter(id=1).update(title="Other")
    assert rows(client, "/albums/")[0]["title"] == "Other"


# What an answer depends on besides.


@pytest.mark.parametrize(
    "options",
    [
        {"query_string": "count=21"},
        {"base_url": "https://localhost/"},
        {"base_url": "http://localhost:8080/"},
        {"base_url": "http://example.org/"},
        {"base_url": "http://localhost/below/"},
        {"path": "/albums"},
    ],
    ids=str,
)
def test_links_are_those_of_the_request(discs: FlaskClient, options: dict[str, Any]) -> None:
    discs.get("/albums/")
    first, second = (discs.get(**{"path": "/albums/", **options}) for _ in range(2))
    assert first.data == second.data
    origin = options.get("base_url", "http://localhost/")
    assert row(first)["object_list"][0]["first"] == row(second)["object_list"][0]["first"] == [f"{origin}track/1/", f"{origin}track/2/"]


# What is not a function of the rows.

TICKS = count()


class Ticking(StringRelatedField):
    def to_representation(self, value: Any) -> Any:
        return next(TICKS)


class TickingSlug(SlugRelatedField):
    def to_representation(self, value: Any) -> Any:
        return next(TICKS)


class TickingLink(HyperlinkedRelatedField):
    def get_url(self, obj: Any, view_name: str, links: Any, format: Any) -> str:
        return str(next(TICKS))


class TickingField(RelatedField):
    def to_representation(self, value: Any) -> Any:
        return next(TICKS)


class TickingText(models.StringField):
    dumps_as_is = False

    def dump(self, value: Any) -> Any:
        return next(TICKS)


class Inner(ModelSerializer):
    now = SerializerMethodField()

    def get_now(self, row: Any) -> int:
        return next(TICKS)

    class Meta:
        model = Artist
        fields = ("now",)


class Whole(ModelSerializer):
    def to_representation(self, row: Any) -> Any:
        return {"now": next(TICKS)}

    class Meta:
        model = Album
        fields = ("title",)


def showing(**fields: Any) -> type[ModelSerializer]:
    return type("Showing", (ModelSerializer,), {**fields, "Meta": type("Meta", (), {"model": Album, "fields": tuple(fields)})})


def albums(serializer: type[ModelSerializer]) -> type[Endpoint]:
    return type("Albums", (Endpoint,), {"name": "albums", "serializer": serializer, "list_methods": ("GET",)})


class Method(Inner):
    class Meta:
        model = Album
        fields = ("now",)


IMPURE: dict[str, type[ModelSerializer]] = {
    "a method": Method,
    "a method of a nested serializer": showing(artist=Inner()),
    "a serializer that shows rows itself": Whole,
    "str()": showing(artist=Ticking()),
    "a shape's own way to show": showing(artist=TickingSlug(slug_field="name", read_only=True)),
    "a link of one's own": showing(artist=TickingLink(read_only=True)),
    "a shape of one's own": showing(artist=TickingField(read_only=True)),
    "a field of one's own": showing(title=TickingText()),
    "a shape over several": showing(tracks=TickingField(many=True, read_only=True)),
}


@pytest.mark.parametrize("serializer", IMPURE.values(), ids=IMPURE)
@pytest.mark.parametrize("path", ["/albums/", "/albums/1/"])
def test_what_code_of_the_users_shows_is_asked_each_time(disc_store: SQLiteDataStore, serializer: type[ModelSerializer], path: str) -> None:
    client = client_of(disc_store, albums(serializer))
    first = client.get(path)
    second = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.data != second.data


def test_what_is_expanded_by_code_of_the_users_is_asked_each_time(disc_store: SQLiteDataStore) -> None:
    class Artists(Endpoint):
        name = "artists"
        serializer = Inner
        list_methods = ("GET",)

    client = Wrapper([Album, Artists, *(model for model in MODELS if model not in (Album, Artist))], disc_store).create_app().test_client()
    for path, same in (("/album/?fields=title,artist", True), ("/album/?expand=artist", False)):
        assert (client.get(path).data == client.get(path).data) == same
        assert (asked(disc_store, client, path) == LOOKED) == same


def test_code_of_the_users_that_shows_the_same_gets_its_304(disc_store: SQLiteDataStore) -> None:
    client = client_of(disc_store, albums(showing(artist=StringRelatedField())))
    first = client.get("/albums/")
    with disc_store.recorded() as statements:
        assert client.get("/albums/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert len(statements) > 1


def test_a_property_of_the_rows_is_code_of_the_users(disc_store: SQLiteDataStore) -> None:
    client = client_of(disc_store, albums(showing(initial=models.StringField(read_only=True))))
    client.get("/albums/")
    assert len(asked(disc_store, client, "/albums/")) > 1


class Relative(models.IntegerField):
    """A number that may be asked for as one more than the last."""

    def parse(self, text: str) -> int:
        return next(TICKS) % 2 if text == "next" else super().parse(text)


def test_a_field_of_the_users_may_read_a_filter_by_the_clock(store: SQLiteDataStore) -> None:
    class Turn(models.Model):
        id = models.PkField()
        side = Relative()

    class Move(models.Model):
        id = models.PkField()
        turn = models.ForeignKey(Turn)

    client = Wrapper([Turn, Move], datastore=store).create_app().test_client()
    store[Turn].bulk_create([{"side": 0}, {"side": 1}])
    store[Move].bulk_create([{"turn": 1}, {"turn": 2}])
    for path in ("/turn/?side=next", "/move/?turn__side=next"):
        assert rows(client, path) != rows(client, path)


class Latest(HyperlinkedRelatedField):
    """A link that may mean another row each time."""

    def get_object(self, view_name: str, view_args: Any, view_kwargs: Any) -> Any:
        return list(self.get_queryset())[next(TICKS) % 2]


def test_so_may_a_shape_of_the_users(disc_store: SQLiteDataStore) -> None:
    client = client_of(disc_store, albums(showing(artist=Latest(queryset=Artist))))
    path = "/albums/?artist=/artist/1/"
    assert client.get(path).data != client.get(path).data
    assert asked(disc_store, client, "/albums/") != LOOKED
    assert asked(disc_store, client, "/albums/") == LOOKED


# The bound.


def answer(size: int) -> Answer:
    return Answer('"tag"', b"x" * size, (("ETag", '"tag"'),), 1)


def test_the_answers_that_were_used_last_are_kept() -> None:
    answers = Answers(20 * (OVERHEAD + 100))
    for name in range(30):
        answers.get(("0",))
        answers.keep((str(name),), answer(50))
    assert [name for name in range(30) if answers.get((str(name),)) is not None] == [0, *range(11, 30)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60_000)), max_size=60))
@settings(deadline=None)
def test_they_never_take_more_than_they_may(given_: list[tuple[int, int]]) -> None:
    answers = Answers(100_000)
    for name, size in given_:
        answers.keep((str(name),), answer(size))
        found = [kept for kept in (answers.get((str(name),)) for name in range(10)) if kept is not None]
        assert sum(len(kept.body or b"") + OVERHEAD for kept in found) <= answers.taken <= 100_000
        last = answers.get((str(name),))
        assert last is None or (last.tag == '"tag"' and (last.body is None) == (size > 100_000 / 8))
        assert last is not None or size + OVERHEAD + 3 > 100_000 / 8


def test_of_an_answer_that_is_too_large_only_the_tag_is_kept(disc_store: SQLiteDataStore) -> None:
    client = client_of(disc_store, Albums, cache=8 * OVERHEAD * 2)
    disc_store[Album].bulk_create({"title": f"{'long ' * 20}{n}", "artist": 1} for n in range(60))
    first = client.get("/albums/?count=100")
    assert len(first.data) > 2 * OVERHEAD
    with disc_store.recorded() as statements:
        assert client.get("/albums/?count=100", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert statements == LOOKED
    assert client.get("/albums/?count=100").data == first.data


def test_an_answer_takes_no_more_memory_than_it_counts_for(discs: FlaskClient) -> None:
    for number in range(100):
        discs.get(f"/albums/?offset={number}")
    gc.collect()
    answers = discs.application.extensions["pyrest"][0][0].answers
    tracemalloc.start()
    before, taken = tracemalloc.get_traced_memory()[0], answers.taken
    for number in range(100, 400):
        discs.get(f"/albums/?offset={number}")
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < (answers.taken - taken) * 1.25


@pytest.mark.parametrize("size", [-1, 1.5, "16M", None, True])
def test_a_size_that_is_none_is_misdeclared(store: SQLiteDataStore, size: Any) -> None:
    with pytest.raises(Misdeclared, match="Wrapper: cache is a number of bytes, 0 for none, not "):
        Wrapper([Album, *MODELS[:3]], store, cache=size)


def test_the_size_unless_said(store: SQLiteDataStore) -> None:
    assert Wrapper([Album, *MODELS[:3]], store).answers.size == CACHE_SIZE == 16 * 2**20
