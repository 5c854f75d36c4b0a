"""Reading the body of a serializer class: its declared fields, its `Meta`, and the fields that are made of the model's."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pyrest.errors import Misdeclared, did_you_mean
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Edge
from pyrest.models.fields import Field, ForeignKey, GenericForeignKey, Link, ManyToManyField
from pyrest.models.fields.options import MESSAGES, options_of
from pyrest.models.joins import Join
from pyrest.models.model import Model, declaration
from pyrest.serializers.binding import Shape
from pyrest.serializers.fields import SerializerField
from pyrest.serializers.hyperlinks import HyperlinkedIdentityField
from pyrest.serializers.validators import UniqueTogetherValidator
from pyrest.surface import named

META_OPTIONS = ("model", "fields", "exclude", "depth", "read_only_fields", "extra_kwargs", "validators", "nested")
ALL = "__all__"
URL = "url"
RELATED_FIELD = "serializer_related_field"
MAX_DEPTH = 10


def declared_in(owner: str, namespace: Mapping[str, Any]) -> dict[str, Shape]:
    """The fields that a class body declares, each knowing its place. Raises `Misdeclared`."""
    found: dict[str, Shape] = {}
    for name, value in namespace.items():
        if isinstance(value, ForeignKey | Link):
            raise Misdeclared(f"{owner}.{name}: a {type(value).__name__} is for models; show the relation by a relational field")
        if isinstance(value, Field | SerializerField):
            if not isinstance(value.source, str):
                raise Misdeclared(f"{owner}.{name}: source is a text, such as 'artist.name', not {value.source!r}")
            if value.source == name:
                raise Misdeclared(f"{owner}.{name}: source {name!r} is what it is anyway; leave it out")
            found[name] = plain_field(owner, name, value) if isinstance(value, Field) else value.bind(owner, name)
        elif isinstance(value, type) and issubclass(value, Field | SerializerField) and name != RELATED_FIELD:
            raise Misdeclared(f"{owner}.{name}: a class where a field is meant; write {value.__name__}()")
        elif isinstance(value, tuple) and any(isinstance(part, Field | SerializerField) for part in value):
            raise Misdeclared(f"{owner}.{name}: a tuple where a field is meant; take the comma behind it away")
    return found


def plain_field(owner: str, name: str, field: Field[Any]) -> Field[Any]:
    """A plain field that knows its place in a serializer. What it does not say of null it denies."""
    bound = copy.copy(field)
    vars(bound).update(frozen=False, name=name, owner=owner)
    if bound.null is None and bound.default is not None:
        vars(bound)["null"] = False
    if bound.read_only and bound.write_only:
        raise bound.misdeclared("read_only and write_only exclude each other")
    if bound.read_only and "required" in bound.said and bound.required:
        raise bound.misdeclared("read_only and required exclude each other")
    bound.check_values()
    vars(bound)["frozen"] = True
    return bound


def altered(field: Field[Any], owner: str, options: Mapping[str, Any]) -> Field[Any]:
    """A model's field with other options, for one serializer. Raises `Misdeclared`."""
    kind: Any = type(field)
    known = options_of(kind)
    changed = {("null" if option == "allow_null" else option): value for option, value in options.items()}
    if "default" in changed:
        changed.setdefault("required", False)
    for option in changed:
        if option not in known:
            raise Misdeclared(f"{owner}.{field.name}: {kind.__name__} has no option {option!r}{did_you_mean(option, known)}")
    bound = copy.copy(field)
    for kept in ("messages", "allowed"):
        vars(bound).pop(kept, None)
    vars(bound).update(changed, frozen=False, owner=owner, said=field.said | changed.keys())
    if changed.get("read_only") and changed.get("required"):
        raise bound.misdeclared("read_only and required exclude each other")
    if bound.read_only and bound.write_only:
        raise bound.misdeclared("read_only and write_only exclude each other")
    bound.check_values()
    vars(bound)["frozen"] = True
    return bound


def meta_of(serializer: Any) -> dict[str, Any]:
    """What `class Meta` says, its parents counted. Raises `Misdeclared` for an option that does not exist or means nothing."""
    owner = serializer.__name__
    meta = getattr(serializer, "Meta", None)
    if meta is None:
        return {}
    options = {name: getattr(meta, name) for name in dir(meta) if not name.startswith("__")}
    for name in options:
        if name not in META_OPTIONS:
            raise Misdeclared(f"{owner}.Meta.{name}: there is no such option{did_you_mean(name, META_OPTIONS)}")
    _check_meta(owner, options)
    return options


