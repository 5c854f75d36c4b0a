"""Tables that are there already: how they are read, and what a declaration promises that they do not keep. It executes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pyrest.datastores.codecs import Codec, codec_of
from pyrest.datastores.existing_codecs import added_codec, existing_codec
from pyrest.datastores.schema import MARK, index_on, literal, references, typed_column
from pyrest.datastores.tables import Column, Table, quote
from pyrest.errors import Misdeclared, did_you_mean, quoted
from pyrest.models.catalog import Catalog
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Relation
from pyrest.models.fields import UNSET, DateTimeField, Field

ROWID_NAMES = frozenset({"rowid", "oid", "_rowid_"})


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A row of `PRAGMA table_xinfo`, and one value of the column for the tables of others."""

    name: str
    declared_type: str
    primary: int
    computed: bool
    not_null: bool = False
    sample: Any = None


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What a database file says of a table or view that is there. Names of columns are in lower case, but in `columns`."""

    name: str
    sql: str
    is_view: bool
    has_rowid: bool
    row_number: str
    """The INTEGER PRIMARY KEY that is another name of the rowid, which SQLite fills by itself; empty where there is none."""
    columns: tuple[ColumnFacts, ...]
    unique_sets: frozenset[frozenset[str]]
    foreign_keys: Mapping[str, tuple[str, str, str]]
    """Column → (table, column, ON DELETE action), for keys of one column."""

    @property
    def counted(self) -> bool:
        """Whether SQLite keeps the greatest key that there ever was."""
        return "AUTOINCREMENT" in self.sql.upper()

    @property
    def ours(self) -> bool:
        return MARK in self.sql

    def column(self, name: str) -> ColumnFacts | None:
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)


def existing_table(declared: Declaration, facts: TableFacts, catalog: Catalog) -> Table:
    """Where the rows of a model are in a table that is there.

    Raises `Misdeclared` for a column that it lacks, with the ALTER TABLE to run.
    """
    for relation in catalog.reverse[declared.model]:
        if _is_rowid(relation.target_field, facts):
            target = f"{declared.name}.{relation.target_field.name}"
            raise relation.field.misdeclared(f"{target} is SQLite's rowid, which may change, so nothing can point at it")
    missing = [f for f in declared.fields.values() if facts.column(f.column_name) is None and not _is_rowid(f, facts)]
    if missing:
        raise Misdeclared(_missing_columns(declared, missing, facts, catalog.forward[declared.model]))
    columns = {name: _existing_column(declared, field, facts) for name, field in declared.fields.items()}
    filled = _is_rowid(declared.key, facts) or facts.row_number == declared.key.column_name.lower()
    counts_keys = declared.key.generated and not filled
    return Table(quote(facts.name), columns, declared.key.name, counts_keys, facts.name if facts.counted else "", facts.is_view)


def _is_rowid(field: Field[Any], facts: TableFacts) -> bool:
    # A column of that name hides the rowid (SQLite, "Rowid Tables").
    if field.column_name.lower() not in ROWID_NAMES or facts.column(field.column_name) is not None:
        return False
    if facts.is_view or not facts.has_rowid:
        kind = "a view" if facts.is_view else "a WITHOUT ROWID table"
        raise field.misdeclared(f"{kind} has no {field.column_name}; name a column that it has")
    return True


def _existing_column(declared: Declaration, field: Field[Any], facts: TableFacts) -> Column:
    found = facts.column(field.column_name)
    if found is None:  # the rowid, which is no column of the table
        return Column(quote(field.column_name))
    if found.computed and field.writable:
        raise field.misdeclared("the database computes this column, so the field needs read_only=True")
    codec = _codec_in(declared, field, found, facts)
    name, measure = quote(found.name), codec.measure
    by = None if measure is None else Column(f"CAST({name} AS {measure.sql_type})", measure.encode)
    return Column(name, codec.encode, codec.decode, found.computed, by, never_null=found.not_null, scale=codec.scale)


def _codec_in(declared: Declaration, field: Field[Any], found: ColumnFacts, facts: TableFacts) -> Codec:
    ours = codec_of(field)
    if facts.ours:
        if ours.note and typed_column(field, ours) not in facts.sql:
            raise field.misdeclared(f"its column was made for another number of digits, which {ours.note} would read wrongly")
        return ours
    if field.family == "decimal" and found.declared_type.upper() in ("INTEGER", "INT", "BIGINT"):
        raise field.misdeclared("its column holds integers, of which nobody knows the scale; declare an IntegerField")
    return existing_codec(field, found.declared_type, found.sample)


def check_existing(declared: Declaration, facts: TableFacts, catalog: Catalog) -> None:
    """Refuses what the table does not keep: what is unique, what happens when a target goes. Raises `Misdeclared`."""
    if facts.is_view:
        return
    for group in declared.unique_sets:
        columns = frozenset(declared.fields[name].column_name.lower() for name in group)
        is_rowid = len(group) == 1 and _is_rowid(declared.fields[group[0]], facts)
        if not is_rowid and not any(kept <= columns for kept in facts.unique_sets):
            where = f"{declared.name}.{', '.join(group)}: the table {quoted(declared.table)} does not keep this unique."
            raise Misdeclared(f"{where} To make it so, run: CREATE UNIQUE INDEX {index_on(declared, group, 'ux')};")
    for relation in catalog.forward[declared.model].values():
        asked, kept = relation.field.on_delete, _action(relation, facts)
        if asked is not None and kept != asked:
            made = kept or "no such FOREIGN KEY"
            raise relation.field.misdeclared(f"on_delete={asked!r}, but the table {quoted(declared.table)} has {made}; leave on_delete out")


def enforced(relation: Relation, facts: TableFacts) -> bool:
    """Whether the table itself has the FOREIGN KEY."""
    return _action(relation, facts) is not None


def _action(relation: Relation, facts: TableFacts) -> str | None:
    table, column, action = facts.foreign_keys.get(relation.field.column_name.lower(), ("", "", ""))
    reference = relation.field.reference
    if reference is None or table.lower() != reference.table.lower():
        return None
    if column and column.lower() != relation.target_field.column_name.lower():
        return None
    return {"CASCADE": "cascade", "SET NULL": "set_null", "RESTRICT": "restrict", "NO ACTION": "restrict"}.get(action, action.lower())


def _missing_columns(declared: Declaration, missing: list[Field[Any]], facts: TableFacts, relations: Mapping[str, Relation]) -> str:
    first = missing[0]
    names = ", ".join(quoted(f.column_name) for f in missing)
    nearest = did_you_mean(first.column_name, [c.name for c in facts.columns])
    lacks = f"{declared.name}.{first.name}: the table {quoted(declared.table)} has no column {names}{nearest}"
    if facts.is_view:
        return lacks
    if declared.key in missing:
        rowid = ", or column='rowid' where no single column is one" if declared.key.generated and facts.has_rowid else ""
        return f"{lacks.removesuffix('?')}{'?' if nearest else '.'} Name the column of the key with column={rowid}"
    statements = [f"ALTER TABLE {quote(facts.name)} ADD COLUMN {_addition(f, relations.get(f.name), facts)};" for f in missing]
    statements += [f"CREATE UNIQUE INDEX {index_on(declared, (f.name,), 'ux')};" for f in missing if f.unique]
    return f"{lacks.removesuffix('?')}{'?' if nearest else '.'} To add it, run: {' '.join(statements)}"


_EPOCH = datetime(1970, 1, 1)
_BLANKS: Mapping[str, Any] = {
    "boolean": False, "date": _EPOCH.date(), "datetime": _EPOCH, "decimal": Decimal(0), "float": 0.0, "integer": 0, "json": {},
    "string": "", "time": _EPOCH.time(), "timestamp": _EPOCH.replace(tzinfo=UTC), "uuid": UUID(int=0),
}  # fmt: skip


def _blank(field: Field[Any]) -> Any:
    """A value for rows that are there already, of a field that has no default."""
    if field.allowed:
        return field.allowed[0]
    blank = _BLANKS[field.family]
    return blank.replace(tzinfo=UTC) if isinstance(field, DateTimeField) and not field.naive else blank


def _addition(field: Field[Any], relation: Relation | None, facts: TableFacts) -> str:
    codec = codec_of(field) if facts.ours else added_codec(field, codec_of(field))
    constant = None if field.default is UNSET or callable(field.default) else field.initial()
    parts = [typed_column(field, codec)]
    if not field.nullable and not field.unique:
        # SQLite wants a value for the rows that are there; what is unique cannot be the same one in all of them.
        parts.append(f"NOT NULL DEFAULT {literal(_blank(field) if constant is None else constant, codec)}")
    elif relation is not None:
        parts.append(references(relation))
    elif constant is not None:
        parts.append(f"DEFAULT {literal(constant, codec)}")
    return " ".join(parts)
