"""The routes of a Wrapper's rows as names and paths: what links are made of and read by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from pyrest.endpoint import Endpoint
from pyrest.errors import Misdeclared, did_you_mean
from pyrest.links import collection_path, row_path
from pyrest.models.model import Model
from pyrest.serializers.hyperlinks import ROUTE_KEY, Links, Match

PORTS = {"http": 80, "https": 443}


class Elsewhere(NamedTuple):
    """The routes beside those of the Wrapper: a name and its values → a path, a path → a name and its values."""

    build: Callable[[str, Mapping[str, Any]], str | None]
    match: Callable[[str], tuple[str, Mapping[str, Any]] | None]


NOWHERE = Elsewhere(lambda view_name, values: None, lambda path: None)


class EndpointRoutes:
    """The routes of the endpoints of one Wrapper. `base` is the path below which they are served, `elsewhere` what else is.

    `<endpoint>-list`, `<endpoint>-detail` and, for relations served below a row, `<endpoint>-<relation>-list`.
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.base = ""
        self.elsewhere = NOWHERE
        self._lists: dict[str, str] = {}
        self._rows: dict[str, tuple[Endpoint, str]] = {}
        self._views: dict[type[Model], str] = {}
        for endpoint in endpoints:
            self._lists[f"{endpoint.name}-list"] = endpoint.name
            self._rows[f"{endpoint.name}-detail"] = (endpoint, "")
            for relation in endpoint.nested:
                self._rows[f"{endpoint.name}-{relation}-list"] = (endpoint, f"{relation}/")
            self._views.setdefault(endpoint.model, f"{endpoint.name}-detail")

    def view_of(self, model: type[Model]) -> str | None:
        """The name of the route of a model's rows, that of the endpoint listed first."""
        return self._views.get(model)

    def lookup_of(self, view_name: str) -> str | None:
        """The field whose value stands in the URLs of a route of rows; None for a route of another kind."""
        found = self._rows.get(view_name)
        return found[0].lookup_field if found else None

    def below(self, view_name: str) -> str:
        """What follows the key in the URLs of a route of rows."""
        return self._rows[view_name][1]

    def outside(self) -> Links:
        """How to link outside of a request: by paths."""
        return RouteLinks(self, self.base, lambda: "", "")

    def path(self, base: str, view_name: str) -> str | None:
        """What stands before the key in the URLs of a route of rows, or the whole path of a list; None for another route."""
        if view_name in self._rows:
            return collection_path(base, self._rows[view_name][0].name)
        return collection_path(base, self._lists[view_name]) if view_name in self._lists else None

    def find(self, path: str, base: str, mount: str) -> Match | None:
        """What a path is the address of."""
        if path.startswith(f"{base}/"):
            parts = [unquote(part) for part in path[len(base) + 1 :].removesuffix("/").split("/")]
            if len(parts) == 1 and f"{parts[0]}-list" in self._lists:
                return Match(f"{parts[0]}-list", {})
            if len(parts) == 2 and f"{parts[0]}-detail" in self._rows:
                return Match(f"{parts[0]}-detail", {ROUTE_KEY: parts[1]})
            if len(parts) == 3 and f"{parts[0]}-{parts[2]}-list" in self._rows:
                return Match(f"{parts[0]}-{parts[2]}-list", {ROUTE_KEY: parts[1]})
        found = self.elsewhere.match(path.removeprefix(mount)) if path.startswith(f"{mount}/") else None
        # Another Wrapper in the same application may have given its routes the names that ours have.
        return None if found is None or found[0] in self._rows or found[0] in self._lists else Match(*found)

    def unknown(self, view_name: str) -> Misdeclared:
        """The error for a route that there is none of."""
        known = (*self._lists, *self._rows)
        return Misdeclared(f"no route is called {view_name!r}, or it takes other values{did_you_mean(view_name, known)}")


class RouteLinks:
    """How to link: with `origin` in front, such as `http://localhost:5000`, and to read links of that `host`.

    `base` is the path of the Wrapper, `mount` the part of it that a server above the application has taken off. The origin is asked for
    when it is first needed.
    """

    def __init__(self, routes: EndpointRoutes, base: str, origin: Callable[[], str], mount: str) -> None:
        self._routes = routes
        self._base = base
        self._ask_origin = origin
        self._mount = mount
        self._known: str | None = None

    @property
    def _origin(self) -> str:
        if self._known is None:
            self._known = self._ask_origin()
        return self._known

    def prefix(self, view_name: str) -> str:
        path = self._routes.path(self._base, view_name)
        if path is None:
            raise self._routes.unknown(view_name)
        return self._origin + path

    def reverse(self, view_name: str, **url_values: Any) -> str:
        if self._routes.lookup_of(view_name) is not None:
            if url_values.keys() != {ROUTE_KEY}:
                raise self._routes.unknown(view_name)
            return row_path(self.prefix(view_name), url_values[ROUTE_KEY]) + self._routes.below(view_name)
        own = self._routes.path(self._base, view_name)
        path = own if own is not None else self._routes.elsewhere.build(view_name, url_values)
        if path is None:
            raise self._routes.unknown(view_name)
        return self._origin + (path if own is not None else self._mount + path)

    def match(self, url: str) -> Match | None:
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if (parts.scheme or parts.netloc) and not self._is_here(parts):
            return None
        return self._routes.find(parts.path, self._base, self._mount)

    def _is_here(self, parts: SplitResult) -> bool:
        # A server behind a proxy may not know that it is asked over https, so the scheme does not count.
        return parts.scheme in PORTS and parts.username is None and _host(parts) == _host(urlsplit(self._origin))


def _host(parts: SplitResult) -> tuple[str | None, int | None]:
    try:
        port = parts.port
    except ValueError:
        return None, None
    return parts.hostname, None if port == PORTS.get(parts.scheme) else port
