"""The address book of the tutorial: two resources, of which one points at the other."""

import os

from pyrest import Endpoint, SQLiteDataStore, Wrapper, models


class Address(models.Model):
    country = models.StringField(required=True)
    city = models.StringField(required=True)
    street = models.StringField(required=True)
    number = models.IntegerField(required=True)
    id = models.PkField()


class User(models.Model):
    # The list style of the original: every field carries its own name.
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


store = SQLiteDataStore(os.environ.get("ADDRESS_BOOK_DB", "address_book.db"))
wrapper = Wrapper([Users, Addresses], datastore=store, name="address book")
app = wrapper.create_app()
