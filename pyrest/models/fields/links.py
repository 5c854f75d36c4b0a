"""Members of a model that are no columns of its table: relations that lead through another one."""

from __future__ import annotations

import copy
from collections.abc import Container
from typing import Any, Self, overload

from pyrest.errors import Misdeclared


class Link:
    """A member of a model that is no column. It is frozen once its model is declared."""

    owner: str = ""
    name: str = ""
    related_name: str | None = None

    def bind(self, owner: str, name: str, fields: Container[str]) -> Self:
        """A copy that knows its name; `fields` are the names of the model's. Raises `Misdeclared`."""
        bound = copy.copy(self)
        vars(bound).update(owner=owner, name=name, frozen=True)
        bound.check(fields)
        return bound

    def check(self, fields: Container[str]) -> None:
        """Refuses options that mean nothing. Raises `Misdeclared`."""

    def misdeclared(self, message: str) -> Misdeclared:
        """The error for a wrong declaration, with the model's and the relation's name in front."""
        return Misdeclared(f"{self.owner}.{self.name}: {message}")

    def targets(self) -> tuple[Any, ...]:
        """The models that it names, by class or by table."""
        return ()

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> Any: ...
    def __get__(self, row: Any, owner: type) -> Any:
        return self if row is None else row._reached(self.name)

    def __setattr__(self, option: str, value: object) -> None:
        if vars(self).get("frozen"):
            raise AttributeError(f"{self.owner}.{self.name} is declared; its {option} cannot change any more")
        super().__setattr__(option, value)

    def _refuse_no_model(self, option: str, value: object) -> None:
        if not isinstance(value, str) and not (isinstance(value, type) and hasattr(value, "__fields__")):
            raise self.misdeclared(f"{option} is a model class or the name of a table, not {value!r}")


class ManyToManyField(Link):
    """The rows of another model that rows of this one are joined with: `album.tags`. `to` is a model class or the name of a table.

    The pairs are rows of a table between the two. pyrest makes that table, unless `through` names a model of yours for it, by class or by
    table, which has one foreign key to either side. `related_name` is what the other side calls these rows; default: `<model>_set`,
    `"+"` for none.
    """

    def __init__(
        self,
        to: type[Any] | str,
        *,
        through: type[Any] | str | None = None,
        related_name: str | None = None,
        name: str = "",
        help_text: str = "",
    ) -> None:
        self.to = to
        self.through = through
        self.related_name = related_name
        self.name = name
        self.help_text = help_text

    def bind(self, owner: str, name: str, fields: Container[str]) -> Self:
        bound = super().bind(owner, name, fields)
        vars(bound).pop("made", None)
        return bound

    def check(self, fields: Container[str]) -> None:
        for option, value in zip(("to", "through"), self.targets(), strict=False):
            self._refuse_no_model(option, value)

    def targets(self) -> tuple[Any, ...]:
        return (self.to,) if self.through is None else (self.to, self.through)

    def __repr__(self) -> str:
        options = {"through": self.through, "related_name": self.related_name, "help_text": self.help_text}
        given = [f"{option}={_named(value)}" for option, value in sorted(options.items()) if value]
        return f"{type(self).__name__}({', '.join([_named(self.to), *given])})"


def _named(value: object) -> str:
    return value.__name__ if isinstance(value, type) else repr(value)


class GenericForeignKey(Link):
    """A row of any model, named by two fields: one holds the table of the row, the other its key.

    `tag.content_object` is that row, or None where there is none. Writing takes a row too.
    """

    def __init__(self, type_field: str = "content_type", key_field: str = "object_id", *, name: str = "", help_text: str = "") -> None:
        self.type_field = type_field
        self.key_field = key_field
        self.name = name
        self.help_text = help_text

    def check(self, fields: Container[str]) -> None:
        for field in (self.type_field, self.key_field):
            if not isinstance(field, str) or field not in fields:
                raise self.misdeclared(f"it needs two fields, for the table and for the key of a row; there is no {_named(field)}")
        if self.type_field == self.key_field:
            raise self.misdeclared(f"{self.type_field!r} cannot hold both the table and the key of a row")

    def __repr__(self) -> str:
        given = f", help_text={self.help_text!r}" if self.help_text else ""
        return f"{type(self).__name__}({self.type_field!r}, {self.key_field!r}{given})"


class GenericRelation(Link):
    """The rows of another model whose GenericForeignKey points at rows of this one: `album.tags`.

    `to` is a model class or the name of a table, `field` the name of its GenericForeignKey where it has several.
    """

    def __init__(self, to: type[Any] | str, *, field: str = "", name: str = "", help_text: str = "") -> None:
        self.to = to
        self.field = field
        self.name = name
        self.help_text = help_text

    def check(self, fields: Container[str]) -> None:
        self._refuse_no_model("to", self.to)

    def targets(self) -> tuple[Any, ...]:
        return (self.to,)

    def __repr__(self) -> str:
        given = [f"{option}={value!r}" for option, value in (("field", self.field), ("help_text", self.help_text)) if value]
        return f"{type(self).__name__}({', '.join([_named(self.to), *given])})"
