"""The views of one resource: a request → a verb of the resource → a response."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import quote

from flask import Request, Response, current_app
from flask import request as request_proxy
from werkzeug.exceptions import HTTPException

from pyrest.errors import PyrestError
from pyrest.links import collection_path
from pyrest.query import parameters, refuse_all
from pyrest.resource import Resource
from pyrest.web.bodies import json_object, prefers_representation, require_acceptable
from pyrest.web.errors import INTERNAL, PRIVATE, http_error, kind_of, refused
from pyrest.web.responses import empty_response, json_response, page_links

P = ParamSpec("P")


def current_request() -> Request:
    """The request itself: Flask's proxy searches for it at every look at an attribute, which takes longer than the attribute."""
    request: Request = request_proxy._get_current_object()  # type: ignore[attr-defined]  # the proxy is typed as a Request
    return request


def answering(view: Callable[Concatenate[Request, P], Response]) -> Callable[P, Response]:
    """The view with every error answered in JSON. A fault of the program itself goes to the debugger where there is one.

    The view takes the request as its first argument.
    """

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        request = current_request()
        try:
            require_acceptable(request)
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


class ResourceViews:
    """The list's and the rows' views of a resource below a URL prefix. Flask has seen to it that the method is one of the endpoint's."""

    def __init__(self, resource: Resource, prefix: str) -> None:
        self.resource = resource
        self._path = collection_path(prefix, resource.name)
        self._limit = resource.endpoint.max_body
        self.list = answering(self._list)
        self.detail = answering(self._detail)

    def _list(self, request: Request) -> Response:
        if request.method == "POST":
            return self._create(request)
        if request.method == "OPTIONS":
            return options(self.resource.endpoint.list_methods)
        page = self.resource.list(parameters(request.environ.get("QUERY_STRING", "")), mount(request) + self._path)
        return json_response({"meta": page.meta, "object_list": page.object_list}, headers=page_links(page.next, page.previous))

    def _create(self, request: Request) -> Response:
        refuse_all(parameters(request.environ.get("QUERY_STRING", "")))
        body = json_object(request, self._limit)
        created = self.resource.create(body, mount(request) + self._path, prefers_representation(request))
        # A request without a Host, or with one that is no host, still has the path (RFC 9110, section 10.2.2).
        headers = {"Location": f"{request.scheme}://{request.host}{created.path}" if request.host else created.path}
        return empty_response(201, headers) if created.shown is None else json_response(created.shown, 201, headers)

    def _detail(self, request: Request, key: str) -> Response:
        if request.method == "OPTIONS":
            return options(self.resource.endpoint.detail_methods)
        refuse_all(parameters(request.environ.get("QUERY_STRING", "")))
        collection = mount(request) + self._path
        if request.method == "DELETE":
            self.resource.delete(key)
            return empty_response(204)
        if request.method in ("PUT", "PATCH"):
            body = json_object(request, self._limit)
            return json_response(self.resource.write(key, body, collection, "replace" if request.method == "PUT" else "patch"))
        return json_response(self.resource.detail(key, collection))


def options(methods: Sequence[str]) -> Response:
    """The answer to OPTIONS."""
    return empty_response(204, {"Allow": ", ".join(sorted(allowed(methods)))})


def allowed(methods: Sequence[str]) -> list[str]:
    """The methods of an address, those that come with others included."""
    return [*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])]
