"""A server that runs while the clients of others call it: started once, ended by its own process group."""

from collections.abc import Iterator

import pytest

from conformance.server import Server, serving
from tests.clientsuites.claims import Claims


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture(scope="session")
def claims(server: Server) -> Claims:
    return Claims(server.fhir)
