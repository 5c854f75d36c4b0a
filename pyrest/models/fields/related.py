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
        return self.key.plain(pointing(self, value))

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


def pointing(field: Field[Any], given: Any) -> Any:
    """What a field holds to point at the row that is given, and of a key its own row's; anything but a row is given back.

    Raises `Invalid` for a row at which the field cannot point.
    """
    if not hasattr(type(given), "__fields__"):
        return given
    target = _target(field, given)
    if target is None:
        wanted, there = _wanted(field), type(given).__name__
        raise Invalid(f"A row of {wanted} is required, not one of {there}." if wanted else f"A value is required, not a row of {there}.")
    value = given._values[target.index_in_row]
    if value is None:
        raise Invalid(f"This row {'is not stored' if target.is_key else f'has no {target.name}'}, so nothing can point at it.")
    return value


def _target(field: Field[Any], row: Any) -> Field[Any] | None:
    """The field of a row whose value this field holds to point at it."""
    own: dict[str, Field[Any]] = type(row).__fields__
    if isinstance(field, ForeignKey):
        return field.key if type(row) is field.target else None
    if field.is_key and own.get(field.name) is field:
        return field
    reference = field.reference
    if reference is None or reference.table != _table(row):
        return None
    return next((f for f in own.values() if reference.column in (f.column_name, f.name)), None)


def _wanted(field: Field[Any]) -> str:
    """What a sentence calls the rows that a field can point at; nothing where there are none."""
    if isinstance(field, ForeignKey):
        owner: str = field.key.owner
        return owner
    if field.reference is not None:
        return field.reference.table
    return field.owner if field.is_key else ""


def _table(row: Any) -> str:
    row.pk  # noqa: B018 - a class that was only unpickled is declared when its rows are first used
    table: str = type(row).__declaration__.table
    return table


class KeyAttribute:
    """`track.album_id`: the key that a ForeignKey holds."""

    def __init__(self, field: ForeignKey[Any]) -> None:
        self.field = field

    def __get__(self, row: Any, owner: type) -> Any:
        return self.field if row is None else row._values[self.field.index_in_row]
