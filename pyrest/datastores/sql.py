"""Plans → SQL: text and parameters. It executes nothing.

Names come from declarations and are quoted; values are bound, always.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import orjson

from pyrest.datastores.functions import PART, decoder_number
from pyrest.datastores.sql_texts import inside, joined, text_condition
from pyrest.datastores.sql_walks import SortTerm, ranges
from pyrest.datastores.tables import FOUND, RANK, Column, Table, TextIndex
from pyrest.datastores.text_index import match_text
from pyrest.errors import Invalid, ValidationError
from pyrest.models.edges import Relation
from pyrest.models.model import declaration
from pyrest.orders import total_order
from pyrest.plan import (
    EVERYTHING,
    Aggregate,
    And,
    Compare,
    Delete,
    Embed,
    Insert,
    Inside,
    IsNull,
    Linked,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    Part,
    Read,
    Search,
    Step,
    Text,
    Update,
    Walk,
    Where,
)

INTEGER_MAX = 2**63 - 1
PARAMETERS_MAX = 32_766  # SQLite's limit for one statement, unless it was compiled with another

# No column of a table is called so: they stand beside those of the target.
NEAR, FAR = '"pyrest near"', '"pyrest far"'
_WHERE = " WHERE "


class Statement(NamedTuple):
    text: str
    parameters: Sequence[Any]


def select(plan: Read, table: Table) -> Statement:
    parameters: list[Any] = []
    return _select(plan, table, where_clause(plan.where, table, parameters), parameters)


def count(plan: Read, table: Table) -> Statement:
    """The number of rows that meet the plan's condition, whatever its limit, offset and walk."""
    parameters: list[Any] = []
    return _count(plan, table, where_clause(plan.where, table, parameters), parameters)


def page(plan: Read, table: Table) -> tuple[Statement, Statement]:
    """Both, with the condition that they have in common translated once."""
    parameters: list[Any] = []
    where = where_clause(plan.where, table, parameters)
    return _select(plan, table, where, parameters), _count(plan, table, where, parameters)


def matches(search: Search, table: Table, most: int) -> Statement:
    """The number of texts that a search finds, counted up to `most`."""
    index = _texts(table)
    return Statement(f"SELECT count(*) FROM (SELECT 1 FROM ({index.found}) LIMIT ?)", (match_text(search, index), most))


def embed(plan: Embed, table: Table) -> Statement:
    """The first column is the value that a row is joined with."""
    parameters: list[Any] = []
    through = table.others[plan.through]
    near, far = through.columns[plan.near], through.columns[plan.far]
    # With DISTINCT, SQLite writes the pairs down before it joins them, even where none can stand twice.
    once = any({plan.near, plan.far}.issuperset(group) for group in declaration(plan.through).unique_sets)
    pairs = f"SELECT {'' if once else 'DISTINCT '}{near.sql} AS {NEAR}, {far.sql} AS {FAR} FROM {through.sql}"
    pairs += f" WHERE {_one_of(plan.near, near, plan.values, parameters)}"
    columns = ", ".join((NEAR, *(named(table, name) for name in plan.columns)))
    joined = f"SELECT {columns} FROM ({pairs}) JOIN {table.sql} ON {named(table, plan.field)} = {FAR}"
    return Statement(f"{joined}{order_clause(table, plan.order, joined=True)}", parameters)


def stored_rows(plan: Insert, table: Table) -> list[list[Any]]:
    """The rows as the table holds them, without what the database computes. Raises `ValidationError` for a value that cannot be held."""
    rows = [list(row) for row in plan.rows]
    columns = [(place, name, table.columns[name]) for place, name in enumerate(plan.columns)]
    for place, name, column in columns:
        if column.encode is not None or column.computed:
            for row in rows:
                row[place] = None if row[place] is None else _stored(name, column, row[place])
    for place in reversed([place for place, _, column in columns if column.computed]):
        for row in rows:
            del row[place]
    return rows


