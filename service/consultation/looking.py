"""One look at the shared record, from the right to the answer.

right     from what is on record, today                    rights
ask       the record, no transaction open                  clients
examine   as a stranger's file                             examining
record    an AuditEvent, relying on what gave the right    ONE commit, then the answer
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mappings.codes.identifiers import is_oid
from mappings.domain.people import Patient
from mappings.domain.shared import SharedDocument
from mappings.domain.time import french_day
from mappings.fhir.consultation_event import Consulted, Ended, consultation_event
from mappings.fhir.patient import patient_from_fhir
from mappings.issues import Issue, Refused
from service.access import Caller
from service.clients.consulting import Asking, Listing, RecordReader, Unread
from service.clock import Clock, Identifiers
from service.consultation.examining import Examined, examined
from service.consultation.rights import DENIALS, Denied, Right, right_of
from service.intake.chains import COMMON_CHAIN
from service.intake.knowledge import Knowledge
from service.outbox.envelope import Destination
from service.store import Store
from service.store.unit import Stale, Unit
from service.writes import stamped, write_of

#: By road: the transactions that find and that retrieve.
_TRANSACTIONS: Final = {Destination.DMP: ("ITI-18", "ITI-43"), Destination.PDSM: ("ITI-67", "ITI-68")}
_TURNS: Final = 4
_REFERENCE: Final = "Binôme, consultation du dossier partagé"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The documents of a patient, as the record tells of them."""

    patient: Patient
    documents: tuple[SharedDocument, ...]
    whole: bool
    #: Documents made before it were not asked for; None when all were.
    since: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One of them, as far as it may be shown."""

    patient: Patient
    document: SharedDocument
    examined: Examined


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """Looks at the record for one caller."""

    store: Store
    knowledge: Callable[[], Knowledge]
    reader: RecordReader | None
    road: Destination
    clock: Clock
    ids: Identifiers

    def documents(self, caller: Caller, patient_id: str, *, older: bool = False) -> Listed:
        """``Refused`` when the caller may not, or when the record gives no list; either is on record by then.

        ``older``: the caller wants those too that are not looked for unasked.
        """
        patient, right, knowledge = self._allowed(caller, patient_id, "")
        listing = self._reader().find(_asking(right), older=older)
        if isinstance(listing, Unread):
            raise self._failed(caller, patient, right, knowledge, "", listing.code)
        self._recorded(caller, patient, right, knowledge, "", "allowed", "")
        # One without a name that can be asked for is not shown, and that there is such a one is.
        named = [one for one in listing.documents if is_oid(one.unique_id)]
        whole = listing.whole and len(named) == len(listing.documents)
        named.sort(key=lambda one: one.created_at.timestamp() if one.created_at else 0.0, reverse=True)
        return Listed(patient=patient, documents=tuple(named), whole=whole, since=listing.since)

    def document(self, caller: Caller, patient_id: str, unique_id: str) -> Opened:
        """The same for one document; what is not shown of it, and why, is in ``examined``."""
        if not is_oid(unique_id):
            raise _absent()
        patient, right, knowledge = self._allowed(caller, patient_id, unique_id)
        asking = _asking(right)
        document = self._entry(asking, unique_id)
        if isinstance(document, Unread):
            raise self._failed(caller, patient, right, knowledge, unique_id, document.code)
        got = self._reader().retrieve(asking, document)
        if isinstance(got, Unread):
            raise self._failed(caller, patient, right, knowledge, unique_id, got.code)
        seen = examined(document, got, right.ins)
        shown = not seen.set_aside
        self._recorded(
            caller, patient, right, knowledge, unique_id, "allowed" if shown else "failed", "" if shown else "set-aside"
        )
        return Opened(patient=patient, document=document, examined=seen)

    def _entry(self, asking: Asking, unique_id: str) -> SharedDocument | Unread:
        """What the record tells of it; an older one is looked for when it is not among the others."""
        listing = self._reader().find(asking)
        document = _one_of(listing, unique_id)
        if document == Unread(_ABSENT) and isinstance(listing, Listing) and listing.since:
            return _one_of(self._reader().find(asking, older=True), unique_id)
        return document

    def _reader(self) -> RecordReader:
        if self.reader is None:
            text = "Cette installation ne sait pas encore consulter le dossier partagé par la voie qu’elle emprunte."
            raise Refused(Issue("not-supported", "", text, _REFERENCE))
        return self.reader

    def _allowed(self, caller: Caller, patient_id: str, unique_id: str) -> tuple[Patient, Right, Knowledge]:
        if not caller.rpps:
            text = "Consulter un dossier partagé demande de s’identifier."
            raise Refused(Issue("login", "", text, "RFC 6750"))
        for _ in range(_TURNS):
            knowledge = self.knowledge()
            patient = knowledge.reading("Patient", patient_id, patient_from_fhir)
            if patient is None:
                raise Refused(Issue("not-found", "Patient", "Ce patient n’est pas connu ici.", _REFERENCE))
            right = right_of(caller.rpps, patient, knowledge, french_day(self.clock()), caller.structure)
            if isinstance(right, Right):
                return patient, right, knowledge
            try:
                self._recorded(caller, patient, right, knowledge, unique_id, "denied", right.code)
            except Stale:
                continue  # something has just changed: look again
            raise Refused(Issue("forbidden", "Patient", DENIALS[right.code], _REFERENCE))
        raise _ever_changing()

    def _failed(
        self, caller: Caller, patient: Patient, right: Right, knowledge: Knowledge, unique_id: str, code: str
    ) -> Refused:
        self._recorded(caller, patient, right, knowledge, unique_id, "failed", code)
        if code == _ABSENT:
            return _absent()
        text = f"Le dossier partagé n’a pas pu être consulté{_WHY.get(code, '')} ({code})."
        return Refused(Issue("transient", "", text, _REFERENCE))

    def _recorded(
        self,
        caller: Caller,
        patient: Patient,
        right: Right | Denied,
        knowledge: Knowledge,
        unique_id: str,
        outcome: Ended,
        reason: str,
    ) -> None:
        """Before the answer leaves; ``Refused`` when what gave the right has changed while the record was asked."""
        now = self.clock()
        may = right if isinstance(right, Right) else None
        find, retrieve = _TRANSACTIONS[self.road]
        event = consultation_event(
            Consulted(
                transaction=retrieve if unique_id else find,
                document=unique_id,
                patient_id=patient.id,
                rpps=caller.rpps,
                enrolment=may.enrolment if may else None,
                delegator=may.delegator if may else None,
                inclusion_id=may.inclusion.id if may else "",
                outcome=outcome,
                reason=reason,
            ),
            id=self.ids(),
            recorded=now,
            fictitious=patient.is_fictitious,
        )
        unit = Unit(
            chain=may.enrolment.organization_id if may else COMMON_CHAIN,
            recorded=now,
            writes=(write_of(stamped(event, 1, now), 1),),
            relies_on=tuple((*key, version) for key, version in knowledge.relied.items()),
        )
        try:
            self.store.commit(unit)
        except Stale:
            if may is None:
                raise
            raise _ever_changing() from None


_ABSENT: Final = "absent"
#: What some codes of ``Unread`` mean to whoever waits.
_WHY: Final = {
    "connect": " : il est injoignable",
    "timeout": " : il n’a pas répondu à temps",
    "too-long": " : sa réponse dépasse ce qui est lu ici",
    "professional-required": " : il demande un professionnel identifié, et la structure y vient seule",
    "ambiguous": " : il tient plusieurs documents sous cet identifiant",
    "not-in-what-was-read": " : ce document n’est pas dans la partie de la liste qui a été lue",
}


def _one_of(listing: Listing | Unread, unique_id: str) -> SharedDocument | Unread:
    if isinstance(listing, Unread):
        return listing
    ours = [one for one in listing.documents if one.unique_id == unique_id]
    if len(ours) > 1:
        # Two entries of one uniqueId: which of them is meant, nobody can say.
        return Unread("ambiguous")
    return ours[0] if ours else Unread(_ABSENT if listing.whole else "not-in-what-was-read")


def _asking(right: Right) -> Asking:
    patient = f"{right.ins.value}^^^&{right.ins.oid}&ISO^NH"
    return Asking(practitioner=right.practitioner, organization=right.organization, patient=patient)


def _absent() -> Refused:
    text = "Le dossier partagé de ce patient n’a pas ce document."
    return Refused(Issue("not-found", "DocumentReference", text, _REFERENCE))


def _ever_changing() -> Refused:
    text = "Ce qui donne le droit de lire vient de changer : présentez de nouveau la demande."
    return Refused(Issue("transient", "", text, _REFERENCE))
