"""The members of a serializer bound to a model: where the value of each comes from, and how it is shown and written."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from pyrest.errors import Misdeclared, did_you_mean
from pyrest.models.catalog import Catalog
from pyrest.models.edges import Edge
from pyrest.models.fields import Field, ForeignKey, GenericForeignKey
from pyrest.models.fields.options import UNSET
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration
from pyrest.models.surroundings import surroundings
from pyrest.serializers.fields import SerializerField, SerializerMethodField
from pyrest.serializers.hyperlinks import HyperlinkedRelatedField
from pyrest.serializers.relations import RelatedField

Shape: TypeAlias = Field[Any] | SerializerField
Kind = Literal["column", "related", "nested", "attribute", "whole", "method", "unknown"]
WHOLE = "*"


@dataclass(frozen=True, slots=True)
class Bound:
    """A member of a serializer. `path` are the relations to follow first; then `edge`, the relation that is shown, or `column`, the
    field of the row there, or the attribute `attribute` of it. `inner` is what a nested serializer comes to.
    """

    name: str
    shape: Any
    kind: Kind
    path: tuple[Edge, ...] = ()
    edge: Edge | None = None
    column: Field[Any] | None = None
    attribute: str = ""
    inner: Any = None
    required: bool = False
    allow_null: bool = False
    many: bool = False
    alone: bool = False
    """Whether the shape reads a body the same way in every use."""
    interprets: bool = False
    """Whether the shape reads a body in a way of the user's."""

    def within(self, inner: Any) -> Bound:
        """The same member, of whose objects another part is shown."""
        return replace(self, inner=inner)

    @property
    def writable(self) -> bool:
        return not self.shape.read_only and not getattr(self.shape, "generated", False)

    @property
    def shown(self) -> bool:
        return not self.shape.write_only

    @property
    def target(self) -> str:
        """What its value is called among the values of a write."""
        if self.column is not None:
            return str(self.column.name)
        return self.edge.name if self.edge is not None else self.attribute or self.name


def bind(owner: str, name: str, shape: Shape, model: type[Model], catalog: Catalog, routes: Any, lenient: bool) -> Bound:
    """A member over a model. Raises `Misdeclared` where its source leads nowhere. `lenient`, before there is a store, lets a name pass
    that some model which is not known yet may give to its rows."""
    if isinstance(shape, SerializerMethodField):
        return _bound(name, shape, "method")
    if shape.source == WHOLE:
        return _whole(name, shape, model, catalog, routes, lenient)
    path, at, last = _followed(owner, name, shape, model, catalog, lenient)
    if last is None:
        return _bound(name, shape, "unknown")
    if path and not shape.read_only:
        shape = _read_only(shape)
    declared = declaration(at)
    edge = catalog.edges[at].get(last)
    if isinstance(shape, RelatedField) or hasattr(shape, "bound_to"):
        if edge is not None:
            return _related(owner, name, shape, path, edge, catalog, routes, lenient)
        return _attribute(owner, name, shape, path, at, last, catalog, routes, lenient)
    column = declared.key if last == "pk" else declared.fields.get(last) or declared.fields.get(declared.key_attributes.get(last, ""))
    if column is not None:
        return _plain(owner, name, shape, path, column)
    return _attribute(owner, name, shape, path, at, last, catalog, routes, lenient)


def _bound(name: str, shape: Any, kind: Kind, path: tuple[Edge, ...] = (), **found: Any) -> Bound:
    related = isinstance(shape, RelatedField)
    many = bool(getattr(shape, "many", False))
    return Bound(name, shape, kind, path, many=many, alone=related and shape.alone, interprets=not related or shape.interprets, **found)


def _followed(
    owner: str, name: str, shape: Shape, model: type[Model], catalog: Catalog, lenient: bool
) -> tuple[tuple[Edge, ...], type[Model], str | None]:
    """The relations to follow, the model at their end, and the last name; None for that where a name may yet come to be."""
    path: list[Edge] = []
    names = (shape.source or name).split(".")
    for i, step in enumerate(names[:-1]):
        edge = catalog.edges[model].get(step)
        if edge is None:
            if hasattr(model, step):
                return tuple(path), model, ".".join(names[i:])
            if lenient:
                return tuple(path), model, None
            singles = [n for n, e in catalog.edges[model].items() if e.single]
            raise Misdeclared(f"{owner}.{name}: source {shape.source!r}: {model.__name__} has no {step!r}{did_you_mean(step, singles)}")
        if not edge.single:
            raise Misdeclared(f"{owner}.{name}: source {shape.source!r}: {step!r} leads to several rows")
        path.append(edge)
        model = edge.target
    known = (*catalog.edges[model], *declaration(model).fields)
    if names[-1] not in known and not hasattr(model, names[-1]):
        may_be_reverse = isinstance(shape, RelatedField) or hasattr(shape, "bound_to")
        if lenient and may_be_reverse:
            return tuple(path), model, None
        said = f"source {shape.source!r}: " if shape.source else ""
        raise Misdeclared(f"{owner}.{name}: {said}{model.__name__} has no {names[-1]!r}{_unheard(model, names[-1], known)}")
    return tuple(path), model, names[-1]


