"""The scan guard: a request that would read a large table from end to end is refused, and the index that it lacks is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyrest.errors import WouldScan
from pyrest.models.declaration import Declaration
from pyrest.models.model import Model, declaration
from pyrest.plan import Aggregate, And, Compare, IsNull, Linked, Not, OneOf, Or, Order, Read, Text, Where
from pyrest.store import Store


def refuse_scans(store: Store, plan: Read | Aggregate, largest: int) -> None:
    """Raises `WouldScan` where the plan reads a table of more rows than these from end to end."""
    for model in store.scanned(plan._replace(total=False)):
        declared = declaration(model)
        beyond = Read(model, (declared.key.name,), limit=1, offset=largest)
        if store.read(beyond).rows:
            raise WouldScan(declared.table, largest, _advice(declared, plan))


def _advice(declared: Declaration, plan: Read | Aggregate) -> str:
    orders = plan.order if isinstance(plan, Read) else ()
    names = dict.fromkeys((*_served(plan.where, plan.model, declared.model), *_ordered(orders, plan.model, declared.model)))
    lacking = [name for name in names if not _is_indexed(declared, name)]
    if not lacking:
        return "no index serves this; ask for something narrower"
    column = declared.fields[lacking[0]].column_name
    return f'an index would serve it: CREATE INDEX "ix_{declared.table}.{column}" ON "{declared.table}" ("{column}")'


def _is_indexed(declared: Declaration, name: str) -> bool:
    field = declared.fields[name]
    return field.is_key or field.unique or field.index or field.foreign is not None


def _served(where: Where, model: type[Model], wanted: type[Model]) -> Iterator[str]:
    """The fields of a model in conditions that an index serves, where the condition is about rows of `model`."""
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _served(part, model, wanted)
        case Not(part):
            yield from _served(part, model, wanted)
        case Linked(field, other, _, inner):
            if model is wanted:
                yield field
            yield from _served(inner, other, wanted)
        case Compare(field) | OneOf(field) | IsNull(field):
            if model is wanted:
                yield field
        case Text(field, place, _, fold):
            if model is wanted and place == "start" and not fold:
                yield field


def _ordered(orders: Iterable[Order], model: type[Model], wanted: type[Model]) -> Iterator[str]:
    yield from (order.field for order in orders if not order.steps and model is wanted)
