"""Each kind of store with the models of `library`, each way to write over it, and rows to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pyrest import MemoryDataStore, SQLiteDataStore
from pyrest.store import Store
from tests.serializers.library import MODELS, Album, Genre, Json, Tag, Track, Writer


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store in turn, without rows."""
    if request.param == "memory":
        yield MemoryDataStore(models=MODELS)
        return
    kept = SQLiteDataStore(tmp_path / "rows.db", models=MODELS, durability="normal")
    yield kept
    kept.close()


@pytest.fixture(params=["alone", "http"])
def write(request: pytest.FixtureRequest, store: Store) -> Writer:
    """Each way to write over each kind of store."""
    return Writer(store, request.param == "http")


@pytest.fixture
def track(write: Writer) -> Json:
    """A track of the genre 1, beside another one of the genre 2."""
    store = write.store
    album = store[Album].create(title="Blue")
    store[Genre].bulk_create([{"name": "folk"}, {"name": "jazz"}])
    store[Track].bulk_create([{"album": album, "order": n, "title": f"T{n}", "genre": n} for n in (1, 2)])
    return {"order": 1, "title": "T1"}


@pytest.fixture
def tagged(write: Writer) -> Writer:
    """Two albums: the first has the tags 1 and 2, the second 2. The tag 3 is nobody's."""
    store = write.store
    tags = store[Tag].bulk_create([{"name": name, "colour": "red"} for name in ("folk", "jazz", "live")])
    for title, joined in (("Blue", tags[:2]), ("Hejira", tags[1:2])):
        store[Album].create(title=title).tags.add(*joined)
    return write
