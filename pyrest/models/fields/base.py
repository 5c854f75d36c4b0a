"""The field: one value, both ways. `load` reads JSON, `parse` reads the text of a query string, `dump` writes JSON.

A field knows no SQL and no HTTP. What it refuses it refuses with `Invalid` and a sentence that does not name it:
whoever asked knows the name.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Generic, Self, TypeVar, Unpack, overload

from pyrest.errors import Invalid, Misdeclared, did_you_mean, quoted
from pyrest.models.fields.options import DEFAULTS, MESSAGES, ON_DELETE, UNSET, Foreign, Options, Unset, messages_of, options_of, typed

T = TypeVar("T")


class Field(Generic[T]):
    """One column of a model.

    - `required`: must be sent, and is NOT NULL unless `null=True`.
    - `null`: whether it may be null. Unless said: a field that is not required and has no default may be.
    - `default`: a value, or a function without arguments that makes one.
    - `unique`, `index`: what the table guarantees, and what it finds fast.
    - `choices`: the values that are allowed, or pairs of value and label.
    - `foreign`: `{"table": …, "column": …}` or `(table, column)`; `related_name` and `on_delete` go with it.
    - `read_only`: shown, never taken from a body. `write_only`: taken, never shown.
    - `column`: the column's name where it differs from the field's.
    - `error_messages`: sentences of one's own, by key: `required`, `null`, `unique`, and `invalid` for everything else that is refused.
    - `source`: in a serializer, where the value comes from: a dotted path, or `"*"` for the whole row.
    """

    family: ClassVar[str]
    """What kind of value it is; a foreign key and its target are of one family."""
    python_type: ClassVar[type]
    is_key: ClassVar[bool] = False
    generated: ClassVar[bool] = False
    """Whether the store gives the value: it is never taken from a body."""
    dumps_as_is: ClassVar[bool] = False
    """Whether the value in Python is the value in JSON, so that a row needs no conversion."""
    comparable: ClassVar[bool] = True
    """Whether the values have an order."""
    implied: ClassVar[Mapping[str, Any]] = {}
    """Options that the class says by itself, so that `repr()` leaves them out."""
    default_error_messages: ClassVar[Mapping[str, str]] = MESSAGES

    index_in_row: int = -1
    owner: str = ""

    name: str
    required: bool
    null: bool | None
    default: T | Callable[[], T] | Unset | None
    unique: bool
    index: bool
    choices: tuple[Any, ...] | None
    foreign: Mapping[str, str] | tuple[str, str] | None
    related_name: str | None
    on_delete: str | None
    read_only: bool
    write_only: bool
    help_text: str
    column: str
    source: str
    error_messages: Mapping[str, str] | None
    said: frozenset[str]
    """The options that were given."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "dumps_as_is" not in own and ("dump" in own or "to_json" in own):
            cls.dumps_as_is = False

    def __init__(self, **options: Unpack[Options]) -> None:
        for option in options:
            if option not in DEFAULTS:
                kind: Any = type(self)
                raise Misdeclared(f"{kind.__name__} has no option {option!r}{did_you_mean(option, options_of(kind))}")
        vars(self).update({**DEFAULTS, **self.implied, **options, "said": frozenset(options)})
        choices: Any = self.choices
        if choices is not None and not isinstance(choices, str):
            self.choices = tuple(choices)

    # What the options come to.

    @property
    def nullable(self) -> bool:
        """Whether null is a value of this field."""
        if self.null is not None:
            return self.null
        return not self.required and (self.default is UNSET or self.default is None)

    @property
    def must_be_sent(self) -> bool:
        return self.required and not self.generated and not self.read_only

    @property
    def writable(self) -> bool:
        return not self.generated and not self.read_only

    @property
    def column_name(self) -> str:
        return self.column or self.name

    @property
    def reference(self) -> Foreign | None:
        """`foreign` in its one normal form."""
        if self.foreign is None:
            return None
        if isinstance(self.foreign, Mapping):
            return Foreign(self.foreign["table"], self.foreign["column"])
        return Foreign(*self.foreign)

    @cached_property
    def allowed(self) -> tuple[T, ...] | None:
        """The values among `choices`, without their labels, as rows hold them. Raises `Invalid`."""
        return None if self.choices is None else tuple(self.plain(value) for value in self._choice_values())

    @cached_property
    def messages(self) -> Mapping[str, str]:
        """What is said of values, by key."""
        return messages_of(type(self), self.error_messages)

    def initial(self) -> T | None:
        """What the field is when nothing was sent: its default, else null."""
        if self.default is UNSET or self.default is None:
            return None
        value = self.default() if callable(self.default) else self.default
        return self.coerce(value)

    # One value, both ways.

    def load(self, value: object) -> T | None:
        """A value of a JSON body → a value in Python. Raises `Invalid`."""
        if value is None:
            return self._null()
        loaded = self.from_json(value)
        self.validate(loaded)
        return loaded

    def parse(self, text: str) -> T:
        """Text of a query string → a value in Python to compare with. Raises `Invalid`."""
        return self.from_json(text)

    def dump(self, value: T | None) -> Any:
        """A value in Python → a value in JSON. What an existing table holds against its declaration is shown as it is."""
        return value if self.dumps_as_is or value is None or not isinstance(value, self.python_type) else self.to_json(value)

    def coerce(self, value: object) -> T | None:
        """A value given in Python, of the field's own type or as JSON has it. Raises `Invalid`."""
        if value is None:
            return self._null()
        loaded = self.plain(value)
        self.validate(loaded)
        return loaded

    def plain(self, value: object) -> T:
        """As `coerce`, without regard to null and to the limits that the options set: a value to compare with."""
        return self.from_python(value) if isinstance(value, self.python_type) else self.from_json(value)

    def from_json(self, value: object) -> T:
        raise NotImplementedError

    def to_json(self, value: T) -> Any:
        return value

    def from_python(self, value: Any) -> T:
        return self.from_json(value)

    def validate(self, value: T) -> None:
        """Refuses what the options exclude."""
        if self.choices is not None and value not in (self.allowed or ()):
            raise Invalid(f"{quoted(str(self.dump(value)))} is not a valid choice.")

    def _null(self) -> T | None:
        if not self.nullable:
            raise Invalid(self.messages["null"], "null")
        return None

    @property
    def kind(self) -> str:
        """What a sentence calls it: its class, with the options that decide what its values are."""
        return type(self).__name__

    def agrees_with(self, target: Field[Any]) -> bool:
        """Whether the values of a target can stand in this field, so that a foreign key of it means something."""
        return self.family == target.family

    # The declaration.

    def bind(self, owner: str, name: str, position: int) -> Self:
        """A frozen copy that knows its name and its place in a row. Raises `Misdeclared`."""
        bound = copy.copy(self)
        bound.__dict__["frozen"] = False
        bound.owner, bound.name, bound.index_in_row = owner, name, position
        bound.check()
        bound.__dict__["frozen"] = True
        return bound

    def check(self) -> None:
        """Refuses options that contradict each other."""
        if self.null is False and not self.required and not self.generated and self.default in (UNSET, None):
            raise self.misdeclared("null=False needs required=True or a default")
        if self.default is None and not self.nullable and not self.generated:
            raise self.misdeclared("default=None needs a field that may be null; say null=True")
        if self.read_only and self.required and not self.generated and self.default is UNSET and not self.null:
            raise self.misdeclared("a read-only field cannot be required: nobody could send it; give it a default")
        if self.read_only and self.write_only:
            raise self.misdeclared("read_only and write_only exclude each other")
        self._check_foreign()
        self.check_values()

    @property
    def messages_known(self) -> tuple[str, ...]:
        """The keys that `error_messages` may have."""
        return (*messages_of(type(self), None), "invalid")

    def _check_foreign(self) -> None:
        if self.foreign is None:
            for option in ("related_name", "on_delete"):
                if getattr(self, option) is not None:
                    raise self.misdeclared(f"{option} goes with foreign, which is missing")
            return
        well_formed = (
            set(self.foreign) == {"table", "column"}
            if isinstance(self.foreign, Mapping)
            else isinstance(self.foreign, tuple | list) and len(self.foreign) == 2
        )
        if not well_formed or not all(isinstance(part, str) for part in self.reference or ()):
            raise self.misdeclared('foreign is {"table": …, "column": …} or (table, column)')
        self.foreign = None if self.reference is None else (self.reference.table, self.reference.column)
        self._check_on_delete()

    def _check_on_delete(self) -> None:
        if self.on_delete is not None and self.on_delete not in ON_DELETE:
            raise self.misdeclared(f"on_delete is one of {', '.join(ON_DELETE)}{did_you_mean(str(self.on_delete), ON_DELETE)}")
        if self.on_delete == "set_null" and not self.nullable:
            raise self.misdeclared("on_delete='set_null' needs a field that may be null")

    def check_values(self) -> None:
        """Refuses what contradicts itself wherever the field stands: limits, defaults, choices, sentences of one's own."""
        if isinstance(self.default, list | dict | set | bytearray):
            maker = f"lambda: {self.default!r}" if self.default else type(self.default).__name__
            raise self.misdeclared(f"a mutable default would be shared by all rows; use default={maker}")
        if isinstance(self.choices, str):
            raise self.misdeclared(f"choices is a list of values, not {self.choices!r}")
        self._check_all("choices", self._choice_values(), self.plain)
        self._check_all("choices", self._choice_values(), self.coerce)
        self._check_all("default", self._constant_default(), self.coerce)
        for key in self.error_messages or {}:
            if key not in self.messages_known:
                raise self.misdeclared(f"error_messages has no {key!r}{did_you_mean(key, self.messages_known)}")

    def _check_all(self, option: str, values: Iterable[object], read: Callable[[object], object]) -> None:
        for value in values:
            try:
                read(value)
            except Invalid as refusal:
                raise self.misdeclared(f"{option} {value!r}: {refusal}") from refusal

    def _choice_values(self) -> tuple[object, ...]:
        return tuple(c[0] if isinstance(c, tuple) and len(c) == 2 else c for c in self.choices or ())

    def _constant_default(self) -> tuple[object, ...]:
        return () if self.default is UNSET or self.default is None or callable(self.default) else (self.default,)

    def misdeclared(self, message: str) -> Misdeclared:
        """The error for a wrong declaration, with the model's and the field's name in front."""
        return Misdeclared(f"{self.owner}.{self.name}: {message}")

    # The descriptor.

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> T: ...
    def __get__(self, row: Any, owner: type) -> Any:
        return self if row is None else row._values[self.index_in_row]

    def __setattr__(self, option: str, value: object) -> None:
        if self.__dict__.get("frozen"):
            raise AttributeError(f"{self.owner}.{self.name} is declared; its {option} cannot change any more")
        super().__setattr__(option, value)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{option}={typed(value)}" for option, value in sorted(self.given().items()))
        return f"{type(self).__name__}({arguments})"

    def given(self) -> dict[str, Any]:
        """The options that differ from their defaults, so that `repr()` is what one would type."""
        kind: Any = type(self)
        options = {o: v for o, d in options_of(kind).items() if (v := getattr(self, o)) != d or type(v) is not type(d)}
        if self.default is UNSET:
            options.pop("default", None)
        if self.owner:
            options.pop("name", None)
        return options
