"""The benchmark of sizes: it measures every read in either table, and the reads find what their names say. No time is asserted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner

from benchmarks.reads import LARGEST_PAGE, READS, TAKEN, Read, always
from benchmarks.sizes import Side, main, side
from tests.markdown import ROOT, section, tables

USERS = 1_500
BY_TITLE = {read.title: read for read in READS}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    with side(tmp_path_factory.mktemp("sizes"), USERS) as found:
        yield found


def asked(small: Side, title: str) -> list[dict[str, Any]]:
    answers = [small.table.ask(request) for request in BY_TITLE[title].requests(small.table)]
    return [json.loads(answer.body) for answer in answers]


@pytest.mark.parametrize("read", READS, ids=lambda read: read.title)
def test_every_read_is_answered(small: Side, read: Read) -> None:
    requests = read.requests(small.table)
    assert [small.table.ask(request).status for request in requests] == [304 if request.known else 200 for request in requests]
    assert len(set(requests)) in (1, TAKEN)


@pytest.mark.parametrize(
    ("title", "rows"),
    [
        ("filter with an index", 10),
        ("filter by a relation, with indexes", 1),
        ("groups of what a filter finds", 10),
        ("facet of what a filter finds", 10),
    ],
)
def test_a_filter_finds_as_many_rows_in_every_table(small: Side, title: str, rows: int) -> None:
    for answer in asked(small, title):
        assert sum(row.get("count", 1) for row in answer["object_list"]) == rows


def test_what_has_no_index_finds_few_among_all(small: Side) -> None:
    assert [answer["meta"]["total_count"] for answer in asked(small, "filter without an index")] == [10] * TAKEN
    assert [answer["meta"]["total_count"] for answer in asked(small, "search, fts, a rare word")] == [10] * TAKEN
    assert [answer["meta"]["total_count"] for answer in asked(small, "search, fts, a word of every row")] == [USERS]


def test_cursors_are_in_the_middle(small: Side) -> None:
    firsts = [answer["object_list"][0]["ressource_uri"] for answer in asked(small, "page by cursor, at the middle")]
    last = USERS // 2 // LARGEST_PAGE
    assert firsts == [f"/users/{page * LARGEST_PAGE + 1}/" for page in range(last - TAKEN + 1, last + 1)]


def test_what_is_expanded_is_twenty_with_ten_each(small: Side) -> None:
    for answer in asked(small, "20 with 10 expanded in each"):
        assert [len(row["users"]) for row in answer["object_list"]] == [10] * 20


def test_a_write_lies_before_each_request_that_is_measured_after_writes(small: Side) -> None:
    requests = small.requests(BY_TITLE["detail"])
    before = small.outside.total_changes
    small.between_writes(requests)
    assert small.outside.total_changes == before
    small.after_writes(requests)
    assert small.outside.total_changes == before + TAKEN


def test_a_read_that_is_refused_is_not_measured(small: Side) -> None:
    with pytest.raises(click.ClickException, match=r"GET /users/\?adress=1: 400 .*did you mean"):
        small.requests(Read("mistaken", always("/users/?adress=1")))


def test_the_page_on_costs_has_every_read() -> None:
    page = (ROOT / "docs" / "how-to" / "what-a-read-costs.md").read_text()
    (table,) = tables(section(page, "A large table"))
    assert [row[0].replace("`", "") for row in table[1:]] == [read.title for read in READS]


def test_the_command_prints_what_each_read_costs_in_either_table() -> None:
    result = CliRunner().invoke(main, ["--small", "700", "--large", "1500", "--rounds", "1"])
    assert result.exit_code == 0, result.output
    said, *heads = result.output.splitlines()[:3]
    assert said.startswith("Microseconds of a processor, in a table of 700 rows and in one of 1,500")
    assert heads[0].split() == ["between", "writes", "right", "after", "a", "write"]
    assert heads[1].split() == ["small", "large", "ratio"] * 2
    number = r" +[\d,]+ +[\d,]+ +\d+\.\d\d"
    lines = [re.fullmatch(rf"(\S.*?){number}{number}(   wanted 1\.50 at most)?", line) for line in result.output.splitlines()[3:]]
    assert [(line[1].rstrip(), bool(line[2])) for line in lines if line] == [(read.title, read.steady) for read in READS]
