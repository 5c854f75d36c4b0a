"""The answers to writes in a database file: a table of pyrest's own, made when the first one is kept, in the transaction of its write."""

from __future__ import annotations

import time

from pyrest.datastores.replies import KEPT_SECONDS, PRUNED_AT_ONCE, PRUNED_EVERY, Reply
from pyrest.datastores.sessions import Session

REPLIES_TABLE = "pyrest idempotency"

_COLUMNS = (
    "id INTEGER PRIMARY KEY, user TEXT NOT NULL, key TEXT NOT NULL, asked BLOB NOT NULL, answer BLOB NOT NULL, at INTEGER NOT NULL,"
    " UNIQUE (user, key)"
)
_CREATE = (
    f'CREATE TABLE "{REPLIES_TABLE}" ({_COLUMNS}) STRICT',
    f'CREATE INDEX "{REPLIES_TABLE}.at" ON "{REPLIES_TABLE}" (at)',
)
_PRUNE = f'DELETE FROM "{REPLIES_TABLE}" WHERE id IN (SELECT id FROM "{REPLIES_TABLE}" WHERE at <= ? ORDER BY at LIMIT {PRUNED_AT_ONCE})'


def kept_reply(session: Session, user: str, key: str) -> Reply | None:
    """The answer that was kept for a key of a user within the last day."""
    if not _is_there(session):
        return None
    text = f'SELECT asked, answer FROM "{REPLIES_TABLE}" WHERE user = ? AND key = ? AND at > ?'
    return next((Reply(*row) for row in session.rows(text, (user, key, _oldest()))), None)


def keep_reply(session: Session, user: str, key: str, reply: Reply) -> None:
    """Keeps an answer in the place of one that is too old; takes some others away that are."""
    if not _is_there(session):
        for text in _CREATE:
            session.execute(text)
    text = f'INSERT OR REPLACE INTO "{REPLIES_TABLE}" (user, key, asked, answer, at) VALUES (?, ?, ?, ?, ?)'
    number = session.execute(text, (user, key, *reply, int(time.time()))).lastrowid
    if number is not None and number % PRUNED_EVERY == 0:
        session.execute(_PRUNE, (_oldest(),))


def _is_there(session: Session) -> bool:
    return bool(session.rows("SELECT 1 FROM sqlite_schema WHERE name = ?", (REPLIES_TABLE,)))


def _oldest() -> int:
    return int(time.time()) - KEPT_SECONDS
