"""Tables: where the rows of a model are in a database file, and how its columns hold values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pyrest.datastores.codecs import Convert
from pyrest.models.model import Model


@dataclass(frozen=True, slots=True)
class Column:
    """A field's column: its quoted name and its codec. `computed` columns are filled by the database alone.

    `sortable` where it is known that texts are compared byte by byte, `never_null` where the table sees to that. `measure` is an
    expression and its codec, where the order of what the column holds is not that of the values. `scale` as in a codec.
    """

    sql: str
    encode: Convert | None = None
    decode: Convert | None = None
    computed: bool = False
    measure: Column | None = None
    sortable: bool = False
    never_null: bool = False
    scale: int | None = None

    @property
    def compared(self) -> Column:
        return self.measure or self


@dataclass(frozen=True, slots=True)
class TextIndex:
    """The index of words over some texts of a table: its quoted name, and its own columns by the names of the fields.

    `found` is the query of what matches: `FOUND`, the key of the row, and `RANK`, which is the less the better it matches.
    """

    sql: str
    columns: Mapping[str, str]
    found: str


FOUND, RANK = '"pyrest found"', '"pyrest rank"'


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Where the rows of a model are: the quoted name, and the columns by the names of their fields.

    `counts_keys` where the store has to count the keys that it gives, because SQLite does not;
    `sequence` is the table's name in `sqlite_sequence`, where SQLite does. A row of a view may not be found without making all of it.
    """

    sql: str
    columns: Mapping[str, Column]
    key: str
    counts_keys: bool = False
    sequence: str = ""
    is_view: bool = False
    others: Mapping[type[Model], Table] = field(default_factory=dict)
    texts: TextIndex | None = None

    @lru_cache(maxsize=1024)  # noqa: B019 - the tables of a store live as long as it does
    def decoders(self, columns: tuple[str, ...]) -> tuple[tuple[int, Convert], ...]:
        """Which places of a row of these columns need decoding, and how."""
        return tuple((i, decode) for i, name in enumerate(columns) if (decode := self.columns[name].decode) is not None)

    def columns_written(self, columns: tuple[str, ...]) -> list[str]:
        """Those of the columns that the database does not compute."""
        return [name for name in columns if not self.columns[name].computed]


def quote(name: str) -> str:
    """A name as SQLite reads it. It is no check: an unknown name in double quotes is a string to SQLite."""
    return '"' + name.replace('"', '""') + '"'
