"""The body of the document: the sections of a report with a copy of its PDF, one chapter of a model, or the PDF alone.

CI-SIS « Structuration minimale » 1.16.8, corps structuré et non structuré; « BIO-TROD » 2024.01. A model decides; where
there is none the report's level does: ``docs/decisions/0034``.
"""

import base64

from mappings.cda.copy import add_copy
from mappings.cda.rapid_test import add_chapter
from mappings.cda.sections import add_sections
from mappings.domain.report import ActReport
from mappings.markup import Element


def add_body(document: Element, report: ActReport, pdf: bytes) -> None:
    component = document.add("component")
    copy = base64.b64encode(pdf).decode("ascii")
    if report.screening is None and report.level == 1:
        component.add("nonXMLBody").add("text", mediaType="application/pdf", representation="B64").take(copy)
        return
    body = component.add("structuredBody")
    if report.screening is not None:
        # lost: the copy of the PDF, the model has no section for it; the mail carries it beside
        add_chapter(body, report)
        return
    add_sections(body, report)
    add_copy(body, report, copy)
