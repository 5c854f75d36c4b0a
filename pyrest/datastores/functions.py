"""Functions that SQLite calls: what its own cannot do as a plan means it. They are registered on every connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pyrest.datastores.codecs import UNREADABLE, Convert

FOLD = "pyrest_fold"
PART = "pyrest_part"


class Function(NamedTuple):
    name: str
    arguments: int
    call: Callable[..., Any]


_decoders: list[Convert] = []


def decoder_number(decode: Convert) -> int:
    """The number by which `PART` knows how to read a column."""
    if decode not in _decoders:
        _decoders.append(decode)
    return _decoders.index(decode)


def fold(text: Any) -> Any:
    """A text without regard to case, as Unicode folds it (The Unicode Standard, section 3.13). What is no text stays as it is."""
    return text.casefold() if isinstance(text, str) else text


def _part(value: Any, decoder: int, part: str) -> int | None:
    try:
        found: int = getattr(_decoders[decoder](value), part)
    except UNREADABLE:
        return None
    return found


FUNCTIONS = (Function(FOLD, 1, fold), Function(PART, 3, _part))
