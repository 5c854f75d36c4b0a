"""The house: the modules as one ordered list, in which a module imports only from those before it (DESIGN.md, section 3).

Imports inside functions and below TYPE_CHECKING count. A package's `__init__` counts as its highest module: it stands
behind all of them, so that only what is above the whole package may import it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ORDER = (
    "pyrest.errors",
    "pyrest.links",
    "pyrest.models.fields.options",
    "pyrest.models.fields.base",
    "pyrest.models.fields.text",
    "pyrest.models.fields.numbers",
    "pyrest.models.fields.moments",
    "pyrest.models.fields.structured",
    "pyrest.models.fields.keys",
    "pyrest.models.fields.related",
    "pyrest.models.fields.links",
    "pyrest.models.fields",
    "pyrest.models.declaration",
    "pyrest.models.model",
    "pyrest.models.joins",
    "pyrest.models.generics",
    "pyrest.models.edges",
    "pyrest.models.catalog",
    "pyrest.models.surroundings",
    "pyrest.models.neighbourhood",
    "pyrest.models",
    "pyrest.plan",
    "pyrest.orders",
    "pyrest.q",
    "pyrest.linking",
    "pyrest.lookups",
    "pyrest.paths",
    "pyrest.values",
    "pyrest.surface",
    "pyrest.searching",
    "pyrest.datastores.watching",
    "pyrest.datastores.replies",
    "pyrest.datastores.undoing",
    "pyrest.aggregates",
    "pyrest.datastores.freshness",
    "pyrest.datastores.protocol",
    "pyrest.shares",
    "pyrest.reach",
    "pyrest.peers",
    "pyrest.references",
    "pyrest.pairs",
    "pyrest.relating",
    "pyrest.queryset",
    "pyrest.store",
    "pyrest.trees",
    "pyrest.sealing",
    "pyrest.cursors",
    "pyrest.paging",
    "pyrest.shapes",
    "pyrest.query",
    "pyrest.serializers.expressions",
    "pyrest.serializers.fields",
    "pyrest.serializers.relations",
    "pyrest.serializers.slugs",
    "pyrest.serializers.hyperlinks",
    "pyrest.serializers.validators",
    "pyrest.serializers.binding",
    "pyrest.serializers.members",
    "pyrest.serializers.declaring",
    "pyrest.datastores.fetch",
    "pyrest.datastores.codecs",
    "pyrest.datastores.functions",
    "pyrest.datastores.exact",
    "pyrest.datastores.meaning",
    "pyrest.datastores.aggregating",
    "pyrest.datastores.sql_texts",
    "pyrest.datastores.sql_walks",
    "pyrest.datastores.tables",
    "pyrest.datastores.text_index",
    "pyrest.datastores.existing_codecs",
    "pyrest.datastores.sql",
    "pyrest.datastores.sql_aggregates",
    "pyrest.datastores.sql_firsts",
    "pyrest.datastores.schema",
    "pyrest.datastores.faults",
    "pyrest.datastores.effects",
    "pyrest.datastores.sessions",
    "pyrest.datastores.connections",
    "pyrest.datastores.secret",
    "pyrest.datastores.replies_table",
    "pyrest.datastores.existing",
    "pyrest.datastores.inspection",
    "pyrest.datastores.indexing",
    "pyrest.datastores.explaining",
    "pyrest.datastores.scans",
    "pyrest.datastores.decoding",
    "pyrest.datastores.counting",
    "pyrest.datastores.touching",
    "pyrest.datastores.preparing",
    "pyrest.datastores.sqlite",
    "pyrest.datastores.memory_tables",
    "pyrest.datastores.memory",
    "pyrest.datastores",
    "pyrest.serializers.policies",
    "pyrest.serializers.representation",
    "pyrest.serializers.shaping",
    "pyrest.serializers.items",
    "pyrest.serializers.loading",
    "pyrest.serializers.nesting",
    "pyrest.serializers.uniqueness",
    "pyrest.serializers.reading",
    "pyrest.serializers.objects",
    "pyrest.serializers.parking",
    "pyrest.serializers.saving",
    "pyrest.serializers.spelling",
    "pyrest.serializers.base",
    "pyrest.serializers.serializer",
    "pyrest.serializers.filtering",
    "pyrest.serializers",
    "pyrest.cache_control",
    "pyrest.endpoint",
    "pyrest.routes",
    "pyrest.surfaces",
    "pyrest.representing",
    "pyrest.scan_guard",
    "pyrest.summaries",
    "pyrest.expandable",
    "pyrest.rehearsing",
    "pyrest.parts",
    "pyrest.shaper",
    "pyrest.exporting",
    "pyrest.lists",
    "pyrest.resource",
    "pyrest.putting",
    "pyrest.bulk",
    "pyrest.importing",
    "pyrest.upserting",
    "pyrest.nested",
    "pyrest.openapi.patterns",
    "pyrest.openapi.values",
    "pyrest.openapi.components",
    "pyrest.openapi.objects",
    "pyrest.openapi.paths",
    "pyrest.openapi.names",
    "pyrest.openapi.parameters",
    "pyrest.openapi.responses",
    "pyrest.openapi.operations",
    "pyrest.openapi.batches",
    "pyrest.openapi.document",
    "pyrest.openapi",
    "pyrest.web.responses",
    "pyrest.web.errors",
    "pyrest.web.preferences",
    "pyrest.web.bodies",
    "pyrest.web.negotiation",
    "pyrest.web.uploads",
    "pyrest.web.csv_in",
    "pyrest.web.csv_out",
    "pyrest.web.streams",
    "pyrest.web.transfers",
    "pyrest.web.caching",
    "pyrest.web.conditional",
    "pyrest.web.preconditions",
    "pyrest.web.writes",
    "pyrest.web.bulk_writes",
    "pyrest.web.documents",
    "pyrest.web.views",
    "pyrest.web.docs_pages",
    "pyrest.web.answers",
    "pyrest.web.idempotency",
    "pyrest.web.safeguards",
    "pyrest.web.batch_parts",
    "pyrest.web.batch",
    "pyrest.web.request_log",
    "pyrest.web.timing",
    "pyrest.web.arrivals",
    "pyrest.web.statement_html",
    "pyrest.web.statement_pages",
    "pyrest.web.wrapper",
    "pyrest.web",
    "pyrest.turns",
    "pyrest.workers",
    "pyrest.server",
    "pyrest.cli",
    "pyrest",
)

SIBLINGS = ("pyrest.query", "pyrest.serializers.relations", "pyrest.datastores.fetch", "pyrest.datastores.sql")

FIRST_OF_WEB = "pyrest.web.responses"
ONLY_SQLITE = "pyrest.datastores.sessions"


def modules(root: Path) -> dict[str, Path]:
    """Every module below `root/pyrest` by its dotted name."""
    found = {}
    for path in sorted((root / "pyrest").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str, path: Path, known: Sequence[str]) -> Iterator[str]:
    """The modules that a module imports anywhere in its text, as dotted names."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                source = ".".join([*above, *([module] if module else [])])
                for alias in aliases:
                    inner = f"{source}.{alias.name}"
                    yield inner if inner in known else source
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(text)), *_]):
                yield text


