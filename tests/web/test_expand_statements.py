"""What shapes cost: a statement for each relation of each level, however many rows, in one snapshot; and only columns that are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyrest import SQLiteDataStore
from tests.elsewhere import commit_elsewhere
from tests.serializers.counted import Shop, shop_of
from tests.web.test_statements import statements


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> list[Shop]:
    return [shop_of(Path(tmp_path_factory.mktemp("shops"), f"{size}.db"), size) for size in (1, 30)]


COSTS: dict[str, int] = {
    "/album/?fields=title": 1,
    "/album/?fields=tags": 2,
    "/album/?expand=tags": 3,  # the representation shows guests by their keys
    "/album/?fields=artist(name)": 2,
    "/album/?expand=artist,tracks": 5,
    "/album/?fields=artist(name),tracks(title)": 3,
    "/album/?fields=artist(teacher(name),pupils(name)),tracks(album(title),title),tags(albums(title))": 8,
    "/album/?fields=artist(teacher(name),albums(title)),label(name)": 5,
    "/album/?fields=artist&expand=artist(fields=(teacher,albums),expand=(teacher,albums(count=1,title__ne=x,ordering=-title)))": 6,
    "/album/?fields=guests,sleeve,notes(text)&count=100": 4,
    "/album/1/?fields=title": 1,
    "/album/1/?fields=title,tracks(title,album(artist(name)))": 4,
}


@pytest.mark.parametrize(("path", "cost"), COSTS.items(), ids=COSTS)
def test_statements(shops: list[Shop], path: str, cost: int) -> None:
    for shop in shops:
        commit_elsewhere(shop.store)
        assert len(shop.statements(lambda: shop.client.get(path if path.startswith("/album/1/") else f"{path}&total=none"))) == cost  # noqa: B023 - it is called at once


@pytest.mark.parametrize("path", ["/album/?fields=artist(teacher(name)),tracks(title)", "/album/1/?fields=tracks(title)"])
def test_one_snapshot(shops: list[Shop], path: str) -> None:
    store: SQLiteDataStore = shops[0].store
    found = statements(store, lambda: shops[0].client.get(path), 200)
    assert (found[0], found[-1], set(found[1:-1])) == ("BEGIN", "COMMIT", {"SELECT"})


@pytest.mark.parametrize(
    ("path", "reads"),
    [
        ("/album/?fields=title", ['SELECT "title" FROM "album"']),
        ("/album/?fields=artist", ['SELECT "artist" FROM "album"']),
        ("/album/?fields=ressource_uri", ['SELECT "id" FROM "album"']),
        ("/album/?fields=artist(name)", ['SELECT "artist" FROM "album"', 'SELECT "id", "name" FROM "artist"']),
        ("/album/?omit=id,title,tags,guests,label,ressource_uri", ['SELECT "artist" FROM "album"']),
        ("/album/?omit=id,title,tags,guests,label,artist,ressource_uri", ['SELECT "id" FROM "album"']),
    ],
)
def test_columns(shops: list[Shop], path: str, reads: list[str]) -> None:
    asked = shops[0].statements(lambda: shops[0].client.get(path))
    assert [text[: len(head)] for text, head in zip([t for t in asked if "count(" not in t], reads, strict=True)] == reads


def test_a_column_less_in_what_is_expanded(shops: list[Shop]) -> None:
    shop = shops[0]
    asked = shop.statements(lambda: shop.client.get("/album/?fields=tracks(title)"))[-1]
    assert asked.startswith('SELECT "track"."album", "track"."title" FROM (')


def test_a_shape_may_be_written_in_several_ways(shops: list[Shop]) -> None:
    shop = shops[0]
    texts = ("fields=title,artist(name)", "fields=artist(name),title", "expand=artist(fields=name)&fields=title,artist")
    found = [shop.client.get(f"/album/?{text}").get_json()["object_list"] for text in texts]
    assert found == found[:1] * 3
