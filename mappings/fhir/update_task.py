"""What a team asks about its report in the shared record, and what came of it (Task, R4 4.0.1): hidden, shown again, archived.

One Task is one change. Who carries it out is this service; who asked, and why, is told in it and in its Provenance.
"""

import datetime as dt
from typing import Any

from mappings.fhir.datatypes import print_instant
from mappings.fhir.task import Duty, delivery_task, in_order

Resource = dict[str, Any]

_CHANGE = "Changement demandé"


def update_task(
    procedure: Resource, *, id: str, change: str, reason: str, requester: Resource, authored: dt.datetime
) -> Resource:
    """Asked about the report of ``procedure`` by whoever ``requester`` is."""
    duty = Duty(
        id=id,
        code="update-report",
        visit=procedure["identifier"][0]["value"],
        authored=authored,
        until=None,
        fictitious="security" in procedure["meta"],
        reason=reason,
    )
    told = {"input": [{"type": {"text": _CHANGE}, "valueCode": change}]}
    made = delivery_task(procedure, duty) | {"requester": requester, "owner": {"reference": "Device/binome"}} | told
    return in_order(made)


def change_of(task: Resource) -> str:
    return str(task["input"][0]["valueCode"])


def reason_asked(task: Resource) -> str:
    return str(task["reasonCode"]["text"])


def not_done(task: Resource, *, at: dt.datetime, reason: str) -> Resource:
    """The record would not, or could not be asked in time."""
    done = {**task, "status": "failed", "statusReason": {"text": reason}, "lastModified": print_instant(at)}
    return in_order(done)


def asked_again(task: Resource, *, at: dt.datetime) -> Resource:
    """The same, begun anew."""
    again = {key: value for key, value in task.items() if key != "statusReason"}
    return in_order({**again, "status": "requested", "lastModified": print_instant(at)})
