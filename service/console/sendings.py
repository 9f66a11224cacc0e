"""What left of an act’s report, as its page shows it: each attempt, and where each destination stands. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from service.console import french, words
from service.console.traced import DeliveryView, Event, Sent
from service.console.views import delivery_view
from service.outbox.envelope import BRINGS, CHANGES_SHOWING, SHARED_RECORD, Destination, Envelope, State
from service.store import Attempt

SOFTWARE = "Binôme (logiciel)"
#: What an attempt is called, by what its envelope is for.
_SENDINGS = {
    "publish": "Envoi",
    "replace": "Envoi de la nouvelle version",
    "withdraw": "Envoi de l’annulation",
    **{change: what.capitalize() for change, what in words.CHANGING.items()},
}


def attempt_event(envelope: Envelope, attempt: Attempt, structure: str) -> Event:
    changes = envelope.purpose in CHANGES_SHOWING
    answers = words.CHANGE_ANSWERS if changes else words.ANSWERS
    text, tone = answers.get(attempt.outcome or "", words.UNDER_WAY)
    if attempt.outcome == "accepted" and envelope.destination in SHARED_RECORD and envelope.purpose in BRINGS:
        text, tone = words.IN_THE_RECORD
    if attempt.outcome == "refused":
        text = words.HELD_BACK.get(attempt.code or "", text)
    meaning = words.CODES.get(attempt.code or "", "")
    if attempt.outcome in words.RECEIPTS:
        return Event(
            at=attempt.finished_at or attempt.started_at,
            title=f"{words.RECEIPTS[attempt.outcome]}{french.NBSP}: {words.DESTINATIONS[envelope.destination]}",
            who="La messagerie du destinataire",
            text=_with_meaning(text, words.INTEGRATION.get(attempt.code or "", "")),
            tone=tone,
            code=attempt.code or "",
        )
    called_off = attempt.code in words.CANCELLED and attempt.outcome in ("cancelled", "unreachable")
    begins_again = attempt.outcome == "replayed" and attempt.code in words.BEGUN_AGAIN
    if called_off:
        what = "Modification annulée" if changes else "Envoi annulé"
        title, meaning = f"{what}{french.NBSP}: {words.DESTINATIONS[envelope.destination]}", ""
        text, tone = words.CANCELLED[attempt.code or ""], "done"
    elif begins_again:
        title = f"Envoi repris{french.NBSP}: {words.DESTINATIONS[envelope.destination]}"
        text, tone, meaning = words.BEGUN_AGAIN[attempt.code or ""], "waiting", ""
    else:
        sending = _SENDINGS[envelope.purpose]
        title = f"{sending}, tentative {attempt.number}{french.NBSP}: {words.DESTINATIONS[envelope.destination]}"
    return Event(
        at=attempt.finished_at or attempt.started_at,
        title=title,
        who=SOFTWARE,
        behalf=structure,
        text=_with_meaning(text, meaning),
        tone=tone,
        code="" if called_off or begins_again else attempt.code or "",
    )


def _with_meaning(text: str, meaning: str) -> str:
    return f"{text} Réponse{french.NBSP}: {meaning}." if meaning else text


def deliveries(sent: Sequence[Sent], road: Destination) -> Iterator[DeliveryView]:
    """A line for each destination and version, then one for each change of how it shows, and for each withdrawal."""
    roads = SHARED_RECORD & {one.envelope.destination for one in sent} or {road}
    for destination, label in words.DESTINATIONS.items():
        if destination in SHARED_RECORD - roads:
            continue
        mine = [one for one in sent if one.envelope.destination is destination]
        mine.sort(key=_place)
        if not mine:
            yield DeliveryView(
                destination=label,
                state="aucun envoi",
                tone="done",
                attempts=0,
                next_attempt_at=None,
                identifiers=(),
            )
        yield from (_delivery(label, one) for one in mine)


def _place(one: Sent) -> tuple[int, int, str]:
    """Versions of the report, then what was changed of how it shows, in that order, then what withdraws it."""
    changes = one.envelope.purpose in CHANGES_SHOWING
    kind = 0 if one.envelope.purpose in BRINGS else 1 if changes else 2
    return kind, one.version, one.envelope.created_at.isoformat() if changes else ""


def _delivery(label: str, one: Sent) -> DeliveryView:
    envelope = one.envelope
    view = delivery_view(envelope, {attempt.outcome for attempt in one.attempts if attempt.outcome})
    again = envelope.state in (State.QUEUED, State.IN_DOUBT) and envelope.attempts
    return DeliveryView(
        destination=f"{label}, version {one.version}" if one.version else label,
        state=view.state,
        tone=view.tone,
        attempts=sum(attempt.outcome not in words.RECEIPTS for attempt in one.attempts),
        next_attempt_at=envelope.next_attempt_at if again else None,
        identifiers=tuple(filled(_of_envelope(one))),
    )


def _of_envelope(sent: Sent) -> Iterator[tuple[str, str]]:
    """No address: a patient's mailbox holds the INS."""
    envelope = sent.envelope
    yield "Lot de soumission (uniqueId)", envelope.submission_id
    yield "Message-ID", envelope.message_id
    yield "Empreinte SHA-256 des octets envoyés", envelope.payload_sha256.hex() if envelope.payload_sha256 else ""
    yield "Nom donné par le destinataire", next((a.receiver_id for a in reversed(sent.attempts) if a.receiver_id), "")


def filled(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return [(label, value) for label, value in pairs if value]
