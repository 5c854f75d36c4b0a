"""Whatever is in a batch: it answers as the same requests do one after the other, or it has done nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest import MemoryDataStore, SQLiteDataStore, Wrapper
from pyrest.store import Store
from tests.web.effects import ENDPOINTS, WRITES, Write, everything, fill

READS = st.sampled_from(["/label/", "/disc/1/", "/song/?disc=1", "/play/2/", "/folder/"]).map(lambda path: ("GET", path, None))


def served(directory: Path | None) -> tuple[Store, FlaskClient]:
    store: Store = MemoryDataStore() if directory is None else SQLiteDataStore(directory / "rows.db", durability="normal")
    client = Wrapper(ENDPOINTS, datastore=store).create_app().test_client()
    fill(store)
    return store, client


def one_by_one(client: FlaskClient, steps: list[Write]) -> tuple[list[tuple[int, Any]], int | None]:
    """What they answer, status and body, up to the first that is refused; its place."""
    found = []
    for place, (method, path, body) in enumerate(steps):
        answer = client.open(path, method=method, json=body)
        found.append((answer.status_code, answer.get_json() if answer.data else None))
        if answer.status_code >= 400:
            return found, place
    return found, None


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_batch_is_its_requests_or_nothing(kind: str, tmp_path_factory: pytest.TempPathFactory, full: bool) -> None:
    @settings(max_examples=200 if full else 15, deadline=None)
    @given(st.lists(WRITES | READS, min_size=1, max_size=8))
    def run(steps: list[Write]) -> None:
        one, two = (served(tmp_path_factory.mktemp("rows") if kind == "file" else None) for _ in range(2))
        before = everything(two[0])
        expected, failed = one_by_one(one[1], steps)
        requests = [{"method": method, "path": path, "body": body} for method, path, body in steps]
        answer = two[1].post("/batch/", json={"requests": requests})
        assert answer.json is not None
        if failed is None:
            assert [(part["status"], part["body"]) for part in answer.json["responses"]] == expected
            assert everything(two[0]) == everything(one[0])
        else:
            status, body = expected[-1]
            assert answer.status_code == status
            assert answer.json == {**body, "error": f"requests[{failed}]: {body['error']}", "index": failed, "status": status}
            assert everything(two[0]) == before
        for store, _ in (one, two):
            if isinstance(store, SQLiteDataStore):
                store.close()

    run()
