"""ManyToManyField as it is declared: what is refused, what is inherited, how it is shown, and the names it gives."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import MemoryDataStore, Misdeclared, models
from pyrest.models.catalog import resolve
from pyrest.models.model import declaration


class Tag(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Album(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    tags = models.ManyToManyField(Tag, related_name="albums")


def row_class(name: str = "Row", /, **members: Any) -> type[models.Model]:
    return type(name, (models.Model,), {"id": models.PkField(), **members})


def many(*arguments: Any, **options: Any) -> models.ManyToManyField:
    return models.ManyToManyField(*arguments, **options)


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (many(3), "Row.links: to is a model class or the name of a table, not 3"),
        (many(int), "Row.links: to is a model class or the name of a table, not <class 'int'>"),
        (many(None), "Row.links: to is a model class or the name of a table, not None"),
        (many(Tag(name="x")), "Row.links: to is a model class or the name of a table, not Tag(id=None, name='x')"),
        (many(Tag, through=3), "Row.links: through is a model class or the name of a table, not 3"),
        (many(Tag, through=int), "Row.links: through is a model class or the name of a table, not <class 'int'>"),
        (many(Tag, name="other"), "Row.links: its name= says 'other'"),
        ((many(Tag),), "Row.links: a tuple where a field is meant; take the comma behind it away"),
        (models.ManyToManyField, "Row.links: a class where a field is meant; write ManyToManyField()"),
    ],
    ids=["a number", "a class", "nothing", "a row", "through a number", "through a class", "another name", "a tuple", "no call"],
)
def test_what_the_class_refuses(link: Any, message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        row_class(links=link)
    assert str(refusal.value) == message


@pytest.mark.parametrize("name", ["_links", "links_", "li__nks", "pk"])
def test_a_relation_is_named_like_a_field(name: str) -> None:
    with pytest.raises(Misdeclared, match=f"^Row.{name}: "):
        row_class(**{name: many(Tag)})


@pytest.mark.parametrize("style", ["attributes", "list"])
def test_a_relation_cannot_be_called_like_the_key_of_a_foreign_key(style: str) -> None:
    with pytest.raises(Misdeclared, match=r"^Row\.album: Row\.album_id is its key, and something else is called so"):
        if style == "attributes":
            row_class(album=models.ForeignKey(Album), album_id=many(Tag))
        else:
            type("Row", (models.Model,), {"fields": [
                models.PkField(name="id"), models.ForeignKey(Album, name="album"), many(Tag, name="album_id"),
            ]})  # fmt: skip


class Lonely(models.Model):
    id = models.PkField()
    tag = models.ForeignKey(Tag, related_name="+")


class Crowd(models.Model):
    id = models.PkField()
    one = models.ForeignKey("row", related_name="+")
    two = models.ForeignKey("row", related_name="+")
    tag = models.ForeignKey(Tag, related_name="+")


class Three(models.Model):
    id = models.PkField()
    one = models.ForeignKey("row", related_name="+")
    two = models.ForeignKey("row", related_name="+")
    three = models.ForeignKey("row", related_name="+")


RULE = "it is an identifier without _ at its ends and without __ inside, or '+' for none"


@pytest.mark.parametrize(
    ("members", "others", "message"),
    [
        ({"links": many("tga")}, (), 'Row.links: no model has the table "tga"; did you mean "tag"?'),
        ({"links": many(Tag, through="lonly")}, (Lonely,), 'Row.links: no model has the table "lonly"; did you mean "lonely"?'),
        ({"links": many(Tag, through=Lonely)}, (),
         "Row.links: Lonely, which it goes through, needs exactly one to Row and one to Tag among its foreign keys"),
        ({"links": many(Tag, through="crowd")}, (Crowd,),
         "Row.links: Crowd, which it goes through, needs exactly one to Row and one to Tag among its foreign keys"),
        ({"links": many("row", through="three")}, (Three,),
         "Row.links: Three, which it goes through, needs exactly two to Row among its foreign keys"),
        ({"links": many("row", through=Tag)}, (), "Row.links: Tag, which it goes through, needs exactly two to Row among its foreign keys"),
        ({"links": many(Tag, related_name="a b")}, (), f"Row.links: related_name 'a b' is no name; {RULE}"),
        ({"links": many(Tag, related_name="")}, (), f"Row.links: related_name '' is no name; {RULE}"),
        ({"links": many(Tag, related_name="a__b")}, (), f"Row.links: related_name 'a__b' is no name; {RULE}"),
        ({"links": many(Tag, related_name="name")}, (),
         'Row.links: its reverse name "name" hides Tag.name; choose another with related_name='),
        ({"links": many(Tag, related_name="pk")}, (), 'Row.links: its reverse name "pk" hides Tag.pk; choose another with related_name='),
        ({"links": many(Tag), "more": many(Tag)}, (),
         'Row.more: Tag would call both this and Row.links "row_set"; choose another with related_name='),
        ({"links": many(Tag), "tag": models.ForeignKey(Tag)}, (),
         'Row.links: Tag would call both this and Row.tag "row_set"; choose another with related_name='),
        ({"links": many("row", related_name="links")}, (),
         'Row.links: its reverse name "links" hides Row.links; choose another with related_name='),
        ({"links": many(Album, related_name="tags")}, (),
         'Row.links: its reverse name "tags" hides Album.tags; choose another with related_name='),
        ({"album": models.ForeignKey(Album, related_name="tags")}, (),
         'Row.album: its reverse name "tags" hides Album.tags; choose another with related_name='),
    ],
    ids=[
        "no such table", "no such table between", "no foreign key", "too many foreign keys", "three to itself", "none to itself",
        "a related_name with a space", "an empty related_name", "a related_name like a lookup", "hides a field", "hides pk",
        "two of one name", "a foreign key of one name", "both sides of one name", "a relation of one name", "a relation hidden",
    ],
)  # fmt: skip
def test_what_the_catalog_refuses(members: dict[str, Any], others: tuple[type[models.Model], ...], message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        MemoryDataStore(models=[row_class(**members), *others, Album])
    assert str(refusal.value) == message


def test_a_relation_declared_on_both_sides_has_one_name_on_each() -> None:
    class Actor(models.Model):
        id = models.PkField()
        films = models.ManyToManyField("film", through="role", related_name="+")

    class Film(models.Model):
        id = models.PkField()
        actors = models.ManyToManyField("actor", through="role", related_name="+")

    class Role(models.Model):
        id = models.PkField()
        actor = models.ForeignKey(Actor)
        film = models.ForeignKey(Film)

    store = MemoryDataStore(models=[Actor, Film, Role])
    film = store[Film].create()
    actor = film.actors.create()
    assert list(actor.films) == [film]


def test_a_table_that_is_there_is_not_taken_for_the_one_between() -> None:
    row, taken = row_class(links=many(Tag)), row_class("RowLinks")
    with pytest.raises(Misdeclared) as refusal:
        MemoryDataStore(models=[row, taken])
    message = 'Row.links: the table between would be "row_links", which RowLinks is already; choose a model for it with through='
    assert str(refusal.value) == message


def test_two_tables_between_of_one_name() -> None:
    first = row_class("Row", a_links=many(Tag, related_name="+"))
    second = row_class("RowA", links=many(Tag, related_name="+"))
    with pytest.raises(Misdeclared, match=r'^RowA\.links: the table between would be "row_a_links", which RowALinks is already'):
        MemoryDataStore(models=[first, second])


@pytest.mark.parametrize("names", [("Id", "Tag"), ("Album", "AlbumId"), ("Tag", "Tag"), ("Pk", "IdId")], ids=" and ".join)
def test_names_of_models_that_meet_in_the_table_between(names: tuple[str, str]) -> None:
    target = row_class(names[1])
    near = type(names[0], (models.Model,), {"id": models.PkField(), "links": many(target), "Meta": type("Meta", (), {"table": "near"})})
    store = MemoryDataStore(models=[near])
    row = store[near].create()
    assert list(row.links.create().__getattr__(f"{names[0].lower()}_set")) == [row]


def test_the_list_style_gives_the_same() -> None:
    listed = type("Row", (models.Model,), {"fields": [models.PkField(name="id"), many(Tag, name="tags", related_name="rows")]})
    assert repr(listed) == repr(row_class(tags=many(Tag, related_name="rows")))
    store = MemoryDataStore(models=[listed])
    row: Any = store[listed].create()
    assert [found.pk for found in row.tags.create(name="x").rows] == [row.pk]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_child_has_a_table_between_of_its_own(when: str) -> None:
    class Parent(models.Model):
        id = models.PkField()
        tags = models.ManyToManyField(Tag)

    if when == "before":
        resolve([Parent])

    class Child(Parent):
        name = models.StringField()

    store = MemoryDataStore(models=[Parent, Child])
    tag = store[Tag].create(name="x")
    store[Parent].create().tags.add(tag)
    child = store[Child].create()
    child.tags.add(tag)
    assert (list(tag.child_set), tag.parent_set.count()) == ([child], 1)
    assert store[store.catalog.by_table["child_tags"].model].count() == 1


def test_a_child_may_declare_its_own() -> None:
    class Child(Album):
        tags = models.ManyToManyField(Tag, related_name="children")
        similar = models.StringField()

    assert "tags = ManyToManyField(Tag, related_name='children')" in repr(Child)
    assert list(declaration(Child).links) == ["tags"]
    assert list(declaration(Child).fields) == ["id", "title", "similar"]


def test_a_relation_is_frozen() -> None:
    with pytest.raises(AttributeError, match=r"Album\.tags is declared; its to cannot change any more"):
        Album.tags.to = Album
    with pytest.raises(AttributeError, match=r"Album\.tags is declared and cannot change any more"):
        Album.tags = 3  # type: ignore[assignment]
    with pytest.raises(AttributeError, match=r"Album\.tags is declared and cannot go any more"):
        del Album.tags
    with pytest.raises(AttributeError, match="Tag is declared; no field can be added any more"):
        Tag.more = many(Album)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (many(Tag), "ManyToManyField(Tag)"),
        (many("tag"), "ManyToManyField('tag')"),
        (many(Tag, through=Lonely, related_name="+"), "ManyToManyField(Tag, related_name='+', through=Lonely)"),
        (many("tag", through="lonely", help_text="What it is."), "ManyToManyField('tag', help_text='What it is.', through='lonely')"),
    ],
    ids=str,
)
def test_repr_is_what_one_would_type(link: models.ManyToManyField, text: str) -> None:
    assert repr(link) == text
    assert repr(row_class(links=link)).splitlines()[-1] == f"    links = {text}"
