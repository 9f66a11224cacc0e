"""Whether what a mail claims is about a mail of ours, and comes from whom that mail was addressed to (INV-10).

A Message-ID of ours holds 74 random bits: only who had the mail can name it. It must have come back to a box that the
mail gave for answers, and what a box says of itself only that box may say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from typing import Final

from mappings.mail.headers import address
from mappings.mail.notices import Notice
from service.outbox.envelope import Destination, Document, Envelope
from service.store import Store

#: Headers of what we sealed end long before.
_HEADERS: Final = 1 << 16
_ANSWERED_AT: Final = ("From", "Reply-To", "Disposition-Notification-To")


class Unmatched(Exception):
    """It is about no mail of ours, or not from whom it should be; ``code`` says which."""

    def __init__(self, code: str, envelope: Envelope | None = None) -> None:
        super().__init__(code)
        self.code = code
        #: The mail that it names although it may not speak of it; None when it names none.
        self.envelope = envelope


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail of ours that is spoken of."""

    envelope: Envelope
    document: Document


@dataclass(frozen=True, slots=True)
class Matching:
    """Looks claims up among what was sent."""

    store: Store

    def of_notice(self, notice: Notice, sender: str, box: str) -> Answered:
        """``box`` is where it came in; empty when a gateway handed it over."""
        answered = self._named(notice.envelope_id, [notice.message_id], box)
        envelope = answered.envelope
        if envelope.recipient.lower() not in notice.recipients:
            raise Unmatched("other-recipient", envelope)
        if notice.from_the_box and sender != envelope.recipient.lower():
            raise Unmatched("other-sender", envelope)
        return answered

    def of_answer(self, message_ids: Iterable[str], sender: str, box: str) -> Answered:
        """What somebody writes back: only whom we wrote to answers."""
        answered = self._named("", message_ids, box)
        if sender != answered.envelope.recipient.lower():
            raise Unmatched("other-sender", answered.envelope)
        return answered

    def of_bounce(self, message_ids: Iterable[str], box: str) -> Answered:
        """Words of a mail system, which nothing ties to a recipient: good enough to make somebody look."""
        return self._named("", message_ids, box)

    def is_ours(self, message_id: str) -> Envelope | None:
        """The envelope that bears this Message-ID itself: our own mail came back to us."""
        return self.store.envelope_of_message(message_id) if message_id else None

    def _named(self, envelope_id: str, message_ids: Iterable[str], box: str) -> Answered:
        by_envelope = self.store.envelope(envelope_id) if envelope_id else None
        by_message = next((found for id in message_ids if id and (found := self.store.envelope_of_message(id))), None)
        if by_envelope and by_message and by_envelope.id != by_message.id:
            raise Unmatched("contradictory", by_envelope)
        envelope = by_envelope or by_message
        if envelope is None or envelope.destination is Destination.DMP:
            raise Unmatched("unknown-message")
        document = self.store.document(envelope.document_id)
        if document is None or not envelope.attempts or envelope.payload is None:
            raise Unmatched("never-sent", envelope)
        if box and box not in answered_at(envelope.payload):
            raise Unmatched("other-box", envelope)
        return Answered(envelope, document)


def answered_at(payload: bytes) -> set[str]:
    """The boxes that a mail of ours gives for answers and notices."""
    headers = BytesHeaderParser().parsebytes(payload[:_HEADERS])
    return {found for name in _ANSWERED_AT if (found := address(headers, name))}
