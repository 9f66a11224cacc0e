"""The body of the model BIO-TROD 2024.01: one chapter of biology, which holds one entry, the test.

CI-SIS, FR-CR-BIO-Chapitre (1.2.250.1.213.1.1.2.70) and FR-Resultats-examens-de-biologie-medicale
(1.2.250.1.213.1.1.3.21). The model allows no other section: what else the report says stands in the narrative of this one.
"""

from typing import Final

from mappings.cda.datatypes import add_code, add_reference, add_templates, add_unique_id, timestamp, typed_value
from mappings.cda.sections import add_table, place
from mappings.domain.people import Code
from mappings.domain.report import ActReport, Finding, Screening
from mappings.domain.report_body import body_of
from mappings.markup import Element

_CHAPTER: Final = ("1.3.6.1.4.1.19376.1.3.3.2.1", "1.2.250.1.213.1.1.2.70")
_RESULTS: Final = ("1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21")
_RESULT: Final = ("1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80")


def add_chapter(body: Element, report: ActReport) -> None:
    screening = report.screening
    assert screening is not None
    first, *rest = body_of(report)
    section = body.add("component").add("section")
    add_templates(section, *_CHAPTER)
    add_unique_id(section, report, "chapter")
    _coded(section, "code", screening.chapter)
    section.leaf("title", first.title)
    text = section.add("text")
    add_table(text, first, 0)
    # lost: the entries of what is not the test, the chapter holds one
    for number, other in enumerate(rest, start=1):
        add_table(text, other, number, caption=True)
    _results(section, report, screening)


def _results(section: Element, report: ActReport, screening: Screening) -> None:
    """Row 0 of the narrative is the pathology, then one a finding, then the device."""
    entry = section.add("entry", typeCode="DRIV")
    add_templates(entry, *_RESULTS)
    act = entry.add("act", classCode="ACT", moodCode="EVN")
    _coded(act, "code", screening.panel)
    act.leaf("statusCode", code="completed")
    _device(act, place(0, len(screening.findings) + 1))
    for row, finding in enumerate(screening.findings, start=1):
        _finding(act.add("entryRelationship", typeCode="COMP"), report, finding, place(0, row))


def _device(act: Element, at: str) -> None:
    role = act.add("participant", typeCode="DEV").add("participantRole", classCode="MANU")
    device = role.add("playingDevice", classCode="DEV", determinerCode="INSTANCE")
    add_reference(device.add("code", nullFlavor="UNK"), "originalText", f"{at}-t")


def _finding(parent: Element, report: ActReport, finding: Finding, at: str) -> None:
    observation = parent.add("observation", classCode="OBS", moodCode="EVN")
    add_templates(observation, *_RESULT)
    add_unique_id(observation, report, at)
    add_reference(_coded(observation, "code", finding.test), "originalText", f"{at}-l")
    observation.leaf("statusCode", code="completed")
    observation.leaf("effectiveTime", value=timestamp(report.start))
    result = finding.result
    value = typed_value(observation, "CD", code=result.code, displayName=result.display, codeSystem=result.system)
    add_reference(value, "originalText", f"{at}-t")


def _coded(parent: Element, name: str, code: Code) -> Element:
    return add_code(parent, name, code.code, code.display, code.system)
