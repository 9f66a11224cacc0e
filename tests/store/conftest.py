"""The stores of both engines, and a process beside."""

from tests.store.neighbour import neighbour
from tests.stores import database, postgres_server, store

__all__ = ["database", "neighbour", "postgres_server", "store"]
