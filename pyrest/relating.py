"""Relating: the rows that are written along with another one, because they are joined with it or made to point at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyrest.datastores.protocol import DataStore
from pyrest.errors import Invalid, UnknownName, ValidationError
from pyrest.linking import both
from pyrest.models.catalog import Catalog
from pyrest.models.edges import Edge
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration
from pyrest.pairs import Pairs, add_pairs, keys_of, refuse_missing
from pyrest.plan import Compare, Not, OneOf, Read, Update
from pyrest.values import row_values

Lists = Mapping[str, Any]
"""Rows or their keys by the names of relations; for a relation to one row, that row, its key or None."""
Held = tuple[tuple[str, Any], ...]
"""What a row holds that points at another one, by the names of its fields."""


def relations(catalog: Catalog, model: type[Model]) -> dict[str, Edge]:
    """The relations of a model that are no fields of it: many-to-many, reverse and generic ones."""
    return {name: edge for name, edge in catalog.edges[model].items() if not edge.forward}


def apart(catalog: Catalog, model: type[Model], given: Mapping[str, Any] | Model) -> tuple[Mapping[str, Any], Lists]:
    """What is given for a row: the values of its own fields, and the rows for its relations. Raises `UnknownName`."""
    if isinstance(given, Model):
        return row_values(given), {}
    related, declared = relations(catalog, model), declaration(model)
    own: dict[str, Any] = {}
    lists: dict[str, Any] = {}
    for name, value in given.items():
        if name not in related and not (name in declared.fields or name in declared.key_attributes or name in declared.links):
            raise UnknownName("field", name, [*declared.fields, *related])
        (lists if name in related else own)[name] = value
    return own, lists


def relate(store: DataStore, model: type[Model], keys: Sequence[Any], lists: Lists) -> None:
    """Relates stored rows to exactly the rows given, instead of those that they were related to.

    Rows that are left out are taken out of a many-to-many relation; of any other they point at nothing then, and it is written for
    one row at a time. Raises `ValidationError`, naming the relation, and then nothing is written.
    """
    with store.transaction():
        for edge, wanted in _read(store.catalog, model, lists):
            if isinstance(edge.relation, Join):
                Pairs(store, edge.relation, tuple(keys)).set(wanted)
            elif len(keys) > 1:
                raise _refused(edge, f"A row of {edge.target.__name__} belongs to one row, and here are {len(keys)} to take it.")
            elif keys:
                refuse_missing(store, edge.name, edge.target, wanted)
                (held,) = _held(store, edge, keys)
                _let_go(store, edge, held, wanted)
                _point(store, edge, held, wanted)


def update_and_relate(store: DataStore, plan: Update, lists: Lists) -> int:
    """Changes rows and relates all that the plan matched before. Returns how many they were. Raises as `relate` does."""
    key = declaration(plan.model).key.name
    with store.transaction():
        keys = tuple(key for (key,) in store.read(Read(plan.model, (key,), plan.where)).rows)
        if plan.values:
            store.update(plan)
        relate(store, plan.model, keys, lists)
    return len(keys)


def relate_new(store: DataStore, model: type[Model], rows: Iterable[tuple[Any, Lists]]) -> None:
    """Relates rows that were just stored, by their keys, each to the rows given for it.

    The number of statements does not depend on the length of a list. A many-to-many relation costs the same for any number of new rows;
    any other costs one more for each of them. Raises as `relate` does.
    """
    wanted: dict[str, dict[Any, tuple[Any, ...]]] = {}
    for key, lists in rows:
        for edge, found in _read(store.catalog, model, lists):
            wanted.setdefault(edge.name, {})[key] = found
    if not wanted:
        return
    with store.transaction():
        for name, by_key in wanted.items():
            edge = store.catalog.edges[model][name]
            if isinstance(edge.relation, Join):
                add_pairs(store, edge.relation, ((key, far) for key, found in by_key.items() for far in found))
            else:
                _point_apart(store, edge, by_key)


def _point_apart(store: DataStore, edge: Edge, wanted: Mapping[Any, tuple[Any, ...]]) -> None:
    """Makes rows point at several others, each at the one that it is wanted for."""
    everyone = [key for found in wanted.values() for key in found]
    if len(set(everyone)) < len(everyone):
        raise _refused(edge, f"A row of {edge.target.__name__} belongs to one row, and here are several to take it.")
    refuse_missing(store, edge.name, edge.target, everyone)
    for held, found in zip(_held(store, edge, tuple(wanted)), wanted.values(), strict=True):
        _point(store, edge, held, found)


def _read(catalog: Catalog, model: type[Model], lists: Lists) -> list[tuple[Edge, tuple[Any, ...]]]:
    """The keys of the rows that are given for each relation. Raises `UnknownName`, and `ValidationError` for all faults at once."""
    related = relations(catalog, model)
    found: list[tuple[Edge, tuple[Any, ...]]] = []
    errors: dict[str, object] = {}
    for name, given in lists.items():
        if name not in related:
            raise UnknownName("relation", name, related)
        try:
            found.append((related[name], _keys(related[name], given)))
        except ValidationError as refusal:
            errors |= refusal.errors
    if errors:
        raise ValidationError(errors)
    return found


def _keys(edge: Edge, given: Any) -> tuple[Any, ...]:
    if edge.single:
        return () if given is None else keys_of(edge.name, edge.target, (given,))
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise _refused(edge, "A list of rows or keys is required.")
    return keys_of(edge.name, edge.target, given)


def _held(store: DataStore, edge: Edge, keys: Sequence[Any]) -> list[Held]:
    """What points at each of these rows. Raises `ValidationError` for what the fields do not take."""
    near = dict(zip(keys, keys, strict=True))
    if not edge.near.is_key:
        key = declaration(edge.model).key.name
        near = dict(store.read(Read(edge.model, (key, edge.near.name), OneOf(key, tuple(keys)))).rows)
    fields = declaration(edge.target).fields
    try:
        rows = [edge.pointing(edge.held(near.get(key))) for key in keys]
        return [tuple((n, None if v is None else fields[n].coerce(v)) for n, v in row.items()) for row in rows]
    except Invalid as refusal:
        raise _refused(edge, str(refusal)) from refusal


def _point(store: DataStore, edge: Edge, held: Held, keys: tuple[Any, ...]) -> None:
    if not keys:
        return
    if edge.field.is_key:
        raise _refused(edge, "A key never changes.")
    if held[-1][1] is None:
        raise _refused(edge, f"This row has no {edge.near.name}, so nothing can point at it.")
    store.update(Update(edge.target, held, OneOf(declaration(edge.target).key.name, keys)))


def _let_go(store: DataStore, edge: Edge, held: Held, keys: tuple[Any, ...]) -> None:
    """Makes what points at a row, apart from these keys, point at nothing."""
    declared = declaration(edge.target)
    left = both(*(Compare(name, "=", value) for name, value in held), Not(OneOf(declared.key.name, keys)))
    if all(declared.fields[name].nullable for name, _ in held):
        store.update(Update(edge.target, tuple((name, None) for name, _ in held), left))
        return
    for (key,) in store.read(Read(edge.target, (declared.key.name,), left, limit=1)).rows:
        without = next(name for name, _ in held if not declared.fields[name].nullable)
        raise _refused(edge, f"{declared.name} {key} would be left without {without}, which may not be null.")


def _refused(edge: Edge, message: str) -> ValidationError:
    return ValidationError({edge.name: [message]})
