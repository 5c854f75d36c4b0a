"""Exports and imports of a real server: what memory they take, and what becomes of them when a client goes away or stalls."""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving import PYREST_RUN, Server, serving, until

NOTES = """
from pyrest import Endpoint, SQLiteDataStore, Wrapper, models, serializers

class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    number = models.IntegerField()

class Notes(Endpoint):
    model = Note
    exclude = ("id",)
    max_import = 2**30

class Failing(serializers.ModelSerializer):
    class Meta:
        model = Note

    def to_representation(self, row):
        if row.id == 600:
            raise RuntimeError("this row cannot be shown")
        return {"text": row.text}

class Failures(Endpoint):
    name = "failing"
    serializer = Failing

store = SQLiteDataStore("notes.db", durability="normal")
app = Wrapper([Notes, Failures], datastore=store).create_app()
"""

MEGABYTE = 2**20
LENGTH = 2000
ROWS = 20_000
"""Together 40 MB, which nothing here may hold at once."""

GROWTH = 20
"""By how many megabytes a worker may grow beyond what it takes to start: parts of 500 rows, and SQLite's own pages."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("notes")
    (directory / "notes.py").write_text(NOTES)
    with serving(directory, "notes:app", "--workers", "1", command=PYREST_RUN) as server:
        fill(directory / "notes.db", ROWS, LENGTH)
        yield server


def fill(path: Path, rows: int, length: int) -> None:
    other = sqlite3.connect(path)
    with other:
        other.executemany("INSERT INTO note (text, number) VALUES (?, ?)", (("x" * length, number) for number in range(rows)))
    other.close()


def peak(server: Server) -> float:
    """The most memory, in megabytes, that any process of the server ever had."""
    status = (Path(f"/proc/{pid}/status").read_text() for pid in server.processes())
    return max(int(found[1]) / 1024 for text in status if (found := re.search(r"VmHWM:\s+(\d+) kB", text)))


def csv_lines(rows: int, length: int) -> Iterator[bytes]:
    yield b"text,number\r\n"
    for start in range(0, rows, 100):
        yield b"".join(b"%s,%d\r\n" % (b"y" * length, number) for number in range(start, min(rows, start + 100)))


def imported(server: Server, rows: int, length: int, timeout: float) -> tuple[int, object]:
    """The status and the answer of an upload, which has no Content-Length."""
    with server.connection(timeout) as connection:
        connection.request("POST", "/note/", csv_lines(rows, length), {"Content-Type": "text/csv"}, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def exported(server: Server, path: str, timeout: float) -> tuple[int, int]:
    """How many bytes and lines an export has."""
    with asked(server, path, timeout) as answer:
        assert answer.status == 200
        size = lines = 0
        while part := answer.read(MEGABYTE):
            size, lines = size + len(part), lines + part.count(b"\n")
    return size, lines


@contextmanager
def asked(server: Server, path: str, timeout: float = 30) -> Iterator[http.client.HTTPResponse]:
    """An answer of which nothing was read but its head. Then its connection is closed."""
    with server.connection(timeout) as connection:
        connection.request("GET", path)
        with connection.getresponse() as answer:
            yield answer


EVERYTHING = "/note/?format=csv&count=all"


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_an_export_takes_little_memory(server: Server, form: str) -> None:
    before = peak(server)
    size, lines = exported(server, f"/note/?format={form}&count=all", 30)
    assert lines >= ROWS
    assert size > ROWS * LENGTH
    assert peak(server) - before < GROWTH


def test_an_import_takes_little_memory(server: Server) -> None:
    before = peak(server)
    assert imported(server, ROWS // 2, LENGTH * 2, 30) == (201, {"created": ROWS // 2})
    assert peak(server) - before < GROWTH


def test_who_goes_away_makes_room(server: Server) -> None:
    for _ in range(3):
        with asked(server, EVERYTHING) as one, asked(server, EVERYTHING) as another:
            assert (one.status, another.status) == (200, 200)
            refused = server.ask("GET", EVERYTHING)
            assert (refused.status, refused.headers["retry-after"]) == (503, "5")
            assert server.ask("GET", "/note/?count=1").status == 200
        until(lambda: server.ask("GET", f"{EVERYTHING}&number=1").status == 200)


def test_what_fails_in_the_middle_does_not_look_whole(server: Server) -> None:
    with asked(server, "/failing/?format=ndjson&count=all") as answer:
        lines = answer.read().splitlines()
    assert len(lines) == 501
    with pytest.raises(json.JSONDecodeError):
        json.loads(lines[-1])
    until(lambda: "this row cannot be shown" in server.stderr)


@pytest.mark.full
def test_a_million_rows_in_and_out(tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text(NOTES)
    with serving(tmp_path, "notes:app", "--workers", "1", command=PYREST_RUN) as server:
        assert imported(server, 1_000_000, 50, 600) == (201, {"created": 1_000_000})
        assert peak(server) < 100
        assert exported(server, EVERYTHING, 600)[1] == 1_000_001
        assert exported(server, "/note/?format=ndjson&count=all", 600)[1] == 1_000_000
        assert exported(server, f"{EVERYTHING}&ordering=-number", 600)[1] == 1_000_001
        assert peak(server) < 100
