"""Lines of CSV (RFC 4180) → records. Its first line names the columns; each cell is read as its field reads text.

An empty cell is null where the field may be null, the empty text where it is a text, and otherwise left out. The empty text where null
is allowed is `""`, in quotes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from pyrest.errors import NON_FIELD_ERRORS, Invalid, LinesRefused, UnknownName, ValidationError, did_you_mean
from pyrest.importing import Record
from pyrest.models.fields import Field
from pyrest.serializers.binding import Bound
from pyrest.serializers.representation import LINK, Representation
from pyrest.web.bodies import json_value
from pyrest.web.errors import BadBody
from pyrest.web.uploads import Lines

_CELL = re.compile(r'(?:\A|,)(?P<cell>"[^"]*(?:""[^"]*)*"|[^,]*)')


class Column(NamedTuple):
    """A column of a known member: how a cell is read, and what an empty one says, if anything. Without `read`, it is not looked at."""

    name: str
    read: Callable[[str], Any] | None
    empty: tuple[Any, ...] = ()


def csv_records(lines: Lines, found: Representation, longest: int) -> Iterator[Record]:
    """Raises `LinesRefused` for names that cannot be written, `BadBody` where the text is no CSV."""
    rows = _rows(lines, longest)
    _, names = next(rows, (1, []))
    if not names:
        raise BadBody("the first line of CSV names the columns; there is nothing in it")
    columns = _columns(found, [name or "" for name in names])
    for number, cells in rows:
        if not cells and len(columns) == 1:
            cells = [None]
        if cells and len(cells) != len(columns):
            counts = f"The number of cells here is {len(cells)}, and that of columns {len(columns)}."
            yield Record(number, None, {NON_FIELD_ERRORS: [counts]})
        elif cells:
            yield _record(number, columns, cells)


def _rows(lines: Lines, longest: int) -> Iterator[tuple[int, list[str | None]]]:
    """The cells of each row, None for an empty one without quotes, and the number of its first line."""
    taken: list[str] = []

    def feed() -> Iterator[str]:
        length = 0
        for text in lines:
            length = length + len(text) if taken else len(text)
            if length > longest:
                raise BadBody(f"the row that ends in line {lines.number} is longer than {longest} bytes")
            taken.append(text)
            yield text

    reader = csv.reader(feed(), strict=True)
    while True:
        taken.clear()
        start = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise BadBody(f"line {start} is no CSV: {_SAID.get(str(fault).partition(' - ')[0], str(fault))}") from None
        yield start, _with_nulls(cells, "".join(taken)) if "" in cells else list(cells)


_SAID = {"new-line character seen in unquoted field": "a CR stands there without quotes and without LF"}


def _with_nulls(cells: list[str], raw: str) -> list[str | None]:
    if '""' not in raw:
        return [cell or None for cell in cells]
    empty = {place for place, found in enumerate(_CELL.finditer(raw.rstrip("\r\n"))) if not found["cell"]}
    return [None if place in empty else cell for place, cell in enumerate(cells)]


def _columns(found: Representation, names: Sequence[str]) -> list[Column]:
    errors: dict[str, Any] = {}
    known = (*found.by_name, *([LINK] if found.link_field else []))
    unknown = None
    for place, name in enumerate(names):
        if name in names[:place]:
            errors[name] = ["This column is there twice."]
        elif name in found.by_name and name not in found.created:
            errors[name] = ["This field cannot be set."]
        elif name not in known:
            errors[name] = [f"This field does not exist{did_you_mean(name, known) or '.'}"]
            unknown = unknown or UnknownName("field", name, known)
    if errors:
        raise LinesRefused({1: ValidationError(errors, unknown=unknown)})
    return [_column(found.created[name]) if name in found.created else Column(name, None) for name in names]


def _column(member: Bound) -> Column:
    shape = member.shape
    is_text = isinstance(shape, Field) and shape.family == "string"
    empty = (None,) if member.allow_null else ("",) if is_text else ()
    if isinstance(shape, Field):
        read = _document if shape.family == "json" else str if type(shape).parse is Field.parse else partial(_value, shape)
    else:
        read = _document if member.many or member.inner is not None else _perhaps_document if member.interprets else str
    return Column(member.name, read, empty)


def _value(field: Field[Any], text: str) -> Any:
    """What JSON would have; a text that the field cannot read stays, to be refused as in JSON."""
    try:
        return field.dump(field.parse(text))
    except Invalid:
        return text


def _document(text: str) -> Any:
    try:
        return json_value(text.encode(), "this cell", "column {0.colno}")
    except BadBody:
        raise Invalid("A JSON value is required.") from None


def _perhaps_document(text: str) -> Any:
    return _document(text) if text.startswith(("{", "[")) else text


def _record(number: int, columns: list[Column], cells: list[str | None]) -> Record:
    body: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for (name, read, empty), cell in zip(columns, cells, strict=True):
        if read is None:
            continue
        if cell is None:
            body.update((name, value) for value in empty)
            continue
        try:
            body[name] = read(cell)
        except Invalid as refusal:
            body[name], errors[name] = cell, [str(refusal)]
    return Record(number, body, errors)
