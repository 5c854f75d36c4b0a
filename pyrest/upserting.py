"""Upserts: objects of which a row with the same unique values may be there already. It is merged with them, or left as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from pyrest.errors import BadParameter, Conflict, UniqueViolated, UnknownName, ValidationError
from pyrest.importing import Intake, Record, Refusals, in_batches, objects, store_all
from pyrest.linking import both
from pyrest.models.model import Model
from pyrest.plan import Update
from pyrest.references import holding
from pyrest.resource import Created, Resource, plain
from pyrest.serializers.fields import Call
from pyrest.serializers.items import Item, Values, faults, field_of, given_names
from pyrest.serializers.loading import Loading
from pyrest.serializers.uniqueness import TERMS, Group, any_of, values_in

Outcome = Literal["created", "updated", "ignored"]


class Upserted(NamedTuple):
    """What became of an object: its row, and whether that is new, was merged with it or was left as it is."""

    outcome: Outcome
    row: Created


class Upsert:
    """The objects of one request. `group` are the fields by which rows are recognized; with `merge` these are changed.

    What an object says of itself counts as in a POST where its row is new, and as in a PATCH where it is there.
    """

    def __init__(self, intake: Intake, group: Group, merge: bool) -> None:
        self._intake = intake
        self._resource, self._within, _ = intake.creation
        self._group = group
        self._merge = merge
        self._seen: set[tuple[Any, ...]] = set()
        self._done: dict[int, Upserted] = {}

    def store(self, bodies: Sequence[object]) -> list[Upserted]:
        """Stores all objects and tells what became of each. Whoever calls has opened the transaction.

        Raises `LinesRefused`, and `Conflict` for an object that the store refuses.
        """
        in_batches(self._intake, objects(bodies, self._intake.creation), self._store)
        return [self._done[place] for place in range(len(bodies))]

    def _store(self, batch: list[Record]) -> Refusals:
        new: list[Record] = []
        there: list[tuple[Record, Model]] = []
        wanted = self._wanted([record for record in batch if record.body is not None])
        found = self._found([values for values in wanted.values() if values is not None])
        for record in batch:
            values = wanted.get(record.line)
            if values is None:
                new.append(record)
                continue
            if values in self._seen:
                yield record.line, ValidationError([f"Another object of this list has the same {' and '.join(self._group)}."])
            elif values in found:
                there.append((record, found[values]))
            else:
                new.append(record)
            self._seen.add(values)
        yield from self._create(new)
        yield from self._change(there)

    def _wanted(self, records: Iterable[Record]) -> dict[int, tuple[Any, ...] | None]:
        """The values of the group that each object has; None where one is null, left out or at fault."""
        represented, given = self._resource.represented, dict(self._within.given)
        written = represented.written
        members = {member.name for member in written.created.values() if field_of(member) in self._group}
        loading = Loading(Call(self._resource.store, self._intake.place), rows=False)
        items: dict[int, Item] = {}
        for record in records:
            items[record.line] = item = Item("create", fixed=given_names(written, given), given=given)
            loading.members(written, item, {name: value for name, value in record.body.items() if name in members})
        loading.settle()
        return {line: None if item.errors.keys() & members else values_in(written, item, self._group) for line, item in items.items()}

    def _found(self, wanted: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], Model]:
        """The rows that have such values."""
        fields = [self._resource.represented.written.declared.fields[name] for name in self._group]
        found = {}
        for start in range(0, len(wanted), TERMS):
            for row in self._resource.found(both(self._within.where, any_of(self._group, wanted[start : start + TERMS]))):
                found[tuple(row._values[field.index_in_row] for field in fields)] = row
        return found

    def _create(self, new: list[Record]) -> Refusals:
        made: list[Created] = []
        yield from store_all(self._intake._replace(made=made), new)
        # Where one was refused, there are fewer, and nothing of it is kept.
        self._done |= {record.line: Upserted("created", created) for record, created in zip(new, made, strict=False)}

    def _change(self, there: list[tuple[Record, Model]]) -> Refusals:
        resource, place = self._resource, self._intake.place
        outcome: Outcome = "updated" if self._merge else "ignored"
        self._done |= {record.line: Upserted(outcome, Created(row.pk, resource.path_of_row(row, place))) for record, row in there}
        if self._merge and there:
            yield from self._together(there) if not resource.hooked and resource.represented.changes_plainly else self._one_by_one(there)

    def _one_by_one(self, there: list[tuple[Record, Model]]) -> Refusals:
        for record, row in there:
            try:
                self._resource.change(row, record.body, self._intake.place, "patch", self._within)
            except ValidationError as refusal:
                yield record.line, refusal
            except Conflict as refusal:
                raise self._intake.conflict(record, refusal) from refusal

    def _together(self, there: list[tuple[Record, Model]]) -> Refusals:
        """The bodies are read together; each row is changed by a statement of its own."""
        resource, place, given = self._resource, self._intake.place, dict(self._within.given)
        written = resource.represented.written
        items = [
            (record, Item("patch", row, resource.path_of_row(row, place), Values(row), fixed=given_names(written, given), given=given))
            for record, row in there
        ]
        resource.represented.read_all([(item, record.body) for record, item in items], place)
        for record, item in items:
            item.errors.update(resource.unaddressable(item))
            if item.errors:
                yield record.line, ValidationError(faults(item, written), item.missing, item.unknown)
            elif item.values and (refusal := self._update(record, item)):
                yield record.line, refusal
        outside = resource.outside(holding(resource.key.name, tuple(row.pk for _, row in there)))
        for record, row in there:
            if row.pk in outside:
                yield record.line, resource.left()

    def _update(self, record: Record, item: Item) -> ValidationError | None:
        resource = self._resource
        changes = tuple((name, plain(value)) for name, value in item.values.items())
        try:
            resource.store.update(Update(resource.endpoint.model, changes, resource.named(item.row.pk)))
        except UniqueViolated as refusal:
            found = resource.not_unique(item, dict(item.values), refusal)
            if isinstance(found, ValidationError):
                return found
            raise self._intake.conflict(record, refusal) from refusal
        except Conflict as refusal:
            raise self._intake.conflict(record, refusal) from refusal
        return None


def recognizable(resource: Resource) -> dict[str, Group]:
    """The fields by which rows can be recognized, as `on_conflict` names them."""
    shown = {field: name for name, field in _writable(resource).items()}
    groups = (group for group in resource.represented.written.declared.unique_sets if set(group) <= shown.keys())
    return {",".join(shown[field] for field in group): group for group in groups}


def _writable(resource: Resource) -> dict[str, str]:
    """The names in a body of fields that a client may write."""
    created = resource.represented.written.created.values()
    return {member.name: field for member in created if (field := field_of(member))}


def recognized_by(resource: Resource, texts: Sequence[str]) -> Group:
    """The fields that `on_conflict` names, or the key where the client chooses it. Raises `BadParameter` where they are not unique."""
    names, groups = _writable(resource), recognizable(resource)
    choice = " or ".join(groups)
    if not choice:
        raise BadParameter("on_conflict", "Nothing that can be sent here is unique, so no row can be recognized.")
    if not texts:
        if (resource.key.name,) in groups.values():
            return (resource.key.name,)
        raise BadParameter("on_conflict", f"It has to say by which fields a row is recognized, which must be unique: {choice}.")
    if len(texts) > 1:
        raise BadParameter("on_conflict", "This parameter can be given once.")
    sent = texts[0].split(",")
    for name in sent:
        if name not in names:
            raise UnknownName("field", name, names)
    wanted = {names[name] for name in sent}
    for group in groups.values():
        if set(group) == wanted:
            return group
    raise BadParameter("on_conflict", f"Rows can have the same {' and '.join(sent)}; unique is {choice}.")
