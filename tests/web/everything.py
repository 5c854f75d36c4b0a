"""A model with every kind of field and option, and beside it one for each other kind of key."""

from __future__ import annotations

from typing import Any

from pyrest import Endpoint, models


class Thing(models.Model):
    id = models.PkField()
    code = models.StringField(required=True, unique=True, max_length=12, pattern="[a-z0-9-]+")
    text = models.StringField()
    email = models.EmailField()
    site = models.URLField()
    slug = models.SlugField(default="a-thing")
    whole = models.IntegerField()
    small = models.IntegerField(min=-3, max=3, default=0)
    real = models.FloatField()
    price = models.DecimalField(18, 2)
    fine = models.DecimalField(18, 18)
    flag = models.BooleanField(required=True, null=True)
    day = models.DateField()
    clock = models.TimeField()
    moment = models.DateTimeField()
    local = models.DateTimeField(naive=True)
    stamp = models.TimestampField()
    uid = models.UUIDField(unique=True)
    data = models.JSONField()
    kind = models.StringField(choices=["small", "large"], default="small")
    secret = models.StringField(write_only=True)
    fixed = models.StringField(read_only=True, default="as it is")
    total = models.IntegerField(column="sum of it")
    parent = models.IntegerField(foreign=("thing", "id"), on_delete="set_null")
    tag = models.StringField(foreign=("tag", "name"), on_delete="cascade")
    token = models.UUIDField(foreign=("token", "id"))

    class Meta:
        unique_together = [("text", "whole")]


class Tag(models.Model):
    name = models.StringPkField(max_length=40)
    weight = models.FloatField(default=1.0)


class Token(models.Model):
    id = models.UUIDPkField()
    note = models.StringField()


class Narrow(Endpoint):
    """The things with a flag, by their code, and never all of them."""

    model = Thing
    name = "narrow"
    lookup_field = "code"
    queryset = None
    fields = ("code", "flag", "small", "data")
    page_size = 2
    max_page_size = 3
    max_body = 200


UID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

THING: dict[str, Any] = {
    "code": "first",
    "text": "Ünïcødé 𝄞",
    "email": "someone@example.org",
    "site": "https://example.org/a?b=c#d",
    "slug": "one_thing",
    "whole": 2**63 - 1,
    "small": 3,
    "real": 0.1,
    "price": "9999999999999999.99",
    "fine": "0.123456789012345678",
    "flag": True,
    "day": "2024-02-29",
    "clock": "18:30:00",
    "moment": "2024-02-29T18:30:00Z",
    "local": "2024-02-29T18:30:00",
    "stamp": 1709231400,
    "uid": UID,
    "data": {"a": [1, 2.5, None, True, "x"]},
    "kind": "large",
    "total": 7,
    "parent": None,
    "tag": "a tag",
    "token": UID,
}
"""A body for a thing, spelt as its representation shows it."""
