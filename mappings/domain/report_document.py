"""Which document the report of an act is: its type, and the model that rules it. CI-SIS, table of types (JDV_J07).

The act's definition may name the type; else the profession of whoever did it decides. A rapid test follows its model
only when its result is known: an act that was not done, or whose result nobody wrote down, is told as any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from mappings.codes import oids
from mappings.codes.document import AUXILIARY_TYPE, DOCUMENT_TYPES, PROFESSION_TYPES, RAPID_TEST
from mappings.codes.rapid_tests import NEGATIVE, POSITIVE, RAPID_TESTS, RapidTest
from mappings.domain.act import Answer, DelegatedAct
from mappings.domain.people import Code, Practitioner
from mappings.domain.protocol import FormItem, Protocol
from mappings.domain.report import Finding, Screening


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """What a report is for whoever files it."""

    type_code: Code
    title: str
    practice_setting: str = "AMBULATOIRE"
    screening: Screening | None = None


def document_kind(act: DelegatedAct, protocol: Protocol, delegatee: Practitioner) -> DocumentKind:
    title = f"Compte rendu d’acte délégué – {protocol.short_title}"[:128]
    activity = next((one for one in protocol.activities if one.canonical == act.activity), None)
    said = activity.document if activity else None
    if said is None or act.status != "completed":
        return DocumentKind(type_code=_loinc(_by_profession(delegatee)), title=title)
    if said.type_code != RAPID_TEST:
        return DocumentKind(type_code=_loinc(said.type_code), title=title)
    screening = _screening(RAPID_TESTS[said.screens], said.screens, act, protocol)
    if screening is None:
        return DocumentKind(type_code=_loinc(_by_profession(delegatee)), title=title)
    return DocumentKind(
        type_code=_loinc(RAPID_TEST),
        title=f"{DOCUMENT_TYPES[RAPID_TEST]} : {screening.pathology.display}",
        practice_setting="DEPISTAGE",
        screening=screening,
    )


def _loinc(code: str) -> Code:
    return Code(code=code, display=DOCUMENT_TYPES[code], system=oids.LOINC)


def _by_profession(delegatee: Practitioner) -> str:
    return PROFESSION_TYPES.get(delegatee.profession, AUXILIARY_TYPE)


def _screening(model: RapidTest, pathology: str, act: DelegatedAct, protocol: Protocol) -> Screening | None:
    """None when no result is known."""
    findings = tuple(_findings(model, act, protocol))
    if not findings:
        return None
    return Screening(
        pathology=Code(code=pathology, display=model.pathology, system=oids.CIM_10),
        chapter=Code(code=model.chapter[0], display=model.chapter[1], system=oids.LOINC),
        panel=Code(code=model.panel[0], display=model.panel[1], system=oids.LOINC),
        findings=findings,
    )


def _findings(model: RapidTest, act: DelegatedAct, protocol: Protocol) -> Iterator[Finding]:
    for item in protocol.exam_items:
        test = model.tests.get(item.code.loinc) if item.code else None
        result = _result(item, act.answers.get(item.link_id))
        if test is not None and result is not None:
            yield Finding(
                test=Code(code=test[0], display=test[1], system=oids.LOINC),
                result=Code(code=result[0], display=result[1], system=oids.SNOMED_CT),
                words=(item.text, result[1].capitalize()),
            )


def _result(item: FormItem, answer: Answer) -> tuple[str, str] | None:
    """Yes and no are presence and absence; a choice is known by its own words."""
    if isinstance(answer, bool):
        return POSITIVE if answer else NEGATIVE
    if answer is None or isinstance(answer, Decimal):
        return None
    words = next((option.display.lower() for option in item.options if option.code == answer), "")
    return next((result for result in (POSITIVE, NEGATIVE) if result[1] == words), None)
