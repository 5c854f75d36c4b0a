"""Threads, processes and forks on one file: nothing is lost, and nothing is raised that need not be."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from pyrest.datastores import SQLiteDataStore
from pyrest.errors import Busy, Misdeclared, StoreUnusable
from tests.datastores.shelf import MODELS, Album, Artist, City

ROOT = Path(__file__).parents[2]
PATIENT = 60.0  # seconds that a write waits where the test is not about waiting

WRITER = """
import sys
from pyrest.datastores import SQLiteDataStore
from tests.datastores.shelf import MODELS, Album, Artist

path, name, durability, count = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
store = SQLiteDataStore(path, models=MODELS, durability=durability, timeout=60.0)
for n in range(int(count)):
    with store.transaction():
        artist = store[Artist].create(name=f"{name} {n}")
        store[Album].create(title=f"{name} {n}", artist=artist.pk)
    print(artist.pk, flush=True)
"""

PREFORK = """
import os, sys
from pyrest.datastores import SQLiteDataStore
from tests.datastores.shelf import MODELS, Artist

store = SQLiteDataStore(sys.argv[1], models=MODELS)
store[Artist].create(name="before")
workers = []
for n in range(2):
    pid = os.fork()
    if pid == 0:
        store[Artist].create(name=f"worker {n}")
        sys.exit(0)
    workers.append(pid)
for pid in workers:
    assert os.waitpid(pid, 0)[1] == 0
