"""TD0.2: does this patient have a shared record, and is it open? HL7 V3 « Get Demographics », both ways.

HL7 V3 PRPA_IN201307UV02 and PRPA_IN201308UV02; DMP, TD0.2, whose codes are those of the operator's published example
messages. The identity traits that come back are not read: they are never to be shown as ours.
"""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lxml import etree

from mappings.issues import Issue, Refused
from mappings.xds.composites import utc
from mappings.xds.namespaces import V3, add

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_INTERACTIONS: Final = "2.16.840.1.113883.1.6"
#: The receiver: the DMP itself.
_DMP: Final = "1.2.250.1.213.4.1.1.1"
_REASONS: Final = "1.2.250.1.213.1.1.4.11"
_REASON: Final = ("TEST_EXST", "Test d'existence de dossier")
#: INS in CX form: its number and its authority.
_CX: Final = re.compile(r"([^^&]+)\^\^\^&([0-9.]+)&ISO\^NH(?:\^\^\d*)?")


class Record(StrEnum):
    """What became of a patient's shared record."""

    OPEN = "open"
    #: There was one; its status is no longer active.
    CLOSED = "closed"
    #: None was ever opened.
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Existence:
    """One answer; None = not said."""

    record: Record
    #: Whether the professional who asks is authorised to read (not needed to feed).
    authorised: bool | None = None
    #: Attached to the patient's space (Mon espace santé).
    attached: bool | None = None


def ins_of(patient: str) -> tuple[str, str]:
    """Number and authority of an INS in CX form; ``ValueError`` for any other identifier."""
    match = _CX.fullmatch(patient)
    if match is None:
        raise ValueError("not an INS in CX form")
    return match[1], match[2]


def existence_request(
    patient: str, *, message: str, query: str, arc: str, software: str, now: dt.datetime
) -> etree._Element:
    """``message`` and ``query`` are fresh identifiers below ``arc``, the OID of this installation."""
    number, authority = ins_of(patient)
    nsmap = {None: V3, "xsi": _XSI}
    root = etree.Element(f"{{{V3}}}PRPA_IN201307UV02", {"ITSVersion": "XML_1.0"}, nsmap=nsmap)  # type: ignore[arg-type]  # the stubs want no default
    add(root, V3, "id", root=f"{arc}.1", extension=message)
    add(root, V3, "creationTime", value=utc(now))
    add(root, V3, "interactionId", root=_INTERACTIONS, extension="PRPA_IN201307UV02")
    add(root, V3, "processingCode", code="P")
    add(root, V3, "processingModeCode", code="T")
    add(root, V3, "acceptAckCode", code="AL")
    _device(add(root, V3, "receiver", typeCode="RCV"), _DMP, "DMP")
    _device(add(root, V3, "sender", typeCode="SND"), arc, software)
    control = add(root, V3, "controlActProcess", classCode="CACT", moodCode="EVN")
    add(control, V3, "reasonCode", code=_REASON[0], codeSystem=_REASONS, displayName=_REASON[1])
    asked = add(control, V3, "queryByParameter")
    add(asked, V3, "queryId", root=f"{arc}.2", extension=query)
    add(asked, V3, "statusCode", code="new")
    parameters = add(asked, V3, "parameterList")
    add(parameters, V3, "dataSource").set(f"{{{_XSI}}}nil", "true")
    identifier = add(parameters, V3, "patientIdentifier")
    add(identifier, V3, "value", root=authority, extension=number)
    add(identifier, V3, "semanticsText", "Patient.id")
    return root


def read_existence(body: etree._Element, *, patient: str, message: str, query: str) -> Existence:
    """The answer to our own question about our own patient; ``Refused`` when it is anything else, or unclear."""
    acknowledgement = body.find(f"{{{V3}}}acknowledgement")
    control = body.find(f"{{{V3}}}controlActProcess")
    if body.tag != f"{{{V3}}}PRPA_IN201308UV02" or acknowledgement is None or control is None:
        raise Refused(_fault("La réponse n’est pas celle d’un test d’existence."))
    if acknowledgement.get("typeCode") != "AA":
        raise Refused(_fault("Le DMP n’a pas pu traiter le test d’existence."))
    answered = _extension(acknowledgement, "targetMessage/id"), _extension(control, "queryAck/queryId")
    if answered != (message, query):
        raise Refused(_fault("La réponse est celle d’une autre question."))
    code = control.find(_path("queryAck/queryResponseCode"))
    said = "" if code is None else code.get("code", "")
    if said == "NF":
        return Existence(record=Record.ABSENT)
    found = control.findall(_path("subject/registrationEvent/subject1/patient"))
    if said != "OK" or len(found) != 1 or ins_of(patient) not in _identifiers(found[0]):
        raise Refused(_fault("La réponse ne dit rien de clair de ce patient."))
    status = found[0].find(f"{{{V3}}}statusCode")
    is_open = status is not None and status.get("code") == "active"
    return Existence(
        record=Record.OPEN if is_open else Record.CLOSED, authorised=_authorised(body), attached=_attached(found[0])
    )


def _authorised(body: etree._Element) -> bool | None:
    for line in body.iterfind(f"{{{V3}}}attentionLine"):
        keyword, value = line.find(f"{{{V3}}}keyWordText"), line.find(f"{{{V3}}}value")
        if keyword is not None and value is not None and keyword.get("code") == "AUTORISATION":
            return value.get("code") == "VALIDE"
    return None


def _attached(patient: etree._Element) -> bool | None:
    for each in patient.iterfind(_path("subjectOf/administrativeObservation")):
        code, value = each.find(f"{{{V3}}}code"), each.find(f"{{{V3}}}value")
        if code is not None and value is not None and code.get("code") == "RATTACHEMENT_ENS":
            return value.get("value") == "true"
    return None


def _identifiers(patient: etree._Element) -> set[tuple[str, str]]:
    return {(one.get("extension", ""), one.get("root", "")) for one in patient.iterfind(f"{{{V3}}}id")}


def _extension(parent: etree._Element, path: str) -> str:
    found = parent.find(_path(path))
    return "" if found is None else found.get("extension", "")


def _path(names: str) -> str:
    return "/".join(f"{{{V3}}}{name}" for name in names.split("/"))


def _device(parent: etree._Element, oid: str, software: str) -> None:
    device = add(parent, V3, "device", classCode="DEV", determinerCode="INSTANCE")
    add(device, V3, "id", root=oid)
    add(device, V3, "softwareName", software)


def _fault(text: str) -> Issue:
    return Issue("structure", "", text, "DMP, TD0.2")
