"""Writes of all rows that a filter selects. Each row goes the way of a single write; where that way is plain, one statement is enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pyrest.errors import NotFound, TooManyAffected, UniqueViolated, ValidationError
from pyrest.linking import both
from pyrest.paging import Pairs
from pyrest.plan import Delete, Update, Where
from pyrest.references import holding
from pyrest.resource import Resource, Selection, plain
from pyrest.serializers.fields import Place
from pyrest.serializers.items import Item, faults, given_names
from pyrest.serializers.representation import LINK


class Asked(NamedTuple):
    """The parameters that select rows, and the greatest number of them that the client lets be written."""

    pairs: Pairs
    at_most: int | None = None


def patch_all(selection: Selection, asked: Asked, body: Mapping[str, object], place: Place) -> int:
    """Patches the rows and returns their number. Whoever calls has opened the transaction.

    Raises what `selected` and a single patch raise.
    """
    resource = selection.resource
    keys, where = selected(selection, asked, place)
    item = _read(selection, body, place)
    if not resource.hooked and resource.represented.changes_plainly and _changes_alike(resource, body):
        return _update(resource, item, keys, where)
    return sum(_patched(selection, key, body, place) for key in keys)


def delete_all(selection: Selection, asked: Asked, place: Place) -> int:
    """Deletes the rows and returns their number. Whoever calls has opened the transaction. Raises what `selected` and a delete raise."""
    resource = selection.resource
    keys, where = selected(selection, asked, place)
    if not resource.hooked:
        return resource.store.delete(Delete(resource.endpoint.model, where)) if keys else 0
    return sum(_deleted(resource, key) for key in keys)


def selected(selection: Selection, asked: Asked, place: Place) -> tuple[list[Any], Where]:
    """The keys of the rows that parameters select, and the condition that holds of them alone.

    Raises `BadParameter` where nothing narrows them, `TooManyAffected`, and what filters raise.
    """
    resource, within = selection
    most = min(number for number in (asked.at_most, resource.endpoint.max_affected) if number is not None)
    plan = resource.rows.selected(asked.pairs, place, within, most + 1)
    keys = [key for (key,) in resource.store.read(plan).rows]
    if len(keys) > most:
        raise TooManyAffected(most)
    return keys, holding(resource.key.name, tuple(keys)) if keys else plan.where


def _read(selection: Selection, body: Mapping[str, object], place: Place) -> Item:
    """The values of a body, as far as they are the same for every row. Raises `ValidationError`."""
    resource, within = selection
    written = resource.represented.written
    item = Item("patch", fixed=given_names(written, within.given), given=dict(within.given))
    if resource.represented.reads_plainly and _changes_alike(resource, body):
        resource.represented.read_all([(item, body)], place)
        item.errors.update(resource.unaddressable(item))
    if item.errors:
        raise ValidationError(faults(item, written), item.missing, item.unknown)
    return item


def _changes_alike(resource: Resource, body: Mapping[str, object]) -> bool:
    """Whether all that is sent is to be changed: what cannot be may only be sent as a row has it, which is asked of every row."""
    written = resource.represented.written
    return not any(name == LINK or name == resource.key.name or (name in written.by_name and name not in written.changed) for name in body)


def _update(resource: Resource, item: Item, keys: list[Any], where: Where) -> int:
    if not (keys and item.values):
        return len(keys)
    try:
        changes = tuple((name, plain(value)) for name, value in item.values.items())
        changed = resource.store.update(Update(resource.endpoint.model, changes, where))
    except UniqueViolated as refusal:
        raise resource.not_unique(item, dict(item.values), refusal) from refusal
    resource.keep_inside(where)
    return changed


def _patched(selection: Selection, key: Any, body: Mapping[str, object], place: Place) -> bool:
    """Whether the row is still there, after what was written before it."""
    resource, within = selection
    try:
        old = resource.row(both(within.where, resource.named(key)))
    except NotFound:
        return False
    resource.change(old, body, place, "patch", within)
    return True


def _deleted(resource: Resource, key: Any) -> bool:
    if not resource.is_there(resource.named(key)):
        return False
    resource.remove(resource.named(key))
    return True
