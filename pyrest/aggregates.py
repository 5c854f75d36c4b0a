"""Aggregates as texts: `count`, `sum(total)`, groups by `country` or `created__year` → what a plan holds, and how its values look."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar, cast

from pyrest.errors import Invalid, UnknownName, ValidationError, did_you_mean, quoted
from pyrest.lookups import PARTS
from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.models.model import Model
from pyrest.paths import PYTHON, Leaf, Names, followed, steps_along
from pyrest.plan import Aggregate, Measure, Rank, Value, Where
from pyrest.surface import Surface

T = TypeVar("T")

MAX_MEASURES = 20
MAX_GROUPS = 5

FUNCTIONS = ("count", "count_distinct", "sum", "avg", "min", "max")
NUMBERS = ("integer", "float", "decimal")

_MEASURE = re.compile(r"(?P<function>\w+)(\((?P<name>[^()]+)\))?")


class Measured(NamedTuple):
    """A measure, what it was asked by, and how its values look in JSON."""

    name: str
    measure: Measure
    dump: Callable[[Any], Any]


class Grouped(NamedTuple):
    """A value to group by, what it was asked by, and how it looks in JSON."""

    name: str
    value: Value
    dump: Callable[[Any], Any]


class Groups(NamedTuple):
    """What is asked of groups: what makes them, what is measured of them, and their order."""

    by: tuple[Grouped, ...]
    measures: tuple[Measured, ...]
    order: tuple[Rank, ...]

    def plan(self, model: type[Model], where: Where) -> Aggregate:
        """The plan for these groups of a model's rows."""
        return Aggregate(model, tuple(one.measure for one in self.measures), tuple(one.value for one in self.by), where, self.order)

    def objects(self, rows: Iterable[tuple[Any, ...]], shown: bool) -> list[dict[str, Any]]:
        """The rows of the plan's result by the names that were asked, as JSON where they are to be `shown`.

        Raises `ValidationError` for a sum that is no number any more.
        """
        columns: tuple[Grouped | Measured, ...] = (*self.by, *self.measures)
        for row in rows:
            for column, value in zip(self.measures, row[len(self.by) :], strict=True):
                if isinstance(value, float) and not math.isfinite(value):
                    raise ValidationError({"aggregate": [f"{column.name} is beyond the range of floats."]})
        if not shown:
            return [{column.name: value for column, value in zip(columns, row, strict=True)} for row in rows]
        return [{column.name: column.dump(value) for column, value in zip(columns, row, strict=True)} for row in rows]


def groups_of(names: Names, measures: Iterable[str], group_by: Iterable[str], ordering: Iterable[str]) -> Groups:
    """`["count", "sum(total)"]`, `["country", "created__year"]` and `["-sum(total)"]` → groups.

    Raises `UnknownName`, and `ValidationError` which names the argument: `aggregate`, `group_by` or `ordering`.
    """
    by = tuple(grouped(names, text) for text in _texts("group_by", group_by, MAX_GROUPS))
    found = tuple(_blaming("aggregate", _measured, names, text) for text in _texts("aggregate", measures, MAX_MEASURES))
    taken = [*(group.name for group in by), *(measure.name for measure in found)]
    for name in taken:
        if taken.count(name) > 1:
            raise ValidationError({"aggregate": [f"{quoted(name)} is a field to group by as well; count its values: count({name})."]})
    return Groups(by, found, _blaming("ordering", _ranks, taken, _texts("ordering", ordering, MAX_GROUPS + MAX_MEASURES)))


def grouped(names: Names, text: str, parameter: str = "group_by") -> Grouped:
    """A name → a value to group by. Raises `UnknownName`, and `ValidationError` for what gives no groups."""
    return _blaming(parameter, _grouped, names, text)


def _texts(argument: str, given: Iterable[str], most: int) -> tuple[str, ...]:
    if isinstance(given, str):
        raise ValidationError({argument: [f'A tuple of names is required: ("{given}",).']})
    texts = tuple(given)
    if len(texts) > most:
        raise ValidationError({argument: [f"At most {most} at once."]})
    for text in texts:
        if texts.count(text) > 1:
            raise ValidationError({argument: [f"{quoted(text)} is there twice."]})
    return texts


