"""What is known of a model's relations without a store: for checks while a class is made, for `repr()`, for rows of no store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrest.errors import Misdeclared
from pyrest.models.catalog import Catalog, resolve
from pyrest.models.declaration import snake_case
from pyrest.models.fields import ForeignKey
from pyrest.models.model import Model


def surroundings(model: type[Model]) -> Catalog | None:
    """The model, what its relations lead to, and the models that point there, as far as classes name each other.

    None where a table's name would have to be looked up: only a store knows whose that is.
    """
    found: dict[type[Model], None] = {model: None}
    waiting: list[Any] = [model]
    named = {one: _named(one) for one in _below(Model)}
    while waiting:
        one = waiting.pop()
        pointing = [other for other, names in named.items() if one in names]
        for other in (*named[one], *pointing):
            if isinstance(other, str):
                return None
            if other not in found and not any(isinstance(name, str) for name in named[other]):
                found[other] = None
                waiting.append(other)
    try:
        return resolve(found)
    except Misdeclared:
        return None


def _named(model: type[Model]) -> list[Any]:
    """The other models that relations of a model name, by class or by table."""
    fields = [field.to for field in model.__fields__.values() if isinstance(field, ForeignKey)]
    names = [*fields, *(to for link in model.__links__.values() for to in link.targets())]
    own = model.__options__.get("table") or snake_case(model.__name__) if names else ""
    return [to for to in names if to != own]


def _below(model: type[Model]) -> Iterator[type[Model]]:
    for child in model.__subclasses__():
        yield child
        yield from _below(child)
