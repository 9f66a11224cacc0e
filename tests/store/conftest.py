"""The stores of both engines, one that keeps what it read, and a process beside."""

from tests.store.keeping import mine, url
from tests.store.neighbour import neighbour
from tests.stores import database, postgres_server, store

__all__ = ["database", "mine", "neighbour", "postgres_server", "store", "url"]
