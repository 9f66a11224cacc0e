"""SQLite through apsw, which brings its own SQLite: write-ahead log, one writer by an OS lock, every commit flushed.

Every connection is opened with synchronous FULL. Where the log's index can be watched, the writer's then leaves the
flush to ``service.store.durable``, which waits for the disk once the lock is given on, and before anybody is told.

Versions 3.7.0 to 3.51.2 may corrupt a write-ahead log that several connections write and checkpoint at once
(https://sqlite.org/wal.html, "the WAL-reset bug"); below FULL, an acknowledged commit may be lost with the
power. The store does not start in such a combination.
"""

import fcntl
import os
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache, lru_cache
from itertools import chain, repeat
from pathlib import Path
from typing import ClassVar

import apsw

from service.store.durable import Log
from service.store.engine import TABLES, Row, UnsafeSettings
from service.store.pool import Loan, Pool
from service.store.schema import migrate, migrations
from service.store.wal_index import WalIndex, wal_index

FULL = 2
EXTRA = 3
_BUSY_MILLISECONDS = 30_000
#: Pages kept by a connection, in KiB. Another process that commits makes them worthless; the system keeps the file anyway.
_WRITER_CACHE = 16_384
_READER_CACHE = 1_024
_CHECKPOINT_PAGES = 16_000
_READERS = 32


def check_settings(version: str, journal: str, synchronous: int) -> None:
    """Raise ``UnsafeSettings`` unless an acknowledged commit survives a power loss and several connections."""
    numbers = tuple(int(part) for part in version.split("."))
    if journal == "wal":
        if (3, 7, 0) <= numbers < (3, 51, 3):
            raise UnsafeSettings(
                f"SQLite {version} peut corrompre le journal (WAL) : il faut la version 3.51.3 ou une suivante."
            )
        if synchronous < FULL:
            raise UnsafeSettings(
                "SQLite : le journal (WAL) demande synchronous FULL, sinon une coupure emporterait des actes confirmés."
            )
    elif journal == "delete":
        if synchronous < EXTRA:
            raise UnsafeSettings(
                "SQLite : ce journal demande synchronous EXTRA, sinon une coupure déferait des actes confirmés."
            )
    else:
        raise UnsafeSettings(f"SQLite : le journal {journal} ne survit pas à une panne.")


class _Session:
    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._executemany = connection.executemany

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        return self._execute(_without_locks(sql), values).fetchall()

    def rows_of(self, sql: str, kinds: str, keys: Sequence[Row]) -> list[Row]:
        found: list[Row] = []
        for start in range(0, len(keys), _LARGEST):
            some = keys[start : start + _LARGEST]
            size = _padded(len(some))
            values = [*chain.from_iterable(some), *repeat(None, (size - len(some)) * len(kinds))]
            found += self._execute(_over_keys(sql, len(kinds), size), values).fetchall()
        return found

    def run_all(self, sql: str, rows: Iterable[Row]) -> None:
        self._executemany(sql, rows)

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), _ROWS):
            some = rows[start : start + _ROWS]
            size = _padded(len(some))
            values = [*chain.from_iterable(some), *repeat(None, (size - len(some)) * len(TABLES[table]))]
            self._execute(_insertion(table, size), values)

    def delete(self, table: str, rows: Sequence[Row]) -> None:
        self._executemany(_deletion(table), rows)

    def enter_terms(self, terms: Mapping[int, Sequence[int]]) -> None:
        arrays = _arrays(terms)
        for start in range(0, len(arrays), _ROWS):
            some = arrays[start : start + _ROWS]
            size = _padded(len(some))
            self._execute(_entry(size), [*chain.from_iterable(some), *repeat(None, 2 * (size - len(some)))])

    def take_terms(self, terms: Mapping[int, Sequence[int]]) -> None:
        self._executemany(_REMOVAL, _arrays(terms))


# An array a version: one step makes all its entries, and no row of them passes through Python. OR IGNORE, for what may
# abort half-way keeps a copy of every page it changes: three times the bytes written. OR FAIL spares it too: what came
# before the row at fault goes with the transaction, which is rolled back.
_ENTRY = "SELECT value >> 32, ?{}, value & 4294967295 FROM carray(?{})"
_REMOVAL = """
    DELETE FROM index_term WHERE number = ?2 AND place IN (SELECT value >> 32 FROM carray(?1))
    AND ((place << 32) | rest) IN (SELECT value FROM carray(?1))"""


#: Rows of one statement, at most. Each step gives up the interpreter lock, and hurries nobody who holds it.
_ROWS = 64


def _padded(count: int) -> int:
    """The power of two that holds so many: statements stay few, hence prepared once; what is NULL enters nothing."""
    return 1 << (count - 1).bit_length()


def _arrays(terms: Mapping[int, Sequence[int]]) -> list[Row]:
    return [(apsw.carray(array("q", some)), number) for number, some in terms.items()]


@cache
def _insertion(table: str, count: int) -> str:
    names = [name for name, _ in TABLES[table]]
    ignored = " ON CONFLICT DO NOTHING" if table.startswith("index_") else ""
    rows = ",".join([f"({','.join('?' * len(names))})"] * count)
    there = f"SELECT * FROM (VALUES {rows}) WHERE column1 NOT NULL" if count > 1 else f"VALUES {rows}"
    return f"INSERT OR FAIL INTO {table} ({','.join(names)}) {there}{ignored}"


