"""The views of one resource: a request → a verb of the resource → a response."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias
from urllib.parse import quote

from flask import Request, Response, current_app
from flask import request as request_proxy
from werkzeug.exceptions import HTTPException

from pyrest.errors import PyrestError
from pyrest.links import collection_path
from pyrest.lists import Object, Page
from pyrest.nested import NestedResource
from pyrest.openapi.operations import list_path, nested_path, nested_row_path, row_path
from pyrest.paging import Pairs
from pyrest.query import refuse_all
from pyrest.resource import Resource
from pyrest.routes import EndpointRoutes, RouteLinks
from pyrest.serializers.fields import Place
from pyrest.web.bodies import origin, parameters_of
from pyrest.web.bulk_writes import list_create, list_write
from pyrest.web.caching import Answers
from pyrest.web.conditional import Reads
from pyrest.web.documents import Documents
from pyrest.web.errors import INTERNAL, PRIVATE, http_error, kind_of, refused
from pyrest.web.negotiation import accepted, wanted
from pyrest.web.responses import JSON, Content, empty_response, json_response, json_text, page_links
from pyrest.web.streams import Streams
from pyrest.web.transfers import Transfers, export_response, import_response, is_export, page_in_form
from pyrest.web.uploads import upload_kind
from pyrest.web.writes import Writes, link_write, row_write, writing

P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[Request, P], Response]
"""What answers a request, and raises errors."""

READING = ("GET", "HEAD")


def current_request() -> Request:
    """The request itself: Flask's proxy searches for it at every look at an attribute, which takes longer than the attribute."""
    request: Request = request_proxy._get_current_object()  # type: ignore[attr-defined]  # the proxy is typed as a Request
    return request


