"""The delegated act: Procedure with its exam, measures and prescriptions ↔ ``DelegatedAct``.

One visit is a Procedure (R4 4.0.1, https://hl7.org/fhir/R4/procedure.html), a QuestionnaireResponse and
Observations that are ``partOf`` it, and MedicationRequests or ServiceRequests that it supports. The délégant
cannot stand in ``performer.onBehalfOf`` (an Organization in R4): the ``delegator`` extension names the enrolment.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

from mappings.codes import systems
from mappings.domain.act import Answer, DelegatedAct, Observation, Prescription
from mappings.fhir.datatypes import meta, print_instant, rpps_reference
from mappings.issues import Issue, Refused

Resource = dict[str, Any]

PROCEDURE_PROFILE = f"{systems.PROFILE}binome-delegated-procedure"
PRESCRIPTION_PROFILES = {
    "MedicationRequest": f"{systems.PROFILE}binome-delegated-medication-request",
    "ServiceRequest": f"{systems.PROFILE}binome-delegated-service-request",
}
REORIENTATION_REASON = f"{systems.CODE_SYSTEM}binome-reorientation-reason"
ANSWER = f"{systems.CODE_SYSTEM}binome-answer"

#: R4 spells the element of the Procedure that a prescription rests on differently in each type.
SUPPORT = {"MedicationRequest": "supportingInformation", "ServiceRequest": "supportingInfo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What only the receiver knows of an act's resources: their ids, the visit, the exam's form."""

    questionnaire_response_id: str
    #: ``B/Questionnaire/x|version`` and the type of each of its questions by linkId.
    questionnaire: str
    item_types: Mapping[str, str]
    visit: str
    fictitious: bool


# --- reading -----------------------------------------------------------------------------------


