"""Bodies → values: every member reads its own, and references are looked up together.

Nested objects are read level by level (`nesting.py`), so that what is there is fetched for all items of a level at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pyrest.datastores.fetch import named
from pyrest.errors import NON_FIELD_ERRORS, Invalid, UnknownName, ValidationError, did_you_mean
from pyrest.models.fields import Field, ForeignKey
from pyrest.models.fields.options import UNSET
from pyrest.models.model import Model
from pyrest.plan import Ref
from pyrest.references import missing
from pyrest.serializers.binding import Bound
from pyrest.serializers.fields import Call
from pyrest.serializers.items import Item, equal, field_of, same
from pyrest.serializers.relations import RelatedField
from pyrest.serializers.representation import LINK, Representation, show_rows

PLACED = "This field cannot be set: the object's place gives it."

SUGGESTIONS = 20  # each costs a comparison with every field, and a body may hold a hundred thousand names


class Waiting(NamedTuple):
    """A reference that has yet to be looked up: the member that it is of, or the place in its list, and what was sent."""

    item: Item
    member: Bound
    place: int | None
    ref: Ref
    data: Any


class Loading:
    """One body being read. `rows` says whether references become the rows themselves, or are only seen to exist, `whole` whether objects
    within it replace the rows that they name: only a PUT says all that a row shall hold."""

    def __init__(self, call: Call, rows: bool, whole: bool = False) -> None:
        self.call = call
        self.rows = rows
        self.whole = whole
        self.waiting: list[Waiting] = []
        self.placed: list[tuple[Item, Bound]] = []

    def members(self, found: Representation, item: Item, body: object) -> None:
        """Reads the members of one object, apart from those that are serializers."""
        if not isinstance(body, Mapping):
            item.errors[NON_FIELD_ERRORS] = [found.serializer.refusal(body)]
            return
        written = found.created if item.mode == "create" else found.changed
        for name, value in body.items():
            if name in item.fixed:
                self._placed(item, written.get(name), value)
            elif name == LINK and found.link_field:
                item.expect(name, value == item.link and item.mode != "create")
            elif name not in written:
                self._fixed(found, item, name, value, found.by_name.get(name))
            elif (member := written[name]).inner is None:
                self._one(item, member, value)
        if item.mode != "patch":
            for name, member in written.items():
                if name not in body and name not in item.fixed:
                    _complete(item, member)

    def _placed(self, item: Item, member: Bound | None, value: object) -> None:
        """A member whose value the object's place gives: it may say the same."""
        if member is None or (name := field_of(member)) not in item.given:
            return
        given = item.given[name]
        if member.kind == "related" and not isinstance(given, Item):
            self._one(item, member, value)
            self.placed.append((item, member))
        elif member.column is None or isinstance(given, Item) or not same(member.column, given, value):
            item.errors[member.name] = [PLACED]

    def _one(self, item: Item, member: Bound, value: object) -> None:
        try:
            if isinstance(member.shape, Field):
                item.values[member.target] = _plain(member.shape, value)
            elif member.many:
                self._list(item, member, value)
            else:
                self._related(item, member, None, value)
        except (Invalid, ValidationError) as refusal:
            item.errors[member.name] = refusal.said

    def _related(self, item: Item, member: Bound, place: int | None, value: object) -> None:
        if value is None or (value == "" and isinstance(member.shape, RelatedField)):
            if place is not None or not member.allow_null:
                raise Invalid(member.shape.messages["null"])
            item.put(member, None, None)
            return
        shape = member.shape if member.alone else self.call.bind(member.shape)
        found = shape.to_internal_value(value) if member.interprets else shape.refer(value)
        if isinstance(found, Ref):
            self.waiting.append(Waiting(item, member, place, found, value))
            found = found.value
        item.put(member, place, found)

    def _list(self, item: Item, member: Bound, value: object) -> None:
        shape = member.shape
        if value is None and member.allow_null:
            value = []
        if value is None:
            raise Invalid(shape.messages["null"])
        if not isinstance(value, list | tuple):
            raise Invalid(shape.message("not_a_list", input_type=type(value).__name__))
        if not value and not shape.allow_empty:
            raise Invalid(shape.message("empty"))
        item.put(member, None, [None] * len(value))
        for place, one in enumerate(value):
            try:
                self._related(item, member, place, one)
            except (Invalid, ValidationError) as refusal:
                item.fail(member, place, refusal.said)

    def _fixed(self, found: Representation, item: Item, name: str, value: object, member: Bound | None) -> None:
        """A key or a read-only member: it may be sent back as it was read."""
        key = found.declared.key
        if member is None and not (name == key.name and item.mode != "create" and found.link_field):
            known = [*(m.name for m in found.members), *([LINK] if found.link_field else [])]
            item.unknown = item.unknown or UnknownName("field", name, known)
            nearest = did_you_mean(name, known) if len(item.errors) < SUGGESTIONS else ""
            # JSON can name a lone surrogate, which no answer in UTF-8 can repeat.
            item.errors[name.encode("utf-8", "replace").decode()] = [f"This field does not exist{nearest or '.'}"]
            return
        if item.mode == "create":
            item.expect(name, False)
            return
        column = key if member is None else member.column
        if column is not None and (member is None or (not member.path and isinstance(member.shape, Field))):
            item.expect(name, same(column if member is None else member.shape, item.row._values[column.index_in_row], value))
        else:
            (shown,) = show_rows(found, [item.row], self.call)
            item.expect(name, equal(shown.get(name), value))

    def settle(self) -> None:
        """Looks up all references: one statement for each field that is referred to."""
        if self.waiting:
            self._look_up()
        for item, member in self.placed:
            held = item.values.pop(member.target, None)
            if member.edge is not None and isinstance(held, Model):
                held = held._values[member.edge.field.index_in_row]
            if held != item.given[field_of(member)]:
                item.errors[member.name] = [PLACED]

    def _look_up(self) -> None:
        store: Any = self.call.store
        refs = [one.ref for one in self.waiting]
        results: list[list[Any]]
        if not self.rows and all(_is_key(one) for one in self.waiting):
            absent = missing(store, refs)
            results = [[None] if not absent or ref not in absent else [] for ref in refs]
        else:
            found = named(store, refs)
            results = [found[ref] for ref in refs]
        for one, rows in zip(self.waiting, results, strict=True):
            if len(rows) == 1:
                _take(one, one.ref.value if not self.rows and _is_key(one) else _value(one.member, rows[0]))
            else:
                shape = self.call.bind(one.member.shape)
                one.item.fail(one.member, one.place, [shape.several(one.data) if rows else shape.absent(one.data)])


