"""The sealed payload of a mail: the whole RFC 5322 message. Pure."""

from typing import Any

from mappings.domain.report import ActReport, Submission
from mappings.issues import Issue
from mappings.xdm.mail import Action, mail_refusals, message
from service.outbox.envelope import Destination, Envelope


def package(
    report: ActReport,
    submission: Submission,
    cda: bytes,
    pdf: bytes,
    envelope: Envelope,
    *,
    nil: str,
) -> bytes:
    """Sent by the structure's own box to the envelope's box, dated by the envelope."""
    headers = _headers(report, envelope, nil)
    former = envelope.formers[0].message_id if envelope.formers else ""
    sealed = message(report, submission, cda, pdf, **headers, action=_action(envelope), in_reply_to=former)
    if _has_bare_line_end(sealed) or not sealed.endswith(b"\r\n"):
        raise ValueError("the message has a line end other than CR LF")
    return sealed


def _has_bare_line_end(message: bytes) -> bool:
    """One that is not CR LF: what one server takes for text, the next may take for the end of the message."""
    return not message.count(b"\r\n") == message.count(b"\r") == message.count(b"\n")


def _action(envelope: Envelope) -> Action:
    """A box that has nothing to replace takes the document as any other."""
    if envelope.purpose == "withdraw":
        return "withdraw"
    return "replace" if envelope.formers else "publish"


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
