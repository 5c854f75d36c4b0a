"""Many clients add to one number, each by reading it and writing it back: with `If-Match` nothing is lost, and without nothing breaks."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serving import PYREST_RUN, Server, exchange, serving

COUNTERS = """
from pyrest import SQLiteDataStore, Wrapper, models


class Counter(models.Model):
    id = models.PkField()
    value = models.IntegerField(required=True)


app = Wrapper([Counter], datastore=SQLiteDataStore("counters.db", durability="normal")).create_app()
"""

CLIENTS = 16
PATH = "/counter/1/"


def increments(server: Server, method: str, number: int, guarded: bool) -> list[int]:
    """So many increments by one client, each tried until it is done: the statuses of all writes."""
    statuses = []
    with server.connection() as connection:
        for _ in range(number):
            done = False
            while not done:
                seen = exchange(connection, "GET", PATH)
                body = {**seen.json, "value": seen.json["value"] + 1}
                sent = exchange(connection, method, PATH, body, {"If-Match": seen.headers["etag"]} if guarded else {})
                statuses.append(sent.status)
                done = sent.status == 200
    return statuses


@pytest.mark.parametrize(("method", "guarded"), [("PATCH", True), ("PUT", True), ("PATCH", False)])
def test_increments(tmp_path: Path, full: bool, method: str, guarded: bool) -> None:
    (tmp_path / "counters.py").write_text(COUNTERS)
    number = 200 if full else 8
    with serving(tmp_path, "counters:app", "--workers", "2", command=PYREST_RUN) as server:
        assert server.ask("POST", "/counter/", {"value": 0}).status == 201
        with ThreadPoolExecutor(CLIENTS) as clients:
            found = list(clients.map(lambda _: increments(server, method, number, guarded), range(CLIENTS)))
        value = json.loads(server.ask("GET", PATH).body)["value"]
    statuses = [status for one in found for status in one]
    assert set(statuses) <= ({200, 412} if guarded else {200})
    assert statuses.count(200) == CLIENTS * number
    assert value == CLIENTS * number if guarded else 0 < value <= CLIENTS * number
