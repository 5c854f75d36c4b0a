"""The relational shapes: how a relation looks in JSON and what a body means by it. They do no I/O: `load` gives a `Ref` for the store."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pyrest.errors import Invalid
from pyrest.models.catalog import Relation
from pyrest.models.fields import Field
from pyrest.plan import Ref


@dataclass(frozen=True, slots=True)
class PrimaryKeyRelation:
    """A foreign key shown as the value that it holds, and read from a body as that value or its text: `1` or `"1"`; `""` is null."""

    relation: Relation

    def load(self, value: object) -> Ref | None:
        """Raises `Invalid` for what cannot be a key."""
        field: Field[Any] = self.relation.field
        if value is None or value == "":
            field.load(None)
            return None
        key = field.coerce(_key(self.relation.target_field, value))
        return Ref(self.relation.target, self.relation.target_field.name, key)


def no_such_row(ref: Ref) -> str:
    """The message for a reference that points at nothing."""
    return f'Invalid pk "{ref.value}" - object does not exist.'


def _key(target: Field[Any], value: object) -> Any:
    if isinstance(value, str) and target.family not in _SPELT:
        try:
            return target.parse(value)
        except Invalid:
            raise _incorrect_type(value) from None
    if not isinstance(value, str if target.family in _SPELT else (int, float, Decimal)) or isinstance(value, bool):
        raise _incorrect_type(value)
    return target.from_json(value)


_SPELT = frozenset({"string", "uuid", "decimal", "date", "datetime", "time"})
"""The families whose values are strings in JSON."""


def _incorrect_type(value: object) -> Invalid:
    return Invalid(f"Incorrect type. Expected pk value, received {_type_name(value)}.")


def _type_name(value: object) -> str:
    return "float" if isinstance(value, Decimal) else type(value).__name__
