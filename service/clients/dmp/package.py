"""The sealed payload of the shared record: the ``lcm:SubmitObjectsRequest`` of one document. Pure."""

from mappings import hardened_xml
from mappings.codes.document import VISIBILITIES
from mappings.domain.report import ActReport, Submission
from mappings.xds.found import CONFIDENTIALITY
from mappings.xds.metadata import submission_to_ebxml
from mappings.xds.namespaces import RIM


def package(report: ActReport, submission: Submission, cda: bytes, *, replaced_uuid: str = "") -> bytes:
    """``replaced_uuid``: entryUUID that the record gave to the version this one replaces; empty for the first."""
    return submission_to_ebxml(report, submission, cda, replaced_uuid=replaced_uuid)


def visibility_in(payload: bytes) -> frozenset[str]:
    """Codes of visibility of the sealed entry."""
    entry = hardened_xml.parse(payload).find(f"{{{RIM}}}RegistryObjectList/{{{RIM}}}ExtrinsicObject")
    labels = () if entry is None else entry.iterfind(f"{{{RIM}}}Classification")
    codes = {one.get("nodeRepresentation", "") for one in labels if one.get("classificationScheme") == CONFIDENTIALITY}
    return frozenset(codes & VISIBILITIES.keys())
