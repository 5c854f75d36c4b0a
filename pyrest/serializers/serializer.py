"""The serializer: rows → JSON objects, bodies → values. What depends on declarations alone is compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pyrest.errors import Invalid, UnknownName, ValidationError, did_you_mean
from pyrest.links import row_path
from pyrest.models.catalog import Relation
from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field
from pyrest.plan import Ref
from pyrest.serializers.relations import PrimaryKeyRelation, no_such_row

LINK = "ressource_uri"
SUGGESTIONS = 20  # each costs a comparison with every field, and a body may hold a hundred thousand names

Mode = Literal["create", "replace", "patch"]
Row = tuple[Any, ...]
Load = Callable[[object], Any]
Dump = Callable[[Iterable[Row], str], list[dict[str, Any]]]


@dataclass(slots=True)
class Loaded:
    """A body that was understood: the values to write, and the references among them that have yet to be seen."""

    values: dict[str, Any] = field(default_factory=dict)
    refs: dict[str, Ref] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unknown: UnknownName | None = None

    def refuse(self, absent: Iterable[Ref], order: Iterable[str]) -> None:
        """Raises `ValidationError` where anything was wrong, all faults at once, in the order of declaration."""
        gone = set(absent)
        for name, ref in self.refs.items():
            if ref in gone:
                self.errors[name] = [no_such_row(ref)]
        if self.errors:
            places = {name: i for i, name in enumerate(order)}
            ordered = sorted(self.errors, key=lambda name: places.get(name, len(places)))
            raise ValidationError({name: self.errors[name] for name in ordered}, self.missing, self.unknown)


class Serializer:
    """The default representation: the chosen fields by their names, foreign keys as their values, and the row's own link.

    `columns` are what it needs of a row, in the order in which `dump` takes their values.
    """

    def __init__(self, declared: Declaration, names: Iterable[str], relations: Mapping[str, Relation], link_field: str) -> None:
        fields = {name: declared.fields[name] for name in names}
        shown = sorted([LINK, *(n for n, f in fields.items() if not f.write_only)])
        self.declared = declared
        self.fields = fields
        self.names = tuple(shown)
        self.columns = tuple(link_field if name == LINK else name for name in shown)
        self._dump = _compiled(self.names, [declared.fields[column] for column in self.columns])
        self._loads: dict[str, Load] = {n: _load(f, relations.get(n)) for n, f in fields.items()}
        self._created = {n: f for n, f in fields.items() if f.writable}
        self._changed = {n: f for n, f in self._created.items() if not f.is_key}

    def dump(self, rows: Iterable[Row], collection: str) -> list[dict[str, Any]]:
        """Rows → their JSON objects, keys sorted. `collection` is the path that their links begin with."""
        return self._dump(rows, collection)

    def load(self, body: Mapping[str, object], mode: Mode, row: Mapping[str, Any], link: str) -> Loaded:
        """A body → values. `row` and `link` are what is there already, for `replace` and `patch`.

        Faults are collected in what it returns: the references in it are checked in one go with them.
        """
        loaded = Loaded()
        written = self._created if mode == "create" else self._changed
        for name, value in body.items():
            if name == LINK:
                _expect(loaded, name, value == link and mode != "create", mode)
            elif name in written:
                self._load_one(loaded, name, value)
            else:
                self._load_fixed(loaded, name, value, mode, row)
        if mode != "patch":
            self._complete(loaded, (left_out for name, left_out in written.items() if name not in body))
        return loaded

    def _load_one(self, loaded: Loaded, name: str, value: object) -> None:
        try:
            result = self._loads[name](value)
        except Invalid as refusal:
            loaded.errors[name] = [str(refusal)]
            return
        if isinstance(result, Ref):
            loaded.refs[name] = result
            result = result.value
        loaded.values[name] = result

    def _load_fixed(self, loaded: Loaded, name: str, value: object, mode: Mode, row: Mapping[str, Any]) -> None:
        """A key or a read-only field: it may be sent back as it was read."""
        fixed = self.declared.fields.get(name)
        if fixed is None or not (name in self.fields or (fixed.is_key and mode != "create")):
            loaded.unknown = loaded.unknown or UnknownName("field", name, [*self.fields, LINK])
            nearest = did_you_mean(name, self.fields) if len(loaded.errors) < SUGGESTIONS else ""
            # JSON can name a lone surrogate, which no answer in UTF-8 can repeat.
            loaded.errors[name.encode("utf-8", "replace").decode()] = [f"This field does not exist{nearest or '.'}"]
            return
        _expect(loaded, name, mode != "create" and _same(fixed, row[name], value), mode)

    def _complete(self, loaded: Loaded, fields: Iterable[Field[Any]]) -> None:
        """The values of the fields that were left out: their defaults, null, or an error."""
        for left_out in fields:
            if left_out.must_be_sent:
                loaded.errors[left_out.name] = ["This field is required."]
                loaded.missing.append(left_out.name)
            else:
                loaded.values[left_out.name] = left_out.initial()


def _compiled(names: Iterable[str], sources: Sequence[Field[Any]]) -> Dump:
    """What one would write by hand: `lambda rows, collection: [{"title": v0, "year": dumps[1](v1)} for v0, v1 in rows]`.

    It is made from that text, as the standard library makes dataclasses, because it runs once per row of every list:
    with `dict(zip(names, row))` a row takes three times as long, and a list of 20 a tenth longer.
    """
    shown = {n: f"v{i}" if s.dumps_as_is else f"dumps[{i}](v{i})" for i, (n, s) in enumerate(zip(names, sources, strict=True))}
    shown[LINK] = f"row_path(collection, {shown[LINK]})"
    items = ", ".join(f"{name!r}: {value}" for name, value in shown.items())
    row = ", ".join(f"v{i}" for i in range(len(shown)))
    known = {"dumps": [source.dump for source in sources], "row_path": row_path}
    dump: Dump = eval(f"lambda rows, collection: [{{{items}}} for {row}, in rows]", known)
    return dump


def _load(field: Field[Any], relation: Relation | None) -> Load:
    return field.load if relation is None else PrimaryKeyRelation(relation).load


def _expect(loaded: Loaded, name: str, same: bool, mode: Mode) -> None:
    if not same:
        loaded.errors[name] = ["This field cannot be set." if mode == "create" else "This field cannot be changed."]


def _same(field: Field[Any], current: Any, sent: object) -> bool:
    if field.dump(current) == sent:
        return type(sent) is not bool or isinstance(current, bool)
    try:
        return sent is not None and bool(field.from_json(sent) == current)
    except Invalid:
        return False
