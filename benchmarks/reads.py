"""The reads that are measured in tables of different sizes, as requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from benchmarks.operations import Ask, Request
from benchmarks.with_pyrest import ENDPOINTS, REMEMBERED, User
from pyrest import Endpoint
from pyrest.web.conditional import tag_of

USERS_EACH = 10
"""How many users an address has, however many there are."""
LARGEST_PAGE = 100
TAKEN = 5


class Searched(Endpoint):
    name = "searched"
    model = User
    list_methods = ("GET",)
    search_fields = ("last_name",)


class Words(Endpoint):
    name = "words"
    model = User
    list_methods = ("GET",)
    search_fields = ("last_name",)
    search = "fts"


READ_ENDPOINTS = (*ENDPOINTS, Searched, Words)


class Table(NamedTuple):
    """An API over a table of so many users."""

    users: int
    ask: Ask

    @property
    def places(self) -> Iterator[int]:
        """Some places in it, none at its ends."""
        return iter(range(self.users // (TAKEN + 1), self.users - 1, self.users // (TAKEN + 1)))


@dataclass(frozen=True, slots=True)
class Read:
    """`steady`: what it costs does not depend on how large the table is, as long as nobody writes."""

    title: str
    requests: Callable[[Table], tuple[Request, ...]]
    steady: bool = False


def get(*targets: str) -> tuple[Request, ...]:
    return tuple(Request("GET", target) for target in targets)


def remembered(request: Request) -> Request:
    """The same, asked of the API that remembers its answers."""
    return request if request.target.startswith(REMEMBERED) else replace(request, target=REMEMBERED + request.target)


def each(target: str) -> Callable[[Table], tuple[Request, ...]]:
    """The same in several places: for a `{user}`, for an `{address}`, or for the `{number}` in a last name that few have."""
    return lambda table: get(
        *(target.format(user=place, address=place // USERS_EACH, number=place // USERS_EACH) for place in table.places)
    )


def always(*targets: str) -> Callable[[Table], tuple[Request, ...]]:
    return lambda _: get(*targets)


def deep_inside(table: Table) -> tuple[Request, ...]:
    """Pages by cursor from the middle. Whoever wants one walks there."""
    found: list[str] = []
    cursor = ""
    for _ in range(table.users // 2 // LARGEST_PAGE):
        page = table.ask(*get(f"/users/?cursor={cursor}&count={LARGEST_PAGE}&total=none"))
        cursor = json.loads(page.body)["meta"]["next_cursor"]
        found = [*found, f"/users/?cursor={cursor}"][-TAKEN:]
    return get(*found)


def had_already(table: Table) -> tuple[Request, ...]:
    """A list, asked by a client that has it."""
    asked = remembered(*get("/users/"))
    return (replace(asked, known=tag_of(table.ask(asked).body)),)


READS = (
    Read("list with its total", always("/users/"), steady=True),
    Read("list, total=capped", always("/users/?total=capped"), steady=True),
    Read("list, total=none", always("/users/?total=none"), steady=True),
    Read("page by offset, at the middle", lambda table: get(f"/users/?offset={table.users // 2}")),
    Read("page by cursor, at the middle", deep_inside, steady=True),
    Read("filter with an index", each("/users/?address={address}"), steady=True),
    Read("filter without an index", each("/users/?last_name=Dupont%20{number}")),
    Read("filter by a relation, with indexes", each("/address/?users__address={address}"), steady=True),
    Read("filter by a relation, without", always("/users/?address__street=Dupont%20Street&address__number=7")),
    Read("search, plain", each("/searched/?search={number}")),
    Read("search, fts, a rare word", each("/words/?search={number}"), steady=True),
    Read("search, fts, a word of every row", always("/words/?search=dupont")),
    Read("groups of all, by an index", always("/users/?aggregate=count&group_by=address")),
    Read("groups of what a filter finds", each("/users/?address={address}&aggregate=count&group_by=first_name"), steady=True),
    Read("facet of all", always("/users/?facet=first_name")),
    Read("facet of what a filter finds", each("/users/?address={address}&facet=first_name"), steady=True),
    Read("20 with 10 expanded in each", always(*(f"/address/?expand=users&offset={i}" for i in range(0, 100, 20))), steady=True),
    Read("detail", each("/users/{user}/"), steady=True),
    Read("a repeated list, remembered", always(f"{REMEMBERED}/users/"), steady=True),
    Read("304 on a list", had_already, steady=True),
    Read("export of all as CSV", always("/users/?count=all&format=csv")),
)
