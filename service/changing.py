"""What becomes of a change of how a report shows: the Task that asked for it, and the DocumentReference that then says so.

Nothing here calls a record; it is told what one answered.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Final

from mappings.domain.showing import visible_after
from mappings.fhir.json import parse
from mappings.fhir.publication import document_showing, visibility_of
from mappings.fhir.task import cancelled, resolved
from mappings.fhir.update_task import asked_again, not_done
from service.finding import found
from service.outbox.envelope import BRINGS, CHANGES_SHOWING, Document, Envelope, State
from service.outbox.receipt import NOTHING_THERE, Outcome, Receipt
from service.store import Store
from service.store.unit import Settlement, Write
from service.withdrawal import Holding, holding
from service.writes import stamped, write_of

Resource = dict[str, Any]

REFUSED: Final = "Le dossier partagé a refusé cette modification du compte rendu."
NOT_IN_TIME: Final = "Cette modification du compte rendu n’a pas pu être faite dans le délai prévu."
_NOTHING_THERE: Final = "Le compte rendu n’est pas arrivé au dossier partagé : rien n’y est à modifier."
_IN_THE_NEXT: Final = "Cette version du compte rendu n’est pas partie : la suivante porte elle-même ce qui est demandé."
#: What is there to be changed, or may still come.
_PENDING: Final = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT})
_DEAD: Final = frozenset({State.REFUSED, State.EXHAUSTED})


def nothing_there(store: Store, envelope: Envelope, document: Document) -> Receipt | None:
    """Of a change whose document surely never arrived where it is due: why nobody is asked; None for anything else."""
    if envelope.purpose not in CHANGES_SHOWING:
        return None
    for one in store.envelopes_of(document.act):
        same = one.document_id == document.id and one.destination is envelope.destination and one.purpose in BRINGS
        if same and one.state not in _PENDING and holding(one.state, store.attempts_of(one.id)) is Holding.NO:
            # With a delivery that somebody may have sent again, it begins again.
            outcome = Outcome.UNREACHABLE if one.state is State.CANCELLED else Outcome.REFUSED
            return Receipt(outcome, NOTHING_THERE)
    return None


def outcome_writes(
    store: Store,
    envelope: Envelope,
    document: Document,
    state: State,
    code: str,
    now: dt.datetime,
    *,
    shown: frozenset[str] | None = None,
) -> tuple[Write, ...]:
    """What is on record of a change once its attempt has ended, or once its time is over; ``shown``: from whom the record
    then says that it hides the document, None when it did not say."""
    writes = [_task(store, envelope, document, state, code, now)]
    if state is State.ACCEPTED:
        writes += _references(store, envelope, document, now, shown)
    return tuple(one for one in writes if one is not None)


def revived(store: Store, report: Envelope, act: str, now: dt.datetime) -> tuple[list[Settlement], list[Write]]:
    """With a report that is sent again, the changes of it that found nothing there begin anew; they follow it."""
    settlements, writes = list[Settlement](), list[Write]()
    for one in store.envelopes_of(act):
        mine = one.document_id == report.document_id and one.destination is report.destination
        if not mine or one.purpose not in CHANGES_SHOWING or one.state not in _DEAD:
            continue
        settlements.append(
            Settlement(
                envelope_id=one.id,
                token="",
                number=one.attempts + 1,
                outcome="replayed",
                code="",
                receiver_id="",
                raw=b"",
                finished_at=now,
                state=State.QUEUED,
                next_attempt_at=now,
            )
        )
        writes += again(store, one.id, now)
    return settlements, writes


def again(store: Store, task_id: str, now: dt.datetime) -> Iterator[Write]:
    """The Task of a change that is tried again."""
    stored = store.read("Task", task_id)
    if stored is not None:
        before = parse(stored.body)
        version = stored.version + 1
        yield write_of(stamped(asked_again(before, at=now), version, now), version, previous=before)


def _task(
    store: Store, envelope: Envelope, document: Document, state: State, code: str, now: dt.datetime
) -> Write | None:
    stored = store.read("Task", envelope.id)
    if stored is None:
        return None
    before = parse(stored.body)
    if before["status"] != "requested":
        return None
    after: Resource
    match state:
        case State.ACCEPTED:
            after = resolved(before, at=now)
        case State.CANCELLED:
            later = envelope.purpose != "archive" and _has_later(store, document)
            after = cancelled(before, at=now, reason=_IN_THE_NEXT if later else _NOTHING_THERE)
        case State.REFUSED | State.EXHAUSTED:
            reason = REFUSED if state is State.REFUSED else NOT_IN_TIME
            after = not_done(before, at=now, reason=_NOTHING_THERE if code == NOTHING_THERE else reason)
        case _:
            return None
    version = stored.version + 1
    return write_of(stamped(after, version, now), version, previous=before)


def _has_later(store: Store, document: Document) -> bool:
    """Whether another version of the report follows, which is sealed as it is asked to show."""
    type_, id_, _, version = document.act.split("/")
    stored = store.read(type_, id_)
    return stored is not None and stored.version > int(version)


def _references(
    store: Store, envelope: Envelope, document: Document, now: dt.datetime, told: frozenset[str] | None
) -> Iterable[Write]:
    """The publication of this document, hidden from now on from whom the record hides it."""
    _, procedure_id, *_ = document.act.split("/")
    for stored in found(store, "DocumentReference", [("related", "Procedure", procedure_id)]):
        before = parse(stored.body)
        said = visibility_of(before)
        shown = visible_after(said, envelope.purpose) if told is None else told
        if before["masterIdentifier"]["value"] != f"urn:oid:{document.unique_id}" or shown == said:
            continue
        version = stored.version + 1
        yield write_of(stamped(document_showing(before, shown), version, now), version, previous=before)
