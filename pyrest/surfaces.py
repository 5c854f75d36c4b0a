"""The surfaces of all endpoints of a Wrapper, connected: a path leads from what one endpoint shows to what another lets be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyrest.endpoint import Endpoint
from pyrest.errors import Invalid, Misdeclared, UnknownName
from pyrest.models.catalog import Catalog
from pyrest.models.edges import Edge
from pyrest.models.generics import GenericReverse
from pyrest.models.joins import Join
from pyrest.models.model import Model
from pyrest.paths import Found, ModelNames, followed
from pyrest.plan import EVERYTHING
from pyrest.serializers.filtering import edges_of, filters_of, may_be_followed, orderings_of
from pyrest.serializers.representation import Representation
from pyrest.store import Store
from pyrest.surface import Surface, surface


def surface_of(found: Representation, endpoint: Endpoint, owner: str, store: Store) -> Surface:
    """What a client may ask of one endpoint by itself. Raises `Misdeclared`."""
    filters = filters_of(found, store)
    shown = filters, orderings_of(filters), edges_of(found)
    made = surface(found.declared, *shown, found.catalog.edges[found.model], endpoint.filter_fields, endpoint.ordering_fields, owner)
    made.searched = tuple(_searched(found, name, owner) for name in endpoint.search_fields)
    made.by_words = endpoint.search == "fts"
    elsewhere = [name for name, one in zip(endpoint.search_fields, made.searched, strict=True) if one.path]
    if made.by_words and elsewhere:
        advice = 'an index holds texts of one table; leave it out, or search = "plain"'
        raise Misdeclared(f"{owner}.search_fields: {elsewhere[0]!r} is a text of another model, and search is \"fts\": {advice}")
    return made


def _searched(found: Representation, name: str, owner: str) -> Found:
    """A text that is searched: the path of a field of the model, or of one that it is related to."""
    option = f"{owner}.search_fields: {name!r}"
    try:
        there = followed(ModelNames(found.declared, lambda: found.catalog), name)
    except (UnknownName, Invalid) as refusal:
        raise Misdeclared(f"{option}: {refusal}") from refusal
    field = there.leaf.field
    if there.words or field.family != "string":
        raise Misdeclared(f"{option} is no text")
    if field.write_only:
        raise Misdeclared(f"{option} is write_only, and a search would tell what it holds")
    return there


def texts_by_words(surfaces: Iterable[Surface]) -> dict[type[Model], list[str]]:
    """The fields of each model that are searched by words."""
    found: dict[type[Model], list[str]] = {}
    for one in surfaces:
        if one.by_words:
            found.setdefault(one.declared.model, []).extend(there.leaf.field.name for there in one.searched)
    return found


def connect(catalog: Catalog, endpoints: Mapping[Endpoint, Surface]) -> None:
    """Lets paths lead from each surface to those of the endpoints listed first for their models.

    A relation that an endpoint does not show is open where the other side shows it: what points here can be read there, row by row.
    """
    first: dict[type[Model], Endpoint] = {}
    for endpoint in endpoints:
        first.setdefault(endpoint.model, endpoint)
    others = {model: endpoints[endpoint] for model, endpoint in first.items() if _shows_every_row(endpoint)}
    opened = {endpoint: _opened(catalog, endpoint, one, others) for endpoint, one in endpoints.items() if endpoint.filter_fields is None}
    for endpoint, one in endpoints.items():
        one.others = others
        one.edges = {**one.edges, **opened.get(endpoint, {})}


def _shows_every_row(endpoint: Endpoint) -> bool:
    """Whether a client can read all rows of the model here. Where he cannot, a filter that leads here would tell of the others."""
    narrowed = endpoint.queryset is not None and endpoint.queryset.where != EVERYTHING
    return not narrowed and "GET" in (*endpoint.list_methods, *endpoint.detail_methods)


def _opened(catalog: Catalog, endpoint: Endpoint, own: Surface, others: Mapping[type[Model], Surface]) -> dict[str, Edge]:
    found = {}
    for name, edge in catalog.edges[endpoint.model].items():
        there = others.get(edge.target)
        if not (edge.forward or name in own.filters or there is None) and may_be_followed(edge) and _is_shown(edge, there):
            found[name] = edge
    return found


def _is_shown(edge: Edge, there: Surface) -> bool:
    """Whether the rows at the end of an edge show that they lead here."""
    if isinstance(edge.relation, Join):
        return any(isinstance(e.relation, Join) and e.relation.link is edge.relation.link for e in there.edges.values())
    shown = {id(one.field) for one in there.filters.values() if not one.path}
    fields = [edge.field, edge.relation.type_field] if isinstance(edge.relation, GenericReverse) else [edge.field]
    return all(id(field) in shown for field in fields)
