"""Writes of many rows: lists of objects, objects that may be there already, and all that filters select → responses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from pyrest.bulk import Asked, delete_all, patch_all
from pyrest.errors import BadParameter, LinesRefused
from pyrest.importing import Intake, load, objects
from pyrest.lists import Object
from pyrest.query import refuse_all
from pyrest.resource import Created, Creation
from pyrest.upserting import Upsert, Upserted, recognized_by
from pyrest.web.bodies import json_object, json_objects, origin, parameters_of
from pyrest.web.errors import BadHeader
from pyrest.web.preconditions import refuse_conditions, refuse_unguarded
from pyrest.web.preferences import (
    DRY_RUN,
    HANDLING,
    HEADERS_ONLY,
    MAX_AFFECTED,
    MERGE,
    MINIMAL,
    REPRESENTATION,
    RESOLUTION,
    RETURN,
    Preferences,
    preferences,
)
from pyrest.web.responses import empty_response, json_response
from pyrest.web.writes import Writing, created_response

ON_CONFLICT = "on_conflict"
UNIT = "object"


def list_create(asked: Writing) -> Response:
    """The answer to POST of one object or a list of them."""
    pairs = parameters_of(asked.request)
    refuse_all([pair for pair in pairs if pair[0] != ON_CONFLICT])
    preferred = preferences(asked.request, (RETURN, HANDLING, RESOLUTION, DRY_RUN))
    conflicts = [text for name, text in pairs if name == ON_CONFLICT]
    if conflicts and not preferred.resolution:
        raise BadParameter(ON_CONFLICT, "It needs the header Prefer: resolution=merge-duplicates, or ignore-duplicates.")
    bodies = json_objects(asked.request, asked.endpoint.max_body)
    if preferred.resolution:
        return _upserted(asked, preferred, conflicts, bodies)
    if isinstance(bodies, list):
        return _created(asked, preferred, bodies)
    return created_response(asked, asked.verbs.create(bodies, asked.place, _shows(preferred)), preferred)


def list_write(asked: Writing) -> Response:
    """The answer to PATCH and DELETE on all rows that filters select."""
    refuse_conditions(asked.request)
    preferred = preferences(asked.request, (HANDLING, MAX_AFFECTED, DRY_RUN))
    chosen = Asked(parameters_of(asked.request), preferred.max_affected)
    if asked.request.method == "PATCH":
        body = json_object(asked.request, asked.endpoint.max_body)
        with asked.verbs.changing() as selection:
            affected = patch_all(selection, chosen, body, asked.place)
    else:
        with asked.verbs.changing() as selection:
            affected = delete_all(selection, chosen, asked.place)
    return preferred.said(json_response({"affected": affected}, indent=asked.indent))


def _created(asked: Writing, preferred: Preferences, bodies: list[Any]) -> Response:
    made: list[Created] = []
    with asked.verbs.creating() as creation:
        load(Intake(creation, asked.place, UNIT, made), objects(bodies, creation))
        return _report(asked, preferred, made, {"created": len(made)}, 201)


def _upserted(asked: Writing, preferred: Preferences, conflicts: Sequence[str], bodies: Object | list[Any]) -> Response:
    merge = preferred.resolution == MERGE
    if merge:
        refuse_unguarded(asked.endpoint)
        if "PATCH" not in asked.endpoint.detail_methods:
            raise BadHeader("Prefer: resolution=merge-duplicates changes rows, and this endpoint takes no PATCH")
    group = recognized_by(asked.resource, conflicts)
    with asked.verbs.creating() as creation:
        if creation.stored is not None:
            raise BadHeader("Prefer: resolution has no meaning here: rows are only linked below this one")
        if isinstance(bodies, list):
            done = Upsert(Intake(creation, asked.place, UNIT), group, merge).store(bodies)
            return _report(asked, preferred, [one.row for one in done], _counted(done), _status(done))
        done = [_stored_alone(Upsert(Intake(creation, asked.place, UNIT), group, merge), bodies)]
        return created_response(asked, _with_object(asked, creation, preferred, done[0].row), preferred, _status(done))


def _stored_alone(upsert: Upsert, body: Object) -> Upserted:
    """An object that is no list's has no index."""
    try:
        return upsert.store([body])[0]
    except LinesRefused as refusal:
        raise refusal.lines[0] from refusal


def _with_object(asked: Writing, creation: Creation, preferred: Preferences, row: Created) -> Created:
    return row._replace(shown=creation.resource.show_all([row.key], asked.place)[0]) if _shows(preferred) else row


def _shows(preferred: Preferences) -> bool:
    return preferred.returns in (REPRESENTATION, HEADERS_ONLY)


def _status(done: Sequence[Upserted]) -> int:
    return 201 if any(one.outcome == "created" for one in done) else 200


def _counted(done: Sequence[Upserted]) -> Object:
    outcomes = [one.outcome for one in done]
    return {**{outcome: outcomes.count(outcome) for outcome in ("created", "updated", "ignored")}, "outcomes": outcomes}


def _report(asked: Writing, preferred: Preferences, rows: Sequence[Created], report: Object, status: int) -> Response:
    """What became of a list of objects: numbers, the addresses of the rows, and the rows themselves where they are wanted."""
    if preferred.returns == HEADERS_ONLY:
        return preferred.said(empty_response(status))
    if preferred.returns != MINIMAL:
        start = origin(asked.request)
        report["locations"] = [start + row.path for row in rows]
    if preferred.returns == REPRESENTATION:
        report["object_list"] = asked.resource.show_all([row.key for row in rows], asked.place)
    return preferred.said(json_response(dict(sorted(report.items())), status, indent=asked.indent))
