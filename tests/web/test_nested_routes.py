"""Routes inside routes: `/albums/1/tracks/` and `/albums/1/tracks/3/`, for every relation that leads to several rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import Change, Endpoint, MemoryDataStore, Misdeclared, QuerySet, SQLiteDataStore, ValidationError, Wrapper, models
from pyrest.serializers import HyperlinkedIdentityField, HyperlinkedRelatedField, ModelSerializer, SlugRelatedField, StringRelatedField
from tests.web.answers import SHOW, error, refusal, row, rows
from tests.web.conftest import Serve

Json = dict[str, Any]


class Tag(models.Model):
    id = models.PkField()
    name = models.SlugField(required=True, unique=True)


class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    content_type = models.StringField()
    object_id = models.IntegerField()
    of = models.GenericForeignKey()


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    tags = models.ManyToManyField(Tag, related_name="albums")
    like = models.ManyToManyField("album", related_name="liked_by")
    notes = models.GenericRelation(Note)

    def __str__(self) -> str:
        return self.title


class Track(models.Model):
    id = models.PkField()
    album = models.ForeignKey(Album, required=True, related_name="tracks", on_delete="cascade")
    order = models.IntegerField(required=True)
    title = models.StringField(default="-")

    class Meta:
        unique_together = ("album", "order")


class Folder(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    parent = models.ForeignKey("folder", related_name="children")


class Albums(Endpoint):
    model = Album
    name = "albums"
    fields = ("id", "title")
    nested = ("tracks", "tags", "notes", "like", "liked_by")


class Tracks(Endpoint):
    model = Track
    name = "tracks"


class Tags(Endpoint):
    model = Tag
    name = "tags"
    nested = ("albums",)


@pytest.fixture
def client(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    """Two albums: the first has the tracks 1 and 2 and the tags 1 and 2, the second the track 3. The tag 3 is nobody's."""
    client = serve(Albums, Tracks, Tags, Note)
    blue, hejira = store[Album].bulk_create([{"title": "Blue"}, {"title": "Hejira"}])
    blue.tracks.bulk_create([{"order": 1, "title": "Carey"}, {"order": 2, "title": "River"}])
    hejira.tracks.create(order=1, title="Coyote")
    tags = store[Tag].bulk_create([{"name": name} for name in ("folk", "jazz", "live")])
    blue.tags.add(*tags[:2])
    blue.notes.create(text="fine")
    hejira.notes.create(text="finer")
    return client


def ids(answer: TestResponse) -> list[int]:
    return [one["id"] for one in row(answer)["object_list"]]


# The rows that point at one.


def test_the_list_holds_the_rows_of_one_parent(client: FlaskClient) -> None:
    assert client.get("/albums/2/tracks/").json == {
        "meta": {"count": 20, "filters": {}, "next": "null", "offset": 0, "previous": "null", "total_count": 1},
        "object_list": [{"album": 2, "id": 3, "order": 1, "title": "Coyote", "ressource_uri": "/tracks/3/"}],
    }


def test_the_list_of_a_parent_without_rows_is_empty(client: FlaskClient, store: SQLiteDataStore) -> None:
    store[Album].create(title="Mingus")
    assert ids(client.get("/albums/3/tracks/")) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?title=River", [2]), ("?title=Coyote", []), ("?order=1", [1]), ("?album=1", [1, 2]), ("?album=2", []),
        ("?ordering=-order", [2, 1]), ("?ordering=title", [1, 2]), ("?count=1", [1]), ("?count=1&offset=1", [2]), ("?offset=5", []),
    ],
)  # fmt: skip
def test_it_is_filtered_and_ordered_and_has_pages(client: FlaskClient, query: str, found: list[int]) -> None:
    assert ids(client.get(f"/albums/1/tracks/{query}")) == found


def test_its_pages_lead_to_each_other(client: FlaskClient) -> None:
    answer = client.get("/albums/1/tracks/?ordering=-order&count=1")
    meta = row(answer)["meta"]
    assert (meta["next"], meta["total_count"]) == ("?count=1&offset=1&ordering=-order", 2)
    assert answer.headers["Link"] == '<?count=1&offset=1&ordering=-order>; rel="next"'
    following = client.get(f"/albums/1/tracks/{meta['next']}")
    assert (ids(following), row(following)["meta"]["previous"]) == ([1], "?count=1&offset=0&ordering=-order")


