"""The model: a class → one frozen declaration; a row is an instance of it and a value.

A row keeps its values in a tuple, in the order of declaration; assigning to one is an error. Nothing of the
declaration lives among the fields' names, so a field may be called `name`, `table` or `order`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from pyrest.errors import Invalid, UnknownName, ValidationError
from pyrest.models.declaration import Declaration, declare, inherited_fields, meta_options, own_fields
from pyrest.models.fields import Field


class ModelType(type):
    """Makes a model of a class: takes the fields out of both styles of declaration and freezes them."""

    __fields__: Mapping[str, Field[Any]]
    __options__: Mapping[str, Any]

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> ModelType:
        own = own_fields(name, namespace)
        options = meta_options(name, namespace.pop("Meta", None))
        inherited = inherited_fields(name, bases, namespace.keys() - own.keys())
        fields = {n: f.bind(name, n, i) for i, (n, f) in enumerate((inherited | own).items())}
        inherited_options = {k: v for base in reversed(bases) for k, v in getattr(base, "__options__", {}).items() if k != "table"}
        namespace.setdefault("__slots__", ())
        namespace |= fields | {"__fields__": MappingProxyType(fields), "__options__": MappingProxyType(inherited_options | options)}
        return super().__new__(mcls, name, bases, namespace)

    def __setattr__(cls, name: str, value: object) -> None:
        if name in getattr(cls, "__fields__", ()):
            raise AttributeError(f"{cls.__name__}.{name} is declared and cannot change any more")
        if isinstance(value, Field):
            raise AttributeError(f"{cls.__name__} is declared; no field can be added any more")
        super().__setattr__(name, value)

    def __delattr__(cls, name: str) -> None:
        if name in getattr(cls, "__fields__", ()):
            raise AttributeError(f"{cls.__name__}.{name} is declared and cannot go any more")
        super().__delattr__(name)

    def __repr__(cls) -> str:
        lines = [f"    {name} = {field!r}" for name, field in cls.__fields__.items()]
        if cls.__options__:
            lines += ["", "    class Meta:"] + [f"        {name} = {value!r}" for name, value in cls.__options__.items()]
        return "\n".join([f"class {cls.__name__}(Model):", *(lines or ["    pass"])])


class Model(metaclass=ModelType):
    """The parent of every model. An instance is a row: a value with attributes, `pk`, equality by model and key.

    `Album(title="…")` is a row that is not stored: its key is null. Raises `UnknownName` for a name that is no field
    and `ValidationError` for values that are none of theirs.
    """

    __slots__ = ("_values",)
    _values: tuple[Any, ...]
    __declaration__: ClassVar[Declaration]

    def __init__(self, /, **values: Any) -> None:
        fields = type(self).__fields__
        for name in values:
            if name not in fields:
                raise UnknownName("field", name, fields)
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

    @property
    def pk(self) -> Any:
        """The value of the key, whatever the key is called."""
        return self._values[declaration(type(self)).key.index_in_row]

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


def row_of(model: type[M], values: tuple[Any, ...]) -> M:
    """The row of a model with these values, in the order of declaration, unchecked: they come from a store."""
    row = model.__new__(model)
    _set_values(row, values)
    return row


def declaration(model: type[Model]) -> Declaration:
    """The frozen declaration of a model class. Raises `Misdeclared`."""
    found: Declaration | None = model.__dict__.get("__declaration__")
    if found is None:
        found = declare(model)
        type.__setattr__(model, "__declaration__", found)
    return found
