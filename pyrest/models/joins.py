"""Joins: many-to-many relations resolved, and the models of the tables between, where pyrest makes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyrest.errors import Misdeclared, did_you_mean, quoted
from pyrest.models.declaration import Declaration, is_name, snake_case
from pyrest.models.fields import Field, ForeignKey, Link, ManyToManyField, PkField
from pyrest.models.model import Model, ModelType, declaration


@dataclass(frozen=True, slots=True)
class Join:
    """What a row of `model` is joined with, under `name`: rows of `target`.

    The pairs are rows of `through`: its foreign key `near` points at the model, `far` at the target.
    """

    name: str
    model: type[Model]
    target: type[Model]
    through: type[Model]
    near: Field[Any]
    far: Field[Any]
    link: ManyToManyField


def links_of(models: Iterable[type[Model]]) -> list[tuple[type[Model], ManyToManyField]]:
    """Every many-to-many relation with the model that declares it."""
    return [(model, link) for model in models for link in model.__links__.values() if isinstance(link, ManyToManyField)]


def through_model(model: type[Model], link: ManyToManyField, by_table: Mapping[str, Declaration]) -> type[Model]:
    """The model of the table between: the one that is said, or one made for it. Raises `Misdeclared`."""
    if link.through is not None:
        return _named(link, link.through, by_table)
    target = _named(link, link.to, by_table)
    made: dict[type[Model], type[Model]] = vars(link).setdefault("made", {})
    if target not in made:
        made[target] = _join_model(declaration(model), link.name, declaration(target))
    table = declaration(made[target]).table
    other = by_table.get(table)
    if other is not None and other.model is not made[target]:
        taken = f"the table between would be {quoted(table)}, which {other.name} is already"
        raise link.misdeclared(f"{taken}; choose a model for it with through=")
    return made[target]


def joins_of(
    model: type[Model], link: ManyToManyField, through: type[Model], by_table: Mapping[str, Declaration], targets: Mapping[str, type[Model]]
) -> tuple[Join, Join | None]:
    """The join from the model's side and, where that has a name, from the target's.

    `targets` says where the foreign keys of `through` point.
    """
    target = _named(link, link.to, by_table)
    near, far = _sides(link, through, model, target, targets)
    reverse = _reverse_name(link, declaration(model))
    ours = Join(link.name, model, target, through, near, far, link)
    return ours, None if reverse is None else Join(reverse, target, model, through, far, near, link)


def _named(link: ManyToManyField, wanted: type[Any] | str, by_table: Mapping[str, Declaration]) -> type[Model]:
    if isinstance(wanted, type):
        return wanted
    if wanted not in by_table:
        raise link.misdeclared(f"no model has the table {quoted(wanted)}{did_you_mean(wanted, by_table)}")
    return by_table[wanted].model


def _join_model(near: Declaration, name: str, far: Declaration) -> type[Model]:
    """`Album.tags` → the model of `album_tags`, whose rows go with either side."""
    sides = (snake_case(near.name).strip("_"), snake_case(far.name).strip("_"))
    if len({*sides, *(f"{side}_id" for side in sides), "id", "pk"}) < 6:
        sides = (f"from_{sides[0]}", f"to_{sides[1]}")
    members: dict[str, Any] = {"__module__": near.model.__module__, "id": PkField()}
    for side, to in zip(sides, (near.model, far.model), strict=True):
        members[side] = ForeignKey(to, required=True, on_delete="cascade", related_name="+")
    members["Meta"] = type("Meta", (), {"table": f"{near.table}_{name}", "unique_together": (sides,)})
    made: Any = ModelType(f"{near.name}{name.title().replace('_', '')}", (Model,), members)
    joined: type[Model] = made
    return joined


def _sides(
    link: ManyToManyField, through: type[Model], model: type[Model], target: type[Model], targets: Mapping[str, type[Model]]
) -> tuple[Field[Any], Field[Any]]:
    near = [name for name, to in targets.items() if to is model]
    far = [name for name, to in targets.items() if to is target]
    if model is target:
        near, far = near[:1], near[1:]
    if len(near) != 1 or len(far) != 1:
        sides = f"two to {model.__name__}" if model is target else f"one to {model.__name__} and one to {target.__name__}"
        raise link.misdeclared(f"{through.__name__}, which it goes through, needs exactly {sides} among its foreign keys")
    return through.__fields__[near[0]], through.__fields__[far[0]]


def _reverse_name(link: ManyToManyField, declared: Declaration) -> str | None:
    if link.related_name == "+":
        return None
    if link.related_name is not None and not is_name(link.related_name):
        raise unnamed(link)
    return link.related_name or f"{snake_case(declared.name)}_set"


def unnamed(member: Field[Any] | Link) -> Misdeclared:
    """The error for a `related_name` that is none."""
    rule = "it is an identifier without _ at its ends and without __ inside, or '+' for none"
    return member.misdeclared(f"related_name {member.related_name!r} is no name; {rule}")
