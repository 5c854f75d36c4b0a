"""An endpoint for a model with a ManyToManyField: it does not show the relation yet, and refuses its name."""

from __future__ import annotations

import pytest

from pyrest import Endpoint, Misdeclared, SQLiteDataStore, models
from tests.web.conftest import Serve


class Label(models.Model):
    id = models.PkField()


class Photo(models.Model):
    id = models.PkField()
    labels = models.ManyToManyField(Label, related_name="photos")


def test_the_relation_is_not_shown(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Photo, Label)
    store[Photo].create().labels.create()
    assert client.get("/photo/1/").json == {"id": 1, "ressource_uri": "/photo/1/"}
    assert client.get("/label/1/").json == {"id": 1, "ressource_uri": "/label/1/"}


def test_its_name_is_refused(serve: Serve) -> None:
    client = serve(Photo)
    for answer in (client.post("/photo/", json={"labels": []}), client.get("/photo/?labels=1"), client.get("/photo/?ordering=labels")):
        assert answer.status_code == 400
        assert answer.json is not None
        assert '"labels"' in answer.json["error"]


def test_pairs_go_with_a_row_that_is_deleted(serve: Serve, store: SQLiteDataStore) -> None:
    client = serve(Photo, Label)
    store[Photo].create().labels.create()
    assert client.delete("/label/1/").status_code == 204
    assert store[Photo].get().labels.count() == 0


@pytest.mark.parametrize("option", ["fields", "exclude", "ordering_fields"])
def test_an_endpoint_cannot_name_it(serve: Serve, option: str) -> None:
    with pytest.raises(Misdeclared, match="labels"):
        serve(type("Photos", (Endpoint,), {"model": Photo, option: ("labels",)}))
