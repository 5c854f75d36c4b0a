"""README and docs/ held to the code: their examples run, their links lead somewhere, and they name all there is to name."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import run as run_py
from pyrest import Endpoint, SQLiteDataStore, cli, models
from pyrest.datastores import watching
from pyrest.endpoint import OPTIONS
from pyrest.importing import MAX_FAULTY_LINES
from pyrest.models.fields import Field
from pyrest.models.fields.numbers import MAX_DIGITS
from pyrest.models.fields.options import Options
from pyrest.models.fields.structured import MAX_DEPTH
from pyrest.openapi.batches import MAX_TEXT
from pyrest.query import MAX_PARAMETERS
from pyrest.rehearsing import MAX_CHANGES
from pyrest.web import negotiation, request_log, timing
from pyrest.web.batch import MAX_BODY, MAX_REQUESTS
from pyrest.web.bodies import MAX_OBJECTS
from pyrest.web.caching import CACHE_SIZE
from pyrest.web.errors import STATUS
from pyrest.web.idempotency import MAX_KEY
from pyrest.web.negotiation import MAX_INDENT
from pyrest.web.streams import STREAMS
from pyrest.workers import STOP_SECONDS
from tests.markdown import DOCS, PAGES, ROOT, anchors, blocks, code, links, section, tables
from tests.reader import Reader, stray_outputs

README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference"
RUN = [README, *DOCS]

FIELDS, ENDPOINTS, WIRE, ERRORS, COMMANDS, FORMATS = (
    (REFERENCE / f"{name}.md").read_text() for name in ("fields", "endpoints", "wire", "errors", "commands", "formats")
)
HOUSE = (ROOT / "docs" / "house.md").read_text()
FIELD_CLASSES = [kind for kind in vars(models).values() if isinstance(kind, type) and issubclass(kind, Field) and kind is not Field]


def label(path: object) -> str:
    return str(path.relative_to(ROOT)) if isinstance(path, Path) else ""


def named(text: str) -> set[str]:
    """What a text names in backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


# Every example runs.


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    directory = tmp_path / "book"
    directory.mkdir()
    monkeypatch.chdir(directory)
    monkeypatch.syspath_prepend(directory)
    before = set(sys.modules)
    found = Reader(directory)
    yield found
    found.close()
    for name in set(sys.modules) - before:
        made_here = str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(directory))
        if made_here or name == "tutorial.music":  # which keeps its file where the reader is
            del sys.modules[name]


@pytest.mark.parametrize("page", RUN, ids=label)
def test_examples(reader: Reader, page: Path) -> None:
    reader.follow(page)


@pytest.mark.parametrize("page", RUN, ids=label)
def test_every_output_is_some_examples(page: Path) -> None:
    assert stray_outputs(page) == []


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in links(page.read_text()):
        path, _, anchor = target.partition("#")
        if path.startswith("https://"):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_what_is_not_run_needs_more_than_a_test_has(page: Path) -> None:
    needs = (
        "python3 -m venv",
        "mkdir",
        "pip install",
        "gunicorn",
        "sqlite3 ",
        ".venv/bin/",
        "python run.py",
        "python tutorial/",
        "pyrest run ",
        "openapi-python-client ",
    )
    lines = [line for block in blocks(page.read_text()) if block.language == "bash" for line in block.text.splitlines()]
    assert [line for line in lines if not line.startswith(needs)] == []


# The two commands of the README.


def readme_commands() -> list[str]:
    return re.findall(r"^python3 -m venv .*$", README.read_text(), re.M)


def test_readme_serves_and_tests_in_one_line_each() -> None:
    serve, test = readme_commands()
    assert serve == "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/python run.py"
    assert test == 'python3 -m venv .venv && .venv/bin/pip install -q -e ".[test]" && .venv/bin/python -m pytest -n auto'
    assert (ROOT / "run.py").exists()
    assert (ROOT / "pyproject.toml").exists()


def test_ci_finds_the_command_that_tests() -> None:
    pattern = re.search(r"grep -m 1 -E '(.*)' README.md", (ROOT / ".ci" / "run").read_text())
    assert pattern is not None
    found = [line for line in README.read_text().splitlines() if re.search(pattern[1], line)]
    assert found[:1] == readme_commands()[1:]


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_nobody_is_told_to_install_the_other_pyrest(page: Path) -> None:
    assert not re.search(r"pip install[^\n]* pyrest(?!-)", page.read_text())


# What must be named.


def test_house_names_every_module_and_no_other() -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "pyrest").rglob("*.py")}
    assert {code(row[1]) for row in tables(HOUSE)[0][1:]} == modules


def test_house_is_in_the_order_of_imports() -> None:
    from tests.test_floors import ORDER

    shown = [code(row[1]).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for row in tables(HOUSE)[0][1:]]
    assert sorted(shown, key=ORDER.index) == shown


@pytest.mark.parametrize("kind", FIELD_CLASSES, ids=lambda kind: kind.__name__)
def test_fields_has_a_section_for_every_class(kind: type[Field[Any]]) -> None:
    assert section(FIELDS, kind.__name__)


