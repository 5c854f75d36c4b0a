"""A generator of nonsense: requests made of valid fragments and hostile ones, the same for the same seed."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.web.book import DUPONT, VALMY
from tests.web.everything import THING, UID

METHODS = ("GET", "GET", "HEAD", "OPTIONS", "POST", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get", "")

ROWS = {
    "thing": ("1", "2"), "narrow": ("first",), "tag": ("a tag", "tag 1"), "token": (UID,), "users": ("1", "2"), "address": ("1", "2"),
}  # fmt: skip
LISTS = tuple(f"/api/{name}/" for name in ROWS)
KEYS = (
    "1", "2", "3", "999", "0", "-1", "01", "+1", "1.0", "1e3", " 1", "1 ", "9223372036854775807", "9223372036854775808", "9" * 5000,
    "NaN", "first", "a tag", UID, UID.upper(), UID.replace("-", ""), "null", "None", "true", "[]", "{}", "<key>", "'", '"',
    "1;drop table users", "1' or '1'='1", "%", "%2e", ".", "..", "\x00", "\x1b", "é", "\ud7ff", "ÿ", "x" * 10_000, "\u202e", "😀", "\\",
    "?", "#", "*", "_",
)  # fmt: skip
ODD_PATHS = (
    "", "/", "/api", "/api/", "/api//", "//api/users/", "/api/users", "/api/users/1", "/api/users/1/1/", "/api/users//1/",
    "/api/nothing/", "/api/../users/", "/api/./users/", "/API/users/", "/apiusers/", "/api/users/1/?", "/api/\xff\xfe/", "*",
    "http://else.org/api/users/", "/static/x", "/api/" + "a/" * 500, "/api/users/%31/", "/outside", "/outside/boom",
)  # fmt: skip

NAMES = (
    *THING, *DUPONT, *VALMY, "id", "name", "note", "weight", "secret", "fixed", "ressource_uri", "pk", "_values", "__class__",
    "__init__", "", " ", "é", "\x00", "a" * 3000, "rowid", "sqlite_master", "code; drop table thing", '"code"', "code--", "self",
    "meta",
)  # fmt: skip
PARAMETERS = (
    *NAMES, "offset", "count", "ordering", "cursor", "total", "search", "fields", "omit", "expand", "aggregate", "group_by", "facet",
    "or", "and", "not", "format", "on_conflict", "address__exact", "whole__gt", "code__", "__exact", "__", "total__exact", "data__a",
    "page", "limit", "OFFSET", "offset[]", "code__exact__exact",
)  # fmt: skip
TEXTS = (
    "", "0", "1", "-1", "20", "100", "101", "1.5", "1e5", "1e400", "1e-400", "NaN", "Infinity", "null", "true", "false", "TRUE",
    "first", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "9" * 400, "٣", "²", "0x10", "1_000", " 1", "é",
    "\x00", "\ud7ff", "%", "'", '"', "' or 1=1 --", "id", "-id", "--id", "id,id", "-id,code", ",", "code," * 3000,
    "id" + ",code" * 3000, "{}", "[", '{"a": 1}', "[1e999]", "[" * 5000, "2024-02-29", "2023-02-29", "0000-00-00",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2024-02-29T18:30:00Z", "24:00", "18:30", UID, UID.upper(),
    "{" + UID + "}", "a tag", "x" * 20_000, "null,null", "\n", "*", "(", "\\",
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, -1, 999, 1.0, 1.5, -0.0, 1e300, 5e-324, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**20,
    10**60, float("nan"), float("inf"), "", " ", "0", "1", "12", "1.0", "NaN", "null", "é", "\x00", "\ud800", "\udfff\ud800", "a\x00b",
    "x" * 300, "x" * 70_000, [], [1], [[]], {}, {"a": 1}, {"": None}, {"\x00": 1}, {"\ud800": 1}, [None] * 50, [10**30], [1e400],
    "2024-02-29", "2023-02-29", "0000-01-01", "10000-01-01", "24:00:00", "23:59:60", "2024-02-29T18:30:00", "2024-02-29T18:30:00+25:00",
    "-0.00", "9999-12-31T23:59:59-14:00", "1e3", "0.001", "12345678901234567.89", UID, UID.upper(), "urn:uuid:" + UID, "not-a-uuid",
    "a@b", "a@b.org", "http://", "http://[::1]:0/", "javascript:x", "http://a.org/\u202e", "a/b", ".", "..", "a tag",
    "/api/users/1/", -62135596801, 253402300800, 10**18, json.loads("[" * 90 + "]" * 90), json.loads("[" * 120 + "]" * 120),
)  # fmt: skip

RAW = (
    b"", b" ", b"{", b"}", b"[]", b"null", b"true", b"1", b'"text"', b"{}", b"{]", b'{"a"}', b'{"a":}', b'{"code": NaN}',
    b'{"code": Infinity}', b'{"code": 1e400}', b'{"whole": 1e999999999999999999999}', b'{"price": 1E-999999999999999999999}',
    b'{"real": 0.1e-400}', b'{"whole": 01}', b'{"code": "\xff"}', b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"code": "\\ud800"}',
    b'{"\\ud800": 1}', b'{"code": "a\nb"}', b"[" * 100_000, b'{"data":' + b"[" * 100_000, b'{"data":' + b'{"a":' * 5000,
    b'{"data":' + b"[" * 600 + b"]" * 600 + b"}", b'{"whole": ' + b"9" * 50_000 + b"}", b'{"real": 0.' + b"9" * 50_000 + b"}",
    b'{"code": "a", "code": "b", "flag": null}', b"x" * 300, b"a=1&b=2", b"\x00" * 50, b"{}{}", b"{} ",
    b'{"data": ' + b" " * 1_100_000 + b"1}", b"{" + b",".join(b'"k%d":1' % i for i in range(2000)) + b"}", b"\x1f\x8b\x08", b"<a/>",
    b"'a'",
)  # fmt: skip

HEADERS: Mapping[str, Sequence[str]] = {
    "CONTENT_TYPE": (
        "", "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "application/vnd.api+json",
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "application/",
        ";;;", "json", "\xff", 'application/json; charset="', "application/json" * 500,
    ),
    "HTTP_ACCEPT": (
        "", "*/*", "application/json", "application/*", "text/html", "text/html, */*;q=0.1", "application/json;q=0", "*/*;q=0",
        ";q=x", ",,,", "application/json;q=99999", "application/xml", "\xff", "a" * 5000,
    ),
    "HTTP_PREFER": ("return=representation", "return=minimal", "return = representation ; x", ",;=", "\xff", "return=representation" * 99),
    "HTTP_HOST": ("localhost", "localhost:5000", "", "[::1]:80", "a b", "é", "\xff", "user@host", "x" * 3000, "a:b:c", "evil.org/path?x#y"),
    "CONTENT_LENGTH": ("", "0", "-1", "5", "99999999999999999999", "x", "1e3", "\xff"),
    "HTTP_TRANSFER_ENCODING": ("chunked", "gzip"),
    "HTTP_X_HTTP_METHOD_OVERRIDE": ("DELETE",),
    "HTTP_IF_MATCH": ("*", '"x"'),
    "HTTP_IF_NONE_MATCH": ("*",),
    "HTTP_RANGE": ("bytes=0-1",),
    "HTTP_EXPECT": ("100-continue",),
    "HTTP_COOKIE": ("session=x; \xff",),
    "HTTP_AUTHORIZATION": ("Basic !!", "Bearer \xff", "Digest"),
    "HTTP_CONTENT_ENCODING": ("gzip",),
    "SCRIPT_NAME": ("/mount", "/m\xc3\xa9", "/\xff"),
    "REMOTE_ADDR": ("", "::1"),
    "wsgi.url_scheme": ("https",),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One request as WSGI has it: texts are bytes as Latin-1."""

    method: str
    path: str
    query: str
    body: bytes
    environ: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path[:200]!r} ?{self.query[:300]!r} {self.environ} {self.body[:500]!r}"

    def wsgi(self) -> dict[str, Any]:
        environ = {
            "REQUEST_METHOD": self.method, "SCRIPT_NAME": "", "PATH_INFO": self.path, "QUERY_STRING": self.query,
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost", "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(self.body), "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        return environ | self.environ


def case(seed: int) -> Case:
    """The request of a seed. Each part of it is odd or not, so that many come as far as the store."""
    rng = random.Random(seed)
    name = rng.choice(("thing", *ROWS))
    row = rng.random() < 0.5
    path = _odd_path(rng) if rng.random() < 0.2 else f"/api/{name}/" + (f"{rng.choice(ROWS[name])}/" if row else "")
    usual = ("GET", "PUT", "PUT", "PATCH", "PATCH", "DELETE") if row else ("GET", "POST")
    method = rng.choice(METHODS) if rng.random() < 0.2 else rng.choice(usual)
    query = _query(rng, path) if rng.random() < (0.6 if method in ("GET", "HEAD") else 0.05) else ""
    body = _odd_body(rng, path) if rng.random() < 0.5 else json.dumps(_valid(rng, path)).encode()
    return Case(method, _latin(path), query, body, _environ(rng))


def _latin(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _odd_path(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return rng.choice(ODD_PATHS)
    return rng.choice(LISTS) + rng.choice(KEYS) + rng.choice(("/", "/", "/", "", "//", "/x"))


def _query(rng: random.Random, path: str) -> str:
    if rng.random() < 0.1:
        return rng.choice(
            ("%", "%ff", "%ff=%fe", "=", "&&&", "&".join(["a=1"] * 200), "a;b", "\xff=\xff", "%00=%00", "a" * 50_000, "?", "[]=1")
        )
    known = (*_valid(rng, path), "offset", "count", "ordering")
    pairs = [(rng.choice(known if rng.random() < 0.7 else PARAMETERS), rng.choice(TEXTS)) for _ in range(rng.choice((1, 1, 1, 2, 3, 8)))]
    if rng.random() < 0.2:
        pairs.append((pairs[0][0], rng.choice(TEXTS)))
    return "&".join(f"{_percent(name)}={_percent(value)}" for name, value in pairs)


def _percent(text: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "".join(f"%{b:02X}" for b in c.encode("utf-8", "surrogatepass")) for c in text)


def _odd_body(rng: random.Random, path: str) -> bytes:
    if rng.random() < 0.2:
        return rng.choice(RAW)
    body = _valid(rng, path)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        body[rng.choice(tuple(body) if body and rng.random() < 0.6 else NAMES)] = rng.choice(VALUES)
    for _ in range(rng.choice((0, 0, 0, 1, 3))):
        body.pop(rng.choice(NAMES), None)
    return json.dumps(body, ensure_ascii=rng.random() < 0.8).encode("utf-8", "surrogatepass")


def _valid(rng: random.Random, path: str) -> dict[str, Any]:
    number = rng.randrange(rng.choice((4, 10_000)))
    if "users" in path:
        return DUPONT | {"address": rng.choice((1, 2, None, "1"))}
    if "address" in path:
        return VALMY | {"number": number}
    if "narrow" in path:
        return {"code": f"n-{number}", "flag": rng.choice((True, False, None))}
    if "tag" in path:
        return {"name": f"tag {number}", "weight": 0.5}
    if "token" in path:
        return {"note": f"note {number}"}
    return THING | {"code": f"c-{number}", "text": f"text {number}", "uid": None, "tag": rng.choice(("a tag", None)), "token": None}


def _environ(rng: random.Random) -> dict[str, Any]:
    environ: dict[str, Any] = {"CONTENT_TYPE": "application/json"} if rng.random() < 0.95 else {}
    if rng.random() < 0.2:
        for name in rng.sample(tuple(HEADERS), rng.choice((1, 1, 2, 4))):
            environ[name] = rng.choice(HEADERS[name])
    if rng.random() < 0.05:
        environ |= {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    return environ