def insert(table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> Statement:
    """One statement for all of these rows, which are as `stored_rows` gives them for a plan of these columns."""
    return Statement(_insert_text(table, columns, len(rows)), rows[0] if len(rows) == 1 else [*chain.from_iterable(rows)])


def update(plan: Update, table: Table) -> Statement:
    """Raises `ValidationError` for a value that its column cannot hold."""
    parameters = [_stored(name, table.columns[name], value) for name, value in plan.values]
    changes = ", ".join(f"{table.columns[name].sql} = ?" for name, _ in plan.values)
    return Statement(f"UPDATE {table.sql} SET {changes}{where_clause(plan.where, table, parameters)}", parameters)


def delete(plan: Delete, table: Table) -> Statement:
    parameters: list[Any] = []
    return Statement(f"DELETE FROM {table.sql}{where_clause(plan.where, table, parameters)}", parameters)


def last_key(table: Table) -> Statement:
    """The greatest key that the table has or, where SQLite keeps count, ever had; 0 where there is none."""
    key = table.columns[table.key].sql
    greatest = f"SELECT coalesce(max({key}), 0) AS k FROM {table.sql}"
    if table.sequence:
        greatest = f"SELECT max(k) FROM ({greatest} UNION ALL SELECT seq FROM sqlite_sequence WHERE name = ?)"
    return Statement(greatest, (table.sequence,) if table.sequence else ())


def dependents(relation: Relation, child: Table, parent: Table, where: Where) -> Statement:
    """A row where something points at the rows of the target that meet the condition, and is not among them."""
    parameters: list[Any] = []
    pointing, target = child.columns[relation.field.name].sql, parent.columns[relation.target_field.name].sql
    text = f"SELECT 1 FROM {child.sql} WHERE {pointing} IN (SELECT {target} FROM {parent.sql}{where_clause(where, parent, parameters)})"
    if child is parent:
        text += f" AND {_condition(Not(where), parent, parameters)}"
    return Statement(f"{text} LIMIT 1", parameters)


@lru_cache(maxsize=1024)
def _head(table: Table, columns: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(table.columns[name].sql for name in columns)} FROM {table.sql}"


@lru_cache(maxsize=1024)
def order_clause(table: Table, order: tuple[Order, ...], joined: bool = False) -> str:
    """`joined`: the rows are joined with others, so that columns need the name of their table."""
    return f" ORDER BY {', '.join(_term(table, o, joined) + _direction(o) for o in total_order(table.key, order))}"


def _direction(order: Order) -> str:
    return (" DESC" if order.descending else "") + ("" if order.nulls is None else f" NULLS {order.nulls.upper()}")


def _term(table: Table, order: Order, joined: bool = False) -> str:
    if joined and not order.steps and table.columns[order.field].measure is None:
        return named(table, order.field)
    return at_end(table, order.steps, lambda far: far.columns[order.field].compared.sql)


def named(table: Table, field: str) -> str:
    """A column with the name of its table: SQLite finds no `rowid` without, where rows are joined."""
    return f"{table.sql}.{table.columns[field].sql}"


def at_end(table: Table, steps: tuple[Step, ...], expression: Callable[[Table], str], name: str = "") -> str:
    """An expression of a row, or of the one row that the steps lead to. `name` is what the table is called, where not by its own name."""
    if not steps:
        return expression(table)
    name = name or table.sql
    step, far = steps[0], f'"pyrest step {len(steps)}"'
    other = table.others[step.model]
    inner = at_end(other, steps[1:], expression, far)
    return f"(SELECT {inner} FROM {other.sql} AS {far} WHERE {far}.{other.columns[step.field].sql} = {name}.{table.columns[step.near].sql})"


@lru_cache(maxsize=1024)
def _insert_text(table: Table, columns: tuple[str, ...], rows: int) -> str:
    names = [table.columns[name].sql for name in table.columns_written(columns)]
    row = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table.sql} ({', '.join(names)}) VALUES {', '.join([row] * rows)}"


def _select(plan: Read, table: Table, where: str, parameters: list[Any]) -> Statement:
    if plan.walk is None:
        text, parameters = _listed(plan, table, where, parameters)
    else:
        text, parameters = _walked(plan, plan.walk, table, where, parameters)
    return limited(plan, text, parameters)


def limited(plan: Read | Aggregate, text: str, parameters: list[Any]) -> Statement:
    """The statement, with the limit and the offset of its plan."""
    if plan.limit is None and not plan.offset:
        return Statement(text, parameters)
    limit = -1 if plan.limit is None else min(plan.limit, INTEGER_MAX)
    return Statement(f"{text} LIMIT ? OFFSET ?", [*parameters, limit, min(plan.offset, INTEGER_MAX)])


def _listed(plan: Read, table: Table, where: str, parameters: list[Any]) -> tuple[str, list[Any]]:
    head, order = _head(table, plan.columns), order_clause(table, plan.order)
    if plan.best is not None:
        # The ranks of all that is found, joined, are computed once; asked for row by row, they took 3 seconds for 10,000 rows.
        index = _texts(table)
        head += f" LEFT JOIN ({index.found}) ON {table.columns[table.key].sql} = {FOUND}"
        order = f" ORDER BY {RANK},{order.removeprefix(' ORDER BY')}"
        parameters = [match_text(plan.best, index), *parameters]
    return f"{head}{where}{order}", parameters


def _walked(plan: Read, walk: Walk, table: Table, where: str, parameters: list[Any]) -> tuple[str, list[Any]]:
    """The rows of a walk, their places behind the columns. SQLite merges its ranges while it reads them, in the order of the places."""
    order = total_order(table.key, plan.order)
    terms = [SortTerm(one, _term(table, one), not one.steps and table.columns[one.field].never_null) for one in order]
    head = f"SELECT {', '.join([*(table.columns[name].sql for name in plan.columns), *(term.sql for term in terms)])} FROM {table.sql}"
    filters = [f"({where.removeprefix(_WHERE)})"] * bool(where)
    found = list(ranges(terms, walk))
    texts = [head + (_WHERE + " AND ".join([*filters, *one.conditions]) if filters or one.conditions else "") for one in found]
    by = ", ".join(f"{place}{_direction(one)}" for place, one in enumerate(order, len(plan.columns) + 1))
    values = [value for one in found for value in (*parameters, *one.values)]
    if len(values) + 2 > PARAMETERS_MAX:
        raise ValidationError(["With a cursor, these filters and this ordering have too many values at once."])
    return f"{' UNION ALL '.join(texts)} ORDER BY {by}", values


