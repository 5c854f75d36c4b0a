"""A row of a model is a value: attributes, key, equality, text, pickling, and no assignment."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pyrest.errors import UnknownName, ValidationError
from pyrest.models import IntegerField, Model, PkField, StringField, StringPkField
from pyrest.models.model import row_of


class Artist(Model):
    id = PkField()
    name = StringField(required=True)


class Album(Model):
    id = PkField()
    title = StringField(required=True, max_length=160)
    year = IntegerField(default=1970)
    notes = StringField()


class Song(Model):
    code = StringPkField()
    title = StringField()

    def __str__(self) -> str:
        return f"“{self.title}”"


def test_a_new_row_has_its_values_its_defaults_and_no_key() -> None:
    album = Album(title="Restless and Wild")
    assert (album.id, album.title, album.year, album.notes) == (None, "Restless and Wild", 1970, None)


def test_null_given_is_null_and_not_the_default() -> None:
    album: Any = Album(title=None, year=None)
    assert (album.title, album.year) == (None, None)


def test_a_key_may_be_given() -> None:
    assert Album(id=7).pk == 7


def test_the_values_of_a_new_row_are_the_fields_own() -> None:
    with pytest.raises(ValidationError) as error:
        Album(title=5, year="1981", id=1)
    assert error.value.errors == {"title": ["Not a valid string."], "year": ["A valid integer is required."]}


def test_a_row_refuses_a_name_that_is_no_field() -> None:
    with pytest.raises(UnknownName) as error:
        Album(titel="Restless and Wild")
    assert str(error.value) == 'unknown field "titel"; did you mean "title"?'


def test_a_row_of_a_store_has_the_values_in_the_order_of_declaration() -> None:
    album = row_of(Album, (1, "Restless and Wild", 1982, None))
    assert (album.id, album.title, album.year, album.notes) == (1, "Restless and Wild", 1982, None)


@pytest.mark.parametrize(("row", "pk"), [(Album(id=3), 3), (Song(code="abc"), "abc"), (Album(), None)], ids=repr)
def test_pk_is_the_key_whatever_it_is_called(row: Model, pk: object) -> None:
    assert row.pk == pk


def test_rows_are_equal_by_model_and_key() -> None:
    assert Album(id=1, title="A") == Album(id=1, title="B")
    assert Album(id=1) != Album(id=2)
    assert Album(id=1) != Artist(id=1)
    assert Album(id=1) != 1


def test_a_row_without_a_key_is_equal_to_itself_only() -> None:
    one, other = Album(title="A"), Album(title="A")
    assert one == one
    assert one != other
    assert len({one, other, one}) == 2


def test_rows_can_be_members_of_sets() -> None:
    assert len({Album(id=1, title="A"), Album(id=1, title="B"), Album(id=2), Artist(id=1)}) == 3


def test_a_row_as_text() -> None:
    assert str(Album(id=1)) == "Album 1"
    assert str(Song(code="abc", title="Balls to the Wall")) == "“Balls to the Wall”"


def test_the_repr_of_a_row_is_what_one_would_type() -> None:
    album = Album(id=1, title="Restless and Wild")
    assert repr(album) == "Album(id=1, title='Restless and Wild', year=1970, notes=None)"
    again = eval(repr(album))
    assert (again, again.title, again.notes) == (album, album.title, album.notes)


def pickled(row: Album) -> Album:
    again = pickle.loads(pickle.dumps(row))
    assert isinstance(again, Album)
    return again


@pytest.mark.parametrize("copied", [pickled, copy.copy, copy.deepcopy], ids=lambda function: function.__name__)
def test_a_row_can_be_pickled_and_copied(copied: Callable[[Album], Album]) -> None:
    album = Album(id=1, title="Restless and Wild")
    assert type(copied(album)) is Album
    assert repr(copied(album)) == repr(album)


@pytest.mark.parametrize("name", ["title", "id", "pk", "new", "_values"])
def test_assigning_to_a_row_names_update(name: str) -> None:
    album = Album(id=1, title="A")
    with pytest.raises(AttributeError) as error:
        setattr(album, name, "B")
    assert str(error.value) == f"a row is a value; to change it in the store: store[Album].filter(...).update({name}=...)"
    assert (album.title, album.pk) == ("A", 1)


def test_a_row_has_nothing_but_its_values() -> None:
    assert not hasattr(Album(), "__dict__")
    with pytest.raises(AttributeError):
        del Album(title="A").title
