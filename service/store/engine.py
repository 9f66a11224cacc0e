"""What the store asks of a database, so that one algorithm runs on both.

Statements are written once, with ``?``; ``{keys}`` stands for a table of look-up keys whose columns are
``column1``, ``column2``…; ``{lock}`` and ``{skip}`` are row locks where the engine has them.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Literal, Protocol

from service.unusable import Unusable

Row = tuple[Any, ...]
#: Text, integer or bytes: the only three kinds of column.
Kind = Literal["t", "i", "b"]

#: Columns and kinds of the tables that are written in bulk.
TABLES: dict[str, tuple[tuple[str, Kind], ...]] = {
    "resource_version": (
        ("number", "i"),
        ("type", "t"),
        ("id", "t"),
        ("version", "i"),
        ("recorded", "i"),
        ("chain", "t"),
        ("sequence", "i"),
        ("body", "b"),
    ),
    "index_term": (("place", "i"), ("number", "i"), ("rest", "i")),
    "index_span": (("space", "i"), ("low", "i"), ("high", "i"), ("number", "i")),
    "index_mask": (("number", "i"), ("mask", "i")),
    "index_text": (("space", "i"), ("text", "t"), ("number", "i")),
    "request": (
        ("scope", "t"),
        ("key", "t"),
        ("fingerprint", "b"),
        ("status", "i"),
        ("answer", "b"),
        ("recorded", "i"),
    ),
    "chain_link": (
        ("chain", "t"),
        ("sequence", "i"),
        ("reference", "t"),
        ("content", "b"),
        ("previous", "b"),
        ("recorded", "i"),
        ("digest", "b"),
    ),
    "document": (
        ("id", "t"),
        ("act", "t"),
        ("chain", "t"),
        ("unique_id", "t"),
        ("set_id", "t"),
        ("version", "i"),
        ("created", "i"),
        ("sequence", "i"),
    ),
    "document_seal": (("document_id", "t"), ("sealed", "i"), ("sequence", "i"), ("cda", "b"), ("pdf", "b")),
    "envelope": (
        ("id", "t"),
        ("document_id", "t"),
        ("destination", "t"),
        ("recipient", "t"),
        ("submission_id", "t"),
        ("message_id", "t"),
        ("set_uuid", "t"),
        ("entry_uuid", "t"),
        ("created", "i"),
        ("deadline", "i"),
        ("sequence", "i"),
        ("state", "t"),
        ("attempts", "i"),
        ("next_attempt", "i"),
        ("token", "t"),
        ("follows", "t"),
        ("purpose", "t"),
    ),
    "envelope_seal": (("envelope_id", "t"), ("sealed", "i"), ("sequence", "i"), ("sha256", "b"), ("payload", "b")),
    "attempt": (
        ("envelope_id", "t"),
        ("number", "i"),
        ("token", "t"),
        ("worker", "t"),
        ("started", "i"),
        ("finished", "i"),
        ("outcome", "t"),
        ("code", "t"),
        ("receiver_id", "t"),
        ("raw", "b"),
        ("state", "t"),
        ("sequence", "i"),
    ),
    "subscription_event": (("subscription", "t"), ("event", "i"), ("number", "i")),
}


class Session(Protocol):
    """Statements on one connection."""

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]: ...

    def rows_of(self, sql: str, kinds: str, keys: Sequence[Row]) -> list[Row]:
        """``sql`` over all ``keys``, one letter of ``kinds`` a key column; a row may come twice."""

    def run_all(self, sql: str, rows: Iterable[Row]) -> None:
        """``sql`` once for each row."""

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """All ``rows``, in few statements. An index entry that is there already is left."""

    def delete(self, table: str, rows: Sequence[Row]) -> None:
        """Rows given by all their columns; an absent one is no fault."""

    def enter_terms(self, terms: Mapping[int, Sequence[int]]) -> None:
        """Terms by number, into ``index_term``; what is there already is left."""

    def take_terms(self, terms: Mapping[int, Sequence[int]]) -> None:
        """Terms by number, out of ``index_term``; an absent one is no fault."""


class Header(Protocol):
    """Bytes that change by themselves."""

    @property
    def raw(self) -> bytes: ...


class Pulse(Protocol):
    """Tells without asking the database whether anything was committed, by whatever process, before that is acknowledged."""

    @property
    def header(self) -> Header:
        """``raw`` is what it says now. The same sound bytes are the same state of the database."""

    def sound(self, state: bytes) -> bool:
        """Whether ``state`` names a state of the database."""


class Durability(Protocol):
    """What stands between a state that was seen and telling of it."""

    def shown(self) -> None:
        """This thread is about to see a state that may not outlive a power loss yet."""

    def told(self) -> None:
        """A commit of this thread is durable: so is all that it saw before."""

    def ensure(self) -> None:
        """Whatever this thread saw outlives a power loss, once this returns."""


class Engine(Protocol):
    """One database. Leaving a ``with`` block normally commits, durably; leaving it by an exception rolls back."""

    #: Of what ``reading`` shows; never changes.
    @property
    def durable(self) -> Durability: ...

    #: What a statement raises when the rows, not the engine, are at fault.
    constraints: ClassVar[tuple[type[Exception], ...]]
    #: What it raises when the engine fails.
    failures: ClassVar[tuple[type[Exception], ...]]

    def writing(self) -> AbstractContextManager[Session]:
        """The one writer of the database, across threads, processes and machines."""

    def claiming(self) -> AbstractContextManager[Session]:
        """A transaction that locks only the rows it takes, where the engine can."""

    def reading(self) -> AbstractContextManager[Session]: ...

    def clock(self) -> dt.datetime | None:
        """The instant now by the database's own clock; None when it is a file of this machine."""

    def pulse(self) -> Pulse | None:
        """None where nothing in this process knows of the commits of others."""

    def close(self) -> None: ...


class UnsafeSettings(Unusable):
    """The database, as it is set, could lose or corrupt what it acknowledged: the service does not start."""
