"""A nested write that fails anywhere leaves nothing behind."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, SQLiteDataStore
from pyrest.errors import StillReferenced, UniqueViolated
from pyrest.serializers import ModelSerializer, ValidationError
from pyrest.store import Store
from tests.serializers.library import (
    ALBUM,
    MODELS,
    T1,
    TAG,
    Album,
    Artist,
    Json,
    Tag,
    Track,
    Writer,
    client_of,
    contents,
    serializer,
    tracks,
)

# A write that fails leaves nothing behind.


class Broken(Exception):
    """A fault of the user's own code."""


class TakesThree(ModelSerializer):
    """A track whose methods fail for the one that is called like it should."""

    class Meta:
        model = Track
        fields = ("id", "order", "title", "code")
        validators = ()

    def validate_title(self, value: str) -> str:
        if value == "validate_title":
            raise Broken
        return value

    def validate(self, attrs: Json) -> Json:
        if attrs["title"] == "validate":
            raise Broken
        return attrs


class Failing(ModelSerializer):
    """An album that is written, and then taken back where its title says so."""

    tracks = TakesThree(many=True)
    tags = TAG(many=True, required=False)

    class Meta:
        model = Album
        fields = ("id", "title", "tracks", "tags")
        nested = {"tracks": {"missing": "delete"}, "tags": {"missing": "delete"}}

    def create(self, validated_data: Any) -> Any:
        return self.unless_broken(super().create(validated_data))

    def update(self, instance: Any, validated_data: Any) -> Any:
        return self.unless_broken(super().update(instance, validated_data))

    def unless_broken(self, row: Any) -> Any:
        if row.title == "create":
            raise Broken
        if row.title == "twice":
            self.store[Tag].create(name="live")
        return row


GOOD: Json = {
    "title": "New",
    "tracks": [{"order": 2, "title": "new"}, {"order": 3, "title": "newer", "code": "c3"}],
    "tags": [{"name": "new"}],
}
"""It deletes the tracks that are there, and a tag, and makes others."""

FAILURES: dict[str, tuple[Callable[[Json], object], type[Exception], int]] = {
    "the last child is no object": (lambda body: body["tracks"].append(5), ValidationError, 400),
    "a tag that is there": (lambda body: body["tags"].append({"name": "live"}), ValidationError, 400),
    "two tracks of one code": (lambda body: body["tracks"].append({"order": 9, "title": "x", "code": "c3"}), ValidationError, 400),
    "a constraint": (lambda body: body["tracks"].append({"order": 2, "title": "the set is not looked at"}), UniqueViolated, 409),
    "a constraint in a method": (lambda body: body.update(title="twice"), UniqueViolated, 409),
    "a method for a field": (lambda body: body["tracks"].append({"order": 9, "title": "validate_title"}), Broken, 500),
    "a method for an object": (lambda body: body["tracks"].append({"order": 9, "title": "validate"}), Broken, 500),
    "a method that writes": (lambda body: body.update(title="create"), Broken, 500),
}


@pytest.fixture
def failing(store: Store) -> Store:
    """An album with two tracks and a tag; a tag of nobody's."""
    album = store[Album].create(title="Blue")
    store[Track].bulk_create([{"album": album, "order": n, "title": f"T{n}", "code": f"c{n}"} for n in (2, 3)])
    album.tags.create(name="folk")
    store[Tag].create(name="live")
    return store


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("failure", FAILURES)
def test_alone_a_failure_leaves_nothing_behind(failing: Store, method: str, failure: str) -> None:
    spoil, error, _ = FAILURES[failure]
    body = copy.deepcopy(GOOD)
    spoil(body)
    row = failing[Album].get(pk=1) if method == "PUT" else None
    before = contents(failing)
    used = Failing(row, data=fit_for(method, body), store=failing)
    with pytest.raises(error):
        used.is_valid(raise_exception=True)
        used.save()
    assert contents(failing) == before


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("failure", FAILURES)
def test_over_http_a_failure_leaves_nothing_behind(failing: Store, method: str, failure: str) -> None:
    spoil, _, status = FAILURES[failure]
    body = copy.deepcopy(GOOD)
    spoil(body)
    assert_refused(failing, client_of(failing, Failing), method, fit_for(method, body), status)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_without_the_failure_it_is_written(failing: Store, method: str) -> None:
    client = client_of(failing, Failing)
    answer = client.open("/rows/" if method == "POST" else "/rows/1/", method=method, json=fit_for(method, GOOD))
    assert answer.status_code == (201 if method == "POST" else 200)
    assert [tag.name for tag in failing[Tag].all()] == (["folk", "live", "new"] if method == "POST" else ["live", "new"])


def fit_for(method: str, body: Json) -> Json:
    """The codes of the rows that stay are in a new one's way."""
    return body if method == "PUT" else body | {"tracks": [t if t != GOOD["tracks"][1] else t | {"code": "c9"} for t in body["tracks"]]}


def assert_refused(store: Store, client: FlaskClient, method: str, body: Json, status: int) -> None:
    client.application.testing = False
    before = contents(store)
    path = "/rows/" if method == "POST" else "/rows/1/"
    assert client.open(path, method=method, json=body).status_code == status
    assert contents(store) == before


@pytest.mark.parametrize("hook", ["before_write", "after_write"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(("error", "status"), [(ValidationError("No."), 400), (Broken(), 500)], ids=["refused", "broken"])
def test_a_hook_that_fails_leaves_nothing_behind(failing: Store, hook: str, method: str, error: Exception, status: int) -> None:
    def fail(self: Any, change: Change) -> None:
        raise error

    assert_refused(failing, client_of(failing, Failing, **{hook: fail}), method, fit_for(method, GOOD), status)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_row_that_is_still_used_keeps_all_from_being_written(write: Writer, method: str) -> None:
    store = write.store
    store[Artist].create(name="Joni").albums.create(title="Blue").discs.create(code="a")
    kind = serializer(Artist, "id", "name", albums=ALBUM(many=True), nested={"albums": {"missing": "delete"}})
    body = {"name": "New", "albums": [{"title": "Hejira", "tracks": [T1]}]}
    assert_refused(store, client_of(store, kind), method, body, 409)
    used = kind(store[Artist].get(pk=1), data=body, store=store, partial=method == "PATCH")
    assert used.is_valid()
    before = contents(store)
    with pytest.raises(StillReferenced):
        used.save()
    assert contents(store) == before


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_a_trigger_refuses_leaves_nothing_behind(tmp_path: Path, method: str) -> None:
    with closing(SQLiteDataStore(tmp_path / "rows.db", models=MODELS, durability="normal")) as store:
        store[Album].create(title="Blue").tracks.create(order=1, title="T1")
        with closing(sqlite3.connect(tmp_path / "rows.db")) as file:
            file.execute("CREATE TRIGGER no_nines BEFORE INSERT ON track WHEN NEW.\"order\" = 9 BEGIN SELECT RAISE(ABORT, 'no'); END")
        assert_refused(store, client_of(store, ALBUM), method, {"title": "New", "tracks": tracks(8, 9)}, 409)
