"""Lookups: a field, words and a value in Python → conditions of a plan. What they select is held in `datastores/test_contract.py`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pyrest import models
from pyrest.errors import UnknownName, ValidationError
from pyrest.lookups import LOOKUPS, MAX_PARTS, MAX_TEXT, condition
from pyrest.models.model import declaration
from pyrest.paths import PYTHON, ModelNames, followed, where_of
from pyrest.plan import VALUE, And, Compare, Inside, IsNull, Not, OneOf, Or, Part, Text, Where
from pyrest.q import Q


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
    local = models.DateTimeField(naive=True)
    stamp = models.TimestampField()
    clock = models.TimeField()
    code = models.UUIDField()
    notes = models.JSONField()
    label = models.StringField(foreign=("label", "code"))
    slug = models.SlugField(foreign=("label", "the_slug"), related_name="+")


ALBUM = declaration(Album)
NAMES = ModelNames(ALBUM, lambda: None)
ID = UUID(int=7)
NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
LABEL = Label(code="AN", slug="asylum")


def where(name: str, value: Any) -> Where:
    return where_of(lambda text: followed(NAMES, text), Q.of("and", ((name, value),), ()))


@pytest.mark.parametrize(
    ("name", "value", "condition"),
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
        ("title__gt", "M", Compare("title", ">", "M")),
        ("year__in", [1, 2], OneOf("year", (1, 2))),
        ("year__in", range(3), OneOf("year", (0, 1, 2))),
        ("year__in", {1: "a", 2: "b"}.keys(), OneOf("year", (1, 2))),
        ("year__in", (), OneOf("year", ())),
        ("year__in", [1, None], Or((OneOf("year", (1,)), IsNull("year")))),
        ("year__range", (1970, 1979), And((Compare("year", ">=", 1970), Compare("year", "<=", 1979)))),
        ("price__range", ["1", 2], And((Compare("price", ">=", Decimal("1.00")), Compare("price", "<=", Decimal("2.00"))))),
        ("year__isnull", True, IsNull("year")),
        ("year__isnull", False, Not(IsNull("year"))),
        ("pk", 3, Compare("key", "=", 3)),
        ("pk", "3", Compare("key", "=", 3)),
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
def test_comparisons(name: str, value: Any, condition: Where) -> None:
    assert where(name, value) == condition


@pytest.mark.parametrize(
    ("lookup", "condition"),
    [
        ("contains", Text("title", "anywhere", "%b_")),
        ("icontains", Text("title", "anywhere", "%b_", "ascii")),
        ("startswith", Text("title", "start", "%b_")),
        ("istartswith", Text("title", "start", "%b_", "ascii")),
        ("endswith", Text("title", "end", "%b_")),
        ("iendswith", Text("title", "end", "%b_", "ascii")),
        ("iexact", Text("title", "whole", "%b_", "ascii")),
        ("casefold", Text("title", "whole", "%b_", "unicode")),
        ("casefold__exact", Text("title", "whole", "%b_", "unicode")),
        ("casefold__ne", Not(Text("title", "whole", "%b_", "unicode"))),
        ("casefold__contains", Text("title", "anywhere", "%b_", "unicode")),
        ("casefold__startswith", Text("title", "start", "%b_", "unicode")),
        ("casefold__endswith", Text("title", "end", "%b_", "unicode")),
    ],
)
def test_parts_of_texts(lookup: str, condition: Where) -> None:
    assert where(f"title__{lookup}", "%b_") == condition


def test_several_texts_whatever_their_case() -> None:
    wanted = Or((Text("title", "whole", "a", "unicode"), Text("title", "whole", "b", "unicode")))
    assert where("title__casefold__in", ["a", "b"]) == wanted


def between(name: str, low: Any, high: Any) -> Where:
    return And((Compare(name, ">=", low), Compare(name, "<", high)))


def utc(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


LEAP_DAY = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("name", "value", "condition"),
    [
        ("released__year", 2024, between("released", date(2024, 1, 1), date(2025, 1, 1))),
        ("released__year__exact", 2024, between("released", date(2024, 1, 1), date(2025, 1, 1))),
        ("released__year__ne", 2024, Not(between("released", date(2024, 1, 1), date(2025, 1, 1)))),
        ("released__year__gt", 2024, Compare("released", ">=", date(2025, 1, 1))),
        ("released__year__gte", 2024, Compare("released", ">=", date(2024, 1, 1))),
        ("released__year__lt", 2024, Compare("released", "<", date(2024, 1, 1))),
        ("released__year__lte", 2024, Compare("released", "<", date(2025, 1, 1))),
        ("released__year__range", (1970, 1979), between("released", date(1970, 1, 1), date(1980, 1, 1))),
        ("released__year__in", [1, 9], Or((
            between("released", date(1, 1, 1), date(2, 1, 1)), between("released", date(9, 1, 1), date(10, 1, 1))))),
        ("released__year__isnull", True, IsNull("released")),
        ("released__year__gt", 9999, Or()),
        ("released__year__lte", 9999, Not(IsNull("released"))),
        ("added__year", 2024, between("added", utc(2024), utc(2025))),
        ("stamp__year", 2024, between("stamp", utc(2024), utc(2025))),
        ("local__year", 2024, between("local", datetime(2024, 1, 1), datetime(2025, 1, 1))),
        ("added__date", LEAP_DAY, between("added", utc(2024, 2, 29), utc(2024, 3, 1))),
        ("added__date", "2024-02-29", between("added", utc(2024, 2, 29), utc(2024, 3, 1))),
        ("added__date__gt", LEAP_DAY, Compare("added", ">=", utc(2024, 3, 1))),
        ("added__date__range", [date(2024, 1, 1), LEAP_DAY], between("added", utc(2024), utc(2024, 3, 1))),
        ("added__date__gt", date.max, Or()),
        ("local__date__lt", LEAP_DAY, Compare("local", "<", datetime(2024, 2, 29))),
        ("released__month", 2, Part("released", "month", "=", 2)),
        ("released__month__ne", 2, Not(Part("released", "month", "=", 2))),
        ("released__day__gte", 15, Part("released", "day", ">=", 15)),
        ("added__month__range", (6, 8), And((Part("added", "month", ">=", 6), Part("added", "month", "<=", 8)))),
        ("stamp__day__in", [1, 31], Or((Part("stamp", "day", "=", 1), Part("stamp", "day", "=", 31)))),
    ],
    ids=str,
)  # fmt: skip
def test_parts_of_dates(name: str, value: Any, condition: Where) -> None:
    assert where(name, value) == condition


def inside(path: tuple[str, ...], *scalars: Where) -> Where:
    return Inside("notes", path, Or(scalars))


RED = Compare(VALUE, "=", "red")


@pytest.mark.parametrize(
    ("name", "value", "condition"),
    [
        ("notes__colour", "red", inside(("colour",), RED)),
        ("notes__colour__exact", "red", inside(("colour",), RED)),
        ("notes__theme__colour", "red", inside(("theme", "colour"), RED)),
        ("notes__colour__ne", "red", Not(inside(("colour",), RED))),
        ("notes__size__gt", 3, inside(("size",), Compare(VALUE, ">", 3))),
        ("notes__size__in", [1, "1"], inside(("size",), Compare(VALUE, "=", 1), Compare(VALUE, "=", "1"))),
        ("notes__on", True, inside(("on",), Compare(VALUE, "=", True))),
        ("notes__colour", None, Not(Inside("notes", ("colour",), Not(IsNull(VALUE))))),
        ("notes__colour__isnull", True, Not(Inside("notes", ("colour",), Not(IsNull(VALUE))))),
        ("notes__colour__isnull", False, Inside("notes", ("colour",), Not(IsNull(VALUE)))),
        ("notes__colour__icontains", "E", Inside("notes", ("colour",), Text(VALUE, "anywhere", "E", "ascii"))),
        ("notes__colour__startswith", "r", Inside("notes", ("colour",), Text(VALUE, "start", "r"))),
        ("notes__gt__exact", 3, inside(("gt",), Compare(VALUE, "=", 3))),
        ("notes__a b.c", 3, inside(("a b.c",), Compare(VALUE, "=", 3))),
        ("notes", [1], Compare("notes", "=", [1])),
        ("notes__ne", [1], Not(Compare("notes", "=", [1]))),
        ("notes__in", [[1], {}], OneOf("notes", ([1], {}))),
        ("notes__isnull", True, IsNull("notes")),
    ],
    ids=ascii,
)
def test_values_inside_of_documents(name: str, value: Any, condition: Where) -> None:
    assert where(name, value) == condition


@pytest.mark.parametrize(
    ("name", "value"),
    [("title", "longer than the field takes"), ("year", 3), ("label", "nobody")],
)
def test_the_limits_of_a_field_do_not_limit_a_comparison(name: str, value: Any) -> None:
    assert where(name, value) == Compare(name, "=", value)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("titel", "x", 'unknown field "titel"; did you mean "title"?'),
        ("title__lik", "x", 'unknown lookup "lik"'),
        ("title__containz", "x", 'unknown lookup "containz"; did you mean "contains"?'),
        ("title__casefld", "x", 'unknown lookup "casefld"; did you mean "casefold"?'),
        ("title__casefold__gt", "x", 'unknown lookup "gt"'),
        ("title__casefold__icontains", "x", 'unknown lookup "icontains"; did you mean "contains"?'),
        ("title__year", 2024, 'unknown lookup "year"'),
        ("year__gtee", 1, 'unknown lookup "gtee"; did you mean "gte"?'),
        ("year__gt__lt", 1, 'unknown lookup "gt__lt"'),
        ("year__", 1, 'unknown lookup ""'),
        ("year__contains", "1", 'unknown lookup "contains"'),
        ("year__casefold", "1", 'unknown lookup "casefold"'),
        ("released__yaer", 1, 'unknown lookup "yaer"; did you mean "year"?'),
        ("released__date", LEAP_DAY, 'unknown lookup "date"'),
        ("released__year__month", 1, 'unknown lookup "month"'),
        ("released__month__contains", 1, 'unknown lookup "contains"'),
        ("clock__year", 1, 'unknown lookup "year"'),
        ("code__startswith", "0", 'unknown lookup "startswith"'),
        ("notes__gt", 1, 'unknown lookup "gt"'),
        ("", 1, 'unknown field ""'),
        ("year", "1970", "year: A valid integer is required."),
        ("year__gt", None, "year__gt: A value is required."),
        ("year", True, "year: A valid integer is required."),
        ("year", 2**63, f"year: This integer is outside 64 bits ({-(2**63)} to {2**63 - 1})."),
        ("year__in", [1, "x"], "year__in: A valid integer is required."),
        ("year__in", 5, "year__in: A list of values is required."),
        ("title__in", "Blue", "title__in: A list of values is required."),
        ("year__range", 5, "year__range: A list of values is required."),
        ("year__range", [1], "year__range: Two values are required, the first and the last."),
        ("year__range", [1, 2, 3], "year__range: Two values are required, the first and the last."),
        ("year__range", [1, None], "year__range: A value is required."),
        ("year__isnull", "true", "year__isnull: True or False is required."),
        ("year__isnull", 1, "year__isnull: True or False is required."),
        ("title", "a\x00b", "title: Null characters are not allowed."),
        ("title__contains", "a\x00b", "title__contains: Null characters are not allowed."),
        ("title__contains", 5, "title__contains: A text is required."),
        ("title__contains", None, "title__contains: A text is required."),
        ("title__casefold__in", ["a", 5], "title__casefold__in: A text is required."),
        ("released__year", "2024", "released__year: A whole number is required."),
        ("released__year", 0, "released__year: A year is 1 to 9999."),
        ("released__year__lte", 10_000, "released__year__lte: A year is 1 to 9999."),
        ("released__month", None, "released__month: A whole number is required."),
        ("released__month", 2.0, "released__month: A whole number is required."),
        ("added__date", "29.2.2024", "added__date: Date has wrong format. Use YYYY-MM-DD."),
        ("added__date", "2023-02-29", "added__date: Date has wrong format. Use YYYY-MM-DD."),
        ("added__date", "20240229", "added__date: Date has wrong format. Use YYYY-MM-DD."),
        ("added__date", NOON, "added__date: Date has wrong format. Use YYYY-MM-DD."),
        ("added", datetime(2024, 2, 29), "added: The offset from UTC is missing: end with Z or ±hh:mm."),
        ("notes", float("nan"), "notes: It holds a number that is not finite."),
        ("notes__a", [1], "notes__a: A text, a number, True, False or None is required."),
        ('notes__a"b', 1, 'notes__a"b: The names on the way into a document are printable and hold no quotes.'),
        ("notes__a\\b", 1, "notes__a\\b: The names on the way into a document are printable and hold no quotes."),
        ("notes____a", 1, "notes____a: The names on the way into a document are printable and hold no quotes."),
        ("notes__a\n", 1, "notes__a\n: The names on the way into a document are printable and hold no quotes."),
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
        where(name, value)
    assert str(caught.value) == error


@pytest.mark.parametrize("name", ["title__casefold__in", "released__year__in", "released__month__in"])
def test_a_list_of_parts_has_a_limit(name: str) -> None:
    one: Any = "a" if name.startswith("title") else 1
    where(name, [one] * MAX_PARTS)
    with pytest.raises(ValidationError, match=f"At most {MAX_PARTS} values at once"):
        where(name, [one] * (MAX_PARTS + 1))


@pytest.mark.parametrize("name", ["year__in", "notes__a__in"])
def test_a_list_of_whole_values_has_none(name: str) -> None:
    where(name, [1] * 5000)


@pytest.mark.parametrize("name", ["notes__a__gt", "notes__a__lte"])
def test_nothing_in_a_document_is_greater_or_less_than_null(name: str) -> None:
    with pytest.raises(ValidationError, match="A number or a text is required"):
        where(name, None)


@pytest.mark.parametrize("name", ["title__contains", "title__iexact", "title__casefold", "notes__a__endswith"])
def test_a_text_to_look_for_has_a_limit(name: str) -> None:
    where(name, "x" * MAX_TEXT)
    with pytest.raises(ValidationError, match=f"A text to look for has at most {MAX_TEXT} characters"):
        where(name, "x" * (MAX_TEXT + 1))


def test_all_values_that_are_wrong_are_said_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        where_of(lambda text: followed(NAMES, text), Q(year="x", title="fine", rating="y"))
    assert caught.value.errors == {"year": ["A valid integer is required."], "rating": ["A valid number is required."]}


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_every_lookup_gives_a_plan_for_a_text(lookup: str) -> None:
    value = {"in": ["a"], "range": ["a", "b"], "isnull": True}.get(lookup, "a")
    assert isinstance(condition(Album.title, (lookup,), value, PYTHON), Compare | OneOf | IsNull | Not | And | Text)
