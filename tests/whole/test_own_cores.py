"""The web processes share out the cores, each with all its threads; a process in the place of a dead one too."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.processes import children, free_ports, wait_until_ready
from tests.waiting import until
from tests.whole.cores import CORES, TO_SHARE, are_shared_out, cores_of, descendants

pytestmark = TO_SHARE


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[int]:
    """Pid of the command, once it answers."""
    (port,) = free_ports(1)
    environment = {
        "BINOME_PORT": str(port),
        "BINOME_DATABASE": f"sqlite:///{folder / 'binome.sqlite'}",
        "BINOME_KEYS": str(folder / "keys"),
        "BINOME_PROCESSES": "2",
        **settings,
    }
    with children([("serve",)], environment) as (process,):
        wait_until_ready(f"http://127.0.0.1:{port}/readyz")
        yield process.pid


def test_each_web_process_keeps_to_its_cores(tmp_path: Path) -> None:
    with served(tmp_path) as pid:
        until(lambda: are_shared_out(pid))
        dead = descendants(pid)[0]
        os.kill(dead, signal.SIGKILL)
        until(lambda: dead not in descendants(pid) and are_shared_out(pid))


def test_they_run_anywhere_where_a_setting_says_so(tmp_path: Path) -> None:
    with served(tmp_path, BINOME_OWN_CORES="0") as pid:
        until(lambda: len(descendants(pid)) == 2)
        assert [cores_of(one) for one in descendants(pid)] == [{frozenset(CORES)}] * 2
