"""From FHIR to the act: every fault of the Procedure and of what belongs to it, told at once."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final, Literal, cast

from mappings.codes import systems
from mappings.domain.act import Answer, DelegatedAct, Observation
from mappings.domain.reporting import RECOURSES, REORIENTATION_REASONS
from mappings.fhir.act.dispensed import dispense_from_fhir
from mappings.fhir.act.elements import ISSUED, PROCEDURE_PROFILE, REORIENTATION_REASON, Resource, extension_value
from mappings.fhir.act.prescribed import prescription_from_fhir
from mappings.fhir.act.reader import Reader
from mappings.issues import Issue, Refused

_LINK_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def act_from_fhir(
    procedure: Resource,
    responses: Sequence[Resource],
    observations: Sequence[Resource],
    issued: Sequence[Resource],
) -> DelegatedAct:
    """The act that these resources tell together; ``Refused`` with every fault of the Procedure and its exam.

    ``issued`` is what it prescribes and what it dispenses.
    """
    read = Reader()
    prescriptions = [one for one in issued if one["resourceType"] != "MedicationDispense"]
    dispenses = [one for one in issued if one["resourceType"] == "MedicationDispense"]
    performer = (procedure.get("performer") or [{}])[0]
    delegator = extension_value(procedure, systems.EXT_DELEGATOR, "valueReference")
    derogatory = extension_value(procedure, systems.EXT_DEROGATORY, "valueBoolean")
    canonicals = procedure.get("instantiatesCanonical", [])
    identifier = (procedure.get("identifier") or [{}])[0]
    period = procedure.get("performedPeriod", {})
    start = procedure.get("performedDateTime", period.get("start"))
    end = procedure.get("performedDateTime", period.get("end", start))
    if procedure.get("status") not in ("completed", "not-done"):
        read.issues.append(
            Issue(
                "value",
                "Procedure.status",
                "Seul un acte réalisé (completed) ou non réalisé (not-done) peut être transmis.",
                PROCEDURE_PROFILE,
            )
        )
    if len(procedure.get("performer", [])) != 1:
        read.missing("Procedure.performer", "performer (un seul délégué)")
    if not identifier.get("value") or not identifier.get("system"):
        read.missing("Procedure.identifier", "identifier")
    if delegator is None:
        read.missing("Procedure.extension('delegator')", "extension delegator")
    if derogatory is None:
        read.missing("Procedure.extension('derogatory')", "extension derogatory")
    if len(responses) != 1:
        read.issues.append(
            Issue(
                "required",
                "QuestionnaireResponse.partOf",
                "L’acte doit porter exactement un examen (QuestionnaireResponse), rattaché par partOf : transmis avec lui "
                "dans une transaction, ou enregistré avant lui et le nommant par son identifiant (partOf.identifier).",
                "CSP L4011-2",
            )
        )
    act = DelegatedAct(
        id=procedure.get("id", ""),
        identifier=identifier.get("value", ""),
        status=cast(Literal["completed", "not-done"], procedure.get("status")),
        status_reason=next(
            (
                c.get("code", "")
                for c in procedure.get("statusReason", {}).get("coding", ())
                if c.get("system") == REORIENTATION_REASON
            ),
            "",
        ),
        protocol=_canonical(read, canonicals, systems.PLAN_DEFINITION, "protocole (PlanDefinition|version)"),
        activity=_canonical(read, canonicals, systems.ACTIVITY_DEFINITION, "acte (ActivityDefinition|version)"),
        inclusion_id=read.reference((procedure.get("basedOn") or [{}])[0], "CarePlan", "Procedure.basedOn[0]"),
        patient_id=read.reference(procedure.get("subject"), "Patient", "Procedure.subject"),
        delegatee_id=read.reference(performer.get("actor"), "PractitionerRole", "Procedure.performer[0].actor"),
        delegatee_rpps=read.rpps(performer.get("actor"), "Procedure.performer[0].actor"),
        delegator_id=read.reference(delegator, "PractitionerRole", "Procedure.extension('delegator').value"),
        delegator_rpps=read.rpps(delegator, "Procedure.extension('delegator').value"),
        organization_id=read.reference(
            performer.get("onBehalfOf"), "Organization", "Procedure.performer[0].onBehalfOf"
        ),
        derogatory=bool(derogatory),
        text=procedure.get("code", {}).get("text", ""),
        ccam=next(
            (c["code"] for c in procedure.get("code", {}).get("coding", ()) if c.get("system") == systems.CCAM), ""
        ),
        start=read.instant(start, "Procedure.performed"),
        end=read.instant(end, "Procedure.performed"),
        answers=dict(_answers(responses[0].get("item", ()))) if len(responses) == 1 else {},
        observations=tuple(_observation(o) for o in observations),
        prescriptions=tuple(prescription_from_fhir(read, p, n) for n, p in enumerate(prescriptions)),
        dispenses=tuple(dispense_from_fhir(read, d, n) for n, d in enumerate(dispenses)),
        recourse=extension_value(procedure, systems.EXT_RECOURSE, "valueCode") or "",
        conclusion="\n".join(note.get("text", "") for note in procedure.get("note", ())),
    )
    if act.status == "not-done" and act.status_reason not in REORIENTATION_REASONS:
        read.issues.append(
            Issue(
                "code-invalid",
                "Procedure.statusReason",
                "Un acte non réalisé porte un motif du système binome-reorientation-reason.",
                PROCEDURE_PROFILE,
            )
        )
    _check_recourse(read, act)
    _check_belonging(read, procedure, (*responses, *observations), [prescriptions, dispenses])
    if len(responses) == 1:
        _check_one_answer_each(read, responses[0])
    if read.issues:
        raise Refused(read.issues)
    return act


def answers_of(response: Resource) -> dict[str, Answer]:
    """The answers of a form by linkId; of two to one question none can be believed, and it is not known."""
    answers = dict(_answers(response.get("item", ())))
    return answers | {link_id: None for link_id, count in _counts(response).items() if count > 1}


def unanswered_of(response: Resource) -> dict[str, Answer]:
    """Questions that were asked, and whose answer is not known."""
    asked = (item for item in response.get("item", ()) if not item.get("answer") and not item.get("item"))
    return {item["linkId"]: None for item in asked if "linkId" in item}


def _check_recourse(read: Reader, act: DelegatedAct) -> None:
    if act.recourse and act.recourse not in RECOURSES:
        text = "Un recours au délégant est un avis (advice) ou une reprise de la suite (take-over)."
        read.issues.append(Issue("code-invalid", "Procedure.extension('recourse').value", text, PROCEDURE_PROFILE))
    elif act.recourse and act.status_reason == "no-delegant-reachable":
        text = "Un délégant injoignable n’a ni donné d’avis ni repris la suite."
        read.issues.append(Issue("business-rule", "Procedure.extension('recourse').value", text, "CSP L4011-2"))


def protocol_of(procedure: Resource) -> str:
    """The protocol (``PlanDefinition|version``) of an act on record, wherever it stands among its canonicals."""
    return next(str(c) for c in procedure["instantiatesCanonical"] if c.startswith(systems.PLAN_DEFINITION))


def _check_belonging(
    read: Reader, procedure: Resource, findings: Sequence[Resource], issued: Iterable[Sequence[Resource]]
) -> None:
    """What belongs to the act is of the same patient; what it prescribes or dispenses, by and on behalf of the same two."""
    patient = _named(procedure.get("subject"))
    actor = _named((procedure.get("performer") or [{}])[0].get("actor"))
    delegator = _named(extension_value(procedure, systems.EXT_DELEGATOR, "valueReference"))
    told = [(f"{f['resourceType']}.subject", _named(f.get("subject")), patient) for f in findings]
    for n, resource in (numbered for some in issued for numbered in enumerate(some)):
        at = f"{resource['resourceType']}[{n}]"
        row = ISSUED[resource["resourceType"]]
        on_behalf_of = _named(extension_value(resource, systems.EXT_DELEGATOR, "valueReference"))
        told += [
            (f"{at}.subject", _named(resource.get("subject")), patient),
            (f"{at}.{row.signed_at}", _named(row.signer(resource)), actor),
            (f"{at}.extension('delegator').value", on_behalf_of, delegator),
        ]
    read.issues += [
        Issue(
            "business-rule", expression, "Cet élément n’est pas celui de l’acte auquel il est rattaché.", "CSP L4011-1"
        )
        for expression, found, wanted in told
        if found != wanted
    ]


def _named(node: Any) -> str:
    """The resource that a reference names, whatever its version."""
    return str(node.get("reference", "")).partition("/_history/")[0] if isinstance(node, dict) else ""


def _check_one_answer_each(read: Reader, response: Resource) -> None:
    """No question of an exam repeats: of two answers to one question, none can be believed."""
    read.issues += [
        Issue(
            "invariant",
            _item(link_id),
            "Une question de l’examen ne reçoit qu’une réponse.",
            "FHIR R4, questionnaire.html (repeats)",
        )
        for link_id, count in _counts(response).items()
        if count > 1
    ]


def _counts(response: Resource) -> dict[str, int]:
    """How many answers each question has."""
    seen: dict[str, int] = {}
    for link_id, count in _counted(response.get("item", ())):
        seen[link_id] = seen.get(link_id, 0) + count
    return seen


def _item(link_id: str) -> str:
    """Where the item stands; a linkId that no protocol of ours could bear may be anything, and is not repeated."""
    named = f".where(linkId='{link_id}')" if _LINK_ID.fullmatch(link_id) else ""
    return f"QuestionnaireResponse.item{named}"


def _counted(items: Iterable[Resource]) -> Iterator[tuple[str, int]]:
    for item in items:
        answers = item.get("answer", ())
        yield item.get("linkId", ""), len(answers)
        for answer in answers:
            yield from _counted(answer.get("item", ()))
        yield from _counted(item.get("item", ()))


def _canonical(read: Reader, canonicals: Iterable[str], base: str, what: str) -> str:
    found = [c for c in canonicals if c and c.startswith(base)]
    if len(found) != 1 or "|" not in found[0]:
        read.missing("Procedure.instantiatesCanonical", f"instantiatesCanonical — un seul {what}")
        return ""
    return found[0]


def _answers(items: Iterable[Resource]) -> Iterator[tuple[str, Answer]]:
    for item in items:
        for answer in item.get("answer", ())[:1]:
            # No form of ours asks for a Quantity: what is in another unit than the question's would be another number.
            yield item.get("linkId", ""), None if "valueQuantity" in answer else _value(answer)
            yield from _answers(answer.get("item", ()))
        yield from _answers(item.get("item", ()))


def _value(element: Resource) -> Answer:
    """The value[x] of an answer or an Observation as the domain holds it; unknown kinds are not known."""
    for name, value in element.items():
        match name:
            case "valueBoolean" | "valueString":
                return cast(Answer, value)
            case "valueDecimal" | "valueInteger":
                return Decimal(value)
            case "valueCoding":
                return cast(Answer, value.get("code"))
            case "valueQuantity":
                return Decimal(value["value"]) if "value" in value else None
            case "valueDate":
                return dt.date.fromisoformat(value) if len(value) == 10 else None
    return None


def _observation(resource: Resource) -> Observation:
    coding = (resource.get("code", {}).get("coding") or [{}])[0]
    return Observation(
        id=resource.get("id", ""),
        code=coding.get("code", ""),
        system=coding.get("system", ""),
        display=resource.get("code", {}).get("text") or coding.get("display", ""),
        value=_value(resource),
        unit=resource.get("valueQuantity", {}).get("code", ""),
    )
