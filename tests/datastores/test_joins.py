"""ManyToManyField in Python, over every store: both sides, the table between, and what it costs."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pyrest import MemoryDataStore, Misdeclared, NotFound, QuerySet, SQLiteDataStore, UnknownName, ValidationError, models
from pyrest.errors import PyrestError, ReferenceViolated, StillReferenced
from pyrest.models.catalog import resolve
from pyrest.store import Store


class Tag(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    genre = models.StringField()

    class Meta:
        ordering = ("-name",)


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    tags = models.ManyToManyField(Tag, related_name="albums")
    similar = models.ManyToManyField("album", related_name="similar_to")


class Person(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    bands = models.ManyToManyField("band", through="membership", related_name="members")
    friends = models.ManyToManyField("person", through="friendship", related_name="+")


class Band(models.Model):
    code = models.StringPkField()


class Membership(models.Model):
    id = models.PkField()
    person = models.ForeignKey(Person, required=True, related_name="memberships", on_delete="cascade")
    band = models.ForeignKey(Band, null=True, on_delete="cascade")
    since = models.IntegerField()


class Friendship(models.Model):
    id = models.PkField()
    of = models.ForeignKey(Person, required=True, related_name="+")
    to = models.ForeignKey(Person, required=True, related_name="+")
    since = models.IntegerField(required=True)


class Shelf(models.Model):
    """Its columns, and those of its target, are called like those of the table between."""

    id = models.UUIDPkField()
    shelf = models.StringField()
    book = models.StringField(column="to_shelf")
    books = models.ManyToManyField("book", related_name="shelves")


class Book(models.Model):
    shelf = models.StringPkField(column="book")
    book = models.StringField(column="shelf")
    order = models.IntegerField(column="id")

    class Meta:
        ordering = ("order",)


MODELS = (Album, Person, Membership, Friendship, Shelf, Book)


def fill(store: Store) -> None:
    """Three albums, four tags and their pairs, two people and two bands."""
    names = {"rock": "loud", "pop": "light", "jazz": None, "folk": "light"}
    rock, pop, jazz, _ = store[Tag].bulk_create({"name": name, "genre": genre} for name, genre in names.items())
    blue, arrival, _ = store[Album].bulk_create({"title": title} for title in ("Blue", "Arrival", "Silence"))
    blue.tags.add(rock, jazz)
    arrival.tags.add(rock, pop)
    store[Person].bulk_create({"name": name} for name in ("Ann", "Bob"))
    store[Band].bulk_create({"code": code} for code in ("abba", "queen"))


def album(store: Store, title: str) -> Any:
    return store[Album].get(title=title)


def tags(store: Store, title: str) -> list[str]:
    return [tag.name for tag in album(store, title).tags]


def pairs(store: Store) -> int:
    return store[model_of(store, "album_tags")].count()


def model_of(store: Store, table: str) -> type[models.Model]:
    found: type[models.Model] = store.catalog.by_table[table].model
    return found


# Both sides


def test_both_sides_give_the_rows_that_are_joined(store: Store) -> None:
    assert [(found.title, [tag.name for tag in found.tags.all()]) for found in store[Album].order_by("id")] == [
        ("Blue", ["rock", "jazz"]), ("Arrival", ["rock", "pop"]), ("Silence", []),
    ]  # fmt: skip
    assert [(tag.name, [found.title for found in tag.albums]) for tag in store[Tag].order_by("id")] == [
        ("rock", ["Blue", "Arrival"]), ("pop", ["Arrival"]), ("jazz", ["Blue"]), ("folk", []),
    ]  # fmt: skip


def test_the_rows_come_in_the_order_of_their_model(store: Store) -> None:
    album(store, "Silence").tags.add(1, 2, 3, 4)
    assert tags(store, "Silence") == ["rock", "pop", "jazz", "folk"]
    assert [tag.name for tag in album(store, "Silence").tags.order_by("name")] == ["folk", "jazz", "pop", "rock"]


def test_the_other_side_writes_too(store: Store) -> None:
    store[Tag].get(name="folk").albums.set([1, 3])
    assert (tags(store, "Blue"), tags(store, "Arrival"), tags(store, "Silence")) == (["rock", "jazz", "folk"], ["rock", "pop"], ["folk"])
    store[Tag].get(name="rock").albums.clear()
    assert (tags(store, "Blue"), tags(store, "Arrival")) == (["jazz", "folk"], ["pop"])


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda found: found.count(), 2),
        (lambda found: found.filter(name="rock").count(), 1),
        (lambda found: found.filter(name="pop").count(), 0),
        (lambda found: [tag.name for tag in found.exclude(genre="loud")], ["jazz"]),
        (lambda found: [tag.name for tag in found.filter(genre__isnull=True)], ["jazz"]),
        (lambda found: [tag.name for tag in found.exclude(genre="light")], ["rock", "jazz"]),
        (lambda found: [tag.name for tag in found[1:]], ["jazz"]),
        (lambda found: found[0].name, "rock"),
        (lambda found: found.order_by("name").first().name, "jazz"),
        (lambda found: found.filter(name="rock").exists(), True),
        (lambda found: found.filter(name="folk").exists(), False),
        (lambda found: found.get(name="jazz").pk, 3),
        (lambda found: bool(found), True),
    ],
    ids=[
        "count", "filter", "filter elsewhere", "exclude keeps nulls", "isnull", "exclude nobody", "slice", "index", "order_by", "exists",
        "exists not", "get", "bool",
    ],
)  # fmt: skip
def test_what_is_joined_is_a_queryset(store: Store, ask: Callable[[Any], Any], answer: Any) -> None:
    assert ask(album(store, "Blue").tags) == answer


def test_what_is_joined_is_shown_as_a_queryset(store: Store) -> None:
    assert repr(album(store, "Blue").tags) == "store[Tag]"


def test_what_is_joined_elsewhere_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        album(store, "Blue").tags.get(name="pop")


def test_update_and_delete_are_about_the_rows_themselves(store: Store) -> None:
    assert album(store, "Arrival").tags.update(genre="new") == 2
    assert store[Tag].filter(genre="new").count() == 2
    assert album(store, "Arrival").tags.filter(name="pop").delete() == 1
    assert not store[Tag].filter(name="pop").exists()
    assert (tags(store, "Arrival"), pairs(store)) == (["rock"], 3)
    assert album(store, "Blue").tags.delete() == 2
    assert (store[Tag].count(), pairs(store)) == (1, 0)


# A relation of a model to itself


def test_a_model_joined_with_itself_is_not_symmetrical(store: Store) -> None:
    album(store, "Blue").similar.add(album(store, "Arrival"))
    assert [found.title for found in album(store, "Blue").similar] == ["Arrival"]
    assert list(album(store, "Arrival").similar) == []
    assert [found.title for found in album(store, "Arrival").similar_to] == ["Blue"]
    assert [found.title for found in album(store, "Arrival").similar_to.filter(title="Blue")] == ["Blue"]


def test_a_row_may_be_joined_with_itself(store: Store) -> None:
    blue = album(store, "Blue")
    blue.similar.add(blue)
    assert (list(blue.similar), list(blue.similar_to)) == ([blue], [blue])


def test_of_two_foreign_keys_to_one_model_the_first_is_the_near_side(store: Store) -> None:
    store[Friendship].create(of=1, to=2, since=1999)
    ann, bob = store[Person].order_by("id")
    assert (list(ann.friends), list(bob.friends)) == ([bob], [])


# Writing


@pytest.mark.parametrize("by", ["rows", "keys"])
def test_writing_takes_rows_and_keys(store: Store, by: str) -> None:
    rock, pop, jazz, folk = store[Tag].order_by("id") if by == "rows" else (1, 2, 3, 4)
    blue = album(store, "Blue")
    blue.tags.add(pop, folk)
    assert tags(store, "Blue") == ["rock", "pop", "jazz", "folk"]
    blue.tags.remove(rock, folk)
    assert tags(store, "Blue") == ["pop", "jazz"]
    blue.tags.set([jazz, rock])
    assert tags(store, "Blue") == ["rock", "jazz"]
    blue.tags.set(())
    assert tags(store, "Blue") == []
    assert tags(store, "Arrival") == ["rock", "pop"]
    assert store[Tag].count() == 4


def test_what_is_joined_twice_is_joined_once(store: Store) -> None:
    blue = album(store, "Blue")
    blue.tags.add(1, 1, blue.tags.get(name="rock"))
    blue.tags.add(1)
    blue.tags.set([1, 3, 3, 1])
    assert (tags(store, "Blue"), pairs(store)) == (["rock", "jazz"], 4)


def test_set_keeps_the_pairs_that_stay(store: Store) -> None:
    between = model_of(store, "album_tags")
    kept = store[between].get(album=1, tag=3)
    album(store, "Blue").tags.set([3, 4])
    assert store[between].get(album=1, tag=3) == kept
    assert not store[between].filter(album=1, tag=1).exists()


def test_what_was_not_joined_can_be_taken_out(store: Store) -> None:
    album(store, "Blue").tags.remove(2, 99)
    assert pairs(store) == 4


def test_nothing_can_be_added_and_taken_out(store: Store) -> None:
    blue = album(store, "Blue")
    blue.tags.add()
    blue.tags.remove()
    assert blue.tags.bulk_create([]) == []
    assert pairs(store) == 4


def test_clear_leaves_the_rows(store: Store) -> None:
    album(store, "Blue").tags.clear()
    assert (tags(store, "Blue"), pairs(store), store[Tag].count()) == ([], 2, 4)


def test_what_is_created_on_either_side_is_joined(store: Store) -> None:
    created = album(store, "Silence").tags.create(name="ambient")
    assert tags(store, "Silence") == ["ambient"]
    assert [found.title for found in created.albums] == ["Silence"]
    assert [found.title for found in created.albums.bulk_create([{"title": "Airports"}, {"title": "Discreet"}])] == ["Airports", "Discreet"]
    assert [found.title for found in store[Tag].get(name="ambient").albums] == ["Silence", "Airports", "Discreet"]


def test_what_is_written_through_a_row_is_seen_through_it(store: Store) -> None:
    blue = album(store, "Blue")
    seen = blue.tags
    assert seen.count() == 2
    for method, arguments, count in [("add", (2,), 3), ("remove", (1,), 2), ("bulk_create", ([{"name": "new"}],), 3), ("clear", (), 0)]:
        getattr(seen, method)(*arguments)
        assert (seen.count(), blue.tags.count()) == (count, count)


def test_what_is_created_through_a_row_is_seen_through_it(store: Store) -> None:
    ann = store[Person].get(id=1)
    assert list(ann.memberships) == []
    ann.memberships.create(band="abba", since=1)
    assert [found.band_id for found in ann.memberships] == ["abba"]
    ann.memberships.filter(since=1).update(band="queen")
    assert [found.band_id for found in ann.memberships] == ["queen"]
    ann.memberships.delete()
    assert list(ann.memberships) == []


@pytest.mark.parametrize(
    "narrow",
    [lambda found: found.filter(name="rock"), lambda found: found.exclude(name="rock"), lambda found: found[:1], lambda found: found[1:]],
    ids=["filter", "exclude", "head", "tail"],
)
@pytest.mark.parametrize(
    ("method", "arguments"), [("add", (2,)), ("remove", (1,)), ("set", ([],)), ("clear", ())], ids=["add", "remove", "set", "clear"]
)
def test_a_narrowed_set_is_not_written(store: Store, narrow: Callable[[Any], Any], method: str, arguments: tuple[Any, ...]) -> None:
    narrowed = narrow(album(store, "Blue").tags)
    with pytest.raises(ValueError, match=rf"^{method}\(\) is about all rows that are joined; it cannot follow filter\(\)"):
        getattr(narrowed, method)(*arguments)
    with pytest.raises(ValueError, match=r"^add\(\) is about all rows"):
        narrowed.create(name="new")
    assert (pairs(store), store[Tag].count()) == (4, 4)


@pytest.mark.parametrize("method", ["add", "remove", "set"])
@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        (lambda store: album(store, "Blue"), ValidationError, "tags: A row of Tag is required, not one of Album."),
        (lambda store: "x", ValidationError, "tags: A valid integer is required."),
        (lambda store: None, ValidationError, "tags: A valid integer is required."),
        (lambda store: Tag(name="loose"), ValidationError, "tags: This row is not stored, so nothing can point at it."),
    ],
    ids=["another model", "no key", "null", "not stored"],
)
def test_what_cannot_be_joined(store: Store, method: str, row: Callable[[Store], Any], error: type[PyrestError], message: str) -> None:
    wrong = row(store)
    with pytest.raises(error) as refusal:
        getattr(album(store, "Blue").tags, method)(*([[1, wrong]] if method == "set" else [1, wrong]))
    assert str(refusal.value) == message
    assert (tags(store, "Blue"), pairs(store)) == (["rock", "jazz"], 4)


@pytest.mark.parametrize("write", [lambda found: found.add(2, 99, 98), lambda found: found.set([2, 99, 98, 99])], ids=["add", "set"])
def test_a_key_that_no_row_has_is_refused_and_nothing_is_written(store: Store, write: Callable[[Any], Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        write(album(store, "Blue").tags)
    assert refusal.value.errors == {"tags": [f'Invalid pk "{key}" - object does not exist.' for key in (99, 98)]}
    assert (tags(store, "Blue"), pairs(store)) == (["rock", "jazz"], 4)


def test_a_row_that_is_gone_cannot_be_joined(store: Store) -> None:
    silence = album(store, "Silence")
    store[Album].filter(title="Silence").delete()
    with pytest.raises(ReferenceViolated):
        silence.tags.add(1)
    with pytest.raises(ReferenceViolated):
        silence.tags.create(name="new")
    assert not store[Tag].filter(name="new").exists()


@pytest.mark.parametrize(
    "write",
    [
        lambda found: found.add(2, 4),
        lambda found: found.remove(1),
        lambda found: found.set([2]),
        lambda found: found.clear(),
        lambda found: found.create(name="new"),
    ],
    ids=["add", "remove", "set", "clear", "create"],
)
def test_a_rollback_leaves_nothing(store: Store, write: Callable[[Any], Any]) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        write(album(store, "Blue").tags)
        raise RuntimeError
    assert (tags(store, "Blue"), pairs(store), store[Tag].count()) == (["rock", "jazz"], 4, 4)


def test_pairs_go_with_either_side(store: Store) -> None:
    store[Tag].filter(name="rock").delete()
    assert (tags(store, "Blue"), pairs(store)) == (["jazz"], 2)
    store[Album].filter(title="Arrival").delete()
    assert (list(store[Tag].get(name="pop").albums), pairs(store)) == ([], 1)


def test_a_relation_is_no_field_of_a_row_without_a_store() -> None:
    with pytest.raises(UnknownName, match='unknown field "tags"'):
        Album(title="New", tags=[1])


# A table between that one declares


def test_a_through_model_is_seen_from_both_sides_and_by_its_own_names(store: Store) -> None:
    ann, bob = store[Person].order_by("id")
    store[Membership].create(person=ann, band="abba", since=1972)
    bob.bands.add("abba", "queen")
    abba = store[Band].get(code="abba")
    assert [member.name for member in abba.members] == ["Ann", "Bob"]
    assert [band.code for band in store[Person].get(name="Bob").bands] == ["abba", "queen"]
    assert [(found.person.name, found.since) for found in abba.membership_set] == [("Ann", 1972), ("Bob", None)]
    assert [found.band_id for found in bob.memberships] == ["abba", "queen"]


def test_a_pair_that_stands_twice_joins_once(store: Store) -> None:
    store[Membership].bulk_create({"person": 1, "band": band, "since": since} for band, since in (("abba", 1), ("abba", 2), ("queen", 3)))
    ann = store[Person].get(id=1)
    assert [band.code for band in ann.bands] == ["abba", "queen"]
    assert (ann.bands.count(), ann.bands.order_by("code").count()) == (2, 2)
    ann.bands.remove("abba")
    assert [found.since for found in store[Membership].all()] == [3]


def test_a_row_between_that_points_at_one_side_only_joins_nothing_and_stays(store: Store) -> None:
    store[Membership].create(person=1, since=1)
    ann = store[Person].get(id=1)
    assert (list(ann.bands), ann.bands.filter(code="abba").count()) == ([], 0)
    ann.bands.set(["abba"])
    ann.bands.clear()
    assert [found.since for found in store[Membership].all()] == [1]


def test_the_other_fields_of_a_through_model_need_defaults_to_be_written(store: Store) -> None:
    with pytest.raises(ValidationError, match=r"since: This field is required\."):
        store[Person].get(id=1).friends.add(2)


def test_a_through_model_keeps_its_own_on_delete(store: Store) -> None:
    store[Friendship].create(of=1, to=2, since=1)
    with pytest.raises(StillReferenced):
        store[Person].filter(id=2).delete()


def test_a_through_model_by_its_class_belongs_to_the_catalog() -> None:
    class Player(models.Model):
        id = models.PkField()

    class Signing(models.Model):
        id = models.PkField()
        player = models.IntegerField(foreign=("player", "id"))
        team = models.IntegerField(foreign=("team", "id"))

    class Team(models.Model):
        id = models.PkField()
        players = models.ManyToManyField(Player, through=Signing)

    store = MemoryDataStore(models=[Team])
    team = store[Team].create()
    player = team.players.create()
    assert [(found.team, found.player) for found in store[Signing].all()] == [(1, 1)]
    assert list(player.team_set) == [team]
    with pytest.raises(ValidationError, match="players: This row is not stored"):
        team.players.add(Player())


def test_a_row_of_a_child_model_is_none_of_its_parent() -> None:
    class Mood(Tag):
        pass

    store = MemoryDataStore(models=[*MODELS, Mood])
    fill(store)
    mood = store[Mood].create(name="calm")
    with pytest.raises(ValidationError, match="A row of Tag is required, not one of Mood"):
        album(store, "Silence").tags.add(mood)


# Keys and columns


def test_keys_that_are_no_numbers_and_columns_called_like_those_between(store: Store) -> None:
    novel, poem = store[Book].bulk_create([{"shelf": "novel", "order": 2}, {"shelf": "poem", "order": 1}])
    top = store[Shelf].create(shelf="top", book="none")
    low = store[Shelf].create(id="00000000-0000-0000-0000-000000000007")
    top.books.add(novel, "poem")
    low.books.add("novel")
    assert [(found.shelf, [book.pk for book in found.books]) for found in store[Shelf].order_by("shelf")] == [
        (None, ["novel"]), ("top", ["poem", "novel"]),
    ]  # fmt: skip
    assert {shelf.pk for shelf in novel.shelves} == {top.pk, UUID(int=7)}
    assert poem.shelves.filter(shelf="top").get() == top
    assert top.books.filter(order__gt=1).get() == novel
    novel.shelves.remove("{00000000-0000-0000-0000-000000000007}")
    assert list(store[Book].get(pk="novel").shelves) == [top]


def test_a_table_between_of_others(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as file:
        file.executescript("""
            CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE list (id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE list_song (list INTEGER REFERENCES list, song INTEGER REFERENCES song, PRIMARY KEY (list, song));
            INSERT INTO song VALUES (1, 'One'), (2, 'Two'); INSERT INTO list VALUES (1, 'All'); INSERT INTO list_song VALUES (1, 2);
        """)

    class Song(models.Model):
        id = models.PkField()
        name = models.StringField()

    class ListSong(models.Model):
        id = models.PkField(column="rowid")
        list = models.ForeignKey("list", on_delete=None)
        song = models.ForeignKey(Song, on_delete=None)

    class List(models.Model):
        id = models.PkField()
        songs = models.ManyToManyField(Song, through=ListSong, related_name="lists")

    with closing(SQLiteDataStore(tmp_path / "old.db", models=[List])) as store:
        everything = store[List].get()
        assert [song.name for song in everything.songs] == ["Two"]
        everything.songs.set([1])
        assert [song.name for song in everything.songs] == ["One"]
        assert list(store[Song].get(id=2).lists) == []


# Rows without a store


def test_a_row_that_comes_from_no_store_reaches_nothing() -> None:
    with pytest.raises(Misdeclared, match="this Album comes from no store, so tags cannot be fetched"):
        _ = Album(title="Loose").tags


def test_a_pickled_row_keeps_its_values_alone(store: Store) -> None:
    copied = pickle.loads(pickle.dumps(album(store, "Blue")))
    assert copied == album(store, "Blue")
    with pytest.raises(Misdeclared, match="comes from no store"):
        _ = copied.tags


@pytest.mark.parametrize(
    ("row", "name", "message"),
    [
        (Album, "tgas", "Album has no attribute 'tgas'; did you mean \"tags\"?"),
        (Tag, "albms", "Tag has no attribute 'albms'; did you mean \"albums\"?"),
    ],
    ids=["forward", "back"],
)
def test_a_misspelt_relation_names_the_nearest(store: Store, row: type[models.Model], name: str, message: str) -> None:
    with pytest.raises(AttributeError) as refusal:
        getattr(store[row].order_by("pk")[0], name)
    assert str(refusal.value) == message


# What it costs


@pytest.fixture
def music(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    kept = SQLiteDataStore(tmp_path / "music.db", models=MODELS)
    assert kept.catalog.models
    yield kept
    kept.close()


@pytest.mark.parametrize("size", [1, 10, 500])
def test_a_level_costs_one_statement_however_many_rows_it_has(music: SQLiteDataStore, size: int) -> None:
    names = [f"{n:03}" for n in range(size)]
    music[Tag].bulk_create({"name": name} for name in names)
    music[Album].bulk_create({"title": name} for name in names)
    for found in music[Album].all()[:3]:
        found.tags.set(range(1, size + 1))
    first = min(size, 3)
    with music.recorded() as forward:
        assert [[tag.name for tag in found.tags.all()] for found in music[Album].all()][:3] == [names[::-1]] * first
    assert len(forward) == 2
    with music.recorded() as backward:
        assert {tuple(found.title for found in tag.albums) for tag in music[Tag].all()} == {tuple(names[:first])}
    assert len(backward) == 2
    with music.recorded() as deeper:
        assert {found.tags.count() for tag in music[Tag].all() for found in tag.albums} == {size}
    assert len(deeper) == 3


@pytest.mark.parametrize(
    ("paths", "statements"),
    [(("tags",), 2), (("tags__albums",), 3), (("tags", "similar", "similar_to"), 4)],
    ids=["one level", "two levels", "several"],
)
def test_relations_can_be_fetched_along(music: SQLiteDataStore, paths: tuple[str, ...], statements: int) -> None:
    fill(music)
    with music.recorded() as at_once:
        rows = list(music[Album].prefetch_related(*paths))
    assert len(at_once) == statements
    with music.recorded() as later:
        for path in paths:
            level = rows
            for name in path.split("__"):
                level = [reached for row in level for reached in getattr(row, name)]
    assert later == []


def test_a_row_that_is_reached_twice_is_asked_for_once(music: SQLiteDataStore) -> None:
    fill(music)
    with music.recorded() as statements:
        list(music[Album].prefetch_related("tags__albums"))
    assert "json_each('[1,2,3]')" in statements[2]


@pytest.mark.parametrize("size", [1, 10, 500])
def test_writing_costs_a_bounded_number_of_statements(music: SQLiteDataStore, size: int) -> None:
    fill(music)
    keys = [tag.pk for tag in music[Tag].bulk_create({"name": str(n)} for n in range(size))]
    silence = album(music, "Silence")
    counted = {}
    for name, write in {
        "add": lambda: silence.tags.add(*keys),
        "again": lambda: silence.tags.add(*keys),
        "set": lambda: silence.tags.set(keys[1:]),
        "remove": lambda: silence.tags.remove(*keys),
        "clear": lambda: silence.tags.clear(),
    }.items():
        with music.recorded() as statements:
            write()
        counted[name] = len(statements)
    assert counted["add"] <= 8
    assert (counted["again"], counted["remove"], counted["clear"]) == (3, 1, 1)
    assert counted["set"] <= 7


def test_narrowing_asks_for_what_is_joined_in_one_statement(music: SQLiteDataStore) -> None:
    fill(music)
    blue = album(music, "Blue")
    with music.recorded() as statements:
        assert blue.tags.filter(name="rock").count() == 1
    assert statements == [
        """SELECT count(*) FROM "tag" WHERE "id" IN (SELECT "tag" FROM "album_tags" WHERE "album" = 1) AND "name" = 'rock'"""
    ]


@pytest.mark.parametrize(
    ("narrowed", "message"),
    [
        (QuerySet(Album).prefetch_related("tgas"), 'unknown relation "tgas"; did you mean "tags"?'),
        (QuerySet(Tag).prefetch_related("albums__similr"), 'unknown relation "similr"; did you mean "similar"?'),
        (QuerySet(Album).select_related("tags"), 'unknown relation "tags"'),
    ],
    ids=["misspelt", "misspelt further on", "to many"],
)
def test_a_path_that_leads_nowhere_is_refused(store: Store, narrowed: QuerySet[Any], message: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        list(narrowed.on(store))
    assert str(refusal.value) == message


# The tables


@pytest.mark.parametrize(
    ("table", "columns", "targets"),
    [
        ("album_tags", ["id", "album", "tag"], ["album", "tag"]),
        ("album_similar", ["id", "from_album", "to_album"], ["album", "album"]),
        ("shelf_books", ["id", "shelf", "book"], ["shelf", "book"]),
    ],
)
def test_the_table_between(music: SQLiteDataStore, table: str, columns: list[str], targets: list[str]) -> None:
    with closing(sqlite3.connect(music.location)) as file:
        info = file.execute('SELECT name, "notnull" OR pk FROM pragma_table_info(?)', (table,)).fetchall()
        keys = file.execute('SELECT "from", "table", on_delete FROM pragma_foreign_key_list(?)', (table,)).fetchall()
        unique = file.execute('SELECT name FROM pragma_index_list(?) WHERE "unique"', (table,)).fetchall()
        plain = file.execute('SELECT name FROM pragma_index_list(?) WHERE NOT "unique"', (table,)).fetchall()
        pair = [name for (name,) in file.execute("SELECT name FROM pragma_index_info(?)", unique[0])]
        indexed = {name for (index,) in plain for (name,) in file.execute("SELECT name FROM pragma_index_info(?)", (index,))}
    assert info == [(name, 1) for name in columns]
    assert sorted(keys) == sorted((column, target, "CASCADE") for column, target in zip(columns[1:], targets, strict=True))
    assert (len(unique), pair) == (1, columns[1:])
    assert indexed == set(columns[1:])


def test_the_tables_are_found_again(tmp_path: Path) -> None:
    for count in (0, 3):
        with closing(SQLiteDataStore(tmp_path / "music.db", models=MODELS)) as kept:
            assert kept[Album].count() == count
            if not count:
                fill(kept)
            assert tags(kept, "Blue") == ["rock", "jazz"]


def test_two_stores_share_the_model_of_the_table_between() -> None:
    first, second = resolve(MODELS), resolve(MODELS)
    assert first.by_table["album_tags"].model is second.by_table["album_tags"].model


def test_a_store_that_adopts_models_again_keeps_the_table_between(store: Store) -> None:
    class Extra(models.Model):
        id = models.PkField()

    before = store.catalog.by_table["album_tags"].model
    assert store.adopt([Extra]).by_table["album_tags"].model is before
    assert tags(store, "Blue") == ["rock", "jazz"]