def _check_meta(owner: str, options: Mapping[str, Any]) -> None:
    model = options.get("model")
    if model is not None and not (isinstance(model, type) and issubclass(model, Model)):
        raise Misdeclared(f"{owner}.Meta.model is a Model class, not {model!r}")
    if options.get("fields") is not None and options.get("exclude") is not None:
        raise Misdeclared(f"{owner}.Meta: fields and exclude exclude each other; leave one out")
    for option in ("fields", "exclude", "read_only_fields"):
        names = options.get(option)
        if option == "fields" and names == ALL:
            continue
        if isinstance(names, str):
            raise Misdeclared(f'{owner}.Meta.{option} is a tuple of names: write ("{names}",)')
        if names is not None and (not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names)):
            raise Misdeclared(f"{owner}.Meta.{option} is a tuple of names, not {names!r}")
        listed = list(names or ())
        doubles = [name for i, name in enumerate(listed) if name in listed[:i]]
        if doubles:
            raise Misdeclared(f"{owner}.Meta.{option}: {doubles[0]!r} is there twice")
    depth = options.get("depth", 0)
    if type(depth) is not int or not 0 <= depth <= MAX_DEPTH:
        raise Misdeclared(f"{owner}.Meta.depth is a whole number from 0 to {MAX_DEPTH}, not {depth!r}")
    _check_validators(owner, model, options.get("validators") or ())
    kwargs = options.get("extra_kwargs", {})
    if not isinstance(kwargs, Mapping) or not all(isinstance(value, Mapping) for value in kwargs.values()):
        raise Misdeclared(f"{owner}.Meta.extra_kwargs maps names of fields to options, such as {{'title': {{'required': False}}}}")


def _check_validators(owner: str, model: type[Model] | None, validators: object) -> None:
    if not isinstance(validators, list | tuple):
        raise Misdeclared(f"{owner}.Meta.validators is a list of validators, not {validators!r}")
    for validator in validators:
        if isinstance(validator, UniqueTogetherValidator) and model is not None:
            named(model.__fields__, validator.fields, f"{owner}.Meta.validators", model.__name__)
        elif not callable(validator):
            raise Misdeclared(f"{owner}.Meta.validators: a validator is called with the values, which {validator!r} cannot be")


def names_of(serializer: Any, meta: Mapping[str, Any], declared: Mapping[str, Shape]) -> tuple[str, ...]:
    """The names of all members, in order. Raises `Misdeclared` for a name that contradicts another option."""
    owner = serializer.__name__
    if "model" not in meta:
        for option in meta:
            if option not in ("validators", "nested"):
                raise Misdeclared(f"{owner}.Meta.{option} needs Meta.model")
        return tuple(declared)
    by_default = _default_names(serializer, declaration(meta["model"]), declared)
    chosen = meta.get("fields")
    if chosen is not None and chosen != ALL:
        left_out = [name for name in vars(serializer)["_own"] if name not in chosen]
        if left_out:
            raise Misdeclared(f"{owner}.{left_out[0]} is declared, and Meta.fields does not name it")
        names = tuple(chosen)
    else:
        excluded = meta.get("exclude") or ()
        for name in excluded:
            if name in declared:
                raise Misdeclared(f"{owner}.{name} is declared, and Meta.exclude takes it away")
            if name not in by_default:
                raise Misdeclared(f"{owner}.Meta.exclude: {name!r} is no field of {owner}{did_you_mean(name, by_default)}")
        names = tuple(name for name in by_default if name not in excluded)
    for option in ("read_only_fields", "extra_kwargs"):
        for name in meta.get(option) or ():
            if name not in names:
                raise Misdeclared(f"{owner}.Meta.{option}: {name!r} is no field of {owner}{did_you_mean(name, names)}")
            if name in declared:
                raise Misdeclared(f"{owner}.Meta.{option}: {name!r} is declared; say it there")
    return names


