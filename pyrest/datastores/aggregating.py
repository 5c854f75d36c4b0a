"""What aggregates mean: groups of rows, and measures of them. The memory store answers by it, and SQLite is held to it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import itemgetter
from typing import Any

from pyrest.datastores.exact import mean, plus
from pyrest.datastores.meaning import in_order
from pyrest.datastores.protocol import Result
from pyrest.models.fields import DecimalField, Field
from pyrest.models.model import Model, declaration
from pyrest.plan import Aggregate, Measure, Rank, Value

Row = tuple[Any, ...]


def field_of(model: type[Model], value: Value) -> Field[Any]:
    """The field that a value of a model's rows is taken from."""
    return declaration(value.steps[-1].model if value.steps else model).fields[value.field]


def values_of(plan: Aggregate) -> Iterator[Value]:
    """All values of rows that a plan is about."""
    yield from plan.by
    yield from (measure.of for measure in plan.measures if measure.of is not None)


def part_of(value: date | None, part: str) -> Any:
    """A part of a date."""
    return value.date() if part == "date" and isinstance(value, datetime) else None if value is None else getattr(value, part)


def ranks(plan: Aggregate) -> tuple[Rank, ...]:
    """The whole order of the groups: what the plan says, then their own values."""
    said = {rank.column for rank in plan.order}
    return (*plan.order, *(Rank(column) for column in range(len(plan.by)) if column not in said))


def aggregated(plan: Aggregate, size: int, columns: Mapping[Value, Sequence[Any]]) -> Result:
    """The result for so many rows, whose values stand in columns."""
    groups: dict[Row, list[int]] = {} if plan.by else {(): [*range(size)]}
    for place in range(size) if plan.by else ():
        groups.setdefault(tuple(columns[value][place] for value in plan.by), []).append(place)
    rows = [(*group, *(_measured(plan.model, m, places, columns) for m in plan.measures)) for group, places in groups.items()]
    for rank in reversed(ranks(plan)):
        rows = in_order(rows, itemgetter(rank.column), rank)
    end = None if plan.limit is None else plan.offset + plan.limit
    return Result(rows[plan.offset : end], len(rows) if plan.total else None)


def _measured(model: type[Model], measure: Measure, places: list[int], columns: Mapping[Value, Sequence[Any]]) -> Any:
    if measure.of is None:
        return len(places)
    values = [value for place in places if (value := columns[measure.of][place]) is not None]
    match measure.function:
        case "count":
            return len(values)
        case "count_distinct":
            return len(set(values))
        case _ if not values:
            return None
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "sum":
            return _rounded(_total(values))
    field, total = field_of(model, measure.of), _total(values)
    return mean(total, len(values), field.decimal_places) if isinstance(field, DecimalField) else _rounded(total / len(values))


def _total(values: list[Any]) -> Any:
    if isinstance(values[0], Decimal):
        return reduce(plus, values)
    return sum(map(Fraction, values)) if isinstance(values[0], float) else sum(values)


def _rounded(total: Any) -> Any:
    """A sum of floats as the nearest float, infinite where it is beyond their range."""
    try:
        return float(total) if isinstance(total, Fraction) else total
    except OverflowError:
        return math.inf if total > 0 else -math.inf
