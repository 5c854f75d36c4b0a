"""The share of what an edge leads to that a request wants from each row; and how much a request may want of everything together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyrest.errors import BadParameter
from pyrest.plan import EVERYTHING, Order, Where

MAX_OBJECTS = 10_000


@dataclass(frozen=True, slots=True)
class Share:
    """The rows that meet the condition, in order; from each row where the edge begins only the first `each`, and `limit` of them all.

    An `order` of None is that of the model.
    """

    where: Where = EVERYTHING
    order: tuple[Order, ...] | None = None
    each: int | None = None
    limit: int | None = None


EVERY_ROW = Share()


class Shares:
    """What a request wants along the edges whose `Needs` have a share, by its number, and how many objects it may yet be given.

    Objects are counted as often as they are shown.
    """

    def __init__(self, wanted: Sequence[Share]) -> None:
        self.wanted = wanted
        self.left = MAX_OBJECTS

    def spend(self, times: Iterable[int]) -> None:
        """Counts objects that are shown so many times each. Raises `BadParameter`."""
        self.left -= sum(times)
        if self.left < 0:
            raise BadParameter("expand", f"This would show more than {MAX_OBJECTS} related objects; ask for fewer with count.")
