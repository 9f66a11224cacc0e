"""Our client and a mail server that others wrote: what arrives, what is refused, what comes back (RFC 3464)."""

import email
import email.policy
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mappings.cda import report_to_cda
from mappings.mail.message import opened
from mappings.mail.notices import Said, notice_of
from service.clients import package
from service.clients.mssante.client import MssanteClient
from service.clients.mssante.preflight import Limits
from service.clients.mssante.send import Submission
from service.clients.tls import Tls
from service.outbox.envelope import Destination, Envelope
from service.outbox.receipt import Outcome, Receipt
from tests.clients.sealed_things import document
from tests.clients.sealed_things import envelope as sealed_envelope
from tests.mailserver.conftest import DOCTOR, DOCTORS, SENDER, SENDERS, Files
from tests.mailserver.cutting import relay
from tests.mailserver.postfix import Postfix, absent
from tests.mappings.reports import ORGANIZATION, REPORT, SUBMISSION

if reason := absent():
    pytest.skip(reason, allow_module_level=True)

NOTICES = Path(__file__).parent / "notices"
NOBODY = "parti-fictif@medecin.formation.mssante.fr"
PDF = b"%PDF-1.4 a stand-in"


def sealed(recipient: str, sender: str = SENDER) -> Envelope:
    """A whole mail, as ``package`` makes it."""
    report = replace(REPORT, organization=replace(ORGANIZATION, mailbox=sender))
    cda = report_to_cda(report, PDF)
    unsealed = sealed_envelope(Destination.MSSANTE_PROFESSIONAL, b"", recipient)
    payload = package(report, SUBMISSION, replace(document(cda), pdf=PDF), unsealed, nil="DEV-000000")
    return sealed_envelope(Destination.MSSANTE_PROFESSIONAL, payload, recipient)


def send(port: int, tls: Tls, envelope: Envelope, *, starttls: bool = True, notices: bool = False) -> Receipt:
    submission = Submission(
        host="127.0.0.1", port=port, starttls=starttls, tls=tls, greeting="binome.formation.mssante.fr",
        seconds=60, notices=notices,
    )  # fmt: skip
    return MssanteClient(submission, Limits(longest=100_000_000)).send(envelope, document())


@pytest.fixture
def believing(theirs: Files) -> Tls:
    return Tls(authorities=theirs[0])


def test_the_sealed_bytes_arrive_under_starttls(server: Postfix, believing: Tls) -> None:
    mail = sealed(DOCTOR)
    receipt = send(server.port, believing, mail)
    [letter] = server.letters(DOCTOR)
    assert (receipt.outcome, receipt.code) == (Outcome.ACCEPTED, "250 2.0.0")
    assert "postfix/qmgr[" in server.log()
    assert f"{receipt.receiver_id}: from=<{SENDER}>" in server.log()
    # Before them the traces of the way (RFC 5321, 4.4); line ends as the box has them.
    assert mail.payload is not None
    traces, _, arrived = letter.partition(b"\nFrom: ")
    assert b"From: " + arrived == mail.payload.replace(b"\r\n", b"\n")
    assert b"with ESMTPS id" in traces
    read = email.message_from_bytes(letter, policy=email.policy.default)
    assert read["Message-ID"] == mail.message_id
    assert [part.get_content_type() for part in read.walk()][2:] == ["application/zip", "application/pdf"]


def test_a_box_that_is_not_known_is_refused_at_once(server: Postfix, believing: Tls) -> None:
    receipt = send(server.strict, believing, sealed(NOBODY))
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "550 5.1.1")


def notice(letter: bytes) -> bytes:
    """The shape of a notice, without what changes each time."""
    shape = re.sub(rb"\b[0-9A-F]{10,12}\b", b"0123456789A", letter)
    shape = re.sub(rb"\w{3}, +\d+ \w{3} \d{4} [\d:]{8} \+0000 \(UTC\)", b"Mon, 16 Nov 2026 09:41:00 +0000 (UTC)", shape)
    shape = re.sub(rb"(?<=A\.)\d+(?=/operateur)", b"1794821260", shape)
    return re.sub(rb"(?m)^(Message-Id: <)\d{14}", rb"\g<1>20261116094100", shape)


def same_as_kept(name: str, letter: bytes) -> bool:
    """The notice that the tests of the readers rest on is still what this server writes."""
    if os.environ.get("BINOME_TEST_KEEP_NOTICES"):
        (NOTICES / name).write_bytes(notice(letter))
    kept = (NOTICES / name).read_bytes()
    fields = re.compile(rb"(?m)^[A-Z][A-Za-z-]+:")
    return fields.findall(notice(letter)) == fields.findall(kept)


def test_a_mail_that_is_taken_and_cannot_be_delivered_comes_back(server: Postfix, believing: Tls) -> None:
    mail = sealed(NOBODY, SENDERS[0])
    assert send(server.port, believing, mail).outcome is Outcome.ACCEPTED
    [letter] = server.letters(SENDERS[0])
    told = notice_of(opened(letter))
    assert told is not None
    assert (told.said, told.message_id, told.envelope_id, told.code) == (Said.FAILED, mail.message_id, mail.id, "5.1.1")
    # RET=HDRS: what comes back holds no clinical content.
    assert b"IHE_XDM" not in letter
    assert same_as_kept("unknown-user.eml", letter)