class _Reader:
    """Reads elements and remembers what is missing, so that every fault is told at once."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def missing(self, expression: str, what: str) -> None:
        self.issues.append(
            Issue("required", expression, f"L'élément {what} est exigé pour un acte délégué.", PROCEDURE_PROFILE)
        )

    def reference(self, node: Any, type_: str, expression: str) -> str:
        literal = node.get("reference", "") if isinstance(node, dict) else ""
        kind, _, id_ = literal.partition("/")
        if kind != type_ or not id_:
            self.issues.append(
                Issue(
                    "required",
                    f"{expression}.reference",
                    f"Une référence littérale à un {type_} de ce serveur est exigée.",
                    PROCEDURE_PROFILE,
                )
            )
        return id_.partition("/")[0]

    def rpps(self, node: Any, expression: str) -> str:
        identifier = node.get("identifier", {}) if isinstance(node, dict) else {}
        if identifier.get("system") != systems.RPPS or not identifier.get("value"):
            self.missing(f"{expression}.identifier", "identifier (RPPS)")
            return ""
        return str(identifier["value"])

    def instant(self, text: Any, expression: str) -> dt.datetime:
        try:
            instant = dt.datetime.fromisoformat(text)
        except (TypeError, ValueError):
            instant = None
        if instant is None or instant.tzinfo is None:
            self.issues.append(
                Issue(
                    "value",
                    expression,
                    "La date doit être complète, avec l'heure et le décalage horaire.",
                    PROCEDURE_PROFILE,
                )
            )
            return dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
        return instant


def act_from_fhir(
    procedure: Resource,
    responses: Sequence[Resource],
    observations: Sequence[Resource],
    prescriptions: Sequence[Resource],
) -> DelegatedAct:
    """The act that these resources tell together; ``Refused`` with every fault of the Procedure and its exam."""
    read = _Reader()
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
                "L'acte doit porter exactement un examen (QuestionnaireResponse) qui lui est rattaché par partOf.",
                "CSP L4011-2",
            )
        )
    act = DelegatedAct(
        id=procedure.get("id", ""),
        identifier=identifier.get("value", ""),
        status=cast(Literal["completed", "not-done"], procedure.get("status")),
        status_reason=_first_code(procedure.get("statusReason", {})),
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
        prescriptions=tuple(_prescription(read, p, n) for n, p in enumerate(prescriptions)),
        conclusion="\n".join(note.get("text", "") for note in procedure.get("note", ())),
    )
    if act.status == "not-done" and not act.status_reason:
        read.missing("Procedure.statusReason", "statusReason")
    if read.issues:
        raise Refused(read.issues)
    return act


def extension_value(resource: Resource, url: str, value: str) -> Any:
    """The ``value`` element of the first extension ``url``; None when there is none."""
    for extension in resource.get("extension", ()):
        if extension.get("url") == url:
            return extension.get(value)
    return None


def _canonical(read: _Reader, canonicals: Iterable[str], base: str, what: str) -> str:
    found = [c for c in canonicals if c.startswith(base)]
    if len(found) != 1 or "|" not in found[0]:
        read.missing("Procedure.instantiatesCanonical", f"instantiatesCanonical — un seul {what}")
        return ""
    return found[0]


def _first_code(concept: Resource) -> str:
    return str(next((c["code"] for c in concept.get("coding", ()) if "code" in c), concept.get("text", "")))


def _answers(items: Iterable[Resource]) -> Iterator[tuple[str, Answer]]:
    for item in items:
        for answer in item.get("answer", ())[:1]:
            yield item["linkId"], _value(answer)
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


def _prescription(read: _Reader, resource: Resource, n: int) -> Prescription:
    kind = cast(Literal["MedicationRequest", "ServiceRequest"], resource["resourceType"])
    canonicals = resource.get("instantiatesCanonical", [])
    found = [c for c in canonicals if c.startswith(systems.ACTIVITY_DEFINITION)]
    if len(found) != 1:
        read.missing(f"{kind}[{n}].instantiatesCanonical", "instantiatesCanonical (ActivityDefinition)")
    concept = resource.get("medicationCodeableConcept" if kind == "MedicationRequest" else "code", {})
    dosage = resource.get("dosageInstruction", ())
    return Prescription(
        id=resource.get("id", ""),
        kind=kind,
        activity=found[0] if found else "",
        text=concept.get("text", ""),
        instructions=(
            "\n".join(d.get("text", "") for d in dosage)
            if kind == "MedicationRequest"
            else resource.get("patientInstruction", "")
        ),
    )


# --- writing -----------------------------------------------------------------------------------


def act_to_fhir(act: DelegatedAct, place: Placement) -> list[Resource]:
    """The act's resources, the Procedure first: what the flat door stores, and what a FHIR client would send."""
    resources = [_procedure(act, place), _questionnaire_response(act, place)]
    resources += [_observation_to_fhir(act, o, place) for o in act.observations]
    resources += [_prescription_to_fhir(act, p, place) for p in act.prescriptions]
    return resources


def _delegation(act: DelegatedAct) -> list[Resource]:
    return [
        {
            "url": systems.EXT_DELEGATOR,
            "valueReference": rpps_reference("PractitionerRole", act.delegator_id, act.delegator_rpps),
        },
        {"url": systems.EXT_DEROGATORY, "valueBoolean": act.derogatory},
    ]


def _procedure(act: DelegatedAct, place: Placement) -> Resource:
    code: Resource = {}
    if act.ccam:
        code["coding"] = [{"system": systems.CCAM, "code": act.ccam}]
    code["text"] = act.text
    resource: Resource = {
        "resourceType": "Procedure",
        "id": act.id,
        "meta": meta(PROCEDURE_PROFILE, fictitious=place.fictitious),
        "extension": _delegation(act),
        "identifier": [{"system": f"{systems.IDENTIFIER}act", "value": act.identifier}],
        "instantiatesCanonical": [act.protocol, act.activity],
        "basedOn": [{"reference": f"CarePlan/{act.inclusion_id}"}],
        "status": act.status,
    }
    if act.status == "not-done":
        resource["statusReason"] = {"coding": [{"system": REORIENTATION_REASON, "code": act.status_reason}]}
    resource |= {
        "code": code,
        "subject": {"reference": f"Patient/{act.patient_id}"},
        "performedPeriod": {"start": print_instant(act.start), "end": print_instant(act.end)},
        "recorder": rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps),
        "performer": [
            {
                "function": {"coding": [{"system": systems.ROLE_CODE, "code": "DELEGATEE"}]},
                "actor": rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps),
                "onBehalfOf": {"reference": f"Organization/{act.organization_id}"},
            }
        ],
    }
    if act.conclusion:
        resource["note"] = [{"text": act.conclusion}]
    return resource


