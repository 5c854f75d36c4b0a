"""What SQLite says when it refuses → what pyrest raises. It knows codes and messages, and no connection."""

from __future__ import annotations

import re

from pyrest.errors import Busy, Conflict, PyrestError, ReferenceViolated, StoreUnusable, UniqueViolated, ValidationError, quoted
from pyrest.models.declaration import Declaration

# Result codes (SQLite, "Result and Error Codes").
BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB = 5, 6, 8, 10, 11, 13, 14, 26
CONSTRAINT = 19
NOT_NULL, FOREIGN_KEY, UNIQUE, PRIMARY_KEY, ROWID, CHECK = 1299, 787, 2067, 1555, 2579, 275

_SENTENCES = {
    READONLY: "the database is read-only",
    IOERR: "the database's disk does not answer",
    CORRUPT: "the database is damaged",
    FULL: "the database's disk is full",
    CANTOPEN: "the database cannot be opened",
    NOTADB: "the file is no SQLite database",
}


def is_busy(code: int) -> bool:
    return code & 0xFF in (BUSY, LOCKED)


def translated(code: int, message: str, declared: Declaration | None) -> PyrestError | None:
    """The error for a result code while a plan about this model was executed; None for a fault of pyrest's own."""
    if is_busy(code):
        return Busy("the database is busy; try again")
    if code & 0xFF == CONSTRAINT:
        return _constraint(code, message, declared)
    sentence = _SENTENCES.get(code & 0xFF)
    if sentence is None and "because it is a view" in message:
        return Conflict("this is a view of the database, which cannot be written")
    if sentence is None and "too many levels of trigger recursion" in message:
        return Conflict("the rows that would go along with this one are chained more than 1,000 deep")
    return StoreUnusable(sentence) if sentence else None


def _constraint(code: int, message: str, declared: Declaration | None) -> PyrestError:
    fields = _fields(message, declared)
    if code in (UNIQUE, PRIMARY_KEY, ROWID):
        return UniqueViolated(fields)
    if code == FOREIGN_KEY:
        return ReferenceViolated("a foreign key points at a row that does not exist")
    if code == NOT_NULL and fields:
        return ValidationError({name: ["This field may not be null."] for name in fields})
    if code == CHECK and declared is not None and (name := message.partition(": ")[2]) in declared.fields:
        return Conflict(f"{quoted(name)} breaks a CHECK of the table {quoted(declared.table)}, which was made from another declaration")
    # What a trigger or a CHECK of an existing table says may be private to its author.
    return Conflict("a constraint of the database refuses this")


def _fields(message: str, declared: Declaration | None) -> tuple[str, ...]:
    """`UNIQUE constraint failed: users.email, users.city` → the fields of these columns; none where a name is unknown."""
    if declared is None:
        return ()
    by_column = {f.column_name.lower(): name for name, f in declared.fields.items()}
    columns = [re.sub(rf"\A{re.escape(declared.table)}\.", "", part, flags=re.I) for part in message.partition(": ")[2].split(", ")]
    names = tuple(by_column.get(column.lower(), "") for column in columns)
    return names if all(names) else ()
