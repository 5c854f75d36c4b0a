"""Writes of one row: a request, with what it prefers and on what it depends → a verb of the resource → a response."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from flask import Request, Response

from pyrest.endpoint import Endpoint
from pyrest.lists import Object
from pyrest.putting import put, puts_new
from pyrest.query import refuse_all
from pyrest.resource import Created, Creation, Guard, Mode, Resource, Selection
from pyrest.serializers.fields import Place
from pyrest.web.bodies import json_object, origin, parameters_of, require_no_body
from pyrest.web.conditional import tagged
from pyrest.web.negotiation import accepted
from pyrest.web.preconditions import conditions, guard
from pyrest.web.preferences import DRY_RUN, HANDLING, HEADERS_ONLY, MINIMAL, Preferences, preferences
from pyrest.web.responses import empty_response, json_response


class Writes(Protocol):
    """What may be asked of the rows of a resource, or of those of them below a row of another."""

    def create(self, body: Mapping[str, object], place: Place, shown: bool, /) -> Created: ...
    def write(self, text: str, body: Mapping[str, object], place: Place, mode: Mode, *, guard: Guard | None) -> Object: ...
    def delete(self, text: str, *, guard: Guard | None) -> None: ...
    def creating(self) -> AbstractContextManager[Creation]: ...
    def changing(self) -> AbstractContextManager[Selection]: ...


@dataclass(frozen=True, slots=True)
class Writing:
    """One request that writes, and where. `indent` is how its answer is written."""

    request: Request
    resource: Resource
    verbs: Writes
    place: Place
    indent: int

    @property
    def endpoint(self) -> Endpoint:
        return self.resource.endpoint

    def location(self, row: Created) -> str:
        """The absolute address of a new row."""
        return origin(self.request) + row.path


def writing(request: Request, resource: Resource, verbs: Writes, place: Place) -> Writing:
    """A request that writes. Raises `NotAcceptable` where its answer cannot be JSON."""
    return Writing(request, resource, verbs, place, accepted(request).indent)


def row_write(asked: Writing, key: str) -> Response:
    """The answer to PUT, PATCH and DELETE on one row."""
    request = asked.request
    refuse_all(parameters_of(request))
    passing = guard(request, asked.endpoint, asked.place, asked.indent)
    if request.method == "DELETE":
        preferred = preferences(request, (HANDLING, DRY_RUN))
        asked.verbs.delete(key, guard=passing)
        return preferred.said(empty_response(204))
    preferred = preferences(request)
    body = json_object(request, asked.endpoint.max_body)
    if request.method == "PUT":
        return _answered(preferred, _put(asked, key, body, passing))
    shown = asked.verbs.write(key, body, asked.place, "patch", guard=passing)
    return _answered(preferred, tagged(json_response(shown, indent=asked.indent), asked.place))


def link_write(request: Request, place: Place, link: Callable[[str, Guard | None], None], key: str) -> Response:
    """The answer to PUT on a row that is only linked."""
    indent = accepted(request).indent
    refuse_all(parameters_of(request))
    require_no_body(request)
    preferred = preferences(request, (HANDLING, DRY_RUN))
    link(key, conditions(request, place, indent))
    return preferred.said(empty_response(204))


def created_response(asked: Writing, created: Created, preferred: Preferences, status: int = 201) -> Response:
    """The answer to POST of one object."""
    headers = {"Location": asked.location(created)}
    if created.shown is None:
        return preferred.said(empty_response(status, headers))
    response = tagged(json_response(created.shown, status, headers, asked.indent), asked.place)
    return preferred.said(_emptied(response) if preferred.returns == HEADERS_ONLY else response)


def _put(asked: Writing, key: str, body: Object, passing: Guard | None) -> Response:
    created: Created | None = None
    if puts_new(asked.resource):
        with asked.verbs.creating() as creation:
            shown, created = put(creation, key, body, asked.place, passing)
    else:
        shown = asked.verbs.write(key, body, asked.place, "replace", guard=passing)
    headers = {} if created is None else {"Location": asked.location(created)}
    response = json_response(shown, 200 if created is None else 201, headers, asked.indent)
    # A tag says that the body was stored as it was sent (RFC 9110, section 9.3.4).
    return tagged(response, asked.place) if _same(shown, body) else response


def _answered(preferred: Preferences, response: Response) -> Response:
    """The answer to PUT or PATCH, without the object where the client does not want it."""
    if preferred.returns in (MINIMAL, HEADERS_ONLY):
        _emptied(response)
        if response.status_code == 200:
            response.status_code = 204
            del response.headers["Content-Type"], response.headers["Content-Length"]
    return preferred.said(response)


def _emptied(response: Response) -> Response:
    response.set_data(b"")
    return response


def _same(shown: Object, body: Object) -> bool:
    """Whether an object was stored as it was sent, letter by letter but for the order of names."""
    one, other = (json.dumps(value, sort_keys=True, default=str) for value in (shown, body))
    return one == other
