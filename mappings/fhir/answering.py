"""A Task that a client sends again: the answer of somebody by mail, read by a person; nothing else of it changes.

R4 4.0.1, https://hl7.org/fhir/R4/task.html. When it was read is the server's to say; who read it stands in the proof.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from mappings.fhir.task import code_of, resolved
from mappings.issues import Issue, Refused

Resource = dict[str, Any]

NO_TASK: Final = "Cette tâche n’existe pas sur ce serveur : les tâches suivent des actes."
_HELD: Final = (
    "Cette tâche est tenue par le serveur : seule une réponse à lire (read-reply) se clôt ainsi, et ce qu’un délégant "
    "doit lire par $acknowledge."
)
_FORWARD: Final = "Une réponse à lire devient lue (completed), et ne revient pas en arrière."
_ONLY_STATUS: Final = "D’une réponse à lire, seul le statut se modifie : il devient completed."
_REFERENCE: Final = "Binôme, profil binome-task"
#: What comes with being done: told by the server whatever is sent.
_WHEN: Final = frozenset({"status", "meta", "executionPeriod", "lastModified"})


def reading_at(now: dt.datetime) -> Callable[[Resource, Resource | None], Resource]:
    """What is kept of a task that is sent after the one on record, at ``now``; the first reading stands."""

    def kept(sent: Resource, previous: Resource | None) -> Resource:
        if previous is None:
            raise Refused(Issue("not-found", "Task", NO_TASK, _REFERENCE))
        if code_of(previous) != "read-reply":
            raise Refused(Issue("not-supported", "Task.code", _HELD, _REFERENCE))
        issues = [
            Issue("not-supported", f"Task.{name}", _ONLY_STATUS, _REFERENCE)
            for name in sorted((previous.keys() | sent.keys()) - _WHEN)
            if previous.get(name) != sent.get(name)
        ]
        before, told = previous["status"], sent.get("status")
        if told not in (before, "completed") or before == "cancelled" != told:
            issues.append(Issue("not-supported", "Task.status", _FORWARD, _REFERENCE))
        if issues:
            raise Refused(issues)
        return previous if told == before else resolved(previous, at=now)

    return kept
