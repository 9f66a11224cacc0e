"""A signing key, made once, and a sandbox that trusts it."""

from collections.abc import Iterator

import pytest

from service.clients.seal import SigningKey, development_key
from service.sandbox.server import Sandbox
from tests.clients.sealed_things import NOW


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


@pytest.fixture
def listening(signing_key: SigningKey) -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW, trusted=[signing_key.certificate]) as started:
        yield started
