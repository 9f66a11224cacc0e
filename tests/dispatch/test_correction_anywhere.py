"""Wherever an act is corrected, closed, read, given back or taken back: each destination ends with the last version, once."""

import datetime as dt
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from service.clients.mssante.bounce import Bounce
from service.outbox.envelope import Document, Envelope, State
from service.outbox.states import IllegalMove
from service.store import open_store
from tests.dispatch.correcting import PLACES, act_of, correct, documents, envelopes, last, withdraw_consent
from tests.dispatch.places import (
    ANSWER_LOST,
    ARRIVES,
    DEFECT,
    DIES_AFTER,
    DIES_BEFORE,
    LOST,
    NOBODY_THERE,
    TURNED_AWAY,
    Crash,
)
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.house import House, act_record
from tests.intake.correcting import token

_ANSWERS = st.sampled_from([ARRIVES, TURNED_AWAY, NOBODY_THERE, LOST, ANSWER_LOST, DIES_BEFORE, DIES_AFTER, DEFECT])
_STEPS = st.lists(
    st.sampled_from(
        ["correct", "drain", "lease over", "later", "much later", "bounce", "read", "lease", "correct while asked"]
    ),
    max_size=7,
)
_PENDING = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT})
_PLACES = (DMP, DOCTOR, PATIENT)


@settings(max_examples=8, deadline=None)
@given(
    steps=_STEPS,
    answers=st.lists(_ANSWERS, min_size=9, max_size=9),
    asked=st.booleans(),
    end=st.sampled_from(["", "", "", "no", "in error"]),
)
def test_each_destination_ends_with_the_last_version(
    steps: list[str], answers: list[object], asked: bool, end: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/binome.sqlite", test=True)
        house = House(store, Path(folder), people=1)
        round_ = Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1")
        for n, destination in enumerate(_PLACES):
            round_.places[destination].written = list(answers[3 * n : 3 * n + 3])  # type: ignore[arg-type]  # answers
            round_.places[destination].right = lambda envelope, document: _is_right(round_, envelope, document)
        round_.places[DMP].answers_questions = asked
        for step in steps:
            _go(round_, step)
        round_.places[DMP].answers_questions = True
        round_.places[DMP].meanwhile = lambda: None
        if end == "no":
            withdraw_consent(house)
        elif end == "in error":
            retracted = act_of(round_) | {"status": "entered-in-error"}
            assert house.fhir("PUT", f"/Procedure/{retracted['id']}", retracted).status_code == 200
        for _ in range(12):
            _go(round_, "later")
        for _ in range(2):
            _go(round_, "much later")
        _judge(round_, end)
        round_.assert_proved()
        store.close()


def _judge(round_: Round, end: str) -> None:
    newest = documents(round_)[-1].unique_id
    assert not [one for one in envelopes(round_) if one.state in _PENDING], "nothing is left under way"
    told = " ".join(
        task["reasonCode"]["text"] for task in round_.house.found("Task?code=resolve-delivery,withdraw-report")
    )
    for destination, envelope in last(round_).items():
        shown = round_.places[destination].shown
        assert len(shown) <= 1, "two versions never show together"
        arrived = envelope.state is State.ACCEPTED
        if end == "in error":
            assert not shown or PLACES[destination] in told
        elif arrived:
            assert shown == [newest]
        else:
            assert end == "no" or PLACES[destination] in told, "whoever has not the last version is somebody's task"


def _is_right(round_: Round, envelope: Envelope, document: Document) -> bool:
    """What withdraws, or the version of the act that is in force."""
    act = act_of(round_)
    in_force = document.act == f"Procedure/{act['id']}/_history/{act['meta']['versionId']}"
    return envelope.purpose == "withdraw" or (in_force and act["status"] != "entered-in-error")


def _correct_once(round_: Round) -> None:
    round_.places[DMP].meanwhile = lambda: None
    correct(round_, f"Version {len(documents(round_)) + 1}.")


def _go(round_: Round, step: str) -> None:
    house = round_.house
    match step:
        case "correct":
            correct(round_, f"Version {len(documents(round_)) + 1}.")
            return
        case "correct while asked":
            record = round_.places[DMP]
            record.meanwhile = lambda: _correct_once(round_)
            return
        case "bounce":
            mail = last(round_)[DOCTOR]
            with suppress(IllegalMove):
                state = round_.acknowledge.bounced(Bounce(mail.message_id, "", "5.1.1"), b"raw")
                if state is State.REFUSED and mail.state is not State.REFUSED:
                    round_.places[DOCTOR].give_back(mail.document_id, documents(round_))
            return
        case "read":
            for task in house.found("Task?code=acknowledge&status=requested"):
                house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=token(house, "99900002017"))
            return
        case "lease":
            # Somebody took them, and is never heard of again.
            house.store.claim(house.clock(), "w", 60, 10, house.ids)
            return
    pauses = {
        "drain": 0.0,
        "lease over": house.settings.lease_seconds + 1,
        "later": house.settings.retry_cap_seconds,
        "much later": house.settings.delivery_budget_seconds,
    }
    house.clock.now += dt.timedelta(seconds=pauses[step])
    with suppress(Crash):
        round_.drain()
