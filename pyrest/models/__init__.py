"""What a user's module of models imports: `Model` and the fields."""

from typing import NoReturn

from pyrest.errors import Misdeclared, did_you_mean
from pyrest.models.fields import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    EmailField,
    Field,
    FloatField,
    ForeignKey,
    GenericForeignKey,
    GenericRelation,
    IntegerField,
    JSONField,
    ManyToManyField,
    OneToOneField,
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
from pyrest.models.model import Model

__all__ = [
    "BooleanField", "DateField", "DateTimeField", "DecimalField", "EmailField", "Field", "FloatField", "ForeignKey", "GenericForeignKey",
    "GenericRelation", "IntegerField",
    "JSONField", "ManyToManyField", "Model", "OneToOneField", "PkField", "SlugField", "StringField", "StringPkField", "TimeField",
    "TimestampField", "URLField", "UUIDField", "UUIDPkField",
]  # fmt: skip

# Fields of Django, Django REST framework, SQLAlchemy and peewee, by what they are called here.
_ELSEWHERE = {
    "AutoField": "PkField", "BigAutoField": "PkField", "SmallAutoField": "PkField", "PrimaryKeyField": "PkField",
    "BigIntegerField": "IntegerField", "SmallIntegerField": "IntegerField", "PositiveIntegerField": "IntegerField(min=0)",
    "PositiveBigIntegerField": "IntegerField(min=0)", "PositiveSmallIntegerField": "IntegerField(min=0)",
    "CharField": "StringField", "TextField": "StringField", "RegexField": "StringField(pattern=…)", "ChoiceField": "StringField(choices=…)",
    "GenericIPAddressField": "StringField", "IPAddressField": "StringField", "FilePathField": "StringField",
    "NullBooleanField": "BooleanField", "DoubleField": "FloatField", "DictField": "JSONField", "ListField": "JSONField",
    "Integer": "IntegerField", "String": "StringField", "Text": "StringField", "Float": "FloatField", "Boolean": "BooleanField",
    "Date": "DateField", "DateTime": "DateTimeField", "Time": "TimeField", "Numeric": "DecimalField", "Column": "StringField",
}  # fmt: skip


def __getattr__(name: str) -> NoReturn:
    if name in _ELSEWHERE:
        raise Misdeclared(f"pyrest has no models.{name}; use models.{_ELSEWHERE[name]}")
    raise AttributeError(f"module 'pyrest.models' has no attribute {name!r}{did_you_mean(name, __all__)}")