store[Artist].create(name="after")
print(sorted(artist.name for artist in store[Artist]))
"""


def started(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def writers(path: Path, count: int, each: int, durability: str = "normal") -> list[subprocess.Popen[str]]:
    """Processes that write pairs of rows at the same moment, and print the key of a pair once it is stored."""
    processes = [started(WRITER, path, f"process {n}", durability, each) for n in range(count)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return processes


def printed(process: subprocess.Popen[str]) -> list[int]:
    """The keys that a writer printed, once it has ended well."""
    said, complaints = process.communicate(timeout=120)
    assert (process.returncode, complaints) == (0, "")
    return [int(line) for line in said.split()]


def in_threads(work: Callable[[int], object], count: int = 8) -> list[BaseException]:
    """Runs the work in so many threads; what they raised."""
    raised: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as fault:
            raised.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def until(done: threading.Event, work: Callable[[], object]) -> None:
    """Does the work again and again until somebody says that it is done."""
    while not done.is_set():
        work()


def ending(done: threading.Event, work: Callable[[], object]) -> None:
    """Does the work once and says that it is done, also where it fails."""
    try:
        work()
    finally:
        done.set()


def in_child(work: Callable[[], bool]) -> int:
    """Runs the work in a fork of this process; its exit code, which is 0 where it gave True."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if work() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def open_files(path: Path) -> int:
    """How many files that this process has open are the database or its log."""
    links = Path("/proc/self/fd")
    if not links.exists():
        pytest.skip("this system does not list the files of a process")
    return sum(os.path.realpath(link).startswith(str(path)) for link in links.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
def patient(path: Path) -> Iterator[SQLiteDataStore]:
    with closing(SQLiteDataStore(path, models=MODELS, timeout=PATIENT, durability="normal")) as store:
        assert store.catalog.models
        yield store


class TestWriters:
    def test_eight_threads_and_two_processes_lose_nothing(self, patient: SQLiteDataStore, path: Path, full: bool) -> None:
        each = 500 if full else 40
        processes = writers(path, 2, each)

        def write(number: int) -> None:
            for n in range(each):
                with patient.transaction():
                    artist = patient[Artist].create(name=f"thread {number} {n}")
                    patient[Album].create(title="a", artist=artist.pk)
                patient[Album].filter(artist=artist.pk).update(year=n)
                assert patient[Album].get(artist=artist.pk).year == n

        assert in_threads(write) == []
        keys = [key for process in processes for key in printed(process)]
        assert (patient[Artist].count(), patient[Album].count()) == (10 * each, 10 * each)
        assert patient[Artist].filter(pk__in=keys).count() == 2 * each
        assert patient[Album].filter(year__isnull=False).count() == 8 * each

    @pytest.mark.parametrize("place", ["shop.db", ":memory:"])
    def test_no_update_is_overwritten(self, tmp_path: Path, place: str) -> None:
        location = place if place == ":memory:" else tmp_path / place
        with closing(SQLiteDataStore(location, models=MODELS, timeout=PATIENT, durability="normal")) as store:
            store[Album].create(title="a", year=0)

            def add(number: int) -> None:
                for _ in range(25):
                    with store.transaction():
                        store[Album].update(year=store[Album].get().year + 1)

            assert in_threads(add) == []
            assert store[Album].get().year == 200

    def test_a_page_and_its_total_are_of_one_moment(self, patient: SQLiteDataStore) -> None:
        plan = patient[Artist].all().plan._replace(total=True)
        seen: list[tuple[int, int | None]] = []
        done = threading.Event()

        def read() -> None:
            page = patient.read(plan)
            seen.append((len(page.rows), page.total))

        def write() -> None:
            for n in count():
                patient[Artist].bulk_create([{"name": f"{n} a"}, {"name": f"{n} b"}])
                if n >= 60 and len(seen) >= 60:
                    return

        assert in_threads(lambda number: until(done, read) if number else ending(done, write), 3) == []
        assert all(rows % 2 == 0 and rows == total for rows, total in seen)

    def test_bulks_in_many_threads_give_every_key_once(self, patient: SQLiteDataStore) -> None:
        keys: list[int] = []

        def write(number: int) -> None:
            for n in range(5):
                keys.extend(row.pk for row in patient[Artist].bulk_create({"name": f"{number} {n} {i}"} for i in range(20)))

        assert in_threads(write) == []
        assert len(set(keys)) == len(keys) == 800


class TestConnections:
    def test_every_thread_has_its_own(self, patient: SQLiteDataStore) -> None:
        with patient.transaction():
            patient[Artist].create(name="not yet")
            counts: list[int] = []
            assert in_threads(lambda number: counts.append(patient[Artist].count()), 2) == []
        assert counts == [0, 0]

    def test_threads_that_end_leave_no_open_files(self, patient: SQLiteDataStore, path: Path) -> None:
        patient[Artist].create(name="a")
        before = open_files(path)
        assert before > 0
        for _ in range(20):
            assert in_threads(lambda number: patient[Artist].count(), 1) == []
        # SQLite keeps the file of a closed connection for the next one while others hold locks.
        assert open_files(path) <= before + 2
        patient.close()
        assert open_files(path) == 0

    def test_a_store_that_was_closed_opens_again(self, patient: SQLiteDataStore) -> None:
        patient[Artist].create(name="a")
        patient.close()
        assert patient[Artist].count() == 1

    def test_a_store_in_memory_that_was_closed_begins_anew(self) -> None:
        with closing(SQLiteDataStore(":memory:", models=MODELS)) as store:
            store[Artist].create(name="a")
            store.close()
            assert store[Artist].count() == 0

    def test_a_snapshot_in_memory_waits_for_another_threads_transaction(self) -> None:
        with closing(SQLiteDataStore(":memory:", models=MODELS)) as store:
            asked, read, written = threading.Event(), threading.Event(), threading.Event()
            counts = []

            def reader() -> None:
                snapshot = store.snapshot()
                asked.set()
                with snapshot:
                    counts.append(store[Artist].count())
                    read.set()
                    assert not written.wait(0.2)
                    counts.append(store[Artist].count())

            thread = threading.Thread(target=reader)
            with store.transaction():
                store[Artist].create(name="a")
                thread.start()
                asked.wait()
            read.wait()
            store[Artist].create(name="b")
            written.set()
            thread.join()
            assert counts == [1, 1]

    @pytest.mark.parametrize(("durability", "synchronous"), [("full", 2), ("normal", 1)])
    def test_durability(self, path: Path, durability: str, synchronous: int) -> None:
        with closing(SQLiteDataStore(path, models=MODELS, durability=durability)) as store:
            found: list[object] = []
            for _ in range(2):
                in_threads(lambda number: found.append(store._connections.session().rows("PRAGMA synchronous")), 1)
            assert found == [[(synchronous,)], [(synchronous,)]]

    def test_durability_is_full_unless_said(self, path: Path) -> None:
        with closing(SQLiteDataStore(path)) as store:
            assert store._connections.session().rows("PRAGMA synchronous") == [(2,)]

    def test_another_durability_is_misdeclared(self, path: Path) -> None:
        with pytest.raises(Misdeclared, match="durability is one of full, normal, not 'off'"):
            SQLiteDataStore(path, durability="off")


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # Python 3.12 and later, where there are threads
class TestForks:
    def test_a_child_uses_a_connection_of_its_own(self, patient: SQLiteDataStore) -> None:
        patient[Artist].create(name="before")

        def work() -> bool:
            return patient[Artist].count() == 1 and patient[Artist].create(name="child").pk == 2

        assert in_child(work) == 0
        patient[Artist].create(name="after")
        assert [artist.name for artist in patient[Artist]] == ["before", "child", "after"]

    def test_a_child_of_a_transaction_does_without_the_store(self, patient: SQLiteDataStore) -> None:
        with patient.transaction():
            patient[Artist].create(name="parent")

            def work() -> bool:
                with pytest.raises(StoreUnusable, match=r"was forked while its parent was using .*shop\.db; fork outside of transactions"):
                    patient[Artist].count()
                return True

            assert in_child(work) == 0
            patient[Artist].create(name="parent too")
        assert patient[Artist].count() == 2
        assert in_child(lambda: patient[Artist].count() == 2) == 0

    def test_what_a_child_wrote_stays_when_its_parent_closes_first(self, patient: SQLiteDataStore, path: Path) -> None:
        patient[Artist].create(name="parent")
        (may_write, write_now), (has_begun, begun) = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                patient[Artist].create(name="child")
                os.write(begun, b".")
                os.read(may_write, 1)
                patient[Artist].create(name="child, later")
                code = 0
            finally:
                os._exit(code)
        os.read(has_begun, 1)
        patient.close()
        with closing(sqlite3.connect(path)) as file:  # it takes the log away if it believes to be the last one
            assert file.execute("SELECT count(*) FROM artist").fetchone() == (2,)
        os.write(write_now, b".")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        for end in (may_write, write_now, has_begun, begun):
            os.close(end)
        assert [artist.name for artist in patient[Artist]] == ["parent", "child", "child, later"]

    def test_a_child_inherits_no_open_file(self, patient: SQLiteDataStore, path: Path) -> None:
        patient[Artist].create(name="a")
        assert in_threads(lambda number: patient[Artist].count(), 2) == []
        assert in_child(lambda: open_files(path) == 0) == 0

    def test_threads_go_on_while_their_process_forks(self, patient: SQLiteDataStore, full: bool) -> None:
        done = threading.Event()
        written: list[UUID] = []

        def write() -> None:
            with patient.transaction():
                city = patient[City].create()
                written.append(patient[City].get(pk=city.pk).pk)

        def fork() -> None:
            for _ in range(300 if full else 30):
                assert in_child(lambda: True) == 0

        assert in_threads(lambda number: until(done, write) if number else ending(done, fork), 4) == []
        assert {city.pk for city in patient[City]} == set(written) != set()

    def test_children_that_end_in_the_ordinary_way_leave_their_parent_whole(self, path: Path) -> None:
        said, complaints = started(PREFORK, path).communicate(timeout=60)
        assert (said, complaints) == ("['after', 'before', 'worker 0', 'worker 1']\n", "")
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def test_a_database_in_memory_belongs_to_one_process(self) -> None:
        with closing(SQLiteDataStore(":memory:", models=MODELS)) as store:
            store[Artist].create(name="a")

            def work() -> bool:
                with pytest.raises(Misdeclared, match="a database in memory belongs to one process"):
                    store[Artist].count()
                return True

            assert in_child(work) == 0
            assert store[Artist].count() == 1


class TestTheFirstStart:
    def test_raced_by_several_processes(self, path: Path, full: bool) -> None:
        for n in range(20 if full else 2):
            place = path.with_name(f"{n}.db")
            keys = [key for process in writers(place, 5, 2) for key in printed(process)]
            assert sorted(keys) == list(range(1, 11))
            with closing(sqlite3.connect(place)) as file:
                assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    @pytest.mark.parametrize("held", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "BEGIN; SELECT * FROM t"])
    def test_waits_until_a_file_is_free_for_its_log(self, path: Path, held: str) -> None:
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
            other.executescript(f"CREATE TABLE t (a); {held}")
            release = threading.Timer(0.3, other.execute, ("ROLLBACK",))
            release.start()
            with closing(SQLiteDataStore(path, models=MODELS, timeout=PATIENT)) as store:
                assert store[Artist].create(name="a").pk == 1
            release.join()

    def test_does_not_wait_for_ever(self, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.executescript("CREATE TABLE t (a); BEGIN EXCLUSIVE")
            with closing(SQLiteDataStore(path, models=MODELS, timeout=0.2)) as store:
                with pytest.raises(Busy):
                    store[Artist].count()
                other.execute("ROLLBACK")
                assert store[Artist].count() == 0


class TestBusy:
    @pytest.fixture
    def held(self, path: Path) -> Iterator[SQLiteDataStore]:
        """A store that waits a tenth of a second, on a file in which somebody else is writing."""
        with closing(SQLiteDataStore(path, models=MODELS, timeout=0.1)) as store:
            store[Artist].create(name="a")
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.executescript("BEGIN IMMEDIATE; DELETE FROM artist")
                yield store

    @pytest.mark.parametrize(
        "write",
        [
            lambda store: store[Artist].create(name="b"),
            lambda store: store[Artist].bulk_create([{"name": "b"}, {"name": "c"}]),
            lambda store: store[Artist].update(name="b"),
            lambda store: store[Artist].delete(),
            lambda store: store.transaction().__enter__(),
        ],
        ids=["create", "bulk_create", "update", "delete", "transaction"],
    )
    def test_a_write_beyond_the_timeout(self, held: SQLiteDataStore, write: Callable[[SQLiteDataStore], object]) -> None:
        with pytest.raises(Busy, match="the database is busy; try again"):
            write(held)

    def test_reading_goes_on(self, held: SQLiteDataStore) -> None:
        assert held[Artist].get().name == "a"
        assert held.read(held[Artist].all().plan._replace(total=True)).total == 1

    def test_a_transaction_that_could_not_begin_leaves_nothing_behind(self, held: SQLiteDataStore) -> None:
        with pytest.raises(Busy), held.transaction():
            pytest.fail("it began")
        assert held[Artist].count() == 1


class TestKills:
    def test_what_was_reported_is_there_after_a_kill(self, path: Path, full: bool) -> None:
        reported: list[int] = []
        for n in range(40 if full else 3):
            (process,) = writers(path, 1, 100_000, "full" if n % 2 else "normal")
            assert process.stdout is not None
            reported += [int(process.stdout.readline()) for _ in range(1 + n * 7 % 40)]
            process.send_signal(signal.SIGKILL)
            reported += [int(line) for line in process.communicate()[0].split("\n")[:-1]]
            with closing(SQLiteDataStore(path, models=MODELS, timeout=PATIENT)) as store:
                assert store[Artist].filter(pk__in=reported).count() == len(set(reported)) == len(reported)
                assert store[Artist].count() == store[Album].count()
                store[Album].delete()
                store[Artist].delete()
            reported.clear()
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert file.execute("PRAGMA foreign_key_check").fetchall() == []
