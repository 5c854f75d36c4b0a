"""Reading a class body: its fields in both styles of declaration, its `Meta`, and the frozen `Declaration` they come to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from pyrest.errors import Misdeclared, UnknownName, did_you_mean
from pyrest.models.fields import Field, ForeignKey, Link

META_OPTIONS = ("table", "ordering", "unique_together", "indexes")
RESERVED_NAMES = frozenset({"pk", "ressource_uri"})

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Declaration:
    """All that a model class says, resolved within the class; `models/catalog.py` resolves it among the others.

    `fields` are in the order of declaration, which is the order of values in a row. `ordering` holds names of
    fields, `-` in front of those that descend. `key_attributes` maps `album_id` to the ForeignKey `album`;
    `links` are the relations that are no columns.
    """

    model: type[Any]
    name: str
    table: str
    fields: Mapping[str, Field[Any]]
    key: Field[Any]
    ordering: tuple[str, ...]
    unique_together: tuple[tuple[str, ...], ...]
    indexes: tuple[tuple[str, ...], ...]
    key_attributes: Mapping[str, str]
    links: Mapping[str, Link]

    def field(self, name: str, kind: str = "field") -> Field[Any]:
        """The field of that name. Raises `UnknownName` with the nearest."""
        found = self.fields.get(name) or self.fields.get(self.key_attributes.get(name, ""))
        if found is None:
            raise UnknownName(kind, name, self.fields)
        return found

    @property
    def unique_sets(self) -> tuple[tuple[str, ...], ...]:
        """Every set of fields of which no two rows have the same values."""
        singles = tuple((f.name,) for f in self.fields.values() if f.unique or f.is_key)
        return singles + self.unique_together


def declare(model: type[Any]) -> Declaration:
    """The declaration of a model class whose fields are bound already. Raises `Misdeclared`."""
    name, fields, options = model.__name__, model.__fields__, model.__options__
    keys = [f for f in fields.values() if f.is_key]
    if len(keys) != 1:
        said = f"has {len(keys)} keys ({', '.join(k.name for k in keys)})" if keys else "has no key"
        raise Misdeclared(f"{name} {said}; a model has exactly one, such as id = models.PkField()")
    _refuse_double_columns(name, fields)
    return Declaration(
        model=model,
        name=name,
        table=options.get("table", snake_case(name)),
        fields=fields,
        key=keys[0],
        ordering=_ordering(name, options.get("ordering", ()), fields),
        unique_together=_groups(name, "unique_together", options.get("unique_together", ()), fields),
        indexes=_groups(name, "indexes", options.get("indexes", ()), fields),
        key_attributes={f.key_attribute: n for n, f in fields.items() if isinstance(f, ForeignKey)},
        links=model.__links__,
    )


def snake_case(name: str) -> str:
    """`InvoiceLine` → `invoice_line`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def folded(name: str) -> str:
    """A name of a table or column without regard to the case of ASCII letters, as SQLite compares them."""
    return name.translate(_LOWER)


Member = Field[Any] | Link
MEMBERS = (Field, Link)


def own_members(model: str, namespace: dict[str, Any]) -> dict[str, Member]:
    """The fields and links that a class body declares, in either style; a list of `fields` is taken out of the namespace.

    Raises `Misdeclared`.
    """
    own: dict[str, Member] = {}
    listed = namespace.get("fields")
    if isinstance(listed, list | tuple):
        del namespace["fields"]
        for field in listed:
            if not isinstance(field, MEMBERS) or not field.name:
                raise Misdeclared(f"{model}.fields: {field!r} is no field with a name=")
            if field.name in own or field.name in namespace:
                raise Misdeclared(f"{model}.{field.name} is declared twice")
            own[field.name] = field
    for name, value in namespace.items():
        if isinstance(value, MEMBERS):
            if value.name not in ("", name):
                raise Misdeclared(f"{model}.{name}: its name= says {value.name!r}")
            own[name] = value
        elif isinstance(value, tuple) and any(isinstance(part, MEMBERS) for part in value):
            raise Misdeclared(f"{model}.{name}: a tuple where a field is meant; take the comma behind it away")
        elif isinstance(value, type) and issubclass(value, MEMBERS):
            raise Misdeclared(f"{model}.{name}: a class where a field is meant; write {value.__name__}()")
    for name, member in own.items():
        _check_name(model, name)
        if isinstance(member, Field) and member.source:
            raise Misdeclared(f"{model}.{name}: source goes with the field of a serializer; a model's field has a column")
    return own