def _default_names(serializer: Any, model: Declaration, declared: Mapping[str, Shape]) -> tuple[str, ...]:
    relations = {n for n, f in model.fields.items() if f.foreign is not None or hasattr(f, "key_attribute")}
    first = URL if serializer.links_rows else model.key.name
    plain = [n for n, f in model.fields.items() if n not in relations and not f.is_key]
    joined = [name for name, link in model.links.items() if isinstance(link, ManyToManyField)]
    ordered = (first, *declared, *plain, *(n for n in model.fields if n in relations and n != first), *joined)
    return tuple(dict.fromkeys(ordered))


def made(serializer: Any, meta: Mapping[str, Any], name: str, edges: Mapping[str, Edge], lenient: bool) -> Shape | None:
    """The field that is made of the model's for a name that is not declared; None, where `lenient`, for a name that may yet come to be.

    Raises `Misdeclared`.
    """
    owner = serializer.__name__
    declared = declaration(meta["model"])
    options = dict(meta.get("extra_kwargs", {}).get(name, {}))
    if name in (meta.get("read_only_fields") or ()):
        options["read_only"] = True
    if options.get("source") == name:
        raise Misdeclared(f"{owner}.{name}: source {name!r} is what it is anyway; leave it out")
    if name == URL and serializer.links_rows and name not in declared.fields:
        return _with_options(HyperlinkedIdentityField, owner, name, {}, options)
    if name in edges:
        return relational(serializer, meta, edges[name], options)
    if name in declared.fields:
        return altered(declared.fields[name], owner, options) if options else declared.fields[name]
    if isinstance(declared.links.get(name), GenericForeignKey):
        raise Misdeclared(f"{owner}.{name}: a row of any model is shown by a RelatedField of your own; declare it")
    if hasattr(declared.model, name) and name not in declared.links:
        return _with_options(ReadOnlyField, owner, name, {}, options)
    if lenient:
        return None
    known = (*declared.fields, *edges)
    raise Misdeclared(f"{owner}.Meta.fields: {name!r} is no field of {declared.name}{did_you_mean(name, known)}")


class ReadOnlyField(SerializerField):
    """An attribute of the row, such as a property of its class, as it is. Read-only."""

    def __init__(self, **options: Any) -> None:
        if not options.get("read_only", True):
            raise Misdeclared("ReadOnlyField: it is always read-only")
        super().__init__(**{"read_only": True} | options)

    def to_representation(self, value: Any) -> Any:
        return value

    def given(self) -> dict[str, Any]:
        return {option: value for option, value in super().given().items() if option != "read_only"}


def relational(serializer: Any, meta: Mapping[str, Any], edge: Edge, options: Mapping[str, Any]) -> Shape:
    """The field for a relation of the model."""
    owner, many = serializer.__name__, {} if edge.single else {"many": True}
    depth = meta.get("depth", 0)
    if depth:
        family = serializer.family()
        inner = type("NestedSerializer", (family,), {"Meta": type("Meta", (), {"model": edge.target, "depth": depth - 1})})
        return _with_options(inner, owner, edge.name, {**many, "read_only": True}, options)
    column = edge.near if edge.forward else None
    through = isinstance(edge.relation, Join) and edge.relation.link.through is not None
    if through or options.get("read_only") or (column is not None and not column.writable):
        return _with_options(serializer.serializer_related_field, owner, edge.name, {**many, "read_only": True}, options)
    said: dict[str, Any] = {**many, "queryset": edge.target}
    if column is not None:
        said |= {} if column.must_be_sent else {"required": False}
        said |= {"allow_null": True} if column.nullable else {}
        said |= {"write_only": True} if column.write_only else {}
        said |= {"error_messages": own} if (own := _messages_of_any(column)) else {}
    elif edge.single:
        said |= {"allow_null": True}
    elif edge.name in edge.model.__links__:
        said |= {"required": False}
    return _with_options(serializer.serializer_related_field, owner, edge.name, said, options)


def _messages_of_any(column: Field[Any]) -> dict[str, str]:
    """Of the sentences of a field's own those that a relational field says too."""
    return {key: sentence for key, sentence in (column.error_messages or {}).items() if key in MESSAGES}


def _with_options(kind: Any, owner: str, name: str, own: Mapping[str, Any], options: Mapping[str, Any]) -> Shape:
    try:
        shape: SerializerField = kind(**{**own, **options})
    except (Misdeclared, TypeError) as fault:
        raise Misdeclared(f"{owner}.Meta.extra_kwargs[{name!r}]: {fault}") from fault
    return shape.bind(owner, name)
