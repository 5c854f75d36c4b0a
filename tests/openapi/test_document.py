"""The document: that it is one, what it says of each declaration, and how it is served, whole and in parts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, Wrapper, cli, models, serializers
from pyrest.importing import MAX_OBJECTS
from pyrest.openapi.batches import HEADERS, MAX_TEXT, METHODS
from pyrest.openapi.parameters import PREFERENCES
from pyrest.openapi.responses import ERRORS
from pyrest.web.batch_parts import MEMBERS
from pyrest.web.documents import MAX_MOUNTS
from pyrest.web.errors import STATUS
from pyrest.web.idempotency import MAX_KEY
from pyrest.web.preferences import KNOWN
from tests.openapi.apps import ENDPOINTS, needs
from tests.web.book import DUPONT, VALMY, Addresses, Users
from tests.web.everything import Tag

Json = dict[str, Any]

APIS: dict[str, list[Any]] = {"nothing": [], **ENDPOINTS}


def wrapper_of(*endpoints: Any, **options: Any) -> Wrapper:
    return Wrapper(endpoints, datastore=MemoryDataStore(), **options)


def client_of(*endpoints: Any, **options: Any) -> FlaskClient:
    return wrapper_of(*endpoints, **options).create_app().test_client()


def schemas_of(*endpoints: Any) -> Json:
    found: Json = wrapper_of(*endpoints).document()["components"]["schemas"]
    return found


def references(found: Any) -> set[str]:
    return set(re.findall(r'"\$ref": "#/components/([\w/-]+)"', json.dumps(found)))


# That it is one.


@needs("openapi_spec_validator")
@pytest.mark.parametrize("name", APIS)
def test_it_validates(name: str) -> None:
    from openapi_spec_validator import validate

    validate(wrapper_of(*APIS[name], version="2").document("/api"))


@pytest.mark.parametrize("name", APIS)
def test_what_it_refers_to_is_there_and_used(name: str) -> None:
    found = wrapper_of(*APIS[name]).document()
    there = {f"{kind}/{one}" for kind, some in found["components"].items() for one in some}
    assert references(found) <= there
    if name != "nothing":
        assert {one for one in there - references(found) if one.startswith("schemas/")} == set()


@pytest.mark.parametrize("name", APIS)
def test_every_route_of_the_application_is_in_it_with_its_methods(name: str) -> None:
    wrapper = wrapper_of(*APIS[name], docs=None)
    app = wrapper.create_app()
    routes = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule): {method.lower() for method in rule.methods or ()} - {"head", "options"}
        for rule in app.url_map.iter_rules()
        if "_statements" not in rule.rule
    }
    assert {path: set(item) for path, item in wrapper.document()["paths"].items()} == routes


def test_every_status_of_a_refusal_is_in_it() -> None:
    assert {*ERRORS} == {*STATUS.values()} - {500}


def test_every_preference_is_in_it() -> None:
    spelled = {name: [text.partition("=")[2] for text in texts] for name, (_, texts) in PREFERENCES.items()}
    assert spelled.keys() == KNOWN.keys()
    for name, preference in KNOWN.items():
        assert {*spelled[name]} == {*preference.values} or (not preference.values and all(map(preference.takes, spelled[name])))


@pytest.mark.parametrize("name", ["book", "everything", "relations"])
def test_of_each_write_those_are_named_that_have_a_meaning_for_it(name: str) -> None:
    wrapper = wrapper_of(*APIS[name])
    client, kinds = wrapper.create_app().test_client(), set()
    for path, item in wrapper.document()["paths"].items():
        for method in item.keys() - {"get"}:
            named = {text.partition("=")[0] for text in header(item[method], "Prefer").get("examples", ())}
            body: Any = {} if "requestBody" in item[method] else None
            address = path.replace("{key}", "1").replace("{child}", "2")
            meant = {one for one in KNOWN if has_meaning(client, method, address, one, body)} if path != "/batch/" else {"dry-run"}
            # Below a row which is not there, a POST ends with a 404 before it is known that rows are only linked there.
            assert meant - named <= ({"resolution"} if "{key}" in path and method == "post" else set()), (method, path)
            assert named <= meant, (method, path)
            kinds.add(frozenset(named))
    assert len(kinds) >= 3


def has_meaning(client: FlaskClient, method: str, path: str, name: str, body: Any) -> bool:
    preferred = {"Prefer": f"handling=strict, {PREFERENCES[name][1][0]}"}
    matched = preferred if path.count("/") % 2 == 0 else preferred | {"If-Match": "*"}  # lists take no conditions
    answer = client.open(path, method=method.upper(), headers=matched, json=body)
    said = (answer.get_json(silent=True) or {}).get("error", "")
    return not re.search("has no meaning for this request|no row can be recognized", said)


def header(operation: Json, name: str) -> Json:
    """The schema of a header of an operation's own."""
    found: list[Json] = [one["schema"] for one in operation.get("parameters", ()) if one.get("name") == name]
    return found[0] if found else {}


