"""What is measured and what is compared before, as requests; and the comparison of two sides' answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from benchmarks.data import ADDRESSES, USERS
from benchmarks.with_pyrest import REMEMBERED
from pyrest.web.conditional import tag_of

JSON = "application/json"
HEADERS = ("Allow", "Content-Length", "Content-Type", "Link", "Location", "Retry-After")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str
    body: bytes = b""
    content_type: str = JSON
    accept: str = "*/*"
    known: str = ""
    """The tag of what the client has already."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` are those that the API decides, the server's own left out."""

    status: int
    headers: dict[str, str]
    body: bytes


Ask = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """Requests that are made in turn, so that no single answer is measured; `wanted` is the ratio to reach in-process.

    With `remembered`, pyrest may give an answer again that it has given; with `conditional`, the client says besides that it has it. The
    code by hand does neither.
    """

    title: str
    requests: tuple[Request, ...]
    wanted: float
    remembered: bool = False
    conditional: bool = False

    def asked_of_pyrest(self, ask: Ask) -> tuple[Request, ...]:
        """What pyrest is asked."""
        if not self.remembered:
            return self.requests
        asked = tuple(replace(request, target=REMEMBERED + request.target) for request in self.requests)
        return tuple(replace(request, known=tag_of(ask(request).body)) for request in asked) if self.conditional else asked


class Disagreement(Exception):
    """The two sides answered differently, so that comparing their speed would mean nothing."""


def create(**values: object) -> Request:
    return Request("POST", "/users/", json.dumps(values).encode())


OPERATIONS = {
    "list": Operation("list of 20 with its total", (Request("GET", "/users/"),), 0.80),
    "middle": Operation(
        "the same, from the middle", tuple(Request("GET", f"/users/?count=20&offset={USERS // 2 + i}") for i in range(7)), 0.80
    ),
    "filter": Operation(
        "list filtered by a foreign key", tuple(Request("GET", f"/users/?address={i}") for i in range(1, ADDRESSES, 101)), 0.80
    ),
    "lookups": Operation(
        "three lookups, one by relation",
        tuple(Request("GET", f"/users/?last_name__startswith=D&address={i}&address__city=Paris") for i in range(1, ADDRESSES, 100)),
        0.75,
    ),
    "nested": Operation("20 with 10 nested in each", tuple(Request("GET", f"/households/?offset={i}") for i in range(100, 240, 20)), 0.75),
    "expanded": Operation(
        "20 with 10 expanded in each", tuple(Request("GET", f"/address/?expand=users&offset={i}") for i in range(100, 240, 20)), 0.75
    ),
    "linked": Operation("20 with links and slugs", tuple(Request("GET", f"/residents/?offset={i}") for i in range(0, 140, 20)), 0.75),
    "detail": Operation("detail", tuple(Request("GET", f"/users/{i}/") for i in range(1, USERS, 997)), 0.80),
    "repeated": Operation("a repeated list, remembered", (Request("GET", "/users/"),), 1.30, remembered=True),
    "304": Operation("a list that the client has", (Request("GET", "/users/"),), 1.30, remembered=True, conditional=True),
    "create": Operation(
        "create with a foreign key", tuple(create(first_name="Super", last_name=f"Dupont {i}", address=i) for i in range(1, 12)), 0.75
    ),
}

EDGES = {
    "the last page": Request("GET", f"/users/?offset={USERS - 20}"),
    "beyond the last page": Request("GET", f"/users/?offset={USERS * 2}"),
    "a filter with pages": Request("GET", "/users/?offset=5&count=5&address=7"),
    "lookups with pages": Request(
        "GET", "/users/?last_name__startswith=M%C3%BC&address__range=1,900&address__city=K%C3%B6ln&offset=5&count=5"
    ),
    "a lookup that finds nothing": Request("GET", "/users/?address__city=paris&last_name__startswith="),
    "a filter by text": Request("GET", "/users/?last_name=M%C3%BCller&count=1"),
    "a filter with two values": Request("GET", "/users/?address=1&address=2&count=3"),
    "a filter that finds nothing": Request("GET", "/users/?address__exact=99999"),
    "one of several formats": Request("GET", "/users/1/", accept="text/html,application/json;q=0.5"),
    "the first page of nested rows": Request("GET", "/households/?count=7"),
    "nested rows beyond the last page": Request("GET", f"/households/?offset={ADDRESSES}"),
    "nested rows filtered by text": Request("GET", "/households/?city=K%C3%B6ln&country=Germany&count=3&offset=3"),
    "nested rows in a detail": Request("GET", "/households/500/"),
    "expanded rows beyond the last page": Request("GET", f"/address/?expand=users&offset={ADDRESSES}"),
    "expanded rows filtered by text": Request("GET", "/address/?city=K%C3%B6ln&count=3&expand=users&offset=3"),
    "the same without": Request("GET", "/address/?city=K%C3%B6ln&count=3&offset=3"),
    "the last page of links": Request("GET", f"/residents/?count=7&offset={USERS - 3}"),
    "a filter by a path": Request("GET", "/residents/?address=/address/500/"),
    "a filter by a URL, a path and a key": Request(
        "GET", "/residents/?address=http://localhost/address/500/&address=/address/501/&address=502&count=5"
    ),
    "a filter by a link to nothing": Request("GET", "/residents/?address__exact=/address/99999/"),
    "a filter by a slug": Request("GET", "/residents/?city=%C5%81%C3%B3d%C5%BA&offset=2400&count=50"),
    "a filter by two slugs": Request("GET", "/residents/?city=Paris&city=Reykjav%C3%ADk&count=5"),
    "a filter by a link and a slug": Request("GET", "/residents/?address=/address/500/&city=Paris"),
    "links in a detail": Request("GET", f"/residents/{USERS}/"),
    "a foreign key left out": create(first_name="Super", last_name="Dupont"),
    "a foreign key as text": create(first_name="Super", last_name="Dupont", address="7"),
    "links and slugs of users without an address": Request("GET", "/residents/?address="),
}

