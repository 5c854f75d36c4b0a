"""Reads that a client or the worker has the answer of already: tags, `If-None-Match`, and what caches may do (RFC 9110, 13; RFC 9111)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from flask import Request, Response
from werkzeug.http import parse_etags

from pyrest.datastores.freshness import now
from pyrest.datastores.protocol import DataStore
from pyrest.models.fields import Field
from pyrest.models.model import Model, declaration
from pyrest.models.neighbourhood import neighbourhood
from pyrest.resource import Resource
from pyrest.serializers.expressions import is_ours
from pyrest.serializers.fields import Place
from pyrest.web.caching import Answer, Answers, Key, key_of
from pyrest.web.responses import Content, Ready

TAG_BYTES = 16
VARY = "Accept"


class Reads:
    """How GET and HEAD of a resource are answered. What is still exact is given again, or said to be unchanged, without being made."""

    def __init__(self, resource: Resource, answers: Answers) -> None:
        self._store: DataStore = resource.store
        self._answers = answers
        self._models = depends_on(resource) if answers.size else None
        self._control = (("Cache-Control", resource.endpoint.cache_control), ("Vary", VARY))

    def answer(self, request: Request, place: Place, make: Callable[[], Content | Response]) -> Response:
        """`make` makes what is shown, or a response that is sent as it is, in parts. It is a 304 where the client has it already.

        (RFC 9110, section 13.1.2.)
        """
        freshness = None if self._models is None else self._store.freshness()
        if freshness is None:
            return self._answered(request, None, place, make)
        key = key_of(request)
        kept = self._answers.get(key)
        if kept is not None and freshness.holds(kept.since, self._models or ()):
            if is_known(request, kept.tag):
                return self._not_modified(kept.tag)
            if kept.body is not None:
                return Ready(kept.body, kept.headers)
        return self._answered(request, key, place, make)

    def _answered(self, request: Request, key: Key | None, place: Place, make: Callable[[], Content | Response]) -> Response:
        """The answer, made. What is looked up under a key is remembered, if it depends on nothing but the key and the rows."""
        since = now()
        made = make()
        if isinstance(made, Response):
            made.headers.extend(self._control)
            return made
        body, media_type, more = made
        tag = tag_of(body)
        headers = (("Content-Type", media_type), *more.items(), *self._control, ("ETag", tag))
        if key is not None and place.pure:
            self._answers.keep(key, Answer(tag, body, headers, since))
        return self._not_modified(tag) if is_known(request, tag) else Ready(body, headers)

    def _not_modified(self, tag: str) -> Response:
        return Ready(b"", (("ETag", tag), *self._control), 304)  # RFC 9110, section 15.4.5


def depends_on(resource: Resource) -> frozenset[type[Model]] | None:
    """The models whose rows decide the answers of a resource; None where code of the user's may decide by something else.

    That is a field of a class of the user's, which parses texts of the query string. Other code is noticed when it runs (`Place.pure`).
    """
    models = neighbourhood(resource.store.catalog, resource.endpoint.model)
    fields: list[Field[object]] = [field for model in models for field in declaration(model).fields.values()]
    return models if all(is_ours(field) for field in fields) else None


def tag_of(body: bytes) -> str:
    """The strong tag of a representation: of its bytes alone, so that it is the same on every worker and after a restart."""
    return f'"{blake2b(body, digest_size=TAG_BYTES).hexdigest()}"'


def tagged(response: Response, place: Place) -> Response:
    """The answer to a write with the tag that GET would give for the same representation, where it would show the same."""
    if place.pure:
        response.headers["ETag"] = tag_of(response.get_data())
    return response


def is_known(request: Request, tag: str) -> bool:
    """Whether the client has said that it has this representation."""
    sent = request.environ.get("HTTP_IF_NONE_MATCH")
    return sent is not None and (sent == tag or parse_etags(sent).contains_weak(tag[1:-1]))