def test_operation_ids_read_well_and_are_different() -> None:
    paths = wrapper_of(*APIS["relations"]).document()["paths"]
    ids = [operation["operationId"] for item in paths.values() for operation in item.values()]
    assert len(ids) == len(set(ids))
    assert {"albums_list", "albums_create", "albums_retrieve", "albums_replace", "albums_update", "albums_delete"} <= set(ids)
    assert {"albums_tracks_list", "albums_tracks_create", "albums_tags_link", "albums_tags_unlink"} <= set(ids)


def test_names_that_meet_get_a_number() -> None:
    one, other = (type("Some", (Endpoint,), {"model": Tag, "name": name}) for name in ("big tags", "big-tags"))
    found = wrapper_of(one, other).document()
    assert [found["paths"][path]["get"]["operationId"] for path in ("/big%20tags/", "/big-tags/")] == ["big_tags_list", "big_tags_list2"]
    assert {"BigTagsCreate", "BigTagsCreate2"} <= found["components"]["schemas"].keys()


def test_endpoints_that_are_called_as_the_schemas_of_all_leave_them_alone() -> None:
    named = [type("Some", (Endpoint,), {"model": Tag, "name": name}) for name in ("batch-answer", "error", "groups", "dry-run")]
    found = wrapper_of(*named).document()["components"]["schemas"]
    answers = found["BatchAnswers"]["properties"]["responses"]["items"]["$ref"].rpartition("/")[2]
    assert found[answers]["required"] == ["status", "headers", "body"] and found["Error"]["required"] == ["error"]


# Writes.


def operations(*endpoints: Any, **options: Any) -> dict[str, Json]:
    paths = wrapper_of(*endpoints, **options).document()["paths"]
    return {operation["operationId"]: operation for item in paths.values() for operation in item.values()}


def test_bodies_of_a_list_are_one_object_or_many() -> None:
    body = operations(Users, Addresses)["users_create"]["requestBody"]["content"]["application/json"]["schema"]
    one = {"$ref": "#/components/schemas/UsersCreate"}
    assert body == {"anyOf": [one, {"type": "array", "items": one, "maxItems": MAX_OBJECTS}]}


def test_writes_of_what_filters_select_are_there_where_the_endpoint_has_them() -> None:
    found = operations(*APIS["relations"])
    assert {name for name in found if "_bulk_" in name} == {"tags_bulk_update", "tags_bulk_delete"}
    names = [one["name"] for one in found["tags_bulk_delete"]["parameters"] if "name" in one]
    assert names == ["id", "name", "lookups", "and", "or", "not", "Prefer"]
    assert "max-affected=10" in header(found["tags_bulk_delete"], "Prefer")["examples"]
    assert "requestBody" in found["tags_bulk_update"] and "requestBody" not in found["tags_bulk_delete"]


