"""Items: the objects of a body on their way to values, with what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyrest.errors import Invalid, UnknownName, ValidationError
from pyrest.models.fields import Field
from pyrest.models.model import Model
from pyrest.serializers.binding import Bound
from pyrest.serializers.representation import Representation

Mode = Literal["create", "replace", "patch"]


class Values(dict[str, Any]):
    """The values of one object of a body, by the names of the model's fields and relations.

    `row` is the row that they change, `there` are the rows that it is related to so far, by the names of the relations that are written.
    """

    def __init__(self, row: Model | None = None) -> None:
        super().__init__()
        self.row = row
        self.there: dict[str, list[Any]] = {}


@dataclass(slots=True, eq=False)
class Item:
    """One object of a body on its way to values. `row` is the row that it changes, `link` that row's address."""

    mode: Mode
    row: Any = None
    link: str = ""
    values: Values = field(default_factory=Values)
    errors: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unknown: UnknownName | None = None
    children: dict[str, list[Item]] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    """The members whose value the item's place gives: the foreign key to the parent, and what it is matched by."""
    given: dict[str, Any] = field(default_factory=dict)
    """The values of fields that its place gives, for what has to be unique; of a parent that is yet to come, an object of its own."""
    twin: Item | None = None
    """The first object of the same level that names the same row, where this is another one."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, here and within."""
        return not self.errors and all(child.sound for children in self.children.values() for child in children)

    def put(self, member: Bound, place: int | None, value: Any) -> None:
        """The value of a member, or of one place of its list."""
        if place is None:
            self.values[member.target] = value
        else:
            self.values[member.target][place] = value

    def fail(self, member: Bound, place: int | None, messages: Any) -> None:
        """What is wrong with a member, or with one place of its list."""
        if place is None:
            self.errors[member.name] = messages
        else:
            self.errors.setdefault(member.name, {})[str(place)] = messages

    def expect(self, name: str, same: bool) -> None:
        """Refuses a member that cannot be written, unless it was sent as it is."""
        if not same:
            self.errors[name] = ["This field cannot be set." if self.mode == "create" else "This field cannot be changed."]


def faults(item: Item, found: Representation) -> dict[str, Any]:
    """What is wrong with an object and with those within it, in the order of declaration."""
    errors = dict(item.errors)
    for name, children in item.children.items():
        member = found.by_name[name]
        within = {str(i): f for i, child in enumerate(children) if (f := faults(child, member.inner))}
        if within:
            errors[name] = {**errors.get(name, {}), **within} if member.shape.many else within["0"]
    places = {member.name: i for i, member in enumerate(found.members)}
    return {name: errors[name] for name in sorted(errors, key=lambda name: places.get(name, len(places)))}


def refuse(item: Item, found: Representation) -> None:
    """Raises `ValidationError` where anything is wrong."""
    if not item.sound:
        raise ValidationError(faults(item, found), item.missing, item.unknown)


def given_names(found: Representation, given: Mapping[str, Any]) -> frozenset[str]:
    """The members that write fields whose value is given by the object's place."""
    return frozenset(name for name, member in found.created.items() if field_of(member) in given) if given else frozenset()


def field_of(member: Bound) -> str:
    """The field of the row that a member writes: that of its own, or the foreign key that leads to the row of a serializer."""
    if member.column is not None:
        return str(member.column.name)
    return member.target if member.edge is not None and member.edge.forward else ""


def same(column: Field[Any], current: Any, sent: object) -> bool:
    """Whether what was sent for a field is what the row has already."""
    if equal(column.dump(current), sent):
        return type(sent) is not bool or isinstance(current, bool)
    try:
        return sent is not None and equal(column.from_json(sent), current)
    except Invalid:
        return False


def equal(one: object, other: object) -> bool:
    """Whether two values are equal. A signaling NaN, which Python refuses to compare, is equal to nothing."""
    try:
        return bool(one == other)
    except ArithmeticError:
        return False
