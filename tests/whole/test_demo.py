"""``make demo`` as a newcomer runs it: three processes, real sockets, exit 0, and each receiver's identifiers."""

import subprocess
import sys

import pytest


@pytest.mark.timeout(180)
def test_the_demonstration_holds_and_names_what_each_receiver_saw() -> None:
    played = subprocess.run(
        [sys.executable, "-m", "service.cli", "demo"], capture_output=True, text=True, timeout=170, check=False
    )
    assert played.returncode == 0, played.stderr[-2000:]
    for told in ("uniqueId 1.2.250.", "entryUUID urn:uuid:", "réponse de l’opérateur", "chaîne intacte"):
        assert told in played.stdout
    assert played.stdout.count("Message-ID <") == 2
