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
from pyrest.lookups import LOOKUPS, MAX_RELATIONS, both, condition, conditions, ordering
from pyrest.models.catalog import resolve
from pyrest.models.model import declaration
from pyrest.plan import EVERYTHING, And, Compare, IsNull, Linked, Not, OneOf, Or, Order, Where
from tests.markdown import ROOT


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
        ("label", Label(), "label: This row is not stored, so nothing can point at it."),
        ("pk", LABEL, "pk: A row of Album is required, not one of Label."),
        ("pk", Album(title="Blu"), "pk: This row is not stored, so nothing can point at it."),
        ("label", Album(title="Blu"), "label: A row of label is required, not one of Album."),
        ("slug", Label(code="AN"), "slug: This row has no slug, so nothing can point at it."),
        ("year", LABEL, "year: A value is required, not a row of Label."),
        ("label__code", "AN", 'unknown lookup "code"'),
    ],
    ids=ascii,
)
def test_refusals(name: str, value: Any, error: str) -> None:
    with pytest.raises((UnknownName, ValidationError)) as caught:
        condition(ALBUM, name, value)
    assert str(caught.value) == error


class Place(models.Model):
    id = models.PkField()
    gt = models.IntegerField()
    name = models.StringField(column="Name")
    notes = models.JSONField()
    within = models.ForeignKey("place")
    host = models.OneToOneField("person", related_name="+")
    far = models.ForeignKey("nowhere")


class Person(models.Model):
    code = models.StringPkField()
    name = models.StringField()
    home = models.ForeignKey(Place, related_name="people")


class Shop(models.Model):
    id = models.PkField()
    place = models.ForeignKey(Place)


class Nowhere(models.Model):
    id = models.PkField()


resolve([Shop, Person, Nowhere])
SHOP = declaration(Shop)


def at_place(where: Where) -> Where:
    return Linked("place", Place, "id", where)


def at_host(where: Where) -> Where:
    return at_place(Linked("host", Person, "code", where))


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("place__name", "Rome", at_place(Compare("name", "=", "Rome"))),
        ("place__name__exact", "Rome", at_place(Compare("name", "=", "Rome"))),
        ("place__name__gt", "M", at_place(Compare("name", ">", "M"))),
        ("place__name__in", ["Rome", "Oslo"], at_place(OneOf("name", ("Rome", "Oslo")))),
        ("place__name__ne", "Rome", Not(at_place(Compare("name", "=", "Rome")))),
        ("place__name", None, Not(at_place(Not(IsNull("name"))))),
        ("place__name__isnull", True, Not(at_place(Not(IsNull("name"))))),
        ("place__name__isnull", False, at_place(Not(IsNull("name")))),
        ("place__name__ne", None, at_place(Not(IsNull("name")))),
        ("place__pk", 3, at_place(Compare("id", "=", 3))),
        ("place__pk__gt", 3, at_place(Compare("id", ">", 3))),
        ("place__within", 3, at_place(Compare("within", "=", 3))),
        ("place__within", Place(id=3), at_place(Compare("within", "=", 3))),
        ("place__within_id", 3, at_place(Compare("within", "=", 3))),
        ("place__within__in", [3, Place(id=4)], at_place(OneOf("within", (3, 4)))),
        ("place__within__name", "Rome", at_place(Linked("within", Place, "id", Compare("name", "=", "Rome")))),
        ("place__host__name", "Ann", at_host(Compare("name", "=", "Ann"))),
        ("place__host__pk", "ann", at_host(Compare("code", "=", "ann"))),
        ("place__host__home__name", "Oslo", at_host(Linked("home", Place, "id", Compare("name", "=", "Oslo")))),
        ("place__host__name__isnull", True, Not(at_host(Not(IsNull("name"))))),
        ("place__gt", 3, Compare("place", ">", 3)),
        ("place__gt__exact", 3, at_place(Compare("gt", "=", 3))),
        ("place__gt__lt", 3, at_place(Compare("gt", "<", 3))),
    ],
    ids=ascii,
)
def test_a_path_through_foreign_keys(name: str, value: Any, where: Where) -> None:
    assert condition(SHOP, name, value) == where


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("place__nmae", "x", 'unknown field "nmae"; did you mean "name"?'),
        ("place__hots__name", "x", 'unknown field "hots"; did you mean "host"?'),
        ("place__host__nam", "x", 'unknown field "nam"; did you mean "name"?'),
        ("place__isnul", True, 'unknown lookup "isnul"; did you mean "isnull"?'),
        ("place__host__isnul", True, 'unknown lookup "isnul"; did you mean "isnull"?'),
        ("place__zzz", 1, 'unknown field "zzz"'),
        ("place__gte__zzz", 1, 'unknown field "gte"; did you mean "gt"?'),
        ("place__name__zzz", 1, 'unknown lookup "zzz"'),
        ("place__", 1, 'unknown lookup ""'),
        ("place__name__", 1, 'unknown lookup ""'),
        ("place____name", 1, 'unknown field ""'),
        ("place_id__zzz", "x", 'unknown lookup "zzz"'),
        ("place__people__name", "x", 'unknown field "people"'),
        ("place__notes__gt", 1, "place__notes__gt: notes has no order, so gt means nothing here."),
        ("place__gt__exact", "x", "place__gt__exact: A valid integer is required."),
        ("place__within", Person(code="ann"), "place__within: A row of Place is required, not one of Person."),
        ("place__within", Place(), "place__within: This row is not stored, so nothing can point at it."),
    ],
    ids=ascii,
)
def test_paths_that_are_refused(name: str, value: Any, error: str) -> None:
    with pytest.raises((UnknownName, ValidationError)) as caught:
        condition(SHOP, name, value)
    assert str(caught.value) == error


def test_a_path_follows_so_many_relations_and_no_more() -> None:
    longest = "__".join(["within"] * MAX_RELATIONS)
    assert isinstance(condition(declaration(Place), f"{longest}__name", "Rome"), Linked)
    with pytest.raises(ValidationError, match=f"A path follows at most {MAX_RELATIONS} relations"):
        condition(declaration(Place), f"{longest}__within__name", "Rome")
    with pytest.raises(ValidationError, match=f"A path follows at most {MAX_RELATIONS} relations"):
        condition(declaration(Place), f"{'within__' * 100_000}name", "Rome")


def test_the_reference_says_how_many_relations() -> None:
    assert f"at most {MAX_RELATIONS} relations" in (ROOT / "docs" / "reference" / "relations.md").read_text()


def test_a_target_that_is_only_a_name_is_known_once_a_catalog_is() -> None:
    class Stall(models.Model):
        id = models.PkField()
        market = models.ForeignKey("market")

    class Market(models.Model):
        id = models.PkField()
        name = models.StringField()

    with pytest.raises(Misdeclared) as refusal:
        condition(declaration(Stall), "market__name", "x")
    assert str(refusal.value) == "Stall.market: the table 'market' is not known before a Wrapper or a store has its model"
    resolve([Stall, Market])
    assert condition(declaration(Stall), "market__name", "x") == Linked("market", Market, "id", Compare("name", "=", "x"))


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
