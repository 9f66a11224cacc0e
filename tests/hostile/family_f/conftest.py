"""The two houses that the family is played at."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.hostile.conftest import nothing_is_called
from tests.hostile.family_f.twins import Twins
from tests.postgres import fresh_database
from tests.stores import postgres_server

__all__ = ["nothing_is_called", "postgres_server"]


@pytest.fixture(scope="module")
def twins(postgres_server: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """One house over each engine; over SQLite twice where there is no PostgreSQL, so that all but one property is held."""
    folder = tmp_path_factory.mktemp("twins")
    with ExitStack() as stack:
        other = (
            stack.enter_context(fresh_database(postgres_server)) if postgres_server else f"sqlite:///{folder}/2.sqlite"
        )
        pair = Twins((f"sqlite:///{folder}/1.sqlite", other), folder)
        stack.callback(pair.close)
        yield pair
