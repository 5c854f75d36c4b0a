"""What a serializer says about writing its nested serializers: `Meta.nested`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyrest.errors import Misdeclared, did_you_mean
from pyrest.models.fields import Field
from pyrest.models.joins import Join
from pyrest.models.model import declaration
from pyrest.serializers.binding import Bound

MISSING = ("keep", "unlink", "delete")
OPTIONS = ("match", "missing", "create")


@dataclass(frozen=True, slots=True)
class Policy:
    """How nested objects are written.

    `match` is the field of theirs by which they name rows that are there, `missing` what happens to rows that are not named, `create`
    whether objects that name none become new rows.
    """

    match: str
    missing: str = "keep"
    create: bool = True


def policies(owner: str, said: Any, members: Iterable[Bound], lenient: bool, by_hand: bool) -> dict[str, Policy]:
    """The policy of each nested member that is written; `by_hand` where the serializer writes them itself. Raises `Misdeclared`."""
    serializers = (member for member in members if hasattr(member.shape, "bound_to") and member.kind != "whole")
    written = {member.name: member for member in serializers if member.writable}
    if not isinstance(said, Mapping):
        raise Misdeclared(f"{owner}.Meta.nested maps names of nested serializers to options, not {said!r}")
    for name in said:
        if name not in written:
            raise Misdeclared(f"{owner}.Meta.nested: {name!r} is no nested serializer that is written{did_you_mean(str(name), written)}")
    nested = {name: member for name, member in written.items() if member.kind == "nested"}
    return {name: _policy(f"{owner}.Meta.nested[{name!r}]", said.get(name, {}), member, by_hand) for name, member in nested.items()}


def match_name(member: Bound, match: str) -> str | None:
    """What a nested serializer calls the field that its objects are matched by; None where it does not show it as it is."""
    plain = (m for m in member.inner.members if isinstance(m.shape, Field) and m.column is not None and not m.path and m.shown)
    names = [m.name for m in plain if m.column.name == match]
    return names[0] if names else None


def _policy(place: str, said: Any, member: Bound, by_hand: bool) -> Policy:
    if not isinstance(said, Mapping):
        raise Misdeclared(f"{place} is a mapping of options, such as {{'missing': 'delete'}}, not {said!r}")
    for option in said:
        if option not in OPTIONS:
            raise Misdeclared(f"{place} has no option {option!r}{did_you_mean(str(option), OPTIONS)}")
    create = said.get("create", True)
    if type(create) is not bool:
        raise Misdeclared(f"{place}: create is True or False, not {create!r}")
    if create and not (by_hand or member.shape.validates):
        _check_creatable(place, member)
    return Policy(_match(place, said, member, create), _missing(place, said.get("missing", "keep"), member), create)


def _check_creatable(place: str, member: Bound) -> None:
    """Refuses a nested serializer whose new rows would always lack a value that they need."""
    assert member.edge is not None
    edge, inner = member.edge, member.inner
    sent = {one.target for one in inner.created.values()} | (set() if edge.forward else edge.pointing(None).keys())
    for name, column in inner.declared.fields.items():
        if column.must_be_sent and name not in sent and not any(one.kind in ("attribute", "whole") for one in inner.created.values()):
            lacking = f"no {inner.declared.name} could be created without {name!r}, which {type(member.shape).__name__} does not take"
            raise Misdeclared(f"{place}: {lacking}; add it, or say create=False or read_only=True")


def _match(place: str, said: Mapping[str, Any], member: Bound, create: bool) -> str:
    assert member.edge is not None
    target, match = declaration(member.edge.target), said.get("match", "pk")
    match = target.key.name if match == "pk" else match
    if not isinstance(match, str) or match not in target.fields:
        raise Misdeclared(f"{place}: match {match!r} is no field of {target.name}{did_you_mean(str(match), target.fields)}")
    if not target.fields[match].comparable:
        raise Misdeclared(f"{place}: the values of {match!r} are not fit to match by")
    # Without a key to name them by, objects are always new, which is a way to write them; to say what is not there is a mistake.
    if match_name(member, match) is None and ("match" in said or not create):
        raise Misdeclared(f"{place}: {type(member.shape).__name__} shows no plain field {match!r}, by which its objects would name rows")
    return match


def _missing(place: str, missing: Any, member: Bound) -> str:
    assert member.edge is not None
    edge, target = member.edge, declaration(member.edge.target)
    if missing not in MISSING:
        raise Misdeclared(f"{place}: missing is one of {', '.join(MISSING)}, not {missing!r}")
    if missing != "keep" and edge.forward:
        raise Misdeclared(f"{place}: missing is about rows that point here, and this is a relation of our own")
    if missing == "unlink" and not isinstance(edge.relation, Join) and not edge.field.nullable:
        raise Misdeclared(f"{place}: missing='unlink' needs {target.name}.{edge.field.name} to take null; say 'keep' or 'delete'")
    return str(missing)
