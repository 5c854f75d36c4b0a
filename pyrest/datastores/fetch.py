"""What is fetched beside a plan: one statement for each edge, however many rows it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyrest.datastores.protocol import DataStore
from pyrest.models.model import Model
from pyrest.plan import Compare, OneOf, Read, Ref


def missing(store: DataStore, refs: Iterable[Ref]) -> set[Ref]:
    """The references that point at nothing. One statement for each field that is referred to."""
    wanted: dict[tuple[type[Model], str], dict[Any, None]] = {}
    refs = tuple(refs)
    for ref in refs:
        wanted.setdefault((ref.model, ref.field), {})[ref.value] = None
    found = {edge: _existing(store, *edge, tuple(values)) for edge, values in wanted.items()}
    return {ref for ref in refs if ref.value not in found[ref.model, ref.field]}


def _existing(store: DataStore, model: type[Model], field: str, values: tuple[Any, ...]) -> set[Any]:
    where = Compare(field, "=", values[0]) if len(values) == 1 else OneOf(field, values)
    return {value for (value,) in store.read(Read(model, (field,), where)).rows}
