"""The values of a write given in Python → values of a plan, checked against the declaration, all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrest.errors import Invalid, ValidationError
from pyrest.models.declaration import Declaration
from pyrest.models.fields import UNSET
from pyrest.models.fields.related import pointing
from pyrest.models.model import Model, by_field


def whole_row(declared: Declaration, given: Mapping[str, Any] | Model) -> tuple[Any, ...]:
    """The values of a row, in order: what was given, else defaults. Raises `ValidationError`, `UnknownName`."""
    values = row_values(given) if isinstance(given, Model) else by_field(declared, given)
    row: list[Any] = []
    errors: dict[str, object] = {}
    missing = [f.name for f in declared.fields.values() if f.required and not f.generated and f.default is UNSET and f.name not in values]
    for name, field in declared.fields.items():
        try:
            if name in values and not (field.generated and values[name] is None):
                row.append(field.coerce(pointing(field, values[name])))
            elif name in missing:
                errors[name] = ["This field is required."]
            else:
                row.append(field.initial())
        except Invalid as refusal:
            errors[name] = [str(refusal)]
    if errors:
        raise ValidationError(errors, missing)
    return tuple(row)


def changes(declared: Declaration, given: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The values to change. Raises `ValidationError`, also for a key, which never changes, and `UnknownName`."""
    found: list[tuple[str, Any]] = []
    errors: dict[str, object] = {}
    for name, value in by_field(declared, given).items():
        try:
            field = declared.fields[name]
            if field.is_key:
                raise Invalid("A key never changes.")
            found.append((name, field.coerce(pointing(field, value))))
        except Invalid as refusal:
            errors[name] = [str(refusal)]
    if errors:
        raise ValidationError(errors)
    return tuple(found)


def row_values(row: Model) -> dict[str, Any]:
    """The values of a row to be stored, by the names of fields."""
    # A row that is not stored has no key, which is not the same as a key that is null.
    named = zip(type(row).__fields__.items(), row._values, strict=True)
    return {name: value for (name, field), value in named if not (field.is_key and value is None)}
