"""How rows become JSON: one expression for each representation, written from its shapes and compiled once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pyrest.models.edges import Edge
from pyrest.models.fields import Field
from pyrest.models.generics import GenericReverse
from pyrest.models.model import Model
from pyrest.reach import Needs, Row

Call = Any
"""What one use of a representation brings along; `serializers/fields.py` says what."""

Write = Callable[["Sheet"], str]


class Fetched(Protocol):
    """What lay along edges: see `datastores/fetch.py`."""

    @property
    def rows(self) -> list[Row]: ...
    @property
    def near(self) -> list[Any]: ...
    @property
    def objects(self) -> list[Model]: ...
    @property
    def edges(self) -> list[Any]: ...


class OutOfReach(Exception):
    """A shape asked for more of a row than its key."""


def is_ours(made: object) -> bool:
    """Whether something is of a class of pyrest's own, whose code looks at nothing but its arguments."""
    return type(made).__module__.partition(".")[0] == __name__.partition(".")[0]


class Sheet:
    """The expression for one row, while it is written: shapes ask it for what they need and are given names for that.

    `pure` until a shape asks for something with which code of the user's may be run: that may look at the clock, or at the request.
    """

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self.known: dict[str, Any] = {}
        self.parts: dict[str, Callable[[Call, Fetched], Any]] = {}
        self.pure = True

    def column(self, name: str) -> str:
        """The value of a column of the row."""
        return f"v{self.needs.place(name)}"

    def shown(self, field: Field[Any], column: str = "") -> str:
        """A column's value as a field shows it. `column` is the field's own unless said."""
        value = self.column(column or field.name)
        if not is_ours(field):
            self.runs_users_code()
        return value if field.dumps_as_is else f"{self.constant(field.dump)}({value})"

    def row(self) -> str:
        """The row itself."""
        self.runs_users_code()
        self.needs.rows()
        return "row"

    def constant(self, value: Any) -> str:
        """What is the same for all rows and all uses."""
        name = f"k{len(self.known)}"
        self.known[name] = value
        return name

    def computed(self, make: Callable[[Call], Any]) -> str:
        """What is the same for all rows of one use, and may be the user's."""
        self.runs_users_code()
        return self.placed(make)

    def placed(self, make: Callable[[Call], Any]) -> str:
        """What is the same for all rows of one use, as the place where that is alone decides."""
        return self._part(lambda call, fetched: make(call))

    def runs_users_code(self) -> None:
        self.pure = False

    def along(self, edge: Edge, write: Write, share: int | None = None) -> str:
        """What an edge leads to from the row: a value or None, or a list where it can lead to several. `share`: a share of that."""
        place = self.needs.edge(edge, share)
        dump = Dump(self.needs.edges[place][1], write)
        if not dump.pure:
            self.runs_users_code()
        found = self._part(lambda call, fetched: _by_value(fetched.edges[place], dump(call, fetched.edges[place]), edge.single))
        near = self.column(edge.near.name)
        value = f"{self.constant(edge.held)}({near})" if isinstance(edge.relation, GenericReverse) else near
        return f"{found}.get({value})" if edge.single else f"({found}.get({value}) or [])"

    def across(self, edge: Edge, write: Write) -> str:
        """As `along`, without fetching where all that is wanted of the target is the value that points at it."""
        if edge.forward:
            try:
                written = write(_KeyOnly(self, edge))
            except OutOfReach:
                return self.along(edge, write)
            near = self.column(edge.near.name)
            return written if written == near else f"(None if {near} is None else {written})"
        return self.along(edge, write)

    def _part(self, make: Callable[[Call, Fetched], Any]) -> str:
        name = f"p{len(self.parts)}"
        self.parts[name] = make
        return name


class _KeyOnly(Sheet):
    """A sheet for the target of a foreign key on which nothing but its key can be asked for: that stands in our own row."""

    def __init__(self, outer: Sheet, edge: Edge) -> None:
        super().__init__(Needs(edge.target))
        self.known, self.parts = outer.known, outer.parts
        self._outer = outer
        self._edge = edge

    def column(self, name: str) -> str:
        if name != self._edge.field.name:
            raise OutOfReach
        return self._outer.column(self._edge.near.name)

    def row(self) -> str:
        raise OutOfReach

    def along(self, edge: Edge, write: Write, share: int | None = None) -> str:
        raise OutOfReach

    def runs_users_code(self) -> None:
        self._outer.runs_users_code()


class Dump:
    """Shows the rows that were fetched for some needs: what `write` writes of them, one value for each row.

    It is compiled from text, as the standard library makes dataclasses, because it runs once per row of every list:
    with `dict(zip(names, row))` a row takes three times as long, and a list of 20 a tenth longer.
    """

    def __init__(self, needs: Needs, write: Write) -> None:
        self.needs = needs
        self._sheet = Sheet(needs)
        self._expression = write(self._sheet)
        self.pure = self._sheet.pure
        self._function: Callable[..., list[Any]] | None = None

    def __call__(self, call: Call, fetched: Fetched) -> list[Any]:
        # The first use comes when all shapes have asked: until then others may ask for more columns of the same rows.
        function = self._function or self._compiled()
        if not self.pure:
            call.place.pure = False
        return function(fetched.rows, fetched.objects, *[part(call, fetched) for part in self._sheet.parts.values()])

    def _compiled(self) -> Callable[..., list[Any]]:
        columns = ", ".join(f"v{place}" for place in range(len(self.needs.columns)))
        if not self.needs.whole:
            loop = f"for {columns}, in rows" if columns else "for _ in rows"
        else:
            loop = f"for ({columns},), row in zip(rows, objects)" if columns else "for row in objects"
        parameters = ", ".join(("rows", "objects", *self._sheet.parts))
        function: Callable[..., list[Any]] = eval(f"lambda {parameters}: [{self._expression} {loop}]", dict(self._sheet.known))
        self._function = function
        return function


def object_of(items: Mapping[str, str]) -> str:
    """The expression of a JSON object, keys sorted, of the expressions of its values."""
    return "{" + ", ".join(f"{name!r}: {items[name]}" for name in sorted(items)) + "}"


def _by_value(fetched: Fetched, shown: list[Any], single: bool) -> dict[Any, Any]:
    if single:
        return dict(zip(fetched.near, shown, strict=True))
    lists: defaultdict[Any, list[Any]] = defaultdict(list)
    for value, one in zip(fetched.near, shown, strict=True):
        lists[value].append(one)
    return lists
