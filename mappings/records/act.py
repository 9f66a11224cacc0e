"""Act record: one delegated act told flat, by business identifiers only; the protocol tells the rest.

The type of an answer is that of its question in the protocol; an unknown question or a misfit answer is a fault.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from mappings.codes import systems
from mappings.domain.act import ActStatus, Answer, DelegatedAct, Observation, Recourse
from mappings.domain.cooperation import Function
from mappings.domain.identity import enrolment_id, enrolment_identifier, inclusion_id, organization_id
from mappings.domain.protocol import FormItem, ItemType, Protocol
from mappings.domain.reporting import RECOURSES, REORIENTATION_REASONS
from mappings.elements import Element, Json, parse_date
from mappings.records.issued import dispenses_of, listed, prescriptions_of
from mappings.records.people import read_finess, read_protocol

_STATUSES: Final[dict[str, ActStatus]] = {"completed": "completed", "not-done": "not-done"}
_RECOURSES: Final[dict[str, Recourse]] = {code: code for code in RECOURSES}
_REASONS: Final = {code: code for code in REORIENTATION_REASONS}
#: What a question admits, in words.
_KINDS: Final[dict[ItemType, str]] = {
    "boolean": "true ou false",
    "decimal": "un nombre",
    "integer": "un nombre entier",
    "date": "une date (AAAA-MM-JJ)",
    "choice": "un choix",
    "text": "un texte",
    "display": "rien",
}
_KEYS: Final = (
    "identifier",
    "protocol",
    "act",
    "status",
    "status_reason",
    "recourse",
    "inclusion",
    "delegatee_rpps",
    "delegatee_enrolment",
    "delegator_rpps",
    "delegator_enrolment",
    "structure_finess",
    "performed",
    "exam",
    "prescriptions",
    "dispenses",
    "conclusion",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRecord:
    """One record, read as far as it goes without the protocol: what names what."""

    protocol: str
    inclusion_id: str
    element: Element


def act_from_record(record: Json) -> ActRecord:
    """The record, its keys checked, and the names that the rest is looked up by."""
    element = Element(record, "act")
    element.only(_KEYS)
    protocol = read_protocol(element, versioned=True)
    inclusion = element.text("inclusion")
    element.refuse_faults()
    return ActRecord(protocol=protocol, inclusion_id=inclusion_id(inclusion), element=element)


def act_under(record: ActRecord, protocol: Protocol, patient_id: str, ids: Callable[[], str]) -> DelegatedAct:
    """The act that ``record`` tells under its ``protocol``; ``Refused`` with every fault of the record."""
    element = record.element
    finess = read_finess(element, "structure_finess")
    delegatee, delegatee_rpps = _enrolment(element, "delegatee", "DELEGATEE", record.protocol, finess)
    delegator, delegator_rpps = _enrolment(element, "delegator", "DELEGATOR", record.protocol, finess)
    activity = listed(element, "act", protocol)
    status = element.one_of("status", _STATUSES) if element.has("status") else "completed"
    performed = element.child("performed")
    performed.only(("start", "end"))
    start = performed.instant("start")
    end = performed.optional_instant("end") or start
    answers = _answers(element.child("exam"), protocol)
    prescriptions = prescriptions_of(element, protocol, ids)
    act = DelegatedAct(
        id=ids(),
        identifier=element.text("identifier"),
        status=status,
        status_reason=element.one_of("status_reason", _REASONS) if status == "not-done" else "",
        recourse=element.one_of("recourse", _RECOURSES) if element.has("recourse") else "",
        protocol=record.protocol,
        activity=activity.canonical if activity else "",
        inclusion_id=record.inclusion_id,
        patient_id=patient_id,
        delegatee_id=delegatee,
        delegatee_rpps=delegatee_rpps,
        delegator_id=delegator,
        delegator_rpps=delegator_rpps,
        organization_id=organization_id(finess),
        derogatory=activity.derogatory if activity else False,
        text=activity.title if activity else "",
        ccam=activity.ccam if activity else "",
        start=start,
        end=end,
        answers=answers,
        observations=tuple(_observed(protocol, answers, ids)),
        prescriptions=prescriptions,
        dispenses=dispenses_of(element, protocol, prescriptions, ids, end),
        conclusion=element.optional_text("conclusion"),
    )
    element.refuse_faults()
    return act


def _enrolment(element: Element, role: str, function: Function, protocol: str, finess: str) -> tuple[str, str]:
    rpps = element.text(f"{role}_rpps")
    named = element.optional_text(f"{role}_enrolment")
    return enrolment_id(named or enrolment_identifier(protocol, function, rpps, finess)), rpps


def _answers(exam: Element, protocol: Protocol) -> dict[str, Answer]:
    """Answers in the order of the protocol's questions; ``null`` says: asked, and not known."""
    questions = {item.link_id: item for item in protocol.exam_items}
    exam.only(questions)
    return {link_id: _answer(exam, item) for link_id, item in questions.items() if exam.has(link_id)}


def _answer(exam: Element, item: FormItem) -> Answer:
    value = exam.json[item.link_id]
    if value is None:
        return None
    answer: Answer = None
    match item.type:
        case "boolean" if isinstance(value, bool):
            answer = value
        case "integer" if isinstance(value, int) and not isinstance(value, bool):
            answer = Decimal(value)
        case "decimal" if isinstance(value, int | Decimal) and not isinstance(value, bool):
            answer = Decimal(value)
        case "choice" if isinstance(value, str) and value in {option.code for option in item.options}:
            answer = value
        case "text" if isinstance(value, str) and value.strip():
            answer = value
        case "date" if isinstance(value, str):
            answer = parse_date(value)
    if answer is None or not _within(item, answer):
        exam.fault("value", item.link_id, f"La réponse n’est pas de celles que la question admet : {_expected(item)}.")
    return answer


def _expected(item: FormItem) -> str:
    """What the question admits, for whoever writes the caller."""
    low, high = (None if bound is None else str(bound) for bound in (item.minimum, item.maximum))
    if item.type == "choice":
        return f"{_KINDS[item.type]} parmi {', '.join(f'« {option.code} »' for option in item.options)}"
    if low and high:
        return f"{_KINDS[item.type]}, de {low} à {high}"
    return _KINDS[item.type] + (f", {low} au moins" if low else f", {high} au plus" if high else "")


def _within(item: FormItem, answer: Answer) -> bool:
    if not isinstance(answer, Decimal):
        return True
    return (item.minimum is None or answer >= item.minimum) and (item.maximum is None or answer <= item.maximum)


def _observed(protocol: Protocol, answers: dict[str, Answer], ids: Callable[[], str]) -> list[Observation]:
    """An Observation for each known answer whose question has a LOINC code."""
    return [
        Observation(
            id=ids(),
            code=item.code.loinc,
            system=systems.LOINC,
            display=item.text,
            value=answers[item.link_id],
            unit=item.unit,
        )
        for item in protocol.exam_items
        if item.code is not None and answers.get(item.link_id) is not None
    ]
