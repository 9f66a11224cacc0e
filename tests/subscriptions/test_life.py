"""The life of one subscription, whatever comes in whatever order: nothing is lost, left out, or told out of order."""

import datetime as dt
import json
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from mappings.fhir.json import dump, parse
from mappings.fhir.subscription import kept
from service.clients.resthook.send import Parcel
from service.clock import random_identifiers
from service.outbox.receipt import Outcome, Receipt
from service.outbox.retry import RetryPolicy
from service.store import Store
from service.store.subscriptions import NotificationLease
from service.store.unit import Fenced, Stale, Unit
from service.subscriptions.concealment import Concealment
from service.subscriptions.notifier import Notifier
from service.writes import stamped, write_of
from tests.subscriptions.whole import BACKPORT, numbers_of

LEASE = 60
RUNS = count()


class Target:
    """Answers what it is told to, and remembers what it took."""

    def __init__(self) -> None:
        self.answer = Outcome.ACCEPTED
        self.seen: list[list[int]] = []
        self.taken: list[int] = []

    def send(self, parcel: Parcel, timeout: float = 0) -> Receipt:
        numbers = numbers_of(json.loads(parcel.body))
        # An answer that was lost may have been a yes.
        if numbers and self.answer in (Outcome.ACCEPTED, Outcome.IN_DOUBT):
            self.seen.append(numbers)
        if self.answer is Outcome.ACCEPTED:
            self.taken += numbers
        return Receipt(self.answer, "" if self.answer is Outcome.ACCEPTED else "503")


class Life(RuleBasedStateMachine):
    """A Subscription to the Tasks of one owner that no other run uses."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.now = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
        self.name = f"life-{next(RUNS)}-{random_identifiers()}"
        self.target = Target()
        self.notifier = Notifier(
            store=self.store,
            clock=lambda: self.now,
            ids=random_identifiers,
            policy=RetryPolicy(budget=dt.timedelta(hours=1)),
            draw=lambda: 1.0,
            hook=self.target,
            concealment=Concealment("test"),
            base="https://binome.example/fhir",
        )
        self.leases: list[NotificationLease] = []
        self.tasks = 0
        #: Ids of the Tasks that are events, in their order.
        self.expected: list[str] = []
        self.begun = False
        self._write(
            {
                "resourceType": "Subscription",
                "id": self.name,
                "status": "requested",
                "reason": "Essai",
                "criteria": f"Task?owner=Device/{self.name}",
                "channel": {
                    "type": "rest-hook",
                    "endpoint": "https://abonne.example/x",
                    "payload": "application/fhir+json",
                    "_payload": {"extension": [{"url": f"{BACKPORT}backport-payload-content", "valueCode": "empty"}]},
                    "extension": [{"url": f"{BACKPORT}backport-max-count", "valuePositiveInt": 2}],
                },
            },
            1,
        )

    def _write(self, resource: dict[str, Any], version: int, previous: dict[str, Any] | None = None) -> None:
        made = stamped(resource, version, self.now)
        self.store.commit(Unit(chain="c", recorded=self.now, writes=(write_of(made, version, previous=previous),)))

    @property
    def resource(self) -> dict[str, Any]:
        stored = self.store.read("Subscription", self.name)
        assert stored is not None
        return parse(stored.body)

    @rule(matches=st.booleans())
    def something_is_written(self, matches: bool) -> None:
        status = self.resource["status"]
        self.begun |= status == "active"
        self.tasks += 1
        id_ = f"{self.name}-{self.tasks}"
        owner = f"Device/{self.name}" if matches else "Device/nobody"
        task = {
            "resourceType": "Task",
            "id": id_,
            "status": "requested",
            "intent": "order",
            "owner": {"reference": owner},
        }
        self._write(task, 1)
        if matches and self.begun and status != "off":
            self.expected.append(id_)

    @rule(status=st.sampled_from(["requested", "active", "off"]), reason=st.sampled_from(["Un", "Deux"]))
    def the_client_writes(self, status: str, reason: str) -> None:
        before = self.resource
        self.begun |= before["status"] == "active"
        after = kept({**before, "status": status, "reason": reason}, before)
        if after != before:
            self._write(after, int(before["meta"]["versionId"]) + 1, before)
            self.begun &= status != "off"

    @rule()
    def somebody_claims(self) -> None:
        found = self.store.claim_notifications(self.now, LEASE, 1000, random_identifiers)
        self.leases += [one for one in found if one.subscription == self.name]

    @precondition(lambda self: self.leases)
    @rule(answer=st.sampled_from([Outcome.ACCEPTED, Outcome.ACCEPTED, *Outcome]), data=st.data())
    def the_target_is_told(self, answer: Outcome, data: st.DataObject) -> None:
        lease = self.leases.pop(data.draw(st.integers(0, len(self.leases) - 1)))
        self.target.answer = answer
        taken = list(self.target.taken)
        try:
            self.notifier.notify(lease)
        except (Fenced, Stale):
            # What it took is told again: it knows it by its number.
            self.target.taken = taken

    @precondition(lambda self: self.leases)
    @rule()
    def the_process_dies(self) -> None:
        self.leases.clear()

    @rule(seconds=st.sampled_from([1, LEASE, 1800, 7200]))
    def time_passes(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)

    @invariant()
    def every_event_is_numbered_once_in_its_order(self) -> None:
        events = self.store.events(self.name, 1, 10_000, 10_000)
        assert [number for number, _ in events] == list(range(1, len(self.expected) + 1))
        assert [version.id for _, version in events] == self.expected

    @invariant()
    def nothing_is_left_out_or_told_out_of_order(self) -> None:
        told = 0
        for numbers in self.target.seen:
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
            assert numbers[0] <= told + 1
            told = max(told, numbers[-1])
        progress = self.store.progress(self.name)
        assert progress is not None
        assert self.target.taken == list(range(1, progress.delivered + 1))
        assert progress.delivered <= told

    @invariant()
    def what_is_shown_is_where_it_stands(self) -> None:
        progress = self.store.progress(self.name)
        assert progress is not None
        assert progress.standing.value == self.resource["status"]
        assert progress.last == len(self.expected)

    def teardown(self) -> None:
        """Whatever happened: asked for again, it is told all that it does not have."""
        self.leases.clear()
        self.target.answer = Outcome.ACCEPTED
        self.now += dt.timedelta(seconds=2 * LEASE)
        before = self.resource
        if before["status"] != "active":
            after = {key: value for key, value in before.items() if key != "error"} | {"status": "requested"}
            self._write(after, int(before["meta"]["versionId"]) + 1, before)
        for _ in range(200):
            self.now += dt.timedelta(seconds=1800)
            found = self.store.claim_notifications(self.now, LEASE, 1000, random_identifiers)
            mine = [one for one in found if one.subscription == self.name]
            if not mine:
                break
            self.notifier.notify(mine[0])
        assert self.target.taken == list(range(1, len(self.expected) + 1))
        ended = self.resource
        self._write({**ended, "status": "off"}, int(ended["meta"]["versionId"]) + 1, ended)


def test_the_life_of_a_subscription(store: Store) -> None:
    class OnThis(Life):
        pass

    OnThis.store = store
    run_state_machine_as_test(
        OnThis,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_body_is_what_it_says() -> None:
    """The target above reads numbers out of JSON: an empty one has none."""
    entry = {"resource": {"parameter": []}}
    assert numbers_of(json.loads(dump({"entry": [entry]}))) == []
    with pytest.raises(KeyError):
        numbers_of({})
