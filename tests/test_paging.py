"""Pages as tables: parameters → what is read of a list, and what was found → meta and the pages beside it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest.datastores.protocol import Result
from pyrest.errors import BadParameter
from pyrest.paging import MAX_COUNTED, Paging, RowPage, Window, offset_page, window
from pyrest.query import parameters

PAGING = Paging(20, 100)
WHOLE = Paging(None, 100)
BY_CURSOR = Paging(20, 100, by_cursor=True)


def asked(query: str, paging: Paging = PAGING) -> Window:
    values: dict[str, list[str]] = {}
    for name, value in parameters(query):
        values.setdefault(name, []).append(value)
    return window(values, paging, parameters(query), ("count", "total"))


@pytest.mark.parametrize(
    ("query", "paging", "offset", "limit", "cursor", "total"),
    [
        ("", PAGING, 0, 20, None, "exact"),
        ("offset=5", PAGING, 5, 20, None, "exact"),
        ("count=5", PAGING, 0, 5, None, "exact"),
        ("count=100&offset=0", PAGING, 0, 100, None, "exact"),
        ("count=1&offset=9223372036854775807", PAGING, 2**63 - 1, 1, None, "exact"),
        ("offset=00&count=007", PAGING, 0, 7, None, "exact"),
        ("total=exact", PAGING, 0, 20, None, "exact"),
        ("total=none", PAGING, 0, 21, None, "none"),
        ("total=capped&count=5", PAGING, 0, 6, None, "capped"),
        ("cursor=", PAGING, 0, 21, "", "exact"),
        ("cursor=abc&count=5", PAGING, 0, 6, "abc", "exact"),
        ("", BY_CURSOR, 0, 21, "", "exact"),
        ("cursor=abc&total=none", BY_CURSOR, 0, 21, "abc", "none"),
        ("", WHOLE, 0, None, None, "exact"),
        ("total=none", WHOLE, 0, None, None, "none"),
    ],
)
def test_what_is_read_of_a_list(query: str, paging: Paging, offset: int, limit: int | None, cursor: str | None, total: str) -> None:
    found = asked(query, paging)
    assert (found.offset, found.limit, found.cursor, found.total) == (offset, limit, cursor, total)


@pytest.mark.parametrize(("total", "limit"), [("exact", None), ("none", None), ("capped", 10_001)])
def test_how_far_a_list_is_counted(total: str, limit: int | None) -> None:
    assert asked(f"total={total}").total_limit == limit


@pytest.mark.parametrize(
    ("query", "paging", "said"),
    [
        ("offset=-1", PAGING, '"offset": A whole number is required, 0 or greater.'),
        ("offset=1&offset=1", PAGING, '"offset": This parameter can be given once.'),
        ("count=0", PAGING, '"count": The number of objects on a page is 1 to 100.'),
        ("count=101", PAGING, '"count": The number of objects on a page is 1 to 100.'),
        ("count=x", PAGING, '"count": A whole number is required, 0 or greater.'),
        ("cursor=&cursor=", PAGING, '"cursor": This parameter can be given once.'),
        ("cursor=&offset=0", PAGING, '"offset": This page is found by a cursor; it takes no offset.'),
        ("offset=20", BY_CURSOR, '"offset": This page is found by a cursor; it takes no offset.'),
        ("total=", PAGING, '"total": The total is one of exact, none, capped; to filter by the field, write total__exact=.'),
        ("total=none&total=none", PAGING, '"total": This parameter can be given once.'),
        ("offset=1", WHOLE, '"offset": This list has no pages; it is always whole.'),
        ("count=1", WHOLE, '"count": This list has no pages; it is always whole.'),
        ("cursor=", WHOLE, '"cursor": This list has no pages; it is always whole.'),
    ],
)
def test_what_is_no_page_is_refused(query: str, paging: Paging, said: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        asked(query, paging)
    assert str(refusal.value) == said


def page(query: str, total: int, paging: Paging = PAGING) -> RowPage:
    """The page of a list with so many rows, which are whole numbers."""
    found = asked(query, paging)
    end = None if found.limit is None else found.offset + found.limit
    counted = {"exact": total, "none": None, "capped": min(total, found.total_limit or total)}[found.total]
    return offset_page(found, {}, Result([(number,) for number in range(total)[found.offset : end]], counted))


@pytest.mark.parametrize("kind", ["exact", "none", "capped"])
@pytest.mark.parametrize(
    ("query", "total", "following", "previous"),
    [
        ("", 0, None, None),
        ("", 20, None, None),
        ("", 21, "?count=20&offset=20", None),
        ("offset=20", 40, None, "?count=20&offset=0"),
        ("offset=20", 41, "?count=20&offset=40", "?count=20&offset=0"),
        ("offset=5&count=10", 100, "?count=10&offset=15", "?count=10&offset=0"),
        ("offset=50", 10, None, "?count=20&offset=30"),
        ("offset=12000", 12021, "?count=20&offset=12020", "?count=20&offset=11980"),
        ("title=a&length=5&count=2", 9, "?count=2&length=5&offset=2&title=a", None),
        ("length=6&length=5", 99, "?count=20&length=6&length=5&offset=20", None),
        ("ordering=-length,title", 99, "?count=20&offset=20&ordering=-length%2Ctitle", None),
        ("title=a+%26%C3%A9", 99, "?count=20&offset=20&title=a+%26%C3%A9", None),
    ],
)
def test_the_pages_beside_a_page(kind: str, query: str, total: int, following: str | None, previous: str | None) -> None:
    found = page(query if kind == "exact" else f"{query}&total={kind}", total)
    beside = [None if link is None else link.replace(f"&total={kind}", "") for link in (found.next, found.previous)]
    assert beside == [following, previous]
    assert (found.meta["next"], found.meta["previous"]) == (found.next or "null", found.previous or "null")


def test_a_link_keeps_the_kind_of_total() -> None:
    assert page("total=none", 21).next == "?count=20&offset=20&total=none"


def test_a_list_without_pages_has_none_beside_it() -> None:
    found = page("", 1000, WHOLE)
    assert (found.next, found.previous, found.meta["count"], len(found.rows)) == (None, None, 1000, 1000)


@pytest.mark.parametrize(
    ("kind", "total", "said"),
    [
        ("exact", MAX_COUNTED + 1, {"total_count": 10_001}),
        ("none", 5, {}),
        ("capped", MAX_COUNTED, {"total_count": 10_000}),
        ("capped", MAX_COUNTED + 1, {"total_count": 10_000, "total_count_capped": True}),
        ("capped", 0, {"total_count": 0}),
    ],
)
def test_what_is_said_of_the_total(kind: str, total: int, said: dict[str, Any]) -> None:
    meta = page(f"total={kind}", total).meta
    assert {name: value for name, value in meta.items() if name.startswith("total")} == said


@given(st.integers(0, 300), st.integers(1, 100), st.integers(0, 300), st.sampled_from(["exact", "none", "capped"]))
@settings(deadline=None)
def test_following_the_links_meets_every_row_once(total: int, count: int, start: int, kind: str) -> None:
    found = page(f"count={count}&offset={start}&total={kind}", total)
    seen = found.rows
    while found.next is not None:
        found = page(found.next.removeprefix("?"), total)
        assert 1 <= len(found.rows) <= count
        seen = seen + found.rows
    assert seen == [(number,) for number in range(start, total)]
