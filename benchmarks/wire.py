"""Asking over the wire: both sides behind the server that pyrest has, and a small client that keeps its connections."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.operations import HEADERS, Answer, Request

CONNECTIONS = 4
_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n", re.I)


class Connection:
    """One connection that is kept, and the bytes of one answer after the other."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, request: bytes) -> tuple[bytes, bytes]:
        """Sends a request; returns the answer's head and its body."""
        self._socket.sendall(request)
        received = self._more()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head, body = received[: end + 2], received[end + 4 :]
        found = _LENGTH.search(head)
        while len(body) < (int(found[1]) if found else 0):
            body += self._more()
        return head, body

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server has closed the connection")
        return received


class OverTheWire:
    """One server, asked over a few connections at a time."""

    def __init__(self, port: int) -> None:
        self._connections = [Connection(port) for _ in range(CONNECTIONS)]
        self._threads = ThreadPoolExecutor(CONNECTIONS)

    def ask(self, request: Request) -> Answer:
        head, body = self._connections[0].exchange(_message(request))
        status, *lines = head.decode("latin-1").splitlines()
        headers = {name.title(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Answer(int(status.split(" ")[1]), {name: headers[name] for name in sorted(headers) if name in HEADERS}, body)

    def seconds(self, requests: Iterable[Request]) -> float:
        """How long these requests take, shared among the connections."""
        messages = [_message(request) for request in requests]
        shares = [messages[i::CONNECTIONS] for i in range(CONNECTIONS)]
        start = time.perf_counter()
        list(self._threads.map(_exchange_all, self._connections, shares))
        return time.perf_counter() - start

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._threads.shutdown()


@contextmanager
def serving(side: str, path: Path) -> Iterator[OverTheWire]:
    """A server of one side over a file, for as long as the context lasts."""
    port = _free_port()
    environment = os.environ | {"BENCHMARK_SIDE": side, "BENCHMARK_DB": str(path)}
    command = [sys.executable, "-m", "benchmarks.served", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _await(port, process)
            with closing(OverTheWire(port)) as client:
                yield client
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            Connection(port).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server does not start; it says why above")


def _exchange_all(connection: Connection, messages: list[bytes]) -> None:
    for message in messages:
        connection.exchange(message)


def _message(request: Request) -> bytes:
    # The same Host on both sides: the Location of a new row holds it.
    head = [f"{request.method} {request.target} HTTP/1.1", "Host: localhost", f"Accept: {request.accept}", "User-Agent: benchmarks"]
    if request.known:
        head.append(f"If-None-Match: {request.known}")
    if request.method == "POST":
        head += [f"Content-Type: {request.content_type}"] if request.content_type else []
        head += [f"Content-Length: {len(request.body)}"]
    return "\r\n".join((*head, "", "")).encode() + request.body
