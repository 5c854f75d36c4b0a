"""What every store can do. Whatever stands above `datastores/` knows a store by this alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol, TypeAlias

from pyrest.datastores.freshness import Freshness
from pyrest.datastores.replies import Reply
from pyrest.datastores.watching import Executed, Watch
from pyrest.models.catalog import Catalog
from pyrest.models.model import Model
from pyrest.plan import Aggregate, Delete, Embed, Firsts, Insert, Read, Update


class Result(NamedTuple):
    """`rows` hold values in the order of the plan's columns; `total` is None where the plan did not ask for it.

    `places` are those of the rows, where the plan is a walk: whole numbers, floats, texts, bytes, null and what fields hold in Python.
    """

    rows: list[tuple[Any, ...]]
    total: int | None
    places: Sequence[tuple[Any, ...]] = ()


Touched: TypeAlias = Callable[[int], Sequence[tuple[type[Model], Any]]]
"""The rows that were written so far, by model and key: each once, and of more than so many those that were written first."""


class Pin(Protocol):
    """One state of a store, which can be read for as long as it takes, by one thread at a time, whatever is written meanwhile."""

    def inside(self) -> AbstractContextManager[None]:
        """Everything that this thread reads inside comes from that state. Nothing is written inside."""

    def parts(self, plan: Read, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a plan, at most `size` of them at a time, in constant memory as far as the store can."""

    def close(self) -> None:
        """Lets go of the state. What still reads from it fails."""


class DataStore(Protocol):
    """Executes plans. Each method is atomic; several are one inside `with store.transaction():`, which nests.

    Writes raise `UniqueViolated`, `ReferenceViolated`, `StillReferenced` or another `Conflict`, and leave nothing of the plan behind;
    anything may raise `Busy`.
    """

    @property
    def catalog(self) -> Catalog:
        """The models this store keeps, resolved."""

    @property
    def location(self) -> str:
        """Where the rows are, for people: a file's full path, or what stands for it."""

    routes: Any
    """Where its rows have addresses: the routes of the Wrapper over it (`serializers/hyperlinks.py` says what they answer), or None."""

    @property
    def shared(self) -> bool:
        """Whether other processes that open the same location see the same rows."""

    @property
    def secret(self) -> bytes:
        """32 bytes that nobody else knows, the same for all processes that share the location, and after a restart."""

    def adopt(self, models: Iterable[type[Model]]) -> Catalog:
        """Keeps these models as well: makes their tables where they are missing, checks those that are there. Raises `Misdeclared`."""

    def index_texts(self, texts: Mapping[type[Model], Sequence[str]]) -> None:
        """Keeps an index of the words of these fields, which are texts, for `Search`. Raises `Misdeclared`."""

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside happens, or nothing where it ends with an exception. Inside another one it is a part of that."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read inside comes from one state of the store. Nothing is written inside."""

    def freshness(self) -> Freshness | None:
        """What this thread knows of all commits that were acknowledged before; None inside of a transaction or snapshot."""

    def pin(self) -> Pin:
        """The state of now, to be read for longer than a call takes. Whoever asks for it closes it."""

    def read(self, plan: Read) -> Result:
        """Rows and total come from one snapshot."""

    def aggregate(self, plan: Aggregate) -> Result:
        """Groups and their number come from one snapshot. A sum is exact; that of floats is rounded, and infinite beyond their range."""

    def scanned(self, plan: Read | Aggregate) -> Sequence[type[Model]]:
        """The models whose tables a plan would read from end to end, as far as the store can tell."""

    def watched(self) -> AbstractContextManager[Watch]:
        """Notes the statements that this thread has the store execute inside; a store without statements has none to note."""

    def explained(self, statement: Executed) -> Sequence[str]:
        """How the store would execute such a statement now, line by line; a line says so where it no longer can."""

    def count(self, plan: Read) -> int:
        """The number of rows of a plan, its limit and offset counted."""

    def embed(self, plan: Embed) -> list[tuple[Any, ...]]:
        """Rows of a value and, behind it, the plan's columns of a row that is joined with it."""

    def firsts(self, plan: Firsts) -> tuple[list[Any], list[tuple[Any, ...]]]:
        """The rows, before them the value of each."""

    def insert(self, plan: Insert) -> list[Any]:
        """Returns the keys, in the order of the rows."""

    def update(self, plan: Update) -> int:
        """Returns how many rows matched."""

    def delete(self, plan: Delete) -> int:
        """Returns how many rows matched; rows that went by cascade are not counted."""

    def rehearsal(self) -> AbstractContextManager[Touched]:
        """A transaction that is taken back at its end. It tells which rows are written inside, those of cascades included."""

    @property
    def rehearsing(self) -> bool:
        """Whether this thread is inside of a rehearsal: what it does beyond the store would not be taken back."""

    def kept_reply(self, user: str, key: str) -> Reply | None:
        """The answer that was kept for a key of a user, unless that is more than a day ago. Asked inside of a transaction."""

    def keep_reply(self, user: str, key: str, reply: Reply) -> None:
        """Keeps an answer for about a day. It is a part of the transaction around it, as a row is."""
