"""The models on which the stores are tried: a small record shop, and one model with every class of field."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from pyrest import models


class Artist(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, unique=True)


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    year = models.IntegerField()
    artist = models.IntegerField(foreign=("artist", "id"))

    class Meta:
        unique_together = ("artist", "title")


class Track(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    album = models.IntegerField(foreign=("album", "id"), on_delete="cascade")


class Review(models.Model):
    id = models.PkField()
    stars = models.IntegerField(required=True)
    track = models.IntegerField(foreign=("track", "id"), on_delete="restrict")
    album = models.IntegerField(foreign=("album", "id"), on_delete="set_null")


class Employee(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    boss = models.IntegerField(foreign=("employee", "id"), related_name="reports")


class Folder(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    parent = models.IntegerField(foreign=("folder", "id"), on_delete="cascade", related_name="children")


class Chicken(models.Model):
    id = models.PkField()
    egg = models.IntegerField(foreign=("egg", "id"), on_delete="cascade")


class Egg(models.Model):
    id = models.PkField()
    chicken = models.IntegerField(foreign=("chicken", "id"), on_delete="set_null")


class Country(models.Model):
    code = models.StringPkField()
    name = models.StringField()


class City(models.Model):
    id = models.UUIDPkField()
    country = models.StringField(foreign=("country", "code"))
    slug = models.SlugField(unique=True)


class Passport(models.Model):
    """Its foreign keys point at a column that is not the key, which itself is a foreign key."""

    id = models.PkField()
    city = models.SlugField(foreign=("city", "slug"), unique=True, on_delete="set_null")


class Stamp(models.Model):
    id = models.PkField()
    passport = models.SlugField(foreign=("passport", "city"))


class Everything(models.Model):
    id = models.PkField()
    boolean = models.BooleanField()
    date = models.DateField()
    datetime = models.DateTimeField()
    naive = models.DateTimeField(naive=True)
    decimal = models.DecimalField(max_digits=18, decimal_places=4)
    email = models.EmailField()
    float = models.FloatField()
    integer = models.IntegerField()
    json = models.JSONField()
    slug = models.SlugField()
    string = models.StringField()
    time = models.TimeField()
    timestamp = models.TimestampField()
    url = models.URLField()
    uuid = models.UUIDField()


MODELS = (Artist, Album, Track, Review, Employee, Folder, Chicken, Egg, Country, City, Passport, Stamp, Everything)

EXTREMES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "date": [date(1, 1, 1), date(2024, 2, 29), date.max],
    "datetime": [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2024, 2, 29, 18, 30, tzinfo=UTC),
        datetime(2024, 2, 29, 18, 30, 0, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
    "naive": [datetime.min, datetime(2024, 2, 29, 18, 30), datetime.max],
    "decimal": [Decimal("0.0000"), Decimal("-0.0001"), Decimal("12.5000"), Decimal("99999999999999.9999"), Decimal("-99999999999999.9999")],
    "email": ["a@example.org"],
    "float": [0.0, 0.1, -1e-300, 5e-324, 1.7976931348623157e308, 1.0, 123456789.12345679],
    "integer": [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)],
    "json": [
        {}, [], "", 0, False, 1.0, 1e300, [[["deep"]]], "null", "'; DROP TABLE x; --",
        {"b": [1, None, {"ä": "\U0001f600"}], "a": 2**63 - 1},
    ],
    "slug": ["a-b_C"],
    "string": ["", " ", "ä", "\U0001f600", "a\nb\t", "'; DROP TABLE x; --", "null", "%_\\", "\ufeff", "e\u0301", "\uffff", "12", "1.0"],
    "time": [time(0), time(18, 30), time(23, 59, 59, 999999)],
    "timestamp": [datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)],
    "url": ["https://example.org/ä?b=c#d"],
    "uuid": [UUID(int=0), UUID("12345678-1234-5678-1234-567812345678"), UUID(int=2**128 - 1)],
}  # fmt: skip
"""Values of each field of `Everything` at which a store could trip."""
