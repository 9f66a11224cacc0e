"""The sealed payload of a mail: the whole RFC 5322 message. Pure."""

import re
from typing import Final

from mappings.domain.report import ActReport, Submission
from mappings.xdm.mail import message
from service.outbox.envelope import Destination, Envelope

#: A line end that is not CR LF: what one server takes for text, the next may take for the end of the message.
_BARE_LINE_END: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)")


def package(
    report: ActReport, submission: Submission, cda: bytes, pdf: bytes, envelope: Envelope, *, nil: str
) -> bytes:
    """Sent by the structure's own box to the envelope's box, dated by the envelope."""
    sealed = message(
        report,
        submission,
        cda,
        pdf,
        sender=report.organization.mailbox,
        recipient=envelope.recipient,
        message_id=envelope.message_id,
        date=envelope.created_at,
        to_patient=envelope.destination is Destination.MSSANTE_PATIENT,
        nil=nil,
    )
    if _BARE_LINE_END.search(sealed) or not sealed.endswith(b"\r\n"):
        raise ValueError("the message has a line end other than CR LF")
    return sealed
