"""Endpoints that contradict themselves, each other or their models: every message, while the app is built."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType
from typing import Any

import pytest

from pyrest import Endpoint, MemoryDataStore, Misdeclared, QuerySet, Wrapper, endpoint, models, nested, representing, serializers
from tests.web.book import Address, Addresses, Users


class Shelf(models.Model):
    id = models.PkField()


class Paper(models.Model):
    key = models.PkField()
    title = models.StringField(required=True)
    isbn = models.StringField(unique=True)
    price = models.DecimalField(unique=True, required=True)
    data = models.JSONField()
    pin = models.StringField(write_only=True)
    shelf = models.ForeignKey(Shelf, related_name="papers")


class PaperSerializer(serializers.ModelSerializer):
    class Meta:
        model = Paper


class AddressSerializer(serializers.ModelSerializer):
    class Meta:
        model = Address


class AbstractSerializer(serializers.ModelSerializer):
    pass


class TitleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Paper
        fields = ("title",)


class ReadSerializer(serializers.ModelSerializer):
    class Meta:
        model = Paper
        read_only_fields = ("price",)


class LinkSerializer(serializers.ModelSerializer):
    ressource_uri = serializers.SerializerMethodField()

    class Meta:
        model = Paper

    def get_ressource_uri(self, row: Paper) -> str:
        return row.title


class LinkedSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Paper


class PlainSerializer(serializers.Serializer):
    title = models.StringField()


class LostSerializer(serializers.Serializer):
    subtitle = models.StringField()


def papers(**options: Any) -> type[Endpoint]:
    return type("Papers", (Endpoint,), {"model": Paper} | options)


SERIALIZERS = ("serializer", "list_serializer", "write_serializer")
NONE: tuple[Any, ...] = (5, "PaperSerializer", Paper, models.StringField, PaperSerializer())
OF_ANOTHER = "AddressSerializer is a serializer of Address, not of Paper"
ONE_OF_TWO = "Papers: fields and exclude are about the default serializer, and Papers.serializer is another; leave them out"
NOBODY = (
    "Papers: nobody could create a Paper without '{}', which is required; "
    "show it, give it a default, fill it in before_write, or leave POST out of list_methods"
)

MISDECLARED: list[tuple[Any, str]] = [
    (5, "5 is neither an Endpoint class nor a Model class"),
    ("paper", "'paper' is neither an Endpoint class nor a Model class"),
    (dict, "<class 'dict'> is neither an Endpoint class nor a Model class"),
    (Endpoint, "Endpoint.model is missing; it is a Model class"),
    (papers(model=None), "Papers.model is missing; it is a Model class"),
    (papers(model="paper"), "Papers.model is missing; it is a Model class"),
    (papers(search="full"), 'Papers.search is "plain" or "fts", not \'full\''),
    (papers(search="fts"), 'Papers.search is "fts", and Papers.search_fields names no text to search'),
    (papers(search_fields="title"), 'Papers.search_fields is a tuple of names: write ("title",)'),
    (papers(search_fields=("titel",)), 'Papers.search_fields: \'titel\': unknown field "titel"; did you mean "title"?'),
    (papers(search_fields=("price",)), "Papers.search_fields: 'price' is no text"),
    (papers(search_fields=("title__contains",)), "Papers.search_fields: 'title__contains' is no text"),
    (papers(search_fields=("shelf",)), "Papers.search_fields: 'shelf' is no text"),
    (papers(search_fields=("pin",)), "Papers.search_fields: 'pin' is write_only, and a search would tell what it holds"),
    (papers(pagesize=5), 'Papers.pagesize: there is no such option; did you mean "page_size"?'),
    (papers(excludes=()), 'Papers.excludes: there is no such option; did you mean "exclude"?'),
    (papers(before_writes=print), 'Papers.before_writes: there is no such option; did you mean "before_write"?'),
    (papers(name="a/b"), "Papers.name is one part of a URL, without / < > ? #, not 'a/b'"),
    (papers(name=".."), "Papers.name is one part of a URL, without / < > ? #, not '..'"),
    (papers(name="<key>"), "Papers.name is one part of a URL, without / < > ? #, not '<key>'"),
    (papers(name="a\nb"), "Papers.name is one part of a URL, without / < > ? #, not 'a\\nb'"),
    (papers(name=5), "Papers.name is one part of a URL, without / < > ? #, not 5"),
    (papers(fields="title"), 'Papers.fields is a tuple of names: write ("title",)'),
    (papers(fields=5), "Papers.fields is a tuple of names, not 5"),
    (papers(fields=("titel",)), "Papers.fields: 'titel' is no field of Paper; did you mean \"title\"?"),
    (papers(fields=[["title"]]), "Papers.fields: ['title'] is no field of Paper"),
    (papers(exclude="key"), 'Papers.exclude is a tuple of names: write ("key",)'),
    (papers(exclude=("id",)), "Papers.exclude: 'id' is no field of Paper"),
    (papers(filter_fields="title"), 'Papers.filter_fields is a tuple of names: write ("title",)'),
    (papers(filter_fields=5), "Papers.filter_fields is a tuple of names, not 5"),
    (papers(filter_fields=("titel",)), "Papers.filter_fields: 'titel' is no field of Paper; did you mean \"title\"?"),
    (papers(ordering_fields=("-title",)), "Papers.ordering_fields: '-title' is no field of Paper; did you mean \"title\"?"),
    (papers(list_methods="GET"), "Papers.list_methods is a tuple of GET, POST, PATCH, DELETE, not 'GET'"),
    (papers(list_methods=None), "Papers.list_methods is a tuple of GET, POST, PATCH, DELETE, not None"),
    (papers(list_methods=("get",)), "Papers.list_methods is a tuple of GET, POST, PATCH, DELETE; 'get' is none of them"),
    (papers(list_methods=("PUT",)), "Papers.list_methods is a tuple of GET, POST, PATCH, DELETE; 'PUT' is none of them"),
    (papers(detail_methods=("POST",)), "Papers.detail_methods is a tuple of GET, PUT, PATCH, DELETE; 'POST' is none of them"),
    (papers(page_size=0), "Papers.page_size is a whole number, 1 or greater, not 0"),
    (papers(page_size="20"), "Papers.page_size is a whole number, 1 or greater, not '20'"),
    (papers(max_page_size=True), "Papers.max_page_size is a whole number, 1 or greater, not True"),
    (papers(max_body=None), "Papers.max_body is a whole number, 1 or greater, not None"),
    (papers(max_affected=0), "Papers.max_affected is a whole number, 1 to 10000, not 0"),
    (papers(max_affected=10_001), "Papers.max_affected is a whole number, 1 to 10000, not 10001"),
    (papers(max_affected=True), "Papers.max_affected is a whole number, 1 to 10000, not True"),
    (papers(require_preconditions=1), "Papers.require_preconditions is True or False, not 1"),
    (papers(require_preconditions=True, list_methods=("GET", "DELETE")),
     "Papers.require_preconditions: DELETE of a list names no state of a row; leave it out of list_methods"),
    (papers(expand_depth=-1), "Papers.expand_depth is a whole number, 0 to 10, not -1"),
    (papers(expand_depth=11), "Papers.expand_depth is a whole number, 0 to 10, not 11"),
    (papers(expand_depth=True), "Papers.expand_depth is a whole number, 0 to 10, not True"),
    (papers(refuse_scans=-1), "Papers.refuse_scans is a whole number of rows, 0 or greater, or None, not -1"),
    (papers(refuse_scans="100"), "Papers.refuse_scans is a whole number of rows, 0 or greater, or None, not '100'"),
    (papers(page_size=101), "Papers.page_size is greater than max_page_size"),
    (papers(pagination="pages"), 'Papers.pagination is "offset", "cursor" or None, not \'pages\''),
    (papers(pagination=False), 'Papers.pagination is "offset", "cursor" or None, not False'),
    (papers(lookup_field="id"), "Papers.lookup_field: 'id' is no field of Paper"),
    (papers(lookup_field="title"), "Papers.lookup_field: Paper.title is not unique and required, so it names no row"),
    (papers(lookup_field="isbn"), "Papers.lookup_field: Paper.isbn is not unique and required, so it names no row"),
    (papers(lookup_field="price"), "Papers.lookup_field: a DecimalField makes no part of a URL"),
    (papers(queryset=[]), "Papers.queryset is a QuerySet of Paper, not []"),
    (papers(queryset=QuerySet(Address)), "Papers.queryset is a QuerySet of Paper, not QuerySet(Address)"),
    (papers(queryset=Address), "Papers.queryset is a QuerySet of Paper, not QuerySet(Address)"),
    (papers(queryset=QuerySet(Paper)[:10]), "Papers.queryset is sliced; page_size limits a list"),
    *((papers(**{option: found}), f"Papers.{option} is a serializer class, not {found!r}") for option in SERIALIZERS for found in NONE),
    *((papers(**{option: AddressSerializer}), f"Papers.{option}: {OF_ANOTHER}") for option in SERIALIZERS),
    (papers(model=None, serializer=PlainSerializer), "Papers.model is missing; it is a Model class"),
    (papers(model=None, serializer=PaperSerializer, list_serializer=AddressSerializer), f"Papers.list_serializer: {OF_ANOTHER}"),
    (papers(serializer=LostSerializer), "LostSerializer.subtitle: Paper has no 'subtitle'; did you mean \"title\"?"),
    (papers(serializer=PaperSerializer, fields=("title",)), ONE_OF_TWO),
    (papers(serializer=PaperSerializer, fields=()), ONE_OF_TWO),
    (papers(serializer=PaperSerializer, exclude=("title",)), ONE_OF_TWO),
    (papers(serializer=LinkSerializer), "LinkSerializer.ressource_uri: the endpoint adds this name itself; call the field otherwise"),
    (papers(serializer=LinkedSerializer), "LinkedSerializer.shelf: Shelf has no endpoint to link to; make one, or say view_name="),
    (papers(nested="papers"), 'Papers.nested is a tuple of names: write ("papers",)'),
    (papers(nested=None), "Papers.nested is a tuple of names, not None"),
    (papers(model=Shelf, nested=("papers", "papers")), "Papers.nested: 'papers' is there twice"),
    (papers(nested=("pages",)), "Papers.nested: 'pages' is no relation of Paper to several rows"),
    (papers(nested=("title",)), "Papers.nested: 'title' is no relation of Paper to several rows"),
    (papers(nested=("shelf",)), "Papers.nested: 'shelf' is no relation of Paper to several rows"),
    (papers(model=Shelf, nested=("paper",)), "Papers.nested: 'paper' is no relation of Shelf to several rows; did you mean \"papers\"?"),
    (papers(model=Shelf, nested=("papers", "papers")), "Papers.nested: 'papers' is there twice"),
    (papers(model=Shelf, nested=("papers",)), "Papers.nested: Paper, which 'papers' leads to, has no endpoint"),
    (papers(exclude=("title",)), NOBODY.format("title")),
    (papers(serializer=AbstractSerializer), "Papers.serializer: AbstractSerializer has no Meta.model"),
    (papers(serializer=TitleSerializer), NOBODY.format("price")),
    (papers(serializer=ReadSerializer), NOBODY.format("price")),
    (papers(write_serializer=TitleSerializer), NOBODY.format("price")),
    (papers(serializer=PaperSerializer, write_serializer=PlainSerializer), NOBODY.format("price")),
]


@pytest.mark.parametrize(("declared", "said"), MISDECLARED, ids=[said[:60] for _, said in MISDECLARED])
def test_an_endpoint_that_contradicts_itself_is_refused(declared: Any, said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        Wrapper([declared], datastore=MemoryDataStore(), models=[Paper])
    assert str(refusal.value) == said


@pytest.mark.parametrize("module", [endpoint, representing, nested], ids=lambda module: module.__name__)
def test_every_refusal_of_a_module_is_among_the_examples(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    wanted = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Raise) and "Misdeclared" in ast.unparse(node)}
    met = {_line_of_refusal(module, declared) for declared, _ in MISDECLARED}
    assert wanted
    assert wanted <= met


def _line_of_refusal(module: ModuleType, declared: Any) -> int:
    """The line of the module that refused, 0 where it was another module."""
    with pytest.raises(Misdeclared) as refusal:
        Wrapper([declared], datastore=MemoryDataStore(), models=[Paper])
    last = refusal.traceback[-1]
    return last.lineno + 1 if str(last.path) == inspect.getfile(module) else 0


@pytest.mark.parametrize(
    "options",
    [
        {"serializer": TitleSerializer, "list_methods": ("GET",)},
        {"list_serializer": TitleSerializer},
        {"list_serializer": TitleSerializer, "fields": ("title", "price")},
        {"serializer": TitleSerializer, "write_serializer": PaperSerializer},
        {"model": None, "serializer": PaperSerializer},
        {"serializer": type("Creating", (TitleSerializer,), {"create": lambda self, validated_data: None})},
        {"serializer": TitleSerializer, "before_write": lambda self, change: None},
    ],
    ids=",".join,
)
def test_what_contradicts_nothing_is_served(options: dict[str, Any]) -> None:
    assert Wrapper([papers(**options)], datastore=MemoryDataStore()).resources[0].name == "paper"


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
        ((Users, papers(name="users"), Addresses), "Users and Papers are both called 'users'; give one another name"),
        ((Address, type("Address", (models.Model,), {"id": models.PkField(), "Meta": type("Meta", (), {"table": "ADDRESS"})})),
         'Address and Address are both the table "ADDRESS"; give one a Meta.table of its own'),
    ],
)  # fmt: skip
def test_endpoints_that_contradict_each_other_are_refused(endpoints: tuple[Any, ...], said: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        Wrapper(endpoints, datastore=MemoryDataStore())
    assert str(refusal.value) == said
