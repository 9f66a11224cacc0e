"""What a mask kept from a mailbox leaves when the mask is lifted: once, as things stand by then, and told."""

from pathlib import Path
from typing import Any

import pytest

from mappings.domain.showing import Showing
from mappings.records.showing import showing_to_record
from service.outbox.envelope import State
from service.outbox.receipt import HIDDEN, SHOWN_AGAIN
from service.store import Store
from service.store.unit import Unit
from tests.dispatch.correcting import correct, documents, envelopes, last, withdraw_consent
from tests.dispatch.overtaking import before_commit
from tests.dispatch.places import LOST, NOBODY_THERE, TURNED_AWAY
from tests.dispatch.reaching import OTHER_BOX, move, share
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.dispatch.test_retraction import retract
from tests.dispatch.test_showing import DELEGATEE, DELEGATOR, ask
from tests.house import House, act_record
from tests.intake.correcting import token
from tests.stores import EMBEDDED, database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


@pytest.fixture
def round_(store: Store, tmp_path: Path) -> Round:  # the imported fixture
    house = House(store, tmp_path, people=1, dmp_mode="INDIRECTE_RENFORCEE")
    return Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1")


def told(round_: Round) -> list[tuple[str, str]]:
    """What structures are told of deliveries, and whether it is still theirs."""
    return [(one["status"], one["reasonCode"]["text"]) for one in round_.duties()]


def test_what_a_mask_cancelled_leaves_when_it_is_lifted(round_: Round) -> None:
    for place in (DOCTOR, PATIENT):
        round_.places[place].written = [NOBODY_THERE]
    round_.drain()
    ask(round_, masked=True, hidden=True)
    round_.later()
    assert [len(round_.places[one].sent) for one in (DOCTOR, PATIENT)] == [1, 1]
    ask(round_, hidden=True)
    round_.drain()
    journal = [(one.outcome, one.code) for one in round_.attempts(DOCTOR)]
    assert journal == [
        ("unreachable", "connect"),
        ("cancelled", HIDDEN),
        ("replayed", SHOWN_AGAIN),
        ("accepted", "ok"),
    ]
    assert round_.states()[PATIENT] is State.CANCELLED, "still hidden from the patient"
    ask(round_)
    ask(round_)
    round_.later()
    assert round_.states() == {DMP: State.ACCEPTED, DOCTOR: State.ACCEPTED, PATIENT: State.ACCEPTED}
    assert {place: len(one.held) for place, one in round_.places.items() if place is not DMP} == {DOCTOR: 1, PATIENT: 1}
    assert len(set(round_.places[PATIENT].sent)) == 1, "the same bytes"
    round_.assert_proved()


def test_what_it_lifts_has_a_time_of_its_own(round_: Round) -> None:
    ask(round_, masked=True)
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds + 60)
    ask(round_)
    round_.places[DOCTOR].written = [NOBODY_THERE]
    round_.drain()
    assert round_.states()[DOCTOR] is State.QUEUED
    round_.later()
    assert round_.states()[DOCTOR] is State.ACCEPTED


@EMBEDDED
def test_what_arrived_is_not_sent_again(round_: Round) -> None:
    round_.drain()
    ask(round_, masked=True, hidden=True)
    ask(round_)
    round_.later()
    assert [len(round_.places[one].sent) for one in (DOCTOR, PATIENT)] == [1, 1]
    assert len([one for one in envelopes(round_) if one.destination is not DMP]) == 2


def test_a_version_made_under_the_mask_is_sent_when_it_is_lifted(round_: Round) -> None:
    round_.drain()
    ask(round_, masked=True)
    correct(round_)
    round_.drain()
    assert round_.places[DOCTOR].purposes == ["publish"]
    ((status, text),) = told(round_)
    assert (status, "masqué aux professionnels" in text) == ("requested", True)
    ask(round_)
    round_.drain()
    assert round_.places[DOCTOR].purposes == ["publish", "replace"]
    assert round_.places[DOCTOR].shown == [documents(round_)[-1].unique_id]
    assert [status for status, _ in told(round_)] == ["cancelled"], "the structure has nothing more to tell"
    round_.assert_proved()


@EMBEDDED
def test_a_version_that_went_nowhere_is_made_for_whom_it_is_shown_to(round_: Round) -> None:
    round_.drain()
    ask(round_, masked=True, hidden=True)
    share(round_, dmp=False)
    correct(round_)
    assert len(documents(round_)) == 1
    ask(round_)
    round_.drain()
    newest = documents(round_)[-1]
    assert (newest.version, newest.act) == (2, round_.act)
    assert [round_.places[one].shown for one in (DOCTOR, PATIENT)] == [[newest.unique_id]] * 2
    assert "replace" not in round_.places[DMP].purposes
    round_.assert_proved()


