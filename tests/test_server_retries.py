"""Writes while the server is killed: what is sent again with its key happens once, and a batch happens as a whole or not at all."""

from __future__ import annotations

import http.client
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.serving import HANG_SECONDS, PYREST_RUN, Answer, Server, free_port, serving, until

NOTES = """
from pyrest import Endpoint, SQLiteDataStore, Wrapper, models

class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True, max_length=20)
    below = models.ForeignKey("note", related_name="above")

app = Wrapper([Note], datastore=SQLiteDataStore("notes.db", timeout=20)).create_app()
"""

CLIENTS = 4

Told = Callable[[str, object], None]


class Harassed:
    """A server that is killed and started again, and clients that do not give up."""

    def __init__(self, directory: Path) -> None:
        (directory / "notes.py").write_text(NOTES)
        self.directory = directory
        self.port = free_port()
        self.kills = 0
        self.unanswered: list[str] = []
        """The paths of requests that were sent, and never answered."""
        self._server: Server | None = None

    def serve(self, work: Callable[[int], object], jobs: int, kills: int) -> None:
        """Does all jobs, while the server is killed so many times."""
        chance = random.Random(kills)
        done = Counter[int]()

        def one(number: int) -> None:
            work(number)
            done[0] += 1

        with ThreadPoolExecutor(CLIENTS) as clients:
            running = [clients.submit(one, number) for number in range(jobs)]
            while not all(job.done() for job in running):
                options = ("--port", str(self.port), "--workers", "2")
                with serving(self.directory, "notes:app", *options, command=PYREST_RUN, port=self.port) as server:
                    self._server = server
                    # A kill hits in the middle of the work, wherever that is by then.
                    goal = jobs * (self.kills + chance.random()) / kills
                    until(lambda goal=goal: done[0] >= goal or all(job.done() for job in running))
                    if self.kills < kills and not all(job.done() for job in running):
                        time.sleep(chance.random() / 50)
                        server.kill()
                        self.kills += 1
                    else:
                        until(lambda: all(job.done() for job in running))
        for job in running:
            job.result()

    def ask(self, path: str, body: Any, **headers: str) -> Answer | None:
        """The answer, or None where there was none: nobody knows then what has happened."""
        try:
            assert self._server is not None
            return self._server.ask("POST", path, body, headers)
        except (OSError, http.client.HTTPException, AssertionError) as fault:
            if not isinstance(fault, ConnectionRefusedError | AssertionError):
                self.unanswered.append(path)
            time.sleep(0.02)
            return None

    def rows(self) -> list[tuple[str, int | None]]:
        with closing(sqlite3.connect(self.directory / "notes.db")) as file:
            return file.execute("SELECT text, below FROM note ORDER BY id").fetchall()


def test_each_post_with_a_key_happens_once(tmp_path: Path, full: bool, record_property: Told) -> None:
    posts, kills = (1000, 20) if full else (60, 3)
    server = Harassed(tmp_path)
    answers: dict[int, list[Answer]] = {number: [] for number in range(posts)}

    def post(number: int) -> None:
        deadline = time.monotonic() + 4 * HANG_SECONDS
        wanted = random.Random(number).randint(1, 3)
        while len(answers[number]) < wanted and time.monotonic() < deadline:
            found = server.ask("/note/", {"text": str(number)}, **{"Idempotency-Key": f"key-{number}"})
            if found is not None:
                answers[number].append(found)

    server.serve(post, posts, kills)
    assert server.kills >= kills // 2
    assert server.unanswered
    assert Counter(text for text, _ in server.rows()) == Counter(str(number) for number in range(posts))
    for found in answers.values():
        assert {(one.status, one.headers["location"]) for one in found} == {(201, found[0].headers["location"])}
        assert [one.headers.get("idempotency-replayed") for one in found[1:]] == ["true"] * (len(found) - 1)
    rescued = sum("idempotency-replayed" in found[0].headers for found in answers.values())
    told = "kills, requests without an answer, rows of which the first answer is a replay"
    record_property(told, (server.kills, len(server.unanswered), rescued))


def test_a_batch_happens_as_a_whole_or_not_at_all(tmp_path: Path, full: bool, record_property: Told) -> None:
    batches, kills = (100, 30) if full else (24, 4)
    server = Harassed(tmp_path)
    sent: dict[int, int] = {}
    answered: dict[int, int] = {}
    lock = threading.Lock()

    def post(number: int) -> None:
        chance = random.Random(number)
        size = chance.randint(1, 60)
        bad = chance.choice([None, chance.randrange(size)])
        texts = [str(number)] * size
        if bad is not None:
            texts[bad] = "x" * 21
        requests = [{"method": "POST", "path": "/note/", "body": {"text": text}, "id": f"n{i}"} for i, text in enumerate(texts)]
        for before, one in enumerate(requests[1:]):
            one["body"] = {**one["body"], "below": {"$key": f"n{before}"}}  # type: ignore[dict-item]  # a reference stands where a text stood
        found = server.ask("/batch/", {"requests": requests})
        with lock:
            sent[number] = size
            if found is not None:
                answered[number] = found.status
                assert found.status == (200 if bad is None else 400)
                assert bad is None or found.json["index"] == bad

    def persistent(number: int) -> None:
        until(lambda: server.ask("/batch/", {"requests": [{"method": "GET", "path": "/note/?count=1"}]}))
        post(number)

    server.serve(persistent, batches, kills)
    there = Counter(int(text) for text, _ in server.rows())
    assert server.kills >= kills // 2
    assert len(answered) < batches or not full
    assert len(sent) == batches
    for number, size in sent.items():
        possible = {200: {size}, 400: {0}}.get(answered.get(number, 0), {0, size})
        assert there[number] in possible
    unknown = [there[number] for number in sent if number not in answered]
    record_property("kills, batches without an answer, of these done", (server.kills, len(unknown), sum(map(bool, unknown))))
    firsts = [text for text, below in server.rows() if below is None]
    assert Counter(map(int, firsts)) == Counter(there.keys())
