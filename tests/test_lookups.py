"""Lookups: names and values → conditions of a plan. What they select is held in `datastores/test_contract.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pyrest import models
from pyrest.errors import Misdeclared, PyrestError, UnknownName, ValidationError
from pyrest.lookups import LOOKUPS, both, condition, conditions, ordering
from pyrest.models.model import declaration
from pyrest.plan import EVERYTHING, And, Compare, IsNull, Not, OneOf, Or, Order, Where


class Label(models.Model):
    code = models.StringPkField()
    slug = models.SlugField(unique=True, column="the_slug")


class Album(models.Model):
    key = models.PkField()
    title = models.StringField(max_length=3)
    year = models.IntegerField(min=1900)
    price = models.DecimalField(5, 2)
    rating = models.FloatField()
    live = models.BooleanField()
    released = models.DateField()
    added = models.DateTimeField()
    code = models.UUIDField()
    notes = models.JSONField()
    label = models.StringField(foreign=("label", "code"))
    slug = models.SlugField(foreign=("label", "the_slug"), related_name="+")


ALBUM = declaration(Album)
ID = UUID(int=7)
NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
LABEL = Label(code="AN", slug="asylum")


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("title", "Blue", Compare("title", "=", "Blue")),
        ("title__exact", "Blue", Compare("title", "=", "Blue")),
        ("title", None, IsNull("title")),
        ("title__exact", None, IsNull("title")),
        ("title__ne", "Blue", Not(Compare("title", "=", "Blue"))),
        ("title__ne", None, Not(IsNull("title"))),
        ("year__gt", 1970, Compare("year", ">", 1970)),
        ("year__gte", 1970, Compare("year", ">=", 1970)),
        ("year__lt", 1970, Compare("year", "<", 1970)),
        ("year__lte", 1970, Compare("year", "<=", 1970)),
        ("year__in", [1, 2], OneOf("year", (1, 2))),
        ("year__in", range(3), OneOf("year", (0, 1, 2))),
        ("year__in", (n for n in (1, 2)), OneOf("year", (1, 2))),
        ("year__in", (), OneOf("year", ())),
        ("year__isnull", True, IsNull("year")),
        ("year__isnull", False, Not(IsNull("year"))),
        ("pk", 3, Compare("key", "=", 3)),
        ("pk__in", [3], OneOf("key", (3,))),
        ("year", 1970.0, Compare("year", "=", 1970)),
        ("price", "9.5", Compare("price", "=", Decimal("9.50"))),
        ("price__lt", 9, Compare("price", "<", Decimal("9.00"))),
        ("released", "2024-02-29", Compare("released", "=", date(2024, 2, 29))),
        ("added", "2024-02-29T14:00:00+02:00", Compare("added", "=", NOON)),
        ("added__gt", NOON.astimezone(timezone(timedelta(hours=2))), Compare("added", ">", NOON)),
        ("code", str(ID).upper(), Compare("code", "=", ID)),
        ("notes", {"a": [1]}, Compare("notes", "=", {"a": [1]})),
        ("label", LABEL, Compare("label", "=", "AN")),
        ("label__in", [LABEL, "XX"], OneOf("label", ("AN", "XX"))),
        ("slug", LABEL, Compare("slug", "=", "asylum")),
        ("pk", Album(key=3), Compare("key", "=", 3)),
        ("key__in", [Album(key=3), 4], OneOf("key", (3, 4))),
    ],
    ids=ascii,
)
def test_conditions(name: str, value: Any, where: Where) -> None:
    assert condition(ALBUM, name, value) == where


@pytest.mark.parametrize(
    ("name", "value"),
    [("title", "longer than the field takes"), ("year", 3), ("label", "nobody")],
)
def test_the_limits_of_a_field_do_not_limit_a_comparison(name: str, value: Any) -> None:
    assert condition(ALBUM, name, value) == Compare(name, "=", value)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("titel", "x", 'unknown field "titel"; did you mean "title"?'),
        ("title__lik", "x", 'unknown lookup "lik"'),
        ("year__gtee", 1, 'unknown lookup "gtee"; did you mean "gte"?'),
        ("year__gt__lt", 1, 'unknown lookup "gt__lt"'),
        ("year__", 1, 'unknown lookup ""'),
        ("", 1, 'unknown field ""'),
        ("year", "1970", "year: A valid integer is required."),
        ("year__gt", None, "year__gt: A valid integer is required."),
        ("year", True, "year: A valid integer is required."),
        ("year", 2**63, f"year: This integer is outside 64 bits ({-(2**63)} to {2**63 - 1})."),
        ("year__in", [1, "x"], "year__in: A valid integer is required."),
        ("year__in", 5, "year__in: A list of values is required."),
        ("title__in", "Blue", "title__in: A list of values is required."),
        ("year__isnull", "true", "year__isnull: True or False is required."),
        ("year__isnull", 1, "year__isnull: True or False is required."),
        ("title", "a\x00b", "title: Null characters are not allowed."),
        ("added", datetime(2024, 2, 29), "added: The offset from UTC is missing: end with Z or ±hh:mm."),
        ("notes__gt", 1, "notes__gt: notes has no order, so gt means nothing here."),
        ("notes", float("nan"), "notes: It holds a number that is not finite."),
        ("rating", float("inf"), "rating: A finite number is required."),
        ("label", Label(), "label: Not a valid string."),
        ("pk", LABEL, "pk: Expected a value but got a row of label."),
        ("pk", Album(title="Blu"), "pk: A valid integer is required."),
        ("label", Album(title="Blu"), "label: Expected a row of label but got a row of album."),
        ("year", LABEL, "year: Expected a value but got a row of label."),
    ],
    ids=ascii,
)
def test_refusals(name: str, value: Any, error: str) -> None:
    with pytest.raises((UnknownName, ValidationError)) as caught:
        condition(ALBUM, name, value)
    assert str(caught.value) == error


def test_several_lookups_are_one_conjunction() -> None:
    assert conditions(ALBUM, {"title": "Blue", "year__gt": 1970}) == And((Compare("title", "=", "Blue"), Compare("year", ">", 1970)))


def test_no_lookup_is_everything() -> None:
    assert conditions(ALBUM, {}) == EVERYTHING


A, B, C = IsNull("title"), IsNull("year"), IsNull("price")


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((), EVERYTHING),
        ((EVERYTHING,), EVERYTHING),
        ((A,), A),
        ((EVERYTHING, A), A),
        ((A, B), And((A, B))),
        ((And((A, B)), C), And((A, B, C))),
        ((A, And((B, And((C,))))), And((A, B, And((C,))))),
        ((Or((A, B)), Not(C)), And((Or((A, B)), Not(C)))),
    ],
    ids=str,
)
def test_a_conjunction_has_no_empty_parts(parts: tuple[Where, ...], whole: Where) -> None:
    assert both(*parts) == whole


@pytest.mark.parametrize(
    ("names", "orders"),
    [
        ((), ()),
        (("title",), (Order("title"),)),
        (("-year", "title"), (Order("year", descending=True), Order("title"))),
        (("pk",), (Order("key"),)),
        (("-pk",), (Order("key", descending=True),)),
    ],
    ids=str,
)
def test_ordering(names: tuple[str, ...], orders: tuple[Order, ...]) -> None:
    assert ordering(ALBUM, names) == orders


@pytest.mark.parametrize(
    ("name", "kind", "error"),
    [
        ("tilte", UnknownName, 'unknown ordering "tilte"; did you mean "title"?'),
        ("--title", UnknownName, 'unknown ordering "-title"; did you mean "title"?'),
        ("-notes", Misdeclared, "Album.notes: its values have no order"),
    ],
)
def test_orderings_that_mean_nothing(name: str, kind: type[PyrestError], error: str) -> None:
    with pytest.raises(kind) as caught:
        ordering(ALBUM, [name])
    assert str(caught.value) == error


@pytest.mark.parametrize("build", LOOKUPS.values(), ids=LOOKUPS)
def test_every_lookup_gives_a_plan_for_a_field_that_may_be_null(build: Callable[[Any, Any], Where]) -> None:
    value = {LOOKUPS["in"]: [1970], LOOKUPS["isnull"]: True}.get(build, 1970)
    assert isinstance(build(Album.year, value), Compare | OneOf | IsNull | Not)
