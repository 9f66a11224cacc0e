"""The sealed payload of a mail: the whole RFC 5322 message. Pure."""

from typing import Any

from mappings.domain.report import ActReport, Submission
from mappings.issues import Issue
from mappings.xdm.mail import mail_refusals, message
from service.outbox.envelope import Destination, Envelope


def package(
    report: ActReport,
    submission: Submission,
    cda: bytes,
    pdf: bytes,
    envelope: Envelope,
    *,
    nil: str,
    in_reply_to: str = "",
) -> bytes:
    """Sent by the structure's own box to the envelope's box, dated by the envelope."""
    withdrawn = envelope.purpose == "withdraw"
    headers = _headers(report, envelope, nil)
    sealed = message(report, submission, cda, pdf, **headers, withdrawn=withdrawn, in_reply_to=in_reply_to)
    if _has_bare_line_end(sealed) or not sealed.endswith(b"\r\n"):
        raise ValueError("the message has a line end other than CR LF")
    return sealed


def _has_bare_line_end(message: bytes) -> bool:
    """One that is not CR LF: what one server takes for text, the next may take for the end of the message."""
    return not message.count(b"\r\n") == message.count(b"\r") == message.count(b"\n")


def refusals(report: ActReport, envelope: Envelope, *, nil: str) -> list[Issue]:
    """Why this report cannot go to this box, before anything is rendered."""
    return mail_refusals(report, **_headers(report, envelope, nil))


def _headers(report: ActReport, envelope: Envelope, nil: str) -> dict[str, Any]:
    """What is said around the report.

    Nobody reads an applicative box: a professional's answer goes to whoever did the act (CI-SIS volet courriel, From
    of an automatic flow). A patient is not asked to answer.
    """
    to_patient = envelope.destination is Destination.MSSANTE_PATIENT
    return {
        "sender": report.organization.mailbox,
        "recipient": envelope.recipient,
        "message_id": envelope.message_id,
        "date": envelope.created_at,
        "to_patient": to_patient,
        "nil": nil,
        "reply_to": "" if to_patient else report.delegatee.mailbox,
    }
