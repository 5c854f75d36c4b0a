"""Declarations → the tables of ours: the text of CREATE TABLE and CREATE INDEX. It executes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyrest.datastores.codecs import Codec, codec_of
from pyrest.datastores.tables import Column, Table, quote
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Relation
from pyrest.models.fields import Field, NumberField, StringField
from pyrest.models.model import declaration

MARK = "/* made by pyrest */"  # stands in CREATE TABLE, whose text SQLite keeps in sqlite_schema
_ACTIONS = {"restrict": "NO ACTION", "cascade": "CASCADE", "set_null": "SET NULL"}


def create_table(declared: Declaration, relations: Mapping[str, Relation]) -> str:
    """The CREATE TABLE of a model whose foreign keys are `relations`."""
    lines = [_definition(field, relations.get(name)) for name, field in declared.fields.items()]
    lines += [f"UNIQUE ({_columns(declared, group)})" for group in declared.unique_together]
    return f"CREATE TABLE {quote(declared.table)} ( {MARK}\n    " + ",\n    ".join(lines) + "\n) STRICT"


def create_indexes(declared: Declaration) -> list[str]:
    """An index for every foreign key and for what `index` and `indexes` ask for; what is unique has one already."""
    single = [(n,) for n, f in declared.fields.items() if (f.index or f.foreign is not None) and not (f.unique or f.is_key)]
    return [f"CREATE INDEX IF NOT EXISTS {index_on(declared, group, 'ix')}" for group in dict.fromkeys((*single, *declared.indexes))]


def index_on(declared: Declaration, group: tuple[str, ...], prefix: str) -> str:
    """The name of an index and what it is on."""
    # With "_" between them, order_item.product and order.item_product would have one name.
    name = quote(f"{prefix}_{'.'.join((declared.table, *group))}")
    return f"{name} ON {quote(declared.table)} ({_columns(declared, group)})"


def _columns(declared: Declaration, group: Iterable[str]) -> str:
    return ", ".join(quote(declared.fields[name].column_name) for name in group)


def _definition(field: Field[Any], relation: Relation | None) -> str:
    codec = codec_of(field)
    parts = [typed_column(field, codec)]
    if field.is_key and field.generated:
        parts.append("PRIMARY KEY AUTOINCREMENT")  # without it SQLite gives the key of a deleted last row again
    elif field.is_key:
        parts.append("PRIMARY KEY")  # never null, as the table is STRICT
    else:
        parts += ["NOT NULL"] * (not field.nullable) + ["UNIQUE"] * field.unique
    checks = list(_checks(field, codec))
    if checks:
        # The name of a constraint is all that SQLite says of it when it fails.
        parts.append(f"CONSTRAINT {quote(field.name)} CHECK ({' AND '.join(checks)})")
    if relation is not None:
        parts.append(references(relation))
    return " ".join(parts)


def typed_column(field: Field[Any], codec: Codec) -> str:
    """A column's quoted name, its type, and what the type alone does not tell."""
    return " ".join((quote(field.column_name), codec.sql_type) + (f"/* {codec.note} */",) * bool(codec.note))


def references(relation: Relation) -> str:
    """The REFERENCES clause of a foreign key."""
    target = f"{quote(declaration(relation.target).table)} ({quote(relation.target_field.column_name)})"
    return f"REFERENCES {target} ON DELETE {_ACTIONS[relation.field.on_delete or 'restrict']}"


def _checks(field: Field[Any], codec: Codec) -> Iterable[str]:
    column = quote(field.column_name)
    if field.family == "boolean":
        yield f"{column} IN (0, 1)"
    if field.family == "json":
        # json_valid(NULL) is 0 before SQLite 3.43.
        yield f"({column} IS NULL OR json_valid({column}))"
    if field.allowed is not None and field.family != "json":
        yield f"{column} IN ({', '.join(literal(field.plain(value), codec) for value in field.allowed)})"
    if isinstance(field, StringField):
        if field.max_length is not None:
            yield f"length({column}) <= {field.max_length}"
        if field.min_length:
            yield f"length({column}) >= {field.min_length}"
    if isinstance(field, NumberField):
        if field.min is not None:
            yield f"{column} >= {literal(field.min, codec)}"
        if field.max is not None:
            yield f"{column} <= {literal(field.max, codec)}"


def literal(value: Any, codec: Codec) -> str:
    """A value as a literal of SQL, for constraints and defaults: SQLite binds nothing there."""
    encoded = codec.encode(value) if codec.encode else value
    return "'" + encoded.replace("'", "''") + "'" if isinstance(encoded, str) else repr(encoded)


def table_of(declared: Declaration) -> Table:
    """Where the rows of a model are in a table that its declaration made."""
    columns = {}
    for name, field in declared.fields.items():
        codec = codec_of(field)
        never_null, is_text = field.is_key or not field.nullable, codec.sql_type == "TEXT"
        columns[name] = Column(
            quote(field.column_name), codec.encode, codec.decode, sortable=is_text, never_null=never_null, scale=codec.scale
        )
    return Table(quote(declared.table), columns, declared.key.name, sequence=declared.table if declared.key.generated else "")
