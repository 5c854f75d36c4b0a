"""How SQLite would execute a statement: its own plan, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pyrest.datastores.sessions import Session, SQLiteError
from pyrest.datastores.watching import MAX_TEXT, Executed
from pyrest.errors import Conflict

# A PRAGMA may take effect as soon as it is prepared (SQLite, "PRAGMA Statements"); BEGIN and its like have no plan.
_PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE")


class Step(NamedTuple):
    """A line of a plan; `depth` is how many others it is a part of."""

    depth: int
    detail: str


def plan_of(session: Session, text: str, parameters: Sequence[Any]) -> list[Step]:
    """Raises what executing the statement would raise before its first row."""
    # EXPLAIN does not see that somebody has changed the schema, as reading does, and a statement that is kept explains the old one.
    session.rows("SELECT 1 FROM sqlite_schema LIMIT 1")
    ((version,),) = session.rows("PRAGMA schema_version")
    depths = {0: -1}
    steps = []
    for number, parent, _, detail in session.rows(f"EXPLAIN QUERY PLAN /* schema {version} */ {text}", parameters):
        depths[number] = depths.get(parent, -1) + 1
        steps.append(Step(depths[number], str(detail)))
    return steps


def explained(session: Session, statement: Executed) -> list[str]:
    """The plan as lines for people, indented; a sentence where there is none. Raises `Busy` and `StoreUnusable`."""
    if not statement.text.lstrip().upper().startswith(_PLANNED):
        return []
    if len(statement.text) > MAX_TEXT:
        return [f"a statement of more than {MAX_TEXT:,} characters is not explained"]
    try:
        return ["  " * step.depth + step.detail for step in plan_of(session, statement.text, statement.bindings)]
    except (SQLiteError, Conflict) as fault:  # a table is gone, or is a view, which is not written
        return [f"this cannot be explained: {fault}"]