MISTAKES = {
    "unknown filter": Request("GET", "/users/?adress=1"),
    "filter that is no number": Request("GET", "/users/?address=one"),
    "count out of range": Request("GET", "/users/?count=101"),
    "half a range": Request("GET", "/users/?address__range=1"),
    "a range that is no number": Request("GET", "/users/?address__range=1,x"),
    "negative offset": Request("GET", "/users/?offset=-1"),
    "offset twice": Request("GET", "/users/?offset=1&offset=2"),
    "no such row": Request("GET", "/users/99999/"),
    "no key": Request("GET", "/users/01/"),
    "parameter of a detail": Request("GET", "/users/1/?count=2"),
    "no such address": Request("GET", "/user/"),
    "unknown filter of nested rows": Request("GET", "/households/?citty=Paris"),
    "filter by nested rows": Request("GET", "/households/?users=1"),
    "no such row with nested rows": Request("GET", "/households/99999/"),
    "creating with nested rows": Request("POST", "/households/", b"{}"),
    "expanding in vain": Request("GET", "/address/?expand=user"),
    "unknown filter of expanded rows": Request("GET", "/address/?citty=Paris&expand=users"),
    "unknown filter beside links": Request("GET", "/residents/?last_name=Dupont"),
    "filter by no link": Request("GET", "/residents/?address=/adress/1/"),
    "filter by a link of another host": Request("GET", "/residents/?address=http://example.org/address/1/"),
    "filter by a link to another resource": Request("GET", "/residents/?address=/users/1/"),
    "filter by neither link nor key": Request("GET", "/residents/?address=one"),
    "no such row with links": Request("GET", "/residents/99999/"),
    "deleting a row with links": Request("DELETE", "/residents/1/"),
    "no such method": Request("TRACE", "/users/"),
    "missing fields": create(address=1),
    "unknown field": create(first_name="Super", last_name="Dupont", adress=1),
    "wrong types": create(first_name=1, last_name=None, address=True),
    "number with a fraction": create(first_name="Super", last_name="Dupont", address=1.5),
    "U+0000": create(first_name="Super\0", last_name="Dupont"),
    "foreign key to nothing": create(first_name="Super", last_name="Dupont", address=99999),
    "several faults": create(first_name=True, address=99999, ressource_uri="/users/1/"),
    "a text": Request("POST", "/users/", b'"Super"'),
    "an empty body": Request("POST", "/users/"),
    "a form": Request("POST", "/users/", b"first_name=Super", "application/x-www-form-urlencoded"),
    "no content type": Request("POST", "/users/", b"{}", ""),
    "a list as HTML": Request("GET", "/users/", accept="text/html"),
    "a detail as HTML": Request("GET", "/users/1/", accept="text/html,application/json;q=0"),
}

WORDED_BY_A_PARSER = {
    "broken JSON": Request("POST", "/users/", b'{"first_name": '),
    "not UTF-8": Request("POST", "/users/", b'{"first_name": "\xff"}'),
}
"""Mistakes that both sides refuse, each in the words of its parser."""

PARTS = ("status", "headers", "body")


def compare_all(by_hand: Ask, pyrest: Ask) -> None:
    """Asks both sides everything there is. Raises `Disagreement`."""
    measured = [request for operation in OPERATIONS.values() for request in operation.requests]
    compare(by_hand, pyrest, [*measured, *EDGES.values(), *MISTAKES.values()])
    compare(by_hand, pyrest, WORDED_BY_A_PARSER.values(), ("status",))


def compare(by_hand: Ask, pyrest: Ask, requests: Iterable[Request], parts: Iterable[str] = PARTS) -> None:
    """Raises `Disagreement` where a part of an answer differs."""
    for request in requests:
        one, other = by_hand(request), pyrest(request)
        for part in parts:
            if getattr(one, part) != getattr(other, part):
                asked = f"{request.method} {request.target} {request.body!r}"
                raise Disagreement(f"{asked}: the {part} by hand is {getattr(one, part)!r}, with pyrest {getattr(other, part)!r}")
