"""Parameters that are lists of names: what to show, by what to order, what to group by and to measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from pyrest.aggregates import MAX_GROUPS, MAX_MEASURES, ShownNames, grouped, groups_of
from pyrest.endpoint import Endpoint
from pyrest.errors import Invalid, PyrestError
from pyrest.expandable import Targets
from pyrest.lookups import PARTS
from pyrest.models.edges import Edge
from pyrest.openapi.paths import either, literal, path_pattern
from pyrest.openapi.values import Schema
from pyrest.paths import MAX_RELATIONS, order_of
from pyrest.query import MAX_ORDERINGS
from pyrest.serializers.representation import LINK, Representation
from pyrest.shapes import MAX_NAMES
from pyrest.summaries import MAX_FACETS
from pyrest.surface import OrderingNames, Surface

Parameter = dict[str, Any]


def query(name: str, schema: Schema, text: str = "") -> Parameter:
    """A parameter of a query string."""
    return {"name": name, "in": "query", "schema": schema, **({"description": text} if text else {})}


def _listed(name: str, pattern: str, examples: Iterable[str], text: str, **limits: Any) -> list[Parameter]:
    """A parameter that takes texts of a pattern, with commas between; none where there are no such texts."""
    known = [*examples]
    schema = {"type": "array", "items": {"type": "string", "pattern": f"^{pattern}$", "examples": known}, "minItems": 1, **limits}
    here = f" Here: {', '.join(f'`{one}`' for one in known)}." if known else ""
    return [query(name, schema, text + here) | {"style": "form", "explode": False}] if pattern else []


# What is shown.

_ANY_WORD = r'[^=,()"]+'
_TOGETHER = f"`fields`, `omit` and `expand` have at most {MAX_NAMES} names together."


def shape_parameters(found: Representation, endpoint: Endpoint, targets: Targets) -> list[Parameter]:
    """`fields`, `omit` and `expand`."""
    relations = {*(targets.relations(found, endpoint) if endpoint.expand_depth else ())}
    members = {member.name: member for member in found.members if member.shown}
    shown = {*members, LINK} if found.link_field else {*members}
    other: tuple[str, ...] = ()
    opened = {*relations, *(name for name, member in members.items() if member.inner is not None)}
    if found.serializer.shows_rows_itself:  # under names that only its rows know
        shown, other = set(), (_ANY_WORD,)
    return [
        *_shaping("fields", shown | relations, opened, *other),
        *_shaping("omit", shown, opened, *other),
        *_shaping("expand", relations, relations),
    ]


_SHAPING = {
    "fields": "Only these. What to show of an object stands in parentheses.",
    "omit": "All but these. What to leave out of an object stands in parentheses.",
    "expand": "Relations to show as objects. What is asked of them stands in parentheses.",
}


def _shaping(name: str, names: set[str], opened: set[str], *others: str) -> list[Parameter]:
    """A parameter of names, some of which may be opened: what stands in parentheses then has a grammar, as no expression has it."""
    inside = [f"{either(map(literal, sorted(opened)))}\\(.+\\)"] if opened else []
    texts = [*map(literal, sorted(names)), *others]
    return _listed(name, either([*texts, *inside]) if texts else "", sorted(names), f"{_SHAPING[name]} {_TOGETHER}", maxItems=MAX_NAMES)


# What orders, groups and measures.

_MEASURES = (("count",), ("count_distinct", "min", "max"), ("sum", "avg"))
"""The functions that have a meaning for the same fields."""

_MEASURED = "Measures of the rows, in the place of the rows: `count`, or `sum avg min max count count_distinct` of a name."
_PATHS = f"Also by relations to one row: `artist__name`, over at most {MAX_RELATIONS}."


def order_parameters(surface: Surface) -> list[Parameter]:
    """By what rows are ordered, and groups of them."""
    rows = path_pattern(surface, _ordering, lambda place: place.edges)
    names = either([text for text in (rows, _groups(surface), *_measures(surface)) if text])
    text = (
        "The order; `-` in front turns it, `:nullsfirst` or `:nullslast` behind says where nothing stands. "
        f"{_PATHS} Groups are ordered by what `group_by` and `aggregate` name."
    )
    return _listed("ordering", f"-?{names}(:nulls(first|last))?", _ordering(surface), text, **_at_most(MAX_ORDERINGS))


def group_parameters(surface: Surface) -> list[Parameter]:
    """Aggregates, groups and facets."""
    measures, groups, names = either(_measures(surface)), _groups(surface), _grouping(surface)
    known = ["count", *(f"sum({name})" for name in _measuring("sum", surface))]
    return [
        *_listed("aggregate", measures, known, _MEASURED, **_at_most(MAX_MEASURES)),
        *_listed("group_by", groups, names, f"One object for each of these values. {_PATHS}", **_at_most(MAX_GROUPS)),
        *_listed("facet", groups, names, f"How often each value comes, in `meta.facets`. {_PATHS}", **_at_most(MAX_FACETS)),
    ]


def _at_most(most: int) -> Schema:
    return {"maxItems": most, "uniqueItems": True}


def _groups(surface: Surface) -> str:
    return path_pattern(surface, _grouping, _shown_edges)


def _measures(surface: Surface) -> list[str]:
    """Which measures there are of which paths."""
    of = {functions: path_pattern(surface, partial(_measuring, functions[0]), _shown_edges) for functions in _MEASURES}
    return ["count", *(f"{either(functions)}\\({names}\\)" for functions, names in of.items() if names)]


def _shown_edges(surface: Surface) -> Mapping[str, Edge]:
    return {name: edge for name, edge in surface.edges.items() if name not in surface.hidden}


def _ordering(surface: Surface) -> list[str]:
    return _taken(partial(order_of, OrderingNames(surface)), surface.orderings)


def _grouping(surface: Surface) -> list[str]:
    return _taken(partial(grouped, ShownNames(surface)), _values(surface))


def _measuring(function: str, surface: Surface) -> list[str]:
    names = ShownNames(surface)
    return _taken(lambda name: groups_of(names, [f"{function}({name})"], (), ()), _values(surface))


def _values(surface: Surface) -> list[str]:
    """The names of fields, and of parts of them."""
    return [*surface.filters, *(f"{name}__{part}" for name, by in surface.filters.items() for part in PARTS.get(by.field.family, ()))]


def _taken(read: Callable[[str], object], names: Iterable[str]) -> list[str]:
    """The names that a room of ours reads, which alone knows what each may be used for."""
    found = []
    for name in names:
        try:
            read(name)
        except (PyrestError, Invalid):
            continue
        found.append(name)
    return found
