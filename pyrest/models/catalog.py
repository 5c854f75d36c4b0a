"""The catalog: the declarations of a service resolved together, once. Relations in both directions, the order of dependency.

There is no global registry: a catalog is made of the models it is given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyrest.errors import Misdeclared, did_you_mean, quoted
from pyrest.models.declaration import RESERVED_NAMES, Declaration, Member, folded, is_name, snake_case
from pyrest.models.edges import Edge, Relation, edges_of
from pyrest.models.fields import Field, ForeignKey, ManyToManyField
from pyrest.models.generics import GenericReverse, generics_of
from pyrest.models.joins import Join, joins_of, links_of, through_model, unnamed
from pyrest.models.model import Model, declaration

Between = dict[tuple[type[Model], ManyToManyField], type[Model]]


@dataclass(frozen=True, slots=True)
class Catalog:
    """`models` in an order in which targets come before what points at them, as far as there are no cycles.

    `forward[model]` maps the names of its foreign keys to relations, `reverse[model]` lists the relations that point at it,
    `backward[model]` maps those that have a reverse name by it,
    `joins[model]` maps the names of its many-to-many relations, from either side, `generics[model]` those of its generic ones.
    `edges[model]` maps all of these names to edges. `kept` holds what others have computed out of a catalog, once.
    """

    models: tuple[type[Model], ...]
    by_table: Mapping[str, Declaration]
    forward: Mapping[type[Model], Mapping[str, Relation]]
    reverse: Mapping[type[Model], tuple[Relation, ...]]
    backward: Mapping[type[Model], Mapping[str, Relation]]
    joins: Mapping[type[Model], Mapping[str, Join]]
    generics: Mapping[type[Model], Mapping[str, GenericReverse]]
    edges: Mapping[type[Model], Mapping[str, Edge]]
    kept: dict[Any, Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    def declared(self, model: type[Model]) -> Declaration:
        """The declaration of a model of this catalog. Raises `Misdeclared` for any other."""
        if model not in self.forward:
            raise Misdeclared(f"{model.__name__} is not declared to this store; pass it in models=[…]")
        return declaration(model)


def resolve(models: Iterable[type[Model]]) -> Catalog:
    """The catalog of these models. Raises `Misdeclared`, naming model and field."""
    unique = _reachable(models)
    by_table = _tables(unique)
    between = _between(unique, by_table)
    unique = _reachable((*unique, *between.values()))
    by_table = _tables(unique)
    forward = {m: _relations(declaration(m), by_table) for m in unique}
    reverse = {m: tuple(r for relations in forward.values() for r in relations.values() if r.target is m) for m in unique}
    ours, theirs = _joins(between, by_table, forward)
    for model in unique:
        named: list[tuple[str, Member]] = [(r.reverse_name, r.field) for r in reverse[model] if r.reverse_name]
        _check_reverse_names(declaration(model), [*named, *((j.name, j.link) for j in theirs if j.model is model)])
    joins = {m: {j.name: j for j in (*ours, *theirs) if j.model is m} for m in unique}
    generics = {m: generics_of(m, by_table) for m in unique}
    backward = {m: {r.reverse_name: r for r in reverse[m] if r.reverse_name} for m in unique}
    edges = {m: edges_of(m, forward[m], backward[m], joins[m], generics[m]) for m in unique}
    return Catalog(_by_dependency(unique, forward), by_table, forward, reverse, backward, joins, generics, edges)


def _between(models: Iterable[type[Model]], by_table: Mapping[str, Declaration]) -> Between:
    """The models of the tables between, for every many-to-many relation."""
    known = dict(by_table)
    found: Between = {}
    for model, link in links_of(models):
        through = found[model, link] = through_model(model, link, known)
        known[declaration(through).table] = declaration(through)
    return found


def _joins(
    between: Between, by_table: Mapping[str, Declaration], forward: Mapping[type[Model], Mapping[str, Relation]]
) -> tuple[list[Join], list[Join]]:
    """Every many-to-many relation from the side that declares it, and from the other one where that has a name for it."""
    ours, theirs = [], []
    for (model, link), through in between.items():
        targets = {name: relation.target for name, relation in forward[through].items() if relation.target_field.is_key}
        join, reverse = joins_of(model, link, through, by_table, targets)
        ours.append(join)
        theirs += [reverse] if reverse is not None else []
    return ours, theirs


def _reachable(models: Iterable[type[Model]]) -> tuple[type[Model], ...]:
    """The models, and those that their relations name by class."""
    found: dict[type[Model], None] = {}
    waiting = list(models)
    while waiting:
        model = waiting.pop(0)
        if model not in found:
            found[model] = None
            named = [f.to for f in model.__fields__.values() if isinstance(f, ForeignKey)]
            named += [to for link in model.__links__.values() for to in link.targets()]
            waiting += [to for to in named if isinstance(to, type)]
    return tuple(found)


def _tables(models: Iterable[type[Model]]) -> dict[str, Declaration]:
    found: dict[str, Declaration] = {}
    by_folded: dict[str, Declaration] = {}
    for model in models:
        declared = declaration(model)
        other = by_folded.setdefault(folded(declared.table), declared)
        if other is not declared:
            both = f"{declared.name} and {other.name} are both the table {quoted(declared.table)}"
            raise Misdeclared(f"{both}; give one a Meta.table of its own")
        found[declared.table] = declared
    return found


def _relations(declared: Declaration, by_table: Mapping[str, Declaration]) -> dict[str, Relation]:
    for field in declared.fields.values():
        if isinstance(field, ForeignKey):
            _resolve_target(field, by_table)
    return {name: _relation(declared, field, by_table) for name, field in declared.fields.items() if field.foreign is not None}


def _resolve_target(field: ForeignKey[Any], by_table: Mapping[str, Declaration]) -> None:
    target = declaration(field.to) if isinstance(field.to, type) else by_table.get(field.to)
    if target is None:
        raise field.misdeclared(f"no model has the table {quoted(str(field.to))}{did_you_mean(str(field.to), by_table)}")
    field.resolve(target.model, target.key, target.table)


def _relation(declared: Declaration, field: Field[Any], by_table: Mapping[str, Declaration]) -> Relation:
    reference = field.reference
    assert reference is not None
    target = by_table.get(reference.table)
    if target is None:
        nearest = did_you_mean(reference.table, by_table)
        raise field.misdeclared(f"no model has the table {quoted(reference.table)} of its foreign key{nearest}")
    by_column = {f.column_name: f for f in target.fields.values()}
    target_field = by_column.get(reference.column) or target.fields.get(reference.column)
    if target_field is None:
        raise field.misdeclared(f"{target.name} has no column {quoted(reference.column)}{did_you_mean(reference.column, by_column)}")
    if not (target_field.is_key or target_field.unique):
        raise field.misdeclared(f"{target.name}.{target_field.name} is neither the key nor unique, so nothing can point at it")
    if not field.agrees_with(target_field):
        raise field.misdeclared(f"{field.kind} cannot hold the values of {target.name}.{target_field.name}, which is {target_field.kind}")
    return Relation(declared.model, field, target.model, target_field, _reverse_name(declared, field))


def _reverse_name(declared: Declaration, field: Field[Any]) -> str | None:
    if field.related_name == "+":
        return None
    if field.related_name is not None:
        if not is_name(field.related_name):
            raise unnamed(field)
        return field.related_name
    one = snake_case(declared.name)
    return one if field.unique or field.is_key else f"{one}_set"


def _check_reverse_names(target: Declaration, named: Iterable[tuple[str, Member]]) -> None:
    seen: dict[str, Member] = {}
    for name, member in named:
        if name in RESERVED_NAMES or hasattr(target.model, name):
            hidden = f"its reverse name {quoted(name)} hides {target.name}.{name}"
            raise member.misdeclared(f"{hidden}; choose another with related_name=")
        other = seen.setdefault(name, member)
        if other is not member:
            clash = f"{target.name} would call both this and {other.owner}.{other.name} {quoted(name)}"
            raise member.misdeclared(f"{clash}; choose another with related_name=")


def _by_dependency(models: tuple[type[Model], ...], forward: Mapping[type[Model], Mapping[str, Relation]]) -> tuple[type[Model], ...]:
    placed: dict[type[Model], None] = {}
    begun: set[type[Model]] = set()

    def place(model: type[Model]) -> None:
        if model in begun:
            return
        begun.add(model)
        for relation in forward[model].values():
            place(relation.target)
        placed[model] = None

    for model in models:
        place(model)
    return tuple(placed)