def _plain(owner: str, name: str, shape: Shape, path: tuple[Edge, ...], column: Field[Any]) -> Bound:
    held = column.key if isinstance(column, ForeignKey) else column
    if isinstance(shape, Field) and not shape.read_only and not held.agrees_with(shape):
        kinds = f"{shape.kind} does not give the values of {column.owner}.{column.name}, which is {held.kind}"
        raise Misdeclared(f"{owner}.{name}: {kinds}; say read_only=True, or declare it alike")
    required = _must_be_sent(shape, column) and not shape.read_only
    return _bound(name, shape, "column", path, column=column, required=required, allow_null=_may_be_null(shape))


def _unheard(model: type[Model], name: str, known: Iterable[str]) -> str:
    """What may be wrong with a name that a model does not have."""
    around = surroundings(model)
    edge = None if around is None else around.edges[model].get(name)
    if edge is None:
        return did_you_mean(name, known)
    return f" without {edge.target.__name__}, which is not among the models here; give it an endpoint, or name it in models=[…]"


def _related(owner: str, name: str, shape: Any, path: tuple[Edge, ...], edge: Edge, catalog: Catalog, routes: Any, lenient: bool) -> Bound:
    if shape.many == edge.single:
        leads = "at most one row" if edge.single else "several rows"
        advice = "leave many=True out" if edge.single else "say many=True"
        raise Misdeclared(f"{owner}.{name}: {edge.model.__name__}.{edge.name} leads to {leads}; {advice}")
    if not shape.read_only and isinstance(edge.relation, Join) and edge.relation.link.through is not None:
        through = edge.relation.through.__name__
        raise Misdeclared(f"{owner}.{name}: it goes through {through}, whose rows are written themselves; say read_only=True")
    required = _required(shape, edge)
    allow_null = bool(shape.allow_null)
    if isinstance(shape, RelatedField):
        shape = copy.copy(shape)
        if not (lenient and isinstance(shape, HyperlinkedRelatedField)):
            key = edge.field if edge.forward else declaration(edge.target).key
            shape.point(edge.target, key, catalog, routes)
        return _bound(name, shape, "related", path, edge=edge, column=_own_column(edge), required=required, allow_null=allow_null)
    inner = shape.bound_to(edge.target, catalog, routes, lenient)
    return _bound(name, shape, "nested", path, edge=edge, inner=inner, required=required, allow_null=allow_null)


def _own_column(edge: Edge) -> Field[Any] | None:
    return edge.near if edge.forward else None


def _attribute(
    owner: str, name: str, shape: Any, path: tuple[Edge, ...], model: type[Model], last: str, catalog: Catalog, routes: Any, lenient: bool
) -> Bound:
    link = declaration(model).links.get(last)
    generic = isinstance(link, GenericForeignKey)
    if isinstance(shape, RelatedField):
        if last in model.__fields__ and not generic:
            raise Misdeclared(f"{owner}.{name}: {model.__name__}.{last} is no relation")
        shape = copy.copy(shape)
        if not (lenient and isinstance(shape, HyperlinkedRelatedField)):
            shape.point(None, None, catalog, routes)
    elif isinstance(shape, Field) and last in catalog.edges[model]:
        shown = "StringRelatedField, SlugRelatedField or another relational field"
        raise Misdeclared(f"{owner}.{name}: {model.__name__}.{last} is a relation, which a {shape.kind} cannot show; use a {shown}")
    if not generic and not shape.read_only:
        shape = _read_only(shape)
    required = False if shape.read_only else shape.required is not False
    return _bound(name, shape, "attribute", path, attribute=last, required=required, allow_null=bool(getattr(shape, "allow_null", False)))


def _whole(name: str, shape: Any, model: type[Model], catalog: Catalog, routes: Any, lenient: bool) -> Bound:
    if isinstance(shape, RelatedField):
        shape = copy.copy(shape)
        if not (lenient and isinstance(shape, HyperlinkedRelatedField)):
            shape.point(model, declaration(model).key, catalog, routes)
        return _bound(name, shape, "whole")
    if hasattr(shape, "bound_to"):
        return _bound(name, shape, "whole", inner=shape.bound_to(model, catalog, routes, lenient), required=shape.required is not False)
    return _bound(name, _read_only(shape), "whole")


def _required(shape: Any, edge: Edge) -> bool:
    if shape.read_only:
        return False
    if shape.required is not None:
        return bool(shape.required)
    if shape.default is not UNSET:
        return False
    if edge.forward:
        return edge.near.must_be_sent
    return not (isinstance(edge.relation, Join) and edge.relation.name in edge.model.__links__)


def _must_be_sent(shape: Any, column: Field[Any]) -> bool:
    if shape is column:
        return bool(column.must_be_sent)
    said = "required" in shape.said if isinstance(shape, Field) else shape.required is not None
    return bool(shape.required if said else column.must_be_sent and shape.default is UNSET)


def _may_be_null(shape: Any) -> bool:
    return bool(shape.nullable if isinstance(shape, Field) else shape.allow_null)


def _read_only(shape: Any) -> Any:
    """It is only shown: there is no place of its own to write it to."""
    if shape.read_only:
        return shape
    if shape.write_only:
        raise shape.misdeclared("what its source leads to can only be shown, which write_only=True excludes")
    shape = copy.copy(shape)
    vars(shape)["read_only"] = True
    return shape
