"""Validators of whole objects: what `Meta.validators` of a serializer holds."""

from __future__ import annotations

from collections.abc import Iterable


class UniqueTogetherValidator:
    """No two rows have the same values of these fields. Not looked at where one of the values is null, or none has changed.

    A serializer has one for each `unique_together` of its model, unless its `Meta.validators` says otherwise.
    """

    MESSAGE = "The fields {field_names} must make a unique set."

    def __init__(self, fields: Iterable[str], message: str = "") -> None:
        self.fields = tuple(fields)
        self.message = message or self.MESSAGE

    def sentence(self) -> str:
        """What is said of values that another row has."""
        return self.message.format(field_names=", ".join(self.fields))

    def __repr__(self) -> str:
        return f"<UniqueTogetherValidator(fields={self.fields!r})>"
