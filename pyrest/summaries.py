"""What a client asks of a list beside its rows, or instead of them: aggregates, and facets. Parameters → plans → JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from pyrest.aggregates import Grouped, Groups, ShownNames, grouped, groups_of
from pyrest.errors import BadParameter, ValidationError, quoted
from pyrest.models.model import Model
from pyrest.paging import Found, Pairs
from pyrest.plan import Aggregate, Measure, Rank, Where
from pyrest.scan_guard import refuse_scans
from pyrest.store import Store
from pyrest.surface import Surface

MAX_FACETS = 10
MAX_FACET_VALUES = 100

NAMES = frozenset({"aggregate", "group_by", "facet"})
_OF_ROWS = ("facet", "cursor", "total", "fields", "omit", "expand")

Object = dict[str, Any]


class Source(NamedTuple):
    """The rows that a summary is made of; `largest` is the number of rows of a table that may be read from end to end."""

    store: Store
    model: type[Model]
    where: Where
    largest: int | None


class Summary(NamedTuple):
    """What of a query string is about groups, or about facets; `rest` are the parameters that say which rows, and which page."""

    groups: Groups | None
    facets: tuple[Grouped, ...]
    rest: Pairs


def is_asked(pairs: Pairs) -> bool:
    """Whether a query string is about more than rows."""
    return any(name in NAMES for name, _ in pairs)


def summary(pairs: Pairs, surface: Surface) -> Summary:
    """Raises `BadParameter`, and `UnknownName` for a field that there is none of."""
    texts = dict(pairs)
    names = ShownNames(surface)
    if "aggregate" not in texts and "group_by" not in texts:
        return Summary(None, _facets(names, _listed(pairs, "facet")), [pair for pair in pairs if pair[0] != "facet"])
    for name in _OF_ROWS:
        if name in texts:
            raise BadParameter(name, "This parameter is about the rows of a list; leave it out beside aggregate and group_by.")
    own = ("aggregate", "group_by", "ordering")
    asked, by, ordering = (_listed(pairs, name) for name in own)
    with _blaming():
        return Summary(groups_of(names, asked or ["count"], by, ordering), (), [pair for pair in pairs if pair[0] not in own])


def group_page(groups: Groups, source: Source, limit: int | None, offset: int) -> Found:
    """A page of groups as JSON objects, and how many groups there are. Raises `BadParameter` for a sum that is no number any more."""
    plan = groups.plan(source.model, source.where)._replace(limit=limit, offset=offset, total=True)
    rows, total = _found(plan, source)
    with _blaming():
        return Found(groups.objects(rows, shown=True), total)


def facet_counts(facets: Sequence[Grouped], source: Source) -> Object:
    """How often each value comes, the most frequent first, as `meta` shows it; `facets_cut` names those of which not all are there."""
    counts: dict[str, list[Object]] = {}
    cut = []
    for facet in facets:
        plan = Aggregate(source.model, (Measure("count"),), (facet.value,), source.where, (Rank(1, True),), MAX_FACET_VALUES + 1)
        rows, _ = _found(plan, source)
        counts[facet.name] = [{"value": facet.dump(value), "count": count} for value, count in rows[:MAX_FACET_VALUES]]
        if len(rows) > MAX_FACET_VALUES:
            cut.append(facet.name)
    return {"facets": counts, "facets_cut": cut}


def _found(plan: Aggregate, source: Source) -> tuple[list[tuple[Any, ...]], int]:
    if source.largest is not None:
        refuse_scans(source.store, plan, source.largest)
    found = source.store.aggregate(plan)
    return found.rows, found.total or 0


def _facets(names: ShownNames, texts: Sequence[str]) -> tuple[Grouped, ...]:
    if len(texts) > MAX_FACETS:
        raise BadParameter("facet", f"At most {MAX_FACETS} at once.")
    for text in texts:
        if texts.count(text) > 1:
            raise BadParameter("facet", f"{quoted(text)} is there twice.")
    with _blaming():
        return tuple(grouped(names, text, "facet") for text in texts)


@contextmanager
def _blaming() -> Iterator[None]:
    """What is wrong inside is told as that of a parameter."""
    try:
        yield
    except ValidationError as refusal:
        parameter, messages = next(iter(refusal.errors.items()))
        raise BadParameter(parameter, " ".join(messages)) from None


_EXAMPLES = {
    "aggregate": "Measures are required, such as count,sum(price).",
    "group_by": "Names of fields are required, such as country,created__year.",
    "facet": "Names of fields are required, such as country,created__year.",
    "ordering": "Names of groups or measures are required, such as -count.",
}


def _listed(pairs: Pairs, parameter: str) -> list[str]:
    """What stands between the commas of a parameter, in all places where it was sent."""
    texts = [text for name, text in pairs if name == parameter]
    if texts and not any(texts):
        raise BadParameter(parameter, _EXAMPLES[parameter])
    return ",".join(texts).split(",") if texts else []
