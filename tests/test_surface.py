"""The surface of a resource: which names may be filtered and ordered by, and how texts become conditions and orders."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import models
from pyrest.errors import BadParameter, Misdeclared, UnknownName
from pyrest.models.model import declaration
from pyrest.plan import Compare, IsNull, OneOf, Or, Order
from pyrest.surface import field_names, surface


class Box(models.Model):
    label = models.StringField()
    weight = models.DecimalField(8, 2)
    open = models.BooleanField()
    inside = models.IntegerField(foreign=("box", "id"))
    code = models.StringField(foreign=("box", "label"))
    data = models.JSONField()
    id = models.PkField()


BOX = declaration(Box)
ALL = surface(BOX, BOX.fields, None, None, "Boxes")


@pytest.mark.parametrize(
    ("shown", "filter_fields", "ordering_fields", "filters", "orderings"),
    [
        (("label", "data"), None, None, {"label", "data"}, {"label"}),
        (("label", "id"), ("id",), None, {"id"}, {"label", "id"}),
        (("label", "id"), None, ["id"], {"label", "id"}, {"id"}),
        (("label",), ("weight", "id"), {"id"}, {"weight", "id"}, {"id"}),
        (("label",), (), (), set(), set()),
        ((), None, None, set(), set()),
        (("label",), None, ("data",), {"label"}, set()),
    ],
)
def test_what_is_shown_may_be_asked_for_unless_options_say_less(
    shown: tuple[str, ...], filter_fields: Any, ordering_fields: Any, filters: set[str], orderings: set[str]
) -> None:
    found = surface(BOX, shown, filter_fields, ordering_fields, "Boxes")
    assert (found.filters.keys(), found.orderings.keys()) == (filters, orderings)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("label", 'Boxes.filter_fields is a tuple of names: write ("label",)'),
        (5, "Boxes.filter_fields is a tuple of names, not 5"),
        (("lable",), "Boxes.filter_fields: 'lable' is no field of Box; did you mean \"label\"?"),
        (("ressource_uri",), "Boxes.filter_fields: 'ressource_uri' is no field of Box"),
        ((None,), "Boxes.filter_fields: None is no field of Box"),
    ],
)
def test_options_name_fields(names: Any, said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        surface(BOX, ("label",), names, None, "Boxes")
    assert str(refusal.value) == said


@pytest.mark.parametrize("names", [("label", "id"), ["label", "id"]])
def test_the_names_of_an_option_keep_their_order(names: Any) -> None:
    assert field_names(BOX, names, "Boxes.fields") == ("label", "id")


@pytest.mark.parametrize(
    ("name", "texts", "where"),
    [
        ("label", ["a"], Compare("label", "=", "a")),
        ("label", [""], Compare("label", "=", "")),
        ("label", ["a", "b"], OneOf("label", ("a", "b"))),
        ("label", ["a", ""], OneOf("label", ("a", ""))),
        ("open", ["true", "0"], OneOf("open", (True, False))),
        ("inside", ["1"], Compare("inside", "=", 1)),
        ("inside", [""], IsNull("inside")),
        ("inside", ["1", ""], Or((OneOf("inside", (1,)), IsNull("inside")))),
        ("code", [""], IsNull("code")),
        ("data", ["null"], IsNull("data")),
    ],
)
def test_texts_become_a_condition(name: str, texts: list[str], where: Any) -> None:
    assert ALL.condition(ALL.filters[name], texts, name) == where


@pytest.mark.parametrize(
    ("name", "texts", "said"),
    [
        ("weight", ["heavy"], '"weight__exact": A valid decimal number is required.'),
        ("weight", ["1.00", "1.001"], '"weight__exact": Ensure that there are no more than 2 decimal places.'),
        ("open", [""], '"open__exact": Must be a valid boolean: true or false.'),
    ],
)
def test_a_text_that_is_no_value_is_refused_under_the_parameters_name(name: str, texts: list[str], said: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        ALL.condition(ALL.filters[name], texts, f"{name}__exact")
    assert str(refusal.value) == said


@pytest.mark.parametrize(
    ("names", "orders"),
    [
        ([], ()),
        (["label"], (Order("label"),)),
        (["-weight", "label"], (Order("weight", descending=True), Order("label"))),
    ],
)
def test_names_become_orders(names: list[str], orders: tuple[Order, ...]) -> None:
    assert ALL.order(names) == orders


@pytest.mark.parametrize(
    ("names", "kind", "said"),
    [
        (["wieght"], UnknownName, 'unknown ordering "wieght"; did you mean "weight"?'),
        (["data"], UnknownName, 'unknown ordering "data"'),
        (["--label"], UnknownName, 'unknown ordering "-label"; did you mean "label"?'),
        ([""], UnknownName, 'unknown ordering ""'),
        (["label", "-label"], BadParameter, '"ordering": "label" is there twice.'),
    ],
)
def test_names_that_order_nothing_are_refused(names: list[str], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as refusal:
        ALL.order(names)
    assert str(refusal.value) == said
