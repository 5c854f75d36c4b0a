"""Writes of many rows do what the same writes of single rows do, on both stores; what fails leaves all as it was."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import Change, Endpoint, MemoryDataStore, SQLiteDataStore, ValidationError, Wrapper, models
from tests.web.answers import rows


class Team(models.Model):
    name = models.StringPkField()


class Player(models.Model):
    id = models.PkField()
    name = models.StringField(required=True, max_length=2)
    number = models.IntegerField(min=0)
    code = models.StringField(unique=True)
    team = models.ForeignKey(Team, on_delete="cascade", related_name="players")

    class Meta:
        unique_together = [("team", "number")]


class Players(Endpoint):
    model = Player
    list_methods = ("GET", "POST", "PATCH", "DELETE")


class Hooked(Players):
    name = "hooked"

    def before_write(self, change: Change) -> None:
        if change.data.get("number") == 3:
            raise ValidationError({"number": ["Not three."]})


def client(kind: str) -> FlaskClient:
    store: Any = MemoryDataStore() if kind == "memory" else SQLiteDataStore(":memory:")
    found = Wrapper([Players, Hooked, Team], datastore=store).create_app().test_client()
    for name in ("a", "b"):
        found.post("/team/", json={"name": name})
    return found


NAMES = st.sampled_from(["x", "y", "zz", "long", None])
NUMBERS = st.sampled_from([None, 0, 1, 2, 3, -1])
TEAMS = st.sampled_from([None, "a", "b", "none"])
CODES = st.sampled_from([None, "c", "d", "e", "f"])
BODY = st.fixed_dictionaries({"name": NAMES}, optional={"number": NUMBERS, "team": TEAMS, "code": CODES})
SOUND = st.fixed_dictionaries(
    {"name": st.sampled_from(["x", "y"]), "code": CODES},
    optional={"number": st.sampled_from([None, 0, 1]), "team": st.sampled_from([None, "a", "b"])},
)
PATCH = st.fixed_dictionaries({}, optional={"name": NAMES, "number": NUMBERS, "team": TEAMS, "code": CODES})
BOTH = pytest.mark.parametrize("kind", ["memory", "sqlite"])
PATHS = st.sampled_from(["/player/", "/hooked/"])
QUERY = st.sampled_from(["team=a", "number__gte=1", "name=x", "or=(team=b,number=0)", "team=", "id__gt=0"])


def same_rows(one: FlaskClient, other: FlaskClient) -> bool:
    """Whether two applications hold the same, but for keys that were given and taken back."""
    first, second = ([{n: v for n, v in p.items() if n not in ("id", "ressource_uri")} for p in rows(c, "/player/")] for c in (one, other))
    return first == second


@BOTH
@settings(max_examples=40, deadline=None)
@given(path=PATHS, bodies=st.lists(st.one_of(SOUND, BODY), max_size=6))
def test_a_list_is_created_as_its_objects_are(kind: str, path: str, bodies: list[Any]) -> None:
    whole, single = client(kind), client(kind)
    answers = [single.post(path, json=body) for body in bodies]
    refused = {str(i): answer.get_json()["errors"] for i, answer in enumerate(answers) if answer.status_code == 400}
    answer = whole.post(path, json=bodies)
    if refused:
        # An object that is refused for itself stands in nobody's way; one that collides with another is refused by either order.
        assert (answer.status_code, answer.get_json()["errors"]) == (400, refused)
        assert rows(whole, "/player/") == []
    else:
        assert answer.status_code == 201
        assert same_rows(whole, single)


@BOTH
@settings(max_examples=40, deadline=None)
@given(path=PATHS, there=st.lists(SOUND, max_size=5), query=QUERY, patch=PATCH)
def test_rows_are_patched_as_each_of_them_is(kind: str, path: str, there: list[Any], query: str, patch: dict[str, Any]) -> None:
    whole, single = client(kind), client(kind)
    for body in there:
        assert whole.post("/player/", json=body).status_code == single.post("/player/", json=body).status_code
    before = rows(whole, "/player/")
    chosen = [one["ressource_uri"] for one in rows(single, f"/player/?{query}")]
    statuses = {single.patch(uri.replace("/player/", path), json=patch).status_code for uri in chosen}
    answer = whole.patch(f"{path}?{query}", json=patch)
    if answer.status_code == 200:
        assert (statuses <= {200}, answer.get_json()) == (True, {"affected": len(chosen)})
        assert same_rows(whole, single)
    else:
        # A body is looked at even where it is for no row.
        assert answer.status_code in (400, 409)
        assert statuses != {200}
        assert rows(whole, "/player/") == before


@BOTH
@settings(max_examples=25, deadline=None)
@given(path=PATHS, there=st.lists(SOUND, max_size=6), query=QUERY)
def test_rows_are_deleted_as_each_of_them_is(kind: str, path: str, there: list[Any], query: str) -> None:
    whole = client(kind)
    for body in there:
        whole.post("/player/", json=body)
    left = [one for one in rows(whole, "/player/") if one not in rows(whole, f"/player/?{query}")]
    affected = len(rows(whole, "/player/")) - len(left)
    assert whole.delete(f"{path}?{query}").get_json() == {"affected": affected}
    assert rows(whole, "/player/") == left


@BOTH
@settings(max_examples=40, deadline=None)
@given(
    path=PATHS,
    there=st.lists(SOUND, max_size=4),
    bodies=st.lists(st.one_of(SOUND, BODY), max_size=5, unique_by=lambda body: body.get("code") or id(body)),
    resolution=st.sampled_from(["merge", "ignore"]),
)
def test_objects_are_recognized_as_one_by_one(kind: str, path: str, there: list[Any], bodies: list[Any], resolution: str) -> None:
    whole, single = client(kind), client(kind)
    for body in there:
        assert whole.post("/player/", json=body).status_code == single.post("/player/", json=body).status_code
    before, asked = rows(whole, "/player/"), f"{path}?on_conflict=code"
    headers = {"Prefer": f"resolution={resolution}-duplicates"}
    found = {one["code"] for one in before if one["code"] is not None}
    # New rows are stored before others are changed: so the order among them is the one of a list.
    order = sorted(bodies, key=lambda body: body.get("code") in found)
    statuses = [single.post(asked, json=body, headers=headers).status_code for body in order]
    answer = whole.post(asked, json=bodies, headers=headers)
    assert (answer.status_code < 300) is all(status < 300 for status in statuses)
    if answer.status_code < 300:
        known = "updated" if resolution == "merge" else "ignored"
        assert answer.get_json()["outcomes"] == [known if body.get("code") in found else "created" for body in bodies]
        assert same_rows(whole, single)
    else:
        assert rows(whole, "/player/") == before
