"""Filters: a field's value as the text of a query string, for every kind of field."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, SQLiteDataStore, models
from tests.web.book import DUPONT, VALMY, Address, User
from tests.web.conftest import Serve, serving
from tests.web.everything import THING, UID, Tag, Thing, Token


class Things(Endpoint):
    model = Thing


@pytest.fixture(scope="module")
def things(kept_store: SQLiteDataStore) -> FlaskClient:
    """Thing 1 has every value, thing 2 only what it must have."""
    client = serving(kept_store)(Things, Tag, Token)
    kept_store[Tag].create(name="a tag")
    kept_store[Token].create(id=UID)
    client.post("/thing/", json=THING)
    client.post("/thing/", json={"code": "second", "flag": False})
    return client


def ids(client: FlaskClient, path: str) -> list[int]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["meta"]["total_count"] == len(answer.json["object_list"])
    return [row["id"] for row in answer.json["object_list"]]


def refusal(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 400, answer.text
    assert answer.json is not None
    assert answer.json.keys() == {"error"}
    return str(answer.json["error"])


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("code=first", [1]),
        ("code=First", []),
        ("text=%C3%9Cn%C3%AFc%C3%B8d%C3%A9+%F0%9D%84%9E", [1]),
        ("email=someone@example.org", [1]),
        ("site=https://example.org/a%3Fb%3Dc%23d", [1]),
        ("site=nonsense", []),
        ("slug=a-thing", [2]),
        ("whole=9223372036854775807", [1]),
        ("whole=9223372036854775806", []),
        ("small=0", [2]),
        ("small=99", []),
        ("real=0.1", [1]),
        ("real=1e-1", [1]),
        ("price=9999999999999999.99", [1]),
        ("fine=0.123456789012345678", [1]),
        ("fine=0.123456789012345679", []),
        ("flag=true", [1]),
        ("flag=1", [1]),
        ("flag=FALSE", [2]),
        ("flag=0", [2]),
        ("day=2024-02-29", [1]),
        ("clock=18:30", [1]),
        ("clock=18:30:00.000", [1]),
        ("moment=2024-02-29T18:30:00Z", [1]),
        ("moment=2024-02-29T19:30:00%2B01:00", [1]),
        ("moment=2024-02-29T19:30:00+01:00", [1]),
        ("moment=2024-02-29T18:30:00.000001Z", []),
        ("local=2024-02-29+18:30", [1]),
        ("stamp=1709231400", [1]),
        ("uid=6ba7b810-9dad-11d1-80b4-00c04fd430c8", [1]),
        ("uid=6BA7B8109DAD11D180B400C04FD430C8", [1]),
        ('data={"a":+[1,+2.5,+null,+true,+"x"]}', [1]),
        ('data={"a":[1]}', []),
        ("kind=large", [1]),
        ("kind=medium", []),
        ("fixed=as+it+is", [1, 2]),
        ("total__exact=7", [1]),
        ("parent=", [1, 2]),
        ("tag=a+tag", [1]),
        ("tag=", [2]),
        ("token=" + UID, [1]),
        ("token=", [2]),
        ("id=2", [2]),
        ("code__exact=second", [2]),
        ("code=first&code=second", [1, 2]),
        ("code=first&code=first", [1]),
        ("tag=&tag=a+tag", [1, 2]),
        ("real=0.1&real=2", [1]),
        ("flag=true&flag=false", [1, 2]),
        ("code=first&code=second&flag=true", [1]),
        ("code=first&code__exact=second", []),
        ("code=first&flag=false", []),
    ],
)
def test_a_filter_finds_the_rows_that_have_the_value(things: FlaskClient, query: str, shown: list[int]) -> None:
    assert ids(things, f"/thing/?{query}") == shown


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("whole=one", '"whole": A valid integer is required.'),
        ("whole=1.0", '"whole": A valid integer is required.'),
        ("whole=", '"whole": A valid integer is required.'),
        ("whole=true", '"whole": A valid integer is required.'),
        ("whole=9223372036854775808", '"whole": This integer is outside 64 bits (-9223372036854775808 to 9223372036854775807).'),
        ("whole=1&whole=x", '"whole": A valid integer is required.'),
        ("whole__exact=x", '"whole__exact": A valid integer is required.'),
        ("real=NaN", '"real": A valid number is required.'),
        ("real=1e400", '"real": A finite number is required.'),
        ("real=1e-400", '"real": This number is too small for a float.'),
        ("price=1e3", '"price": A valid decimal number is required.'),
        ("price=0.001", '"price": Ensure that there are no more than 2 decimal places.'),
        ("flag=yes", '"flag": Must be a valid boolean: true or false.'),
        ("flag=", '"flag": Must be a valid boolean: true or false.'),
        ("day=2023-02-29", '"day": There is no such date: day is out of range for month.'),
        ("day=29.2.2024", '"day": Date has wrong format. Use YYYY-MM-DD.'),
        ("clock=24:00", '"clock": There is no such time: hour must be in 0..23.'),
        ("moment=2024-02-29T18:30:00", '"moment": The offset from UTC is missing: end with Z or ±hh:mm.'),
        ("local=2024-02-29T18:30:00Z", '"local": This field takes a date and time without an offset.'),
        ("stamp=253402300800", '"stamp": This timestamp is outside the years 1 to 9999.'),
        ("uid=x", '"uid": Must be a valid UUID.'),
        ("data={", '"data": A JSON value is required.'),
        ("data=NaN", '"data": It holds a number that is not finite.'),
        ("data=" + "[" * 5000, '"data": A JSON value is required.'),
        ("text=%00", '"text": Null characters are not allowed.'),
        ("parent=x", '"parent": A valid integer is required.'),
        ("token=x", '"token": Must be a valid UUID.'),
        ("cod=first", 'unknown filter "cod"; did you mean "code"?'),
        ("CODE=first", 'unknown filter "CODE"; did you mean "code"?'),
        ("page=2", 'unknown filter "page"; did you mean "parent"?'),
        ("cuont=2", 'unknown filter "cuont"; did you mean "count"?'),
        ("secret=x", 'unknown filter "secret"'),
        ("ressource_uri=/thing/1/", 'unknown filter "ressource_uri"'),
        ("__class__=x", 'unknown filter ""'),
        ("=x", 'unknown filter ""'),
        ("code__like=x", 'unknown lookup "like"'),
        ("code__exakt=x", 'unknown lookup "exakt"; did you mean "exact"?'),
        ("code__=x&nothing=y", 'unknown lookup ""'),
        ("parent__cod=first", 'unknown field "cod"; did you mean "code"?'),
        ("parent__secret=x", 'unknown field "secret"'),
        ("id%3D1%3B+drop+table+thing=1", 'unknown filter "id=1; drop table thing"'),
        ("a" * 300 + "=1", 'unknown filter "' + "a" * 79 + '…"'),
    ],
    ids=lambda text: text[:40],
)
def test_a_filter_that_means_nothing_is_refused(things: FlaskClient, query: str, said: str) -> None:
    assert refusal(things, f"/thing/?{query}") == said


def test_a_parameter_of_post_is_refused(things: FlaskClient) -> None:
    assert refusal(things, "/thing/?on_conflict=1") == '"on_conflict": This parameter belongs to a POST that may find rows there already.'


def test_a_field_called_like_a_parameter_of_the_api_is_filtered_by_its_lookup(things: FlaskClient) -> None:
    assert refusal(things, "/thing/?total=7") == (
        '"total": The total is one of exact, none, capped; to filter by the field, write total__exact=.'
    )
    assert ids(things, "/thing/?total__exact=7") == [1]


def test_a_field_called_count_leaves_the_page_alone(serve: Serve, store: SQLiteDataStore) -> None:
    class Box(models.Model):
        count = models.IntegerField()
        offset = models.IntegerField()
        id = models.PkField()

    client = serve(Box)
    store[Box].bulk_create([{"count": 1, "offset": 9}, {"count": 2}, {"count": 2}])
    assert ids(client, "/box/?count__exact=2&count=2&offset=0") == [2, 3]
    assert ids(client, "/box/?offset__exact=9&ordering=count") == [1]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("%ff=1", "The query string is not UTF-8."),
        ("code=%ff", "The query string is not UTF-8."),
        ("code=%ED%A0%80", "The query string is not UTF-8."),
        ("&".join(["code=a"] * 101), "There are more than 100 parameters."),
    ],
    ids=["name", "value", "surrogate", "many"],
)
def test_a_query_string_that_cannot_be_read_is_refused(things: FlaskClient, query: str, said: str) -> None:
    assert refusal(things, f"/thing/?{query}") == said


def test_a_hundred_parameters_are_read(things: FlaskClient) -> None:
    assert ids(things, "/thing/?" + "&".join(["code=first"] * 100)) == [1]


@pytest.mark.parametrize("text", ["' OR 1=1 --", '"code"', "first'; DROP TABLE thing; --", "%", "_irst", "f*"])
def test_a_value_is_only_a_value(things: FlaskClient, kept_store: SQLiteDataStore, text: str) -> None:
    answer = things.get("/thing/", query_string={"code": text})
    assert answer.json is not None
    assert (answer.json["object_list"], answer.json["meta"]["filters"]) == ([], {"code": text})
    assert kept_store[Thing].count() == 2


@pytest.mark.parametrize(("query", "shown"), [("address=1", [1]), ("address=", [2]), ("address=1&address=", [1, 2]), ("address=2", [])])
def test_a_foreign_key_is_filtered_by_its_value_and_by_null(
    book: FlaskClient, store: SQLiteDataStore, query: str, shown: list[int]
) -> None:
    store[User].create(first_name="No", last_name="Body")
    answer = book.get(f"/users/?{query}")
    assert answer.json is not None
    assert [user["ressource_uri"] for user in answer.json["object_list"]] == [f"/users/{key}/" for key in shown]


def test_a_field_that_is_not_shown_is_no_filter(book: FlaskClient) -> None:
    assert refusal(book, "/users/?id=1") == 'unknown filter "id"'


def test_filters_name_more_than_what_is_shown_where_the_endpoint_says_so(serve: Serve, store: SQLiteDataStore) -> None:
    class Streets(Endpoint):
        model = Address
        list_methods = ("GET",)
        fields = ("street",)
        filter_fields = ("city", "street")

    client = serve(Streets)
    store[Address].create(**VALMY)
    answer = client.get("/address/?city=Paris")
    assert answer.json is not None
    assert answer.json["object_list"] == [{"street": "quai de Valmy", "ressource_uri": "/address/1/"}]
    assert refusal(client, "/address/?number=45") == 'unknown filter "number"'


def refused(client: FlaskClient, method: str, path: str, body: Any = None) -> str:
    answer = client.open(path, method=method, json=body)
    assert answer.status_code == 400
    assert answer.json is not None
    return str(answer.json["error"])


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/users/1/"), ("POST", "/users/"), ("PUT", "/users/1/"), ("PATCH", "/users/1/"), ("DELETE", "/users/1/"), ("GET", "/")],
)
def test_only_lists_take_parameters(book: FlaskClient, method: str, path: str) -> None:
    assert (
        refused(book, method, f"{path}?first_name=x", None if method in ("GET", "DELETE") else DUPONT) == 'unknown parameter "first_name"'
    )
    assert book.get("/users/1/").status_code == 200
