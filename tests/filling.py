"""What a store holds, kept by the tests that filled one, and put into another that is empty: faster than filling it again.

Rows as they are, of either engine, in one commit. That the other store is then as if it had been filled is itself tested
(``tests/intake/test_filling.py``).
"""

from collections.abc import Mapping

from service.store import Store
from service.store.engine import TABLES, Row

#: Beside those that are written in bulk, what a service that was never called out of its house has rows in.
_OTHERS = ("chain_head", "index_vocabulary", "subscription_change")

Contents = Mapping[str, list[Row]]


def contents_of(store: Store) -> Contents:
    with store._engine.reading() as session:
        bulk = {table: session.rows(f"SELECT {_columns(table)} FROM {table}") for table in TABLES}
        others = {table: session.rows(f"SELECT * FROM {table}") for table in _OTHERS}
    return bulk | others


def put(contents: Contents, store: Store) -> None:
    """``store`` has just been opened, and is empty."""
    with store._engine.writing() as session:
        for table, rows in contents.items():
            if table in TABLES:
                session.insert(table, rows)
                continue
            session.run_all(f"DELETE FROM {table}", [()])
            if rows:
                session.run_all(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)


def _columns(table: str) -> str:
    return ", ".join(name for name, _ in TABLES[table])
