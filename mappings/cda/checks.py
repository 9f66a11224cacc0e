"""What the official rules do not look at and receivers refuse, asked of a finished document: each check by its name.

CI-SIS « Structuration minimale » 1.16.8. The rules of the ANS let every one of these pass, or only warn: they come first.
A document is refused for what its report says by ``refusals``; this is what must not have gone wrong in writing it.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

from lxml import etree

from mappings.codes import oids
from mappings.codes.document import CONFIDENTIALITIES, DOCUMENT_TYPES, GENDERS
from mappings.codes.facilities import FACILITIES, PRACTICE_SETTINGS
from mappings.codes.identifiers import is_ins, is_oid, is_rpps
from mappings.codes.professions import SPECIALTIES
from mappings.codes.systems import FICTITIOUS_INS_OIDS, INS_NIA_OID, INS_NIR_OID
from mappings.hardened_xml import parse

_NS: Final = {"v3": "urn:hl7-org:v3"}
_INSTANT: Final = re.compile(r"\d{14}[+-]\d{4}")
_INS_ARC: Final = "1.2.250.1.213.1.4."
_INS_OIDS: Final = FICTITIOUS_INS_OIDS | {INS_NIR_OID, INS_NIA_OID}
#: Media types of a body that is not structured (CI-SIS, corps non structuré).
_MEDIA: Final = frozenset({"application/pdf", "text/plain", "text/rtf", "image/jpeg", "image/tiff"})
#: Names of the value sets that the header uses, by coding system: code → name.
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    oids.AUTHOR_SPECIALTY: SPECIALTIES,
    oids.CONFIDENTIALITY: CONFIDENTIALITIES,
    oids.FACILITY: FACILITIES,
    oids.GENDER: dict(GENDERS.values()),
    oids.PRACTICE_SETTING: PRACTICE_SETTINGS,
}

Check = Callable[[etree._Element], Iterator[etree._Element]]


def _find(document: etree._Element, path: str) -> list[etree._Element]:
    return cast(list[etree._Element], document.xpath(path, namespaces=_NS))


def _names(document: etree._Element) -> Iterator[etree._Element]:
    for element in _find(document, "//*[@code and @codeSystem]"):
        names = _NAMES.get(element.get("codeSystem", ""))
        if names is not None and names.get(element.get("code", "")) != element.get("displayName"):
            yield element
    (kind,) = _find(document, "/*/v3:code")
    if DOCUMENT_TYPES.get(kind.get("code", "")) != kind.get("displayName"):
        yield kind


def _offsets(document: etree._Element) -> Iterator[etree._Element]:
    instants = (
        "/*/v3:effectiveTime|/*/*/v3:time[@value]|/*/*/v3:time/*|//v3:serviceEvent/v3:effectiveTime/*"
        "|/*/v3:componentOf/*/v3:effectiveTime/*"
    )
    return (one for one in _find(document, instants) if not _INSTANT.fullmatch(one.get("value", "")))


def _authors(document: etree._Element) -> Iterator[etree._Element]:
    for author in _find(document, "/*/v3:author/v3:assignedAuthor[v3:assignedPerson]"):
        if author.find("v3:code[@code]", _NS) is None:
            yield author


def _professionals(document: etree._Element) -> Iterator[etree._Element]:
    """``8`` and an RPPS with its key, under the one root."""
    people = ("assignedAuthor", "assignedEntity", "intendedRecipient", "associatedEntity")
    for one in _find(document, "|".join(f"//v3:{name}/v3:id" for name in people)):
        number = one.get("extension", "")
        if one.get("root") != oids.PROFESSIONAL or number[:1] != "8" or not is_rpps(number[1:]):
            yield one


def _ins(document: etree._Element) -> Iterator[etree._Element]:
    for one in _find(document, "/*/v3:recordTarget/v3:patientRole/v3:id"):
        root = one.get("root", "")
        if root.startswith(_INS_ARC) and (root not in _INS_OIDS or not is_ins(one.get("extension", ""))):
            yield one


def _identifiers(document: etree._Element) -> Iterator[etree._Element]:
    for one in _find(document, "/*/v3:id|/*/v3:setId|/*/v3:relatedDocument//v3:id"):
        if one.get("extension") is not None or not is_oid(one.get("root", "")):
            yield one


def _media(document: etree._Element) -> Iterator[etree._Element]:
    bodies = _find(document, "/*/v3:component/v3:nonXMLBody/v3:text")
    return (one for one in bodies if one.get("mediaType") not in _MEDIA)


def _pdf(document: etree._Element) -> Iterator[etree._Element]:
    """PDF/A-1 is 1.4 and says what it is, in metadata that are never compressed."""
    for one in _find(document, "//*[@mediaType='application/pdf' and @representation='B64']"):
        pdf = base64.b64decode(one.text or "")
        if not pdf.startswith(b"%PDF-1.4") or b"<pdfaid:part>1</pdfaid:part>" not in pdf:
            yield one


def _warned(document: etree._Element) -> Iterator[etree._Element]:
    yield from _find(document, "//v3:raceCode|//v3:ethnicGroupCode|//v3:religiousAffiliationCode")
    yield from _find(document, "/*/v3:relatedDocument[not(@typeCode='RPLC' or @typeCode='XFRM')]")
    yield from _find(document, "//v3:addr[v3:streetAddressLine and *[not(self::v3:streetAddressLine)]]")


#: By name; each gives the elements at fault.
CHECKS: Final[Mapping[str, Check]] = {
    "displayName is the value set's own": _names,
    "instants bear their offset": _offsets,
    "an author has a profession": _authors,
    "professionals have an RPPS with its key": _professionals,
    "the INS has a known root and its key": _ins,
    "document ids are OIDs without extension": _identifiers,
    "the body is of a media type of the list": _media,
    "the PDF is PDF/A-1": _pdf,
    "nothing is written that is only warned of": _warned,
}


def faults_of(cda: bytes) -> dict[str, list[str]]:
    """By check, the places at fault; empty for a document that passes. No value is quoted."""
    document = parse(cda)
    tree = document.getroottree()
    found = {name: [tree.getelementpath(one) for one in check(document)] for name, check in CHECKS.items()}
    return {name: places for name, places in found.items() if places}
