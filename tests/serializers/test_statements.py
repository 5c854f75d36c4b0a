"""Statements per representation: each shape has its number, and that is the same for any number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from pyrest.serializers import ModelSerializer, SerializerMethodField
from tests.elsewhere import commit_elsewhere
from tests.serializers.costs import CASES, TO_MANY, Case
from tests.serializers.counted import Album, Note, Shop, Track, endpoint_of, serializer_of, shop_of
from tests.web.answers import row

ROWS = (1, 10, 500)


def address(name: str) -> str:
    return name.replace(" ", "-").replace(",", "").replace("=", "")


@pytest.fixture(scope="module", params=ROWS, ids=[f"{rows} rows" for rows in ROWS])
def sized(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, int]]:
    """A shop, and how many albums it has."""
    shown = [endpoint_of(address(name), case.serializer, list_methods=("GET",)) for name, case in CASES.items()]
    shop = shop_of(tmp_path_factory.mktemp("shop") / "rows.db", request.param, shown)
    yield shop, request.param
    shop.store.close()


@pytest.fixture(autouse=True)
def nothing_is_known_yet(sized: tuple[Shop, int]) -> None:
    """What an earlier test has read is counted again."""
    commit_elsewhere(sized[0].store)


each_case = pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES)


def got(shop: Shop, path: str, objects: list[Any]) -> Callable[[], None]:
    """Asks for a list and adds its objects to the others."""

    def ask() -> None:
        answer = shop.client.get(path)
        assert answer.status_code == 200, answer.text
        objects.extend(answer.json["object_list"])

    return ask


def filled(case: Case, shown: Any) -> bool:
    """Whether each of the serializer's fields has something to show."""
    return all(shown[name] for name in case.serializer.field_names)


@each_case
def test_a_list_over_http(sized: tuple[Shop, int], name: str, case: Case) -> None:
    shop, rows = sized
    objects: list[Any] = []
    statements = shop.statements(got(shop, f"/{address(name)}/?count={rows}", objects))
    assert len(statements) == 2 + case.statements, statements
    assert len(objects) == rows
    assert all(filled(case, shown) for shown in objects)


@each_case
def test_a_list_in_python(sized: tuple[Shop, int], name: str, case: Case) -> None:
    shop, rows = sized
    objects: list[Any] = []
    found = shop.store[case.serializer.meta_options["model"]][:rows]
    statements = shop.statements(lambda: objects.extend(case.serializer(found, many=True).data))
    assert len(statements) == 1 + case.statements, statements
    assert len(objects) == rows
    assert all(filled(case, shown) for shown in objects)


@each_case
def test_rows_shown_one_by_one_cost_as_much_as_their_list(sized: tuple[Shop, int], name: str, case: Case) -> None:
    shop, rows = sized
    found = list(shop.store[case.serializer.meta_options["model"]][:rows])
    statements = shop.statements(lambda: [case.serializer(row).data for row in found])
    assert len(statements) == case.statements, statements


@each_case
def test_a_detail(sized: tuple[Shop, int], name: str, case: Case) -> None:
    shop, rows = sized
    answers: list[TestResponse] = []
    statements = shop.statements(lambda: answers.append(shop.client.get(f"/{address(name)}/{rows}/")))
    assert len(statements) == 1 + case.statements, statements
    assert filled(case, row(answers[0]))


@each_case
def test_a_list_of_nothing(sized: tuple[Shop, int], name: str, case: Case) -> None:
    shop, _ = sized
    statements = shop.statements(lambda: shop.client.get(f"/{address(name)}/?offset=5000"))
    assert len(statements) == 2, statements


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("key", "artist=1"),
        ("key", "artist=1&artist="),
        ("link", "artist=/artist/1/"),
        ("link", "artist=http://localhost/artist/1/&artist=1"),
        ("slug", "artist=Artist+1"),
        ("slug", "artist=Artist+1&artist=Artist+2"),
        ("source through relations", "shown=Artist+1"),
        ("nested", "artist=1"),
        ("keys", "tracks=1"),
        ("links", "tracks=/track/1/&tracks=/track/2/"),
        ("nested list", "tracks=1"),
        ("many-to-many, keys", "tags=1"),
        ("many-to-many, links", "tags=/tag/1/"),
        ("many-to-many, slugs", "tags=tag-1&tags=tag-2"),
        ("many-to-many with a through model", "guests=Artist+1"),
        ("one-to-one backwards, key", "sleeve=1"),
        ("nested in nested", "albums=1"),
        ("four relations", "tracks=1&tags=tag-1&tags=tag-2"),
    ],
)
def test_a_filter_costs_nothing_more(sized: tuple[Shop, int], name: str, query: str) -> None:
    shop, rows = sized
    objects: list[Any] = []
    statements = shop.statements(got(shop, f"/{address(name)}/?count={rows}&total=none&{query}", objects))
    assert len(statements) == 1 + CASES[name].statements, statements
    assert objects


@pytest.mark.parametrize("rows", [10, 500])
def test_each_table_that_a_generic_relation_leads_to_costs_its_own(rows: int, tmp_path: Path) -> None:
    name, case = "generic", CASES["generic"]
    shop = shop_of(tmp_path / "rows.db", rows, [endpoint_of(name, case.serializer, list_methods=("GET",))])
    shop.store[Note].filter(pk__in=range(2, rows + 1, 2)).update(content_type="artist")
    objects: list[Any] = []
    statements = shop.statements(got(shop, f"/{name}/?count={rows}", objects))
    shop.store.close()
    assert [shown["about"] for shown in objects[:2]] == ["Album of Artist 1", "Artist of Artist 2"]
    # Two tables, and what Subject uses of the rows of either.
    assert len(statements) == 2 + 4, statements


class Watched(ModelSerializer):
    """Notes which tracks it has shown."""

    name = SerializerMethodField()

    class Meta:
        model = Track
        fields = ("name",)

    def get_name(self, row: Track) -> str:
        self.context["shown"].append(row.title)
        return row.title


def test_a_row_that_is_shown_alone_shows_nothing_of_its_peers(tmp_path: Path) -> None:
    shop = shop_of(tmp_path / "rows.db", 10)
    shown: list[str] = []
    kind = serializer_of(Album, tracks=Watched(**TO_MANY))
    for album in shop.store[Album].all():
        assert kind(album, context={"shown": shown}).data == {"tracks": [{"name": f"Track {album.pk}.{m}"} for m in (1, 2)]}
    shop.store.close()
    assert shown == [f"Track {n}.{m}" for n in range(1, 11) for m in (1, 2)]