@cache
def _entry(count: int) -> str:
    arrays = " UNION ALL ".join(_ENTRY.format(2 * n + 2, 2 * n + 1) for n in range(count))
    return f"INSERT OR IGNORE INTO index_term (place, number, rest) {arrays}"


@cache
def _deletion(table: str) -> str:
    return f"DELETE FROM {table} WHERE " + " AND ".join(f"{name} = ?" for name, _ in TABLES[table])


@lru_cache(maxsize=1024)
def _without_locks(sql: str) -> str:
    return sql.replace("{lock}", "").replace("{skip}", "")


#: Keys a statement takes at most. Powers of two keep the statements few, hence prepared once; a key of NULL finds nothing.
_LARGEST = 128


@cache
def _over_keys(sql: str, width: int, count: int) -> str:
    marks = ",".join([f"({','.join('?' * width)})"] * count)
    return _without_locks(sql).replace("{keys}", f"(VALUES {marks})")


class SqliteEngine:
    """One file, and the lock file beside it."""

    constraints: ClassVar[tuple[type[Exception], ...]] = (
        apsw.ConstraintError,
        apsw.MismatchError,
        apsw.TooBigError,
        OverflowError,
        TypeError,
        UnicodeEncodeError,
    )
    failures: ClassVar[tuple[type[Exception], ...]] = (apsw.Error, OSError)

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._mutex = threading.Lock()
        self.durable = Log()
        self._lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._writer: apsw.Connection | None = None
        #: Of the writer's connection.
        self._index: WalIndex | None = None
        self._readers = Pool(_READERS, self._read_only, _Session.close)
        try:
            with self._locked():
                connection = self._writer = self._connect(
                    apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE, _WRITER_CACHE
                )
                with _transaction(connection):
                    migrate(_Session(connection), _script(connection), migrations("sqlite"))
                self._sync_folder()
                index = wal_index(connection)
                if index is not None and not index.sound(index.header.raw):
                    # An empty log has no name yet: its first commit gives it one, and changes nothing.
                    with _transaction(connection):
                        connection.pragma("user_version", connection.pragma("user_version"))
                self._follow(connection, index)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[_Session]:
        with self._committing() as session:
            yield session
        # The next writer is at it by now.
        self.durable.flush()

    @contextmanager
    def _committing(self) -> Iterator[_Session]:
        self.durable.check()
        # The lock is waited for here, not in SQLite's busy handler, which sleeps up to a tenth of a second.
        with self._locked():
            connection = self._writer
            if connection is None:
                connection = self._writer = self._connect(apsw.SQLITE_OPEN_READWRITE, _WRITER_CACHE)
                self._sync_folder()
                self._follow(connection, wal_index(connection))
            try:
                with _transaction(connection):
                    yield _Session(connection)
            except self.constraints:
                raise
            except self.failures:
                # What the file system said cannot be asked again: the next writer starts from a fresh look at the file.
                self._writer = None
                self._forget_index()
                connection.close(True)
                raise

    def claiming(self) -> AbstractContextManager[_Session]:
        return self.writing()

    def reading(self) -> Loan[_Session]:
        self.durable.shown()
        return self._readers.lend(self.failures)

    def clock(self) -> None:
        """The machine's is the one."""

    def pulse(self) -> WalIndex | None:
        return self._index

    def close(self) -> None:
        with self._mutex:
            self._forget_index()
            self.durable.close()
            self._readers.close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1

    def _follow(self, connection: apsw.Connection, index: WalIndex | None) -> None:
        """From here on ``connection`` commits without waiting for the disk, if its log can be flushed for it."""
        self._index = index
        if index is not None:
            self.durable.follow(self._path, index)
            connection.pragma("synchronous", "NORMAL")

    def _forget_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _connect(self, flags: int, kibibytes: int) -> apsw.Connection:
        connection = apsw.Connection(str(self._path), flags=flags, statementcachesize=400)
        connection.set_busy_timeout(_BUSY_MILLISECONDS)
        journal = connection.pragma("journal_mode", "wal")
        for name, value in (("synchronous", "FULL"), ("foreign_keys", "ON"), ("cache_size", -kibibytes)):
            connection.pragma(name, value)
        connection.pragma("wal_autocheckpoint", _CHECKPOINT_PAGES)
        # Else a statement is parsed and planned anew at every step whose values are others (built with STAT4).
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        check_settings(apsw.sqlite_lib_version(), journal, connection.pragma("synchronous"))
        if connection.pragma("foreign_keys") != 1:
            raise UnsafeSettings("SQLite a été construit sans clés étrangères.")
        return connection

    def _read_only(self) -> _Session:
        connection = self._connect(apsw.SQLITE_OPEN_READWRITE, _READER_CACHE)
        connection.pragma("query_only", "ON")
        return _Session(connection)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._mutex:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _sync_folder(self) -> None:
        # SQLite goes on when this fails at the making of the log; a power loss could then take the whole log.
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _transaction(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _script(connection: apsw.Connection) -> Callable[[str], None]:
    def run(text: str) -> None:
        connection.execute(text).fetchall()

    return run
