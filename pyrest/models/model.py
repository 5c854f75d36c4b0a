"""The model: a class → one frozen declaration; a row is an instance of it and a value.

A row keeps its values in a tuple, in the order of declaration; assigning to one is an error. Nothing of the
declaration lives among the fields' names, so a field may be called `name`, `table` or `order`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol, TypeVar

from pyrest.errors import Invalid, Misdeclared, UnknownName, ValidationError, did_you_mean
from pyrest.models.declaration import Declaration, declare, inherited_members, meta_options, own_members
from pyrest.models.fields import Field, ForeignKey, GenericForeignKey, KeyAttribute, Link


class ModelType(type):
    """Makes a model of a class: takes the fields out of both styles of declaration and freezes them."""

    __fields__: Mapping[str, Field[Any]]
    __links__: Mapping[str, Link]
    __options__: Mapping[str, Any]

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ModelType:
        own = own_members(name, namespace)
        options = meta_options(name, namespace.pop("Meta", None))
        members = inherited_members(name, bases, namespace.keys() - own.keys()) | own
        columns = {n: member for n, member in members.items() if isinstance(member, Field)}
        fields = {n: f.bind(name, n, i) for i, (n, f) in enumerate(columns.items())}
        links = {n: member.bind(name, n, fields) for n, member in members.items() if isinstance(member, Link)}
        inherited_options = {k: v for base in reversed(bases) for k, v in getattr(base, "__options__", {}).items() if k != "table"}
        namespace.setdefault("__slots__", ())
        namespace |= _key_attributes(name, fields, {**namespace, **links})
        namespace |= {**fields, **links, "__fields__": MappingProxyType(fields), "__links__": MappingProxyType(links)}
        namespace["__options__"] = MappingProxyType(inherited_options | options)
        return super().__new__(mcls, name, bases, namespace)

    def __setattr__(cls, name: str, value: object) -> None:
        if name in getattr(cls, "__fields__", ()) or name in getattr(cls, "__links__", ()):
            raise AttributeError(f"{cls.__name__}.{name} is declared and cannot change any more")
        if isinstance(value, Field | Link):
            raise AttributeError(f"{cls.__name__} is declared; no field can be added any more")
        super().__setattr__(name, value)

    def __delattr__(cls, name: str) -> None:
        if name in getattr(cls, "__fields__", ()) or name in getattr(cls, "__links__", ()):
            raise AttributeError(f"{cls.__name__}.{name} is declared and cannot go any more")
        super().__delattr__(name)

    def __repr__(cls) -> str:
        lines = [f"    {name} = {member!r}" for name, member in {**cls.__fields__, **cls.__links__}.items()]
        if cls.__options__:
            lines += ["", "    class Meta:"] + [f"        {name} = {value!r}" for name, value in cls.__options__.items()]
        return "\n".join([f"class {cls.__name__}(Model):", *(lines or ["    pass"])])


def _key_attributes(model: str, fields: Mapping[str, Field[Any]], namespace: Mapping[str, Any]) -> dict[str, KeyAttribute]:
    """`album_id` for a ForeignKey `album`."""
    found: dict[str, KeyAttribute] = {}
    for field in fields.values():
        if isinstance(field, ForeignKey):
            if field.key_attribute in fields or not isinstance(namespace.get(field.key_attribute), KeyAttribute | None):
                raise field.misdeclared(f"{model}.{field.key_attribute} is its key, and something else is called so")
            found[field.key_attribute] = KeyAttribute(field)
    return found


class Peers(Protocol):
    """The rows of one result. Through it a row fetches its relations, for all of them together."""

    def target(self, field: Field[Any], key: Any) -> Any:
        """The row that a foreign key points at; None where there is none."""

    def reverse(self, row: Model, name: str) -> Any:
        """What points at a row or is joined with it, by the name that the row's side has for it. Raises `UnknownName`."""


