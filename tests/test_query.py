"""The query string as a table: text → parameters → question."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import models
from pyrest.errors import BadParameter, PyrestError, UnknownName
from pyrest.models.model import declaration
from pyrest.paging import Paging, Pairs
from pyrest.plan import EVERYTHING, And, Compare, IsNull, Not, OneOf, Or, Order, Text
from pyrest.query import BUILT, MAX_PARAMETERS, RESERVED, Question, parameters, question, refuse_all
from pyrest.surface import Filter, surface


class Track(models.Model):
    title = models.StringField()
    length = models.IntegerField()
    album = models.IntegerField(foreign=("album", "id"))
    total = models.IntegerField()
    on_conflict = models.StringField()
    notes = models.JSONField()
    id = models.PkField()


TRACK = declaration(Track)
COLUMNS = {name: Filter(field) for name, field in TRACK.fields.items()}
BY_LINK = Filter(TRACK.fields["album"], (), lambda text, place: place[text])
SURFACE = surface(TRACK, COLUMNS | {"link": BY_LINK}, COLUMNS, {}, {}, None, None, "Tracks")
PAGING = Paging(20, 100)
A = Compare("title", "=", "a")


def asked(query: str) -> Question:
    return question(parameters(query), SURFACE, PAGING)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("a=1", [("a", "1")]),
        ("a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        ("a", [("a", "")]),
        ("a=", [("a", "")]),
        ("=1", [("", "1")]),
        ("&&a=1&", [("a", "1")]),
        ("a=b=c", [("a", "b=c")]),
        ("a=b+c%20d%2B", [("a", "b c d+")]),
        ("%C3%A9=%E2%82%AC", [("é", "€")]),
        ("a=\xc3\xa9", [("a", "é")]),
        ("a=%", [("a", "%")]),
        ("a=%zz", [("a", "%zz")]),
        ("a;b=1", [("a;b", "1")]),
        ("a%3D1=2", [("a=1", "2")]),
    ],
)
def test_a_query_string_is_pairs(text: str, pairs: Pairs) -> None:
    assert parameters(text) == pairs


@pytest.mark.parametrize("text", ["a=%FF", "%FF=1", "a=\xff", "a=%ED%A0%80"])
def test_a_query_string_is_utf_8(text: str) -> None:
    with pytest.raises(BadParameter, match=r"^The query string is not UTF-8\.$"):
        parameters(text)


def test_a_query_string_has_a_limit() -> None:
    assert len(parameters("&".join(["a=1"] * MAX_PARAMETERS))) == 100
    with pytest.raises(BadParameter, match=r"^There are more than 100 parameters\.$"):
        parameters("&".join(["a=1"] * (MAX_PARAMETERS + 1)))


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", EVERYTHING),
        ("title=a", Compare("title", "=", "a")),
        ("title=", Compare("title", "=", "")),
        ("title__exact=a", Compare("title", "=", "a")),
        ("length=5", Compare("length", "=", 5)),
        ("length=-5", Compare("length", "=", -5)),
        ("length=5&length=6", Or((Compare("length", "=", 5), Compare("length", "=", 6)))),
        ("length=5&title=a", And((Compare("length", "=", 5), Compare("title", "=", "a")))),
        ("length=5&length__exact=6", And((Compare("length", "=", 5), Compare("length", "=", 6)))),
        ("album=1", Compare("album", "=", 1)),
        ("album=", IsNull("album")),
        ("album=1&album=", Or((Compare("album", "=", 1), IsNull("album")))),
        ("album=&album=", Or((IsNull("album"), IsNull("album")))),
        ("length=5&length=6&title=a", And((A, Or((Compare("length", "=", 5), Compare("length", "=", 6)))))),
        ("title__contains=a&title__contains=b", Or((Text("title", "anywhere", "a"), Text("title", "anywhere", "b")))),
        ("length__in=5,6", OneOf("length", (5, 6))),
        ("length__in=(5,6)", OneOf("length", (5, 6))),
        ('title__in="a, b",c', OneOf("title", ("a, b", "c"))),
        ("length__range=5,6", And((Compare("length", ">=", 5), Compare("length", "<=", 6)))),
        ("title__isnull=true", IsNull("title")),
        ("title__isnull=0", Not(IsNull("title"))),
        ("or=(title=a,length=5)", Or((A, Compare("length", "=", 5)))),
        ("and=(title=a)", A),
        ("not=(title=a)", Not(A)),
        ("not=(title=a)&length=5", And((Compare("length", "=", 5), Not(A)))),
        ("or=(title=a,title=a)&or=(length=5)", And((Or((A, A)), Or((Compare("length", "=", 5),))))),
        ("or=(length__in=(5,6),not=(title=a))", Or((OneOf("length", (5, 6)), Not(A)))),
        ("or=(total=3)", Or((Compare("total", "=", 3),))),
        ("total__exact=3", Compare("total", "=", 3)),
        ('notes={"a": [1]}', Compare("notes", "=", {"a": [1]})),
        ("id=7&offset=1&count=2&ordering=id", Compare("id", "=", 7)),
    ],
)
def test_filters_are_a_condition(query: str, where: Any) -> None:
    assert asked(query).where == where


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("link=/album/1/", Compare("album", "=", 1)),
        ("link=/album/1/&link=/album/2/", Or((Compare("album", "=", 1), Compare("album", "=", 2)))),
        ("link__in=/album/1/,/album/2/", OneOf("album", (1, 2))),
        ("not=(link=/album/1/)", Not(Compare("album", "=", 1))),
        ("link=/album/none/", IsNull("album")),
        ("title=a&link__exact=/album/2/", And((Compare("title", "=", "a"), Compare("album", "=", 2)))),
    ],
)
def test_links_among_the_filters_are_read_in_the_place_of_the_request(query: str, where: Any) -> None:
    place = {"/album/1/": 1, "/album/2/": 2, "/album/none/": None}
    assert question(parameters(query), SURFACE, PAGING, place).where == where


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("", {}),
        ("length=5", {"length": "5"}),
        ("length=5&length=06", {"length": ["5", "06"]}),
        ("length=5&length__exact=6", {"length": "5", "length__exact": "6"}),
        ("offset=1&count=2&ordering=id&title=x", {"title": "x"}),
        ("or=(title=a,length=5)", {"or": "(title=a,length=5)"}),
        ("not=(title=a)&not=(title=b)&length__in=5,6", {"not": ["(title=a)", "(title=b)"], "length__in": "5,6"}),
    ],
)
def test_filters_are_kept_as_sent(query: str, filters: dict[str, Any]) -> None:
    assert asked(query).filters == filters


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", None),
        ("ordering=title", (Order("title"),)),
        ("ordering=-title", (Order("title", descending=True),)),
        ("ordering=length:nullslast", (Order("length", nulls="last"),)),
        ("ordering=-length:nullsfirst,title", (Order("length", True, "first"), Order("title"))),
        ("ordering=-length,title,id", (Order("length", descending=True), Order("title"), Order("id"))),
    ],
)
def test_an_ordering_is_orders(query: str, order: Any) -> None:
    assert asked(query).order == order


@pytest.mark.parametrize(
    ("query", "kind", "said"),
    [
        ("ordering=", BadParameter, '"ordering": Names of fields are required, such as title,-id.'),
        ("ordering=notes", UnknownName, 'unknown ordering "notes"'),
        ("ordering=title,title", BadParameter, '"ordering": "title" is there twice.'),
        ("ordering=title,title:nullslast", BadParameter, '"ordering": "title:nullslast" is there twice.'),
        ("ordering=title:nulls", BadParameter, '"ordering": Behind the colon stands nullsfirst or nullslast, not "nulls".'),
        ("titel=a", UnknownName, 'unknown filter "titel"; did you mean "title"?'),
        ("titel__exact=a", UnknownName, 'unknown filter "titel"; did you mean "title"?'),
        ("length__contains=a", UnknownName, 'unknown lookup "contains"'),
        ("length__in=5,x", BadParameter, '"length__in": A valid integer is required.'),
        ("length__in=", BadParameter, '"length__in": A valid integer is required.'),
        ('title__in="a', BadParameter, '"title__in": A quote is not closed.'),
        ("length__range=5", BadParameter, '"length__range": Two values are required, the first and the last.'),
        ("title__isnull=maybe", BadParameter, '"title__isnull": true or false is required.'),
        ("or=title", BadParameter, '"or": A ( is expected at character 1.'),
        ("or=(titel=a)", UnknownName, 'unknown filter "titel"; did you mean "title"?'),
        ("or=(length=x)", BadParameter, '"length": A valid integer is required.'),
        ("or=(title=(a,b))", BadParameter, '"title": One value is required, without parentheses.'),
        ("search=a", BadParameter, '"search": This list cannot be searched.'),
        ("title__exact__exact=a", UnknownName, 'unknown lookup "exact__exact"'),
        ("ofset=1", UnknownName, 'unknown filter "ofset"; did you mean "offset"?'),
        ("length=x", BadParameter, '"length": A valid integer is required.'),
        ("total=3", BadParameter, '"total": The total is one of exact, none, capped; to filter by the field, write total__exact=.'),
        (
            "on_conflict=3",
            BadParameter,
            '"on_conflict": This parameter belongs to a POST that may find rows there already; '
            "to filter by the field, write on_conflict__exact=.",
        ),
        ("omit__exact=title", UnknownName, 'unknown filter "omit"; did you mean "format"?'),
    ],
)
def test_what_cannot_be_understood_is_refused(query: str, kind: type[PyrestError], said: str) -> None:
    with pytest.raises(kind) as refusal:
        asked(query)
    assert str(refusal.value) == said


def test_every_parameter_of_the_api_is_built_or_refused() -> None:
    for name in RESERVED - set(BUILT):
        with pytest.raises(BadParameter, match="belongs to a POST"):
            asked(f"{name}=1")


@pytest.mark.parametrize("query", ["a=1", "count=1", "="])
def test_requests_that_take_no_parameters_refuse_them(query: str) -> None:
    with pytest.raises(UnknownName, match="unknown parameter"):
        refuse_all(parameters(query))


def test_requests_that_take_no_parameters_take_an_empty_query_string() -> None:
    refuse_all(parameters(""))
    refuse_all(parameters("&"))


@given(st.text(st.characters(max_codepoint=255)))
@settings(deadline=None)
def test_any_query_string_is_understood_or_refused(text: str) -> None:
    try:
        found = asked(text)
    except PyrestError as refusal:
        assert str(refusal)
    else:
        assert found.window.pairs == parameters(text)
