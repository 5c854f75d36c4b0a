"""Plans: what is asked of a store, as frozen values without behaviour. There is no SQL and no HTTP in them.

Fields are named as their models name them. Values are Python's: a `Decimal`, a `datetime`, never what a table holds.
A comparison with a null row is false, and `Not` is true where its part is not: there are two truth values, not SQL's three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from pyrest.models.model import Model

Operator = Literal["=", "<", "<=", ">", ">="]
Nulls: TypeAlias = Literal["first", "last"] | None


@dataclass(frozen=True, slots=True)
class Compare:
    """The field's value stands in this relation to the value, and neither is null."""

    field: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field's value is one of these, and not null."""

    field: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    field: str


@dataclass(frozen=True, slots=True)
class Text:
    """The field's text holds, begins with, ends with or is this one, every character standing for itself.

    `fold`: `"ascii"` takes the letters A to Z in either case as the same, `"unicode"` all letters (Unicode's case folding).
    """

    field: str
    place: Literal["anywhere", "start", "end", "whole"]
    text: str
    fold: Literal["", "ascii", "unicode"] = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the field's date, such as its month, stands in this relation to the number. In UTC, unless the field is naive."""

    field: str
    part: Literal["month", "day"]
    operator: Operator
    number: int


@dataclass(frozen=True, slots=True)
class Inside:
    """What a JSON field holds at a path of names and places is a value of that kind, and meets the condition on `VALUE`."""

    field: str
    path: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; true where there are none."""

    parts: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts; false where there are none."""

    parts: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    part: Where


@dataclass(frozen=True, slots=True)
class Linked:
    """The field's value stands in the column of a row of another model that meets a condition of its own."""

    field: str
    model: type[Model]
    column: str
    where: Where


@dataclass(frozen=True, slots=True)
class Term:
    """A word or several in a row; with `prefix`, the last of them is the beginning of a word."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Each of the terms stands in one of the fields' texts, word by word. Case and accents do not count.

    A word is made of letters and digits; what else there is stands between words.
    """

    fields: tuple[str, ...]
    terms: tuple[Term, ...]


Where: TypeAlias = Compare | OneOf | IsNull | Text | Part | Inside | And | Or | Not | Linked | Search

EVERYTHING = And()
VALUE = ""
"""What a condition inside a JSON document calls the value that it is about."""


@dataclass(frozen=True, slots=True)
class Step:
    """From a row to the one row of a model whose `field` holds what `near` holds in ours."""

    near: str
    model: type[Model]
    field: str


@dataclass(frozen=True, slots=True)
class Order:
    """By a field of the rows, or of the row that the steps lead to. Nulls come first, last where it descends, unless `nulls` says."""

    field: str
    descending: bool = False
    nulls: Nulls = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """The rows behind a place in their order, or all of them; each comes with its own place.

    A place is what a row has in the terms of the order, the key last, in values of the store's own. A row that is at the place itself is
    one of them if it is `included`.
    """

    behind: tuple[Any, ...] | None = None
    included: bool = False


class Read(NamedTuple):
    """These columns of the rows where …, in order. The key breaks ties.

    With `total`, also their number without limit, offset and walk, counted no further than `total_limit`.
    With `best`, what this search finds best comes first, before `order`, as far as the store can tell; a walk knows no such order.
    """

    model: type[Model]
    columns: tuple[str, ...]
    where: Where = EVERYTHING
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    total: bool = False
    best: Search | None = None
    total_limit: int | None = None
    walk: Walk | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """What rows are grouped or measured by: a field of theirs, or of the row that the steps lead to, or a part of its date, in UTC."""

    field: str
    steps: tuple[Step, ...] = ()
    part: Literal["", "year", "month", "day", "date"] = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of many rows; nulls are left out of it. Without `of`, `count` counts the rows. Over nothing all but counts are null."""

    function: Literal["count", "count_distinct", "sum", "avg", "min", "max"]
    of: Value | None = None


@dataclass(frozen=True, slots=True)
class Rank:
    """By a column of an aggregate: those of the groups come first, then the measures. Nulls as in an `Order`."""

    column: int
    descending: bool = False
    nulls: Literal["first", "last"] | None = None


class Aggregate(NamedTuple):
    """The measures of the rows where …, for each group of rows that have the same values `by`, null being one; without `by`, of all.

    A row of the result holds the values of the group, then the measures. The values of the groups break ties. With `total`, also the
    number of groups.
    """

    model: type[Model]
    measures: tuple[Measure, ...]
    by: tuple[Value, ...] = ()
    where: Where = EVERYTHING
    order: tuple[Rank, ...] = ()
    limit: int | None = None
    offset: int = 0
    total: bool = False


class Embed(NamedTuple):
    """These columns of the rows that are joined with any of the values, each row behind the value that it is joined with.

    The pairs are rows of `through`: `near` holds a value, `far` what the row has in `field`. The key breaks ties.
    """

    model: type[Model]
    columns: tuple[str, ...]
    field: str
    through: type[Model]
    near: str
    far: str
    values: tuple[Any, ...]
    order: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows that join others: `near` holds a value, `far` what a row that is joined with it has in a field."""

    through: type[Model]
    near: str
    far: str


class Firsts(NamedTuple):
    """These columns of the rows where …, for each of the values the first `each` that hold it in `field`, which is one of the columns.

    With `pairs`, of those that are joined with the value, by what they have in `field`. In order, and the key breaks ties. `limit` is of
    the rows for all values together.
    """

    model: type[Model]
    columns: tuple[str, ...]
    field: str
    values: tuple[Any, ...]
    pairs: Pairs | None = None
    where: Where = EVERYTHING
    order: tuple[Order, ...] = ()
    each: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """A row named by a value of one of its fields; it has yet to be seen whether it exists, and meets the condition."""

    model: type[Model]
    field: str
    value: Any
    where: Where = EVERYTHING


class Insert(NamedTuple):
    """Rows of values in the order of `columns`, the key among them. A key that is None is given by the store."""

    model: type[Model]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Update(NamedTuple):
    model: type[Model]
    values: tuple[tuple[str, Any], ...]
    where: Where = EVERYTHING


class Delete(NamedTuple):
    model: type[Model]
    where: Where = EVERYTHING
