"""The options that every field has: what they come to, which contradict each other, how a field is shown."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from pyrest import models
from pyrest.errors import Invalid, Misdeclared
from pyrest.models import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    EmailField,
    Field,
    FloatField,
    IntegerField,
    JSONField,
    Model,
    PkField,
    SlugField,
    StringField,
    StringPkField,
    TimeField,
    TimestampField,
    URLField,
    UUIDField,
    UUIDPkField,
)
from tests.models.examples import bound, exactly, refusal_of

KINDS = [
    BooleanField, DateField, DateTimeField, DecimalField, EmailField, FloatField, IntegerField, JSONField, SlugField, StringField,
    TimeField, TimestampField, URLField, UUIDField,
]  # fmt: skip
NULL = "This field may not be null."
MORNING = datetime.datetime(2024, 2, 29, 9)


# Required, null, default


def five() -> int:
    return 5


@pytest.mark.parametrize(
    ("options", "nullable", "must_be_sent", "initial"),
    [
        ({}, True, False, None),
        ({"null": True}, True, False, None),
        ({"required": True}, False, True, None),
        ({"required": True, "null": False}, False, True, None),
        ({"required": True, "null": True}, True, True, None),
        ({"default": 5}, False, False, 5),
        ({"default": 0}, False, False, 0),
        ({"default": 5, "null": True}, True, False, 5),
        ({"default": 5, "null": False}, False, False, 5),
        ({"default": None}, True, False, None),
        ({"default": None, "null": True}, True, False, None),
        ({"default": None, "null": True, "required": True}, True, True, None),
        ({"default": five}, False, False, 5),
        ({"default": 5, "required": True}, False, True, 5),
        ({"read_only": True}, True, False, None),
        ({"read_only": True, "default": 5}, False, False, 5),
        ({"read_only": True, "default": 5, "required": True}, False, False, 5),
        ({"read_only": True, "null": True, "required": True}, True, False, None),
        ({"write_only": True, "required": True}, False, True, None),
    ],
    ids=lambda value: " ".join(f"{k}={getattr(v, '__name__', v)}" for k, v in value.items()) if isinstance(value, dict) else repr(value),
)
def test_required_null_and_default(options: dict[str, Any], nullable: bool, must_be_sent: bool, initial: int | None) -> None:
    field = bound(IntegerField(**options))
    assert (field.nullable, field.must_be_sent, field.initial()) == (nullable, must_be_sent, initial)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_null_is_loaded_where_the_field_may_be_null(kind: type[Field[Any]]) -> None:
    assert bound(kind()).load(None) is None
    assert bound(kind()).coerce(None) is None
    assert bound(kind()).dump(None) is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_null_is_refused_where_the_field_may_not_be_null(kind: type[Field[Any]]) -> None:
    field = bound(kind(required=True))
    assert refusal_of(field, None) == NULL
    with pytest.raises(Invalid, match=NULL):
        field.coerce(None)


def test_a_default_may_be_written_as_json_has_it() -> None:
    assert exactly(bound(DecimalField(default="1.5")).initial()) == exactly(Decimal("1.50"))
    assert exactly(bound(DateField(default="2024-02-29")).initial()) == exactly(datetime.date(2024, 2, 29))


def test_a_function_is_called_for_every_default() -> None:
    numbers = iter((1, 2))
    field = bound(IntegerField(default=lambda: next(numbers)))
    assert [field.initial(), field.initial()] == [1, 2]


def test_what_a_function_gives_is_held_to_the_options() -> None:
    with pytest.raises(Invalid, match=r"less than or equal to 4"):
        bound(IntegerField(max=4, default=lambda: 5)).initial()


@pytest.mark.parametrize("default", [lambda: None, None], ids=["a function that gives null", "null"])
def test_a_default_of_null_for_a_field_that_may_be_null(default: Callable[[], None] | None) -> None:
    assert bound(IntegerField(null=True, default=default)).initial() is None


@pytest.mark.parametrize(
    ("options", "writable"),
    [({}, True), ({"read_only": True}, False), ({"write_only": True}, True)],
    ids=["plain", "read_only", "write_only"],
)
def test_writable(options: dict[str, Any], writable: bool) -> None:
    assert bound(IntegerField(**options)).writable is writable


# Wrong declarations


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (IntegerField(null=False), "null=False needs required=True or a default"),
        (IntegerField(null=False, default=None), "null=False needs required=True or a default"),
        (IntegerField(required=True, default=None), "default=None needs a field that may be null; say null=True"),
        (IntegerField(read_only=True, required=True), "a read-only field cannot be required: nobody could send it; give it a default"),
        (IntegerField(read_only=True, write_only=True), "read_only and write_only exclude each other"),
        (JSONField(default=[]), "a mutable default would be shared by all rows; use default=list"),
        (JSONField(default={}), "a mutable default would be shared by all rows; use default=dict"),
        (JSONField(default=[1, 2]), "a mutable default would be shared by all rows; use default=lambda: [1, 2]"),
        (JSONField(default={"a": 1}), "a mutable default would be shared by all rows; use default=lambda: {'a': 1}"),
        (StringField(default=set()), "a mutable default would be shared by all rows; use default=set"),
        (IntegerField(default="5"), "default '5': A valid integer is required."),
        (IntegerField(default=True), "default True: A valid integer is required."),
        (BooleanField(default=0), "default 0: Must be a valid boolean."),
        (DateField(default=MORNING), "default datetime.datetime(2024, 2, 29, 9, 0): Expected a date but got a datetime."),
        (IntegerField(default=3, choices=(1, 2)), 'default 3: "3" is not a valid choice.'),
        (IntegerField(choices=("1", 2)), "choices '1': A valid integer is required."),
        (IntegerField(choices=(1, None)), "choices None: A valid integer is required."),
        (StringField(choices="abc"), "choices is a list of values, not 'abc'"),
        (IntegerField(related_name="tracks"), "related_name goes with foreign, which is missing"),
        (IntegerField(on_delete="cascade"), "on_delete goes with foreign, which is missing"),
        (IntegerField(foreign="album"), 'foreign is {"table": …, "column": …} or (table, column)'),
        (IntegerField(foreign=("album",)), 'foreign is {"table": …, "column": …} or (table, column)'),
        (IntegerField(foreign=("album", 1)), 'foreign is {"table": …, "column": …} or (table, column)'),
        (IntegerField(foreign={"table": "album"}), 'foreign is {"table": …, "column": …} or (table, column)'),
        (IntegerField(foreign={"table": "album", "colum": "id"}), 'foreign is {"table": …, "column": …} or (table, column)'),
        (IntegerField(foreign={"table": None, "column": "id"}), 'foreign is {"table": …, "column": …} or (table, column)'),
        (
            IntegerField(foreign=("album", "id"), on_delete="CASCADE"),
            'on_delete is one of restrict, cascade, set_null; did you mean "cascade"?',
        ),
        (IntegerField(foreign=("album", "id"), on_delete="no action"), "on_delete is one of restrict, cascade, set_null"),
        (IntegerField(foreign=("album", "id"), on_delete=1), "on_delete is one of restrict, cascade, set_null"),
        (IntegerField(foreign=("album", "id"), on_delete="set_null", required=True), "on_delete='set_null' needs a field that may be null"),
    ],
    ids=repr,
)
def test_wrong_declarations_name_the_model_and_the_field(field: Field[Any], message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        bound(field)
    assert str(refusal.value) == f"Row.value: {message}"


@pytest.mark.parametrize(
    ("kind", "option", "message"),
    [
        (StringField, "requird", "StringField has no option 'requird'; did you mean \"required\"?"),
        (StringField, "maxlength", "StringField has no option 'maxlength'; did you mean \"max_length\"?"),
        (IntegerField, "max_length", "IntegerField has no option 'max_length'"),
    ],
)
def test_an_option_that_does_not_exist_is_refused_at_once(kind: type[Field[Any]], option: str, message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        kind(**{option: True})
    assert str(refusal.value) == message


# Choices


def test_choices_may_come_from_a_generator() -> None:
    field = bound(IntegerField(choices=(n * n for n in range(3))))
    assert field.allowed == (0, 1, 4)
    assert field.load(4) == 4


def test_choices_may_carry_labels() -> None:
    assert bound(StringField(choices=[("r", "Red"), ("b", "Blue")])).allowed == ("r", "b")


def test_null_needs_no_place_among_the_choices() -> None:
    assert bound(IntegerField(choices=(1, 2))).load(None) is None


# Foreign keys


@pytest.mark.parametrize(
    "foreign",
    [{"table": "album", "column": "id"}, {"column": "id", "table": "album"}, ("album", "id"), ["album", "id"]],
    ids=repr,
)
def test_every_spelling_of_a_foreign_key_is_one_reference(foreign: Any) -> None:
    field = bound(IntegerField(foreign=foreign))
    assert field.reference == ("album", "id")
    assert (field.reference.table, field.reference.column) == ("album", "id")
    assert repr(field) == "IntegerField(foreign=('album', 'id'))"


def test_a_foreign_key_does_not_change_with_the_mapping_that_declared_it() -> None:
    where = {"table": "album", "column": "id"}
    field = bound(IntegerField(foreign=where))
    where["table"] = "artist"
    assert field.reference == ("album", "id")


# Names and columns


@pytest.mark.parametrize(("column", "column_name"), [("", "value"), ("Odd Name", "Odd Name")])
def test_a_column_is_named_like_its_field_unless_said(column: str, column_name: str) -> None:
    assert bound(IntegerField(column=column)).column_name == column_name


# Frozen


def test_a_declared_field_cannot_change() -> None:
    field = bound(IntegerField())
    with pytest.raises(AttributeError, match=r"^Row\.value is declared; its required cannot change any more$"):
        field.required = True
    assert field.required is False


def test_one_field_can_be_declared_in_two_models() -> None:
    shared = StringField(required=True)

    class Artist(Model):
        id = PkField()
        name = shared

    class Genre(Model):
        title = shared
        id = PkField()

    assert (Artist.name.owner, Artist.name.name, Artist.name.index_in_row) == ("Artist", "name", 1)
    assert (Genre.title.owner, Genre.title.name, Genre.title.index_in_row) == ("Genre", "title", 0)
    assert (shared.owner, shared.name) == ("", "")


# What one would type


def make_code() -> str:
    return "code"


TYPED = [
    "StringField()",
    "StringField(required=True)",
    "StringField(name='title', required=True)",
    "StringField(choices=('a', ('b', 'Blue')), default='a', max_length=3, min_length=1)",
    "StringField(pattern='[a-z]+\\\\d')",
    "StringField(default='')",
    "StringField(default=None)",
    "StringField(default=make_code)",
    "StringField(null=False, required=True)",
    "IntegerField(default=0, max=9, min=-9)",
    "IntegerField(foreign=('album', 'id'), on_delete='cascade', related_name='tracks')",
    "IntegerField(index=True, unique=True)",
    "FloatField(min=0.5)",
    "DecimalField()",
    "DecimalField(decimal_places=3, max_digits=5)",
    "DecimalField(default=Decimal('1.50'))",
    "BooleanField(default=False)",
    "DateField(default=datetime.date(2024, 2, 29))",
    "DateTimeField(naive=True)",
    "TimeField()",
    "TimestampField()",
    "UUIDField(default=uuid4)",
    "JSONField(default=list)",
    "EmailField(write_only=True)",
    "URLField(help_text='The home page')",
    "SlugField(column='Odd Name', read_only=True)",
    "PkField()",
    "StringPkField()",
    "UUIDPkField()",
]


def retyped(text: str) -> Field[Any]:
    names = vars(models) | {"Decimal": Decimal, "datetime": datetime, "uuid4": uuid.uuid4, "make_code": make_code}
    field = eval(text, names)
    assert isinstance(field, Field)
    return field


@pytest.mark.parametrize("typed", TYPED)
def test_the_repr_of_a_field_is_what_one_would_type(typed: str) -> None:
    field = retyped(typed)
    assert repr(field) == typed
    assert retyped(repr(field)).given() == field.given()


@pytest.mark.parametrize("typed", [typed for typed in TYPED if "name='title'" not in typed])
def test_a_field_of_a_model_is_shown_as_it_was_typed(typed: str) -> None:
    assert repr(bound(retyped(typed))) == typed


def test_a_field_of_a_model_is_shown_without_the_name_that_it_has_there_anyway() -> None:
    assert repr(bound(StringField(name="value", required=True))) == "StringField(required=True)"


def test_every_kind_of_field_is_among_the_examples() -> None:
    shown = {typed.partition("(")[0] for typed in TYPED}
    assert shown == {kind.__name__ for kind in [*KINDS, PkField, StringPkField, UUIDPkField]}


def test_a_subclass_of_ones_own_is_shown_under_its_name_with_its_options() -> None:
    class Colour(StringField):
        def __init__(self, *, palette: str = "web", **options: Any) -> None:
            super().__init__(**options)
            self.palette = palette

    assert repr(Colour(palette="print", required=True)) == "Colour(palette='print', required=True)"
    assert repr(Colour()) == "Colour()"


# One value: its family


@pytest.mark.parametrize(
    ("field", "target", "agrees"),
    [
        (IntegerField(), PkField(), True),
        (StringField(), StringPkField(), True),
        (EmailField(), StringField(max_length=9), True),
        (UUIDField(), UUIDPkField(), True),
        (IntegerField(), StringPkField(), False),
        (StringField(), PkField(), False),
        (IntegerField(), FloatField(), False),
        (TimestampField(), IntegerField(), False),
        (DecimalField(decimal_places=2), DecimalField(max_digits=9, decimal_places=2), True),
        (DecimalField(decimal_places=2), DecimalField(decimal_places=3), False),
        (DateTimeField(), DateTimeField(), True),
        (DateTimeField(naive=True), DateTimeField(naive=True), True),
        (DateTimeField(naive=True), DateTimeField(), False),
        (DateField(), DateTimeField(), False),
    ],
    ids=repr,
)
def test_a_foreign_key_agrees_with_targets_that_hold_the_same_values(field: Field[Any], target: Field[Any], agrees: bool) -> None:
    assert field.agrees_with(target) is agrees
