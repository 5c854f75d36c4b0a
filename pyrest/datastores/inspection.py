"""Asking a database file what its tables are."""

from __future__ import annotations

import re

from pyrest.datastores.effects import Couplings
from pyrest.datastores.existing import ColumnFacts, TableFacts
from pyrest.datastores.replies_table import REPLIES_TABLE
from pyrest.datastores.schema import MARK
from pyrest.datastores.secret import SECRET_TABLE
from pyrest.datastores.sessions import Session
from pyrest.datastores.tables import quote
from pyrest.datastores.text_index import keeps_an_index
from pyrest.errors import Misdeclared, quoted
from pyrest.models.declaration import Declaration, folded

SAMPLED_FAMILIES = frozenset({"boolean", "date", "datetime", "decimal", "time", "uuid"})
SAMPLED_ROWS = 1000
OWN_TABLES = {SECRET_TABLE: "a secret", REPLIES_TABLE: "answers"}

# What in a view may give another value although no row was written: the clock, chance, and what the connection did (SQLite, "Deterministic
# SQL Functions"). A view may stand upon another one, so one such text is enough for all.
_UNSTEADY = re.compile(r"now|current_|random|date|time|julianday|unixepoch|changes|last_insert|sqlite_", re.IGNORECASE)


def table_facts(session: Session, declared: Declaration) -> TableFacts | None:
    """What the file says of the table or view of a model; None where there is neither."""
    if declared.table.lower().startswith("sqlite_"):
        raise Misdeclared(f"{declared.name}: SQLite keeps names that begin with sqlite_ for itself; choose another Meta.table")
    kept = OWN_TABLES.get(declared.table.lower())
    if kept is not None:
        own = quoted(declared.table.lower())
        raise Misdeclared(f"{declared.name}: pyrest keeps {kept} in its own table {own}; choose another Meta.table")
    found = session.rows(
        "SELECT s.name, coalesce(s.sql, ''), l.type = 'view', l.type = 'table' AND NOT l.wr FROM sqlite_schema s"
        " JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'"
        " WHERE s.type IN ('table', 'view') AND lower(s.name) = lower(?)",
        (declared.table,),
    )
    if not found:
        return None
    name, text, is_view, has_rowid = found[0]
    columns = _columns(session, declared, name, sampled=MARK not in text)
    unique, foreign = _unique_sets(session, name, columns), _foreign_keys(session, name)
    row_number = _row_number(session, name, columns) if has_rowid else ""
    return TableFacts(name, text, bool(is_view), bool(has_rowid), row_number, columns, unique, foreign)


def couplings(session: Session) -> Couplings:
    """What the file says of how its tables change each other."""
    views = session.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'view'")
    virtual = _names(session, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('virtual', 'shadow')")
    seen = frozenset(folded(name) for name, _ in views)
    unsteady = virtual | (seen if any(_UNSTEADY.search(text) for _, text in views) else frozenset())
    derived = virtual | seen
    triggers = session.rows("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'")
    triggered = frozenset(folded(table) for name, table in triggers if not keeps_an_index(name, table))
    passed_on = session.rows(
        'SELECT k."table", s.name FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) k'
        " WHERE s.type = 'table' AND NOT (k.on_delete IN ('NO ACTION', 'RESTRICT') AND k.on_update IN ('NO ACTION', 'RESTRICT'))"
    )
    pairs = frozenset((folded(target), folded(source)) for target, source in passed_on)
    return Couplings(schema_number(session), derived | triggered, derived, unsteady, pairs)


def schema_number(session: Session) -> int:
    """It changes whenever the schema does."""
    number: int = session.rows("PRAGMA schema_version")[0][0]
    return number


def _names(session: Session, text: str) -> frozenset[str]:
    return frozenset(folded(name) for (name,) in session.rows(text))


def _row_number(session: Session, table: str, columns: tuple[ColumnFacts, ...]) -> str:
    primary = [c for c in columns if c.primary]
    if len(primary) != 1 or primary[0].declared_type.upper() != "INTEGER":
        return ""
    # INTEGER PRIMARY KEY DESC is no rowid, and has an index of its own (SQLite, "CREATE TABLE", section 5).
    own_index = session.rows("SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'", (table,))
    return "" if own_index else primary[0].name.lower()


def _columns(session: Session, declared: Declaration, table: str, sampled: bool) -> tuple[ColumnFacts, ...]:
    families = {f.column_name.lower(): f.family for f in declared.fields.values()}
    columns = []
    facts = 'SELECT name, type, pk, hidden, "notnull" FROM pragma_table_xinfo(?)'
    for name, kind, primary, hidden, not_null in session.rows(facts, (table,)):
        wanted = sampled and families.get(name.lower()) in SAMPLED_FAMILIES
        sample = _sample(session, table, name) if wanted else None
        # hidden: 2 and 3 are generated columns (SQLite, "PRAGMA table_xinfo").
        columns.append(ColumnFacts(name, kind or "", primary, hidden in (2, 3), bool(not_null), sample))
    return tuple(columns)


def _sample(session: Session, table: str, column: str) -> object:
    text = f"SELECT v FROM (SELECT {quote(column)} AS v FROM {quote(table)} LIMIT {SAMPLED_ROWS}) WHERE v IS NOT NULL LIMIT 1"
    return next((value for (value,) in session.rows(text)), None)


def _unique_sets(session: Session, table: str, columns: tuple[ColumnFacts, ...]) -> frozenset[frozenset[str]]:
    found = {frozenset(c.name.lower() for c in columns if c.primary)}
    # A partial index keeps only some rows apart.
    for (index,) in session.rows('SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (table,)):
        names = [name for (name,) in session.rows("SELECT name FROM pragma_index_info(?)", (index,))]
        if all(name is not None for name in names):
            found.add(frozenset(name.lower() for name in names))
    return frozenset(found - {frozenset()})


def _foreign_keys(session: Session, table: str) -> dict[str, tuple[str, str, str]]:
    keys: dict[int, list[tuple[str, str, str, str]]] = {}
    for number, target, source, column, action in session.rows(
        'SELECT id, "table", "from", "to", on_delete FROM pragma_foreign_key_list(?)', (table,)
    ):
        keys.setdefault(number, []).append((source.lower(), target, column or "", action))
    return {parts[0][0]: parts[0][1:] for parts in keys.values() if len(parts) == 1}
