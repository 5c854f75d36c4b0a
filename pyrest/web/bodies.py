"""Requests → values: where they were sent, their parameters, the body as JSON within its limit, exactly as it was sent."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, NoReturn

import orjson
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from pyrest.importing import MAX_OBJECTS
from pyrest.paging import Pairs
from pyrest.query import parameters
from pyrest.web.errors import BadBody, BodyTooLarge, NotJSON
from pyrest.web.responses import JSON

# orjson makes floats of integers beyond 64 bits, and of all numbers with a point or an exponent: these may be too long for one,
# or so small that they become 0.
_LONG_NUMBER = re.compile(rb"[0-9.]{16}|[0-9][eE]-0*[0-9]{3}")
_LONGEST_INTEGER = 40


def json_object(request: Request, limit: int) -> dict[str, Any]:
    """The body of a request. Raises `NotJSON`, `BodyTooLarge`, `BadBody`."""
    return _object(json_body(request, limit))


def json_objects(request: Request, limit: int) -> dict[str, Any] | list[Any]:
    """The body of a request that holds one object or a list of them. Raises `NotJSON`, `BodyTooLarge`, `BadBody`."""
    value = json_body(request, limit)
    if not isinstance(value, list):
        return _object(value, "a JSON object or a list of them")
    if len(value) > MAX_OBJECTS:
        raise BadBody(f"the list has more than {MAX_OBJECTS} objects; send several lists, or CSV or NDJSON")
    return value


def json_body(request: Request, limit: int) -> Any:
    """The body of a request, whatever it is. Raises `NotJSON`, `BodyTooLarge`, `BadBody`."""
    _require_json(request)
    body = _read(request, limit)
    if not body:
        raise BadBody("the body is empty; send a JSON object")
    return json_value(body)


def require_no_body(request: Request) -> None:
    """Raises `BadBody` where there is one: what is asked for is said by the address alone."""
    try:
        _read(request, 0)
    except BodyTooLarge:
        raise BadBody("this address takes no body: it links two rows that are there") from None


def origin(request: Request) -> str:
    """`http://localhost:5000`. A request without a Host, or with one that is no host, still has paths (RFC 9110, section 10.2.2)."""
    return f"{request.scheme}://{request.host}" if request.host else ""


def parameters_of(request: Request) -> Pairs:
    """The query string's pairs. Raises `BadParameter`."""
    return parameters(request.environ.get("QUERY_STRING", ""))


_KINDS = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}


def _object(value: Any, wanted: str = "a JSON object") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadBody(f"the body must be {wanted}, not {_KINDS.get(type(value), 'a number')}")
    return value


def _require_json(request: Request) -> None:
    header = request.environ.get("CONTENT_TYPE", "")
    if header == JSON:
        return
    kind, options = parse_options_header(header)
    plain = kind.lower()  # RFC 9110, section 8.3.1
    if plain != JSON and not (plain.startswith("application/") and plain.endswith("+json")):
        said = f"this one says {kind[:80]}" if kind else "this one says nothing"
        raise NotJSON(f"a body needs the header Content-Type: {JSON}; {said}")
    if options.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise NotJSON("JSON is sent as UTF-8 (RFC 8259, section 8.1)")


def _read(request: Request, limit: int) -> bytes:
    # Without a Content-Length, Werkzeug cuts a body off at its maximum and says nothing: the byte more tells.
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        body = None
    if body is None or len(body) > limit:
        raise BodyTooLarge(f"the body is longer than {limit} bytes")
    return body


def json_value(body: bytes, what: str = "the body", place: str = "line {0.lineno}, column {0.colno}") -> Any:
    """The value of a JSON text. Raises `BadBody`, which says what the text is, and at which place it is wrong."""
    if not _LONG_NUMBER.search(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass  # the slower parser lets the fields name what only they can refuse, such as a lone surrogate
    return _parsed_exactly(body, what, place)


def _parsed_exactly(body: bytes, what: str, place: str) -> Any:
    """JSON with every number as it was written: an integer of any length, a `Decimal` where a float would differ."""
    try:
        return json.loads(body.decode("utf-8"), parse_int=_integer, parse_float=_number, parse_constant=partial(_no_constant, what))
    except UnicodeDecodeError:
        raise BadBody(f"{what} is not UTF-8") from None
    except json.JSONDecodeError as fault:
        raise BadBody(f"{what} is no JSON: {fault.msg[:1].lower()}{fault.msg[1:]} ({place.format(fault)})") from None
    except RecursionError:
        raise BadBody(f"{what} is nested too deeply") from None


def _integer(text: str) -> int:
    # Python takes quadratic time for long integers; a field refuses this one as it would refuse the real one.
    return int(text[:_LONGEST_INTEGER])


def _number(text: str) -> float | Decimal:
    number = float(text)
    try:
        exact = Decimal(text)
    except InvalidOperation:  # its exponent has more than 18 digits; a field refuses this one as it would refuse the real one
        return Decimal("1e-999999" if "-" in text[1:] else "1e999999")
    return number if Decimal(repr(number)) == exact else exact


def _no_constant(what: str, text: str) -> NoReturn:
    raise BadBody(f"{what} is no JSON: {text} is no number there (RFC 8259, section 6)")
