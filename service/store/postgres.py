"""PostgreSQL through psycopg 3: one writer by an advisory lock, claims by SKIP LOCKED, reads from the primary only."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, ClassVar

import psycopg
from psycopg.conninfo import conninfo_to_dict

from service.store.durable import Always
from service.store.engine import TABLES, Row, UnsafeSettings
from service.store.pool import Pool
from service.store.schema import migrate, migrations
from service.store.terms import rows_of_terms
from service.unusable import Unusable

_OLDEST = 150_000
_CONNECTIONS = 8
#: Key of the advisory lock: "binome" in ASCII.
_LOCK = 0x62696E6F6D65
#: After these the connection, maybe the server, is gone.
_FATAL = (psycopg.OperationalError, psycopg.InterfaceError)
_ARRAYS = {"t": "text[]", "i": "bigint[]", "b": "bytea[]"}


def check_server(version: int, settings: dict[str, str], *, recovering: bool, test: bool = False) -> None:
    """Raise ``UnsafeSettings`` unless an acknowledged commit survives a crash; a test may do without the disk."""
    if version < _OLDEST:
        raise UnsafeSettings(
            f"BINOME_DATABASE : PostgreSQL {version // 10_000} est trop ancien, il faut la version 15 ou une suivante."
        )
    if recovering:
        raise UnsafeSettings("BINOME_DATABASE : ce serveur est une réplique, rien ne peut se décider sur ce qu’il dit.")
    if settings["synchronous_commit"] not in ("on", "remote_apply"):
        raise UnsafeSettings(
            "BINOME_DATABASE : synchronous_commit doit valoir on, sinon une panne emporterait des actes confirmés."
        )
    for name in ("fsync", "full_page_writes"):
        if settings[name] != "on" and not test:
            raise UnsafeSettings(
                f"BINOME_DATABASE : {name} doit valoir on, sinon une coupure de courant emporterait des actes confirmés."
            )


class _Session:
    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        return self._connection.execute(_dialect(sql), values, binary=True).fetchall()

    def rows_of(self, sql: str, kinds: str, keys: Sequence[Row]) -> list[Row]:
        if not keys:
            return []
        arrays = ",".join(f"%b::{_ARRAYS[kind]}" for kind in kinds)
        names = ",".join(f"column{i}" for i in range(1, len(kinds) + 1))
        statement = _dialect(sql).replace(b"{keys} AS k", f"unnest({arrays}) AS k({names})".encode())
        return self._connection.execute(statement, _columns(keys), binary=True).fetchall()

    def run_all(self, sql: str, rows: Iterable[Row]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_dialect(sql), rows)

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            self._connection.execute(_insertion(table), _columns(rows))

    def delete(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            self._connection.execute(_deletion(table), _columns(rows))

    def enter_terms(self, terms: Mapping[int, Sequence[int]]) -> None:
        self.insert("index_term", rows_of_terms(terms))

    def take_terms(self, terms: Mapping[int, Sequence[int]]) -> None:
        self.delete("index_term", rows_of_terms(terms))


def _columns(rows: Sequence[Row]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


# Bounded: searches have as many texts as their callers have shapes.
@lru_cache(maxsize=1024)
def _dialect(sql: str) -> bytes:
    statement = (
        sql.replace("?", "%s").replace("{lock}", "FOR UPDATE OF e").replace("{skip}", "FOR UPDATE OF e SKIP LOCKED")
    )
    return statement.encode()


@cache
def _insertion(table: str) -> bytes:
    names = ",".join(name for name, _ in TABLES[table])
    arrays = ",".join(f"%b::{_ARRAYS[kind]}" for _, kind in TABLES[table])
    conflict = " ON CONFLICT DO NOTHING" if table.startswith("index_") else ""
    return f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}){conflict}".encode()


@cache
def _deletion(table: str) -> bytes:
    names = ",".join(name for name, _ in TABLES[table])
    arrays = ",".join(f"%b::{_ARRAYS[kind]}" for _, kind in TABLES[table])
    same = " AND ".join(f"t.{name} = k.{name}" for name, _ in TABLES[table])
    return f"DELETE FROM {table} t USING unnest({arrays}) AS k({names}) WHERE {same}".encode()


class PostgresEngine:
    """One database of a server; processes on any number of machines may share it."""

    constraints: ClassVar[tuple[type[Exception], ...]] = (
        psycopg.IntegrityError,
        psycopg.DataError,
        psycopg.errors.ProgramLimitExceeded,
        psycopg.errors.RaiseException,
        OverflowError,
        TypeError,
        UnicodeEncodeError,
    )
    failures: ClassVar[tuple[type[Exception], ...]] = (psycopg.Error, OSError)

    def __init__(self, url: str, *, test: bool = False) -> None:
        self._url = _well_formed(url)
        self._test = test
        #: A commit is seen by nobody before it is flushed.
        self.durable = Always()
        self._writers = Pool(1, self._connect, psycopg.Connection.close)
        self._connections = Pool(_CONNECTIONS, self._connect, psycopg.Connection.close)
        try:
            with self._writers.lend(_FATAL) as connection, _transaction(connection):
                _take_writer_lock(connection)
                migrate(_Session(connection), _script(connection), migrations("postgresql"))
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[_Session]:
        with self._writers.lend(_FATAL) as connection, _transaction(connection):
            _take_writer_lock(connection)
            yield _Session(connection)

    @contextmanager
    def claiming(self) -> Iterator[_Session]:
        with self._connections.lend(_FATAL) as connection, _transaction(connection):
            yield _Session(connection)

    @contextmanager
    def reading(self) -> Iterator[_Session]:
        with self._connections.lend(_FATAL) as connection:
            yield _Session(connection)

    def clock(self) -> dt.datetime:
        with self.reading() as session:
            ((now,),) = session.rows("SELECT clock_timestamp()")
        return now.astimezone(dt.UTC)  # type: ignore[no-any-return]  # a timestamptz

    def pulse(self) -> None:
        """Who commits tells the server alone: to know of it is to ask, which is what a read does."""

    def close(self) -> None:
        self._writers.close()
        self._connections.close()

    def _connect(self) -> psycopg.Connection[Row]:
        connection = psycopg.Connection.connect(self._url, autocommit=True, prepare_threshold=2)
        try:
            connection.execute("SET synchronous_commit = on")
            settings = {
                name: _one(connection, f"SELECT current_setting('{name}')")
                for name in ("synchronous_commit", "fsync", "full_page_writes")
            }
            recovering = bool(_one(connection, "SELECT pg_is_in_recovery()"))
            check_server(connection.info.server_version, settings, recovering=recovering, test=self._test)
        except BaseException:
            connection.close()
            raise
        return connection


def _well_formed(url: str) -> str:
    """The same; ``ValueError``, which says nothing of it, for one of which an error would tell a piece of the password.

    A driver that cannot read a url repeats it; a password with ``@``, ``/`` or ``:`` unescaped passes for the name of the
    host, of the port or of the database.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parts = {"host": "@"}
    shown = [str(parts.get(name, "")) for name in ("host", "port", "dbname")]
    if any("@" in one for one in shown) or not all(map(str.isdecimal, shown[1].replace(",", " ").split())):
        raise Unusable(
            "BINOME_DATABASE n’est pas une adresse PostgreSQL : dans le nom et le mot de passe, ce qui n’est ni lettre "
            "ni chiffre s’écrit %XX."
        )
    return url


def _one(connection: psycopg.Connection[Row], sql: str) -> Any:
    row = connection.execute(sql.encode()).fetchone()
    return row[0] if row else None


def _take_writer_lock(connection: psycopg.Connection[Row]) -> None:
    connection.execute(b"SELECT pg_advisory_xact_lock(%b)" % str(_LOCK).encode())


@contextmanager
def _transaction(connection: psycopg.Connection[Row]) -> Iterator[None]:
    connection.execute(b"BEGIN")
    try:
        yield
        connection.execute(b"COMMIT")
    except BaseException:
        if not connection.closed:
            connection.execute(b"ROLLBACK")
        raise


def _script(connection: psycopg.Connection[Row]) -> Callable[[str], None]:
    def run(text: str) -> None:
        connection.execute(text.encode())

    return run
