"""What is trusted and until when: by each kind of store, against each kind of write; and totals that are not counted again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import models
from pyrest.datastores import MemoryDataStore, SQLiteDataStore
from pyrest.datastores.freshness import PARAMETERS_KEPT, TOTALS_KEPT, Freshness, Total, Totals, models_in, now
from pyrest.models.model import Model
from pyrest.plan import Compare, Insert, Read
from pyrest.queryset import QuerySet
from pyrest.store import Store
from tests.datastores.shelf import MODELS, Album, Artist, Chicken, City, Country, Egg, Folder, Passport, Review, Stamp, Track
from tests.elsewhere import commit_elsewhere, elsewhere


def moment(store: Store) -> int:
    """A moment after this thread has looked."""
    assert store.freshness() is not None
    return now()


def trusted(store: Store, since: int, *models: type[Model]) -> list[type[Model]]:
    """Those of the models of which what was read after a moment is trusted still."""
    freshness = store.freshness()
    assert freshness is not None
    return [model for model in models or MODELS if freshness.holds(since, (model,))]


# The rule by itself.


def test_what_was_read_before_the_first_look_is_not_trusted() -> None:
    freshness, since = Freshness(), now()
    assert not freshness.holds(since, ())
    freshness.look(1)
    assert not freshness.holds(since, ())
    assert freshness.holds(now(), (Album,))


def test_a_version_that_moved_takes_everything() -> None:
    freshness = Freshness()
    assert freshness.look(1)
    since = now()
    assert not freshness.look(1)
    assert freshness.holds(since, (Album,))
    assert freshness.look(2)
    assert not freshness.holds(since, (Album,))


def test_writes_of_its_own_take_what_they_touch() -> None:
    freshness = Freshness()
    freshness.look(1)
    since = now()
    freshness.wrote({Album})
    assert not freshness.holds(since, (Artist, Album))
    assert freshness.holds(since, (Artist,))
    assert freshness.holds(now(), (Artist, Album))


def test_versions_of_another_connection_say_nothing() -> None:
    freshness = Freshness()
    freshness.look(1)
    since = now()
    freshness.forget()
    assert not freshness.holds(since, ())
    assert freshness.look(1)
    assert not freshness.holds(since, ())


def test_a_plan_names_the_models_that_it_reads() -> None:
    plan = QuerySet(Track).filter(title="Gulls").plan
    assert set(models_in(plan)) == {Track}
    assert set(models_in(Insert(Album, ("id",), ((1,), (2,))))) == {Album}
    store = MemoryDataStore(models=MODELS)
    through = store[Track].exclude(album__artist__name="Joni").order_by("-album__year").plan
    assert set(models_in(through)) == {Track, Album, Artist}


def test_totals_are_told_apart_by_the_types_of_their_parameters() -> None:
    totals = Totals()
    for number, value in enumerate((1, 1.0, True, "1")):
        totals.keep("SELECT", [value], Total(number, 0, ()))
    assert [totals.get("SELECT", [value]) for value in (1, 1.0, True, "1")] == [Total(number, 0, ()) for number in range(4)]


def test_the_totals_that_were_used_last_are_kept() -> None:
    totals = Totals()
    for number in range(TOTALS_KEPT + 1):
        totals.get("SELECT", [0])
        totals.keep("SELECT", [number], Total(number, 0, ()))
    assert totals.get("SELECT", [0]) is not None
    assert totals.get("SELECT", [1]) is None
    assert totals.get("SELECT", [TOTALS_KEPT]) is not None


def test_a_total_of_very_many_values_is_not_kept() -> None:
    totals = Totals()
    for size in (PARAMETERS_KEPT, PARAMETERS_KEPT + 1):
        totals.keep("SELECT", [0] * size, Total(size, 0, ()))
    assert [totals.get("SELECT", [0] * size) for size in (PARAMETERS_KEPT, PARAMETERS_KEPT + 1)] == [Total(PARAMETERS_KEPT, 0, ()), None]


# Every store.


def filled(store: Store) -> Store:
    store[Artist].bulk_create([{"name": "Joni"}, {"name": "Nina"}])
    store[Album].bulk_create([{"title": "Blue", "artist": 1}, {"title": "Hejira", "artist": 1}])
    store[Track].create(title="Carey", album=1)
    store[Country].create(code="fr")
    return store


def test_reading_leaves_everything_trusted(store: Store) -> None:
    filled(store)
    since = moment(store)
    list(store[Track].filter(album__title="Blue"))
    store[Album].count()
    with store.snapshot():
        store[Album].first()
    assert trusted(store, since) == list(MODELS)


@pytest.mark.parametrize(
    ("write", "changed"),
    [
        (lambda store: store[Artist].create(name="Odetta"), {Artist}),
        (lambda store: store[Artist].bulk_create([{"name": str(n)} for n in range(3)]), {Artist}),
        (lambda store: store[Album].filter(id=1).update(year=1971), {Album}),
        (lambda store: store[Album].filter(id=1).delete(), {Album, Track}),
        (lambda store: store[Track].all().delete(), {Track}),
        (lambda store: store[Country].filter(code="fr").update(name="France"), {Country}),
    ],
    ids=["create", "bulk", "update", "delete with what hangs on it", "delete", "a key that is a text"],
)
def test_a_write_takes_what_it_changes_and_leaves_what_it_cannot(
    store: Store, write: Callable[[Store], object], changed: set[type[Model]]
) -> None:
    filled(store)
    since = moment(store)
    write(store)
    left = set(trusted(store, since))
    assert not left & changed
    assert left >= {Artist, Country, Stamp} - changed


def test_a_transaction_takes_what_it_touched_when_it_ends(store: Store) -> None:
    filled(store)
    since = moment(store)
    with store.transaction():
        assert store.freshness() is None
        store[Artist].create(name="Odetta")
        with store.transaction():
            store[Country].create(code="it")
            assert store.freshness() is None
        between = now()
    assert {Artist, Country} & set(trusted(store, since)) == set()
    # What somebody else read before the commit and after the write is not what is there now.
    assert {Artist, Country} & set(trusted(store, between)) == set()
    assert Album in trusted(store, since)
    assert trusted(store, now()) == list(MODELS)


def test_what_was_read_in_a_transaction_that_was_taken_back_is_trusted_by_nobody(store: Store) -> None:
    filled(store)
    store.freshness()
    plan = store[Artist].all().plan._replace(total=True, limit=1)
    with suppress(ZeroDivisionError), store.transaction():
        store[Artist].create(name="Odetta")
        since = now()
        assert store.read(plan).total == 3
        raise ZeroDivisionError
    assert Artist not in trusted(store, since)
    assert store.read(plan).total == 2


def test_a_part_of_a_transaction_that_was_taken_back(store: Store) -> None:
    filled(store)
    plan = store[Artist].all().plan._replace(total=True, limit=1)
    with store.transaction():
        with suppress(ZeroDivisionError), store.transaction():
            store[Artist].create(name="Odetta")
            assert store.read(plan).total == 3
            raise ZeroDivisionError
        assert store.read(plan).total == 2
    assert store.read(plan).total == 2


def test_a_snapshot_gives_no_freshness(store: Store) -> None:
    """It may be older than what others have remembered since it began."""
    with store.snapshot():
        store[Artist].count()
        assert store.freshness() is None
    assert store.freshness() is not None


# SQLite: who else writes.


@pytest.fixture
def shop(shop: SQLiteDataStore) -> SQLiteDataStore:
    filled(shop)
    return shop


def asked(store: SQLiteDataStore, plan: Read) -> tuple[int | None, list[str]]:
    """A total, and the first words of the statements that it took."""
    with store.recorded() as statements:
        total = store.read(plan).total
    return total, [text.split()[0] for text in statements]


COUNTED = ["BEGIN", "SELECT", "PRAGMA", "SELECT", "COMMIT"]
TOLD = ["BEGIN", "SELECT", "COMMIT"]
KNOWN = ["BEGIN", "SELECT", "PRAGMA", "COMMIT"]


def test_a_total_is_not_counted_again(shop: SQLiteDataStore) -> None:
    plan = shop[Album].filter(artist=1).plan._replace(total=True, limit=1)
    shop.freshness()
    assert asked(shop, plan) == (2, COUNTED)
    assert asked(shop, plan) == (2, KNOWN)
    assert asked(shop, plan._replace(offset=1)) == (2, KNOWN)
    assert asked(shop, shop[Album].filter(artist__ne=2).plan._replace(total=True, limit=1)) == (2, COUNTED)


@pytest.mark.parametrize(
    ("limit", "offset", "total", "statements"),
    [
        (None, 0, 2, TOLD),
        (3, 0, 2, TOLD),
        (2, 0, 2, COUNTED),
        (2, 1, 2, TOLD),
        (1, 1, 2, COUNTED),
        (2, 2, 2, COUNTED),
        (None, 2, 2, COUNTED),
        (0, 0, 2, COUNTED),
    ],
)
def test_the_last_page_tells_the_total(shop: SQLiteDataStore, limit: int | None, offset: int, total: int, statements: list[str]) -> None:
    plan = shop[Album].filter(artist=1).plan._replace(total=True, limit=limit, offset=offset)
    shop.freshness()
    assert asked(shop, plan) == (total, statements)
    assert asked(shop, plan._replace(where=Compare("artist", "=", 2))) == (0, TOLD if offset == 0 and limit != 0 else COUNTED)
    assert asked(shop, plan._replace(total_limit=1)) == (1, statements)


def test_a_commit_while_a_page_is_read_is_no_part_of_it(shop: SQLiteDataStore) -> None:
    """Its total is of the snapshot of the page, and is not kept for those that follow."""
    plan = shop[Artist].all().plan._replace(total=True, limit=1)
    with elsewhere(shop) as connection:

        def commit(statement: str) -> None:
            if statement.startswith(("SELECT count", "PRAGMA data_version")):
                connection.execute("INSERT INTO artist (name) SELECT 'Odetta ' || count(*) FROM artist")

        for total in (2, 4):
            shop._connections.session().connection.set_trace_callback(commit)
            found = shop.read(plan).total
            shop._connections.session().connection.set_trace_callback(None)
            assert found == total


def test_neither_is_it_in_a_snapshot(shop: SQLiteDataStore) -> None:
    plan = shop[Album].filter(artist=1).plan._replace(total=True, limit=1)
    assert shop.read(plan).total == 2
    with shop.snapshot():
        assert asked(shop, plan) == (2, KNOWN[1:-1])


def test_a_snapshot_goes_with_its_own_total(shop: SQLiteDataStore) -> None:
    """The total that was counted in a snapshot is not the one of now, and that of now is not the one of the snapshot."""
    plan = shop[Artist].all().plan._replace(total=True, limit=1)
    assert shop.read(plan).total == 2
    with elsewhere(shop) as connection, shop.snapshot():
        assert shop[Artist].count() == 2
        connection.execute("INSERT INTO artist (name) VALUES ('Odetta')")
        assert shop.read(plan).total == 2
        assert shop.read(plan._replace(limit=None))[:2] == ([(1, "Joni"), (2, "Nina")], 2)
    assert shop.read(plan).total == 3
    assert len(shop.read(plan._replace(limit=None)).rows) == 3


def test_a_write_to_another_table_leaves_a_total(shop: SQLiteDataStore) -> None:
    plan = shop[Album].filter(artist=1).plan._replace(total=True, limit=1)
    shop.read(plan)
    shop[Track].create(title="River", album=1)
    assert asked(shop, plan) == (2, KNOWN)
    shop[Album].create(title="Mingus", artist=1)
    assert asked(shop, plan)[0] == 3


def test_a_total_depends_on_the_tables_of_its_condition(shop: SQLiteDataStore) -> None:
    plan = shop[Track].filter(album__artist__name="Joni").plan._replace(total=True, limit=1)
    assert shop.read(plan).total == 1
    shop[Artist].filter(id=1).update(name="Roberta")
    assert shop.read(plan).total == 0
    shop[Album].filter(id=1).update(artist=2)
    shop[Artist].filter(id=2).update(name="Joni")
    assert shop.read(plan).total == 1


def test_a_total_follows_what_foreign_keys_do(shop: SQLiteDataStore) -> None:
    tracks = shop[Track].all().plan._replace(total=True, limit=1)
    reviewed = shop[Review].filter(album__isnull=False).plan._replace(total=True, limit=1)
    shop[Review].create(stars=5, album=2)
    shop[Review].create(stars=5, album=1)
    assert (shop.read(tracks).total, shop.read(reviewed).total) == (1, 2)
    shop[Album].filter(id=1).delete()
    assert (shop.read(tracks).total, shop.read(reviewed).total) == (0, 1)


@pytest.mark.parametrize(
    ("model", "changed"),
    [
        (Artist, {Artist}),
        (Album, {Album, Track, Review}),
        (Track, {Track}),
        (Folder, {Folder}),
        (Chicken, {Chicken, Egg}),
        (Egg, {Chicken, Egg}),
        (City, {City, Passport}),
        (Passport, {Passport}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_a_write_can_change(shop: SQLiteDataStore, model: type[Model], changed: set[type[Model]]) -> None:
    since = moment(shop)
    shop[model].all().delete() if model not in (Artist, Album) else shop[model].filter(id=0).delete()
    assert set(MODELS) - set(trusted(shop, since)) == changed


def test_a_table_with_a_trigger_of_somebodys_may_change_anything(shop: SQLiteDataStore) -> None:
    """Also where the trigger is made while the store is open."""
    plan = shop[Track].all().plan._replace(total=True, limit=1)
    assert shop.read(plan).total == 1
    with elsewhere(shop) as connection:
        connection.execute("CREATE TRIGGER busy AFTER INSERT ON country BEGIN INSERT INTO track (title) VALUES (new.code); END")
    assert shop.read(plan).total == 1
    shop[Country].create(code="it")
    assert shop.read(plan).total == 2
    shop[Country].create(code="es")
    assert shop.read(plan).total == 3
    since = moment(shop)
    shop[Artist].create(name="Odetta")
    assert set(MODELS) - set(trusted(shop, since)) == {Artist}


def test_a_snapshot_from_before_a_trigger_does_not_hide_it_from_others(shop: SQLiteDataStore) -> None:
    plan = shop[Track].all().plan._replace(total=True, limit=1)
    with elsewhere(shop) as connection, ThreadPoolExecutor(1) as other:
        other.submit(shop.read, plan).result()
        commit_elsewhere(shop)
        with shop.snapshot():
            assert shop[Track].count() == 1
            connection.execute("CREATE TRIGGER busy AFTER INSERT ON country BEGIN INSERT INTO track (title) VALUES (new.code); END")
            assert other.submit(shop.read, plan).result().total == 1
            assert shop.read(plan).total == 1
        other.submit(shop[Country].create, code="it").result()
        assert other.submit(shop.read, plan).result().total == 2


class Loud(models.Model):
    """A view over the artists."""

    id = models.PkField()
    name = models.StringField()


def test_a_view_may_change_with_anything(shop: SQLiteDataStore) -> None:
    with elsewhere(shop) as connection:
        connection.execute("CREATE VIEW loud AS SELECT id, upper(name) AS name FROM artist")
    with closing(SQLiteDataStore(shop.location, models=(*MODELS, Loud), durability="normal")) as store:
        plan = store[Loud].all().plan._replace(total=True, limit=1)
        assert store.read(plan).total == 2
        store[Artist].create(name="Odetta")
        assert store.read(plan).total == 3
        since = moment(store)
        store[Country].create(code="it")
        assert trusted(store, since, Loud, Country, Artist) == [Artist]


@pytest.mark.parametrize(
    "view",
    [
        "SELECT id, name FROM artist WHERE strftime('%f', 'now') > '0'",
        "SELECT id, name || random() AS name FROM artist",
        "SELECT id, name FROM behind",
    ],
    ids=["the clock", "chance", "a view behind it"],
)
def test_a_view_that_changes_by_itself_is_never_trusted(shop: SQLiteDataStore, view: str) -> None:
    with elsewhere(shop) as connection:
        connection.execute("CREATE VIEW behind AS SELECT id, name FROM artist WHERE id > abs(CURRENT_TIMESTAMP = '')")
        connection.execute(f"CREATE VIEW loud AS {view}")
    with closing(SQLiteDataStore(shop.location, models=(*MODELS, Loud), durability="normal")) as store:
        since = moment(store)
        assert trusted(store, since, Loud, Artist) == [Artist]
        plan = store[Loud].all().plan._replace(total=True, limit=1)
        assert [asked(store, plan) for _ in range(2)] == [(2, COUNTED)] * 2


class Master(models.Model):
    id = models.PkField()
    name = models.StringField()


class Copy(models.Model):
    """The file says that its column points at `master`; the model does not."""

    id = models.PkField()
    of = models.IntegerField()


def test_foreign_keys_that_the_models_do_not_know_are_the_files(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE master (id INTEGER PRIMARY KEY, name TEXT);"
            "CREATE TABLE copy (id INTEGER PRIMARY KEY, of INTEGER REFERENCES Master ON DELETE CASCADE);"
            "INSERT INTO master VALUES (1, 'a'); INSERT INTO copy VALUES (1, 1), (2, 1), (3, NULL);"
        )
    with closing(SQLiteDataStore(path, models=(Master, Copy), durability="normal")) as store:
        plan = store[Copy].all().plan._replace(total=True, limit=1)
        assert store.read(plan).total == 3
        store[Master].filter(id=1).delete()
        assert store.read(plan).total == 1


def test_other_connections_commits_are_seen(shop: SQLiteDataStore) -> None:
    plan = shop[Artist].all().plan._replace(total=True, limit=1)
    assert shop.read(plan).total == 2
    with elsewhere(shop) as connection:
        connection.execute("INSERT INTO artist (name) VALUES ('Odetta')")
        assert shop.read(plan).total == 3
        connection.execute("BEGIN")
        connection.execute("INSERT INTO artist (name) VALUES ('Bessie')")
        assert shop.read(plan).total == 3
        connection.execute("COMMIT")
        assert shop.read(plan).total == 4


def test_other_threads_commits_are_seen(shop: SQLiteDataStore) -> None:
    plan = shop[Artist].all().plan._replace(total=True, limit=1)
    with ThreadPoolExecutor(1) as other:
        for number in range(3, 6):
            assert other.submit(lambda: shop.read(plan).total).result() == shop.read(plan).total == number - 1
            other.submit(shop[Artist].create, name=str(number)).result()
            assert shop.read(plan).total == other.submit(lambda: shop.read(plan).total).result() == number


def test_what_one_thread_has_read_is_trusted_by_another_whose_connection_saw_no_commit(shop: SQLiteDataStore) -> None:
    with ThreadPoolExecutor(1) as other:
        assert other.submit(trusted, shop, now()).result() == []
        since = moment(shop)
        assert other.submit(trusted, shop, since).result() == list(MODELS)
        shop[Artist].create(name="Odetta")
        assert Artist not in trusted(shop, since)
        assert other.submit(trusted, shop, since).result() == []


def test_a_connection_that_was_opened_anew_trusts_nothing(shop: SQLiteDataStore) -> None:
    plan = shop[Artist].all().plan._replace(total=True, limit=1)
    since = moment(shop)
    assert shop.read(plan).total == 2
    child = os.fork()  # the connection is closed before, and opened again by whoever needs it
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert trusted(shop, since) == []
    assert shop.read(plan).total == 2


def test_a_checkpoint_is_no_harm(shop: SQLiteDataStore) -> None:
    plan = shop[Artist].all().plan._replace(total=True, limit=1)
    assert shop.read(plan).total == 2
    with elsewhere(shop) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert shop.read(plan).total == 2


def test_a_commit_without_a_change_is_one(shop: SQLiteDataStore) -> None:
    since = moment(shop)
    commit_elsewhere(shop)
    assert trusted(shop, since) == []


STEPS = st.lists(
    st.tuples(st.sampled_from(["ours", "thread", "elsewhere", "deleted", "taken back"]), st.integers(0, 3)), min_size=1, max_size=12
)


@given(STEPS)
@settings(deadline=None, max_examples=60)
def test_after_any_writes_by_anybody_totals_are_what_plain_sqlite_counts(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    with (
        closing(SQLiteDataStore(tmp_path_factory.mktemp("any") / "rows.db", models=(Artist, Album), durability="normal")) as store,
        ThreadPoolExecutor(1) as other,
    ):
        store[Artist].bulk_create([{"name": str(n)} for n in range(4)])
        found = (store[Album].all(), store[Album].filter(artist__name__in=["0", "1"]))
        plans = [one.plan._replace(total=True, limit=1) for one in found]
        some = "artist IN (SELECT id FROM artist WHERE name IN ('0', '1'))"
        counts = [f"SELECT count(*) FROM album WHERE {condition}" for condition in ("true", some)]
        with elsewhere(store) as connection:
            for number, (step, row) in enumerate(steps):
                _take(store, other, connection, step, row, f"{number}")
                wanted = [connection.execute(text).fetchone()[0] for text in counts]
                assert [store.read(plan).total for plan in plans] == wanted
                assert [other.submit(store.read, plan).result().total for plan in plans] == wanted


def _take(store: Store, other: ThreadPoolExecutor, connection: sqlite3.Connection, step: str, row: int, title: str) -> None:
    if step == "ours":
        store[Album].create(title=title, artist=row + 1)
    elif step == "thread":
        other.submit(store[Album].create, title=title, artist=row + 1).result()
    elif step == "elsewhere":
        connection.execute("INSERT INTO album (title, artist) VALUES (?, ?)", (title, row + 1))
    elif step == "deleted":
        store[Album].filter(artist=row + 1).delete()
    else:
        with suppress(ZeroDivisionError), store.transaction():
            store[Album].all().delete()
            assert store.read(Read(Album, ("id",), Compare("artist", "=", row + 1), total=True)).total == 0
            raise ZeroDivisionError


def test_the_memory_store_takes_exactly_what_has_changed() -> None:
    memory = MemoryDataStore(models=MODELS)
    filled(memory)
    since = moment(memory)
    memory[Album].filter(id=1).delete()
    assert set(MODELS) - set(trusted(memory, since)) == {Album, Track}
