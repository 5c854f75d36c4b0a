"""Keys: the one field of a model by which its rows are told apart. A key never changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from pyrest.errors import Invalid
from pyrest.links import addressable
from pyrest.models.fields.base import Field
from pyrest.models.fields.numbers import IntegerField
from pyrest.models.fields.options import UNSET
from pyrest.models.fields.structured import UUIDField
from pyrest.models.fields.text import StringField


class PkField(IntegerField):
    """A whole number that the store gives, and never gives twice."""

    is_key = True
    generated = True

    @property
    def nullable(self) -> bool:
        return False

    def parse(self, text: str) -> int:
        number = super().parse(text)
        if str(number) != text:  # one address per row: /users/01/ is not /users/1/
            raise Invalid("A valid key is required.")
        return number

    def check(self) -> None:
        _check_key(self)
        for option in ("default", "choices", "foreign", "min", "max"):
            if getattr(self, option) not in (None, UNSET):
                raise self.misdeclared(f"the store gives this key; {option} cannot be said")
        super().check()


class StringPkField(StringField):
    """A text that the client chooses. It is a part of the row's address, so it is not empty, `.` or `..` and holds no `/`."""

    is_key = True
    implied = {"required": True}

    def validate(self, value: str) -> None:
        super().validate(value)
        if not addressable(value):
            raise Invalid("A key is a part of its row's address: it cannot be empty, . or .. and cannot hold a /")

    def check(self) -> None:
        _check_key(self)
        super().check()


class UUIDPkField(UUIDField):
    """A UUID that the client may choose; otherwise a random one (version 4)."""

    is_key = True
    implied = {"default": uuid4}

    def parse(self, text: str) -> UUID:
        key = super().parse(text)
        if str(key) != text.lower():
            raise Invalid("A valid key is required.")
        return key

    def check(self) -> None:
        _check_key(self)
        if self.required:
            self.default = UNSET
        if self.format != "hex_verbose":
            raise self.misdeclared("a key is shown in one spelling, that of its row's address; format cannot be said")
        super().check()


def _check_key(key: Field[Any]) -> None:
    if key.null or key.nullable:
        raise key.misdeclared("a key cannot be null" + ("" if key.null else "; give it required=True or a default"))
    if key.write_only:
        raise key.misdeclared("a key cannot be write_only: the address of a row shows it")