@pytest.mark.parametrize(
    ("query", "said"), [("?titel=x", '"titel"'), ("?ordering=x", '"x"'), ("?count=0", '"count"'), ("?order=x", '"order"')]
)
def test_it_refuses_what_any_list_refuses(client: FlaskClient, query: str, said: str) -> None:
    assert said in error(client.get(f"/albums/1/tracks/{query}"), 400)


def test_a_row_below_its_parent_is_the_row(client: FlaskClient) -> None:
    assert client.get("/albums/1/tracks/2/").json == client.get("/tracks/2/").json
    assert client.head("/albums/1/tracks/2/").status_code == 200


METHODS = [("GET", None), ("PUT", {"order": 5}), ("PATCH", {"order": 5}), ("DELETE", None)]


@pytest.mark.parametrize(("method", "body"), METHODS)
@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/albums/9/tracks/1/", "albums"), ("/albums/01/tracks/1/", "albums"), ("/albums/x/tracks/1/", "albums"),
        ("/albums/1/tracks/9/", "tracks"), ("/albums/1/tracks/3/", "tracks"), ("/albums/1/tracks/01/", "tracks"),
        ("/albums/1/tracks/x/", "tracks"), ("/albums/2/tracks/1/", "tracks"),
    ],
)  # fmt: skip
def test_a_row_that_is_not_there_or_belongs_to_another(client: FlaskClient, method: str, body: Json | None, path: str, place: str) -> None:
    before = rows(client, "/tracks/")
    assert error(client.open(path, method=method, json=body), 404) == f"there is no such row in {place}"
    assert rows(client, "/tracks/") == before


@pytest.mark.parametrize("key", ["9", "01", "x", "-1"])
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("POST", {"order": 5})])
def test_the_list_of_a_parent_that_is_not_there(client: FlaskClient, key: str, method: str, body: Json | None) -> None:
    assert error(client.open(f"/albums/{key}/tracks/", method=method, json=body), 404) == "there is no such row in albums"
    assert len(rows(client, "/tracks/")) == 3


@pytest.mark.parametrize("said", [{}, {"album": 1}, {"album": "1"}, {"album": 1.0}], ids=repr)
def test_a_new_row_belongs_to_its_parent(client: FlaskClient, said: Json) -> None:
    answer = client.post("/albums/1/tracks/", json={"order": 3, **said})
    assert (answer.status_code, answer.headers["Location"], answer.data) == (201, "http://localhost/tracks/4/", b"")
    assert row(client.get("/albums/1/tracks/4/")) == {"album": 1, "id": 4, "order": 3, "title": "-", "ressource_uri": "/tracks/4/"}


def test_a_new_row_is_shown_on_demand(client: FlaskClient) -> None:
    answer = client.post("/albums/1/tracks/", json={"order": 3}, headers=SHOW)
    assert (answer.status_code, row(answer)["ressource_uri"], row(answer)["album"]) == (201, "/tracks/4/", 1)


PLACED = {"album": ["This field cannot be set: the object's place gives it."]}


@pytest.mark.parametrize("said", [2, 9, None, "", "x", True, [1]], ids=repr)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/albums/1/tracks/"), ("PUT", "/albums/1/tracks/1/"), ("PATCH", "/albums/1/tracks/1/")]
)
def test_a_row_cannot_say_that_it_belongs_elsewhere(client: FlaskClient, method: str, path: str, said: Any) -> None:
    before = rows(client, "/tracks/")
    answer = client.open(path, method=method, json={"order": 3, "album": said})
    assert refusal(answer) == ("album does not validate", PLACED)
    assert rows(client, "/tracks/") == before


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"order": ["This field is required."]}),
        ({"order": 1}, {"non_field_errors": ["The fields album, order must make a unique set."]}),
        (
            {"order": "x", "titel": "y"},
            {"order": ["A valid integer is required."], "titel": ['This field does not exist; did you mean "title"?']},
        ),
        ({"order": 3, "id": 7}, {"id": ["This field cannot be set."]}),
    ],
    ids=repr,
)
def test_a_body_is_refused_as_anywhere(client: FlaskClient, body: Json, errors: Json) -> None:
    assert refusal(client.post("/albums/1/tracks/", json=body))[1] == errors


def test_a_row_is_replaced_and_patched(client: FlaskClient) -> None:
    shown = row(client.get("/albums/1/tracks/1/"))
    assert row(client.put("/albums/1/tracks/1/", json=shown | {"order": 7})) == shown | {"order": 7}
    assert row(client.put("/albums/1/tracks/1/", json={"order": 8})) == shown | {"order": 8, "title": "-"}
    assert row(client.patch("/albums/1/tracks/1/", json={"title": "New"})) == shown | {"order": 8, "title": "New"}


