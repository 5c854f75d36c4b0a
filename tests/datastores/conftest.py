"""The stores that keep one contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pyrest.datastores import MemoryDataStore, SQLiteDataStore
from pyrest.store import Store
from tests.datastores.shelf import MODELS


@pytest.fixture(params=["file", ":memory:", "dictionaries"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store in turn, keeping all models of `shelf`, without rows."""
    if request.param == "dictionaries":
        yield MemoryDataStore(models=MODELS)
        return
    kept = SQLiteDataStore(tmp_path / "shop.db" if request.param == "file" else ":memory:", models=MODELS, durability="normal")
    yield kept
    kept.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    """The SQLite store in a file, keeping all models of `shelf`, without rows."""
    kept = SQLiteDataStore(tmp_path / "shop.db", models=MODELS, durability="normal")
    assert kept.catalog.models
    yield kept
    kept.close()
