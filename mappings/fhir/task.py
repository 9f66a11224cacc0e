"""What somebody must still do: read an act, take a patient back, mend a delivery, withdraw a report (Task, R4 4.0.1).

https://hl7.org/fhir/R4/task.html; profile ``binome-task``.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from mappings.codes import systems
from mappings.domain.act import DelegatedAct
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import meta, print_instant, rpps_reference

TASK_CODE = f"{systems.CODE_SYSTEM}binome-task-code"
BUSINESS_STATUS = f"{systems.CODE_SYSTEM}binome-business-status"
TaskCode = Literal[
    "acknowledge",
    "reorient",
    "resolve-delivery",
    "resolve-subscription",
    "withdraw-report",
    "notify-adverse-event",
    "read-reply",
    "update-report",
]
REORIENTATION_REASON = f"{systems.CODE_SYSTEM}binome-reorientation-reason"
PROFILE = f"{systems.PROFILE}binome-task"

Resource = dict[str, Any]
_MAIL: Final = re.compile(r"Message reçu : ([A-Za-z0-9.-]{1,64})\.$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One thing to do about an act: what, who asked, whose it is, until when."""

    id: str
    code: TaskCode
    visit: str
    authored: dt.datetime
    #: None when no text sets a limit.
    until: dt.datetime | None
    fictitious: bool
    #: Why, in words without identity or clinical content; empty when the code says enough.
    reason: str = ""
    #: Code of binome-reorientation-reason, for a reorientation; empty else.
    reason_code: str = ""


def task_for(act: DelegatedAct, duty: Duty) -> Resource:
    """The délégant's duty about ``act``, asked by the délégué."""
    return _task(
        duty,
        act=f"Procedure/{act.id}",
        patient=f"Patient/{act.patient_id}",
        inclusion=f"CarePlan/{act.inclusion_id}",
        requester=rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps),
        owner=rpps_reference("PractitionerRole", act.delegator_id, act.delegator_rpps),
    )


def delivery_task(procedure: Resource, duty: Duty) -> Resource:
    """Somebody must mend a delivery of ``procedure``, or undo what was delivered; the structure owns it."""
    performer = procedure["performer"][0]
    return _task(
        duty,
        act=f"Procedure/{procedure['id']}",
        patient=procedure["subject"]["reference"],
        inclusion=procedure["basedOn"][0]["reference"],
        requester={"reference": "Device/binome"},
        owner={"reference": performer["onBehalfOf"]["reference"]},
    )


def departure_task(plan: Resource, *, id: str, authored: dt.datetime, reason: str) -> Resource:
    """The patient of an inclusion left the protocol by choice: the délégant of the inclusion takes over."""
    duty = Duty(
        id=id,
        code="reorient",
        visit=plan["identifier"][0]["value"],
        authored=authored,
        until=None,
        fictitious="security" in plan.get("meta", {}),
        reason=reason,
        reason_code="patient-choice",
    )
    me = f"CarePlan/{plan['id']}"
    return _task(
        duty,
        act=me,
        patient=plan["subject"]["reference"],
        inclusion=me,
        requester={"reference": "Device/binome"},
        owner=delegator_of(plan),
    )


def adverse_event_task(event: Resource, act: Resource, *, id: str, owner: Resource, authored: dt.datetime) -> Resource:
    """A serious event about ``act``: whoever owns the task must be told of it at once, the structure declares it."""
    duty = Duty(
        id=id,
        code="notify-adverse-event",
        visit=act["identifier"][0]["value"],
        authored=authored,
        until=None,
        fictitious="security" in act.get("meta", {}),
        reason="Événement indésirable grave : à analyser et à déclarer sans délai.",
    )
    return _task(
        duty,
        act=f"AdverseEvent/{event['id']}",
        patient=event["subject"]["reference"],
        inclusion=act["basedOn"][0]["reference"],
        requester=event.get("recorder", {"reference": "Device/binome"}),
        owner=owner,
    ) | {"priority": "stat"}


def subscription_task(subscription: str, duty: Duty) -> Resource:
    """Somebody must look at a subscription that was switched off; whoever keeps this installation owns it."""
    device = {"reference": "Device/binome"}
    task = _task(duty, act=f"Subscription/{subscription}", patient="", inclusion="", requester=device, owner=device)
    return {key: value for key, value in task.items() if key not in ("basedOn", "groupIdentifier", "for")}


def code_of(task: Resource) -> str:
    return str(task["code"]["coding"][0]["code"])


