"""PUT at an address of the client's choice: a row that is there is replaced, and one that is not is created with that key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pyrest.errors import Invalid, ValidationError
from pyrest.links import row_path
from pyrest.lists import Object
from pyrest.models.fields import Field
from pyrest.resource import Created, Creation, Guard, Resource
from pyrest.serializers.binding import Bound
from pyrest.serializers.fields import Place
from pyrest.serializers.items import same
from pyrest.serializers.representation import LINK


def puts_new(resource: Resource) -> bool:
    """Whether the client chooses the keys of new rows: their addresses have them, and POST takes them."""
    endpoint = resource.endpoint
    return endpoint.lookup_field == resource.key.name and "POST" in endpoint.list_methods and _member(resource) is not None


class Put(NamedTuple):
    """How the row looks then, and what was created where it is new."""

    shown: Object
    created: Created | None = None


def put(creation: Creation, text: str, body: Mapping[str, object], place: Place, guard: Guard | None) -> Put:
    """Replaces the row that a path names, or creates it, where `puts_new`. Whoever calls has opened the transaction.

    Raises `NotFound` for a text that can be no key, `ValidationError`, `Conflict`, and what `guard` does.
    """
    resource, within, stored = creation
    if resource.is_there(resource.address(text, within)):
        return Put(resource.write(text, body, place, "replace", within, guard))
    named = _naming(resource, text, body, place)
    if guard is not None:
        guard.check(None)
    created = resource.create(named, place, True, within, stored)
    return Put(created.shown or {}, created)


def _naming(resource: Resource, text: str, body: Mapping[str, object], place: Place) -> Object:
    """The body with the key that the address names; it may have named itself. Raises `ValidationError` where it names another row."""
    key, member = resource.key, _member(resource)
    assert member is not None
    value = key.dump(key.parse(text))
    if member.name in body and not _agrees(key, value, body[member.name]):
        raise ValidationError({member.name: ["The address names another key."]})
    path = row_path(place.collection, value)
    return {**{name: sent for name, sent in body.items() if name != LINK or sent != path}, member.name: value}


def _agrees(key: Field[object], value: object, sent: object) -> bool:
    try:
        return same(key, key.load(value), sent)
    except Invalid:
        return sent == value


def _member(resource: Resource) -> Bound | None:
    """The member of a new row's body that holds its key."""
    found = resource.represented.written.created.values()
    return next((m for m in found if m.column is resource.key and isinstance(m.shape, Field)), None)