def test_put_creates_where_clients_choose_keys() -> None:
    found = operations(*APIS["everything"])
    assert "201" in found["tag_replace"]["responses"] and "201" not in found["thing_replace"]["responses"]


def test_on_conflict_has_what_is_unique() -> None:
    found = operations(*APIS["everything"])
    assert on_conflict(found["tag_create"]) == ["name"] and on_conflict(found["thing_create"]) == ["code", "text,whole", "uid"]
    assert operations(Users, Addresses)["users_create"]["parameters"][0] == {"$ref": "#/components/parameters/Idempotency-Key"}


def on_conflict(operation: Json) -> list[str]:
    (names,) = [one["schema"]["enum"] for one in operation["parameters"] if one.get("name") == "on_conflict"]
    return list(names)


def test_what_demands_conditions_says_so() -> None:
    found = operations(*APIS["relations"])
    demanded = [one for one in found["sleeves_update"]["parameters"] if one.get("name") == "If-Match"]
    assert [one["required"] for one in demanded] == [True] and "428" in found["sleeves_update"]["responses"]
    assert "428" in found["sleeves_create"]["responses"] and "428" not in found["albums_update"]["responses"]
    assert "resolution=merge-duplicates" not in header(found["sleeves_create"], "Prefer")["examples"]
    assert "resolution=ignore-duplicates" in header(found["sleeves_create"], "Prefer")["examples"]


def test_rows_are_only_recognized_where_something_is_unique_and_they_are_not_only_linked() -> None:
    found, other = operations(*APIS["relations"]), operations(*APIS["everything"])
    assert "resolution=merge-duplicates" in header(other["tag_create"], "Prefer")["examples"]
    for name in ("albums_create", "albums_tags_create"):
        assert not any("resolution" in text for text in header(found[name], "Prefer")["examples"])


def test_the_batch_is_there_as_the_wrapper_has_it() -> None:
    document = wrapper_of(Users, Addresses, batch="all", max_batch=7).document()
    assert document["paths"]["/all/"]["post"]["operationId"] == "api_batch"
    requests = document["components"]["schemas"]["Batch"]["properties"]["requests"]
    assert requests["maxItems"] == 7
    described = requests["items"]["properties"]
    assert described.keys() == {*MEMBERS} and described["method"]["enum"] == [*METHODS]
    assert described["headers"]["properties"].keys() == {*HEADERS}
    assert {described["path"]["maxLength"], described["headers"]["properties"]["Prefer"]["maxLength"]} == {MAX_TEXT}
    assert not any("Batch" in name for name in wrapper_of(Users, Addresses, batch=None).document()["components"]["schemas"])


def test_the_limit_of_a_key_is_in_it() -> None:
    key = wrapper_of(Users, Addresses).document()["components"]["parameters"]["Idempotency-Key"]["schema"]
    assert key["maxLength"] == MAX_KEY
    assert [bool(re.search(key["pattern"], text)) for text in ("a", '"a b"', 'a"', '""', "", " a", "é")] == [True] * 3 + [False] * 4


# What it says of declarations.