def about_mail(reason: str, mail: str) -> str:
    """``reason`` of a task about a mail that came."""
    return f"{reason} Message reçu : {mail}."


def mail_of(task: Resource) -> str:
    """Id of the mail that the task is about; empty when it is about none."""
    found = _MAIL.search(task.get("reasonCode", {}).get("text", ""))
    return found[1] if found else ""


def acknowledged(task: Resource, *, at: dt.datetime, comment: str, countersigned: bool = False) -> Resource:
    """The task after its owner has read: completed, with the comment as output when there is one."""
    business = "countersigned" if countersigned else "acknowledged"
    done: Resource = {
        **task,
        "status": "completed",
        "businessStatus": {"coding": [{"system": BUSINESS_STATUS, "code": business}]},
        "executionPeriod": {"start": print_instant(at), "end": print_instant(at)},
        "lastModified": print_instant(at),
    }
    if comment:
        done["output"] = [{"type": {"text": "Commentaire du délégant"}, "valueString": comment}]
    return in_order(done)


def resolved(task: Resource, *, at: dt.datetime) -> Resource:
    """The task that somebody did."""
    done = {**task, "status": "completed", "lastModified": print_instant(at)}
    done["executionPeriod"] = {"start": print_instant(at), "end": print_instant(at)}
    return in_order(done)


def cancelled(task: Resource, *, at: dt.datetime, reason: str) -> Resource:
    """The task that nobody need do any more, and why."""
    done = {**task, "status": "cancelled", "statusReason": {"text": reason}, "lastModified": print_instant(at)}
    return in_order(done)


def readdressed(
    task: Resource,
    *,
    owner: Resource,
    delegator: Resource,
    reason: str,
    at: dt.datetime,
    until: dt.datetime | None = None,
) -> Resource:
    """The task to somebody else, in the place of ``delegator``; each time says why, and what was said before stays.

    ``until`` is a new limit, None to keep the one there is.
    """
    others = [one for one in task.get("extension", ()) if one["url"] != systems.EXT_DELEGATOR]
    moved: Resource = {
        **task,
        "extension": [*others, {"url": systems.EXT_DELEGATOR, "valueReference": delegator}],
        "owner": owner,
        "lastModified": print_instant(at),
        "note": [*task.get("note", ()), {"time": print_instant(at), "text": reason}],
    }
    if until is not None:
        moved["restriction"] = {"period": {"end": print_instant(until)}}
    return in_order(moved)


def instead_of(task: Resource) -> Resource | None:
    """The délégant in whose place the owner has the task; None while it is the délégant's own."""
    named = (one for one in task.get("extension", ()) if one["url"] == systems.EXT_DELEGATOR)
    return next((one["valueReference"] for one in named), None)


_ORDER = (
    "resourceType",
    "id",
    "meta",
    "extension",
    "identifier",
    "basedOn",
    "groupIdentifier",
    "status",
    "statusReason",
    "businessStatus",
    "intent",
    "priority",
    "code",
    "focus",
    "for",
    "executionPeriod",
    "authoredOn",
    "lastModified",
    "requester",
    "owner",
    "reasonCode",
    "note",
    "restriction",
    "input",
    "output",
)


def in_order(task: Resource) -> Resource:
    """With its elements in the order of R4."""
    return {key: task[key] for key in _ORDER if key in task}


def _task(duty: Duty, *, act: str, patient: str, inclusion: str, requester: Resource, owner: Resource) -> Resource:
    resource: Resource = {
        "resourceType": "Task",
        "id": duty.id,
        "meta": meta(PROFILE, fictitious=duty.fictitious),
        "identifier": [{"system": f"{systems.IDENTIFIER}task", "value": duty.id}],
        "basedOn": [{"reference": inclusion}],
        "groupIdentifier": {"system": f"{systems.IDENTIFIER}visit", "value": duty.visit},
        "status": "requested",
        "intent": "order",
        "priority": "routine" if duty.code == "acknowledge" else "urgent",
        "code": {"coding": [{"system": TASK_CODE, "code": duty.code}]},
        "focus": {"reference": act},
        "for": {"reference": patient},
        "authoredOn": print_instant(duty.authored),
        "lastModified": print_instant(duty.authored),
        "requester": requester,
        "owner": owner,
    }
    coding = {"coding": [{"system": REORIENTATION_REASON, "code": duty.reason_code}]} if duty.reason_code else {}
    text = {"text": duty.reason} if duty.reason else {}
    if coding or text:
        resource["reasonCode"] = coding | text
    if duty.until:
        resource["restriction"] = {"period": {"end": print_instant(duty.until)}}
    return resource
