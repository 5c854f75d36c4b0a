"""The fields of a model, one module per kind of value."""

from pyrest.models.fields.base import Field
from pyrest.models.fields.keys import PkField, StringPkField, UUIDPkField
from pyrest.models.fields.links import GenericForeignKey, GenericRelation, Link, ManyToManyField
from pyrest.models.fields.moments import DateField, DateTimeField, TimeField, TimestampField
from pyrest.models.fields.numbers import BooleanField, DecimalField, FloatField, IntegerField, NumberField
from pyrest.models.fields.options import UNSET, Foreign, Unset
from pyrest.models.fields.related import ForeignKey, KeyAttribute, OneToOneField
from pyrest.models.fields.structured import JSONField, UUIDField
from pyrest.models.fields.text import EmailField, SlugField, StringField, URLField

__all__ = [
    "UNSET", "BooleanField", "DateField", "DateTimeField", "DecimalField", "EmailField", "Field", "FloatField", "Foreign", "ForeignKey",
    "GenericForeignKey", "GenericRelation", "IntegerField", "JSONField", "KeyAttribute", "Link", "ManyToManyField", "NumberField",
    "OneToOneField", "PkField", "SlugField", "StringField", "StringPkField", "TimeField", "TimestampField", "URLField", "UUIDField",
    "UUIDPkField", "Unset",
]  # fmt: skip
