"""A Python client, generated from the document by openapi-python-client, at work against a server process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from compileall import compile_dir
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from pyrest import MemoryDataStore, Wrapper
from tests.markdown import ROOT, blocks
from tests.openapi.apps import ENDPOINTS, needs, serving_app, tool
from tests.serving import PYREST_RUN, Server, ended, serving

pytestmark = needs("openapi_python_client")

PACKAGE = "address_book_client"


class Generated(NamedTuple):
    """A generated package, and a client of it for a server."""

    client: Any
    models: ModuleType
    server: Server

    def call(self, tag: str, operation: str, *keys: Any, **arguments: Any) -> Any:
        """The whole response to an operation."""
        module = import_module(f"{PACKAGE}.api.{tag}.{operation}")
        return module.sync_detailed(*keys, client=self.client, **arguments)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    directory = tmp_path_factory.mktemp("client")
    with serving_app("book", directory) as server:
        document = directory / "openapi.json"
        document.write_bytes(server.ask("GET", "/openapi.json").body)
        generate(document, directory / PACKAGE)
        sys.path.insert(0, str(directory))
        try:
            client = import_module(PACKAGE).Client(base_url=server.url)
            yield Generated(client, import_module(f"{PACKAGE}.models"), server)
            client.get_httpx_client().close()
        finally:
            sys.path.remove(str(directory))


def generate(document: Path, package: Path) -> None:
    command = [tool("openapi-python-client"), "generate", "--path", str(document), "--meta", "none", "--output-path", str(package)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "invalid" not in done.stdout.lower(), done.stdout


def test_it_creates_lists_patches_and_deletes(generated: Generated) -> None:
    models = generated.models
    address = models.AddressCreate(country="France", city="Paris", street="quai de Valmy", number=45)
    created = generated.call("address", "address_create", body=address)
    key = int(created.headers["Location"].rstrip("/").rpartition("/")[2])

    user = models.UsersCreate(first_name="Super", last_name="Dupont", address=key)
    assert generated.call("users", "users_create", body=user).status_code == 201

    page = generated.call("users", "users_list", last_name="Dupont").parsed
    assert [(one.first_name, one.address) for one in page.object_list] == [("Super", key)]
    assert page.meta.total_count == 1

    changed = generated.call("users", "users_update", 1, body=models.UsersPatch(first_name="Hyper")).parsed
    assert (changed.first_name, changed.last_name) == ("Hyper", "Dupont")

    assert generated.call("address", "address_delete", key).status_code == 409
    assert generated.call("users", "users_delete", 1).status_code == 204
    assert generated.call("users", "users_retrieve", 1).parsed.error == "there is no such row in users"


def test_it_filters_by_lookups_orders_and_chooses_fields(generated: Generated) -> None:
    for first_name in ("Ada", "Alan", "Grace"):
        generated.server.ask("POST", "/users/", {"first_name": first_name, "last_name": "Someone"})
    lookups = generated.models.UsersLookups(first_name_startswith="A")
    asked = {"ordering": ["last_name", "-first_name"], "fields": ["first_name"], "total": generated.models.UsersListTotal("none")}
    page = generated.call("users", "users_list", lookups=lookups, last_name="Someone", **asked).parsed
    assert [one.to_dict() for one in page.object_list] == [{"first_name": "Alan"}, {"first_name": "Ada"}]


def test_it_measures_groups(generated: Generated) -> None:
    make = generated.models.UsersCreate
    assert generated.call("users", "users_create", body=[make("Ann", "Group"), make("Bo", "Group")]).status_code == 201
    asked = {"aggregate": ["count", "max(first_name)"], "group_by": ["last_name", "address__city"], "last_name": "Group"}
    page = generated.call("users", "users_list", **asked).parsed
    measured = {"last_name": "Group", "address__city": None, "count": 2, "max(first_name)": "Bo"}
    assert [one.to_dict() for one in page.object_list] == [measured]


def test_it_creates_many(generated: Generated) -> None:
    make = generated.models.UsersCreate
    created = generated.call("users", "users_create", body=[make("Ada", "Many"), make("Alan", "Many")]).parsed
    assert (created.created, [one.first_name for one in created.object_list]) == (2, ["Ada", "Alan"])
    refused = generated.call("users", "users_create", body=[make("Ada", "Many"), make("Alan", "Many", 999)])
    assert refused.status_code == 400 and refused.parsed.errors.to_dict().keys() == {"1"}


def test_it_sends_batches(generated: Generated) -> None:
    models = generated.models
    post = models.BatchRequestsItemMethod.POST
    home = {"country": "France", "city": "Lyon", "street": "rue Sala", "number": 3}
    user = {"first_name": "Bea", "last_name": "Batch", "address": {"$key": "home"}}
    requests = [models.BatchRequestsItem(post, "/address/", home, "home"), models.BatchRequestsItem(post, "/users/", user)]
    done = generated.call("default", "api_batch", body=models.Batch(requests)).parsed
    assert [answer.status for answer in done.responses] == [201, 201]
    refused = generated.call("default", "api_batch", body=models.Batch(requests[1:])).parsed
    assert (refused.index, refused.status) == (0, 400)


def test_it_writes_what_it_has_seen(generated: Generated) -> None:
    models = generated.models
    make = models.UsersCreate("Ida", "Seen")
    key = int(generated.call("users", "users_create", body=make).headers["Location"].rstrip("/").rpartition("/")[2])
    seen = generated.call("users", "users_retrieve", key).headers["ETag"]
    statuses = [
        generated.call("users", "users_update", key, body=models.UsersPatch(first_name=name), if_match=seen).status_code
        for name in ("Eve", "Una")
    ]
    assert statuses == [200, 412]
    assert generated.call("users", "users_delete", key, if_match=seen).status_code == 412


def test_it_tells_what_a_write_would_do(generated: Generated) -> None:
    models = generated.models
    tried = generated.call("users", "users_create", body=models.UsersCreate("Tom", "Tried"), prefer="dry-run").parsed
    assert isinstance(tried, models.DryRun) and [change.table for change in tried.changes] == ["users"]
    assert generated.call("users", "users_list", last_name="Tried").parsed.object_list == []


def test_what_is_wrong_is_told(generated: Generated) -> None:
    refused = generated.call("users", "users_create", body=generated.models.UsersCreate(first_name="A", last_name="B", address=999))
    assert refused.status_code == 400
    assert json.loads(refused.content)["errors"] == refused.parsed.errors.to_dict()


def test_the_page_about_clients_tells_what_happens(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "generate-a-client.md").read_text()
    files = {block.file: block.text for block in blocks(page) if block.file is not None}
    (tmp_path / "book.py").write_text(files.pop("book.py"))
    printed = ended(tmp_path, "book:app", command=(*PYREST_RUN[:-1], "openapi"))
    (tmp_path / "openapi.json").write_text(printed.stdout)
    generate(tmp_path / "openapi.json", tmp_path / "book_client")
    with serving(tmp_path, "book:app", "--workers", "1", command=PYREST_RUN) as server:
        source = "\n".join(files.values()).replace("http://localhost:5000", server.url)
        done = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    told = done.stdout.splitlines()
    assert len(told) == len(files) == 5, done.stderr
    assert [line for line in told if f"`{line}`" not in page] == []


@pytest.mark.parametrize("name", ["relations", pytest.param("everything", marks=pytest.mark.full)])
def test_a_client_of_every_field_and_relation_can_be_generated(tmp_path: Path, name: str) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(Wrapper(ENDPOINTS[name], datastore=MemoryDataStore()).document()))
    generate(tmp_path / "openapi.json", tmp_path / "client")
    assert compile_dir(tmp_path / "client", quiet=1)
