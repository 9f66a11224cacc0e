"""A foreign CDA R2, read to be shown: text out of it, never its markup.

HL7 CDA R2 (2005), section 4.3 (narrative block). No style sheet, no reference is followed, no image is taken: what has
no text says nothing. Reads what it can; refuses only what is no CDA.
"""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from mappings import hardened_xml
from mappings.domain.shared import ClinicalText, ShownSection
from mappings.issues import Issue, Refused

_V3: Final = "{urn:hl7-org:v3}"
_TIME: Final = re.compile(r"(\d{14})(?:\.\d+)?([+-]\d{4})")
#: Most sections, lines of one of them, characters of a line.
SECTIONS: Final = 200
LINES: Final = 2_000
LINE: Final = 2_000
_SECTION: Final = f"{_V3}section"
_COPY: Final = "1.2.250.1.213.1.1.2.243"
_MEDIA: Final = f".//{_V3}observationMedia/{_V3}value"
_SPACES: Final = re.compile(r"\s+")
#: Elements of a narrative that begin a line of their own.
_BLOCKS: Final = frozenset({"paragraph", "item", "tr", "caption", "br", "list", "table", "thead", "tbody", "text"})
_CELLS: Final = frozenset({"td", "th"})


def clinical_text(data: bytes) -> ClinicalText:
    """What ``data`` says; ``Refused`` when it is not well-formed, holds what is not allowed, or is no CDA."""
    root = hardened_xml.parse(data)
    if root.tag != f"{_V3}ClinicalDocument":
        raise Refused(Issue("structure", "", "Le document n’est pas un CDA R2.", "HL7 CDA R2"))
    identifier = root.find(f"{_V3}id")
    enclosed_type, enclosed = _enclosed(root)
    code = root.find(f"{_V3}code")
    return ClinicalText(
        unique_id=identifier.get("root", "") if identifier is not None and not identifier.get("extension") else "",
        patients=frozenset(
            (each.get("root", ""), each.get("extension", ""))
            for each in root.iterfind(f"{_V3}recordTarget/{_V3}patientRole/{_V3}id")
        ),
        title=_line(root.find(f"{_V3}title")),
        kind="" if code is None else _text(code.get("displayName", "")),
        authors=tuple(filter(None, (_author(each) for each in root.iterfind(f"{_V3}author/{_V3}assignedAuthor")))),
        created_at=_time(root),
        sections=tuple(_sections(root)),
        enclosed_type=enclosed_type,
        enclosed=enclosed,
    )


def _sections(root: etree._Element) -> Iterator[ShownSection]:
    path = f"{_V3}component/{_V3}structuredBody/{_V3}component/{_V3}section"
    waiting = [(each, 0) for each in reversed(root.findall(path))]
    for _ in range(SECTIONS):
        if not waiting:
            return
        section, depth = waiting.pop()
        yield ShownSection(
            title=_line(section.find(f"{_V3}title")), lines=_lines(section.find(f"{_V3}text")), depth=min(depth, 3)
        )
        waiting += [(each, depth + 1) for each in reversed(section.findall(f"{_V3}component/{_V3}section"))]


def _lines(narrative: etree._Element | None) -> tuple[str, ...]:
    if narrative is None:
        return ()
    lines = [""]
    for event, element in etree.iterwalk(narrative, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element).localname
        if name in _BLOCKS:
            lines.append("")
        elif name in _CELLS and event == "start" and lines[-1].strip():
            lines[-1] += " | "
        said = element.text if event == "start" else element.tail if element is not narrative else ""
        lines[-1] += said or ""
        if len(lines) > 4 * LINES:
            break
    return tuple(line for line in map(_text, lines) if line)[:LINES]


def _enclosed(root: etree._Element) -> tuple[str, bytes]:
    """The body that is not structured; else the copy of the document (CI-SIS, FR-Document-PDF-copie)."""
    text = root.find(f"{_V3}component/{_V3}nonXMLBody/{_V3}text")
    if text is None:
        copies = (section for section in root.iter(_SECTION) if _is_copy(section))
        text = next((media for copy in copies for media in copy.iterfind(_MEDIA)), None)
    if text is None:
        return "", b""
    kind, written = text.get("mediaType", "").strip().lower(), "".join(str(part) for part in text.itertext())
    if text.get("representation", "TXT") != "B64":
        return kind, written.encode()
    try:
        return kind, base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(Issue("structure", "", "Le corps du document n’est pas en base64.", "HL7 CDA R2")) from None


def _is_copy(section: etree._Element) -> bool:
    return any(each.get("root") == _COPY for each in section.findall(f"{_V3}templateId"))


def _author(assigned: etree._Element) -> str:
    name = assigned.find(f"{_V3}assignedPerson/{_V3}name")
    device = assigned.findtext(f"{_V3}assignedAuthoringDevice/{_V3}softwareName") or ""
    structure = assigned.findtext(f"{_V3}representedOrganization/{_V3}name") or ""
    person = "" if name is None else _text(" ".join(str(text) for text in name.itertext()))
    return ", ".join(filter(None, (person or _text(device), _text(structure))))


def _time(root: etree._Element) -> dt.datetime | None:
    value = root.find(f"{_V3}effectiveTime")
    match = _TIME.fullmatch(value.get("value", "")) if value is not None else None
    try:
        return dt.datetime.strptime(match[1] + match[2], "%Y%m%d%H%M%S%z") if match else None
    except ValueError:
        return None


def _line(element: etree._Element | None) -> str:
    return "" if element is None else _text("".join(str(text) for text in element.itertext()))


def _text(text: str) -> str:
    return _SPACES.sub(" ", text).strip()[:LINE]
