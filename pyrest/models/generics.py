"""Generic relations resolved: the rows of a model that name a row of any other by its table and its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyrest.errors import Invalid, did_you_mean, quoted
from pyrest.models.declaration import Declaration
from pyrest.models.fields import Field, GenericForeignKey, GenericRelation
from pyrest.models.model import Model, declaration, held_key


@dataclass(frozen=True, slots=True)
class GenericReverse:
    """What a row of `model` has under `name`: rows of `target` whose `type_field` holds its table and whose `key_field` its key."""

    name: str
    model: type[Model]
    target: type[Model]
    type_field: Field[Any]
    key_field: Field[Any]

    @property
    def table(self) -> str:
        return declaration(self.model).table

    def held(self, key: Any) -> Any:
        """A key of the model as `key_field` holds it."""
        return held_key(self.key_field, declaration(self.model), key)


def generics_of(model: type[Model], by_table: Mapping[str, Declaration]) -> dict[str, GenericReverse]:
    """The generic relations that a model declares. Raises `Misdeclared`."""
    links = model.__links__.items()
    for _, link in links:
        if isinstance(link, GenericForeignKey) and model.__fields__[link.type_field].family != "string":
            raise link.misdeclared(f"{link.type_field} holds the names of tables, so it is a StringField")
    return {name: _generic(model, link, by_table) for name, link in links if isinstance(link, GenericRelation)}


def key_of(declared: Declaration, held: Any) -> Any:
    """The key of a row as its model has it, from what a key field holds; None for what can be no key of it.

    A key has one text, the one that `held_key` gives: both sides of a relation find the same rows.
    """
    key = declared.key
    try:
        if not isinstance(held, str) or key.family == "string":
            return key.plain(held)
        found = key.parse(held)
    except Invalid:
        return None
    return found if str(key.dump(found)) == held else None


def _generic(model: type[Model], link: GenericRelation, by_table: Mapping[str, Declaration]) -> GenericReverse:
    target = declaration(link.to) if isinstance(link.to, type) else by_table.get(link.to)
    if target is None:
        raise link.misdeclared(f"no model has the table {quoted(str(link.to))}{did_you_mean(str(link.to), by_table)}")
    keys = {name: key for name, key in target.links.items() if isinstance(key, GenericForeignKey) and link.field in ("", name)}
    if len(keys) != 1:
        said = f"no GenericForeignKey {link.field!r}" if link.field else f"{len(keys) or 'no'} GenericForeignKey"
        raise link.misdeclared(f"{target.name} has {said}" + ("; say which with field=" if len(keys) > 1 else ""))
    (key,) = keys.values()
    held, ours = target.fields[key.key_field], declaration(model).key
    if held.family not in ("string", ours.family):
        raise link.misdeclared(f"{target.name}.{key.key_field}, which is {held.kind}, cannot hold the keys of {model.__name__}")
    return GenericReverse(link.name, model, target.model, target.fields[key.type_field], held)
