"""Members that are no columns, as they are declared: what is refused, what is inherited, how they are shown, and the names they give."""

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
        Album.tags = 3
    with pytest.raises(AttributeError, match=r"Album\.tags is declared and cannot go any more"):
        del Album.tags
    with pytest.raises(AttributeError, match="Tag is declared; no field can be added any more"):
        Tag.more = many(Album)


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


# Generic relations


class Remark(models.Model):
    id = models.PkField()
    content_type = models.StringField()
    object_id = models.IntegerField()
    content_object = models.GenericForeignKey()


class Two(models.Model):
    id = models.PkField()
    kind = models.StringField()
    key = models.StringField()
    number = models.IntegerField()
    by_text = models.GenericForeignKey("kind", "key")
    by_number = models.GenericForeignKey("kind", "number")


def generic(*arguments: Any, **options: Any) -> models.GenericForeignKey:
    return models.GenericForeignKey(*arguments, **options)


def reverse(*arguments: Any, **options: Any) -> models.GenericRelation:
    return models.GenericRelation(*arguments, **options)


PAIR = "it needs two fields, for the table and for the key of a row; there is no"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"of": generic()}, f"Row.of: {PAIR} 'content_type'"),
        ({"content_type": models.StringField(), "of": generic()}, f"Row.of: {PAIR} 'object_id'"),
        ({"kind": models.StringField(), "of": generic("kind", "kye")}, f"Row.of: {PAIR} 'kye'"),
        ({"kind": models.StringField(), "of": generic(3, "kind")}, f"Row.of: {PAIR} 3"),
        ({"kind": models.StringField(), "of": generic(["kind"], "kind")}, f"Row.of: {PAIR} ['kind']"),
        ({"kind": models.StringField(), "of": generic(Remark)}, f"Row.of: {PAIR} Remark"),
        ({"kind": models.StringField(), "tag": models.ForeignKey(Tag), "of": generic("kind", "tag_id")}, f"Row.of: {PAIR} 'tag_id'"),
        ({"kind": models.StringField(), "of": generic("kind", "of")}, f"Row.of: {PAIR} 'of'"),
        ({"kind": models.StringField(), "of": generic("kind", "kind")}, "Row.of: 'kind' cannot hold both the table and the key of a row"),
        ({"of": generic(name="other")}, "Row.of: its name= says 'other'"),
        ({"of": models.GenericForeignKey}, "Row.of: a class where a field is meant; write GenericForeignKey()"),
        ({"of": (generic(),)}, "Row.of: a tuple where a field is meant; take the comma behind it away"),
        ({"rows": reverse(3)}, "Row.rows: to is a model class or the name of a table, not 3"),
        ({"rows": reverse(int)}, "Row.rows: to is a model class or the name of a table, not <class 'int'>"),
        ({"rows": reverse(None)}, "Row.rows: to is a model class or the name of a table, not None"),
        ({"rows": reverse(Tag(name="x"))}, "Row.rows: to is a model class or the name of a table, not Tag(id=None, name='x')"),
        ({"rows": reverse(Remark, name="other")}, "Row.rows: its name= says 'other'"),
        ({"rows": models.GenericRelation}, "Row.rows: a class where a field is meant; write GenericRelation()"),
    ],
    ids=[
        "no pair", "no field for the key", "a key field misspelt", "a type field that is no text", "a list", "a model",
        "the key of a foreign key", "itself", "one field for both", "another name", "no call", "a tuple", "to a number", "to a class",
        "to nothing", "to a row", "the other side of another name", "the other side without a call",
    ],
)  # fmt: skip
def test_what_the_class_refuses_of_generic_relations(members: dict[str, Any], message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        row_class(**members)
    assert str(refusal.value) == message


@pytest.mark.parametrize("name", ["_of", "of_", "o__f", "pk"])
@pytest.mark.parametrize("link", [generic("id", "id"), reverse(Remark)], ids=["GenericForeignKey", "GenericRelation"])
def test_a_generic_relation_is_named_like_a_field(name: str, link: Any) -> None:
    with pytest.raises(Misdeclared, match=f"^Row.{name}: "):
        row_class(**{name: link})


def typed(type_field: Any) -> dict[str, Any]:
    return {"kind": type_field, "key": models.IntegerField(), "of": generic("kind", "key")}


@pytest.mark.parametrize(
    ("members", "others", "message"),
    [
        (typed(models.IntegerField()), (), "Row.of: kind holds the names of tables, so it is a StringField"),
        (typed(models.UUIDField()), (), "Row.of: kind holds the names of tables, so it is a StringField"),
        (typed(models.ForeignKey(Tag)), (), "Row.of: kind holds the names of tables, so it is a StringField"),
        ({"rows": reverse("remrak")}, (Remark,), 'Row.rows: no model has the table "remrak"; did you mean "remark"?'),
        ({"rows": reverse("remark")}, (), 'Row.rows: no model has the table "remark"'),
        ({"rows": reverse("Remark")}, (Remark,), 'Row.rows: no model has the table "Remark"; did you mean "remark"?'),
        ({"rows": reverse(Tag)}, (), "Row.rows: Tag has no GenericForeignKey"),
        ({"rows": reverse("row")}, (), "Row.rows: Row has no GenericForeignKey"),
        ({"rows": reverse(Album, field="tags")}, (), "Row.rows: Album has no GenericForeignKey 'tags'"),
        ({"rows": reverse(Remark, field="content_type")}, (), "Row.rows: Remark has no GenericForeignKey 'content_type'"),
        ({"rows": reverse(Two)}, (), "Row.rows: Two has 2 GenericForeignKey; say which with field="),
        ({"rows": reverse("two", field="by_txt")}, (Two,), "Row.rows: Two has no GenericForeignKey 'by_txt'"),
        ({"tag": models.ForeignKey("row", related_name="rows"), "rows": reverse(Remark)}, (),
         'Row.tag: its reverse name "rows" hides Row.rows; choose another with related_name='),
        ({**typed(models.StringField()), "parent": models.ForeignKey("row", related_name="of")}, (),
         'Row.parent: its reverse name "of" hides Row.of; choose another with related_name='),
    ],
    ids=[
        "a type field of numbers", "a type field of UUIDs", "a type field that is a foreign key of numbers", "no such table",
        "a table of no model here", "a class's name", "a target without one", "itself without one", "field= of another relation",
        "field= of a field", "several", "field= misspelt", "hidden by a reverse name", "a key hidden by a reverse name",
    ],
)  # fmt: skip
def test_what_the_catalog_refuses_of_generic_relations(
    members: dict[str, Any], others: tuple[type[models.Model], ...], message: str
) -> None:
    with pytest.raises(Misdeclared) as refusal:
        MemoryDataStore(models=[row_class(**members), *others])
    assert str(refusal.value) == message


KEYS: dict[str, tuple[Any, Any]] = {
    "a text for a UUID": (models.UUIDPkField(), models.StringField()),
    "a text for a whole number": (models.PkField(), models.StringField()),
    "a slug for a text": (models.StringPkField(), models.SlugField()),
    "a UUID for a UUID": (models.UUIDPkField(), models.UUIDField()),
    "a whole number for a whole number": (models.PkField(), models.IntegerField()),
    "a whole number for a text": (models.StringPkField(), models.IntegerField()),
    "a whole number for a UUID": (models.UUIDPkField(), models.IntegerField()),
    "a UUID for a whole number": (models.PkField(), models.UUIDField()),
    "a decimal for a whole number": (models.PkField(), models.DecimalField()),
    "JSON for a whole number": (models.PkField(), models.JSONField()),
}
HELD = tuple(KEYS)[:5]


def keyed(case: str) -> tuple[type[models.Model], type[models.Model]]:
    """A model with one kind of key, and one that points at it with one kind of field."""
    key, held = KEYS[case]
    pointing = row_class("Pointing", kind=models.StringField(), key=held, of=generic("kind", "key"))
    return type("Row", (models.Model,), {"id": key, "rows": reverse(pointing)}), pointing


@pytest.mark.parametrize("case", HELD)
def test_a_key_field_that_holds_the_keys(case: str) -> None:
    model, pointing = keyed(case)
    store = MemoryDataStore(models=[model])
    row: Any = store[model].create(**({"id": "a"} if case == "a slug for a text" else {}))
    assert row.rows.create().of == row
    assert store[pointing].count() == 1


@pytest.mark.parametrize("case", [case for case in KEYS if case not in HELD])
def test_a_key_field_that_cannot_hold_the_keys(case: str) -> None:
    model, pointing = keyed(case)
    kind = pointing.__fields__["key"].kind
    with pytest.raises(Misdeclared) as refusal:
        MemoryDataStore(models=[model])
    assert str(refusal.value) == f"Row.rows: Pointing.key, which is {kind}, cannot hold the keys of Row"


def test_field_says_which_of_several() -> None:
    row = row_class(texts=reverse(Two, field="by_text"), numbers=reverse("two", field="by_number"))
    store = MemoryDataStore(models=[row])
    stored: Any = store[row].create()
    assert (stored.texts.create().key, stored.numbers.create().number) == ("1", 1)
    assert ([found.pk for found in stored.texts], [found.pk for found in stored.numbers]) == ([1], [2])


def test_a_target_by_class_belongs_to_the_catalog() -> None:
    assert set(resolve([row_class(rows=reverse(Remark))]).by_table) == {"row", "remark"}
    assert set(resolve([Remark]).by_table) == {"remark"}


def test_a_model_may_point_at_itself() -> None:
    model = row_class(kind=models.StringField(), key=models.IntegerField(), of=generic("kind", "key"), rows=reverse("row"))
    store = MemoryDataStore(models=[model])
    first: Any = store[model].create()
    second = first.rows.create()
    assert (second.of, list(first.rows), list(second.rows)) == (first, [second], [])


def test_the_pair_may_stand_behind_the_relation() -> None:
    model = row_class(of=generic("kind", "key"), kind=models.StringField(), key=models.IntegerField())
    assert list(declaration(model).fields) == ["id", "kind", "key"]
    assert list(declaration(model).links) == ["of"]


def test_the_list_style_gives_the_same_generic_relations() -> None:
    def listed(name: str, *members: Any) -> type[models.Model]:
        return type(name, (models.Model,), {"fields": [models.PkField(name="id"), *members]})

    pair = models.StringField(name="kind"), models.IntegerField(name="key")
    pointing = listed("Pointing", *pair, generic("kind", "key", name="of"))
    pointed = listed("Pointed", reverse(pointing, name="rows"))
    assert repr(pointing) == repr(row_class("Pointing", kind=models.StringField(), key=models.IntegerField(), of=generic("kind", "key")))
    assert repr(pointed) == repr(row_class("Pointed", rows=reverse(pointing)))
    store = MemoryDataStore(models=[pointed])
    row: Any = store[pointed].create()
    assert row.rows.create().of == row


def test_a_child_inherits_generic_relations() -> None:
    class Parent(Remark):
        remarks = models.GenericRelation(Remark)

    class Child(Parent):
        note = models.StringField()

    store = MemoryDataStore(models=[Parent, Child])
    parent, child = store[Parent].create(), store[Child].create()
    remark = child.remarks.create()
    assert (remark.content_type, remark.content_object, list(parent.remarks)) == ("child", child, [])
    assert store[Child].create(content_object=parent).content_object == parent
    assert (Child.content_object.owner, Parent.content_object.owner) == ("Child", "Parent")


def test_a_child_may_hold_keys_of_another_kind() -> None:
    class Child(Remark):
        object_id = models.StringField()

    store = MemoryDataStore(models=[Child, Album])
    album = store[Album].create(title="x")
    child = store[Child].create(content_object=album)
    assert (child.object_id, child.content_object) == ("1", album)


def test_a_generic_relation_is_frozen() -> None:
    with pytest.raises(AttributeError, match=r"Remark\.content_object is declared; its key_field cannot change any more"):
        Remark.content_object.key_field = "id"
    with pytest.raises(AttributeError, match=r"Remark\.content_object is declared and cannot change any more"):
        Remark.content_object = 3
    with pytest.raises(AttributeError, match=r"Remark\.content_object is declared and cannot go any more"):
        del Remark.content_object
    with pytest.raises(AttributeError, match="Tag is declared; no field can be added any more"):
        Tag.remarks = reverse(Remark)


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (generic("kind", "key"), "GenericForeignKey('kind', 'key')"),
        (generic("kind", "key", help_text="What it is."), "GenericForeignKey('kind', 'key', help_text='What it is.')"),
        (reverse(Remark), "GenericRelation(Remark)"),
        (reverse("remark"), "GenericRelation('remark')"),
        (reverse("two", field="by_text", help_text="What."), "GenericRelation('two', field='by_text', help_text='What.')"),
    ],
    ids=str,
)
def test_repr_of_a_generic_relation_is_what_one_would_type(link: Any, text: str) -> None:
    assert repr(link) == text
    assert repr(row_class(kind=models.StringField(), key=models.StringField(), link=link)).splitlines()[-1] == f"    link = {text}"


def test_the_names_of_a_pair_are_these_unless_others_are_said() -> None:
    assert repr(generic()) == "GenericForeignKey('content_type', 'object_id')"
