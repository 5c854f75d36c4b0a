"""Names that lead through relations to one row, such as `album__artist__name`, as regular expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from pyrest.models.edges import Edge
from pyrest.surface import Surface

MAX_PATTERN = 4000
"""How many characters an expression has at most. Where it would take more, all is allowed behind the first relation."""

Alternatives = list[str]
Ends = Callable[[Surface], Iterable[str]]
"""The names that may stand at the end of a path which has led to a surface."""
Edges = Callable[[Surface], Mapping[str, Edge]]
"""The relations that lead on from there."""


def path_pattern(surface: Surface, ends: Ends, edges: Edges) -> str:
    """What the names of a surface, and the paths that begin there, look like; an empty text where there are none.

    It is the language of the graph of relations, one surface after the other taken out of it. (Kleene's construction.)
    """
    places = _places(surface, edges)
    found = {number: [literal(name) for name in ends(place)] for number, place in enumerate(places)}
    numbers = {id(place): number for number, place in enumerate(places)}
    ways = {number: _ways(place, edges, numbers) for number, place in enumerate(places)}
    for last in reversed(range(1, len(places))):
        _take_out(last, found, ways)
        # All of them are reached from the first one, and become parts of its expression.
        if max(_length(found[number], ways[number]) for number in range(last)) > MAX_PATTERN:
            return _loose(surface, ends, edges)
    return _again(ways[0].get(0, [])) + either(found[0]) if found[0] else ""


def either(texts: Iterable[str]) -> str:
    """One of these expressions."""
    different = list(dict.fromkeys(texts))
    return different[0] if len(different) == 1 else f"({'|'.join(different)})"


def literal(name: str) -> str:
    """A name in an expression, escaped so that every language of expressions understands it."""
    return re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", name)


def _places(surface: Surface, edges: Edges) -> list[Surface]:
    """The surfaces that paths lead to and where there is anything to name, the first one first."""
    places = {id(surface): surface}
    waiting = [surface]
    for place in waiting:
        further = [place.beyond(edge) for edge in edges(place).values() if edge.single]
        new = {id(one): one for one in further if id(one) not in places and (one.filters or one.orderings or one.edges)}
        places |= new
        waiting += new.values()
    return waiting


def _ways(place: Surface, edges: Edges, numbers: Mapping[int, int]) -> dict[int, Alternatives]:
    """What leads from a surface to others, by their numbers."""
    ways: dict[int, Alternatives] = {}
    for name, edge in edges(place).items():
        number = numbers.get(id(place.beyond(edge))) if edge.single else None
        if number is not None:
            ways.setdefault(number, []).append(f"{literal(name)}__")
    return ways


def _take_out(last: int, found: dict[int, Alternatives], ways: dict[int, dict[int, Alternatives]]) -> None:
    """What leads through a surface becomes a way, or an end, of those before it."""
    around = _again(ways[last].pop(last, []))
    for number in range(last):
        if last in ways[number]:
            to = either(ways[number].pop(last)) + around
            found[number] += [to + either(found[last])] if found[last] else []
            for other, texts in ways[last].items():
                ways[number].setdefault(other, []).append(to + either(texts))


def _length(found: Alternatives, ways: dict[int, Alternatives]) -> int:
    return sum(len(text) for texts in (found, *ways.values()) for text in texts)


def _again(texts: Alternatives) -> str:
    """These any number of times."""
    return f"({'|'.join(texts)})*" if texts else ""


def _loose(surface: Surface, ends: Ends, edges: Edges) -> str:
    leading = [literal(name) for name, edge in edges(surface).items() if edge.single]
    return either([*map(literal, ends(surface)), f"{either(leading)}__.+"])
