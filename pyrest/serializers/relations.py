"""The relational shapes: how a relation looks in JSON and what a body means by it, as in Django REST framework's *Serializer relations*.

They do no I/O by themselves: `express` says what to fetch and how to show it, `refer` gives a `Ref` that is looked up with all others.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Self

from pyrest.errors import Invalid, did_you_mean
from pyrest.models.catalog import Catalog
from pyrest.models.fields import Field
from pyrest.models.model import Model, declaration
from pyrest.plan import EVERYTHING, Ref, Where
from pyrest.queryset import QuerySet
from pyrest.serializers.expressions import Sheet
from pyrest.serializers.fields import SerializerField

LIST_MESSAGES = {
    "not_a_list": 'Expected a list of items but got type "{input_type}".',
    "empty": "This list may not be empty.",
}


class RelatedField(SerializerField):
    """The parent of all relational fields, and of those of your own: override `to_representation(self, value)`, which gets the row that
    the relation leads to, and to write `to_internal_value(self, data)`, which returns such a row.

    - `queryset`: the rows that a body may name, a QuerySet or a model; or `read_only=True`.
    - `many`: whether the relation leads to several rows, so that the field is a list. `allow_empty`: whether that may be empty.
    - `needs`, on the class: paths of relations that `to_representation` will use, to be fetched along: `needs = ("album__artist",)`.
    """

    default_error_messages: ClassVar[Mapping[str, str]] = LIST_MESSAGES
    needs: ClassVar[tuple[str, ...]] = ()

    queryset: Any = None
    target: type[Model] | None = None
    catalog: Catalog | None = None
    key: Field[Any] | None = None

    def __init__(
        self, *, queryset: QuerySet[Any] | type[Model] | None = None, many: bool = False, allow_empty: bool = True, **options: Any
    ) -> None:
        super().__init__(**options)
        given = queryset if queryset is not None or self.read_only else type(self).queryset
        self.queryset = QuerySet(given) if isinstance(given, type) and issubclass(given, Model) else given
        self.many = many
        self.allow_empty = allow_empty
        if not self.reads_bodies:
            self.read_only = True

    # What a subclass overrides.

    def to_representation(self, value: Any) -> Any:
        """A row → what JSON shows of it."""
        raise self.misdeclared(f"{type(self).__name__} has no to_representation(self, value)")

    def to_internal_value(self, data: Any) -> Any:
        """A value of a body → the row that it names. Raises `ValidationError`, best by `self.fail(…)`."""
        raise self.misdeclared(f"{type(self).__name__} has no to_internal_value(self, data)")

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that a body may name."""
        if self.queryset is None:
            raise self.misdeclared("it has no queryset")
        found: QuerySet[Any] = QuerySet(self.queryset) if isinstance(self.queryset, type) else self.queryset
        return found if self.store is None else found.on(self.store)

    # What the serializer asks.

    def express(self, sheet: Sheet) -> str:
        row = sheet.row()
        sheet.needs.along.extend(path for path in self.needs if path not in sheet.needs.along)
        return f"{sheet.computed(lambda call: call.bind(self).to_representation)}({row})"

    def refer(self, data: Any) -> Any:
        """A value of a body → a reference to be looked up with others. Raises `ValidationError`."""
        return self.to_internal_value(data)

    def absent(self, data: Any) -> str:
        """The message for a value that names no row."""
        return self.message("does_not_exist", value=data)

    def several(self, data: Any) -> str:
        """The message for a value that names more rows than one."""
        return self.message("several", value=data)

    def point(self, target: type[Model] | None, key: Field[Any] | None, catalog: Catalog, routes: Any) -> Self:
        """Says where the relation leads: the model, and the field of it by which it is pointed at. Raises `Misdeclared`."""
        self.target, self.key, self.catalog = target, key, catalog
        if target is not None and self.queryset is not None and self.queryset.model is not target:
            raise self.misdeclared(f"its queryset is of {self.queryset.model.__name__}, and the relation leads to {target.__name__}")
        if target is not None:
            for path in self.needs:
                self._check_path(path, target, catalog)
        return self

    def _check_path(self, path: str, model: type[Model], catalog: Catalog) -> None:
        for name in path.split("__"):
            edges = catalog.edges[model]
            if name not in edges:
                raise self.misdeclared(f"needs {path!r}: {model.__name__} has no relation {name!r}{did_you_mean(name, edges)}")
            model = edges[name].target

    @property
    def scope(self) -> Where:
        """The condition that a row which a body names has to meet."""
        if type(self).get_queryset is RelatedField.get_queryset:
            found: Where = self.queryset.where if self.queryset is not None else EVERYTHING
            return found
        return self.get_queryset().where

    def check(self) -> None:
        super().check()
        if type(self).to_representation is RelatedField.to_representation and not self.write_only:
            raise self.misdeclared(f"{type(self).__name__} has no to_representation(self, value)")
        if isinstance(self.needs, str):
            raise self.misdeclared(f'needs is a tuple of paths: write ("{self.needs}",)')
        sliced = isinstance(self.queryset, QuerySet) and (self.queryset.offset or self.queryset.limit is not None)
        if self.queryset is not None and (not isinstance(self.queryset, QuerySet) or sliced):
            raise self.misdeclared(f"queryset is a QuerySet, not sliced, or a model, not {self.queryset!r}")
        if self.queryset is not None and self.read_only:
            reason = "read_only=True" if self.reads_bodies else "a field that is only shown"
            raise self.misdeclared(f"queryset says what may be written, which {reason} excludes; leave one out")
        if self.queryset is None and not self.read_only and type(self).get_queryset is RelatedField.get_queryset:
            raise self.misdeclared("it needs a queryset, or read_only=True")

    def given(self) -> dict[str, Any]:
        found = super().given()
        if not self.reads_bodies:
            found.pop("read_only", None)
        if self.queryset is not None:
            plain = self.queryset.where == EVERYTHING and self.queryset.order is None
            found["queryset"] = self.queryset.model if plain else self.queryset
        return found | ({"many": True} if self.many else {}) | ({} if self.allow_empty else {"allow_empty": False})

    @property
    def customized(self) -> bool:
        """Whether a subclass shows rows in its own way, so that `express` of its parents does not hold."""
        return not self._is_own("to_representation", self._definer("express"))

    @property
    def interprets(self) -> bool:
        """Whether a subclass reads values in its own way, so that `refer` of its parents does not hold."""
        return not self._is_own("to_internal_value", self._definer("refer"))

    @property
    def alone(self) -> bool:
        """Whether it reads a body the same way in every use: without the store, the context and the request."""
        return not self.interprets and type(self).get_queryset is RelatedField.get_queryset

    @property
    def reads_bodies(self) -> bool:
        return type(self).to_internal_value is not RelatedField.to_internal_value

    def _definer(self, method: str) -> type:
        return next(kind for kind in type(self).__mro__ if method in vars(kind))

    def _is_own(self, method: str, kind: type) -> bool:
        """Whether a method is still that of a class, or of a parent of it."""
        return self._definer(method) in kind.__mro__

    def _one(self, ref: Ref, data: Any) -> Any:
        """The row of a reference, for who looks it up alone."""
        rows = list(self.get_queryset().filter(**{ref.field: ref.value})[:2])
        if len(rows) != 1:
            raise Invalid(self.several(data) if rows else self.absent(data))
        return rows[0]

    def _pointed(self) -> tuple[type[Model], Field[Any]]:
        target = self.target or (self.queryset.model if self.queryset is not None else None)
        if target is None:
            raise self.misdeclared("it is no part of a serializer, so where it leads is not known")
        return target, self.key or declaration(target).key