def _blaming(argument: str, read: Callable[[Any, Any], T], names: object, given: object) -> T:
    try:
        return read(names, given)
    except Invalid as refusal:
        raise ValidationError({argument: [str(refusal)]}) from None


def _grouped(names: Names, text: str) -> Grouped:
    value, field = _value(names, text)
    _refuse_unordered(field)
    return Grouped(text, value, _dump(field, value))


def _ranks(columns: Sequence[str], texts: Sequence[str]) -> tuple[Rank, ...]:
    found: dict[int, Rank] = {}
    for text in texts:
        bare, colon, nulls = text.removeprefix("-").partition(":")
        if colon and nulls not in ("nullsfirst", "nullslast"):
            raise Invalid(f"Behind the colon stands nullsfirst or nullslast, not {quoted(nulls)}.")
        if bare not in columns:
            raise UnknownName("ordering", bare, columns)
        which: Any = nulls.removeprefix("nulls") or None
        rank = Rank(columns.index(bare), text.startswith("-"), which)
        if found.setdefault(rank.column, rank) is not rank:
            raise Invalid(f"{quoted(bare)} is there twice.")
    return tuple(found.values())


def _measured(names: Names, text: str) -> Measured:
    found = _MEASURE.fullmatch(text)
    if found is None:
        raise Invalid(f"{quoted(text)} is no measure; write count, or one of a field: {', '.join(f'{name}(…)' for name in FUNCTIONS)}.")
    function: Any = found["function"]
    if function not in FUNCTIONS:
        raise UnknownName("measure", function, FUNCTIONS)
    if found["name"] is None:
        if function != "count":
            raise Invalid(f"{function} is that of a field: write {function}(price) with the field's name.")
        return Measured(text, Measure("count"), _as_is)
    value, field = _value(names, found["name"])
    if function != "count":
        _refuse_unordered(field)
    if function in ("sum", "avg") and (value.part or field.family not in NUMBERS):
        raise Invalid(f"{text}: {found['name']} is no number; there are count, count_distinct, min and max of it.")
    return Measured(text, Measure(function, value), _as_is if function.startswith("count") else _dump(field, value))


def _value(names: Names, name: str) -> tuple[Value, Field[Any]]:
    try:
        found = followed(names, name, lookups=False)
    except UnknownName as refusal:
        if refusal.name in refusal.known:
            raise Invalid(f"{quoted(refusal.name)} is a relation; name a field behind it: {refusal.name}__…") from None
        raise
    field, words = found.leaf.field, "__".join(found.words)
    several = [edge.name for edge in found.path if not edge.single]
    if several:
        raise Invalid(f"{several[0]} leads to several rows; a row has to have one value.")
    parts = [part for part in PARTS.get(field.family, ()) if part != "casefold"]
    if words and words not in parts:
        raise Invalid(f"{field.name} has no part {quoted(words)}{did_you_mean(words, parts) or '.'}")
    return Value(field.name, steps_along(found.path), cast(Any, words)), field


def _refuse_unordered(field: Field[Any]) -> None:
    if not field.comparable:
        raise Invalid(f"The values of {field.name} have no order; there is only their count.")


def _dump(field: Field[Any], value: Value) -> Callable[[Any], Any]:
    return _part_text if value.part else field.dump


def _part_text(value: int | date | None) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _as_is(value: Any) -> Any:
    return value


class ShownNames:
    """The names that a client may aggregate by: those of filters, unless what they stand for is hidden."""

    kind = "field"

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    def leaf(self, word: str) -> Leaf | None:
        found = None if word in self._surface.hidden else self._surface.filters.get(word)
        return None if found is None else Leaf(found.field, found.path, PYTHON)

    def edge(self, word: str) -> Edge | None:
        return None if word in self._surface.hidden else self._surface.edges.get(word)

    def beyond(self, edge: Edge) -> Names:
        return ShownNames(self._surface.beyond(edge))

    def known(self) -> Iterable[str]:
        return [name for name in dict.fromkeys((*self._surface.filters, *self._surface.edges)) if name not in self._surface.hidden]
