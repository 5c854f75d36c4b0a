"""The address book on pyrest: what is compared with the code by hand."""

from __future__ import annotations

from typing import Literal

from flask import Flask

from pyrest import Endpoint, SQLiteDataStore, Wrapper, models


class Address(models.Model):
    country = models.StringField(required=True)
    city = models.StringField(required=True)
    street = models.StringField(required=True)
    number = models.IntegerField(required=True)
    id = models.PkField()


class User(models.Model):
    first_name = models.StringField(required=True)
    last_name = models.StringField(required=True)
    address = models.IntegerField(foreign=("address", "id"))
    id = models.PkField()

    class Meta:
        table = "users"


class Addresses(Endpoint):
    model = Address
    exclude = ("id",)


class Users(Endpoint):
    model = User
    exclude = ("id",)


def create_app(path: str, durability: Literal["full", "normal"]) -> Flask:
    """The API over the database file at that path."""
    store = SQLiteDataStore(path, durability=durability)
    app = Wrapper([Users, Addresses], datastore=store).create_app()
    app.extensions["close"] = store.close
    return app
