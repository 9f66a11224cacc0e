"""Holds the four ledgers against each other. Pure; knows the promises, not the code that should keep them.

Each set that is computed must be empty. A mail repeat is the one tolerated double: SMTP cannot be asked what it
has, so a mail may come twice when an attempt ended without a clear answer; it is counted.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Final

from tests.chaos.ledgers import Brought, Carried, Kept, Ledgers, Registered, Tried

#: What every act of the load brings with it, whichever door it came through.
COMPANIONS: Final = {
    "QuestionnaireResponse": 1,
    "Observation": 1,
    "ServiceRequest": 2,
    "Task": 1,
    "Provenance": 1,
    "AuditEvent": 1,
}
_CLEAR: Final = frozenset({"accepted", "refused", "unreachable", "cancelled"})
_IN_ERROR: Final = "entered-in-error"
#: What a retraction adds to them.
_OF_A_RETRACTION: Final = {"Provenance": 1, "AuditEvent": 1}
#: Statuses of what falls with an act.
_FALLEN: Final = {
    "QuestionnaireResponse": {_IN_ERROR},
    "Observation": {_IN_ERROR},
    "ServiceRequest": {_IN_ERROR},
    "Task": {"cancelled", "requested"},
    "DocumentReference": {_IN_ERROR},
    "Communication": {"completed"},
}
#: What a task calls a destination.
_PLACES: Final = {
    "dmp": "dossier médical partagé",
    "mssante-professional": "messagerie du délégant",
    "mssante-patient": "messagerie du patient",
}


def judge(ledgers: Ledgers) -> dict[str, list[str]]:
    """Every set by its name; all empty when all promises were kept."""
    return {name: sorted(set(find(ledgers))) for name, find in _SETS.items()}


def repeats(ledgers: Ledgers) -> int:
    """Mails that came more than once, beyond the first."""
    return sum(count - 1 for count in _copies(ledgers).values())


def _lost(ledgers: Ledgers) -> Iterator[str]:
    """Acknowledged, and not in the store under the name that was answered."""
    kept = {(act.identifier, act.procedure) for act in ledgers.kept}
    for sent in ledgers.sent:
        for procedure in sent.procedures:
            if (sent.identifier, procedure) not in kept:
                yield sent.identifier


def _undelivered(ledgers: Ledgers) -> Iterator[str]:
    """In the store, and not with every destination that the patient allows, by their own word."""
    registered = {entry.unique_id for entry in ledgers.registered}
    received = {letter.message_id for letter in ledgers.letters}
    expected = {sent.identifier: sent.destinations for sent in ledgers.sent}
    for act in ledgers.kept:
        arrived = {
            envelope.destination
            for envelope in act.envelopes
            if envelope.purpose == "publish"
            and envelope.state == "accepted"
            and (act.documents.keys() <= registered if not envelope.message_id else envelope.message_id in received)
        }
        # Cancelled with the act: ``_uncancelled`` asks whether that is so.
        spared = {envelope.destination for envelope in act.envelopes if envelope.state == "cancelled"}
        for destination in expected.get(act.identifier, frozenset()) - arrived - spared:
            yield f"{act.identifier} {destination}"


def _phantom(ledgers: Ledgers) -> Iterator[str]:
    """Somewhere, and nobody sent it."""
    sent = {one.identifier for one in ledgers.sent}
    unique_ids = {unique_id for act in ledgers.kept for unique_id in act.documents}
    message_ids = {envelope.message_id for act in ledgers.kept for envelope in act.envelopes}
    yield from (act.identifier for act in ledgers.kept if act.identifier not in sent)
    yield from (entry.unique_id for entry in ledgers.registered if entry.unique_id not in unique_ids)
    yield from (one.unique_id for one in ledgers.brought if one.unique_id not in unique_ids)
    yield from (letter.message_id for letter in ledgers.letters if letter.message_id not in message_ids)


def _duplicate(ledgers: Ledgers) -> Iterator[str]:
    """One act, two Procedures; or answered under two names."""
    yield from _several(act.identifier for act in ledgers.kept)
    yield from (sent.identifier for sent in ledgers.sent if len(sent.procedures) > 1)


def _contradicted(ledgers: Ledgers) -> Iterator[str]:
    """The same request again did not get the first answer again."""
    yield from (sent.identifier for sent in ledgers.sent if len(sent.answers) > 1)


def _refused(ledgers: Ledgers) -> Iterator[str]:
    """A good request turned away."""
    yield from (f"{sent.identifier} {status}" for sent in ledgers.sent for status in sent.refusals)


def _doubled(ledgers: Ledgers) -> Iterator[str]:
    """Twice in the shared record: one uniqueId, one submission, or one act under two uniqueIds."""
    yield from _several(entry.unique_id for entry in ledgers.registered)
    yield from _several(entry.submission_id for entry in ledgers.registered)
    yield from _several(entry.identifier for entry in ledgers.registered)
    for act in ledgers.kept:
        if len(act.documents) > 1:
            yield act.identifier
        yield from _several(f"{act.identifier} {one.destination} {one.purpose}" for one in act.envelopes)


def _fed_again(ledgers: Ledgers) -> Iterator[str]:
    """Brought to the shared record although it had it: the doubt was not looked up."""
    yield from (one.unique_id for one in ledgers.brought if one.known)


def _altered(ledgers: Ledgers) -> Iterator[str]:
    """Other bytes, or other identifiers, from one attempt to the next or from what was sealed."""
    sealed = {unique_id: digest for act in ledgers.kept for unique_id, digest in act.documents.items()}
    submissions = {
        unique_id: envelope.submission_id
        for act in ledgers.kept
        for unique_id in act.documents
        for envelope in act.envelopes
        if not envelope.message_id and envelope.purpose == "publish"
    }
    everywhere: list[Brought | Registered] = [*ledgers.brought, *ledgers.registered]
    for one in everywhere:
        wanted = (sealed.get(one.unique_id, ""), submissions.get(one.unique_id, ""))
        if one.unique_id in sealed and (one.sha256, one.submission_id) != wanted:
            yield one.unique_id
    digests = {envelope.message_id: envelope.sha256 for act in ledgers.kept for envelope in act.envelopes}
    for letter in ledgers.letters:
        if letter.message_id in digests and letter.sha256 != digests[letter.message_id]:
            yield letter.message_id


def _torn(ledgers: Ledgers) -> Iterator[str]:
    """A Procedure without all that its commit brings, or with more."""
    expected = {sent.identifier: sent.destinations for sent in ledgers.sent}
    for act in ledgers.kept:
        destinations = expected.get(act.identifier)
        if destinations is None:
            continue
        if {envelope.destination for envelope in act.envelopes} != destinations or len(act.documents) != 1:
            yield act.identifier
        if not _whole(act):
            yield act.identifier


def _whole(act: Kept) -> bool:
    """Everything once, and all of it in error or none of it."""
    counts = {type: act.companions.get(type, 0) for type in COMPANIONS}
    if act.status != _IN_ERROR:
        return counts == COMPANIONS and not any(_IN_ERROR in some for some in act.statuses.values())
    expected = {type: count + _OF_A_RETRACTION.get(type, 0) for type, count in COMPANIONS.items()}
    # Tasks that ask somebody to withdraw the report come besides: ``_unwithdrawn`` asks for them.
    return {**counts, "Task": 1} == expected and all(
        some <= _FALLEN[type] for type, some in act.statuses.items() if type in _FALLEN
    )


def _forgotten(ledgers: Ledgers) -> Iterator[str]:
    """Told to be in error and acknowledged as such, and not so in the store; or so, and nobody told it."""
    told = {sent.identifier: sent for sent in ledgers.sent}
    for act in ledgers.kept:
        sent = told.get(act.identifier)
        if sent is not None and not sent.retracted <= (act.status == _IN_ERROR) <= sent.retracting:
            yield act.identifier


def _uncancelled(ledgers: Ledgers) -> Iterator[str]:
    """Cancelled without a cause: the act is not in error, or the journal does not say so; or in error, and waiting."""
    for act in ledgers.kept:
        for envelope in (one for one in act.envelopes if one.purpose == "publish"):
            in_error, state = act.status == _IN_ERROR, envelope.state
            if (state == "cancelled" and not in_error) or (in_error and state in ("queued", "in-doubt")):
                yield envelope.id
            if state == "cancelled" and envelope.journal[-1].state != "cancelled":
                yield envelope.id


def _unwithdrawn(ledgers: Ledgers) -> Iterator[str]:
    """A destination has the report of an act in error, by its own word or by ours, and nobody is told."""
    registered = {entry.unique_id for entry in ledgers.registered}
    received = {letter.message_id for letter in ledgers.letters}
    for act in ledgers.kept:
        withdrawn = {
            one.follows
            for one in act.envelopes
            if one.purpose == "withdraw" and one.state == "accepted"
            if not one.message_id or one.message_id in received
        }
        for envelope in act.envelopes if act.status == _IN_ERROR else ():
            if envelope.purpose != "publish" or envelope.id in withdrawn:
                continue
            there = envelope.message_id in received if envelope.message_id else bool(act.documents.keys() & registered)
            if (there or envelope.state == "accepted") and _PLACES[envelope.destination] not in act.to_withdraw:
                yield envelope.id


def _unpublished(ledgers: Ledgers) -> Iterator[str]:
    """An accepted envelope has one publication on record, no more, no less."""
    for act in ledgers.kept:
        # What a record was told to remove is published nowhere.
        accepted = [
            one for one in act.envelopes if one.state == "accepted" and (one.message_id or one.purpose == "publish")
        ]
        mails = sum(1 for envelope in accepted if envelope.message_id)
        if act.companions.get("Communication", 0) != mails:
            yield act.identifier
        if act.companions.get("DocumentReference", 0) != len(accepted) - mails:
            yield act.identifier


def _misplaced(ledgers: Ledgers) -> Iterator[str]:
    """One Message-ID in two mailboxes."""
    boxes = defaultdict(set)
    for letter in ledgers.letters:
        boxes[letter.message_id].add(letter.mailbox)
    yield from (message_id for message_id, found in boxes.items() if len(found) > 1)


def _repeated(ledgers: Ledgers) -> Iterator[str]:
    """A mail that came more often than its unclear attempts explain."""
    copies = _copies(ledgers)
    for act in ledgers.kept:
        for envelope in act.envelopes:
            unclear = sum(1 for tried in envelope.journal if tried.outcome not in _CLEAR)
            accepted = sum(1 for tried in envelope.journal if tried.outcome == "accepted")
            if envelope.message_id and copies.get(envelope.message_id, 0) > unclear + accepted:
                yield envelope.message_id


def _journal(ledgers: Ledgers) -> Iterator[str]:
    """Attempts numbered with a hole, overlapping, after the end, or that do not lead where the envelope stands."""
    for act in ledgers.kept:
        yield from (envelope.id for envelope in act.envelopes if not _is_consistent(act, envelope))


def _overrun(ledgers: Ledgers) -> Iterator[str]:
    """An attempt that another took over although its worker was alive: two may have sent at once."""
    journals = [envelope.journal for act in ledgers.kept for envelope in act.envelopes]
    last_seen: dict[str, dt.datetime] = {}
    for tried in (one for journal in journals for one in journal):
        last_seen[tried.worker] = max(tried.started, last_seen.get(tried.worker, tried.started))
    for act in ledgers.kept:
        for envelope in act.envelopes:
            for before, after in zip(envelope.journal, envelope.journal[1:], strict=False):
                if before.finished is None and last_seen[before.worker] > after.started:
                    yield f"{envelope.id} {before.number}"


def _is_consistent(act: Kept, envelope: Carried) -> bool:
    journal = envelope.journal
    if [tried.number for tried in journal] != list(range(1, envelope.attempts + 1)):
        return False
    if journal and (journal[-1].state or "sending") != envelope.state:
        return False
    if any(tried.outcome == "accepted" for tried in journal[:-1]):
        return False
    return all(_follows(before, after) for before, after in zip(journal, journal[1:], strict=False))


def _follows(before: Tried, after: Tried) -> bool:
    return before.started < after.started and (before.finished is None or before.finished <= after.started)


def _several(names: Iterator[str]) -> Iterator[str]:
    yield from (name for name, count in Counter(names).items() if count > 1)


def _copies(ledgers: Ledgers) -> Counter[str]:
    return Counter(letter.message_id for letter in ledgers.letters)


#: Set → what it finds.
_SETS: Final[dict[str, Callable[[Ledgers], Iterator[str]]]] = {
    "lost": _lost,
    "undelivered": _undelivered,
    "phantom": _phantom,
    "duplicate": _duplicate,
    "contradicted": _contradicted,
    "refused": _refused,
    "doubled": _doubled,
    "fed-again": _fed_again,
    "altered": _altered,
    "torn": _torn,
    "unpublished": _unpublished,
    "misplaced": _misplaced,
    "repeated": _repeated,
    "journal": _journal,
    "overrun": _overrun,
    "forgotten": _forgotten,
    "uncancelled": _uncancelled,
    "unwithdrawn": _unwithdrawn,
    "unproved": lambda ledgers: iter(ledgers.unproved),
    "defects": lambda ledgers: iter(ledgers.defects),
}
