"""What a store executed for somebody who watched: statements as values, within limits. How they are timed is the store's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_STATEMENTS = 100  # of one watch; more are counted and timed, but not kept
MAX_PARAMETERS = 100  # kept of one statement
MAX_VALUE = 200  # characters of a parameter, or bytes
MAX_TEXT = 10_000  # characters of a statement


@dataclass(slots=True)
class Executed:
    """A statement. Fetching its rows adds to `seconds` and says how many `rows` there are; None where there is no such number.

    Long parameters are cut, and `omitted` is how many more there were.
    """

    text: str
    parameters: tuple[Any, ...]
    omitted: int
    seconds: float
    rows: int | None

    @property
    def bindings(self) -> tuple[Any, ...]:
        """As many parameters as the statement has, null where one was not kept."""
        return (*self.parameters, *[None] * self.omitted)


class Watch:
    """The statements of one thread while it is watched: how many, how long together, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.statements: list[Executed] = []

    def note(self, text: str, parameters: Sequence[Any], seconds: float, rows: int | None) -> Executed:
        """A statement that was executed; its rows may follow."""
        self.count += 1
        self.seconds += seconds
        kept = tuple(_cut_value(value) for value in parameters[:MAX_PARAMETERS])
        noted = Executed(cut(text, MAX_TEXT), kept, len(parameters) - len(kept), seconds, rows)
        if len(self.statements) < MAX_STATEMENTS:
            self.statements.append(noted)
        return noted

    def fetched(self, statement: Executed, seconds: float, rows: int) -> None:
        """The rows of a statement that was noted."""
        self.seconds += seconds
        statement.seconds += seconds
        statement.rows = rows


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and how long it is."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def _cut_value(value: Any) -> Any:
    if isinstance(value, str):
        return cut(value, MAX_VALUE)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'" if len(value) <= MAX_VALUE else f"x'{value[:MAX_VALUE].hex()}'… ({len(value):,} bytes)"
    return value
