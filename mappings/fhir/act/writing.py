"""From the act to FHIR: what the flat door stores, and what a FHIR client would send."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from mappings.codes import systems
from mappings.domain.act import Answer, DelegatedAct, Observation
from mappings.fhir.act.dispensed import dispense_to_fhir
from mappings.fhir.act.elements import ANSWER, PROCEDURE_PROFILE, REORIENTATION_REASON, Resource
from mappings.fhir.act.prescribed import prescription_to_fhir
from mappings.fhir.datatypes import meta, print_instant, rpps_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What only the receiver knows of an act's resources: their ids, the exam's form."""

    questionnaire_response_id: str
    #: ``B/Questionnaire/x|version`` and the type of each of its questions by linkId.
    questionnaire: str
    item_types: Mapping[str, str]
    fictitious: bool


def act_to_fhir(act: DelegatedAct, place: Placement) -> list[Resource]:
    """The act's resources, the Procedure first: what the flat door stores, and what a FHIR client would send."""
    resources = [_procedure(act, place), _questionnaire_response(act, place)]
    resources += [_observation_to_fhir(act, o, place) for o in act.observations]
    delegation, test = delegation_of(act), place.fictitious
    resources += [
        prescription_to_fhir(act, one, n, delegation, fictitious=test) for n, one in enumerate(act.prescriptions, 1)
    ]
    first = len(act.prescriptions) + 1
    resources += [
        dispense_to_fhir(act, one, n, delegation, fictitious=test) for n, one in enumerate(act.dispenses, first)
    ]
    return resources


def delegation_of(act: DelegatedAct) -> list[Resource]:
    """Who acts for whom, and whether the law is derogated from."""
    return [
        {
            "url": systems.EXT_DELEGATOR,
            "valueReference": rpps_reference("PractitionerRole", act.delegator_id, act.delegator_rpps),
        },
        {"url": systems.EXT_DEROGATORY, "valueBoolean": act.derogatory},
    ]


def _recourse(act: DelegatedAct) -> list[Resource]:
    return [{"url": systems.EXT_RECOURSE, "valueCode": act.recourse}] if act.recourse else []


def _procedure(act: DelegatedAct, place: Placement) -> Resource:
    code: Resource = {}
    if act.ccam:
        code["coding"] = [{"system": systems.CCAM, "code": act.ccam}]
    code["text"] = act.text
    resource: Resource = {
        "resourceType": "Procedure",
        "id": act.id,
        "meta": meta(PROCEDURE_PROFILE, fictitious=place.fictitious),
        "extension": [*delegation_of(act), *_recourse(act)],
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
