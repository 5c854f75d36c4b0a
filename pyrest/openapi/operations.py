"""The operations of a resource: one table of what each verb takes and answers, and operations made of it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pyrest.endpoint import Endpoint
from pyrest.links import collection_path
from pyrest.models.model import declaration
from pyrest.nested import NestedResource
from pyrest.openapi.components import Components, class_name, snake_name, unique
from pyrest.openapi.objects import Mode, Objects
from pyrest.openapi.parameters import (
    Parameter,
    filter_parameters,
    group_parameters,
    header_parameter,
    page_parameters,
    shape_parameters,
)
from pyrest.openapi.responses import CREATED, JSON, answer, error_reference, in_lines
from pyrest.openapi.values import Schema, value_schema
from pyrest.resource import Resource


class Verb(NamedTuple):
    """What requests of a kind take and answer: the headers of a request, the statuses of errors, the mode in which a body is read."""

    name: str
    summary: str
    errors: tuple[int, ...]
    headers: tuple[str, ...] = ()
    mode: Mode | None = None


_READ, _WRITE = (400, 406, 503), (400, 406, 409, 413, 415, 503)

LIST: Mapping[str, Verb] = {
    "GET": Verb("list", "List {them}", _READ, ("If-None-Match",)),
    "POST": Verb("create", "Create one of {them}", (*_WRITE, 408), ("Prefer",), "create"),
}
DETAIL: Mapping[str, Verb] = {
    "GET": Verb("retrieve", "Show one of {them}", (*_READ, 404), ("If-None-Match",)),
    "PUT": Verb("replace", "Replace one of {them}", (*_WRITE, 404), mode="replace"),
    "PATCH": Verb("update", "Change one of {them}", (*_WRITE, 404), mode="patch"),
    "DELETE": Verb("delete", "Delete one of {them}", (400, 404, 406, 409, 503)),
}
JOINED: Mapping[str, Verb] = {
    "GET": DETAIL["GET"],
    "PUT": Verb("link", "Link one of {them}", (400, 404, 406, 409, 503)),
    "DELETE": Verb("unlink", "Take one of {them} out", (400, 404, 406, 503)),
}

_OF_READS = ("Cache-Control", "ETag", "Vary")


@dataclass(frozen=True)
class Place:
    """Where a resource is served: `name` is what operations are called, `keys` are the parameters in the path of its list."""

    resource: Resource
    name: str
    tag: str
    keys: tuple[Parameter, ...] = ()
    given: frozenset[str] = frozenset()
    """The fields whose values the place gives."""


@dataclass
class Operations:
    """Makes the operations of an API, whose ids are all different."""

    components: Components
    objects: Objects
    ids: set[str] = field(default_factory=set)

    def of_list(self, place: Place, methods: Sequence[str]) -> Schema:
        """The operations on all rows of a place, by their methods."""
        found = {method: self._operation(place, LIST[method], place.keys) for method in LIST if method in methods}
        return {method.lower(): operation | self._answers(place, LIST[method]) for method, operation in found.items()}

    def of_row(self, place: Place, key: Parameter, methods: Sequence[str], verbs: Mapping[str, Verb] = DETAIL) -> Schema:
        """The operations on one row of a place."""
        found = {method: self._operation(place, verbs[method], (*place.keys, key)) for method in verbs if method in methods}
        return {method.lower(): operation | self._answers(place, verbs[method]) for method, operation in found.items()}

    def _operation(self, place: Place, verb: Verb, keys: tuple[Parameter, ...]) -> Schema:
        name = unique(f"{place.name}_{verb.name}", self.ids)
        self.ids.add(name)
        asked = [*keys, *self._parameters(place, verb), *(header_parameter(header) for header in verb.headers)]
        return {
            "operationId": name,
            "tags": [place.tag],
            "summary": verb.summary.format(them=place.resource.name),
            **({"parameters": asked} if asked else {}),
            **self._body(place, verb),
        }

    def _parameters(self, place: Place, verb: Verb) -> list[Parameter]:
        resource = place.resource
        targets = resource.shaper.targets
        if verb.name == "retrieve":
            return shape_parameters(resource.represented.detailed, resource.endpoint, targets)
        if verb.name != "list":
            return []
        return [
            *page_parameters(resource.endpoint, resource.surface),
            *shape_parameters(resource.represented.listed, resource.endpoint, targets),
            *group_parameters(resource.surface),
            *filter_parameters(resource.surface, self.components, base_name(resource.endpoint)),
        ]

    def _body(self, place: Place, verb: Verb) -> Schema:
        if verb.mode is None:
            return {}
        name = base_name(place.resource.endpoint) + ("Below" + class_name(place.tag) if place.given else "")
        schema = self.objects.body(place.resource.represented.written, verb.mode, name, place.given)
        uploads = in_lines("An object a line.") if verb.mode == "create" else {}
        return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}, **uploads}}}

    def _answers(self, place: Place, verb: Verb) -> Schema:
        missing = (404,) if place.keys and 404 not in verb.errors else ()
        errors = {str(status): error_reference(status) for status in sorted((*verb.errors, *missing))}
        return {"responses": self._successes(place, verb) | errors}

    def _successes(self, place: Place, verb: Verb) -> Schema:
        endpoint, found = place.resource.endpoint, place.resource.represented
        name = base_name(endpoint)
        detailed = self.objects.shown(found.detailed, endpoint, name if found.listed is found.detailed else f"{name}Detail")
        unchanged = {"304": answer("The client has this answer already.", None, *_OF_READS)}
        match verb.name:
            case "list":
                page = self._page(self.objects.shown(found.listed, endpoint, name), name)
                listed = answer("A page of the list.", page, "Link", "X-Total-Count", "Content-Disposition", *_OF_READS)
                listed["content"] |= in_lines("An object a line.")
                return {"200": listed} | unchanged
            case "create":
                text = "It is created. Its address is in `Location`; it is shown where `Prefer` asks for it."
                made = self.components.ref("created", "Created", lambda _: CREATED)
                return {"201": answer(text, {"anyOf": [detailed, made]}, "ETag", "Location")}
            case "retrieve":
                return {"200": answer("The object.", detailed, *_OF_READS)} | unchanged
            case "replace" | "update":
                return {"200": answer("The object as it is now.", detailed, "ETag")}
        return {"204": answer("It is done.")}

    def _page(self, one: Schema, name: str) -> Schema:
        page = {
            "type": "object",
            "properties": {"meta": {"$ref": "#/components/schemas/Meta"}, "object_list": {"type": "array", "items": one}},
            "required": ["meta", "object_list"],
        }
        return self.components.ref(("page", one["$ref"]), f"{name}Page", lambda _: page)


def key_parameter(name: str, resource: Resource) -> Parameter:
    """The part of a path that names a row."""
    found = declaration(resource.endpoint.model).fields[resource.endpoint.lookup_field]
    schema = value_schema(found) or {"type": "string"}
    if schema["type"] == "string" and "format" not in schema:
        schema = {"minLength": 1, "pattern": "^[^/]+$", **schema}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": f"`{found.name}` of the row."}


def list_path(resource: Resource) -> str:
    """What a document calls the address of a resource."""
    return collection_path("", resource.name)


def row_path(resource: Resource) -> str:
    return f"{list_path(resource)}{{key}}/"


def nested_path(nested: NestedResource) -> str:
    """What a document calls the address of the rows below a row."""
    return f"{list_path(nested.parent)}{{key}}{collection_path('', nested.name)}"


def nested_row_path(nested: NestedResource) -> str:
    return f"{nested_path(nested)}{{child}}/"


def own_place(resource: Resource) -> Place:
    """A resource at its own address."""
    return Place(resource, snake_name(resource.name), resource.name)


def nested_place(nested: NestedResource) -> Place:
    """The rows of a resource below a row of another one."""
    name = f"{snake_name(nested.parent.name)}_{snake_name(nested.name)}"
    given = frozenset(nested.edge.pointing(None))
    return Place(nested.child, name, nested.parent.name, (key_parameter("key", nested.parent),), given)


def base_name(endpoint: Endpoint) -> str:
    """What the schemas of an endpoint are called."""
    return class_name(endpoint.name)


def documentation(endpoint: Endpoint) -> str:
    """What the endpoint's own docstring says."""
    text = vars(type(endpoint)).get("__doc__")
    return inspect.cleandoc(text) if text else ""
