"""The stores that keep one contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyrest.datastores import MemoryDataStore, SQLiteDataStore
from pyrest.store import Store
from tests.datastores.shelf import MODELS


@pytest.fixture(params=["file", ":memory:", "dictionaries"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store in turn: with the rows of `fill` of the module's own MODELS, or keeping all models of `shelf`, without rows."""
    models = getattr(request.module, "MODELS", MODELS)
    fill: Callable[[Store], object] = getattr(request.module, "fill", lambda store: None)
    if request.param == "dictionaries":
        memory = MemoryDataStore(models=models)
        fill(memory)
        yield memory
        return
    kept = SQLiteDataStore(tmp_path / "shop.db" if request.param == "file" else ":memory:", models=models, durability="normal")
    fill(kept)
    yield kept
    kept.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    """The SQLite store in a file, keeping all models of `shelf`, without rows."""
    kept = SQLiteDataStore(tmp_path / "shop.db", models=MODELS, durability="normal")
    assert kept.catalog.models
    yield kept
    kept.close()
