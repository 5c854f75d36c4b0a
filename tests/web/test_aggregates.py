"""Aggregates and facets over HTTP: groups with their pages, counts beside a page, who may ask for what, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, SQLiteDataStore, Wrapper, models, serializers
from pyrest.aggregates import MAX_GROUPS, MAX_MEASURES
from pyrest.store import Store
from pyrest.summaries import MAX_FACET_VALUES, MAX_FACETS
from tests.elsewhere import commit_elsewhere
from tests.web.answers import error, row, rows


class Country(models.Model):
    code = models.StringPkField()
    name = models.StringField()
    memo = models.StringField(write_only=True)


class Customer(models.Model):
    id = models.PkField()
    name = models.StringField()
    country = models.ForeignKey(Country)
    password = models.StringField(write_only=True)
    rating = models.IntegerField()


class Tag(models.Model):
    id = models.PkField()
    word = models.StringField()


class Invoice(models.Model):
    id = models.PkField()
    customer = models.ForeignKey(Customer, related_name="invoices")
    total = models.DecimalField(8, 2)
    number = models.IntegerField()
    weight = models.FloatField()
    sent = models.DateTimeField()
    paid = models.BooleanField()
    cost = models.DecimalField(8, 2)
    extras = models.JSONField()
    tags = models.ManyToManyField(Tag)


class Box(models.Model):
    id = models.PkField()
    count = models.IntegerField()
    total = models.IntegerField()


class Customers(Endpoint):
    model = Customer
    exclude = ("rating",)
    nested = ("invoices",)


class Countries(Endpoint):
    model = Country


class Invoices(Endpoint):
    model = Invoice
    exclude = ("cost",)
    search_fields = ("customer__name",)


class Open(Endpoint):
    """What may be asked is less than what is shown, and more."""

    name = "open"
    model = Invoice
    exclude = ("cost", "customer")
    filter_fields = ("total", "cost", "customer")


class BySlug(serializers.ModelSerializer):
    country = serializers.SlugRelatedField(slug_field="name", read_only=True)

    class Meta:
        model = Customer
        fields = ("id", "country")


class ByText(serializers.ModelSerializer):
    country = serializers.StringRelatedField()

    class Meta:
        model = Customer
        fields = ("id", "country")


class Slugs(Endpoint):
    name = "slugs"
    serializer = BySlug


class Texts(Endpoint):
    name = "texts"
    serializer = ByText


class Whole(Endpoint):
    name = "whole"
    model = Customer
    pagination = None


ENDPOINTS = (Customers, Countries, Invoices, Open, Slugs, Texts, Whole, Box, Tag)


def fill(store: Store) -> None:
    store[Country].bulk_create([{"code": "fr", "name": "France", "memo": "x"}, {"code": "us", "name": "USA"}])
    store[Customer].bulk_create(
        {"name": name, "country": country, "password": "x", "rating": 5}
        for name, country in (("Ann", "fr"), ("Bob", "us"), ("Cleo", "fr"), ("Dan", None))
    )
    store[Invoice].bulk_create(
        {"customer": customer, "total": total, "number": 2**62, "weight": 0.5, "sent": sent, "paid": paid, "cost": "1"}
        for customer, total, sent, paid in (
            (1, "9.50", "2023-12-31T23:30:00Z", True), (1, "10.00", "2024-01-01T00:00:00Z", True),
            (2, "0.10", "2024-01-31T12:00:00Z", False), (3, "0.20", None, False), (None, None, "2024-02-29T12:00:00Z", None),
        )
    )  # fmt: skip
    store[Box].bulk_create([{"count": 1, "total": 2}, {"count": 1, "total": 3}])


@pytest.fixture(scope="module", params=["sqlite", "memory"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    sqlite = SQLiteDataStore(tmp_path_factory.mktemp("invoices") / "invoices.db", durability="normal")
    wrapper = Wrapper(ENDPOINTS, datastore=sqlite if request.param == "sqlite" else MemoryDataStore())
    fill(wrapper.store)
    yield wrapper.create_app().test_client()
    sqlite.close()


def values(client: FlaskClient, path: str) -> list[list[Any]]:
    """The values of the groups, without their names."""
    return [[*group.values()] for group in rows(client, path)]


def test_groups_stand_in_the_place_of_rows(client: FlaskClient) -> None:
    answer = row(client.get("/invoice/?aggregate=count,sum(total)&group_by=customer__country__name&ordering=-sum(total)&number__gt=1"))
    assert answer == {
        "meta": {"count": 20, "filters": {"number__gt": "1"}, "next": "null", "offset": 0, "previous": "null", "total_count": 3},
        "object_list": [
            {"customer__country__name": "France", "count": 3, "sum(total)": "19.70"},
            {"customer__country__name": "USA", "count": 1, "sum(total)": "0.10"},
            {"customer__country__name": None, "count": 1, "sum(total)": None},
        ],
    }


def test_groups_have_pages(client: FlaskClient) -> None:
    answer = client.get("/invoice/?aggregate=count&group_by=customer&ordering=-count,customer&count=2&offset=1&total__isnull=false")
    body = row(answer)
    assert body["object_list"] == [{"customer": 2, "count": 1}, {"customer": 3, "count": 1}]
    others = "aggregate=count&count=2&group_by=customer&offset={}&ordering=-count%2Ccustomer&total__isnull=false"
    assert (body["meta"]["next"], body["meta"]["previous"]) == ("null", "?" + others.format(0))
    assert body["meta"]["total_count"] == 3
    assert answer.headers["Link"] == f'<?{others.format(0)}>; rel="prev"'
    assert row(client.get("/invoice/" + body["meta"]["previous"]))["object_list"] == [
        {"customer": 1, "count": 2},
        {"customer": 2, "count": 1},
    ]
    beyond = row(client.get("/invoice/?group_by=customer&offset=9"))
    assert (beyond["object_list"], beyond["meta"]["total_count"]) == ([], 4)


def test_without_group_by_there_is_one_object(client: FlaskClient) -> None:
    answer = row(client.get("/invoice/?aggregate=count,count(customer),avg(total),min(sent),max(paid),sum(weight)"))
    assert answer["meta"]["total_count"] == 1
    assert answer["object_list"] == [
        {
            "count": 5,
            "count(customer)": 4,
            "avg(total)": "4.950000",
            "min(sent)": "2023-12-31T23:30:00Z",
            "max(paid)": True,
            "sum(weight)": 2.5,
        }
    ]


def test_a_sum_of_more_than_64_bits_is_written_in_full(client: FlaskClient) -> None:
    answer = client.get("/invoice/?aggregate=sum(number)")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert f'"sum(number)":{5 * 2**62}' in answer.text


def test_group_by_alone_counts(client: FlaskClient) -> None:
    assert rows(client, "/invoice/?group_by=paid") == [{"paid": None, "count": 1}, {"paid": False, "count": 2}, {"paid": True, "count": 2}]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("group_by=sent__year,sent__month", [[None, None, 1], [2023, 12, 1], [2024, 1, 2], [2024, 2, 1]]),
        ("group_by=sent__date&ordering=-sent__date:nullslast&count=1", [["2024-02-29", 1]]),
        ("aggregate=max(sent__date),count_distinct(sent__year)", [["2024-02-29", 2]]),
        ("group_by=customer__country", [[None, 1], ["fr", 3], ["us", 1]]),
        ("group_by=customer__country__code", [[None, 1], ["fr", 3], ["us", 1]]),
        ("aggregate=min(customer__name)&group_by=paid", [[None, None], [False, "Bob"], [True, "Ann"]]),
        ("aggregate=count&search=ann", [[2]]),
        ("aggregate=count&or=(customer=2,customer=3)", [[2]]),
        ("aggregate=count&customer__name=Nobody", [[0]]),
        ("aggregate=sum(total)&customer__name=Nobody", [[None]]),
        ("aggregate=count&group_by=paid&customer__name=Nobody", []),
    ],
)  # fmt: skip
def test_what_a_query_finds(client: FlaskClient, query: str, wanted: list[Any]) -> None:
    assert values(client, f"/invoice/?{query}") == wanted


def test_a_relation_is_grouped_by_what_it_is_shown_by(client: FlaskClient) -> None:
    assert values(client, "/slugs/?group_by=country") == [[None, 1], ["France", 2], ["USA", 1]]
    assert values(client, "/customer/?group_by=country") == [[None, 1], ["fr", 2], ["us", 1]]
    assert error(client.get("/texts/?group_by=country"), 400) == '"group_by": "country" is a relation; name a field behind it: country__…'
    assert values(client, "/texts/?group_by=country__name") == [[None, 1], ["France", 2], ["USA", 1]]


def test_below_a_row(client: FlaskClient) -> None:
    assert values(client, "/customer/1/invoices/?aggregate=count,sum(total)") == [[2, "19.50"]]
    answer = row(client.get("/customer/1/invoices/?facet=sent__year"))
    assert answer["meta"]["facets"] == {"sent__year": [{"value": 2023, "count": 1}, {"value": 2024, "count": 1}]}
    assert client.get("/customer/9/invoices/?aggregate=count").status_code == 404


def test_a_list_without_pages_has_all_groups(client: FlaskClient) -> None:
    answer = row(client.get("/whole/?group_by=country"))
    assert (answer["meta"]["count"], len(answer["object_list"])) == (3, 3)


def test_fields_called_like_parameters_and_measures(client: FlaskClient) -> None:
    assert rows(client, "/box/?aggregate=sum(total),max(count)") == [{"sum(total)": 5, "max(count)": 1}]
    assert rows(client, "/box/?aggregate=count(total)&group_by=count") == [{"count": 1, "count(total)": 2}]
    said = '"aggregate": "count" is a field to group by as well; count its values: count(count).'
    assert error(client.get("/box/?group_by=count"), 400) == said


# Who may ask for what.


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/invoice/?aggregate=sum(cost)", 'unknown field "cost"'),
        ("/invoice/?group_by=cost", 'unknown field "cost"'),
        ("/invoice/?facet=cost", 'unknown field "cost"'),
        ("/customer/?aggregate=max(password)", 'unknown field "password"'),
        ("/customer/?group_by=rating", 'unknown field "rating"'),
        ("/invoice/?group_by=customer__password", 'unknown field "password"'),
        ("/invoice/?aggregate=sum(customer__rating)", 'unknown field "rating"'),
        ("/customer/?facet=country__memo", 'unknown field "memo"'),
        ("/open/?aggregate=sum(cost)", 'unknown field "cost"'),
        ("/open/?group_by=customer", 'unknown field "customer"'),
        ("/open/?facet=customer__name", 'unknown field "customer"'),
        ("/open/?aggregate=sum(number)", 'unknown field "number"'),
    ],
)
def test_what_is_hidden_is_not_aggregated(client: FlaskClient, path: str, said: str) -> None:
    assert error(client.get(path), 400).startswith(said)


def test_what_may_only_be_filtered_by_still_narrows(client: FlaskClient) -> None:
    assert values(client, "/open/?aggregate=sum(total)&cost=1&customer=1") == [["19.50"]]


# What is refused.


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("aggregate=", '"aggregate": Measures are required, such as count,sum(price).'),
        ("group_by=", '"group_by": Names of fields are required, such as country,created__year.'),
        ("aggregate=count&aggregate=count", '"aggregate": "count" is there twice.'),
        ("aggregate=count,", '"aggregate": "" is no measure; write count, or one of a field: '
         "count(…), count_distinct(…), sum(…), avg(…), min(…), max(…)."),
        ("aggregate=summ(total)", 'unknown measure "summ"; did you mean "sum"?'),
        ("aggregate=sum(totl)", 'unknown field "totl"; did you mean "total"?'),
        ("aggregate=sum(customer__name)", '"aggregate": sum(customer__name): customer__name is no number; '
         "there are count, count_distinct, min and max of it."),
        ("aggregate=sum(extras)", '"aggregate": The values of extras have no order; there is only their count.'),
        ("group_by=extras", '"group_by": The values of extras have no order; there is only their count.'),
        ("group_by=tags", '"group_by": tags leads to several rows; a row has to have one value.'),
        ("group_by=sent__yaer", '"group_by": sent has no part "yaer"; did you mean "year"?'),
        ("group_by=customer,customer", '"group_by": "customer" is there twice.'),
        ("aggregate=count&ordering=total", 'unknown ordering "total"'),
        ("group_by=paid&ordering=", '"ordering": Names of groups or measures are required, such as -count.'),
        ("group_by=paid&ordering=count:last", '"ordering": Behind the colon stands nullsfirst or nullslast, not "last".'),
        ("group_by=paid&facet=paid", '"facet": This parameter is about the rows of a list; leave it out beside aggregate and group_by.'),
        ("group_by=paid&cursor=", '"cursor": This parameter is about the rows of a list; leave it out beside aggregate and group_by.'),
        ("group_by=paid&count=0", '"count": The number of objects on a page is 1 to 100.'),
        ("group_by=paid&nmber=1", 'unknown filter "nmber"; did you mean "number"?'),
        ("facet=", '"facet": Names of fields are required, such as country,created__year.'),
        ("facet=paid,paid", '"facet": "paid" is there twice.'),
        ("facet=extras", '"facet": The values of extras have no order; there is only their count.'),
        ("facet=tags", '"facet": tags leads to several rows; a row has to have one value.'),
        ("facet=piad", 'unknown field "piad"; did you mean "paid"?'),
        (f"aggregate={','.join(f'count({i})' for i in range(MAX_MEASURES + 1))}", f'"aggregate": At most {MAX_MEASURES} at once.'),
        (f"group_by={','.join(map(str, range(MAX_GROUPS + 1)))}", f'"group_by": At most {MAX_GROUPS} at once.'),
        (f"facet={','.join(map(str, range(MAX_FACETS + 1)))}", f'"facet": At most {MAX_FACETS} at once.'),
        ("aggregate=sum(" + "customer__" * 60 + "total)", 'unknown field "customer"'),
    ],
    ids=lambda text: text[:50],
)  # fmt: skip
def test_what_means_nothing_is_refused(client: FlaskClient, query: str, said: str) -> None:
    assert error(client.get(f"/invoice/?{query}"), 400).startswith(said)


def test_a_sum_beyond_the_range_of_floats(store: SQLiteDataStore) -> None:
    client = Wrapper([Invoices, Customers, Countries, Tag], datastore=store).create_app().test_client()
    store[Invoice].bulk_create([{"weight": 1.5e308}, {"weight": 1.5e308}])
    assert error(client.get("/invoice/?aggregate=sum(weight)"), 400) == '"aggregate": sum(weight) is beyond the range of floats.'
    assert values(client, "/invoice/?aggregate=avg(weight)") == [[1.5e308]]


def test_up_to_the_limit_of_facets(client: FlaskClient) -> None:
    names = ["id", "customer", "total", "number", "weight", "sent", "paid", "sent__year", "sent__month", "sent__day", "sent__date"][
        :MAX_FACETS
    ]
    assert [*row(client.get(f"/invoice/?facet={','.join(names)}"))["meta"]["facets"]] == names


@pytest.mark.parametrize("name", ["aggregate", "group_by", "facet"])
def test_only_lists_take_them(client: FlaskClient, name: str) -> None:
    assert error(client.get(f"/invoice/1/?{name}=paid"), 400) == f'unknown parameter "{name}"'
    assert error(client.post(f"/tag/?{name}=paid", json={}), 400) == f'unknown parameter "{name}"'


# Facets.


def test_facets_count_the_rows_of_all_pages(client: FlaskClient) -> None:
    answer = row(client.get("/invoice/?facet=paid,customer__country&number__gt=1&count=1&ordering=-id"))
    assert [one["id"] for one in answer["object_list"]] == [5]
    assert answer["meta"] == {
        "count": 1, "filters": {"number__gt": "1"}, "offset": 0, "previous": "null", "total_count": 5,
        "next": "?count=1&facet=paid%2Ccustomer__country&number__gt=1&offset=1&ordering=-id",
        "facets": {
            "paid": [{"value": False, "count": 2}, {"value": True, "count": 2}, {"value": None, "count": 1}],
            "customer__country": [{"value": "fr", "count": 3}, {"value": None, "count": 1}, {"value": "us", "count": 1}],
        },
        "facets_cut": [],
    }  # fmt: skip


def test_facets_of_nothing(client: FlaskClient) -> None:
    meta = row(client.get("/invoice/?facet=paid&customer__name=Nobody"))["meta"]
    assert (meta["facets"], meta["facets_cut"]) == ({"paid": []}, [])


def test_a_facet_of_many_values_is_cut_and_says_so(store: SQLiteDataStore) -> None:
    client = Wrapper([Box], datastore=store).create_app().test_client()
    store[Box].bulk_create({"count": i, "total": i % MAX_FACET_VALUES} for i in range(MAX_FACET_VALUES + 1))
    meta = row(client.get("/box/?facet=count,total"))["meta"]
    assert [len(meta["facets"][name]) for name in ("count", "total")] == [MAX_FACET_VALUES] * 2
    assert meta["facets_cut"] == ["count"]
    assert meta["facets"]["total"][:2] == [{"value": 0, "count": 2}, {"value": 1, "count": 1}]


# What it costs.


def selects(store: SQLiteDataStore, client: FlaskClient, path: str) -> list[str]:
    """The queries of a request where nothing is known yet."""
    commit_elsewhere(store)
    with store.recorded() as statements:
        assert client.get(path).status_code == 200
    return [text for text in statements if text.startswith("SELECT")]


def test_statements(store: SQLiteDataStore) -> None:
    client = Wrapper(ENDPOINTS, datastore=store).create_app().test_client()
    fill(store)
    plain = len(selects(store, client, "/invoice/"))
    counted = len(selects(store, client, "/invoice/?count=1"))
    assert len(selects(store, client, "/invoice/?aggregate=count,sum(total)&group_by=customer__country__name&count=2")) == 1
    assert len(selects(store, client, "/invoice/?facet=paid,customer__country__name")) == plain + 2
    assert len(selects(store, client, "/invoice/?facet=paid,customer__country__name,sent__year&count=1")) == counted + 3


def test_a_page_and_its_facets_are_of_one_snapshot(store: SQLiteDataStore) -> None:
    client = Wrapper(ENDPOINTS, datastore=store).create_app().test_client()
    fill(store)
    with store.recorded() as statements:
        assert client.get("/invoice/?facet=paid").status_code == 200
    touching = [text for text in statements if not text.startswith("PRAGMA")]
    assert (touching[0], touching[-1], touching.count("BEGIN")) == ("BEGIN", "COMMIT", 1)


class Ship(models.Model):
    id = models.PkField()
    name = models.StringField()
    length = models.IntegerField(index=True)


class Ships(Endpoint):
    model = Ship
    refuse_scans = 9


@pytest.fixture
def ships(store: SQLiteDataStore) -> FlaskClient:
    client = Wrapper([Ships], datastore=store).create_app().test_client()
    store[Ship].bulk_create({"name": f"s{i}", "length": i} for i in range(10))
    return client


@pytest.mark.parametrize("query", ["aggregate=count", "group_by=length", "aggregate=max(name)&name__contains=s", "facet=length"])
def test_a_scan_is_refused(ships: FlaskClient, query: str) -> None:
    said = 'this would read all of "ship", which has more than 9 rows; no index serves this; ask for something narrower'
    assert error(ships.get(f"/ship/?{query}"), 400) == said


def test_a_scan_that_an_index_spares_names_it(ships: FlaskClient) -> None:
    assert 'CREATE INDEX "ix_ship.name"' in error(ships.get("/ship/?aggregate=count&name=s1"), 400)


@pytest.mark.parametrize("query", ["aggregate=count&length=3", "group_by=name&length=3", "facet=name&length__range=3,3"])
def test_what_an_index_narrows_is_answered(ships: FlaskClient, query: str) -> None:
    assert orjson.loads(ships.get(f"/ship/?{query}").data)["meta"]["total_count"] == 1


class Words(Endpoint):
    name = "words"
    model = Ship
    search = "fts"
    search_fields = ("name",)


def test_a_search_by_words_narrows(store: SQLiteDataStore) -> None:
    for kept in (store, MemoryDataStore()):
        client = Wrapper([Words], datastore=kept).create_app().test_client()
        kept[Ship].bulk_create({"name": name, "length": i} for i, name in enumerate(("Old Tide", "Low Tide", "Night Boat")))
        assert values(client, "/words/?aggregate=count,sum(length)&search=tide") == [[2, 1]]
        assert row(client.get("/words/?facet=name&search=low"))["meta"]["facets"] == {"name": [{"value": "Low Tide", "count": 1}]}
