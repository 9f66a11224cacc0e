"""A signing key, made once, and a sandbox that trusts it."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from service.clients.dmp.publish import publish
from service.clients.seal import SigningKey, development_key
from service.outbox.receipt import Outcome
from service.sandbox import interference
from service.sandbox.server import Sandbox
from tests.clients.overtime import Over
from tests.clients.record import DOCUMENT, reached, sealed
from tests.clients.sealed_things import NOW


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


@pytest.fixture
def listening(signing_key: SigningKey) -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW, trusted=[signing_key.certificate]) as started:
        yield started


@pytest.fixture
def fed(listening: Sandbox, signing_key: SigningKey) -> Sandbox:
    """The sandbox that has the report of the tests (``tests.clients.record``)."""
    assert publish(reached(listening, signing_key), sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    return listening


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Over:
    return Over(monkeypatch)


@pytest.fixture
def slowness(over: Over, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that is told to be slow takes all the time of whoever asks, and none of the machine's."""
    monkeypatch.setattr(interference, "time", SimpleNamespace(sleep=lambda _: over()))
