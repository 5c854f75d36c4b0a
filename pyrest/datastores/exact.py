"""Exact numbers of many rows, as functions of SQLite. Its own `sum` refuses what leaves 64 bits, and its `avg` is a float."""

from __future__ import annotations

import math
from decimal import Context, Decimal
from typing import Any

from pyrest.datastores.codecs import from_scaled
from pyrest.datastores.functions import Function, decoded
from pyrest.models.fields.numbers import INTEGER_MAX, INTEGER_MIN

MEAN_PLACES = 4
"""How many places the mean of decimals has beside those of the decimals."""

WHOLE, WHOLE_MEAN, REAL, REAL_MEAN, SORTABLE, DECIMALS = (
    "pyrest_whole", "pyrest_whole_mean", "pyrest_real", "pyrest_real_mean", "pyrest_sortable", "pyrest_decimals",
)  # fmt: skip
NO_SCALE = -1

_WIDE = Context(prec=120)
_COMPLEMENT = str.maketrans("0123456789", "9876543210")


def plus(one: Decimal, other: Decimal) -> Decimal:
    """The sum, whatever the thread's own context would make of it."""
    return _WIDE.add(one, other)


def mean(total: Decimal, count: int, places: int) -> Decimal:
    """The mean of decimals of so many places."""
    return _WIDE.divide(total, Decimal(count)).quantize(Decimal((0, (1,), -places - MEAN_PLACES)), context=_WIDE)


def halves(expression: str) -> str:
    """The sum of whole numbers in two parts, of which neither leaves 64 bits while there are less than 2³¹ rows."""
    return f"sum({expression} >> 32), sum({expression} & 4294967295)"


def scaled_down(expression: str) -> str:
    """A float by 2⁶⁴, so that no sum of them leaves the range of floats."""
    return f"({expression}) / 4294967296.0 / 4294967296.0"


# The functions.


def _whole(high: int | None, low: int | None) -> int | str | None:
    if high is None or low is None:
        return None
    total = (high << 32) + low
    return total if INTEGER_MIN <= total <= INTEGER_MAX else str(total)


def _whole_mean(high: int | None, low: int | None, count: int, scale: int) -> float | str | None:
    if high is None or low is None:
        return None
    total = (high << 32) + low
    return total / count if scale == NO_SCALE else str(mean(from_scaled(scale, total), count, scale))


def _real(plain: float | None, down: float | None, divisor: int) -> float | None:
    """The sum through a divisor; where the sum has left the range of floats, by that of the numbers scaled down."""
    if not divisor:
        return None
    if plain is not None and math.isfinite(plain):
        return plain / divisor
    if down is None or not math.isfinite(down):
        return down
    try:
        return math.ldexp(down / divisor, 64)
    except OverflowError:
        return math.copysign(math.inf, down)


def _real_sum(plain: float | None, down: float | None, count: int) -> float | None:
    return _real(plain, down, min(count, 1))


def _sortable(value: int | str | None) -> str | None:
    """A text whose order among others is that of the numbers."""
    if value is None:
        return None
    number = Decimal(value)
    size, digits = number.adjusted() + 5000, "".join(map(str, number.as_tuple().digits)).rstrip("0")
    if not number:
        return "1"
    return f"2{size:04}{digits}" if number > 0 else f"0{9999 - size:04}{digits.translate(_COMPLEMENT)}~"


class _Decimals:
    """One value of decimals that a column holds in its own way. What is no number there is left out."""

    def __init__(self) -> None:
        self._count = 0
        self._found = Decimal(0)
        self._function = ""
        self._places = 0

    def step(self, held: Any, decoder: int, function: str, places: int) -> None:
        value = None if held is None else decoded(held, decoder)
        if not isinstance(value, Decimal) or not value.is_finite():
            return
        self._function, self._places = function, places
        if function in ("sum", "avg"):
            self._found = plus(self._found, value) if self._count else value
        elif not self._count or (value < self._found if function == "min" else value > self._found):
            self._found = value
        self._count += 1

    def finalize(self) -> str | None:
        if not self._count:
            return None
        return str(mean(self._found, self._count, self._places) if self._function == "avg" else self._found)


FUNCTIONS = (
    Function(WHOLE, 2, _whole),
    Function(WHOLE_MEAN, 4, _whole_mean),
    Function(REAL, 3, _real_sum),
    Function(REAL_MEAN, 3, _real),
    Function(SORTABLE, 1, _sortable),
)
AGGREGATES = (Function(DECIMALS, 4, _Decimals),)
