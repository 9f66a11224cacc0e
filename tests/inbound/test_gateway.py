"""``POST /records/receipts``: a gateway hands notices over, and they are judged as those that are fetched."""

from service.outbox.envelope import State
from tests.dispatch.round import DOCTOR
from tests.house import issues
from tests.inbound import letters
from tests.inbound.desk import Desk


def _post(desk: Desk, raw: bytes) -> object:
    client = desk.house.app.test_client()
    return client.post("/records/receipts", data=raw, content_type="message/rfc822")


def test_each_notice_counts_once_whichever_door_it_comes_by(desk: Desk) -> None:
    envelope = desk.round.envelope(DOCTOR)
    for _ in range(2):
        assert _post(desk, letters.disposition(envelope)).status_code == 204  # type: ignore[attr-defined]  # a response
    desk.receive(letters.disposition(envelope, number=2))
    assert desk.heard() == [("read", "")]
    assert _post(desk, letters.delivery(envelope)).status_code == 204  # type: ignore[attr-defined]  # a response
    assert desk.state() is State.REFUSED
    desk.round.assert_proved()


def test_from_another_box_it_answers_nothing(desk: Desk) -> None:
    envelope = desk.round.envelope(DOCTOR)
    before = desk.house.standing()
    for raw in (
        letters.disposition(envelope, sender="x@y.formation.mssante.fr"),
        letters.delivery(envelope, recipient="x@y.formation.mssante.fr"),
        letters.delivery(envelope, envelope_id="", message_id="<0@x.fr>"),
    ):
        answer = _post(desk, raw)
        assert answer.status_code == 404  # type: ignore[attr-defined]  # a response
        assert issues(answer) == [("not-found", "receipt")]
    assert desk.house.standing() == before


def test_what_is_no_notice_is_refused(desk: Desk) -> None:
    for raw in (b"", b"bonjour", letters.reply(desk.round.envelope(DOCTOR), "oui"), b"x" * (2 << 20)):
        assert _post(desk, raw).status_code == 422  # type: ignore[attr-defined]  # a response
