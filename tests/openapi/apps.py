"""The APIs whose documents are tried, also as modules that a server process loads; and where its tools are installed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.chinook.conftest import FILE as CHINOOK
from tests.openapi.relations import Albums, Artists, Sleeves, Tags, Tracks
from tests.serving import PYREST_RUN, Server, serving
from tests.web.book import Addresses, Users
from tests.web.everything import Narrow, Tag, Thing, Token

ENDPOINTS: dict[str, list[Any]] = {
    "book": [Users, Addresses],
    "everything": [Thing, Tag, Token, Narrow],
    "relations": [Albums, Artists, Tags, Tracks, Sleeves],
}

_MADE = """from pyrest import SQLiteDataStore, Wrapper
from tests.openapi.apps import ENDPOINTS

app = Wrapper(ENDPOINTS["{name}"], datastore=SQLiteDataStore("rows.db", durability="normal"), name="{name}").create_app()
"""

APPS = {
    **{name: _MADE.format(name=name) for name in ENDPOINTS},
    "chinook": 'from tutorial.chinook import build\n\napp = build("chinook.sqlite").create_app()\n',
}


@contextmanager
def serving_app(name: str, directory: Path) -> Iterator[Server]:
    """A server process with one of the applications, started in a directory."""
    if name == "chinook":
        if not CHINOOK.exists():
            pytest.skip(f"{CHINOOK} is absent: the document of Chinook is not tried")
        shutil.copyfile(CHINOOK, directory / "chinook.sqlite")
    (directory / "described.py").write_text(APPS[name])
    with serving(directory, "described:app", "--workers", "1", command=PYREST_RUN) as server:
        yield server


def needs(package: str) -> pytest.MarkDecorator:
    """For tests with a tool of the `test` extra, which not every environment has. That of CI has it, or fails."""
    missing = find_spec(package) is None and "CI" not in os.environ
    return pytest.mark.skipif(missing, reason=f"{package} is not installed: pip install -e '.[test]'")


def tool(name: str) -> str:
    """The path of a command beside this Python."""
    return str(Path(sys.executable).parent / name)
