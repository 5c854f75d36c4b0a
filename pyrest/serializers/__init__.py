"""Rows ↔ JSON."""

from pyrest.errors import ValidationError
from pyrest.serializers.serializer import Serializer

__all__ = ["Serializer", "ValidationError"]