def _take(one: Waiting, value: Any) -> None:
    """Puts what a reference came to in its place, unless the field that is to hold it has limits of its own."""
    column = one.member.column
    try:
        if column is not None and not isinstance(value, Model):
            column.validate(value)
        one.item.put(one.member, one.place, value)
    except Invalid as refusal:
        one.item.fail(one.member, one.place, [str(refusal)])


def _plain(shape: Field[Any], value: object) -> Any:
    try:
        return shape.load(value)
    except Invalid as refusal:
        own = (shape.error_messages or {}).get(refusal.key)
        raise Invalid(own, refusal.key) if own else refusal from None


def _complete(item: Item, member: Bound) -> None:
    """The value of a member that was left out: its default, what resets it, or an error."""
    shape = member.shape
    if member.required:
        item.errors[member.name] = [shape.messages["required"]]
        item.missing.append(member.name)
    elif isinstance(shape, Field):
        if item.mode == "replace" and not (member.column is not None and member.column.is_key):
            item.values[member.target] = _reset(member)
        elif "default" in shape.said and shape.default is not UNSET:
            item.values[member.target] = shape.initial()
    elif shape.default is not UNSET:
        item.values[member.target] = shape.default() if callable(shape.default) else shape.default
    elif item.mode == "replace" and member.kind != "nested":
        item.values[member.target] = [] if getattr(shape, "many", False) else _reset(member)


def _reset(member: Bound) -> Any:
    """What a PUT makes of a field that it leaves out."""
    source = member.shape if isinstance(member.shape, Field) and member.shape.default is not UNSET else member.column
    return None if source is None else source.initial()


def _is_key(one: Waiting) -> bool:
    """Whether a reference holds the very value that the foreign key will."""
    return one.member.column is not None and one.member.edge is not None and one.ref.field == one.member.edge.field.name


def _value(member: Bound, row: Model) -> Any:
    """What a member holds for a row: the row, or for a plain field with `foreign=` the value that points at it."""
    if member.column is None or isinstance(member.column, ForeignKey) or member.edge is None:
        return row
    return row._values[member.edge.field.index_in_row]
