"""The rows behind a place in an order → ranges, each of which an index on the order's columns can serve. It makes texts of conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pyrest.orders import nulls_first
from pyrest.plan import Order, Walk


class SortTerm(NamedTuple):
    """One term of an order, and the expression that it orders by."""

    order: Order
    sql: str
    never_null: bool


class Range(NamedTuple):
    """Conditions that must all be met, and the values that they bind."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    def __add__(self, other: Range) -> Range:  # type: ignore[override]  # ranges are added, not the tuples that they are
        return Range(self.conditions + other.conditions, self.values + other.values)


def ranges(terms: Sequence[SortTerm], walk: Walk) -> Iterator[Range]:
    """The ranges that together are the rows of a walk, none of them twice. The last term is the key.

    For `a, b, key` behind (1, 2, 3): a = 1 and b = 2 and key > 3; a = 1 and b > 2; a > 1. SQLite takes an index for each of them, and for
    the whole written with OR it reads and sorts all rows behind.
    """
    if walk.behind is None:
        yield Range()
        return
    equal = [_equal(term.sql, value) for term, value in zip(terms, walk.behind, strict=True)]
    for last in reversed(range(len(terms))):
        before = sum(equal[:last], Range())
        for further in _further(terms[last], walk.behind[last], walk.included and last == len(terms) - 1):
            yield before + further


def _equal(term: str, value: Any) -> Range:
    return Range((f"{term} IS NULL",)) if value is None else Range((f"{term} = ?",), (value,))


def _further(term: SortTerm, value: Any, included: bool) -> Iterator[Range]:
    """What comes behind a value in one term of the order."""
    if value is None:
        if nulls_first(term.order):
            yield Range((f"{term.sql} IS NOT NULL",))
        return
    sign = ("<" if term.order.descending else ">") + "=" * included
    yield Range((f"{term.sql} {sign} ?",), (value,))
    if not (term.never_null or nulls_first(term.order)):
        yield Range((f"{term.sql} IS NULL",))
