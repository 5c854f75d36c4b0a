"""The last requests of this process and what they asked of the store, kept in memory while the application is in debug."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from pyrest.datastores.watching import Watch
from pyrest.store import Store

MAX_REQUESTS = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered. `path` has the query string with it, `seconds` are those from beginning to end."""

    id: str
    at: datetime
    method: str
    path: str
    status: int
    seconds: float
    watch: Watch


class RequestLog:
    """The last requests of one Wrapper below one prefix. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: deque[Answered] = deque(maxlen=MAX_REQUESTS)
        self._lock = Lock()

    def add(self, answered: Answered) -> None:
        with self._lock:
            self._kept.append(answered)

    def newest_first(self) -> list[Answered]:
        with self._lock:
            return list(reversed(self._kept))

    def find(self, request_id: str) -> Answered | None:
        return next((answered for answered in self.newest_first() if answered.id == request_id), None)
