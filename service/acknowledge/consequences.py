"""What goes on record of an attempt that ended, by where the act and its report stand.

The act may be in error by now, its report followed by a later version, the patient against it; and what was sent may
itself withdraw, or change how the report shows. Nobody is told of what they need not mend.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mappings.fhir.json import parse
from mappings.fhir.publication import document_in_error, document_replacing, document_superseded
from service.acknowledge.recording import Recording
from service.changing import NOT_IN_TIME, REFUSED, outcome_writes
from service.clients.mssante.codes import is_too_long
from service.outbox.envelope import CHANGES_SHOWING, SHARED_RECORD, Document, Envelope, State
from service.outbox.receipt import CALLED_OFF, HIDDEN, NOTHING_THERE, OUTSIDE, TOO_LONG, Outcome, Receipt
from service.store.unit import Write
from service.versions import formers, formers_on_record
from service.withdrawal import Holding
from service.writes import stamped, write_of

#: Why a delivery waits for somebody, in words that name no one.
REASONS: Final = {
    State.REFUSED: "Le destinataire a refusé définitivement l’envoi du compte rendu.",
    State.EXHAUSTED: "Le compte rendu n’a pas pu être remis dans le délai prévu.",
}
#: The same of a change of how it shows in the shared record.
CHANGE_REASONS: Final = {State.REFUSED: REFUSED, State.EXHAUSTED: NOT_IN_TIME}
#: The same of what cannot be sent as it is.
_HELD_BACK: Final = {
    TOO_LONG: "Le message dépasse la taille que l’opérateur de messagerie admet : il n’a pas été remis.",
    OUTSIDE: "L’adresse du destinataire n’est pas de l’espace de confiance MSSanté : rien n’a été envoyé.",
}
#: The same of a mail that was taken first, by what came back.
_BACK: Final = {"not-integrated": "Le logiciel du destinataire n’a pas pu intégrer le compte rendu."}
#: What may be there although nothing is sent any more.
_UNCERTAIN: Final = "Le patient s’oppose désormais à cet envoi, dont une tentative est restée incertaine : à vérifier."
#: The same of a mail whose report is by now hidden from whom it goes to.
_HIDDEN: Final = (
    "Le compte rendu est désormais masqué à ce destinataire ; une tentative est restée incertaine : à vérifier."
)
#: States of a withdrawal that nobody was told of.
_UNTOLD: Final = frozenset({State.REFUSED, State.EXHAUSTED, State.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One attempt that ended: what was sent, what came back, where the envelope goes, how things stand by now."""

    envelope: Envelope
    document: Document
    receipt: Receipt
    state: State
    now: dt.datetime
    #: The act is in error.
    retracted: bool
    #: A later version of the report follows it.
    superseded: bool
    #: Why the patient, or a mask, is against the sending; empty when nothing is.
    objection: str
    #: Whether an attempt before this one may have left the document at its destination.
    doubted: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Consequences:
    recording: Recording

    def of(self, ended: Ended) -> tuple[Write, ...]:
        if ended.envelope.purpose == "withdraw":
            return self._withdrawn(ended)
        if ended.envelope.purpose in CHANGES_SHOWING:
            return self._changed(ended)
        if ended.retracted:
            return self._in_error(ended)
        if ended.objection:
            return self._objected(ended)
        if ended.state is State.ACCEPTED:
            return self._published(ended)
        if ended.superseded or ended.state not in REASONS:
            return ()  # a later version follows, or another attempt does: nobody need mend what did not arrive
        reason = _refusal(ended.receipt.code) if ended.state is State.REFUSED else REASONS[ended.state]
        return (self._duty(ended, f"{reason} {ended.receipt.told}".rstrip()),)

    def given_back(
        self, envelope: Envelope, document: Document, outcome: str, state: State, now: dt.datetime, *, untold: bool
    ) -> tuple[Write, ...]:
        """The same of a mail that had been taken; ``untold`` where nothing is to be delivered any more."""
        if envelope.purpose == "withdraw":
            return (self.recording.to_withdraw(document, envelope.destination, Holding.YES, now),)
        if untold:
            return ()
        return (self.recording.duty(envelope, document, _BACK.get(outcome, REASONS[state]), now),)

    def out_of_time(
        self, envelope: Envelope, document: Document, state: State, now: dt.datetime, *, superseded: bool
    ) -> tuple[Write, ...]:
        """The same of what nobody tried in time."""
        if superseded:
            return ()  # what carries the later version follows it, and has its own end
        if envelope.purpose not in CHANGES_SHOWING:
            return (self.recording.duty(envelope, document, REASONS[state], now),)
        told = outcome_writes(self.recording.store, envelope, document, state, "not-called", now)
        return (*told, self.recording.duty(envelope, document, CHANGE_REASONS[state], now))

    def _withdrawn(self, ended: Ended) -> tuple[Write, ...]:
        """Told, or else somebody's to have withdrawn; a mail that left is on record as any other."""
        destination = ended.envelope.destination
        if ended.state is State.ACCEPTED and destination not in SHARED_RECORD:
            said = self.recording.publication(ended.envelope, ended.document, ended.receipt, ended.now)
            return (write_of(stamped(said, 1, ended.now), 1),)
        if ended.state in _UNTOLD:
            return (self.recording.to_withdraw(ended.document, destination, Holding.YES, ended.now),)
        return ()

    def _changed(self, ended: Ended) -> tuple[Write, ...]:
        """Done, or somebody's to do in the record; not where nothing is there, nor of what is taken back anyway."""
        code = ended.receipt.code
        store = self.recording.store
        writes = outcome_writes(
            store, ended.envelope, ended.document, ended.state, code, ended.now, shown=ended.receipt.shown
        )
        if ended.retracted or ended.state not in CHANGE_REASONS or code == NOTHING_THERE:
            return writes
        return (*writes, self._duty(ended, f"{CHANGE_REASONS[ended.state]} {ended.receipt.told}".rstrip()))

    def _in_error(self, ended: Ended) -> tuple[Write, ...]:
        """What has arrived, or may have, is somebody's to withdraw."""
        writes = []
        if ended.state is State.ACCEPTED:
            publication = self.recording.publication(ended.envelope, ended.document, ended.receipt, ended.now)
            is_document = publication["resourceType"] == "DocumentReference"
            said = document_in_error(publication) if is_document else publication
            writes.append(write_of(stamped(said, 1, ended.now), 1))
        held = _held(ended)
        if held is not Holding.NO:
            writes.append(self.recording.to_withdraw(ended.document, ended.envelope.destination, held, ended.now))
        return tuple(writes)

    def _objected(self, ended: Ended) -> tuple[Write, ...]:
        """Nothing is to be delivered any more; what may have arrived is somebody's to find out."""
        if _held(ended) is Holding.NO:
            return ()
        return (self._duty(ended, _HIDDEN if ended.objection == HIDDEN else _UNCERTAIN),)

    def _published(self, ended: Ended) -> tuple[Write, ...]:
        """What was published, and what it replaces in the shared record."""
        said = self.recording.publication(ended.envelope, ended.document, ended.receipt, ended.now)
        if said["resourceType"] != "DocumentReference" or not ended.envelope.follows:
            return (write_of(stamped(said, 1, ended.now), 1),)
        store = self.recording.store
        before = formers_on_record(store, ended.document.act.split("/")[1], formers(store, ended.envelope))
        said = document_replacing(said, [one.id for one in before])
        return (
            write_of(stamped(said, 1, ended.now), 1),
            *(
                write_of(
                    stamped(document_superseded(former), one.version + 1, ended.now), one.version + 1, previous=former
                )
                for one in before
                for former in [parse(one.body)]
            ),
        )

    def _duty(self, ended: Ended, reason: str) -> Write:
        return self.recording.duty(ended.envelope, ended.document, reason, ended.now)


def _held(ended: Ended) -> Holding:
    if ended.state is State.ACCEPTED:
        return Holding.YES
    if ended.receipt.outcome is Outcome.IN_DOUBT:
        return Holding.PERHAPS
    # Not sent at all: the attempts before were looked into first.
    doubted = ended.receipt.code not in CALLED_OFF and ended.doubted()
    return Holding.PERHAPS if doubted else Holding.NO


def _refusal(code: str) -> str:
    """Why it was refused, in words, where the code says more than that."""
    return _HELD_BACK.get(TOO_LONG if is_too_long(code) else code, REASONS[State.REFUSED])
