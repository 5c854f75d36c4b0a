"""Fields of serializers that are no fields of models: what they have in common, and the field that a method fills."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from string import Formatter
from typing import Any, ClassVar, NoReturn, Self

from pyrest.errors import Misdeclared, ValidationError, did_you_mean
from pyrest.models.fields.options import MESSAGES, UNSET, constructor_options, messages_of
from pyrest.serializers.expressions import Sheet
from pyrest.store import Store


class Place:
    """Where a representation is used: the path that the rows' own links begin with, how to link to others, what the caller gives along.

    `pure` until code of the user's has been run to show rows or to read a filter: then the answer may depend on more than the place and
    the rows.
    """

    pure: bool = True

    def __init__(self, collection: str = "", links: Any = None, context: Mapping[str, Any] | None = None) -> None:
        self.collection = collection
        self._links = links
        self._context = {} if context is None else context

    @property
    def links(self) -> Any:
        """How to link: `serializers/hyperlinks.py` says what it answers."""
        return self._links

    @property
    def context(self) -> Mapping[str, Any]:
        """What the caller gives along."""
        return self._context


class Call:
    """One use of a representation: with a store, in a place. `root` is the serializer that it began with, where there is one."""

    __slots__ = ("_bound", "place", "root", "store")

    def __init__(self, store: Store | None, place: Place, root: Any = None) -> None:
        self.store = store
        self.place = place
        self.root = root
        self._bound: dict[int, Any] = {}

    def bind(self, shape: Any) -> Any:
        """A field or serializer that knows this use of it."""
        if self.root is not None and type(shape) is type(self.root) and not shape.field_name:
            return self.root
        if id(shape) not in self._bound:
            self._bound[id(shape)] = shape.used(self)
        return self._bound[id(shape)]


class SerializerField:
    """What the fields of a serializer have in common.

    - `read_only`: shown, never taken. `write_only`: taken, never shown.
    - `required`: whether it must be sent; unless said, as the model's field is.
    - `allow_null`: whether null may be sent. `default`: what it is where it was not sent.
    - `source`: where the value comes from: a dotted path, or `"*"` for the whole row; unless said, the field's own name.
    - `error_messages`: sentences of one's own, by key.
    """

    default_error_messages: ClassVar[Mapping[str, str]] = MESSAGES

    field_name: str = ""
    serializer_name: str = ""
    call: Call | None = None

    def __init__(
        self,
        *,
        read_only: bool = False,
        write_only: bool = False,
        required: bool | None = None,
        allow_null: bool | None = None,
        default: Any = UNSET,
        source: str = "",
        error_messages: Mapping[str, str] | None = None,
        help_text: str = "",
        **unknown: object,
    ) -> None:
        for option in unknown:
            kind: Any = type(self)
            known = constructor_options(kind)
            raise Misdeclared(f"{type(self).__name__} has no option {option!r}{did_you_mean(option, known)}")
        self.read_only = read_only
        self.write_only = write_only
        self.required = required
        self.allow_null = allow_null
        self.default = default
        self.source = source
        self.error_messages = error_messages
        self.help_text = help_text

    @property
    def messages(self) -> Mapping[str, str]:
        """What is said of values, by key: those of the classes, and those of this field before them."""
        return messages_of(type(self), self.error_messages)

    def fail(self, key: str, **values: object) -> NoReturn:
        """Raises `ValidationError` with the message of that key."""
        raise ValidationError(self.message(key, **values))

    def message(self, key: str, **values: object) -> str:
        """A message, filled in."""
        if key not in self.messages:
            raise self.misdeclared(f"there is no message {key!r}{did_you_mean(key, self.messages)}")
        return self.messages[key].format(**values)

    @property
    def store(self) -> Any:
        """The store that the serializer is used with."""
        return None if self.call is None else self.call.store

    @property
    def context(self) -> Mapping[str, Any]:
        """What the caller of the serializer gave along."""
        return {} if self.call is None else self.call.place.context

    def to_representation(self, value: Any) -> Any:
        """What the source gives → what JSON shows of it."""
        raise self.misdeclared(f"{type(self).__name__} has no to_representation(self, value)")

    def to_internal_value(self, data: Any) -> Any:
        """A value of a body → a value in Python. Raises `ValidationError`, best by `self.fail(…)`."""
        raise self.misdeclared(f"{type(self).__name__} has no to_internal_value(self, data)")

    @property
    def reads_bodies(self) -> bool:
        """Whether it can be written."""
        return type(self).to_internal_value is not SerializerField.to_internal_value

    # Within a serializer.

    def bind(self, owner: str, name: str) -> Self:
        """A copy that knows its place. Raises `Misdeclared` for options that contradict each other."""
        bound = copy.copy(self)
        bound.serializer_name, bound.field_name = owner, name
        bound.check()
        return bound

    def used(self, call: Call) -> Self:
        """A copy for one use."""
        used = copy.copy(self)
        used.call = call
        return used

    def check(self) -> None:
        if self.read_only and self.write_only:
            raise self.misdeclared("read_only and write_only exclude each other")
        if self.read_only and self.required:
            raise self.misdeclared("read_only and required exclude each other")
        if self.required and self.default is not UNSET:
            raise self.misdeclared("required and default exclude each other")
        if not (self.read_only or self.reads_bodies):
            raise self.misdeclared(f"{type(self).__name__} has no to_internal_value(self, data), so it is only shown: say read_only=True")
        known = messages_of(type(self), None)
        for key in self.error_messages or {}:
            if key not in known:
                raise self.misdeclared(f"error_messages has no {key!r}{did_you_mean(key, known)}")
            for name in _placeholders(str((self.error_messages or {})[key])) - _placeholders(known[key]):
                raise self.misdeclared(f"error_messages[{key!r}]: there is nothing to put in place of {{{name}}}")

    def misdeclared(self, message: str) -> Misdeclared:
        """The error for a wrong declaration, with the serializer's and the field's name in front."""
        place = f"{self.serializer_name}.{self.field_name}" if self.serializer_name else type(self).__name__
        return Misdeclared(f"{place}: {message}")

    def express(self, sheet: Sheet) -> str:
        """The expression that shows it, of the row that its source leads to."""
        raise NotImplementedError

    def given(self) -> dict[str, Any]:
        """The options to print in a `repr()`."""
        options = ("read_only", "write_only", "allow_null", "source", "error_messages", "help_text")
        found: dict[str, Any] = {option: value for option in options if (value := getattr(self, option))}
        if self.required is False and not self.read_only:
            found["required"] = False
        if self.default is not UNSET:
            found["default"] = self.default
        return found


def _placeholders(message: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(message) if name is not None}
    except ValueError:
        return {message}


class SerializerMethodField(SerializerField):
    """What a method of the serializer says of a row: `get_<name>(self, row)`, unless `method_name` names another. Read-only."""

    def __init__(self, method_name: str = "", **options: Any) -> None:
        if "source" in options or "read_only" in options:
            raise Misdeclared("SerializerMethodField: it is always read-only, and its source is the whole row")
        if not isinstance(method_name, str):
            raise Misdeclared(f"SerializerMethodField: it takes the name of a method, not {method_name!r}")
        super().__init__(read_only=True, **options)
        self.method_name = method_name

    @property
    def method(self) -> str:
        """The method's name."""
        return self.method_name or f"get_{self.field_name}"

    def given(self) -> dict[str, Any]:
        return {"method_name": self.method_name} if self.method_name else {}
