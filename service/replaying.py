"""Dead letters: what came to its end undelivered, why, and how a person has it sent again.

A replay is a new beginning of the same envelope, same bytes and same names: a new series of attempts with a time of its
own. It is journalled like an attempt, proved in the chain, and told by a Provenance that names who asked; the structure's
task is done by it. What may have arrived is looked up first, where that can be asked. What was cancelled stays so.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.fhir.act import protocol_of
from mappings.fhir.json import parse
from mappings.fhir.provenance import replay_provenance
from mappings.fhir.task import TASK_CODE, resolved
from mappings.issues import Issue, Refused
from service.changing import again, revived
from service.clock import Clock, Identifiers
from service.finding import found
from service.intake.knowledge import Readings
from service.intake.objection import objection_to
from service.outbox.envelope import BRINGS, CHANGES_SHOWING, Document, Envelope, State
from service.outbox.objection import can_be_objected_to
from service.outbox.receipt import HIDDEN
from service.outbox.states import Event, move
from service.showing import is_overtaken
from service.store import Attempt, Store
from service.store.unit import Fenced, Settlement, Stale, StoredVersion, Unit, Write
from service.versions import is_superseded
from service.withdrawal import PLACES, Holding, holding, standing_of
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]

#: Where a replay begins.
DEAD: Final = (State.REFUSED, State.EXHAUSTED)
#: Answers after which the same bytes are never sent again: another document bears our identifier.
_NEVER: Final = frozenset({"XDSNonIdenticalHash", "other-bytes"})
#: What is on its way, or arrived: a repeat of the same request finds it so.
_GOING: Final = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT, State.ACCEPTED})
_TURNS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One envelope that nobody tries any more; no address, which may be a person's number."""

    envelope: Envelope
    #: Versioned reference of the act.
    act: str
    since: dt.datetime
    #: The answer that ended it: its outcome and its code.
    outcome: str
    code: str
    #: Whether the same bytes may be sent again.
    again: bool


def dead_letters(store: Store, count: int = 200) -> list[DeadLetter]:
    """The latest first."""
    return [one for envelope in store.envelopes_in(DEAD, count) if (one := _letter(store, envelope)) is not None]


def _letter(store: Store, envelope: Envelope) -> DeadLetter | None:
    document, journal = store.document(envelope.document_id), store.attempts_of(envelope.id)
    if document is None or not journal:
        return None
    last = journal[-1]
    relied, in_error = standing_of(store, document)
    return DeadLetter(
        envelope=envelope,
        act=document.act,
        since=last.finished_at or last.started_at,
        outcome=last.outcome or "",
        code=last.code or "",
        again=last.code not in _NEVER
        and not is_superseded(document, relied, in_error=in_error)
        and not _is_overtaken(store, envelope, document.act.split("/")[1]),
    )


def replay(store: Store, clock: Clock, ids: Identifiers, envelope_id: str, rpps: str) -> State:
    """The state that the envelope has by it; asking twice is asking once. ``Refused`` when it is not sent again."""
    if not rpps:
        raise Refused(Issue("login", "", "Faire reprendre un envoi demande de s’identifier.", "RFC 6750"))
    for _ in range(_TURNS):
        envelope = store.envelope(envelope_id)
        document = store.document(envelope.document_id) if envelope else None
        if envelope is None or document is None:
            raise Refused(Issue("not-found", "envelope", "Cet envoi n’existe pas."))
        if envelope.state in _GOING:
            return envelope.state
        try:
            return _replay(store, clock, ids, envelope, document, rpps)
        except (Stale, Fenced):
            continue  # somebody has just asked for it, or the act or the patient's word has just changed
    raise Refused(Issue("transient", "envelope", "Cet envoi ne cesse de changer ; présentez de nouveau la demande."))


