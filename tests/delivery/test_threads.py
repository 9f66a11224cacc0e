"""The loop with its threads: what hangs holds up itself alone, claims are bounded, and a stop finishes what is under way."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.outbox.envelope import Destination, Envelope
from service.outbox.receipt import Receipt
from service.store import Store
from tests.delivery.backlog import TAKEN, Outage
from tests.waiting import PATIENCE, until


@contextmanager
def at_work(outage: Outage, go_on: threading.Event) -> Iterator[threading.Thread]:
    """The loop; at the end it is stopped, and what hangs until ``go_on`` goes on."""
    running = threading.Thread(target=outage.worker.run)
    running.start()
    try:
        yield running
    finally:
        outage.worker.stop()
        go_on.set()
        running.join(PATIENCE)


def test_what_hangs_holds_up_itself_alone(store: Store) -> None:
    go_on = threading.Event()

    def answer(envelope: Envelope, _: dt.datetime) -> Receipt:
        if envelope.destination is Destination.DMP:
            go_on.wait(PATIENCE)
        return TAKEN

    outage = Outage(store, answer)
    outage.fill(40)
    with at_work(outage, go_on) as running:
        mails = (Destination.MSSANTE_PATIENT, Destination.MSSANTE_PROFESSIONAL)
        until(lambda: all(store.backlog().get((one.value, "accepted")) == 40 for one in mails))
        # Claimed is what is under way, and no more: the leases of the others do not run.
        assert store.backlog()["dmp", "sending"] == outage.settings.lanes
        assert store.backlog()["dmp", "queued"] == 40 - outage.settings.lanes
        assert outage.of(Destination.DMP) == []
    assert not running.is_alive()
    # What was under way is finished, and nothing begun after the stop.
    assert store.backlog()["dmp", "accepted"] == outage.settings.lanes
    assert ("dmp", "sending") not in store.backlog()


def test_what_is_claimed_ahead_waits_for_a_place_in_its_lane(store: Store) -> None:
    go_on, under_way, most = threading.Event(), list[str](), list[int]()

    def answer(envelope: Envelope, _: dt.datetime) -> Receipt:
        if envelope.destination is Destination.DMP and len(under_way) + len(most) > 0:
            under_way.append(envelope.id)
            go_on.wait(PATIENCE)
            most.append(len(under_way))
            under_way.remove(envelope.id)
        elif envelope.destination is Destination.DMP:
            most.append(1)
        return TAKEN

    outage = Outage(store, answer)
    outage.fill(40)
    with at_work(outage, go_on):
        # It answered soon, and more than its places are claimed for it.
        until(lambda: store.backlog().get(("dmp", "sending"), 0) > outage.settings.lanes)
        until(lambda: len(under_way) >= outage.settings.lanes)
        go_on.set()
        until(lambda: store.backlog().get(("dmp", "accepted")) == 40)
    assert max(most) == outage.settings.lanes
