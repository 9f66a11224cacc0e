"""The page of a report written as a PDF/A-1a without a compiler: faces, lines, flow, file.

Pure: text and measures in, bytes out. Nothing here knows what a report says (``mappings.pdf.report`` does).
"""

from mappings.pdf.page.file import About, written
from mappings.pdf.page.flow import Flow

__all__ = ["About", "Flow", "written"]
