"""Paths: names through relations in both directions → conditions and orders of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import models
from pyrest.errors import Misdeclared, PyrestError, UnknownName, ValidationError
from pyrest.linking import both, own_order
from pyrest.models.catalog import resolve
from pyrest.models.model import Model, declaration
from pyrest.paths import MAX_RELATIONS, ModelNames, followed, ordering, where_of
from pyrest.plan import EVERYTHING, And, Compare, IsNull, Linked, Not, OneOf, Or, Order, Step, Text, Where
from pyrest.q import Q
from tests.markdown import ROOT


class Place(models.Model):
    id = models.PkField()
    gt = models.IntegerField()
    name = models.StringField(column="Name")
    notes = models.JSONField()
    within = models.ForeignKey("place", related_name="parts")
    host = models.OneToOneField("person", related_name="inn")
    stickers = models.GenericRelation("sticker")

    class Meta:
        ordering = ("-name", "gt")


class Person(models.Model):
    code = models.StringPkField()
    name = models.StringField()
    home = models.ForeignKey(Place, related_name="people")
    clubs = models.ManyToManyField("club", related_name="members")


class Club(models.Model):
    id = models.PkField()
    name = models.StringField()


class Shop(models.Model):
    id = models.PkField()
    place = models.ForeignKey(Place, related_name="+")


class Sticker(models.Model):
    id = models.PkField()
    text = models.StringField()
    content_type = models.StringField()
    object_id = models.IntegerField()
    content_object = models.GenericForeignKey()


CATALOG = resolve([Shop, Place, Person, Club, Sticker])
MEMBERSHIP = next(model for model in CATALOG.models if model not in (Shop, Place, Person, Club, Sticker))


def names(model: type[Model]) -> ModelNames:
    return ModelNames(declaration(model), lambda: CATALOG)


def where(model: type[Model], q: Q) -> Where:
    return where_of(lambda name: followed(names(model), name), q)


def one(model: type[Model], name: str, value: Any) -> Where:
    return where(model, Q.of("and", ((name, value),), ()))


def at_place(condition: Where) -> Where:
    return Linked("place", Place, "id", condition)


def at_host(condition: Where) -> Where:
    return at_place(Linked("host", Person, "code", condition))


@pytest.mark.parametrize(
    ("name", "value", "condition"),
    [
        ("place__name", "Rome", at_place(Compare("name", "=", "Rome"))),
        ("place__name__exact", "Rome", at_place(Compare("name", "=", "Rome"))),
        ("place__name__gt", "M", at_place(Compare("name", ">", "M"))),
        ("place__name__in", ["Rome", "Oslo"], at_place(OneOf("name", ("Rome", "Oslo")))),
        ("place__name__icontains", "ro", at_place(Text("name", "anywhere", "ro", "ascii"))),
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
def test_a_path_through_foreign_keys(name: str, value: Any, condition: Where) -> None:
    assert one(Shop, name, value) == condition


ANN = Compare("name", "=", "Ann")


def club(condition: Where) -> Where:
    return Linked("code", MEMBERSHIP, "person", Linked("club", Club, "id", condition))


def sticker(condition: Where) -> Where:
    return Linked("id", Sticker, "object_id", And((Compare("content_type", "=", "place"), condition)))


@pytest.mark.parametrize(
    ("model", "name", "value", "condition"),
    [
        (Place, "people__name", "Ann", Linked("id", Person, "home", ANN)),
        (Place, "people", "ann", Linked("id", Person, "home", Compare("code", "=", "ann"))),
        (Place, "people__in", ["ann"], Linked("id", Person, "home", OneOf("code", ("ann",)))),
        (Place, "people__ne", "ann", Not(Linked("id", Person, "home", Compare("code", "=", "ann")))),
        (Place, "people__isnull", True, Not(Linked("id", Person, "home", Not(IsNull("code"))))),
        (Place, "people__isnull", False, Linked("id", Person, "home", Not(IsNull("code")))),
        (Place, "people", None, Not(Linked("id", Person, "home", Not(IsNull("code"))))),
        (Place, "people__name__ne", "Ann", Not(Linked("id", Person, "home", ANN))),
        (Place, "parts__parts__name", "Ann", Linked("id", Place, "within", Linked("id", Place, "within", ANN))),
        (Place, "host__clubs__name", "Ann", Linked("host", Person, "code", club(ANN))),
        (Person, "inn__gt__gte", 3, Linked("code", Place, "host", Compare("gt", ">=", 3))),
        (Person, "clubs__name", "Ann", club(ANN)),
        (Person, "clubs", 7, club(Compare("id", "=", 7))),
        (Person, "clubs__name__ne", "Ann", Not(club(ANN))),
        (Club, "members__name", "Ann", Linked("id", MEMBERSHIP, "club", Linked("person", Person, "code", ANN))),
        (Place, "stickers__text", "new", sticker(Compare("text", "=", "new"))),
        (Place, "stickers", 5, sticker(Compare("id", "=", 5))),
        (Place, "stickers__isnull", True, Not(sticker(Not(IsNull("id"))))),
    ],
    ids=str,
)  # fmt: skip
def test_a_path_through_relations_of_every_kind(model: type[Model], name: str, value: Any, condition: Where) -> None:
    assert one(model, name, value) == condition


@pytest.mark.parametrize(
    ("q", "condition"),
    [
        (Q(people__name="Ann", people__code__gt="b"), Linked("id", Person, "home", And((ANN, Compare("code", ">", "b"))))),
        (Q(people__name="Ann") & Q(people__code__gt="b"), And((
            Linked("id", Person, "home", ANN), Linked("id", Person, "home", Compare("code", ">", "b"))))),
        (Q(people__name="Ann") | Q(people__code__gt="b"), Or((
            Linked("id", Person, "home", ANN), Linked("id", Person, "home", Compare("code", ">", "b"))))),
        (Q(people__name="Ann", people__code__ne="b"), And((
            Not(Linked("id", Person, "home", Compare("code", "=", "b"))), Linked("id", Person, "home", ANN)))),
        (Q(gt=1, people__name="Ann", within__gt__lt=3), And((
            Compare("gt", "=", 1), Linked("id", Person, "home", ANN), Linked("within", Place, "id", Compare("gt", "<", 3))))),
        (~Q(people__name="Ann", people__code="b"), Not(Linked("id", Person, "home", And((ANN, Compare("code", "=", "b")))))),
    ],
    ids=repr,
)  # fmt: skip
def test_the_lookups_of_one_q_are_about_one_row_at_the_end_of_a_relation(q: Q, condition: Where) -> None:
    assert where(Place, q) == condition


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("place__nmae", "x", 'unknown field "nmae"; did you mean "name"?'),
        ("place__hots__name", "x", 'unknown field "hots"; did you mean "host"?'),
        ("place__host__nam", "x", 'unknown field "nam"; did you mean "name"?'),
        ("place__peopl__name", "x", 'unknown field "peopl"; did you mean "people"?'),
        ("place__isnul", True, 'unknown lookup "isnul"; did you mean "isnull"?'),
        ("place__host__isnul", True, 'unknown lookup "isnul"; did you mean "isnull"?'),
        ("place__people__isnul", True, 'unknown lookup "isnul"; did you mean "isnull"?'),
        ("place__zzz", 1, 'unknown field "zzz"'),
        ("place__gte__zzz", 1, 'unknown lookup "gte__zzz"'),
        ("place__name__zzz", 1, 'unknown lookup "zzz"'),
        ("place__", 1, 'unknown field ""'),
        ("place__name__", 1, 'unknown lookup ""'),
        ("place____name", 1, 'unknown field ""'),
        ("place_id__zzz", "x", 'unknown lookup "zzz"'),
        ("shops", 1, 'unknown field "shops"'),
        ("place__notes__gt", 1, 'unknown lookup "gt"'),
        ("place__gt__exact", "x", "place__gt__exact: A valid integer is required."),
        ("place__within", Person(code="ann"), "place__within: A row of Place is required, not one of Person."),
        ("place__within", Place(), "place__within: This row is not stored, so nothing can point at it."),
        ("place__stickers__content_object", 1, 'unknown field "content_object"; did you mean "content_type"?'),
    ],
    ids=ascii,
)
def test_paths_that_are_refused(name: str, value: Any, error: str) -> None:
    with pytest.raises((UnknownName, ValidationError)) as caught:
        one(Shop, name, value)
    assert str(caught.value) == error


@pytest.mark.parametrize("relation", ["within", "parts"])
def test_a_path_follows_so_many_relations_and_no_more(relation: str) -> None:
    longest = "__".join([relation] * MAX_RELATIONS)
    assert isinstance(one(Place, f"{longest}__name", "Rome"), Linked)
    for longer in (f"{longest}__{relation}__name", f"{relation}__" * 100_000 + "name"):
        with pytest.raises(ValidationError, match=f"A path follows at most {MAX_RELATIONS} relations"):
            one(Place, longer, "Rome")


def test_the_reference_says_how_many_relations() -> None:
    assert f"at most {MAX_RELATIONS} relations" in (ROOT / "docs" / "reference" / "relations.md").read_text()


def test_without_a_catalog_there_are_no_relations() -> None:
    alone = ModelNames(declaration(Shop), lambda: None)
    assert followed(alone, "place").leaf.field.name == "place"
    with pytest.raises(UnknownName, match='unknown lookup "name"'):
        where_of(lambda name: followed(alone, name), Q(place__name="Rome"))


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


# Orders.

TO_PLACE = Step("place", Place, "id")
TO_HOST = Step("host", Person, "code")


@pytest.mark.parametrize(
    ("given", "orders"),
    [
        ((), ()),
        (("place",), (Order("place"),)),
        (("-place", "id"), (Order("place", descending=True), Order("id"))),
        (("pk",), (Order("id"),)),
        (("-pk",), (Order("id", descending=True),)),
        (("place_id",), (Order("place"),)),
        (("place:nullsfirst",), (Order("place", nulls="first"),)),
        (("-place:nullslast",), (Order("place", descending=True, nulls="last"),)),
        (("place__name",), (Order("name", steps=(TO_PLACE,)),)),
        (("-place__host__name:nullsfirst",), (Order("name", True, "first", (TO_PLACE, TO_HOST)),)),
        (("place__host__inn__gt",), (Order("gt", steps=(TO_PLACE, TO_HOST, Step("code", Place, "host"))),)),
        (("place__pk",), (Order("id", steps=(TO_PLACE,)),)),
    ],
    ids=str,
)
def test_ordering(given: tuple[str, ...], orders: tuple[Order, ...]) -> None:
    assert ordering(names(Shop), given) == orders


@pytest.mark.parametrize(
    ("name", "kind", "error"),
    [
        ("palce", UnknownName, 'unknown ordering "palce"; did you mean "place"?'),
        ("--place", UnknownName, 'unknown ordering "-place"; did you mean "place"?'),
        ("", UnknownName, 'unknown ordering ""'),
        ("place__nmae", UnknownName, 'unknown ordering "nmae"; did you mean "name"?'),
        ("place__name__year", UnknownName, 'unknown ordering "place__name__year"'),
        ("place__isnull", UnknownName, 'unknown ordering "isnull"'),
        ("place__notes", Misdeclared, "ordering 'place__notes': The values of notes have no order."),
        ("place__people__name", Misdeclared, "ordering 'place__people__name': people leads to several rows, which give no order."),
        ("place__stickers", Misdeclared, "ordering 'place__stickers': stickers leads to several rows, which give no order."),
        ("place:nulls", Misdeclared, "ordering 'place:nulls': Behind the colon stands nullsfirst or nullslast, not \"nulls\"."),
        ("place:", Misdeclared, "ordering 'place:': Behind the colon stands nullsfirst or nullslast, not \"\"."),
    ],
)
def test_orderings_that_mean_nothing(name: str, kind: type[PyrestError], error: str) -> None:
    with pytest.raises(kind) as caught:
        ordering(names(Shop), [name])
    assert str(caught.value) == error


def test_a_model_says_the_order_of_its_rows() -> None:
    assert own_order(declaration(Place)) == (Order("name", descending=True), Order("gt"))
