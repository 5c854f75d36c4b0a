"""Uploads: the body of a request, spooled before anything is done with it → lines of text, and lines of NDJSON → records."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from pyrest.errors import NON_FIELD_ERRORS
from pyrest.importing import Record
from pyrest.serializers.representation import LINK
from pyrest.web.bodies import json_value
from pyrest.web.errors import BadBody, BodyTooLarge, NotJSON
from pyrest.web.negotiation import FORMATS, Kind
from pyrest.web.responses import JSON

IN_MEMORY = 2**20
PIECE = 2**16
BOM = "\ufeff"


def upload_kind(request: Request) -> Kind:
    """What the Content-Type says a body is; `"json"` where it is none of the others. Raises `NotJSON`."""
    header = request.environ.get("CONTENT_TYPE", "")
    if header == JSON:
        return "json"
    media_type, options = parse_options_header(header)
    kind: Kind = next((kind for kind, one in FORMATS.items() if media_type.lower() in one.media_types), "json")
    if kind == "json":
        return kind
    if options.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise NotJSON(f"{kind.upper()} is sent as UTF-8 here, not as {options['charset'][:80]}")
    if options.get("header", "present").lower() != "present":
        raise NotJSON("CSV is sent with a line of names here")
    return kind


@contextmanager
def spooled(request: Request, limit: int) -> Iterator[IO[bytes]]:
    """The whole body, on disk where it is long. Raises `BodyTooLarge`."""
    # Without a Content-Length, Werkzeug cuts a body off at its maximum and says nothing: the byte more tells.
    request.max_content_length = limit + 1
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        try:
            while piece := request.stream.read(PIECE):
                file.write(piece)
        except RequestEntityTooLarge:
            raise BodyTooLarge(f"the body is longer than {limit} bytes") from None
        if file.tell() > limit:
            raise BodyTooLarge(f"the body is longer than {limit} bytes")
        file.seek(0)
        yield file


class Lines:
    """The lines of an upload as text, counted from 1, each at most `longest` bytes long. Raises `BadBody`."""

    def __init__(self, file: IO[bytes], longest: int) -> None:
        self._file = file
        self._longest = longest
        self.number = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        raw = self._file.readline(self._longest + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        if len(raw) > self._longest:
            raise BadBody(f"line {self.number} is longer than {self._longest} bytes")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise BadBody(f"line {self.number} is not UTF-8") from None
        return text.removeprefix(BOM) if self.number == 1 else text


def ndjson_records(lines: Lines) -> Iterator[Record]:
    """An object a line; empty lines say nothing. The address that an exported object had is not looked at."""
    for text in lines:
        if found := text.strip("\r\n\t "):
            yield _record(lines.number, found)


def _record(number: int, text: str) -> Record:
    try:
        value: Any = json_value(text.encode(), "This line", "column {0.colno}")
    except BadBody as refusal:
        return Record(number, None, {NON_FIELD_ERRORS: [f"{refusal}."]})
    if not isinstance(value, dict):
        return Record(number, None, {NON_FIELD_ERRORS: ["This line is no JSON object."]})
    value.pop(LINK, None)
    return Record(number, value)
