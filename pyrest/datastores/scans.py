"""Which tables a statement would read from end to end, as SQLite's own plan says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyrest.datastores.explaining import plan_of
from pyrest.datastores.sessions import Session
from pyrest.datastores.sql import Statement
from pyrest.datastores.tables import Table
from pyrest.models.model import Model, declaration

_SCAN = re.compile(r"SCAN (?P<table>.+?)(?: USING .*)?\Z")
_SORT = "USE TEMP B-TREE FOR ORDER BY"


def scanned(session: Session, statement: Statement, tables: Mapping[type[Model], Table], every_row: bool) -> list[type[Model]]:
    """The models of these tables. With `every_row`, the statement wants rows without a condition: it may stop behind a page of them,
    unless it has to sort all first.
    """
    details = [step.detail for step in plan_of(session, *statement)]
    if every_row and _SORT not in details:
        return []
    by_table = {declaration(model).table.lower(): model for model in tables}
    names = [scan["table"].lower() for detail in details if (scan := _SCAN.fullmatch(detail))]
    return [by_table[name] for name in dict.fromkeys(names) if name in by_table]
