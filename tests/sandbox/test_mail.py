"""The operator of the sandbox: what it takes, under which name, and what it refuses."""

import smtplib
import socket
from collections.abc import Sequence
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from service.sandbox import mail
from service.sandbox.mail import Mailboxes, in_trust_space
from service.sandbox.server import Sandbox
from tests.sandbox.caller import NOW
from tests.waiting import PATIENCE

SENDER = "cr-delegation@msp-fictive.formation.mssante.fr"
RECIPIENT = "hugo.weber-fictif@medecin.formation.mssante.fr"
MESSAGE = b"Subject: essai\r\nMessage-ID: <1@tests.mssante.fr>\r\n\r\ncorps\r\n.\r\n..\r\n.point\r\n\r\n"


def send(sandbox: Sandbox, message: bytes = MESSAGE, recipient: str = RECIPIENT, options: Sequence[str] = ()) -> str:
    """The text of the reply to the final dot."""
    with smtplib.SMTP(*sandbox.smtp_address, local_hostname="tests.mssante.fr") as caller:
        caller.ehlo()
        _accepted(caller.mail(SENDER, options))
        _accepted(caller.rcpt(recipient))
        code, text = caller.data(message)
        if code != 250:
            raise smtplib.SMTPDataError(code, text)
        return text.decode()


def _accepted(reply: tuple[int, bytes]) -> None:
    if reply[0] != 250:
        raise smtplib.SMTPResponseException(*reply)


def received(sandbox: Sandbox, address: str = RECIPIENT) -> list[dict[str, Any]]:
    return requests.get(f"{sandbox.http_url}/mailboxes/{address}", timeout=PATIENCE).json()


def test_a_mail_is_kept_under_the_name_told_in_the_answer(sandbox: Sandbox) -> None:
    reply = send(sandbox)
    assert reply.startswith("2.0.0 Ok: queued as ")
    [letter] = received(sandbox)
    assert letter["id"] == reply.rpartition(" ")[2]
    assert (letter["from"], letter["to"]) == (SENDER, [RECIPIENT])
    assert (letter["messageId"], letter["received"]) == ("<1@tests.mssante.fr>", NOW.isoformat())
    raw = requests.get(f"{sandbox.http_url}/mailboxes/{RECIPIENT}/{letter['id']}.eml", timeout=PATIENCE)
    assert raw.content == MESSAGE
    assert raw.headers["Content-Type"] == "message/rfc822"


def test_the_case_of_an_address_does_not_make_another_mailbox(sandbox: Sandbox) -> None:
    send(sandbox, recipient=RECIPIENT.upper())
    assert len(received(sandbox)) == 1


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("a@medecin.mssante.fr", True),
        ("a@x.formation.MSSANTE.fr", True),
        ("a@mssante.fr", False),
        ("a@.mssante.fr", False),
        ("a@evilmssante.fr", False),
        ("a@medecin.mssante.fr.example", False),
        ("a@medecin.mssanté.fr", False),
        ("@medecin.mssante.fr", False),
        ("medecin.mssante.fr", False),
    ],
)
def test_the_trust_space_ends_at_its_domain(address: str, inside: bool) -> None:
    assert in_trust_space(address) is inside


def test_a_stranger_neither_sends_nor_receives(sandbox: Sandbox) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as refusal:
        send(sandbox, recipient="hugo@example.org")
    assert refusal.value.smtp_code == 550
    with smtplib.SMTP(*sandbox.smtp_address, local_hostname="tests.mssante.fr") as caller:
        caller.ehlo()
        assert caller.mail("hugo@example.org")[0] == 550
        assert caller.mail("")[0] == 250


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"Subject: a\r\n\r\n" + b"x" * 1000 + b"\r\n", 500),
        (b"Subject: a\r\n\r\nbare\nline\r\n", 550),
        (b"Subject: a\r\n\r\nbare\rline\r\n", 550),
        # An end of data that only a careless server sees.
        (b"Subject: a\r\n\r\n\n.\r\nMAIL FROM:<x@y.mssante.fr>\r\n", 550),
    ],
)
def test_a_message_that_two_servers_would_read_differently(sandbox: Sandbox, message: bytes, code: int) -> None:
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(sandbox, message)
    assert refusal.value.smtp_code == code
    assert received(sandbox) == []


def test_a_message_too_large(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "LONGEST", 100_000)
    with smtplib.SMTP(*sandbox.smtp_address, local_hostname="tests.mssante.fr") as caller:
        caller.ehlo()
        # Announced: refused before it travels.
        assert caller.mail(SENDER, [f"SIZE={26 * 1024 * 1024}"])[0] == 552
        # Not announced: read to its end, refused, and the dialogue goes on.
        caller.mail(SENDER)
        caller.rcpt(RECIPIENT)
        assert caller.data((b"x" * 76 + b"\r\n") * 5_000)[0] == 552
        assert caller.noop()[0] == 250
    assert received(sandbox) == []


def test_commands_pushed_past_the_end_of_data_are_not_obeyed(sandbox: Sandbox) -> None:
    with socket.create_connection(sandbox.smtp_address, timeout=PATIENCE) as connection:
        lines = connection.makefile("rb")
        lines.readline()
        for command in (b"HELO x.mssante.fr", b"MAIL FROM:<a@b.mssante.fr>", b"RCPT TO:<c@d.mssante.fr>", b"DATA"):
            connection.sendall(command + b"\r\n")
            lines.readline()
        connection.sendall(b"Subject: a\r\n\r\nb\r\n.\r\nMAIL FROM:<x@y.mssante.fr>\r\n")
        assert lines.readline() == b""
        lines.close()
    assert received(sandbox, "c@d.mssante.fr") == []


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(st.text(alphabet="ab. ", max_size=6), max_size=12))
def test_dots_and_empty_lines_travel_unchanged(lines: list[str], shared_sandbox: Sandbox) -> None:
    message = "".join(f"{line}\r\n" for line in ["Subject: a", "", *lines]).encode()
    queue_id = send(shared_sandbox, message).rpartition(" ")[2]
    url = f"{shared_sandbox.http_url}/mailboxes/{RECIPIENT}/{queue_id}.eml"
    assert requests.get(url, timeout=PATIENCE).content == message


def test_the_oldest_contents_make_room_and_their_trace_stays() -> None:
    boxes = Mailboxes(lambda: NOW, capacity=100, longest_trace=3)
    for n in range(5):
        boxes.put(f"Q{n}", SENDER, [RECIPIENT], b"x" * 40)
    kept = boxes.of(RECIPIENT)
    assert [letter.queue_id for letter in kept] == ["Q2", "Q3", "Q4"]
    assert [letter.content is not None for letter in kept] == [False, True, True]
    assert boxes.counts() == {RECIPIENT: 3}


def test_a_queue_id_is_never_given_twice() -> None:
    boxes = Mailboxes(lambda: NOW)
    assert len({boxes.queue_id() for _ in range(1000)}) == 1000
