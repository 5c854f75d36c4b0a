"""The benchmark of bulk creates: both sides store the same rows and answer alike, and the command measures. No time is asserted."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmarks.bulk import ORIGIN, Side, main, measure, refuse_difference, sides
from benchmarks.data import ADDRESSES, USERS, user_row

ROWS = 730
NEW = "SELECT id, first_name, last_name, address FROM users WHERE id > ? ORDER BY id"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bulk")


@pytest.fixture(scope="module")
def both(folder: Path) -> Iterator[tuple[Side, Side]]:
    with sides(folder, ROWS) as found:
        yield found


def new_rows(folder: Path) -> list[list[tuple[object, ...]]]:
    """What each of the two files holds beyond what it began with."""
    found = []
    for name in ("by_hand", "pyrest"):
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection:
            found.append(connection.execute(NEW, (USERS,)).fetchall())
    return found


@pytest.mark.parametrize("work", ["store", "create"])
def test_both_sides_store_the_same_rows(folder: Path, both: tuple[Side, Side], work: str) -> None:
    expected = [(USERS + 1 + i, *user_row(i, ADDRESSES)) for i in range(ROWS)]
    for _ in range(2):
        for side in both:
            side.prepare()
            getattr(side, work)()
        assert new_rows(folder) == [expected, expected]


def test_both_sides_answer_with_the_address_of_every_row(both: tuple[Side, Side]) -> None:
    refuse_difference(*both)
    for side in both:
        side.prepare()
        locations = [f"{ORIGIN}/users/{USERS + 1 + i}/" for i in range(ROWS)]
        assert json.loads(side.create()) == {"created": ROWS, "locations": locations}


def test_a_difference_is_refused(both: tuple[Side, Side]) -> None:
    hand, pyrest = both
    with pytest.raises(click.ClickException, match="the answers differ: b'less' by hand"):
        refuse_difference(hand._replace(create=lambda: b"less"), pyrest)


def test_rounds_take_turns_each_with_its_file_restored() -> None:
    turns: list[str] = []
    works = (lambda: turns.append("by hand"), lambda: turns.append("pyrest"))
    restores = (lambda: turns.append("restored"), lambda: turns.append("restored"))
    found = measure(works, restores, rounds=3)
    assert turns[1::2] == ["pyrest", "by hand", "by hand", "pyrest"] * 2
    assert turns[::2] == ["restored"] * 8
    assert [len(side) for side in found] == [3, 3]


def test_the_command_prints_what_both_take() -> None:
    result = CliRunner().invoke(main, ["--rows", "50", "--rounds", "1"])
    assert result.exit_code == 0, result.output
    said, *heads = result.output.splitlines()[:3]
    assert said.startswith("Milliseconds for 50 users in one transaction")
    assert [head.split() for head in heads] == [["processor", "clock"], ["by", "hand", "pyrest", "ratio"] * 2]
    times = r"( +\d+\.\d){2} +\d+\.\d\d"
    lines = [re.fullmatch(rf"(\D+?){times}{times}(   wanted 1\.60 at most)?", line) for line in result.output.splitlines()[3:]]
    titles = [f"{title} {name}" for title in ("validated values to rows", "the whole request") for name in ("minimum", "median")]
    assert [" ".join(line[1].split()) for line in lines if line] == titles
