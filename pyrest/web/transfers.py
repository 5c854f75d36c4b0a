"""Lists in other forms than JSON, out and in: pages and exports as CSV and NDJSON, and uploads of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any, Protocol

from flask import Request, Response
from werkzeug.http import dump_options_header

from pyrest.endpoint import Endpoint
from pyrest.errors import BadParameter
from pyrest.exporting import Export
from pyrest.importing import Intake, load
from pyrest.lists import Page
from pyrest.paging import ALL, Pairs
from pyrest.representing import Shown
from pyrest.resource import Creation
from pyrest.serializers.fields import Place
from pyrest.summaries import is_asked
from pyrest.web.csv_in import csv_records
from pyrest.web.csv_out import Sheet
from pyrest.web.negotiation import Form, Kind
from pyrest.web.responses import Content, json_bytes, json_response, page_links
from pyrest.web.streams import StreamedBody, Streams
from pyrest.web.uploads import Lines, ndjson_records, spooled

CUT: Mapping[Kind, bytes] = {"csv": b'"this list is not complete', "ndjson": b'{"error":"this list is not complete'}
"""What stands at the end of a list that was broken off. It lacks its own end, so that no reader takes it for a row."""


class Transfers(Protocol):
    """What is asked of the rows of a resource, or of those below a row of another."""

    def export(self, pairs: Pairs, place: Place, /) -> Export: ...
    def creating(self) -> AbstractContextManager[Creation]: ...


class Writer(Protocol):
    """How objects are written: what comes first, and then any number of them."""

    def head(self) -> bytes: ...
    def lines(self, objects: Sequence[Any], /) -> bytes: ...


class JSONLines:
    """An object a line."""

    def head(self) -> bytes:
        return b""

    def lines(self, objects: Sequence[Any]) -> bytes:
        return b"".join([json_bytes(row) + b"\n" for row in objects])


def is_export(asked: Pairs, form: Form, endpoint: Endpoint) -> bool:
    """Whether every row is asked for, in a form in which they can be sent one after the other. Raises `BadParameter`."""
    everything = [value for name, value in asked if name == "count"] == [ALL]
    if form.kind == "json":
        return False
    if not is_asked(asked):
        return everything or endpoint.pagination is None
    if everything:
        raise BadParameter("count", "Only rows are sent all at once; groups of them come in pages.")
    if any(name == "facet" for name, _ in asked):
        raise BadParameter("facet", "Facets stand in meta, which is a part of JSON; ask for format=json.")
    return False


def page_in_form(page: Page, form: Form, name: str) -> Content:
    """A page of a list. What `meta` says of it is in headers."""
    writer = _writer(form, page.shown_by, page.object_list)
    headers = {**_disposition(form, name), **page_links(page.next, page.previous)}
    if page.meta.get("total_count") is not None and "total_count_capped" not in page.meta:
        headers["X-Total-Count"] = str(page.meta["total_count"])
    return Content(writer.head() + writer.lines(page.object_list), _media_type(form), headers)


def export_response(request: Request, form: Form, endpoint: Endpoint, export: Export, streams: Streams) -> Response:
    """All rows of a list, sent while they are read."""
    try:
        if request.method == "HEAD":
            export.close()
            return Response(iter(()), headers=_headers(form, endpoint.name))  # a list would make its length 0 known
        stream = streams.begin(endpoint.max_stream_seconds)
    except BaseException:
        export.close()
        raise
    with stream.lock:
        stream.close_with(export.close)
        try:
            body = StreamedBody(stream, _parts(form, export), CUT[form.kind])
            return Response(body, headers=_headers(form, endpoint.name))
        except BaseException:
            stream.end()
            raise


def import_response(request: Request, kind: Kind, endpoint: Endpoint, verbs: Transfers, place: Place, streams: Streams) -> Response:
    """Stores a row for each line of a body, which is there as a whole before anything is locked."""
    with streams.begin(endpoint.max_stream_seconds) as stream, spooled(request, endpoint.max_import) as file:
        stream.arrived()
        with verbs.creating() as creation:
            lines = Lines(file, endpoint.max_body)
            written = creation.resource.represented.written
            records = csv_records(lines, written, endpoint.max_body) if kind == "csv" else ndjson_records(lines)
            return json_response({"created": load(Intake(creation, place), records)}, 201)


def _parts(form: Form, export: Export) -> Iterator[bytes]:
    """The first part is made at once: what goes wrong with it has a status yet."""
    first = next(export, [])
    writer = _writer(form, export.shown_by, first)
    return chain([writer.head() + writer.lines(first)], (writer.lines(rows) for rows in export))


def _writer(form: Form, found: Shown | None, objects: Sequence[Any]) -> Writer:
    return Sheet(found, objects, form.escaped) if form.kind == "csv" else JSONLines()


def _headers(form: Form, name: str) -> dict[str, str]:
    return {"Content-Type": _media_type(form), **_disposition(form, name)}


def _media_type(form: Form) -> str:
    return "text/csv; charset=utf-8; header=present" if form.kind == "csv" else form.media_type


def _disposition(form: Form, name: str) -> dict[str, str]:
    return {"Content-Disposition": dump_options_header("attachment", {"filename": f"{name}.csv"})} if form.kind == "csv" else {}
