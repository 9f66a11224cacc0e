"""TD0.2 as the sandbox answers it: is there a shared record, and is it open?

HL7 V3 PRPA_IN201307UV02 and PRPA_IN201308UV02; DMP, TD0.2. Every patient has an open record, unless a fault is ordered.
"""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from service.sandbox.soap import SoapFault

V3: Final = "urn:hl7-org:v3"
_DMP: Final = "1.2.250.1.213.4.1.1.1"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_REASON: Final = {"code": "TEST_EXST", "codeSystem": "1.2.250.1.213.1.1.4.11"}
_CX: Final = re.compile(r"([^^]+)\^\^\^&([0-9.]+)&ISO\^NH(\^\^\d*)?")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the names that the answer repeats, and about whom."""

    message: tuple[str, str]
    query: tuple[str, str]
    patient: tuple[str, str]


def read_question(payload: etree._Element, subject: str) -> Question:
    """``subject``: the patient of the assertion, empty when nobody looks; a question about another is a fault."""
    if payload.tag != f"{{{V3}}}PRPA_IN201307UV02":
        raise SoapFault("the payload is not a PRPA_IN201307UV02")
    reason = payload.find(f"{{{V3}}}controlActProcess/{{{V3}}}reasonCode")
    if reason is None or reason.get("code") != _REASON["code"]:
        raise SoapFault("reasonCode: TEST_EXST is expected")
    asked = f"{{{V3}}}controlActProcess/{{{V3}}}queryByParameter"
    question = Question(
        _identifier(payload, f"{{{V3}}}id"),
        _identifier(payload, f"{asked}/{{{V3}}}queryId"),
        _identifier(payload, f"{asked}/{{{V3}}}parameterList/{{{V3}}}patientIdentifier/{{{V3}}}value"),
    )
    matched = _CX.fullmatch(subject)
    if subject and (matched is None or (matched[2], matched[1]) != question.patient):
        raise SoapFault("the assertion speaks for another patient", subcode="FailedAuthentication")
    return question


def _identifier(parent: etree._Element, path: str) -> tuple[str, str]:
    found = parent.find(path)
    if found is None or not found.get("root") or not found.get("extension"):
        raise SoapFault(f"{path.rpartition('}')[2]}: root and extension are expected")
    return found.get("root", ""), found.get("extension", "")


def write_answer(question: Question, situation: str) -> etree._Element:
    """``situation``: ``open``, ``closed`` or ``absent``."""
    root = etree.Element(f"{{{V3}}}PRPA_IN201308UV02", {"ITSVersion": "XML_1.0"}, nsmap={"v3": V3, "xsi": _XSI})
    _add(root, "id", root="0cc7f660-0000-4000-8000-000000000000")
    _add(root, "interactionId", extension="PRPA_IN201308UV02", root="2.16.840.1.113883.1.6")
    _device(_add(root, "sender", typeCode="SND"), _DMP)
    line = _add(root, "attentionLine")
    _add(line, "keyWordText", code="AUTORISATION", codeSystem="1.2.250.1.213.4.1.2.6.1")
    _add(line, "value", code="VALIDE", codeSystem="1.2.250.1.213.4.1.2.6.2").set(f"{{{_XSI}}}type", "CV")
    acknowledgement = _add(root, "acknowledgement", typeCode="AA")
    _add(_add(acknowledgement, "targetMessage"), "id", root=question.message[0], extension=question.message[1])
    control = _add(root, "controlActProcess", classCode="CACT", moodCode="EVN")
    _add(control, "reasonCode", **_REASON)
    if situation != "absent":
        _patient(control, question, "active" if situation == "open" else "terminated")
    acknowledged = _add(control, "queryAck")
    _add(acknowledged, "queryId", root=question.query[0], extension=question.query[1])
    _add(acknowledged, "queryResponseCode", code="NF" if situation == "absent" else "OK")
    return root


def _patient(control: etree._Element, question: Question, status: str) -> None:
    subject = _add(control, "subject", typeCode="SUBJ", contextConductionInd="false")
    event = _add(subject, "registrationEvent", classCode="REG", moodCode="EVN")
    _add(event, "statusCode", code="completed")
    patient = _add(_add(event, "subject1", typeCode="SBJ"), "patient", classCode="PAT")
    _add(patient, "id", root=question.patient[0], extension=question.patient[1])
    _add(patient, "statusCode", code=status)
    observation = _add(_add(patient, "subjectOf", typeCode="SBJ"), "administrativeObservation", classCode="OBS")
    _add(observation, "code", code="RATTACHEMENT_ENS", codeSystem="1.2.250.1.213.4.1.2.3")
    _add(observation, "value", value="false").set(f"{{{_XSI}}}type", "BL")


def _device(parent: etree._Element, oid: str) -> None:
    _add(_add(parent, "device", classCode="DEV", determinerCode="INSTANCE"), "id", root=oid)


def _add(parent: etree._Element, name: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{V3}}}{name}", attributes)
