"""Rows ↔ JSON: serializers, their fields, and the relational shapes."""

from typing import NoReturn

from pyrest.errors import Misdeclared, ValidationError, did_you_mean
from pyrest.serializers.declaring import ReadOnlyField
from pyrest.serializers.fields import SerializerField, SerializerMethodField
from pyrest.serializers.hyperlinks import HyperlinkedIdentityField, HyperlinkedRelatedField
from pyrest.serializers.relations import PrimaryKeyRelatedField, RelatedField, StringRelatedField
from pyrest.serializers.serializer import HyperlinkedModelSerializer, ModelSerializer, Serializer
from pyrest.serializers.slugs import SlugRelatedField
from pyrest.serializers.validators import UniqueTogetherValidator

__all__ = [
    "HyperlinkedIdentityField", "HyperlinkedModelSerializer", "HyperlinkedRelatedField", "ModelSerializer", "PrimaryKeyRelatedField",
    "ReadOnlyField", "RelatedField", "Serializer", "SerializerField", "SerializerMethodField", "SlugRelatedField", "StringRelatedField",
    "UniqueTogetherValidator", "ValidationError",
]  # fmt: skip


def __getattr__(name: str) -> NoReturn:
    if name.endswith("Field"):
        raise Misdeclared(f"pyrest has no serializers.{name}{did_you_mean(name, __all__)}; plain values are shown by the fields of models")
    raise AttributeError(f"module 'pyrest.serializers' has no attribute {name!r}{did_you_mean(name, __all__)}")
