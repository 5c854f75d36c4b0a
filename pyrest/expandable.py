"""Which relations a client may expand: those that are no secret, to rows that he may list.

A relation is no secret where one of its sides shows it: our representation, or the list of the rows that it leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyrest.endpoint import Endpoint
from pyrest.errors import Misdeclared
from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.models.generics import GenericReverse
from pyrest.models.joins import Join
from pyrest.models.model import Model
from pyrest.paging import Paging
from pyrest.plan import Order, Where
from pyrest.serializers.binding import Bound
from pyrest.serializers.relations import RelatedField
from pyrest.serializers.representation import Representation
from pyrest.surface import Surface, named


@dataclass(frozen=True, eq=False)
class Target:
    """The list of an endpoint: which rows stand in it and in which order, how it shows them and what it may be asked."""

    endpoint: Endpoint
    shown: Representation
    surface: Surface
    paging: Paging
    where: Where
    order: tuple[Order, ...]


@dataclass(eq=False)
class Targets:
    """The lists of all endpoints of a Wrapper that others may show rows of: of those listed first for their models, where they take GET."""

    by_model: Mapping[type[Model], Target] = field(default_factory=dict)
    _relations: dict[tuple[Representation, Endpoint | None], dict[str, Edge]] = field(default_factory=dict)

    def relations(self, found: Representation, endpoint: Endpoint | None) -> Mapping[str, Edge]:
        """What may be expanded in the objects of a representation, by the names it has there. Those of an endpoint may be told by that."""
        known = self._relations.get((found, endpoint))
        if known is None:
            said = None if endpoint is None else endpoint.expand_fields
            known = self._relations[found, endpoint] = self._open(found) if said is None else self._said(found, said)
        return known

    def _open(self, found: Representation) -> dict[str, Edge]:
        ours = _named(found)
        shown = [_leading(member, found) for member in _shown(found)]
        return {
            name: edge
            for name, edge in ours.items()
            if edge.target in self.by_model and (edge in shown or _is_shown_by(self.by_model[edge.target].shown, edge))
        }

    def _said(self, found: Representation, names: Iterable[str]) -> dict[str, Edge]:
        ours = _named(found)
        return {name: ours[name] for name in names if name in ours and ours[name].target in self.by_model}


def targets(found: Iterable[Target]) -> Targets:
    """The lists of endpoints in their order. Raises `Misdeclared` for `expand_fields` that cannot be expanded."""
    found = tuple(found)
    first: dict[type[Model], Target] = {}
    for one in found:
        first.setdefault(one.endpoint.model, one)
    made = Targets({model: one for model, one in first.items() if "GET" in one.endpoint.list_methods})
    for one in found:
        _check(one, made)
    return made


def _check(one: Target, made: Targets) -> None:
    endpoint, option = one.endpoint, f"{type(one.endpoint).__name__}.expand_fields"
    if endpoint.expand_fields is None:
        return
    edges = _named(one.shown)
    for name in named(edges, endpoint.expand_fields, option, one.shown.declared.name):
        if edges[name].target not in made.by_model:
            raise Misdeclared(f"{option}: {edges[name].target.__name__}, which {name!r} leads to, has no endpoint whose list takes GET")


def _named(found: Representation) -> dict[str, Edge]:
    """Every relation of the rows: under the name that it is shown by, or under its own, unless that shows something else."""
    shown = {m.name: _leading(m, found) for m in found.members if m.shown}
    own = {name: edge for name, edge in found.catalog.edges[found.model].items() if name not in shown}
    return own | {name: edge for name, edge in shown.items() if edge is not None}


def _leading(member: Bound, found: Representation) -> Edge | None:
    """The relation that a member of the rows themselves is about."""
    if member.path:
        return None
    if member.edge is None and member.column is not None:
        return next((e for e in found.catalog.edges[found.model].values() if e.forward and e.near is member.column), None)
    return member.edge


def _shown(found: Representation) -> list[Bound]:
    """The members by which a client is told what a row has. What code of the user's shows may be less than that."""
    if found.serializer.shows_rows_itself:
        return []
    return [m for m in found.members if m.shown and not m.path and not _is_own_form(m)]


def _is_own_form(member: Bound) -> bool:
    if member.inner is not None:
        return bool(member.inner.serializer.shows_rows_itself)
    return bool(member.shape.customized) if isinstance(member.shape, RelatedField) else not isinstance(member.shape, Field)


def _is_shown_by(there: Representation, edge: Edge) -> bool:
    """Whether the rows at the end of an edge show that they lead here."""
    shown = _shown(there)
    back = [leading.relation for member in shown if (leading := _leading(member, there)) is not None]
    if isinstance(edge.relation, Join):
        return any(isinstance(one, Join) and one.link is edge.relation.link for one in back)
    if isinstance(edge.relation, GenericReverse):
        columns = [member.column for member in shown]
        return all(any(one is wanted for one in columns) for wanted in (edge.relation.type_field, edge.field))
    return edge.relation in back
