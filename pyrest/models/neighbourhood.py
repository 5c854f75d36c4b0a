"""The neighbourhood of a model: all that can be read on the way from its rows along relations, in either direction."""

from __future__ import annotations

from collections.abc import Iterator

from pyrest.models.catalog import Catalog
from pyrest.models.fields import GenericForeignKey
from pyrest.models.model import Model


def neighbourhood(catalog: Catalog, model: type[Model]) -> frozenset[type[Model]]:
    """The models that relations connect with a model, itself and tables between included. A generic foreign key leads to any."""
    found, waiting = {model}, [model]
    while waiting:
        near = waiting.pop()
        if any(isinstance(link, GenericForeignKey) for link in near.__links__.values()):
            return frozenset(catalog.models)
        beside = set(_beside(catalog, near)) - found
        found |= beside
        waiting += beside
    return frozenset(found)


def _beside(catalog: Catalog, model: type[Model]) -> Iterator[type[Model]]:
    """A many-to-many relation has a table between, whose foreign keys lead to both sides."""
    yield from (relation.target for relation in catalog.forward[model].values())
    yield from (relation.model for relation in catalog.reverse[model])
    yield from (edge.target for edge in catalog.edges[model].values())
