"""A shape over the representation of an endpoint → the part of it that is shown, level by level, with every name looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, NoReturn

from pyrest.endpoint import Endpoint
from pyrest.errors import BadParameter, did_you_mean, quoted
from pyrest.expandable import Target, Targets
from pyrest.models.edges import Edge
from pyrest.models.fields import GenericForeignKey
from pyrest.models.model import declaration
from pyrest.serializers.binding import Bound
from pyrest.serializers.representation import LINK, Representation
from pyrest.serializers.shaping import Expanded, Part
from pyrest.shapes import Names, Shape, Way

WHOLE = Shape()


class Wanted(NamedTuple):
    """A relation that a shape expands, and the list whose rows it shows."""

    way: Way
    edge: Edge
    target: Target


class Derived(NamedTuple):
    """What is shown, and the relations that are expanded for it, by the numbers of their shares."""

    part: Part
    wanted: tuple[Wanted, ...]


def derive(found: Representation, shape: Shape, endpoint: Endpoint, targets: Targets) -> Derived:
    """What a shape leaves of the representation of an endpoint, and adds to it. Raises `BadParameter`."""
    wanted: list[Wanted] = []
    level = _Level(found, shape, (), endpoint.expand_depth, endpoint, targets)
    return Derived(_part(level, wanted), tuple(wanted))


class _Level:
    """Objects of one representation, and what is wanted of them. `depth` is how many relations may yet be expanded one in the other.

    `endpoint` is None for the objects of a serializer within a serializer.
    """

    def __init__(self, found: Representation, shape: Shape, way: Way, depth: int, endpoint: Endpoint | None, targets: Targets) -> None:
        # A serializer that shows rows in its own way gives names that only its rows know.
        self.own_form: bool = found.serializer.shows_rows_itself
        self.found, self.shape, self.way, self.depth, self.endpoint, self.targets = found, shape, way, depth, endpoint, targets
        self.inner: Mapping[str, Shape] = dict(shape.inner)
        self.members: Mapping[str, Bound] = {m.name: m for m in found.members if m.shown and not self.own_form}
        self.relations = targets.relations(found, endpoint)
        self.nested = {name for name, member in self.members.items() if member.inner is not None}
        self.links = bool(found.link_field) and not self.own_form

    @property
    def known(self) -> Names:
        """All names that something is shown under, or may be."""
        return (*self.members, *self.relations, *((LINK,) if self.links else ()))

    @property
    def expanded(self) -> set[str]:
        """What is shown by objects of an endpoint: it is said so, something within it is named, or it has no other form here."""
        shape = self.shape
        formless = [n for n in shape.fields or () if n in self.relations and n not in self.members and not self.own_form]
        return {*shape.expand, *(n for n in shape.objects if n not in self.nested), *formless}

    def shows(self, name: str) -> bool:
        return (self.shape.fields is None or name in self.shape.fields) and name not in self.shape.omit

    def spelt(self, name: str) -> str:
        return ".".join((*self.way, name))


def _part(at: _Level, wanted: list[Wanted]) -> Part:
    _refuse_unknown(at)
    _refuse_vain(at)
    members = [_narrowed(at, m, wanted) for m in at.members.values() if at.shows(m.name) and m.name not in at.expanded]
    expanded = {name: _expand(at, name, wanted) for name in sorted(at.expanded)}
    collection = at.endpoint.name if at.endpoint is not None and at.way else ""
    keys = None if at.shape.fields is None else frozenset(at.shape.fields)
    return Part(at.found, tuple(members), expanded, at.links and at.shows(LINK), collection, keys, frozenset(at.shape.omit))


def _narrowed(at: _Level, member: Bound, wanted: list[Wanted]) -> Bound:
    """A member, of whose nested objects only the part is shown that is named."""
    if member.name not in at.inner:
        return member
    below = _Level(member.inner, at.inner[member.name], (*at.way, member.name), at.depth, None, at.targets)
    return member.within(_part(below, wanted))


def _expand(at: _Level, name: str, wanted: list[Wanted]) -> Expanded:
    if at.depth < 1:
        deeper = f"{at.spelt(name)} is deeper than relations are expanded here." if at.way else "Nothing is expanded here."
        raise BadParameter("expand", deeper)
    edge, way, share = at.relations[name], (*at.way, name), len(wanted)
    target = at.targets.by_model[edge.target]
    wanted.append(Wanted(way, edge, target))
    depth = min(at.depth - 1, target.endpoint.expand_depth)
    below = _Level(target.shown, at.inner.get(name, WHOLE), way, depth, target.endpoint, at.targets)
    return Expanded(edge, share, _part(below, wanted))


def _refuse_unknown(at: _Level) -> None:
    shape = at.shape
    for name in shape.expand:
        if name not in at.relations:
            _refuse_relation("expand", at, name, at.relations)
    for name in shape.objects:
        if name not in at.relations and name not in at.nested:
            _refuse_relation("fields", at, name, at.known)
    for parameter, names in (("fields", shape.fields or ()), ("omit", shape.omit)):
        for name in names:
            if name not in at.known and not at.own_form:
                _refuse(parameter, at, name, at.known)


def _refuse_vain(at: _Level) -> None:
    """Refuses what is said of objects that are not shown."""
    for name in sorted(at.inner.keys() - at.nested - at.expanded):
        _refuse_relation("omit", at, name, at.known)
    for name in at.shape.omit:
        if name in at.inner or name in at.expanded:
            raise BadParameter("omit", f"{at.spelt(name)} is asked for, too; leave one of the two out.")


def _refuse_relation(parameter: str, at: _Level, name: str, known: Iterable[str]) -> NoReturn:
    """For a name within which something is named, or which is to be expanded, and which is not shown by objects."""
    link, member = declaration(at.found.model).links.get(name), at.members.get(name)
    if isinstance(link, GenericForeignKey) and (member is not None or {link.type_field, link.key_field} <= at.members.keys()):
        raise BadParameter(parameter, f"{at.spelt(name)} leads to rows of several models, which cannot be expanded.")
    if member is None and name not in at.relations:
        _refuse(parameter, at, name, known)
    if name in at.relations:
        raise BadParameter(parameter, f"{at.spelt(name)} is not shown by objects, unless expand names it.")
    if member is not None and member.edge is not None:
        raise BadParameter(parameter, f"{at.spelt(name)} cannot be expanded here.")
    raise BadParameter(parameter, f"{at.spelt(name)} is no relation, so there is nothing within it.")


def _refuse(parameter: str, at: _Level, name: str, known: Iterable[str]) -> NoReturn:
    place = f" in {'.'.join(at.way)}" if at.way else ""
    raise BadParameter(parameter, f"There is no {quoted(name)}{place}{did_you_mean(name, known) or '.'}")
