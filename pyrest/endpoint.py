"""The endpoint: what a user declares about a resource. There is no Flask in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pyrest.cache_control import checked_cache_control
from pyrest.errors import Misdeclared, did_you_mean
from pyrest.models.catalog import Catalog
from pyrest.models.declaration import Declaration
from pyrest.models.fields import ManyToManyField
from pyrest.models.model import Model, declaration
from pyrest.queryset import QuerySet
from pyrest.serializers.serializer import ModelSerializer, Serializer
from pyrest.shapes import MAX_LEVELS
from pyrest.store import Store
from pyrest.surface import field_names, named

LIST_METHODS = ("GET", "POST", "PATCH", "DELETE")
DETAIL_METHODS = ("GET", "PUT", "PATCH", "DELETE")
MOST_AFFECTED = 10_000  # their keys are in one condition, and SQLite takes 32,766 values in a statement
SEARCHES = ("plain", "fts")


@dataclass(slots=True)
class Change:
    """A write that is about to happen or has just happened, inside its transaction.

    `old` is the row before, None for a create; `data` are the values to write, which `before_write` may change; after a
    create they hold the new key. `store` is the store, in the same transaction. `user` is None: pyrest knows no users yet.
    """

    action: Literal["create", "update", "delete"]
    old: Model | None
    data: dict[str, Any]
    store: Store
    user: Any = None


class Endpoint:
    """One resource: a model, and how it is served.

    - `name`: its part of the URL; default: the model's table.
    - `fields` or `exclude`: what the representation shows; default: every field.
    - `serializer`: a serializer class for the representation, in their place. `list_serializer` and `write_serializer` stand in for it in
      lists and for bodies.
    - `nested`: the relations to several rows that are served below each row: `nested = ("tracks",)` is `/album/1/tracks/`.
    - `list_methods`, `detail_methods`: what may be done. GET brings HEAD along, OPTIONS always answers. PATCH and DELETE of a list, which
      write all rows that a filter selects, have to be named.
    - `max_affected`: how many rows these may write at once.
    - `require_preconditions`: whether PUT, PATCH and DELETE of a row must say which state of it they are about, by `If-Match`.
    - `lookup_field`: the unique field that stands in the URL of a row; default: the key.
    - `queryset`: narrows what is shown, and what may be written.
    - `pagination`: `"offset"`; `"cursor"`, every page is found by a cursor; or None for a list that is always whole.
      `page_size`, `max_page_size`: rows.
    - `max_body`: bytes of a request's body, and of one line of an upload. `max_import`: bytes of a whole upload of CSV or NDJSON.
    - `max_stream_seconds`: how long an export or an upload may take.
    - `filter_fields`, `ordering_fields`: what a client may filter and order by; default: what is shown.
    - `search_fields`: the texts that `?search=` looks into, also of related rows: `("title", "artist__name")`.
    - `search`: `"plain"`, any part of these texts, which reads all of them; or `"fts"`, words, phrases and beginnings of words, by an index
      that the store keeps (SQLite's FTS5), best match first.
    - `expand_fields`: the relations that a client may expand; default: those that this side or the other one shows.
    - `expand_depth`: how many relations a client may expand one within the other, 0 for none.
    - `cache_control`: what clients and proxies may do with an answer to GET, the header of that name.
    - `refuse_scans`: a number of rows; a filter, ordering or search that would read a larger table from end to end is refused.
    """

    model: type[Model]
    name: str = ""
    fields: Sequence[str] | None = None
    exclude: Sequence[str] = ()
    serializer: type[Serializer] | None = None
    list_serializer: type[Serializer] | None = None
    write_serializer: type[Serializer] | None = None
    nested: Sequence[str] = ()
    list_methods: Sequence[str] = ("GET", "POST")
    detail_methods: Sequence[str] = DETAIL_METHODS
    lookup_field: str = ""
    queryset: QuerySet[Any] | None = None
    pagination: str | None = "offset"
    page_size: int = 20
    max_page_size: int = 100
    max_affected: int = 1000
    require_preconditions: bool = False
    max_body: int = 2**20
    max_import: int = 64 * 2**20
    max_stream_seconds: int = 600
    filter_fields: Sequence[str] | None = None
    ordering_fields: Sequence[str] | None = None
    search_fields: Sequence[str] = ()
    search: str = "plain"
    expand_fields: Sequence[str] | None = None
    expand_depth: int = 3
    cache_control: str = "no-cache"
    refuse_scans: int | None = None

    def before_write(self, change: Change) -> None:
        """Called inside the transaction, before a row is written. An exception rolls all back; `ValidationError` becomes a 400."""

    def after_write(self, change: Change) -> None:
        """Called inside the transaction, after a row was written. An exception rolls all back."""


OPTIONS = tuple(name for name in (*Endpoint.__annotations__, "before_write", "after_write"))


def endpoint_for(declared: type[Endpoint] | type[Model]) -> Endpoint:
    """An endpoint class, or a model class for an endpoint with defaults → its checked instance. Raises `Misdeclared`."""
    if isinstance(declared, type) and issubclass(declared, Model):
        declared = type(f"{declared.__name__}Endpoint", (Endpoint,), {"model": declared})
    if not (isinstance(declared, type) and issubclass(declared, Endpoint)):
        raise Misdeclared(f"{declared!r} is neither an Endpoint class nor a Model class")
    endpoint = declared()
    _check(endpoint, type(endpoint).__name__)
    return endpoint


def default_serializer(endpoint: Endpoint, catalog: Catalog) -> type[Serializer]:
    """The serializer of an endpoint that declares none: every field of the model, or those of `fields` without those of `exclude`.

    Raises `Misdeclared`.
    """
    declared, owner = declaration(endpoint.model), type(endpoint).__name__
    everything = [*declared.fields, *(name for name, link in declared.links.items() if isinstance(link, ManyToManyField))]
    named(everything, endpoint.exclude, f"{owner}.exclude", declared.name)
    unknown = [name for name in endpoint.fields or () if not hasattr(endpoint.model, name)]
    named((*declared.fields, *catalog.edges[endpoint.model]), unknown, f"{owner}.fields", declared.name)
    chosen = everything if endpoint.fields is None else sorted(endpoint.fields, key=[*everything, *endpoint.fields].index)
    meta = {"model": endpoint.model, "fields": tuple(name for name in chosen if name not in endpoint.exclude)}
    return type(owner, (ModelSerializer,), {"Meta": type("Meta", (), meta)})


def _check(endpoint: Endpoint, owner: str) -> None:
    _check_names(endpoint, owner)
    _check_serializers(endpoint, owner)
    if not isinstance(getattr(endpoint, "model", None), type) or not issubclass(endpoint.model, Model):
        raise Misdeclared(f"{owner}.model is missing; it is a Model class")
    declared = declaration(endpoint.model)
    endpoint.name = endpoint.name or declared.table
    _check_url(endpoint.name, owner)
    endpoint.fields = None if endpoint.fields is None else named(None, endpoint.fields, f"{owner}.fields", declared.name)
    endpoint.exclude = named(None, endpoint.exclude or (), f"{owner}.exclude", declared.name)
    endpoint.search_fields = named(None, endpoint.search_fields, f"{owner}.search_fields", declared.name)
    _check_search(endpoint, owner)
    endpoint.nested = named(None, endpoint.nested, f"{owner}.nested", declared.name)
    endpoint.list_methods = _methods(endpoint.list_methods, LIST_METHODS, f"{owner}.list_methods")
    endpoint.detail_methods = _methods(endpoint.detail_methods, DETAIL_METHODS, f"{owner}.detail_methods")
    endpoint.cache_control = checked_cache_control(endpoint.cache_control, f"{owner}.cache_control")
    _check_numbers(endpoint, owner)
    _check_preconditions(endpoint, owner)
    _check_lookup(endpoint, declared, owner)
    _check_queryset(endpoint, owner)


def _check_names(endpoint: Endpoint, owner: str) -> None:
    """Refuses an attribute that looks like an option and is none."""
    for name in {n for c in type(endpoint).__mro__ if c not in (Endpoint, object) for n in vars(c)}:
        if not name.startswith("_") and name not in OPTIONS and (nearest := did_you_mean(name, OPTIONS)):
            raise Misdeclared(f"{owner}.{name}: there is no such option{nearest}")


def _check_url(name: str, owner: str) -> None:
    if not isinstance(name, str) or name in (".", "..") or not name.isprintable() or any(c in name for c in "/<>?#\\"):
        raise Misdeclared(f"{owner}.name is one part of a URL, without / < > ? #, not {name!r}")


def _methods(methods: object, known: Sequence[str], option: str) -> tuple[str, ...]:
    if not isinstance(methods, list | tuple | set | frozenset):
        raise Misdeclared(f"{option} is a tuple of {', '.join(known)}, not {methods!r}")
    for method in methods:
        if method not in known:
            raise Misdeclared(f"{option} is a tuple of {', '.join(known)}; {method!r} is none of them")
    return tuple(methods)


def _check_numbers(endpoint: Endpoint, owner: str) -> None:
    for option in ("page_size", "max_page_size", "max_body", "max_import", "max_stream_seconds"):
        number = getattr(endpoint, option)
        if type(number) is not int or number < 1:
            raise Misdeclared(f"{owner}.{option} is a whole number, 1 or greater, not {number!r}")
    if type(endpoint.max_affected) is not int or not 1 <= endpoint.max_affected <= MOST_AFFECTED:
        raise Misdeclared(f"{owner}.max_affected is a whole number, 1 to {MOST_AFFECTED}, not {endpoint.max_affected!r}")
    if type(endpoint.expand_depth) is not int or not 0 <= endpoint.expand_depth <= MAX_LEVELS:
        raise Misdeclared(f"{owner}.expand_depth is a whole number, 0 to {MAX_LEVELS}, not {endpoint.expand_depth!r}")
    limit = endpoint.refuse_scans
    if limit is not None and (type(limit) is not int or limit < 0):
        raise Misdeclared(f"{owner}.refuse_scans is a whole number of rows, 0 or greater, or None, not {limit!r}")
    if endpoint.page_size > endpoint.max_page_size:
        raise Misdeclared(f"{owner}.page_size is greater than max_page_size")
    if endpoint.pagination not in ("offset", "cursor", None):
        raise Misdeclared(f'{owner}.pagination is "offset", "cursor" or None, not {endpoint.pagination!r}')


def _check_preconditions(endpoint: Endpoint, owner: str) -> None:
    if type(endpoint.require_preconditions) is not bool:
        raise Misdeclared(f"{owner}.require_preconditions is True or False, not {endpoint.require_preconditions!r}")
    unguarded = [method for method in ("PATCH", "DELETE") if method in endpoint.list_methods]
    if endpoint.require_preconditions and unguarded:
        raise Misdeclared(f"{owner}.require_preconditions: {unguarded[0]} of a list names no state of a row; leave it out of list_methods")


def _check_search(endpoint: Endpoint, owner: str) -> None:
    if endpoint.search not in SEARCHES:
        raise Misdeclared(f'{owner}.search is "plain" or "fts", not {endpoint.search!r}')
    if endpoint.search == "fts" and not endpoint.search_fields:
        raise Misdeclared(f'{owner}.search is "fts", and {owner}.search_fields names no text to search')


def _check_lookup(endpoint: Endpoint, declared: Declaration, owner: str) -> None:
    endpoint.lookup_field = endpoint.lookup_field or declared.key.name
    field_names(declared, (endpoint.lookup_field,), f"{owner}.lookup_field")
    found = declared.fields[endpoint.lookup_field]
    if not found.is_key and (not found.unique or found.nullable):
        raise Misdeclared(f"{owner}.lookup_field: {declared.name}.{found.name} is not unique and required, so it names no row")
    if found.family not in ("integer", "string", "uuid"):
        raise Misdeclared(f"{owner}.lookup_field: a {type(found).__name__} makes no part of a URL")


def _check_queryset(endpoint: Endpoint, owner: str) -> None:
    queryset = endpoint.queryset
    if isinstance(queryset, type) and issubclass(queryset, Model):
        endpoint.queryset = queryset = QuerySet(queryset)
    if queryset is None:
        endpoint.queryset = queryset = QuerySet(endpoint.model)
    if not isinstance(queryset, QuerySet) or queryset.model is not endpoint.model:
        raise Misdeclared(f"{owner}.queryset is a QuerySet of {endpoint.model.__name__}, not {queryset!r}")
    if queryset.offset or queryset.limit is not None:
        raise Misdeclared(f"{owner}.queryset is sliced; page_size limits a list")


def _check_serializers(endpoint: Endpoint, owner: str) -> None:
    for option in ("serializer", "list_serializer", "write_serializer"):
        found = getattr(endpoint, option)
        if found is None:
            continue
        if not isinstance(found, type) or not issubclass(found, Serializer):
            raise Misdeclared(f"{owner}.{option} is a serializer class, not {found!r}")
        model = found.meta_options.get("model")
        if model is None and issubclass(found, ModelSerializer):
            raise Misdeclared(f"{owner}.{option}: {found.__name__} has no Meta.model")
        if getattr(endpoint, "model", None) is None and model is not None:
            endpoint.model = model
        if model is not None and model is not getattr(endpoint, "model", None):
            raise Misdeclared(f"{owner}.{option}: {found.__name__} is a serializer of {model.__name__}, not of {endpoint.model.__name__}")
    if endpoint.serializer is not None and (endpoint.fields is not None or endpoint.exclude):
        raise Misdeclared(
            f"{owner}: fields and exclude are about the default serializer, and {owner}.serializer is another; leave them out"
        )
