"""What a serializer comes to over a catalog: its members bound to a model, and the compiled way to show rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from pyrest.datastores.fetch import Fetched, fetch
from pyrest.errors import Misdeclared
from pyrest.links import row_path
from pyrest.models.catalog import Catalog
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.models.model import Model, declaration
from pyrest.models.surroundings import surroundings
from pyrest.peers import ResultRows
from pyrest.reach import Needs, Row
from pyrest.serializers.binding import Bound, bind
from pyrest.serializers.declaring import made
from pyrest.serializers.expressions import Dump, Sheet, object_of
from pyrest.serializers.fields import Call
from pyrest.serializers.members import express
from pyrest.serializers.validators import UniqueTogetherValidator
from pyrest.store import Store

LINK = "ressource_uri"


class Representation:
    """A serializer over the rows of a model. `link_field` is the field that makes the row's own link, where there is to be one."""

    def __init__(self, serializer: Any, model: type[Model], catalog: Catalog, routes: Any, lenient: bool, link_field: str = "") -> None:
        self.serializer = serializer
        self.model = model
        self.catalog = catalog
        self.declared: Declaration = declaration(model)
        self.link_field = link_field
        self.members = members_over(serializer, model, catalog, routes, lenient)
        self.by_name = {member.name: member for member in self.members}
        self.created = {member.name: member for member in self.members if member.writable}
        self.changed = {name: m for name, m in self.created.items() if m.column is None or not m.column.is_key}
        self.nested = tuple(member for member in self.created.values() if member.inner is not None)
        self.checks = tuple((m, name) for m in self.members if hasattr(serializer, name := f"validate_{m.name}"))
        self.policies = serializer.policies(self.members, lenient)
        if link_field and LINK in self.by_name:
            raise Misdeclared(f"{type(serializer).__name__}.{LINK}: the endpoint adds this name itself; call the field otherwise")

    @cached_property
    def validators(self) -> tuple[Any, ...]:
        """What is looked at in whole objects."""
        return tuple(self.serializer.validators_of(self))

    @cached_property
    def whole_checks(self) -> tuple[Any, ...]:
        """Those of the validators that are not about uniqueness."""
        return tuple(validator for validator in self.validators if not isinstance(validator, UniqueTogetherValidator))

    @cached_property
    def reads_plainly(self) -> bool:
        """Whether the members of a body are all that is to be looked at."""
        return not (self.nested or self.checks or self.whole_checks or self.serializer.validates)

    @cached_property
    def writes_relations(self) -> bool:
        """Whether a body holds more than the row's own fields."""
        return any(member.column is None for member in self.created.values())

    @cached_property
    def dump(self) -> Dump:
        """Shows the rows that were fetched for `needs`."""
        return Dump(Needs(self.model), self.express)

    @property
    def needs(self) -> Needs:
        """What is to be fetched to show rows."""
        return self.dump.needs

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns to read of the rows themselves."""
        return tuple(self.needs.columns)

    @property
    def names(self) -> tuple[str, ...] | None:
        """The keys of its objects, in the order they have in JSON; None where a serializer shows rows in its own way."""
        return None if self.serializer.shows_rows_itself else names_of(self.members, [LINK] if self.link_field else [])

    @property
    def documents(self) -> frozenset[str]:
        """Those that hold values of any kind."""
        return documents_of(self.members)

    @cached_property
    def is_flat(self) -> bool:
        """Whether these columns are all that is needed."""
        return not (self.needs.edges or self.needs.whole)

    def fetched(self, store: Store, rows: list[Row]) -> Fetched:
        """All that is needed beside these rows, which hold the values of `columns`."""
        return Fetched(rows, [], [], []) if self.is_flat else fetch(store, self.needs, rows)

    def express(self, sheet: Sheet) -> str:
        """The expression for one row."""
        if self.serializer.shows_rows_itself:
            return f"{sheet.computed(lambda call: call.bind(self.serializer).to_representation)}({sheet.row()})"
        return self.express_members(sheet)

    def express_members(self, sheet: Sheet) -> str:
        """The expression for one row, whatever the serializer's own way to show it."""
        items = {member.name: self.express_member(member, sheet) for member in self.members if member.shown}
        if self.link_field:
            items[LINK] = self.express_link(sheet, lambda call: call.place.collection)
        return object_of(items)

    @cached_property
    def plainly(self) -> Dump:
        """As `dump`, whatever the serializer's own way to show rows."""
        return Dump(Needs(self.model), self.express_members) if self.serializer.shows_rows_itself else self.dump

    def express_member(self, member: Bound, sheet: Sheet) -> str:
        """The expression that shows a member of a row."""
        if member.kind != "method":
            return express(member, sheet)
        method = member.shape.method
        return f"{sheet.computed(lambda call: getattr(call.bind(self.serializer), method))}({sheet.row()})"

    def express_link(self, sheet: Sheet, collection: Callable[[Call], str]) -> str:
        """The expression for the row's own link, which begins with the path of a list."""
        field = self.declared.fields[self.link_field]
        path = sheet.placed(collection)
        value = sheet.shown(field)
        # A whole number needs no percent-encoding.
        return f"f'{{{path}}}{{{value}}}/'" if field.family == "integer" else f"{sheet.constant(row_path)}({path}, {value})"


def names_of(members: Iterable[Bound], more: Iterable[str]) -> tuple[str, ...]:
    """The names of members that are shown, and others, in the order of JSON."""
    return tuple(sorted([*(member.name for member in members if member.shown), *more]))


