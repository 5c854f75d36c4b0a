"""Q: lookups joined by and, or and not, in Python and, read from a query string, over HTTP."""

from __future__ import annotations

from typing import Any, Literal


class Q:
    """Conditions as a value: `Q(city="Paris") | Q(city="Lyon", number__gt=3)`, `~Q(country="France")`.

    The lookups of one Q hold together, and what leads through one relation to several rows is about one and the same row of them.
    `lookups` are pairs of name and value, `parts` are Qs of their own.
    """

    __slots__ = ("connector", "lookups", "negated", "parts")

    def __init__(self, /, *parts: Q, **lookups: Any) -> None:
        self.connector: Literal["and", "or"] = "and"
        self.lookups: tuple[tuple[str, Any], ...] = tuple(lookups.items())
        self.parts: tuple[Q, ...] = parts
        self.negated = False
        for part in parts:
            if not isinstance(part, Q):
                raise TypeError(f"a Q is made of Qs and lookups, not of {part!r}")

    @classmethod
    def of(cls, connector: Literal["and", "or"], lookups: tuple[tuple[str, Any], ...], parts: tuple[Q, ...], negated: bool = False) -> Q:
        """A Q of these parts; the same name may stand twice among the lookups."""
        found = cls(*parts)
        found.connector, found.lookups, found.negated = connector, lookups, negated
        return found

    def __and__(self, other: Q) -> Q:
        return Q(*_parts("and", self), *_parts("and", other))

    def __or__(self, other: Q) -> Q:
        return Q.of("or", (), (*_parts("or", self), *_parts("or", other)))

    def __invert__(self) -> Q:
        return Q.of("and", (), (self,), negated=True)

    def __repr__(self) -> str:
        inner = [*(repr(part) for part in self.parts), *(f"{name}={value!r}" for name, value in self.lookups)]
        text = f"Q({', '.join(inner)})" if self.connector == "and" else "(" + " | ".join(inner) + ")"
        return f"~{text}" if self.negated else text


def _parts(connector: str, q: Any) -> tuple[Q, ...]:
    """The Q as parts of a longer row: SQLite's parser takes 100 levels of parentheses, and `a | b | c` is one level."""
    is_row = isinstance(q, Q) and q.connector == connector and q.parts and not (q.lookups or q.negated)
    return q.parts if is_row else (q,)
