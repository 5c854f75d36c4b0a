"""`Prefer` (RFC 7240): how the header is read, and what answers to writes look like with it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from pyrest.web.errors import BadHeader
from pyrest.web.preferences import HANDLING, KNOWN, MAX_AFFECTED, RETURN, honoured
from tests.web.answers import error, row
from tests.web.book import DUPONT

EVERY = tuple(KNOWN)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("return=minimal", {"return": "minimal"}),
        ("Return = Minimal", {"return": "minimal"}),
        ('return="representation"', {"return": "representation"}),
        (r'return="repre\sentation"', {"return": "representation"}),
        ("return=minimal; foo=bar", {"return": "minimal"}),
        ('return=minimal;foo="a,b;c"', {"return": "minimal"}),
        ("foo; return=minimal", {}),
        ('foo="return=minimal, return=minimal"', {}),
        ("return=minimal, return=representation", {"return": "minimal"}),
        ("return=other, return=minimal", {}),
        ("respond-async, wait=10, return=headers-only", {"return": "headers-only"}),
        (",, return=minimal ,", {"return": "minimal"}),
        ("return", {}),
        ("return=", {}),
        ("max-affected=5", {"max-affected": "5"}),
        ("max-affected=0,resolution=merge-duplicates", {"max-affected": "0", "resolution": "merge-duplicates"}),
        ("handling=lenient,foo", {"handling": "lenient"}),
        ("handling=strict, return=minimal", {"handling": "strict", "return": "minimal"}),
        ("handling=strict, handling=lenient", {"handling": "strict"}),
        ('"return"=minimal', {}),
        ("return=mini mal", {}),
        ('return="minimal', {}),
        ("", {}),
    ],
)
def test_what_a_header_says(header: str, found: dict[str, str]) -> None:
    assert honoured(header, EVERY).honoured == found


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("handling=strict, retrun=minimal", 'Prefer: there is no preference "retrun"; did you mean "return"?'),
        ("respond-async; handling=lenient, Handling=Strict", 'Prefer: there is no preference "respond-async"'),
        ("handling=strict, return=full", 'Prefer: return is minimal, representation or headers-only, not "full"'),
        ("handling=strict, return", 'Prefer: return is minimal, representation or headers-only, not ""'),
        ("handling=strict, resolution=merge-duplicates", "Prefer: resolution has no meaning for this request"),
        ("max-affected=all", 'Prefer: max-affected is a whole number, not "all"'),
        ("max-affected=-1", 'Prefer: max-affected is a whole number, not "-1"'),
        ("max-affected", 'Prefer: max-affected is a whole number, not ""'),
        ("handling=strict, return=mini mal", 'Prefer: there is no preference "return=mini mal"'),
    ],
)
def test_what_is_refused(header: str, sentence: str) -> None:
    with pytest.raises(BadHeader) as refusal:
        honoured(header, (RETURN, HANDLING, MAX_AFFECTED))
    assert str(refusal.value).replace("'", '"') == sentence


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_header_is_read(header: str) -> None:
    try:
        found = honoured(header, EVERY).honoured
    except BadHeader:
        return
    assert all(KNOWN[name].takes(value) for name, value in found.items())


@given(st.lists(st.sampled_from([(n, v) for n, known in KNOWN.items() for v in known.values or ("7",)]), max_size=6))
def test_several_preferences_are_read_as_they_were_written(said: list[tuple[str, str]]) -> None:
    first: dict[str, str] = {}
    for name, value in said:
        first.setdefault(name, value)
    assert honoured(", ".join(f"{name}={value}" for name, value in said), EVERY).honoured == first


@pytest.mark.parametrize(
    ("method", "path", "body", "preferred", "status", "headers", "shown"),
    [
        ("POST", "/users/", DUPONT, "return=minimal", 201, {"Location"}, False),
        ("POST", "/users/", DUPONT, "return=headers-only", 201, {"Location", "ETag"}, False),
        ("POST", "/users/", DUPONT, "return=representation", 201, {"Location", "ETag"}, True),
        ("PATCH", "/users/1/", {}, "return=minimal", 204, {"ETag"}, False),
        ("PATCH", "/users/1/", {}, "return=headers-only", 204, {"ETag"}, False),
        ("PATCH", "/users/1/", {}, "return=representation", 200, {"ETag"}, True),
        ("PUT", "/users/1/", DUPONT, "return=minimal", 204, set(), False),
        ("PUT", "/users/1/", DUPONT, "return=representation", 200, set(), True),
    ],
)
def test_what_an_answer_holds(
    book: FlaskClient, method: str, path: str, body: Any, preferred: str, status: int, headers: set[str], shown: bool
) -> None:
    answer = book.open(path, method=method, json=body, headers={"Prefer": preferred})
    assert answer.status_code == status
    assert {"Location", "ETag"} & set(answer.headers.keys()) == headers
    assert bool(answer.data) is shown
    assert answer.headers["Preference-Applied"] == preferred
    assert ("Content-Type" in answer.headers) is (status != 204)


def test_the_headers_are_those_of_the_object(book: FlaskClient) -> None:
    created = book.post("/users/", json=DUPONT, headers={"Prefer": "return=headers-only"})
    assert created.headers["ETag"] == book.get(created.headers["Location"]).headers["ETag"]
    patched = book.patch("/users/1/", json={"last_name": "Durand"}, headers={"Prefer": "return=minimal"})
    assert patched.headers["ETag"] == book.get("/users/1/").headers["ETag"]


def test_two_headers_are_one(book: FlaskClient) -> None:
    answer = book.post("/users/", json=DUPONT, headers=[("Prefer", "foo"), ("Prefer", "return=representation")])
    assert row(answer)["last_name"] == "Dupont"
    assert answer.headers["Preference-Applied"] == "return=representation"


def test_what_is_ignored_was_not_applied(book: FlaskClient) -> None:
    answer = book.post("/users/", json=DUPONT, headers={"Prefer": "respond-async, return=all, max-affected=x"})
    assert (answer.status_code, "Preference-Applied" in answer.headers) == (201, False)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/users/"), ("PUT", "/users/1/"), ("PATCH", "/users/1/"), ("DELETE", "/users/1/")]
)
def test_strictly_nothing_is_ignored(book: FlaskClient, method: str, path: str) -> None:
    answer = book.open(path, method=method, json=DUPONT, headers={"Prefer": "handling=strict, respond-async"})
    assert error(answer, 400) == 'Prefer: there is no preference "respond-async"'
    assert book.get("/users/").get_json()["meta"]["total_count"] == 1


def test_a_delete_says_that_it_was_strict(book: FlaskClient) -> None:
    answer = book.delete("/users/1/", headers={"Prefer": "handling=strict"})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (204, "handling=strict")
