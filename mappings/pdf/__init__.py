"""What people read on paper: the report of an act (PDF/A-1b, the same bytes in the CDA and beside it in the mail),
the identity sheet of a protocol and the attestation of a training (PDF/A-2a, PDF/UA-1)."""

from mappings.pdf.attestation import attestation_to_pdf
from mappings.pdf.report import report_to_pdf
from mappings.pdf.sheet import sheet_to_pdf

__all__ = ["attestation_to_pdf", "report_to_pdf", "sheet_to_pdf"]
