"""Transactions that are taken back although nothing went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager


class _TakenBack(Exception):
    """Ends a transaction as an error would."""


@contextmanager
def taken_back(transaction: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """A transaction of which nothing is left at its end."""
    try:
        with transaction():
            yield
            raise _TakenBack
    except _TakenBack:
        pass
