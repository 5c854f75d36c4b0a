"""What else changes when rows of a model are written: what foreign keys take along, and triggers of which nobody knows what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyrest.models.declaration import folded
from pyrest.models.model import Model, declaration


@dataclass(frozen=True, slots=True)
class Couplings:
    """What a file says of its tables; names are folded. `schema` is the number of its schema, which changes with it.

    `opaque` are tables with triggers and what is no plain table: writing them may change anything. `derived` is what is no plain table:
    what it shows may change with anything, and where it is `unsteady` by itself. `passed_on` are pairs of tables: what happens to rows of
    the first can change the second.
    """

    schema: int
    opaque: frozenset[str]
    derived: frozenset[str]
    unsteady: frozenset[str]
    passed_on: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Effects:
    """The models whose rows can change when rows of a model are written, itself among them, as long as the schema has that number.

    It knows of these `models` alone. The rows of `unsteady` ones can change when nothing is written.
    """

    models: tuple[type[Model], ...]
    schema: int
    changed: Mapping[type[Model], frozenset[type[Model]]]
    unsteady: frozenset[type[Model]]


def effects(models: tuple[type[Model], ...], couplings: Couplings) -> Effects:
    """The effects of writing each of these models."""
    tables = {model: folded(declaration(model).table) for model in models}
    everything = frozenset(models)
    derived, unsteady = (
        frozenset(model for model, table in tables.items() if table in some) for some in (couplings.derived, couplings.unsteady)
    )
    changed = {}
    for model, table in tables.items():
        reached = _reached(table, couplings.passed_on)
        some = frozenset(other for other in models if tables[other] in reached)
        changed[model] = everything if reached & couplings.opaque else some | derived
    return Effects(models, couplings.schema, changed, unsteady)


def _reached(table: str, passed_on: frozenset[tuple[str, str]]) -> frozenset[str]:
    found, waiting = {table}, [table]
    while waiting:
        near = waiting.pop()
        further = {far for one, far in passed_on if one == near} - found
        found |= further
        waiting += further
    return frozenset(found)
