"""What a protocol proposes, as the CarePlan that ``$apply`` gives: one RequestGroup of requests, nothing of it stored.

https://hl7.org/fhir/R4/plandefinition-operation-apply.html, https://hl7.org/fhir/R4/requestgroup.html. A Procedure is
no request: an act is proposed as a ServiceRequest, and recorded as a Procedure; a dispensing as a Task, and recorded as a
MedicationDispense. The judgement is contained too, among what supports the plan.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mappings.codes.systems import ACT_REASON, CODE_SYSTEM, EXT_DEROGATORY
from mappings.domain.judgement import Judgement
from mappings.domain.kinds import KINDS
from mappings.domain.people import Patient
from mappings.domain.proposal import Proposal
from mappings.domain.protocol import Activity, Branch, Protocol, Recourse
from mappings.domain.reporting import REORIENTATION_REASONS
from mappings.elements import Json
from mappings.fhir.activity_definition import codings_of
from mappings.fhir.certainty import shown
from mappings.fhir.datatypes import codeable_concept, coding, extension, print_instant
from mappings.fhir.judged import outcome_of
from mappings.fhir.questionnaire import questionnaire_canonical
from mappings.fhir.task import REORIENTATION_REASON, TASK_CODE

STEP: Final = f"{CODE_SYSTEM}binome-step"
_GROUP: Final = "demandes"
_JUDGED: Final = "jugement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Who applies the protocol to whom, and on what it rests: references as FHIR writes them."""

    patient: Patient
    delegatee: Json
    delegator: Json
    #: Empty when there is none.
    encounter: str
    #: The inclusion; empty when the patient is not yet included.
    inclusion: str
    team: str
    #: Consent and answers, by their versions.
    support: tuple[str, ...]
    now: dt.datetime


def care_plan_of(protocol: Protocol, judgement: Judgement, proposal: Proposal, setting: Setting) -> Json:
    requests = {f"demande-{n}": one for n, one in enumerate(_requests(protocol, proposal, setting), 1)}
    group: Json = {
        "resourceType": "RequestGroup",
        "id": _GROUP,
        "instantiatesCanonical": [protocol.canonical],
        "status": "draft",
        "intent": "option",
        "subject": _reference(f"Patient/{setting.patient.id}"),
        **_encounter(setting),
        "authoredOn": print_instant(setting.now),
        "author": {"reference": "Device/binome"},
    }
    if requests:
        group["action"] = [action | {"resource": _reference(f"#{name}")} for name, (action, _) in requests.items()]
    test = {"meta": {"security": [coding(ACT_REASON, "HTEST")]}} if setting.patient.is_fictitious else {}
    return {
        "resourceType": "CarePlan",
        **test,
        "contained": [
            group,
            *(_contained(name, request) for name, (_, request) in requests.items()),
            _contained(_JUDGED, outcome_of(protocol, judgement, proposal)),
        ],
        "instantiatesCanonical": [protocol.canonical],
        **({"basedOn": [_reference(setting.inclusion)]} if setting.inclusion else {}),
        "status": "draft",
        "intent": "proposal",
        "title": protocol.title,
        "subject": _reference(f"Patient/{setting.patient.id}"),
        **_encounter(setting),
        "created": print_instant(setting.now),
        "author": setting.delegatee,
        "careTeam": [_reference(setting.team)],
        "supportingInfo": [*(_reference(one) for one in setting.support), _reference(f"#{_JUDGED}")],
        "activity": [{"reference": _reference(f"#{_GROUP}")}],
    }


