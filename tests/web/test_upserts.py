"""POST with `Prefer: resolution=…`: rows that are there already are merged with what is sent, or left as they are."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, QuerySet, SQLiteDataStore, ValidationError, Wrapper, models, serializers
from tests.web.answers import error, refusal, row, rows
from tests.web.conftest import Serve

MERGE = {"Prefer": "resolution=merge-duplicates"}
IGNORE = {"Prefer": "resolution=ignore-duplicates"}


class Country(models.Model):
    code = models.StringPkField()
    name = models.StringField(default="?")


class User(models.Model):
    id = models.PkField()
    email = models.StringField(required=True, unique=True)
    name = models.StringField(required=True)
    age = models.IntegerField(min=0, default=18)
    country = models.ForeignKey(Country, related_name="users")
    badge = models.IntegerField()

    class Meta:
        unique_together = [("country", "badge")]


class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)


class Tag(models.Model):
    name = models.StringPkField()
    users = models.ManyToManyField(User, related_name="tags")


class Users(Endpoint):
    model = User
    nested = ("tags",)


class Countries(Endpoint):
    model = Country
    nested = ("users",)


class Hooked(Endpoint):
    model = User
    name = "hooked"
    seen: list[str] = []

    def before_write(self, change: Change) -> None:
        self.seen.append(change.action)
        if change.data.get("name") == "refused":
            raise ValidationError({"name": ["Not this one."]})


class Checked(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("email", "name", "age", "country", "badge")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("name", "") == attrs.get("email", ""):
            raise ValidationError({"name": ["It is the e-mail."]})
        return attrs


class Careful(Endpoint):
    name = "careful"
    serializer = Checked


class Adults(Endpoint):
    model = User
    name = "adults"
    queryset = QuerySet(User).filter(age__gte=18)


class Added(Endpoint):
    model = User
    name = "added"
    detail_methods = ("GET", "DELETE")


@pytest.fixture
def people(serve: Serve) -> FlaskClient:
    client = serve(Users, Countries, Hooked, Careful, Adults, Added, Tag)
    client.post("/country/", json=[{"code": "FR"}, {"code": "DE"}])
    client.post("/user/", json=[{"email": f"{name}@x", "name": name, "badge": i, "country": "FR"} for i, name in enumerate(("ann", "ben"))])
    Hooked.seen.clear()
    return client


def names(client: FlaskClient) -> list[str]:
    return [one["name"] for one in rows(client, "/user/")]


EVERY = pytest.mark.parametrize("path", ["/user/", "/hooked/", "/careful/", "/adults/"])
SENT = [{"email": "ben@x", "name": "Ben"}, {"email": "cas@x", "name": "Cas"}, {"email": "ann@x", "age": 30, "name": "Ann"}]


@EVERY
def test_what_is_there_is_merged(people: FlaskClient, path: str) -> None:
    answer = people.post(f"{path}?on_conflict=email", json=SENT, headers=MERGE)
    assert answer.status_code == 201
    assert answer.json == {
        "created": 1,
        "ignored": 0,
        "locations": [f"http://localhost{path}{key}/" for key in (2, 3, 1)],
        "outcomes": ["updated", "created", "updated"],
        "updated": 2,
    }
    assert answer.headers["Preference-Applied"] == "resolution=merge-duplicates"
    found = [(one["name"], one["age"], one["badge"]) for one in rows(people, "/user/")]
    assert found == [("Ann", 30, 0), ("Ben", 18, 1), ("Cas", 18, None)]


@EVERY
def test_what_is_there_is_left(people: FlaskClient, path: str) -> None:
    answer = people.post(f"{path}?on_conflict=email", json=SENT, headers=IGNORE)
    assert (answer.status_code, row(answer)["outcomes"]) == (201, ["ignored", "created", "ignored"])
    assert names(people) == ["ann", "ben", "Cas"]


@EVERY
def test_where_nothing_is_new_nothing_was_created(people: FlaskClient, path: str) -> None:
    """What a row has already need not be sent: only a new row must be whole."""
    answer = people.post(f"{path}?on_conflict=email", json=[{"email": "ann@x", "age": 50}], headers=MERGE)
    assert (answer.status_code, row(answer)["updated"]) == (200, 1)
    assert rows(people, "/user/")[0]["age"] == 50


@EVERY
@pytest.mark.parametrize(
    ("bodies", "errors"),
    [
        ([{"email": "ann@x", "name": None}], {"0": {"name": ["This field may not be null."]}}),
        ([{"email": "ann@x"}, {"email": "cas@x"}], {"1": {"name": ["This field is required."]}}),
        ([{"email": None, "name": "a"}, {"name": "b"}],
         {"0": {"email": ["This field may not be null."]}, "1": {"email": ["This field is required."]}}),
        ([{"email": "a@x", "name": "a"}, {"email": "a@x", "name": "b"}],
         {"1": {"non_field_errors": ["Another object of this list has the same email."]}}),
        ([{"email": "ann@x", "name": "a"}, {"email": "ann@x", "name": "b"}],
         {"1": {"non_field_errors": ["Another object of this list has the same email."]}}),
        ([{"email": "ann@x", "badge": 1}], {"0": {"non_field_errors": ["The fields country, badge must make a unique set."]}}),
        ([{"email": "ann@x", "nam": 1}], {"0": {"nam": ['This field does not exist; did you mean "name"?']}}),
        ([{"email": "cas@x", "name": "c", "country": "XX"}], {"0": {"country": ['Invalid pk "XX" - object does not exist.']}}),
        ([1], {"0": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]}}),
    ],
)  # fmt: skip
def test_all_or_none(people: FlaskClient, path: str, bodies: list[Any], errors: dict[str, Any]) -> None:
    found = refusal(people.post(f"{path}?on_conflict=email", json=[{"email": "new@x", "name": "new"}, *bodies], headers=MERGE))[1]
    assert found == {str(int(place) + 1): fault for place, fault in errors.items()}
    assert names(people) == ["ann", "ben"]


@pytest.mark.parametrize(
    ("headers", "body", "status", "answered"),
    [
        (MERGE, {"email": "ann@x", "name": "Ann"}, 200, b""),
        (MERGE, {"email": "cas@x", "name": "Cas"}, 201, b""),
        (IGNORE, {"email": "ann@x", "name": "Ann"}, 200, b""),
        ({"Prefer": "return=representation, resolution=merge-duplicates"}, {"email": "ann@x", "name": "Ann"}, 200, b'"name":"Ann"'),
        ({"Prefer": "return=representation, resolution=ignore-duplicates"}, {"email": "ann@x", "name": "Ann"}, 200, b'"name":"ann"'),
    ],
)
def test_one_object(people: FlaskClient, headers: dict[str, str], body: dict[str, Any], status: int, answered: bytes) -> None:
    answer = people.post("/user/?on_conflict=email", json=body, headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (status, f"http://localhost/user/{1 if status == 200 else 3}/")
    assert answered in answer.data if answered else not answer.data


def test_the_faults_of_one_object_have_no_index(people: FlaskClient) -> None:
    answer = people.post("/user/?on_conflict=email", json={"email": "ann@x", "name": None}, headers=MERGE)
    assert refusal(answer) == ("name does not validate", {"name": ["This field may not be null."]})


def test_a_list_is_shown_as_it_came(people: FlaskClient) -> None:
    headers = {"Prefer": "resolution=merge-duplicates, return=representation"}
    answer = people.post("/user/?on_conflict=email", json=SENT, headers=headers)
    assert [one["name"] for one in row(answer)["object_list"]] == ["Ben", "Cas", "Ann"]
    assert answer.headers["Preference-Applied"] == headers["Prefer"]


def test_by_the_key_where_the_client_chooses_it(people: FlaskClient) -> None:
    answer = people.post("/country/", json=[{"code": "FR", "name": "France"}, {"code": "IT"}], headers=MERGE)
    assert row(answer)["outcomes"] == ["updated", "created"]
    assert [(one["code"], one["name"]) for one in rows(people, "/country/")] == [("DE", "?"), ("FR", "France"), ("IT", "?")]


def test_by_several_fields_together(people: FlaskClient) -> None:
    sent = {"country": "FR", "badge": 1, "name": "Ben"}
    assert people.post("/user/?on_conflict=badge,country", json=sent, headers=MERGE).headers["Location"].endswith("/user/2/")
    unknown = {"country": None, "badge": 1, "name": "Dan", "email": "dan@x"}
    assert people.post("/user/?on_conflict=country,badge", json=unknown, headers=MERGE).status_code == 201
    assert names(people) == ["ann", "Ben", "Dan"]


def test_below_a_row(people: FlaskClient) -> None:
    sent = [{"badge": 1, "name": "Ben"}, {"badge": 2, "name": "Cas", "email": "cas@x"}]
    answer = people.post("/country/FR/users/?on_conflict=country,badge", json=sent, headers=MERGE)
    assert row(answer)["outcomes"] == ["updated", "created"]
    answer = people.post("/country/DE/users/?on_conflict=email", json={"email": "ann@x", "name": "a"}, headers=MERGE)
    assert refusal(answer)[1] == {"email": ["This field must be unique."]}
    answer = people.post("/user/1/tags/", json={"name": "a"}, headers=MERGE)
    assert error(answer, 400) == "Prefer: resolution has no meaning here: rows are only linked below this one"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", '"on_conflict": It has to say by which fields a row is recognized, which must be unique: email or country,badge.'),
        ("?on_conflict=name", '"on_conflict": Rows can have the same name; unique is email or country,badge.'),
        ("?on_conflict=country", '"on_conflict": Rows can have the same country; unique is email or country,badge.'),
        ("?on_conflict=email,name", '"on_conflict": Rows can have the same email and name; unique is email or country,badge.'),
        ("?on_conflict=emial", 'unknown field "emial"; did you mean "email"?'),
        ("?on_conflict=id", 'unknown field "id"'),
        ("?on_conflict=", 'unknown field ""'),
        ("?on_conflict=email&on_conflict=email", '"on_conflict": This parameter can be given once.'),
    ],
)
def test_what_recognizes_no_row(people: FlaskClient, query: str, sentence: str) -> None:
    assert error(people.post(f"/user/{query}", json=SENT, headers=MERGE), 400) == sentence


@pytest.mark.parametrize("query", ["", "?on_conflict=text"])
def test_where_nothing_is_unique_no_row_is_recognized(serve: Serve, query: str) -> None:
    answer = serve(Note).post(f"/note/{query}", json=[{"text": "a"}], headers=MERGE)
    assert error(answer, 400) == '"on_conflict": Nothing that can be sent here is unique, so no row can be recognized.'


def test_without_a_resolution_nothing_is_recognized(people: FlaskClient) -> None:
    sentence = '"on_conflict": It needs the header Prefer: resolution=merge-duplicates, or ignore-duplicates.'
    assert error(people.post("/user/?on_conflict=email", json=SENT), 400) == sentence
    assert error(people.get("/user/?on_conflict=email"), 400).startswith('"on_conflict"')


def test_a_merge_is_a_patch(people: FlaskClient) -> None:
    answer = people.post("/added/?on_conflict=email", json=SENT, headers=MERGE)
    assert error(answer, 400) == "Prefer: resolution=merge-duplicates changes rows, and this endpoint takes no PATCH"
    assert people.post("/added/?on_conflict=email", json=SENT, headers=IGNORE).status_code == 201


def test_hooks_are_called_for_what_is_written(people: FlaskClient) -> None:
    people.post("/hooked/?on_conflict=email", json=SENT, headers=MERGE)
    people.post("/hooked/?on_conflict=email", json=SENT, headers=IGNORE)
    assert sorted(Hooked.seen) == ["create", "update", "update"]
    answer = people.post("/hooked/?on_conflict=email", json=[{"email": "ann@x", "name": "refused"}], headers=MERGE)
    assert refusal(answer)[1] == {"0": {"name": ["Not this one."]}}


def test_the_queryset_holds(people: FlaskClient) -> None:
    people.patch("/user/1/", json={"age": 1})
    assert refusal(people.post("/adults/?on_conflict=email", json=[{"email": "ann@x", "name": "a"}], headers=MERGE))[1].keys() == {"0"}
    answer = people.post("/adults/?on_conflict=email", json=[{"email": "ben@x", "age": 2}], headers=MERGE)
    assert refusal(answer)[1] == {"0": {"non_field_errors": ["With these values it would be no row of adults."]}}


def test_few_statements(people: FlaskClient, store: SQLiteDataStore) -> None:
    sent = [{"email": f"{i}@x", "name": f"{i}", "country": "FR"} for i in range(1000)]
    people.post("/user/", json=sent[::2])
    for headers, most in ((IGNORE, 24), (MERGE, 1024)):
        with store.recorded() as statements:
            people.post("/user/?on_conflict=email", json=sent, headers=headers)
        assert len([text for text in statements if not text.startswith("PRAGMA")]) < most


def test_of_many_who_send_the_same_each_row_comes_once(tmp_path: Path) -> None:
    store = SQLiteDataStore(tmp_path / "rows.db", durability="normal")
    app = Wrapper([Users, Countries, Tag], datastore=store).create_app()
    start, statuses = threading.Barrier(6), []

    def send() -> None:
        start.wait()
        for i in range(10):
            body = [{"email": f"{i}@x", "name": threading.current_thread().name}]
            statuses.append(app.test_client().post("/user/?on_conflict=email", json=body, headers=MERGE).status_code)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(statuses), store[User].count()) == ([200] * 50 + [201] * 10, 10)
    store.close()