def answering(view: View[P]) -> Callable[P, Response]:
    """The view with every error answered in JSON. A fault of the program itself goes to the debugger where there is one."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        request = current_request()
        try:
            return view(request, *args, **kwargs)
        except PyrestError as refusal:
            if kind_of(refusal) in PRIVATE:
                current_app.logger.exception("%s %s", request.method, request.path)
            return refused(refusal)
        except HTTPException as fault:
            return http_error(fault)
        except Exception:
            if current_app.debug or current_app.testing:
                raise
            current_app.logger.exception("%s %s", request.method, request.path)
            return json_response({"error": INTERNAL}, 500)

    return answer


def mount(request: Request) -> str:
    """The path under which a server above Flask has put the application, percent-encoded."""
    root: str = request.environ.get("SCRIPT_NAME", "")
    return quote(root.encode("latin-1").rstrip(b"/")) if root else ""  # WSGI has bytes as Latin-1 (PEP 3333)


def below(path: str, prefix: str) -> bool:
    """Whether a path is below a prefix, which ends with a slash."""
    return path.startswith(prefix) or path == prefix.rstrip("/")


class Mounted:
    """The routes of a Wrapper below a URL prefix of one application: where a request is, how to link from there, what was answered."""

    def __init__(self, routes: EndpointRoutes, prefix: str, answers: Answers, streams: Streams, documents: Documents) -> None:
        self.routes = routes
        self.prefix = prefix
        self.answers = answers
        self.streams = streams
        self.documents = documents

    def place(self, request: Request, name: str) -> Place:
        """Where the rows of an endpoint are for a request."""
        return RequestPlace(self, request, name)


class RequestPlace(Place):
    """The place of one request. How to link from it is made out when a representation links."""

    def __init__(self, mounted: Mounted, request: Request, name: str) -> None:
        self._mounted = mounted
        self._request = request
        self.collection = collection_path(mount(request) + mounted.prefix, name)
        self._links: RouteLinks | None = None

    @property
    def links(self) -> RouteLinks:
        if self._links is None:
            above = mount(self._request)
            self._links = RouteLinks(self._mounted.routes, above + self._mounted.prefix, partial(origin, self._request), above)
        return self._links

    @property
    def context(self) -> Mapping[str, Any]:
        return {"request": self._request}


class Verbs(Transfers, Writes, Protocol):
    """What may be done with the rows of a resource, or with those of them below a row of another."""

    def list(self, pairs: Pairs, place: Place, /) -> Page: ...
    def detail(self, text: str, pairs: Pairs, place: Place, /) -> Object: ...


class ResourceViews:
    """The list's and the rows' views of a resource below a URL prefix. Flask has seen to it that the method is one of the endpoint's."""

    def __init__(self, resource: Resource, mounted: Mounted) -> None:
        self.resource = resource
        self._mounted = mounted
        self._reads = Reads(resource, mounted.answers)

    def list(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return described(request, self._mounted, list_path(self.resource), self.resource.endpoint.list_methods)
        return list_response(request, self._mounted, self._reads, self.resource, self.resource)

    def detail(self, request: Request, key: str) -> Response:
        if request.method == "OPTIONS":
            return described(request, self._mounted, row_path(self.resource), self.resource.endpoint.detail_methods)
        return detail_response(request, self._mounted, self._reads, self.resource, self.resource, key)


class NestedViews:
    """The views of a resource below the rows of another one."""

    def __init__(self, nested: NestedResource, mounted: Mounted) -> None:
        self.nested = nested
        self._mounted = mounted
        self._reads = Reads(nested.child, mounted.answers)

    def list(self, request: Request, key: str) -> Response:
        if request.method == "OPTIONS":
            return described(request, self._mounted, nested_path(self.nested), self.nested.list_methods)
        return list_response(request, self._mounted, self._reads, self.nested.child, self.nested.below(key))

    def detail(self, request: Request, key: str, child: str) -> Response:
        if request.method == "OPTIONS":
            return described(request, self._mounted, nested_row_path(self.nested), self.nested.detail_methods)
        below = self.nested.below(key)
        if request.method == "PUT" and self.nested.join is not None:
            return link_write(request, self._mounted.place(request, self.nested.child.name), below.link, child)
        return detail_response(request, self._mounted, self._reads, self.nested.child, below, child)


def list_response(request: Request, mounted: Mounted, reads: Reads, resource: Resource, verbs: Verbs) -> Response:
    """The answer to all methods on the rows of a resource, or on a part of them."""
    place = mounted.place(request, resource.name)
    if request.method in READING:
        return reads.answer(request, place, lambda: found(request, mounted, resource, verbs, place))
    asked = writing(request, resource, verbs, place)
    if request.method != "POST":
        return list_write(asked)
    kind = upload_kind(request)
    if kind == "json":
        return list_create(asked)
    refuse_all(parameters_of(request))
    return import_response(request, kind, resource.endpoint, verbs, place, mounted.streams)


def found(request: Request, mounted: Mounted, resource: Resource, verbs: Verbs, place: Place) -> Content | Response:
    """What GET on a list shows, in the form that the request asks for; all rows at once are a response."""
    asked = parameters_of(request)
    form = wanted(request, asked, resource.surface.filters)
    if is_export(asked, form, resource.endpoint):
        return export_response(request, form, resource.endpoint, verbs.export(asked, place), mounted.streams)
    page = verbs.list(asked, place)
    return page_content(page, form.indent) if form.kind == "json" else page_in_form(page, form, resource.name)


def detail_response(request: Request, mounted: Mounted, reads: Reads, resource: Resource, verbs: Verbs, key: str) -> Response:
    """The answer to all methods on one row."""
    place = mounted.place(request, resource.name)
    if request.method not in READING:
        return row_write(writing(request, resource, verbs, place), key)
    form, asked = accepted(request), parameters_of(request)
    return reads.answer(request, place, lambda: Content(json_text(verbs.detail(key, asked, place), form.indent)))


def page_content(page: Page, indent: int) -> Content:
    """What GET on a list shows."""
    text = json_text({"meta": page.meta, "object_list": page.object_list}, indent)
    return Content(text, headers=page_links(page.next, page.previous))


def described(request: Request, mounted: Mounted, path: str, methods: Sequence[str]) -> Response:
    """The answer to OPTIONS: what of the document is about this address."""
    body = mounted.documents.part(mount(request), path)
    return Response(body, 200, {"Allow": ", ".join(sorted(allowed(methods)))}, content_type=JSON)


def options(methods: Sequence[str]) -> Response:
    """The answer to OPTIONS where no document says more."""
    return empty_response(204, {"Allow": ", ".join(sorted(allowed(methods)))})


def allowed(methods: Sequence[str]) -> list[str]:
    """The methods of an address, those that come with others included."""
    return [*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])]
