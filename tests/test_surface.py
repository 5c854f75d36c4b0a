"""The surface of a resource: which names may be filtered, ordered and searched by, also through relations, and how texts are read."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import models
from pyrest.errors import Invalid, Misdeclared, UnknownName, ValidationError
from pyrest.models.catalog import resolve
from pyrest.models.model import declaration
from pyrest.paths import order_of, where_of
from pyrest.plan import Compare, Inside, IsNull, Linked, Not, OneOf, Or, Order, Step, Text, Where
from pyrest.q import Q
from pyrest.surface import Filter, OrderingNames, RequestNames, Surface, field_names, surface
from pyrest.trees import split


class Box(models.Model):
    label = models.StringField(unique=True)
    weight = models.DecimalField(8, 2)
    open = models.BooleanField()
    inside = models.ForeignKey("box", related_name="content")
    code = models.StringField(foreign=("box", "label"), related_name="+")
    data = models.JSONField()
    packed = models.DateField()
    id = models.PkField()


class Stamp(models.Model):
    id = models.PkField()
    text = models.StringField()
    box = models.ForeignKey(Box, related_name="stamps")


CATALOG = resolve([Box, Stamp])
BOX, STAMP = declaration(Box), declaration(Stamp)
EDGES = CATALOG.edges[Box]


def shown_as(*names: str, filter_fields: Any = None, ordering_fields: Any = None, edges: Any = (), **more: Filter) -> Surface:
    """The surface of a representation that shows these fields and relations, and filters of its own beside them."""
    columns = {name: Filter(BOX.fields[name]) for name in names}
    shown = {name: EDGES[name] for name in edges}
    return surface(BOX, columns | more, columns, shown, EDGES, filter_fields, ordering_fields, "Boxes")


ALL = shown_as(*BOX.fields)


def where(asked: Surface, *lookups: tuple[str, str], place: Any = None) -> Where:
    return where_of(RequestNames(asked, place, split).find, Q.of("and", lookups, ()))


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
    ("filter_fields", "edges"),
    [(None, {"inside"}), (("label",), set()), (("inside",), {"inside"}), (("content", "stamps"), {"content", "stamps"})],
)
def test_paths_lead_on_where_a_relation_is_shown_or_named(filter_fields: Any, edges: set[str]) -> None:
    assert set(shown_as("label", filter_fields=filter_fields, edges=["inside"]).edges) == edges


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("label", 'Boxes.filter_fields is a tuple of names: write ("label",)'),
        (5, "Boxes.filter_fields is a tuple of names, not 5"),
        (("lable",), "Boxes.filter_fields: 'lable' is no field of Box; did you mean \"label\"?"),
        (("contents",), "Boxes.filter_fields: 'contents' is no field of Box; did you mean \"content\"?"),
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
    ("name", "text", "condition"),
    [
        ("label", "a", Compare("label", "=", "a")),
        ("label", "", Compare("label", "=", "")),
        ("label__in", "a,b", OneOf("label", ("a", "b"))),
        ("label__in", "a,", OneOf("label", ("a", ""))),
        ("label__icontains", "50%", Text("label", "anywhere", "50%", "ascii")),
        ("label__isnull", "TRUE", None),
        ("label__isnull", "true", IsNull("label")),
        ("label__isnull", "1", IsNull("label")),
        ("label__isnull", "false", Not(IsNull("label"))),
        ("label__isnull", "0", Not(IsNull("label"))),
        ("open__in", "true,0", OneOf("open", (True, False))),
        ("inside", "1", Compare("inside", "=", 1)),
        ("inside", "", IsNull("inside")),
        ("inside__in", "1,", Or((OneOf("inside", (1,)), IsNull("inside")))),
        ("inside__ne", "", Not(IsNull("inside"))),
        ("code", "", IsNull("code")),
        ("data", "null", IsNull("data")),
        ("data__size", "3", Inside("data", ("size",), Or((Compare("", "=", "3"), Compare("", "=", 3))))),
        ("data__size", "red", Inside("data", ("size",), Or((Compare("", "=", "red"),)))),
        ("data__on", "true", Inside("data", ("on",), Or((Compare("", "=", "true"), Compare("", "=", True))))),
        ("data__on", "null", Inside("data", ("on",), Or((Compare("", "=", "null"), IsNull(""))))),
        ("data__on", "[1]", Inside("data", ("on",), Or((Compare("", "=", "[1]"),)))),
    ],
)
def test_texts_become_a_condition(name: str, text: str, condition: Where | None) -> None:
    if condition is None:
        with pytest.raises(ValidationError):
            where(ALL, (name, text))
    else:
        assert where(ALL, (name, text)) == condition


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("weight", "heavy", "weight: A valid decimal number is required."),
        ("weight__in", "1.00,1.001", "weight__in: Ensure that there are no more than 2 decimal places."),
        ("open", "", "open: Must be a valid boolean: true or false."),
        ("label__isnull", "yes", "label__isnull: true or false is required."),
        ("label__in", '"a', "label__in: A quote is not closed."),
        ("packed__year", "MMXXIV", "packed__year: A whole number is required."),
        ("packed__year", "２０２４", "packed__year: A whole number is required."),
        ("packed__month", "9" * 5000, "packed__month: A whole number is required."),
        ("packed__month", "", "packed__month: A whole number is required."),
    ],
)
def test_a_text_that_is_no_value_is_refused_under_the_name_that_was_sent(name: str, text: str, said: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        where(ALL, (name, text))
    assert str(refusal.value) == said


# Filters that are no fields of the rows' own.

OUTER_LABEL = Filter(BOX.fields["label"], (EDGES["inside"],))


def outside(condition: Where) -> Where:
    return Linked("inside", Box, "id", condition)


@pytest.mark.parametrize(
    ("name", "text", "condition"),
    [
        ("outer", "a", outside(Compare("label", "=", "a"))),
        ("outer__in", "a,b", outside(OneOf("label", ("a", "b")))),
        ("outer__ne", "a", Not(outside(Compare("label", "=", "a")))),
        ("outer__isnull", "true", Not(outside(Not(IsNull("label"))))),
        ("outer", "", Not(outside(Not(IsNull("label"))))),
    ],
)
def test_a_filter_may_be_about_related_rows(name: str, text: str, condition: Where) -> None:
    assert where(shown_as("label", outer=OUTER_LABEL), (name, text)) == condition


def by_link(text: str, place: Any) -> Any:
    if text not in place:
        raise Invalid("Invalid hyperlink - No URL match.")
    return place[text]


def test_a_filter_is_read_in_the_place_of_each_request() -> None:
    boxes = shown_as("label", link=Filter(BOX.fields["inside"], (), by_link))
    assert where(boxes, ("link", "/box/7/"), place={"/box/7/": 7}) == Compare("inside", "=", 7)
    assert where(boxes, ("link", "/box/7/"), place={"/box/7/": 8}) == Compare("inside", "=", 8)
    with pytest.raises(ValidationError, match=r"^link: Invalid hyperlink - No URL match\.$"):
        where(boxes, ("link", "/box/8/"), place={"/box/7/": 7})


@pytest.mark.parametrize(
    ("filter_fields", "filters"),
    [
        (None, {"label", "outer"}),
        (("outer",), {"outer"}),
        (("outer", "weight"), {"outer", "weight"}),
    ],
)
def test_a_filter_of_the_representation_may_be_named_like_a_field(filter_fields: Any, filters: set[str]) -> None:
    assert shown_as("label", filter_fields=filter_fields, outer=OUTER_LABEL).filters.keys() == filters


def test_a_filter_of_the_representation_comes_before_the_field_of_its_name() -> None:
    assert shown_as("label", filter_fields=("inside",), inside=OUTER_LABEL).filters == {"inside": OUTER_LABEL}


# Through relations.


def connected(*names: str) -> Surface:
    """Boxes that show a label and all relations, and stamps of which these fields are shown."""
    boxes = shown_as("label", edges=EDGES)
    columns = {name: Filter(STAMP.fields[name]) for name in names}
    boxes.others = {Box: boxes, Stamp: surface(STAMP, columns, columns, {}, {}, None, None, "Stamps")}
    return boxes


def with_stamp(condition: Where) -> Where:
    return Linked("id", Stamp, "box", condition)


@pytest.mark.parametrize(
    ("name", "text", "condition"),
    [
        ("stamps__text", "new", with_stamp(Compare("text", "=", "new"))),
        ("stamps", "5", with_stamp(Compare("id", "=", 5))),
        ("stamps", "", Not(with_stamp(Not(IsNull("id"))))),
        ("stamps__pk", "5", with_stamp(Compare("id", "=", 5))),
        ("stamps__isnull", "true", Not(with_stamp(Not(IsNull("id"))))),
        ("inside__label", "a", outside(Compare("label", "=", "a"))),
        ("inside__inside__label", "a", outside(outside(Compare("label", "=", "a")))),
        ("content__stamps__text", "new", Linked("id", Box, "inside", with_stamp(Compare("text", "=", "new")))),
    ],
)
def test_a_path_leads_to_what_the_other_side_shows(name: str, text: str, condition: Where) -> None:
    assert where(connected("text"), (name, text)) == condition


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stamps__id", 'unknown field "id"'),
        ("stamps__tetx", 'unknown field "tetx"; did you mean "text"?'),
        ("stamps__box", 'unknown field "box"'),
        ("inside__weight", 'unknown field "weight"'),
        ("weight", 'unknown filter "weight"'),
        ("stamp", 'unknown filter "stamp"; did you mean "stamps"?'),
        ("pk", 'unknown filter "pk"'),
    ],
)
def test_what_the_other_side_does_not_show_is_unknown(name: str, said: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        where(connected("text"), (name, "1"))
    assert str(refusal.value) == said


def test_a_relation_to_rows_without_a_surface_tells_only_which_they_are() -> None:
    boxes = shown_as("label", edges=["stamps"])
    assert where(boxes, ("stamps", "5")) == with_stamp(Compare("id", "=", 5))
    with pytest.raises(UnknownName, match='unknown lookup "text"'):
        where(boxes, ("stamps__text", "new"))


# Orders.


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("label", Order("label")),
        ("-label:nullsfirst", Order("label", True, "first")),
        ("inside__label", Order("label", steps=(Step("inside", Box, "id"),))),
        ("-inside__inside__label", Order("label", True, steps=(Step("inside", Box, "id"),) * 2)),
    ],
)
def test_names_become_orders(name: str, order: Order) -> None:
    assert order_of(OrderingNames(connected("text")), name) == order


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("wieght", UnknownName, 'unknown ordering "wieght"'),
        ("lable", UnknownName, 'unknown ordering "lable"; did you mean "label"?'),
        ("data", UnknownName, 'unknown ordering "data"'),
        ("--label", UnknownName, 'unknown ordering "-label"; did you mean "label"?'),
        ("", UnknownName, 'unknown ordering ""'),
        ("label__isnull", UnknownName, 'unknown ordering "label__isnull"'),
        ("stamps__text", Invalid, "stamps leads to several rows, which give no order."),
    ],
)
def test_names_that_order_nothing_are_refused(name: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as refusal:
        order_of(OrderingNames(connected("text")), name)
    assert str(refusal.value) == said


@pytest.mark.parametrize("ordering_fields", [None, ("name",), ("name", "id")])
def test_an_order_may_have_another_name_than_its_field(ordering_fields: Any) -> None:
    found = surface(BOX, {}, {"name": Filter(BOX.fields["label"])}, {}, {}, None, ordering_fields, "Boxes")
    assert order_of(OrderingNames(found), "-name") == Order("label", descending=True)