TEXTS = {"type": "string"}
INT64 = {"type": "integer", "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1}


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (models.StringField(required=True, min_length=2, max_length=5), TEXTS | {"minLength": 2, "maxLength": 5}),
        (models.StringField(required=True, pattern="a+"), TEXTS | {"pattern": "^(?:a+)$"}),
        (models.StringField(required=True, pattern=r"(?i)a\Z"), TEXTS | {"description": r"It matches the Python pattern `(?i)a\Z`."}),
        (models.StringField(required=True, help_text="Which one."), TEXTS | {"description": "Which one."}),
        (
            models.StringField(required=True, choices=[("s", "Small"), ("l", "Large")]),
            TEXTS | {"enum": ["s", "l"], "description": "`s`: Small; `l`: Large"},
        ),
        (models.StringField(choices=["s"]), {"type": ["string", "null"], "enum": ["s", None]}),
        (models.StringField(default="x"), TEXTS | {"default": "x"}),
        (models.StringField(default=lambda: "x"), TEXTS),
        (models.StringField(required=True, write_only=True), TEXTS | {"writeOnly": True}),
        (models.IntegerField(required=True), INT64),
        (models.IntegerField(min=1, max=9), INT64 | {"type": ["integer", "null"], "minimum": 1, "maximum": 9}),
        (models.FloatField(required=True, min=0.5), {"type": "number", "format": "double", "minimum": 0.5}),
        (models.BooleanField(default=False), {"type": "boolean", "default": False}),
        (models.DecimalField(5, 2, required=True), TEXTS | {"format": "decimal", "pattern": r"^-?[0-9]{1,3}(\.[0-9]{1,2})?$"}),
        (models.DecimalField(2, 2, required=True), TEXTS | {"format": "decimal", "pattern": r"^-?0(\.[0-9]{1,2})?$"}),
        (models.DecimalField(2, 0, default="7"), TEXTS | {"format": "decimal", "pattern": "^-?[0-9]{1,2}$", "default": "7"}),
        (models.DateField(required=True), TEXTS | {"format": "date"}),
        (models.DateTimeField(), {"type": ["string", "null"], "format": "date-time"}),
        (models.UUIDField(required=True), TEXTS | {"format": "uuid"}),
        (models.UUIDField(required=True, format="hex"), TEXTS),
        (models.JSONField(), {}),
        (models.JSONField(required=True), {"not": {"type": "null"}}),
    ],
    ids=repr,
)
def test_the_values_of_a_field_in_a_body(field: Any, schema: Json) -> None:
    made: Any = type("Made", (models.Model,), {"id": models.PkField(), "value": field})
    assert schemas_of(made)["MadeCreate"]["properties"] == {"value": schema}


def test_bodies_differ_by_what_they_are_for() -> None:
    found = schemas_of(*APIS["everything"])
    assert found["TagCreate"]["required"] == ["name"] and found["TagCreate"]["properties"].keys() == {"name", "weight"}
    assert found["TagReplace"]["properties"].keys() == {"weight"} and "required" not in found["TagReplace"]
    assert found["TagCreate"]["properties"]["weight"]["default"] == 1.0
    assert "default" not in found["TagPatch"]["properties"]["weight"]
    assert found["ThingReplace"]["required"] == ["code", "flag"] and "required" not in found["ThingPatch"]
    assert not {"id", "fixed"} & found["ThingCreate"]["properties"].keys()
    assert found["Thing"]["properties"]["fixed"]["readOnly"] and "secret" not in found["Thing"]["properties"]
    assert all(found[f"Thing{mode}"]["additionalProperties"] is False for mode in ("Create", "Replace", "Patch"))


def test_relations_are_what_stands_for_them() -> None:
    found = schemas_of(*APIS["relations"])
    albums = found["Albums"]["properties"]
    expanded = {"anyOf": [{"$ref": "#/components/schemas/Artists"}, {"type": "null"}]}
    assert albums["artist"]["anyOf"] == [{"type": ["string", "null"]}, expanded]
    assert albums["initial"] == {"type": "string", "readOnly": True, "description": "The first letter of the title."}
    body = found["AlbumsCreate"]["properties"]
    assert body["tags"] == {"type": "array", "items": {"type": "string", "format": "uuid"}}
    assert body["tracks"] == {"type": "array", "items": {"$ref": "#/components/schemas/AlbumsTracksItem"}}
    item = found["AlbumsTracksItem"]
    assert (item["if"], item["then"]) == ({"not": {"required": ["id"]}}, {"required": ["title"]})
    assert found["TracksCreate"]["properties"]["album"] == {"type": ["string", "null"], "format": "uri-reference"}


