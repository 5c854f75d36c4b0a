"""The address book that most of these tests ask: two resources, of which one points at the other."""

from __future__ import annotations

from typing import Any

from pyrest import Endpoint, models


class Address(models.Model):
    country = models.StringField(required=True)
    city = models.StringField(required=True)
    street = models.StringField(required=True)
    number = models.IntegerField(required=True)
    id = models.PkField()


class User(models.Model):
    fields = [
        models.StringField(name="first_name", required=True),
        models.StringField(name="last_name", required=True),
        models.IntegerField(name="address", foreign={"table": "address", "column": "id"}),
        models.PkField(name="id", required=True),
    ]

    class Meta:
        table = "users"


class Addresses(Endpoint):
    model = Address
    exclude = ("id",)


class Users(Endpoint):
    model = User
    exclude = ("id",)


VALMY: dict[str, Any] = {"country": "France", "city": "Paris", "street": "quai de Valmy", "number": 45}
DUPONT: dict[str, Any] = {"first_name": "Super", "last_name": "Dupont", "address": 1}
