"""The Wrapper: endpoints over a datastore become routes of a Flask application."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote

from flask import Blueprint, Flask, Request, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, RequestRedirect

from pyrest.endpoint import Endpoint, endpoint_for
from pyrest.errors import Misdeclared
from pyrest.expandable import targets
from pyrest.links import collection_path
from pyrest.models.model import Model
from pyrest.nested import nested_resources
from pyrest.openapi.batches import Batches
from pyrest.openapi.document import SEGMENT as DOCUMENT
from pyrest.openapi.document import Document, at, document
from pyrest.query import parameters, refuse_all
from pyrest.resource import Resource
from pyrest.routes import Elsewhere, EndpointRoutes
from pyrest.store import Store
from pyrest.surfaces import connect, texts_by_words
from pyrest.web.arrivals import watch_arrivals
from pyrest.web.batch import MAX_BODY, MAX_REQUESTS, Batch, check_batch
from pyrest.web.batch import METHODS as BATCH_METHODS
from pyrest.web.batch import SEGMENT as BATCH
from pyrest.web.caching import CACHE_SIZE, Answers
from pyrest.web.docs_pages import DocsPages, check_docs
from pyrest.web.documents import Documents
from pyrest.web.errors import http_error
from pyrest.web.negotiation import accepted
from pyrest.web.responses import json_response
from pyrest.web.safeguards import Limits, Safeguards
from pyrest.web.statement_pages import METHODS, SEGMENT, StatementPages, refuse_names
from pyrest.web.streams import Streams
from pyrest.web.views import Mounted, NestedViews, ResourceViews, allowed, answering, below, described, mount

EXTENSION = "pyrest"


class Wrapper:
    """An API: its resources, its name and its version.

    `endpoints` are Endpoint classes, or Model classes for endpoints with defaults, in any order. `models` are further models
    that the store keeps without an endpoint. `cache` is how many bytes of answers each worker remembers, as long as they are exact;
    0 is none. `batch` is where batches of at most `max_batch` requests are sent, None for nowhere. `docs` is the part of the URL where the
    documentation page is; None for no page. Raises `Misdeclared`, naming what is wrong, and `StoreUnusable`.
    """

    def __init__(
        self,
        endpoints: Sequence[type[Endpoint] | type[Model]],
        datastore: Store,
        name: str = "pyrest",
        version: str = "1.0",
        models: Iterable[type[Model]] = (),
        cache: int = CACHE_SIZE,
        batch: str | None = BATCH,
        max_batch: int = MAX_REQUESTS,
        docs: str | None = "docs",
    ) -> None:
        if not isinstance(endpoints, list | tuple):
            raise Misdeclared(f"Wrapper: endpoints is a list of Endpoint classes, not {endpoints!r}")
        if not hasattr(datastore, "adopt"):
            raise Misdeclared(f"Wrapper: datastore is a store such as SQLiteDataStore(path), not {datastore!r}")
        declared = [endpoint_for(endpoint) for endpoint in endpoints]
        _refuse_same_names(declared)
        refuse_names(declared)
        check_batch(batch, max_batch, declared)
        check_docs(docs, batch, declared)
        self.name = name
        self.version = version
        self.docs = docs
        self.batch = batch
        self.max_batch = max_batch
        self.answers = Answers(cache)
        self.streams = Streams()
        self.store = datastore
        self.catalog = datastore.adopt([*(endpoint.model for endpoint in declared), *models])
        self.routes = datastore.routes = EndpointRoutes(declared)
        self.resources = tuple(Resource(endpoint, datastore, self.routes) for endpoint in declared)
        datastore.index_texts(texts_by_words(resource.surface for resource in self.resources))
        connect(self.catalog, {resource.endpoint: resource.surface for resource in self.resources})
        self.targets = targets(resource.rows.target for resource in self.resources)
        for resource in self.resources:
            resource.shaper.targets = self.targets
        self.nested = tuple(one for resource in self.resources for one in nested_resources(resource, self.resources))

    def document(self, prefix: str = "") -> Document:
        """The OpenAPI document of the API below a URL prefix, as values of JSON."""
        return at(self._document, quote(prefix.rstrip("/")))

    @cached_property
    def _document(self) -> Document:
        return document(self.name, self.version, self.resources, self.nested, self._batches if self.batch else None)

    @property
    def _batches(self) -> Batches:
        return Batches(f"/{self.batch}/", self.max_batch)

    def create_app(self) -> Flask:
        """A Flask application of its own, with the API at its root."""
        app = Flask(EXTENSION, static_folder=None, template_folder=None)
        self.init_app(app)
        return app

    def init_app(self, app: Flask | Blueprint, url_prefix: str = "") -> None:
        """Adds the API to somebody's own application or blueprint, below a prefix such as `/api`. The rest of it is left alone.

        Its endpoints are called `users-list` and `users-detail` for `url_for`; in a blueprint the blueprint's name stands before
        them, as Flask does it. Where the application has such names already, as with a second Wrapper, the prefix does: `api.users-list`.
        """
        prefix = url_prefix.rstrip("/")
        if prefix and not prefix.startswith("/"):
            raise Misdeclared(f"url_prefix begins with a slash: {'/' + prefix!r}, not {url_prefix!r}")
        if isinstance(app, Blueprint):
            app.record(lambda state: self._register_in(state, prefix))
        else:
            self._register(app, prefix)

    def _register_in(self, blueprint: BlueprintSetupState, prefix: str) -> None:
        # Flask tells by the dot in a route's name whose before_request functions and error handlers are its.
        names = f"{blueprint.name_prefix}.{blueprint.name}.".lstrip(".")
        options = {"subdomain": blueprint.subdomain} if blueprint.subdomain else {}
        self._register(cast(Flask, blueprint.app), (blueprint.url_prefix or "").rstrip("/") + prefix, names, **options)

    def _register(self, app: Flask, prefix: str, names: str = "", **options: Any) -> None:
        if "<" in prefix:
            raise Misdeclared(f"url_prefix is a fixed path, without variables, not {prefix!r}")
        served = app.extensions.setdefault(EXTENSION, [])
        named = _namer(app, prefix, names)
        others = set(app.view_functions)
        linked = quote(prefix)
        self.routes.base = linked
        self.routes.elsewhere = _elsewhere(app)
        mounted = Mounted(self.routes, linked, self.answers, self.streams, Documents(lambda: self._document, linked))
        safeguards = Safeguards(self.store, self.targets, mounted)
        _add_route(app, f"{prefix}/", named("root"), answering(self._root(mounted)), ("GET",), options)
        about = DocsPages(mounted, self.name, self.docs)
        _add_route(app, f"{prefix}/{DOCUMENT}", named(f"{EXTENSION}-openapi"), about.document, ("GET",), options)
        if self.docs is not None:
            _add_route(app, f"{prefix}/{self.docs}/", named(f"{EXTENSION}-docs"), about.page, ("GET",), options)
            _add_route(app, f"{prefix}/{self.docs}/<name>", named(f"{EXTENSION}-docs-file"), about.file, ("GET",), options)
        for resource in self.resources:
            views, endpoint, base = ResourceViews(resource, mounted), resource.endpoint, f"{prefix}/{resource.name}/"
            rows, row = safeguards.of_list(views.list, endpoint), safeguards.of_detail(views.detail, endpoint)
            _add_route(app, base, named(f"{resource.name}-list"), rows, endpoint.list_methods, options)
            _add_route(app, f"{base}<key>/", named(f"{resource.name}-detail"), row, endpoint.detail_methods, options)
        for nested in self.nested:
            below, endpoint = NestedViews(nested, mounted), nested.child.endpoint
            base, name = f"{prefix}/{nested.parent.name}/<key>/{nested.name}/", f"{nested.parent.name}-{nested.name}"
            members, member = safeguards.of_list(below.list, endpoint), safeguards.of_detail(below.detail, endpoint)
            _add_route(app, base, named(f"{name}-list"), members, nested.list_methods, options)
            _add_route(app, f"{base}<child>/", named(f"{name}-detail"), member, nested.detail_methods, options)
        if self.batch is not None:
            batch = Batch(self.store, self.resources, mounted, app.view_functions.keys() - others, self._batches)
            view = safeguards.over(batch.view, Limits(MAX_BODY))
            _add_route(app, f"{prefix}/{self.batch}/", named(f"{EXTENSION}-batch"), view, BATCH_METHODS, options)
        log = watch_arrivals(app, self.store, prefix, app.view_functions.keys() - others)
        pages, base = StatementPages(log, linked), f"{prefix}/{SEGMENT}/"
        _add_route(app, base, named(f"{EXTENSION}-requests"), pages.list, METHODS, options)
        _add_route(app, f"{base}<key>/", named(f"{EXTENSION}-statements"), pages.detail, METHODS, options)
        _answer_errors_in_json(app, f"{prefix}/")
        served.append((self, prefix))

    def _root(self, mounted: Mounted) -> Callable[[Request], Response]:
        def root(request: Request) -> Response:
            if request.method == "OPTIONS":
                return described(request, mounted, "/", ("GET",))
            refuse_all(parameters(request.environ.get("QUERY_STRING", "")))
            form, base = accepted(request), mount(request) + mounted.prefix
            ressources = {r.name: collection_path(base, r.name) for r in sorted(self.resources, key=lambda r: r.name)}
            return json_response({"name": self.name, "ressources": ressources, "version": self.version}, indent=form.indent)

        return root


def _refuse_same_names(endpoints: Sequence[Endpoint]) -> None:
    seen: dict[str, Endpoint] = {}
    for endpoint in endpoints:
        other = seen.setdefault(endpoint.name, endpoint)
        if other is not endpoint:
            both = f"{type(other).__name__} and {type(endpoint).__name__}"
            raise Misdeclared(f"{both} are both called {endpoint.name!r}; give one another name")
    for endpoint in endpoints:
        for relation in endpoint.nested:
            other = seen.get(f"{endpoint.name}-{relation}", endpoint)
            if other is not endpoint:
                both = f"{type(endpoint).__name__}.nested: the routes of {relation!r} and those of {type(other).__name__}"
                raise Misdeclared(f"{both} would both be called {other.name!r}; give {type(other).__name__} another name")


def _namer(app: Flask, prefix: str, names: str) -> Callable[[str], str]:
    """Flask's name for a route: short where that is free; `names` is what a blueprint puts before it."""
    taken = set(app.view_functions)
    qualifier = re.sub(r"[^a-zA-Z0-9]+", "_", prefix).strip("_") or EXTENSION

    def name(short: str) -> str:
        plain = short if short != "root" else f"{EXTENSION}-root"
        return f"{names}{plain}" if f"{names}{plain}" not in taken else f"{names}{qualifier}.{plain}"

    return name


