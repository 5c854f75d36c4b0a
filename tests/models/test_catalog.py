"""Declarations resolved together: relations in both directions, their order, and what is refused, by name."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import permutations

import pytest

from pyrest.errors import Misdeclared
from pyrest.models import (
    DateTimeField,
    DecimalField,
    FloatField,
    IntegerField,
    Model,
    PkField,
    StringField,
    StringPkField,
    UUIDField,
    UUIDPkField,
)
from pyrest.models.catalog import Catalog, Relation, resolve
from pyrest.models.model import declaration


class Artist(Model):
    id = PkField()
    name = StringField(required=True, unique=True)


class Album(Model):
    id = PkField()
    artist = IntegerField(foreign=("artist", "id"), required=True, related_name="albums", on_delete="cascade")


class Track(Model):
    id = PkField()
    album = IntegerField(foreign={"table": "album", "column": "id"})


class Employee(Model):
    id = PkField()
    boss = IntegerField(foreign=("employee", "id"), related_name="team")


def names(models: tuple[type[Model], ...]) -> list[str]:
    return [model.__name__ for model in models]


# Relations


def test_a_foreign_key_is_a_relation_in_both_directions() -> None:
    catalog = resolve([Artist, Album])
    relation = catalog.forward[Album]["artist"]
    assert relation == Relation(Album, Album.artist, Artist, Artist.id, "albums")
    assert catalog.reverse[Artist] == (relation,)
    assert (catalog.forward[Artist], catalog.reverse[Album]) == ({}, ())


def test_models_are_found_by_their_tables() -> None:
    catalog = resolve([Artist, Album])
    assert dict(catalog.by_table) == {"artist": declaration(Artist), "album": declaration(Album)}
    assert catalog.declared(Album) is declaration(Album)


def test_a_model_may_be_named_twice() -> None:
    assert resolve([Artist, Album, Artist]).models == (Artist, Album)


def test_nothing_is_a_catalog_too() -> None:
    assert resolve([]).models == ()


def test_two_catalogs_know_nothing_of_each_other() -> None:
    first, second = resolve([Artist, Album]), resolve([Artist])
    assert first.reverse[Artist] != second.reverse[Artist]
    with pytest.raises(Misdeclared, match=r"^Album is not declared to this store; pass it in models=\[…\]$"):
        second.declared(Album)


def test_a_catalog_cannot_change() -> None:
    catalog = resolve([Artist])
    with pytest.raises(FrozenInstanceError):
        catalog.models = ()


def test_a_relation_may_point_at_a_unique_field() -> None:
    class Fan(Model):
        id = PkField()
        idol = StringField(foreign=("artist", "name"))

    assert resolve([Artist, Fan]).forward[Fan]["idol"].target_field is Artist.name


def test_a_relation_names_the_column_of_its_target_and_else_the_field() -> None:
    class Country(Model):
        code = StringPkField(column="Country Code")

    class City(Model):
        id = PkField()
        by_column = StringField(foreign=("country", "Country Code"), related_name="+")
        by_field = StringField(foreign=("country", "code"), related_name="+")

    assert [relation.target_field for relation in resolve([Country, City]).forward[City].values()] == [Country.code, Country.code]


def test_a_column_goes_before_a_field_of_the_same_name() -> None:
    class Swapped(Model):
        old = StringField(column="new", unique=True)
        new = StringPkField(column="old")

    class User(Model):
        id = PkField()
        swapped = StringField(foreign=("swapped", "new"))

    assert resolve([Swapped, User]).forward[User]["swapped"].target_field is Swapped.old


@pytest.mark.parametrize(
    ("field", "to_one", "reverse_name"),
    [
        (IntegerField(foreign=("artist", "id")), False, "fan_club_set"),
        (IntegerField(foreign=("artist", "id"), unique=True), True, "fan_club"),
        (IntegerField(foreign=("artist", "id"), related_name="fans"), False, "fans"),
        (IntegerField(foreign=("artist", "id"), related_name="+"), False, None),
    ],
    ids=["many", "one", "related_name", "none"],
)
def test_what_the_reverse_side_is_called(field: IntegerField, to_one: bool, reverse_name: str | None) -> None:
    club = type(Model)("FanClub", (Model,), {"id": PkField(), "artist": field})
    relation = resolve([Artist, club]).forward[club]["artist"]
    assert (relation.to_one, relation.reverse_name) == (to_one, reverse_name)


def test_a_key_that_is_a_foreign_key_is_to_one() -> None:
    class User(Model):
        code = StringPkField()

    class Profile(Model):
        user = StringPkField(foreign=("user", "code"))

    relation = resolve([User, Profile]).forward[Profile]["user"]
    assert (relation.to_one, relation.reverse_name) == (True, "profile")


def test_relations_without_reverse_names_do_not_clash() -> None:
    class Match(Model):
        id = PkField()
        home = IntegerField(foreign=("artist", "id"), related_name="+")
        guest = IntegerField(foreign=("artist", "id"), related_name="+")

    assert [relation.field.name for relation in resolve([Artist, Match]).reverse[Artist]] == ["home", "guest"]


def test_the_same_reverse_name_on_two_targets_is_no_clash() -> None:
    class Remark(Model):
        id = PkField()
        artist = IntegerField(foreign=("artist", "id"))
        album = IntegerField(foreign=("album", "id"))

    catalog = resolve([Artist, Album, Remark])
    assert [relation.reverse_name for relation in catalog.forward[Remark].values()] == ["remark_set", "remark_set"]


# Order


@pytest.mark.parametrize("listed", list(permutations([Artist, Album, Track])), ids=lambda listed: " ".join(names(listed)))
def test_targets_come_before_what_points_at_them(listed: tuple[type[Model], ...]) -> None:
    assert resolve(listed).models == (Artist, Album, Track)


def test_models_without_relations_stay_in_the_order_in_which_they_are_listed() -> None:
    assert names(resolve([Employee, Artist]).models) == ["Employee", "Artist"]
    assert names(resolve([Artist, Employee]).models) == ["Artist", "Employee"]


def test_a_model_may_point_at_itself() -> None:
    catalog = resolve([Employee])
    relation = catalog.forward[Employee]["boss"]
    assert (relation.model, relation.target) == (Employee, Employee)
    assert catalog.reverse[Employee] == (relation,)
    assert catalog.models == (Employee,)


class Chicken(Model):
    id = PkField()
    hatched_from = IntegerField(foreign=("egg", "id"))
    farm = IntegerField(foreign=("farm", "id"))


class Egg(Model):
    id = PkField()
    laid_by = IntegerField(foreign=("chicken", "id"))


class Farm(Model):
    id = PkField()


@pytest.mark.parametrize("listed", list(permutations([Chicken, Egg, Farm])), ids=lambda listed: " ".join(names(listed)))
def test_a_cycle_is_resolved_and_the_rest_is_in_order(listed: tuple[type[Model], ...]) -> None:
    catalog = resolve(listed)
    assert sorted(names(catalog.models)) == ["Chicken", "Egg", "Farm"]
    assert names(catalog.models).index("Farm") < names(catalog.models).index("Chicken")
    assert catalog.reverse[Chicken] == (catalog.forward[Egg]["laid_by"],)
    assert catalog.reverse[Egg] == (catalog.forward[Chicken]["hatched_from"],)


def test_a_long_chain_is_in_order() -> None:
    chain = [
        type(Model)(f"Link{n}", (Model,), {"id": PkField()} | ({"before": IntegerField(foreign=(f"link{n - 1}", "id"))} if n else {}))
        for n in range(200)
    ]
    assert resolve(reversed(chain)).models == tuple(chain)


# Wrong declarations


def refusal(*models: type[Model]) -> str:
    with pytest.raises(Misdeclared) as error:
        resolve(models)
    return str(error.value)


def pointing(field: object, **more: object) -> type[Model]:
    """A model `Ticket` whose field `to` is this one."""
    return type(Model)("Ticket", (Model,), {"id": PkField(), "to": field} | more)


class Target(Model):
    id = PkField()
    code = StringField(unique=True)
    label = StringField()
    price = DecimalField(decimal_places=2, unique=True)
    moment = DateTimeField(unique=True)
    tag = UUIDField(unique=True)

    class Meta:
        table = "targets"

    def describe(self) -> str:
        return self.label


class Unkeyed(Model):
    name = StringField()


class TwoKeys(Model):
    id = PkField()
    code = StringPkField()


class Targets(Model):
    id = PkField()


class Shouting(Model):
    id = PkField()

    class Meta:
        table = "TARGETS"


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ((Unkeyed,), "Unkeyed has no key; a model has exactly one, such as id = models.PkField()"),
        ((TwoKeys,), "TwoKeys has 2 keys (id, code); a model has exactly one, such as id = models.PkField()"),
        ((Target, Targets), 'Targets and Target are both the table "targets"; give one a Meta.table of its own'),
        ((Target, Shouting), 'Shouting and Target are both the table "TARGETS"; give one a Meta.table of its own'),
    ],
    ids=["no key", "two keys", "two of one name", "two of one name but for its case"],
)
def test_models_that_cannot_be(models: tuple[type[Model], ...], message: str) -> None:
    assert refusal(*models) == message


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (IntegerField(foreign=("target", "id")), 'no model has the table "target" of its foreign key; did you mean "targets"?'),
        (IntegerField(foreign=("Target", "id")), 'no model has the table "Target" of its foreign key; did you mean "targets"?'),
        (IntegerField(foreign=("warehouse", "id")), 'no model has the table "warehouse" of its foreign key'),
        (IntegerField(foreign=("", "id")), 'no model has the table "" of its foreign key'),
        (StringField(foreign=("targets", "cod")), 'Target has no column "cod"; did you mean "code"?'),
        (IntegerField(foreign=("targets", "number")), 'Target has no column "number"'),
        (IntegerField(foreign=("targets", "")), 'Target has no column ""'),
        (StringField(foreign=("targets", "label")), "Target.label is neither the key nor unique, so nothing can point at it"),
        (StringField(foreign=("targets", "id")), "StringField cannot hold the values of Target.id, which is PkField"),
        (FloatField(foreign=("targets", "id")), "FloatField cannot hold the values of Target.id, which is PkField"),
        (IntegerField(foreign=("targets", "code")), "IntegerField cannot hold the values of Target.code, which is StringField"),
        (StringField(foreign=("targets", "tag")), "StringField cannot hold the values of Target.tag, which is UUIDField"),
        (
            DecimalField(decimal_places=3, foreign=("targets", "price")),
            "DecimalField(decimal_places=3) cannot hold the values of Target.price, which is DecimalField(decimal_places=2)",
        ),
        (
            DateTimeField(naive=True, foreign=("targets", "moment")),
            "DateTimeField(naive=True) cannot hold the values of Target.moment, which is DateTimeField",
        ),
        *(
            (
                IntegerField(foreign=("targets", "id"), related_name=name),
                f'its reverse name "{name}" hides Target.{name}; choose another with related_name=',
            )
            for name in ["label", "pk", "ressource_uri", "describe"]
        ),
        *(
            (
                IntegerField(foreign=("targets", "id"), related_name=name),
                f"related_name {name!r} is no name; it is an identifier without _ at its ends and without __ inside, or '+' for none",
            )
            for name in ["", "my tickets", "a__b", "_tickets", "tickets_", "1st", 5]
        ),
    ],
    ids=repr,
)
def test_wrong_relations_name_the_model_and_the_field(field: object, message: str) -> None:
    assert refusal(Target, pointing(field)) == f"Ticket.to: {message}"


def test_a_foreign_table_that_is_declared_but_not_to_this_catalog() -> None:
    assert refusal(Album) == 'Album.artist: no model has the table "artist" of its foreign key'


def test_two_relations_with_one_default_reverse_name() -> None:
    ticket = pointing(IntegerField(foreign=("targets", "id")), back=IntegerField(foreign=("targets", "id")))
    said = 'Ticket.back: Target would call both this and Ticket.to "ticket_set"; choose another with related_name='
    assert refusal(Target, ticket) == said


def test_relations_of_two_models_with_one_reverse_name() -> None:
    class Badge(Model):
        id = PkField()
        target = IntegerField(foreign=("targets", "id"), related_name="tickets")

    ticket = pointing(IntegerField(foreign=("targets", "id"), related_name="tickets"))
    said = 'Badge.target: Target would call both this and Ticket.to "tickets"; choose another with related_name='
    assert refusal(Target, ticket, Badge) == said


def test_a_default_reverse_name_that_hides_a_field() -> None:
    class Box(Model):
        id = PkField()
        ticket_set = StringField()

    said = 'Ticket.to: its reverse name "ticket_set" hides Box.ticket_set; choose another with related_name='
    assert refusal(Box, pointing(IntegerField(foreign=("box", "id")))) == said


def test_a_reverse_name_that_hides_a_field_of_the_model_itself() -> None:
    class Node(Model):
        id = PkField()
        parent = IntegerField(foreign=("node", "id"), related_name="parent")

    assert refusal(Node) == 'Node.parent: its reverse name "parent" hides Node.parent; choose another with related_name='


def test_uuid_keys_are_targets_too() -> None:
    class Owner(Model):
        id = UUIDPkField()

    class Thing(Model):
        id = PkField()
        owner = UUIDField(foreign=("owner", "id"))

    catalog: Catalog = resolve([Thing, Owner])
    assert catalog.models == (Owner, Thing)