def test_a_body_below_a_row_leaves_out_what_the_row_gives() -> None:
    artist = wrapper_of(*APIS["relations"]).document()
    below = artist["paths"]["/artists/{key}/albums/"]["post"]["requestBody"]["content"]["application/json"]["schema"]["anyOf"][0]
    name = below["$ref"].rpartition("/")[2]
    assert name == "AlbumsBelowArtistsCreate"
    assert "artist" not in artist["components"]["schemas"][name]["properties"]


def test_a_serializer_that_shows_and_reads_in_its_own_way_is_left_open() -> None:
    class Shout(serializers.SerializerField):
        def to_representation(self, value: Any) -> str:
            return str(value).upper()

        def to_internal_value(self, data: Any) -> Any:
            return data

    class Loud(serializers.ModelSerializer):
        name = Shout()

        class Meta:
            model = Tag
            fields = ("name",)

    endpoint = type("Louds", (Endpoint,), {"serializer": Loud, "name": "louds"})
    found = schemas_of(endpoint)
    assert found["Louds"]["properties"]["name"] == {"type": ["string", "null"]}
    assert found["LoudsCreate"]["properties"]["name"] == {}


def parameters(path: str, *endpoints: Any) -> dict[str, Json]:
    operation = wrapper_of(*endpoints).document()["paths"][path]["get"]
    return {parameter["name"]: parameter["schema"] for parameter in operation["parameters"] if "name" in parameter}


def test_what_a_list_may_be_asked() -> None:
    found = parameters("/address/", Users, Addresses)
    assert found["count"]["anyOf"][0] == {"type": "integer", "minimum": 1, "maximum": 100}
    assert found["ordering"]["items"]["examples"] == ["country", "city", "street", "number"]
    assert found["expand"]["items"] == {"type": "string", "pattern": r"^(user_set|user_set\(.+\))$", "examples": ["user_set"]}
    assert found["aggregate"]["items"]["examples"] == ["count", "sum(number)"]
    assert found["city"] == {"type": "string"} and "search" not in found
    assert parameters("/users/", Users, Addresses)["address"] == {"anyOf": [{"type": "integer", "format": "int64"}, {"const": ""}]}


def test_every_name_that_stands_in_parameters_is_taken() -> None:
    wrapper = wrapper_of(*APIS["relations"])
    client, refused = wrapper.create_app().test_client(), []
    for path in ("/albums/", "/artists/", "/tags/", "/tracks/", "/sleeves/"):
        for parameter in wrapper.document()["paths"][path]["get"]["parameters"]:
            for name in parameter.get("schema", {}).get("items", {}).get("examples", ()):
                asked = {parameter["name"]: name}
                refused += [(path, asked)] if client.get(path, query_string=asked).status_code != 200 else []
    assert refused == []


def test_what_is_within_objects_may_be_asked_where_there_are_objects() -> None:
    found = parameters("/albums/", *APIS["relations"])
    relations = "(artist|sleeve|tags|tracks)"
    assert found["fields"]["items"]["pattern"].endswith(rf"|{relations}\(.+\))$")
    assert found["expand"]["items"]["pattern"] == rf"^(artist|sleeve|tags|tracks|{relations}\(.+\))$"


def test_of_what_shows_rows_in_its_own_way_any_name_may_be_asked() -> None:
    class Odd(serializers.ModelSerializer):
        class Meta:
            model = Tag
            fields = ("name",)

        def to_representation(self, instance: Any) -> dict[str, Any]:
            return {f"the {instance.name}": instance.weight}

    endpoint = type("Odds", (Endpoint,), {"serializer": Odd, "name": "odds"})
    client = client_of(endpoint)
    assert client.post("/odds/", json={"name": "sea"}).status_code == 201
    for name, shown in (("fields", {"the sea": 1.0}), ("omit", {})):
        assert parameters("/odds/", endpoint)[name]["items"]["pattern"] == '^[^=,()"]+$'
        assert client.get("/odds/", query_string={name: "the sea"}).get_json()["object_list"] == [shown]


