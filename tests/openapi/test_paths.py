"""Names through relations in the document: its patterns take what the API takes, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrest import Endpoint, MemoryDataStore, Wrapper, models
from pyrest.openapi.paths import MAX_PATTERN
from pyrest.paths import MAX_RELATIONS
from tests.openapi.apps import ENDPOINTS


class Town(models.Model):
    id = models.PkField()
    name = models.StringField()
    twin = models.ForeignKey("town", related_name="twins")


class Firm(models.Model):
    id = models.PkField()
    name = models.StringField()
    seat = models.ForeignKey(Town)
    plant = models.ForeignKey(Town, related_name="+")
    founded = models.DateField()
    notes = models.JSONField()


class Chair(models.Model):
    id = models.PkField()
    firm = models.OneToOneField(Firm)
    heir = models.OneToOneField("chair", related_name="heir_of")
    secret = models.StringField(write_only=True)


class Towns(Endpoint):
    model = Town


class Firms(Endpoint):
    """What may be asked is less than what is shown, and more."""

    model = Firm
    exclude = ("notes",)
    filter_fields = ("name", "seat", "plant", "founded", "notes", "chair")
    ordering_fields = ("id", "name", "seat", "founded")


class Chairs(Endpoint):
    model = Chair


APIS = {"firms": [Towns, Firms, Chairs], "everything": ENDPOINTS["everything"], "relations": ENDPOINTS["relations"]}
WRAPPERS = {name: Wrapper(endpoints, datastore=MemoryDataStore()) for name, endpoints in APIS.items()}
PARTS = ("year", "month", "day", "date", "casefold", "isnull", "pk")
ALWAYS = ("town", "firm", "chair", "thing", "tracks")
LISTS = [
    pytest.param(name, resource.name, marks=[] if resource.name in ALWAYS else [pytest.mark.full])
    for name, wrapper in WRAPPERS.items()
    for resource in wrapper.resources
]
PARAMETERS = ("ordering", "group_by", "facet", "aggregate")


def pattern(wrapper: Wrapper, name: str, parameter: str) -> str:
    """The pattern of the names that a parameter of a list takes."""
    (found,) = [one for one in wrapper.document()["paths"][f"/{name}/"]["get"]["parameters"] if one.get("name") == parameter]
    return str(found["schema"]["items"]["pattern"])


def texts(wrapper: Wrapper, regex: str) -> st.SearchStrategy[str]:
    """Names that there are, or nearly, with what may stand around them."""
    words = {word for model in wrapper.catalog.models for word in (*wrapper.catalog.edges[model], *fields(model))}
    paths = st.lists(st.sampled_from([*sorted(words), *PARTS]), min_size=1, max_size=4).map("__".join)
    measures = st.builds("{}({})".format, st.sampled_from(["count", "count_distinct", "sum", "avg", "min", "max", "median"]), paths)
    around = st.builds("{}{}{}".format, st.sampled_from(["", "", "-"]), paths | measures, st.sampled_from(["", "", ":nullslast", ":last"]))
    return around | st.from_regex(re.compile(regex, re.ASCII), fullmatch=True)


def fields(model: Any) -> list[str]:
    return [name for name in vars(model) if not name.startswith("_")]


def is_taken(client: FlaskClient, name: str, parameter: str, text: str) -> bool:
    """Whether a list takes a text; an ordering may be one of rows, or of groups that are made by it."""
    asked: list[dict[str, str]] = [{parameter: text}]
    if parameter == "ordering":
        bare = text.removeprefix("-").partition(":")[0]
        asked += [{"ordering": text, "group_by": bare}, {"ordering": text, "aggregate": bare}]
    answers = [client.get(f"/{name}/", query_string=one) for one in asked]
    assert {answer.status_code for answer in answers} <= {200, 400}
    return any(answer.status_code == 200 for answer in answers)


@pytest.mark.parametrize(("api", "name"), LISTS)
def test_a_pattern_takes_what_the_list_takes(api: str, name: str, full: bool) -> None:
    wrapper = WRAPPERS[api]
    client, patterns = wrapper.create_app().test_client(), {one: pattern(wrapper, name, one) for one in PARAMETERS}
    asked = st.sampled_from(PARAMETERS).flatmap(lambda one: st.tuples(st.just(one), texts(wrapper, patterns[one])))

    @settings(max_examples=1500 if full else 30, deadline=None, suppress_health_check=[*HealthCheck])
    @given(asked)
    def check(one: tuple[str, str]) -> None:
        parameter, text = one
        if text.count("__") <= MAX_RELATIONS:
            assert is_taken(client, name, parameter, text) == bool(re.search(patterns[parameter], text)), text

    check()


@pytest.mark.parametrize(
    ("name", "parameter", "taken", "refused"),
    [
        ("town", "ordering", ["id", "-twin__twin__name", "name:nullslast", "-sum(twin__id)"], ["twins", "twin__", "id:last", "sum(name)"]),
        ("firm", "group_by", ["founded__year", "seat__name", "plant__twin__name"], ["id", "notes", "chair", "founded__casefold"]),
        ("chair", "aggregate", ["count", "count(firm__founded)", "min(heir_of__id)"], ["count()", "sum(firm__name)", "max(secret)"]),
    ],
)
def test_names_that_a_pattern_takes(name: str, parameter: str, taken: list[str], refused: list[str]) -> None:
    regex = pattern(WRAPPERS["firms"], name, parameter)
    assert [text for text in taken + refused if re.search(regex, text)] == taken


def test_a_pattern_that_would_be_too_long_is_loose_behind_the_first_relation() -> None:
    """Each model has two ways to each of the four before it."""
    kinds: list[Any] = []
    for number in range(10):
        ways = [(f"{way}_{to}", kinds[to]) for way in "ab" for to in range(max(0, number - 4), number)]
        relations = {name: models.ForeignKey(kind, related_name="+") for name, kind in ways}
        columns = {f"column_{one}": models.StringField() for one in range(6)}
        kinds.append(type(f"Kind{number}", (models.Model,), {"id": models.PkField(), **columns, **relations}))
    wrapper = Wrapper(kinds, datastore=MemoryDataStore())
    regexes = [pattern(wrapper, f"kind{number}", "group_by") for number in range(10)]
    assert max(map(len, regexes)) <= MAX_PATTERN + len("^$")
    assert re.search(regexes[9], "a_8__a_7__a_6__nothing") and not re.search(regexes[9], "nothing__id")
    assert re.search(regexes[2], "a_1__b_0__column_5") and not re.search(regexes[2], "a_1__nothing")
