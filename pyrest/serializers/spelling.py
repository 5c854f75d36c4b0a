"""`repr()` of a serializer: its fields as one would write them."""

from __future__ import annotations

from typing import Any

from pyrest.errors import Misdeclared
from pyrest.models.fields import Field
from pyrest.models.fields.options import UNSET, typed
from pyrest.models.surroundings import surroundings
from pyrest.queryset import QuerySet
from pyrest.serializers.representation import Representation

INDENT = "    "
OF_THE_STORE = ("column", "index", "unique", "foreign", "related_name", "on_delete", "required", "implied")


def spelt(serializer: Any) -> str:
    """`AlbumSerializer():` and a line for each field, nested serializers with their own lines below."""
    return "\n".join([f"{type(serializer).__name__}({_arguments(serializer)}):", *_lines(serializer, 1)])


def _lines(serializer: Any, depth: int) -> list[str]:
    found = _representation(serializer)
    shapes = dict(serializer.declared) if found is None else {member.name: member.shape for member in found.members}
    if found is None:
        optional = {name for name, shape in shapes.items() if _says_optional(shape)}
    else:
        optional = {member.name for member in found.members if member.writable and not member.required}
    lines = []
    for name, shape in shapes.items():
        head = f"{INDENT * depth}{name} = {type(shape).__name__}({_arguments(shape, name in optional)})"
        lines += [f"{head}:", *_lines(shape, depth + 1)] if hasattr(shape, "bound_to") else [head]
    validators = [] if found is None else serializer.validators_of(found)
    if validators:
        lines += [f"{INDENT * depth}class Meta:", f"{INDENT * (depth + 1)}validators = [{', '.join(map(repr, validators))}]"]
    return lines


def _representation(serializer: Any) -> Representation | None:
    model = serializer.meta_options.get("model")
    store = serializer.store
    catalog = None if model is None else surroundings(model) if store is None else store.catalog
    if model is None or catalog is None:
        return None
    try:
        return Representation(serializer, model, catalog, None, lenient=True)
    except Misdeclared:
        return None


def _says_optional(shape: Any) -> bool:
    """Whether a field that no model's field stands behind may be left out."""
    unsaid = shape.default is UNSET and (shape.required is None or (isinstance(shape, Field) and "required" not in shape.said))
    return not shape.read_only and not unsaid and not shape.required


def _arguments(shape: Any, optional: bool = False) -> str:
    """The options of a field or serializer. `optional` is what its `required` comes to."""
    given = _plain_options(shape) if isinstance(shape, Field) else shape.given()
    given = {option: value for option, value in given.items() if option != "required"} | ({"required": False} if optional else {})
    return ", ".join(f"{option}={_value(value)}" for option, value in sorted(given.items()))


def _plain_options(field: Field[Any]) -> dict[str, Any]:
    """What a plain field says to a client; what it says to the store goes without saying here."""
    found = {option: value for option, value in field.given().items() if option not in OF_THE_STORE}
    found.pop("null", None)
    if field.generated:
        return {"read_only": True}
    if field.null and "null" in field.said:
        found["null"] = True
    return found


def _value(value: Any) -> str:
    if isinstance(value, QuerySet):
        return repr(value)
    return typed(value)
