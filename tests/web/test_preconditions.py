"""`If-Match` and `If-None-Match` on writes (RFC 9110, section 13): of what a row is, and by whom it is overwritten."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Change, Endpoint, MemoryDataStore, SQLiteDataStore, ValidationError, Wrapper, models
from tests.web.answers import error, row
from tests.web.conftest import Serve


class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    count = models.IntegerField(default=0)
    labels = models.ManyToManyField("label")


class Label(models.Model):
    name = models.StringPkField()
    colour = models.StringField(default="blue")


class Notes(Endpoint):
    model = Note
    nested = ("labels",)


class Labels(Endpoint):
    model = Label


class Guarded(Endpoint):
    model = Label
    name = "guarded"
    require_preconditions = True


@pytest.fixture
def notes(serve: Serve) -> FlaskClient:
    client = serve(Notes, Labels, Guarded)
    client.post("/label/", json={"name": "red"})
    client.post("/note/", json={"text": "one", "labels": ["red"]})
    return client


def tag(client: FlaskClient, path: str = "/note/1/") -> str:
    return client.get(path).headers["ETag"]


def ask(client: FlaskClient, method: str, path: str = "/note/1/", body: Any = None, **headers: str) -> Any:
    sent = {"text": "two"} if body is None else body
    return client.open(path, method=method, json=sent, headers={name.replace("_", "-"): value for name, value in headers.items()})


WRITES = ("PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("method", WRITES)
def test_a_row_that_is_as_it_was_is_written(notes: FlaskClient, method: str) -> None:
    assert ask(notes, method, If_Match=tag(notes)).status_code in (200, 204)


@pytest.mark.parametrize("method", WRITES)
def test_a_row_that_has_changed_is_left_alone(notes: FlaskClient, method: str) -> None:
    old = tag(notes)
    now = ask(notes, "PATCH", body={"count": 1}).headers["ETag"]
    answer = ask(notes, method, If_Match=old)
    assert error(answer, 412) == "If-Match: the row is not as you know it any more; get it again"
    assert answer.headers["ETag"] == now == tag(notes)
    assert row(notes.get("/note/1/"))["text"] == "one"


@pytest.mark.parametrize(
    ("match", "status"),
    [
        ("*", 200),
        (" * ", 200),
        ("{tag}", 200),
        ('"other", {tag}', 200),
        ('"other",{tag} , W/"weak"', 200),
        (", {tag},", 200),
        ('"other"', 412),
        ("W/{tag}", 412),
        ('""', 412),
        ("other", 400),
        ('"a" "b"', 400),
        ('"*" , *', 400),
        ("", 400),
    ],
)
def test_what_matches(notes: FlaskClient, match: str, status: int) -> None:
    assert ask(notes, "PATCH", If_Match=match.format(tag=tag(notes))).status_code == status


def test_a_weak_tag_is_told(notes: FlaskClient) -> None:
    answer = ask(notes, "PATCH", If_Match=f"W/{tag(notes)}")
    assert error(answer, 412) == "If-Match: a weak tag, which begins with W/, matches nothing; send the ETag as it came"


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(("none_match", "status"), [("*", 412), ("{tag}", 412), ("W/{tag}", 412), ('"other"', 200), ("other", 400)])
def test_what_must_not_match(notes: FlaskClient, method: str, none_match: str, status: int) -> None:
    answer = ask(notes, method, If_None_Match=none_match.format(tag=tag(notes)))
    assert answer.status_code == (204 if (method, status) == ("DELETE", 200) else status)


@pytest.mark.parametrize(
    ("none_match", "sentence"),
    [
        ("*", "If-None-Match: there is such a row already"),
        ("{tag}", "If-None-Match: the row has this tag; to write it only while it has, send the tag as If-Match"),
    ],
)
def test_why_it_must_not_match_is_told(notes: FlaskClient, none_match: str, sentence: str) -> None:
    assert error(ask(notes, "PATCH", If_None_Match=none_match.format(tag=tag(notes))), 412) == sentence


def test_both_must_hold(notes: FlaskClient) -> None:
    assert ask(notes, "PATCH", If_Match="*", If_None_Match="*").status_code == 412
    assert ask(notes, "PATCH", If_Match=tag(notes), If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("match", ["*", '"any"'])
def test_a_row_that_is_not_there_is_not_found_in_any_case(notes: FlaskClient, method: str, match: str) -> None:
    """A condition is not looked at where the request would fail without it (RFC 9110, section 13.2.1)."""
    assert error(ask(notes, method, "/note/9/", If_Match=match), 404) == "there is no such row in note"


def test_the_condition_comes_before_the_body(notes: FlaskClient) -> None:
    assert ask(notes, "PATCH", body={"text": None}, If_Match='"other"').status_code == 412
    assert ask(notes, "PATCH", body={"text": None}, If_Match=tag(notes)).status_code == 400


def test_a_patch_that_changes_nothing_changes_no_tag(notes: FlaskClient) -> None:
    before = tag(notes)
    answer = ask(notes, "PATCH", body={"text": "one", "count": 0})
    assert (answer.headers["ETag"], tag(notes)) == (before, before)
    assert ask(notes, "PATCH", body={}, If_Match=before).headers["ETag"] == before


def test_what_a_patch_answers_is_good_for_the_next_one(notes: FlaskClient) -> None:
    known = tag(notes)
    for count in (1, 2, 3):
        known = ask(notes, "PATCH", body={"count": count}, If_Match=known).headers["ETag"]
    assert row(notes.get("/note/1/"))["count"] == 3


def test_a_put_that_is_stored_as_it_was_sent_has_a_tag(notes: FlaskClient) -> None:
    """RFC 9110, section 9.3.4."""
    whole = row(notes.get("/note/1/")) | {"count": 5}
    answer = ask(notes, "PUT", body=whole, If_Match=tag(notes))
    assert answer.headers["ETag"] == tag(notes)
    assert ask(notes, "PUT", body=whole | {"count": "6"}).status_code == 400
    assert "ETag" not in ask(notes, "PUT", body={"text": "two"}).headers


def test_the_tag_is_that_of_the_form_in_which_the_row_was_shown(notes: FlaskClient) -> None:
    wide = notes.get("/note/1/", headers={"Accept": "application/json;indent=2"}).headers["ETag"]
    assert wide != tag(notes)
    assert ask(notes, "PATCH", If_Match=wide).status_code == 412
    assert ask(notes, "PATCH", If_Match=wide, Accept="application/json;indent=2").status_code == 200


def test_related_rows_count_as_far_as_they_are_shown(notes: FlaskClient) -> None:
    known = tag(notes)
    notes.patch("/label/red/", json={"colour": "dark red"})
    assert tag(notes) == known
    ask(notes, "DELETE", "/note/1/labels/red/")
    assert ask(notes, "PATCH", If_Match=known).status_code == 412


def test_what_a_hook_refuses_is_not_written(serve: Serve) -> None:
    class Refusing(Notes):
        def before_write(self, change: Change) -> None:
            if change.action != "create":
                raise ValidationError("Never.")

    client = serve(Refusing, Labels)
    client.post("/note/", json={"text": "one"})
    assert ask(client, "DELETE", If_Match='"other"').status_code == 412
    assert ask(client, "DELETE", If_Match=tag(client)).status_code == 400


# Rows below rows.


class Shelf(models.Model):
    id = models.PkField()


class Book(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    shelf = models.ForeignKey(Shelf, related_name="books")


class Shelves(Endpoint):
    model = Shelf
    nested = ("books",)


@pytest.mark.parametrize("method", WRITES)
def test_below_a_row(serve: Serve, method: str) -> None:
    client = serve(Shelves, Book)
    client.post("/shelf/", json={})
    client.post("/shelf/1/books/", json={"title": "one"})
    path = "/shelf/1/books/1/"
    assert tag(client, path) == tag(client, "/book/1/")
    assert ask(client, method, path, {"title": "two"}, If_Match='"other"').status_code == 412
    assert ask(client, method, path, {"title": "two"}, If_Match=tag(client, path)).status_code in (200, 204)


def test_a_link_is_there_or_not(notes: FlaskClient) -> None:
    notes.post("/label/", json={"name": "blue"})
    path = "/note/1/labels/blue/"
    assert notes.put(path, headers={"If-Match": "*"}).status_code == 412
    assert notes.put(path, headers={"If-None-Match": "*"}).status_code == 204
    assert notes.put(path, headers={"If-None-Match": "*"}).status_code == 412
    assert notes.delete(path, headers={"If-Match": '"other"'}).status_code == 412
    assert notes.delete(path, headers={"If-Match": tag(notes, path)}).status_code == 204
    assert notes.put("/note/1/labels/none/", headers={"If-Match": "*"}).status_code == 404


# Endpoints that demand a condition.


@pytest.mark.parametrize(
    ("method", "more"), [("PUT", ", or If-None-Match: * to create it"), ("PATCH", ""), ("DELETE", "")]
)
def test_a_condition_may_be_demanded(notes: FlaskClient, method: str, more: str) -> None:
    body = {"name": "red", "colour": "dark"}
    sentence = error(ask(notes, method, "/guarded/red/", body), 428)
    assert sentence == f"send the header If-Match with the row's ETag, which GET gives{more}"
    assert ask(notes, method, "/guarded/red/", body, If_None_Match='"other"').status_code == 428
    assert ask(notes, method, "/guarded/red/", body, If_Match=tag(notes, "/guarded/red/")).status_code in (200, 204)


def test_what_is_demanded_of_put_lets_it_create(notes: FlaskClient) -> None:
    assert ask(notes, "PUT", "/guarded/new/", {}, If_None_Match="*").status_code == 201
    assert ask(notes, "PUT", "/guarded/new/", {}, If_None_Match="*").status_code == 412
    assert notes.post("/guarded/", json={"name": "posted"}).status_code == 201


def test_a_merge_would_go_around_the_condition(notes: FlaskClient) -> None:
    answer = notes.post("/guarded/", json={"name": "red"}, headers={"Prefer": "resolution=merge-duplicates"})
    assert error(answer, 428) == "rows are changed one by one here: send PATCH or PUT to each, with If-Match and its ETag"


# Many writers.


@pytest.fixture(params=["memory", "sqlite"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    store: Any = MemoryDataStore() if request.param == "memory" else SQLiteDataStore(tmp_path / "rows.db", durability="normal")
    yield Wrapper([Notes, Labels], datastore=store).create_app()
    if request.param == "sqlite":
        store.close()


@pytest.mark.parametrize("method", WRITES)
def test_of_writers_with_one_tag_exactly_one_wins(shared: Any, method: str) -> None:
    for _ in range(5):
        path = shared.test_client().post("/note/", json={"text": "new"}).headers["Location"]
        known, start = tag(shared.test_client(), path), threading.Barrier(8)
        found: list[int] = []

        def write(number: int, path: str = path, known: str = known, start: threading.Barrier = start, found: list[int] = found) -> None:
            start.wait()
            found.append(ask(shared.test_client(), method, path, {"text": f"of {number}"}, If_Match=known).status_code)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won, lost = (204, 404) if method == "DELETE" else (200, 412)
        assert sorted(found) == sorted([won] + [lost] * 7)


def test_of_creators_of_one_key_exactly_one_wins(shared: Any) -> None:
    start = threading.Barrier(8)
    found: list[int] = []

    def create() -> None:
        start.wait()
        found.append(ask(shared.test_client(), "PUT", "/label/new/", {}, If_None_Match="*").status_code)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [201] + [412] * 7
