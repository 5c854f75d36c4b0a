"""What can go wrong, as values: no HTTP status is known here (`web/errors.py` has the one table).

A programmer's mistake is `Misdeclared` and is raised while the app is built; everything else is about one request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

NAME_LIMIT = 80
NON_FIELD_ERRORS = "non_field_errors"


class PyrestError(Exception):
    """The parent of every error that pyrest raises on purpose; `str()` of it is one clear sentence."""


class Misdeclared(PyrestError):
    """A declaration contradicts itself, another one, or the database file."""


class StoreUnusable(PyrestError):
    """The database cannot be opened or written: no such directory, no permission, no database, disk full."""


class Invalid(PyrestError):
    """One value was refused by its field; the message does not name the field. `key` is the message's, as `error_messages` knows it."""

    def __init__(self, message: str, key: str = "invalid") -> None:
        self.key = key
        super().__init__(message)

    @property
    def said(self) -> list[str]:
        """What stands in the place of the value."""
        return [str(self)]


class ValidationError(PyrestError):
    """Values were refused. `errors` maps names to lists of messages, the first field at fault first; within a relation shown by
    its rows, to a mapping of its own, with the places of a list's items as texts: `{"tracks": {"1": {"title": ["…"]}}}`.

    `missing` are the names that were not sent at all, `unknown` one that does not exist here.
    Raise it from a hook to refuse a write: `raise ValidationError({"number": ["Even numbers only."]})`; for a single value a sentence
    is enough: `raise ValidationError("Even numbers only.")`.
    """

    def __init__(
        self,
        errors: Mapping[str, object] | Sequence[str] | str,
        missing: Iterable[str] = (),
        unknown: UnknownName | None = None,
    ) -> None:
        self.messages: list[str] | None = None if isinstance(errors, Mapping) else [errors] if isinstance(errors, str) else list(errors)
        """The sentences about one value, where no names were given with them."""
        named = errors if isinstance(errors, Mapping) else {NON_FIELD_ERRORS: self.messages}
        self.errors: dict[str, Any] = {name: [said] if isinstance(said, str) else said for name, said in named.items()}
        self.missing = frozenset(missing)
        self.unknown = unknown
        super().__init__(self.errors)

    @property
    def said(self) -> Any:
        """What stands in the place of one value: its sentences, or where names were given what is wrong with each."""
        return self.errors if self.messages is None else self.messages

    @property
    def summary(self) -> str:
        """One sentence about the first fault."""
        if self.unknown is not None or not self.errors:
            return str(self.unknown or "the values do not validate")
        name, messages = next(iter(self.errors.items()))
        if name == NON_FIELD_ERRORS:
            return _sentences(messages)
        return f"{name} is missing. Cannot create the ressource" if name in self.missing else f"{name} does not validate"

    def __str__(self) -> str:
        if self.messages is not None:
            return _sentences(self.messages)
        return "; ".join(f"{name}: {_sentences(messages)}" for name, messages in self.errors.items())


class LinesRefused(ValidationError):
    """Lines of an upload, or objects of a list, were refused. `errors` maps their numbers, as texts, to what is wrong with each."""

    def __init__(self, lines: Mapping[int, ValidationError], unit: str = "line") -> None:
        number, first = next(iter(lines.items()))
        self.lines = lines
        self._summary = f"{unit} {number}: {first.summary}"
        super().__init__({str(line): refusal.errors for line, refusal in lines.items()})

    @property
    def summary(self) -> str:
        return self._summary


class UnknownName(PyrestError):
    """A name that does not exist here, with the nearest one that does."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        super().__init__(f"unknown {kind} {quoted(name)}{did_you_mean(name, self.known)}")


class BadParameter(PyrestError):
    """A parameter of the query string that cannot be understood; without a name, the query string as a whole."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(f"{quoted(name)}: {message}" if name else message)


class WouldScan(PyrestError):
    """A list would be made by reading a table of more rows than `largest` from end to end."""

    def __init__(self, table: str, largest: int, advice: str) -> None:
        self.table, self.largest = table, largest
        super().__init__(f"this would read all of {quoted(table)}, which has more than {largest} rows; {advice}")


class NotFound(PyrestError):
    """No such row."""


class MultipleFound(PyrestError):
    """More than one row where one was asked for."""


class Conflict(PyrestError):
    """A constraint of the database that the write would break."""


class UniqueViolated(Conflict):
    """Another row has these values already. `fields` names them, where the store could tell."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        super().__init__(f"another row has the same {' and '.join(fields) or 'values'} already")


class ReferenceViolated(Conflict):
    """A foreign key would point at nothing."""


class TooManyAffected(PyrestError):
    """A write would change more than `most` rows."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"the filters select more than {most} row{'' if most == 1 else 's'}, so nothing was changed")


class StillReferenced(ReferenceViolated):
    """A row cannot go while rows of `tables` point at it."""

    def __init__(self, table: str, tables: tuple[str, ...]) -> None:
        self.tables = tables
        super().__init__(f"this row of {table} is still used by {', '.join(tables) or 'other rows'}")


class Busy(PyrestError):
    """Another process held the database for longer than the busy timeout. `retry_after` is in seconds."""

    retry_after = 1


def quoted(name: str) -> str:
    """The name in double quotes, cut to a length that is fit for a sentence."""
    short = name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - 1] + "…"
    return '"' + short.encode("utf-8", "replace").decode() + '"'


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "title"?` where something near exists, else nothing."""
    folded, sought = {other.lower(): other for other in known}, name[:NAME_LIMIT].lower()
    # A beginning may be much shorter than the name: `max` is no near match of `max_length`.
    near = get_close_matches(sought, folded, n=1) or [other for other in folded if len(sought) > 2 and other.startswith(sought)]
    return f"; did you mean {quoted(folded[near[0]])}?" if near else ""


def _sentences(messages: object) -> str:
    return " ".join(map(str, messages)) if isinstance(messages, list | tuple) else str(messages)
