"""The representations of one endpoint, for lists, for details and for bodies: rows → objects, a body → the values of a write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

from pyrest.endpoint import Endpoint, default_serializer
from pyrest.errors import Misdeclared
from pyrest.models.declaration import Declaration
from pyrest.models.fields import GenericForeignKey
from pyrest.serializers.fields import Call, Place
from pyrest.serializers.hyperlinks import Routes
from pyrest.serializers.items import Item, refuse
from pyrest.serializers.reading import read_items
from pyrest.serializers.representation import Representation
from pyrest.serializers.serializer import Serializer
from pyrest.serializers.shaping import Showing
from pyrest.store import Store

Shown: TypeAlias = Representation | Showing
NOTHING: AbstractContextManager[None] = nullcontext()


class Represented:
    """How an endpoint shows rows and reads bodies. Raises `Misdeclared` where its serializers contradict it.

    `creates` and `updates` say whether a serializer of the user's writes rows in its own way.
    """

    def __init__(self, endpoint: Endpoint, store: Store, routes: Routes) -> None:
        detail = endpoint.serializer or default_serializer(endpoint, store.catalog)
        self._store = store
        self._endpoint = endpoint
        self.detailed = self._represent(detail, routes)
        self.listed = self._represent(endpoint.list_serializer, routes) if endpoint.list_serializer else self.detailed
        self.written = self._represent(endpoint.write_serializer, routes) if endpoint.write_serializer else self.detailed
        self._writer = endpoint.write_serializer or endpoint.serializer
        self.creates = self._writer is not None and self._writer.overrides("create")
        self.updates = self._writer is not None and self._writer.overrides("update")
        _check_creatable(endpoint, self.written, type(endpoint).__name__)

    def snapshot(self, found: Shown) -> AbstractContextManager[None]:
        """One snapshot for all that a representation reads. A single statement is one by itself."""
        return NOTHING if found.is_flat else self._store.snapshot()

    def objects(self, found: Shown, rows: list[tuple[Any, ...]], place: Place) -> list[dict[str, Any]]:
        """Rows of the columns that a representation needs → their JSON objects."""
        return found.dump(Call(self._store, place), found.fetched(self._store, rows))

    def read(self, item: Item, body: Mapping[str, object], place: Place) -> Serializer | None:
        """Reads a body into an item, and gives the serializer that the user has declared for it. Raises `ValidationError`."""
        serializer = None
        if self._writer is not None:
            partial = item.mode == "patch"
            serializer = self._writer(item.row, data=body, partial=partial, context=place.context, store=self._store)
        call = Call(self._store, place, serializer)
        read_items(self.written, [(item, body)], call, rows=serializer is not None, unique=False)
        refuse(item, self.written)
        return serializer

    @property
    def reads_plainly(self) -> bool:
        """Whether bodies need no serializer each."""
        return self._writer is None or self.written.reads_plainly

    @property
    def changes_plainly(self) -> bool:
        """Whether to change rows is to read a body once and to store it in their own fields."""
        return self.reads_plainly and not self.updates and not self.written.writes_relations

    def read_all(self, entries: list[tuple[Item, Any]], place: Place) -> None:
        """Reads bodies into items, where `reads_plainly`; what is wrong is noted in the items."""
        read_items(self.written, entries, Call(self._store, place), rows=False, unique=False)

    def _represent(self, kind: type[Serializer], routes: Routes) -> Representation:
        endpoint = self._endpoint
        return Representation(
            kind.prototype(), endpoint.model, self._store.catalog, routes, lenient=False, link_field=endpoint.lookup_field
        )


def _check_creatable(endpoint: Endpoint, written: Representation, owner: str) -> None:
    """Refuses an endpoint whose every POST would fail for a field that no body can hold and nothing else can fill."""
    creates = type(written.serializer).overrides("create")
    if "POST" not in endpoint.list_methods or creates or type(endpoint).before_write is not Endpoint.before_write:
        return
    sent = {m.target for m in written.created.values()} | {
        m.target for inner in written.nested if inner.kind == "whole" for m in inner.inner.members
    }
    given = written_by(written.declared, sent)
    hidden = [name for name, column in written.declared.fields.items() if column.must_be_sent and name not in given]
    if hidden:
        advice = "show it, give it a default, fill it in before_write, or leave POST out of list_methods"
        raise Misdeclared(f"{owner}: nobody could create a {written.declared.name} without {hidden[0]!r}, which is required; {advice}")


def written_by(declared: Declaration, names: Iterable[str]) -> set[str]:
    """What is written with values of these names: the fields, and the pair of fields of a generic foreign key."""
    if not declared.links:
        return set(names)
    pairs = [link for name in names if isinstance(link := declared.links.get(name), GenericForeignKey)]
    return {*names, *(field for link in pairs for field in (link.type_field, link.key_field))}
