"""PATCH and DELETE of a list: what the filters select, all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, QuerySet, SQLiteDataStore, ValidationError, models, serializers
from tests.web.answers import error, refusal, row, rows
from tests.web.conftest import Serve

BOTH = ("GET", "POST", "PATCH", "DELETE")


class City(models.Model):
    name = models.StringPkField()


class User(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    city = models.ForeignKey(City, related_name="users")
    age = models.IntegerField(min=0)
    email = models.StringField(unique=True)
    made = models.StringField(read_only=True, default="here")


class Pet(models.Model):
    id = models.PkField()
    owner = models.ForeignKey(User, related_name="pets")


class Tag(models.Model):
    id = models.PkField()
    users = models.ManyToManyField(User, related_name="tags")


class Users(Endpoint):
    model = User
    list_methods = BOTH
    search_fields = ("name",)
    max_affected = 4


class Keyless(Users):
    name = "keyless"
    fields = ("name", "age")


class Cities(Endpoint):
    model = City
    nested = ("users",)


class Hooked(Users):
    name = "hooked"
    seen: list[Any] = []

    def before_write(self, change: Change) -> None:
        self.seen.append((change.action, None if change.old is None else change.old.pk))
        if change.old is not None and change.old.pk == 3 and change.data.get("age") == 33:
            raise ValidationError({"age": ["Not this one."]})


class Adults(Users):
    name = "adults"
    queryset = QuerySet(User).filter(age__gte=18)


class Checked(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("name", "city", "age", "email")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("name") == self.instance.email:
            raise ValidationError({"name": ["It is the e-mail."]})
        return attrs


class Careful(Endpoint):
    name = "careful"
    serializer = Checked
    list_methods = BOTH


class Tags(Endpoint):
    model = Tag
    list_methods = BOTH


class Tagged(Endpoint):
    model = User
    name = "tagged"
    nested = ("tags",)


@pytest.fixture
def town(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    client = serve(Users, Keyless, Cities, Hooked, Adults, Careful, Pet, Tags, Tagged)
    Hooked.seen.clear()
    for name in ("Lyon", "Paris"):
        store[City].create(name=name)
    for name, city, age in (("Ann", "Lyon", 17), ("Ben", "Lyon", 40), ("Cas", "Paris", 40), ("Dan", None, 60), ("Eve", "Lyon", 20)):
        store[User].create(name=name, city=city, age=age, email=f"{name}@x")
    return client


def ages(client: FlaskClient) -> list[int]:
    return [one["age"] for one in rows(client, "/user/")]


EVERY = pytest.mark.parametrize("path", ["/user/", "/hooked/", "/careful/"])


@EVERY
@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("city=Lyon", [1, 1, 40, 60, 1]),
        ("city=Lyon&age__gte=20", [17, 1, 40, 60, 1]),
        ("or=(name=Ann,age=60)", [1, 40, 40, 1, 20]),
        ("not=(city=Lyon)", [17, 40, 1, 1, 20]),
        ("city=", [17, 40, 40, 1, 20]),
        ("name=nobody", [17, 40, 40, 60, 20]),
    ],
)
def test_what_the_filters_select_is_patched(town: FlaskClient, path: str, query: str, changed: list[int]) -> None:
    affected = sum(one != other for one, other in zip(changed, ages(town), strict=True))
    assert row(town.patch(f"{path}?{query}", json={"age": 1})) == {"affected": affected}
    assert ages(town) == changed


@EVERY
def test_what_the_filters_select_is_deleted(town: FlaskClient, path: str) -> None:
    assert row(town.delete(f"{path}?city=Lyon")) == {"affected": 3}
    assert [one["name"] for one in rows(town, "/user/")] == ["Cas", "Dan"]


def test_a_search_selects(town: FlaskClient) -> None:
    assert row(town.delete("/user/?search=a&city=Lyon")) == {"affected": 1}


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "A filter is required, such as ?id__in=1,2: without one every row would be written."),
        ("?count=1", '"count": It has no meaning here: all rows that the filters select are written.'),
        ("?city=Lyon&offset=1", '"offset": It has no meaning here: all rows that the filters select are written.'),
        ("?city=Lyon&ordering=age", '"ordering": It has no meaning here: all rows that the filters select are written.'),
        ("?city=Lyon&fields=age", '"fields": It has no meaning here: all rows that the filters select are written.'),
        ("?city=Lyon&facet=age", '"facet": It has no meaning here: all rows that the filters select are written.'),
        ("?city=Lyon&format=csv", '"format": It has no meaning here: all rows that the filters select are written.'),
        ("?ctiy=Lyon", 'unknown filter "ctiy"; did you mean "city"?'),
        ("?age=x", '"age": A valid integer is required.'),
    ],
)
def test_what_selects_nothing_is_refused(town: FlaskClient, method: str, query: str, sentence: str) -> None:
    assert error(town.open(f"/user/{query}", method=method, json={"age": 1}), 400) == sentence
    assert ages(town) == [17, 40, 40, 60, 20]


def test_the_filter_that_is_advised_is_one_that_there_is(town: FlaskClient) -> None:
    sentence = "A filter is required, such as one by name: without one every row would be written."
    assert error(town.delete("/keyless/"), 400) == sentence
    assert row(town.delete("/keyless/?name=Ann")) == {"affected": 1}


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(("prefer", "most"), [({}, 4), ({"Prefer": "max-affected=2"}, 2), ({"Prefer": "max-affected=9"}, 4)])
def test_too_many_are_left_alone(town: FlaskClient, method: str, prefer: dict[str, str], most: int) -> None:
    answer = town.open("/user/?id__gt=0", method=method, json={"age": 1}, headers=prefer)
    assert error(answer, 409) == f"the filters select more than {most} rows, so nothing was changed"
    assert ages(town) == [17, 40, 40, 60, 20]


def test_as_many_as_are_allowed(town: FlaskClient) -> None:
    answer = town.patch("/user/?city=Lyon", json={"age": 1}, headers={"Prefer": "max-affected=3"})
    assert (row(answer), answer.headers["Preference-Applied"]) == ({"affected": 3}, "max-affected=3")
    assert error(town.patch("/user/?city=Lyon", json={}, headers={"Prefer": "max-affected=few"}), 400) == (
        'Prefer: max-affected is a whole number, not "few"'
    )


@EVERY
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"age": -1}, {"age": ["Ensure this value is greater than or equal to 0."]}),
        ({"name": None, "age": "x"}, {"name": ["This field may not be null."], "age": ["A valid integer is required."]}),
        ({"city": "Rome"}, {"city": ['Invalid pk "Rome" - object does not exist.']}),
        ({"agee": 1}, {"agee": ['This field does not exist; did you mean "age"?']}),
        ({"email": "Cas@x"}, {"email": ["This field must be unique."]}),
        ({"id": 7}, {"id": ["This field cannot be changed."]}),
        ({"ressource_uri": "/other/1/"}, {"ressource_uri": ["This field cannot be changed."]}),
    ],
)
def test_a_body_is_validated_as_for_one_row(town: FlaskClient, path: str, body: dict[str, Any], errors: dict[str, Any]) -> None:
    assert refusal(town.patch(f"{path}?city=Lyon", json=body))[1] == errors
    assert refusal(town.patch(f"{path}2/", json=body))[1] == errors
    assert ages(town) == [17, 40, 40, 60, 20]


def test_a_value_that_only_one_row_can_have(town: FlaskClient) -> None:
    assert town.patch("/user/?city=Lyon", json={"email": "new@x"}).status_code == 409
    assert row(town.patch("/user/?name=Ann", json={"email": "new@x"})) == {"affected": 1}
    assert row(town.patch("/user/?name=Ann", json={"email": "new@x"})) == {"affected": 1}


def test_what_all_rows_have_may_be_sent_back(town: FlaskClient) -> None:
    assert row(town.patch("/user/?city=Lyon", json={"age": 2, "made": "here"})) == {"affected": 3}
    assert refusal(town.patch("/user/?city=Lyon", json={"age": 3, "made": "there"}))[1].keys() == {"made"}
    assert refusal(town.patch("/user/?city=Lyon", json={"age": 3, "id": 1}))[1].keys() == {"id"}
    assert ages(town) == [2, 2, 40, 60, 2]


def test_hooks_are_called_for_each_row(town: FlaskClient) -> None:
    town.patch("/hooked/?city=Lyon", json={"age": 2})
    town.delete("/hooked/?age=2")
    assert Hooked.seen == [("update", 1), ("update", 2), ("update", 5), ("delete", 1), ("delete", 2), ("delete", 5)]


def test_what_a_hook_refuses_leaves_all_as_it_was(town: FlaskClient) -> None:
    assert refusal(town.patch("/hooked/?age__gte=40", json={"age": 33}))[1] == {"age": ["Not this one."]}
    assert ages(town) == [17, 40, 40, 60, 20]


def test_a_serializer_sees_each_row(town: FlaskClient) -> None:
    assert refusal(town.patch("/careful/?city=Lyon", json={"name": "Ben@x"}))[1] == {"name": ["It is the e-mail."]}
    assert [one["name"] for one in rows(town, "/user/")] == ["Ann", "Ben", "Cas", "Dan", "Eve"]


def test_the_queryset_holds(town: FlaskClient) -> None:
    assert row(town.patch("/adults/?city=Lyon", json={"age": 30})) == {"affected": 2}
    assert refusal(town.patch("/adults/?city=Lyon", json={"age": 3}))[0] == "With these values it would be no row of adults."
    assert row(town.delete("/adults/?city=Lyon")) == {"affected": 2}
    assert ages(town) == [17, 40, 60]


def test_below_a_row(town: FlaskClient) -> None:
    assert row(town.patch("/city/Lyon/users/?age__lt=30", json={"age": 30})) == {"affected": 2}
    assert refusal(town.patch("/city/Lyon/users/?age=30", json={"city": "Paris"}))[1].keys() == {"city"}
    assert row(town.delete("/city/Paris/users/?age=30")) == {"affected": 0}
    assert row(town.delete("/city/Lyon/users/?age=30")) == {"affected": 2}
    assert town.delete("/city/Rome/users/?age=30").status_code == 404
    assert ages(town) == [40, 40, 60]


def test_linked_rows_are_not_written_below_one(town: FlaskClient) -> None:
    assert town.delete("/tagged/1/tags/?id=1").status_code == 405


def test_rows_in_use_stay(town: FlaskClient) -> None:
    town.post("/pet/", json={"owner": 1})
    assert error(town.delete("/user/?city=Lyon"), 409) == "this row of user is still used by pet"
    assert ages(town) == [17, 40, 40, 60, 20]


def test_only_where_the_endpoint_says_so(town: FlaskClient) -> None:
    answer = town.delete("/city/?name=Rome")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert town.options("/user/").headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST"


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
def test_a_condition_is_about_one_row(town: FlaskClient, name: str) -> None:
    sentence = error(town.delete("/user/?city=Lyon", headers={name: "*"}), 400)
    assert sentence == f"{name} is about one row: send PATCH or DELETE to its own address, or Prefer: max-affected here"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_two_statements_for_any_number_of_rows(town: FlaskClient, store: SQLiteDataStore, method: str) -> None:
    with store.recorded() as statements:
        assert town.open("/user/?city=Lyon", method=method, json={"age": 1}).status_code == 200
    # SQLite tells what a statement does along the way, such as a cascade, as a comment.
    asked = [text.split()[0] for text in statements if not text.startswith(("PRAGMA", "-- "))]
    assert list(dict.fromkeys(asked)) == ["BEGIN", "SELECT", "UPDATE" if method == "PATCH" else "DELETE", "COMMIT"]
