"""The bytes of the document of an API and of its parts, made when they are first asked for, and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable

import orjson

from pyrest.openapi.document import Document, at, part

MAX_MOUNTS = 8
"""Under how many paths at once what was made is kept. A client can choose them where a proxy passes on what it is sent."""


class Documents:
    """A document that `make` makes. `prefix` is the path of the API in the application, percent-encoded."""

    def __init__(self, make: Callable[[], Document], prefix: str) -> None:
        self._make = make
        self._prefix = prefix
        self._made: Document | None = None
        self._kept: dict[str, dict[str, bytes]] = {}
        self._lock = threading.Lock()

    def whole(self, mount: str) -> bytes:
        """The document of the API, in an application under a path."""
        return self._bytes(mount, "", lambda found: found)

    def part(self, mount: str, path: str) -> bytes:
        """What of it is about one of its paths."""
        return self._bytes(mount, path, lambda found: part(found, path))

    def _bytes(self, mount: str, path: str, choose: Callable[[Document], Document]) -> bytes:
        with self._lock:
            if mount not in self._kept and len(self._kept) >= MAX_MOUNTS:
                self._kept.clear()
            kept = self._kept.setdefault(mount, {})
            if path not in kept:
                if self._made is None:
                    self._made = self._make()
                kept[path] = orjson.dumps(choose(at(self._made, mount + self._prefix)))
            return kept[path]
