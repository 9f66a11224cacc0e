from collections.abc import Iterator

import pytest

from service.sandbox.server import Sandbox
from tests.sandbox.caller import NOW, Seal, seal


@pytest.fixture(scope="session")
def structure() -> Seal:
    return seal()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW) as started:
        yield started


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW) as started:
        yield started
