"""What a mask kept from a mailbox, sent once the mask is lifted: decided in the commit that lifts it.

What the mask cancelled is taken up again: the same envelope, same bytes and same names, when it carries the version in force
to where its reader is today; else a new one, which follows it. What was withheld from a mailbox while the report was hidden
from it is sent as its correction would have been. Who has it already gets nothing, nor whoever the patient closed meanwhile.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from mappings.domain.cooperation import Sharing
from mappings.domain.people import Patient, Practitioner
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.consent import consent_from_fhir
from mappings.fhir.datatypes import reference_id
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.task import Duty, delivery_task
from service.intake.destinations import Withheld, addressed, envelope_for
from service.intake.effect import Effect
from service.intake.knowledge import Knowledge
from service.intake.objection import SHARES
from service.intake.reissue import Reissuing
from service.intake.sharing import sharing_of
from service.outbox.envelope import Destination, Document, Envelope, State
from service.outbox.receipt import CONSENT_WITHDRAWN, OBJECTION, SHOWN_AGAIN, Outcome
from service.outbox.states import Event
from service.store import Attempt
from service.store.unit import Settlement, Write
from service.versions import version_of
from service.withdrawal import PLACES, Holding, decided, holding
from service.writes import stamped, write_of

Resource = dict[str, Any]

_A_NO: Final = frozenset({OBJECTION, CONSENT_WITHDRAWN})
_SENT_AGAIN: Final = "Le compte rendu n’est plus masqué à ce destinataire : l’envoi reprend."
_NOT_SENT: Final = "Le compte rendu n’est plus masqué à ce destinataire, mais l’envoi n’a pas pu reprendre."
_REFUSED: Final = "Le destinataire a refusé définitivement l’envoi, pendant que le compte rendu lui était masqué."


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where each destination's reader is today, and what stands against it."""

    recipients: Mapping[Destination, str]
    withheld: Mapping[Destination, Withheld]
    sharing: Sharing
    consents: bool

    def is_closed(self, destination: Destination) -> bool:
        """By the patient: nobody's to mend."""
        return not self.consents or not SHARES[destination](self.sharing)


