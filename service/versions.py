"""The versions of one report: which documents there are, which may have left, what each destination may hold.

A version of a report is a version of its act. A set of versions (setId) begins with the first that may have reached
anybody: what surely reached nobody is replaced by nothing, and named by nothing (CI-SIS, « Structuration minimale »).
"""

from collections.abc import Iterable, Iterator, Sequence

from mappings.fhir.json import parse
from service.finding import found
from service.outbox.envelope import BRINGS, Destination, Document, Envelope, Former, State
from service.outbox.receipt import Outcome
from service.store import Store
from service.store.unit import StoredVersion
from service.withdrawal import Holding, holding

#: Places that are a person's whoever's address it is: a délégant who has another box is the same reader.
_FOLLOWS_THE_PERSON = frozenset({Destination.MSSANTE_PROFESSIONAL})


def version_of(document: Document) -> int:
    """The version of the act that the document tells."""
    return int(document.act.rpartition("/")[2])


def is_superseded(document: Document, relied: tuple[str, str, int], *, in_error: bool) -> bool:
    """Whether the act has by now a later version; ``relied`` is the version in force, as ``standing_of`` gives it."""
    return not in_error and relied[2] > version_of(document)


def envelopes_of_act(store: Store, procedure_id: str, last: int) -> list[Envelope]:
    """The envelopes of every version up to ``last``, a version after the other."""
    versions = (store.envelopes_of(f"Procedure/{procedure_id}/_history/{n}") for n in range(1, last + 1))
    return [envelope for version in versions for envelope in version]


def reports(envelopes: Iterable[Envelope]) -> list[Envelope]:
    """Those that bring it: without what withdraws it, or changes how it shows."""
    return [one for one in envelopes if one.purpose in BRINGS]


def documents_of(store: Store, envelopes: Iterable[Envelope]) -> list[Document]:
    """The documents that these envelopes carry, each once, in their order."""
    ids = dict.fromkeys(one.document_id for one in envelopes)
    return [document for id in ids if (document := store.document(id)) is not None]


def last_by_destination(envelopes: Iterable[Envelope]) -> dict[Destination, Envelope]:
    """The latest that goes, or went, to each destination."""
    return {one.destination: one for one in reports(envelopes)}


def may_have_left(store: Store, envelope: Envelope) -> bool:
    """Whether anybody may have the document by this envelope, or had it."""
    outcomes = {one.outcome for one in store.attempts_of(envelope.id)}
    return envelope.state is State.SENDING or not outcomes.isdisjoint({Outcome.ACCEPTED, Outcome.IN_DOUBT, None})


def last_that_left(store: Store, envelopes: Sequence[Envelope]) -> Document | None:
    """The version that a new one replaces; None while no version may have reached anybody."""
    left = {one.document_id for one in reports(envelopes) if may_have_left(store, one)}
    return next((one for one in reversed(documents_of(store, envelopes)) if one.id in left), None)


def replaced_by(store: Store, document: Document) -> Document | None:
    """The document that this one replaces: the last of its set before it that may have left; None for the first."""
    _, procedure_id, _, version = document.act.split("/")
    envelopes = envelopes_of_act(store, procedure_id, int(version) - 1)
    before = [one for one in documents_of(store, envelopes) if one.set_id == document.set_id]
    own = {one.id for one in before}
    left = last_that_left(store, [one for one in envelopes if one.document_id in own])
    # What was on its way when this one was made, and then surely did not arrive, is replaced all the same.
    return left or (before[-1] if before else None)


def formers(store: Store, envelope: Envelope) -> tuple[Former, ...]:
    """The versions that the destination of a replacement has, or may have, the latest first; a certain one is the last."""
    return tuple(_held_before(store, envelope.follows, envelope.recipient))


def held_by(store: Store, envelope: Envelope, recipient: str) -> tuple[Former, ...]:
    """The same of an envelope and of those before it: what ``recipient`` has of the report."""
    return tuple(_held_before(store, envelope.id, recipient))


def _held_before(store: Store, envelope_id: str, recipient: str) -> Iterator[Former]:
    while envelope_id:
        one = store.envelope(envelope_id)
        document = store.document(one.document_id) if one else None
        if one is None or document is None:
            return
        held = holding(one.state, store.attempts_of(one.id))
        same = one.destination in _FOLLOWS_THE_PERSON or one.recipient == recipient
        if same and held is not Holding.NO:
            yield Former(unique_id=document.unique_id, message_id=one.message_id, certain=held is Holding.YES)
            if held is Holding.YES:
                return
        envelope_id = one.follows


def formers_on_record(store: Store, procedure_id: str, former: Iterable[Former]) -> list[StoredVersion]:
    """The DocumentReferences of these versions that are in force."""
    names = {f"urn:oid:{one.unique_id}" for one in former}
    return [
        stored
        for stored in found(store, "DocumentReference", [("related", "Procedure", procedure_id)])
        for reference in [parse(stored.body)]
        if reference["status"] == "current" and reference["masterIdentifier"]["value"] in names
    ]