def inherited_members(model: str, bases: tuple[type, ...], others: Set[str]) -> dict[str, Member]:
    """The fields and links of a class's parents; `others` are the names that its body uses for something else. Raises `Misdeclared`."""
    found: dict[str, Member] = {}
    for base in reversed(bases):
        members = {**getattr(base, "__fields__", {}), **getattr(base, "__links__", {})}
        lost = [n for parent in base.__mro__ for n, value in vars(parent).items() if isinstance(value, MEMBERS) and n not in members]
        if lost:
            raise Misdeclared(f"{model}.{lost[0]}: {base.__name__}, which has it, is no models.Model")
        found |= members
    for name in found:
        if name in others:
            raise Misdeclared(f"{model}.{name}: a field of that name is inherited, and this is none")
    return found


def is_name(name: object) -> bool:
    """Whether a field or relation may be called so. `__` is left to lookups, as in `number__gt`."""
    return isinstance(name, str) and name.isidentifier() and not (name.startswith("_") or name.endswith("_") or "__" in name)


def _check_name(model: str, name: str) -> None:
    if not is_name(name):
        raise Misdeclared(f"{model}.{name}: a field's name is an identifier without _ at its ends and without __ inside")
    if name in RESERVED_NAMES:
        raise Misdeclared(f"{model}.{name}: pyrest uses this name itself; call the field otherwise, with column={name!r}")


def meta_options(model: str, meta: object) -> dict[str, Any]:
    """What `class Meta` and its parents say. Raises `Misdeclared` for an option that does not exist."""
    if not isinstance(meta, type | None):
        raise Misdeclared(f"{model}.Meta is a class of options, not {meta!r}")
    options = {n: getattr(meta, n) for n in dir(meta) if not n.startswith("__")} if meta is not None else {}
    for name in options:
        if name not in META_OPTIONS:
            raise Misdeclared(f"{model}.Meta.{name}: there is no such option{did_you_mean(name, META_OPTIONS)}")
    if not isinstance(options.get("table", "t"), str) or options.get("table") == "":
        raise Misdeclared(f"{model}.Meta.table is the name of a table, not {options['table']!r}")
    return options


def _named(model: str, option: str, names: object, fields: Mapping[str, Field[Any]]) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, list | tuple):
        raise Misdeclared(f"{model}.Meta.{option} is a tuple of names of fields, not {names!r}")
    seen: set[str] = set()
    for name in names:
        bare = str(name).removeprefix("-") if option == "ordering" else str(name)
        if bare not in fields:
            raise Misdeclared(f"{model}.Meta.{option}: {name!r} is no field of {model}{did_you_mean(bare, fields)}")
        if bare in seen:
            raise Misdeclared(f"{model}.Meta.{option}: {bare!r} is there twice")
        seen.add(bare)
    return tuple(names)


def _ordering(model: str, names: object, fields: Mapping[str, Field[Any]]) -> tuple[str, ...]:
    ordering = _named(model, "ordering", names, fields)
    for name in ordering:
        if not fields[name.removeprefix("-")].comparable:
            raise Misdeclared(f"{model}.Meta.ordering: the values of {name.removeprefix('-')!r} have no order")
    return ordering


def _groups(model: str, option: str, groups: object, fields: Mapping[str, Field[Any]]) -> tuple[tuple[str, ...], ...]:
    if not isinstance(groups, list | tuple):
        raise Misdeclared(f"{model}.Meta.{option} is a tuple of tuples of names, not {groups!r}")
    if groups and all(isinstance(g, str) for g in groups):
        groups = (groups,)
    if not all(groups):
        raise Misdeclared(f"{model}.Meta.{option}: a group without names means nothing")
    return tuple(_named(model, option, group, fields) for group in groups)


def _refuse_double_columns(model: str, fields: Mapping[str, Field[Any]]) -> None:
    seen: dict[str, str] = {}
    for name, field in fields.items():
        other = seen.setdefault(folded(field.column_name), name)
        if other != name:
            raise Misdeclared(f"{model}.{name}: its column {field.column_name!r} is the column of {other} already")
