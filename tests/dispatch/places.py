"""Destinations that do what they say and remember what they have; what goes wrong on the way is written beforehand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from service.clients.look_up import LookUp, Presence
from service.outbox.envelope import CHANGES_SHOWING, Document, Envelope
from service.outbox.receipt import Outcome, Receipt

TAKEN = Receipt(Outcome.ACCEPTED, "ok", "receiver-1", b"<taken/>")
REFUSED = Receipt(Outcome.REFUSED, "XDSPatientIdDoesNotMatch", "", b"<refused/>")
CLOSED = Receipt(Outcome.UNREACHABLE, "connect", "", b"")
SILENT = Receipt(Outcome.IN_DOUBT, "timeout", "", b"")


class Crash(BaseException):
    """The process dies here: nothing of ours runs after."""


@dataclass
class Answer:
    """What one sending meets: whether the document arrives, and what is said, or raised."""

    says: Receipt | BaseException
    arrives: bool = False


ARRIVES = Answer(TAKEN, arrives=True)
TURNED_AWAY = Answer(REFUSED)
NOBODY_THERE = Answer(CLOSED)
#: Taken, and the answer lost; or lost on the way. The sender cannot tell one from the other.
ANSWER_LOST = Answer(SILENT, arrives=True)
LOST = Answer(SILENT)
DIES_BEFORE = Answer(Crash())
DIES_AFTER = Answer(Crash(), arrives=True)
DEFECT = Answer(ZeroDivisionError("ours"))


@dataclass
class Place:
    """One destination. It answers what is written, then takes everything."""

    written: list[Answer] = field(default_factory=list)
    #: A shared record can be asked; a mailbox cannot.
    can_be_asked: bool = True
    answers_questions: bool = True
    #: Bytes by the identifier that tells a repeat: what this destination has.
    held: dict[str, bytes] = field(default_factory=dict)
    sent: list[bytes] = field(default_factory=list)
    #: Of what was sent, what for.
    purposes: list[str] = field(default_factory=list)
    #: Documents in force there, by uniqueId: what replaces another takes it away, and so does what withdraws it.
    shown: list[str] = field(default_factory=list)
    #: What was changed of how a document shows, in that order.
    changed: list[str] = field(default_factory=list)
    #: What every sending found to replace.
    replaced: list[tuple[str, ...]] = field(default_factory=list)
    asked: int = 0
    #: Runs before each sending.
    first: Callable[[], None] = lambda: None
    #: Whether what is sent is what should leave at that moment.
    right: Callable[[Envelope, Document], bool] = lambda envelope, document: True
    #: Runs while it is being asked.
    meanwhile: Callable[[], None] = lambda: None

    def send(self, envelope: Envelope, document: Document) -> Receipt:
        assert envelope.payload is not None
        assert document.cda is not None
        self.first()
        assert self.right(envelope, document)
        self.sent.append(envelope.payload)
        self.purposes.append(envelope.purpose)
        answer = self.written.pop(0) if self.written else ARRIVES
        self.replaced.append(tuple(one.unique_id for one in envelope.formers))
        if answer.arrives:
            if name_of(envelope, document) not in self.held:
                self._shows(envelope, document)
            assert self.held.setdefault(name_of(envelope, document), envelope.payload) == envelope.payload
        if isinstance(answer.says, BaseException):
            raise answer.says
        return answer.says

    def _shows(self, envelope: Envelope, document: Document) -> None:
        if envelope.purpose in CHANGES_SHOWING:
            self.changed.append(envelope.purpose)
            return
        if envelope.purpose == "withdraw":
            self.shown = [one for one in self.shown if one != document.unique_id]
            return
        for former in envelope.formers:
            # Nobody is told to replace what they surely have, and have not.
            assert former.unique_id in self.shown or not former.certain
            if former.unique_id in self.shown:
                self.shown.remove(former.unique_id)
                break
        self.shown.append(document.unique_id)

    def give_back(self, document_id: str, made: Sequence[Document]) -> None:
        """What came here is not here after all."""
        names = {one.unique_id for one in made if one.id == document_id}
        self.shown = [one for one in self.shown if one not in names]

    def look_up(self, envelope: Envelope, document: Document) -> LookUp | None:
        self.asked += 1
        self.meanwhile()
        if not self.can_be_asked:
            return None
        if not self.answers_questions:
            return LookUp(Presence.NO_ANSWER, SILENT)
        there = self.held.get(name_of(envelope, document))
        if there is None:
            return LookUp(Presence.ABSENT, CLOSED)
        if there != envelope.payload:
            return LookUp(Presence.OTHER_BYTES, Receipt(Outcome.REFUSED, "XDSNonIdenticalHash"))
        return LookUp(Presence.THERE, TAKEN)


def name_of(envelope: Envelope, document: Document) -> str:
    """A record knows a document by its uniqueId, once for what is published and once for what is withdrawn; and each change
    of how it shows."""
    if envelope.purpose in CHANGES_SHOWING:
        return envelope.id
    return envelope.message_id or f"{envelope.purpose} {document.unique_id}"
