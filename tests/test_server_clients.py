"""Clients that stall, hang up, or send what no library would: the others are served, and nobody gets a 5xx."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.serving import PYREST_RUN, Server, answer_on, everything, serving, until

ANSWERED_SECONDS = 5
"""Whoever waits as long waits for a client that stalls."""

ROWS, LENGTH = 100, 20_000

NOTES = f"""
from pyrest import SQLiteDataStore, Wrapper, models

class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)

store = SQLiteDataStore("notes.db", durability="normal")
app = Wrapper([Note], datastore=store).create_app()
if not store[Note].exists():
    store[Note].bulk_create([{{"text": "a" * {LENGTH}}}] * {ROWS})
"""

JSON = b"Host: a\r\nContent-Type: application/json\r\n"
MILK = b'{"text":"milk"}'
LIMIT = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One worker over a list of two megabytes. Nothing that its clients do makes it say a word."""
    directory = tmp_path_factory.mktemp("notes")
    (directory / "notes.py").write_text(NOTES)
    with serving(directory, "notes:app", "--workers", "1", command=PYREST_RUN) as server:
        yield server
        said = server.stdout
        assert server.stop() == (0, said, "")
        assert said.endswith("Ctrl-C stops.\n")


def post(body: bytes, headers: bytes = JSON, path: bytes = b"/note/") -> bytes:
    return b"POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s" % (path, headers, len(body), body)


def get(path: bytes, headers: bytes = b"Host: a\r\n") -> bytes:
    return b"GET %s HTTP/1.1\r\n%s\r\n" % (path, headers)


def total(server: Server) -> int:
    found: int = server.ask("GET", "/note/?count=1").json["meta"]["total_count"]
    return found


def others_are_served(server: Server) -> None:
    for _ in range(20):
        assert server.ask("GET", "/note/1/", timeout=ANSWERED_SECONDS).status == 200
        assert server.ask("POST", "/note/", {"text": "milk"}, timeout=ANSWERED_SECONDS).status == 201


# Clients that stall.


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /note/ HT",
        get(b"/note/"),
        post(b"a" * 1000)[:-999],
        post(b"", JSON + b"Expect: 100-continue\r\n").replace(b"Content-Length: 0", b"Content-Length: 9"),
        b"POST /note/ HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{",
    ],
    ids=["says nothing", "stops in the headers", "asks no more", "stops in the body", "waits to be told to go on", "stops in a chunk"],
)
def test_clients_that_stall_do_not_keep_others_waiting(server: Server, begun: bytes) -> None:
    with ExitStack() as open_:
        for _ in range(40):
            open_.enter_context(server.raw(begun))
        others_are_served(server)


def test_clients_that_do_not_read_do_not_keep_others_waiting(server: Server) -> None:
    with ExitStack() as open_:
        for _ in range(40):
            slow = open_.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            slow.connect((server.host, server.port))
            slow.sendall(get(b"/note/?count=100") * 3)
        others_are_served(server)
        slow.settimeout(ANSWERED_SECONDS)
        assert len(answer_on(slow).json["object_list"]) == ROWS


def test_an_upload_that_stalled_is_taken_when_it_goes_on(server: Server) -> None:
    begun = post(MILK)
    with server.raw(begun[:-1]) as slow:
        others_are_served(server)
        slow.sendall(begun[-1:])
        assert answer_on(slow).status == 201


# Clients that hang up.


def test_an_upload_that_breaks_off_writes_nothing(server: Server) -> None:
    before = total(server)
    for _ in range(10):
        server.raw(post(MILK)[:-1]).close()
    assert total(server) == before


def test_clients_that_do_not_read_the_answer_and_leave(server: Server) -> None:
    # Whoever leaves before the server has begun may have asked for nothing: Granian drops what a closed connection sent.
    before = total(server)
    with ExitStack() as open_:
        for _ in range(10):
            open_.enter_context(server.raw(post(MILK)))
            server.raw(get(b"/note/?count=100")).close()
        until(lambda: total(server) == before + 10)
    others_are_served(server)


