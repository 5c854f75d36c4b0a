"""`python run.py`, `pyrest run` and other servers of the same application, as a user starts them: real processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.serving import PYREST_RUN, Server, ended, exchange, listening, serving, until

VALMY = {"country": "France", "city": "Paris", "street": "quai de Valmy", "number": 110}
DUPONT = {"first_name": "Super", "last_name": "Dupont", "address": 1}

NOTES = """
import os
from pyrest import SQLiteDataStore, Wrapper, models

class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)

wrapper = Wrapper([Note], datastore=SQLiteDataStore("notes.db"), name="notes")
app = wrapper.create_app()

@app.get("/pid/")
def pid():
    return str(os.getpid())
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A user's directory with a module of theirs."""
    (tmp_path / "notes.py").write_text(NOTES)
    return tmp_path


# The transcript of the original, in an empty directory, in this order.


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if listening(5000):
        pytest.skip("port 5000 is taken on this machine: the transcript of the original is not tried")
    with serving(tmp_path_factory.mktemp("empty"), port=5000, host="localhost") as server:
        assert server.ask("POST", "/address/", VALMY) == created("http://localhost:5000/address/1/")
        assert server.ask("POST", "/users/", DUPONT) == created("http://localhost:5000/users/1/")
        yield server


def created(location: str) -> tuple[int, dict[str, str], bytes]:
    return 201, {"location": location, "content-type": "application/json", "content-length": "0"}, b""


def test_the_original_refuses_an_address_that_does_not_exist(original: Server) -> None:
    refused = original.ask("POST", "/users/", DUPONT | {"address": 2})
    assert (refused.status, refused.headers["content-type"]) == (400, "application/json")
    assert refused.json == {"error": "address does not validate", "errors": {"address": ['Invalid pk "2" - object does not exist.']}}


def test_the_original_shows_a_user(original: Server) -> None:
    shown = original.ask("GET", "/users/1/")
    assert (shown.status, shown.headers["content-type"]) == (200, "application/json")
    assert shown.json == {"address": 1, "first_name": "Super", "last_name": "Dupont", "ressource_uri": "/users/1/"}


def test_the_original_shows_the_users_of_an_address(original: Server) -> None:
    shown = original.ask("GET", "/users/?address=1")
    assert shown.status == 200
    assert shown.json == {
        "meta": {"count": 20, "filters": {"address": "1"}, "next": "null", "offset": 0, "previous": "null", "total_count": 1},
        "object_list": [{"address": 1, "first_name": "Super", "last_name": "Dupont", "ressource_uri": "/users/1/"}],
    }


# Options.


