"""What a representation shows, and the bodies that it reads, as JSON Schema."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_type_hints

from pyrest.endpoint import Endpoint
from pyrest.expandable import Targets
from pyrest.models.fields import Field
from pyrest.models.model import Model, declaration
from pyrest.openapi.components import Components, class_name
from pyrest.openapi.values import Schema, default_of, described, example_of, or_null, value_schema
from pyrest.serializers.binding import Bound
from pyrest.serializers.hyperlinks import HyperlinkedRelatedField
from pyrest.serializers.items import field_of
from pyrest.serializers.policies import match_name
from pyrest.serializers.relations import PrimaryKeyRelatedField, RelatedField, StringRelatedField
from pyrest.serializers.representation import LINK, Representation
from pyrest.serializers.slugs import SlugRelatedField

Mode = Literal["create", "replace", "patch"]

_SUFFIXES: Mapping[Mode, str] = {"create": "Create", "replace": "Replace", "patch": "Patch"}
_PYTHON: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_LINK: Schema = {"type": "string", "format": "uri-reference", "readOnly": True, "description": "The path of the object."}


class Objects:
    """The schemas of the objects of an API. `base` says what those of an endpoint are called."""

    def __init__(self, components: Components, targets: Targets, base: Callable[[Endpoint], str]) -> None:
        self._components = components
        self._targets = targets
        self._base = base

    # What is shown.

    def shown(self, found: Representation, endpoint: Endpoint | None, name: str) -> Schema:
        """The objects that a representation shows: those of an endpoint, or those within others.

        Nothing is required of them, because `fields` and `omit` may leave anything out.
        """
        return self._components.ref(("shown", found), name, lambda own: self._shown(found, endpoint, own))

    def _shown(self, found: Representation, endpoint: Endpoint | None, name: str) -> Schema:
        schema: Schema = {"type": "object", **documented(found.model)}
        if found.serializer.shows_rows_itself:
            return schema
        properties = {member.name: self._shown_member(member, found, name) for member in found.members if member.shown}
        if endpoint is not None and endpoint.expand_depth:
            for relation, edge in self._targets.relations(found, endpoint).items():
                expanded = self._expanded(edge.target, edge.single)
                properties[relation] = {"anyOf": [properties[relation], expanded]} if relation in properties else expanded
        if found.link_field:
            properties[LINK] = _LINK
        return schema | {"properties": dict(sorted(properties.items()))}

    def _expanded(self, model: type[Model], single: bool) -> Schema:
        target = self._targets.by_model[model]
        one = self.shown(target.shown, target.endpoint, self._base(target.endpoint))
        return or_null(one) if single else {"type": "array", "items": one}

    def _shown_member(self, member: Bound, found: Representation, name: str) -> Schema:
        if member.kind == "method":
            return described(_returned(getattr(found.serializer, member.shape.method)) | {"readOnly": True}, member.shape)
        schema, nullable = self._shown_value(member, name)
        if member.many:
            schema = {"type": "array", "items": schema}
        elif nullable:
            schema = or_null(schema)
        return described(schema, member.shape) | ({} if member.writable else {"readOnly": True})

    def _shown_value(self, member: Bound, name: str) -> tuple[Schema, bool]:
        """The schema of one value, and whether null may stand in its place."""
        shape = member.shape
        if isinstance(shape, Field):
            return value_schema(shape), shape.nullable or bool(member.path) or member.column is None
        nullable = bool(member.path) or member.edge is None or not member.edge.forward or member.edge.near.nullable
        if member.inner is not None:
            return self.shown(member.inner, None, f"{name}{class_name(member.name)}"), nullable and member.kind != "whole"
        if isinstance(shape, RelatedField):
            return _related(shape), nullable and member.kind != "whole"
        return _returned(type(shape).to_representation), True

    # Bodies.

    def body(self, found: Representation, mode: Mode, name: str, given: frozenset[str] = frozenset()) -> Schema:
        """The body that creates, replaces or patches a row. What is `given` by the place of the row is left out."""
        members = found.created if mode == "create" else found.changed
        given = frozenset(one for one, member in members.items() if field_of(member) in given)
        own = f"{name}{_SUFFIXES[mode]}"
        return self._components.ref(("body", found, mode, given), own, lambda _: self._body(found, members, mode, name, given))

    def _body(self, found: Representation, members: Mapping[str, Bound], mode: Mode, name: str, given: frozenset[str]) -> Schema:
        properties = {one: self._sent(member, mode, name) for one, member in members.items() if one not in given}
        required = [one for one in properties if members[one].required and mode != "patch"]
        schema: Schema = {"type": "object", **documented(found.model), "properties": properties, "additionalProperties": False}
        example = self.example(members, {*properties}, set(required) if mode == "patch" else {*properties})
        return schema | ({"required": required} if required else {}) | ({"examples": [example]} if example else {})

    def _sent(self, member: Bound, mode: Mode, name: str) -> Schema:
        shape = member.shape
        schema = self._sent_value(member, name)
        if member.many:
            lengths = {"minItems": getattr(shape, "min_length", None), "maxItems": getattr(shape, "max_length", None)}
            lengths["minItems"] = lengths["minItems"] or (None if shape.allow_empty else 1)
            schema = {"type": "array", "items": schema, **{keyword: n for keyword, n in lengths.items() if n is not None}}
        if member.allow_null:
            schema = or_null(schema)
        elif isinstance(shape, Field) and shape.family == "json":
            schema = {"not": {"type": "null"}}
        default = default_of(shape) if isinstance(shape, Field) and mode != "patch" else {}
        return described(schema | default, shape) | ({} if member.shown else {"writeOnly": True})

    def _sent_value(self, member: Bound, name: str) -> Schema:
        if isinstance(member.shape, Field):
            return value_schema(member.shape)
        if member.inner is not None:
            return self._item(member, f"{name}{class_name(member.name)}")
        return {} if member.interprets or not isinstance(member.shape, RelatedField) else _related(member.shape)

    def _item(self, member: Bound, name: str) -> Schema:
        """A nested object of a body. One that may name a row which is there need hold nothing else."""
        inner: Representation = member.inner
        return self._components.ref(("item", inner), f"{name}Item", lambda own: self._nested(member, inner, own))

    def _nested(self, member: Bound, inner: Representation, name: str) -> Schema:
        properties = {one: self._sent(found, "create", name.removesuffix("Item")) for one, found in inner.created.items()}
        match = match_name(member, declaration(inner.model).key.name) if member.kind == "nested" else None
        if match is not None:
            properties.setdefault(match, value_schema(inner.by_name[match].shape))
        needed = [one for one, found in inner.created.items() if found.required]
        required: Schema = {"required": needed} if needed else {}
        if needed and match is not None:
            required = {"if": {"not": {"required": [match]}}, "then": required}
        return {"type": "object", "properties": properties, "additionalProperties": False, **required}

    def example(self, members: Mapping[str, Bound], names: set[str], wanted: set[str]) -> dict[str, Any]:
        """A body with a value for each field that is wanted, as far as there are any; nothing where one that is required has none."""
        found: dict[str, Any] = {}
        for name in members:
            if name in names:
                value = _example(members[name])
                if value is not None:
                    found[name] = value
                elif members[name].required and name in wanted:
                    return {}
        return found


def documented(model: type[Model]) -> Schema:
    """What the model's own docstring says."""
    text = vars(model).get("__doc__")
    return {"description": inspect.cleandoc(text)} if text else {}


