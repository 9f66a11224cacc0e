"""The act report as a CDA R2 document, and every reason why it could not be one.

CI-SIS « Structuration minimale de documents de santé » 1.16.8 (05/05/2026), HL7 CDA R2, IHE XDS-SD:
https://esante.gouv.fr/offres-services/ci-sis. The délégué is author, performer and legal authenticator;
the délégant is primary recipient and responsible for the act.
"""

from mappings.cda.body import add_body
from mappings.cda.datatypes import root_element
from mappings.cda.header import add_header
from mappings.cda.refusals import cda_refusals
from mappings.domain.report import ActReport
from mappings.issues import Refused

__all__ = ["cda_refusals", "report_to_cda"]


def report_to_cda(report: ActReport, pdf: bytes) -> bytes:
    """UTF-8 bytes of the document around its PDF; ``Refused`` rather than one that says something else."""
    issues = cda_refusals(report)
    if issues:
        raise Refused(issues)
    document = root_element("ClinicalDocument")
    add_header(document, report)
    add_body(document, report, pdf)
    return document.document()
