"""The list of a resource: what a query string asks of its rows → a page of them, groups in their place, or all of them as an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pyrest.cursors import Listing
from pyrest.endpoint import Endpoint
from pyrest.errors import BadParameter
from pyrest.expandable import Target
from pyrest.exporting import Export
from pyrest.linking import both, own_order
from pyrest.models.model import Model, declaration
from pyrest.orders import total_order
from pyrest.paging import ALL, Paging, Pairs, Walking, Window, cursor_page, offset_page, walking, walking_plan
from pyrest.plan import EVERYTHING, Order, Read, Where
from pyrest.query import NARROWING, RESERVED, Question, question
from pyrest.queryset import QuerySet
from pyrest.representing import Represented, Shown
from pyrest.scan_guard import refuse_scans
from pyrest.serializers.fields import Place
from pyrest.shaper import Shaper
from pyrest.store import Store
from pyrest.summaries import Source, facet_counts, group_page, is_asked, summary
from pyrest.surface import Surface

Object = dict[str, Any]


class Page(NamedTuple):
    """A list: `meta` and `object_list` as the wire has them, the references to the pages beside it, and what has shown the rows."""

    meta: Object
    object_list: list[Object]
    next: str | None
    previous: str | None
    shown_by: Shown | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """The part of a resource below a row of another one: the rows that meet the condition; new ones hold what is `given`.

    `name` tells it from other parts.
    """

    where: Where = EVERYTHING
    given: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


EVERYWHERE = Within()
UNPAGED = Paging(None, 0)


class RowList:
    """The rows that an endpoint shows, as its surface lets them be asked for.

    The methods raise `UnknownName` and `BadParameter` for what a query string asks in vain, and `WouldScan`.
    """

    def __init__(self, endpoint: Endpoint, store: Store, represented: Represented, surface: Surface, shaper: Shaper) -> None:
        queryset = QuerySet(endpoint.model) if endpoint.queryset is None else endpoint.queryset
        declared = declaration(endpoint.model)
        size = endpoint.page_size if endpoint.pagination else None
        self._endpoint = endpoint
        self._store = store
        self._represented = represented
        self._surface = surface
        self._shaper = shaper
        self._model: type[Model] = endpoint.model
        self._key = declared.key.name
        self._narrowed = queryset.where
        self._order = own_order(declared) if queryset.order is None else queryset.order
        self._paging = Paging(size, endpoint.max_page_size, endpoint.pagination == "cursor")

    @property
    def target(self) -> Target:
        """The list, for others to show rows of it."""
        return Target(self._endpoint, self._represented.listed, self._surface, self._paging, self._narrowed, self._order)

    def page(self, pairs: Pairs, place: Place, within: Within = EVERYWHERE) -> Page:
        """A page of what is asked for."""
        if is_asked(pairs):
            return self._summary(pairs, place, within)
        return self._rows(question(pairs, self._surface, self._paging, place), place, within)

    def export(self, pairs: Pairs, place: Place, within: Callable[[], Within] = lambda: EVERYWHERE) -> Export:
        """All rows, from one snapshot, in which `within` is called too. Whoever asks for them closes it."""
        for name, _ in pairs if self._paging.size is not None else ():
            if name in ("offset", "cursor", "total"):
                raise BadParameter(name, "With count=all there are no pages.")
        asked = question([pair for pair in pairs if pair != ("count", ALL)], self._surface, UNPAGED, place)
        pin = self._store.pin()
        try:
            with pin.inside():
                found = self._shaper.showing(self._represented.listed, asked.shape, place)
                plan = self._plan(asked, found, within(), asked.window)
                self._refuse_scans(asked, plan)
                return Export(self._represented, found, place, pin, plan)
        except BaseException:
            pin.close()
            raise

    def selected(self, pairs: Pairs, place: Place, within: Within, limit: int) -> Read:
        """The plan for the keys of the rows that filters select, of so many at most. What filters nothing is refused."""
        for name, _ in pairs:
            if name in RESERVED and name not in NARROWING:
                raise BadParameter(name, "It has no meaning here: all rows that the filters select are written.")
        asked = question(pairs, self._surface, UNPAGED, place)
        if asked.where == EVERYTHING:
            raise BadParameter("", f"A filter is required{self._such_as()}: without one every row would be written.")
        plan = Read(self._model, (self._key,), both(self._narrowed, within.where, asked.where), (Order(self._key),), limit)
        self._refuse_scans(asked, plan)
        return plan

    def _such_as(self) -> str:
        names = self._surface.filters
        if self._key in names:
            return f", such as ?{self._key}__in=1,2"
        return f", such as one by {next(iter(names))}" if names else ""

    def _rows(self, asked: Question, place: Place, within: Within) -> Page:
        found = self._shaper.showing(self._represented.listed, asked.shape, place)
        plan, window = self._plan(asked, found, within, asked.window), asked.window
        walk = None if window.cursor is None else self._walk(window.cursor, asked, plan, within)
        if walk is not None:
            plan = walking_plan(walk, plan)
        self._refuse_scans(asked, plan)
        with self._represented.snapshot(found):
            result = self._store.read(plan)
            page = offset_page(window, asked.filters, result) if walk is None else cursor_page(window, asked.filters, walk, result)
            objects = self._represented.objects(found, page.rows, place)
        return Page(page.meta, objects, page.next, page.previous, found)

    def _summary(self, pairs: Pairs, place: Place, within: Within) -> Page:
        """Groups of rows in the place of rows, or a page of rows with facets beside it."""
        found = summary(pairs, self._surface)
        paging = self._paging if found.groups is None else replace(self._paging, by_cursor=False)
        asked = question(found.rest, self._surface, paging, place).linking(pairs)
        source = Source(self._store, self._model, both(self._narrowed, within.where, asked.where), self._endpoint.refuse_scans)
        if found.groups is not None:
            page = offset_page(asked.window, asked.filters, group_page(found.groups, source, asked.window.size, asked.window.offset))
            return Page(page.meta, page.rows, page.next, page.previous)
        with self._store.snapshot():
            rows = self._rows(asked, place, within)
            rows.meta.update(facet_counts(found.facets, source))
        return rows

    def _plan(self, asked: Question, found: Shown, within: Within, window: Window) -> Read:
        """The part of the rows that is asked for."""
        order = self._order if asked.order is None else asked.order
        where = both(self._narrowed, within.where, asked.where)
        counted, most = window.total != "none", window.total_limit
        return Read(self._model, found.columns, where, order, window.limit, window.offset, counted, asked.best, most)

    def _walk(self, cursor: str, asked: Question, plan: Read, within: Within) -> Walking:
        """Where a cursor of this list leads."""
        if plan.best is not None:
            raise BadParameter("cursor", "The order of what a search finds best changes while rows come and go; give an ordering.")
        name = within.name or self._endpoint.name
        return walking(cursor, Listing(self._store.secret, name, asked.narrowing, total_order(self._key, plan.order)))

    def _refuse_scans(self, asked: Question, plan: Read) -> None:
        if self._endpoint.refuse_scans is not None and (asked.where != EVERYTHING or asked.order is not None):
            refuse_scans(self._store, plan, self._endpoint.refuse_scans)
