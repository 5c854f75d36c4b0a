"""The secret of a database file: a table of one row, made when it is first asked for. All processes that open the file share it."""

from __future__ import annotations

import secrets

from pyrest.datastores.sessions import Session

SECRET_TABLE = "pyrest secret"

_BYTES = 32
_COLUMNS = f"id INTEGER PRIMARY KEY CHECK (id = 1), secret BLOB NOT NULL CHECK (length(secret) = {_BYTES})"
_CREATE = f'CREATE TABLE IF NOT EXISTS "{SECRET_TABLE}" ({_COLUMNS}) STRICT'


def kept_secret(session: Session) -> bytes:
    """The secret, made where there is none."""
    if not session.rows("SELECT 1 FROM sqlite_schema WHERE name = ?", (SECRET_TABLE,)) or not (found := _rows(session)):
        with session.transaction():
            session.execute(_CREATE)
            session.execute(f'INSERT OR IGNORE INTO "{SECRET_TABLE}" VALUES (1, ?)', (secrets.token_bytes(_BYTES),))
            found = _rows(session)
    return found[0]


def _rows(session: Session) -> list[bytes]:
    return [secret for (secret,) in session.rows(f'SELECT secret FROM "{SECRET_TABLE}"')]
