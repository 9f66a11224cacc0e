import itertools
import re
import socket
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.clients.mssante.client import MssanteClient
from service.clients.mssante.codes import OUTCOMES, Reply, Stage, family
from service.clients.mssante.read import Said, queue_id, read
from service.clients.mssante.send import Submission, _doubled, sender_of, submit
from service.clients.sealed import NotAsSealed
from service.clients.tls import Tls
from service.outbox.envelope import Destination, Envelope
from service.outbox.receipt import Outcome
from service.outbox.sign import Sign, sign_of
from tests.clients.overtime import Over
from tests.clients.scripted import CUT, SmtpScript, closed_port, listener, until_left
from tests.clients.sealed_things import MESSAGE, document, envelope
from tests.waiting import PATIENCE

TO = "hugo.weber-fictif@medecin.formation.mssante.fr"


def submission(port: int, seconds: float = PATIENCE, *, starttls: bool = False) -> Submission:
    return Submission(
        host="127.0.0.1", port=port, starttls=starttls, tls=Tls(), greeting="[127.0.0.1]", seconds=seconds
    )


def client(port: int, seconds: float = PATIENCE) -> MssanteClient:
    return MssanteClient(submission(port, seconds))


def mail(payload: bytes = MESSAGE) -> Envelope:
    return envelope(Destination.MSSANTE_PROFESSIONAL, payload)


def test_the_receiver_has_exactly_the_sealed_bytes_and_its_queue_id_is_kept() -> None:
    script = SmtpScript()
    with listener(script) as port:
        receipt = client(port).send(envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), document())
    assert script.messages == [MESSAGE]
    assert (receipt.outcome, receipt.code, receipt.receiver_id) == (Outcome.ACCEPTED, "250 2.0.0", "4XyZ12")
    assert receipt.raw == b"250 2.0.0 Ok: queued as 4XyZ12"
    assert script.commands == [
        b"ehlo [127.0.0.1]",
        f"mail FROM:<msp@tilleuls.formation.mssante.fr> SIZE={len(MESSAGE)} RET=HDRS ENVID=e-1".encode(),
        f"rcpt TO:<{TO}>".encode(),
        b"DATA",
        b"quit",
    ]


lines = st.binary(max_size=80).filter(lambda line: b"\r" not in line and b"\n" not in line)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(lines, lines.map(lambda line: b"." + line), st.just(b".")), max_size=12))
def test_whatever_the_body_the_receiver_has_the_sealed_bytes(body: list[bytes]) -> None:
    payload = MESSAGE + b"".join(line + b"\r\n" for line in body)
    script = SmtpScript()
    with listener(script) as port:
        assert client(port).send(envelope(Destination.MSSANTE_PATIENT, payload), document()).outcome is Outcome.ACCEPTED
    assert script.messages == [payload]


STEPS = ["banner", "EHLO", "MAIL", "RCPT", "DATA", "."]


@pytest.mark.parametrize("code", [421, 450, 451, 452, 454])
@pytest.mark.parametrize("step", STEPS)
def test_a_temporary_no_is_tried_again(step: str, code: int) -> None:
    with listener(SmtpScript({step: f"{code} 4.3.0 later\r\n".encode()})) as port:
        receipt = client(port).send(mail(), document())
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, f"{code} 4.3.0")


@pytest.mark.parametrize("code", [500, 502, 550, 554])
@pytest.mark.parametrize("step", ["banner", "EHLO"])
def test_a_permanent_no_to_the_session_refuses_no_mail(step: str, code: int) -> None:
    with listener(SmtpScript({step: f"{code}-5.3.2 no\r\n{code} 5.3.2 never\r\n".encode()})) as port:
        receipt = client(port).send(mail(), document())
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, f"{code} 5.3.2")
    assert sign_of(receipt) is Sign.DOWN


@pytest.mark.parametrize("code", [500, 523, 550, 552, 554])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "."])
def test_a_permanent_no_is_for_a_human(step: str, code: int) -> None:
    with listener(SmtpScript({step: f"{code}-5.7.1 no\r\n{code} 5.7.1 never\r\n".encode()})) as port:
        receipt = client(port).send(mail(), document())
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, f"{code} 5.7.1")
    assert receipt.receiver_id == ""


@pytest.mark.parametrize("reply", [b"<html>nothing of the sort\r\n", b"9999999 what\r\n", b"\xff\xfe\r\n"])
@pytest.mark.parametrize("step", ["banner", "EHLO", "MAIL", "RCPT", "DATA"])
def test_nonsense_before_the_dot_is_tried_again(step: str, reply: bytes) -> None:
    with listener(SmtpScript({step: reply})) as port:
        assert client(port).send(mail(), document()).outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize("step", ["banner", "DATA"])
