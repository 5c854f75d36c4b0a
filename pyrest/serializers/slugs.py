"""The shape that names a row by a field of it."""

from __future__ import annotations

from functools import reduce
from typing import Any, Self

from pyrest.errors import Invalid, Misdeclared, did_you_mean
from pyrest.models.catalog import Catalog
from pyrest.models.fields import Field
from pyrest.models.model import Model, declaration
from pyrest.plan import Ref
from pyrest.serializers.expressions import Sheet
from pyrest.serializers.relations import SPELT, RelatedField


class SlugRelatedField(RelatedField):
    """A field of the row, which names it: its title, say. To be shown only, `slug_field` may run through relations: `artist__name`."""

    default_error_messages = {
        "does_not_exist": "Object with {slug_name}={value} does not exist.",
        "several": "Several objects with {slug_name}={value}.",
        "invalid": "Invalid value.",
    }

    def __init__(self, slug_field: str = "", **options: Any) -> None:
        if not isinstance(slug_field, str) or not slug_field:
            raise Misdeclared('SlugRelatedField: say which field names the row: slug_field="title"')
        super().__init__(**options)
        self.slug_field = slug_field
        self._path = slug_field.split("__")

    def to_representation(self, value: Any) -> Any:
        *way, last = self._path
        row = reduce(lambda found, name: None if found is None else getattr(found, name), way, value)
        if row is None:
            return None
        field = declaration(type(row)).fields.get(last) if isinstance(row, Model) else None
        return getattr(row, last) if field is None else field.dump(row._values[field.index_in_row])

    def to_internal_value(self, data: Any) -> Any:
        return self._one(self.refer(data), data)

    def express(self, sheet: Sheet) -> str:
        return self._along(sheet, self._pointed()[0], self._path)

    def _along(self, sheet: Sheet, model: type[Model], path: list[str]) -> str:
        name, *rest = path
        declared = declaration(model)
        if rest:
            assert self.catalog is not None
            edge = self.catalog.edges[model][name]
            return sheet.across(edge, lambda inner: self._along(inner, edge.target, rest))
        if name in declared.fields:
            return sheet.shown(declared.fields[name])
        return f"getattr({sheet.row()}, {name!r})"

    def refer(self, data: Any) -> Ref:
        target, _ = self._pointed()
        if isinstance(data, list | dict):
            raise Invalid(self.message("invalid"))
        field = declaration(target).fields[self.slug_field]
        try:
            text = isinstance(data, str) or field.family in SPELT
            value = field.parse(data if isinstance(data, str) else str(data)) if text else field.from_json(data)
        except Invalid:
            raise Invalid(self.absent(data)) from None
        return Ref(target, field.name, value, self.scope)

    def absent(self, data: Any) -> str:
        return self.message("does_not_exist", slug_name=self.slug_field, value=data)

    def several(self, data: Any) -> str:
        return self.message("several", slug_name=self.slug_field, value=data)

    def point(self, target: type[Model] | None, key: Field[Any] | None, catalog: Catalog, routes: Any) -> Self:
        super().point(target, key, catalog, routes)
        if target is None:
            return self
        model = target
        for name in self._path[:-1]:
            edge = catalog.edges[model].get(name)
            if edge is None or not edge.single:
                ones = [n for n, e in catalog.edges[model].items() if e.single]
                reason = "leads to several rows" if edge else f"is no relation of {model.__name__}{did_you_mean(name, ones)}"
                raise self.misdeclared(f"slug_field {self.slug_field!r}: {name!r} {reason}")
            model = edge.target
        if self._path[-1] not in model.__fields__ and not hasattr(model, self._path[-1]):
            known = did_you_mean(self._path[-1], model.__fields__)
            raise self.misdeclared(f"slug_field {self.slug_field!r}: {model.__name__} has no {self._path[-1]!r}{known}")
        if not self.read_only and self.slug_field not in target.__fields__:
            reason = f"slug_field {self.slug_field!r} is no field of {target.__name__}"
            raise self.misdeclared(f"{reason}, so it can only be shown: say read_only=True")
        return self

    def given(self) -> dict[str, Any]:
        return super().given() | {"slug_field": self.slug_field}
