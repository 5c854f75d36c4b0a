"""The Wrapper and its endpoints: in which order, under which names, with which options; what was declared wrongly."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pyrest import Change, Endpoint, MemoryDataStore, Misdeclared, QuerySet, SQLiteDataStore, ValidationError, Wrapper, models
from pyrest import endpoint as endpoint_module
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users
from tests.web.conftest import Serve

SHOW = {"Prefer": "return=representation"}


def row(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    assert answer.json is not None
    return answer.json  # type: ignore[no-any-return]


def rows(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    return row(client.get(path))["object_list"]  # type: ignore[no-any-return]


def refusal(answer: TestResponse) -> dict[str, list[str]]:
    assert answer.status_code == 400, answer.text
    assert answer.json is not None
    return answer.json["errors"]  # type: ignore[no-any-return]


# Which endpoints, in which order.


@pytest.mark.parametrize("endpoints", [(Users, Addresses), (Addresses, Users)], ids=["users first", "addresses first"])
def test_the_order_of_the_endpoints_does_not_matter(serve: Serve, endpoints: tuple[type[Endpoint], ...]) -> None:
    client = serve(*endpoints)
    assert client.post("/address/", json=VALMY).status_code == 201
    assert row(client.post("/users/", json=DUPONT, headers=SHOW))["address"] == 1
    assert refusal(client.post("/users/", json=DUPONT | {"address": 2})) == {"address": ['Invalid pk "2" - object does not exist.']}


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
    assert refusal(client.patch("/hen/1/", json={"egg": 2})) == {"egg": ['Invalid pk "2" - object does not exist.']}


def test_a_resource_may_point_at_itself(serve: Serve) -> None:
    client = serve(Person)
    client.post("/person/", json={})
    assert row(client.post("/person/", json={"boss": 1}, headers=SHOW))["boss"] == 1
    assert row(client.patch("/person/1/", json={"boss": 1}))["boss"] == 1
    assert refusal(client.post("/person/", json={"boss": 3})) == {"boss": ['Invalid pk "3" - object does not exist.']}


def test_a_model_is_an_endpoint_with_defaults(serve: Serve) -> None:
    client = serve(User, Address)
    client.post("/address/", json=VALMY)
    assert row(client.post("/users/", json=DUPONT, headers=SHOW)) == DUPONT | {"id": 1, "ressource_uri": "/users/1/"}


def test_the_book_may_be_kept_in_memory() -> None:
    client = Wrapper([Users, Addresses], datastore=MemoryDataStore()).create_app().test_client()
    client.post("/address/", json=VALMY)
    assert client.post("/users/", json=DUPONT).headers["Location"] == "http://localhost/users/1/"
    assert refusal(client.post("/users/", json=DUPONT | {"address": 2})) == {"address": ['Invalid pk "2" - object does not exist.']}
    assert [user["ressource_uri"] for user in rows(client, "/users/?address=1")] == ["/users/1/"]
    assert client.delete("/address/1/").status_code == 409


def test_models_without_an_endpoint_are_kept_too(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Users, models=[Address])
    assert client.get("/address/").status_code == 404
    store[Address].create(**VALMY)
    assert client.post("/users/", json=DUPONT).status_code == 201
    assert refusal(client.post("/users/", json=DUPONT | {"address": 2})) == {"address": ['Invalid pk "2" - object does not exist.']}


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
    ids=str,
)
def test_an_endpoint_shows_the_fields_it_names(serve: Serve, store: SQLiteDataStore, options: dict[str, Any], shown: set[str]) -> None:
    client = serve(type("Secrets", (Endpoint,), {"model": Secret} | options))
    store[Secret].create(name="a", password="hush")
    assert row(client.get("/secret/1/")).keys() == shown | {"ressource_uri"}
    assert rows(client, "/secret/") == [row(client.get("/secret/1/"))]


def test_what_is_not_shown_can_neither_be_written_nor_filtered_by(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(type("Secrets", (Endpoint,), {"model": Secret, "fields": ("name",)}))
    assert refusal(client.post("/secret/", json={"name": "a", "note": "b"})) == {"note": ["This field does not exist."]}
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
    assert refusal(answer) == OUTSIDE
    assert (answer.json or {})["error"] == "With these values it would be no row of published."
    assert store[Book].count() == 2
    assert library.post("/published/", json={"title": "Free", "published": True}).status_code == 201


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"published": False}), ("PUT", {"title": "Out"})])
def test_a_write_does_not_lead_out_of_the_queryset(library: FlaskClient, store: SQLiteDataStore, method: str, body: dict[str, Any]) -> None:
    assert refusal(library.open("/published/1/", method=method, json=body)) == OUTSIDE
    assert store[Book].get(id=1).published is True


def test_a_row_of_the_queryset_is_deleted(library: FlaskClient, store: SQLiteDataStore) -> None:
    assert library.delete("/published/1/").status_code == 204
    assert [book.title for book in store[Book]] == ["Draft"]


def test_a_queryset_may_be_the_model_itself(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(type("Books", (Endpoint,), {"model": Book, "queryset": Book}))
    store[Book].create(title="One")
    assert len(rows(client, "/book/")) == 1


# Hooks.


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
    assert refusal(towns.patch("/town/1/", json={"city": "Atlantis"})) == {"city": ["It has sunk."]}
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
    assert refusal(towns.post("/town/", json=VALMY | {"city": "outside"})) == {"number": ["This field may not be null."]}
    assert store[Address].count() == 0


def test_a_late_refusal_takes_all_back(towns: FlaskClient, store: SQLiteDataStore) -> None:
    assert refusal(towns.post("/town/", json=VALMY | {"city": "Late"})) == {"city": ["Too late."]}
    assert (store[Address].count(), entries(store)) == (0, [])
    towns.post("/town/", json=VALMY)
    assert refusal(towns.put("/town/1/", json=VALMY | {"city": "Late"})) == {"city": ["Too late."]}
    assert ([address.city for address in store[Address]], entries(store)) == (["Paris"], ["create Paris"])


def test_a_late_refusal_takes_a_delete_back(towns: FlaskClient, store: SQLiteDataStore) -> None:
    towns.post("/town/", json=VALMY | {"city": "Troia"})
    assert refusal(towns.delete("/town/1/")) == {"non_field_errors": ["There is something in the horse."]}
    assert (store[Address].count(), entries(store)) == (1, ["create Troia"])


def test_a_fault_of_a_hook_takes_all_back(towns: FlaskClient, store: SQLiteDataStore) -> None:
    assert towns.post("/town/", json=VALMY | {"city": "Broken"}).status_code == 500
    assert (store[Address].count(), entries(store)) == (0, [])


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

    serve(Logged, models=[Entry]).post("/secret/", json={"name": "a"})
    assert entries(store) == ["1"]


# What was declared wrongly.


class Paper(models.Model):
    key = models.PkField()
    title = models.StringField(required=True)
    isbn = models.StringField(unique=True)
    price = models.DecimalField(unique=True, required=True)
    data = models.JSONField()


def endpoint(**options: Any) -> type[Endpoint]:
    return type("Papers", (Endpoint,), {"model": Paper} | options)


MISDECLARED: list[tuple[Any, str]] = [
    (5, "5 is neither an Endpoint class nor a Model class"),
    ("paper", "'paper' is neither an Endpoint class nor a Model class"),
    (dict, "<class 'dict'> is neither an Endpoint class nor a Model class"),
    (Endpoint, "Endpoint.model is missing; it is a Model class"),
    (endpoint(model=None), "Papers.model is missing; it is a Model class"),
    (endpoint(model="paper"), "Papers.model is missing; it is a Model class"),
    (endpoint(serializer=None), "Papers.serializer: this option is not built yet"),
    (endpoint(search_fields=("title",)), "Papers.search_fields: this option is not built yet"),
    (endpoint(pagesize=5), 'Papers.pagesize: there is no such option; did you mean "page_size"?'),
    (endpoint(excludes=()), 'Papers.excludes: there is no such option; did you mean "exclude"?'),
    (endpoint(before_writes=print), 'Papers.before_writes: there is no such option; did you mean "before_write"?'),
    (endpoint(name="a/b"), "Papers.name is one part of a URL, without / < > ? #, not 'a/b'"),
    (endpoint(name=".."), "Papers.name is one part of a URL, without / < > ? #, not '..'"),
    (endpoint(name="<key>"), "Papers.name is one part of a URL, without / < > ? #, not '<key>'"),
    (endpoint(name="a\nb"), "Papers.name is one part of a URL, without / < > ? #, not 'a\\nb'"),
    (endpoint(name=5), "Papers.name is one part of a URL, without / < > ? #, not 5"),
    (endpoint(fields="title"), 'Papers.fields is a tuple of names: write ("title",)'),
    (endpoint(fields=5), "Papers.fields is a tuple of names, not 5"),
    (endpoint(fields=("titel",)), "Papers.fields: 'titel' is no field of Paper; did you mean \"title\"?"),
    (endpoint(fields=[["title"]]), "Papers.fields: ['title'] is no field of Paper; did you mean \"title\"?"),
    (endpoint(exclude="key"), 'Papers.exclude is a tuple of names: write ("key",)'),
    (endpoint(exclude=("id",)), "Papers.exclude: 'id' is no field of Paper"),
    (endpoint(filter_fields="title"), 'Papers.filter_fields is a tuple of names: write ("title",)'),
    (endpoint(filter_fields=5), "Papers.filter_fields is a tuple of names, not 5"),
    (endpoint(filter_fields=("titel",)), "Papers.filter_fields: 'titel' is no field of Paper; did you mean \"title\"?"),
    (endpoint(ordering_fields=("-title",)), "Papers.ordering_fields: '-title' is no field of Paper; did you mean \"title\"?"),
    (endpoint(list_methods="GET"), "Papers.list_methods is a tuple of GET, POST, not 'GET'"),
    (endpoint(list_methods=None), "Papers.list_methods is a tuple of GET, POST, not None"),
    (endpoint(list_methods=("get",)), "Papers.list_methods is a tuple of GET, POST; 'get' is none of them"),
    (endpoint(list_methods=("PUT",)), "Papers.list_methods is a tuple of GET, POST; 'PUT' is none of them"),
    (endpoint(detail_methods=("POST",)), "Papers.detail_methods is a tuple of GET, PUT, PATCH, DELETE; 'POST' is none of them"),
    (endpoint(page_size=0), "Papers.page_size is a whole number, 1 or greater, not 0"),
    (endpoint(page_size="20"), "Papers.page_size is a whole number, 1 or greater, not '20'"),
    (endpoint(max_page_size=True), "Papers.max_page_size is a whole number, 1 or greater, not True"),
    (endpoint(max_body=None), "Papers.max_body is a whole number, 1 or greater, not None"),
    (endpoint(page_size=101), "Papers.page_size is greater than max_page_size"),
    (endpoint(pagination="cursor"), "Papers.pagination is \"offset\" or None, not 'cursor'"),
    (endpoint(pagination=False), 'Papers.pagination is "offset" or None, not False'),
    (endpoint(lookup_field="id"), "Papers.lookup_field: 'id' is no field of Paper"),
    (endpoint(lookup_field="title"), "Papers.lookup_field: Paper.title is not unique and required, so it names no row"),
    (endpoint(lookup_field="isbn"), "Papers.lookup_field: Paper.isbn is not unique and required, so it names no row"),
    (endpoint(lookup_field="price"), "Papers.lookup_field: a DecimalField makes no part of a URL"),
    (endpoint(queryset=[]), "Papers.queryset is a QuerySet of Paper, not []"),
    (endpoint(queryset=QuerySet(Book)), "Papers.queryset is a QuerySet of Paper, not QuerySet(Book)"),
    (endpoint(queryset=Book), "Papers.queryset is a QuerySet of Paper, not QuerySet(Book)"),
    (endpoint(queryset=QuerySet(Paper)[:10]), "Papers.queryset is sliced; page_size limits a list"),
    (
        endpoint(exclude=("title",)),
        "Papers: nobody could create a Paper without 'title', which is required; "
        "show it, give it a default, fill it in before_write, or leave POST out of list_methods",
    ),
]


@pytest.mark.parametrize(("declared", "said"), MISDECLARED, ids=[said[:60] for _, said in MISDECLARED])
def test_an_endpoint_that_contradicts_itself_is_refused(declared: Any, said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        Wrapper([declared], datastore=MemoryDataStore())
    assert str(refusal.value) == said


def test_every_refusal_of_the_module_is_among_the_examples() -> None:
    tree = ast.parse(inspect.getsource(endpoint_module))
    wanted = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Raise)}
    met = {_line_of_refusal(lambda declared=declared: Wrapper([declared], datastore=MemoryDataStore())) for declared, _ in MISDECLARED}
    assert wanted
    assert wanted <= met


def _line_of_refusal(build: Callable[[], object]) -> int:
    """The line of `endpoint.py` that refused, 0 where it was another module."""
    with pytest.raises(Misdeclared) as refusal:
        build()
    last = refusal.traceback[-1]
    return last.lineno + 1 if str(last.path) == inspect.getfile(endpoint_module) else 0


class Lost(models.Model):
    place = models.IntegerField(foreign=("adress", "id"))
    id = models.PkField()


class Alone(models.Model):
    place = models.IntegerField(foreign=("planet", "id"))
    id = models.PkField()


@pytest.mark.parametrize(
    ("endpoints", "said"),
    [
        ((Lost, Address), 'Lost.place: no model has the table "adress" of its foreign key; did you mean "address"?'),
        ((Alone,), 'Alone.place: no model has the table "planet" of its foreign key'),
        ((Addresses, Address), "Addresses and AddressEndpoint are both called 'address'; give one another name"),
        ((Users, endpoint(name="users"), Addresses), "Users and Papers are both called 'users'; give one another name"),
        ((Address, type("Address", (models.Model,), {"id": models.PkField(), "Meta": type("Meta", (), {"table": "ADDRESS"})})),
         'Address and Address are both the table "ADDRESS"; give one a Meta.table of its own'),
    ],
)  # fmt: skip
def test_endpoints_that_contradict_each_other_are_refused(endpoints: tuple[Any, ...], said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        Wrapper(endpoints, datastore=MemoryDataStore())
    assert str(refusal.value) == said


def test_the_root_lists_the_ressources_by_name(serve: Serve) -> None:
    assert list(row(serve(Users, Addresses).get("/"))["ressources"]) == ["address", "users"]
