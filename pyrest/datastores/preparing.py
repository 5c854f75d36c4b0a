"""Makes the tables of a catalog in a database file, and checks those that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyrest.datastores.existing import check_existing, enforced, existing_table
from pyrest.datastores.indexing import prepare_texts
from pyrest.datastores.inspection import table_facts
from pyrest.datastores.schema import create_indexes, create_table, table_of
from pyrest.datastores.sessions import Session
from pyrest.datastores.tables import Table
from pyrest.models.catalog import Catalog
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Relation
from pyrest.models.model import Model, declaration


@dataclass(frozen=True, slots=True)
class Schema:
    """The catalog and where its rows are. `loose` are the relations whose FOREIGN KEY the file lacks.

    `circular` are the models of which a row can take another one along when it goes.
    """

    catalog: Catalog
    tables: Mapping[type[Model], Table]
    loose: tuple[Relation, ...]
    circular: frozenset[type[Model]]


def prepared(session: Session, catalog: Catalog, searched: Mapping[type[Model], Sequence[str]]) -> Schema:
    """The tables of a catalog, there from now on; with an index of words over the fields that are searched. Raises `Misdeclared`."""
    tables: dict[type[Model], Table] = {}
    loose: list[Relation] = []
    with session.transaction():
        for model in catalog.models:
            table, lacking = _prepare_table(session, declaration(model), catalog)
            texts = prepare_texts(session, declaration(model), table, searched[model]) if model in searched else None
            tables[model] = replace(table, others=tables, texts=texts)
            loose += lacking
    return Schema(catalog, tables, tuple(loose), frozenset(m for m in catalog.models if _is_circular(m, catalog)))


def _prepare_table(session: Session, declared: Declaration, catalog: Catalog) -> tuple[Table, list[Relation]]:
    """Makes or checks the table of a model; also the relations that it does not keep by itself."""
    relations = catalog.forward[declared.model]
    facts = table_facts(session, declared)
    if facts is None:
        for text in (create_table(declared, relations), *create_indexes(declared)):
            session.execute(text)
        return table_of(declared), []
    table = existing_table(declared, facts, catalog)
    check_existing(declared, facts, catalog)
    if facts.ours:
        for text in create_indexes(declared):
            session.execute(text)
    return table, [r for r in relations.values() if not enforced(r, facts)]


def _is_circular(model: type[Model], catalog: Catalog) -> bool:
    seen: set[type[Model]] = set()
    waiting = [model]
    while waiting:
        along = {r.model for r in catalog.reverse[waiting.pop()] if r.field.on_delete == "cascade"} - seen
        seen |= along
        waiting += along
    return model in seen
