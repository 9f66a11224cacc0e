"""The section FR-Document-PDF-copie: the very PDF that a mail carries beside, in the same words as the sections.

CI-SIS, templates 1.2.250.1.213.1.1.2.243 (section), 1.2.250.1.213.1.1.3.18 (FR-Document-attache) and
1.2.250.1.213.1.1.3.48.18 (FR-Type-document-attache); the title is fixed.
"""

from typing import Final

from mappings.cda.datatypes import add_code, add_reference, add_templates, add_unique_id, typed_value
from mappings.codes import oids
from mappings.codes.loinc import LOINC_NAMES
from mappings.domain.report import ActReport
from mappings.markup import Element

_SECTION: Final = "1.2.250.1.213.1.1.2.243"
_ATTACHED: Final = "1.2.250.1.213.1.1.3.18"
_ATTACHED_TYPE: Final = ("1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48", "1.2.250.1.213.1.1.3.48.18")
_COPY: Final = "55108-5"


def add_copy(body: Element, report: ActReport, copy: str) -> None:
    section = body.add("component").add("section")
    add_templates(section, _SECTION)
    add_unique_id(section, report, "copy")
    _loinc(section, _COPY)
    section.leaf("title", LOINC_NAMES[_COPY])
    row = section.add("text").add("table", border="0").add("tbody").add("tr")
    row.add("td", ID="copie").leaf("renderMultiMedia", referencedObject="copie-pdf")
    organizer = section.add("entry").add("organizer", classCode="CLUSTER", moodCode="EVN")
    add_templates(organizer, _ATTACHED)
    add_unique_id(organizer, report, "attached")
    _loinc(organizer, "55107-7")
    organizer.leaf("statusCode", code="completed")
    observation = organizer.add("component").add("observation", classCode="OBS", moodCode="EVN")
    add_templates(observation, *_ATTACHED_TYPE)
    add_unique_id(observation, report, "attached-type")
    _loinc(observation, "69764-9")
    add_reference(observation, "text", "copie")
    observation.leaf("statusCode", code="completed")
    observation.leaf("effectiveTime", nullFlavor="NA")
    typed_value(observation, "CD", code=_COPY, displayName=LOINC_NAMES[_COPY], codeSystem=oids.LOINC)
    media = organizer.add("component").add("observationMedia", classCode="OBS", moodCode="EVN", ID="copie-pdf")
    media.add("value", mediaType="application/pdf", representation="B64").take(copy)


def _loinc(parent: Element, code: str) -> None:
    add_code(parent, "code", code, LOINC_NAMES[code], oids.LOINC)
