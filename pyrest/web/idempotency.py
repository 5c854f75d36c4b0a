"""Writes that a client may send again: the answer is kept with what was written, and given again
(draft-ietf-httpapi-idempotency-key-header-07).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import IO

import orjson
from flask import Request, Response

from pyrest.datastores.protocol import DataStore
from pyrest.datastores.replies import Reply
from pyrest.web.answers import packed, succeeded, unpacked
from pyrest.web.caching import who
from pyrest.web.errors import BadHeader, KeyUsed
from pyrest.web.uploads import PIECE

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_KEY = 255

_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_DIGEST_BYTES = 32


def key_of(request: Request) -> str:
    """The key that a request came with, in quotes as the draft has it or without; empty where there is none. Raises `BadHeader`."""
    header: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if header is None:
        return ""
    quoted = _QUOTED.fullmatch(header.strip())
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else header.strip()
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise BadHeader(f"{HEADER} is 1 to {MAX_KEY} printable ASCII characters, such as a UUID")
    return key


def digest_of(request: Request, body: IO[bytes]) -> bytes:
    """What is asked: the method, the address and the body, which is read from its beginning to its end."""
    get = request.environ.get
    address = orjson.dumps([request.method, get("SCRIPT_NAME", ""), get("PATH_INFO", ""), get("QUERY_STRING", "")])
    digest = blake2b(address + b"\n", digest_size=_DIGEST_BYTES)
    while piece := body.read(PIECE):
        digest.update(piece)
    return digest.digest()


def once(store: DataStore, request: Request, key: str, asked: bytes, act: Callable[[], Response]) -> Response:
    """The answer to a write, or the one that was given before. Raises `KeyUsed`, and as `succeeded` does.

    The transaction is the lock: a repeat that comes too early waits for the first one's end. What was refused has left nothing, and is
    tried again.
    """
    user = who(request)
    with store.transaction():
        kept = store.kept_reply(user, key)
        if kept is None:
            response = succeeded(act())
            store.keep_reply(user, key, Reply(asked, packed(response)))
            return response
    if kept.asked != asked:
        raise KeyUsed(f"this {HEADER} came with another request before; a new request needs a new key")
    response = unpacked(kept.answer)
    response.headers[REPLAYED] = "true"
    return response
