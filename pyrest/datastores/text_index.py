"""The index of words over the texts of a table: an FTS5 table, the triggers that keep it, and what is asked of it. It executes nothing.

The index holds the texts once more, by the number of their row. So it can forget a row without being told what was in it, which an index
over the table's own texts cannot: `INSERT OR REPLACE` takes rows away without calling a trigger (SQLite, "PRAGMA recursive_triggers").
What is left of such a row in the index is not found, as the row is looked for in the table too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pyrest.datastores.tables import FOUND, RANK, Table, TextIndex, quote
from pyrest.models.declaration import Declaration, folded
from pyrest.models.fields import Field
from pyrest.plan import Search

EVENTS = ("insert", "update", "delete")
TOKENIZER = "unicode61 remove_diacritics 2"


class IndexSchema:
    """What an index over these fields of a model consists of in a database file."""

    def __init__(self, declared: Declaration, table: Table, fields: Iterable[str]) -> None:
        self.name = f"{declared.table} search"
        self.rows = f"{self.name} rows"
        self.fields = tuple(dict.fromkeys(fields))
        self._table = table
        self._columns = {name: quote(column_of(declared.fields[name])) for name in self.fields}
        self.columns = tuple(column_of(declared.fields[name]) for name in self.fields)
        self._key = table.columns[declared.key.name].sql
        # A row number of FTS5 is an integer. Keys of other kinds are numbered in a table of their own.
        self._numbered = declared.key.family != "integer"

    @property
    def index(self) -> TextIndex:
        """What a query needs to know of it."""
        name = quote(self.name)
        if not self._numbered:
            return TextIndex(name, self._columns, f"SELECT rowid AS {FOUND}, rank AS {RANK} FROM {name} WHERE {name} MATCH ?")
        rows = quote(self.rows)
        found = f"SELECT {rows}.key AS {FOUND}, {name}.rank AS {RANK} FROM {name} CROSS JOIN {rows} ON {rows}.number = {name}.rowid"
        return TextIndex(name, self._columns, f"{found} WHERE {name} MATCH ?")

    @property
    def tables(self) -> list[str]:
        """The statements that make the index, without rows."""
        columns = ", ".join((*self._columns.values(), f"tokenize = '{TOKENIZER}'"))
        made = [f"CREATE VIRTUAL TABLE {quote(self.name)} USING fts5({columns})"]
        return made + [f"CREATE TABLE {quote(self.rows)} (number INTEGER PRIMARY KEY, key NOT NULL UNIQUE)"] * self._numbered

    @property
    def triggers(self) -> dict[str, str]:
        """The triggers that keep it, by name."""
        table, texts = self._table.sql, ", ".join(self._table.columns[name].sql for name in self.fields)
        forget, take = self._forget, self._take
        kept = {
            "insert": f"AFTER INSERT ON {table} BEGIN {forget('new')}; {take('new')}; END",
            "update": f"AFTER UPDATE OF {self._key}, {texts} ON {table} BEGIN {forget('old')}; {forget('new')}; {take('new')}; END",
            "delete": f"AFTER DELETE ON {table} BEGIN {forget('old')}; END",
        }
        return {f"{self.name} {event}": f"CREATE TRIGGER {quote(f'{self.name} {event}')} {body}" for event, body in kept.items()}

    @property
    def filling(self) -> list[str]:
        """The statements that take the rows in which are there already."""
        columns, table = ", ".join(self._columns.values()), self._table.sql
        texts = ", ".join(self._table.columns[name].sql for name in self.fields)
        into = f"INSERT INTO {quote(self.name)} (rowid, {columns})"
        if not self._numbered:
            return [f"{into} SELECT {self._key}, {texts} FROM {table} WHERE {self._key} IS NOT NULL"]
        rows = quote(self.rows)
        numbers = f"INSERT INTO {rows} (key) SELECT {self._key} FROM {table} WHERE {self._key} IS NOT NULL"
        return [numbers, f"{into} SELECT number, {texts} FROM {table} JOIN {rows} ON {rows}.key = {self._key}"]

    def _number(self, row: str) -> str:
        key = f"{row}.{self._key}"
        return f"(SELECT number FROM {quote(self.rows)} WHERE key = {key})" if self._numbered else key

    def _forget(self, row: str) -> str:
        return f"DELETE FROM {quote(self.name)} WHERE rowid = {self._number(row)}"

    def _take(self, row: str) -> str:
        key = f"{row}.{self._key}"
        columns = ", ".join(self._columns.values())
        texts = ", ".join(f"{row}.{self._table.columns[name].sql}" for name in self.fields)
        taken = f"INSERT INTO {quote(self.name)} (rowid, {columns}) SELECT {self._number(row)}, {texts} WHERE {key} IS NOT NULL"
        if not self._numbered:
            return taken
        # OR IGNORE would not do: the conflict clause of the statement that called the trigger stands above it (SQLite, "CREATE TRIGGER").
        known = f"SELECT 1 FROM {quote(self.rows)} WHERE key = {key}"
        numbered = f"INSERT INTO {quote(self.rows)} (key) SELECT {key} WHERE {key} IS NOT NULL AND NOT EXISTS ({known})"
        return f"{numbered}; {taken}"


def column_of(field: Field[Any]) -> str:
    """The name of a field's column in an index. FTS5 has `rank` and `rowid` already."""
    return f"_{field.column_name}"


def match_text(search: Search, index: TextIndex) -> str:
    """A search in the language of FTS5 (SQLite, "FTS5", section 3). Every word stands in quotes, so that none is an operator."""
    terms = " ".join(_string(term.text) + "*" * term.prefix for term in search.terms)
    columns: Sequence[str] = [index.columns[name] for name in search.fields]
    return terms if len(columns) == len(index.columns) else f"{{{' '.join(columns)}}} : ({terms})"


def _string(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def keeps_an_index(trigger: str, table: str) -> bool:
    """Whether a trigger on a table is one of these: it changes rows of nobody but the index."""
    return folded(trigger) in {f"{folded(table)} search {event}" for event in EVENTS}
