"""The sealed payload of the shared record: the ``lcm:SubmitObjectsRequest`` of one document. Pure."""

from mappings.domain.report import ActReport, Submission
from mappings.xds.metadata import submission_to_ebxml


def package(report: ActReport, submission: Submission, cda: bytes, *, replaced_uuid: str = "") -> bytes:
    """``replaced_uuid``: entryUUID that the record gave to the version this one replaces; empty for the first."""
    return submission_to_ebxml(report, submission, cda, replaced_uuid=replaced_uuid)
