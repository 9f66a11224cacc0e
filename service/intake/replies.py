"""An answer that came by mail, read by somebody of the structure that owns the task: who may, and the proof that names them.

The task is among the writes of the request; when it was read is told by ``mappings.fhir.answering``. Reading an answer
acknowledges no act: that is the délégant's, and another task.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.cooperation import Enrolment
from mappings.domain.time import french_day
from mappings.fhir.act import protocol_of
from mappings.fhir.datatypes import reference_id, rpps_reference
from mappings.fhir.provenance import reply_provenance
from mappings.issues import Issue, Refused
from service.clock import Identifiers
from service.intake.conditions import located
from service.intake.effect import Effect
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed, numbered
from service.owners import enrolments_in
from service.store import Store
from service.writes import stamped, write_of_proof

Resource = dict[str, Any]

_APART: Final = "Une réponse lue se dit à part : la transaction ne porte rien d’autre."
_NOBODY: Final = "Lire une réponse demande de s’identifier."
_NOT_THEIRS: Final = "Seul un professionnel dont l’adhésion est en vigueur dans la structure peut dire une réponse lue."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingReplies:
    """What it takes: ``rpps`` is of the professional who was identified, empty when nobody was."""

    store: Store
    knowledge: Knowledge
    ids: Identifiers
    now: dt.datetime
    rpps: str

    def effects(self, placed: Sequence[Placed]) -> Iterable[Effect]:
        """The proof of each; ``Refused`` when it is not theirs to read."""
        for one in placed:
            if _is_read_again(one):
                self._reader(one)
        written = list(numbered(placed))
        tasks = [(position, one) for position, one in written if one.entry.type == "Task"]
        if tasks and len(tasks) < len(written):
            raise Refused(Issue("business-rule", located("Task", one.entry), _APART) for _, one in tasks)
        for position, one in tasks:
            reader = self._reader(one)
            act = self.knowledge.resource("Procedure", reference_id(one.resource["focus"], "Procedure"))
            if act is None:
                raise LookupError("the act that was answered is not on record")
            proof = reply_provenance(
                one.resource,
                act,
                id=self.ids(),
                who=rpps_reference("PractitionerRole", reader.id, reader.rpps),
                policy=protocol_of(act),
                recorded=self.now,
            )
            yield Effect(writes=(write_of_proof(stamped(proof, 1, self.now), position),))

    def _reader(self, task: Placed) -> Enrolment:
        """The enrolment by which they may; ``Refused`` when there is none."""
        if not self.rpps:
            raise Refused(Issue("login", "", _NOBODY, "RFC 6750"))
        structure = reference_id(task.resource["owner"], "Organization")
        found = enrolments_in(self.store, self.rpps, structure, french_day(self.now))
        if not found:
            raise Refused(Issue("forbidden", located("Task.owner", task.entry), _NOT_THEIRS, "CSP L1110-4"))
        self.knowledge.look_up([("PractitionerRole", found[0].id)])
        self.knowledge.rely_on("PractitionerRole", found[0].id)
        return found[0]


def _is_read_again(one: Placed) -> bool:
    """Nothing is written, and whoever may not read it is not told that they have."""
    return one.entry.type == "Task" and one.effect == "none" and one.resource.get("status") == "completed"
