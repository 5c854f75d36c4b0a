"""Serializers without a model: any objects or mappings are shown by their attributes, and bodies become plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrest.errors import NON_FIELD_ERRORS, Invalid, UnknownName, ValidationError, did_you_mean
from pyrest.models.fields import Field
from pyrest.models.fields.options import UNSET
from pyrest.serializers.fields import Call, SerializerMethodField
from pyrest.serializers.items import Item, Mode
from pyrest.serializers.members import reader


def show_objects(serializer: Any, objects: list[Any], call: Call) -> list[Any]:
    """Objects → their JSON objects, keys sorted."""
    shapes = {name: serializer.declared[name] for name in sorted(serializer.field_names) if not serializer.declared[name].write_only}
    return [{name: _shown(serializer, name, shape, one, call) for name, shape in shapes.items()} for one in objects]


def _shown(serializer: Any, name: str, shape: Any, one: Any, call: Call) -> Any:
    if isinstance(shape, SerializerMethodField):
        return getattr(serializer, shape.method)(one)
    value = one if shape.source == "*" else reader(shape.source or name)(one)
    if isinstance(shape, Field):
        return shape.dump(value)
    used = call.bind(shape)
    if getattr(shape, "many", False):
        return [used.to_representation(each) for each in value or ()]
    return None if value is None else used.to_representation(value)


def load_objects(serializer: Any, data: Any, mode: Mode) -> tuple[list[Item], dict[str, Any]]:
    """A body → items, and what is wrong with them."""
    if not serializer.many:
        item = _load(serializer, data, mode, serializer.call_of())
        return [item], item.errors
    fault = serializer.list_fault(data)
    if fault:
        return [], {NON_FIELD_ERRORS: [fault]}
    items = [_load(serializer, one, mode, serializer.call_of()) for one in data]
    return items, {str(i): item.errors for i, item in enumerate(items) if item.errors}


def _load(serializer: Any, data: Any, mode: Mode, call: Call) -> Item:
    item = Item(mode)
    if not isinstance(data, Mapping):
        item.errors[NON_FIELD_ERRORS] = [serializer.refusal(data)]
        return item
    writable = {name: shape for name, shape in serializer.declared.items() if not shape.read_only}
    for name, value in data.items():
        if name not in writable:
            item.unknown = item.unknown or UnknownName("field", name, writable)
            item.errors[name] = [f"This field does not exist{did_you_mean(name, writable) or '.'}"]
            continue
        _take(serializer, item, writable[name], name, value, call)
    if mode != "patch":
        for name, shape in writable.items():
            if name not in data:
                _complete(item, shape, name)
    if not item.errors:
        _validate(serializer, item)
    return item


def _take(serializer: Any, item: Item, shape: Any, name: str, value: Any, call: Call) -> None:
    target = shape.source or name
    try:
        item.values[target] = _value(shape, value, call)
        check = getattr(serializer, f"validate_{name}", None)
        if check is not None:
            item.values[target] = check(item.values[target])
    except (Invalid, ValidationError) as refusal:
        item.errors[name] = refusal.said


def _value(shape: Any, value: Any, call: Call) -> Any:
    if isinstance(shape, Field):
        return shape.load(value)
    if value is None:
        if not shape.allow_null:
            raise Invalid(shape.messages["null"])
        return None
    used = call.bind(shape)
    if hasattr(shape, "bound_to"):
        return _nested(used, value, call)
    if not getattr(shape, "many", False):
        return used.to_internal_value(value)
    if not isinstance(value, list):
        raise Invalid(shape.message("not_a_list", input_type=type(value).__name__))
    return [used.to_internal_value(one) for one in value]


def _nested(used: Any, value: Any, call: Call) -> Any:
    if used.many:
        fault = used.list_fault(value)
        if fault:
            raise ValidationError([fault])
    items = [_load(used, one, "create", call) for one in (value if used.many else [value])]
    errors = {str(i): item.errors for i, item in enumerate(items) if item.errors}
    if errors:
        raise ValidationError(errors if used.many else errors["0"])
    return [item.values for item in items] if used.many else items[0].values


def _complete(item: Item, shape: Any, name: str) -> None:
    said = shape.said if isinstance(shape, Field) else ()
    if shape.default is not UNSET:
        item.values[shape.source or name] = shape.initial() if isinstance(shape, Field) else shape.default
    elif shape.required or (shape.required is None) or (isinstance(shape, Field) and "required" not in said):
        item.errors[name] = [shape.messages["required"]]
        item.missing.append(name)


def _validate(serializer: Any, item: Item) -> None:
    try:
        for validator in serializer.meta_options.get("validators", ()):
            validator(item.values)
        values = dict(serializer.validate(item.values))
        item.values.clear()
        item.values.update(values)
    except ValidationError as refusal:
        item.errors.update(refusal.errors)
