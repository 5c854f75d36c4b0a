"""How a server ends: what it finishes, and what it leaves behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serving import PYREST_RUN, Server, answer_on, exchange, listening, serving, until

NOTES = """
import time
from pathlib import Path
from pyrest import Endpoint, SQLiteDataStore, Wrapper, models

class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)

class Notes(Endpoint):
    model = Note

    def before_write(self, change):
        Path("begun").touch()
        while not Path("go").exists():
            time.sleep(0.01)

app = Wrapper([Notes], datastore=SQLiteDataStore("notes.db")).create_app()
"""

STALLED = b"POST /address/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"

BODY = b'{"text": "milk"}'
POST = b"POST /note/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Server]:
    """A server whose writes make the file `begun` and wait for the file `go`."""
    (tmp_path / "notes.py").write_text(NOTES)
    with serving(tmp_path, "notes:app", command=PYREST_RUN) as server:
        yield server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_requests_in_hand_are_finished(slow: Server, tmp_path: Path, number: signal.Signals) -> None:
    with slow.raw(POST + BODY) as client:
        until((tmp_path / "begun").exists)
        slow.send(number)
        until(lambda: not listening(slow.port))
        (tmp_path / "go").touch()
        answered = answer_on(client)
    assert (answered.status, answered.headers["location"]) == (201, "http://a/note/1/")
    assert slow.wait() == (0, slow.stdout, "")


def test_ctrl_c_in_a_terminal_finishes_them_too_however_often_it_comes(slow: Server, tmp_path: Path) -> None:
    with slow.raw(POST + BODY) as client:
        until((tmp_path / "begun").exists)
        for _ in range(5):
            slow.send_from_terminal(signal.SIGINT)
        until(lambda: not listening(slow.port))
        slow.send_from_terminal(signal.SIGINT)
        (tmp_path / "go").touch()
        assert answer_on(client).status == 201
    assert slow.wait().exit_code == 0


def test_a_request_in_hand_on_a_connection_kept_open_is_finished(slow: Server, tmp_path: Path) -> None:
    with slow.connection() as client:
        assert exchange(client, "GET", "/note/").status == 200
        client.request("POST", "/note/", BODY, {"Content-Type": "application/json"})
        until((tmp_path / "begun").exists)
        slow.send(signal.SIGTERM)
        until(lambda: not listening(slow.port))
        (tmp_path / "go").touch()
        assert client.getresponse().status == 201
    assert slow.wait().exit_code == 0


def test_connections_kept_open_without_a_request_are_closed(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") as asked, server.raw() as silent:
        assert answer_on(asked).status == 200
        assert server.stop() == (0, server.stdout, "")
        assert (asked.recv(1), silent.recv(1)) == (b"", b"")


@pytest.mark.full
def test_a_stalled_upload_does_not_keep_the_server_from_ending(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.raw(STALLED):
        assert server.ask("GET", "/").status == 200
        assert server.stop().exit_code == 0


def test_no_worker_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        server.send(signal.SIGKILL)
        assert server.wait().exit_code == -signal.SIGKILL
        until(lambda: not listening(server.port))
        until(lambda: not server.processes())


def test_nohup_lets_a_server_outlive_its_terminal(tmp_path: Path) -> None:
    with serving(tmp_path, command=("-c", IGNORING_SIGHUP)) as server:
        server.send_from_terminal(signal.SIGHUP)
        with ThreadPoolExecutor(4) as clients:
            assert set(clients.map(lambda _: server.ask("GET", "/").status, range(40))) == {200}
        assert server.stop().exit_code == 0


IGNORING_SIGHUP = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from run import main
main()
"""
