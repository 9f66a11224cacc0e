"""Faults of mail, by their numbers: each of the world's ways to answer or to break off, what stands after it, and who is told.

F15: 4xx and 5xx at each step, 5xx for one of two recipients. F16: the line cut, stripped or spoiled at each step. At
each end: nothing dropped (INV-5), and repeats of one mail alike (INV-7). F17, taken then lost: ``test_mail_unanswered``.
"""

import ipaddress
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from service.clients.mssante.client import MssanteClient
from service.clients.mssante.codes import is_too_long
from service.clients.mssante.preflight import Limits
from service.clients.mssante.send import Submission
from service.clients.tls import Tls
from service.outbox.envelope import State
from tests.certificates import certificate
from tests.clients.scripted import CUT, SmtpScript, closed_port, listener
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round

STEPS = ("banner", "EHLO", "MAIL", "RCPT", "DATA", ".")
LIMITS = Limits()
EXTENDED = b"250-sandbox\r\n250-SIZE 10000000\r\n250 DSN\r\n"


@pytest.fixture
def database(tmp_path: Path) -> str:
    """One engine: what an outcome does to a store is held on both by ``test_outcomes``."""
    return f"sqlite:///{tmp_path / 'binome.sqlite'}"


def mail(round_: Round, port: int, limits: Limits = LIMITS, **changes: Any) -> None:
    """Both mails of the round go to this port."""
    server = Submission(
        host="127.0.0.1", port=port, starttls=False, tls=Tls(), greeting="binome.formation.mssante.fr", seconds=30
    )
    for destination in (DOCTOR, PATIENT):
        round_.places[destination] = MssanteClient(replace(server, **changes), limits)  # type: ignore[assignment]


def outcomes(round_: Round) -> set[tuple[str | None, str | None]]:
    return {(a.outcome, a.code) for destination in (DOCTOR, PATIENT) for a in round_.attempts(destination)}


def ends(round_: Round) -> None:
    """The world is whole again: every envelope arrives, and nobody has anything left to do."""
    script = SmtpScript()
    with listener(script) as port:
        mail(round_, port)
        round_.later()
    assert set(round_.states().values()) == {State.ACCEPTED}
    assert round_.duties() == []
    for destination in (DOCTOR, PATIENT):
        assert round_.envelope(destination).payload in script.messages
    round_.assert_proved()


def test_f15_a_temporary_no_at_each_step_waits_and_arrives(round_: Round) -> None:
    codes = dict(zip(STEPS, (421, 450, 451, 452, 421, 451), strict=True))
    for step, code in codes.items():
        script = SmtpScript({step: f"{code} 4.3.0 later\r\n".encode()})
        with listener(script) as port:
            mail(round_, port)
            round_.later()
        assert {round_.states()[DOCTOR], round_.states()[PATIENT]} == {State.QUEUED}
        assert ("unreachable", f"{code} 4.3.0") in outcomes(round_)
        assert round_.duties() == []
    ends(round_)
    assert [a.number for a in round_.attempts(DOCTOR)] == [1, 2, 3, 4, 5, 6, 7]


# The other steps: tests/clients/test_mssante.py.
@pytest.mark.parametrize("step", ["RCPT", "."])
def test_f15_a_permanent_no_is_told_to_somebody(round_: Round, step: str) -> None:
    script = SmtpScript({step: b"554 5.7.1 no\r\n"})
    with listener(script) as port:
        mail(round_, port)
        round_.drain()
        assert round_.later() == 0
    assert round_.states() == {DMP: State.ACCEPTED, DOCTOR: State.REFUSED, PATIENT: State.REFUSED}
    assert outcomes(round_) == {("refused", "554 5.7.1")}
    assert len(round_.duties()) == 2
    round_.assert_proved()


@pytest.mark.parametrize("step", ["banner", "EHLO"])
def test_f15_an_operator_that_gives_no_service_refuses_no_mail(round_: Round, step: str) -> None:
    with listener(SmtpScript({step: b"554 5.3.2 no service here\r\n"})) as port:
        mail(round_, port)
        round_.drain()
    assert {round_.states()[DOCTOR], round_.states()[PATIENT]} == {State.QUEUED}
    assert outcomes(round_) == {("unreachable", "554 5.3.2")}
    assert round_.duties() == []
    ends(round_)


def test_f15_a_no_for_one_of_two_recipients_is_that_ones_alone(round_: Round) -> None:
    """Each recipient has a mail of its own: what is said of one box is not said of the other."""

    class Choosy(SmtpScript):
        def _say(self, connection: Any, step: str) -> None:
            to_patient = step == "RCPT" and b"@patient.mssante.fr" in self.commands[-1]
            connection.sendall(b"550 5.1.1 closed\r\n") if to_patient else super()._say(connection, step)

    script = Choosy()
    with listener(script) as port:
        mail(round_, port)
        round_.drain()
        assert round_.later() == 0
    assert round_.states() == {DMP: State.ACCEPTED, DOCTOR: State.ACCEPTED, PATIENT: State.REFUSED}
    assert script.messages == [round_.envelope(DOCTOR).payload]
    (task,) = round_.duties()
    assert "messagerie du patient" in task["reasonCode"]["text"]


def test_f16_cut_before_the_end_is_tried_again(round_: Round) -> None:
    for step in STEPS[:-1]:
        with listener(SmtpScript({step: CUT})) as port:
            mail(round_, port)
            round_.later()
        assert {round_.states()[DOCTOR], round_.states()[PATIENT]} == {State.QUEUED}
    ends(round_)


