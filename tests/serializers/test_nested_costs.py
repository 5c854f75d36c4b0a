"""The number of statements of a nested write: it does not grow with the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from pyrest import SQLiteDataStore
from tests.serializers.library import (
    MODELS,
    NOTE,
    T1,
    TAG,
    TRACK,
    Album,
    Artist,
    Json,
    Tag,
    Track,
    Writer,
    album_of,
    serializer,
)

# What it costs.


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    with closing(SQLiteDataStore(tmp_path / "rows.db", models=MODELS, durability="normal")) as store:
        yield store


def asked(store: SQLiteDataStore, write: Callable[[], Any]) -> Counter[str]:
    """How many statements of each kind a write costs."""
    with store.recorded() as statements:
        write()
    # SQLite reports a DELETE once more for every row that goes along.
    return Counter(kind for text, _ in groupby(statements) if (kind := text.split()[0]) in ("SELECT", "INSERT", "UPDATE", "DELETE"))


FULL = album_of(
    tracks=TRACK(many=True),
    tags=TAG(many=True),
    notes=NOTE(many=True),
    nested={name: {"missing": "delete"} for name in ("tracks", "notes")},
)
DISCOGRAPHY = serializer(Artist, "name", albums=FULL(many=True), nested={"albums": {"missing": "delete"}})


def discography(rows: int) -> Json:
    """Albums with a track, a note, a tag of their own and one that they share."""
    numbers = range(1, rows + 1)
    tags = [[{"id": 1, "name": "folk"}, {"name": f"t{n}"}] for n in numbers]
    albums = [
        {"title": f"A{n}", "tracks": [T1 | {"code": f"c{n}"}], "tags": t, "notes": [{"text": "x"}]}
        for n, t in zip(numbers, tags, strict=True)
    ]
    return {"name": "Joni", "albums": albums}


@pytest.mark.parametrize("rows", [2, 10, 50])
def test_new_rows_cost_the_same_however_many_they_are(file: SQLiteDataStore, rows: int) -> None:
    """A statement for each level that reads what is there or has to be unique, and one or two that store it."""
    file[Tag].create(name="folk")
    body = discography(rows)
    assert asked(file, lambda: Writer(file, False).create(DISCOGRAPHY, body)) == {"SELECT": 15, "INSERT": 6}
    assert file[Album].count() == rows


@pytest.mark.parametrize("rows", [1, 10, 50])
def test_rows_that_stay_as_they_are_cost_the_same_however_many_they_are(file: SQLiteDataStore, rows: int) -> None:
    file[Tag].create(name="folk")
    shown = Writer(file, False).create(DISCOGRAPHY, discography(rows))
    assert asked(file, lambda: Writer(file, False).replace(DISCOGRAPHY, 1, shown)) == {"SELECT": 11}


@pytest.mark.parametrize("rows", [1, 10, 50])
def test_only_rows_that_change_are_written(file: SQLiteDataStore, rows: int) -> None:
    file[Tag].create(name="folk")
    shown = Writer(file, False).create(DISCOGRAPHY, discography(rows))
    shown["albums"][-1]["tracks"][0]["title"] = "New"
    assert asked(file, lambda: Writer(file, False).replace(DISCOGRAPHY, 1, shown))["UPDATE"] == 1


@pytest.mark.parametrize("rows", [2, 10, 50])
def test_rows_that_go_cost_the_same_however_many_they_are(file: SQLiteDataStore, rows: int) -> None:
    file[Tag].create(name="folk")
    Writer(file, False).create(DISCOGRAPHY, discography(rows))
    assert asked(file, lambda: Writer(file, False).replace(DISCOGRAPHY, 1, {"name": "Joni", "albums": []}))["DELETE"] == 1
    assert (file[Album].count(), file[Track].count()) == (0, 0)
