"""The query string of a list → a plan, and the links to the pages beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, NoReturn
from urllib.parse import parse_qsl, quote_plus

from pyrest.errors import BadParameter, UnknownName
from pyrest.lookups import both
from pyrest.models.fields.numbers import INTEGER_MAX
from pyrest.plan import Order, Where
from pyrest.surface import Place, Surface

MAX_PARAMETERS = 100

BUILT = ("offset", "count", "ordering")
RESERVED = frozenset({
    "offset", "count", "cursor", "total", "ordering", "search", "fields", "omit", "expand", "aggregate",
    "group_by", "facet", "or", "and", "not", "format", "on_conflict",
})  # fmt: skip

_NUMBER = re.compile(r"[0-9]{1,19}")

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Paging:
    """How many rows a page has unless asked otherwise, and at most. A `size` of None: there is one page with everything."""

    size: int | None
    largest: int


class Question(NamedTuple):
    """What a query string asks. A `size` of None is everything.

    `filters` are as sent, a list where a name came twice; `pairs` are all parameters as sent.
    """

    where: Where
    order: tuple[Order, ...] | None
    offset: int
    size: int | None
    filters: Mapping[str, str | list[str]]
    pairs: Pairs


def parameters(query_string: str) -> Pairs:
    """The pairs of name and value of a query string as WSGI has it (bytes as Latin-1). Raises `BadParameter`."""
    if not query_string:
        return []
    try:
        text = query_string.encode("latin-1").decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except UnicodeError:
        raise BadParameter("", "The query string is not UTF-8.") from None
    except ValueError:
        raise BadParameter("", f"There are more than {MAX_PARAMETERS} parameters.") from None


def question(pairs: Pairs, surface: Surface, paging: Paging, place: Place = None) -> Question:
    """`place` reads the links among the filters.

    Raises `UnknownName` for a parameter that does not exist here, `BadParameter` for a value that is none.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    offset, count = _page(values, paging)
    order = surface.order(_names(values.pop("ordering"))) if "ordering" in values else None
    where = both(*[_filter(name, texts, surface, place) for name, texts in values.items()])
    filters = {name: texts[0] if len(texts) == 1 else texts for name, texts in values.items()}
    return Question(where, order, offset, count, filters, pairs)


def refuse_all(pairs: Pairs) -> None:
    """For requests that take no parameters. Raises `UnknownName`."""
    for name, _ in pairs:
        raise UnknownName("parameter", name, ())


def neighbours(asked: Question, total: int) -> tuple[str | None, str | None]:
    """Relative references to the next and the previous page, None where there is none: `?address=1&count=20&offset=20`."""
    if asked.size is None:
        return None, None
    following = asked.offset + asked.size
    following_page = _link(asked, following) if following < total else None
    return following_page, _link(asked, max(0, asked.offset - asked.size)) if asked.offset > 0 else None


def _link(asked: Question, offset: int) -> str:
    kept = [(name, f"{quote_plus(name)}={quote_plus(value)}") for name, value in asked.pairs if name not in ("count", "offset")]
    own = [("count", f"count={asked.size}"), ("offset", f"offset={offset}")]
    return "?" + "&".join(text for _, text in sorted(kept + own, key=itemgetter(0)))


def _page(values: dict[str, list[str]], paging: Paging) -> tuple[int, int | None]:
    if paging.size is None:
        for name in ("offset", "count"):
            if name in values:
                raise BadParameter(name, "This list has no pages; it is always whole.")
        return 0, None
    offset = _number("offset", values.pop("offset")) if "offset" in values else 0
    if "count" not in values:
        return offset, paging.size
    count = _number("count", values.pop("count"))
    if not 1 <= count <= paging.largest:
        raise BadParameter("count", f"The number of objects on a page is 1 to {paging.largest}.")
    return offset, count


def _number(name: str, texts: list[str]) -> int:
    text = _only(name, texts)
    if not _NUMBER.fullmatch(text) or int(text) > INTEGER_MAX:
        raise BadParameter(name, "A whole number is required, 0 or greater.")
    return int(text)


def _names(texts: list[str]) -> list[str]:
    text = _only("ordering", texts)
    if not text:
        raise BadParameter("ordering", "Names of fields are required, such as title,-id.")
    return text.split(",")


def _only(name: str, texts: list[str]) -> str:
    if len(texts) > 1:
        raise BadParameter(name, "This parameter can be given once.")
    return texts[0]


def _filter(name: str, texts: list[str], surface: Surface, place: Place) -> Where:
    field_name, _, lookup = name.partition("__")
    if field_name in RESERVED and not lookup:
        _refuse_reserved(name, surface)
    found = surface.filters.get(field_name)
    if found is None:
        raise UnknownName("filter", field_name, surface.filters) if lookup else UnknownName("filter", name, [*surface.filters, *BUILT])
    if lookup not in ("", "exact"):
        raise UnknownName("lookup", lookup, ("exact",))
    return surface.condition(found, texts, name, place)


def _refuse_reserved(name: str, surface: Surface) -> NoReturn:
    advice = f"; to filter by the field, write {name}__exact=" if name in surface.filters else ""
    raise BadParameter(name, f"This parameter of the API is not built yet{advice}.")