def test_f16_cut_at_a_byte_of_the_message_never_looks_whole(round_: Round) -> None:
    """Mid-DATA: what ends without its final dot is no message (RFC 5321, 4.1.1.4)."""
    round_.dispatch.sealing.sealed(round_.envelope(DOCTOR).document_id, round_.envelope(DOCTOR).id)
    size = min(len(round_.envelope(one).payload or b"") for one in (DOCTOR, PATIENT))
    for share in (0.0, 0.01, 0.5, 0.99):
        script = SmtpScript(cut_after=int(size * share))
        with listener(script) as port:
            mail(round_, port)
            round_.later()
        assert script.messages == []
        # All bytes may have left before the cut was seen: then it is a doubt, never a yes.
        assert {round_.states()[DOCTOR], round_.states()[PATIENT]} <= {State.QUEUED, State.IN_DOUBT}
    ends(round_)


def test_f16_cut_after_the_dot_repeats_the_same_mail(round_: Round) -> None:
    script = SmtpScript({".": CUT})
    with listener(script) as port:
        mail(round_, port)
        round_.drain()
    assert {round_.states()[DOCTOR], round_.states()[PATIENT]} == {State.IN_DOUBT}
    ends(round_)
    # INV-7: what the box has twice is one mail, by its name and by its bytes.
    assert sorted(script.messages) == sorted(round_.envelope(one).payload or b"" for one in (DOCTOR, PATIENT))
    assert [a.outcome for a in round_.attempts(DOCTOR)] == ["in-doubt", "accepted"]


def test_f16_cut_after_the_250_is_no_doubt(round_: Round) -> None:
    script = SmtpScript({"QUIT": CUT})
    with listener(script) as port:
        mail(round_, port)
        round_.drain()
        assert round_.later() == 0
    assert round_.states() == {DMP: State.ACCEPTED, DOCTOR: State.ACCEPTED, PATIENT: State.ACCEPTED}
    assert len(script.messages) == 2


def test_f16_starttls_stripped_or_said_no_to_leaves_nothing_in_plain(round_: Round) -> None:
    offered = b"250-sandbox\r\n250 STARTTLS\r\n"
    for replies in ({"EHLO": EXTENDED}, {"EHLO": offered, "STAR": b"502 no\r\n"}, {"EHLO": offered, "STAR": CUT}):
        script = SmtpScript(replies)  # type: ignore[arg-type]
        with listener(script) as port:
            mail(round_, port, starttls=True)
            round_.later()
        assert {round_.states()[DOCTOR], round_.states()[PATIENT]} == {State.QUEUED}
        assert script.messages == []
        assert not any(command[:4].upper() in (b"MAIL", b"RCPT", b"DATA") for command in script.commands)
    ends(round_)


def test_f16_a_certificate_that_is_not_the_operators_has_nothing(round_: Round, tmp_path: Path) -> None:
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    theirs, ours = certificate(tmp_path, "operator", loopback), certificate(tmp_path, "believed", loopback)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*theirs)
    inside = SmtpScript({"banner": b""})

    def play(connection: Any) -> None:
        connection.sendall(b"220 sandbox\r\n")
        connection.recv(1000)
        connection.sendall(b"250-sandbox\r\n250 STARTTLS\r\n")
        connection.recv(1000)
        connection.sendall(b"220 go\r\n")
        with context.wrap_socket(connection, server_side=True) as secured:
            inside(secured)

    with listener(play) as port:
        mail(round_, port, starttls=True, tls=Tls(authorities=ours[0]))
        round_.drain()
    assert outcomes(round_) == {("unreachable", "tls")}
    assert inside.commands == []
    ends(round_)


def test_f16_nobody_there_until_the_budget_is_spent(round_: Round) -> None:
    mail(round_, closed_port())
    round_.drain()
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds)
    round_.drain()
    assert {round_.states()[DOCTOR], round_.states()[PATIENT]} == {State.EXHAUSTED}
    assert len(round_.duties()) == 2


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(longest=1000), "dépasse la taille"),
        (Limits(belongs=lambda box: not box.endswith("@patient.mssante.fr")), "espace de confiance"),
    ],
)
def test_what_is_held_back_is_told_with_its_reason(round_: Round, limits: Limits, sentence: str) -> None:
    script = SmtpScript()
    with listener(script) as port:
        mail(round_, port, limits)
        round_.drain()
    assert round_.states()[PATIENT] is State.REFUSED
    # The shared record has the report all the same.
    assert round_.states()[DMP] is State.ACCEPTED
    tasks = round_.duties()
    assert tasks
    assert all(sentence in task["reasonCode"]["text"] for task in tasks)
    assert len(script.messages) == 2 - len(tasks)
    round_.assert_proved()


@pytest.mark.parametrize("said", ["523 too large", "552 5.3.4 too big", "552 5.2.3 too big"])
def test_an_operator_that_finds_it_too_long_is_understood(round_: Round, said: str) -> None:
    with listener(SmtpScript({"MAIL": f"{said}\r\n".encode()})) as port:
        mail(round_, port)
        round_.drain()
    assert round_.states()[DOCTOR] is State.REFUSED
    assert all("dépasse la taille" in task["reasonCode"]["text"] for task in round_.duties())
    # A box that is full is another matter.
    assert not is_too_long("552 5.2.2")


def test_while_nobody_can_say_who_belongs_mails_wait(round_: Round) -> None:
    mail(round_, closed_port(), Limits(belongs=lambda box: None))
    round_.drain()
    assert outcomes(round_) == {("unreachable", "no-trust-list")}
    assert round_.duties() == []
    ends(round_)
