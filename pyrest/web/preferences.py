"""What a client prefers, said in `Prefer` (RFC 7240): one table of the preferences that there are, and one parser of the header.

What is not known, or means nothing to a request, is ignored as that RFC wants it; with `handling=strict` it is refused (section 4.4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flask import Request, Response

from pyrest.errors import did_you_mean, quoted
from pyrest.web.errors import BadHeader

RETURN, HANDLING, RESOLUTION, MAX_AFFECTED, DRY_RUN = "return", "handling", "resolution", "max-affected", "dry-run"
MERGE, IGNORE = "merge-duplicates", "ignore-duplicates"
MINIMAL, REPRESENTATION, HEADERS_ONLY = "minimal", "representation", "headers-only"


class Preference(NamedTuple):
    """The values that a preference may have, an empty one where it takes none; none named: a whole number.

    Where it keeps from harm, a wrong value is never ignored.
    """

    values: tuple[str, ...] = ()
    guards: bool = False

    @property
    def allowed(self) -> str:
        if self.values == ("",):
            return "without a value"
        return " or ".join(filter(None, (", ".join(self.values[:-1]), self.values[-1]))) if self.values else "a whole number"

    def takes(self, value: str) -> bool:
        """Whether a value has a meaning."""
        return value in self.values if self.values else re.fullmatch("[0-9]{1,18}", value) is not None


KNOWN: Mapping[str, Preference] = {
    RETURN: Preference((MINIMAL, REPRESENTATION, HEADERS_ONLY)),
    HANDLING: Preference(("strict", "lenient")),
    RESOLUTION: Preference((MERGE, IGNORE)),
    MAX_AFFECTED: Preference(guards=True),
    DRY_RUN: Preference(("",), guards=True),
}


def _letters(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower())


GUARDS = {_letters(name): name for name, preference in KNOWN.items() if preference.guards}
"""Those that keep from harm, by their letters alone."""

WRITE = (RETURN, HANDLING, DRY_RUN)
"""The preferences that have a meaning for every write."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is honoured of what a client prefers."""

    honoured: Mapping[str, str]

    @property
    def returns(self) -> str:
        """What the answer shall hold; empty where nothing was said."""
        return self.honoured.get(RETURN, "")

    @property
    def resolution(self) -> str:
        """What becomes of rows that are there already; empty where nothing was said."""
        return self.honoured.get(RESOLUTION, "")

    @property
    def max_affected(self) -> int | None:
        """How many rows may be written."""
        return int(self.honoured[MAX_AFFECTED]) if MAX_AFFECTED in self.honoured else None

    def said(self, response: Response) -> Response:
        """The response, with `Preference-Applied` (RFC 7240, section 3). That a write is only tried, says the answer around this one."""
        said = [f"{name}={value}" for name, value in self.honoured.items() if name != DRY_RUN]
        if said:
            response.headers["Preference-Applied"] = ", ".join(said)
        return response


NONE = Preferences({})

_WORD = r'(?:"(?:[^"\\]|\\.)*"|[!#$%&\'*+.^_`|~0-9A-Za-z-]+)'
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf"[ \t]*(?P<name>{_TOKEN})(?:[ \t]*=[ \t]*(?P<value>{_WORD})?)?[ \t]*")


def preferences(request: Request, applicable: Collection[str] = WRITE) -> Preferences:
    """What a request prefers, of what has a meaning for it. Raises `BadHeader`."""
    header = request.environ.get("HTTP_PREFER")
    return NONE if not header else honoured(header, applicable)


def is_dry_run(request: Request) -> bool:
    """Whether a write is only to be tried.

    Raises `BadHeader` for a value, and for a slip such as `dry_run` or `maxaffected`, whatever else is preferred: it would be written.
    """
    sent = dict(reversed([*_parsed(request.environ.get("HTTP_PREFER", ""))]))
    for name, value in sent.items():
        meant = GUARDS.get(_letters(name), name)
        fault = _fault(name, value, (meant,)) if meant != name or name == DRY_RUN else ""
        if fault:
            raise BadHeader(fault)
    return DRY_RUN in sent


def honoured(header: str, applicable: Collection[str]) -> Preferences:
    """Several headers are one, with commas between them, as WSGI joins them. Of a name that is there twice the first one counts."""
    sent: dict[str, str] = {}
    for name, value in _parsed(header):
        sent.setdefault(name, value)
    strict = sent.get(HANDLING, "").lower() == "strict"
    found = {}
    for name, value in sent.items():
        fault = _fault(name, value.lower(), applicable)
        if not fault:
            found[name] = value.lower()
        elif strict or (name in applicable and KNOWN[name].guards):
            raise BadHeader(fault)
    return Preferences(found)


def _fault(name: str, value: str, applicable: Collection[str]) -> str:
    if name not in KNOWN:
        return f"Prefer: there is no preference {quoted(name)}{did_you_mean(name, applicable)}"
    if name not in applicable:
        return f"Prefer: {name} has no meaning for this request"
    return "" if KNOWN[name].takes(value) else f"Prefer: {name} is {KNOWN[name].allowed}, not {quoted(value)}"


def _parsed(header: str) -> Iterator[tuple[str, str]]:
    """The names, in small letters, and values of preferences. Their parameters say nothing to us; what is none is an unknown name."""
    for part in _split(header, ","):
        text = next(_split(part, ";"), "")
        pair = _PAIR.fullmatch(text)
        if pair is not None:
            yield pair["name"].lower(), _unquoted(pair["value"] or "")
        elif text.strip():
            yield text.strip(), ""


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts between separators that stand outside of quotes."""
    return (found.group() for found in re.finditer(rf'(?:[^"{separator}]|"(?:[^"\\]|\\.)*"?)+', text))


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word
