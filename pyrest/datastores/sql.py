"""Plans → SQL: text and parameters. It executes nothing.

Names come from declarations and are quoted; values are bound, always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from pyrest.datastores.codecs import Convert
from pyrest.errors import Invalid, ValidationError
from pyrest.models.edges import Relation
from pyrest.models.model import Model, declaration
from pyrest.plan import (
    EVERYTHING,
    And,
    Compare,
    Delete,
    Embed,
    Insert,
    IsNull,
    Linked,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    Read,
    Update,
    Where,
)

INTEGER_MAX = 2**63 - 1
PARAMETERS_MAX = 32_766  # SQLite's limit for one statement, unless it was compiled with another
TERMS_MAX = 500

# No column of a table is called so: they stand beside those of the target.
_NEAR, _FAR = '"pyrest near"', '"pyrest far"'


class Statement(NamedTuple):
    text: str
    parameters: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A field's column: its quoted name and its codec. `computed` columns are filled by the database alone.

    `measure` is an expression and its codec, where the order of what the column holds is not that of the values.
    """

    sql: str
    encode: Convert | None = None
    decode: Convert | None = None
    computed: bool = False
    measure: Column | None = None

    @property
    def compared(self) -> Column:
        return self.measure or self


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Where the rows of a model are: the quoted name, and the columns by the names of their fields.

    `counts_keys` where the store has to count the keys that it gives, because SQLite does not;
    `sequence` is the table's name in `sqlite_sequence`, where SQLite does.
    """

    sql: str
    columns: Mapping[str, Column]
    key: str
    counts_keys: bool = False
    sequence: str = ""
    others: Mapping[type[Model], Table] = field(default_factory=dict)

    @lru_cache(maxsize=1024)  # noqa: B019 - the tables of a store live as long as it does
    def decoders(self, columns: tuple[str, ...]) -> tuple[tuple[int, Convert], ...]:
        """Which places of a row of these columns need decoding, and how."""
        return tuple((i, decode) for i, name in enumerate(columns) if (decode := self.columns[name].decode) is not None)

    def columns_written(self, columns: tuple[str, ...]) -> list[str]:
        """Those of the columns that the database does not compute."""
        return [name for name in columns if not self.columns[name].computed]


def quote(name: str) -> str:
    """A name as SQLite reads it. It is no check: an unknown name in double quotes is a string to SQLite."""
    return '"' + name.replace('"', '""') + '"'


def select(plan: Read, table: Table) -> Statement:
    parameters: list[Any] = []
    return _select(plan, table, _where(plan.where, table, parameters), parameters)


def count(plan: Read, table: Table) -> Statement:
    """The number of rows that meet the plan's condition, whatever its limit and offset."""
    parameters: list[Any] = []
    return _count(table, _where(plan.where, table, parameters), parameters)


def page(plan: Read, table: Table) -> tuple[Statement, Statement]:
    """Both, with the condition that they have in common translated once."""
    parameters: list[Any] = []
    where = _where(plan.where, table, parameters)
    return _select(plan, table, where, parameters), _count(table, where, parameters)


def embed(plan: Embed, table: Table) -> Statement:
    """The first column is the value that a row is joined with."""
    parameters: list[Any] = []
    through = table.others[plan.through]
    near, far = through.columns[plan.near], through.columns[plan.far]
    # With DISTINCT, SQLite writes the pairs down before it joins them, even where none can stand twice.
    once = any({plan.near, plan.far}.issuperset(group) for group in declaration(plan.through).unique_sets)
    pairs = f"SELECT {'' if once else 'DISTINCT '}{near.sql} AS {_NEAR}, {far.sql} AS {_FAR} FROM {through.sql}"
    pairs += f" WHERE {_one_of(plan.near, near, plan.values, parameters)}"
    columns = ", ".join((_NEAR, *(table.columns[name].sql for name in plan.columns)))
    joined = f"SELECT {columns} FROM ({pairs}) JOIN {table.sql} ON {table.columns[plan.field].sql} = {_FAR}"
    return Statement(f"{joined}{_order(table, plan.order)}", parameters)


def stored_rows(plan: Insert, table: Table) -> list[list[Any]]:
    """The rows as the table holds them, without what the database computes. Raises `ValidationError` for a value that cannot be held."""
    columns = [(i, name, table.columns[name]) for i, name in enumerate(plan.columns)]
    return [[_stored(name, c, row[i]) for i, name, c in columns if not (c.computed and row[i] is None)] for row in plan.rows]


