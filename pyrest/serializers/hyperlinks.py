"""The shapes that link: a relation, or the row itself, as a URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, Self

from pyrest.errors import Invalid, MultipleFound, NotFound, ValidationError
from pyrest.links import row_path
from pyrest.models.catalog import Catalog
from pyrest.models.fields import Field
from pyrest.models.model import Model, declaration
from pyrest.plan import Ref
from pyrest.serializers.expressions import Sheet
from pyrest.serializers.relations import RelatedField, type_name


class Match(NamedTuple):
    """What a URL is the address of: the name of a route, and the values in the URL by their names."""

    view_name: str
    values: Mapping[str, Any]


class Links(Protocol):
    """How to link in one request, or outside of any. URLs are absolute in a request, paths outside."""

    def reverse(self, view_name: str, **url_values: Any) -> str:
        """The URL of a route. Raises `Misdeclared` where there is none of that name that takes these values."""

    def prefix(self, view_name: str) -> str:
        """What stands before the key in the URLs of the rows that a route of the Wrapper's serves."""

    def match(self, url: str) -> Match | None:
        """What a path, or a URL of this host, is the address of."""


class Routes(Protocol):
    """The routes that a Wrapper has made for a store."""

    def view_of(self, model: type[Model]) -> str | None:
        """The name of the route of a model's rows."""

    def lookup_of(self, view_name: str) -> str | None:
        """The field whose value stands in the URLs of a route of the Wrapper's rows; None for a route of another kind."""

    def below(self, view_name: str) -> str:
        """What follows the key in the URLs of a route of the Wrapper's rows."""

    def outside(self) -> Links:
        """How to link outside of a request."""


NO_ADDRESSES = "links need the addresses that a Wrapper gives; there is none over this store"

ROUTE_KEY = "key"
"""What the key is called in the routes that the Wrapper makes."""