def test_a_yes_in_the_wrong_place_is_tried_again(step: str) -> None:
    with listener(SmtpScript({step: b"250 Ok\r\n"})) as port:
        assert client(port).send(mail(), document()).outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize("reply", [b"<html>\r\n", b"354 go on\r\n", b"999 x\r\n", b"25\r\n"])
def test_nonsense_after_the_dot_leaves_a_doubt(reply: bytes) -> None:
    with listener(SmtpScript({".": reply})) as port:
        assert client(port).send(mail(), document()).outcome is Outcome.IN_DOUBT


@pytest.mark.parametrize("step", ["banner", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_line_cut_before_the_dot_is_tried_again(step: str) -> None:
    with listener(SmtpScript({step: CUT})) as port:
        assert client(port).send(mail(), document()).outcome is Outcome.UNREACHABLE


def test_a_line_cut_after_the_dot_leaves_a_doubt() -> None:
    script = SmtpScript({".": CUT})
    with listener(script) as port:
        receipt = client(port).send(mail(), document())
    assert (receipt.outcome, receipt.code) == (Outcome.IN_DOUBT, "cut")
    assert script.messages == [MESSAGE]


def test_a_reply_cut_in_the_middle_is_no_reply() -> None:
    def half(connection: socket.socket) -> None:
        connection.sendall(b"250 2.0.0 Ok: queu")
        raise ConnectionAbortedError

    with listener(SmtpScript({".": half})) as port:
        assert client(port).send(mail(), document()).outcome is Outcome.IN_DOUBT


def test_a_big_message_cut_on_its_way_is_tried_again() -> None:
    payload = MESSAGE + b"x" * 70 + b"\r\n"
    payload += (b"y" * 70 + b"\r\n") * 100_000
    with listener(SmtpScript(cut_after=1000)) as port:
        receipt = client(port).send(envelope(Destination.MSSANTE_PATIENT, payload), document())
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "cut")


def test_nobody_listens() -> None:
    receipt = client(closed_port()).send(mail(), document())
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "connect")


def test_no_such_host() -> None:
    # The host is checked for loopback only when STARTTLS is off.
    server = Submission(
        host="nowhere.invalid", port=587, starttls=True, tls=Tls(), greeting="[127.0.0.1]", seconds=PATIENCE
    )
    receipt = MssanteClient(server).send(mail(), document())
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "connect")


def stall(connection: socket.socket, over: Over) -> None:
    over()
    until_left(connection)


def drip(connection: socket.socket, over: Over) -> None:
    for count, octet in enumerate(itertools.cycle(b"250-still here\r\n")):
        connection.sendall(bytes([octet]))
        if count == 40:
            over()


@pytest.mark.parametrize(
    ("step", "outcome"), [("banner", Outcome.UNREACHABLE), ("RCPT", Outcome.UNREACHABLE), (".", Outcome.IN_DOUBT)]
)
@pytest.mark.parametrize("manner", [stall, drip])
def test_the_deadline_is_for_the_whole_dialogue(
    step: str, outcome: Outcome, manner: Callable[[socket.socket, Over], None], over: Over
) -> None:
    with listener(SmtpScript({step: lambda connection: manner(connection, over)})) as port:
        receipt = client(port, seconds=3_600).send(mail(), document())
    assert (receipt.outcome, receipt.code) == (outcome, "timeout")
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_an_endless_reply_is_not_read_to_its_end() -> None:
    def endless(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"250-more\r\n" * 1000)

    with listener(SmtpScript({".": endless})) as port:
        receipt = client(port).send(mail(), document())
    assert (receipt.outcome, len(receipt.raw)) == (Outcome.IN_DOUBT, 0)


def test_the_goodbye_changes_nothing() -> None:
    for goodbye in (CUT, b"554 no\r\n", b"nonsense\r\n"):
        with listener(SmtpScript({"QUIT": goodbye})) as port:
            assert client(port).send(mail(), document()).outcome is Outcome.ACCEPTED


def test_starttls_stripped_sends_nothing_in_plain() -> None:
    script = SmtpScript()
    with listener(script) as port:
        said = submit(submission(port, starttls=True), TO, "e-1", MESSAGE)
    assert read(said).outcome is Outcome.UNREACHABLE
    assert said.ending == "no-starttls"
    assert [command[:4].upper() for command in script.commands] == [b"EHLO", b"QUIT"]


