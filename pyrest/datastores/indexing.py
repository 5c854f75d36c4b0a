"""Makes the indexes of words in a database file, and makes them anew where they are not what is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from pyrest.datastores.sessions import Session
from pyrest.datastores.tables import Table, TextIndex, quote
from pyrest.datastores.text_index import IndexSchema, column_of
from pyrest.errors import Misdeclared
from pyrest.models.declaration import Declaration


def prepare_texts(session: Session, declared: Declaration, table: Table, fields: Sequence[str]) -> TextIndex:
    """The index over these fields of a model's table, which holds its rows from now on. Raises `Misdeclared`.

    What an index that is there holds of other fields stays in it: another program may search them.
    """
    _refuse_unsearchable(session, declared)
    columns = _columns(session, IndexSchema(declared, table, ()).name)
    wanted = [name for name, field in declared.fields.items() if name in fields or column_of(field) in columns]
    schema = IndexSchema(declared, table, wanted)
    if not _is_there(session, schema, columns):
        _make(session, schema)
    return schema.index


def _refuse_unsearchable(session: Session, declared: Declaration) -> None:
    if not session.rows("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"):
        raise Misdeclared(f'{declared.name}: search = "fts" needs FTS5, which the SQLite of this Python does not have')
    if session.rows("SELECT 1 FROM sqlite_schema WHERE type = 'view' AND lower(name) = lower(?)", (declared.table,)):
        raise Misdeclared(f'{declared.name}: no trigger tells of changes in a view, so search = "fts" cannot be kept; take "plain"')
    columns = "SELECT 1 FROM pragma_table_xinfo(?) WHERE lower(name) = lower(?)"
    if not session.rows(columns, (declared.table, declared.key.column_name)):
        raise Misdeclared(f'{declared.name}.{declared.key.name} is SQLite\'s rowid, which may change; search = "fts" needs another key')


def _columns(session: Session, index: str) -> list[str]:
    """The columns of an index, none where there is no such index."""
    found = session.rows("SELECT sql FROM sqlite_schema WHERE name = ?", (index,))
    if found and "USING fts5(" not in str(found[0][0]):
        raise Misdeclared(f"the database has {index!r}, which is no index of pyrest's; call it otherwise")
    return [name for (name,) in session.rows("SELECT name FROM pragma_table_info(?)", (index,))]


def _is_there(session: Session, schema: IndexSchema, columns: Sequence[str]) -> bool:
    if sorted(columns) != sorted(schema.columns):
        return False
    kept = dict(session.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"))
    return all(kept.get(name) == text for name, text in schema.triggers.items())


def _make(session: Session, schema: IndexSchema) -> None:
    dropped = [f"DROP TRIGGER IF EXISTS {quote(name)}" for name in schema.triggers]
    dropped += [f"DROP TABLE IF EXISTS {quote(name)}" for name in (schema.name, schema.rows)]
    for text in (*dropped, *schema.tables, *schema.filling, *schema.triggers.values()):
        session.execute(text)