class HyperlinkedRelatedField(RelatedField):
    """The row's URL.

    - `view_name`: the name of its route; default: that of the first endpoint of its model, `<endpoint>-detail`.
    - `lookup_field`: the field of the row whose value stands in the URL; default: what the route has, or the key.
    - `lookup_url_kwarg`: what the route calls that value. `format`: `"json"` appends `?format=json`.

    For a URL of several parts, override `get_url` and `get_object`.
    """

    default_error_messages = {
        "no_match": "Invalid hyperlink - No URL match.",
        "incorrect_match": "Invalid hyperlink - Incorrect URL match.",
        "does_not_exist": "Invalid hyperlink - Object does not exist.",
        "incorrect_type": "Incorrect type. Expected URL string, received {data_type}.",
    }

    view_name: str = ""
    lookup_field: str = ""
    lookup_url_kwarg: str = ""
    format: str | None = None
    routes: Routes | None = None

    def __init__(
        self, view_name: str = "", *, lookup_field: str = "", lookup_url_kwarg: str = "", format: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        given = {"view_name": view_name, "lookup_field": lookup_field, "lookup_url_kwarg": lookup_url_kwarg, "format": format}
        vars(self).update({option: value for option, value in given.items() if value})

    # What a subclass overrides.

    def get_url(self, obj: Any, view_name: str, links: Links, format: str | None) -> str | None:
        """The URL of a row; None where it has none. `links.reverse(view_name, **url_values)` makes it."""
        if obj.pk is None:
            return None
        lookup = self._lookup(type(obj))
        url = links.reverse(view_name, **{self.kwarg: lookup.dump(obj._values[lookup.index_in_row])})
        return url + self._suffix

    def get_object(self, view_name: str, view_args: tuple[Any, ...], view_kwargs: Mapping[str, Any]) -> Any:
        """The row of a URL. May raise `NotFound`."""
        found = self._ref(view_kwargs)
        return self.get_queryset().get(**{found.field: found.value})

    # What the serializer asks.

    def to_representation(self, value: Any) -> Any:
        return self.get_url(value, self.view_name, self.links, self.format)

    def to_internal_value(self, data: Any) -> Any:
        match = self._match(data)
        try:
            return self.get_object(match.view_name, (), match.values)
        except (NotFound, MultipleFound, Invalid):
            self.fail("does_not_exist")

    def express(self, sheet: Sheet) -> str:
        if not self._is_own("get_url", HyperlinkedRelatedField):
            return super().express(sheet)
        if self.target is None or self.routes is None:
            raise self.misdeclared(NO_ADDRESSES)
        lookup, view = self._lookup(self.target), self.view_name
        value = sheet.column(lookup.name) if lookup.dumps_as_is else sheet.shown(lookup)
        if self.routes.lookup_of(view) is None:
            return f"{sheet.computed(lambda call: self._reversing(call.place.links))}({value})"
        prefix = sheet.placed(lambda call: call.place.links.prefix(view))
        end = self.routes.below(view) + self._suffix
        # A whole number needs no percent-encoding.
        plain = f"f'{{{prefix}}}{{{value}}}/'" if lookup.family == "integer" else f"{sheet.constant(row_path)}({prefix}, {value})"
        url = plain + (f" + {end!r}" if end else "")
        may_be_null = lookup.nullable or self.source == "*"  # a row that is not stored has no key
        return f"(None if {value} is None else {url})" if may_be_null else url

    def refer(self, data: Any) -> Any:
        match = self._match(data)
        if self._is_own("get_object", HyperlinkedRelatedField):
            return self._ref(match.values)
        try:
            return self.get_object(match.view_name, (), match.values)
        except (NotFound, MultipleFound, ValidationError):
            raise Invalid(self.absent(data)) from None

    def absent(self, data: Any) -> str:
        return self.message("does_not_exist")

    several = absent

    def point(self, target: type[Model] | None, key: Field[Any] | None, catalog: Catalog, routes: Any) -> Self:
        super().point(target, key, catalog, routes)
        self.routes = routes
        if routes is None:
            raise self.misdeclared(NO_ADDRESSES)
        if target is None:
            return self
        view = self.view_name or routes.view_of(target)
        if view is None:
            raise self.misdeclared(f"{target.__name__} has no endpoint to link to; make one, or say view_name=")
        self.view_name = view
        if self.lookup_field not in ("", "pk") and self.lookup_field not in target.__fields__:
            raise self.misdeclared(f"lookup_field {self.lookup_field!r} is no field of {target.__name__}")
        served = routes.lookup_of(view)
        if served is not None and self.lookup_field and served != self._lookup(target).name:
            raise self.misdeclared(f"lookup_field is {self.lookup_field!r}, and the route {view!r} takes {served!r}")
        return self

    def given(self) -> dict[str, Any]:
        options = {"view_name": self.view_name, "lookup_field": self.lookup_field, "lookup_url_kwarg": self.lookup_url_kwarg}
        return super().given() | {o: v for o, v in (options | {"format": self.format}).items() if v}

    @property
    def links(self) -> Links:
        """How to link in this use."""
        found: Links | None = None if self.call is None else self.call.place.links
        if found is None:
            raise self.misdeclared(NO_ADDRESSES)
        return found

    @property
    def alone(self) -> bool:
        return False

    @property
    def lookup(self) -> Field[Any]:
        """The field of the target whose value stands in the URL."""
        return self._lookup(self._pointed()[0])

    @property
    def kwarg(self) -> str:
        """What the route calls that value."""
        if self.routes is not None and self.routes.lookup_of(self.view_name) is not None:
            return ROUTE_KEY
        return self.lookup_url_kwarg or self.lookup_field or "pk"

    @property
    def knows_rows(self) -> bool:
        """Whether it can tell the row of a URL: where `get_object` is the user's, that takes the rows to look among."""
        if self._is_own("get_object", HyperlinkedRelatedField) or self.queryset is not None:
            return True
        return not self._is_own("get_queryset", RelatedField)

    def value_in(self, values: Mapping[str, Any]) -> Any:
        """The value of `lookup` that stands in a URL. Raises `Invalid` where it can be none."""
        if self.kwarg not in values:
            raise self.misdeclared(f"the route {self.view_name!r} has no value {self.kwarg!r}; say lookup_url_kwarg=")
        lookup, text = self.lookup, str(values[self.kwarg])
        try:
            value = lookup.parse(text)
        except Invalid:
            raise Invalid(self.absent(None)) from None
        if lookup.family == "integer" and str(value) != text:  # one address per row: /users/01/ is not /users/1/
            raise Invalid(self.absent(None))
        return value

    @property
    def _suffix(self) -> str:
        return f"?format={self.format}" if self.format else ""

    def _lookup(self, model: type[Model]) -> Field[Any]:
        declared = declaration(model)
        name = self.lookup_field or (self.routes.lookup_of(self.view_name) if self.routes is not None else "")
        return declared.fields[name] if name and name != "pk" else declared.key

    def _reversing(self, links: Links) -> Any:
        return lambda value: None if value is None else links.reverse(self.view_name, **{self.kwarg: value}) + self._suffix

    def _match(self, data: Any) -> Match:
        if not isinstance(data, str):
            raise Invalid(self.message("incorrect_type", data_type=type_name(data)))
        match = self.links.match(data)
        if match is None:
            raise Invalid(self.message("no_match"))
        if match.view_name != self.view_name:
            raise Invalid(self.message("incorrect_match"))
        return match

    def _ref(self, values: Mapping[str, Any]) -> Ref:
        target, _ = self._pointed()
        lookup = self._lookup(target)
        return Ref(target, lookup.name, self.value_in(values), self.scope)


class HyperlinkedIdentityField(HyperlinkedRelatedField):
    """The row's own URL, or with `view_name` that of another route of the row, such as `album-tracks-list`. Read-only."""

    def __init__(self, view_name: str = "", **options: Any) -> None:
        own: dict[str, Any] = {"read_only": True, "source": "*"}
        super().__init__(view_name, **own | options)

    def given(self) -> dict[str, Any]:
        return {option: value for option, value in super().given().items() if option not in ("read_only", "source")}
