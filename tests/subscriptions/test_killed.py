"""kill -9 of the delivery process in the middle of a notification: told again, in order, under the same number."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from pathlib import Path

import pytest

from service.clock import random_identifiers, system_clock
from service.processes import children
from service.sandbox.server import Sandbox
from service.store import Store, open_store
from service.store.unit import Unit
from service.writes import stamped, write_of
from tests.subscriptions.whole import BACKPORT, Subscribed, numbers_of
from tests.waiting import PATIENCE, until

EVENTS = 9
#: Until it is killed.
CHILD = """
import sys
from service.clock import random_identifiers, system_clock
from service.processes import children
from service.config import Settings
from service.store import open_store
from service.subscriptions.composing import rounds
settings = Settings(
    keys=sys.argv[2], attempt_seconds=2, lease_seconds=3, retry_base_seconds=1, retry_cap_seconds=1, lanes=2,
    subscription_targets=sys.argv[3], subscription_networks="127.0.0.1/32",
)
rounds(settings, open_store(sys.argv[1], test=True), system_clock, random_identifiers).run()
"""


@contextmanager
def notifying(url: str, keys: Path, target: str) -> Iterator[subprocess.Popen[bytes]]:
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(keys), target],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    try:
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE)


def subscription(endpoint: str) -> dict[str, object]:
    return {
        "resourceType": "Subscription",
        "id": "s",
        "status": "requested",
        "reason": "Essai",
        "criteria": "Task?status=requested",
        "channel": {
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{BACKPORT}backport-payload-content", "valueCode": "id-only"}]},
            "extension": [{"url": f"{BACKPORT}backport-max-count", "valuePositiveInt": 1}],
        },
    }


def commit(store: Store, resource: dict[str, object]) -> None:
    now = system_clock()
    store.commit(Unit(chain="c", recorded=now, writes=(write_of(stamped(resource, 1, now), 1),)))


@pytest.mark.slow
def test_killed_in_mid_delivery(database: str, keys: Path, sandbox: Sandbox) -> None:
    told = Subscribed.__new__(Subscribed)
    told.sandbox = sandbox
    store = open_store(database, test=True)
    commit(store, subscription(sandbox.subscriber_url("abonne")))

    def delivered() -> int:
        progress = store.progress("s")
        assert progress is not None
        return progress.delivered

    def active() -> bool:
        stored = store.read("Subscription", "s")
        return stored is not None and b'"active"' in stored.body

    with notifying(database, keys, sandbox.http_url):
        until(active)
    for n in range(EVENTS):
        commit(store, {"resourceType": "Task", "id": random_identifiers(), "status": "requested", "intent": "order"})
        if n % 4 == 2:
            # Longer than an attempt: no answer comes before the kill, however late that is.
            told.fault("slow", seconds=3)
            (order,) = [fault for fault in sandbox.state.faults.orders() if fault.times]
            with notifying(database, keys, sandbox.http_url):
                until(partial(attrgetter("struck"), order))
            # Killed here, before the answer.
    with notifying(database, keys, sandbox.http_url):
        until(lambda: delivered() == EVENTS)
    # What was slow is noted once it has been.
    until(lambda: len(told.notifications()) > EVENTS)
    numbers = [number for bundle in told.notifications() for number in numbers_of(bundle)]
    assert sorted(set(numbers)) == list(range(1, EVENTS + 1))
    assert len(numbers) > EVENTS, "what was under way when it was killed is told again"
    highest = 0
    for number in numbers:
        assert number <= highest + 1
        highest = max(highest, number)
    # Each number is always about the same thing.
    focuses: dict[int, set[str]] = {}
    for number, version in store.events("s", 1, 100, 100):
        focuses.setdefault(number, set()).add(version.id)
    assert all(len(about) == 1 for about in focuses.values())
    store.close()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_the_worker_command_notifies_and_ends_when_asked(tmp_path: Path, sandbox: Sandbox) -> None:
    url = f"sqlite:///{tmp_path / 'binome.sqlite'}"
    store = open_store(url)
    commit(store, subscription(sandbox.subscriber_url("abonne")))
    environment = {
        "BINOME_DATABASE": url,
        "BINOME_KEYS": str(tmp_path / "keys"),
        "BINOME_EXPORTS": str(tmp_path / "exports"),
        "BINOME_SUBSCRIPTION_TARGETS": sandbox.http_url,
    }
    with children([("worker",)], environment) as (worker,):
        until(lambda: sandbox.state.subscribers.of("abonne"))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
    stored = store.read("Subscription", "s")
    assert stored is not None
    assert b'"active"' in stored.body
    store.close()