def test_a_row_is_deleted(client: FlaskClient) -> None:
    assert client.delete("/albums/1/tracks/1/").status_code == 204
    assert ids(client.get("/tracks/")) == [2, 3]


@pytest.mark.parametrize("path", ["/albums/1/tracks", "/albums/1/tracks/1"])
def test_the_last_slash_may_be_left_out(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/albums/1/tracks/", "GET, HEAD, OPTIONS, POST"),
        ("/albums/1/tracks/1/", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/albums/1/tags/", "GET, HEAD, OPTIONS, POST"),
        ("/albums/1/tags/1/", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("/tags/1/albums/1/", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("/albums/1/notes/1/", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
    ],
)
def test_what_an_address_allows(client: FlaskClient, path: str, allow: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.headers["Allow"]) == (200, allow)
    refused = client.open(path, method="TRACE")
    assert (refused.status_code, refused.headers["Allow"]) == (405, allow)


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ("DELETE", "/albums/1/tracks/", "GET, POST"),
        ("POST", "/albums/1/tracks/1/", "DELETE, GET, PATCH, PUT"),
        ("PATCH", "/albums/1/tags/1/", "DELETE, GET, PUT"),
    ],
)
def test_a_method_that_is_not_allowed(client: FlaskClient, method: str, path: str, taken: str) -> None:
    assert error(client.open(path, method=method, json={}), 405) == f"this address takes only {taken}"


@pytest.mark.parametrize("path", ["/albums/1/title/", "/albums/1/tracks/1/album/", "/tracks/1/tracks/"])
def test_what_is_not_declared_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_row_takes_no_parameters(client: FlaskClient, method: str) -> None:
    assert '"x"' in error(client.open("/albums/1/tracks/1/?x=1", method=method, json={}), 400)
    assert '"x"' in error(client.post("/albums/1/tracks/?x=1", json={"order": 5}), 400)


# The rows that are joined with one.


def test_the_list_holds_the_rows_that_are_joined(client: FlaskClient) -> None:
    assert (ids(client.get("/albums/1/tags/")), ids(client.get("/albums/2/tags/"))) == ([1, 2], [])
    assert ids(client.get("/albums/1/tags/?name=jazz")) == [2]
    assert ids(client.get("/albums/1/tags/?ordering=-name&count=1")) == [2]
    assert row(client.get("/albums/1/tags/?count=1"))["meta"]["next"] == "?count=1&offset=1"


def test_a_row_that_is_joined_is_the_row(client: FlaskClient) -> None:
    assert client.get("/albums/1/tags/2/").json == client.get("/tags/2/").json
    assert error(client.get("/albums/1/tags/3/"), 404) == "there is no such row in tags"


def test_a_new_row_is_joined(client: FlaskClient) -> None:
    answer = client.post("/albums/2/tags/", json={"name": "rock"})
    assert (answer.status_code, answer.headers["Location"]) == (201, "http://localhost/tags/4/")
    assert (ids(client.get("/albums/2/tags/")), ids(client.get("/albums/1/tags/"))) == ([4], [1, 2])


def test_a_row_that_cannot_be_made_is_not_joined(client: FlaskClient, store: SQLiteDataStore) -> None:
    assert refusal(client.post("/albums/2/tags/", json={"name": "folk"}))[1] == {"name": ["This field must be unique."]}
    assert ids(client.get("/albums/2/tags/")) == []


@pytest.mark.parametrize("times", [1, 2])
def test_put_joins_a_row(client: FlaskClient, times: int) -> None:
    for _ in range(times):
        answer = client.put("/albums/2/tags/3/")
        assert (answer.status_code, answer.data) == (204, b"")
    assert (ids(client.get("/albums/2/tags/")), ids(client.get("/tags/3/albums/"))) == ([3], [2])


@pytest.mark.parametrize("body", [b"{}", b"x", b'{"name": "rock"}', b" " * 5000], ids=["one object", "one letter", "a row", "much"])
def test_put_takes_no_body(client: FlaskClient, body: bytes) -> None:
    answer = client.put("/albums/2/tags/3/", data=body, content_type="application/json")
    assert error(answer, 400) == "this address takes no body: it links two rows that are there"
    assert ids(client.get("/albums/2/tags/")) == []


def test_delete_takes_a_row_out_and_leaves_it(client: FlaskClient) -> None:
    assert client.delete("/albums/1/tags/1/").status_code == 204
    assert (ids(client.get("/albums/1/tags/")), ids(client.get("/tags/"))) == ([2], [1, 2, 3])
    assert error(client.delete("/albums/1/tags/1/"), 404) == "there is no such row in tags"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/albums/9/tags/1/", "/albums/01/tags/1/", "/albums/1/tags/9/", "/albums/1/tags/01/"])
def test_a_row_that_is_not_there_is_not_joined(client: FlaskClient, method: str, path: str) -> None:
    place = "tags" if path.startswith("/albums/1/") else "albums"
    assert error(client.open(path, method=method), 404) == f"there is no such row in {place}"
    assert ids(client.get("/albums/1/tags/")) == [1, 2]


def test_the_other_side_joins_too(client: FlaskClient) -> None:
    assert ids(client.get("/tags/2/albums/")) == [1]
    assert client.put("/tags/2/albums/2/").status_code == 204
    assert client.delete("/tags/2/albums/1/").status_code == 204
    assert client.post("/tags/2/albums/", json={"title": "Mingus"}).headers["Location"] == "http://localhost/albums/3/"
    assert (ids(client.get("/tags/2/albums/")), ids(client.get("/albums/1/tags/"))) == ([2, 3], [1])


def test_rows_of_one_model_are_joined_in_one_direction(client: FlaskClient) -> None:
    assert client.put("/albums/1/like/2/").status_code == 204
    assert client.put("/albums/1/like/1/").status_code == 204
    found = {path: ids(client.get(path)) for path in ("/albums/1/like/", "/albums/2/like/", "/albums/1/liked_by/", "/albums/2/liked_by/")}
    assert found == {"/albums/1/like/": [1, 2], "/albums/2/like/": [], "/albums/1/liked_by/": [1], "/albums/2/liked_by/": [1]}


# Other relations.


def test_generic_rows(client: FlaskClient) -> None:
    assert (ids(client.get("/albums/1/notes/")), client.get("/albums/1/notes/2/").status_code) == ([1], 404)
    assert client.post("/albums/1/notes/", json={"text": "new"}).status_code == 201
    assert row(client.get("/albums/1/notes/3/")) == {
        "content_type": "album", "id": 3, "object_id": 1, "ressource_uri": "/note/3/", "text": "new",
    }  # fmt: skip
    assert row(client.put("/albums/1/notes/3/", json={"text": "newer", "object_id": 1}))["object_id"] == 1
    errors = refusal(client.post("/albums/1/notes/", json={"text": "x", "object_id": 2, "content_type": "note"}))[1]
    assert errors == dict.fromkeys(("content_type", "object_id"), PLACED["album"])
    assert client.delete("/albums/1/notes/3/").status_code == 204
    assert ids(client.get("/note/")) == [1, 2]


def test_rows_of_the_same_model(serve: Serve) -> None:
    class Folders(Endpoint):
        model = Folder
        nested = ("children",)

    client = serve(Folders)
    client.post("/folder/", json={"name": "/"})
    assert client.post("/folder/1/children/", json={"name": "etc"}).headers["Location"] == "http://localhost/folder/2/"
    client.post("/folder/2/children/", json={"name": "ssh"})
    assert [ids(client.get(f"/folder/{key}/children/")) for key in (1, 2, 3)] == [[2], [3], []]
    assert client.get("/folder/1/children/3/").status_code == 404
    assert row(client.get("/folder/2/children/3/"))["parent"] == 2


class Person(models.Model):
    id = models.PkField()


class Club(models.Model):
    id = models.PkField()
    members = models.ManyToManyField(Person, through="membership", related_name="clubs")
    guests = models.ManyToManyField(Person, through="visit", related_name="visited")


class Membership(models.Model):
    id = models.PkField()
    person = models.ForeignKey(Person, required=True)
    club = models.ForeignKey(Club, required=True)
    since = models.IntegerField(required=True)


class Visit(models.Model):
    id = models.PkField()
    person = models.ForeignKey(Person, required=True, on_delete="cascade")
    club = models.ForeignKey(Club, required=True, on_delete="cascade")
    fee = models.IntegerField(default=5)
    note = models.StringField()


class Clubs(Endpoint):
    model = Club
    name = "clubs"
    nested = ("members", "guests")


def test_a_model_between_whose_other_fields_are_required_joins_nothing(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Clubs, Person, models=[Membership, Visit])
    person, club = store[Person].create(), store[Club].create()
    store[Membership].create(person=person, club=club, since=2020)
    assert ids(client.get("/clubs/1/members/")) == [1]
    for method, path in (("POST", "/clubs/1/members/"), ("PUT", "/clubs/1/members/1/"), ("DELETE", "/clubs/1/members/1/")):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_model_between_with_defaults_joins(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Clubs, Person, models=[Membership, Visit])
    store[Person].create()
    store[Club].create()
    assert client.put("/clubs/1/guests/1/").status_code == 204
    assert client.post("/clubs/1/guests/", json={}).status_code == 201
    assert [(visit.person_id, visit.fee) for visit in store[Visit].all()] == [(1, 5), (2, 5)]
    assert client.delete("/clubs/1/guests/1/").status_code == 204
    assert (ids(client.get("/clubs/1/guests/")), ids(client.get("/person/"))) == ([2], [1, 2])


# What the endpoints say.


class Shown(Endpoint):
    """Albums that nobody changes."""

    model = Album
    name = "albums"
    fields = ("title",)
    list_methods = ("GET",)
    detail_methods = ("GET",)
    nested = ("tracks", "tags")


def test_the_joins_of_a_parent_that_nobody_changes_are_only_shown(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Shown, Tracks, Tags)
    store[Album].create(title="Blue").tags.create(name="folk")
    assert ids(client.get("/albums/1/tags/")) == [1]
    for method, path in (("POST", "/albums/1/tags/"), ("PUT", "/albums/1/tags/1/"), ("DELETE", "/albums/1/tags/1/")):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_its_children_are_rows_of_their_own(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Shown, Tracks, Tags)
    store[Album].create(title="Blue")
    assert client.post("/albums/1/tracks/", json={"order": 1}).status_code == 201


def test_children_take_the_methods_of_their_own_endpoint(serve: Serve, store: SQLiteDataStore) -> None:
    class FixedTracks(Tracks):
        list_methods = ("GET",)
        detail_methods = ("GET", "PATCH")

    class FixedTags(Tags):
        list_methods = ("GET",)
        detail_methods = ("GET",)

    client = serve(Albums, FixedTracks, FixedTags, Note)
    allowed = {
        path: client.options(path).headers["Allow"]
        for path in ("/albums/1/tracks/", "/albums/1/tracks/1/", "/albums/1/tags/", "/albums/1/tags/1/")
    }
    assert allowed == {
        "/albums/1/tracks/": "GET, HEAD, OPTIONS", "/albums/1/tracks/1/": "GET, HEAD, OPTIONS, PATCH",
        "/albums/1/tags/": "GET, HEAD, OPTIONS", "/albums/1/tags/1/": "DELETE, GET, HEAD, OPTIONS, PUT",
    }  # fmt: skip


def test_narrowed_parents_and_children(serve: Serve, store: SQLiteDataStore) -> None:
    """Albums are those called Blue, tracks those beyond the first, tags those that are not live."""

    class Blues(Albums):
        queryset = QuerySet(Album).filter(title="Blue")

    class LaterTracks(Tracks):
        queryset = QuerySet(Track).filter(order__gt=1)

    class StudioTags(Tags):
        queryset = QuerySet(Tag).exclude(name="live")

    client = serve(Blues, LaterTracks, StudioTags, Note)
    blue, hejira = store[Album].bulk_create([{"title": "Blue"}, {"title": "Hejira"}])
    blue.tracks.bulk_create([{"order": 1}, {"order": 2}])
    hejira.tracks.create(order=2)
    live, folk = store[Tag].bulk_create([{"name": "live"}, {"name": "folk"}])
    blue.tags.add(live, folk)
    assert (ids(client.get("/albums/1/tracks/")), ids(client.get("/albums/1/tags/"))) == ([2], [2])
    statuses = {
        "a parent outside": client.get("/albums/2/tracks/").status_code,
        "a child of a parent outside": client.get("/albums/2/tracks/3/").status_code,
        "a child outside": client.get("/albums/1/tracks/1/").status_code,
        "to join one outside": client.put("/albums/1/tags/1/").status_code,
        "to take one outside out": client.delete("/albums/1/tags/1/").status_code,
        "to join with one outside": client.put("/albums/2/tags/2/").status_code,
    }
    assert set(statuses.values()) == {404}, statuses
    assert error(client.post("/albums/1/tracks/", json={"order": 0}), 400) == "With these values it would be no row of tracks."
    assert sorted(tag.name for tag in blue.tags.filter()) == ["folk", "live"]


def test_the_child_s_hooks_run(serve: Serve, store: SQLiteDataStore) -> None:
    seen: list[Any] = []

    class HookedTracks(Tracks):
        def before_write(self, change: Change) -> None:
            seen.append((change.action, change.old and change.old.pk, dict(change.data)))
            if change.data.get("title") == "bad":
                raise ValidationError({"title": ["Bad."]})

        def after_write(self, change: Change) -> None:
            seen.append(f"{change.action}d")

    client = serve(Albums, HookedTracks, Tags, Note)
    store[Album].create(title="Blue")
    client.post("/albums/1/tracks/", json={"order": 1, "title": "a"})
    client.patch("/albums/1/tracks/1/", json={"title": "b"})
    assert refusal(client.post("/albums/1/tracks/", json={"order": 2, "title": "bad"}))[1] == {"title": ["Bad."]}
    client.delete("/albums/1/tracks/1/")
    assert seen == [
        ("create", None, {"id": None, "order": 1, "title": "a", "album": 1}), "created",
        ("update", 1, {"title": "b"}), "updated",
        ("create", None, {"id": None, "order": 2, "title": "bad", "album": 1}),
        ("delete", 1, {}), "deleted",
    ]  # fmt: skip
    assert store[Track].count() == 0


def test_a_hook_that_fails_joins_nothing(serve: Serve, store: SQLiteDataStore) -> None:
    class HookedTags(Tags):
        def after_write(self, change: Change) -> None:
            assert change.store[Album].get(pk=1).tags.count() == 1
            raise ValidationError("No.")

    client = serve(Albums, Tracks, HookedTags, Note)
    store[Album].create(title="Blue")
    assert error(client.post("/albums/1/tags/", json={"name": "folk"}), 400) == "No."
    assert (store[Tag].count(), store[Album].get(pk=1).tags.count()) == (0, 0)


def test_rows_are_named_by_what_their_endpoints_say(serve: Serve, store: SQLiteDataStore) -> None:
    class ByTitle(Endpoint):
        model = type("Disc", (models.Model,), {"id": models.PkField(), "title": models.SlugField(required=True, unique=True)})
        name = "discs"
        lookup_field = "title"
        nested = ("songs", "tags")

    disc: Any = ByTitle.model

    class Song(models.Model):
        id = models.PkField()
        slug = models.SlugField(required=True, unique=True)
        disc_key = models.ForeignKey(disc, related_name="songs")

    class Songs(Endpoint):
        model = Song
        name = "songs"
        lookup_field = "slug"

    with pytest.raises(Misdeclared, match=r"^ByTitle.nested: 'tags' is no relation of Disc"):
        serve(ByTitle, Songs)
    ByTitle.nested = ("songs",)
    client = serve(ByTitle, Songs)
    store[disc].create(title="blue")
    assert client.post("/discs/blue/songs/", json={"slug": "river"}).headers["Location"] == "http://localhost/songs/river/"
    assert row(client.get("/discs/blue/songs/river/"))["disc_key"] == 1
    assert [client.get(path).status_code for path in ("/discs/1/songs/", "/discs/blue/songs/1/", "/discs/red/songs/river/")] == [404] * 3


def test_a_row_whose_parent_is_not_shown_belongs_to_it_all_the_same(serve: Serve, store: SQLiteDataStore) -> None:
    class Folders(Endpoint):
        model = Folder
        fields = ("name",)
        nested = ("children",)

    client = serve(Folders)
    store[Folder].create(name="/")
    assert client.post("/folder/1/children/", json={"name": "etc"}).status_code == 201
    assert "parent" in error(client.post("/folder/1/children/", json={"name": "usr", "parent": 1}), 400)
    assert row(client.put("/folder/1/children/2/", json={"name": "var"})) == {"name": "var", "ressource_uri": "/folder/2/"}
    assert [(folder.name, folder.parent_id) for folder in store[Folder].all()] == [("/", None), ("var", 1)]


def track_with(**fields: Any) -> type[Endpoint]:
    meta = type("Meta", (), {"model": Track, "fields": ("order", "album")})
    serializer = type("TrackSerializer", (ModelSerializer,), {**fields, "Meta": meta})
    return type("Tracks", (Endpoint,), {"serializer": serializer, "name": "tracks"})


@pytest.mark.parametrize(
    ("field", "same", "other"),
    [
        (HyperlinkedRelatedField(queryset=Album), "/albums/1/", "/albums/2/"),
        (HyperlinkedRelatedField(queryset=Album), "http://localhost/albums/1/", "/albums/9/"),
        (SlugRelatedField("title", queryset=Album), "Blue", "Hejira"),
    ],
    ids=["a path", "a link", "a slug"],
)
def test_a_body_may_say_the_parent_as_it_is_shown(serve: Serve, store: SQLiteDataStore, field: Any, same: str, other: str) -> None:
    client = serve(Albums, track_with(album=field), Tags, Note)
    store[Album].bulk_create([{"title": "Blue"}, {"title": "Hejira"}])
    assert client.post("/albums/1/tracks/", json={"order": 1, "album": same}).status_code == 201
    shown = row(client.get("/albums/1/tracks/1/"))
    assert row(client.put("/albums/1/tracks/1/", json=shown)) == shown
    assert refusal(client.post("/albums/1/tracks/", json={"order": 2, "album": other}))[1] == PLACED


def test_a_parent_that_is_only_shown_may_be_sent_back(serve: Serve, store: SQLiteDataStore) -> None:
    class FilledTracks(track_with(album=StringRelatedField())):  # type: ignore[misc]  # the class is made above
        def before_write(self, change: Change) -> None:
            """With it a POST to `/tracks/` could say the album."""

    client = serve(Albums, FilledTracks, Tags, Note)
    store[Album].create(title="Blue")
    assert client.post("/albums/1/tracks/", json={"order": 1}).status_code == 201
    shown = row(client.get("/albums/1/tracks/1/"))
    assert shown["album"] == "Blue"
    assert row(client.put("/albums/1/tracks/1/", json=shown | {"order": 2}))["order"] == 2
    assert refusal(client.put("/albums/1/tracks/1/", json=shown | {"album": "x"}))[1] == {"album": ["This field cannot be changed."]}


def test_below_a_prefix(store: SQLiteDataStore) -> None:
    app = Flask("own")
    Wrapper([Albums, Tracks, Tags, Note], datastore=store).init_app(app, url_prefix="/api")
    client = app.test_client()
    store[Album].create(title="Blue")
    answer = client.post("/api/albums/1/tracks/", json={"order": 1}, headers=SHOW)
    assert (answer.headers["Location"], row(answer)["ressource_uri"]) == ("http://localhost/api/tracks/1/", "/api/tracks/1/")
    assert ids(client.get("/api/albums/1/tracks/")) == [1]
    assert client.get("/albums/1/tracks/").status_code == 404
    with app.test_request_context():
        assert app.url_for("albums-tracks-detail", key=1, child=2) == "/api/albums/1/tracks/2/"


def test_a_link_to_the_list_below_a_row(serve: Serve, store: SQLiteDataStore) -> None:
    class AlbumSerializer(ModelSerializer):
        tracks = HyperlinkedIdentityField(view_name="albums-tracks-list")

        class Meta:
            model = Album
            fields = ("title", "tracks")

    class LinkedAlbums(Endpoint):
        serializer = AlbumSerializer
        name = "albums"
        nested = ("tracks",)

    client = serve(LinkedAlbums, Tracks)
    store[Album].create(title="Blue").tracks.create(order=1)
    shown = row(client.get("/albums/1/"))
    assert shown == {"ressource_uri": "/albums/1/", "title": "Blue", "tracks": "http://localhost/albums/1/tracks/"}
    assert ids(client.get(shown["tracks"])) == [1]
    assert row(client.put("/albums/1/", json=shown)) == shown


def test_in_memory() -> None:
    store = MemoryDataStore()
    client = Wrapper([Albums, Tracks, Tags, Note], datastore=store).create_app().test_client()
    client.post("/albums/", json={"title": "Blue"})
    assert client.post("/albums/1/tracks/", json={"order": 1}).status_code == 201
    assert client.post("/albums/1/tags/", json={"name": "folk"}).status_code == 201
    assert (ids(client.get("/albums/1/tracks/")), ids(client.get("/albums/1/tags/"))) == ([1], [1])


# Declarations.


class Sleeve(models.Model):
    id = models.PkField()
    album = models.OneToOneField(Album)


@pytest.mark.parametrize(
    ("nested", "message"),
    [
        ("tracks", 'Wrong.nested is a tuple of names: write ("tracks",)'),
        (("tracks", "tracks"), "Wrong.nested: 'tracks' is there twice"),
        (("track",), "Wrong.nested: 'track' is no relation of Album to several rows; did you mean \"tracks\"?"),
        (("title",), "Wrong.nested: 'title' is no relation of Album to several rows"),
        (("sleeve",), "Wrong.nested: 'sleeve' is no relation of Album to several rows"),
        (("tags",), "Wrong.nested: Tag, which 'tags' leads to, has no endpoint"),
    ],
)
def test_what_contradicts_itself(serve: Serve, nested: Any, message: str) -> None:
    wrong = type("Wrong", (Endpoint,), {"model": Album, "nested": nested})
    with pytest.raises(Misdeclared) as refused:
        serve(wrong, Track, Note, models=[Sleeve])
    assert str(refused.value) == message


def test_a_route_s_name_that_another_endpoint_has(serve: Serve) -> None:
    other = type("Other", (Endpoint,), {"model": Tag, "name": "albums-tracks"})
    message = "^Albums.nested: the routes of 'tracks' and those of Other would both be called 'albums-tracks'; give Other another name$"
    with pytest.raises(Misdeclared, match=message):
        serve(Albums, Tracks, Tags, Note, other)


class City(models.Model):
    id = models.PkField()
    slug = models.SlugField(unique=True)


class Street(models.Model):
    id = models.PkField()
    city = models.SlugField(foreign=("city", "slug"), related_name="streets")


def test_a_parent_that_nothing_can_point_at(serve: Serve, store: SQLiteDataStore) -> None:
    class Cities(Endpoint):
        model = City
        nested = ("streets",)

    client = serve(Cities, Street)
    store[City].bulk_create([{"slug": "paris"}, {}])
    store[Street].create()
    assert client.post("/city/1/streets/", json={}).status_code == 201
    assert error(client.post("/city/2/streets/", json={}), 400) == "The row above has no slug, so nothing can point at it."
    assert (ids(client.get("/city/1/streets/")), ids(client.get("/city/2/streets/"))) == ([2], [])


# What it costs.


def statements(store: SQLiteDataStore, ask: Callable[[], TestResponse], status: int) -> list[str]:
    with store.recorded() as recorded:
        assert ask().status_code == status
    return [kind for text in recorded if (kind := text.split()[0]) in ("SELECT", "INSERT", "UPDATE", "DELETE")]


@pytest.mark.parametrize("size", [1, 10, 100])
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "asked"),
    [
        ("GET", "/albums/1/tracks/?count=100&total=none", None, 200, ["SELECT"] * 2),
        ("GET", "/albums/1/tracks/?count=1", None, 200, ["SELECT"] * 3),
        ("GET", "/albums/1/tags/?count=100&total=none", None, 200, ["SELECT"] * 2),
        ("GET", "/albums/1/tags/?count=1", None, 200, ["SELECT"] * 3),
        ("GET", "/albums/1/notes/?count=100&total=none", None, 200, ["SELECT"] * 2),
        ("GET", "/albums/1/notes/?count=1", None, 200, ["SELECT"] * 3),
        ("GET", "/albums/1/tracks/1/", None, 200, ["SELECT"] * 2),
        ("GET", "/albums/1/tags/1/", None, 200, ["SELECT"] * 2),
        ("POST", "/albums/1/tracks/", {"order": 0}, 201, ["SELECT", "INSERT"]),
        ("POST", "/albums/1/tags/", {"name": "new"}, 201, ["SELECT", "INSERT", "SELECT", "SELECT", "INSERT"]),
        ("PUT", "/albums/1/tracks/1/", {"order": 0}, 200, ["SELECT", "SELECT", "UPDATE", "SELECT"]),
        ("DELETE", "/albums/1/tracks/1/", None, 204, ["SELECT", "DELETE"]),
        ("PUT", "/albums/1/tags/1/", None, 204, ["SELECT"] * 3),
        ("DELETE", "/albums/1/tags/1/", None, 204, ["SELECT", "SELECT", "DELETE"]),
        ("GET", "/albums/9/tracks/", None, 404, ["SELECT"]),
    ],
)
def test_statements(
    serve: Serve, store: SQLiteDataStore, size: int, method: str, path: str, body: Json | None, status: int, asked: list[str]
) -> None:
    client = serve(Albums, Tracks, Tags, Note)
    album = store[Album].create(title="Blue")
    album.tracks.bulk_create({"order": n} for n in range(1, size + 1))
    album.tags.bulk_create({"name": f"t{n}"} for n in range(size))
    album.notes.bulk_create({"text": "x"} for _ in range(size))
    assert statements(store, lambda: client.open(path, method=method, json=body), status) == asked
