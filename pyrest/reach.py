"""What is reached along an edge from any number of rows, in one statement; and the tree of all that is to be fetched beside a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyrest.datastores.protocol import DataStore
from pyrest.linking import both, kind_of, own_order
from pyrest.models.edges import Edge
from pyrest.models.generics import GenericReverse
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration
from pyrest.plan import EVERYTHING, Embed, Firsts, OneOf, Order, Pairs, Read, Where
from pyrest.shares import Share

Row = tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Needs:
    """What a representation needs of the rows of a model: columns, and what lies along edges. It grows while shapes are asked.

    `whole` where the rows themselves are needed, with all of their columns; `along` are paths of relations that they will use.
    `share` is the number of the share of them that a request wants, where it has a say in that.
    """

    model: type[Model]
    columns: list[str] = field(default_factory=list)
    edges: list[tuple[Edge, Needs]] = field(default_factory=list)
    whole: bool = False
    along: list[str] = field(default_factory=list)
    share: int | None = None

    def place(self, column: str) -> int:
        """Where a column stands in a row. It is asked for, where it was not."""
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)

    def edge(self, edge: Edge, share: int | None = None) -> int:
        """The place of an edge among the edges. It is asked for, where it was not: two shapes of one relation share one statement."""
        for place, (other, needs) in enumerate(self.edges):
            if other == edge and needs.share == share:
                return place
        needs = Needs(edge.target, share=share)
        if not isinstance(edge.relation, Join):
            needs.place(edge.field.name)
        self.place(edge.near.name)
        self.edges.append((edge, needs))
        return len(self.edges) - 1

    def rows(self) -> None:
        """Asks for the rows themselves."""
        if not self.whole:
            self.whole = True
            for name in declaration(self.model).fields:
                self.place(name)


def reached(store: DataStore, edge: Edge, columns: Iterable[str], values: Iterable[Any]) -> tuple[list[Any], list[Row]]:
    """The rows that an edge leads to from any of these values of its near side, and, place by place, the value of its far field.

    `columns` are what is wanted of them; the far field is among them, unless the edge is a join. In the order of the far model.
    """
    columns, wanted = tuple(columns), _held(edge, values)
    order, kind = _constants(edge)
    if isinstance(edge.relation, Join):
        join = edge.relation
        plan = Embed(edge.target, columns, edge.field.name, join.through, join.near.name, join.far.name, wanted, order)
        found = store.embed(plan) if wanted else []
        return [row[0] for row in found], [row[1:] for row in found]
    some = OneOf(edge.field.name, wanted)
    where = some if kind == EVERYTHING else both(kind, some)
    rows = store.read(Read(edge.target, columns, where, order)).rows if wanted else []
    place = columns.index(edge.field.name)
    return [row[place] for row in rows], rows


def reached_shares(
    store: DataStore, edge: Edge, columns: Iterable[str], values: Iterable[Any], share: Share
) -> tuple[list[Any], list[Row]]:
    """As `reached`, of the rows that an edge leads to from each value only a share."""
    columns, wanted, join = tuple(columns), _held(edge, values), edge.relation if isinstance(edge.relation, Join) else None
    order = own_order(declaration(edge.target)) if share.order is None else share.order
    where = both(kind_of(edge), share.where)
    if not wanted:
        return [], []
    if edge.single:
        some = both(OneOf(edge.field.name, wanted), where)
        rows = store.read(Read(edge.target, columns, some, limit=share.limit)).rows
        place = columns.index(edge.field.name)
        return [row[place] for row in rows], rows
    pairs = None if join is None else Pairs(join.through, join.near.name, join.far.name)
    return store.firsts(Firsts(edge.target, columns, edge.field.name, wanted, pairs, where, order, share.each, share.limit))


def _held(edge: Edge, values: Iterable[Any]) -> tuple[Any, ...]:
    """The values once each, as the far side holds them."""
    distinct = dict.fromkeys(values)
    distinct.pop(None, None)
    return tuple(map(edge.held, distinct)) if isinstance(edge.relation, GenericReverse) else tuple(distinct)


@lru_cache(maxsize=1024)
def _constants(edge: Edge) -> tuple[tuple[Order, ...], Where]:
    """The order of what an edge leads to, and the condition that all of it meets.

    Rows that point here come by what they point at first: they are put together by that anyway, and its index gives that order.
    """
    order = () if edge.single else own_order(declaration(edge.target))
    by_near = () if edge.single or isinstance(edge.relation, Join) else (Order(edge.field.name),)
    return (*by_near, *order), kind_of(edge)
