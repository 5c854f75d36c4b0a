"""Imports: many bodies → rows, all of them or none, with what is wrong with each line.

Each line goes the way of a single create. Where that way is plain, lines are read and stored together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from pyrest.errors import Conflict, LinesRefused, UniqueViolated, ValidationError
from pyrest.resource import Creation
from pyrest.serializers.fields import Place
from pyrest.serializers.items import Item, faults, given_names

ROWS_AT_ONCE = 500
MAX_FAULTY_LINES = 100


class Record(NamedTuple):
    """An object of an upload, the line where it begins, and what is wrong with it already, by name. Without a body it is no object."""

    line: int
    body: Mapping[str, object] | None
    faults: Mapping[str, Any] = {}


Refusals = Iterator[tuple[int, ValidationError]]


def load(creation: Creation, records: Iterable[Record], place: Place) -> int:
    """Stores a row for each record and returns their number. Whoever calls has opened the transaction.

    Raises `LinesRefused` for the first `MAX_FAULTY_LINES` lines with faults, and `Conflict` for a line that the store refuses.
    """
    store = _store_together if creation.resource.creates_plainly and creation.stored is None else _store_one_by_one
    records = iter(records)
    count = 0

    def refusals() -> Refusals:
        nonlocal count
        while batch := list(islice(records, ROWS_AT_ONCE)):
            count += len(batch)
            yield from store(creation, batch, place)

    if refused := sorted(islice(refusals(), MAX_FAULTY_LINES), key=itemgetter(0)):
        raise LinesRefused(dict(refused))
    return count


def _store_one_by_one(creation: Creation, batch: list[Record], place: Place) -> Refusals:
    for record in batch:
        try:
            if record.body is None or record.faults:
                raise _refusal_of(creation, record, place)
            creation.resource.create(record.body, place, False, creation.within, creation.stored)
        except ValidationError as refusal:
            yield record.line, refusal
        except Conflict as refusal:
            raise Conflict(f"line {record.line}: {refusal}") from refusal


def _refusal_of(creation: Creation, record: Record, place: Place) -> ValidationError:
    """All that is wrong with a line that has faults already."""
    if record.body is None:
        return ValidationError(record.faults)
    item = _item(creation)
    with suppress(ValidationError):
        creation.resource.represented.read(item, record.body, place)
    item.errors.update(record.faults)
    return _refused(creation, item)


def _store_together(creation: Creation, batch: list[Record], place: Place) -> Refusals:
    """Few statements for all lines: one for each field that refers to rows, and the inserts."""
    yield from ((record.line, ValidationError(record.faults)) for record in batch if record.body is None)
    entries = [(record, _item(creation)) for record in batch if record.body is not None]
    creation.resource.represented.read_all([(item, record.body) for record, item in entries], place)
    sound: list[tuple[int, Item]] = []
    for record, item in entries:
        item.values.update(creation.within.given)
        item.errors.update(record.faults or creation.resource.unaddressable(item))
        if item.errors:
            yield record.line, _refused(creation, item)
        else:
            sound.append((record.line, item))
    yield from _insert(creation, sound)


def _insert(creation: Creation, entries: list[tuple[int, Item]]) -> Refusals:
    """Stores the rows of items; where the store refuses, one by one, to tell which line it is."""
    resource = creation.resource
    rows = [resource.whole(item.values) for _, item in entries]
    try:
        if rows:
            resource.insert_all(rows)
    except (Conflict, ValidationError):
        for (line, item), values in zip(entries, rows, strict=True):
            try:
                resource.insert_all([values])
            except ValidationError as refusal:
                yield line, refusal
            except Conflict as refusal:
                yield line, _not_stored(creation, line, item, values, refusal)


def _item(creation: Creation) -> Item:
    given = dict(creation.within.given)
    return Item("create", fixed=given_names(creation.resource.represented.written, given), given=given)


def _refused(creation: Creation, item: Item) -> ValidationError:
    return ValidationError(faults(item, creation.resource.represented.written), item.missing, item.unknown)


def _not_stored(creation: Creation, line: int, item: Item, values: dict[str, Any], refusal: Conflict) -> ValidationError:
    """What is wrong with a line that the store refused, where a declaration foresaw it. Raises `Conflict`."""
    found = creation.resource.not_unique(item, values, refusal) if isinstance(refusal, UniqueViolated) else refusal
    if isinstance(found, ValidationError):
        return found
    raise Conflict(f"line {line}: {refusal}") from refusal
