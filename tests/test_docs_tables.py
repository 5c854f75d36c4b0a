"""The tables of values and messages in docs/reference/, tried row by row."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, Misdeclared, SQLiteDataStore, Wrapper, models
from pyrest.models.catalog import resolve
from tests.markdown import ROOT, blocks, code, section, tables
from tests.reader import Reader

FIELDS = (ROOT / "docs" / "reference" / "fields.md").read_text()
ERRORS = (ROOT / "docs" / "reference" / "errors.md").read_text()


def sent_values() -> list[Any]:
    text = section(FIELDS, "Every field")
    found = zip(re.findall(r"^`(models\..*)`$", text, re.M), tables(text), strict=True)
    tried = [(declared, code(sent), back) for declared, table in found for sent, back in table[1:]]
    return [pytest.param(*row, id=f"{row[0]}-{row[1]}"[:80]) for row in tried]


@pytest.mark.parametrize(("declared", "sent", "back"), sent_values())
def test_what_comes_back_from_a_field(declared: str, sent: str, back: str) -> None:
    client = client_of(thing(declared))
    body = f'{{"value": {sent}}}'.encode()
    answer = client.post("/thing/", data=body, content_type="application/json", headers={"Prefer": "return=representation"})
    if back.startswith("`"):
        assert json.dumps(answer.get_json()["value"]) == json.dumps(json.loads(code(back)))  # to Python, 2.0 is 2
    else:
        assert answer.get_json()["errors"] == {"value": [back]}


def queried_values() -> list[Any]:
    tried = tables(section(FIELDS, "In a query string"))[0][1:]
    return [pytest.param(code(declared), code(text), means, id=f"{code(declared)}-{code(text)}") for declared, text, means in tried]


@pytest.mark.parametrize(("declared", "text", "means"), queried_values())
def test_what_the_text_of_a_filter_means(declared: str, text: str, means: str) -> None:
    client = client_of(thing(declared))
    if not means.startswith("`"):
        assert client.get("/thing/", query_string={"value": text}).get_json() == {"error": f'"value": {means}'}
        return
    client.post("/thing/", json={"value": None})
    client.post("/thing/", json={"value": json.loads(code(means))})
    found = client.get("/thing/", query_string={"value": text}).get_json()["object_list"]
    assert [json.dumps(row["value"]) for row in found] == [json.dumps(json.loads(code(means)))]


def test_every_message_over_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The requests one after the other: some need what those before them left behind."""
    monkeypatch.chdir(tmp_path)
    text = section(ERRORS, "Every message")
    (application,) = blocks(text)
    names: dict[str, Any] = {"__name__": "page"}
    exec(application.text, names)
    client: FlaskClient = names["client"]
    wrong = []
    for request, body, shown in (row for table in tables(text) if table[0] == ["request", "body", "error"] for row in table[1:]):
        if request:
            method, path = code(request).split(" ", 1)
            answer: dict[str, Any] = client.open(path, method=method, data=code(body), content_type="application/json").get_json() or {}
        told = (code(shown), answer.get("error")) if request else (json.loads(code(shown)), answer.get("errors"))
        wrong += [(request, body, *told)] if told[0] != told[1] else []
    assert wrong == []


def test_what_the_commands_say(tmp_path: Path) -> None:
    text = section(ERRORS, "What the commands say")
    files = "".join(f"```python\n{block.text}```\n" for block in blocks(text))
    tried = "".join(f"```sh\n{code(command)}\n```\n```text\nError: {message}\n```\n" for command, message in tables(text)[0][1:])
    directory = tmp_path / "book"
    directory.mkdir()
    page = tmp_path / "page.md"
    page.write_text(files + tried)
    Reader(directory).follow(page)


def rows(title: str) -> list[Any]:
    return [pytest.param(code(line), message, id=code(line)[:80]) for line, message in tables(section(ERRORS, title))[0][1:]]


@pytest.mark.parametrize(("declared", "message"), rows("A field"))
def test_what_a_wrong_field_is_told(declared: str, message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        resolve([author(), thing(declared, "field")])
    assert str(refusal.value) == f"Thing.field: {message}"


@pytest.mark.parametrize(("line", "message"), rows("A model"))
def test_what_a_wrong_model_is_told(line: str, message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        resolve([author(), album(line)])
    assert str(refusal.value) == message


@pytest.mark.parametrize(("line", "message"), rows("An endpoint"))
def test_what_a_wrong_endpoint_is_told(line: str, message: str) -> None:
    names: dict[str, Any] = {"Endpoint": Endpoint, "Album": album(), "Author": author()}
    exec(f"class Albums(Endpoint):\n    model = Album\n    {line}\n", names)
    with pytest.raises(Misdeclared) as refusal:
        Wrapper([names["Albums"]], datastore=MemoryDataStore())
    assert str(refusal.value) == message


def author() -> type[models.Model]:
    return made("Author", "id = models.PkField()", "name = models.StringField(required=True)")


def album(line: str = "pass") -> type[models.Model]:
    return made("Album", "id = models.PkField()", "title = models.StringField(required=True)", line)


def thing(declared: str, name: str = "value") -> type[models.Model]:
    return made("Thing", "id = models.PkField()", f"{name} = {declared}")


def made(name: str, *lines: str) -> type[models.Model]:
    """A model of this name with these lines in its body."""
    names: dict[str, Any] = {"models": models, "__name__": "page"}
    exec(f"class {name}(models.Model):\n" + "".join(f"    {line}\n" for line in lines), names)
    found: type[models.Model] = names[name]
    return found


def client_of(model: type[models.Model]) -> FlaskClient:
    return Wrapper([model], datastore=SQLiteDataStore(":memory:")).create_app().test_client()