class StringRelatedField(RelatedField):
    """`str()` of the row. Read-only."""

    def to_representation(self, value: Any) -> Any:
        return str(value)

    def express(self, sheet: Sheet) -> str:
        return f"str({sheet.row()})"


class PrimaryKeyRelatedField(RelatedField):
    """The row's key. `1`, `"1"` and `1.0` are one key, `""` is null.

    `pk_field` is a field that shows and reads the key: `pk_field=UUIDField(format="hex")`.
    """

    default_error_messages = {
        "does_not_exist": 'Invalid pk "{pk_value}" - object does not exist.',
        "incorrect_type": "Incorrect type. Expected pk value, received {data_type}.",
    }

    def __init__(self, *, pk_field: Field[Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.pk_field = pk_field

    def check(self) -> None:
        super().check()
        if self.pk_field is None:
            return
        if not isinstance(self.pk_field, Field):
            raise self.misdeclared(f'pk_field is a field, such as UUIDField(format="hex"), not {self.pk_field!r}')
        self.pk_field = copy.copy(self.pk_field)
        vars(self.pk_field).update(owner=self.serializer_name, name=self.field_name)
        self.pk_field.check_values()

    def point(self, target: type[Model] | None, key: Field[Any] | None, catalog: Catalog, routes: Any) -> Self:
        super().point(target, key, catalog, routes)
        if self.pk_field is not None and key is not None and not key.agrees_with(self.pk_field):
            raise self.misdeclared(f"pk_field is {self.pk_field.kind}, and {key.owner}.{key.name} is {key.kind}")
        return self

    def to_representation(self, value: Any) -> Any:
        _, key = self._pointed()
        return (self.pk_field or key).dump(value._values[key.index_in_row])

    def to_internal_value(self, data: Any) -> Any:
        return self._one(self.refer(data), data)

    def express(self, sheet: Sheet) -> str:
        _, key = self._pointed()
        return sheet.shown(self.pk_field or key, key.name)

    def refer(self, data: Any) -> Ref:
        target, key = self._pointed()
        try:
            value = key.plain(self.pk_field.load(data)) if self.pk_field is not None else self._key(key, data)
        except Invalid as refusal:
            raise Invalid(str(refusal)) from None
        return Ref(target, key.name, value, self.scope)

    def absent(self, data: Any) -> str:
        return self.message("does_not_exist", pk_value=data)

    def given(self) -> dict[str, Any]:
        return super().given() | ({} if self.pk_field is None else {"pk_field": self.pk_field})

    def _key(self, key: Field[Any], data: Any) -> Any:
        spelt = key.family in SPELT
        if isinstance(data, str) and not spelt:
            try:
                return key.parse(data)
            except Invalid:
                raise self._incorrect(data) from None
        if not isinstance(data, str if spelt else (int, float, Decimal)) or isinstance(data, bool):
            raise self._incorrect(data)
        return key.from_json(data)

    def _incorrect(self, data: Any) -> Invalid:
        return Invalid(self.message("incorrect_type", data_type=type_name(data)))


SPELT = frozenset({"string", "uuid", "decimal", "date", "datetime", "time"})
"""The families whose values are strings in JSON."""


def type_name(value: object) -> str:
    """What a message calls the type of a value of a body."""
    return "float" if isinstance(value, Decimal) else type(value).__name__
