"""What is exported comes back in as it was: for any rows, in both forms, over both stores; and CSV is what the standard library reads."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import MemoryDataStore, SQLiteDataStore, Wrapper, models
from pyrest.store import Store
from tests.datastores.test_property import ANY, TEXT
from tests.web.answers import rows


class Thing(models.Model):
    id = models.UUIDPkField()
    text = models.StringField()
    name = models.StringField(required=True)
    whole = models.IntegerField()
    real = models.FloatField()
    price = models.DecimalField(18, 4)
    flag = models.BooleanField(required=True, null=True)
    sure = models.BooleanField(default=False)
    day = models.DateField()
    clock = models.TimeField()
    moment = models.DateTimeField()
    local = models.DateTimeField(naive=True)
    stamp = models.TimestampField()
    uid = models.UUIDField()
    data = models.JSONField()


VALUES = {
    "text": TEXT | st.sampled_from(["", '"', '""', ",", "\r\n", "\n", "\r", " ", "null", "'", '"a",', "\ufeff", "\u2028", "=1"]),
    "name": TEXT | st.sampled_from(["", '"', "\r", ",,", '\n"', "\ufeff"]),
    "whole": ANY["integer"],
    "real": ANY["float"],
    "price": ANY["decimal"],
    "flag": ANY["boolean"],
    "sure": ANY["boolean"],
    "day": ANY["date"],
    "clock": ANY["time"],
    "moment": ANY["datetime"],
    "local": ANY["naive"],
    "stamp": ANY["timestamp"],
    "uid": ANY["uuid"],
    "data": ANY["json"],
}
NOT_NULL = ("name", "sure")
THINGS = st.lists(st.fixed_dictionaries({n: v if n in NOT_NULL else st.none() | v for n, v in VALUES.items()}), max_size=4)

STORES: dict[str, Store] = {"sqlite": SQLiteDataStore(":memory:"), "memory": MemoryDataStore()}
CLIENTS = {name: Wrapper([Thing], datastore=store).create_app().test_client() for name, store in STORES.items()}
KINDS = {"csv": "text/csv", "ndjson": "application/x-ndjson"}


@pytest.mark.parametrize("store", sorted(STORES))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_out_and_in(store: str, kind: str, full: bool) -> None:
    @settings(max_examples=1000 if full else 40, deadline=None)
    @given(THINGS)
    def comes_back(things: list[dict[str, Any]]) -> None:
        kept, client = STORES[store], CLIENTS[store]
        kept[Thing].all().delete()
        kept[Thing].bulk_create(things)
        before = rows(client, "/thing/")
        exported = client.get(f"/thing/?format={kind}&count=all").data
        kept[Thing].all().delete()
        answer = client.post("/thing/", data=exported, content_type=KINDS[kind])
        assert (answer.status_code, answer.json) == (201, {"created": len(things)}), answer.text
        assert rows(client, "/thing/") == before

    comes_back()


def read_by_csv(client: FlaskClient) -> list[dict[str, str]]:
    text = client.get("/thing/?format=csv&count=all").data.decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@settings(max_examples=40, deadline=None)
@given(THINGS)
def test_the_standard_library_reads_the_same(things: list[dict[str, Any]]) -> None:
    client = CLIENTS["memory"]
    STORES["memory"][Thing].all().delete()
    STORES["memory"][Thing].bulk_create(things)
    for shown, cells in zip(rows(client, "/thing/"), read_by_csv(client), strict=True):
        assert list(cells) == list(shown)
        texts = {name: "" if value is None else value for name, value in shown.items() if isinstance(value, str | None)}
        assert {name: cells[name] for name in texts if name != "data"} == {name: text for name, text in texts.items() if name != "data"}
