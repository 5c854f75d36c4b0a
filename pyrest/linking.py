"""Conditions on rows along edges: what rows have to be related to."""

from __future__ import annotations

from collections.abc import Iterable

from pyrest.models.declaration import Declaration
from pyrest.models.edges import Edge
from pyrest.models.generics import GenericReverse
from pyrest.models.joins import Join
from pyrest.plan import EVERYTHING, And, Compare, IsNull, Linked, Not, Order, Where

Path = tuple[Edge, ...]


def both(*wheres: Where) -> Where:
    """The conjunction without nesting and without empty parts."""
    parts: list[Where] = []
    for where in wheres:
        parts.extend(where.parts if isinstance(where, And) else (where,))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def own_order(declared: Declaration) -> tuple[Order, ...]:
    """The order that a model says for its rows."""
    return tuple(Order(name.removeprefix("-"), name.startswith("-")) for name in declared.ordering)


def kind_of(edge: Edge) -> Where:
    """The condition that all rows of a generic relation meet: they name our table."""
    relation = edge.relation
    return Compare(relation.type_field.name, "=", relation.table) if isinstance(relation, GenericReverse) else EVERYTHING


def linked(edge: Edge, where: Where) -> Where:
    """The condition on our rows that an edge leads from them to a row that meets a condition."""
    if isinstance(edge.relation, Join):
        join = edge.relation
        return Linked(edge.near.name, join.through, join.near.name, Linked(join.far.name, edge.target, edge.field.name, where))
    return Linked(edge.near.name, edge.target, edge.field.name, both(kind_of(edge), where))


def reaching(terms: Iterable[tuple[Path, Where]]) -> Where:
    """All of these conditions, each on the rows at the end of its path.

    Several that begin with one edge are about one row at its end. A negation is that of the whole: `Not` and `IsNull` say that there is no
    such row, or none that is not null.
    """
    terms = terms if isinstance(terms, list) else list(terms)
    if len(terms) == 1 and not terms[0][0]:
        return terms[0][1]
    own: list[Where] = []
    beyond: dict[Edge, list[tuple[Path, Where]]] = {}
    for path, where in terms:
        if not path:
            own.append(where)
        elif isinstance(where, IsNull):
            own.append(Not(reaching([(path, Not(where))])))
        elif isinstance(where, Not) and not isinstance(where.part, IsNull):
            own.append(Not(reaching([(path, where.part)])))
        else:
            beyond.setdefault(path[0], []).append((path[1:], where))
    return both(EVERYTHING, *own, *(linked(edge, reaching(inner)) for edge, inner in beyond.items()))
