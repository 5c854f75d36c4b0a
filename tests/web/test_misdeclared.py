"""Endpoints that contradict themselves, each other or their models: every message, while the app is built."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from pyrest import Endpoint, MemoryDataStore, Misdeclared, QuerySet, Wrapper, models
from pyrest import endpoint as endpoint_module
from tests.web.book import Address, Addresses, Users


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
    (endpoint(queryset=QuerySet(Address)), "Papers.queryset is a QuerySet of Paper, not QuerySet(Address)"),
    (endpoint(queryset=Address), "Papers.queryset is a QuerySet of Paper, not QuerySet(Address)"),
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
