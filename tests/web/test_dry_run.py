"""Writes that are only tried: what they would change, in whichever table, and that nothing changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import Change, Endpoint, MemoryDataStore, SQLiteDataStore, Wrapper, models, rehearsing
from pyrest.store import Store
from tests.web.answers import error, row
from tests.web.effects import ENDPOINTS, WRITES, Folder, Folders, Label, Tag, everything, fill

DRY = {"Prefer": "dry-run"}


def made(directory: Path | None) -> Store:
    return MemoryDataStore() if directory is None else SQLiteDataStore(directory / "rows.db", durability="normal")


@pytest.fixture(params=["file", "memory"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = made(tmp_path if request.param == "file" else None)
    yield store
    if isinstance(store, SQLiteDataStore):
        store.close()


@pytest.fixture
def client(anywhere: Store) -> FlaskClient:
    client = Wrapper(ENDPOINTS, datastore=anywhere).create_app().test_client()
    fill(anywhere)
    return client


def tried(client: FlaskClient, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """The answer to a write that is only tried."""
    answer = client.open(path, method=method, json=body, headers=DRY)
    assert answer.headers["Preference-Applied"] == "dry-run"
    return row(answer)


def changes(client: FlaskClient, method: str, path: str, body: Any = None) -> list[tuple[str, Any, Any, Any]]:
    found = tried(client, method, path, body)["changes"]
    return [(one["table"], one["key"], one["before"], one["after"]) for one in found]


# What is none.


@pytest.mark.parametrize("preferred", ["dry-run=true", "dry-run=1, handling=lenient", 'DRY-RUN="yes"'])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/label/", {"name": "Red"}), ("PUT", "/label/1/", {"name": "Red"}), ("DELETE", "/label/1/", None)],
)
def test_a_value_is_refused_and_nothing_is_written(
    client: FlaskClient, anywhere: Store, preferred: str, method: str, path: str, body: Any
) -> None:
    before = everything(anywhere)
    answer = client.open(path, method=method, json=body, headers={"Prefer": preferred})
    assert answer.status_code == 400 and answer.get_json()["error"].startswith("Prefer: dry-run is without a value, not")
    assert everything(anywhere) == before


@pytest.mark.parametrize(
    ("preferred", "meant"),
    [("dryrun", "dry-run"), ("Dry_Run", "dry-run"), ("wait=1, dry run", "dry-run"), ("max_affected=1", "max-affected")],
)
def test_a_slip_in_what_keeps_from_harm_is_refused(client: FlaskClient, anywhere: Store, preferred: str, meant: str) -> None:
    before = everything(anywhere)
    answer = client.delete("/label/1/", headers={"Prefer": preferred})
    assert error(answer, 400).startswith("Prefer: there is no preference ")
    assert error(answer, 400).endswith(f'; did you mean "{meant}"?')
    assert everything(anywhere) == before


OTHER_WRITES: list[tuple[str, str, Any, str]] = [
    ("POST", "/label/", [{"name": "Red"}, {"name": "Green"}], "application/json"),
    ("POST", "/label/", "name\nRed\n", "text/csv"),
    ("POST", "/label/", '{"name": "Red"}\n', "application/x-ndjson"),
    ("PATCH", "/song/?title=One", {"title": "Uno"}, "application/json"),
    ("DELETE", "/song/?title=One", None, "application/json"),
    ("PUT", "/disc/1/tags/2/", None, "application/json"),
    ("DELETE", "/disc/1/tags/1/", None, "application/json"),
    ("POST", "/disc/1/tags/", {"name": "wind"}, "application/json"),
    ("POST", "/batch/", {"requests": [{"method": "DELETE", "path": "/label/1/"}]}, "application/json"),
]


def write(client: FlaskClient, preferred: str, method: str, path: str, body: Any, kind: str) -> Any:
    sent = body if isinstance(body, str) or body is None else json.dumps(body)
    return client.open(path, method=method, data=sent, content_type=kind, headers={"Prefer": preferred})


@pytest.mark.parametrize("preferred", ["dry-run=true", "dry-run=false", "handling=lenient, dry-run=1"])
@pytest.mark.parametrize(("method", "path", "body", "kind"), OTHER_WRITES)
def test_a_value_is_refused_on_every_other_write(
    client: FlaskClient, anywhere: Store, preferred: str, method: str, path: str, body: Any, kind: str
) -> None:
    before = everything(anywhere)
    answer = write(client, preferred, method, path, body, kind)
    assert answer.status_code == 400 and answer.get_json()["error"].startswith("Prefer: dry-run is without a value, not")
    assert everything(anywhere) == before


@pytest.mark.parametrize("preferred", ["dry-run", "handling=strict, dry-run"])
@pytest.mark.parametrize(("method", "path", "body", "kind"), OTHER_WRITES)
def test_without_a_value_they_are_tried(
    client: FlaskClient, anywhere: Store, preferred: str, method: str, path: str, body: Any, kind: str
) -> None:
    before = everything(anywhere)
    answer = write(client, preferred, method, path, body, kind)
    assert answer.status_code == 200 and answer.get_json()["changes"]
    assert everything(anywhere) == before


@pytest.mark.parametrize("preferred", ["dry-run=true", "dry-run=false"])
def test_a_value_in_a_part_of_a_batch_refuses_all_of_it(client: FlaskClient, anywhere: Store, preferred: str) -> None:
    before = everything(anywhere)
    parts = [{"method": "DELETE", "path": "/folder/1/"}, {"method": "DELETE", "path": "/label/1/", "headers": {"Prefer": preferred}}]
    answer = client.post("/batch/", json={"requests": parts})
    assert answer.status_code == 400 and answer.get_json()["index"] == 1
    assert everything(anywhere) == before


@pytest.mark.parametrize(("method", "path", "body"), [("POST", "/label/", {"name": "Red"}), ("DELETE", "/label/1/", None)])
def test_strict_clients_may_try(client: FlaskClient, method: str, path: str, body: Any) -> None:
    answer = client.open(path, method=method, json=body, headers={"Prefer": "handling=strict, dry-run"})
    assert answer.status_code == 200 and answer.get_json()["changes"]


# What is told.


def test_a_create(client: FlaskClient, anywhere: Store) -> None:
    before = everything(anywhere)
    label = {"id": 2, "name": "Red", "ressource_uri": "/label/2/", "discs": []}
    found = tried(client, "POST", "/label/", {"name": "Red"})
    del label["discs"]
    assert found == {
        "status": 201,
        "headers": {"Location": "http://localhost/label/2/"},
        "body": None,
        "changes": [{"table": "label", "key": 2, "before": None, "after": label}],
        "more_changes": False,
    }
    assert everything(anywhere) == before
    assert row(client.post("/label/", json={"name": "Red"}, headers={"Prefer": "return=representation"})) == label


def test_a_change_shows_the_row_before_and_after(client: FlaskClient) -> None:
    shown = row(client.get("/song/1/"))
    assert changes(client, "PATCH", "/song/1/", {"title": "Uno"}) == [("song", 1, shown, shown | {"title": "Uno"})]
    assert row(client.get("/song/1/")) == shown


def test_what_changes_nothing(client: FlaskClient) -> None:
    assert changes(client, "PATCH", "/song/1/", {"title": "One"}) == []


def test_a_field_that_nobody_may_see_changes_without_being_shown(client: FlaskClient) -> None:
    shown = row(client.get("/label/1/"))
    assert "secret" not in shown
    assert changes(client, "PATCH", "/label/1/", {"secret": "t"}) == [("label", 1, shown, shown)]


def test_cascades_are_followed_to_the_end(client: FlaskClient, anywhere: Store) -> None:
    before = everything(anywhere)
    found = changes(client, "DELETE", "/label/1/")
    gone = [(table, key) for table, key, old, new in found if new is None]
    assert set(gone) == {key for key in before if key[0] not in ("tag", "play", "folder")}
    plays = [(old, new) for table, _, old, new in found if table == "play"]
    assert [(old.get("song"), new.get("song")) for old, new in plays] == [(1, None), (2, None), (None, None)]
    assert plays[2] == ({}, {})
    joined = [(old, new) for table, _, old, new in found if table == "disc_tags"]
    assert joined == [({}, None), ({}, None)]
    assert everything(anywhere) == before


def test_rows_that_take_others_of_their_own_table_along(client: FlaskClient) -> None:
    assert [key for _, key, _, new in changes(client, "DELETE", "/folder/1/") if new is None] == [1, 2, 3]


def test_nested_objects(client: FlaskClient) -> None:
    body = {"songs": [{"id": 1, "title": "Uno"}, {"title": "New"}]}
    found = changes(client, "PATCH", "/disc/1/", body)
    assert [(table, key, old and old.get("title"), new and new.get("title")) for table, key, old, new in found] == [
        ("song", 1, "One", "Uno"),
        ("song", 2, "Two", None),
        ("song", 4, None, "New"),
        ("play", 2, None, None),
        ("play", 3, {}, {}),
    ]


def test_rows_below_a_row_and_links(client: FlaskClient) -> None:
    assert [one[:2] for one in changes(client, "POST", "/label/1/discs/", {"title": "New"})] == [("disc", 3)]
    assert changes(client, "PUT", "/disc/1/tags/2/") == [("disc_tags", 3, None, {})]
    assert [one[:3] for one in changes(client, "DELETE", "/disc/1/tags/1/")] == [("disc_tags", 1, {})]


def test_a_batch(client: FlaskClient, anywhere: Store) -> None:
    before = everything(anywhere)
    requests = [
        {"method": "POST", "path": "/label/", "body": {"name": "Red"}, "id": "red"},
        {"method": "PATCH", "path": "/disc/1/", "body": {"label": {"$key": "red"}}},
        {"method": "DELETE", "path": "/label/1/"},
        {"method": "GET", "path": "/disc/?label=2"},
    ]
    found = tried(client, "POST", "/batch/", {"requests": requests})
    assert [one["status"] for one in found["body"]["responses"]] == [201, 200, 204, 200]
    assert found["body"]["responses"][3]["body"]["meta"]["total_count"] == 1
    assert [(one["table"], one["key"]) for one in found["changes"] if one["table"] in ("label", "disc")] == [
        ("label", 1),
        ("label", 2),
        ("disc", 1),
        ("disc", 2),
    ]
    assert everything(anywhere) == before


def test_a_part_of_a_batch_may_be_tried_alone(client: FlaskClient, anywhere: Store) -> None:
    requests = [
        {"method": "DELETE", "path": "/label/1/", "headers": {"Prefer": "dry-run"}},
        {"method": "POST", "path": "/tag/", "body": {"name": "fog"}},
    ]
    answer = row(client.post("/batch/", json={"requests": requests}))
    assert answer["responses"][0]["headers"] == {"Preference-Applied": "dry-run"}
    assert len(answer["responses"][0]["body"]["changes"]) == 11
    assert (anywhere[Label].count(), anywhere[Tag].count()) == (1, 3)
    within = tried(client, "POST", "/batch/", {"requests": requests})
    assert [one["table"] for one in within["changes"]] == ["tag"]


def test_an_upload(client: FlaskClient, anywhere: Store) -> None:
    lines = b'{"name": "a"}\n{"name": "b"}\n'
    answer = client.post("/tag/", data=lines, content_type="application/x-ndjson", headers=DRY)
    assert (row(answer)["status"], row(answer)["body"]) == (201, {"created": 2})
    assert [(one["key"], one["after"]) for one in row(answer)["changes"]] == [(3, {}), (4, {})]
    assert anywhere[Tag].count() == 2


def test_more_changes_than_are_shown(client: FlaskClient, anywhere: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsing, "MAX_CHANGES", 3)
    found = tried(client, "DELETE", "/label/1/")
    assert (len(found["changes"]), found["more_changes"]) == (3, True)
    found = tried(client, "DELETE", "/folder/1/")
    assert (len(found["changes"]), found["more_changes"]) == (3, False)


# What is not told, or refused.


def test_a_refusal_is_as_ever(client: FlaskClient, anywhere: Store) -> None:
    before = everything(anywhere)
    for method, path, body in (
        ("POST", "/song/", {"title": 1}),
        ("PATCH", "/song/9/", {}),
        ("DELETE", "/tag/1/?x=1", None),
        ("POST", "/label/", {"name": "Blue"}),
        ("POST", "/batch/", {"requests": [{"method": "DELETE", "path": "/song/1/"}, {"method": "GET", "path": "/nothing/"}]}),
    ):
        real, dry = (client.open(path, method=method, json=body, headers=headers) for headers in ({}, DRY))
        assert real.status_code >= 400
        assert (dry.status, dry.json) == (real.status, real.json)
        assert "Preference-Applied" not in dry.headers
    assert everything(anywhere) == before


@pytest.mark.parametrize("prefer", ["dry-run", "DRY-RUN", "return=minimal, dry-run", 'a="x, y";z, dry-run;b=1', "respond-async,  dry-run "])
def test_how_it_is_asked_for(client: FlaskClient, anywhere: Store, prefer: str) -> None:
    assert row(client.post("/tag/", json={"name": "a"}, headers={"Prefer": prefer}))["status"] == 201
    assert anywhere[Tag].count() == 2


@pytest.mark.parametrize("prefer", ["dry", "return=dry-run", 'a="x, dry-run"', "", "x;dry-run"])
def test_how_it_is_not(client: FlaskClient, anywhere: Store, prefer: str) -> None:
    assert client.post("/tag/", json={"name": "a"}, headers={"Prefer": prefer}).status_code == 201
    assert anywhere[Tag].count() == 3


def test_reading_has_nothing_to_try(client: FlaskClient) -> None:
    assert client.get("/song/1/", headers=DRY).data == client.get("/song/1/").data


def test_a_key_is_not_used_up(client: FlaskClient, anywhere: Store) -> None:
    for headers in (DRY, DRY, {}):
        answer = client.post("/tag/", json={"name": "a"}, headers={"Idempotency-Key": "k", **headers})
        assert answer.status_code == (200 if headers else 201)
    assert anywhere[Tag].count() == 3


def test_hooks_run_and_may_know(anywhere: Store) -> None:
    told: list[bool] = []

    class Logged(Endpoint):
        model = Tag

        def after_write(self, change: Change) -> None:
            told.append(change.store.rehearsing)
            change.store[Folder].create()

    client = Wrapper([Logged], datastore=anywhere, models=[Folder]).create_app().test_client()
    assert changes(client, "POST", "/tag/", {"name": "a"})[1:] == [("folder", 1, None, {})]
    client.post("/tag/", json={"name": "a"})
    assert told == [True, False]
    assert anywhere[Folder].count() == 1


# In a file.


def test_nothing_is_left_on_the_connection_or_in_the_file(tmp_path: Path) -> None:
    store = SQLiteDataStore(tmp_path / "rows.db", durability="normal")
    client = Wrapper(ENDPOINTS, datastore=store).create_app().test_client()
    fill(store)
    with closing(sqlite3.connect(tmp_path / "rows.db")) as other:
        version = other.execute("PRAGMA data_version").fetchall()
        schema = other.execute("PRAGMA schema_version").fetchall()
        tried(client, "DELETE", "/label/1/")
        assert client.post("/label/", json={}, headers=DRY).status_code == 400
        assert other.execute("PRAGMA data_version").fetchall() == version
        assert other.execute("PRAGMA schema_version").fetchall() == schema
    assert store[Label].count() == 1
    session = store._connections.session()
    assert session.rows("SELECT name FROM sqlite_temp_schema") == []
    assert client.delete("/label/1/").status_code == 204
    store.close()


def test_what_a_file_does_by_itself_is_seen_too(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "rows.db", isolation_level=None)) as file:
        file.execute('CREATE TABLE "tag" (id INTEGER PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID')
        file.execute('CREATE TABLE "folder" (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES folder ON DELETE CASCADE)')
        file.execute('CREATE TRIGGER t AFTER INSERT ON "tag" BEGIN INSERT INTO folder VALUES (NEW.id + 10, NULL); END')
        file.execute("CREATE VIEW names AS SELECT id, name FROM tag")
    store = SQLiteDataStore(tmp_path / "rows.db", durability="normal")

    class Name(models.Model):
        id = models.PkField()
        name = models.StringField(required=True)

        class Meta:
            table = "names"

    class AllTags(Endpoint):
        model = Tag

    client = Wrapper([AllTags, Folders, Name], datastore=store).create_app().test_client()
    found = changes(client, "POST", "/tag/", {"name": "a"})
    assert [one[:3] for one in found] == [("tag", 1, None), ("folder", 11, None)]
    store.close()


# Whatever is written.


READABLE = ("label", "disc", "song", "play", "folder")


def shown(client: FlaskClient) -> dict[tuple[str, Any], Any]:
    """All that a client may see, by table and key."""
    lists = {name: row(client.get(f"/{name}/?count=100"))["object_list"] for name in READABLE}
    return {(name, found["id"]): found for name, rows in lists.items() for found in rows}


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_what_is_told_is_what_happens(kind: str, tmp_path_factory: pytest.TempPathFactory, full: bool) -> None:
    @settings(max_examples=150 if full else 15, deadline=None)
    @given(st.lists(WRITES, min_size=1, max_size=6))
    def run(steps: list[tuple[str, str, Any]]) -> None:
        store = made(tmp_path_factory.mktemp("rows") if kind == "file" else None)
        client = Wrapper(ENDPOINTS, datastore=store).create_app().test_client()
        fill(store)
        for method, path, body in steps:
            rows, seen = everything(store), shown(client)
            dry = client.open(path, method=method, json=body, headers=DRY)
            assert everything(store) == rows
            real = client.open(path, method=method, json=body)
            if real.status_code >= 400:
                assert (dry.status, dry.json) == (real.status, real.json)
                assert everything(store) == rows
                continue
            told = {(one["table"], one["key"]): (one["before"], one["after"]) for one in row(dry)["changes"]}
            now = everything(store)
            assert told.keys() == {key for key in rows.keys() | now.keys() if rows.get(key) != now.get(key)}
            then = shown(client)
            for name, (before, after) in told.items():
                assert before == (seen.get(name, {}) if name in rows else None)
                assert after == (then.get(name, {}) if name in now else None)
            assert (row(dry)["status"], row(dry)["body"]) == (real.status_code, real.get_json() if real.data else None)
        if isinstance(store, SQLiteDataStore):
            store.close()

    run()
