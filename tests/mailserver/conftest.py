"""One Postfix for all tests that want a real mail server."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tests.certificates import certificate
from tests.mailserver.postfix import Postfix, postfix

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
Files = tuple[str, str]


@pytest.fixture(scope="session")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificate(tmp_path_factory.mktemp("postfix"), "operator", LOOPBACK)


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificate(tmp_path_factory.mktemp("ours"), "structure", LOOPBACK)


@pytest.fixture(scope="session")
def server(theirs: Files, ours: Files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postfix]:
    # Read by the server's own user too.
    for path in (Path(theirs[0]), Path(ours[0])):
        path.chmod(0o644)
    with postfix(BOXES, theirs, believed=ours[0]) as running:
        yield running


SENDER = "cr-delegation@msp-tilleuls.formation.mssante.fr"
DOCTOR = "hugo.weber-fictif@medecin.formation.mssante.fr"
#: Each its own, so that no test reads another's letters.
DOCTORS = [f"docteur{n}-fictif@medecin.formation.mssante.fr" for n in range(10)]
SENDERS = [f"structure{n}@msp-tilleuls.formation.mssante.fr" for n in range(10)]
BOXES = [SENDER, DOCTOR, *DOCTORS, *SENDERS]
