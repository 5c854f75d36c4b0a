"""Members of a model that are no columns of its table: relations that lead through another one."""

from __future__ import annotations

import copy
from typing import Any, Self, overload

from pyrest.errors import Misdeclared


class ManyToManyField:
    """The rows of another model that rows of this one are joined with: `album.tags`. `to` is a model class or the name of a table.

    The pairs are rows of a table between the two. pyrest makes that table, unless `through` names a model of yours for it, by class or by
    table, which has one foreign key to either side. `related_name` is what the other side calls these rows; default: `<model>_set`,
    `"+"` for none.
    """

    owner: str = ""

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

    def bind(self, owner: str, name: str) -> Self:
        """A copy that knows its name. Raises `Misdeclared`."""
        bound = copy.copy(self)
        vars(bound).update(owner=owner, name=name, frozen=True)
        vars(bound).pop("made", None)
        for option, value in (("to", self.to), ("through", self.through)):
            model = isinstance(value, type) and hasattr(value, "__fields__")
            if not model and not isinstance(value, str) and (option, value) != ("through", None):
                raise bound.misdeclared(f"{option} is a model class or the name of a table, not {value!r}")
        return bound

    def misdeclared(self, message: str) -> Misdeclared:
        """The error for a wrong declaration, with the model's and the relation's name in front."""
        return Misdeclared(f"{self.owner}.{self.name}: {message}")

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

    def __repr__(self) -> str:
        options = {"through": self.through, "related_name": self.related_name, "help_text": self.help_text}
        given = [f"{option}={_named(value)}" for option, value in sorted(options.items()) if value]
        return f"{type(self).__name__}({', '.join([_named(self.to), *given])})"


def _named(value: object) -> str:
    return value.__name__ if isinstance(value, type) else repr(value)
