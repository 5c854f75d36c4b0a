"""`fields`, `omit` and `expand` of a request → what is shown of the rows of an endpoint, and which related rows are fetched for it."""

from __future__ import annotations

from functools import lru_cache

from pyrest.endpoint import Endpoint
from pyrest.errors import BadParameter, UnknownName, quoted
from pyrest.expandable import Targets
from pyrest.linking import both, kind_of
from pyrest.models.model import declaration
from pyrest.paging import Pairs
from pyrest.parts import Derived, Wanted, derive
from pyrest.plan import OneOf, Read
from pyrest.query import RESERVED, question
from pyrest.representing import Shown
from pyrest.scan_guard import refuse_scans
from pyrest.serializers.fields import Place
from pyrest.serializers.representation import Representation
from pyrest.serializers.shaping import Showing
from pyrest.shapes import Shape, Shaped
from pyrest.shares import Share
from pyrest.store import Store

SHAPES_KEPT = 256

OF_LISTS = ("ordering", "count")
OF_ROWS = ("search", "and", "or", "not")
"""What a relation that is expanded may be asked beside filters, of the parameters that have a meaning of their own."""


class Shaper:
    """What clients may have shown of the rows of an endpoint. `targets` are given to it when all endpoints are known."""

    def __init__(self, endpoint: Endpoint, store: Store) -> None:
        self.targets = Targets()
        self._endpoint = endpoint
        self._store = store
        # Clients choose shapes: those used lately are kept.
        self._derived = lru_cache(maxsize=SHAPES_KEPT)(self._derive)

    def showing(self, found: Representation, asked: Shaped | None, place: Place) -> Shown:
        """How the rows are shown: as ever, where no shape is asked for.

        Raises `BadParameter`, and `WouldScan` where a list that is expanded refuses scans.
        """
        if asked is None:
            return found
        part, wanted = self._derived(found, asked.shape)
        return Showing(part, tuple(self._share(one, asked.arguments.get(one.way, []), place) for one in wanted))

    def _derive(self, found: Representation, shape: Shape) -> Derived:
        return derive(found, shape, self._endpoint, self.targets)

    def _share(self, wanted: Wanted, arguments: Pairs, place: Place) -> Share:
        target = wanted.target
        share = _share_of(wanted, arguments, place) if arguments else _first_page(wanted)
        if target.endpoint.refuse_scans is not None and (arguments or not wanted.edge.single):
            refuse_scans(self._store, _read_of(wanted, share), target.endpoint.refuse_scans)
        return share


def _first_page(wanted: Wanted) -> Share:
    """What is shown of the rows that a relation leads to, unless more is asked."""
    target = wanted.target
    return Share(target.where) if wanted.edge.single else Share(target.where, target.order, target.paging.size)


def _share_of(wanted: Wanted, arguments: Pairs, place: Place) -> Share:
    target, single, way = wanted.target, wanted.edge.single, ".".join(wanted.way)
    for name, _ in arguments:
        if name in RESERVED and name not in (OF_ROWS if single else (*OF_ROWS, *OF_LISTS)):
            raise BadParameter("expand", f"In {way}: {quoted(name)} cannot be asked {'of one row' if single else 'within expand'}.")
    try:
        asked = question(arguments, target.surface, target.paging, place)
    except (BadParameter, UnknownName) as refusal:
        raise BadParameter("expand", f"In {way}: {refusal}") from refusal
    where = both(target.where, asked.where)
    return Share(where) if single else Share(where, target.order if asked.order is None else asked.order, asked.window.size)


def _read_of(wanted: Wanted, share: Share) -> Read:
    """What is read for a share, as far as the guard looks at it."""
    edge = wanted.edge
    where = both(kind_of(edge), OneOf(edge.field.name, ()), share.where)
    return Read(edge.target, (declaration(edge.target).key.name,), where, share.order or ())