def test_a_row_with_a_field_called_created_is_no_report_of_a_list() -> None:
    made: Any = type("Note", (models.Model,), {"id": models.PkField(), "created": models.IntegerField()})
    answer = operations(made)["note_create"]["responses"]["201"]["content"]["application/json"]["schema"]["anyOf"]
    assert [one["$ref"].rpartition("/")[2] for one in answer] == ["NoteCreated", "Note", "Counted"]
    assert schemas_of(made)["NoteCreated"]["required"] == ["created", "locations"]


@needs("openapi_spec_validator")
def test_rows_are_no_groups_and_groups_no_rows() -> None:
    from openapi_schema_validator import OAS31Validator

    wrapper = wrapper_of(*APIS["relations"])
    client, document = wrapper.create_app().test_client(), wrapper.document()
    client.post("/albums/", json={"title": "Innuendo", "tracks": [{"title": "Bijou"}]})
    assert client.get("/tracks/?group_by=album").get_json()["object_list"] == [{"album": 1, "count": 1}]
    for query, kinds in (("", ["TracksPage"]), ("group_by=album", ["Groups"]), ("aggregate=max(title)", ["TracksPage", "Groups"])):
        page = client.get(f"/tracks/?{query}").get_json()
        refs = {kind: {"$ref": f"#/components/schemas/{kind}", "components": document["components"]} for kind in ("TracksPage", "Groups")}
        assert [kind for kind, schema in refs.items() if OAS31Validator(schema).is_valid(page)] == kinds


def test_pages_are_asked_for_as_the_endpoint_has_them() -> None:
    by_cursor, whole = parameters("/albums/", *APIS["relations"]), parameters("/artists/", *APIS["relations"])
    assert "cursor" in by_cursor and "offset" not in by_cursor
    assert not {"count", "cursor", "offset"} & whole.keys()


@pytest.mark.parametrize("name", ["book", "everything", "relations"])
def test_every_lookup_in_it_is_one_and_each_is_read(name: str) -> None:
    wrapper = wrapper_of(*APIS[name])
    client, unknown = wrapper.create_app().test_client(), []
    for path, item in wrapper.document()["paths"].items():
        for parameter in item.get("get", {}).get("parameters", ()):
            if parameter.get("name") == "lookups" and "{" not in path:
                schema = wrapper.document()["components"]["schemas"][parameter["schema"]["$ref"].rpartition("/")[2]]
                asked = [(one, client.get(path, query_string={one: "1"}).get_json().get("error", "")) for one in schema["properties"]]
                unknown += [(one, error) for one, error in asked if "there is no" in error]
    assert unknown == []


@pytest.mark.parametrize("name", ["Address", "Users", "Tag"])
def test_the_example_of_a_body_is_taken(name: str) -> None:
    wrapper = wrapper_of(Addresses, Users, Tag)
    client, schemas = wrapper.create_app().test_client(), wrapper.document()["components"]["schemas"]
    client.post("/address/", json=schemas["AddressCreate"]["examples"][0])
    (example,) = schemas[f"{name}Create"]["examples"]
    assert example.keys() == schemas[f"{name}Create"]["properties"].keys()
    assert client.post(f"/{name.lower()}/", json=example).status_code == 201


def test_texts_of_the_declarations() -> None:
    found = wrapper_of(*APIS["relations"], name="discs", version="7").document("/api/")
    assert found["info"] == {"title": "discs", "version": "7"} and found["servers"] == [{"url": "/api"}]
    assert {"name": "albums", "description": "What there is to hear."} in found["tags"]


# How it is served.