def _questionnaire_response(act: DelegatedAct, place: Placement) -> Resource:
    test = {"meta": {"security": [{"system": systems.ACT_REASON, "code": "HTEST"}]}} if place.fictitious else {}
    return {
        "resourceType": "QuestionnaireResponse",
        "id": place.questionnaire_response_id,
        **test,
        "basedOn": [{"reference": f"CarePlan/{act.inclusion_id}"}],
        "partOf": [{"reference": f"Procedure/{act.id}"}],
        "questionnaire": place.questionnaire,
        "status": "completed",
        "subject": {"reference": f"Patient/{act.patient_id}"},
        "authored": print_instant(act.end),
        "author": rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps),
        "item": [
            {"linkId": link_id, "answer": [_answer_to_fhir(value, place.item_types.get(link_id, ""))]}
            if value is not None
            else {"linkId": link_id}
            for link_id, value in act.answers.items()
        ],
    }


def _answer_to_fhir(value: Answer, item_type: str) -> Resource:
    match value:
        case bool():
            return {"valueBoolean": value}
        case Decimal():
            return {"valueInteger": int(value)} if item_type == "integer" else {"valueDecimal": value}
        case dt.date():
            return {"valueDate": value.isoformat()}
        case _:
            return (
                {"valueCoding": {"system": ANSWER, "code": value}} if item_type == "choice" else {"valueString": value}
            )


def _observation_to_fhir(act: DelegatedAct, observation: Observation, place: Placement) -> Resource:
    test = {"meta": {"security": [{"system": systems.ACT_REASON, "code": "HTEST"}]}} if place.fictitious else {}
    resource: Resource = {
        "resourceType": "Observation",
        "id": observation.id,
        **test,
        "partOf": [{"reference": f"Procedure/{act.id}"}],
        "status": "final",
        "code": {
            "coding": [{"system": observation.system, "code": observation.code}],
            "text": observation.display,
        },
        "subject": {"reference": f"Patient/{act.patient_id}"},
        "effectiveDateTime": print_instant(act.start),
        "performer": [rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps)],
    }
    match observation.value:
        case bool():
            resource["valueBoolean"] = observation.value
        case Decimal():
            unit = {"system": systems.UCUM, "code": observation.unit} if observation.unit else {}
            resource["valueQuantity"] = {"value": observation.value, **unit}
        case dt.date():
            resource["valueDateTime"] = observation.value.isoformat()
        case str():
            resource["valueString"] = observation.value
        case None:
            resource["dataAbsentReason"] = {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]
            }
    return resource


def _prescription_to_fhir(act: DelegatedAct, prescription: Prescription, place: Placement) -> Resource:
    medication = prescription.kind == "MedicationRequest"
    resource: Resource = {
        "resourceType": prescription.kind,
        "id": prescription.id,
        "meta": meta(PRESCRIPTION_PROFILES[prescription.kind], fictitious=place.fictitious),
        "extension": _delegation(act),
        "identifier": [
            {"system": f"{systems.IDENTIFIER}act", "value": f"{act.identifier}.{place_of(act, prescription)}"}
        ],
        "instantiatesCanonical": [act.protocol, prescription.activity],
        "basedOn": [{"reference": f"CarePlan/{act.inclusion_id}"}],
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept" if medication else "code": {"text": prescription.text},
        "subject": {"reference": f"Patient/{act.patient_id}"},
        "authoredOn": print_instant(act.end),
        "requester": rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps),
        SUPPORT[prescription.kind]: [{"reference": f"Procedure/{act.id}"}],
    }
    if medication:
        resource["recorder"] = rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps)
    if prescription.instructions:
        if medication:
            resource["dosageInstruction"] = [{"text": prescription.instructions}]
        else:
            resource["patientInstruction"] = prescription.instructions
    return resource


def place_of(act: DelegatedAct, prescription: Prescription) -> int:
    """The prescription's place in the act, from 1."""
    return act.prescriptions.index(prescription) + 1
