"""The tutorial's pages, followed in order: every file written, every command run against a real server, every output compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyrest import models
from pyrest.models.model import declaration
from tests.markdown import ROOT, TUTORIAL, blocks
from tests.reader import Reader, stray_outputs

BOOK = {page.name: page for page in TUTORIAL}


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    found = Learner(tmp_path_factory.mktemp("tutorial"))
    yield found
    found.reader.close()


class Learner:
    """Reads the pages from the first on, each once, whichever test asks."""

    def __init__(self, directory: Path) -> None:
        self.reader = Reader(directory)
        self._ahead = list(TUTORIAL)

    def read(self, page: Path) -> None:
        while page in self._ahead:
            self.reader.follow(self._ahead.pop(0))


@pytest.mark.parametrize("name", BOOK)
def test_page(learner: Learner, name: str) -> None:
    learner.read(BOOK[name])


@pytest.mark.parametrize("name", BOOK)
def test_every_output_is_some_commands(name: str) -> None:
    assert stray_outputs(BOOK[name]) == []


@pytest.mark.parametrize("name", BOOK)
def test_no_output_is_cut_short(name: str) -> None:
    assert [block.line for block in blocks(BOOK[name].read_text()) if "..." in block.text or "…" in block.text] == []


def test_linking_ends_with_what_run_py_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS_BOOK_DB", ":memory:")
    (taught,) = (block.text for block in blocks(BOOK["04-linking.md"].read_text()) if block.file)
    served = (ROOT / "tutorial" / "address_book.py").read_text()
    assert declared(taught.replace("address_book.db", ":memory:")) == declared(served)


def test_representing_relations_ends_with_the_music_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSIC_DB", ":memory:")
    files = {block.file: block.text for block in blocks(BOOK["07-representing-relations.md"].read_text()) if block.file}
    taught = files["music.py"].replace("music.db", ":memory:") + re.sub(r"^from music import .*$", "", files["api.py"], flags=re.M)
    served = (ROOT / "tutorial" / "music.py").read_text()
    assert declared(taught) == declared(served)
    assert albums(taught) == albums(served)


def albums(source: str) -> tuple[str, object]:
    """How the albums of a module are shown and written, and what is served below them."""
    module: dict[str, Any] = {"__name__": "music"}
    exec(source, module)
    return repr(module["AlbumSerializer"]()), {name: getattr(module["Albums"], name) for name in ("name", "nested")}


def declared(source: str) -> dict[str, object]:
    """Each model of a module by name: its table, and each field's class, whether it must be sent, and what it points at."""
    module: dict[str, object] = {"__name__": "address_book"}
    exec(source, module)
    found = [declaration(v) for v in module.values() if isinstance(v, type) and issubclass(v, models.Model)]
    return {d.name: (d.table, {n: (type(f), f.must_be_sent, f.reference) for n, f in d.fields.items()}) for d in found}