def test_whoever_has_another_box_by_now_gets_it_there(round_: Round) -> None:
    ask(round_, masked=True)
    before = round_.envelope(DOCTOR)
    move(round_, OTHER_BOX)
    ask(round_)
    round_.drain()
    after = last(round_)[DOCTOR]
    assert (after.recipient, after.follows, after.state) == (OTHER_BOX, before.id, State.ACCEPTED)
    assert after.document_id == before.document_id
    assert (len(round_.places[DOCTOR].sent), OTHER_BOX.encode() in round_.places[DOCTOR].sent[0]) == (1, True)
    ask(round_, masked=True)
    ask(round_)
    round_.drain()
    assert len(round_.places[DOCTOR].sent) == 1
    round_.assert_proved()


@EMBEDDED
def test_whoever_has_no_box_any_more_is_the_structures_to_reach(round_: Round) -> None:
    ask(round_, masked=True)
    move(round_, "")
    ask(round_)
    round_.drain()
    ((status, text),) = told(round_)
    assert status == "requested"
    assert "l’envoi n’a pas pu reprendre. Le délégant n’a pas de messagerie MSSanté connue." in text
    assert round_.places[DOCTOR].sent == []


@EMBEDDED
@pytest.mark.parametrize("way", ["objection", "consent", "error"])
def test_what_was_closed_meanwhile_stays_closed(round_: Round, way: str) -> None:
    round_.places[DOCTOR].written = [NOBODY_THERE]
    round_.drain()
    ask(round_, masked=True)
    if way == "objection":
        share(round_, professional_mailbox=False)
    elif way == "consent":
        withdraw_consent(round_.house)
    else:
        retract(round_)
    body = showing_to_record(Showing()) | {"reason": "Demandé par un test."}
    path, headers = (
        f"/records/acts/{round_.act.split('/')[1]}/visibility",
        {"Authorization": token(round_.house, DELEGATEE)},
    )
    answer = round_.house.app.test_client().put(path, json=body, headers=headers)
    assert answer.status_code == (409 if way == "error" else 200)
    round_.later()
    assert (round_.states()[DOCTOR], len(round_.places[DOCTOR].sent), told(round_)) == (State.CANCELLED, 1, [])


@EMBEDDED
def test_what_may_have_arrived_before_the_mask_is_sent_again_under_the_same_name(round_: Round) -> None:
    round_.places[DOCTOR].written = [LOST]
    round_.drain()
    ask(round_, masked=True)
    round_.later()
    assert (round_.states()[DOCTOR], len(round_.places[DOCTOR].sent)) == (State.CANCELLED, 1)
    ((status, text),) = told(round_)
    assert (status, "incertaine" in text) == ("requested", True)
    ask(round_)
    assert round_.states()[DOCTOR] is State.IN_DOUBT
    assert [status for status, _ in told(round_)] == ["cancelled"]
    round_.drain()
    assert round_.states()[DOCTOR] is State.ACCEPTED
    first, second = round_.places[DOCTOR].sent
    assert first == second
    round_.assert_proved()


@EMBEDDED
@pytest.mark.parametrize(("answer", "state"), [(NOBODY_THERE, State.QUEUED), (TURNED_AWAY, State.REFUSED)])
def test_what_ended_under_the_mask_is_taken_up_or_told(round_: Round, answer: Any, state: State) -> None:
    place = round_.places[DOCTOR]
    place.written = [answer]

    def masked() -> None:
        place.first = lambda: None
        ask(round_, masked=True)

    place.first = masked
    round_.drain()
    assert (told(round_), round_.states()[DOCTOR]) in [([], State.CANCELLED), ([], State.REFUSED)]
    ask(round_)
    assert round_.states()[DOCTOR] is state
    texts = [text for _, text in told(round_)]
    assert [("refusé définitivement" in text) for text in texts] == ([True] if state is State.REFUSED else [])


@EMBEDDED
def test_a_mask_lifted_while_a_mail_is_being_called_off_loses_nothing(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = round_.house
    leases = house.store.claim(house.clock(), "w", 60, 10, house.ids)
    (lease,) = [one for one in leases if one.envelope.destination is DOCTOR]
    ask(round_, masked=True)

    def settles(unit: Unit) -> bool:
        return any(one.envelope_id == lease.envelope.id and one.token for one in unit.settlements)

    before_commit(monkeypatch, settles, lambda: ask(round_))
    round_.dispatch.deliver(lease)
    assert round_.states()[DOCTOR] is State.QUEUED, "it was called off for a mask that no longer stands"
    round_.later()
    assert (round_.states()[DOCTOR], len(round_.places[DOCTOR].sent)) == (State.ACCEPTED, 1)
    round_.assert_proved()


@EMBEDDED
def test_two_who_lift_it_at_once_send_it_once(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(round_, masked=True)

    def lifts(unit: Unit) -> bool:
        return any(one.code == SHOWN_AGAIN for one in unit.settlements)

    before_commit(monkeypatch, lifts, lambda: ask(round_, DELEGATOR))
    ask(round_)
    round_.later()
    assert [one.outcome for one in round_.attempts(DOCTOR)] == ["cancelled", "replayed", "accepted"]
    assert len(round_.places[DOCTOR].sent) == 1
