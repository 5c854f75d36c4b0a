"""A class becomes one frozen declaration, in either style; what contradicts itself is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pyrest import models
from pyrest.errors import Misdeclared, UnknownName
from pyrest.models import IntegerField, JSONField, Model, PkField, StringField, StringPkField
from pyrest.models.declaration import snake_case
from pyrest.models.model import declaration


class Artist(Model):
    id = PkField()
    name = StringField(required=True)


class Album(Model):
    id = PkField()
    title = StringField(required=True, max_length=160)
    year = IntegerField(default=1970)
    notes = StringField()

    class Meta:
        ordering = ("-year", "title")


class Song(Model):
    code = StringPkField()
    title = StringField()

    def __str__(self) -> str:
        return f"“{self.title}”"


# Both styles


class ClassStyle(Model):
    first_name = StringField(required=True)
    address = IntegerField(foreign={"table": "address", "column": "id"})
    id = PkField(required=True)

    class Meta:
        table = "users"


class ListStyle(Model):
    fields = [
        StringField(name="first_name", required=True),
        IntegerField(name="address", foreign=("address", "id")),
        PkField(name="id", required=True),
    ]

    class Meta:
        table = "users"


class MixedStyle(Model):
    fields = (StringField(name="first_name", required=True), IntegerField(name="address", foreign=("address", "id")))
    id = PkField(required=True)

    class Meta:
        table = "users"


@pytest.mark.parametrize("model", [ListStyle, MixedStyle], ids=lambda model: model.__name__)
def test_both_styles_give_the_same_declaration(model: type[Model]) -> None:
    expected, found = declaration(ClassStyle), declaration(model)
    assert [(name, repr(field), field.index_in_row) for name, field in found.fields.items()] == [
        (name, repr(field), field.index_in_row) for name, field in expected.fields.items()
    ]
    assert (found.table, found.key.name) == (expected.table, expected.key.name)
    assert repr(model).replace(model.__name__, "ClassStyle") == repr(ClassStyle)


@pytest.mark.parametrize("model", [ClassStyle, ListStyle, MixedStyle], ids=lambda model: model.__name__)
def test_a_row_of_either_style_has_attributes(model: type[Any]) -> None:
    row = model(first_name="Super", address=1)
    assert (row.first_name, row.address, row.id) == ("Super", 1, None)


def test_a_list_style_class_has_no_list_called_fields() -> None:
    assert not hasattr(ListStyle, "fields")


def test_the_order_of_the_fields_is_the_order_of_declaration() -> None:
    assert list(declaration(ClassStyle).fields) == ["first_name", "address", "id"]


@pytest.mark.parametrize("name", ["name", "table", "order", "fields", "type", "self", "model", "values", "key", "class", "größe"])
def test_a_field_may_be_called_anything_that_a_language_of_data_needs(name: str) -> None:
    class Thing(Model):
        fields = [StringField(name=name), PkField(name="id")]

    thing: Any = Thing(**{name: "x"})
    assert getattr(thing, name) == "x"
    assert declaration(Thing).table == "thing"
    assert declaration(Thing).field(name).name == name


def test_a_field_may_be_called_fields_in_a_class_body() -> None:
    class Form(Model):
        id = PkField()
        fields = JSONField()
        name = StringField()

    assert list(declaration(Form).fields) == ["id", "fields", "name"]
    assert Form(fields=["a"]).fields == ["a"]


# Inheritance


class Dated(Model):
    created = IntegerField(default=0)
    title = StringField()

    class Meta:
        table = "dated"
        ordering = ("created",)
        indexes = ("created",)


class Report(Dated):
    title = StringField(required=True)
    id = PkField()

    class Meta:
        indexes = ("title",)


def test_fields_are_inherited_and_may_be_replaced() -> None:
    fields = declaration(Report).fields
    assert list(fields) == ["created", "title", "id"]
    assert [field.owner for field in fields.values()] == ["Report"] * 3
    assert [field.index_in_row for field in fields.values()] == [0, 1, 2]
    assert Report.title.required
    assert not Dated.title.required


def test_the_options_of_meta_are_inherited_one_by_one_but_not_the_table() -> None:
    declared = declaration(Report)
    assert (declared.table, declared.ordering, declared.indexes) == ("report", ("created",), (("title",),))


def test_a_parent_needs_no_key_as_long_as_nobody_uses_it() -> None:
    with pytest.raises(Misdeclared, match="Dated has no key"):
        declaration(Dated)


def test_a_class_has_the_fields_of_all_its_parents_and_the_first_parent_wins() -> None:
    class Keyed(Model):
        id = PkField()
        title = StringField(max_length=5)

        class Meta:
            ordering = ("id",)

    class Both(Keyed, Dated):
        pass

    assert sorted(declaration(Both).fields) == ["created", "id", "title"]
    assert Both.title.max_length == 5
    assert (declaration(Both).ordering, declaration(Both).indexes) == (("id",), (("created",),))


def test_methods_are_inherited() -> None:
    class Named(Model):
        name = StringField()

        def shout(self) -> str:
            return self.name.upper()

    class Genre(Named):
        id = PkField()

    assert Genre(name="rock").shout() == "ROCK"


def test_meta_may_have_a_parent() -> None:
    class Common:
        ordering = ("-id",)

    class Genre(Model):
        id = PkField()

        class Meta(Common):
            table = "genres"

    assert (declaration(Genre).table, declaration(Genre).ordering) == ("genres", ("-id",))


# Meta


def test_what_meta_says_by_default() -> None:
    declared = declaration(Artist)
    assert (declared.table, declared.ordering, declared.unique_together, declared.indexes) == ("artist", (), (), ())


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("Album", "album"),
        ("InvoiceLine", "invoice_line"),
        ("HTTPServer", "http_server"),
        ("MP3File", "mp3_file"),
        ("PlaylistTrack2", "playlist_track2"),
        ("snake_case", "snake_case"),
        ("A", "a"),
    ],
)
def test_the_table_is_the_name_of_the_class_in_snake_case(name: str, table: str) -> None:
    assert snake_case(name) == table


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("a", "b"), (("a", "b"),)),
        (["a", "b"], (("a", "b"),)),
        ((("a", "b"),), (("a", "b"),)),
        ([["a", "b"], ("b", "c")], (("a", "b"), ("b", "c"))),
        ((), ()),
    ],
    ids=repr,
)
@pytest.mark.parametrize("option", ["unique_together", "indexes"])
def test_one_group_of_names_or_several(option: str, written: Any, meant: tuple[tuple[str, ...], ...]) -> None:
    class Thing(Model):
        fields = [PkField(name="id"), *(IntegerField(name=name) for name in "abc")]
        Meta = type("Meta", (), {option: written})

    assert getattr(declaration(Thing), option) == meant


def test_the_sets_of_fields_that_are_unique() -> None:
    class Track(Model):
        id = PkField()
        album = IntegerField()
        order = IntegerField()
        code = StringField(unique=True)

        class Meta:
            unique_together = ("album", "order")

    assert declaration(Track).unique_sets == (("id",), ("code",), ("album", "order"))


def test_a_declaration_finds_its_fields_by_name() -> None:
    assert declaration(Album).field("title") is Album.title
    with pytest.raises(UnknownName) as error:
        declaration(Album).field("titel", "filter")
    assert str(error.value) == 'unknown filter "titel"; did you mean "title"?'


# Wrong declarations


def made(**body: Any) -> Callable[[], object]:
    """A class `Thing` with this body and, unless it says otherwise, a key; declared."""
    return lambda: declaration(type(Model)("Thing", (Model,), {"id": PkField()} | body))


def meta(**options: Any) -> Callable[[], object]:
    return made(name=StringField(), extra=JSONField(), Meta=type("Meta", (), options))


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (made(id=IntegerField()), "Thing has no key; a model has exactly one, such as id = models.PkField()"),
        (made(code=StringPkField()), "Thing has 2 keys (id, code); a model has exactly one, such as id = models.PkField()"),
        (made(title=StringField), "Thing.title: a class where a field is meant; write StringField()"),
        (made(title=(StringField(),)), "Thing.title: a tuple where a field is meant; take the comma behind it away"),
        (made(title=StringField(name="name")), "Thing.title: its name= says 'name'"),
        (made(fields=[StringField()]), "Thing.fields: StringField() is no field with a name="),
        (made(fields=["title"]), "Thing.fields: 'title' is no field with a name="),
        (made(fields=[StringField(name=5)]), "Thing.5: a field's name is an identifier without _ at its ends and without __ inside"),
        (made(fields=[StringField(name="a"), StringField(name="a")]), "Thing.a is declared twice"),
        (made(fields=[StringField(name="id")]), "Thing.id is declared twice"),
        (made(fields=[StringField(name="label")], label=lambda self: "x"), "Thing.label is declared twice"),
        (made(_a=StringField()), "Thing._a: a field's name is an identifier without _ at its ends and without __ inside"),
        (made(a_=StringField()), "Thing.a_: a field's name is an identifier without _ at its ends and without __ inside"),
        (made(a__gt=StringField()), "Thing.a__gt: a field's name is an identifier without _ at its ends and without __ inside"),
        (
            made(fields=[StringField(name="first name")]),
            "Thing.first name: a field's name is an identifier without _ at its ends and without __ inside",
        ),
        (made(pk=IntegerField()), "Thing.pk: pyrest uses this name itself; call the field otherwise, with column='pk'"),
        (
            made(ressource_uri=StringField()),
            "Thing.ressource_uri: pyrest uses this name itself; call the field otherwise, with column='ressource_uri'",
        ),
        (made(a=StringField(), b=StringField(column="A")), "Thing.b: its column 'A' is the column of a already"),
        (made(count=IntegerField(default="1")), "Thing.count: default '1': A valid integer is required."),
        (made(Meta={"table": "things"}), "Thing.Meta is a class of options, not {'table': 'things'}"),
        (meta(tabel="things"), 'Thing.Meta.tabel: there is no such option; did you mean "table"?'),
        (meta(verbose_name="thing"), "Thing.Meta.verbose_name: there is no such option"),
        (meta(table=""), "Thing.Meta.table is the name of a table, not ''"),
        (meta(table=None), "Thing.Meta.table is the name of a table, not None"),
        (meta(ordering="name"), "Thing.Meta.ordering is a tuple of names of fields, not 'name'"),
        (meta(ordering=("nmae",)), "Thing.Meta.ordering: 'nmae' is no field of Thing; did you mean \"name\"?"),
        (meta(ordering=("--name",)), "Thing.Meta.ordering: '--name' is no field of Thing; did you mean \"name\"?"),
        (meta(ordering=(["name"],)), "Thing.Meta.ordering: ['name'] is no field of Thing; did you mean \"name\"?"),
        (meta(ordering=("name", "-name")), "Thing.Meta.ordering: 'name' is there twice"),
        (meta(ordering=("extra",)), "Thing.Meta.ordering: the values of 'extra' have no order"),
        (meta(unique_together="name"), "Thing.Meta.unique_together is a tuple of tuples of names, not 'name'"),
        (meta(unique_together=("name", "nmae")), "Thing.Meta.unique_together: 'nmae' is no field of Thing; did you mean \"name\"?"),
        (meta(unique_together=("name", "-id")), "Thing.Meta.unique_together: '-id' is no field of Thing; did you mean \"id\"?"),
        (meta(unique_together=("name", ("id",))), "Thing.Meta.unique_together is a tuple of names of fields, not 'name'"),
        (meta(unique_together=("name", "name")), "Thing.Meta.unique_together: 'name' is there twice"),
        (meta(unique_together=((),)), "Thing.Meta.unique_together: a group without names means nothing"),
        (meta(indexes=(("name", 5),)), "Thing.Meta.indexes: 5 is no field of Thing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_declarations_name_the_model_and_what_is_wrong(declare: Callable[[], object], message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        declare()
    assert str(refusal.value) == message


def test_a_field_cannot_be_hidden_by_something_else_in_a_subclass() -> None:
    with pytest.raises(Misdeclared, match=r"^Sub\.title: a field of that name is inherited, and this is none$"):

        class Sub(Album):
            title = None


def test_fields_of_a_parent_that_is_no_model_would_be_lost() -> None:
    class Mixin:
        created = IntegerField()

    class Mixed(Mixin):
        pass

    with pytest.raises(Misdeclared, match=r"^Thing\.created: Mixed, which has it, is no models\.Model$"):

        class Thing(Mixed, Model):
            id = PkField()


def test_two_columns_that_differ_in_letters_outside_ascii_are_two() -> None:
    class Thing(Model):
        id = PkField()
        a = StringField(column="Ä")
        b = StringField(column="ä")

    assert [field.column_name for field in declaration(Thing).fields.values()] == ["id", "Ä", "ä"]


# Frozen


def test_a_declared_model_cannot_change() -> None:
    with pytest.raises(AttributeError, match=r"^Album\.title is declared and cannot change any more$"):
        Album.title = StringField()
    with pytest.raises(AttributeError, match=r"^Album is declared; no field can be added any more$"):
        Album.price = IntegerField()
    with pytest.raises(AttributeError, match=r"^Album\.title is declared and cannot go any more$"):
        del Album.title
    assert list(declaration(Album).fields) == ["id", "title", "year", "notes"]


def test_the_declaration_is_made_once_and_cannot_change() -> None:
    declared = declaration(Album)
    assert declaration(Album) is declared
    with pytest.raises(AttributeError):
        declared.table = "albums"
    with pytest.raises(TypeError):
        declared.fields["price"] = IntegerField()


def test_what_is_no_field_may_be_added_to_a_model() -> None:
    class Genre(Model):
        id = PkField()

    Genre.label = "a genre"
    assert Genre().label == "a genre"


# What one would type


def retyped(text: str) -> type[Model]:
    names: dict[str, Any] = dict(vars(models))
    before = set(names)
    exec(text, names)
    (name,) = set(names) - before - {"__builtins__"}
    return names[name]


def test_the_repr_of_a_model_is_what_one_would_type() -> None:
    assert repr(Album) == (
        "class Album(Model):\n"
        "    id = PkField()\n"
        "    title = StringField(max_length=160, required=True)\n"
        "    year = IntegerField(default=1970)\n"
        "    notes = StringField()\n"
        "\n"
        "    class Meta:\n"
        "        ordering = ('-year', 'title')"
    )


@pytest.mark.parametrize("model", [Artist, Album, Song, ClassStyle, ListStyle, Report], ids=lambda model: model.__name__)
def test_the_repr_of_a_model_declares_the_same_model(model: type[Model]) -> None:
    again, declared = declaration(retyped(repr(model))), declaration(model)
    assert repr(again.model) == repr(model)
    assert {name: field.given() for name, field in again.fields.items()} == {name: field.given() for name, field in declared.fields.items()}
    parts = ("name", "table", "ordering", "unique_together", "indexes")
    assert [getattr(again, part) for part in parts] == [getattr(declared, part) for part in parts]


def test_the_repr_of_a_model_without_fields() -> None:
    assert repr(Model) == "class Model(Model):\n    pass"
