"""In which form a request wants its answer: `format=` in the query string, or else the Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from flask import Request
from werkzeug.http import parse_accept_header, parse_options_header

from pyrest.errors import BadParameter, did_you_mean, quoted
from pyrest.paging import Pairs, advice
from pyrest.web.errors import NotAcceptable
from pyrest.web.responses import JSON

CSV = "text/csv"
NDJSON = "application/x-ndjson"
MAX_INDENT = 8

Kind = Literal["json", "csv", "ndjson"]


class Form(NamedTuple):
    """A format, under the media type that the client knows it by, with its options."""

    kind: Kind
    media_type: str
    indent: int = 0
    escaped: bool = False
    """Whether texts that a spreadsheet would take for formulas are defused."""


class Option(NamedTuple):
    """An option of a format: the texts that it may be, with what they mean, and how to say that."""

    name: str
    values: Mapping[str, Any]
    allowed: str


class Format(NamedTuple):
    """What there is of a format: its media types, the usual one first, and its options."""

    media_types: tuple[str, ...]
    options: Mapping[str, Option] = {}


INDENT = Option("indent", {str(spaces): spaces for spaces in range(MAX_INDENT + 1)}, f"a number of spaces, 0 to {MAX_INDENT}")
FORMULAS = Option("escaped", {"escaped": True}, '"escaped"')

FORMATS: Mapping[Kind, Format] = {
    "json": Format((JSON,), {"indent": INDENT}),
    "csv": Format((CSV,), {"formulas": FORMULAS}),
    "ndjson": Format((NDJSON, "application/ndjson", "application/jsonl")),
}
_TAKES_JSON = frozenset({None, "", "*/*", JSON})

PLAIN = Form("json", JSON)
JSON_ONLY: tuple[Kind, ...] = ("json",)
EVERY_KIND: tuple[Kind, ...] = ("json", "csv", "ndjson")


def accepted(request: Request, offered: Sequence[Kind] = JSON_ONLY) -> Form:
    """The form that the Accept header likes best, the first of those offered where it likes several alike. Raises `NotAcceptable`."""
    header = request.environ.get("HTTP_ACCEPT")
    if header in _TAKES_JSON:
        return PLAIN
    ranges = [(*parse_options_header(text.lower()), quality) for text, quality in parse_accept_header(header)]
    best, chosen = 0.0, None
    for kind in offered:
        for media_type in FORMATS[kind].media_types:
            quality, options = _liked(media_type, ranges)
            if quality > best:
                best, chosen = quality, _form(kind, media_type, options)
    if chosen is None:
        raise NotAcceptable(f"this address answers in {_listed([FORMATS[kind].media_types[0] for kind in offered])} only")
    return chosen


def wanted(request: Request, asked: Pairs, filters: Container[str] = ()) -> Form:
    """The form that a request for a list asks for. Raises `BadParameter` and `NotAcceptable`. `filters` are names, for advice."""
    named = [value for name, value in asked if name == "format"]
    if not named:
        return accepted(request, EVERY_KIND)
    if len(named) > 1:
        raise BadParameter("format", "This parameter can be given once.")
    return _named(named[0], advice("format", "format" in filters))


def _named(text: str, more: str) -> Form:
    """`csv`, or with an option `json;indent=2`."""
    name, options = parse_options_header(text)
    kind = next((kind for kind in EVERY_KIND if kind == name), None)
    if kind is None:
        instead = did_you_mean(name, EVERY_KIND) or f"; there are {_listed(EVERY_KIND)}{more}."
        raise BadParameter("format", f"There is no {quoted(name)} here{instead}")
    known = FORMATS[kind].options
    for option, value in options.items():
        if option not in known:
            raise BadParameter("format", f"{kind} has no option {quoted(option)}{did_you_mean(option, known) or '.'}")
        if value not in known[option].values:
            raise BadParameter("format", f"{option} is {known[option].allowed}.")
    return _form(kind, FORMATS[kind].media_types[0], options)


def _liked(media_type: str, ranges: Iterable[tuple[str, Mapping[str, str], float]]) -> tuple[float, Mapping[str, str]]:
    """The quality of the most specific ranges that a type is in, and the options that stand there."""
    for wider in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        within = [(quality, options) for name, options, quality in ranges if name == wider]
        if within:
            return max(within, key=lambda one: one[0])
    return 0.0, {}


def _form(kind: Kind, media_type: str, options: Mapping[str, str]) -> Form:
    """What is no option here, as the charset that some clients name, means nothing in a header."""
    known = FORMATS[kind].options
    said = {known[name].name: known[name].values[value] for name, value in options.items() if name in known and value in known[name].values}
    return Form(kind, media_type)._replace(**said)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
