"""Changes of how a report shows, on their way: after what brings it, before what takes it away, once, never forgotten."""

from pathlib import Path
from typing import Any

import pytest

from mappings.domain.showing import Showing
from mappings.fhir.validation import validated
from mappings.issues import Refused
from mappings.records.showing import showing_to_record
from service.outbox.envelope import CHANGES_SHOWING, Envelope, State
from service.outbox.receipt import HIDDEN
from service.replaying import dead_letters, replay
from service.store import Store
from tests.dispatch.correcting import correct, envelopes
from tests.dispatch.places import ANSWER_LOST, ARRIVES, NOBODY_THERE, TURNED_AWAY
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.dispatch.test_retraction import retract
from tests.house import House, Json, act_record
from tests.intake.correcting import token
from tests.stores import EMBEDDED, database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]

DELEGATEE, DELEGATOR = "99900001019", "99900002017"


@pytest.fixture
def round_(store: Store, tmp_path: Path) -> Round:  # the imported fixture
    house = House(store, tmp_path, people=1, dmp_mode="INDIRECTE_RENFORCEE")
    return Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1")


def ask(round_: Round, rpps: str = DELEGATEE, **wanted: bool) -> Any:
    act = round_.act.split("/")[1]
    body = showing_to_record(Showing(**wanted)) | {"reason": "Demandé par un test."}
    headers = {"Authorization": token(round_.house, rpps)}
    answer = round_.house.app.test_client().put(f"/records/acts/{act}/visibility", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def changes(round_: Round) -> dict[str, Envelope]:
    return {one.purpose: one for one in envelopes(round_) if one.purpose in CHANGES_SHOWING}


def told(round_: Round) -> list[tuple[str, str]]:
    return [(one["input"][0]["valueCode"], one["status"]) for one in tasks(round_)]


def tasks(round_: Round) -> list[Json]:
    return sorted(round_.house.found("Task?code=update-report"), key=lambda one: str(one["input"][0]["valueCode"]))


def test_a_change_comes_after_the_document_and_after_the_change_before(round_: Round) -> None:
    round_.places[DMP].written = [NOBODY_THERE]
    ask(round_, hidden=True)
    ask(round_)
    round_.drain()
    assert round_.places[DMP].purposes == ["publish"], "what is changed is not there yet"
    round_.later()
    assert round_.places[DMP].purposes == ["publish", "publish", "hide", "reveal"]
    assert told(round_) == [("hide", "completed"), ("reveal", "completed")]
    round_.assert_proved()


@EMBEDDED
def test_an_answer_that_was_lost_is_looked_up_and_the_change_made_once(round_: Round) -> None:
    round_.drain()
    round_.places[DMP].written = [ANSWER_LOST]
    ask(round_, masked=True)
    round_.drain()
    assert changes(round_)["mask"].state is State.IN_DOUBT
    round_.later()
    assert round_.places[DMP].changed == ["mask"]
    assert told(round_) == [("mask", "completed")]


@EMBEDDED
def test_a_change_that_is_refused_is_somebodys_task_and_may_be_asked_again(round_: Round) -> None:
    round_.drain()
    round_.places[DMP].written = [TURNED_AWAY]
    ask(round_, masked=True)
    round_.drain()
    assert told(round_) == [("mask", "failed")]
    (duty,) = round_.duties()
    assert duty["reasonCode"]["text"].startswith("Le dossier partagé a refusé cette modification du compte rendu.")
    ask(round_, masked=True)
    round_.drain()
    assert sorted(told(round_)) == [("mask", "completed"), ("mask", "failed")]
    assert round_.places[DMP].changed == ["mask"]


@EMBEDDED
def test_a_change_out_of_time_is_somebodys_task(round_: Round) -> None:
    round_.drain()
    ask(round_, masked=True)
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds + 1)
    assert round_.acknowledge.spent(changes(round_)["mask"])
    assert told(round_) == [("mask", "failed")]
    (duty,) = round_.duties()
    assert "n’a pas pu être faite dans le délai prévu" in duty["reasonCode"]["text"]


@EMBEDDED
def test_a_document_that_was_refused_has_nothing_to_be_changed_until_it_is_sent_again(round_: Round) -> None:
    round_.places[DMP].written = [TURNED_AWAY]
    ask(round_, hidden=True)
    round_.drain()
    assert round_.places[DMP].purposes == ["publish"], "nobody is asked about what is not there"
    assert told(round_) == [("hide", "failed")]
    assert len(round_.duties()) == 1, "of the document alone"
    house = round_.house
    replay(house.store, house.clock, house.ids, round_.envelope(DMP).id, DELEGATOR)
    assert told(round_) == [("hide", "requested")]
    round_.drain()
    assert round_.places[DMP].purposes == ["publish", "publish", "hide"]
    assert told(round_) == [("hide", "completed")]
    round_.assert_proved()


