"""The journey, played once for everybody who judges what it emitted."""

import pytest

from tests.conformance.journey import Journey, play


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    return play(tmp_path_factory.mktemp("journey"))
