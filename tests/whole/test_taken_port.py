"""A port that somebody else holds is told in a sentence, and nothing is begun."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("asked", [("serve",), ("serve", "--demonstration")])
def test_a_taken_port_ends_the_start_with_a_sentence(tmp_path: Path, asked: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = {
            "BINOME_PORT": str(port),
            "BINOME_DATABASE": f"sqlite:///{tmp_path / 'binome.sqlite'}",
            "BINOME_KEYS": str(tmp_path / "keys"),
        }
        ended = subprocess.run(
            [sys.executable, "-m", "service.cli", *asked],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"Rien ne peut être servi sur 127.0.0.1, port {port} : il est déjà pris, ou n’est pas permis. "
        "BINOME_PORT en donne un autre."
    ]
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []
