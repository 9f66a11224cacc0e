"""What each kind of mail leads to: a person sees it, nothing is decided by it."""

import itertools

import pytest

from service.inbound.effects import Effects
from service.outbox.envelope import Destination, State
from service.store.inbound import InboundMail, Standing
from tests.dispatch.round import DOCTOR, PATIENT
from tests.inbound import letters
from tests.inbound.boxes import ADDRESS
from tests.inbound.desk import Desk


@pytest.mark.parametrize(("destination", "who"), [(DOCTOR, "délégant"), (PATIENT, "patient")])
def test_an_answer_is_somebodys_to_read(desk: Desk, destination: Destination, who: str) -> None:
    """What they wrote is kept with the mail, and stands in no resource."""
    said = "Bien reçu, Mme TEST doit revenir ; mon vrai nom est Dr Autre, INS 299999999999999."
    mail = desk.receive(letters.reply(desk.round.envelope(destination), said))
    assert (mail.kind, mail.state, mail.act) == ("reply", Standing.SETTLED, desk.round.act)
    (task,) = desk.tasks("read-reply")
    assert task["owner"]["reference"].startswith("Organization/")
    assert who in task["reasonCode"]["text"]
    assert mail.id in task["reasonCode"]["text"]
    assert said in mail.shown
    for type_ in ("Task", "Communication", "Patient", "Practitioner"):
        assert "vrai nom" not in str(desk.house.found(type_))
    # It acknowledges nothing.
    assert {one["status"] for one in desk.tasks("acknowledge")} == {"requested"}
    desk.round.assert_proved()


def test_an_answer_from_another_box_is_shown_as_that(desk: Desk) -> None:
    raw = letters.reply(
        desk.round.envelope(DOCTOR), "pour le docteur", sender="secretariat@medecin.formation.mssante.fr"
    )
    mail = desk.receive(raw)
    assert (mail.kind, mail.state, mail.code) == ("reply", Standing.QUARANTINED, "other-sender")
    assert desk.tasks("read-reply") == []


def test_an_answering_machine_asks_nothing_of_anybody(desk: Desk) -> None:
    mail = desk.receive(letters.reply(desk.round.envelope(DOCTOR), "En congé.", "Auto-Submitted: auto-replied"))
    assert (mail.kind, mail.state, mail.act) == ("automatic", Standing.SETTLED, desk.round.act)
    assert desk.tasks("read-reply") == []


def test_a_bounce_in_words_alone_makes_somebody_look_and_moves_nothing(desk: Desk) -> None:
    envelope = desk.round.envelope(PATIENT)
    for number in range(2):
        text = f"Message non distribué n° {number}\r\n\r\nMessage-ID: {envelope.message_id}"
        raw = letters.plain("Message non distribué", text, "Return-Path: <>", sender=letters.OPERATOR, number=number)
        mail = desk.receive(raw)
        assert (mail.kind, mail.code) == ("bounce", "suspected")
    (task,) = desk.tasks("resolve-delivery")
    assert "à vérifier" in task["reasonCode"]["text"]
    assert desk.state(PATIENT) is State.ACCEPTED


def test_our_own_mail_come_back_is_an_echo(desk: Desk) -> None:
    payload = desk.round.envelope(DOCTOR).payload
    assert payload is not None
    standing = desk.house.standing()
    mail = desk.receive(b"Received: by operateur\r\n" + payload)
    assert (mail.kind, mail.state, mail.act) == ("echo", Standing.SETTLED, desk.round.act)
    assert desk.house.standing() == standing


def test_a_document_from_elsewhere_is_checked_and_shown(desk: Desk) -> None:
    payload = desk.round.envelope(DOCTOR).payload
    assert payload is not None
    foreign = payload.replace(desk.round.envelope(DOCTOR).message_id.encode(), b"<d1@autre.formation.mssante.fr>")
    standing = desk.house.standing()
    mail = desk.receive(foreign)
    assert (mail.kind, mail.state, mail.code) == ("document", Standing.SETTLED, "")
    assert '"documents": [{"type": "11506-3"' in mail.shown
    assert desk.house.standing() == standing


def test_a_document_that_its_headers_deny_is_set_aside(desk: Desk) -> None:
    """M23."""
    payload = desk.round.envelope(DOCTOR).payload
    assert payload is not None
    foreign = payload.replace(desk.round.envelope(DOCTOR).message_id.encode(), b"<d1@autre.formation.mssante.fr>")
    mail = desk.receive(foreign.replace(b"X-MSS-CODECDA: 11506-3", b"X-MSS-CODECDA: 34133-9"))
    assert (mail.state, mail.code) == (Standing.QUARANTINED, "mss-code")


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("number", range(3))
def test_killed_after_the_effect_and_before_the_mail_is_settled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whoever reads it after finds the effect done, and does it no second time."""
    envelope = desk.round.envelope(DOCTOR)
    raw, code = [
        (letters.reply(envelope, "bien reçu"), "read-reply"),
        (letters.delivery(envelope), "resolve-delivery"),
        (
            letters.plain(
                "non distribué", f"Message-ID: {envelope.message_id}", "Return-Path: <>", sender=letters.OPERATOR
            ),
            "resolve-delivery",
        ),
    ][number]
    settle, calls = desk.store.inbound.settle, itertools.count()

    def dying(*arguments: object) -> None:
        if next(calls) == 0:
            raise Killed
        settle(*arguments)  # type: ignore[arg-type]  # those of settle

    monkeypatch.setattr(desk.store.inbound, "settle", dying)
    desk.put(raw)
    with pytest.raises(Killed):
        desk.settling().drain()
    assert len(desk.tasks(code)) == 1
    assert desk.settling().drain() == 0  # its lease still runs
    desk.house.clock.pass_(seconds=301)
    assert desk.settling().drain() == 1
    assert len(desk.tasks(code)) == 1
    (mail,) = desk.store.inbound.latest(ADDRESS, 10)
    assert mail.state is Standing.SETTLED
    desk.round.assert_proved()


def test_a_defect_of_ours_is_three_tries_then_somebodys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Effects.of

    def failing(effects: Effects, mail: InboundMail, reading: object) -> object:
        if "casse" in str(reading):
            raise ZeroDivisionError
        return of(effects, mail, reading)  # type: ignore[arg-type]  # a Reading

    monkeypatch.setattr(Effects, "of", failing)
    desk.put(letters.plain("casse", "casse", sender="a@b.formation.mssante.fr"))
    desk.put(letters.plain("bonjour", "bonjour", sender="a@b.formation.mssante.fr", number=2))
    desk.settling().drain()
    assert [one.state for one in desk.store.inbound.latest(ADDRESS, 10)].count(Standing.SETTLED) == 1
    for _ in range(3):
        desk.house.clock.pass_(seconds=11)
        desk.settling().drain()
    states = {one.kind: (one.state, one.code) for one in desk.store.inbound.latest(ADDRESS, 10)}
    assert states == {"other": (Standing.SETTLED, ""), "unread": (Standing.QUARANTINED, "poison")}
