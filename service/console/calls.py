"""What calls the délégant besides acts: patients who left a protocol by choice, serious adverse events."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.time import french_day
from mappings.fhir.act import protocol_of
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.task import TASK_CODE
from service.console.reading import Desk
from service.console.views import PatientView, patient_view
from service.finding import found

Resource = dict[str, Any]

_CALLS: Final = (("code", TASK_CODE, "reorient"), ("code", TASK_CODE, "notify-adverse-event"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One patient who left, or to whom something happened, with the task that tells it."""

    task_id: str
    patient: PatientView
    #: Why, in a sentence.
    reason: str
    at: dt.datetime
    protocol: str
    version: str
    #: The act that an adverse event is about; empty for a patient who left.
    act_id: str


def calls(desk: Desk) -> tuple[Call, ...]:
    """Those that the délégant has not taken note of, the latest first."""
    return tuple(_call(desk, task) for task in _tasks(desk))


def is_call(desk: Desk, task_id: str) -> bool:
    """Whether this task is one of the délégant's own calls, whatever became of it."""
    stored = desk.store.read("Task", task_id)
    task = parse(stored.body) if stored else {}
    if not _is_ours(task):
        return False
    about = ("focus", *task["focus"]["reference"].split("/"))
    mine = found(desk.store, "Task", [about], desk.mine, _CALLS)
    return task_id in {one.id for one in mine}


def _is_ours(task: Resource) -> bool:
    return any(reference_id(task.get("focus"), type_) for type_ in ("CarePlan", "AdverseEvent"))


def _tasks(desk: Desk) -> Iterable[Resource]:
    stored = found(desk.store, "Task", desk.mine, _CALLS, [("status", "", "requested")], sort="authored-on")
    tasks = [parse(version.body) for version in reversed(stored)]
    return [task for task in tasks if _is_ours(task)]


def _call(desk: Desk, task: Resource) -> Call:
    plan = _read(desk, "CarePlan", task["basedOn"][0])
    act_id = ""
    if reference_id(task["focus"], "AdverseEvent"):
        event = _read(desk, "AdverseEvent", task["focus"])
        act_id = reference_id(event["suspectEntity"][0]["instance"], "Procedure")
    patient = patient_from_fhir(_read(desk, "Patient", task["for"]))
    at = dt.datetime.fromisoformat(task["authoredOn"])
    canonical = protocol_of(plan)
    protocol = desk.catalogue.get(canonical)
    return Call(
        task_id=task["id"],
        patient=patient_view(patient, french_day(at)),
        reason=task["reasonCode"]["text"],
        at=at,
        protocol=protocol.short_title if protocol else canonical.partition("|")[0].rpartition("/")[2],
        version=canonical.partition("|")[2],
        act_id=act_id,
    )


def _read(desk: Desk, type_: str, reference: Resource) -> Resource:
    stored = desk.store.read(type_, reference_id(reference, type_))
    if stored is None:
        raise LookupError(f"a task names a {type_} that is not on record")
    return parse(stored.body)
