"""A page and its total, of one snapshot. The total is told by the page, known from before, or counted."""

from __future__ import annotations

from collections.abc import Callable

from pyrest.datastores.decoding import Row
from pyrest.datastores.freshness import Total, models_in, now
from pyrest.datastores.sessions import DATA_VERSION, Ask, Query, Session
from pyrest.plan import Read


def counted(
    plan: Read, page: tuple[Query, Query], session: Session, moved: Callable[[Session, int], bool], ask: Ask
) -> tuple[list[Row], int]:
    """The rows and the total that the two queries of a page find. `ask` asks in a snapshot of the session.

    `moved` takes note of its data_version, and says whether that has changed.
    """
    listing, counting = page
    rows = ask(listing)
    told = _told(plan, len(rows))
    if told is not None:
        return rows, told
    if session.writes:
        return rows, ask(counting)[0][0]
    has_moved = moved(session, ask(DATA_VERSION)[0][0])
    known = session.totals.get(*counting)
    if known is not None and not has_moved and session.freshness.holds(known.since, known.models):
        return rows, known.number
    # No other connection shares this total, so that it may count as read when the look was made, which is after the snapshot began.
    since = now()
    number: int = ask(counting)[0][0]
    session.totals.keep(*counting, Total(number, since, frozenset(models_in((plan.model, plan.where)))))
    return rows, number


def _told(plan: Read, found: int) -> int | None:
    """How many rows there are, where a page of so many says it: the last one does, unless it is behind the end."""
    is_last = plan.walk is None and (plan.limit is None or found < plan.limit) and (found > 0 or plan.offset == 0)
    if not is_last:
        return None
    total = plan.offset + found
    return total if plan.total_limit is None else min(total, plan.total_limit)
