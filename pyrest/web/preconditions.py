"""Writes that go ahead only if a row is still as the client knows it: `If-Match` and `If-None-Match` (RFC 9110, section 13)."""

from __future__ import annotations

import re
from typing import NamedTuple

from flask import Request

from pyrest.endpoint import Endpoint
from pyrest.lists import Object
from pyrest.resource import Guard
from pyrest.serializers.fields import Place
from pyrest.web.conditional import tag_of
from pyrest.web.errors import BadHeader, PreconditionFailed, PreconditionRequired
from pyrest.web.responses import json_text

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")


class Tags(NamedTuple):
    """The tags of a header, weak ones with their `W/`; of any row that is there where it was `*`."""

    anything: bool
    tags: frozenset[str] = frozenset()

    def name(self, tag: str, weakly: bool = False) -> bool:
        """Whether a strong tag is among them: a weak one is the same as none, unless weakly compared (RFC 9110, section 8.8.3.2)."""
        return self.anything or tag in self.tags or (weakly and f"W/{tag}" in self.tags)


def guard(request: Request, endpoint: Endpoint, place: Place, indent: int) -> Guard | None:
    """What a row has to pass before a request may write it, None where it says nothing. `indent` is how an answer would be written.

    Raises `BadHeader`, and `PreconditionRequired` where the endpoint demands what is not there.
    """
    if endpoint.require_preconditions and "If-Match" not in request.headers and not _creates_only(request):
        create = ", or If-None-Match: * to create it" if request.method == "PUT" else ""
        raise PreconditionRequired(f"send the header If-Match with the row's ETag, which GET gives{create}")
    return conditions(request, place, indent)


def conditions(request: Request, place: Place, indent: int) -> Guard | None:
    """The same for requests that need no conditions. Raises `BadHeader`."""
    match, none_match = _tags(request, "If-Match"), _tags(request, "If-None-Match")
    if match is None and none_match is None:
        return None

    def check(shown: Object | None) -> None:
        tag = None if shown is None else tag_of(json_text(shown, indent))
        if match is not None and (tag is None or not match.name(tag)):
            raise PreconditionFailed(_changed(match, tag), tag)
        if none_match is not None and tag is not None and none_match.name(tag, weakly=True):
            raise PreconditionFailed(_there(none_match), tag)

    return Guard(place, check)


def refuse_conditions(request: Request) -> None:
    """For writes of many rows, of which each is in a state of its own. Raises `BadHeader`."""
    for name in ("If-Match", "If-None-Match"):
        if name in request.headers:
            raise BadHeader(f"{name} is about one row: send PATCH or DELETE to its own address, or Prefer: max-affected here")


def refuse_unguarded(endpoint: Endpoint) -> None:
    """For requests that change rows by something else than their address. Raises `PreconditionRequired`."""
    if endpoint.require_preconditions:
        raise PreconditionRequired("rows are changed one by one here: send PATCH or PUT to each, with If-Match and its ETag")


def _creates_only(request: Request) -> bool:
    return request.method == "PUT" and request.headers.get("If-None-Match", "").strip() == "*"


def _tags(request: Request, name: str) -> Tags | None:
    header = request.headers.get(name)
    if header is None:
        return None
    if header.strip() == "*":
        return Tags(True)
    if not _TAGS.fullmatch(header):
        raise BadHeader(f'{name} is * or tags in quotes, such as "c3d2…", as the header ETag shows them')
    return Tags(False, frozenset(re.findall(_TAG, header)))


def _there(none_match: Tags) -> str:
    if none_match.anything:
        return "If-None-Match: there is such a row already"
    return "If-None-Match: the row has this tag; to write it only while it has, send the tag as If-Match"


def _changed(match: Tags, tag: str | None) -> str:
    if tag is None:
        return "If-Match: there is no such row"
    if any(f"W/{tag}" == known for known in match.tags):
        return "If-Match: a weak tag, which begins with W/, matches nothing; send the ETag as it came"
    return "If-Match: the row is not as you know it any more; get it again"
