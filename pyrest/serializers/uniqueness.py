"""What has to be unique among the objects of one level: they are held against each other and against the rows that stay. The state when
all is written counts, so rows may swap their values."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any, NamedTuple

from pyrest.datastores.protocol import DataStore
from pyrest.errors import NON_FIELD_ERRORS
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration, row_of
from pyrest.plan import And, Compare, OneOf, Or, Read, Where
from pyrest.reach import reached
from pyrest.serializers.binding import Bound
from pyrest.serializers.items import Item, Values
from pyrest.serializers.policies import Policy
from pyrest.serializers.representation import Representation
from pyrest.serializers.validators import UniqueTogetherValidator

TERMS = 400  # a condition for each object; SQLite takes no expression that is deeper than 1,000

Group = tuple[str, ...]


class Gone(NamedTuple):
    """Rows of a model that are in nobody's way when all is written: those that are `deleted`, and those that are `unlinked`, of which
    `fields` will be null."""

    deleted: tuple[Any, ...] = ()
    unlinked: tuple[Any, ...] = ()
    fields: frozenset[str] = frozenset()

    def keys(self, group: Group) -> set[Any]:
        """The keys of those whose values of these fields will be free."""
        return {row.pk for row in (*self.deleted, *(self.unlinked if not self.fields.isdisjoint(group) else ()))}


NOTHING_GONE = Gone()


def gone_with(store: DataStore | None, policy: Policy, member: Bound, items: list[Item], gone: Gone) -> Gone:
    """The nested rows that will be gone: those that are named no more, and those that go along with a parent that goes."""
    edge = member.edge
    assert edge is not None
    children = (child for item in items for child in item.children.get(member.name, ()))
    named = {child.row.pk for child in children if child.row is not None}
    left = tuple(row for item in items for row in item.values.there.get(member.target, ()) if row.pk not in named)
    along: tuple[Any, ...] = ()
    if gone.deleted and store is not None and not edge.forward and edge.field.on_delete == "cascade":
        values = (row._values[edge.near.index_in_row] for row in gone.deleted)
        along = tuple(row_of(edge.target, row) for row in reached(store, edge, declaration(edge.target).fields, values)[1])
    if policy.missing == "delete":
        return Gone(deleted=(*left, *along))
    fields = () if isinstance(edge.relation, Join) or policy.missing == "keep" else (edge.field.name,)
    return Gone(along, left, frozenset(fields))


def check_unique(store: DataStore, found: Representation, items: list[Item], gone: Gone = NOTHING_GONE, everything: bool = False) -> None:
    """Notes the faults of objects whose values another one or another row has. With `everything`, what the serializer does not ask
    about counts as well.

    One statement for each set of unique fields that the objects change.
    """
    _refuse_other_twins(found, items)
    items = [item for item in items if item.twin is None]
    own = {item.row.pk for item in items if item.row is not None}
    given = {name for item in items for name in item.given}
    for group, sentence in groups_of(found, everything, given):
        asked = [(item, values) for item in items if (values := values_in(found, item, group)) is not None]
        seen: dict[tuple[Any, ...], Item] = {}
        outside: dict[tuple[Any, ...], Item] = {}
        for item, values in asked:
            if seen.setdefault(values, item) is not item:
                _note(found, item, group, sentence)
            elif _changes(found, item, group, values) and not any(isinstance(value, Item) for value in values):
                outside[values] = item
        for values in _taken(store, found, group, list(outside), own | gone.keys(group)):
            if values in outside:
                _note(found, outside[values], group, sentence)


def _refuse_other_twins(found: Representation, items: list[Item]) -> None:
    for item in items:
        if item.twin is not None and any(_differ(found, item, item.twin, name) for name in item.values.keys() | item.twin.values.keys()):
            item.errors[NON_FIELD_ERRORS] = ["This object is there twice, with different values."]


def _differ(found: Representation, item: Item, twin: Item, name: str) -> bool:
    """Whether two objects would make different values of a field of one row, or one of them says nothing of a relation."""
    if name in item.values and name in twin.values:
        return bool(item.values[name] != twin.values[name])
    return name not in found.declared.fields or bool(_value(found, item, name) != _value(found, twin, name))


def groups_of(found: Representation, everything: bool, given: Set[str]) -> list[tuple[Group, str]]:
    """The sets of fields that have to be unique, each with its sentence; a single field's is its own.

    A set that holds what is `given` by the objects' place counts where the serializer does not show that.
    """
    single = [(group, "") for group in found.declared.unique_sets if len(group) == 1]
    together = [v for v in found.validators if isinstance(v, UniqueTogetherValidator)]
    asked = {v.fields for v in together}
    placed = given if found.serializer.meta_options.get("validators") is None else set()
    wanted = [group for group in found.declared.unique_together if group not in asked and (everything or not placed.isdisjoint(group))]
    more = [UniqueTogetherValidator(group) for group in wanted]
    return [*single, *((v.fields, v.sentence()) for v in (*together, *more))]


def values_in(found: Representation, item: Item, group: Group) -> tuple[Any, ...] | None:
    """What the fields of a group will be; None where one is null, or not known because it is at fault."""
    values = []
    for name in group:
        value = _value(found, item, name)
        if value is None:
            return None
        values.append(value)
    return tuple(values)


def _value(found: Representation, item: Item, name: str) -> Any:
    field = found.declared.fields[name]
    if name in item.given:
        return item.given[name]
    if name in item.values:
        value = item.values[name]
        # A row that is yet to come is like no other one.
        row = value.row if isinstance(value, Values) else value
        if not isinstance(row, Model):
            return None if isinstance(value, Values) else value
        relation = found.catalog.forward[found.model].get(name)
        return row.pk if relation is None else row._values[relation.target_field.index_in_row]
    if item.row is not None:
        return item.row._values[field.index_in_row]
    return None if field.must_be_sent or callable(field.default) else field.initial()


def _changes(found: Representation, item: Item, group: Group, values: tuple[Any, ...]) -> bool:
    if item.row is None:
        return True
    return values != tuple(item.row._values[found.declared.fields[name].index_in_row] for name in group)


def _taken(
    store: DataStore, found: Representation, group: Group, wanted: list[tuple[Any, ...]], own: set[Any]
) -> Iterable[tuple[Any, ...]]:
    """Those of the values that a row has which is not rewritten or gone."""
    key = found.declared.key.name
    for start in range(0, len(wanted), TERMS):
        rows = store.read(Read(found.model, (key, *group), any_of(group, wanted[start : start + TERMS]))).rows
        yield from (tuple(values) for at, *values in rows if at not in own)


def any_of(group: Group, wanted: list[tuple[Any, ...]]) -> Where:
    if len(group) == 1:
        return OneOf(group[0], tuple(values[0] for values in wanted))
    return Or(tuple(And(tuple(Compare(n, "=", v) for n, v in zip(group, values, strict=True))) for values in wanted))


def _note(found: Representation, item: Item, group: Group, sentence: str) -> None:
    if sentence:
        item.errors.setdefault(NON_FIELD_ERRORS, []).append(sentence)
        return
    member = _shown(found, group[0])
    for part in found.nested if member is None else ():
        if part.kind == "whole" and part.name in item.children and _shown(part.inner, group[0]):
            _note(part.inner, item.children[part.name][0], group, sentence)
            return
    said = member.shape.messages["unique"] if member is not None else found.declared.fields[group[0]].messages["unique"]
    item.errors[member.name if member is not None else group[0]] = [said]


def _shown(found: Representation, field: str) -> Bound | None:
    """The member that shows a field of the row."""
    return next((m for m in found.members if m.column is not None and not m.path and m.column.name == field), None)
