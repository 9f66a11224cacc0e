"""The sections of a structured body: a narrative of label and text, row by row, and the entries that code it.

CI-SIS « Structuration minimale » 1.16.8, corps structuré; HL7 CDA R2 4.3.5 (narrative block). Every word of the
narrative is a word of ``report_body``, and so of the PDF.
"""

from mappings.cda.datatypes import add_code, add_templates, add_unique_id
from mappings.cda.entries import add_entry
from mappings.domain.report import ActReport, Section
from mappings.domain.report_body import body_of
from mappings.markup import Element, text_of


def add_sections(body: Element, report: ActReport) -> None:
    for number, section in enumerate(body_of(report)):
        element = body.add("component").add("section")
        add_templates(element, *section.templates)
        add_unique_id(element, report, f"section-{number}")
        if section.code is not None:
            add_code(element, "code", section.code.code, section.code.display, section.code.system)
        element.leaf("title", section.title)
        add_table(element.add("text"), section, number)
        for entry in section.entries:
            add_entry(element.add("entry"), report, entry, place(number, entry.row))


def place(section: int, row: int) -> str:
    """What entries call a row: its label is at ``…-l``, its text at ``…-t``."""
    return f"s{section}-r{row}"


def add_table(text: Element, section: Section, number: int, *, caption: bool = False) -> None:
    table = text.add("table", border="0")
    if caption:
        table.leaf("caption", section.title)
    rows = table.add("tbody")
    for row, (label, said) in enumerate(section.rows):
        at = place(number, row)
        rows.take(f'<tr><th scope="row" ID="{at}-l">{_lines(label)}</th><td ID="{at}-t">{_lines(said)}</td></tr>')


def _lines(text: str) -> str:
    return text_of(text).replace("\n", "<br/>")
