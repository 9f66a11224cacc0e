"""Patients who left a protocol by choice, for the délégant who takes over: read as one duty each."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
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

_REORIENT: Final = ("code", TASK_CODE, "reorient")


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One patient who left, with the task that tells it."""

    task_id: str
    patient: PatientView
    #: Why, in a sentence.
    reason: str
    at: dt.datetime
    protocol: str
    version: str


def departures(desk: Desk) -> tuple[Departure, ...]:
    """Those that the délégant has not taken note of, the latest first."""
    return tuple(_departure(desk, task) for task in _tasks(desk))


def is_departure(desk: Desk, task_id: str) -> bool:
    """Whether this task is one of the délégant's own departures, whatever became of it."""
    stored = desk.store.read("Task", task_id)
    task = parse(stored.body) if stored else {}
    owner = task.get("owner", {}).get("identifier", {}).get("value")
    return owner == desk.rpps and bool(reference_id(task.get("focus"), "CarePlan"))


def _tasks(desk: Desk) -> Iterable[Resource]:
    mine = ("owner:identifier", systems.RPPS, desk.rpps)
    stored = found(desk.store, "Task", [mine], [_REORIENT], [("status", "", "requested")], sort="authored-on")
    tasks = [parse(version.body) for version in reversed(stored)]
    return [task for task in tasks if reference_id(task["focus"], "CarePlan")]


def _departure(desk: Desk, task: Resource) -> Departure:
    plan = _read(desk, "CarePlan", task["focus"])
    patient = patient_from_fhir(_read(desk, "Patient", task["for"]))
    at = dt.datetime.fromisoformat(task["authoredOn"])
    canonical = protocol_of(plan)
    protocol = desk.catalogue.get(canonical)
    return Departure(
        task_id=task["id"],
        patient=patient_view(patient, french_day(at)),
        reason=task["reasonCode"]["text"],
        at=at,
        protocol=protocol.short_title if protocol else canonical.partition("|")[0].rpartition("/")[2],
        version=canonical.partition("|")[2],
    )


def _read(desk: Desk, type_: str, reference: Resource) -> Resource:
    stored = desk.store.read(type_, reference_id(reference, type_))
    if stored is None:
        raise LookupError(f"a task names a {type_} that is not on record")
    return parse(stored.body)
