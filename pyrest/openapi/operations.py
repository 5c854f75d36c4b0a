"""The operations of a resource: one table of what each verb takes and answers, and operations made of it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pyrest.endpoint import Endpoint
from pyrest.importing import MAX_OBJECTS
from pyrest.links import collection_path
from pyrest.models.model import declaration
from pyrest.nested import NestedResource
from pyrest.openapi.components import Components, class_name, reference, snake_name, unique
from pyrest.openapi.names import Parameter, group_parameters, order_parameters, shape_parameters
from pyrest.openapi.objects import Mode, Objects
from pyrest.openapi.parameters import (
    IF_MATCH,
    KEY,
    UNLESS_KNOWN,
    UNLESS_THERE,
    conflict_parameters,
    filter_parameters,
    header_parameter,
    page_parameters,
    prefer_parameter,
)
from pyrest.openapi.responses import AFFECTED, COUNTED, DRY_RUN, GROUPS, JSON, answer, created, error_reference, in_lines
from pyrest.openapi.values import Schema, value_schema
from pyrest.putting import puts_new
from pyrest.resource import Resource
from pyrest.upserting import recognizable


class Verb(NamedTuple):
    """What requests of a kind take and answer: the headers of a request, what it may prefer, the statuses of errors, the mode in which a
    body is read.
    """

    name: str
    summary: str
    errors: tuple[int, ...]
    headers: tuple[str, ...] = ()
    prefers: tuple[str, ...] = ()
    mode: Mode | None = None


_READ = (400, 406, 503)
_EMPTY = (400, 406, 409, 413, 422, 503)
"""The errors of a write. One without a body may be told that a body is too long where it came with a key, or is only tried."""
_WRITE = (*_EMPTY, 415)
_PLAIN, _SHOWN = ("dry-run", "handling"), ("return", "dry-run", "handling")
_ONE = (IF_MATCH, UNLESS_THERE, KEY)

LIST: Mapping[str, Verb] = {
    "GET": Verb("list", "List {them}", _READ, (UNLESS_KNOWN,)),
    "POST": Verb("create", "Create one of {them}, or many", (*_WRITE, 408), (KEY,), (*_SHOWN, "resolution"), "create"),
    "PATCH": Verb("bulk_update", "Change those of {them} that filters select", _WRITE, (KEY,), (*_PLAIN, "max-affected"), "patch"),
    "DELETE": Verb("bulk_delete", "Delete those of {them} that filters select", _EMPTY, (KEY,), (*_PLAIN, "max-affected")),
}
DETAIL: Mapping[str, Verb] = {
    "GET": Verb("retrieve", "Show one of {them}", (*_READ, 404), (UNLESS_KNOWN,)),
    "PUT": Verb("replace", "Replace one of {them}", (*_WRITE, 404, 412), _ONE, _SHOWN, "replace"),
    "PATCH": Verb("update", "Change one of {them}", (*_WRITE, 404, 412), _ONE, _SHOWN, "patch"),
    "DELETE": Verb("delete", "Delete one of {them}", (*_EMPTY, 404, 412), _ONE, _PLAIN),
}
JOINED: Mapping[str, Verb] = {
    "GET": DETAIL["GET"],
    "PUT": Verb("link", "Link one of {them}", (*_EMPTY, 404, 412), _ONE, _PLAIN),
    "DELETE": Verb("unlink", "Take one of {them} out", (*_EMPTY, 404, 412), _ONE, _PLAIN),
}

_OF_READS = ("Cache-Control", "ETag", "Vary")
_OF_WRITES = ("Idempotency-Replayed", "Preference-Applied")


@dataclass(frozen=True)
class Place:
    """Where a resource is served: `name` is what operations are called, `keys` are the parameters in the path of its list."""

    resource: Resource
    name: str
    tag: str
    keys: tuple[Parameter, ...] = ()
    given: frozenset[str] = frozenset()
    """The fields whose values the place gives."""
    joined: bool = False
    """Whether rows are only linked here."""

    def guards(self, verb: Verb) -> bool:
        """Whether a write has to say which state of a row it is about."""
        return self.resource.endpoint.require_preconditions and verb.name in ("replace", "update", "delete", "unlink")

    @property
    def recognizes(self) -> bool:
        """Whether an object that is sent may be one that is there."""
        return not self.joined and bool(recognizable(self.resource))

    @property
    def merges(self) -> bool:
        """Whether a row that is there may be merged with an object that is sent."""
        return "PATCH" in self.resource.endpoint.detail_methods and not self.resource.endpoint.require_preconditions


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
        asked = [*keys, *self._parameters(place, verb), *self._headers(place, verb)]
        return {
            "operationId": name,
            "tags": [place.tag],
            "summary": verb.summary.format(them=place.resource.name),
            **({"parameters": asked} if asked else {}),
            **self._body(place, verb),
        }

    def _headers(self, place: Place, verb: Verb) -> list[Parameter]:
        # Where PUT may create, If-None-Match: * says as much as If-Match.
        must = place.guards(verb) and not (verb.name == "replace" and puts_new(place.resource))
        found = [header_parameter(header, must and header == IF_MATCH) for header in verb.headers]
        names = [name for name in verb.prefers if name != "resolution" or place.recognizes]
        default = {"default": "return=representation"} if verb.name == "create" else {}
        return [*found, prefer_parameter(names, place.merges, default)] if names else found

    def _parameters(self, place: Place, verb: Verb) -> list[Parameter]:
        resource = place.resource
        targets = resource.shaper.targets
        match verb.name:
            case "retrieve":
                return shape_parameters(resource.represented.detailed, resource.endpoint, targets)
            case "create":
                return [] if place.joined else conflict_parameters(resource)
            case "bulk_update" | "bulk_delete":
                return self._filters(resource)
            case "list":
                return [
                    *page_parameters(resource.endpoint),
                    *order_parameters(resource.surface),
                    *shape_parameters(resource.represented.listed, resource.endpoint, targets),
                    *group_parameters(resource.surface),
                    *self._filters(resource),
                ]
        return []

    def _filters(self, resource: Resource) -> list[Parameter]:
        return filter_parameters(resource.surface, self.components, base_name(resource.endpoint))

    def _body(self, place: Place, verb: Verb) -> Schema:
        if verb.mode is None:
            return {}
        name = base_name(place.resource.endpoint) + ("Below" + class_name(place.tag) if place.given else "")
        schema = self.objects.body(place.resource.represented.written, verb.mode, name, place.given)
        uploads = {}
        if verb.mode == "create":
            schema = {"anyOf": [schema, {"type": "array", "items": schema, "maxItems": MAX_OBJECTS}]}
            uploads = in_lines("An object a line.")
        return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}, **uploads}}}

    def _answers(self, place: Place, verb: Verb) -> Schema:
        missing = (404,) if place.keys and 404 not in verb.errors else ()
        unguarded = place.resource.endpoint.require_preconditions and verb.name == "create" and not place.joined
        demanded = (428,) if place.guards(verb) or unguarded else ()
        errors = {str(status): error_reference(status) for status in sorted((*verb.errors, *missing, *demanded))}
        return {"responses": self._successes(place, verb) | errors}

    def _successes(self, place: Place, verb: Verb) -> Schema:
        if KEY in verb.headers:
            return self._writes(place, verb)
        endpoint, found = place.resource.endpoint, place.resource.represented
        unchanged = {"304": answer("The client has this answer already.", None, *_OF_READS)}
        if verb.name == "retrieve":
            return {"200": answer("The object.", self._detailed(place), *_OF_READS)} | unchanged
        name = base_name(endpoint)
        page = self._page(self.objects.shown(found.listed, endpoint, name), name)
        groups = self.components.ref("groups", "Groups", lambda _: GROUPS)
        listed = answer("A page of the list.", {"anyOf": [page, groups]}, "Link", "X-Total-Count", "Content-Disposition", *_OF_READS)
        listed["content"] |= in_lines("An object a line.")
        return {"200": listed} | unchanged

    def _writes(self, place: Place, verb: Verb) -> Schema:
        """The answers to a write that succeeded, or was only tried."""
        tried = self.components.ref("dry run", "DryRun", lambda _: DRY_RUN)
        match verb.name:
            case "create":
                return self._creates(place, tried)
            case "replace" | "update":
                shown = {"anyOf": [tried, self._detailed(place)]}
                done = {"200": answer("The object as it is now.", shown, "ETag", *_OF_WRITES), "204": _done("ETag")}
                return done | (self._puts(place) if verb.name == "replace" and puts_new(place.resource) else {})
            case "bulk_update" | "bulk_delete":
                affected = self.components.ref("affected", "Affected", lambda _: AFFECTED)
                return {"200": answer("All of them are written.", {"anyOf": [tried, affected]}, *_OF_WRITES)}
        return {"200": answer("What would happen, where `Prefer` asks for that.", tried, *_OF_WRITES), "204": _done()}

    def _creates(self, place: Place, tried: Schema) -> Schema:
        one, name = self._detailed(place), f"{base_name(place.resource.endpoint)}Created"
        report = self.components.ref(("created", one["$ref"]), name, lambda _: created(one))
        counted = self.components.ref("counted", "Counted", lambda _: COUNTED)
        # Rows may well have a field `created`, so what has nothing else of its own comes last.
        made = [report, one, counted]
        text = "It is created. Its address is in `Location`; it is shown where `Prefer` asks for it."
        said = "Nothing was created: all objects were there, or `Prefer` asks what would happen."
        return {
            "200": answer(said, {"anyOf": [tried, *([] if place.joined else made)]}, "ETag", "Location", *_OF_WRITES),
            "201": answer(text, {"anyOf": made}, "ETag", "Location", *_OF_WRITES),
        }

    def _puts(self, place: Place) -> Schema:
        return {"201": answer("It is created, with the key of the address.", self._detailed(place), "ETag", "Location", *_OF_WRITES)}

    def _detailed(self, place: Place) -> Schema:
        endpoint, found = place.resource.endpoint, place.resource.represented
        name = base_name(endpoint)
        return self.objects.shown(found.detailed, endpoint, name if found.listed is found.detailed else f"{name}Detail")

    def _page(self, one: Schema, name: str) -> Schema:
        page = {
            "type": "object",
            "properties": {"meta": reference("Meta"), "object_list": {"type": "array", "items": one}},
            "required": ["meta", "object_list"],
        }
        return self.components.ref(("page", one["$ref"]), f"{name}Page", lambda _: page)


def _done(*names: str) -> Schema:
    return answer("It is done.", None, *names, *_OF_WRITES)


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
    return Place(nested.child, name, nested.parent.name, (key_parameter("key", nested.parent),), given, nested.join is not None)


def base_name(endpoint: Endpoint) -> str:
    """What the schemas of an endpoint are called."""
    return class_name(endpoint.name)


def documentation(endpoint: Endpoint) -> str:
    """What the endpoint's own docstring says."""
    text = vars(type(endpoint)).get("__doc__")
    return inspect.cleandoc(text) if text else ""
