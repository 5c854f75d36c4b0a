"""Fields whose value is a number or a truth value. Nothing is rounded in silence: a number is kept exactly or refused."""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal
from typing import Any, TypeVar, Unpack

from pyrest.errors import Invalid
from pyrest.models.fields.base import Field
from pyrest.models.fields.options import Options

N = TypeVar("N", int, float, Decimal)

INTEGER_MIN, INTEGER_MAX = -(2**63), 2**63 - 1
EXACT_FLOAT = 2**53  # from it on a float cannot tell neighbouring integers apart (IEEE 754, binary64)
MAX_DIGITS = 18  # of a decimal, so that its scaled integer fits into SQLite's 64 bits
FLOAT_DIGITS = 15  # decimal digits that a binary64 always gives back

_CONTEXT = Context(prec=MAX_DIGITS + 2, traps=[])
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_FLOAT = re.compile(r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,4})?")


class NumberField(Field[N]):
    """A number between `min` and `max`, both allowed."""

    def __init__(self, *, min: Any = None, max: Any = None, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self.min: Any = min
        self.max: Any = max

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.max is not None and value > self.max:
            raise Invalid(f"Ensure this value is less than or equal to {self.max}.")
        if self.min is not None and value < self.min:
            raise Invalid(f"Ensure this value is greater than or equal to {self.min}.")

    def check_values(self) -> None:
        for option in ("min", "max"):
            bound = getattr(self, option)
            try:
                if bound is not None:
                    setattr(self, option, self.from_python(bound) if isinstance(bound, self.python_type) else self.from_json(bound))
            except Invalid as refusal:
                raise self.misdeclared(f"{option} {bound!r}: {refusal}") from refusal
        if self.min is not None and self.max is not None and self.min > self.max:
            raise self.misdeclared("min is greater than max")
        super().check_values()


class IntegerField(NumberField[int]):
    """A whole number of 64 bits. In JSON `12` or `12.0`; not `"12"`, not `true`."""

    family = "integer"
    python_type = int
    dumps_as_is = True

    def from_json(self, value: object) -> int:
        if isinstance(value, (float, Decimal)):
            value = _whole(value)
        if type(value) is not int:
            raise Invalid("A valid integer is required.")
        if not INTEGER_MIN <= value <= INTEGER_MAX:
            raise Invalid(f"This integer is outside 64 bits ({INTEGER_MIN} to {INTEGER_MAX}).")
        return value

    def parse(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise Invalid("A valid integer is required.")
        return self.from_json(int(text))


def _whole(value: float | Decimal) -> int:
    sane = math.isfinite(value) if isinstance(value, float) else value.is_finite() and value.adjusted() <= MAX_DIGITS
    if not sane:
        raise Invalid("A valid integer is required.")
    if isinstance(value, float) and abs(value) >= EXACT_FLOAT:
        raise Invalid("A valid integer is required; this one is too large to be written with a point or an exponent.")
    if value != int(value):
        raise Invalid("A valid integer is required, without a fraction.")
    return int(value)


class FloatField(NumberField[float]):
    """A number of 64 bits with a binary fraction; neither NaN nor infinite. Integers that it would round are refused."""

    family = "float"
    python_type = float
    dumps_as_is = True

    def from_json(self, value: object) -> float:
        if type(value) not in (int, float, Decimal):
            raise Invalid("A valid number is required.")
        try:
            number = float(value)  # type: ignore[arg-type]  # one of the three types above
        except (OverflowError, ValueError):  # a signaling NaN is a ValueError
            number = math.inf
        if not math.isfinite(number):
            raise Invalid("A finite number is required.")
        if not number and value:
            raise Invalid("This number is too small for a float.")
        if type(value) is int and int(number) != value:
            raise Invalid("This integer has more digits than a float keeps.")
        return number or 0.0  # SQLite keeps no -0.0

    def parse(self, text: str) -> float:
        if not _FLOAT.fullmatch(text):
            raise Invalid("A valid number is required.")
        return self.from_json(int(text) if text.lstrip("+-").isdigit() else Decimal(text))


class DecimalField(NumberField[Decimal]):
    """An exact decimal number with `decimal_places` digits behind the point out of `max_digits` (at most 18). A string in JSON: `"12.50"`.

    A JSON number is taken where a float keeps all its digits (15), and refused where it might not.
    """

    family = "decimal"
    python_type = Decimal

    def __init__(self, max_digits: int = MAX_DIGITS, decimal_places: int = 2, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self.max_digits, self.decimal_places = max_digits, decimal_places

    def from_json(self, value: object) -> Decimal:
        if isinstance(value, str):
            return self.from_python(_read_decimal(value))
        if isinstance(value, Decimal):
            return self.from_python(value)
        if type(value) is float and math.isfinite(value):
            return self.from_python(_exact(value))
        if type(value) is int:
            return self.from_python(Decimal(value))
        raise Invalid("A valid decimal number is required, as a string.")

    def from_python(self, value: Decimal) -> Decimal:
        """Exactly the same number with `decimal_places` digits behind the point. Raises `Invalid`."""
        if not value.is_finite():
            raise Invalid("A finite number is required.")
        whole_digits = self.max_digits - self.decimal_places
        if value and value.adjusted() >= whole_digits:
            raise Invalid(f"Ensure that there are no more than {whole_digits} digits before the decimal point.")
        # The thread's own context may round or trap, as the application likes.
        scaled = value.quantize(Decimal((0, (1,), -self.decimal_places)), context=_CONTEXT)
        if scaled != value:
            raise Invalid(f"Ensure that there are no more than {self.decimal_places} decimal places.")
        return scaled if scaled else scaled.copy_abs()  # no -0.00

    @property
    def kind(self) -> str:
        return f"{super().kind}(decimal_places={self.decimal_places})"

    def agrees_with(self, target: Field[Any]) -> bool:
        return isinstance(target, DecimalField) and target.decimal_places == self.decimal_places

    def to_json(self, value: Decimal) -> str:
        return f"{value:f}"

    def check_values(self) -> None:
        if type(self.max_digits) is not int or not 1 <= self.max_digits <= MAX_DIGITS:
            raise self.misdeclared(f"max_digits is 1 to {MAX_DIGITS}")
        if type(self.decimal_places) is not int or not 0 <= self.decimal_places <= self.max_digits:
            raise self.misdeclared("decimal_places is 0 to max_digits")
        super().check_values()


def _read_decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise Invalid("A valid decimal number is required.")
    return Decimal(text)


def _exact(value: float) -> Decimal:
    number = Decimal(repr(value))
    if len(number.as_tuple().digits) > FLOAT_DIGITS:
        raise Invalid("This number has more digits than a JSON number keeps; send it as a string.")
    return number


class BooleanField(Field[bool]):
    """`true` or `false`; in a query string also `1` and `0`."""

    family = "boolean"
    python_type = bool
    dumps_as_is = True

    def from_json(self, value: object) -> bool:
        if type(value) is not bool:
            raise Invalid("Must be a valid boolean.")
        return value

    def parse(self, text: str) -> bool:
        try:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        except KeyError:
            raise Invalid("Must be a valid boolean: true or false.") from None