def documents_of(members: Iterable[Bound]) -> frozenset[str]:
    """The names of members that hold JSON documents."""
    return frozenset(member.name for member in members if isinstance(member.shape, Field) and member.shape.family == "json")


def members_over(serializer: Any, model: type[Model], catalog: Catalog, routes: Any, lenient: bool) -> tuple[Bound, ...]:
    """The members of a serializer, those made of the model's included, bound to the model. Raises `Misdeclared`."""
    kind = type(serializer)
    edges = catalog.edges[model]
    found = []
    for name in kind.field_names:
        shape = kind.declared.get(name) or made(kind, kind.meta_options, name, edges, lenient)
        if shape is not None:
            found.append(bind(kind.__name__, name, shape, model, catalog, routes, lenient))
    return tuple(found)


def representation(serializer: Any, model: type[Model], catalog: Catalog, routes: Any, lenient: bool = False) -> Representation:
    """The representation that a serializer's class comes to, computed once for each catalog. Raises `Misdeclared`."""
    place = (type(serializer), model, id(routes), lenient)
    if place not in catalog.kept:
        catalog.kept[place] = Representation(type(serializer).prototype(), model, catalog, routes, lenient)
    found: Representation = catalog.kept[place]
    return found


def catalog_for(model: type[Model], store: Store | None) -> tuple[Catalog, Any, bool]:
    """The catalog and the routes to look at a model with, and whether they may be lacking something. Raises `Misdeclared`."""
    if store is not None:
        store.catalog.declared(model)
        return store.catalog, store.routes, False
    found = surroundings(model)
    if found is None:
        raise Misdeclared(f"what {model.__name__} is related to is known to a store only; give the serializer store=")
    return found, None, True


# Showing rows in hand.


def show_rows(found: Representation, rows: list[Any], call: Call, plainly: bool = False) -> list[Any]:
    """Rows, instances of the model, → their JSON objects. What lies along edges is fetched for all of their peers together."""
    dump = found.plainly if plainly else found.dump
    shown: list[Any] = []
    for peers, group in _by_peers(rows):
        edges = _edges(found, dump, peers, group, call)
        projected = _projected(dump.needs, [row._values for row in group])
        shown += dump(call, Fetched(projected, [], group, edges))
    return shown


def _by_peers(rows: Iterable[Any]) -> list[tuple[ResultRows | None, list[Any]]]:
    """Rows that follow each other and come from one result, together."""
    groups: list[tuple[ResultRows | None, list[Any]]] = []
    for row in rows:
        if not groups or groups[-1][0] is not row._peers:
            groups.append((row._peers, []))
        groups[-1][1].append(row)
    return groups


def _edges(found: Representation, dump: Dump, peers: ResultRows | None, rows: list[Any], call: Call) -> list[Fetched]:
    needs = dump.needs
    if not needs.edges:
        return []
    if peers is None:
        values = _projected(needs, [row._values for row in rows])
        store: Any = call.store
        if store is None:
            _refuse_fetching(needs, values)
        return fetch(store, _without_rows(needs), values).edges
    kept: list[Along] | None = peers.kept.get(dump)
    if kept is None:
        edges = fetch(peers.store, _without_rows(needs), _projected(needs, peers.rows)).edges
        kept = peers.kept[dump] = _all_along(needs, edges)
    return [along.of(row._values[along.column.index_in_row] for row in rows) for along in kept]


class Along:
    """What lies along an edge from all rows of a result, so that the part which some of them lead to can be shown alone.

    `column` is the one of theirs by which it is reached.
    """

    def __init__(self, edge: Edge, needs: Needs, fetched: Fetched) -> None:
        self.column = edge.near
        self._held = edge.held
        self._fetched = fetched
        self._inner = [(needs.columns.index(along.column.name), along) for along in _all_along(needs, fetched.edges)]
        self._places: dict[Any, list[int]] = {}
        for place, value in enumerate(fetched.near):
            self._places.setdefault(value, []).append(place)

    def of(self, values: Iterable[Any]) -> Fetched:
        """The part that these values of `column` lead to."""
        places = [place for value in dict.fromkeys(map(self._held, values)) for place in self._places.get(value, ())]
        rows, near, objects, _ = self._fetched
        found = [rows[place] for place in places]
        edges = [along.of(row[place] for row in found) for place, along in self._inner]
        return Fetched(found, [near[place] for place in places], [objects[place] for place in places] if objects else [], edges)


def _all_along(needs: Needs, edges: list[Fetched]) -> list[Along]:
    return [Along(edge, inner, fetched) for (edge, inner), fetched in zip(needs.edges, edges, strict=True)]


def _without_rows(needs: Needs) -> Needs:
    """The same edges for rows that are there already."""
    return Needs(needs.model, needs.columns, needs.edges)


def _refuse_fetching(needs: Needs, rows: list[Row]) -> None:
    for edge, _ in needs.edges:
        place = needs.columns.index(edge.near.name)
        if any(row[place] is not None for row in rows):
            name = needs.model.__name__
            raise Misdeclared(f"this {name} comes from no store, so {edge.name} cannot be fetched; give the serializer store=")


def _projected(needs: Needs, rows: Iterable[Row]) -> list[Row]:
    places = [declaration(needs.model).fields[name].index_in_row for name in needs.columns]
    return [tuple(row[place] for place in places) for row in rows]