def test_it_is_served_with_a_tag() -> None:
    wrapper = wrapper_of(Users, Addresses)
    client = wrapper.create_app().test_client()
    answer = client.get("/openapi.json")
    assert answer.get_json() == wrapper.document() and answer.content_type == "application/json"
    unchanged = client.get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data, unchanged.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    assert client.get("/openapi.json?x=1").status_code == 400
    assert client.get("/openapi.json", headers={"Accept": "text/html"}).status_code == 406
    assert client.post("/openapi.json").status_code == 405


def test_the_paths_are_those_of_the_prefix_and_of_what_is_above_the_application() -> None:
    app = Flask("shop")
    wrapper_of(Users, Addresses).init_app(app, url_prefix="/api")
    client = app.test_client()
    assert client.get("/api/openapi.json").get_json()["servers"] == [{"url": "/api"}]
    for number in (*range(MAX_MOUNTS + 2), 0):
        found = client.get("/api/openapi.json", environ_overrides={"SCRIPT_NAME": f"/shop{number}"}).get_json()
        assert found["servers"] == [{"url": f"/shop{number}/api"}]


@pytest.mark.parametrize(
    "path",
    ["/", "/openapi.json", "/albums/", "/albums/7/", "/albums/7/tracks/", "/albums/7/tags/8/", "/artists/", "/tags/", "/batch/"],
)
def test_options_answers_the_part_about_the_address(path: str) -> None:
    wrapper = wrapper_of(*APIS["relations"])
    answer = wrapper.create_app().test_client().options(path)
    part, whole = answer.get_json(), wrapper.document()
    template = re.sub(r"/8/", "/{child}/", re.sub(r"/7/", "/{key}/", path))
    assert part["paths"] == {template: whole["paths"][template]}
    assert {method.upper() for method in part["paths"][template]} == set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
    assert {f"{kind}/{one}" for kind, some in part["components"].items() for one in some} == references(part)
    assert all(whole["components"][kind][one] == said for kind, some in part["components"].items() for one, said in some.items())


# `pyrest openapi`.


ADDRESS_BOOK = """from flask import Flask
from pyrest import MemoryDataStore, Wrapper
from tests.web.book import Addresses, Users

wrapper = Wrapper([Users, Addresses], datastore=MemoryDataStore())
one, two, none = Flask("one"), Flask("two"), Flask("none")
wrapper.init_app(one, url_prefix="/api")
for prefix in ("/v1", "/v2"):
    Wrapper([Users, Addresses], datastore=MemoryDataStore()).init_app(two, url_prefix=prefix)
"""


@pytest.mark.parametrize(
    ("arguments", "url"), [(["one"], "/api"), (["one", "--prefix", "/api/"], "/api"), (["two", "--prefix", "/v2"], "/v2")]
)
def test_the_command_prints_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], url: str) -> None:
    printed = run_command(tmp_path, monkeypatch, *arguments)
    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == wrapper_of(Users, Addresses).document(url)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none"], "books:none serves no Wrapper, so there is nothing to describe"),
        (["two"], "books:two serves several APIs; choose one with --prefix: '/v1', '/v2'"),
        (["one", "--prefix", "/v1"], "books:one serves no API below '/v1'; there is '/api'"),
    ],
)
def test_what_the_command_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str) -> None:
    printed = run_command(tmp_path, monkeypatch, *arguments)
    assert (printed.exit_code, printed.stderr) == (1, f"Error: {said}\n")


def run_command(directory: Path, monkeypatch: pytest.MonkeyPatch, name: str, *options: str) -> Any:
    (directory / "books.py").write_text(ADDRESS_BOOK)
    monkeypatch.syspath_prepend(directory)
    monkeypatch.delitem(__import__("sys").modules, "books", raising=False)
    return CliRunner().invoke(cli.main, ["openapi", f"books:{name}", *options])


def test_the_rows_that_tests_use_fit_it() -> None:
    found = schemas_of(Users, Addresses)
    assert VALMY.keys() == found["AddressCreate"]["properties"].keys() and DUPONT.keys() == found["UsersCreate"]["properties"].keys()
