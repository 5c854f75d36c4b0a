"""Pages: what of a list is asked for → parts of a plan; the rows that were found → `meta`, and the references to the pages beside them.

A page is found by an offset, or by a cursor (`cursors.py`), which says behind which row it begins.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Literal, NamedTuple, cast
from urllib.parse import quote_plus

from pyrest.cursors import MAX_NAMES, Cursor, Listing, read, written
from pyrest.datastores.protocol import Result
from pyrest.errors import BadParameter
from pyrest.models.fields.numbers import INTEGER_MAX
from pyrest.orders import turned
from pyrest.plan import Read, Walk

ALL = "all"  # the `count` that asks for every row
MAX_COUNTED = 10_000

Total = Literal["exact", "none", "capped"]
TOTALS = ("exact", "none", "capped")

Pairs = list[tuple[str, str]]
Row = tuple[Any, ...]

_NUMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Paging:
    """How many rows a page has unless asked otherwise, and at most. A `size` of None: there is one page with everything.

    With `by_cursor` every page is found by a cursor, asked for or not.
    """

    size: int | None
    largest: int
    by_cursor: bool = False


class Window(NamedTuple):
    """The part of a list that is asked for. A `size` of None is everything.

    `cursor` is the text of one, empty for the first page, and None where the offset says what is asked for. `pairs` are all parameters.
    """

    size: int | None
    offset: int
    cursor: str | None
    total: Total
    pairs: Pairs

    @property
    def limit(self) -> int | None:
        """How many rows to read: one more than the page has, where nothing else tells whether there is a next one."""
        return self.size if self.size is None or (self.total == "exact" and self.cursor is None) else self.size + 1

    @property
    def total_limit(self) -> int | None:
        """How far to count: one row more, so that it is known whether there are more."""
        return MAX_COUNTED + 1 if self.total == "capped" else None


class Walking(NamedTuple):
    """A list that is walked through by cursors, and where the walk has come to; None is its beginning."""

    listing: Listing
    cursor: Cursor | None


class Found(NamedTuple):
    """What was found for a page of something else than rows, such as groups of them; `total` is the number of all."""

    rows: list[Any]
    total: int | None


class RowPage(NamedTuple):
    """The rows to show, `meta` as the wire has it, and references to the next and the previous page: `?address=1&count=20&offset=20`."""

    rows: list[Any]
    meta: dict[str, Any]
    next: str | None
    previous: str | None


def window(values: dict[str, list[str]], paging: Paging, pairs: Pairs, filters: Container[str] = ()) -> Window:
    """Takes the parameters of pages out of the values. Raises `BadParameter`. `filters` are names, for advice."""
    total = _total(values.pop("total"), filters) if "total" in values else "exact"
    if paging.size is None:
        for name in ("offset", "count", "cursor"):
            if name in values:
                raise BadParameter(name, "This list has no pages; it is always whole.")
        return Window(None, 0, None, total, pairs)
    cursor = only("cursor", values.pop("cursor")) if "cursor" in values else "" if paging.by_cursor else None
    if cursor is not None and "offset" in values:
        raise BadParameter("offset", "This page is found by a cursor; it takes no offset.")
    offset = _number("offset", values.pop("offset")) if "offset" in values else 0
    size = _size(values.pop("count"), paging.largest) if "count" in values else paging.size
    return Window(size, offset, cursor, total, pairs)


def only(name: str, texts: list[str]) -> str:
    """The one text of a parameter. Raises `BadParameter` where there are more."""
    if len(texts) > 1:
        raise BadParameter(name, "This parameter can be given once.")
    return texts[0]


def advice(name: str, is_field: bool) -> str:
    """How to filter by a field that is called like a parameter, if there is one."""
    return f"; to filter by the field, write {name}__exact=" if is_field else ""


def _number(name: str, texts: list[str]) -> int:
    text = only(name, texts)
    if not _NUMBER.fullmatch(text) or int(text) > INTEGER_MAX:
        raise BadParameter(name, "A whole number is required, 0 or greater.")
    return int(text)


def _size(texts: list[str], largest: int) -> int:
    if texts == [ALL]:
        raise BadParameter("count", "All rows at once come as CSV or NDJSON: add format=csv or format=ndjson.")
    count = _number("count", texts)
    if not 1 <= count <= largest:
        raise BadParameter("count", f"The number of objects on a page is 1 to {largest}.")
    return count


def _total(texts: list[str], filters: Container[str]) -> Total:
    text = only("total", texts)
    if text not in TOTALS:
        raise BadParameter("total", f"The total is one of {', '.join(TOTALS)}{advice('total', 'total' in filters)}.")
    return cast(Total, text)


# Pages that are found by an offset.


def offset_page(asked: Window, filters: Mapping[str, Any], found: Result | Found) -> RowPage:
    """The page of the rows that were read."""
    following, previous = _neighbours(asked, found)
    rows = found.rows if asked.limit == asked.size else found.rows[: asked.size]
    meta = {
        "count": len(rows) if asked.size is None else asked.size,
        "filters": filters,
        "next": following or "null",
        "offset": asked.offset,
        "previous": previous or "null",
        **_counted(asked, found),
    }
    return RowPage(rows, meta, following, previous)


def _neighbours(asked: Window, found: Result | Found) -> tuple[str | None, str | None]:
    if asked.size is None:
        return None, None
    following = asked.offset + asked.size
    there_is = following < (found.total or 0) if asked.total == "exact" else len(found.rows) > asked.size
    following_page = _link(asked, "offset", following) if there_is else None
    return following_page, _link(asked, "offset", max(0, asked.offset - asked.size)) if asked.offset > 0 else None


# Pages that are found by a cursor.


def walking(text: str, listing: Listing) -> Walking:
    """Where the text of a cursor leads. Raises `BadParameter`."""
    if len(listing.order) > MAX_NAMES:
        raise BadParameter("cursor", f"It goes with an ordering of at most {MAX_NAMES} names, the key among them.")
    return Walking(listing, read(text, listing) if text else None)


def walking_plan(walk: Walking, plan: Read) -> Read:
    """The plan for the rows of a page, which come the other way round where the walk goes back."""
    order, cursor = walk.listing.order, walk.cursor
    if cursor is None:
        return plan._replace(order=order, walk=Walk())
    return plan._replace(order=turned(order) if cursor.backwards else order, walk=Walk(cursor.place, cursor.included))


def cursor_page(asked: Window, filters: Mapping[str, Any], walk: Walking, found: Result) -> RowPage:
    """The page of the rows that were read. Raises `BadParameter` where a place is too long for a cursor."""
    back = -1 if walk.cursor is not None and walk.cursor.backwards else 1
    rows, places = found.rows[: asked.size][::back], found.places[: asked.size][::back]
    following, previous = (
        None if cursor is None else written(cursor, walk.listing) for cursor in _beside(walk.cursor, places, len(found.rows) > len(rows))
    )
    meta = {
        "count": asked.size,
        "filters": filters,
        "next_cursor": following or "null",
        "previous_cursor": previous or "null",
        **_counted(asked, found),
    }
    next_page, previous_page = (None if text is None else _link(asked, "cursor", text) for text in (following, previous))
    return RowPage(rows, meta, next_page, previous_page)


def _beside(cursor: Cursor | None, places: Sequence[Row], more: bool) -> tuple[Cursor | None, Cursor | None]:
    """The cursors of the next and the previous page.

    Where a cursor was, there was a row: the way back is open, and from an empty page it begins at that row.
    """
    if cursor is not None and not places:
        back = Cursor(cursor.place, not cursor.backwards, not cursor.included)
        return (back, None) if cursor.backwards else (None, back)
    if cursor is not None and cursor.backwards:
        return Cursor(places[-1]), Cursor(places[0], backwards=True) if more else None
    return Cursor(places[-1]) if more else None, None if cursor is None else Cursor(places[0], backwards=True)


# Both.


def _counted(asked: Window, found: Result | Found) -> dict[str, Any]:
    if asked.total == "capped" and found.total is not None and found.total > MAX_COUNTED:
        return {"total_count": MAX_COUNTED, "total_count_capped": True}
    return {} if asked.total == "none" else {"total_count": found.total}


def _link(asked: Window, way: str, place: int | str) -> str:
    kept = [(name, f"{quote_plus(name)}={quote_plus(value)}") for name, value in asked.pairs if name not in ("count", "cursor", "offset")]
    own = [("count", f"count={asked.size}"), (way, f"{way}={place}")]
    return "?" + "&".join(text for _, text in sorted(kept + own, key=itemgetter(0)))