def _replay(store: Store, clock: Clock, ids: Identifiers, envelope: Envelope, document: Document, rpps: str) -> State:
    journal = store.attempts_of(envelope.id)
    relied, retracted = standing_of(store, document)
    objection = objection_to(store, Readings(), document, envelope.destination)
    # A change of how a report shows takes nothing to anybody: no objection is against it.
    objected = objection.code if can_be_objected_to(envelope) else ""
    _refuse(envelope, journal, retracted=retracted, objected=objected)
    if is_superseded(document, relied, in_error=retracted):
        text = "Une version plus récente de ce compte rendu existe : c’est elle qui s’envoie."
        raise Refused(Issue("business-rule", "envelope.state", text, "Binôme, reprise des envois"))
    now = clock()
    state = move(envelope.state, _event(journal))
    type_, id_, *_ = document.act.split("/")
    _refuse_overtaken(store, envelope, id_)
    changes, asked = revived(store, envelope, document.act, now) if envelope.purpose in BRINGS else ([], [])
    if envelope.purpose in CHANGES_SHOWING:
        asked += again(store, envelope.id, now)
    stored = store.read(type_, id_)
    assert stored is not None  # relied on
    store.commit(
        Unit(
            chain=document.chain,
            recorded=now,
            relies_on=(relied, *objection.relied),
            stands_on=((envelope.id, envelope.state, envelope.attempts),),
            writes=(*_told(store, ids, stored, envelope, rpps, now), *asked),
            settlements=(
                Settlement(
                    envelope_id=envelope.id,
                    token="",
                    number=envelope.attempts + 1,
                    outcome="replayed",
                    code="",
                    receiver_id="",
                    raw=b"",
                    finished_at=now,
                    state=state,
                    next_attempt_at=now,
                ),
                *changes,
            ),
        )
    )
    return state


def _is_overtaken(store: Store, envelope: Envelope, procedure_id: str) -> bool:
    return envelope.purpose in CHANGES_SHOWING and is_overtaken(store, procedure_id, envelope.id)


def _refuse_overtaken(store: Store, envelope: Envelope, procedure_id: str) -> None:
    """What was asked first, and then otherwise, is not done after all."""
    if _is_overtaken(store, envelope, procedure_id):
        text = "Une demande plus récente a pris la place de celle-ci : c’est elle qui vaut."
        raise Refused(Issue("business-rule", "envelope.state", text, "Binôme, reprise des envois"))


def _refuse(envelope: Envelope, journal: Sequence[Attempt], *, retracted: bool, objected: str) -> None:
    if envelope.state is State.CANCELLED or retracted:
        text = "Cet envoi a été annulé, ou son acte saisi par erreur : il ne reprend pas."
        raise Refused(Issue("business-rule", "envelope.state", text, "Binôme, reprise des envois"))
    if objected == HIDDEN:
        text = "Le compte rendu est masqué à ce destinataire : l’envoi ne reprend pas."
        raise Refused(
            Issue("business-rule", "envelope.destination", text, "CI-SIS, volet de transmission par courriel")
        )
    if objected:
        text = "Le patient s’oppose à cet envoi, ou a retiré son consentement : il ne reprend pas."
        raise Refused(Issue("business-rule", "envelope.destination", text, "CSP L1110-4"))
    if journal and journal[-1].code in _NEVER:
        text = "Un autre document porte le même identifiant chez le destinataire : renvoyer les mêmes octets ne peut aider."
        raise Refused(Issue("business-rule", "envelope.state", text, "IHE ITI TF-3 4.2.4.1, XDSNonIdenticalHash"))


def _event(journal: Sequence[Attempt]) -> Event:
    """A mail that came back is not there; what an attempt left unclear may be."""
    if journal[-1].outcome == "bounced" or holding(State.SENDING, journal) is Holding.NO:
        return Event.REPLAYED
    return Event.REPLAYED_IN_DOUBT


def _told(
    store: Store, ids: Identifiers, act: StoredVersion, envelope: Envelope, rpps: str, now: dt.datetime
) -> tuple[Write, ...]:
    """The structure's tasks about this delivery, done; and who had it sent again."""
    procedure = parse(act.body)
    open_ones = found(
        store,
        "Task",
        [("focus", "Procedure", act.id)],
        [("code", TASK_CODE, "resolve-delivery")],
        [("status", "", "requested")],
    )
    writes, targets = [], []
    for stored in open_ones:
        task = parse(stored.body)
        if PLACES[envelope.destination] in task["reasonCode"]["text"]:
            done = stamped(resolved(task, at=now), stored.version + 1, now)
            writes.append(write_of(done, stored.version + 1, previous=task))
            targets.append(f"Task/{stored.id}/_history/{stored.version + 1}")
    provenance = replay_provenance(
        procedure,
        id=ids(),
        targets=targets or [f"Procedure/{act.id}/_history/{act.version}"],
        rpps=rpps,
        policy=protocol_of(procedure),
        recorded=now,
    )
    proof = stamped(provenance, 1, now)
    if not writes:
        return (write_of(proof, 1),)
    return (*writes, write_of_proof(proof, 0))
