"""The Wrapper and its endpoints: in which order, under which names, with which options; a queryset that narrows."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, QuerySet, SQLiteDataStore, Wrapper, models
from tests.web.answers import SHOW, refusal, row, rows
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users
from tests.web.conftest import Serve

# Which endpoints, in which order.


@pytest.mark.parametrize("endpoints", [(Users, Addresses), (Addresses, Users)], ids=["users first", "addresses first"])
def test_the_order_of_the_endpoints_does_not_matter(serve: Serve, endpoints: tuple[type[Endpoint], ...]) -> None:
    client = serve(*endpoints)
    assert client.post("/address/", json=VALMY).status_code == 201
    assert row(client.post("/users/", json=DUPONT, headers=SHOW))["address"] == 1
    assert refusal(client.post("/users/", json=DUPONT | {"address": 2}))[1] == {"address": ['Invalid pk "2" - object does not exist.']}


class Hen(models.Model):
    egg = models.IntegerField(foreign=("egg", "id"))
    id = models.PkField()


class Egg(models.Model):
    hen = models.IntegerField(foreign=("hen", "id"))
    id = models.PkField()


class Person(models.Model):
    boss = models.IntegerField(foreign=("person", "id"))
    id = models.PkField()


@pytest.mark.parametrize("endpoints", [(Hen, Egg), (Egg, Hen)], ids=["the hen first", "the egg first"])
def test_two_resources_may_point_at_each_other(serve: Serve, endpoints: tuple[type[models.Model], ...]) -> None:
    client = serve(*endpoints)
    assert row(client.post("/hen/", json={}, headers=SHOW)) == {"egg": None, "id": 1, "ressource_uri": "/hen/1/"}
    assert row(client.post("/egg/", json={"hen": 1}, headers=SHOW))["hen"] == 1
    assert row(client.patch("/hen/1/", json={"egg": 1}))["egg"] == 1
    assert refusal(client.patch("/hen/1/", json={"egg": 2}))[1] == {"egg": ['Invalid pk "2" - object does not exist.']}


def test_a_resource_may_point_at_itself(serve: Serve) -> None:
    client = serve(Person)
    client.post("/person/", json={})
    assert row(client.post("/person/", json={"boss": 1}, headers=SHOW))["boss"] == 1
    assert row(client.patch("/person/1/", json={"boss": 1}))["boss"] == 1
    assert refusal(client.post("/person/", json={"boss": 3}))[1] == {"boss": ['Invalid pk "3" - object does not exist.']}


def test_a_model_is_an_endpoint_with_defaults(serve: Serve) -> None:
    client = serve(User, Address)
    client.post("/address/", json=VALMY)
    assert row(client.post("/users/", json=DUPONT, headers=SHOW)) == DUPONT | {"id": 1, "ressource_uri": "/users/1/"}


def test_the_book_may_be_kept_in_memory() -> None:
    client = Wrapper([Users, Addresses], datastore=MemoryDataStore()).create_app().test_client()
    client.post("/address/", json=VALMY)
    assert client.post("/users/", json=DUPONT).headers["Location"] == "http://localhost/users/1/"
    assert refusal(client.post("/users/", json=DUPONT | {"address": 2}))[1] == {"address": ['Invalid pk "2" - object does not exist.']}
    assert [user["ressource_uri"] for user in rows(client, "/users/?address=1")] == ["/users/1/"]
    assert client.delete("/address/1/").status_code == 409


def test_models_without_an_endpoint_are_kept_too(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Users, models=[Address])
    assert client.get("/address/").status_code == 404
    store[Address].create(**VALMY)
    assert client.post("/users/", json=DUPONT).status_code == 201
    assert refusal(client.post("/users/", json=DUPONT | {"address": 2}))[1] == {"address": ['Invalid pk "2" - object does not exist.']}


def test_a_store_may_keep_them_as_well() -> None:
    store = MemoryDataStore(models=[Address])
    client = Wrapper([Users], datastore=store).create_app().test_client()
    store[Address].create(**VALMY)
    assert client.post("/users/", json=DUPONT).status_code == 201


def test_a_wrapper_has_a_name_and_a_version(serve: Serve) -> None:
    answer = serve(Addresses, name="post office", version="7").get("/")
    assert answer.json == {"name": "post office", "version": "7", "ressources": {"address": "/address/"}}


def test_one_model_may_be_served_by_two_endpoints(serve: Serve) -> None:
    class Names(Endpoint):
        model = User
        name = "names"
        fields = ("last_name", "first_name")
        list_methods = ("GET",)

    client = serve(Users, Names, Addresses)
    client.post("/users/", json=DUPONT | {"address": None})
    assert rows(client, "/users/") == [{"address": None, "first_name": "Super", "last_name": "Dupont", "ressource_uri": "/users/1/"}]
    assert rows(client, "/names/") == [{"first_name": "Super", "last_name": "Dupont", "ressource_uri": "/names/1/"}]
    assert client.post("/names/", json={"first_name": "a", "last_name": "b"}).status_code == 405
    assert row(client.patch("/names/1/", json={"last_name": "Martin"}))["ressource_uri"] == "/names/1/"
    assert row(client.get("/users/1/"))["last_name"] == "Martin"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("people", "/people/"),
        ("café crème", "/caf%C3%A9%20cr%C3%A8me/"),
        ("a%41b", "/a%2541b/"),
        ("v1.0", "/v1.0/"),
        ("a{b}", "/a%7Bb%7D/"),
        ("a:b", "/a%3Ab/"),
    ],
)
def test_an_endpoint_may_have_a_name_of_its_own(serve: Serve, name: str, path: str) -> None:
    client = serve(type("Named", (Endpoint,), {"model": Address, "name": name}))
    assert row(client.get("/"))["ressources"] == {name: path}
    assert client.post(path, json=VALMY).headers["Location"] == f"http://localhost{path}1/"
    assert row(client.get(f"{path}1/"))["ressource_uri"] == f"{path}1/"


# Options.


def test_a_row_may_be_named_by_another_unique_field(serve: Serve) -> None:
    class Page(models.Model):
        id = models.PkField()
        slug = models.SlugField(required=True, unique=True)
        title = models.StringField()

    class Pages(Endpoint):
        model = Page
        lookup_field = "slug"

    client = serve(Pages)
    answer = client.post("/page/", json={"slug": "first-page", "title": "First"})
    assert answer.headers["Location"] == "http://localhost/page/first-page/"
    assert row(client.get("/page/first-page/")) == {"id": 1, "ressource_uri": "/page/first-page/", "slug": "first-page", "title": "First"}
    assert rows(client, "/page/")[0]["ressource_uri"] == "/page/first-page/"
    assert row(client.patch("/page/first-page/", json={"title": "One"}))["title"] == "One"
    assert client.get("/page/1/").status_code == 404
    assert client.delete("/page/first-page/").status_code == 204


@pytest.mark.parametrize(
    ("methods", "allow", "refused"),
    [
        (("GET",), "GET, HEAD, OPTIONS", "POST"),
        (["POST"], "OPTIONS, POST", "GET"),
        ({"GET"}, "GET, HEAD, OPTIONS", "POST"),
        ((), "OPTIONS", "GET"),
    ],
    ids=str,
)
def test_a_list_does_what_its_methods_say(serve: Serve, methods: Any, allow: str, refused: str) -> None:
    client = serve(type("Some", (Endpoint,), {"model": Address, "list_methods": methods}))
    answer = client.open("/address/", method=refused, json=VALMY)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allow)
    assert client.options("/address/").headers["Allow"] == allow
    for method in methods:
        assert client.open("/address/", method=method, json=VALMY).status_code in (200, 201)


@pytest.mark.parametrize(
    ("methods", "allow", "refused"),
    [
        (("GET",), "GET, HEAD, OPTIONS", "DELETE"),
        (("GET", "PATCH"), "GET, HEAD, OPTIONS, PATCH", "PUT"),
        (("DELETE",), "DELETE, OPTIONS", "GET"),
        ((), "OPTIONS", "GET"),
    ],
    ids=str,
)
def test_a_row_does_what_its_methods_say(serve: Serve, store: SQLiteDataStore, methods: Any, allow: str, refused: str) -> None:
    client = serve(type("Some", (Endpoint,), {"model": Address, "detail_methods": methods}))
    store[Address].create(**VALMY)
    answer = client.open("/address/1/", method=refused)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allow)
    assert client.options("/address/1/").headers["Allow"] == allow
    for method in methods:
        assert client.open("/address/1/", method=method, json=VALMY).status_code in (200, 204)


class Secret(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    password = models.StringField(write_only=True)
    created = models.StringField(read_only=True, default="now")
    note = models.StringField(default="-")


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, {"id", "name", "created", "note"}),
        ({"fields": ("name", "note")}, {"name", "note"}),
        ({"fields": ["note", "name", "password"]}, {"name", "note"}),
        ({"fields": {"name"}}, {"name"}),
        ({"exclude": ("id", "note")}, {"name", "created"}),
        ({"fields": ("id", "name", "note"), "exclude": ("id",)}, {"name", "note"}),
        ({"fields": None, "exclude": None}, {"id", "name", "created", "note"}),
        ({"fields": (), "list_methods": ("GET",)}, set()),
    ],
    ids=lambda value: str(sorted(value)),
)
def test_an_endpoint_shows_the_fields_it_names(serve: Serve, store: SQLiteDataStore, options: dict[str, Any], shown: set[str]) -> None:
    client = serve(type("Secrets", (Endpoint,), {"model": Secret} | options))
    store[Secret].create(name="a", password="hush")
    assert row(client.get("/secret/1/")).keys() == shown | {"ressource_uri"}
    assert rows(client, "/secret/") == [row(client.get("/secret/1/"))]


def test_what_is_not_shown_can_neither_be_written_nor_filtered_by(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(type("Secrets", (Endpoint,), {"model": Secret, "fields": ("name",)}))
    assert refusal(client.post("/secret/", json={"name": "a", "note": "b"}))[1] == {"note": ["This field does not exist."]}
    assert client.get("/secret/?note=b").status_code == 400
    assert client.post("/secret/", json={"name": "a"}).status_code == 201
    assert store[Secret].get().note == "-"


def test_a_put_leaves_what_is_not_shown_as_it_is(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(type("Secrets", (Endpoint,), {"model": Secret, "fields": ("name",)}))
    store[Secret].create(name="a", password="hush", note="keep")
    client.put("/secret/1/", json={"name": "b"})
    found = store[Secret].get()
    assert (found.name, found.password, found.note) == ("b", "hush", "keep")


# A queryset that narrows.


class Book(models.Model):
    title = models.StringField(required=True)
    published = models.BooleanField(default=False)
    id = models.PkField()


class Published(Endpoint):
    model = Book
    name = "published"
    queryset = QuerySet(Book).filter(published=True)


@pytest.fixture
def library(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    """Book 1 is published, book 2 is not."""
    client = serve(Published, Book)
    store[Book].bulk_create([{"title": "Out", "published": True}, {"title": "Draft"}])
    return client


def test_a_queryset_narrows_what_is_read(library: FlaskClient) -> None:
    assert [book["title"] for book in rows(library, "/published/")] == ["Out"]
    assert row(library.get("/published/"))["meta"]["total_count"] == 1
    assert rows(library, "/published/?published=false") == []
    assert library.get("/published/2/").json == {"error": "there is no such row in published"}
    assert row(library.get("/book/2/"))["title"] == "Draft"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_queryset_narrows_which_rows_are_written(library: FlaskClient, store: SQLiteDataStore, method: str) -> None:
    answer = library.open("/published/2/", method=method, json={"title": "New", "published": True})
    assert answer.status_code == 404
    assert store[Book].get(id=2).title == "Draft"


OUTSIDE = {"non_field_errors": ["With these values it would be no row of published."]}


@pytest.mark.parametrize("body", [{"title": "Secret"}, {"title": "Secret", "published": False}])
def test_a_queryset_narrows_what_is_created(library: FlaskClient, store: SQLiteDataStore, body: dict[str, Any]) -> None:
    answer = library.post("/published/", json=body)
    assert refusal(answer)[1] == OUTSIDE
    assert (answer.json or {})["error"] == "With these values it would be no row of published."
    assert store[Book].count() == 2
    assert library.post("/published/", json={"title": "Free", "published": True}).status_code == 201


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"published": False}), ("PUT", {"title": "Out"})])
def test_a_write_does_not_lead_out_of_the_queryset(library: FlaskClient, store: SQLiteDataStore, method: str, body: dict[str, Any]) -> None:
    assert refusal(library.open("/published/1/", method=method, json=body))[1] == OUTSIDE
    assert store[Book].get(id=1).published is True


def test_a_row_of_the_queryset_is_deleted(library: FlaskClient, store: SQLiteDataStore) -> None:
    assert library.delete("/published/1/").status_code == 204
    assert [book.title for book in store[Book]] == ["Draft"]


def test_a_queryset_may_be_the_model_itself(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(type("Books", (Endpoint,), {"model": Book, "queryset": Book}))
    store[Book].create(title="One")
    assert len(rows(client, "/book/")) == 1


def test_the_root_lists_the_ressources_by_name(serve: Serve) -> None:
    assert list(row(serve(Users, Addresses).get("/"))["ressources"]) == ["address", "users"]


class Shelf(models.Model):
    id = models.PkField()
    number = models.IntegerField(required=True, unique=True)


class ByNumber(Endpoint):
    model = Shelf
    lookup_field = "number"


@pytest.mark.parametrize(("text", "status"), [("7", 200), ("07", 404), ("+7", 404), ("1", 404)])
def test_a_number_in_an_address_has_one_spelling(serve: Serve, text: str, status: int) -> None:
    client = serve(ByNumber)
    assert client.post("/shelf/", json={"number": 7}).headers["Location"] == "http://localhost/shelf/7/"
    assert client.get(f"/shelf/{text}/").status_code == status
