"""Edges: one relation in one direction, whatever its kind: how rows of a model lead to rows of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyrest.models.fields import Field
from pyrest.models.generics import GenericReverse
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key: the values of `field` of `model` are values of `target_field` of `target`.

    `reverse_name` is what the target calls the rows that point at it, None where it has no name for them.
    """

    model: type[Model]
    field: Field[Any]
    target: type[Model]
    target_field: Field[Any]
    reverse_name: str | None

    @property
    def to_one(self) -> bool:
        """Whether at most one row points at a target."""
        return self.field.unique or self.field.is_key


@dataclass(frozen=True, slots=True)
class Edge:
    """What rows of `model` have under `name`: the rows of `target` whose `field` holds what `near` holds in ours.

    Through a join the pairs of both values stand in a table between. `single` where there is at most one row. `relation` is what the
    edge runs along, `forward` whether it is a foreign key of ours.
    """

    name: str
    model: type[Model]
    near: Field[Any]
    target: type[Model]
    field: Field[Any]
    single: bool
    forward: bool
    relation: Relation | Join | GenericReverse

    def held(self, value: Any) -> Any:
        """A value of `near` as `field` holds it."""
        return self.relation.held(value) if isinstance(self.relation, GenericReverse) and value is not None else value

    def pointing(self, held: Any) -> dict[str, Any]:
        """What a row at the end holds, by the names of its fields, that leads back here; `held` is the value that `field` holds.

        Nothing where the pairs stand in a table between.
        """
        if isinstance(self.relation, Join):
            return {}
        kind = {self.relation.type_field.name: self.relation.table} if isinstance(self.relation, GenericReverse) else {}
        return {**kind, self.field.name: held}


def edges_of(
    model: type[Model],
    forward: Mapping[str, Relation],
    backward: Mapping[str, Relation],
    joins: Mapping[str, Join],
    generics: Mapping[str, GenericReverse],
) -> dict[str, Edge]:
    """Every edge that begins at a model, by its name."""
    key = declaration(model).key
    found = {n: Edge(n, model, r.field, r.target, r.target_field, True, True, r) for n, r in forward.items()}
    found |= {n: Edge(n, model, r.target_field, r.model, r.field, r.to_one, False, r) for n, r in backward.items()}
    found |= {n: Edge(n, model, key, j.target, declaration(j.target).key, False, False, j) for n, j in joins.items()}
    found |= {n: Edge(n, model, key, g.target, g.key_field, False, False, g) for n, g in generics.items()}
    return found
