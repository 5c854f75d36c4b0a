"""The SQLite store: plans executed on one database file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Literal

from pyrest.datastores import sql
from pyrest.datastores.connections import SYNCHRONOUS, Connections
from pyrest.datastores.counting import counted
from pyrest.datastores.decoding import Row, decode, decoded, result
from pyrest.datastores.effects import Effects, effects
from pyrest.datastores.explaining import explained
from pyrest.datastores.freshness import Freshness, Models
from pyrest.datastores.inspection import couplings, schema_number
from pyrest.datastores.preparing import Schema, prepared
from pyrest.datastores.protocol import Result, Touched
from pyrest.datastores.replies import Reply
from pyrest.datastores.replies_table import keep_reply, kept_reply
from pyrest.datastores.scans import scanned
from pyrest.datastores.secret import kept_secret
from pyrest.datastores.sessions import MEMORY, Session
from pyrest.datastores.sql_aggregates import aggregate, columns_of, groups
from pyrest.datastores.sql_firsts import firsts, near_column
from pyrest.datastores.tables import Table
from pyrest.datastores.touching import rehearsal
from pyrest.datastores.watching import Executed, Watch
from pyrest.errors import Misdeclared, ReferenceViolated, StillReferenced
from pyrest.models.catalog import Catalog, resolve
from pyrest.models.declaration import Declaration
from pyrest.models.edges import Relation
from pyrest.models.model import Model, declaration
from pyrest.plan import EVERYTHING, Aggregate, Delete, Embed, Firsts, Insert, Measure, Read, Ref, Update, Where
from pyrest.references import missing
from pyrest.store import Queried

RANKED_MAX = 10_000  # of so many, the best are found in 30 ms; a search that finds more of them tells too little to be worth a second
# Rows of one INSERT. While a statement runs, SQLite keeps a copy of each page that it changes, so fewer statements are faster. But
# each number of rows is a statement of its own to keep, so there is one such number beyond a hundred.
ROWS_AT_ONCE, MANY_ROWS = 100, 500


class SQLiteDataStore(Queried):
    """Rows in one SQLite file, made where it is missing; `:memory:` is a database that ends with the process.

    - `models`: what the store keeps beside the models of the endpoints that use it.
    - `durability`: `"full"`, an acknowledged write survives the loss of power; `"normal"`, it survives a crash of the process
      (SQLite's `synchronous`).
    - `timeout`: how many seconds a write waits for another one.

    Raises `StoreUnusable` where the file cannot be opened, `Misdeclared` where a table contradicts its model.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        models: Iterable[type[Model]] = (),
        durability: Literal["full", "normal"] = "full",
        timeout: float = 5.0,
    ) -> None:
        if durability not in SYNCHRONOUS:
            raise Misdeclared(f"SQLiteDataStore: durability is one of {', '.join(SYNCHRONOUS)}, not {durability!r}")
        if str(path) == "":
            raise Misdeclared("SQLiteDataStore: the path of the database is empty")
        self.location = MEMORY if str(path) == MEMORY else str(Path(path).resolve())
        self.shared = self.location != MEMORY
        self._connections = Connections(self.location, durability, timeout)
        self._models = tuple(models)
        self._adopting = threading.RLock()
        self._recording = threading.local()
        self._searched: dict[type[Model], tuple[str, ...]] = {}
        self._known: Schema | None = None
        self._secret: bytes | None = None
        self._effects: Effects | None = None

    @property
    def catalog(self) -> Catalog:
        return self._schema.catalog

    @property
    def secret(self) -> bytes:
        if self._secret is None:
            # Not on this thread's connection, which may be in a snapshot that is too old to write in.
            with self._connections.apart() as session:
                self._secret = kept_secret(session)
        return self._secret

    def adopt(self, models: Iterable[type[Model]]) -> Catalog:
        with self._adopting:
            catalog = resolve((*self._models, *models))
            self._adopt(catalog)
            self._models = catalog.models
        return catalog

    def index_texts(self, texts: Mapping[type[Model], Sequence[str]]) -> None:
        if texts:
            with self._adopting:
                self._searched |= {model: (*self._searched.get(model, ()), *names) for model, names in texts.items()}
                self._adopt(self.catalog)

    def transaction(self) -> AbstractContextManager[None]:
        self._schema  # noqa: B018 - tables made inside would go with a rollback
        return self._connections.session().transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        self._schema  # noqa: B018 - tables made inside would go with a rollback
        return self._connections.session().reading()

    def rehearsal(self) -> AbstractContextManager[Touched]:
        tables = self._schema.tables
        return rehearsal(self._connections.session(), tables)

    @property
    def rehearsing(self) -> bool:
        session = self._connections.session()
        with session.lock:
            return session.rehearsals > 0

    def kept_reply(self, user: str, key: str) -> Reply | None:
        return kept_reply(self._connections.session(), user, key)

    def keep_reply(self, user: str, key: str, reply: Reply) -> None:
        keep_reply(self._connections.session(), user, key, reply)

    def freshness(self) -> Freshness | None:
        self._schema  # noqa: B018 - what adopts models looks at everything anew
        session = self._connections.session()
        with session.lock:
            if session.depth:
                return None
            self._moved(session, session.data_version())
            return session.freshness

    def pin(self) -> _Pin:
        self._schema  # noqa: B018 - a snapshot would not have tables that are made later
        return _Pin(self, self._connections, getattr(self._recording, "record", None))

    @contextmanager
    def recorded(self) -> Iterator[list[str]]:
        """The statements that this thread executes meanwhile, as SQLite reports them: `with store.recorded() as statements:`."""
        statements: list[str] = []
        session = self._connections.session()
        session.connection.set_trace_callback(statements.append)
        self._recording.record = statements.append
        try:
            yield statements
        finally:
            session.connection.set_trace_callback(None)
            self._recording.record = None

    def watched(self) -> AbstractContextManager[Watch]:
        return self._connections.watched()

    def explained(self, statement: Executed) -> Sequence[str]:
        return explained(self._connections.session(), statement)

    def close(self) -> None:
        """Closes this process's connections; a later use opens new ones, and looks at the tables again."""
        self._connections.close()
        self._known = self._secret = None

    # Plans.

    def read(self, plan: Read) -> Result:
        table, declared = self._table(plan.model)
        session = self._connections.session()
        plan = _with_rank(plan, table, session)
        if not plan.total:
            return result(plan, table, session.rows(*sql.select(plan, table), declared), None)
        rows, total = session.snapshot(partial(counted, plan, sql.page(plan, table), session, self._moved), declared)
        return result(plan, table, rows, total)

    def aggregate(self, plan: Aggregate) -> Result:
        table, declared = self._table(plan.model)
        session = self._connections.session()
        columns = columns_of(plan, table)
        # A page behind the last group holds no row that could tell how many there are.
        with session.reading() if plan.total and plan.offset else nullcontext():
            rows = session.rows(*aggregate(plan, table, columns), declared)
            beyond = plan.total and plan.offset and not rows
            total = session.rows(*groups(plan, table, columns), declared)[0][0] if beyond else rows[0][-1] if plan.total and rows else 0
        decoders = tuple((i, column.decode) for i, column in enumerate(columns) if column.decode is not None)
        return Result([decode(row[: len(columns)], decoders) for row in rows], total if plan.total else None)

    def scanned(self, plan: Read | Aggregate) -> Sequence[type[Model]]:
        table, _ = self._table(plan.model)
        if isinstance(plan, Aggregate):
            # SQLite calls the way to a single min or max a SEARCH, even where it goes through all rows.
            plan = plan._replace(measures=(*plan.measures, Measure("count")))
            return scanned(self._connections.session(), aggregate(plan, table, columns_of(plan, table)), table.others, every_row=False)
        return scanned(self._connections.session(), sql.select(plan, table), table.others, plan.where == EVERYTHING)

    def count(self, plan: Read) -> int:
        table, declared = self._table(plan.model)
        total: int = self._connections.session().rows(*sql.count(plan, table), declared)[0][0]
        left = max(0, total - plan.offset)
        return left if plan.limit is None else min(left, plan.limit)

    def embed(self, plan: Embed) -> list[Row]:
        table, declared = self._table(plan.model)
        near = table.others[plan.through].columns[plan.near].decode
        found = self._connections.session().rows(*sql.embed(plan, table), declared)
        rows = decoded([row[1:] for row in found], table, plan.columns)
        return [(row[0] if near is None else near(row[0]), *shown) for row, shown in zip(found, rows, strict=True)]

    def firsts(self, plan: Firsts) -> tuple[list[Any], list[Row]]:
        table, declared = self._table(plan.model)
        found = self._connections.session().rows(*firsts(plan, table), declared)
        if plan.pairs is None:
            rows, place = decoded(found, table, plan.columns), plan.columns.index(plan.field)
            return [row[place] for row in rows], rows
        near = near_column(plan, table).decode
        return [row[0] if near is None else near(row[0]) for row in found], decoded([row[1:] for row in found], table, plan.columns)

    def insert(self, plan: Insert) -> list[Any]:
        table, declared = self._table(plan.model)
        rows = sql.stored_rows(plan, table)
        key = plan.columns.index(declared.key.name)
        loose = [r for r in self._schema.loose if r.model is plan.model]
        session = self._connections.session()
        with session.writing(self._changed(plan.model)):
            if len(rows) == 1 and not (table.counts_keys or loose):
                row_number = session.execute(*sql.insert(table, plan.columns, rows), declared).lastrowid
                return [row_number if plan.rows[0][key] is None else plan.rows[0][key]]
            with session.transaction():
                keys = self._keys(session, table, [row[key] for row in plan.rows])
                place = table.columns_written(plan.columns).index(declared.key.name)
                for row, given in zip(rows, keys, strict=True):
                    row[place] = given if row[place] is None else row[place]
                self._insert_all(session, plan, rows, loose)
        return keys

    def _insert_all(self, session: Session, plan: Insert, rows: list[list[Any]], loose: Iterable[Relation]) -> None:
        table, declared = self._table(plan.model)
        relations = self.catalog.forward[plan.model].values()
        portions = list(_portions(rows, max(1, sql.PARAMETERS_MAX // max(1, len(plan.columns)))))
        # SQLite looks at foreign keys when a statement ends; a row may point at one that a later statement brings.
        deferred = len(portions) > 1 and any(r.target is plan.model for r in relations)
        with session.foreign_keys_deferred() if deferred else nullcontext():
            for portion in portions:
                session.execute(*sql.insert(table, plan.columns, portion), declared)
            self._refuse_dangling(relations if deferred else loose, plan.columns, plan.rows)

    def update(self, plan: Update) -> int:
        table, declared = self._table(plan.model)
        columns, values = tuple(name for name, _ in plan.values), tuple(value for _, value in plan.values)
        pointing = [r for r in self._schema.loose if r.model is plan.model and r.field.name in columns]
        pointed_at = [r for r in self.catalog.reverse[plan.model] if r.target_field.name in columns]
        loose = [r for r in pointed_at if r in self._schema.loose]
        session = self._connections.session()
        with session.writing(self._changed(plan.model)), session.transaction() if pointing or loose else nullcontext():
            self._refuse_if_used(session, declared, loose, plan.where)
            try:
                changed = session.execute(*sql.update(plan, table), declared).rowcount
            except ReferenceViolated:
                self._refuse_if_used(session, declared, pointed_at, plan.where)
                raise
            if changed:
                self._refuse_dangling(pointing, columns, (values,))
        return changed

    def delete(self, plan: Delete) -> int:
        table, declared = self._table(plan.model)
        session = self._connections.session()
        loose = [r for r in self._schema.loose if r.target is plan.model]
        circular = plan.model in self._schema.circular
        with session.writing(self._changed(plan.model)), session.transaction() if loose or circular else nullcontext():
            self._refuse_if_used(session, declared, loose, plan.where)
            # SQLite does not count a row that went along with another one before its turn came.
            matching = self.count(Read(plan.model, (), plan.where)) if circular else None
            try:
                deleted = session.execute(*sql.delete(plan, table), declared).rowcount
            except ReferenceViolated as refusal:
                restricting = [r for r in self.catalog.reverse[plan.model] if r.field.on_delete in (None, "restrict")]
                self._refuse_if_used(session, declared, restricting, plan.where)
                raise StillReferenced(declared.table, ()) from refusal
        return deleted if matching is None else matching

    def _keys(self, session: Session, table: Table, given: list[Any]) -> list[Any]:
        """The keys of rows about to be written, those that the store gives counted on from the greatest that there ever was."""
        if None not in given:
            return given
        greatest: int = session.rows(*sql.last_key(table))[0][0]
        following = count(max([greatest, *(key for key in given if key is not None)]) + 1)
        return [next(following) if key is None else key for key in given]

    def _refuse_dangling(self, relations: Iterable[Relation], columns: tuple[str, ...], rows: Iterable[Row]) -> None:
        refs = []
        for relation in relations:
            if relation.field.name in columns:
                values = {row[columns.index(relation.field.name)] for row in rows} - {None}
                refs += [Ref(relation.target, relation.target_field.name, value) for value in values]
        if missing(self, refs):
            raise ReferenceViolated("a foreign key points at a row that does not exist")

    def _refuse_if_used(self, session: Session, declared: Declaration, relations: Iterable[Relation], where: Where) -> None:
        tables = self._schema.tables
        used: dict[str, None] = {}
        for relation in relations:
            if session.rows(*sql.dependents(relation, tables[relation.model], tables[relation.target], where)):
                used[declaration(relation.model).table] = None
        if used:
            raise StillReferenced(declared.table, tuple(used))

    # What is known already.

    def _moved(self, session: Session, version: int) -> bool:
        """Whether others have committed since the connection's last look, or may have. They may have changed the schema, too."""
        if not session.freshness.look(version):
            return False
        models, known = self._schema.catalog.models, self._effects
        # SQLite counts the changes of a schema up. A snapshot that was begun before one does not take back what others know of it.
        if known is None or known.models is not models or schema_number(session) > known.schema:
            self._effects = known = effects(models, couplings(session))
        session.freshness.unsteady = known.unsteady
        return True

    def _changed(self, model: type[Model]) -> Models:
        """The models whose rows may change when those of one are written."""
        models, known = self._schema.catalog.models, self._effects
        return models if known is None or known.models is not models else known.changed[model]

    # Tables.

    def _adopt(self, catalog: Catalog) -> None:
        session = self._connections.session()
        if session.depth:
            raise Misdeclared("a store adopts no models inside a transaction, whose end could take their tables away")
        self._connections.use_wal()
        self._known = prepared(session, catalog, self._searched)
        self._effects = effects(catalog.models, couplings(session))
        session.freshness.forget()

    @property
    def _schema(self) -> Schema:
        if self._known is None:
            self.adopt(())
        assert self._known is not None
        return self._known

    def _table(self, model: type[Model]) -> tuple[Table, Declaration]:
        schema = self._known or self._schema
        declared = schema.catalog.declared(model)
        return schema.tables[model], declared


class _Pin:
    """A snapshot of the file on a connection of its own, whose statements are recorded where its maker's are."""

    def __init__(self, store: SQLiteDataStore, connections: Connections, record: Callable[[str], object] | None) -> None:
        self._store = store
        self._connections = connections
        self._session = connections.pinned()
        self._session.connection.set_trace_callback(record)

    def inside(self) -> AbstractContextManager[None]:
        return self._connections.using(self._session)

    def parts(self, plan: Read, size: int) -> Iterator[list[Row]]:
        table, _ = self._store._table(plan.model)
        for rows in self._session.parts(*sql.select(_with_rank(plan, table, self._session), table), size):
            yield decoded(rows, table, plan.columns)

    def close(self) -> None:
        self._session.close()


def _portions(rows: list[list[Any]], limit: int) -> Iterator[list[list[Any]]]:
    """The rows of each INSERT, at most `limit` of them."""
    start = 0
    while start < len(rows):
        size = min(limit, MANY_ROWS if len(rows) - start >= MANY_ROWS else ROWS_AT_ONCE)
        yield rows[start : start + size]
        start += size


def _with_rank(plan: Read, table: Table, session: Session) -> Read:
    """The plan, without what is best where too many rows would be ranked."""
    if plan.best is None or session.rows(*sql.matches(plan.best, table, RANKED_MAX + 1))[0][0] <= RANKED_MAX:
        return plan
    return plan._replace(best=None)
