"""Bodies of new users by hand: JSON → values, or all of its faults."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request

from benchmarks.by_hand.answers import JSON, Refused, suggestion
from benchmarks.by_hand.lists import KEY

SCHEMA = {"first_name", "last_name", "address"}


def json_object() -> dict[str, Any]:
    if request.mimetype != JSON:
        said = f"this one says {request.mimetype}" if request.mimetype else "this one says nothing"
        raise Refused(415, f"a body needs the header Content-Type: {JSON}; {said}")
    body = request.get_data(cache=False)
    if not body:
        raise Refused(400, "the body is empty; send a JSON object")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise Refused(400, f"the body is no JSON: {fault.msg} (line {fault.lineno}, column {fault.colno})") from None
    if type(value) is not dict:
        kinds = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
        raise Refused(400, f"the body must be a JSON object or a list of them, not {kinds.get(type(value), 'a number')}")
    return value


def validated(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]], list[str]]:
    """The values, what is wrong with them, and the names that are missing."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    missing = [name for name in ("first_name", "last_name") if name not in body]
    for name in missing:
        errors[name] = ["This field is required."]
    for name, value in body.items():
        if name == "ressource_uri":
            errors[name] = ["This field cannot be set."]
        elif name not in SCHEMA:
            errors[name] = [f"This field does not exist{suggestion(name, sorted(SCHEMA)) or '.'}"]
        elif fault := address_fault(value) if name == "address" else text_fault(value):
            errors[name] = [fault]
        else:
            values[name] = value
    if values.get("address") is not None:
        values["address"] = int(values["address"]) if values["address"] != "" else None
    return values, errors, missing


def text_fault(value: object) -> str | None:
    if value is None:
        return "This field may not be null."
    if not isinstance(value, str):
        return "Not a valid string."
    return "Null characters are not allowed." if "\0" in value else None


def address_fault(value: object) -> str | None:
    if value is None or value == "" or (isinstance(value, str) and KEY.fullmatch(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"Incorrect type. Expected pk value, received {type(value).__name__}."
    if isinstance(value, float) and not value.is_integer():
        return "A valid integer is required, without a fraction."
    if not -(2**63) <= value < 2**63:
        return f"This integer is outside 64 bits ({-(2**63)} to {2**63 - 1})."
    return None


def invalid(errors: dict[str, list[str]], missing: list[str]) -> Refused:
    """All faults at once, the first field at fault first."""
    order = ["first_name", "last_name", "address"]
    names = [name for name in order if name in errors] + [name for name in errors if name not in SCHEMA]
    first = names[0]
    error = f"{first} does not validate"
    if first in missing:
        error = f"{first} is missing. Cannot create the ressource"
    for name in names:
        if name not in SCHEMA and name != "ressource_uri":
            error = f'unknown field "{name}"{suggestion(name, [*order, "ressource_uri"])}'
            break
    return Refused(400, error, {name: errors[name] for name in names})