class Model(metaclass=ModelType):
    """The parent of every model. An instance is a row: a value with attributes, `pk`, equality by model and key.

    `Album(title="…")` is a row that is not stored: its key is null. Raises `UnknownName` for a name that is no field
    and `ValidationError` for values that are none of theirs.
    """

    __slots__ = ("_peers", "_values")
    _values: tuple[Any, ...]
    _peers: Peers | None
    __declaration__: ClassVar[Declaration]

    def __init__(self, /, **values: Any) -> None:
        fields = type(self).__fields__
        values = by_field(declaration(type(self)), values)
        row: list[Any] = []
        errors: dict[str, object] = {}
        for name, field in fields.items():
            value = values.get(name)
            try:
                row.append(field.initial() if name not in values and not field.is_key else None if value is None else field.coerce(value))
            except Invalid as refusal:
                errors[name] = [str(refusal)]
        if errors:
            raise ValidationError(errors)
        _set_values(self, tuple(row))
        _set_peers(self, None)

    @property
    def pk(self) -> Any:
        """The value of the key, whatever the key is called."""
        return self._values[declaration(type(self)).key.index_in_row]

    def _related(self, field: ForeignKey[Any]) -> Any:
        """The row that a foreign key of this row points at."""
        key = self._values[field.index_in_row]
        if key is None:
            return None
        if self._peers is None:
            fetched = f"this {type(self).__name__} comes from no store, so {field.name} cannot be fetched"
            raise Misdeclared(f"{fetched}; {field.key_attribute} is {key!r}")
        return self._peers.target(field, key)

    def _reached(self, name: str) -> Any:
        """What a link of this row leads to."""
        if self._peers is None:
            raise Misdeclared(f"this {type(self).__name__} comes from no store, so {name} cannot be fetched")
        return self._peers.reverse(self, name)

    if not TYPE_CHECKING:  # to mypy a misspelt attribute stays an error

        def __getattr__(self, name: str) -> Any:
            """What points at this row, by its reverse name: `album.track_set`."""
            if name.startswith("_") or self._peers is None:
                _no_attribute(self, name, ())
            try:
                return self._peers.reverse(self, name)
            except UnknownName as refusal:
                _no_attribute(self, name, refusal.known)

    def __setattr__(self, name: str, value: object) -> None:
        model = type(self).__name__
        raise AttributeError(f"a row is a value; to change it in the store: store[{model}].filter(...).update({name}=...)")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and self.pk is not None and self.pk == getattr(other, "pk", None)

    def __hash__(self) -> int:
        return hash((type(self), self.pk)) if self.pk is not None else id(self)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in zip(type(self).__fields__, self._values, strict=True))
        return f"{type(self).__name__}({values})"

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"

    def __reduce__(self) -> tuple[Any, ...]:
        return row_of, (type(self), self._values)


M = TypeVar("M", bound=Model)
_set_values = vars(Model)["_values"].__set__
_set_peers = vars(Model)["_peers"].__set__


def row_of(model: type[M], values: tuple[Any, ...], peers: Peers | None = None) -> M:
    """The row of a model with these values, in the order of declaration, unchecked: they come from a store, among peers."""
    row = model.__new__(model)
    _set_values(row, values)
    _set_peers(row, peers)
    return row


def _no_attribute(row: Model, name: str, reverse_names: tuple[str, ...]) -> NoReturn:
    known = (*type(row).__fields__, *reverse_names)
    raise AttributeError(f"{type(row).__name__} has no attribute {name!r}{did_you_mean(name, known)}", name=name, obj=row)


def declaration(model: type[Model]) -> Declaration:
    """The frozen declaration of a model class. Raises `Misdeclared`."""
    found: Declaration | None = model.__dict__.get("__declaration__")
    if found is None:
        found = declare(model)
        type.__setattr__(model, "__declaration__", found)
    return found


def by_field(declared: Declaration, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names of fields: `album_id` is `album`, and a row for a GenericForeignKey is its table and its key.

    Raises `UnknownName`, and `ValidationError` where a field is given twice.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        link = declared.links.get(name)
        parts = _spread(declared, link, value) if isinstance(link, GenericForeignKey) else {declared.field(name).name: value}
        for field, part in parts.items():
            if field in values:
                raise ValidationError({field: [f"It is given twice, the second time as {name}."]})
            values[field] = part
    return values


def held_key(field: Field[Any], target: Declaration, key: Any) -> Any:
    """A key of a target as a field of generic keys holds it: a text field holds the text of a number or a UUID."""
    return str(target.key.dump(key)) if field.family == "string" else key


def _spread(declared: Declaration, link: GenericForeignKey, row: Any) -> dict[str, Any]:
    if row is None:
        return {link.type_field: None, link.key_field: None}
    if not isinstance(row, Model) or row.pk is None:
        raise ValidationError({link.name: ["A row of a store is required."]})
    target = declaration(type(row))
    return {link.type_field: target.table, link.key_field: held_key(declared.fields[link.key_field], target, row.pk)}
