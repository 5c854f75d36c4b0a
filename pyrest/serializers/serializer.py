"""The serializers: rows → JSON objects and back, as Django REST framework names and means them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, Self

from pyrest.errors import Misdeclared, ValidationError
from pyrest.models.fields.options import UNSET
from pyrest.models.model import Model
from pyrest.queryset import QuerySet
from pyrest.serializers.base import BaseSerializer
from pyrest.serializers.fields import Call, Place
from pyrest.serializers.hyperlinks import HyperlinkedRelatedField
from pyrest.serializers.items import Item, Mode
from pyrest.serializers.objects import load_objects, show_objects
from pyrest.serializers.reading import read_bodies
from pyrest.serializers.representation import Representation, catalog_for, representation, show_rows
from pyrest.serializers.saving import create_all, update_all
from pyrest.serializers.spelling import spelt
from pyrest.store import Store


class Serializer(BaseSerializer):
    """Fields that are shown and read together.

    `AlbumSerializer(row).data` shows a row, `AlbumSerializer(rows, many=True).data` several. To write:
    `serializer = AlbumSerializer(data={…}, store=store)`, then `is_valid()`, `save()`; with a row in front, that row is changed, and with
    `partial=True` what is not sent stays. As a field of another serializer it shows the rows of a relation.

    - `context`: whatever your own fields and methods need to know. `store`: the store; that of the row unless said.
    - `many`, `allow_empty`, `min_length`, `max_length`: whether it is a list, and how long that may be.

    `class Meta` has `model`, `fields` or `exclude`, `depth`, `read_only_fields`, `extra_kwargs`, `validators`, and `nested`, which says how
    nested serializers are written: `nested = {"tracks": {"match": "pk", "missing": "keep", "create": True}}`.
    """

    def __init__(
        self,
        instance: Any = None,
        data: Any = UNSET,
        *,
        many: bool = False,
        partial: bool = False,
        context: Mapping[str, Any] | None = None,
        store: Store | None = None,
        allow_empty: bool = True,
        min_length: int | None = None,
        max_length: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(many=many, allow_empty=allow_empty, min_length=min_length, max_length=max_length, **options)
        self.instance = instance
        self.initial_data = data
        self.partial = partial
        self._context = {} if context is None else context
        self._store = store
        self._items: list[Item] | None = None
        self._errors: dict[str, Any] | None = None

    # Showing.

    @property
    def data(self) -> Any:
        """The JSON object of the row, or the list of those of the rows; after `is_valid()` without `save()`, what is going to be written.

        Raises `RuntimeError` where data were given and `is_valid()` was not called.
        """
        if self.initial_data is UNSET or (self._errors == {} and self.instance is not None and self._saved):
            return self._shown(self.instance) if self.instance is not None else self._shown_blank()
        if self._errors is None:
            raise RuntimeError(f"{type(self).__name__}: call is_valid() before data")
        return self.initial_data

    def to_representation(self, instance: Any) -> Any:
        """A row → its JSON object."""
        return self._show([instance], plainly=True)[0]

    # Writing.

    def is_valid(self, raise_exception: bool = False) -> bool:
        """Whether the data can be written. Raises `ValidationError` where they cannot and `raise_exception` says so."""
        if self.initial_data is UNSET:
            raise RuntimeError(f"{type(self).__name__}: there are no data to look at; give it data=")
        if self._errors is None:
            self._read()
        if self._errors and raise_exception:
            raise ValidationError(self._errors)
        return not self._errors

    @property
    def errors(self) -> dict[str, Any]:
        """What is wrong, by the names of fields. Raises `RuntimeError` where `is_valid()` was not called."""
        if self._errors is None:
            raise RuntimeError(f"{type(self).__name__}: call is_valid() before errors")
        return self._errors

    @property
    def validated_data(self) -> Any:
        """The values to write, by the names of the model's fields and relations, with rows for relations."""
        if self._errors is None:
            raise RuntimeError(f"{type(self).__name__}: call is_valid() before validated_data")
        values = [item.values for item in self._items or []] if not self._errors else []
        return values if self.many else values[0] if values else {}

    def validate(self, attrs: Any) -> Any:
        """Override it to look at values together. Returns them, or raises `ValidationError`."""
        return attrs

    def save(self, **values: Any) -> Any:
        """Writes the validated data, and these values with them, and returns the row. Raises `RuntimeError` before `is_valid()`."""
        if not self._errors == {}:
            raise RuntimeError(f"{type(self).__name__}: save() needs data that are valid; call is_valid() first and look at errors")
        with self.store.transaction() if self.store is not None else nullcontext():
            if self.many:
                if self.instance is not None:
                    raise RuntimeError(f"{type(self).__name__}: rows that are there are saved one by one, not with many=True")
                self.instance = [self.create(_with(item.values, values)) for item in self._items or []]
            else:
                data = _with(self.validated_data, values)
                self.instance = self.create(data) if self.instance is None else self.update(self.instance, data)
        self._saved = True
        return self.instance

    _saved = False

    def create(self, validated_data: Any) -> Any:
        """Stores a new row and returns it."""
        raise NotImplementedError(f"{type(self).__name__} has no create(self, validated_data)")

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Changes a row and returns it as it is then."""
        raise NotImplementedError(f"{type(self).__name__} has no update(self, instance, validated_data)")

    # What it knows.

    @property
    def store(self) -> Any:
        if self._store is None and self.call is None:
            rows = self.instance if self.many else [self.instance]
            if isinstance(rows, QuerySet):
                return rows.store
            first = next(iter(rows), None) if isinstance(rows, list | tuple) else None
            peers = first._peers if isinstance(first, Model) else None
            return None if peers is None else getattr(peers, "store", None)
        return self._store if self._store is not None or self.call is None else self.call.store

    @property
    def context(self) -> Mapping[str, Any]:
        return self._context or ({} if self.call is None else self.call.place.context)

    def used(self, call: Call) -> Self:
        found = super().used(call)
        found.instance = None
        return found

    def __repr__(self) -> str:
        return spelt(self)

    @classmethod
    def family(cls) -> type[Serializer]:
        """What `depth` makes the serializers of related rows from."""
        return HyperlinkedModelSerializer if cls.links_rows else ModelSerializer

    @classmethod
    def prototype(cls) -> Serializer:
        """One without rows and data, for what depends on the class alone."""
        found = cls.__new__(cls)
        Serializer.__init__(found)
        return found

    # Steps.

    def call_of(self) -> Call:
        """This use of it."""
        store = self.store
        links = self.call.place.links if self.call is not None else None
        if links is None and store is not None and store.routes is not None:
            links = store.routes.outside()
        return Call(store, Place("", links, self.context), self)

    def _shown(self, instance: Any) -> Any:
        if not self.many:
            return self.to_representation(instance)
        rows = list(instance)
        return [self.to_representation(row) for row in rows] if self.shows_rows_itself else self._show(rows)

    def _shown_blank(self) -> Any:
        return [] if self.many else None

    def _show(self, rows: list[Any], plainly: bool = False) -> list[Any]:
        model = self._model_of(rows)
        if model is None:
            return show_objects(self, rows, self.call_of())
        return show_rows(self._over(model), rows, self.call_of(), plainly)

    def _model_of(self, rows: list[Any]) -> type[Model] | None:
        kinds = {type(row) for row in rows}
        own: type[Model] | None = self.meta_options.get("model")
        if own is not None:
            wrong = [kind.__name__ for kind in kinds if not issubclass(kind, own)]
            if wrong:
                raise TypeError(f"{type(self).__name__} shows rows of {own.__name__}, not {wrong[0]}")
            return own
        return kinds.pop() if len(kinds) == 1 and issubclass(next(iter(kinds)), Model) else None

    def _over(self, model: type[Model]) -> Representation:
        return representation(self, model, *catalog_for(model, self.store))

    def _read(self) -> None:
        mode: Mode = "create" if self.instance is None else "patch" if self.partial else "replace"
        model = self.meta_options.get("model")
        if model is None:
            self._items, self._errors = load_objects(self, self.initial_data, mode)
            return
        if self.store is None:
            raise Misdeclared(f"{type(self).__name__}: to look at data it needs a store; give it store=")
        with self.store.snapshot():
            self._items, self._errors = read_bodies(self._over(model), self.initial_data, mode, self.instance, self.call_of())


class ModelSerializer(Serializer):
    """A serializer whose fields are made of a model's: those that `Meta.fields` names, or all; relations as keys."""

    def create(self, validated_data: Any) -> Any:
        with self.store.transaction():
            return create_all(self.store, self._over(self.meta_options["model"]), [validated_data])[0]

    def update(self, instance: Any, validated_data: Any) -> Any:
        model = self.meta_options["model"]
        with self.store.transaction():
            update_all(self.store, self._over(model), [(instance, validated_data)])
            return self.store[model].get(pk=instance.pk)


class HyperlinkedModelSerializer(ModelSerializer):
    """A `ModelSerializer` whose relations are links, and which has the row's own link, `url`, in place of its key."""

    serializer_related_field = HyperlinkedRelatedField
    links_rows = True


def _with(values: Any, more: Mapping[str, Any]) -> Any:
    if more:
        values.update(more)
    return values