@pytest.mark.parametrize("option", sorted(Options.__annotations__))
def test_fields_explains_every_common_option(option: str) -> None:
    assert option in {code(row[0]) for row in tables(section(FIELDS, "Options of every field"))[0]}


def own_options() -> set[str]:
    """The options that some classes of fields have beside the common ones."""
    constructors = [
        vars(base)["__init__"] for kind in FIELD_CLASSES for base in kind.__mro__ if issubclass(base, Field) and "__init__" in vars(base)
    ]
    return {name for made in constructors for name in made.__annotations__} - {"return", "options"} - set(Options.__annotations__)


@pytest.mark.parametrize("option", sorted(own_options()))
def test_fields_explains_every_option_of_some(option: str) -> None:
    assert option in named(" ".join(row[0] for row in tables(section(FIELDS, "Options of some fields"))[0]))


def test_endpoints_explains_every_option_and_no_other() -> None:
    assert [code(row[0]) for row in tables(section(ENDPOINTS, "Options"))[0][1:]] == list(OPTIONS)


def test_errors_has_every_status() -> None:
    shown = {int(row[0]) for row in tables(section(ERRORS, "Every status"))[0][1:]}
    assert shown == {*STATUS.values(), 405}


def command_line_options() -> set[str]:
    commands: list[click.Command] = [run_py.main, cli.main, *cli.main.commands.values()]
    return {
        option for command in commands for parameter in command.params if isinstance(parameter, click.Option) for option in parameter.opts
    }


def test_commands_explains_every_option_and_no_other() -> None:
    assert {code(row[0]) for row in tables(section(COMMANDS, "Options"))[0][1:]} == command_line_options() | {"--help"}


def test_wire_has_the_limits_that_there_are() -> None:
    shown = {row[0]: row[1] for row in tables(section(WIRE, "Limits"))[0][1:]}
    assert shown == {
        "length of a body": f"{Endpoint.max_body // 2**20} MiB",
        "objects in a list that is posted": f"{MAX_OBJECTS:,}",
        "rows that `PATCH` or `DELETE` of a list write": f"{Endpoint.max_affected:,}",
        "rows on a page": str(Endpoint.max_page_size),
        "parameters in a query string": str(MAX_PARAMETERS),
        "levels in a `JSONField`": str(MAX_DEPTH),
        "integers": "64 bits",
        "digits of a decimal": str(MAX_DIGITS),
        "waiting for another writer": f"{(SQLiteDataStore.__init__.__kwdefaults__ or {})['timeout']:g} seconds",
        "requests in a batch": str(MAX_REQUESTS),
        "length of the body of a batch": f"{MAX_BODY // 2**20} MiB",
        "length of a path or a header in a batch": f"{MAX_TEXT:,} characters",
        "length of an `Idempotency-Key`": f"{MAX_KEY} characters",
        "changes that a dry run tells": f"{MAX_CHANGES:,}",
        "answers that a worker remembers": f"{CACHE_SIZE // 2**20} MiB",
    }


def test_wire_has_the_limits_of_debug() -> None:
    shown = {code(row[2]): row[1] for row in tables(section(WIRE, "In debug"))[2][1:]}
    limits = {
        f"{room.__name__}.{name}": f"{limit:,}"
        for room in (watching, request_log, timing)
        for name, limit in vars(room).items()
        if name.startswith("MAX_")
    }
    assert shown == limits


def test_formats_has_the_limits_that_there_are() -> None:
    shown = {row[0]: row[1] for row in tables(section(FORMATS, "Limits"))[0][1:]}
    assert shown == {
        "length of an upload": f"{Endpoint.max_import // 2**20} MiB",
        "length of one line of it, or row of CSV": f"{Endpoint.max_body // 2**20} MiB",
        "characters in a cell that comes in": str(csv.field_size_limit()),
        "lines whose faults are listed": str(MAX_FAULTY_LINES),
        "time for an export or an upload": f"{Endpoint.max_stream_seconds} seconds",
        "exports and imports in a process": str(STREAMS),
        "spaces of `indent`": str(MAX_INDENT),
    }


def test_formats_names_the_formats_that_there_are() -> None:
    shown = {code(row[1]): tuple(re.findall(r"`([^`]+)`", row[2])) for row in tables(section(FORMATS, "Asking for a format"))[0][1:]}
    assert shown == {kind: one.media_types for kind, one in negotiation.FORMATS.items()}


@pytest.mark.parametrize(
    "option", ["page_size", "max_page_size", "max_body", "max_import", "max_stream_seconds", "max_affected", "expand_depth"]
)
def test_endpoints_has_the_defaults_that_there_are(option: str) -> None:
    (default,) = (row[2] for row in tables(section(ENDPOINTS, "Options"))[0] if code(row[0]) == option)
    assert default.split(" ")[0] == str(getattr(Endpoint, option))


@pytest.mark.parametrize("page", ["docs/reference/commands.md", "docs/how-to/deploy.md"])
def test_how_long_a_stop_takes(page: str) -> None:
    assert f"at most {STOP_SECONDS} seconds" in (ROOT / page).read_text()