def faults(root: Path, order: Sequence[str] = ORDER) -> list[str]:
    """One sentence for each thing that contradicts the order."""
    found = modules(root)
    said = [f"{name} does not stand in the list" for name in found if name not in order]
    said += [f"{name} stands in the list and is no module" for name in order if name not in found]
    for name in order:
        if name in found:
            said += [fault for target in imported(name, found[name], order) if (fault := _fault(name, target, order))]
    return said


def _fault(name: str, target: str, order: Sequence[str]) -> str:
    top = target.partition(".")[0]
    place = order.index(name)
    if top == "pyrest" and (target not in order or order.index(target) >= place):
        return f"{name} imports {target}"
    if top in ("flask", "werkzeug") and place < order.index(FIRST_OF_WEB):
        return f"{name} imports {top}"
    if top == "sqlite3" and name != ONLY_SQLITE:
        return f"{name} imports sqlite3"
    return ""


def test_every_module_stands_in_the_list_and_imports_only_from_those_before_it() -> None:
    assert faults(ROOT) == []


def test_a_package_stands_behind_all_of_its_modules() -> None:
    for place, name in enumerate(ORDER):
        inside = [i for i, other in enumerate(ORDER) if other.startswith(f"{name}.")]
        assert not inside or place > max(inside), name


