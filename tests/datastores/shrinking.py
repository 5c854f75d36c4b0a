"""A question about a world that fails, made small: rows, conditions and orders are taken away as long as it still does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pyrest.models.model import Model
from pyrest.q import Q
from tests.datastores.oracle import Band, Song, Tag, World
from tests.datastores.questions import Question


def smaller(world: World, asked: Question) -> Iterator[tuple[World, Question]]:
    """The case with a row less, or less asked."""
    yield from ((without(world, model, row["id"]), asked) for model, rows in world.rows.items() for row in rows)
    yield from ((world, asked._replace(q=q)) for q in smaller_trees(asked.q))
    yield from ((world, asked._replace(order=asked.order[:i] + asked.order[i + 1 :])) for i in range(len(asked.order)))


def without(world: World, model: type[Model], key: int) -> World:
    pointing = {Band: ("mentor", "band"), Song: ("song",)}.get(model, ())
    rows = {
        one: [{**row, **{name: None for name in pointing if row.get(name) == key}} for row in found if (one, row["id"]) != (model, key)]
        for one, found in world.rows.items()
    }
    gone = {Song: 0, Tag: 1}.get(model)
    return World(rows, frozenset(pair for pair in world.pairs if gone is None or pair[gone] != key))


def smaller_trees(q: Q) -> Iterator[Q]:
    yield from q.parts
    yield from (Q.of(q.connector, q.lookups[:i] + q.lookups[i + 1 :], q.parts, q.negated) for i in range(len(q.lookups)))
    for i, part in enumerate(q.parts):
        yield Q.of(q.connector, q.lookups, q.parts[:i] + q.parts[i + 1 :], q.negated)
        yield from (Q.of(q.connector, q.lookups, (*q.parts[:i], one, *q.parts[i + 1 :]), q.negated) for one in smaller_trees(part))


def smallest(world: World, asked: Question, fails: Callable[[World, Question], bool]) -> tuple[World, Question]:
    """A case that fails, and does not when anything is taken away from it."""
    while found := next((one for one in smaller(world, asked) if fails(*one)), None):
        world, asked = found
    return world, asked
