"""The surface of a resource: which names may be filtered and ordered by, and how texts become conditions and orders."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import models
from pyrest.errors import BadParameter, Invalid, Misdeclared, UnknownName
from pyrest.models.model import declaration
from pyrest.plan import Compare, IsNull, Linked, Not, OneOf, Or, Order, Where
from pyrest.surface import Filter, Surface, column_filter, field_names, surface


class Box(models.Model):
    label = models.StringField()
    weight = models.DecimalField(8, 2)
    open = models.BooleanField()
    inside = models.IntegerField(foreign=("box", "id"))
    code = models.StringField(foreign=("box", "label"))
    data = models.JSONField()
    id = models.PkField()


BOX = declaration(Box)


def shown_as(*names: str, filter_fields: Any = None, ordering_fields: Any = None, **more: Filter) -> Surface:
    """The surface of a representation that shows these fields, and filters of its own beside them."""
    filters = {name: column_filter(BOX.fields[name]) for name in names} | more
    return surface(BOX, filters, {name: name for name in names}, filter_fields, ordering_fields, "Boxes")


ALL = shown_as(*BOX.fields)


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
    found = shown_as(*shown, filter_fields=filter_fields, ordering_fields=ordering_fields)
    assert (set(found.filters), set(found.orderings)) == (filters, orderings)


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
        shown_as("label", filter_fields=names)
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
    assert ALL.condition(ALL.filters[name], texts, name, None) == where


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
        ALL.condition(ALL.filters[name], texts, f"{name}__exact", None)
    assert str(refusal.value) == said


# Filters that are no fields of the rows' own.


def outside(where: Where) -> Where:
    return Linked("inside", Box, "id", where)


BY_LABEL = Filter("label", lambda text, place: text or None, Not(outside(Compare("open", "=", True))), outside)


@pytest.mark.parametrize(
    ("texts", "where"),
    [
        (["a"], outside(Compare("label", "=", "a"))),
        (["a", "b"], outside(OneOf("label", ("a", "b")))),
        ([""], BY_LABEL.null),
        (["a", ""], Or((outside(OneOf("label", ("a",))), BY_LABEL.null))),
        (["", ""], Or((outside(OneOf("label", ())), BY_LABEL.null))),
    ],
)
def test_values_are_reached_and_null_is_a_condition_of_its_own(texts: list[str], where: Where) -> None:
    assert ALL.condition(BY_LABEL, texts, "box", None) == where


def test_a_filter_by_a_column_reaches_the_rows_themselves() -> None:
    found = column_filter(BOX.fields["label"])
    assert found.reach(Compare("label", "=", "a")) == Compare("label", "=", "a")
    assert (found.field, found.null) == ("label", IsNull("label"))


def by_link(text: str, place: Any) -> Any:
    if text not in place:
        raise Invalid("Invalid hyperlink - No URL match.")
    return place[text]


def test_a_filter_is_read_in_the_place_of_the_request() -> None:
    linked = Filter("inside", by_link, IsNull("inside"))
    assert ALL.condition(linked, ["/box/7/"], "inside", {"/box/7/": 7}) == Compare("inside", "=", 7)
    with pytest.raises(BadParameter, match=r'^"inside": Invalid hyperlink - No URL match\.$'):
        ALL.condition(linked, ["/box/8/"], "inside", {"/box/7/": 7})


@pytest.mark.parametrize(
    ("filter_fields", "filters"),
    [
        (None, {"label", "outer"}),
        (("outer",), {"outer"}),
        (("outer", "weight"), {"outer", "weight"}),
    ],
)
def test_a_filter_of_the_representation_may_be_named_like_a_field(filter_fields: Any, filters: set[str]) -> None:
    assert shown_as("label", filter_fields=filter_fields, outer=BY_LABEL).filters.keys() == filters


def test_a_filter_of_the_representation_comes_before_the_field_of_its_name() -> None:
    assert shown_as("label", filter_fields=("inside",), inside=BY_LABEL).filters == {"inside": BY_LABEL}


# Orders.


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


@pytest.mark.parametrize("ordering_fields", [None, ("name",), ("name", "id")])
def test_an_order_may_have_another_name_than_its_field(ordering_fields: Any) -> None:
    found = surface(BOX, {}, {"name": "label"}, None, ordering_fields, "Boxes")
    assert found.order(["-name"]) == (Order("label", descending=True),)


def test_two_names_of_one_field_order_once() -> None:
    found = surface(BOX, {}, {"name": "label", "label": "label"}, None, None, "Boxes")
    with pytest.raises(BadParameter, match='"label" is there twice'):
        found.order(["name", "label"])