# Bodies.


def chunked(*chunks: bytes) -> bytes:
    sent = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    return b"POST /note/ HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + sent


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (post(MILK), 201),
        (chunked(MILK[:5], MILK[5:]), 201),
        (chunked(MILK, b" " * (LIMIT - len(MILK))), 201),
        (chunked(MILK, b" " * (LIMIT - len(MILK) + 1)), 413),
        (post(MILK + b" " * (LIMIT - len(MILK))), 201),
        (post(MILK + b" " * (LIMIT - len(MILK) + 1)), 413),
        (post(b"").replace(b"Content-Length: 0", b"Content-Length: 99999999999"), 413),
        (post(MILK).replace(b"Content-Length: ", b"Content-Length: -"), 400),
        (post(MILK, JSON + b"Content-Length: 3\r\n"), 400),
        (b"POST /note/ HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /note/ HTTP/1.1\r\n" + JSON + b"\r\n", 400),
        (post(MILK, b"Host: a\r\n"), 415),
    ],
    ids=[
        "with its length", "in chunks", "in chunks, as long as may be", "in chunks, a byte too long", "as long as may be",
        "a byte too long", "far too long by its header", "with a negative length", "with two lengths", "in chunks that are none",
        "without a body", "without a type",
    ],
)  # fmt: skip
def test_a_body(server: Server, request_: bytes, status: int) -> None:
    before = total(server)
    with server.raw(request_) as client:
        assert answer_on(client).status == status
    assert total(server) == before + (status == 201)


@pytest.mark.parametrize(
    ("headers", "length", "told"),
    [(JSON, len(MILK), b"HTTP/1.1 100 Continue"), (JSON, 2 * LIMIT, b"HTTP/1.1 413"), (b"Host: a\r\n", len(MILK), b"HTTP/1.1 415")],
    ids=["a good one", "one too long", "one without a type"],
)
def test_a_client_that_asks_before_it_sends_a_body(server: Server, headers: bytes, length: int, told: bytes) -> None:
    with server.raw(b"POST /note/ HTTP/1.1\r\n%sExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (headers, length)) as client:
        assert client.recv(len(told)) == told


def test_a_refused_body_is_not_taken_for_the_next_request(server: Server) -> None:
    with server.raw(post(get(b"/note/1/"), path=b"/note/?nonsense=1") + get(b"/", b"Host: a\r\nConnection: close\r\n")) as client:
        sent = everything(client)
    assert statuses(sent) == [b"400", b"200"]


def test_requests_sent_without_waiting_are_answered_in_their_order(server: Server) -> None:
    with server.raw(get(b"/nothing/") + post(MILK) + get(b"/note/1/") + get(b"/", b"Host: a\r\nConnection: close\r\n")) as client:
        sent = everything(client)
    assert statuses(sent) == [b"404", b"201", b"200", b"200"]
    assert sent.endswith(b'{"name":"pyrest","ressources":{"note":"/note/"},"version":"1.0"}')


def statuses(sent: bytes) -> list[bytes]:
    """Those of all the answers in what a server sent."""
    return re.findall(rb"HTTP/1\.1 (\d+) ", sent)


# Addresses.


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (b"/note/1/", 200),
        (b"/note/%31/", 200),
        (b"/note/%zz/", 404),
        (b"/note/%/", 404),
        (b"/note/%ff/", 404),
        (b"/note/%00/", 404),
        (b"/note/%0d%0aSet-Cookie:%20a/", 404),
        ("/note/é/".encode(), 404),
        (b"/note/\xe9/", 400),
        (b"/note/../note/1/", 404),
        (b"http://elsewhere.example/note/1/", 200),
        (b"/note/?text=%zz", 200),
        (b"/note/?text=%ff", 400),
        (b"/note/?text=%00", 400),
        ("/note/?text=é".encode(), 200),
        (b"/note/?text=\xe9", 400),
        (b"/note/?text=" + b"a" * 60_000, 200),
        (b"/note/?text=" + b"a" * 70_000, 414),
        (b"/note/?" + b"&" * 50_000, 400),
        (b"/note/?" + b"a=1&" * 10_000, 400),
        (b"/note/" + b"a" * 60_000 + b"/", 404),
        (b"/note/" + b"9" * 60_000 + b"/", 404),
        (b"/" * 10_000, 200),
    ],
    ids=lambda value: value.decode("latin-1")[:30] + f" ({len(value)})" * (len(value) > 30) if isinstance(value, bytes) else None,
)
def test_an_address(server: Server, path: bytes, status: int) -> None:
    with server.raw(get(path)) as client:
        answered = answer_on(client)
    assert answered.status == status
    assert status == 200 or not answered.body or "error" in answered.json


