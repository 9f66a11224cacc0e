"""What each destination is told, sealed once: metadata for the shared record, a whole message for mail. Pure."""

import datetime as dt
from dataclasses import dataclass

from mappings.domain.report import ActReport, Submission
from mappings.xdm.mail import message
from mappings.xds.metadata import submission_to_ebxml
from service.outbox.envelope import Destination, Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaging:
    """What this installation says of itself."""

    #: OID of the sending system.
    source_id: str
    #: Product reference, X-MSS-NIL.
    nil: str
    #: Box that sends when the structure has none of its own.
    sender: str

    def package(self, envelope: Envelope, report: ActReport, cda: bytes, pdf: bytes) -> bytes:
        """The payload of ``envelope``: the same bytes whenever it is asked."""
        submission = Submission(
            unique_id=envelope.submission_id,
            source_id=self.source_id,
            set_uuid=envelope.set_uuid,
            entry_uuid=envelope.entry_uuid,
            submitted_at=envelope.created_at.astimezone(dt.UTC),
        )
        if envelope.destination is Destination.DMP:
            return submission_to_ebxml(report, submission, cda)
        return message(
            report,
            submission,
            cda,
            pdf,
            sender=report.organization.mailbox or self.sender,
            recipient=envelope.recipient,
            message_id=envelope.message_id,
            date=envelope.created_at,
            to_patient=envelope.destination is Destination.MSSANTE_PATIENT,
            nil=self.nil,
        )
