"""Imports: many bodies → rows, all of them or none, with what is wrong with each line, or each object of a list.

Each goes the way of a single create. Where that way is plain, they are read and stored together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from pyrest.errors import NON_FIELD_ERRORS, Conflict, LinesRefused, UniqueViolated, ValidationError
from pyrest.resource import Created, Creation
from pyrest.serializers.fields import Place
from pyrest.serializers.items import Item, faults, given_names

ROWS_AT_ONCE = 500
MAX_FAULTY_LINES = 100
MAX_OBJECTS = 10_000  # of a list


class Record(NamedTuple):
    """An object of an upload, the line where it begins, and what is wrong with it already, by name. Without a body it is no object."""

    line: int
    body: Any
    faults: Mapping[str, Any] = {}


class Intake(NamedTuple):
    """Where records become rows: `unit` is what one is called, `made` takes what was made of each."""

    creation: Creation
    place: Place
    unit: str = "line"
    made: list[Created] | None = None

    def conflict(self, record: Record, refusal: Conflict) -> Conflict:
        """What the store refused, with the place of the record."""
        return Conflict(f"{self.unit} {record.line}: {refusal}")


Refusals = Iterator[tuple[int, ValidationError]]


def load(intake: Intake, records: Iterable[Record]) -> int:
    """Stores a row for each record and returns their number. Whoever calls has opened the transaction.

    Raises `LinesRefused` for the first `MAX_FAULTY_LINES` lines with faults, and `Conflict` for a line that the store refuses.
    """
    return in_batches(intake, records, partial(store_all, intake))


def objects(bodies: Sequence[object], creation: Creation) -> Iterator[Record]:
    """The objects of a list, counted from 0."""
    for place, body in enumerate(bodies):
        if isinstance(body, Mapping):
            yield Record(place, body)
        else:
            yield Record(place, None, {NON_FIELD_ERRORS: [creation.resource.represented.written.serializer.refusal(body)]})


def store_all(intake: Intake, batch: list[Record]) -> Refusals:
    """Stores a row for each of these records, together where that is plain, and gives what is wrong with them."""
    creation = intake.creation
    store = _store_together if creation.resource.creates_plainly and creation.stored is None else _store_one_by_one
    return store(intake, batch)


def in_batches(intake: Intake, records: Iterable[Record], store: Callable[[list[Record]], Refusals]) -> int:
    """Has all records stored, and returns their number. Raises `LinesRefused` for the first `MAX_FAULTY_LINES` that are refused."""
    records = iter(records)
    count = 0

    def refusals() -> Refusals:
        nonlocal count
        while batch := list(islice(records, ROWS_AT_ONCE)):
            count += len(batch)
            yield from store(batch)

    if refused := sorted(islice(refusals(), MAX_FAULTY_LINES), key=itemgetter(0)):
        raise LinesRefused(dict(refused), intake.unit)
    return count


def _store_one_by_one(intake: Intake, batch: list[Record]) -> Refusals:
    resource, within, stored = intake.creation
    for record in batch:
        try:
            if record.body is None or record.faults:
                raise _refusal_of(intake, record)
            created = resource.create(record.body, intake.place, False, within, stored)
        except ValidationError as refusal:
            yield record.line, refusal
        except Conflict as refusal:
            raise intake.conflict(record, refusal) from refusal
        else:
            if intake.made is not None:
                intake.made.append(created)


def _refusal_of(intake: Intake, record: Record) -> ValidationError:
    """All that is wrong with a line that has faults already."""
    if record.body is None:
        return ValidationError(record.faults)
    item = _item(intake.creation)
    with suppress(ValidationError):
        intake.creation.resource.represented.read(item, record.body, intake.place)
    item.errors.update(record.faults)
    return _refused(intake.creation, item)


def _store_together(intake: Intake, batch: list[Record]) -> Refusals:
    """Few statements for all lines: one for each field that refers to rows, and the inserts."""
    creation = intake.creation
    yield from ((record.line, ValidationError(record.faults)) for record in batch if record.body is None)
    entries = [(record, _item(creation)) for record in batch if record.body is not None]
    creation.resource.represented.read_all([(item, record.body) for record, item in entries], intake.place)
    sound: list[tuple[Record, Item]] = []
    for record, item in entries:
        item.values.update(creation.within.given)
        item.errors.update(record.faults or creation.resource.unaddressable(item))
        if item.errors:
            yield record.line, _refused(creation, item)
        else:
            sound.append((record, item))
    yield from _insert(intake, sound)


def _insert(intake: Intake, entries: list[tuple[Record, Item]]) -> Refusals:
    """Stores the rows of items; where the store refuses, one by one, to tell which line it is."""
    resource = intake.creation.resource
    rows: list[dict[str, Any]] = [item.values for _, item in entries]
    try:
        keys = resource.insert_all(rows) if rows else []
    except (Conflict, ValidationError):
        for (record, item), values in zip(entries, rows, strict=True):
            try:
                resource.insert_all([values])
            except ValidationError as refusal:
                yield record.line, refusal
            except Conflict as refusal:
                yield record.line, _not_stored(intake, record, item, values, refusal)
    else:
        if intake.made is not None:
            intake.made.extend(Created(key, resource.path_of(key, values, intake.place)) for key, values in zip(keys, rows, strict=True))


def _item(creation: Creation) -> Item:
    given = dict(creation.within.given)
    return Item("create", fixed=given_names(creation.resource.represented.written, given), given=given)


def _refused(creation: Creation, item: Item) -> ValidationError:
    return ValidationError(faults(item, creation.resource.represented.written), item.missing, item.unknown)


def _not_stored(intake: Intake, record: Record, item: Item, values: dict[str, Any], refusal: Conflict) -> ValidationError:
    """What is wrong with a line that the store refused, where a declaration foresaw it. Raises `Conflict`."""
    resource = intake.creation.resource
    found = resource.not_unique(item, values, refusal) if isinstance(refusal, UniqueViolated) else refusal
    if isinstance(found, ValidationError):
        return found
    raise intake.conflict(record, refusal) from refusal