def _count(plan: Read, table: Table, where: str, parameters: list[Any]) -> Statement:
    if plan.total_limit is None:
        return Statement(f"SELECT count(*) FROM {table.sql}{where}", parameters)
    return Statement(f"SELECT count(*) FROM (SELECT 1 FROM {table.sql}{where} LIMIT ?)", [*parameters, plan.total_limit])


def where_clause(where: Where, table: Table, parameters: list[Any]) -> str:
    """The condition of a statement. Its values are appended to the parameters."""
    return "" if where == EVERYTHING else f"{_WHERE}{_condition(where, table, parameters)}"


def _condition(where: Where, table: Table, parameters: list[Any]) -> str:
    match where:
        case Compare():
            return _compare(table.columns[where.field].compared, where.operator, where.value, parameters)
        case OneOf(field, values):
            return _one_of(field, table.columns[field].compared, values, parameters)
        case IsNull(field):
            return f"{table.columns[field].sql} IS NULL"
        case And(parts):
            return joined([_part(part, table, parameters) for part in parts], " AND ") or "1"
        case Or(parts):
            return joined([_part(part, table, parameters) for part in parts], " OR ") or "0"
        case Text(field):
            return text_condition(where, table.columns[field].sql, table.columns[field].sortable, parameters)
        case Part(field, part, sign, number):
            parameters += [decoder_number(table.columns[field].decode), part, number]
            return f"{PART}({table.columns[field].sql}, ?, ?) {sign} ?"
        case Inside(field, path, inner):
            return inside(table.columns[field].sql, path, inner, parameters)
        case Linked(field, model, name, inner):
            other = table.others[model]
            column, linked = table.columns[field].compared.sql, other.columns[name].compared.sql
            return f"{column} IN (SELECT {linked} FROM {other.sql}{where_clause(inner, other, parameters)})"
        case Search():
            index = _texts(table)
            parameters.append(match_text(where, index))
            return f"{table.columns[table.key].sql} IN (SELECT {FOUND} FROM ({index.found}))"
        case Not(IsNull(field)):
            return f"{table.columns[field].sql} IS NOT NULL"
        case Not(part):
            # NOT of null is null; a plan knows two truth values.
            return f"({_condition(part, table, parameters)}) IS NOT TRUE"
    raise AssertionError(where)


def _texts(table: Table) -> TextIndex:
    assert table.texts is not None  # a store is told which texts are searched before it is asked
    return table.texts


def _part(where: Where, table: Table, parameters: list[Any]) -> str:
    text = _condition(where, table, parameters)
    return f"({text})" if isinstance(where, And | Or) else text


def _compare(column: Column, operator: Operator, value: Any, parameters: list[Any]) -> str:
    try:
        encoded = _encoded(column, value)
    except Invalid:  # the column cannot hold the value, so nothing in it equals it
        if operator == "=":
            return "0"
        encoded = float(value)
    parameters.append(encoded)
    return f"{column.sql} {operator} ?"


def _one_of(field: str, column: Column, values: tuple[Any, ...], parameters: list[Any]) -> str:
    encoded = encodings(column, values)
    if {*map(type, encoded)} <= {int, str}:
        # One text and one parameter for any number of values. SQLite reads a float in JSON less exactly than it binds one.
        parameters.append(orjson.dumps(encoded).decode())
        return f"{column.sql} IN (SELECT value FROM json_each(?))"
    parameters += encoded
    if len(parameters) > PARAMETERS_MAX:
        raise ValidationError({field: [f"More than {PARAMETERS_MAX} values at once."]})
    return f"{column.sql} IN ({', '.join('?' * len(encoded))})"


def _encoded(column: Column, value: Any) -> Any:
    return value if column.encode is None or value is None else column.encode(value)


def encodings(column: Column, values: tuple[Any, ...]) -> list[Any]:
    """Those that a row could have: nothing equals null, and nothing equals what the column cannot hold."""
    if column.encode is None:
        return [value for value in values if value is not None]
    found = []
    for value in values:
        if value is not None:
            with suppress(Invalid):
                found.append(_encoded(column, value))
    return found


def _stored(name: str, column: Column, value: Any) -> Any:
    if column.computed:
        raise ValidationError({name: ["The database computes this field."]})
    try:
        return value if column.encode is None or value is None else column.encode(value)
    except Invalid as refusal:
        raise ValidationError({name: [str(refusal)]}) from refusal
