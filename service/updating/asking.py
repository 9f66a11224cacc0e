"""What one request adds: one commit holds what is asked, one Task and one envelope a change, who asked and why, the end of
the mails that would bring the report to whom it is now hidden from, and what leaves again where a mask is lifted (``lifting``).

An envelope follows what brings the document, and the change before it.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mappings.codes.characters import is_printable_text
from mappings.domain.showing import ADDS, Change, Showing, rules
from mappings.domain.time import french_day
from mappings.fhir.act import is_in_error, protocol_of
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.audit_event import report_updated
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from mappings.fhir.provenance import update_provenance
from mappings.fhir.provenance.elements import enterer
from mappings.fhir.update_task import change_of, update_task
from mappings.issues import Issue, Refused
from service.clock import Identifiers
from service.intake.destinations import Addressing, envelope_for
from service.intake.knowledge import Knowledge, Readings
from service.intake.objection import HIDES
from service.intake.reissue import FormerReport, Reissuing
from service.outbox.envelope import SHARED_RECORD, Destination, Envelope, State
from service.outbox.receipt import HIDDEN
from service.owners import enrolments_in
from service.showing import change_id, changes_of, showing_in
from service.store import Store
from service.store.unit import Settlement, StoredVersion, Unit
from service.updating.lifting import Lifting
from service.versions import envelopes_of_act, reports
from service.withdrawal import Holding, cancellation, holding
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]

LONGEST_REASON: Final = 500
_REFERENCE: Final = "DMP, TD3.3 ; Binôme, affichage du compte rendu"
_LEFT: Final = "Seul un professionnel dont l’adhésion est en vigueur dans la structure de l’acte peut le demander."
_MEANWHILE: Final = "Un autre changement a été demandé depuis que vous avez lu cette visibilité : relisez-la, et recommencez s’il le faut."
_PENDING: Final = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT})


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes, at one instant."""

    store: Store
    now: dt.datetime
    ids: Identifiers
    addressing: Addressing
    #: Destinations where how a report shows can be changed.
    changes: frozenset[Destination]


