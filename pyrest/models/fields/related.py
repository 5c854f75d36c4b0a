"""Fields that point at a row of another model: they hold its key, and give the row itself in Python."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar, Unpack, overload

from pyrest.errors import Invalid, Misdeclared
from pyrest.models.fields.base import Field
from pyrest.models.fields.options import Options

R = TypeVar("R")

KEY_SUFFIX = "_id"


class ForeignKey(Field[Any], Generic[R]):
    """Points at a row by its key. `to` is a model class or the name of a table.

    `track.album` is the row, or None; `track.album_id` the key. Writing takes either. In JSON it is the key, under the field's name.
    Its values are of the type of the target's key.
    """

    target: type[Any] | None = None

    def __init__(self, to: type[R] | str, **options: Unpack[Options]) -> None:
        if "foreign" in options:
            raise Misdeclared(f"{type(self).__name__} says where it points by its first argument; foreign goes with other fields")
        super().__init__(**options)
        self.to = to

    @property
    def key_attribute(self) -> str:
        """The name of the attribute that gives the key alone."""
        return self.name + KEY_SUFFIX

    @property
    def key(self) -> Field[Any]:
        """The target's key. Raises `Misdeclared` as long as the target is only a name that no catalog has resolved."""
        if vars(self).get("target_key") is None:
            raise self.misdeclared(f"the table {self.to!r} is not known before a Wrapper or a store has its model")
        key: Field[Any] = vars(self)["target_key"]
        return key

    def check(self) -> None:
        if not isinstance(self.to, str | type) or (isinstance(self.to, type) and not hasattr(self.to, "__fields__")):
            raise self.misdeclared(f"it points at a model class or the name of a table, not {self.to!r}")
        if self.choices is not None:
            raise self.misdeclared("choices cannot be said: the rows of its target are the choices")
        keys = [f for f in getattr(self.to, "__fields__", {}).values() if f.is_key]
        if isinstance(self.to, type) and len(keys) == 1:
            self.resolve(self.to, keys[0])
        super().check()

    def resolve(self, target: type[Any], key: Field[Any], table: str = "") -> None:
        """Says, once, what it points at. Raises `Misdeclared` where that would be something else than before."""
        if self.target not in (None, target):
            raise self.misdeclared(f"it points at the {target.__name__} of one catalog already; another has another model of that name")
        kinds = {option: getattr(key, option) for option in ("family", "python_type", "dumps_as_is", "comparable")}
        vars(self).update(kinds, target=target, target_key=key)
        if table:
            vars(self).update(foreign=(table, key.column_name))

    def agrees_with(self, target: Field[Any]) -> bool:
        return True

    def parse(self, text: str) -> Any:
        return self.key.parse(text)

    def plain(self, value: Any) -> Any:
        if self.target is not None and type(value) is self.target:
            if value.pk is None:
                raise Invalid("This row is not stored, so nothing can point at it.")
            return value.pk
        if hasattr(type(value), "__fields__"):
            raise Invalid(f"A row of {self.key.owner} is required, not one of {type(value).__name__}.")
        return self.key.plain(value)

    def from_json(self, value: object) -> Any:
        return self.key.from_json(value)

    def to_json(self, value: Any) -> Any:
        return self.key.to_json(value)

    def _check_foreign(self) -> None:
        self._check_on_delete()

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> R: ...
    def __get__(self, row: Any, owner: type) -> Any:
        return self if row is None else row._related(self)

    def __repr__(self) -> str:
        to = repr(self.to) if isinstance(self.to, str) else self.to.__name__
        options = super().__repr__().partition("(")[2]
        return f"{type(self).__name__}({to}{', ' if options != ')' else ''}{options}"

    def given(self) -> dict[str, Any]:
        options = super().given()
        options.pop("foreign", None)
        return options


class OneToOneField(ForeignKey[R]):
    """A ForeignKey to which at most one row points: the target gives that row, or None, under the reverse name."""

    implied = {"unique": True}

    def check(self) -> None:
        if not self.unique:
            raise self.misdeclared("a OneToOneField is unique; without that it is a ForeignKey")
        super().check()


class KeyAttribute:
    """`track.album_id`: the key that a ForeignKey holds."""

    def __init__(self, field: ForeignKey[Any]) -> None:
        self.field = field

    def __get__(self, row: Any, owner: type) -> Any:
        return self.field if row is None else row._values[self.field.index_in_row]
