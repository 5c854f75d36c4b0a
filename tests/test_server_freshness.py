"""Two workers that remember answers, writers through both and one outside of pyrest: no answer is older than a write acknowledged before
the request for it was sent."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

from tests.serving import PYREST_RUN, Server, exchange, serving

GAUGES = """
import os

from pyrest import Endpoint, SQLiteDataStore, Wrapper, models
from pyrest.serializers import ModelSerializer


class Board(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Gauge(models.Model):
    id = models.PkField()
    value = models.IntegerField(required=True)
    board = models.ForeignKey(Board, required=True, on_delete="cascade", related_name="gauges")


class GaugeSerializer(ModelSerializer):
    class Meta:
        model = Gauge
        fields = ("id", "value")


class BoardSerializer(ModelSerializer):
    gauges = GaugeSerializer(many=True, read_only=True)

    class Meta:
        model = Board
        fields = ("name", "gauges")


class Boards(Endpoint):
    serializer = BoardSerializer


store = SQLiteDataStore("gauges.db", durability="normal")
wrapper = Wrapper([Boards, Gauge], datastore=store)
app = wrapper.create_app()


@app.after_request
def sign(response):
    response.headers["X-Worker"] = str(os.getpid())
    return response
"""

WRITERS = 3  # through the server; the last gauge is written outside of it
READERS = 6
REQUESTS_ON_A_CONNECTION = 50
PAGE = 50
PATHS = ("/gauge/", "/gauge/?ordering=-id&count=50", "/board/", "/board/1/", "/gauge/?value__gte=1&board__name=main", "/gauge/?count=1")


class Known:
    """What has been acknowledged so far: each gauge's value, and how many gauges there are."""

    def __init__(self) -> None:
        self.values = dict.fromkeys(range(1, WRITERS + 2), 1)
        self.gauges = WRITERS + 1


def write(server: Server, known: Known, key: int, over: Event) -> int:
    """Counts one gauge up, through one worker."""
    written = 0
    with server.connection() as connection:
        while not over.is_set():
            value = known.values[key] + 1
            answer = exchange(connection, "PATCH", f"/gauge/{key}/", {"value": value})
            if answer.status == 200:
                known.values[key] = value
                written += 1
            time.sleep(random.uniform(0, 0.03))
    return written


def write_outside(path: Path, known: Known, key: int, over: Event) -> int:
    """Counts the last gauge up and adds gauges, with plain sqlite3."""
    written = 0
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        while not over.is_set():
            value = known.values[key] + 1
            connection.execute("UPDATE gauge SET value = ? WHERE id = ?", (value, key))
            known.values[key] = value
            if written % 10 == 0 and known.gauges < PAGE:
                connection.execute("INSERT INTO gauge (value, board) VALUES (1, 1)")
                known.gauges += 1
            written += 1
            time.sleep(random.uniform(0, 0.03))
    return written


def read(server: Server, known: Known, over: Event) -> Counter[str]:
    """Asks for everything in turn, with the tags of what it has; what is older than it may be is told by an `AssertionError`."""
    seen: Counter[str] = Counter()
    had: dict[str, tuple[str, object]] = {}
    while not over.is_set():
        # The kernel gives a connection to either worker: of many, both have some.
        with server.connection() as connection:
            for _ in range(REQUESTS_ON_A_CONNECTION):
                path = random.choice(PATHS)
                values, gauges = dict(known.values), known.gauges
                tag, shown = had.get(path, ("", None))
                answer = exchange(connection, "GET", path, headers={"If-None-Match": tag} if tag and random.random() < 0.5 else {})
                if answer.status == 200:
                    shown = answer.json
                    had[path] = (answer.headers["etag"], shown)
                else:
                    assert answer.status == 304, answer
                seen[f"{answer.status}"] += 1
                seen[f"worker {answer.headers['x-worker']}"] += 1
                check(path, shown, values, gauges)
    return seen


def check(path: str, shown: object, values: dict[int, int], gauges: int) -> None:
    assert isinstance(shown, dict)
    rows = [row for board in shown.get("object_list", [shown]) for row in board["gauges"]] if "board/" in path else shown["object_list"]
    found = {int(row["ressource_uri"].split("/")[2]) if "ressource_uri" in row else row["id"]: row["value"] for row in rows}
    older = {key: (found[key], values[key]) for key in values if key in found and found[key] < values[key]}
    assert not older, f"{path} showed {older}: key: (shown, acknowledged before)"
    if path.startswith("/gauge/"):
        assert shown["meta"]["total_count"] >= gauges, path
    if "count=1" not in path:
        assert values.keys() <= found.keys()


def test_no_answer_is_older_than_what_was_acknowledged(tmp_path: Path, full: bool) -> None:
    (tmp_path / "gauges.py").write_text(GAUGES)
    known, over = Known(), Event()
    with serving(tmp_path, "gauges:app", "--workers", "2", command=PYREST_RUN) as server, ThreadPoolExecutor(32) as pool:
        server.ask("POST", "/board/", {"name": "main"})
        for _ in known.values:
            assert server.ask("POST", "/gauge/", {"value": 1, "board": 1}).status == 201
        path = tmp_path / "gauges.db"
        writing = [pool.submit(write, server, known, key, over) for key in range(1, WRITERS + 1)]
        writing.append(pool.submit(write_outside, path, known, WRITERS + 1, over))
        reading = [pool.submit(read, server, known, over) for _ in range(READERS)]
        wait(over, 60 if full else 3, lambda: any(one.done() for one in (*writing, *reading)))
        seen: Counter[str] = sum((one.result() for one in reading), Counter())
        written = [one.result() for one in writing]
    assert min(written) > 10
    assert seen["304"] > 10
    assert seen["200"] > 10
    assert len([name for name in seen if name.startswith("worker")]) == 2, seen


def wait(over: Event, seconds: float, ended: Callable[[], bool]) -> None:
    """Until the time is over, or somebody has ended before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not ended():
        time.sleep(0.05)
    over.set()