def test_a_notice_of_delivery_is_asked_for_and_is_no_bounce(server: Postfix, believing: Tls) -> None:
    mail = sealed(DOCTORS[1], SENDERS[1])
    assert send(server.port, believing, mail, notices=True).outcome is Outcome.ACCEPTED
    [letter] = server.letters(SENDERS[1])
    assert len(server.letters(DOCTORS[1])) == 1
    assert b"Action: delivered" in letter
    assert f"Original-Envelope-Id: {mail.id}".encode() in letter
    told = notice_of(opened(letter))
    assert told is not None
    assert (told.said, told.envelope_id) == (Said.DELIVERED, mail.id)
    assert same_as_kept("delivered.eml", letter)


def test_without_being_asked_it_says_nothing_of_a_delivery(server: Postfix, believing: Tls) -> None:
    send(server.port, believing, sealed(DOCTORS[2], SENDERS[2]))
    server.letters(DOCTORS[2])
    send(server.port, believing, sealed(NOBODY, SENDERS[2]))
    # The notice of the second came after the first was delivered.
    told = [notice_of(opened(letter)) for letter in server.letters(SENDERS[2])]
    assert [one and one.said for one in told] == [Said.FAILED]


def test_in_plain_text_it_takes_nothing(server: Postfix, believing: Tls) -> None:
    receipt = send(server.port, believing, sealed(DOCTORS[3]), starttls=False)
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "530 5.7.0")


def test_a_server_that_we_do_not_believe_has_nothing(server: Postfix, ours: Files) -> None:
    receipt = send(server.port, Tls(authorities=ours[0]), sealed(DOCTORS[4]))
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "tls")


def test_an_applicative_box_shows_its_certificate(server: Postfix, theirs: Files, ours: Files, believing: Tls) -> None:
    known = Tls(authorities=theirs[0], certificate=ours[0], key=ours[1])
    assert send(server.certified, known, sealed(DOCTORS[5])).outcome is Outcome.ACCEPTED
    assert len(server.letters(DOCTORS[5])) == 1
    unknown = send(server.certified, believing, sealed(DOCTORS[6]))
    assert unknown.outcome is not Outcome.ACCEPTED
    stranger = Tls(authorities=theirs[0], certificate=theirs[0], key=theirs[1])
    assert send(server.certified, stranger, sealed(DOCTORS[6])).outcome is not Outcome.ACCEPTED


def test_a_message_longer_than_it_takes_is_refused_before_it_travels(server: Postfix, believing: Tls) -> None:
    payload = b"From: x <%s>\r\n\r\n" % SENDER.encode() + b"x" * 998 + b"\r\n" + (b"y" * 98 + b"\r\n") * 101_000
    receipt = send(server.port, believing, sealed_envelope(Destination.MSSANTE_PROFESSIONAL, payload, DOCTORS[7]))
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "552 5.3.4")


def test_what_is_not_the_operators_goes_nowhere(server: Postfix, believing: Tls) -> None:
    receipt = send(server.port, believing, sealed("hugo.weber-fictif@ailleurs.formation.mssante.fr"))
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "554 5.7.1")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_f16_a_message_cut_on_its_way_is_no_message(server: Postfix, believing: Tls, share: float) -> None:
    mail = sealed(DOCTORS[8])
    assert mail.payload is not None
    with relay(server.port, after=int(len(mail.payload) * share)) as port:
        receipt = send(port, believing, mail)
    # The line was cut by the other side: what had left before we saw it may have been all of it.
    assert receipt.outcome in (Outcome.UNREACHABLE, Outcome.IN_DOUBT)
    # Behind it, one that arrives: nothing of the first is there.
    assert send(server.port, believing, sealed(DOCTORS[9], SENDERS[9])).outcome is Outcome.ACCEPTED
    assert server.letters(DOCTORS[9], count=1)
    assert server.letters(DOCTORS[8], count=0) == []


def test_f16_an_answer_that_is_lost_is_a_doubt_and_the_repeat_is_the_same_mail(server: Postfix, believing: Tls) -> None:
    """INV-7: the box has it twice, under one name and with the same bytes."""
    mail = sealed(DOCTORS[0])
    assert mail.payload is not None
    with relay(server.port, after=len(mail.payload), whole=True) as port:
        assert send(port, believing, mail).outcome is Outcome.IN_DOUBT
    assert send(server.port, believing, mail).outcome is Outcome.ACCEPTED
    arrived = [letter.partition(b"\nFrom: ")[2] for letter in server.letters(DOCTORS[0], count=2)]
    assert arrived == [mail.payload.replace(b"\r\n", b"\n").partition(b"From: ")[2]] * 2
    assert {email.message_from_bytes(one)["Message-ID"] for one in server.letters(DOCTORS[0])} == {mail.message_id}