def _requests(protocol: Protocol, proposal: Proposal, setting: Setting) -> Iterator[tuple[Json, Json]]:
    """Each action of the group, and the request that it is realised by."""
    for activity in proposal.acts:
        title = shown(activity.title, activity.certainty)
        yield _action(activity.id, KINDS[activity.kind].step, title), _act(protocol, activity, setting)
    if proposal.to_answer:
        title = "Compléter l’examen"
        questions = [
            {"type": codeable_concept(text="Question sans réponse"), "valueString": item.link_id}
            for item in proposal.to_answer
        ]
        task = _task(codeable_concept(text=title), setting, owner=setting.delegatee, input=questions)
        task["instantiatesCanonical"] = questionnaire_canonical(protocol, "examen")
        yield _action("examen", "exam", title), task
    calls: list[Recourse | Branch] = [*proposal.recourses, *([proposal.call] if proposal.call else [])]
    for one in calls:
        title = shown(one.text, one.certainty)
        code = codeable_concept(text="Recours au délégant")
        yield _action(one.id, "recourse", title), _task(code, setting, owner=setting.delegator, description=title)
    if proposal.reorientation:
        yield _reorientation(proposal, setting)


def _reorientation(proposal: Proposal, setting: Setting) -> tuple[Json, Json]:
    title = "Réorientation vers le délégant"
    reason = coding(REORIENTATION_REASON, proposal.reorientation, REORIENTATION_REASONS[proposal.reorientation])
    task = _task(
        codeable_concept(coding(TASK_CODE, "reorient"), text=title),
        setting,
        owner=setting.delegator,
        priority="stat" if proposal.emergency else "routine",
        reasonCode=codeable_concept(reason),
    )
    return _action("reorientation", "emergency" if proposal.emergency else "reorientation", title), task


def _action(id_: str, step: str, title: str) -> Json:
    return {"id": id_, "title": title, "code": [codeable_concept(coding(STEP, step))]}


def _act(protocol: Protocol, activity: Activity, setting: Setting) -> Json:
    """The act as its ActivityDefinition tells it; no dose is known here."""
    if activity.kind == "MedicationDispense":
        return _dispense(activity, setting)
    medication = activity.kind == "MedicationRequest"
    if medication:
        what = {"medicationCodeableConcept": codeable_concept(text=activity.product or activity.title)}
    else:
        what = {"code": codeable_concept(*codings_of(activity), text=activity.title)}
    return {
        "resourceType": "MedicationRequest" if medication else "ServiceRequest",
        "extension": [extension(EXT_DEROGATORY, valueBoolean=activity.derogatory)],
        "instantiatesCanonical": [protocol.canonical, activity.canonical],
        **({"basedOn": [_reference(setting.inclusion)]} if setting.inclusion else {}),
        "status": "draft",
        "intent": "proposal",
        **what,
        "subject": _reference(f"Patient/{setting.patient.id}"),
        **_encounter(setting),
        "authoredOn": print_instant(setting.now),
        "requester": setting.delegatee,
    }


def _dispense(activity: Activity, setting: Setting) -> Json:
    """A dispensing is no request either: the délégué is asked for it. Whether it derogates is said by its definition."""
    task = _task(
        codeable_concept(*codings_of(activity), text=activity.title),
        setting,
        owner=setting.delegatee,
        instantiatesCanonical=activity.canonical,
    )
    if setting.inclusion:
        task["basedOn"] = [_reference(setting.inclusion)]
    if activity.product:
        product = codeable_concept(text=activity.product)
        task["input"] = [{"type": codeable_concept(text="Produit"), "valueCodeableConcept": product}]
    return task


def _task(code: Json, setting: Setting, *, owner: Json, **elements: object) -> Json:
    return {
        "resourceType": "Task",
        "status": "draft",
        "intent": "proposal",
        "code": code,
        "for": _reference(f"Patient/{setting.patient.id}"),
        **_encounter(setting),
        "authoredOn": print_instant(setting.now),
        "requester": setting.delegatee,
        "owner": owner,
        **elements,
    }


def _contained(name: str, resource: Json) -> Json:
    return {"resourceType": resource["resourceType"], "id": name, **resource}


def _encounter(setting: Setting) -> Json:
    return {"encounter": _reference(setting.encounter)} if setting.encounter else {}


def _reference(text: str) -> Json:
    return {"reference": text}
