"""The applications whose documents are tried, as modules that a server process loads; and where its tools are installed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.serving import PYREST_RUN, REPOSITORY, Server, serving

CHINOOK = REPOSITORY.parent / "shared/data/chinook.sqlite"

_MADE = """from pyrest import SQLiteDataStore, Wrapper
from {module} import {names}

app = Wrapper([{names}], datastore=SQLiteDataStore("rows.db", durability="normal"), name="{title}").create_app()
"""

APPS = {
    "book": _MADE.format(module="tests.web.book", names="Users, Addresses", title="address book"),
    "everything": _MADE.format(module="tests.web.everything", names="Thing, Tag, Token, Narrow", title="everything"),
    "relations": _MADE.format(module="tests.openapi.relations", names="Albums, Artists, Tags, Tracks, Sleeves", title="relations"),
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
    """For tests with a tool of the `test` extra, which not every environment has."""
    return pytest.mark.skipif(find_spec(package) is None, reason=f"{package} is not installed: pip install -e '.[test]'")


def tool(name: str) -> str:
    """The path of a command beside this Python."""
    return str(Path(sys.executable).parent / name)