class Asking:
    """One request, on what is on record now."""

    def __init__(
        self,
        of: Means,
        stored: StoredVersion,
        wanted: Showing,
        reason: str,
        rpps: str,
        seen: Collection[int] | None = None,
    ) -> None:
        """``seen``: how many changes may have been asked when it was decided; None where nobody says."""
        self.of, self.stored, self.wanted, self.reason, self.rpps = of, stored, wanted, reason, rpps
        self.seen = seen
        self.procedure = parse(stored.body)
        self.store, self.now = of.store, of.now
        self.asked = changes_of(self.store, stored.id)
        self.envelopes = envelopes_of_act(self.store, stored.id, stored.version)
        self.in_force = replace(showing_in(self.asked), archived=self._is_archived())

    def commit(self) -> None:
        enrolment = self.enrolment()
        changes = self._changes()
        if not changes:
            return
        if self.seen is not None and len(self.asked) not in self.seen:
            # What was told is the whole of it: it would show again what somebody has hidden meanwhile.
            raise Refused(Issue("conflict", "act", _MEANWHILE, _REFERENCE))
        self._refuse(changes)
        target = self.target()
        document = self.store.document(target.document_id)
        assert document is not None, "an envelope has its document"
        envelopes = tuple(self._envelopes(target, changes))
        tasks = [stamped(self._task(one), 1, self.now) for one in envelopes]
        lifting = self._lifting()
        lifting.knowledge.look_up([("PractitionerRole", enrolment)])
        lifting.knowledge.rely_on("PractitionerRole", enrolment)
        lifted = lifting.effect()
        settled = (*self._ended(), *lifted.settlements)
        moved = {one.envelope_id for one in settled}
        proof = self._provenance([f"Task/{one['id']}/_history/1" for one in tasks])
        event = report_updated(self.procedure, id=self.of.ids(), enterer=proof["agent"][0], recorded=self.now)
        self.store.commit(
            Unit(
                chain=document.chain,
                recorded=self.now,
                relies_on=(
                    (self.stored.type, self.stored.id, self.stored.version),
                    *((*key, version) for key, version in lifting.knowledge.relied.items()),
                ),
                stands_on=tuple((e.id, e.state, e.attempts) for e in self.envelopes if e.id not in moved),
                writes=(
                    *(write_of(one, 1) for one in tasks),
                    write_of(stamped(event, 1, self.now), 1),
                    write_of_proof(stamped(proof, 1, self.now), 0),
                    *lifted.writes,
                ),
                documents=tuple(lifted.documents),
                envelopes=(*envelopes, *lifted.envelopes),
                settlements=settled,
            )
        )

    def _changes(self) -> list[Change]:
        """What leads from what is in force to what is wanted; and again what was refused, or came too late."""
        tasks = [parse(one.body) for one in self.asked]
        last = {rules(change_of(one)): one for one in tasks}
        if self.in_force.archived and not self.wanted.archived:
            text = "Un compte rendu archivé le reste : aucun texte lu ne dit comment le sortir de l’archive."
            raise Refused(Issue("not-supported", "archived", text, _REFERENCE))
        wanted = list(self.in_force.changes_to(self.wanted))
        failed = [change_of(one) for one in last.values() if one["status"] == "failed"]
        again = [one for one in failed if self.wanted.after([one]) == self.wanted]
        return [*wanted, *(one for one in again if one not in wanted)]  # type: ignore[list-item]  # a Task bears a Change

    def _refuse(self, changes: Sequence[Change]) -> None:
        if is_in_error(self.procedure):
            text = "Cet acte a été annulé, saisi par erreur : son compte rendu est retiré, et ne change plus."
            raise Refused(Issue("processing", "act", text, "Binôme, actes saisis par erreur"))
        issues = []
        if not self.reason or len(self.reason) > LONGEST_REASON:
            text = f"La demande dit son motif, en {LONGEST_REASON} caractères au plus."
            issues.append(Issue("required", "reason", text, _REFERENCE))
        if not is_printable_text(self.reason):
            text = "Le motif contient des caractères qui ne peuvent pas être écrits."
            issues.append(Issue("value", "reason", text, _REFERENCE))
        if "archive" in changes and self.rpps != author_of(self.procedure):
            text = "Seul le délégué, auteur du compte rendu, peut le faire archiver."
            issues.append(Issue("forbidden", "archived", text, _REFERENCE))
        if issues:
            raise Refused(issues)

    def enrolment(self) -> str:
        """Id of what is in force today of whoever asks, in the structure of the act; ``Refused`` when they have left."""
        structure = reference_id(self.procedure["performer"][0]["onBehalfOf"], "Organization")
        in_force = enrolments_in(self.store, self.rpps, structure, french_day(self.now))
        if not in_force:
            raise Refused(Issue("forbidden", "act", _LEFT, "CSP L1110-4"))
        return in_force[0].id

    def target(self) -> Envelope:
        """The last version of the report that is in the record, or on its way there."""
        there = self._sent()
        if not there:
            text = "Ce compte rendu ne va pas au dossier partagé : il n’y a rien à y changer."
            raise Refused(Issue("business-rule", "act", text, _REFERENCE))
        if there[-1].destination not in self.of.changes:
            text = "Cette opération du DMP demande un professionnel identifié, et non la structure seule (BINOME_DMP_MODE)."
            raise Refused(Issue("not-supported", "act", text, _REFERENCE))
        found = self._last_there(there)
        if found is None:
            text = "Ce compte rendu n’est pas arrivé au dossier partagé : il n’y a rien à y changer."
            raise Refused(Issue("business-rule", "act", text, _REFERENCE))
        return found

    def _is_archived(self) -> bool:
        """Of the last version that goes there: one that came after the archive is in force."""
        last = self._last_there(self._sent())
        asked = {one.id for one in self.asked}
        mine = (one for one in self.envelopes if last is not None and one.document_id == last.document_id)
        return any(one.purpose == "archive" and one.id in asked for one in mine)

    def _sent(self) -> list[Envelope]:
        return [one for one in reports(self.envelopes) if one.destination in SHARED_RECORD]

    def _last_there(self, there: Sequence[Envelope]) -> Envelope | None:
        return next((one for one in reversed(there) if self._may_be_there(one)), None)

    def _may_be_there(self, report: Envelope) -> bool:
        return report.state in _PENDING or self._holding(report) is not Holding.NO

    def _holding(self, envelope: Envelope) -> Holding:
        return holding(envelope.state, self.store.attempts_of(envelope.id))

    def _envelopes(self, target: Envelope, changes: Iterable[Change]) -> Iterator[Envelope]:
        """Each follows the one before; the first, the last that was asked, or else what brings the document."""
        document = self.store.document(target.document_id)
        assert document is not None, "an envelope has its document"
        addressing = self.of.addressing
        mine = {one.id for one in self.envelopes if one.document_id == target.document_id}
        before = next((one.id for one in reversed(self.asked) if one.id in mine), target.id)
        for number, change in enumerate(changes, len(self.asked) + 1):
            drawn = envelope_for(document, target.destination, target.recipient, self.of.ids, addressing)
            yield replace(
                drawn,
                id=change_id(self.stored.id, number),
                created_at=self.now,
                deadline=self.now + addressing.budget,
                next_attempt_at=self.now,
                follows=before,
                purpose=change,
            )
            before = change_id(self.stored.id, number)

    def _task(self, envelope: Envelope) -> Resource:
        return update_task(
            self.procedure,
            id=envelope.id,
            change=envelope.purpose,
            reason=self.reason,
            requester=enterer(self.procedure, self.rpps)["who"],
            authored=self.now,
        )

    def _ended(self) -> Iterator[Settlement]:
        """Mails that wait, and surely reached nobody, do not go to whom the report is now hidden from."""
        for one in reports(self.envelopes):
            hidden = HIDES.get(one.destination) in self.wanted.visibility
            if hidden and one.state is State.QUEUED and self._holding(one) is Holding.NO:
                yield cancellation(one, HIDDEN, self.now)

    def _lifting(self) -> Lifting:
        """Of the mailboxes that the report was hidden from, and is no more."""
        shown = self.in_force.visibility - self.wanted.visibility
        asked = [parse(one.body) for one in self.asked]
        hidden = {ADDS[change_of(one)]: one for one in asked if change_of(one) in ADDS}
        former = FormerReport(self.store, tuple(self.envelopes))
        return Lifting(
            reissuing=Reissuing(
                former=former,
                procedure=self.procedure,
                ids=self.of.ids,
                addressing=self.of.addressing,
                now=self.now,
            ),
            version=self.stored.version,
            visibility=self.wanted.visibility,
            since={
                destination: dt.datetime.fromisoformat(hidden[code]["authoredOn"])
                for destination, code in HIDES.items()
                if code in shown
            },
            knowledge=Knowledge(self.store, Readings()),
        )

    def _provenance(self, tasks: Sequence[str]) -> Resource:
        return update_provenance(
            self.procedure,
            id=self.of.ids(),
            tasks=tasks,
            rpps=self.rpps,
            policy=protocol_of(self.procedure),
            reason=self.reason,
            recorded=self.now,
        )


def author_of(procedure: Resource) -> str:
    return str(procedure["performer"][0]["actor"]["identifier"]["value"])


def delegator_rpps(procedure: Resource) -> str:
    return str(delegator_of(procedure)["identifier"]["value"])
