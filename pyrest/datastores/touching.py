"""Rehearsals on a connection: which rows are written meanwhile, whoever writes them. Statements, foreign keys that take rows along,
triggers of a file's own.

TEMP triggers tell. They are of this connection alone, they see what a cascade does to rows that no statement names, and the end of the
transaction takes them back together with everything else (SQLite, "CREATE TRIGGER", "SAVEPOINT").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from pyrest.datastores.decoding import decoded
from pyrest.datastores.protocol import Touched
from pyrest.datastores.sessions import Session
from pyrest.datastores.tables import Table
from pyrest.datastores.undoing import taken_back
from pyrest.models.declaration import folded
from pyrest.models.model import Model, declaration

Tables: TypeAlias = Mapping[type[Model], Table]

_EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


@contextmanager
def rehearsal(session: Session, tables: Tables) -> Iterator[Touched]:
    """A transaction that is taken back at its end, and what tells the rows that were written in it. Views have no rows to tell of."""
    with taken_back(session.transaction):
        _note_writes(session, tables)
        session.rehearsals += 1
        try:
            yield lambda limit: _touched(session, tables, limit)
        finally:
            session.rehearsals -= 1


def _note_writes(session: Session, tables: Tables) -> None:
    # SQLite allows no such triggers on views, nor any triggers on virtual tables.
    plain = {folded(name) for (name,) in session.rows("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")}
    log = _log(session)
    session.execute(f"CREATE TEMP TABLE {log} (model INTEGER NOT NULL, key)")
    for place, (model, table) in enumerate(tables.items()):
        if folded(declaration(model).table) in plain:
            for event, rows in _EVENTS.items():
                name = f'"pyrest {event} {place}.{session.depth}"'
                values = ", ".join(f"({place}, {row}.{table.columns[table.key].sql})" for row in rows)
                note = f"INSERT INTO {log} VALUES {values};"
                session.execute(f"CREATE TEMP TRIGGER {name} AFTER {event} ON main.{table.sql} BEGIN {note} END")


def _touched(session: Session, tables: Tables, limit: int) -> list[tuple[type[Model], Any]]:
    models = tuple(tables)
    text = f"SELECT model, key FROM {_log(session)} GROUP BY model, key ORDER BY min(rowid) LIMIT ?"
    found = [(models[place], key) for place, key in session.rows(text, (limit,))]
    return [(model, decoded([(key,)], tables[model], (tables[model].key,))[0][0]) for model, key in found]


def _log(session: Session) -> str:
    return f'"pyrest touched.{session.depth}"'  # a rehearsal may be a part of another one
