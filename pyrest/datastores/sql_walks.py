"""The rows behind a place in an order → ranges, each of which an index on the order's columns can serve. It makes texts of conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pyrest.orders import nulls_first
from pyrest.plan import Order, Walk


class Range(NamedTuple):
    """Conditions that must all be met, and the values that they bind."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    def __add__(self, other: Range) -> Range:  # type: ignore[override]  # ranges are added, not the tuples that they are
        return Range(self.conditions + other.conditions, self.values + other.values)


def ranges(order: Sequence[Order], terms: Sequence[str], walk: Walk) -> Iterator[Range]:
    """The ranges that together are the rows of a walk, none of them twice. `terms` are the expressions that the order is by.

    For `a, b, key` behind (1, 2, 3): a = 1 and b = 2 and key > 3; a = 1 and b > 2; a > 1. SQLite takes an index for each of them, and for
    the whole written with OR it reads and sorts all rows behind.
    """
    if walk.behind is None:
        yield Range()
        return
    equal = [_equal(term, value) for term, value in zip(terms, walk.behind, strict=True)]
    for last in reversed(range(len(terms))):
        before = sum(equal[:last], Range())
        is_key = last == len(terms) - 1
        for further in _further(order[last], terms[last], walk.behind[last], is_key, is_key and walk.included):
            yield before + further


def _equal(term: str, value: Any) -> Range:
    return Range((f"{term} IS NULL",)) if value is None else Range((f"{term} = ?",), (value,))


def _further(order: Order, term: str, value: Any, is_key: bool, included: bool) -> Iterator[Range]:
    """What comes behind a value in one term of the order. A key is never null."""
    if value is None:
        if nulls_first(order):
            yield Range((f"{term} IS NOT NULL",))
        return
    sign = ("<" if order.descending else ">") + "=" * included
    yield Range((f"{term} {sign} ?",), (value,))
    if not (is_key or nulls_first(order)):
        yield Range((f"{term} IS NULL",))
