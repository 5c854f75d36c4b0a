"""Real data: a copy of the Chinook database, as sqlite3 reads it and through the API."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from pyrest import Wrapper
from pyrest.store import Store
from tutorial.chinook import build

FILE = Path(__file__).resolve().parents[3] / "shared/data/chinook.sqlite"


@pytest.fixture(scope="session", autouse=True)
def original() -> Path:
    if not FILE.exists():
        pytest.skip(f"{FILE} is absent: nothing is tried on real data")
    return FILE


@pytest.fixture(scope="module")
def copy(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copyfile(original, tmp_path_factory.mktemp("chinook") / "copy.sqlite"))


@pytest.fixture(scope="module")
def connection(copy: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(copy)) as connection:
        yield connection


@pytest.fixture(scope="module")
def wrapper(copy: Path) -> Iterator[Wrapper]:
    wrapper = build(copy)
    with closing(wrapper.store):
        yield wrapper


@pytest.fixture(scope="module")
def client(wrapper: Wrapper) -> FlaskClient:
    return wrapper.create_app().test_client()


@pytest.fixture(scope="module")
def store(client: FlaskClient, wrapper: Wrapper) -> Store:
    return wrapper.store
