"""Aggregates → SQL: the groups and the measures of a plan as columns of one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from pyrest.datastores.aggregating import field_of, ranks
from pyrest.datastores.codecs import Convert, from_scaled
from pyrest.datastores.exact import DECIMALS, NO_SCALE, REAL, REAL_MEAN, SORTABLE, WHOLE, WHOLE_MEAN, halves, scaled_down
from pyrest.datastores.functions import PART, READ, decoder_number
from pyrest.datastores.sql import Statement, at_end, limited, where_clause
from pyrest.datastores.tables import Column, Table
from pyrest.models.fields import DecimalField, Field
from pyrest.models.model import Model
from pyrest.plan import Aggregate, Measure, Rank, Value

_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"
_PIECES = {
    "year": "CAST(substr({}, 1, 4) AS INTEGER)",
    "month": "CAST(substr({}, 6, 2) AS INTEGER)",
    "day": "CAST(substr({}, 9, 2) AS INTEGER)",
    "date": "substr({}, 1, 10)",
}


class Computed(NamedTuple):
    """A column of the result: its SQL, what groups or orders by it, and how its values are read."""

    sql: str
    order: str
    decode: Convert | None = None


def columns_of(plan: Aggregate, table: Table) -> list[Computed]:
    """The columns of a plan's result."""
    return [*(_group(value, table) for value in plan.by), *(_measure(plan.model, measure, table) for measure in plan.measures)]


def aggregate(plan: Aggregate, table: Table, columns: Sequence[Computed]) -> Statement:
    """The plan's page. With `total`, the number of groups stands behind the columns of each row."""
    parameters: list[Any] = []
    # The total is that of all groups: a window is looked at before the limit.
    total = [] if not plan.total else ["count(*) OVER ()"] if plan.by else ["1"]
    order = f" ORDER BY {', '.join(_ranked(rank, columns) for rank in ranks(plan))}" if plan.by else ""
    text = f"SELECT {', '.join([*(column.sql for column in columns), *total])}{_grouped(plan, table, columns, parameters)}{order}"
    return limited(plan, text, parameters)


def groups(plan: Aggregate, table: Table, columns: Sequence[Computed]) -> Statement:
    """How many groups there are in all."""
    parameters: list[Any] = []
    return Statement(f"SELECT count(*) FROM (SELECT count(*){_grouped(plan, table, columns, parameters)})", parameters)


def _grouped(plan: Aggregate, table: Table, columns: Sequence[Computed], parameters: list[Any]) -> str:
    by = ", ".join(column.order for column in columns[: len(plan.by)])
    return f" FROM {table.sql}{where_clause(plan.where, table, parameters)}{f' GROUP BY {by}' if by else ''}"


def _ranked(rank: Rank, columns: Sequence[Computed]) -> str:
    nulls = "" if rank.nulls is None else f" NULLS {rank.nulls.upper()}"
    return f"{columns[rank.column].order}{' DESC' if rank.descending else ''}{nulls}"


# Values.


def _column(table: Table, value: Value) -> Column:
    end = table.others[value.steps[-1].model] if value.steps else table
    return end.columns[value.field]


def _held(table: Table, value: Value) -> str:
    """What the column holds."""
    return at_end(table, value.steps, lambda end: end.columns[value.field].sql)


def _compared(table: Table, value: Value) -> str:
    """What tells one value from another, and orders them."""
    if value.part:
        return _part(_column(table, value), _held(table, value), value.part)
    return at_end(table, value.steps, lambda end: end.columns[value.field].compared.sql)


def _part(column: Column, held: str, part: str) -> str:
    read = f"{PART}({held}, {decoder_number(column.decode)}, '{part}')"
    if column.decode not in (date.fromisoformat, datetime.fromisoformat):
        return read
    # In tables of ours the part stands at its place in the text, and a call of Python for every row would take three times as long.
    return f"CASE WHEN {held} GLOB '{_DAY}' THEN {_PIECES[part].format(held)} ELSE {read} END"


def _group(value: Value, table: Table) -> Computed:
    column, compared = _column(table, value), _compared(table, value)
    if value.part:
        return Computed(compared, compared, date.fromisoformat if value.part == "date" else None)
    # Texts of one number may differ: any of them tells it.
    return Computed(compared if column.measure is None else f"min({_held(table, value)})", compared, column.decode)


# Measures.


def _measure(model: type[Model], measure: Measure, table: Table) -> Computed:
    if measure.of is None:
        return _plain("count(*)")
    value = measure.of
    match measure.function:
        case "count":
            return _plain(f"count({_held(table, value)})")
        case "count_distinct":
            return _plain(f"count(DISTINCT {_compared(table, value)})")
        case "min" | "max":
            return _extreme(measure.function, model, value, table)
    column, field = _column(table, value), field_of(model, value)
    if column.scale is None and isinstance(field, DecimalField):
        return _decimals(measure.function, field, value, table)
    number = _number(field, column, _held(table, value))
    if field.family == "float":
        return _plain(f"{REAL if measure.function == 'sum' else REAL_MEAN}(sum({number}), sum({scaled_down(number)}), count({number}))")
    return _whole(measure.function, field, column.scale or 0, number)


def _plain(sql: str, decode: Convert | None = None) -> Computed:
    return Computed(sql, sql, decode)


def _sortable(sql: str, decode: Convert) -> Computed:
    """A number that SQLite cannot hold exactly, as a text."""
    return Computed(sql, f"{SORTABLE}({sql})", decode)


def _extreme(function: str, model: type[Model], value: Value, table: Table) -> Computed:
    column, field = _column(table, value), field_of(model, value)
    if column.measure is not None and isinstance(field, DecimalField):
        return _decimals(function, field, value, table)
    compared = _compared(table, value)
    return _plain(f"{function}({compared})", _group(value, table).decode)


def _decimals(function: str, field: DecimalField, value: Value, table: Table) -> Computed:
    number = decoder_number(_column(table, value).decode)
    return _sortable(f"{DECIMALS}({_held(table, value)}, {number}, '{function}', {field.decimal_places})", Decimal)


def _number(field: Field[Any], column: Column, held: str) -> str:
    """What a column holds as a number. In a table of others, what has another type is read as it would be shown, or left out."""
    if column.decode is None or column.scale is not None:
        return held
    kinds, number = ("'integer', 'real'", f"{held} + 0.0") if field.family == "float" else ("'integer'", held)
    return f"CASE WHEN typeof({held}) IN ({kinds}) THEN {number} ELSE {READ}({held}, {decoder_number(column.decode)}) END"


def _whole(function: str, field: Field[Any], scale: int, number: str) -> Computed:
    is_decimal = isinstance(field, DecimalField)
    if function == "sum":
        return _sortable(f"{WHOLE}({halves(number)})", partial(_from_scaled_text, scale) if is_decimal else int)
    sql = f"{WHOLE_MEAN}({halves(number)}, count({number}), {scale if is_decimal else NO_SCALE})"
    return _sortable(sql, Decimal) if is_decimal else _plain(sql)


def _from_scaled_text(scale: int, total: int | str) -> Decimal:
    return from_scaled(scale, int(total))
