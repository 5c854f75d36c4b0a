"""A model with every kind of relation, the four models that these lead to, and every shape of a relation."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from pyrest import Wrapper, models
from pyrest.serializers import (
    HyperlinkedRelatedField,
    ModelSerializer,
    PrimaryKeyRelatedField,
    RelatedField,
    Serializer,
    SlugRelatedField,
    StringRelatedField,
)
from pyrest.store import Store
from tests.serializers import page


class Town(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)

    def __str__(self) -> str:
        return f"<{self.name}>"

    @property
    def shouted(self) -> str:
        return self.name.upper()


class Badge(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)

    def __str__(self) -> str:
        return f"<{self.name}>"


class Club(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)

    def __str__(self) -> str:
        return f"<{self.name}>"


class Note(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    content_type = models.StringField()
    object_id = models.IntegerField()
    of = models.GenericForeignKey("content_type", "object_id")

    def __str__(self) -> str:
        return f"<{self.name}>"


class Person(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    home = models.ForeignKey(Town, related_name="people")
    born_in = models.IntegerField(foreign=("town", "id"), related_name="natives")
    mentor: models.ForeignKey[Any] = models.ForeignKey("person", related_name="pupils")
    badge = models.OneToOneField(Badge, related_name="person")
    clubs = models.ManyToManyField(Club, related_name="members")
    friends = models.ManyToManyField("person", related_name="friend_of")
    notes = models.GenericRelation(Note)

    def __str__(self) -> str:
        return f"<{self.name}>"


MODELS = (Town, Badge, Club, Note, Person)


class Way(NamedTuple):
    """A relation: whose it is, what it is called, where it leads, and whether to several rows."""

    model: type[models.Model]
    name: str
    target: type[models.Model]
    many: bool


WAYS = {
    "foreign key": Way(Person, "home", Town, False),
    "foreign key, backwards": Way(Town, "people", Person, True),
    "field with foreign=": Way(Person, "born_in", Town, False),
    "field with foreign=, backwards": Way(Town, "natives", Person, True),
    "self-reference": Way(Person, "mentor", Person, False),
    "self-reference, backwards": Way(Person, "pupils", Person, True),
    "one-to-one": Way(Person, "badge", Badge, False),
    "one-to-one, backwards": Way(Badge, "person", Person, False),
    "many-to-many": Way(Person, "clubs", Club, True),
    "many-to-many, backwards": Way(Club, "members", Person, True),
    "many-to-many to itself": Way(Person, "friends", Person, True),
    "many-to-many to itself, backwards": Way(Person, "friend_of", Person, True),
    "generic, backwards": Way(Person, "notes", Note, True),
}


class Loud(RelatedField):
    def to_representation(self, value: Any) -> str:
        return str(value.name).upper()

    def to_internal_value(self, data: str) -> Any:
        return self.get_queryset().get(name=data.lower())


class Named(Serializer):
    """A row of any model by its name."""

    name = models.StringField(required=True)


def serializer_of(model: type[models.Model], *names: str, **fields: Any) -> type[ModelSerializer]:
    """A serializer with these fields, and those of the model that are named."""
    meta = type("Meta", (), {"model": model, "fields": (*names, *fields)})
    return type(f"{model.__name__}Serializer", (ModelSerializer,), {**fields, "Meta": meta})


class Shape(NamedTuple):
    """Makes a field for the rows of a model, and says how that shows the row with a number."""

    make: Callable[..., Any]
    shown: Callable[[str, int], Any]

    def field(self, way: Way, **options: Any) -> Any:
        """A field for a relation, which is read-only unless the options say what may be written."""
        if "queryset" not in options and self.make is not StringRelatedField:
            options["read_only"] = True
        return self.make(**({"many": True} if way.many else {}), **options)


SHAPES = {
    "string": Shape(StringRelatedField, lambda table, n: f"<{table} {n}>"),
    "key": Shape(PrimaryKeyRelatedField, lambda table, n: n),
    "link": Shape(HyperlinkedRelatedField, lambda table, n: f"/{table}/{n}/"),
    "slug": Shape(functools.partial(SlugRelatedField, "name"), lambda table, n: f"{table} {n}"),
    "custom": Shape(Loud, lambda table, n: f"{table} {n}".upper()),
    "nested": Shape(Named, lambda table, n: {"name": f"{table} {n}"}),
}


def people_of(kind: str, folder: Path) -> Store:
    """A store with four rows of each model, related to nothing. Each has an address."""
    store = page.store_of(kind, folder, MODELS)
    for model in MODELS:
        store[model].bulk_create([{"name": f"{table(model)} {n}"} for n in (1, 2, 3, 4)])
    Wrapper(MODELS, datastore=store)
    return store


def table(model: type[models.Model]) -> str:
    """What its rows' addresses begin with."""
    return model.__name__.lower()


def relate(store: Store, way: Way, key: int, *targets: int) -> None:
    store[way.model].filter(pk=key).update(**{way.name: list(targets) if way.many else targets[0]})


def related(store: Store, way: Way, key: int) -> list[int]:
    """The keys of the rows that a row is related to in the store."""
    found = getattr(store[way.model].get(pk=key), way.name)
    if way.many:
        return [row.pk for row in found]
    return [] if found is None else [found.pk if isinstance(found, models.Model) else found]


def save(store: Store, model: type[models.Model], key: int, **data: Any) -> Any:
    """Writes relations as keys into a row, and gives what is shown then."""
    serializer = serializer_of(model, *data)(store[model].get(pk=key), data, store=store)
    assert serializer.is_valid(), serializer.errors
    serializer.save()
    return serializer.data