@dataclass(frozen=True, kw_only=True)
class Lifting:
    """The report of an act, and how it is asked to show from now on."""

    #: All that was sent of it so far, and what sends a version of it.
    reissuing: Reissuing
    #: Version of the act that is in force.
    version: int
    visibility: frozenset[str]
    #: When the mask was asked for, for each mailbox that it is lifted from.
    since: Mapping[Destination, dt.datetime]
    knowledge: Knowledge

    def effect(self) -> Effect:
        owed = [one for destination in self.since if (one := self._owed(destination)) is not None]
        sendable = [one for one in owed if one.destination in self._reach.recipients]
        again = [one for one in sendable if self._is_same(one)]
        new = tuple(self._new(one) for one in sendable if not self._is_same(one))
        known = any(one.id == self._document.id for one in self.reissuing.former.documents)
        writes = [
            *self._told_now(),
            *(self._unsent(one) for one in owed if one not in sendable and not self._reach.is_closed(one.destination)),
            *self.reissuing.mended([one.destination for one in sendable], _SENT_AGAIN),
        ]
        return Effect(
            writes=writes,
            documents=(self._document,) if new and not known else (),
            envelopes=new,
            settlements=[self._taken_up(one) for one in again],
        )

    def _owed(self, destination: Destination) -> Envelope | None:
        """The last envelope to ``destination``, when the mask stands between its reader and the version in force."""
        last = self.reissuing.former.last.get(destination)
        if last is None:
            return None  # it never was to go there
        if last.document_id != self._document.id:
            return last if self.reissuing.is_owed(last) else None
        cancelled = last.state is State.CANCELLED and self._journal(last)[-1].code not in _A_NO
        return last if cancelled else None

    @cached_property
    def _document(self) -> Document:
        """The version in force; drawn now where, the report being hidden, it went to nobody."""
        former, act = self.reissuing.former, self.reissuing.procedure
        made = [one for one in former.documents if version_of(one) == self.version]
        if made:
            return made[-1]
        version, of = f"Procedure/{act['id']}/_history/{self.version}", self.reissuing
        return former.document(version, former.chain, of.now, of.ids, of.addressing)

    @cached_property
    def _reach(self) -> _Reach:
        patient, delegator, consents = self._people()
        addressing, former = self.reissuing.addressing, self.reissuing.former
        if patient is None or delegator is None:
            # What no longer reads as it should is sent to nobody.
            return _Reach({}, {}, Sharing(patient_id=""), consents)
        sharing = sharing_of(patient.id, self.knowledge)
        recipients, withheld = addressed(
            patient,
            delegator,
            sharing,
            self.visibility,
            consents=consents,
            shared_record=former.road(addressing.shared_record),
        )
        return _Reach(recipients, {one.destination: one for one in withheld}, sharing, consents)

    def _people(self) -> tuple[Patient | None, Practitioner | None, bool]:
        """Whose report it is and who reads it, as on record today; whether the patient still agrees to the care."""
        act, read = self.reissuing.procedure, self.knowledge.reading
        inclusion = read("CarePlan", reference_id(act["basedOn"][0], "CarePlan"), inclusion_from_fhir)
        consent = read("Consent", inclusion.consent_id, consent_from_fhir) if inclusion else None
        enrolment = read("PractitionerRole", reference_id(delegator_of(act), "PractitionerRole"), enrolment_from_fhir)
        return (
            read("Patient", reference_id(act["subject"], "Patient"), patient_from_fhir),
            read("Practitioner", enrolment.practitioner_id, practitioner_from_fhir) if enrolment else None,
            consent is not None and consent.holds,
        )

    def _is_same(self, last: Envelope) -> bool:
        return last.document_id == self._document.id and last.recipient == self._reach.recipients[last.destination]

    def _taken_up(self, last: Envelope) -> Settlement:
        """A new beginning of it, with a time of its own; what may have arrived before the mask is in doubt again."""
        clear = holding(State.SENDING, self._journal(last)) is Holding.NO
        event = Event.LIFTED if clear else Event.LIFTED_IN_DOUBT
        return decided(last, event, "replayed", SHOWN_AGAIN, self.reissuing.now)

    def _new(self, last: Envelope) -> Envelope:
        of, document = self.reissuing, self._document
        made = envelope_for(document, last.destination, self._reach.recipients[last.destination], of.ids, of.addressing)
        return replace(
            made,
            created_at=of.now,
            deadline=of.now + of.addressing.budget,
            next_attempt_at=of.now,
            follows=last.id,
            purpose="replace" if document.version > 1 else "publish",
        )

    def _unsent(self, last: Envelope) -> Write:
        withheld = self._reach.withheld.get(last.destination)
        return self._duty(last.destination, f"{_NOT_SENT} {withheld.reason}" if withheld else _NOT_SENT)

    def _told_now(self) -> Iterator[Write]:
        """What was refused while nothing was to be delivered: nobody was told, and it is somebody's from now on."""
        for destination, since in self.since.items():
            last = self.reissuing.former.last.get(destination)
            if last is None or last.document_id != self._document.id or last.state is not State.REFUSED:
                continue
            answer = self._journal(last)[-1]
            if answer.outcome == Outcome.REFUSED and answer.finished_at and answer.finished_at >= since:
                yield self._duty(destination, _REFUSED)

    def _duty(self, destination: Destination, reason: str) -> Write:
        procedure, now = self.reissuing.procedure, self.reissuing.now
        duty = Duty(
            id=self.reissuing.ids(),
            code="resolve-delivery",
            visit=procedure["identifier"][0]["value"],
            authored=now,
            until=None,
            fictitious="security" in procedure["meta"],
            reason=f"{reason} Destination : {PLACES[destination]}.",
        )
        return write_of(stamped(delivery_task(procedure, duty), 1, now), 1)

    def _journal(self, envelope: Envelope) -> list[Attempt]:
        return self.reissuing.former.store.attempts_of(envelope.id)
