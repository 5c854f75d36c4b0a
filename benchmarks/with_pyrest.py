"""The address book on pyrest: what is compared with the code by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from flask import Flask

from pyrest import Endpoint, SQLiteDataStore, Wrapper, models
from pyrest.serializers import HyperlinkedRelatedField, ModelSerializer, SlugRelatedField
from pyrest.web.caching import CACHE_SIZE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REMEMBERED = "/remembered"


class Address(models.Model):
    country = models.StringField(required=True)
    city = models.StringField(required=True)
    street = models.StringField(required=True)
    number = models.IntegerField(required=True)
    id = models.PkField()


class User(models.Model):
    first_name = models.StringField(required=True)
    last_name = models.StringField(required=True)
    address = models.IntegerField(foreign=("address", "id"), related_name="users")
    id = models.PkField()

    class Meta:
        table = "users"


class UserSerializer(ModelSerializer):
    class Meta:
        model = User
        fields = ("id", "first_name", "last_name")


class HouseholdSerializer(ModelSerializer):
    users = UserSerializer(many=True, read_only=True)

    class Meta:
        model = Address
        fields = ("country", "city", "street", "number", "users")


class ResidentSerializer(ModelSerializer):
    address = HyperlinkedRelatedField(read_only=True)
    city = SlugRelatedField(slug_field="city", source="address", read_only=True)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "address", "city")


class Addresses(Endpoint):
    model = Address
    exclude = ("id",)


class Users(Endpoint):
    model = User
    exclude = ("id",)


class Households(Endpoint):
    name = "households"
    serializer = HouseholdSerializer
    filter_fields = ("country", "city")
    list_methods = ("GET",)
    detail_methods = ("GET",)


class Residents(Endpoint):
    name = "residents"
    serializer = ResidentSerializer
    filter_fields = ("address", "city")
    list_methods = ("GET",)
    detail_methods = ("GET",)


ENDPOINTS: tuple[type[Endpoint], ...] = (Users, Addresses, Households, Residents)


def create_app(path: str, durability: Literal["full", "normal"], endpoints: Sequence[type[Endpoint]] = ENDPOINTS) -> Flask:
    """The API over the database file at that path: every answer made anew, but below `REMEMBERED` given again where it is exact."""
    stores = [SQLiteDataStore(path, durability=durability) for _ in range(2)]
    app, remembering = (Wrapper(endpoints, store, cache=size).create_app() for store, size in zip(stores, (0, CACHE_SIZE), strict=True))
    app.wsgi_app = _beside(app.wsgi_app, remembering.wsgi_app)  # type: ignore[method-assign, assignment]  # Flask's own advice
    app.extensions["close"] = partial(_close, stores)
    return app


def _beside(one: WSGIApplication, remembering: WSGIApplication) -> WSGIApplication:
    """Both applications, told apart as cheaply as can be: the code by hand has no such step."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith(REMEMBERED):
            return one(environ, start_response)
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = REMEMBERED, path.removeprefix(REMEMBERED)
        return remembering(environ, start_response)

    return serve


def _close(stores: Iterable[SQLiteDataStore]) -> None:
    for store in stores:
        store.close()