def insert(table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> Statement:
    """One statement for all of these rows, which are as `stored_rows` gives them for a plan of these columns."""
    return Statement(_insert_text(table, columns, len(rows)), rows[0] if len(rows) == 1 else [value for row in rows for value in row])


def update(plan: Update, table: Table) -> Statement:
    """Raises `ValidationError` for a value that its column cannot hold."""
    parameters = [_stored(name, table.columns[name], value) for name, value in plan.values]
    changes = ", ".join(f"{table.columns[name].sql} = ?" for name, _ in plan.values)
    return Statement(f"UPDATE {table.sql} SET {changes}{_where(plan.where, table, parameters)}", parameters)


def delete(plan: Delete, table: Table) -> Statement:
    parameters: list[Any] = []
    return Statement(f"DELETE FROM {table.sql}{_where(plan.where, table, parameters)}", parameters)


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
    text = f"SELECT 1 FROM {child.sql} WHERE {pointing} IN (SELECT {target} FROM {parent.sql}{_where(where, parent, parameters)})"
    if child is parent:
        text += f" AND {_condition(Not(where), parent, parameters)}"
    return Statement(f"{text} LIMIT 1", parameters)


@lru_cache(maxsize=1024)
def _head(table: Table, columns: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(table.columns[name].sql for name in columns)} FROM {table.sql}"


@lru_cache(maxsize=1024)
def _order(table: Table, order: tuple[Order, ...]) -> str:
    by_key = () if any(o.field == table.key for o in order) else (Order(table.key),)
    terms = (table.columns[o.field].compared.sql + (" DESC" if o.descending else "") for o in (*order, *by_key))
    return f" ORDER BY {', '.join(terms)}"


@lru_cache(maxsize=1024)
def _insert_text(table: Table, columns: tuple[str, ...], rows: int) -> str:
    names = [table.columns[name].sql for name in table.columns_written(columns)]
    row = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table.sql} ({', '.join(names)}) VALUES {', '.join([row] * rows)}"


def _select(plan: Read, table: Table, where: str, parameters: list[Any]) -> Statement:
    text = f"{_head(table, plan.columns)}{where}{_order(table, plan.order)}"
    if plan.limit is None and not plan.offset:
        return Statement(text, parameters)
    limit = -1 if plan.limit is None else min(plan.limit, INTEGER_MAX)
    return Statement(f"{text} LIMIT ? OFFSET ?", [*parameters, limit, min(plan.offset, INTEGER_MAX)])


def _count(table: Table, where: str, parameters: list[Any]) -> Statement:
    return Statement(f"SELECT count(*) FROM {table.sql}{where}", parameters)


def _where(where: Where, table: Table, parameters: list[Any]) -> str:
    return "" if where == EVERYTHING else f" WHERE {_condition(where, table, parameters)}"


def _condition(where: Where, table: Table, parameters: list[Any]) -> str:
    match where:
        case Compare():
            return _compare(table.columns[where.field].compared, where.operator, where.value, parameters)
        case OneOf(field, values):
            return _one_of(field, table.columns[field].compared, values, parameters)
        case IsNull(field):
            return f"{table.columns[field].sql} IS NULL"
        case And(parts):
            return _joined([_part(part, table, parameters) for part in parts], " AND ") or "1"
        case Or(parts):
            return _joined([_part(part, table, parameters) for part in parts], " OR ") or "0"
        case Linked(field, model, name, inner):
            other = table.others[model]
            column, linked = table.columns[field].compared.sql, other.columns[name].compared.sql
            return f"{column} IN (SELECT {linked} FROM {other.sql}{_where(inner, other, parameters)})"
        case Not(IsNull(field)):
            return f"{table.columns[field].sql} IS NOT NULL"
        case Not(part):
            # NOT of null is null; a plan knows two truth values.
            return f"({_condition(part, table, parameters)}) IS NOT TRUE"
    raise AssertionError(where)


def _part(where: Where, table: Table, parameters: list[Any]) -> str:
    text = _condition(where, table, parameters)
    return f"({text})" if isinstance(where, And | Or) else text


def _joined(texts: list[str], word: str) -> str:
    # An expression of SQLite is at most 1,000 deep, and a chain of ORs is as deep as it is long.
    while len(texts) > TERMS_MAX:
        texts = [f"({word.join(texts[i : i + TERMS_MAX])})" for i in range(0, len(texts), TERMS_MAX)]
    return word.join(texts)


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
    encoded = _encodings(column, values)
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


def _encodings(column: Column, values: tuple[Any, ...]) -> list[Any]:
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
