"""Measuring: rounds in turn on either side, their medians, and the ratio of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median

from benchmarks.operations import Request

Seconds = Callable[[Iterable[Request]], float]
Side = tuple[Seconds, tuple[Request, ...]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests per second on either side, each the median of its rounds."""

    by_hand: float
    pyrest: float

    @property
    def ratio(self) -> float:
        return self.pyrest / self.by_hand


def measure(by_hand: Side, pyrest: Side, rounds: int, batch: int) -> Measured:
    """Times as many batches on either side. They take turns, so that whatever else the machine does slows both down."""
    sides = [(seconds, list(islice(cycle(requests), batch))) for seconds, requests in (by_hand, pyrest)]
    taken: tuple[list[float], list[float]] = ([], [])
    for seconds, requests in sides:
        seconds(requests)
    for number in range(rounds):
        for place in (0, 1) if number % 2 else (1, 0):
            seconds, requests = sides[place]
            taken[place].append(seconds(requests))
    return Measured(batch / median(taken[0]), batch / median(taken[1]))
