"""PUT at an address where no row is: it creates one where the client chooses the key."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, QuerySet, SQLiteDataStore, ValidationError, models, serializers
from tests.web.answers import error, refusal, row
from tests.web.conftest import Serve

UID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


class Country(models.Model):
    code = models.StringPkField(max_length=3)
    name = models.StringField(required=True)
    large = models.BooleanField(default=False)


class Town(models.Model):
    id = models.UUIDPkField()
    name = models.StringField(required=True)
    country = models.ForeignKey(Country, related_name="towns")


class Street(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    code = models.StringField(required=True, unique=True)


class Countries(Endpoint):
    model = Country
    nested = ("towns",)


@pytest.fixture
def world(serve: Serve) -> FlaskClient:
    return serve(Countries, Town, Street)


def test_a_row_is_created_and_then_replaced(world: FlaskClient) -> None:
    created = world.put("/country/FR/", json={"code": "FR", "name": "France", "large": True})
    assert (created.status_code, created.headers["Location"]) == (201, "http://localhost/country/FR/")
    assert row(created) == {"code": "FR", "name": "France", "large": True, "ressource_uri": "/country/FR/"}
    replaced = world.put("/country/FR/", json={"name": "France"})
    assert (replaced.status_code, row(replaced)["large"]) == (200, False)


def test_the_same_put_twice_leaves_the_same(world: FlaskClient) -> None:
    whole = {"code": "FR", "name": "France", "large": True, "ressource_uri": "/country/FR/"}
    answers = [world.put("/country/FR/", json=whole) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"] == world.get("/country/FR/").headers["ETag"]


@pytest.mark.parametrize("sent", [{}, {"id": UID}, {"id": UID.upper()}])
def test_a_uuid(world: FlaskClient, sent: dict[str, Any]) -> None:
    created = world.put(f"/town/{UID}/", json={"name": "Paris"} | sent)
    assert (created.status_code, row(created)["id"]) == (201, UID)


def test_a_key_in_the_address_is_read_from_there(world: FlaskClient) -> None:
    created = world.put("/country/%C3%85/", json={"name": "Åland"})
    assert (row(created)["code"], created.headers["Location"]) == ("Å", "http://localhost/country/%C3%85/")


@pytest.mark.parametrize(
    ("path", "body", "errors"),
    [
        ("/country/FR/", {"code": "DE", "name": "France"}, {"code": ["The address names another key."]}),
        ("/country/FR/", {"code": None, "name": "France"}, {"code": ["The address names another key."]}),
        ("/country/FRANCE/", {"name": "France"}, {"code": ["Ensure this field has no more than 3 characters."]}),
        ("/country/FRANCE/", {"code": "FRANCE", "name": "France"}, {"code": ["Ensure this field has no more than 3 characters."]}),
        ("/country/FR/", {"name": "France", "ressource_uri": "/country/DE/"}, {"ressource_uri": ["This field cannot be set."]}),
        ("/country/FR/", {}, {"name": ["This field is required."]}),
    ],
)
def test_what_is_refused(world: FlaskClient, path: str, body: dict[str, Any], errors: dict[str, Any]) -> None:
    assert refusal(world.put(path, json=body))[1] == errors
    assert world.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/street/1/", "/town/none/", "/town/6ba7b8109dad11d180b400c04fd430c8/"])
def test_no_row_comes_where_nothing_can_be(world: FlaskClient, path: str) -> None:
    assert error(world.put(path, json={"name": "a", "code": "b"}), 404).startswith("there is no such row in ")


class Fixed(Endpoint):
    model = Country
    name = "fixed"
    list_methods = ("GET",)


class Hidden(Endpoint):
    model = Town
    name = "hidden"
    exclude = ("id",)


class ByCode(Endpoint):
    model = Street
    name = "by-code"
    lookup_field = "code"


class Given(serializers.ModelSerializer):
    class Meta:
        model = Town
        fields = ("id", "name")
        read_only_fields = ("id",)


class ReadOnly(Endpoint):
    name = "read-only"
    serializer = Given


@pytest.mark.parametrize("path", ["/fixed/FR/", f"/hidden/{UID}/", "/by-code/x/", f"/read-only/{UID}/"])
def test_who_cannot_choose_the_key_by_post_cannot_by_put(serve: Serve, path: str) -> None:
    client = serve(Fixed, Hidden, ByCode, ReadOnly)
    assert client.put(path, json={"name": "a"}).status_code == 404


class Renamed(serializers.ModelSerializer):
    short = models.StringField(source="code", required=True)

    class Meta:
        model = Country
        fields = ("short", "name")

    def validate_short(self, value: str) -> str:
        if value == "XX":
            raise ValidationError("There is no such country.")
        return value


class InOtherWords(Endpoint):
    name = "in-other-words"
    serializer = Renamed


def test_the_key_goes_by_the_name_that_it_is_shown_under(serve: Serve) -> None:
    client = serve(InOtherWords)
    assert row(client.put("/in-other-words/FR/", json={"name": "France"}))["short"] == "FR"
    other = client.put("/in-other-words/DE/", json={"name": "Germany", "short": "D"})
    assert refusal(other)[1] == {"short": ["The address names another key."]}
    assert refusal(client.put("/in-other-words/XX/", json={"name": "None"}))[1] == {"short": ["There is no such country."]}


class Large(Endpoint):
    model = Country
    name = "large"
    queryset = QuerySet(Country).filter(large=True)


def test_a_row_outside_of_the_queryset_is_neither_made_nor_replaced(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Large)
    store[Country].create(code="LU", name="Luxembourg")
    assert refusal(client.put("/large/LU/", json={"name": "Other", "large": True}))[1]["code"]
    assert refusal(client.put("/large/MC/", json={"name": "Monaco"}))[0] == "With these values it would be no row of large."
    assert [(one.code, one.name) for one in store[Country].all()] == [("LU", "Luxembourg")]


def test_below_a_row(world: FlaskClient) -> None:
    for code in ("FR", "DE"):
        world.put(f"/country/{code}/", json={"name": code})
    created = world.put(f"/country/FR/towns/{UID}/", json={"name": "Paris"})
    assert (created.status_code, created.headers["Location"]) == (201, f"http://localhost/town/{UID}/")
    assert row(created)["country"] == "FR"
    assert world.put(f"/country/FR/towns/{UID}/", json={"name": "Lutetia"}).status_code == 200
    assert refusal(world.put(f"/country/DE/towns/{UID}/", json={"name": "Berlin"}))[1]["id"]
    assert world.put(f"/country/XX/towns/{UID}/", json={"name": "Paris"}).status_code == 404
    assert row(world.get(f"/town/{UID}/"))["name"] == "Lutetia"


def test_hooks_see_a_create(serve: Serve) -> None:
    seen = []

    class Watched(Countries):
        def before_write(self, change: Change) -> None:
            seen.append((change.action, change.data["code"] if change.old is None else change.old.pk))

    client = serve(Watched, Town)
    for _ in range(2):
        client.put("/country/FR/", json={"name": "France"})
    assert seen == [("create", "FR"), ("update", "FR")]


@pytest.mark.parametrize(
    ("headers", "there", "absent"),
    [
        ({"If-None-Match": "*"}, 412, 201),
        ({"If-None-Match": '"other"'}, 200, 201),
        ({"If-Match": "*"}, 200, 412),
        ({"If-Match": '"other"'}, 412, 412),
    ],
)
def test_conditions(world: FlaskClient, headers: dict[str, str], there: int, absent: int) -> None:
    world.put("/country/FR/", json={"name": "France"})
    assert world.put("/country/FR/", json={"name": "France"}, headers=headers).status_code == there
    answer = world.put("/country/DE/", json={"name": "Germany"}, headers=headers)
    assert answer.status_code == absent
    assert world.get("/country/DE/").status_code == (200 if absent == 201 else 404)


def test_minimal_is_without_the_object(world: FlaskClient) -> None:
    answer = world.put("/country/FR/", json={"name": "France"}, headers={"Prefer": "return=minimal"})
    assert (answer.status_code, answer.data, answer.headers["Location"]) == (201, b"", "http://localhost/country/FR/")
