"""In which form a list comes: by `format=`, by Accept, and JSON unless asked."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from pyrest import models
from tests.web.answers import error, rows
from tests.web.conftest import Serve

JSON = "application/json"
CSV = "text/csv; charset=utf-8; header=present"
NDJSON = "application/x-ndjson"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/csv; charset=utf-8", CSV),
        ("text/*", CSV),
        ("application/x-ndjson", NDJSON),
        ("application/ndjson", "application/ndjson"),
        ("application/jsonl", "application/jsonl"),
        ("application/*", JSON),
        ("text/csv, application/json", JSON),
        ("text/csv, application/json;q=0.9", CSV),
        ("text/csv;q=0.2, application/x-ndjson;q=0.3", NDJSON),
        ("text/csv, */*;q=0.1", CSV),
        ("text/csv;q=0.1, */*", JSON),
        ("application/json;q=0, */*", CSV),
        ("application/json;q=0, text/csv;q=0, */*;q=0.1", NDJSON),
        ("application/*;q=0.1, text/csv;q=0.2", CSV),
        ("text/*;q=0.9, text/csv;q=0.1, application/json;q=0.5", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("text/html, text/csv", CSV),
        ("application/json; charset=utf-8", JSON),
        ("application/json; indent=99", JSON),
    ],
)
def test_by_accept(book: FlaskClient, accept: str, content_type: str) -> None:
    answer = book.get("/users/", headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (200, content_type)


@pytest.mark.parametrize("accept", ["text/html", "text/csv;q=0", "*/*;q=0", "application/xml, image/*", "nonsense", "text/plain"])
def test_what_there_is_not_is_answered_with_what_there_is(book: FlaskClient, accept: str) -> None:
    sentence = error(book.get("/users/", headers={"Accept": accept}), 406)
    assert sentence == "this address answers in application/json, text/csv and application/x-ndjson only"


@pytest.mark.parametrize("path", ["/", "/users/1/"])
def test_what_is_no_list_is_json_only(book: FlaskClient, path: str) -> None:
    assert error(book.get(path, headers={"Accept": "text/csv"}), 406) == "this address answers in application/json only"
    assert error(book.get(f"{path}?format=csv"), 400).startswith('unknown parameter "format"')


@pytest.mark.parametrize(
    ("text", "content_type"),
    [("json", JSON), ("csv", CSV), ("ndjson", NDJSON), ("json;indent=0", JSON), ("csv; formulas=escaped", CSV)],
)
def test_by_parameter_whatever_the_header_says(book: FlaskClient, text: str, content_type: str) -> None:
    answer = book.get("/users/", query_string={"format": text}, headers={"Accept": "image/png"})
    assert (answer.status_code, answer.content_type) == (200, content_type)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("format=cvs", '"format": There is no "cvs" here; did you mean "csv"?'),
        ("format=xlsx", '"format": There is no "xlsx" here; there are json, csv and ndjson.'),
        ("format=", '"format": There is no "" here; there are json, csv and ndjson.'),
        ("format=csv&format=json", '"format": This parameter can be given once.'),
        ("format=csv;formula=escaped", '"format": csv has no option "formula"; did you mean "formulas"?'),
        ("format=csv;formulas=no", '"format": formulas is "escaped".'),
        ("format=json;indent=9", '"format": indent is a number of spaces, 0 to 8.'),
        ("format=ndjson;indent=2", '"format": ndjson has no option "indent".'),
    ],
)
def test_a_parameter_that_is_none(book: FlaskClient, query: str, sentence: str) -> None:
    assert error(book.get(f"/users/?{query}"), 400) == sentence


@pytest.mark.parametrize("path", ["/", "/users/", "/users/1/"])
@pytest.mark.parametrize("indent", [1, 2, 4, 8])
def test_indented_json_is_the_same_json(book: FlaskClient, path: str, indent: int) -> None:
    plain, indented = book.get(path), book.get(path, headers={"Accept": f"application/json; indent={indent}"})
    assert indented.content_type == JSON
    assert indented.text == json.dumps(plain.json, indent=indent, ensure_ascii=False)


def test_the_object_of_a_write_is_indented_too(book: FlaskClient) -> None:
    accept = {"Accept": "application/json; indent=2", "Prefer": "return=representation"}
    user = {"first_name": "Ann", "last_name": "Dupont", "address": 1}
    assert book.post("/users/", json=user, headers=accept).text.startswith('{\n  "address"')
    assert book.put("/users/1/", json=user, headers=accept).text.startswith('{\n  "address"')
    assert book.patch("/users/1/", json={}, headers=accept).text.startswith('{\n  "address"')


def test_the_pages_beside_keep_the_format(book: FlaskClient) -> None:
    for _ in range(2):
        book.post("/users/", json={"first_name": "A", "last_name": "B"})
    answer = book.get("/users/?format=csv&count=1&offset=1")
    assert answer.headers["Link"] == '<?count=1&format=csv&offset=2>; rel="next", <?count=1&format=csv&offset=0>; rel="prev"'
    assert answer.headers["X-Total-Count"] == "3"
    assert answer.headers["Content-Disposition"] == "attachment; filename=users.csv"
    assert answer.headers["Vary"] == "Accept"


class Film(models.Model):
    id = models.PkField()
    format = models.StringField()


def test_a_field_of_this_name_is_filtered_by_another(serve: Serve) -> None:
    client = serve(Film)
    client.post("/film/", json={"format": "35 mm"})
    sentence = '"format": There is no "35 mm" here; there are json, csv and ndjson; to filter by the field, write format__exact=.'
    assert error(client.get("/film/?format=35 mm"), 400) == sentence
    assert len(rows(client, "/film/?format__exact=35 mm&format=json")) == 1


def test_it_is_no_filter(book: FlaskClient) -> None:
    answer = book.get("/users/?format=json&last_name=Dupont")
    assert answer.json is not None
    assert answer.json["meta"]["filters"] == {"last_name": "Dupont"}