def _related(shape: RelatedField) -> Schema:
    """How a relational field shows and reads one row; nothing is said where code of the user's decides."""
    if shape.customized:
        return _returned(type(shape).to_representation)
    if isinstance(shape, StringRelatedField):
        return {"type": "string"}
    if isinstance(shape, HyperlinkedRelatedField):
        return {"type": "string", "format": "uri-reference"}
    if isinstance(shape, PrimaryKeyRelatedField):
        key = shape.pk_field or shape.key
        return {} if key is None else value_schema(key)
    if isinstance(shape, SlugRelatedField):
        field = slug_field(shape)
        return {} if field is None else value_schema(field)
    return {}


def slug_field(shape: SlugRelatedField) -> Field[Any] | None:
    """The field by which a slug names a row; None where it is no field."""
    *way, last = shape.slug_field.split("__")
    model = shape.target
    for name in way:
        model = shape.catalog.edges[model][name].target if shape.catalog is not None and model is not None else None
    return None if model is None else declaration(model).fields.get(last)


def _returned(method: Any) -> Schema:
    """What an annotation says that a method returns."""
    try:
        kind = _PYTHON.get(get_type_hints(method).get("return"))
    except (NameError, TypeError):
        return {}
    return {"type": kind} if kind else {}


def _example(member: Bound) -> Any:
    shape = member.shape
    if isinstance(shape, Field):
        return example_of(shape)
    if isinstance(shape, PrimaryKeyRelatedField) and not member.interprets:
        key = shape.pk_field or shape.key
        value = None if key is None else example_of(key)
        return None if value is None else [value] if member.many else value
    return None
