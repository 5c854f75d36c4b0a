"""What a serializer is before it is used: what its class body says, and what it is as a field of another serializer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pyrest.errors import Misdeclared, did_you_mean
from pyrest.models.catalog import Catalog
from pyrest.models.model import Model
from pyrest.models.surroundings import surroundings
from pyrest.serializers.binding import Bound, Shape
from pyrest.serializers.declaring import declared_in, meta_of, names_of
from pyrest.serializers.fields import SerializerField
from pyrest.serializers.policies import Policy, policies
from pyrest.serializers.relations import LIST_MESSAGES, PrimaryKeyRelatedField, RelatedField
from pyrest.serializers.representation import Representation
from pyrest.serializers.validators import UniqueTogetherValidator


class BaseSerializer(SerializerField):
    """The class body and the options of a serializer, and what other rooms ask of it."""

    default_error_messages: ClassVar[Mapping[str, str]] = {
        **LIST_MESSAGES,
        "invalid": "Invalid data. Expected a dictionary, but got {datatype}.",
        "no_data": "No data provided",
        "max_length": "Ensure this field has no more than {max_length} elements.",
        "min_length": "Ensure this field has at least {min_length} elements.",
    }
    serializer_related_field: ClassVar[type[RelatedField]] = PrimaryKeyRelatedField
    links_rows: ClassVar[bool] = False

    declared: ClassVar[Mapping[str, Shape]] = {}
    field_names: ClassVar[tuple[str, ...]] = ()
    meta_options: ClassVar[Mapping[str, Any]] = {}
    _own: ClassVar[Mapping[str, Shape]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._own = declared_in(cls.__name__, vars(cls))
        for name in cls._own:
            delattr(cls, name)
        cls.declared = _declared(cls)
        cls.meta_options = meta_of(cls)
        cls.field_names = names_of(cls, cls.meta_options, cls.declared)
        _check_methods(cls)
        _check_early(cls)

    def __init__(
        self, *, many: bool = False, allow_empty: bool = True, min_length: int | None = None, max_length: int | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.many = many
        self.allow_empty = allow_empty
        self.min_length = min_length
        self.max_length = max_length

    @property
    def reads_bodies(self) -> bool:
        return True

    def bound_to(self, model: type[Model], catalog: Catalog, routes: Any, lenient: bool) -> Representation:
        """It over the rows that a relation leads to. Raises `Misdeclared` where it is about another model."""
        own = self.meta_options.get("model")
        if own is not None and own is not model:
            raise self.misdeclared(f"{type(self).__name__} shows {own.__name__}, and the relation leads to {model.__name__}")
        return Representation(self, model, catalog, routes, lenient)

    def policies(self, members: Iterable[Bound], lenient: bool) -> dict[str, Policy]:
        """How its nested serializers are written, by their names."""
        return policies(type(self).__name__, self.meta_options.get("nested", {}), members, lenient, self.overrides("create"))

    def validators_of(self, found: Representation) -> list[Any]:
        """What `Meta.validators` says; unless it does, what has to be unique together among the fields that are here."""
        said = self.meta_options.get("validators")
        if said is not None:
            return list(said)
        known = {m.column.name for m in found.members if m.column is not None and not m.path}
        return [UniqueTogetherValidator(group) for group in found.declared.unique_together if known.issuperset(group)]

    @property
    def shows_rows_itself(self) -> bool:
        """Whether it overrides `to_representation`."""
        return self.overrides("to_representation")

    @property
    def validates(self) -> bool:
        """Whether it overrides `validate`."""
        return self.overrides("validate")

    def refusal(self, value: object) -> str:
        """The message for what is no object."""
        return self.message("no_data") if value is None else self.message("invalid", datatype=type(value).__name__)

    def list_fault(self, value: object) -> str:
        """The message for what is no list that may be sent; empty where it is one."""
        if not isinstance(value, list | tuple):
            return self.message("not_a_list", input_type=type(value).__name__)
        if not value and not self.allow_empty:
            return self.message("empty")
        if self.max_length is not None and len(value) > self.max_length:
            return self.message("max_length", max_length=self.max_length)
        if self.min_length is not None and len(value) < self.min_length:
            return self.message("min_length", min_length=self.min_length)
        return ""

    @classmethod
    def overrides(cls, method: str) -> bool:
        """Whether a class of the user's defines a method anew."""
        definer = next(kind for kind in cls.__mro__ if method in vars(kind))
        return not definer.__module__.startswith(f"{__package__}.")

    def given(self) -> dict[str, Any]:
        lengths = {"min_length": self.min_length, "max_length": self.max_length}
        found = super().given() | {option: value for option, value in lengths.items() if value is not None}
        return found | ({"many": True} if self.many else {}) | ({} if self.allow_empty else {"allow_empty": False})


def _declared(kind: type[Any]) -> dict[str, Shape]:
    """The fields of a class and of its parents, but for those behind which a class has put something else, such as `title = None`."""
    found: dict[str, Shape] = {}
    for base in reversed(kind.__mro__):
        kept = {name: shape for name, shape in found.items() if name not in vars(base)}
        found = kept | vars(base).get("_own", {})
    return found


def _check_methods(kind: type[Any]) -> None:
    for name, shape in kind.declared.items():
        method = getattr(shape, "method", None)
        if method is not None and not callable(getattr(kind, method, None)):
            raise Misdeclared(f"{kind.__name__}.{name}: {kind.__name__} has no method {method}(self, row)")
    for name in vars(kind):
        field = name.removeprefix("validate_")
        if field != name and field not in kind.field_names and (nearest := did_you_mean(field, kind.field_names)):
            raise Misdeclared(f"{kind.__name__}.{name}: {kind.__name__} has no field {field!r}{nearest}")


def _check_early(kind: type[Any]) -> None:
    """Refuses, as soon as the class is made, what no store could put right."""
    model = kind.meta_options.get("model")
    catalog = surroundings(model) if model is not None else None
    if model is not None and catalog is not None:
        Representation(kind.prototype(), model, catalog, None, lenient=True)
