"""A model whose fields differ in what a write may do to them, and a body for it."""

from __future__ import annotations

from typing import Any

from pyrest import models


class Part(models.Model):
    """A model whose fields differ in what a write may do to them."""

    number = models.StringField(required=True, unique=True)
    name = models.StringField(required=True, null=True)
    maker = models.StringField()
    batch = models.IntegerField(default=7)
    price = models.DecimalField(8, 2, default="1.50")
    notes = models.JSONField()
    state = models.StringField(default="new", read_only=True)
    weight = models.DecimalField(8, 3, read_only=True, default="0.250")
    secret = models.StringField(write_only=True)
    barcode = models.IntegerField(unique=True)
    id = models.PkField()

    class Meta:
        unique_together = [("maker", "batch"), ("name", "batch")]


PART: dict[str, Any] = {"number": "A-1", "name": "Bolt"}
