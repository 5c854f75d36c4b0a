"""How each kind of member of a serializer is shown: its part of the expression for a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.serializers.binding import Bound, Kind
from pyrest.serializers.expressions import Sheet
from pyrest.serializers.relations import RelatedField


def express(bound: Bound, sheet: Sheet) -> str:
    """The expression that shows a member of a row."""

    def last(inner: Sheet) -> str:
        return _EXPRESS[bound.kind](bound, inner)

    def follow(path: tuple[Edge, ...], at: Sheet) -> str:
        return at.across(path[0], lambda inner: follow(path[1:], inner)) if path else last(at)

    return follow(bound.path, sheet)


def _express_column(bound: Bound, sheet: Sheet) -> str:
    assert bound.column is not None
    if isinstance(bound.shape, Field):
        return sheet.shown(bound.shape, bound.column.name)
    shown = sheet.computed(lambda call: call.bind(bound.shape).to_representation)
    return f"{shown}({sheet.column(bound.column.name)})"


def _express_related(bound: Bound, sheet: Sheet) -> str:
    assert bound.edge is not None
    return sheet.across(bound.edge, lambda inner: _express_shape(bound.shape, inner))


def _express_shape(shape: Any, sheet: Sheet) -> str:
    return RelatedField.express(shape, sheet) if shape.customized else str(shape.express(sheet))


def _express_nested(bound: Bound, sheet: Sheet) -> str:
    assert bound.edge is not None
    return sheet.along(bound.edge, bound.inner.express)


def _express_whole(bound: Bound, sheet: Sheet) -> str:
    if bound.inner is not None:
        return str(bound.inner.express(sheet))
    if isinstance(bound.shape, RelatedField):
        return _express_shape(bound.shape, sheet)
    return f"{sheet.constant(bound.shape.dump)}({sheet.row()})"


def _express_method(bound: Bound, sheet: Sheet) -> str:
    raise AssertionError("the serializer expresses its methods")


def _express_attribute(bound: Bound, sheet: Sheet) -> str:
    read = sheet.constant(reader(bound.attribute))
    row = sheet.row()
    if isinstance(bound.shape, Field):
        return f"{sheet.constant(bound.shape.dump)}({read}({row}))"
    shown = sheet.computed(lambda call: shows(call.bind(bound.shape)))
    return f"{shown}({read}({row}))"


def _express_unknown(bound: Bound, sheet: Sheet) -> str:
    return "[]" if getattr(bound.shape, "many", False) else "None"


_EXPRESS: Mapping[Kind, Callable[[Bound, Sheet], str]] = {
    "column": _express_column,
    "related": _express_related,
    "nested": _express_nested,
    "whole": _express_whole,
    "method": _express_method,
    "attribute": _express_attribute,
    "unknown": _express_unknown,
}


def reader(path: str) -> Callable[[Any], Any]:
    """Reads a dotted path of attributes of an object, or of keys of a mapping; methods are called, null on the way gives null."""
    names = path.split(".")

    def step(value: Any, name: str) -> Any:
        if value is None:
            return None
        found = value[name] if isinstance(value, Mapping) else getattr(value, name)
        return found() if callable(found) and not isinstance(found, type) else found

    return lambda value: reduce(step, names, value)


def shows(shape: Any) -> Callable[[Any], Any]:
    """How a field of a serializer shows what an attribute gives: one value, None, or several."""

    def show(value: Any) -> Any:
        if value is None:
            return [] if getattr(shape, "many", False) else None
        return [shape.to_representation(one) for one in value] if getattr(shape, "many", False) else shape.to_representation(value)

    return show