def test_text_of_an_address_is_utf_8(server: Server) -> None:
    with server.raw(get("/note/?text=é".encode())) as client:
        assert answer_on(client).json["meta"]["filters"] == {"text": "é"}


# Headers.


@pytest.mark.parametrize(
    ("host", "location"),
    [
        (b"Host: localhost:5000\r\n", r"http://localhost:5000/note/"),
        (b"Host: [::1]:5000\r\n", r"http://[::1]:5000/note/"),
        (b"", "/note/"),
        (b"Host: \r\n", "/note/"),
        (b"Host: a\r\nHost: b\r\n", "/note/"),
        (b"Host: a b\r\n", "/note/"),
        (b"Host: user@elsewhere\r\n", "/note/"),
        (b'Host: "><script>\r\n', "/note/"),
        (b"Host: elsewhere/path?\r\n", "/note/"),
        (b"Host: \xe9\r\n", "/note/"),
        (b"Host: a\r\nX-Forwarded-Host: elsewhere\r\nX-Forwarded-Proto: https\r\n", "http://a/note/"),
    ],
    ids=[
        "with a port", "of IPv6", "none", "empty", "two", "with a space", "with a user", "with markup", "with a path", "beyond ASCII",
        "of a proxy that nobody trusts",
    ],
)  # fmt: skip
def test_the_host_in_a_location(server: Server, host: bytes, location: str) -> None:
    with server.raw(post(MILK, host + b"Content-Type: application/json\r\n")) as client:
        answered = answer_on(client)
    assert answered.status == 201
    assert answered.headers["location"].startswith(location)
    assert server.ask("GET", "/note/" + answered.headers["location"].removeprefix(location)).json["text"] == "milk"


def test_a_host_cannot_bring_a_header(server: Server) -> None:
    with server.raw(post(MILK, b"Host: a\r\n Set-Cookie: b\r\nContent-Type: application/json\r\n")) as client:
        assert answer_on(client).status == 400


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
        (b"FOO /note/ HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        (b"GET /note/1/ HTTP/1.0\r\n\r\n", 200),
        (get(b"/note/1/", b"Host: a\r\n" + b"X: a\r\n" * 200), 431),
    ],
    ids=["TLS", "HTTP/2", "an unknown method", "OPTIONS of everything", "HTTP/1.0", "many headers"],
)
def test_other_requests(server: Server, request_: bytes, status: int | None) -> None:
    with server.raw(request_) as client:
        if status is None:
            assert everything(client) == b""
        else:
            assert answer_on(client).status == status


def test_head_is_answered_without_a_body(server: Server) -> None:
    with server.raw(b"HEAD /note/1/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") as client:
        head, _, body = everything(client).partition(b"\r\n\r\n")
    assert (head.splitlines()[0], body) == (b"HTTP/1.1 200 OK", b"")
    shown = server.ask("GET", "/note/1/")
    assert b"content-length: %d" % len(shown.body) in head.lower()
    assert json.loads(shown.body)["id"] == 1
