"""An empty store of each engine."""

from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]
