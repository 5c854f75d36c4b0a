"""A store in a file, applications over it, and the address book with one address and one user in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, SQLiteDataStore, Wrapper, models
from pyrest.store import Store
from tests.web.book import DUPONT, VALMY, Address, Addresses, User, Users
from tests.web.parts import PART, Part


class Serve(Protocol):
    """Endpoints, or models, and options of the Wrapper → a client of the application."""

    def __call__(self, *endpoints: type[Endpoint] | type[models.Model], **options: Any) -> FlaskClient: ...


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    store = SQLiteDataStore(tmp_path / "rows.db", durability="normal", timeout=0.05)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "memory"])
def any_store(request: pytest.FixtureRequest, store: SQLiteDataStore) -> Store:
    """Each kind of store in turn, without rows."""
    return store if request.param == "sqlite" else MemoryDataStore()


@pytest.fixture
def serve(store: SQLiteDataStore) -> Serve:
    return serving(store)


@pytest.fixture(scope="module")
def kept_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLiteDataStore]:
    """A store for the whole module, for tests that only read."""
    store = SQLiteDataStore(tmp_path_factory.mktemp("kept") / "rows.db", durability="normal")
    yield store
    store.close()


def serving(store: SQLiteDataStore) -> Serve:
    def serve(*endpoints: type[Endpoint] | type[models.Model], **options: Any) -> FlaskClient:
        return Wrapper(endpoints, datastore=store, **options).create_app().test_client()

    return serve


@pytest.fixture
def book(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    client = serve(Users, Addresses)
    store[Address].create(**VALMY)
    store[User].create(**DUPONT)
    return client


@pytest.fixture
def parts(serve: Serve) -> FlaskClient:
    return serve(Part)


@pytest.fixture
def part(parts: FlaskClient) -> FlaskClient:
    """Part 1 is there, and nothing of it is as it is by default."""
    sent = PART | {"maker": "Acme", "batch": 1, "price": "2.00", "notes": {"a": 1, "b": 2}, "secret": "x", "barcode": 11}
    assert parts.post("/part/", json=sent).status_code == 201
    return parts
