"""The first rows for each of many values, in one statement → SQL.

The rows are looked up by their keys, which a subquery gives for each value, as it has a limit of its own. `row_number()` takes four times
as long on 20 values with 10 rows each, and reads all rows where a subquery stops early. It serves views: in a view, a row may not be found
by its key without making all of it.
"""

from __future__ import annotations

from typing import Any

import orjson

from pyrest.datastores.sql import FAR, NEAR, Statement, encodings, named, order_clause, where_clause
from pyrest.datastores.tables import Column, Table
from pyrest.plan import EVERYTHING, And, Firsts, OneOf

_PLACE = '"pyrest place"'


def firsts(plan: Firsts, table: Table) -> Statement:
    """With pairs, the first column is the value."""
    parameters: list[Any] = []
    text = (_numbered if table.is_view else _looked_up)(plan, table, parameters)
    # To count rows takes SQLite longer than to know that there cannot be so many.
    if plan.limit is None or (plan.each is not None and plan.each * len(plan.values) <= plan.limit):
        return Statement(text, parameters)
    return Statement(f"{text} LIMIT ?", [*parameters, plan.limit])


def near_column(plan: Firsts, table: Table) -> Column:
    """The column that holds the values."""
    return table.columns[plan.field] if plan.pairs is None else table.others[plan.pairs.through].columns[plan.pairs.near]


def _looked_up(plan: Firsts, table: Table, parameters: list[Any]) -> str:
    values = _values(plan, table, parameters)
    condition = _holding(plan, table)
    if plan.where != EVERYTHING:
        condition += f" AND ({where_clause(plan.where, table, parameters).removeprefix(' WHERE ')})"
    keys = f"SELECT {table.columns[table.key].sql} FROM {table.sql} WHERE {condition}{order_clause(table, plan.order)} LIMIT ?"
    parameters.append(-1 if plan.each is None else plan.each)
    columns = ", ".join((*[NEAR] * bool(plan.pairs), *(named(table, name) for name in plan.columns)))
    # With CROSS JOIN, SQLite goes through the values first and does not look for another way.
    found = f"({values}) CROSS JOIN {table.sql} ON {named(table, table.key)} IN ({keys})"
    return f"SELECT {columns} FROM {found}{order_clause(table, plan.order, joined=True)}"


def _holding(plan: Firsts, table: Table) -> str:
    """The condition on the rows for the value that is called `NEAR`."""
    if plan.pairs is None:
        return _is(plan, near_column(plan, table))
    through = table.others[plan.pairs.through]
    paired = f"SELECT {through.columns[plan.pairs.far].sql} FROM {through.sql} WHERE {_is(plan, near_column(plan, table))}"
    return f"{table.columns[plan.field].sql} IN ({paired})"


def _is(plan: Firsts, column: Column) -> str:
    """That a column holds the value, and not a text that the column only takes as the same, such as QUEEN for Queen."""
    loose = not column.sortable and any(isinstance(value, str) for value in plan.values)
    return f"{column.sql} = {NEAR}" + (f" AND {column.sql} = {NEAR} COLLATE BINARY" if loose else "")


def _values(plan: Firsts, table: Table, parameters: list[Any]) -> str:
    """The values as rows of one column."""
    encoded = encodings(near_column(plan, table), plan.values)
    if {*map(type, encoded)} <= {int, str}:
        parameters.append(orjson.dumps(encoded).decode())
        return f"SELECT value AS {NEAR} FROM json_each(?)"
    parameters += encoded
    return f"SELECT column1 AS {NEAR} FROM (VALUES {', '.join(['(?)'] * len(encoded))})"


def _numbered(plan: Firsts, table: Table, parameters: list[Any]) -> str:
    rows = table.sql
    value = table.columns[plan.field].sql
    where = plan.where
    if plan.pairs is None:
        where = And((OneOf(plan.field, plan.values), where))
    else:
        through = table.others[plan.pairs.through]
        some = where_clause(OneOf(plan.pairs.near, plan.values), through, parameters)
        near, far = through.columns[plan.pairs.near].sql, through.columns[plan.pairs.far].sql
        rows = f"(SELECT DISTINCT {near} AS {NEAR}, {far} AS {FAR} FROM {through.sql}{some}) JOIN {table.sql} ON {value} = {FAR}"
        value = NEAR
    by = order_clause(table, plan.order)
    columns = [*[NEAR] * bool(plan.pairs), *(table.columns[name].sql for name in plan.columns), f"row_number() OVER ({by})"]
    names = [f'"pyrest {place}"' for place in range(len(columns))]
    shown = ", ".join(f"{column} AS {name}" for column, name in zip(columns, names, strict=True))
    places = f"row_number() OVER (PARTITION BY {value}{by}) AS {_PLACE}"
    found = f"SELECT {shown}, {places} FROM {rows}{where_clause(where, table, parameters)}"
    first = "" if plan.each is None else f" WHERE {_PLACE} <= ?"
    parameters += [] if plan.each is None else [plan.each]
    return f"SELECT {', '.join(names[:-1])} FROM ({found}){first} ORDER BY {names[-1]}"
