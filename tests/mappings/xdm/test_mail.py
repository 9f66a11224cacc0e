"""The message: what a stdlib reader sees in it, what it must never hold, why it may not be sent."""

import datetime as dt
import email
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, assume, given, settings

from mappings.cda import report_to_cda
from mappings.issues import Refused
from mappings.xdm import archive, mail_refusals, message
from mappings.xdm.mail import SUBJECT_PREFIX, patient_mailbox, pdf_name
from tests.mappings.reports import DELEGATOR, ORGANIZATION, PARIS, PATIENT, REPORT, SUBMISSION, with_patient
from tests.mappings.strategies import reports

PDF = b"%PDF-1.4 a stand-in"
TO_DELEGATOR = {
    "sender": ORGANIZATION.mailbox,
    "recipient": DELEGATOR.mailbox,
    "message_id": "<240650f9-4d2d-4ed6-9fd8-3a667477495b.acte@msp-tilleuls.formation.mssante.fr>",
    "date": dt.datetime(2026, 11, 16, 10, 41, tzinfo=PARIS),
    "to_patient": False,
    "nil": "DEV-000000",
}
TO_PATIENT = TO_DELEGATOR | {"recipient": "258066799900794@patient.mssante.fr", "to_patient": True}


def sealed(report=REPORT, **addresses) -> bytes:
    return message(report, SUBMISSION, report_to_cda(report, PDF), PDF, **(TO_DELEGATOR | addresses))


