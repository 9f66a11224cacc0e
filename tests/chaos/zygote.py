"""``python -m tests.chaos.zygote``: everything is imported once; each order forks a worker that dies, stops or drains.

An order is a line of JSON on its input, the answer a line on its output: how the child ended, or each of a crowd that worked
at the same time. The children deliver in one
thread, by a clock that the orders put forward: no lease and no pause is ever waited for.
"""

import datetime as dt
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from service import failpoints
from service.clients.dmp.client import DmpClient
from service.clock import random_identifiers, system_clock
from service.config import Settings, settings_from
from service.delivery.worker import Worker
from service.outbox.envelope import Destination
from service.records.catalogue import catalogue_of
from service.store import open_store
from service.worker import compose

#: Beyond any lease, and beyond any pause between two attempts.
_AHEAD = dt.timedelta(minutes=31)
#: Seconds between two looks of a worker that others work beside.
_MOMENT = 0.02


def work(order: dict[str, Any]) -> None:
    """``turns`` times: deliver what is due, then as if half an hour had passed."""
    settings = settings_from(order["environment"])
    if order.get("failpoint"):
        failpoints.arm(order["failpoint"])
    base, ahead = dt.datetime.fromisoformat(order["now"]) - system_clock(), dt.timedelta()
    store = open_store(settings.database, test=True)
    passed = Path(order["clock"])

    def clock() -> dt.datetime:
        # Who was stopped finds that time has passed meanwhile.
        return max(system_clock() + base + ahead, dt.datetime.fromisoformat(passed.read_text()))

    dispatch = compose(settings, store, clock=clock)
    # Assertions are made and judged by the true time.
    shared = dispatch.clients[Destination.DMP]
    record = replace(shared.record, now=system_clock)  # type: ignore[attr-defined]  # the client of the shared record
    clients = {**dispatch.clients, Destination.DMP: DmpClient(record)}
    worker = Worker(store, replace(dispatch, clients=clients), settings, clock, random_identifiers)
    for _ in range(order["turns"]):
        worker.drain()
        for _ in range(order.get("looks", 0)):
            # What another had its hand on a moment ago.
            time.sleep(_MOMENT)
            worker.drain()
        ahead += _AHEAD
    store.close()


def child(order: dict[str, Any]) -> int:
    """Its process id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work(order)
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def ended(pid: int) -> str:
    """``killed``, ``stopped`` or ``done``; anything else is a defect."""
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return "stopped"
    if os.WIFSIGNALED(status):
        return "killed" if os.WTERMSIG(status) == signal.SIGKILL else f"signal {os.WTERMSIG(status)}"
    return "done" if os.WEXITSTATUS(status) == 0 else "failed"


def main() -> None:
    # Read once, for every child.
    catalogue_of(Path(Settings().protocols))
    for line in sys.stdin:
        order = json.loads(line)
        if "go_on" in order:
            pid = order["go_on"]
            os.kill(pid, signal.SIGCONT)
            answer = {"pid": pid, "ended": ended(pid)}
        elif "crowd" in order:
            for pid in order["go_on_beside"]:
                os.kill(pid, signal.SIGCONT)
            pids = [*order["go_on_beside"], *map(child, order["crowd"])]
            answer = {"crowd": [{"pid": pid, "ended": ended(pid)} for pid in pids]}
        else:
            begun = time.monotonic()
            pid = child(order)
            answer = {"pid": pid, "ended": ended(pid), "seconds": round(time.monotonic() - begun, 2)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
