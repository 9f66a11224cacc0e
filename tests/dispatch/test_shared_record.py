"""The shared record as the worker reaches it: what it is asked, what a person is told when it takes nothing."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from service.clients import deadline
from service.clients.dmp import publish
from service.clients.dmp.existence import existence
from service.composition import shared_record
from service.outbox.envelope import Destination, State
from service.outbox.receipt import Outcome
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from service.store import Store
from service.worker import Worker, compose
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.house import House, act_record


@pytest.fixture
def record(round_: Round) -> Iterator[Sandbox]:
    with Sandbox(clock=round_.house.clock) as started:
        yield started


def deliver(round_: Round, record: Sandbox) -> None:
    settings = replace(
        round_.house.settings,
        dmp_repository=record.repository_url,
        dmp_registry=record.registry_url,
        dmp_patients=record.patients_url,
        mssante="{}:{}".format(*record.smtp_address),
    )
    dispatch = compose(settings, round_.house.store, clock=round_.house.clock, ids=round_.house.ids)
    Worker(round_.house.store, dispatch, settings, round_.house.clock, round_.house.ids).drain()


@pytest.mark.parametrize(
    ("kind", "told"), [("closed", "Le DMP du patient est fermé"), ("absent", "Le patient n’a pas de DMP")]
)
def test_what_is_not_open_gets_nothing_and_the_mails_go(round_: Round, record: Sandbox, kind: str, told: str) -> None:
    record.state.faults.order(Fault(destination="xds", kind=kind, at="TD0.2", times=1))
    deliver(round_, record)
    assert round_.states() == {DMP: State.REFUSED, DOCTOR: State.ACCEPTED, PATIENT: State.ACCEPTED}
    assert record.state.registry.unique_ids() == []
    assert [attempt.code for attempt in round_.attempts(Destination.DMP)] == [f"dmp-{kind}"]
    (task,) = round_.duties()
    assert told in task["reasonCode"]["text"]
    assert "part par messagerie seulement" in task["reasonCode"]["text"]
    round_.assert_proved()


def test_what_is_open_gets_a_signed_set(round_: Round, record: Sandbox) -> None:
    deliver(round_, record)
    assert set(round_.states().values()) == {State.ACCEPTED}
    assert record.state.registry.is_signed(round_.envelope(DMP).submission_id)
    assert record.state.registry.counts() == {"TD0.2": 1, "ITI-41": 1}


def test_who_was_stopped_between_two_calls_of_an_attempt_does_not_make_the_second(
    round_: Round, record: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else may have the lease by then, and have brought the document."""
    slept = [0.0]

    def asked(*args: Any) -> Any:
        answer = existence(*args)
        slept[0] += round_.house.settings.lease_seconds
        return answer

    monkeypatch.setattr(publish, "existence", asked)
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + slept[0]))
    deliver(round_, record)
    assert record.state.registry.counts() == {"TD0.2": 1}
    assert [(one.outcome, one.code) for one in round_.attempts(Destination.DMP)] == [(Outcome.UNREACHABLE, "timeout")]
    assert round_.states()[DMP] is State.QUEUED
    monkeypatch.undo()
    round_.house.clock.pass_(seconds=round_.house.settings.retry_cap_seconds)
    deliver(round_, record)
    assert record.state.registry.counts() == {"TD0.2": 2, "ITI-41": 1}
    assert round_.states()[DMP] is State.ACCEPTED


@pytest.mark.parametrize("mode", ["INDIRECTE", "INDIRECTE_RENFORCEE"])
def test_an_act_in_error_is_withdrawn_where_a_professional_comes(store: Store, keys: Path, mode: str) -> None:
    """A structure that comes alone may not: the report stays, and somebody is told to have it withdrawn."""
    house = House(store, keys, people=1, dmp_mode=mode)
    act = house.post("acts", act_record()).json["act"]
    round_ = Round(house, f"{act}/_history/1")
    with Sandbox(clock=house.clock) as sandbox:
        _retracted(round_, act, sandbox)
        (name,) = sandbox.state.registry.unique_ids()
        (entry,) = sandbox.state.registry.by_unique_id(name)
    withdrawn = mode != "INDIRECTE"
    assert (DMP in round_.states("withdraw")) is withdrawn
    assert set(round_.states("withdraw").values()) == {State.ACCEPTED}
    assert entry.status.endswith(":Deleted") is withdrawn
    assert len(house.found("Task?code=withdraw-report")) == (not withdrawn)
    round_.assert_proved()


def _retracted(round_: Round, act: str, sandbox: Sandbox) -> None:
    deliver(round_, sandbox)
    told = round_.house.fhir("GET", f"/{act}").json | {"status": "entered-in-error"}
    assert round_.house.fhir("PUT", f"/{act}", told).status_code == 200
    deliver(round_, sandbox)


def test_a_mode_that_is_none_stops_the_start(round_: Round) -> None:
    settings = replace(round_.house.settings, dmp_mode="NORMAL")
    with pytest.raises(ValueError, match="BINOME_DMP_MODE"):
        shared_record(settings, round_.house.clock, round_.house.ids)
