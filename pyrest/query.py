"""The query string of a list → what it asks: a condition, an order, a part of the list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn
from urllib.parse import parse_qsl

from pyrest.errors import BadParameter, Invalid, UnknownName, ValidationError, quoted
from pyrest.linking import both
from pyrest.paging import Paging, Pairs, Window, advice, only, window
from pyrest.paths import order_of, terms_where, where_of
from pyrest.plan import EVERYTHING, Order, Search, Step, Where
from pyrest.q import Q
from pyrest.searching import parts_search, words_search
from pyrest.shapes import SHAPING, Shaped, shaped
from pyrest.surface import MAX_VALUES, OrderingNames, Place, RequestNames, Surface
from pyrest.trees import CONNECTORS, split, tree

MAX_PARAMETERS = 100
MAX_ORDERINGS = 25

BUILT = (
    "offset", "count", "cursor", "total", "ordering", "search", "format", "and", "or", "not", "fields", "omit", "expand",
    "aggregate", "group_by", "facet",
)  # fmt: skip
RESERVED = frozenset({*BUILT, "on_conflict"})

_PLAIN = re.compile(r"[\w.,:()!*~=&-]*", re.ASCII)
"""A query string without anything to decode, which is read in a fifth of the time."""

NARROWING = ("search", "and", "or", "not")
"""Those that say, as filters do, which rows are meant."""


class Question(NamedTuple):
    """What a query string asks. `filters` are as sent, a list where a name came twice.

    `best` is the search by whose order the rows come where no other order is asked for. `shape` says what of the rows is shown.
    """

    where: Where
    order: tuple[Order, ...] | None
    window: Window
    filters: Mapping[str, str | list[str]]
    best: Search | None = None
    shape: Shaped | None = None

    def linking(self, pairs: Pairs) -> Question:
        """The same, with these parameters in the links to the pages beside it."""
        return self._replace(window=self.window._replace(pairs=pairs))

    @property
    def narrowing(self) -> Pairs:
        """The parameters that say which rows are in the list."""
        return [(name, text) for name, text in self.window.pairs if name in self.filters or name == "search"]


def parameters(query_string: str) -> Pairs:
    """The pairs of name and value of a query string as WSGI has it (bytes as Latin-1). Raises `BadParameter`."""
    if not query_string:
        return []
    if _PLAIN.fullmatch(query_string) and query_string.count("&") < MAX_PARAMETERS:
        return [(name, value) for name, _, value in [pair.partition("=") for pair in query_string.split("&") if pair]]
    try:
        text = query_string.encode("latin-1").decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except UnicodeError:
        raise BadParameter("", "The query string is not UTF-8.") from None
    except ValueError:
        raise BadParameter("", f"There are more than {MAX_PARAMETERS} parameters.") from None


def question(pairs: Pairs, surface: Surface, paging: Paging, place: Place = None) -> Question:
    """`place` reads the links among the filters.

    Raises `UnknownName` for a parameter that does not exist here, `BadParameter` for a value that is none.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    if RESERVED.isdisjoint(values):
        where = _where(values, RequestNames(surface, place, split)) if values else EVERYTHING
        return Question(where, None, window({}, paging, pairs), _as_sent(values))
    shape = _shape(values)
    values.pop("format", None)  # what is answered is the same in every form
    asked = window(values, paging, pairs, surface.filters)
    order = _order(values.pop("ordering"), surface) if "ordering" in values else None
    searched = _search(values.pop("search"), surface) if "search" in values else EVERYTHING
    where = _where(values, RequestNames(surface, place, split)) if values else EVERYTHING
    where = where if searched == EVERYTHING else both(where, searched)
    best = searched if isinstance(searched, Search) and order is None else None
    return Question(where, order, asked, _as_sent(values), best, shape)


def _as_sent(values: Mapping[str, list[str]]) -> Mapping[str, str | list[str]]:
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in values.items()}


def refuse_all(pairs: Pairs) -> None:
    """For requests that take no parameters. Raises `UnknownName`."""
    for name, _ in pairs:
        raise UnknownName("parameter", name, ())


def shape_alone(pairs: Pairs) -> Shaped | None:
    """For requests that take a shape and no other parameters. Raises `UnknownName` and `BadParameter`."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in SHAPING:
            raise UnknownName("parameter", name, SHAPING)
        values.setdefault(name, []).append(value)
    return _shape(values)


def _shape(values: dict[str, list[str]]) -> Shaped | None:
    """Takes out of the parameters those that say what is shown."""
    texts = {name: values.pop(name) for name in SHAPING if name in values}
    return shaped(texts) if texts else None


def _order(texts: list[str], surface: Surface) -> tuple[Order, ...]:
    text = ",".join(texts)
    if not text:
        raise BadParameter("ordering", "Names of fields are required, such as title,-id.")
    if text.count(",") >= MAX_ORDERINGS:
        raise BadParameter("ordering", f"At most {MAX_ORDERINGS} names.")
    names = OrderingNames(surface)
    found: dict[tuple[str, tuple[Step, ...]], Order] = {}
    for name in text.split(","):
        try:
            order = order_of(names, name)
        except Invalid as refusal:
            raise BadParameter("ordering", str(refusal)) from None
        if found.setdefault((order.field, order.steps), order) is not order:
            raise BadParameter("ordering", f"{quoted(name.removeprefix('-'))} is there twice.")
    return tuple(found.values())


def _search(texts: list[str], surface: Surface) -> Where:
    if not surface.searched:
        raise BadParameter("search", "This list cannot be searched.")
    text = only("search", texts)
    try:
        return (words_search(surface, text) or EVERYTHING) if surface.by_words else parts_search(surface, text)
    except Invalid as refusal:
        raise BadParameter("search", str(refusal)) from refusal


def _where(values: Mapping[str, list[str]], names: RequestNames) -> Where:
    """The condition of all filters. One that comes twice is met by any of its values."""
    if sum(text.count(",") for texts in values.values() for text in texts) > MAX_VALUES:
        raise BadParameter("", f"There are more than {MAX_VALUES} values in all filters together.")
    single: list[tuple[str, Any]] = []
    parts: list[Q] = []
    for name, texts in values.items():
        if name in RESERVED:
            parts += [tree(name, text) for text in texts] if name in CONNECTORS else [_refuse_reserved(name, names)]
        elif len(texts) == 1:
            single.append((name, texts[0]))
        else:
            parts.append(Q.of("or", tuple((name, text) for text in texts), ()))
    try:
        return where_of(names.find, Q.of("and", tuple(single), tuple(parts))) if parts else terms_where(names.find, single)
    except ValidationError as refusal:
        name, messages = next(iter(refusal.errors.items()))
        raise BadParameter(name, " ".join(messages)) from refusal
    except UnknownName as refusal:
        if refusal.kind == "filter":
            # A title, which many models have and some hide, is near to "total" by its letters alone.
            parameters = (name for name in BUILT if name not in (refusal.name, "total"))
            raise UnknownName("filter", refusal.name, [*refusal.known, *parameters]) from None
        raise


def _refuse_reserved(name: str, names: RequestNames) -> NoReturn:
    more = advice(name, names.leaf(name) is not None)
    raise BadParameter(name, f"This parameter belongs to a POST that may find rows there already{more}.")
