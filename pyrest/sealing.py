"""Sealing: bytes that go out to a client and come back, which he can neither read nor change nor make himself.

It is deterministic authenticated encryption in the manner of SIV (RFC 5297): the tag of the bytes is what the key stream begins with.
Both are keyed BLAKE2b (RFC 7693), told apart by `person`.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from hmac import compare_digest

TAG = 16
BLOCK = 64


def seal(secret: bytes, content: bytes) -> str:
    """Bytes → a text of letters, digits, `-` and `_`. The same bytes give the same text."""
    tag = _tag(secret, content)
    return urlsafe_b64encode(tag + _mixed(secret, tag, content)).decode().rstrip("=")


def unseal(secret: bytes, text: str) -> bytes | None:
    """The bytes again; None for a text that was not sealed with this secret, or was changed."""
    try:
        sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    tag, hidden = sealed[:TAG], sealed[TAG:]
    content = _mixed(secret, tag, hidden)
    # Base64 has several texts for some bytes, and Python's reader passes over what is none: only what `seal` writes is taken.
    return content if compare_digest(tag, _tag(secret, content)) and seal(secret, content) == text else None


def _tag(secret: bytes, content: bytes) -> bytes:
    return blake2b(content, key=secret, person=b"pyrest tag", digest_size=TAG).digest()


def _mixed(secret: bytes, tag: bytes, content: bytes) -> bytes:
    """The content and the stream that belongs to a tag, added bit by bit; a second time gives the content again."""
    blocks = range(0, len(content), BLOCK)
    stream = b"".join(blake2b(tag + place.to_bytes(8, "big"), key=secret, person=b"pyrest stream").digest() for place in blocks)
    mixed = int.from_bytes(content, "big") ^ int.from_bytes(stream[: len(content)], "big")
    return mixed.to_bytes(len(content), "big")
