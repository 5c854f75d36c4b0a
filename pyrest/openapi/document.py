"""The document of a whole API, and the part of it that is about one address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyrest.expandable import Targets
from pyrest.nested import NestedResource
from pyrest.openapi.batches import Batches, batch_operation
from pyrest.openapi.components import Components
from pyrest.openapi.objects import Objects
from pyrest.openapi.operations import (
    DETAIL,
    JOINED,
    Operations,
    base_name,
    documentation,
    key_parameter,
    list_path,
    nested_path,
    nested_place,
    nested_row_path,
    own_place,
    row_path,
)
from pyrest.openapi.parameters import header_components
from pyrest.openapi.responses import ERROR, HEADERS, META, answer, error_reference, error_responses
from pyrest.openapi.values import Schema
from pyrest.resource import Resource

OPENAPI = "3.1.0"
SEGMENT = "openapi.json"

Document = dict[str, Any]


def document(name: str, version: str, resources: Sequence[Resource], nested: Sequence[NestedResource], batches: Batches | None) -> Document:
    """The document without its `servers`, which `at` adds."""
    components = Components()
    components.schemas |= {"Error": ERROR, "Meta": META}
    objects = Objects(components, resources[0].shaper.targets if resources else Targets(), base_name)
    operations = Operations(components, objects)
    paths = _root_paths()
    for resource in resources:
        paths |= _paths(operations, resource)
    for one in nested:
        paths |= _nested_paths(operations, one)
    if batches is not None:
        paths |= {batches.path: {"post": batch_operation(batches, components)}}
    return {
        "openapi": OPENAPI,
        "info": {"title": name, "version": version},
        "tags": [_tag(resource) for resource in resources],
        "paths": {path: item for path, item in paths.items() if item},
        "components": {
            "schemas": components.schemas,
            "responses": error_responses(),
            "headers": dict(HEADERS),
            "parameters": header_components(),
        },
        "security": [],
    }


def at(found: Document, path: str) -> Document:
    """A document of the API below a path."""
    before = {name: found[name] for name in ("openapi", "info")}
    return {**before, "servers": [{"url": path or "/"}], **found}


def part(found: Document, path: str) -> Document:
    """What of a document is about one path: a document of its own, with the components that it uses."""
    item = found["paths"].get(path, {})
    tags = {tag for operation in item.values() for tag in operation.get("tags", ())}
    used = {**found, "paths": {path: item}, "tags": [tag for tag in found["tags"] if tag["name"] in tags]}
    components: dict[str, dict[str, Schema]] = {}
    for kind, name in _reached(found, item):
        components.setdefault(kind, {})[name] = found["components"][kind][name]
    return used | {"components": components}


def _paths(operations: Operations, resource: Resource) -> Schema:
    place, endpoint = own_place(resource), resource.endpoint
    row = operations.of_row(place, key_parameter("key", resource), endpoint.detail_methods)
    return {list_path(resource): operations.of_list(place, endpoint.list_methods), row_path(resource): row}


def _nested_paths(operations: Operations, nested: NestedResource) -> Schema:
    place, key = nested_place(nested), key_parameter("child", nested.child)
    row = operations.of_row(place, key, nested.detail_methods, DETAIL if nested.join is None else JOINED)
    return {nested_path(nested): operations.of_list(place, nested.list_methods), nested_row_path(nested): row}


def _root_paths() -> Schema:
    """What is there beside the resources."""
    paths = {"type": "object", "additionalProperties": {"type": "string"}, "description": "The path of each resource."}
    root = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "ressources": paths, "version": {"type": "string"}},
        "required": ["name", "ressources", "version"],
    }
    return {
        "/": {"get": _plain("api_root", "Name, version and resources of the API", root)},
        f"/{SEGMENT}": {"get": _plain("api_document", "This document", {"type": "object"})},
    }


def _plain(name: str, summary: str, schema: Schema) -> Schema:
    errors = {str(status): error_reference(status) for status in (400, 406)}
    return {"operationId": name, "summary": summary, "responses": {"200": answer("It is here.", schema), **errors}}


def _tag(resource: Resource) -> Schema:
    text = documentation(resource.endpoint)
    return {"name": resource.name, **({"description": text} if text else {})}


def _reached(found: Document, item: Any) -> list[tuple[str, str]]:
    """The components that something refers to, and those that they refer to."""
    reached: list[tuple[str, str]] = []
    waiting = [item]
    while waiting:
        for target in _references(waiting.pop()):
            _, _, kind, name = target.split("/")
            if (kind, name) not in reached:
                reached.append((kind, name))
                waiting.append(found["components"][kind][name])
    return sorted(reached)


def _references(item: Any) -> Iterator[str]:
    if isinstance(item, dict):
        for name, value in item.items():
            if name == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(item, list):
        for value in item:
            yield from _references(value)
