"""A part of a representation, relations expanded in it: an expression of its own, which needs no more than is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from pyrest.datastores.fetch import Fetched, fetch_shares
from pyrest.errors import BadParameter
from pyrest.links import beside
from pyrest.models.edges import Edge
from pyrest.reach import Needs, Row
from pyrest.serializers.binding import Bound
from pyrest.serializers.expressions import Dump, Sheet, object_of
from pyrest.serializers.representation import LINK, Representation, documents_of, names_of
from pyrest.shares import Share, Shares
from pyrest.store import Store


class Expanded(NamedTuple):
    """A relation shown by objects: along which edge, the number of the share that a request wants of it, and what is shown of a row."""

    edge: Edge
    share: int
    part: Part


@dataclass(frozen=True, eq=False)
class Part:
    """These members of a representation, and these relations expanded. `link` where the row's own link is shown, too.

    `collection` is the name of the endpoint whose rows they are, empty for the one that is asked.
    A serializer that shows rows in its own way gives all it has; `keys` and `omitted` say what of that is kept.
    """

    of: Representation
    members: tuple[Bound, ...]
    expanded: Mapping[str, Expanded]
    link: bool
    collection: str
    keys: frozenset[str] | None
    omitted: frozenset[str]

    @cached_property
    def dump(self) -> Dump:
        """Shows the rows that were fetched for `needs`."""
        dump = Dump(Needs(self.of.model), self.express)
        if not dump.needs.columns:
            dump.needs.place(self.of.declared.key.name)  # a SELECT has a column
        return dump

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns to read of the rows themselves."""
        return tuple(self.dump.needs.columns)

    def express(self, sheet: Sheet) -> str:
        """The expression for one row."""
        items = {name: sheet.along(one.edge, one.part.express, one.share) for name, one in self.expanded.items()}
        if self.of.serializer.shows_rows_itself:
            return f"{{**{sheet.constant(self._kept)}({self.of.express(sheet)}), **{object_of(items)}}}"
        items |= {member.name: self.of.express_member(member, sheet) for member in self.members}
        if self.link:
            name = self.collection
            items[LINK] = self.of.express_link(
                sheet, lambda call: beside(call.place.collection, name) if name else call.place.collection
            )
        return object_of(items)

    def _kept(self, shown: Any) -> dict[str, Any]:
        if not isinstance(shown, Mapping):
            raise BadParameter("", "What is shown here has a form of its own, without names to choose from.")
        return {name: value for name, value in shown.items() if (self.keys is None or name in self.keys) and name not in self.omitted}


@dataclass(frozen=True, slots=True)
class Showing:
    """A part of a representation in one request, which wants these shares along its edges. It stands in for a `Representation`."""

    part: Part
    shares: tuple[Share, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.part.columns

    @property
    def names(self) -> tuple[str, ...] | None:
        """As those of a representation."""
        part = self.part
        own = part.of.serializer.shows_rows_itself
        return None if own else names_of(part.members, [*part.expanded, *([LINK] if part.link else [])])

    @property
    def documents(self) -> frozenset[str]:
        """As those of a representation."""
        return documents_of(self.part.members)

    @property
    def is_flat(self) -> bool:
        return not (self.part.dump.needs.edges or self.part.dump.needs.whole)

    @property
    def dump(self) -> Dump:
        return self.part.dump

    def fetched(self, store: Store, rows: list[Row]) -> Fetched:
        """As that of a representation. Raises `BadParameter` for more than a request may be given."""
        return fetch_shares(store, self.part.dump.needs, rows, Shares(self.shares))
