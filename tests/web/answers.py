"""Reading answers: the object, the list or the refusal in it, after a look at its status."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

JSON = "application/json"
SHOW = {"Prefer": "return=representation"}


def row(answer: TestResponse) -> dict[str, Any]:
    """The JSON object of an answer that succeeded."""
    assert answer.status_code in (200, 201), answer.text
    assert answer.json is not None
    return answer.json


def rows(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    return row(client.get(path))["object_list"]


def refusal(answer: TestResponse) -> tuple[str, dict[str, list[str]]]:
    """The sentence and the messages of a body that was refused."""
    assert answer.status_code == 400, answer.text
    assert answer.json is not None
    assert answer.json.keys() == {"error", "errors"}
    return answer.json["error"], answer.json["errors"]


def error(answer: TestResponse, status: int) -> str:
    """The sentence of an error, after a look at everything that all errors have in common."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == JSON
    assert answer.json is not None
    assert answer.json.keys() <= {"error", "errors"}
    assert ("errors" in answer.json) <= (status == 400)
    return str(answer.json["error"])
