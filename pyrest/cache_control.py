"""The option `cache_control` of an endpoint: what others may do with its answers (RFC 9111, section 5.2.2), checked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyrest.errors import Misdeclared, did_you_mean

_NAMES, _SECONDS = re.compile(r'"[!#$%&\'*+.^`|~\w-]+(, ?[!#$%&\'*+.^`|~\w-]+)*"', re.ASCII), re.compile(r"[0-9]{1,10}")
_NOTHING = re.compile(r"(?!)")

# What may stand behind each directive's "=", and whether it may stand alone. RFC 9111, RFC 5861 and RFC 8246.
_DIRECTIVES: Mapping[str, tuple[re.Pattern[str], bool]] = {
    "max-age": (_SECONDS, False),
    "s-maxage": (_SECONDS, False),
    "stale-while-revalidate": (_SECONDS, False),
    "stale-if-error": (_SECONDS, False),
    "no-cache": (_NAMES, True),
    "private": (_NAMES, True),
    "no-store": (_NOTHING, True),
    "no-transform": (_NOTHING, True),
    "public": (_NOTHING, True),
    "must-revalidate": (_NOTHING, True),
    "proxy-revalidate": (_NOTHING, True),
    "must-understand": (_NOTHING, True),
    "immutable": (_NOTHING, True),
}
_PARTS = re.compile(r'[^,"]+(?:"[^"]*")?')


def checked_cache_control(text: object, option: str) -> str:
    """The value of the header, as it is. Raises `Misdeclared`, naming the option, for what no cache would understand."""
    if not isinstance(text, str) or not re.fullmatch(f"{_PARTS.pattern}(,{_PARTS.pattern})*", text):
        raise Misdeclared(f'{option} is directives with commas between, such as "private, max-age=60", not {text!r}')
    said = [part.strip() for part in _PARTS.findall(text)]
    names = [_checked_directive(part, option) for part in said]
    for name in names:
        if names.count(name) > 1:
            raise Misdeclared(f"{option}: {name} is there twice")
    if "public" in names and "private" in names:
        raise Misdeclared(f"{option}: public and private exclude each other")
    return text


def _checked_directive(text: str, option: str) -> str:
    name, equals, value = text.partition("=")
    if name not in _DIRECTIVES:
        raise Misdeclared(f"{option}: there is no directive {name!r}{did_you_mean(name, _DIRECTIVES)}")
    allowed, alone = _DIRECTIVES[name]
    if not (allowed.fullmatch(value) if equals else alone):
        wanted = {_SECONDS: f"a number of seconds: {name}=60", _NAMES: f'names of headers in quotes, or nothing: {name}="Set-Cookie"'}
        raise Misdeclared(f"{option}: {name} takes {wanted.get(allowed, 'no value')}")
    return name
