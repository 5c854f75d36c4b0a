"""The benchmark: both sides answer alike, a difference is noticed, and the command measures. No time is asserted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from benchmarks import by_hand, with_pyrest
from benchmarks.__main__ import main
from benchmarks.data import ADDRESSES, CITIES, USERS, write_copies
from benchmarks.in_process import InProcess
from benchmarks.measure import Measured, measure
from benchmarks.operations import EDGES, MISTAKES, OPERATIONS, WORDED_BY_A_PARSER, Answer, Disagreement, Request, compare

MEASURED = {f"{name} {i}": request for name, operation in OPERATIONS.items() for i, request in enumerate(operation.requests)}


class Sides(NamedTuple):
    by_hand: InProcess
    pyrest: InProcess


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    one, other = write_copies(tmp_path_factory.mktemp("benchmark"), ("by_hand", "pyrest"))
    found = Sides(InProcess(by_hand.create_app(str(one), "normal")), InProcess(with_pyrest.create_app(str(other), "normal")))
    yield found
    for side in found:
        side.close()


@pytest.mark.parametrize("request_", [pytest.param(r, id=name) for name, r in (MEASURED | EDGES | MISTAKES).items()])
def test_both_sides_answer_alike(sides: Sides, request_: Request) -> None:
    compare(sides.by_hand.ask, sides.pyrest.ask, [request_])


@pytest.mark.parametrize("request_", [pytest.param(r, id=name) for name, r in WORDED_BY_A_PARSER.items()])
def test_both_sides_refuse_what_their_parsers_refuse(sides: Sides, request_: Request) -> None:
    assert [side.ask(request_).status for side in sides] == [400, 400]


@pytest.mark.parametrize(("name", "request_"), [pytest.param(name, r, id=name) for name, r in MISTAKES.items()])
def test_a_mistake_is_refused(sides: Sides, name: str, request_: Request) -> None:
    assert 400 <= sides.pyrest.ask(request_).status < 500


def test_the_data_are_as_many_as_they_are_said_to_be(sides: Sides) -> None:
    assert f'"total_count":{USERS // ADDRESSES}'.encode() in sides.by_hand.ask(Request("GET", "/users/?address=500")).body
    assert sides.by_hand.ask(Request("GET", f"/users/{USERS}/")).status == 200


def test_the_nested_lists_that_are_measured_have_twenty_addresses_with_ten_users_each(sides: Sides) -> None:
    for request in OPERATIONS["nested"].requests:
        shown = json.loads(sides.by_hand.ask(request).body)["object_list"]
        assert [len(address["users"]) for address in shown] == [10] * 20


def test_the_links_that_are_measured_are_absolute_and_their_slugs_are_cities(sides: Sides) -> None:
    for request in OPERATIONS["linked"].requests:
        shown = json.loads(sides.by_hand.ask(request).body)["object_list"]
        assert len(shown) == 20
        assert all(re.fullmatch(r"http://localhost/address/\d+/", user["address"]) for user in shown)
        assert len({user["city"] for user in shown}) == len(CITIES)


@pytest.mark.parametrize(("name", "status", "size"), [("repeated", 200, 1), ("304", 304, 0)])
def test_what_is_remembered_is_asked_of_pyrest_alone(sides: Sides, name: str, status: int, size: int) -> None:
    operation = OPERATIONS[name]
    (asked,) = operation.asked_of_pyrest(sides.pyrest.ask)
    found = [sides.pyrest.ask(asked) for _ in range(2)]
    assert [(answer.status, bool(answer.body)) for answer in found] == [(status, bool(size))] * 2


ANSWER = Answer(200, {"Link": "<?offset=20>"}, b"{}")


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("status", replace(ANSWER, status=201)),
        ("headers", replace(ANSWER, headers={})),
        ("body", replace(ANSWER, body=b"[]")),
    ],
)
def test_a_difference_is_noticed(part: str, other: Answer) -> None:
    with pytest.raises(Disagreement, match=f"GET /users/ .*the {part} by hand"):
        compare(lambda _: ANSWER, lambda _: other, [Request("GET", "/users/")])


def test_rounds_take_turns_and_their_medians_count() -> None:
    turns: list[str] = []
    seconds = {"by hand": iter([9.0, 1.0, 2.0, 6.0]), "pyrest": iter([9.0, 4.0, 8.0, 4.0])}

    def taken(side: str) -> float:
        turns.append(side)
        return next(seconds[side])

    asked = (Request("GET", "/users/1/"),)
    found = measure((lambda _: taken("by hand"), asked), (lambda _: taken("pyrest"), asked), rounds=3, batch=8)
    assert turns == ["by hand", "pyrest", "pyrest", "by hand", "by hand", "pyrest", "pyrest", "by hand"]
    assert found == Measured(by_hand=4.0, pyrest=2.0)
    assert found.ratio == 0.5


@pytest.mark.parametrize("place", [(), ("--wire",)], ids=["in-process", "over the wire"])
def test_the_command_prints_requests_per_second_and_their_ratio(place: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*place, "--rounds", "1", "--only", "detail", "--only", "create"])
    assert result.exit_code == 0, result.output
    said, head, *lines = result.output.splitlines()
    assert said.startswith("Both sides answer alike. Requests per second, " + ("over the wire" if place else "in-process"))
    assert head.split() == ["by", "hand", "pyrest", "ratio"]
    assert [re.match(r"(\D+?) +[\d,]+ +[\d,]+ +\d+\.\d\d", line)[1] for line in lines] == ["detail", "create with a foreign key"]