def test_the_urls_and_the_file_are_printed(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        said = server.stop()
    assert said.stderr == ""
    assert said.stdout.splitlines() == [
        f"address book 1.0 at {server.url}/",
        f"    {server.url}/users/",
        f"    {server.url}/address/",
        f"    database: {tmp_path.resolve()}/address_book.db",
        "Ctrl-C stops.",
    ]


def test_db_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path.resolve() / "elsewhere" / "people.db"
    with serving(tmp_path, "--db", "elsewhere/people.db") as server:
        server.ask("POST", "/address/", VALMY)
        assert f"database: {file}\n" in server.stdout
    with serving(tmp_path, "--db", str(file)) as server:
        assert server.ask("GET", "/address/1/").json["street"] == "quai de Valmy"
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


@pytest.mark.parametrize(("host", "asked"), [("localhost", "localhost"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.2", "127.0.0.2")])
def test_host(tmp_path: Path, host: str, asked: str) -> None:
    with serving(tmp_path, "--host", host, host=asked) as server:
        assert server.stdout.startswith(f"address book 1.0 at http://{host}:{server.port}/\n")


def test_a_host_of_ipv6_stands_in_brackets(tmp_path: Path) -> None:
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with serving(tmp_path, "--host", "::1", host="::1") as server:
        assert server.stdout.startswith(f"address book 1.0 at http://[::1]:{server.port}/\n")


def test_one_worker_serves_a_database_in_memory(tmp_path: Path) -> None:
    with serving(tmp_path, "--db", ":memory:", "--workers", "1") as server:
        assert server.ask("POST", "/address/", VALMY).status == 201
        with ThreadPoolExecutor(8) as clients:
            pages = clients.map(lambda _: server.ask("GET", "/address/"), range(40))
            assert {page.json["meta"]["total_count"] for page in pages} == {1}
    assert list(tmp_path.iterdir()) == []


# A module of the user's.


def test_pyrest_run_serves_a_module_of_the_current_directory(notes: Path) -> None:
    with serving(notes, "notes:app", command=PYREST_RUN) as server:
        assert server.ask("POST", "/note/", {"text": "milk"}).headers["location"] == f"{server.url}/note/1/"


def test_the_application_is_called_app_unless_said(notes: Path) -> None:
    with serving(notes, "notes", command=PYREST_RUN) as server:
        assert server.ask("GET", "/").json["name"] == "notes"


@pytest.mark.parametrize("workers", [1, 2])
def test_as_many_workers_serve_as_asked_for(notes: Path, workers: int) -> None:
    with serving(notes, "notes:app", "--workers", str(workers), command=PYREST_RUN) as server:
        pids: set[bytes] = set()

        def all_have_answered() -> bool:
            pids.add(server.ask("GET", "/pid/").body)
            return len(pids) >= workers

        until(all_have_answered)
        assert {server.ask("GET", "/pid/").body for _ in range(20)} | pids == pids


def test_a_worker_that_dies_is_replaced(notes: Path) -> None:
    with serving(notes, "notes:app", "--workers", "1", command=PYREST_RUN) as server:
        server.ask("POST", "/note/", {"text": "milk"})
        first = server.ask("GET", "/pid/").body
        os.kill(int(first), signal.SIGKILL)
        until(lambda: _body(server, "/pid/") not in (b"", first))
        assert server.ask("GET", "/note/1/").json["text"] == "milk"
        assert server.stop().exit_code == 0


# Writes.


def test_two_workers_lose_no_write_of_several_clients(tmp_path: Path, full: bool) -> None:
    clients, each = (8, 500) if full else (4, 50)
    with serving(tmp_path, "--workers", "2") as server:
        with ThreadPoolExecutor(clients) as pool:
            posted = pool.map(lambda client: _post_numbers(server, range(client * each, (client + 1) * each)), range(clients))
            locations = [location for some in posted for location in some]
        assert len(set(locations)) == clients * each
        assert server.ask("GET", "/address/?count=1").json["meta"]["total_count"] == clients * each


@pytest.mark.parametrize("round_", [0, *(pytest.param(n, marks=pytest.mark.full) for n in range(1, 20))])
def test_what_was_acknowledged_before_a_kill_is_there_afterwards(tmp_path: Path, round_: int) -> None:
    acknowledged: dict[int, str] = {}

    def write_until_killed(client: int) -> None:
        with server.connection() as connection, suppress(OSError):
            for number in range(client * 100_000, (client + 1) * 100_000):
                said = exchange(connection, "POST", "/address/", VALMY | {"number": number})
                acknowledged[number] = said.headers["location"].removeprefix(server.url)

    with serving(tmp_path, "--workers", "2") as server, ThreadPoolExecutor(4) as clients:
        writing = [clients.submit(write_until_killed, number) for number in range(4)]
        until(lambda: len(acknowledged) > 40 + 7 * round_)
        server.kill()
        for done in writing:
            done.result()
    with serving(tmp_path) as server, server.connection() as connection:
        kept = {number: exchange(connection, "GET", path) for number, path in acknowledged.items()}
    assert {number: shown.status == 200 and shown.json["number"] for number, shown in kept.items()} == {n: n for n in acknowledged}


def _post_numbers(server: Server, numbers: range) -> list[str]:
    with server.connection() as connection:
        return [exchange(connection, "POST", "/address/", VALMY | {"number": number}).headers["location"] for number in numbers]


# Flask's development server.


def test_debug_serves_with_flasks_development_server(tmp_path: Path) -> None:
    with serving(tmp_path, "--debug") as server:
        assert server.ask("POST", "/address/", VALMY).status == 201
        said = server.stop()
    assert said.exit_code == 0
    assert said.stdout.count(f"address book 1.0 at {server.url}/\n") == 1
    assert "This is a development server" in said.stderr


def test_debug_reloads_code_and_outlives_a_mistake_in_it(notes: Path) -> None:
    module, script = notes / "notes.py", notes / "pyrest"
    script.write_text("from pyrest.cli import main\nmain()\n")
    with serving(notes, "run", "notes:app", "--debug", command=(str(script),)) as server:
        module.write_text(NOTES + "this is no Python\n")
        until(lambda: b"SyntaxError" in _body(server, "/"))
        module.write_text(NOTES.replace('name="notes"', 'name="better notes"'))
        until(lambda: b"better notes" in _body(server, "/"))


def _body(server: Server, path: str) -> bytes:
    """What is at a path, nothing while the server starts anew."""
    try:
        return server.ask("GET", path).body
    except (OSError, HTTPException):
        return b""


# Other servers and tools.

WSGIREF = """
import sys
from wsgiref.simple_server import make_server
from tutorial.address_book import app
make_server("127.0.0.1", int(sys.argv[2]), app).serve_forever()
"""


def test_another_wsgi_server_serves_the_application(tmp_path: Path) -> None:
    with serving(tmp_path, command=("-c", WSGIREF)) as server:
        assert server.ask("POST", "/address/", VALMY) == created(f"{server.url}/address/1/")
        assert server.ask("GET", "/address/1/").json == VALMY | {"ressource_uri": "/address/1/"}


def test_flask_routes_lists_what_is_served(tmp_path: Path) -> None:
    said = ended(tmp_path, "--app", "tutorial.address_book", "routes", command=("-m", "flask"))
    assert said.exit_code == 0
    assert {tuple(line.split()) for line in said.stdout.splitlines()} >= {
        ("pyrest-root", "GET", "/"),
        ("users-list", "GET,", "POST", "/users/"),
        ("address-detail", "DELETE,", "GET,", "PATCH,", "PUT", "/address/<key>/"),
    }