@pytest.mark.parametrize("reply", [b"454 later\r\n", b"502 no\r\n", b"554 no\r\n"])
def test_starttls_said_no(reply: bytes) -> None:
    """Whoever sits on the line can say it too: a no to the line is no word on the message."""
    script = SmtpScript({"EHLO": b"250-sandbox\r\n250 STARTTLS\r\n", "STAR": reply})
    with listener(script) as port:
        assert read(submit(submission(port, starttls=True), TO, "e-1", MESSAGE)).outcome is Outcome.UNREACHABLE
    assert not script.messages


def test_a_yes_without_a_tls_session_sends_nothing_in_plain() -> None:
    script = SmtpScript({"EHLO": b"250-sandbox\r\n250 STARTTLS\r\n", "STAR": b"250 as you like\r\n"})
    with listener(script) as port:
        assert read(submit(submission(port, starttls=True), TO, "e-1", MESSAGE)).outcome is Outcome.UNREACHABLE
    assert not script.messages


def test_a_broken_tls_session_is_tried_again() -> None:
    script = SmtpScript({"EHLO": b"250-sandbox\r\n250 STARTTLS\r\n", "STAR": b"220 go\r\nnot a server hello\r\n"})
    with listener(script) as port:
        receipt = read(submit(submission(port, seconds=PATIENCE, starttls=True), TO, "e-1", MESSAGE))
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "tls")


def test_mail_never_leaves_the_machine_in_plain() -> None:
    with pytest.raises(ValueError, match="STARTTLS"):
        Submission(host="smtp.mssante.example", port=587, starttls=False, tls=Tls(), greeting="x", seconds=1)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("reply", Reply)
def test_every_stage_and_family_has_one_outcome(stage: Stage, reply: Reply) -> None:
    assert OUTCOMES[stage, reply] in Outcome


@given(st.sampled_from(Stage), st.one_of(st.none(), st.integers(min_value=-1, max_value=999)), st.binary(max_size=200))
def test_every_reply_has_one_outcome(stage: Stage, code: int | None, text: bytes) -> None:
    said = Said(stage, code, text)
    receipt = read(said)
    assert receipt == read(said)
    assert receipt.outcome is OUTCOMES[stage, family(code)]
    # The two promises of mail: accepted only by a yes to the message, doubtful only once all of it has left.
    assert (receipt.outcome is Outcome.ACCEPTED) == (
        stage is Stage.FINAL_DOT and code is not None and 200 <= code < 300
    )
    assert receipt.outcome is not Outcome.IN_DOUBT or stage is Stage.FINAL_DOT


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"2.0.0 Ok: queued as 4XyZ12", "4XyZ12"),
        (b"OK id=1tBcDe-000000-0A", "1tBcDe-000000-0A"),
        (b"2.0.0 4AG9eXyz012345 Message accepted for delivery", "4AG9eXyz012345"),
        (b"OK", ""),
        (b"queued as \xff\xff", ""),
    ],
)
def test_queue_ids(text: bytes, name: str) -> None:
    assert queue_id(text) == name


def test_the_sender_is_the_one_of_the_sealed_message() -> None:
    assert sender_of(MESSAGE) == "msp@tilleuls.formation.mssante.fr"
    with pytest.raises(ValueError, match="one sender"):
        sender_of(b"To: x@y.example\r\n\r\nx\r\n")
    with pytest.raises(ValueError, match="one sender"):
        sender_of(b"From: a@x.example, b@x.example\r\n\r\nx\r\n")
    with pytest.raises(ValueError, match="one sender"):
        sender_of(b"From: a@x.example\r\nFROM: b@x.example\r\n\r\nx\r\n")
    assert sender_of(b"To: x@y.example\r\nFrom: A\r\n <a@x.example>\r\n\r\nFrom: b@x.example\r\n") == "a@x.example"


@given(st.lists(st.sampled_from([b".", b"\n", b"\r", b"a", b"\r\n.", b"x.y"]), max_size=12).map(b"".join))
def test_each_dot_that_begins_a_line_is_doubled_and_no_other(message: bytes) -> None:
    assert _doubled(message) == re.sub(rb"(?:(?<=\n)|\A)\.", b"..", message)


def test_bytes_that_changed_since_the_seal_do_not_leave() -> None:
    script = SmtpScript()
    sealed = envelope(Destination.MSSANTE_PATIENT, MESSAGE)
    altered = envelope(Destination.MSSANTE_PATIENT, MESSAGE + b"x\r\n")
    object.__setattr__(altered, "payload_sha256", sealed.payload_sha256)
    with listener(script) as port, pytest.raises(NotAsSealed):
        client(port).send(altered, document())
    assert not script.commands


def test_a_mail_server_cannot_be_asked() -> None:
    assert client(closed_port()).look_up(mail(), document()) is None
