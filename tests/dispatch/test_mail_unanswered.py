"""F17: a mail that the operator took, and of which nobody has a word since. Looked at on both engines."""

from service.clients.mssante.bounce import Bounce
from service.clients.mssante.client import MssanteClient
from service.clients.mssante.send import Submission
from service.clients.tls import Tls
from service.commands.mailing import unanswered
from service.outbox.envelope import State
from service.store.unit import Settlement, Unit
from tests.clients.scripted import SmtpScript, listener
from tests.dispatch.round import DOCTOR, PATIENT, Round


def test_f17_taken_and_never_heard_of_is_somebodys_task_once(round_: Round) -> None:
    script = SmtpScript()
    with listener(script) as port:
        server = Submission(
            host="127.0.0.1", port=port, starttls=False, tls=Tls(), greeting="x", seconds=30, notices=True
        )
        for destination in (DOCTOR, PATIENT):
            round_.places[destination] = MssanteClient(server)  # type: ignore[assignment]
        round_.drain()
    assert sum(b"NOTIFY=SUCCESS,FAILURE" in command for command in script.commands) == 2
    store, told = round_.house.store, round_.acknowledge
    round_.house.clock.pass_(hours=47)
    assert unanswered(store, told, 48) == 0
    round_.house.clock.pass_(hours=2)
    assert unanswered(store, told, 48) == 1
    assert unanswered(store, told, 48) == 0
    (task,) = round_.duties()
    assert "Aucun accusé n’est revenu en 48 h" in task["reasonCode"]["text"]
    assert "messagerie du délégant" in task["reasonCode"]["text"]
    # It is told, and stands where it stood: nobody knows more than before.
    assert round_.states()[DOCTOR] is State.ACCEPTED
    round_.assert_proved()


def test_f17_what_came_back_is_not_told_twice(round_: Round) -> None:
    round_.drain()
    round_.house.clock.pass_(hours=1)
    round_.acknowledge.bounced(Bounce(round_.envelope(DOCTOR).message_id, "", "5.1.1"), b"raw")
    round_.house.clock.pass_(hours=48)
    assert unanswered(round_.house.store, round_.acknowledge, 48) == 0
    assert len(round_.duties()) == 1


def test_f17_nights_without_a_run_are_made_up_for(round_: Round) -> None:
    round_.drain()
    round_.house.clock.pass_(days=29)
    assert unanswered(round_.house.store, round_.acknowledge, 24) == 1
    # Of what lies further back somebody was told, or the delay was set only since.
    round_.house.clock.pass_(days=30)
    assert unanswered(round_.house.store, round_.acknowledge, 24) == 0


def test_f17_a_receipt_that_came_in_time_is_enough(round_: Round) -> None:
    round_.drain()
    round_.house.clock.pass_(hours=1)
    envelope, now = round_.envelope(DOCTOR), round_.house.clock()
    document = round_.house.store.document(envelope.document_id)
    assert document is not None
    receipt = Settlement(
        envelope_id=envelope.id, token="", number=envelope.attempts + 1, outcome="delivered", code="2.0.0",
        receiver_id="", raw=b"raw", finished_at=now, state=State.ACCEPTED, next_attempt_at=now,
    )  # fmt: skip
    round_.house.store.commit(Unit(chain=document.chain, recorded=now, settlements=(receipt,)))
    round_.house.clock.pass_(hours=48)
    assert unanswered(round_.house.store, round_.acknowledge, 48) == 0
    assert round_.duties() == []
