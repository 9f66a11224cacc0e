"""kill -9 in the middle of commits: what was acknowledged is there, whole; what was not is there whole or not at all."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from service.ledger.verify import verify
from service.store import open_store
from tests.stores import search
from tests.waiting import PATIENCE

#: Commits from four threads, and says on a line of its own each act that was acknowledged.
CHILD = """
import os, sys, threading
from service.store import open_store
from tests.stores import act
store = open_store(sys.argv[1], test=True)
def work(thread):
    n = 0
    while True:
        id = f"{sys.argv[2]}-{thread}-{n}"
        store.commit(act(id))
        os.write(1, f"{id}\\n".encode())
        n += 1
for thread in range(4):
    threading.Thread(target=work, args=(thread,)).start()
"""


def kill_while_writing(url: str, name: str, seconds: float) -> list[str]:
    """Ids that the child acknowledged before it was killed."""
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, name],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read()
    child.stdout.close()
    child.wait(PATIENCE)
    assert first, "the child never committed"
    # The last line may be cut.
    return [line.decode() for line in (first + rest).split(b"\n")[:-1]]


def test_nothing_acknowledged_is_lost(database: str) -> None:
    instants = random.Random(7)
    acknowledged: list[str] = []
    for round in range(4):
        acknowledged += kill_while_writing(database, f"r{round}", instants.uniform(0, 0.3))
        store = open_store(database, test=True)
        stored = {version.id.rpartition("-")[0] for version in search(store, count=1_000_000)}
        assert set(acknowledged) <= stored
        for id in stored:
            assert store.request("client", f"{id}-a") is not None
            assert store.document(id) is not None
            assert len(store.envelopes_of(f"Procedure/{id}/_history/1")) == 3
        assert verify(store) == []
        store.close()
    assert len(acknowledged) >= 4
