"""What stands in the way of serving is said in one line on stderr, with exit code 1 and no traceback."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.serving import HANG_SECONDS, PYREST_RUN, RUN_PY, Ended, ended, free_port, listening, serving, until

NOTE = """
from pyrest import MemoryDataStore, SQLiteDataStore, Wrapper, models

class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
"""

APP = (
    NOTE
    + """
wrapper = Wrapper([Note], datastore=SQLiteDataStore("notes.db"))
app = wrapper.create_app()
"""
)


def refusal(said: Ended) -> str:
    """The one line, without its `Error: `."""
    assert (said.exit_code, said.stdout) == (1, ""), said
    (line,) = said.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


# The address.


@pytest.fixture
def port() -> str:
    return str(free_port())


def test_the_port_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refusal(ended(tmp_path, "--port", str(port)))
    assert said == f"port {port} on 127.0.0.1 is in use; stop what uses it, or choose another with --port"


@pytest.mark.parametrize("option", [[], ["--debug"], ["--host", "0.0.0.0"]], ids=["plainly", "in debug", "on all addresses"])
def test_the_port_is_in_use_by_a_server_of_ours(tmp_path: Path, option: list[str]) -> None:
    with serving(tmp_path) as first:
        said = refusal(ended(tmp_path, "--port", str(first.port), *option))
        assert first.ask("GET", "/").status == 200
    assert f"port {first.port} on " in said
    assert "is in use" in said


def test_of_servers_started_at_once_on_one_port_one_serves(tmp_path: Path, port: str) -> None:
    command = [sys.executable, *RUN_PY, "--port", port]
    started = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(3)]
    try:
        until(lambda: sum(process.poll() == 1 for process in started) == 2)
        until(lambda: listening(int(port)))
    finally:
        for process in started:
            process.terminate()
    lines = [process.communicate(timeout=HANG_SECONDS)[1].decode() for process in started]
    assert sorted(process.returncode for process in started) == [0, 1, 1]
    assert sorted(line.count("is in use") for line in lines) == [0, 1, 1]


def test_a_port_is_free_again_after_a_stop_with_connections_open(tmp_path: Path) -> None:
    with serving(tmp_path) as first, first.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
        first.stop()
        with serving(tmp_path, "--port", str(first.port), port=first.port) as second:
            assert second.ask("GET", "/").status == 200


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("nowhere.invalid", "there is no host 'nowhere.invalid'"),
        ("", "there is no host ''"),
        ("a" * 64, f"there is no host {'a' * 64!r}"),
        ("203.0.113.7", "203.0.113.7 is no address of this machine; choose another with --host"),
    ],
    ids=["unknown", "empty", "too long", "of another machine"],
)
def test_no_such_host(tmp_path: Path, port: str, host: str, line: str) -> None:
    assert refusal(ended(tmp_path, "--host", host, "--port", port)) == line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every port")
def test_a_port_that_only_root_may_use(tmp_path: Path) -> None:
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 1:
        pytest.skip("everybody may use every port here")
    assert refusal(ended(tmp_path, "--port", "1")) == "no permission to use port 1; choose one above 1023 with --port"


@pytest.mark.parametrize(
    "options", [["--port", "0"], ["--port", "65536"], ["--port", "http"], ["--workers", "0"], ["--nonsense"]], ids=" ".join
)
def test_options_that_are_none_are_explained(tmp_path: Path, options: list[str]) -> None:
    said = ended(tmp_path, *options)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.startswith("Usage: run.py ")
    assert options[0] in said.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


# The file.


@pytest.mark.parametrize(
    ("db", "reason"),
    [
        ("none/book.db", "there is no directory "),
        ("text.txt", "no SQLite database"),
        ("text.txt/book.db", ""),
        (".", "it is a directory"),
    ],
    ids=["a directory that is not there", "a file that is no database", "a file for a directory", "a directory"],
)
def test_the_file_cannot_be_a_database(tmp_path: Path, port: str, db: str, reason: str) -> None:
    (tmp_path / "text.txt").write_text("no database, but long enough for the header of one: " + "a" * 100)
    said = refusal(ended(tmp_path, "--db", db, "--port", port))
    assert said.startswith(f"cannot open the database {(tmp_path / db).resolve()}: ")
    assert reason in said


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here, the directory that even root cannot write into")
def test_a_directory_that_nobody_can_write_into(tmp_path: Path, port: str) -> None:
    assert refusal(ended(tmp_path, "--db", "/proc/book.db", "--port", port)).startswith("cannot open the database /proc/book.db: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every directory")
def test_a_directory_without_permission(tmp_path: Path, port: str) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    said = refusal(ended(tmp_path, "--db", "closed/book.db", "--port", port))
    assert said == f"cannot open the database {closed.resolve()}/book.db: no permission to write into the directory {closed.resolve()}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every file")
def test_a_file_without_permission(tmp_path: Path, port: str) -> None:
    file = tmp_path / "book.db"
    file.touch(mode=0o400)
    said = refusal(ended(tmp_path, "--db", "book.db", "--port", port))
    assert said == f"cannot open the database {file.resolve()}: no permission to write it"


def test_a_damaged_file(tmp_path: Path, port: str) -> None:
    file = tmp_path / "book.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE address (id INTEGER PRIMARY KEY)")
    file.write_bytes(file.read_bytes()[:100] + b"\xff" * 8092)
    said = refusal(ended(tmp_path, "--db", "book.db", "--port", port))
    assert said.startswith(f"cannot open the database {file.resolve()}: ")


def test_a_table_of_somebody_elses_that_lacks_columns(tmp_path: Path, port: str) -> None:
    with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
        connection.execute("CREATE TABLE address (id INTEGER PRIMARY KEY, country TEXT, city TEXT, street TEXT)")
    said = refusal(ended(tmp_path, "--db", "book.db", "--port", port))
    assert said == (
        'Address.number: the table "address" has no column "number".'
        ' To add it, run: ALTER TABLE "address" ADD COLUMN "number" INTEGER NOT NULL DEFAULT 0;'
    )


def test_a_field_was_added_after_the_file_was_made(tmp_path: Path) -> None:
    module, file = tmp_path / "notes.py", tmp_path / "notes.db"
    module.write_text(APP)
    with serving(tmp_path, "notes:app", command=PYREST_RUN) as server:
        server.ask("POST", "/note/", {"text": "milk"})
    module.write_text(APP.replace("required=True)\n", "required=True)\n    done = models.BooleanField(default=False)\n"))
    said = refusal(ended(tmp_path, "notes:app", command=PYREST_RUN))
    facts, _, statement = said.partition("To add it, run: ")
    assert facts == 'Note.done: the table "note" has no column "done". '
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement)
    with serving(tmp_path, "notes:app", command=PYREST_RUN) as server:
        assert server.ask("GET", "/note/1/").json == {"done": False, "id": 1, "ressource_uri": "/note/1/", "text": "milk"}


@pytest.mark.parametrize(
    ("store", "where"), [('SQLiteDataStore(":memory:")', ":memory:"), ("MemoryDataStore()", "memory")], ids=["sqlite", "memory"]
)
def test_a_store_in_memory_with_two_workers(tmp_path: Path, port: str, store: str, where: str) -> None:
    (tmp_path / "notes.py").write_text(APP.replace('SQLiteDataStore("notes.db")', store))
    said = refusal(ended(tmp_path, "notes:app", "--workers", "2", "--port", port, command=PYREST_RUN))
    assert said == f"2 workers would each have a database {where} of their own; give the store a file, or use --workers 1"


# The module.


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("nothing:app", "there is no module 'nothing' in {directory}"),
        ("notes.nothing:app", "there is no module 'notes.nothing' in {directory}"),
        ("notes:ap", "the module notes has no 'ap'; did you mean \"app\"?"),
        ("unmade:app", "the module unmade has no 'app'; write app = wrapper.create_app()"),
        ("unmade", "the module unmade has no 'app'; write app = wrapper.create_app()"),
        (
            "unmade:wrapper",
            "unmade:wrapper is a Wrapper; serve the application that its create_app() returns: app = wrapper.create_app()",
        ),
        ("notes:Note", "notes:Note is no Flask application"),
        ("notes.py", "'notes.py' is no MODULE:APP, such as address_book:app for the app in address_book.py"),
        ("./notes:app", "'./notes:app' is no MODULE:APP, such as address_book:app for the app in address_book.py"),
        (":app", "':app' is no MODULE:APP, such as address_book:app for the app in address_book.py"),
    ],
)
def test_nothing_to_serve(tmp_path: Path, port: str, target: str, line: str) -> None:
    (tmp_path / "notes.py").write_text(APP)
    (tmp_path / "unmade.py").write_text(NOTE + "wrapper = Wrapper([Note], datastore=MemoryDataStore())\n")
    said = refusal(ended(tmp_path, target, "--port", port, command=PYREST_RUN))
    assert said == line.format(directory=tmp_path.resolve())


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("again = models.PkField()", "Note has 2 keys (id, again)"),
        (
            'book = models.IntegerField(foreign={"table": "bok", "column": "id"})',
            'Note.book: no model has the table "bok"',
        ),
    ],
    ids=["two keys", "a foreign table that nobody declares"],
)
def test_a_wrong_declaration(tmp_path: Path, port: str, field: str, line: str) -> None:
    (tmp_path / "notes.py").write_text(APP.replace("required=True)\n", f"required=True)\n    {field}\n"))
    assert refusal(ended(tmp_path, "notes:app", "--port", port, command=PYREST_RUN)).startswith(line)
    assert not (tmp_path / "notes.db").exists()


def test_a_fault_in_the_users_own_code_keeps_its_traceback(tmp_path: Path, port: str) -> None:
    (tmp_path / "notes.py").write_text("import a_module_that_is_not_installed\n")
    said = ended(tmp_path, "notes:app", "--port", port, command=PYREST_RUN)
    assert said.exit_code == 1
    assert "notes.py" in said.stderr
    assert said.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'a_module_that_is_not_installed'"
