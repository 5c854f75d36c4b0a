"""The answers that a worker remembers, bounded in bytes.

It knows what it was given and when; whether that still holds, `datastores/freshness.py` says.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple, TypeAlias

from flask import Request

from pyrest.errors import Misdeclared

CACHE_SIZE = 16 * 2**20
OVERHEAD = 1200  # bytes of Python's objects for an answer, besides its texts (measured)
LARGEST_PART = 8  # of an answer that takes more than this part of the whole only the tag is kept: it would drive out too many others

Key: TypeAlias = tuple[str, ...]


class Answer(NamedTuple):
    """An answer to GET: its tag, body and headers, and the moment after which everything in it was read. A large body is not kept."""

    tag: str
    body: bytes | None
    headers: tuple[tuple[str, str], ...]
    since: int


class Answers:
    """The answers that were used last, in `size` bytes; none where that is 0."""

    def __init__(self, size: int = CACHE_SIZE) -> None:
        if type(size) is not int or size < 0:
            raise Misdeclared(f"Wrapper: cache is a number of bytes, 0 for none, not {size!r}")
        self.size = size
        self.taken = 0
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Answer | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: Key, answer: Answer) -> None:
        # orjson leaves room behind a body, thousands of bytes where it is short.
        body = None if len(answer.body or b"") * LARGEST_PART > self.size else bytes(memoryview(answer.body or b""))
        answer = answer._replace(body=body)
        size = _size(key, answer)
        with self._lock:
            before = self._kept.pop(key, None)
            if before is not None:
                self.taken -= _size(key, before)
            if size * LARGEST_PART > self.size:
                return
            self._kept[key] = answer
            self.taken += size
            while self.taken > self.size:
                self.taken -= _size(*self._kept.popitem(last=False))


def key_of(request: Request) -> Key:
    """Everything in a request that an answer of ours depends on. Where links are absolute, that is where the client thinks it is."""
    get = request.environ.get
    host = get("HTTP_HOST") or f"{get('SERVER_NAME')}:{get('SERVER_PORT')}"
    accept = get("HTTP_ACCEPT", "")
    return who(request), get("wsgi.url_scheme", ""), host, get("SCRIPT_NAME", ""), get("PATH_INFO", ""), get("QUERY_STRING", ""), accept


def who(request: Request) -> str:
    """The user by whose rights an answer is made. pyrest knows no users yet, so everybody gets the same."""
    return ""


def _size(key: Key, answer: Answer) -> int:
    # A Link header repeats the query string for each page beside this one.
    return OVERHEAD + len(answer.body or b"") + 3 * sum(map(len, key))
