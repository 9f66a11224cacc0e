"""Answers that came by mail and wait for somebody, or were read: each with its task, and how it is told that it was read."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
from mappings.fhir.bundle import Entry
from mappings.fhir.json import parse
from mappings.fhir.task import TASK_CODE, code_of, mail_of
from mappings.issues import Issue, Refused
from service.finding import found, page
from service.intake import Answer, Asked, Intake
from service.store import Store

Resource = dict[str, Any]

#: Answers looked at for one structure.
_MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; what it says is its sender's, and is shown as text."""

    task_id: str
    mail_id: str
    #: Logical id of the act that it answers.
    act_id: str
    status: str
    since: dt.datetime
    #: Who read it, by RPPS, and when; empty and None while nobody has.
    read_by: str
    read_at: dt.datetime | None


def replies_to(store: Store, organization_id: str, status: str = "") -> list[Reply]:
    """Those that the structure owns, the latest first; of one ``status`` only when it is told."""
    wanted = [[("owner", "Organization", organization_id)], [("code", TASK_CODE, "read-reply")]]
    wanted += [[("status", "", status)]] if status else []
    some = page(store, "Task", *wanted, sort="authored-on", descending=True, count=_MOST)
    tasks = [parse(one.version.body) for one in some]
    readers = _readers(store, [one["id"] for one in tasks if one["status"] == "completed"])
    return [_reply(one, readers.get(one["id"], "")) for one in tasks]


def read_reply(intake: Intake, task_id: str, asked: Asked) -> Answer:
    """The task done by whoever asks; done twice is done once. ``Refused`` when it is not theirs."""
    stored = intake.store.read("Task", task_id)
    if stored is None or not stored.body or code_of(task := parse(stored.body)) != "read-reply":
        raise Refused(Issue("not-found", "reply", "Cette réponse à lire n’existe pas."))
    sent = task | {"status": "completed"}
    return intake.submit([Entry(expression="", method="PUT", type="Task", id=task_id, resource=sent)], asked)


def _reply(task: Resource, reader: str) -> Reply:
    done = task["status"] == "completed"
    return Reply(
        task_id=task["id"],
        mail_id=mail_of(task),
        act_id=task["focus"]["reference"].split("/")[1],
        status=task["status"],
        since=dt.datetime.fromisoformat(task["authoredOn"]),
        read_by=reader,
        read_at=dt.datetime.fromisoformat(task["executionPeriod"]["end"]) if done else None,
    )


def _readers(store: Store, ids: Iterable[str]) -> dict[str, str]:
    """By task, the number of whoever the proof names."""
    wanted = [("target", "Task", id_) for id_ in ids]
    proofs = (parse(one.body) for one in found(store, "Provenance", wanted, count=_MOST)) if wanted else ()
    return {
        one["target"][0]["reference"].split("/")[1]: one["agent"][0]["who"]["identifier"]["value"]
        for one in proofs
        if one["agent"][0]["who"].get("identifier", {}).get("system") == systems.RPPS
    }
