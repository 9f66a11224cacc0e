"""Mails as operators, softwares and people write them, about a mail of ours or about another."""

from service.outbox.envelope import Envelope
from tests.inbound.boxes import ADDRESS

OPERATOR = "MAILER-DAEMON@operateur.formation.mssante.fr"
CRLF = "\r\n"


def _lines(*lines: str) -> bytes:
    return (CRLF.join(lines) + CRLF).encode()


def plain(subject: str, body: str, *headers: str, sender: str, number: int = 1) -> bytes:
    return _lines(
        f"From: {sender}",
        f"To: {ADDRESS}",
        f"Subject: {subject}",
        f"Message-ID: <plain-{number}@editeur.formation.mssante.fr>",
        *headers,
        "",
        body,
    )


def delivery(
    envelope: Envelope,
    action: str = "failed",
    status: str = "5.1.1",
    *,
    recipient: str = "",
    envelope_id: str | None = None,
    message_id: str | None = None,
    number: int = 1,
) -> bytes:
    """A delivery status notification, with the headers of the original alone (RET=HDRS)."""
    about = envelope.id if envelope_id is None else envelope_id
    original = envelope.message_id if message_id is None else message_id
    return _lines(
        "Return-Path: <>",
        f"From: {OPERATOR}",
        f"To: {ADDRESS}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Message-ID: <dsn-{action}-{number}@operateur.formation.mssante.fr>",
        "Auto-Submitted: auto-replied",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"',
        "",
        "--b1",
        "Content-Type: text/plain",
        "",
        "This is the mail system.",
        "--b1",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; operateur.formation.mssante.fr",
        *([f"Original-Envelope-Id: {about}"] if about else []),
        "",
        f"Final-Recipient: rfc822; {recipient or envelope.recipient}",
        f"Action: {action}",
        f"Status: {status}",
        "",
        "--b1",
        "Content-Type: text/rfc822-headers",
        "",
        *([f"Message-ID: {original}"] if original else []),
        "Subject: XDM/1.0/DDM+",
        "",
        "--b1--",
    )


def disposition(
    envelope: Envelope,
    said: str = "manual-action/MDN-sent-manually; displayed",
    *headers: str,
    sender: str = "",
    recipient: str = "",
    message_id: str | None = None,
    number: int = 1,
) -> bytes:
    """A message disposition notification."""
    return _lines(
        f"From: {sender or envelope.recipient}",
        f"To: {ADDRESS}",
        "Subject: Lu : compte rendu",
        f"Message-ID: <mdn-{number}@editeur.formation.mssante.fr>",
        *headers,
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b2"',
        "",
        "--b2",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Le message a été affiché.",
        "--b2",
        "Content-Type: message/disposition-notification",
        "",
        "Reporting-UA: editeur.example; Logiciel",
        f"Final-Recipient: rfc822;{recipient or envelope.recipient}",
        f"Original-Message-ID: {envelope.message_id if message_id is None else message_id}",
        f"Disposition: {said}",
        "",
        "--b2--",
    )


def reply(envelope: Envelope, text: str, *headers: str, sender: str = "", number: int = 1) -> bytes:
    return plain(
        "Re: compte rendu",
        text,
        f"In-Reply-To: {envelope.message_id}",
        f"References: {envelope.message_id}",
        *headers,
        sender=f"Dr TEST <{sender or envelope.recipient}>",
        number=number,
    )
