"""Orders: what the terms of an order come to when every row has a place of its own in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pyrest.plan import Nulls, Order, Rank

_OTHER: Mapping[Nulls, Nulls] = {"first": "last", "last": "first", None: None}


def total_order(key: str, order: tuple[Order, ...]) -> tuple[Order, ...]:
    """The order with the key as its last term, which breaks ties. What stands behind a key decides nothing."""
    for place, one in enumerate(order):
        if one.field == key and not one.steps:
            return order[: place + 1]
    return (*order, Order(key))


def turned(order: tuple[Order, ...]) -> tuple[Order, ...]:
    """The same rows the other way round."""
    return tuple(replace(one, descending=not one.descending, nulls=_OTHER[one.nulls]) for one in order)


def nulls_first(order: Order | Rank) -> bool:
    """Whether nulls come before all values."""
    return not order.descending if order.nulls is None else order.nulls == "first"
