"""All the rows of a store, read behind its back."""

from abc import ABC, abstractmethod
from typing import Any, Final

import apsw
import psycopg

Row = tuple[Any, ...]
#: By table, all its rows in an order of their own.
Dump = dict[str, list[Row]]

_SQLITE: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_POSTGRES: Final = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


class Rows(ABC):
    """A connection of its own. What nobody wrote to since the last dump is not read again."""

    #: SQL that names them.
    tables: str
    #: SQL whose answer changes whenever another connection has committed, or (PostgreSQL) has begun to write.
    stamp: str

    def __init__(self) -> None:
        self._stamp: list[Row] = []
        self._dump: Dump = {}

    def dump(self) -> Dump:
        """A table without a change is the same list as before."""
        now = self.ask(self.stamp)
        if now != self._stamp:
            read = {name: sorted(self.ask(f"SELECT * FROM {name}"), key=repr) for (name,) in self.ask(self.tables)}
            self._dump = {
                name: self._dump[name] if rows == self._dump.get(name) else rows for name, rows in read.items()
            }
            self._stamp = now
        return self._dump

    @abstractmethod
    def ask(self, sql: str) -> list[Row]: ...

    @abstractmethod
    def close(self) -> None: ...


class _Sqlite(Rows):
    tables, stamp = _SQLITE, "PRAGMA data_version"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._connection = apsw.Connection(url.removeprefix("sqlite:///"))

    def ask(self, sql: str) -> list[Row]:
        return self._connection.execute(sql).fetchall()

    def close(self) -> None:
        self._connection.close()


class _Postgres(Rows):
    tables, stamp = _POSTGRES, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._connection = psycopg.connect(url, autocommit=True)

    def ask(self, sql: str) -> list[Row]:
        return self._connection.execute(sql.encode()).fetchall()

    def close(self) -> None:
        self._connection.close()


def rows_of(url: str) -> Rows:
    return _Sqlite(url) if url.startswith("sqlite") else _Postgres(url)
