"""The requests of a batch: its body → what is asked, one after the other, and how later ones name the rows of earlier ones.

In a path and its query string `{band}` is the last part of the address of the row that the request with the id `band` has created.
In a body `{"$key": "band"}` is its key, `{"$path": "band"}` its path, and `{"$literal": …}` a value of which nothing is looked at, for
data that looks so itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from pyrest.errors import UnknownName, did_you_mean, quoted
from pyrest.openapi.batches import HEADERS, ID, MAX_TEXT, METHODS
from pyrest.web.errors import BadBody

MEMBERS = ("method", "path", "body", "id", "headers")
_THERE_ARE = f"; there are {', '.join(MEMBERS)}"

_ID = re.compile(ID)
_PATH = re.compile(r"/[!-\"$-~]*")  # printable ASCII without # (RFC 3986)
_NAMED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a batch; `body` is None where it has none."""

    method: str
    path: str
    body: Any = None
    id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class BadPart(BadBody):
    """A request of a batch that is none; `index` is its place."""

    def __init__(self, index: int, message: str) -> None:
        self.index = index
        super().__init__(message)


def parts_of(body: object, most: int) -> list[Asked]:
    """The requests of the body of a batch. Raises `BadBody`, and `BadPart` for one of them."""
    members = body if isinstance(body, dict) else {}
    for name in members:
        if name != "requests":
            raise UnknownName("member", name, ("requests",))
    requests = members.get("requests")
    if not isinstance(requests, list) or not requests:
        raise BadBody('a batch is {"requests": [{"method": …, "path": …, "body": …}, …]}, with one request or more')
    if len(requests) > most:
        raise BadBody(f"a batch holds {most} requests at most, not {len(requests)}")
    found: list[Asked] = []
    for index, request in enumerate(requests):
        fault = _fault(request, [asked.id for asked in found])
        if fault:
            raise BadPart(index, fault)
        found.append(Asked(**{**request, "headers": {name.title(): value for name, value in request.get("headers", {}).items()}}))
    return found


def _fault(request: Any, ids: Sequence[str]) -> str:
    if not isinstance(request, dict):
        return "a request is a JSON object"
    for name in request:
        if name not in MEMBERS:
            return f"unknown member {quoted(name)}{did_you_mean(name, MEMBERS) or _THERE_ARE}"
    if request.get("method") not in METHODS:
        return f"method is one of {', '.join(METHODS)}"
    path, named = request.get("path"), request.get("id", "")
    if not isinstance(path, str) or not _PATH.fullmatch(path) or len(path) > MAX_TEXT:
        return f"path is a path such as /users/1/, percent-encoded, of at most {MAX_TEXT} characters"
    if "id" in request and not (isinstance(named, str) and _ID.fullmatch(named)):
        return "id is 1 to 64 letters of ASCII, digits, - and _"
    if named and named in ids:
        return f"the id {quoted(named)} is that of an earlier request"
    return _header_fault(request.get("headers", {}))


def _header_fault(headers: Any) -> str:
    if not isinstance(headers, dict):
        return "headers is a JSON object"
    for name, value in headers.items():
        if name.title() not in HEADERS:
            return f"of headers a request has its own {', '.join(HEADERS)}; all others are those of the batch, not {quoted(name)}"
        if not isinstance(value, str) or not (value.isascii() and value.isprintable()) or len(value) > MAX_TEXT:
            return f"{name.title()} is a printable ASCII text of at most {MAX_TEXT} characters"
    return ""


class NewRows:
    """The rows that earlier requests have created, by the ids of these; None for a request that created no single row.

    A row is the path of its collection and the last part of its own. `key_of` gives the key of one, as JSON has it.
    """

    def __init__(self, key_of: Callable[[str, str], Any]) -> None:
        self._key_of = key_of
        self._paths: dict[str, tuple[str, str] | None] = {}

    def note(self, named: str, path: str | None) -> None:
        """A request with an id has been answered."""
        if path is None:
            self._paths[named] = None
        else:
            collection, _, text = path.removesuffix("/").rpartition("/")
            self._paths[named] = (f"{collection}/", text)

    def in_path(self, path: str) -> str:
        """A path with the names in it replaced. Raises `BadBody`."""
        return _NAMED.sub(lambda found: self._row(found[1])[1], path)

    def in_body(self, value: Any) -> Any:
        """A body with the names in it replaced. Raises `BadBody`."""
        if isinstance(value, list):
            return [self.in_body(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, said),) = value.items()
            if name == "$literal":
                return said
            if name in ("$key", "$path"):
                collection, text = self._row(said)
                return self._key_of(collection, text) if name == "$key" else f"{collection}{text}/"
        return {name: self.in_body(item) for name, item in value.items()}

    def _row(self, named: Any) -> tuple[str, str]:
        if not isinstance(named, str) or named not in self._paths:
            said = quoted(named) if isinstance(named, str) else "that"
            raise BadBody(f"no earlier request has the id {said}{did_you_mean(str(named), self._paths)}")
        row = self._paths[named]
        if row is None:
            raise BadBody(f"the request {quoted(named)} has created no row, or several")
        return row


def encoded(body: Any) -> bytes:
    """A value of a body as JSON again, every number as it was written."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:  # integers of any length, decimals, lone surrogates
        return _exactly(body).encode()


def _exactly(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_exactly(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_exactly, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)