def read(data: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def attachments(mail: EmailMessage) -> dict[str, bytes]:
    return {str(part.get_filename()): part.get_content() for part in mail.iter_attachments()}


def test_to_the_delegator() -> None:
    data = sealed(reply_to="secretariat@msp-tilleuls.formation.mssante.fr")
    mail = read(data)
    assert mail["Subject"] == (
        "XDM/1.0/DDM+CR ou fiche de suivi de soins par auxiliaire médical TEST-BINOME CAMILLE 14/06/1958"
    )
    assert mail["From"] == f'"{ORGANIZATION.name}" <{ORGANIZATION.mailbox}>'
    assert mail["To"] == DELEGATOR.mailbox
    assert mail["Disposition-Notification-To"] == ORGANIZATION.mailbox
    assert mail["Reply-To"] == "secretariat@msp-tilleuls.formation.mssante.fr"
    assert (mail["X-MSS-CODECDA"], mail["X-MSS-INS"], mail["X-MSS-NIL"]) == ("11506-3", "O", "DEV-000000")
    assert mail["X-MSS-MES"] is None
    assert mail["Date"].datetime == TO_DELEGATOR["date"]
    assert f"Message-ID: {TO_DELEGATOR['message_id']}\r\n".encode() in data
    assert data.startswith(b"From: ")
    assert "délégué pour votre compte" in mail.get_body().get_content()


def test_to_the_patient() -> None:
    mail = read(sealed(**TO_PATIENT))
    assert mail["X-MSS-MES"] == "FIN"
    assert mail["Disposition-Notification-To"] is None
    words = mail.get_body().get_content()
    assert "L’équipe de soins de MSP DES TILLEULS (FICTIVE)" in words
    # nothing of the care itself outside the attachments
    for word in ("cheville", "torsion", "protocole", "délégué", "EVA"):
        assert word not in words
        assert word not in mail["Subject"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_every_message_is_read_back_as_it_was_meant(report) -> None:
    assume(not report.visibility & {"MASQUE_PS"})
    cda = report_to_cda(report, PDF)
    data = message(report, SUBMISSION, cda, PDF, **TO_DELEGATOR)
    assert data == message(replace(report), replace(SUBMISSION), cda, PDF, **TO_DELEGATOR)
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 998
    mail = read(data)
    patient = report.patient
    words = f"{SUBJECT_PREFIX}{report.type_code.display} {patient.birth_family} {patient.birth_given} "
    assert mail["Subject"].split() == f"{words}{patient.birth_date:%d/%m}/{patient.birth_date.year:04}".split()
    first = report.type_code.display.partition(" ")[0]
    assert f"\r\nSubject: {SUBJECT_PREFIX}{first} ".encode() in data
    (sender,) = mail["From"].addresses
    assert sender.addr_spec == ORGANIZATION.mailbox
    # The address parser of this Python puts a blank between encoded words that stand side by side (RFC 2047,
    # section 6.2, drops it): blanks are left out of the comparison.
    assert "".join(sender.display_name.split()) == "".join(report.organization.name.split())
    content = attachments(mail)
    assert content == {"IHE_XDM.ZIP": archive(report, SUBMISSION, cda), pdf_name(report): PDF}
    assert mail["X-MSS-INS"] == ("O" if report.patient.ins else "N")
    assert list(mail.keys()) == [
        *("From", "To", "Subject", "Message-ID", "Date", "Disposition-Notification-To"),
        *("X-MSS-CODECDA", "X-MSS-INS", "X-MSS-NIL", "MIME-Version", "Content-Type"),
    ]


@pytest.mark.parametrize("name", ["É" * 100, "=?utf-8?Q?x?=", "A =?utf-8?Q?x?= É É B", "a" * 200])
def test_subject_is_encoded_word_by_word(name) -> None:
    data = sealed(with_patient(birth_family=name))
    assert name in read(data)["Subject"]
    header = data.partition(b"\r\nMessage-ID")[0]
    assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?B\?[^?]*\?=", header))
    assert all(len(line) <= 76 for line in header.split(b"\r\n"))


def test_pdf_name() -> None:
    assert pdf_name(REPORT) == "20261116_CR ou fiche de suivi de soins par auxili_TEST-BINOME_CAMILLE.pdf"
    assert pdf_name(with_patient(birth_family="d’Été/..\\x:*?", birth_given='"<|>')) == (
        "20261116_CR ou fiche de suivi de soins par auxili_D’ÉTÉ-..-X---_----.pdf"
    )


def test_patient_mailbox_needs_a_qualified_identity() -> None:
    assert patient_mailbox(PATIENT) == "258066799900794@patient.mssante.fr"
    assert patient_mailbox(replace(PATIENT, identity_status="recovered")) == ""
    assert patient_mailbox(replace(PATIENT, ins=None)) == ""


REFUSED = {
    "header injection by the recipient": (REPORT, {"recipient": "a@b.fr\r\nBcc: c@d.fr"}, "Communication.recipient"),
    "no recipient": (REPORT, {"recipient": ""}, "Communication.recipient"),
    "header injection by the sender": (REPORT, {"sender": "a@b.fr\nX: y"}, "Organization.telecom"),
    "reply-to": (REPORT, {"reply_to": "a@b.fr, c@d.fr"}, "Practitioner.telecom"),
    "message id": (REPORT, {"message_id": "<a@b.fr>\r\nX: y"}, "Communication.identifier"),
    "message id without brackets": (REPORT, {"message_id": "a@b.fr"}, "Communication.identifier"),
    "naive date": (REPORT, {"date": dt.datetime(2026, 11, 16)}, "Communication.sent"),  # noqa: DTZ001
    "no product number": (REPORT, {"nil": ""}, "Communication.sender"),
    "injection by the product number": (REPORT, {"nil": "1\r\nX: y"}, "Communication.sender"),
    "injection by a name": (with_patient(birth_given="A\r\nBcc: c@d.fr"), {}, "Patient.name"),
    "masked": (replace(REPORT, visibility=frozenset({"MASQUE_PS"})), {}, "DocumentReference.securityLabel"),
    "not for the guardians": (
        replace(REPORT, visibility=frozenset({"INVISIBLE_REPRESENTANTS_LEGAUX"})),
        {},
        "DocumentReference.securityLabel",
    ),
    "not yet announced": (
        replace(REPORT, visibility=frozenset({"INVISIBLE_PATIENT"})),
        TO_PATIENT,
        "DocumentReference.securityLabel",
    ),
    "not qualified": (with_patient(identity_status="validated"), TO_PATIENT, "Patient.identifier"),
    "somebody else's box": (REPORT, TO_PATIENT | {"recipient": DELEGATOR.mailbox}, "Communication.recipient"),
}


@pytest.mark.parametrize(("report", "addresses", "expression"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(report, addresses, expression) -> None:
    issues = mail_refusals(report, **(TO_DELEGATOR | addresses))
    assert [issue.expression for issue in issues] == [expression]
    assert all(PATIENT.birth_family not in issue.text for issue in issues)
    cda = report_to_cda(REPORT, PDF)
    with pytest.raises(Refused):
        message(report, SUBMISSION, cda, PDF, **(TO_DELEGATOR | addresses))


@pytest.mark.parametrize(
    ("visibility", "addresses"),
    [({"INVISIBLE_PATIENT"}, {}), ({"MASQUE_PS"}, TO_PATIENT), ({"INVISIBLE_REPRESENTANTS_LEGAUX"}, TO_PATIENT)],
)
def test_visibility_lets_the_other_recipient_have_it(visibility, addresses) -> None:
    report = replace(REPORT, visibility=frozenset(visibility))
    assert mail_refusals(report, **(TO_DELEGATOR | addresses)) == []


def test_a_professional_may_have_it_without_a_qualified_ins() -> None:
    assert read(sealed(with_patient(identity_status="validated")))["X-MSS-INS"] == "N"


def test_the_pdf_must_be_the_one_of_the_document() -> None:
    with pytest.raises(AssertionError):
        message(REPORT, SUBMISSION, report_to_cda(REPORT, PDF), b"another", **TO_DELEGATOR)
