"""Fields whose value is a text: any, an e-mail address, a URL, a slug."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import ClassVar, Unpack
from urllib.parse import urlsplit

from pyrest.errors import Invalid
from pyrest.models.fields.base import Field
from pyrest.models.fields.options import Options

_SURROGATE = re.compile("[\ud800-\udfff]")


def checked_text(value: object) -> str:
    """A text that SQLite can keep and JSON can carry: no U+0000 (SQLite's functions stop there), no lone surrogate (not UTF-8)."""
    if type(value) is not str:
        raise Invalid("Not a valid string.")
    if "\x00" in value:
        raise Invalid("Null characters are not allowed.")
    if not value.isascii() and _SURROGATE.search(value):
        raise Invalid("Lone surrogates are not allowed.")
    return value


class StringField(Field[str]):
    """Text. `max_length` and `min_length` count code points; `pattern` is a regular expression for the whole text."""

    family = "string"
    python_type = str
    dumps_as_is = True

    def __init__(
        self, *, max_length: int | None = None, min_length: int | None = None, pattern: str | None = None, **options: Unpack[Options]
    ) -> None:
        super().__init__(**options)
        self.max_length, self.min_length, self.pattern = max_length, min_length, pattern

    def from_json(self, value: object) -> str:
        return checked_text(value)

    def validate(self, value: str) -> None:
        super().validate(value)
        if self.max_length is not None and len(value) > self.max_length:
            raise Invalid(f"Ensure this field has no more than {self.max_length} characters.")
        if self.min_length is not None and len(value) < self.min_length:
            raise Invalid(f"Ensure this field has at least {self.min_length} characters.")
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            raise Invalid(f"This value does not match the pattern {self.pattern}")

    def check_values(self) -> None:
        for option in ("max_length", "min_length"):
            length = getattr(self, option)
            if length is not None and (type(length) is not int or length < 0):
                raise self.misdeclared(f"{option} is a number of characters, not {length!r}")
        if self.max_length is not None and self.min_length is not None and self.min_length > self.max_length:
            raise self.misdeclared("min_length is greater than max_length")
        if not isinstance(self.pattern, str | None):
            raise self.misdeclared(f"pattern is the text of a regular expression, not {self.pattern!r}")
        try:
            re.compile(self.pattern or "")
        except re.error as fault:
            raise self.misdeclared(f"pattern is no regular expression: {fault}") from fault
        super().check_values()


class _FormattedField(StringField):
    """Text of a fixed form."""

    form: ClassVar[re.Pattern[str]]
    complaint: ClassVar[str]

    def validate(self, value: str) -> None:
        super().validate(value)
        if not self.form.fullmatch(value):
            raise Invalid(self.complaint)


class EmailField(_FormattedField):
    """An e-mail address as HTML's `<input type=email>` takes it, with a dot in its host.

    It has at most 254 characters (RFC 5321, section 4.5.3.1, less the angle brackets).
    """

    form = re.compile(
        r"(?=.{1,254}\Z)[\w.!#$%&'*+/=?^`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]",
        re.I | re.A,
    )
    complaint = "Enter a valid email address."


class SlugField(_FormattedField):
    """Letters, digits, hyphens and underscores, in ASCII."""

    form = re.compile(r"[-a-zA-Z0-9_]+")
    complaint = "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."


class URLField(StringField):
    """An absolute URL with the scheme http or https and a host (RFC 3986), also with letters outside ASCII (RFC 3987)."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if not _is_web_address(value):
            raise Invalid("Enter a valid URL.")


# Besides what no URL holds: the marks that would show it in another order (RFC 3987, section 4.1).
_NOT_IN_A_URL = re.compile(r"[\s\x00-\x1f\x7f<>\"\\^`{|}\u200e\u200f\u202a-\u202e\u2066-\u2069]|%(?![0-9a-fA-F]{2})")
_AUTHORITY = re.compile(r"([^@\[\]]*@)?(\[[0-9a-fA-F:.]+\]|[^@:\[\].]+(\.[^@:\[\].]+)*\.?)(:[0-9]*)?")


def _is_web_address(value: str) -> bool:
    if _NOT_IN_A_URL.search(value):
        return False
    try:
        parts = urlsplit(value)
        if "[" in parts.netloc:
            IPv6Address(parts.hostname)  # urlsplit looks into the brackets since Python 3.11.4 only
        return parts.scheme in ("http", "https") and parts.port != 0 and _AUTHORITY.fullmatch(parts.netloc) is not None
    except ValueError:
        return False
