"""The human-readable body of a report: PDF/A-1b, the same bytes in the CDA and beside it in the mail."""

from mappings.pdf.report import report_to_pdf

__all__ = ["report_to_pdf"]
