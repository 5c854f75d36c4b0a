"""Hooks: inside the transaction, before and after a write; they may refuse, change what is written, and write themselves."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, SQLiteDataStore, ValidationError, models
from tests.web.answers import SHOW, refusal, row
from tests.web.book import VALMY, Address
from tests.web.conftest import Serve


class Entry(models.Model):
    text = models.StringField()
    id = models.PkField()


class Watched(Endpoint):
    """Writes every change of a town into the log, in the same transaction."""

    model = Address
    name = "town"
    seen: list[tuple[Any, ...]]

    def before_write(self, change: Change) -> None:
        type(self).seen.append(("before", change.action, change.old and change.old.pk, dict(change.data), change.user))
        match change.data.get("city"):
            case "Atlantis":
                raise ValidationError({"city": ["It has sunk."]})
            case "lower":
                change.data["city"] = "LOWER"
            case "replaced":
                change.data = change.data | {"city": "Replaced"}
            case "outside":
                change.data["number"] = None
        if change.action == "delete" and change.old is not None and change.old.city == "Roma":
            raise ValidationError({"non_field_errors": ["It is eternal."]})

    def after_write(self, change: Change) -> None:
        type(self).seen.append(("after", change.action, change.old and change.old.pk, dict(change.data), change.user))
        change.store[Entry].create(text=f"{change.action} {change.data.get('city')}")
        match change.data.get("city"):
            case "Late":
                raise ValidationError({"city": ["Too late."]})
            case "Broken":
                raise RuntimeError("a fault of the hook")
        if change.old is not None and change.old.city == "Troia":
            raise ValidationError({"non_field_errors": ["There is something in the horse."]})


@pytest.fixture
def towns(serve: Serve) -> FlaskClient:
    Watched.seen = []
    return serve(Watched, models=[Entry])


def entries(store: SQLiteDataStore) -> list[str]:
    return [entry.text for entry in store[Entry]]


def test_hooks_see_a_create(towns: FlaskClient) -> None:
    towns.post("/town/", json=VALMY)
    assert Watched.seen == [
        ("before", "create", None, VALMY | {"id": None}, None),
        ("after", "create", None, VALMY | {"id": 1}, None),
    ]


@pytest.mark.parametrize(("method", "body"), [("PUT", VALMY | {"city": "Lyon"}), ("PATCH", {"city": "Lyon"})])
def test_hooks_see_an_update(towns: FlaskClient, method: str, body: dict[str, Any]) -> None:
    towns.post("/town/", json=VALMY)
    Watched.seen.clear()
    towns.open("/town/1/", method=method, json=body)
    assert Watched.seen == [("before", "update", 1, body, None), ("after", "update", 1, body, None)]


def test_hooks_see_a_delete(towns: FlaskClient) -> None:
    towns.post("/town/", json=VALMY)
    Watched.seen.clear()
    towns.delete("/town/1/")
    assert Watched.seen == [("before", "delete", 1, {}, None), ("after", "delete", 1, {}, None)]


def test_hooks_are_not_called_for_what_is_refused_before(towns: FlaskClient) -> None:
    towns.post("/town/", json={"city": 1})
    towns.patch("/town/1/", json=VALMY)
    towns.delete("/town/1/")
    towns.get("/town/1/")
    assert Watched.seen == []


def test_a_hook_may_refuse(towns: FlaskClient, store: SQLiteDataStore) -> None:
    answer = towns.post("/town/", json=VALMY | {"city": "Atlantis"})
    assert (answer.status_code, answer.json) == (400, {"error": "city does not validate", "errors": {"city": ["It has sunk."]}})
    towns.post("/town/", json=VALMY)
    assert refusal(towns.patch("/town/1/", json={"city": "Atlantis"}))[1] == {"city": ["It has sunk."]}
    assert ([address.city for address in store[Address]], entries(store)) == (["Paris"], ["create Paris"])


def test_a_hook_may_refuse_a_delete(towns: FlaskClient, store: SQLiteDataStore) -> None:
    towns.post("/town/", json=VALMY | {"city": "Roma"})
    answer = towns.delete("/town/1/")
    assert (answer.status_code, answer.json) == (400, {"error": "It is eternal.", "errors": {"non_field_errors": ["It is eternal."]}})
    assert store[Address].count() == 1


@pytest.mark.parametrize(("sent", "kept"), [("lower", "LOWER"), ("replaced", "Replaced")])
def test_a_hook_may_change_what_is_written(towns: FlaskClient, store: SQLiteDataStore, sent: str, kept: str) -> None:
    assert row(towns.post("/town/", json=VALMY | {"city": sent}, headers=SHOW))["city"] == kept
    towns.post("/town/", json=VALMY)
    assert row(towns.patch("/town/2/", json={"city": sent}))["city"] == kept
    assert entries(store) == [f"create {kept}", "create Paris", f"update {kept}"]


def test_what_a_hook_writes_is_checked_by_the_table(towns: FlaskClient, store: SQLiteDataStore) -> None:
    assert refusal(towns.post("/town/", json=VALMY | {"city": "outside"}))[1] == {"number": ["This field may not be null."]}
    assert store[Address].count() == 0


def test_a_late_refusal_takes_all_back(towns: FlaskClient, store: SQLiteDataStore) -> None:
    assert refusal(towns.post("/town/", json=VALMY | {"city": "Late"}))[1] == {"city": ["Too late."]}
    assert (store[Address].count(), entries(store)) == (0, [])
    towns.post("/town/", json=VALMY)
    assert refusal(towns.put("/town/1/", json=VALMY | {"city": "Late"}))[1] == {"city": ["Too late."]}
    assert ([address.city for address in store[Address]], entries(store)) == (["Paris"], ["create Paris"])


def test_a_late_refusal_takes_a_delete_back(towns: FlaskClient, store: SQLiteDataStore) -> None:
    towns.post("/town/", json=VALMY | {"city": "Troia"})
    assert refusal(towns.delete("/town/1/"))[1] == {"non_field_errors": ["There is something in the horse."]}
    assert (store[Address].count(), entries(store)) == (1, ["create Troia"])


def test_a_fault_of_a_hook_takes_all_back(towns: FlaskClient, store: SQLiteDataStore) -> None:
    assert towns.post("/town/", json=VALMY | {"city": "Broken"}).status_code == 500
    assert (store[Address].count(), entries(store)) == (0, [])


class Secret(models.Model):
    name = models.StringField(required=True)
    password = models.StringField(required=True)
    id = models.PkField()


def test_a_hook_may_give_a_field_that_is_not_shown(serve: Serve, store: SQLiteDataStore) -> None:
    class Stamped(Endpoint):
        model = Secret
        fields = ("name",)

        def before_write(self, change: Change) -> None:
            change.data["password"] = f"{change.data['name']}!"

    serve(Stamped).post("/secret/", json={"name": "a"})
    assert store[Secret].get().password == "a!"


def test_one_hook_is_enough(serve: Serve, store: SQLiteDataStore) -> None:
    class Logged(Endpoint):
        model = Secret

        def after_write(self, change: Change) -> None:
            change.store[Entry].create(text=str(change.data["id"]))

    serve(Logged, models=[Entry]).post("/secret/", json={"name": "a", "password": "b"})
    assert entries(store) == ["1"]
