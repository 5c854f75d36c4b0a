"""Functions that SQLite calls: what its own cannot do as a plan means it. They are registered on every connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pyrest.datastores.codecs import UNREADABLE, Convert

FOLD = "pyrest_fold"
PART = "pyrest_part"
READ = "pyrest_read"


class Function(NamedTuple):
    name: str
    arguments: int
    call: Callable[..., Any]


_decoders: list[Convert] = []


def decoder_number(decode: Convert | None) -> int:
    """The number by which these functions know how to read a column; None where it holds the values themselves."""
    read = decode or _as_is
    if read not in _decoders:
        _decoders.append(read)
    return _decoders.index(read)


def _as_is(value: Any) -> Any:
    return value


def decoded(value: Any, decoder: int) -> Any:
    """What a column holds, read; None where it cannot be."""
    try:
        return _decoders[decoder](value)
    except UNREADABLE:
        return None


def fold(text: Any) -> Any:
    """A text without regard to case, as Unicode folds it (The Unicode Standard, section 3.13). What is no text stays as it is."""
    return text.casefold() if isinstance(text, str) else text


def _part(value: Any, decoder: int, part: str) -> int | str | None:
    found = getattr(decoded(value, decoder), part, None)
    day: int | str | None = found().isoformat() if part == "date" and found is not None else found
    return day


FUNCTIONS = (Function(FOLD, 1, fold), Function(PART, 3, _part), Function(READ, 2, decoded))
