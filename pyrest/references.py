"""References: rows named by the value of a field, and whether they exist. One statement for each field that is referred to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyrest.datastores.protocol import DataStore
from pyrest.linking import both
from pyrest.models.model import Model
from pyrest.plan import Compare, OneOf, Read, Ref, Where


def missing(store: DataStore, refs: Iterable[Ref]) -> set[Ref]:
    """The references that point at nothing."""
    refs = tuple(refs)
    if len(refs) == 1:
        (ref,) = refs
        rows = store.read(Read(ref.model, (ref.field,), both(ref.where, Compare(ref.field, "=", ref.value)))).rows
        return set() if (ref.value,) in rows else {ref}
    found: dict[tuple[type[Model], str, Where], set[Any]] = {}
    for (model, field, where), values in grouped(refs).items():
        rows = store.read(Read(model, (field,), both(where, holding(field, values)))).rows
        found[model, field, where] = {value for (value,) in rows}
    return {ref for ref in refs if ref.value not in found[ref.model, ref.field, ref.where]}


def grouped(refs: Iterable[Ref]) -> dict[tuple[type[Model], str, Where], tuple[Any, ...]]:
    """The values that are referred to, by the model, its field and the condition."""
    groups: dict[tuple[type[Model], str, Where], dict[Any, None]] = {}
    for ref in refs:
        groups.setdefault((ref.model, ref.field, ref.where), {})[ref.value] = None
    return {group: tuple(values) for group, values in groups.items()}


def holding(field: str, values: tuple[Any, ...]) -> Where:
    """The condition of rows whose field holds any of the values."""
    return Compare(field, "=", values[0]) if len(values) == 1 else OneOf(field, values)
