"""Transactions that are taken back at their end, and tell which rows were written."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pyrest import MemoryDataStore, SQLiteDataStore
from pyrest.errors import StillReferenced
from pyrest.store import Store
from tests.datastores.shelf import Album, Artist, Chicken, Egg, Employee, Folder, Review, Track


def names(rows: Any) -> set[tuple[str, Any]]:
    return {(model.__name__, key) for model, key in rows}


def test_each_row_is_named_once_and_nothing_is_left(store: Store) -> None:
    artist = store[Artist].create(name="a")
    with store.rehearsal() as touched:
        assert touched(9) == []
        store[Artist].filter(pk=artist.pk).update(name="b")
        store[Artist].filter(pk=artist.pk).update(name="c")
        store[Artist].create(name="d")
        store[Artist].filter(name="d").delete()
        assert touched(9) == [(Artist, 1), (Artist, 2)]
        assert touched(1) == [(Artist, 1)]
    assert [found.name for found in store[Artist]] == ["a"]
    assert store[Artist].create(name="e").pk == 2


def test_what_goes_along(store: Store) -> None:
    artist = store[Artist].create(name="a")
    album = store[Album].create(title="A", artist=artist.pk)
    tracks = store[Track].bulk_create([{"title": "1", "album": album.pk}, {"title": "2", "album": album.pk}])
    review = store[Review].create(stars=1, album=album.pk)
    with store.rehearsal() as touched:
        store[Album].delete()
        assert names(touched(9)) == {("Album", album.pk), ("Review", review.pk), *(("Track", track.pk) for track in tracks)}
    assert store[Track].count() == 2
    store[Review].update(track=tracks[0].pk)
    with pytest.raises(StillReferenced), store.rehearsal() as touched:
        store[Album].delete()
    assert store[Album].count() == 1


def test_circles(store: Store) -> None:
    first = store[Folder].create(name="a")
    second = store[Folder].create(name="b", parent=first.pk)
    store[Folder].filter(pk=first.pk).update(parent=second.pk)
    egg = store[Egg].create()
    chicken = store[Chicken].create(egg=egg.pk)
    store[Egg].update(chicken=chicken.pk)
    with store.rehearsal() as touched:
        store[Folder].filter(pk=first.pk).delete()
        store[Egg].delete()
        assert names(touched(9)) == {("Folder", 1), ("Folder", 2), ("Egg", 1), ("Chicken", 1)}
    assert (store[Folder].count(), store[Egg].count(), store[Chicken].count()) == (2, 1, 1)


def test_a_part_of_a_transaction(store: Store) -> None:
    with store.transaction():
        store[Artist].create(name="before")
        with store.rehearsal() as touched:
            store[Artist].create(name="inside")
            assert touched(9) == [(Artist, 2)]
        store[Artist].create(name="after")
    assert [artist.name for artist in store[Artist]] == ["before", "after"]


def test_one_within_another(store: Store) -> None:
    with store.rehearsal() as outer:
        store[Artist].create(name="a")
        with store.rehearsal() as inner:
            store[Artist].create(name="b")
            assert inner(9) == [(Artist, 2)]
            assert store.rehearsing
        assert store.rehearsing
        assert outer(9) == [(Artist, 1)]
    assert not store.rehearsing
    assert store[Artist].count() == 0


def test_an_error_ends_it_too(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.rehearsal():
        store[Artist].create(name="a")
        raise ZeroDivisionError
    assert not store.rehearsing
    assert store[Artist].count() == 0
    with store.rehearsal() as touched:
        store[Employee].create(name="b")
        assert touched(9) == [(Employee, 1)]


def test_others_are_not_in_it(shop: SQLiteDataStore) -> None:
    found: list[bool] = []
    with shop.rehearsal():
        thread = threading.Thread(target=lambda: found.append(shop.rehearsing))
        thread.start()
        thread.join()
    assert found == [False]


def test_what_is_written_afterwards_is_not_noted() -> None:
    store = MemoryDataStore(models=[Artist])
    with store.rehearsal() as touched:
        pass
    store[Artist].create(name="a")
    assert touched(9) == []


def test_reads_are_trusted_no_more_than_before(shop: SQLiteDataStore) -> None:
    shop[Artist].create(name="a")
    with shop.rehearsal():
        shop[Artist].create(name="b")
        assert shop[Artist].count() == 2
        assert shop.freshness() is None
    assert shop[Artist].count() == 1
