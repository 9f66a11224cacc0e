"""The sections of a structured body: a narrative of label and text, row by row, and the entries that code it.

CI-SIS « Structuration minimale » 1.16.8, corps structuré; HL7 CDA R2 4.3.5 (narrative block). Every word of the
narrative is a word of ``report_body``, and so of the PDF.
"""

from lxml import etree

from mappings.cda.datatypes import add, add_code, add_templates, add_unique_id
from mappings.cda.entries import add_entry
from mappings.domain.report import ActReport, Section
from mappings.domain.report_body import body_of


def add_sections(body: etree._Element, report: ActReport) -> None:
    for number, section in enumerate(body_of(report)):
        element = add(add(body, "component"), "section")
        add_templates(element, *section.templates)
        add_unique_id(element, report, f"section-{number}")
        if section.code is not None:
            add_code(element, "code", section.code.code, section.code.display, section.code.system)
        add(element, "title", section.title)
        add_table(add(element, "text"), section, number)
        for entry in section.entries:
            add_entry(add(element, "entry"), report, entry, place(number, entry.row))


def place(section: int, row: int) -> str:
    """What entries call a row: its label is at ``…-l``, its text at ``…-t``."""
    return f"s{section}-r{row}"


def add_table(text: etree._Element, section: Section, number: int, *, caption: bool = False) -> None:
    table = add(text, "table", border="0")
    if caption:
        add(table, "caption", section.title)
    rows = add(table, "tbody")
    for row, (label, said) in enumerate(section.rows):
        at = place(number, row)
        line = add(rows, "tr")
        _lines(add(line, "th", scope="row", ID=f"{at}-l"), label)
        _lines(add(line, "td", ID=f"{at}-t"), said)


def _lines(cell: etree._Element, text: str) -> None:
    first, *rest = text.split("\n")
    cell.text = first
    for line in rest:
        add(cell, "br").tail = line
