"""Measuring: rounds in turn on either side, their medians, and the ratio of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median

from benchmarks.operations import Operation, Request

Seconds = Callable[[Iterable[Request]], float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests per second on either side, each the median of its rounds."""

    by_hand: float
    pyrest: float

    @property
    def ratio(self) -> float:
        return self.pyrest / self.by_hand


def measure(operation: Operation, by_hand: Seconds, pyrest: Seconds, rounds: int, batch: int) -> Measured:
    """Times as many batches on either side. They take turns, so that whatever else the machine does slows both down."""
    requests = list(islice(cycle(operation.requests), batch))
    sides = (by_hand, pyrest)
    taken: tuple[list[float], list[float]] = ([], [])
    for side in sides:
        side(requests)
    for number in range(rounds):
        for place in (0, 1) if number % 2 else (1, 0):
            taken[place].append(sides[place](requests))
    return Measured(batch / median(taken[0]), batch / median(taken[1]))