@pytest.mark.parametrize("name", SIBLINGS)
def test_siblings_of_floor_7_do_not_know_each_other(name: str) -> None:
    assert not set(imported(name, modules(ROOT)[name], ORDER)) & set(SIBLINGS)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("errors", "import pyrest.links", "pyrest.errors imports pyrest.links"),
        ("errors", "from pyrest import links", "pyrest.errors imports pyrest.links"),
        ("errors", "from pyrest.links import row_path", "pyrest.errors imports pyrest.links"),
        ("errors", "from . import links", "pyrest.errors imports pyrest.links"),
        ("errors", "from .links import row_path", "pyrest.errors imports pyrest.links"),
        ("datastores/sql", "from ..resource import Resource", "pyrest.datastores.sql imports pyrest.resource"),
        ("errors", "def late():\n    from pyrest import links", "pyrest.errors imports pyrest.links"),
        ("plan", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pyrest.queryset", "pyrest.plan imports pyrest.queryset"),
        ("plan", "import importlib\nimportlib.import_module('pyrest.query')", "pyrest.plan imports pyrest.query"),
        ("resource", "from pyrest import Endpoint", "pyrest.resource imports pyrest"),
        ("models/model", "from pyrest.models import StringField", "pyrest.models.model imports pyrest.models"),
        ("queryset", "from pyrest.datastores import DataStore", "pyrest.queryset imports pyrest.datastores"),
        ("plan", "import pyrest.planet", "pyrest.plan imports pyrest.planet"),
        ("resource", "from flask import abort", "pyrest.resource imports flask"),
        ("query", "import werkzeug.datastructures", "pyrest.query imports werkzeug"),
        ("datastores/sqlite", "import sqlite3", "pyrest.datastores.sqlite imports sqlite3"),
        ("web/views", "def late():\n    import sqlite3", "pyrest.web.views imports sqlite3"),
        ("helpers", "", "pyrest.helpers does not stand in the list"),
        ("web/later/__init__", "", "pyrest.web.later does not stand in the list"),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, name: str, text: str, said: str) -> None:
    _plant(tmp_path, ORDER)
    assert faults(tmp_path) == []
    path = tmp_path / "pyrest" / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert faults(tmp_path) == [said]


def test_a_module_that_is_gone_is_found(tmp_path: Path) -> None:
    _plant(tmp_path, [name for name in ORDER if name != "pyrest.plan"])
    assert faults(tmp_path) == ["pyrest.plan stands in the list and is no module"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web/views", "from flask import request"),
        ("server", "import werkzeug"),
        ("datastores/sessions", "import sqlite3"),
        ("resource", "from pyrest.models import Model"),
        ("datastores/sqlite", "from pyrest.datastores import sql"),
    ],
)
def test_what_is_allowed_is_not_found(tmp_path: Path, name: str, text: str) -> None:
    _plant(tmp_path, ORDER)
    (tmp_path / "pyrest" / f"{name}.py").write_text(text)
    assert faults(tmp_path) == []


def _plant(root: Path, names: Sequence[str]) -> None:
    """A house of empty modules."""
    packages = {name.rpartition(".")[0] for name in ORDER}
    for name in names:
        path = root.joinpath(*name.split("."))
        path = path / "__init__.py" if name in packages else path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
