"""Revocations that race the POST, the render, the start of an attempt and the attempt; workers that race for one job.

What counts is the order in which things became durable: an attempt starts by the commit of its claim.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from service.ledger.verify import verify
from service.outbox.envelope import State
from service.store import Store, open_store
from service.store.unit import Unit
from tests.chaos import acts
from tests.delivery.backlog import TAKEN, Outage
from tests.dispatch.round import Round
from tests.house import House
from tests.waiting import PATIENCE

_WITHDRAWN: Final = {"decision": "withdrawn", "withdrawn_at": "2026-11-20T11:30:00+01:00"}
_PENDING: Final = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT})


@dataclass
class Order:
    """When, by one clock, claims began and what they took, and when a revocation was durable."""

    claims: list[tuple[float, list[str]]] = field(default_factory=list)
    #: When the claim began under which something was sent.
    sent: list[float] = field(default_factory=list)
    revoked: float = float("inf")
    here: threading.local = field(default_factory=threading.local)

    def sends(self) -> None:
        self.sent.append(self.here.claimed)


def _watched(store: Store, order: Order) -> None:
    claim, commit = store.claim, store.commit

    def claimed(*arguments: Any, **named: Any) -> Any:
        begun = order.here.claimed = time.perf_counter()
        leases = claim(*arguments, **named)
        order.claims.append((begun, [lease.envelope.id for lease in leases]))
        return leases

    def committed(unit: Unit) -> Any:
        links = commit(unit)
        if any(write.type == "Consent" for write in unit.writes):
            order.revoked = time.perf_counter()
        return links

    store.claim, store.commit = claimed, committed  # type: ignore[method-assign]  # watched


def revocations(database: str, folder: Path, seed: int, rounds: int) -> tuple[dict[str, list[str]], Counter[str]]:
    """The sets that must be empty, and how the rounds went."""
    draw = random.Random(f"{seed} revocations")
    store = open_store(database, test=True)
    house = House(store, folder, whole=True)
    persons = [one for one in acts.people(rounds * 2) if one.destinations == acts.ALL][:rounds]
    for door, some in (("consents", acts.consents(persons)), ("inclusions", acts.inclusions(persons))):
        for record in some:
            assert house.post(door, record).status_code == 201
    requests = acts.requests(seed, persons)
    found: dict[str, list[str]] = {"sent-after-revoke": [], "left-waiting": []}
    went: Counter[str] = Counter()
    others = acts.requests(seed + 1, persons)
    order = Order()
    _watched(store, order)
    for person in persons:
        ours = _race(house, order, next(requests), next(others), person, draw)
        found["sent-after-revoke"] += sorted(ours) if any(begun > order.revoked for begun in order.sent) else []
        # Posted between the look and the commit of the revocation: claimed, asked about, and not sent.
        late = [id_ for begun, ids in order.claims if begun > order.revoked for id_ in ids if id_ in ours]
        went["claimed after the revocation, and called off"] += len(late)
        for id_ in sorted(ours):
            envelope = store.envelope(id_)
            assert envelope is not None
            went[envelope.state.value] += 1
            if envelope.state in _PENDING:
                found["left-waiting"].append(id_)
    found["unproved"] = [str(fault) for fault in verify(store)]
    store.close()
    return found, went


def _race(
    house: House, order: Order, before: acts.Request, during: acts.Request, person: acts.Person, draw: random.Random
) -> set[str]:
    """One act waits, another is posted, a worker works, and the patient withdraws; gives the envelopes of both acts."""

    def post(request: acts.Request) -> Any:
        return house.app.test_client().post(request.path, data=request.body, content_type=request.content_type)

    answers: list[Any] = [post(before)]
    assert answers[0].status_code in (200, 201), answers[0].text
    round_ = Round(house, f"{acts.procedure_named(answers[0].data)}/_history/1")
    record = acts.consents([person])[0] | _WITHDRAWN
    order.claims, order.sent, order.revoked = [], [], float("inf")
    for place in round_.places.values():
        place.first = order.sends
    gate = threading.Barrier(3)
    runs: tuple[Callable[[], Any], ...] = (
        lambda: house.post("consents", record),
        lambda: answers.append(post(during)),
        round_.worker().drain,
    )
    threads = [threading.Thread(target=_late, args=(gate, one, draw.uniform(0, 0.03))) for one in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert order.revoked < float("inf"), "the consent is withdrawn"
    round_.worker().drain()
    accepted = [acts.procedure_named(one.data) for one in answers if one.status_code in (200, 201)]
    return {e.id for name in accepted for e in house.store.envelopes_of(f"{name}/_history/1")}


def _late(gate: threading.Barrier, do: Callable[[], Any], seconds: float) -> None:
    gate.wait(PATIENCE)
    time.sleep(seconds)
    do()


def workers(database: str, seed: int, rounds: int) -> list[str]:
    """Two to eight workers, each with a store of its own, and one backlog: nothing is attempted twice."""
    draw = random.Random(f"{seed} workers")
    store = open_store(database, test=True)
    twice: list[str] = []
    for number in range(rounds):
        filler = Outage(store, lambda envelope, now: TAKEN)
        filler.fill(6, recipients=3, prefix=f"{number:03}")
        count = draw.randint(2, 8)
        stores = [open_store(database, test=True) for _ in range(count)]
        outages = [Outage(one, lambda envelope, now: TAKEN, name=f"{number}-{n}") for n, one in enumerate(stores)]
        gate = threading.Barrier(count)
        threads = [threading.Thread(target=_late, args=(gate, one.worker.drain, 0)) for one in outages]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        attempted = Counter(tried.envelope.id for one in outages for tried in one.attempts)
        twice += [id_ for id_, times in attempted.items() if times > 1]
        twice += [f"round {number}: {len(attempted)} of 18"] if len(attempted) != 18 else []
        for one in stores:
            one.close()
    store.close()
    return twice
