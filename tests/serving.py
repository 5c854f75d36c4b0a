"""A real server process for tests: started in a directory of the test's, waited for, asked, ended; what it printed and its exit code."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]

RUN_PY = (str(REPOSITORY / "run.py"),)
PYREST_RUN = ("-c", "from pyrest.cli import main; main()", "run")

HANG_SECONDS = 30
"""Nothing takes as long unless it hangs."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    """By lower-case name, without Date and Server."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Ended(NamedTuple):
    """A command that is over."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass
class Server:
    """A server process in a session of its own, by which its workers are found."""

    process: subprocess.Popen[bytes]
    port: int
    host: str
    log: Path

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def stdout(self) -> str:
        return (self.log / "stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self.log / "stderr").read_text()

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}, timeout: float = HANG_SECONDS) -> Answer:
        """One request on a connection of its own. A body is sent as JSON, text and bytes as they are."""
        with self.connection(timeout) as connection:
            return exchange(connection, method, path, body, headers)

    def connection(self, timeout: float = HANG_SECONDS) -> closing[http.client.HTTPConnection]:
        """For several requests one after the other, each by `exchange`."""
        return closing(http.client.HTTPConnection(self.host, self.port, timeout=timeout))

    def raw(self, sent: bytes = b"", timeout: float = HANG_SECONDS) -> socket.socket:
        """A connection for what no client library would send."""
        opened = socket.create_connection((self.host, self.port), timeout)
        opened.sendall(sent)
        return opened

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the process that was started, as `kill` does."""
        self.process.send_signal(number)

    def send_from_terminal(self, number: signal.Signals) -> None:
        """Sends a signal to the group of the process that was started, as Ctrl-C does and the end of a terminal."""
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """Ends every process of the server at once, without a chance to do anything."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def processes(self) -> list[int]:
        """Those of its session that are there."""
        listed = subprocess.run(["ps", "-o", "pid=", "-s", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in listed.stdout.split()]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        self.send(number)
        return self.wait()

    def wait(self) -> Ended:
        """Waits for the end. Raises `TimeoutExpired` where there is none."""
        return Ended(self.process.wait(HANG_SECONDS), self.stdout, self.stderr)


@contextmanager
def serving(
    directory: Path, *arguments: str, command: Sequence[str] = RUN_PY, port: int | None = None, host: str = "127.0.0.1"
) -> Iterator[Server]:
    """A server that answers, started in a directory: `python run.py` unless another command is given, on a free port.

    `port` is for a command that chooses its port itself. Raises `AssertionError` with what it printed where it does not serve.
    """
    given = ("--port", str(free_port())) if port is None else ()
    with tempfile.TemporaryDirectory(prefix="server-") as log:
        server = _start((*command, *arguments, *given), directory, port or int(given[1]), host, Path(log))
        try:
            _wait_until_it_answers(server)
            yield server
            if server.process.poll() is None:
                server.stop()
        finally:
            server.kill()


def ended(directory: Path, *arguments: str, command: Sequence[str] = RUN_PY) -> Ended:
    """A command that ends by itself."""
    done = subprocess.run(
        [sys.executable, *command, *arguments],
        cwd=directory,
        env=_environment(command),
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def exchange(
    connection: http.client.HTTPConnection, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}
) -> Answer:
    """One request on an open connection."""
    if body is not None and not isinstance(body, str | bytes):
        body, headers = json.dumps(body), {"Content-Type": "application/json", **headers}
    connection.request(method, path, body, dict(headers))
    return answer(connection.getresponse())


def answer(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    stable = {name: value for name, value in headers.items() if name not in ("date", "server")}
    return Answer(response.status, stable, response.read())


def answer_on(opened: socket.socket, method: str = "GET") -> Answer:
    """The one answer that comes on a socket."""
    response = http.client.HTTPResponse(opened, method=method)
    response.begin()
    return answer(response)


def everything(opened: socket.socket) -> bytes:
    """All that comes on a socket until the server closes it."""
    with opened.makefile("rb") as stream:
        return stream.read()


def until(condition: Callable[[], Any]) -> None:
    """Waits until something is so. Raises `AssertionError` where it never is."""
    deadline = time.monotonic() + HANG_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "this never came to be so"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection((host, port), HANG_SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True


def _start(command: Sequence[str], directory: Path, port: int, host: str, log: Path) -> Server:
    with (log / "stdout").open("wb") as stdout, (log / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=directory, env=_environment(command), stdout=stdout, stderr=stderr, start_new_session=True
        )
    return Server(process, port, host, log)


def _wait_until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while True:
        try:
            server.ask("GET", "/")
            return
        except OSError:
            code = server.process.poll()
        if code is not None or time.monotonic() > deadline:
            raise AssertionError(f"it does not serve (exit code {code}):\n{server.stdout}{server.stderr}")
        time.sleep(0.01)


def _environment(command: Sequence[str]) -> dict[str, str]:
    """The environment of a user: nothing of this test run's, and pyrest installed unless the command finds it by itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FLASK", "WERKZEUG", "ADDRESS_BOOK"))}
    return kept if command == RUN_PY else kept | {"PYTHONPATH": str(REPOSITORY)}