@EMBEDDED
def test_what_was_asked_first_and_then_otherwise_is_not_done_after_all(round_: Round) -> None:
    round_.drain()
    round_.places[DMP].written = [TURNED_AWAY]
    ask(round_, masked=True)
    round_.drain()
    ask(round_)
    round_.drain()
    house = round_.house
    assert [one.again for one in dead_letters(house.store)] == [False]
    with pytest.raises(Refused) as refused:
        replay(house.store, house.clock, house.ids, changes(round_)["mask"].id, DELEGATOR)
    assert refused.value.issues[0].text.startswith("Une demande plus récente")
    assert round_.places[DMP].changed == ["unmask"]


@EMBEDDED
def test_a_mail_that_waits_does_not_leave_to_whom_the_report_is_hidden_from(round_: Round) -> None:
    for place in (DOCTOR, PATIENT):
        round_.places[place].written = [NOBODY_THERE]
    round_.drain()
    ask(round_, hidden=True)
    assert round_.states()[PATIENT] is State.CANCELLED
    assert round_.attempts(PATIENT)[-1].code == HIDDEN
    round_.later()
    assert (round_.states()[DOCTOR], len(round_.places[PATIENT].sent)) == (State.ACCEPTED, 1)


@EMBEDDED
def test_a_mail_leased_before_does_not_leave_either(round_: Round) -> None:
    house = round_.house
    leases = house.store.claim(house.clock(), "w", 60, 10, house.ids)
    ask(round_, masked=True)
    for lease in leases:
        if lease.envelope.destination is DOCTOR:
            round_.dispatch.deliver(lease)
    assert (round_.states()[DOCTOR], round_.places[DOCTOR].sent) == (State.CANCELLED, [])
    round_.assert_proved()


@EMBEDDED
def test_a_new_version_does_not_go_to_whom_it_is_hidden_from_and_waits_for_the_change(round_: Round) -> None:
    round_.drain()
    round_.places[DMP].written = [NOBODY_THERE, NOBODY_THERE]
    ask(round_, masked=True)
    round_.drain()
    correct(round_)
    round_.drain()
    assert round_.places[DMP].purposes == ["publish", "mask"], "nothing overtakes the change"
    # Of the version that shows until the next arrives: it is tried until it is done.
    round_.later()
    round_.later()
    assert round_.places[DMP].purposes == ["publish", "mask", "mask", "mask", "replace"]
    assert round_.places[DOCTOR].purposes == ["publish"]
    assert b"MASQUE_PS" in round_.places[DMP].sent[-1]
    assert any("masqué aux professionnels" in one["reasonCode"]["text"] for one in round_.duties())


def test_a_withdrawal_waits_for_the_change_that_is_under_way(round_: Round) -> None:
    round_.drain()
    ask(round_, masked=True)
    house = round_.house
    (lease,) = house.store.claim(house.clock(), "w", 60, 10, house.ids)
    retract(round_)
    round_.drain()
    assert "withdraw" not in round_.places[DMP].purposes
    round_.dispatch.deliver(lease)
    round_.drain()
    assert round_.places[DMP].purposes == ["publish", "withdraw"], "of an act in error nothing else is sent"
    assert changes(round_)["mask"].state is State.CANCELLED
    assert {status for _, status in told(round_)} == {"cancelled"}
    round_.assert_proved()


@EMBEDDED
def test_what_waits_of_an_act_in_error_is_called_off(round_: Round) -> None:
    round_.drain()
    ask(round_, masked=True, hidden=True)
    retract(round_)
    assert {one.state for one in changes(round_).values()} == {State.CANCELLED}
    round_.drain()
    assert round_.places[DMP].purposes == ["publish", "withdraw"]


@EMBEDDED
@pytest.mark.parametrize("answer", [ARRIVES, TURNED_AWAY])
def test_a_change_in_hand_when_the_act_is_in_error_is_nobodys_to_mend(round_: Round, answer: Any) -> None:
    round_.drain()
    ask(round_, masked=True)
    round_.places[DMP].written = [answer]
    round_.places[DMP].first = lambda: retract(round_) if not round_.states("withdraw") else None
    round_.drain()
    assert [one["status"] for one in round_.duties()] == []
    assert told(round_) == [("mask", "cancelled")]
    round_.later()
    assert round_.states("withdraw")[DMP] is State.ACCEPTED


@EMBEDDED
def test_all_that_is_put_on_record_is_what_our_profiles_allow(round_: Round) -> None:
    round_.drain()
    round_.places[DMP].written = [TURNED_AWAY]
    ask(round_, masked=True)
    round_.drain()
    ask(round_, masked=True, hidden=True, archived=True)
    round_.drain()
    assert {status for _, status in told(round_)} == {"completed", "failed"}
    (reference,) = round_.house.found("DocumentReference")
    assert len(reference["securityLabel"]) == 3
    proofs = [one for one in round_.house.found("Provenance") if one["target"][0]["reference"].startswith("Task/")]
    events = round_.house.found("AuditEvent?subtype=document-updated")
    assert (len(proofs), len(events)) == (2, 2)
    for resource in (*tasks(round_), *round_.duties(), *proofs, *events, reference):
        assert [issue.text for issue in validated(resource) if issue.severity == "error"] == []
