"""docs/reference/query-language.md held to the code: every request of its tables is asked, and it names all there is to name."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest.aggregates import FUNCTIONS
from pyrest.lookups import LOOKUPS, PARTS, lookups_of
from pyrest.models import StringField
from pyrest.summaries import MAX_FACET_VALUES
from tests.markdown import ROOT, blocks, code, section, tables

TEXT = (ROOT / "docs" / "reference" / "query-language.md").read_text()


def asked(head: str) -> list[Any]:
    """The requests of all tables that say what they find, or what they are told."""
    rows = [row for table in tables(TEXT) if table[0] == ["request", head] for row in table[1:]]
    return [pytest.param(code(request), code(shown), id=code(request)[:80]) for request, shown in rows]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The application of the page, over a music database of its own."""
    before = Path.cwd()
    sys.modules.pop("tutorial.music", None)
    os.chdir(tmp_path_factory.mktemp("music"))
    names: dict[str, Any] = {"__name__": "page"}
    try:
        exec(next(block.text for block in blocks(TEXT) if block.language == "python"), names)
        yield names["client"]
    finally:
        os.chdir(before)
        sys.modules.pop("tutorial.music", None)


@pytest.mark.parametrize(("request_", "found"), asked("finds"))
def test_what_a_request_finds(client: FlaskClient, request_: str, found: str) -> None:
    rows = client.get(request_).get_json()["object_list"]
    assert ", ".join(row.get("title") or row.get("name") or row["place"] for row in rows) == found


@pytest.mark.parametrize(("request_", "shown"), asked("shows"))
def test_what_a_request_shows(client: FlaskClient, request_: str, shown: str) -> None:
    answer = client.get(request_).get_json()
    assert answer.get("object_list", answer) == json.loads(shown)


@pytest.mark.parametrize(("request_", "error"), asked("error"))
def test_what_a_request_is_told(client: FlaskClient, request_: str, error: str) -> None:
    answer = client.get(request_)
    assert (answer.status_code, answer.get_json()) == (400, {"error": error})


def named(text: str) -> set[str]:
    """The words in backticks."""
    return {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", span)}


def test_every_lookup_is_explained_and_no_other() -> None:
    explained = [name for row in tables(section(TEXT, "Lookups"))[0][1:] for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(explained) == sorted(LOOKUPS)


@pytest.mark.parametrize("part", sorted({part for parts in PARTS.values() for part in parts} - {"casefold"}))
def test_every_part_of_a_date_is_explained(part: str) -> None:
    assert f"`{part}`" in section(TEXT, "Parts of dates").split("\n|")[0]


def test_every_lookup_behind_casefold_is_explained() -> None:
    field = StringField(name="title", required=True)
    explained = named(section(TEXT, "Upper and lower case").split("| request")[0])
    assert set(lookups_of(field, "casefold")) - {"isnull"} <= {name.removeprefix("casefold__") for name in explained}


def limits() -> list[Any]:
    return [pytest.param(code(name), value, id=code(name)) for _, value, name in tables(section(TEXT, "Limits"))[0][1:]]


@pytest.mark.parametrize(("name", "value"), limits())
def test_a_limit_has_its_number(name: str, value: str) -> None:
    module, _, constant = name.rpartition(".")
    assert value == str(getattr(import_module(module), constant))


LIMITING = (
    "query", "aggregates", "cursors", "lookups", "paging", "paths", "searching", "shapes", "shares", "summaries", "surface", "trees",
)  # fmt: skip


def test_every_limit_is_there() -> None:
    constants = {
        f"pyrest.{module}.{name}"
        for module in LIMITING
        for name in vars(import_module(f"pyrest.{module}"))
        if re.fullmatch(r"MAX_[A-Z]+", name) and re.search(rf"^{name} =", (ROOT / "pyrest" / f"{module}.py").read_text(), re.M)
    }
    assert {parameter.id for parameter in limits()} == constants - {"pyrest.surface.MAX_UNDERSTOOD"}  # a cache's size refuses nothing


def test_a_facet_is_cut_where_the_page_says() -> None:
    assert f"at most {MAX_FACET_VALUES} values" in section(TEXT, "Facets")
    assert f"more than {MAX_FACET_VALUES} values (`pyrest.summaries.MAX_FACET_VALUES`)" in section(TEXT, "Limits")


def test_every_measure_is_explained() -> None:
    explained = {name for row in tables(section(TEXT, "Aggregates"))[0][1:] for name in re.findall(r"`(\w+)", row[0])}
    assert explained == {*FUNCTIONS}


GROUPS = ["id", "album", "position", "title", "seconds", "album__title"]
MEASURES = [f"{function}({name})" for function in ("count", "count_distinct", "min", "max") for name in GROUPS]
OVER = {
    "101 parameters": "/albums/?" + "&".join(["year=1"] * 101),
    "1001 values": "/albums/?year__in=" + ",".join(["1"] * 1001),
    "1001 values in two lists": "/albums/?" + "&".join(["year__in=" + ",".join(["1"] * 502)] * 2),
    "101 months": "/concerts/?starts__month__in=" + ",".join(["1"] * 101),
    "a text of 1001": "/albums/?title__contains=" + "x" * 1001,
    "11 relations": "/albums/?" + "tracks__album__" * 5 + "tracks__title=x",
    "11 groups": "/albums/?and=" + "(and=" * 10 + "(year=1)" + ")" * 10,
    "101 conditions": "/albums/?or=(" + ",".join(["year=1"] * 101) + ")",
    "4001 characters of names": "/albums/?fields=" + "x" * 4001,
    "101 names": "/albums/?fields=" + ",".join(["title"] * 101),
    "11 levels": "/albums/?fields=" + "tracks(" * 10 + "title" + ")" * 10,
    "a search of 201": "/concerts/?search=" + "x" * 201,
    "a search of 11 words": "/concerts/?search=" + "+".join(["x"] * 11),
    "21 measures": "/tracks/?aggregate=" + ",".join(MEASURES[:21]),
    "6 groups": "/tracks/?group_by=" + ",".join(GROUPS[:6]),
}


@pytest.mark.parametrize("path", OVER.values(), ids=OVER)
def test_beyond_a_limit(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 400


WITHIN = {
    "100 parameters": "/albums/?" + "&".join(["year=1"] * 100),
    "1000 values": "/albums/?year__in=" + ",".join(["1"] * 1000),
    "1000 values within documents": "/concerts/?details__seats__in=" + ",".join(["1"] * 1000),
    "100 months": "/concerts/?starts__month__in=" + ",".join(["1"] * 100),
    "a text of 1000": "/albums/?title__contains=" + "x" * 1000,
    "10 relations": "/albums/?" + "tracks__album__" * 5 + "title=x",
    "10 groups": "/albums/?and=" + "(and=" * 9 + "(year=1)" + ")" * 9,
    "100 conditions": "/albums/?or=(" + ",".join(["year=1"] * 100) + ")",
    "100 names": "/albums/?fields=" + ",".join(["title"] * 100),
    "a search of 200": "/concerts/?search=" + "x" * 200,
    "a search of 10 words": "/concerts/?search=" + "+".join(["x"] * 10),
    "20 measures": "/tracks/?aggregate=" + ",".join(MEASURES[:20]),
    "5 groups": "/tracks/?group_by=" + ",".join(GROUPS[:5]),
}


@pytest.mark.parametrize("path", WITHIN.values(), ids=WITHIN)
def test_up_to_a_limit(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200
