"""How the report of an act is asked to show in the shared record, read from what was asked, one Task a change.

What is in force is all that was asked, whatever the record has made of it so far: a version of the report that follows says
it itself. The changes of an act are numbered without a gap, so that two that are asked at once do not both come second.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from mappings.domain.showing import TAKES, Showing, rules
from mappings.fhir.json import parse
from mappings.fhir.publication import visibility_of
from mappings.fhir.update_task import change_of
from service.finding import found
from service.store import Store
from service.store.unit import StoredVersion

Resource = dict[str, Any]


def change_id(procedure_id: str, number: int) -> str:
    """The name of the Task of the change ``number``, from 1, and of the envelope that carries it."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"Procedure/{procedure_id} update {number}"))


def changes_of(store: Store, procedure_id: str) -> list[StoredVersion]:
    """What was asked about the report of an act, in that order: Tasks as they stand."""
    tasks: list[StoredVersion] = []
    while (task := store.read("Task", change_id(procedure_id, len(tasks) + 1))) is not None:
        tasks.append(task)
    return tasks


def showing_in(tasks: list[StoredVersion]) -> Showing:
    return Showing().after(change_of(parse(one.body)) for one in tasks)


def showing_of(store: Store, procedure_id: str) -> Showing:
    return showing_in(changes_of(store, procedure_id))


def lifting_of(tasks: list[StoredVersion]) -> frozenset[str]:
    """Codes that the team has asked to lift, and that the record has not said to be lifted: what it shows may be ours."""
    last = {rules(change_of(task)): task for task in (parse(one.body) for one in tasks)}
    return frozenset(
        TAKES[change_of(task)] for task in last.values() if change_of(task) in TAKES and task["status"] != "completed"
    )


@dataclass(frozen=True, slots=True)
class OfOthers:
    """What hides the report in the shared record although the team has not asked for it: by its patient, or somebody else."""

    #: TRE_A07; empty when the record has shown nothing of the kind, which does not say that there is none.
    codes: frozenset[str] = frozenset()
    #: When the record last told how it shows the version in force; None when it is not on record there.
    at: dt.datetime | None = None


def of_others(store: Store, procedure_id: str, tasks: list[StoredVersion]) -> OfOthers:
    """As far as the answers that we had from the record have told it: what we publish, change and look up is all that asks."""
    ours = showing_in(tasks).visibility | lifting_of(tasks)
    published = found(store, "DocumentReference", [("related", "Procedure", procedure_id)], [("status", "", "current")])
    shown = (visibility_of(parse(one.body)) for one in published)
    return OfOthers(frozenset().union(*shown) - ours, max((one.recorded for one in published), default=None))


def is_overtaken(store: Store, procedure_id: str, envelope_id: str) -> bool:
    """Whether a later change decides of the same as this one."""
    asked = [(one.id, change_of(parse(one.body))) for one in changes_of(store, procedure_id)]
    mine = next((number for number, (id_, _) in enumerate(asked) if id_ == envelope_id), len(asked))
    return any(rules(change) == rules(asked[mine][1]) for _, change in asked[mine + 1 :])
