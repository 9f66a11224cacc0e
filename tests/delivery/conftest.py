"""An empty store of each engine, and the keys of a house."""

from tests.dispatch.conftest import keys
from tests.stores import database, postgres_server, store

__all__ = ["database", "keys", "postgres_server", "store"]
