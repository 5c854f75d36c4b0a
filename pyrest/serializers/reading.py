"""A body from beginning to end: read, its references looked up, validated by the serializer's own methods, and seen to be unique."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyrest.errors import NON_FIELD_ERRORS, Invalid, ValidationError
from pyrest.serializers.fields import Call
from pyrest.serializers.items import Item, Mode, Values, faults
from pyrest.serializers.loading import Loading
from pyrest.serializers.nesting import gather, read_level
from pyrest.serializers.representation import Representation
from pyrest.serializers.uniqueness import NOTHING_GONE, Gone, check_unique, gone_with


def read_bodies(found: Representation, data: Any, mode: Mode, instance: Any, call: Call) -> tuple[list[Item], dict[str, Any]]:
    """What a serializer was given, one object or a list of them → items, and what is wrong with them."""
    serializer = call.root
    if not serializer.many:
        item = Item(mode, instance, values=Values(instance))
        read_items(found, [(item, data)], call)
        return [item], faults(item, found)
    fault = serializer.list_fault(data)
    if fault:
        return [], {NON_FIELD_ERRORS: [fault]}
    items = [Item("create") for _ in data]
    read_items(found, list(zip(items, data, strict=True)), call)
    return items, {str(i): fault for i, item in enumerate(items) if (fault := faults(item, found))}


def read_items(found: Representation, entries: list[tuple[Item, Any]], call: Call, rows: bool = True, unique: bool = True) -> None:
    """Reads the objects of a body. Faults are noted in the items, whose values are whole where there are none.

    `rows` says whether references become rows, `unique` whether what has to be unique is looked at before anything is written.
    """
    loading = Loading(call, rows, whole=any(item.mode == "replace" for item, _ in entries))
    read_level(loading, found, entries)
    loading.settle()
    if found.reads_plainly and not unique:
        return
    items = [item for item, _ in entries]
    _validate_members(found, items, call)
    for item in items:
        if item.sound:
            gather(found, item)
    _validate(found, items, call, unique)


def _validate_members(found: Representation, items: list[Item], call: Call) -> None:
    """The methods `validate_<field>(self, value)` of serializers. Those about nested objects come later, when these are whole."""
    _check_members(found, items, call, nested=False)
    for member in found.nested:
        _validate_members(member.inner, [child for item in items for child in item.children.get(member.name, ())], call)


def _check_members(found: Representation, items: list[Item], call: Call, nested: bool) -> None:
    checks = [(member, method) for member, method in found.checks if (member.kind == "nested") == nested]
    for item in items if checks else ():
        serializer = call.bind(found.serializer)
        for member, method in checks:
            if member.name not in item.errors and member.target in item.values:
                item.values[member.target] = _run(item, member.name, getattr(serializer, method), item.values[member.target])


def _validate(found: Representation, items: list[Item], call: Call, unique: bool, gone: Gone = NOTHING_GONE) -> None:
    """What is about whole objects, from the innermost outwards: uniqueness, `Meta.validators`, and `validate(self, attrs)`.

    `gone` are the rows of the model that will be in nobody's way.
    """
    for member in found.nested:
        children = [child for item in items for child in item.children.get(member.name, ())]
        if not children:
            continue
        if member.kind == "nested":
            going = gone_with(call.store, found.policies[member.name], member, items, gone)
            _validate(member.inner, children, call, True, going)
        else:
            _validate(member.inner, children, call, unique=False)  # it is a part of the same rows, which are looked at as a whole
    _check_members(found, [item for item in items if item.sound], call, nested=True)
    if unique and call.store is not None:
        check_unique(call.store, found, [item for item in items if not item.errors], gone)
    for item in items if found.whole_checks or found.serializer.validates else ():
        if item.sound:
            _validate_whole(item, call.bind(found.serializer), found.whole_checks)


def _validate_whole(item: Item, serializer: Any, validators: tuple[Any, ...]) -> None:
    for validator in validators:
        more = (serializer,) if getattr(validator, "requires_context", False) else ()
        _run(item, "", validator, item.values, *more)
    if not item.errors:
        result = _run(item, "", serializer.validate, item.values)
        if not item.errors and result is not item.values:
            _replace(item.values, result)


def _replace(values: Values, result: Any) -> None:
    if not isinstance(result, Mapping):
        raise TypeError(f"validate(self, attrs) returns the values, not {result!r}")
    kept = dict(result)
    values.clear()
    values.update(kept)


def _run(item: Item, name: str, check: Callable[..., Any], value: Any, *more: Any) -> Any:
    """What a check makes of a value. What it refuses is noted."""
    try:
        return check(value, *more)
    except (Invalid, ValidationError) as refusal:
        if isinstance(refusal, ValidationError) and not name:
            item.errors.update(refusal.errors)
        else:
            item.errors[name or NON_FIELD_ERRORS] = refusal.said