def _elsewhere(app: Flask) -> Elsewhere:
    """The routes of the application, whoever made them."""

    def build(view_name: str, values: Mapping[str, Any]) -> str | None:
        try:
            return app.url_map.bind("").build(view_name, values)
        except BuildError:
            return None

    def match(path: str) -> tuple[str, Mapping[str, Any]] | None:
        try:
            return app.url_map.bind("").match(path, method="GET")
        except (HTTPException, RequestRedirect):
            return None

    return Elsewhere(build, match)


def _add_route(app: Flask, rule: str, name: str, view: Callable[..., Any], methods: Sequence[str], options: Mapping[str, Any]) -> None:
    app.add_url_rule(rule, name, view, methods=allowed(methods), provide_automatic_options=False, strict_slashes=False, **options)


def _answer_errors_in_json(app: Flask, prefix: str) -> None:
    """Answers in JSON what other code aborts with below the prefix."""
    before = app.error_handler_spec[None][None].get(HTTPException)

    def aborted(fault: HTTPException) -> Any:
        if below(request.path, prefix) and not (isinstance(fault, RequestRedirect) or fault.response is not None):
            return http_error(fault)
        # Flask would have asked a handler of the application's for Exception, had it not found this one.
        other = before or app.error_handler_spec[None][None].get(Exception)
        return fault if other is None else app.ensure_sync(other)(fault)

    app.register_error_handler(HTTPException, aborted)
