"""What is left of a report when its act was entered in error: which destinations hold it, and whose task that is.

Nothing here takes a report back: no destination is asked to, a person does it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Final

from mappings.fhir.act import is_in_error
from mappings.fhir.json import parse
from mappings.fhir.task import Duty, delivery_task
from service.outbox.envelope import Destination, Document, Envelope, State
from service.outbox.receipt import Outcome
from service.outbox.states import Event, move
from service.store import Attempt, Store
from service.store.unit import Settlement, Write
from service.writes import stamped, write_of

Resource = dict[str, Any]

PLACES: Final = {
    Destination.DMP: "dossier médical partagé",
    Destination.PDSM: "dossier partagé",
    Destination.MSSANTE_PROFESSIONAL: "messagerie du délégant",
    Destination.MSSANTE_PATIENT: "messagerie du patient",
}
#: Outcomes of an attempt that may have left the document there; None when whoever made it never told.
_UNCLEAR: Final = frozenset({Outcome.IN_DOUBT.value, None})


class Holding(IntEnum):
    """Whether a destination has the report."""

    NO = 0
    #: An attempt ended without a clear answer.
    PERHAPS = 1
    YES = 2


def holding(state: State, attempts: Iterable[Attempt]) -> Holding:
    """What the journal of an envelope says of its destination."""
    if state is State.ACCEPTED:
        return Holding.YES
    return Holding.PERHAPS if any(one.outcome in _UNCLEAR for one in attempts) else Holding.NO


def standing_of(store: Store, document: Document) -> tuple[tuple[str, str, int], bool]:
    """The version in force of a document's act, to rely on, and whether it says that the act was entered in error."""
    type_, id_, *_ = document.act.split("/")
    stored = store.read(type_, id_)
    if stored is None:
        raise LookupError(f"the act of document {document.id} is not on record")
    # A first version is an act as it was accepted.
    return (type_, id_, stored.version), stored.version > 1 and is_in_error(parse(stored.body))


def cancellation(envelope: Envelope, code: str, now: dt.datetime) -> Settlement:
    """What waits is not sent, for the reason that ``code`` tells."""
    return decided(envelope, Event.CANCELLED, "cancelled", code, now)


def decided(envelope: Envelope, event: Event, outcome: str, code: str, now: dt.datetime) -> Settlement:
    """What becomes of an envelope by a decision of ours, no call made: an entry of its journal like any other."""
    return Settlement(
        envelope_id=envelope.id,
        token="",
        number=envelope.attempts + 1,
        outcome=outcome,
        code=code,
        receiver_id="",
        raw=b"",
        finished_at=now,
        state=move(envelope.state, event),
        next_attempt_at=now,
    )


def withdrawal_duty(
    procedure: Resource, held: Mapping[Destination, Holding], *, id: str, fictitious: bool, now: dt.datetime
) -> Write:
    """The structure must have the report withdrawn where it is, and look where it may be."""
    duty = Duty(
        id=id,
        code="withdraw-report",
        visit=procedure["identifier"][0]["value"],
        authored=now,
        until=None,
        fictitious=fictitious,
        reason=" ".join(["Acte annulé : saisi par erreur.", *_to_do(held)]),
    )
    return write_of(stamped(delivery_task(procedure, duty), 1, now), 1)


def _to_do(held: Mapping[Destination, Holding]) -> Iterable[str]:
    there, perhaps = (
        [name for destination, name in PLACES.items() if held.get(destination) is wanted]
        for wanted in (Holding.YES, Holding.PERHAPS)
    )
    if there:
        yield f"Compte rendu à faire retirer ou à démentir : {_listed(there)}."
    if perhaps:
        yield f"Remise incertaine, à vérifier : {_listed(perhaps)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
