"""The sealed, addressed thing that waits for delivery."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

#: Published; published in place of a former version; withdrawn, its act having been entered in error; or what is changed of
#: how a document shows where it is (``mappings.domain.showing``).
Purpose = Literal["publish", "replace", "withdraw", "mask", "unmask", "hide", "reveal", "archive"]
#: Purposes that bring the document.
BRINGS: Final = frozenset({"publish", "replace"})
#: Purposes that change how a document shows, and bring nothing.
CHANGES_SHOWING: Final = frozenset({"mask", "unmask", "hide", "reveal", "archive"})


class Destination(StrEnum):
    """Where an envelope goes. One client each in ``service.clients``."""

    #: Shared patient record, XDS.b ITI-41.
    DMP = "dmp"
    #: Shared patient record over FHIR, PDSm (IHE MHD ITI-65 or ITI-105).
    PDSM = "pdsm"
    #: MSSanté mail to a professional.
    MSSANTE_PROFESSIONAL = "mssante-professional"
    #: MSSanté mail to the patient's citizen mailbox.
    MSSANTE_PATIENT = "mssante-patient"


#: The two roads to the shared record; an installation takes one of them.
SHARED_RECORD: Final = frozenset({Destination.DMP, Destination.PDSM})


class State(StrEnum):
    """Where an envelope stands. ``states.TRANSITIONS`` is the only law of movement."""

    #: Waits for its next attempt.
    QUEUED = "queued"
    #: An attempt has been journalled; its outcome is not.
    SENDING = "sending"
    #: An attempt ended without a clear answer: look up before sending again.
    IN_DOUBT = "in-doubt"
    #: The destination has it. Final, unless a bounce comes back.
    ACCEPTED = "accepted"
    #: The destination will never take it: a human task is open. Final.
    REFUSED = "refused"
    #: The delivery budget is spent: a human task is open. Final.
    EXHAUSTED = "exhausted"
    #: Its act was entered in error, the patient objects, or it is hidden from its reader: not sent, or not sent again.
    #: Final, unless that mask is lifted.
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The one report that all envelopes of an act version carry. Sealed once, never changed.

    ``cda`` and ``pdf`` are None until sealed; identifiers are fixed when the act is accepted.
    """

    id: str
    #: Versioned reference of the act, e.g. ``Procedure/x/_history/1``.
    act: str
    #: Chain (structure) that proves it.
    chain: str
    #: DocumentEntry.uniqueId and setId: OIDs.
    unique_id: str
    set_id: str
    version: int
    created_at: dt.datetime
    cda: bytes | None = None
    pdf: bytes | None = None
    sealed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Former:
    """A version that the destination of a replacement has, or may have."""

    unique_id: str
    #: Of the mail that carried it; empty for the shared record.
    message_id: str
    #: False when nobody knows whether it arrived.
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One document on its way to one recipient. Its identifiers and, once sealed, its bytes never change."""

    id: str
    document_id: str
    destination: Destination
    #: MSSanté address, or the INS in CX form for the shared record; never logged.
    recipient: str
    #: SubmissionSet uniqueId (an OID): in ITI-41 and in the XDM archive.
    submission_id: str
    #: RFC 5322 Message-ID with its angle brackets; empty for the shared record.
    message_id: str
    #: entryUUIDs of the SubmissionSet and of the DocumentEntry, ``urn:uuid:…``.
    set_uuid: str
    entry_uuid: str
    created_at: dt.datetime
    #: After this instant a failing delivery becomes a human task.
    deadline: dt.datetime
    #: The envelope that comes to its end before this one starts; empty when there is none. Of a replacement or a
    #: withdrawal: the one that carried the former version to the same destination and recipient.
    follows: str = ""
    #: What it is sent for; once drawn, for good.
    purpose: Purpose = "publish"
    state: State = State.QUEUED
    #: Attempts started so far.
    attempts: int = 0
    next_attempt_at: dt.datetime
    #: Bytes to send: an ``lcm:SubmitObjectsRequest`` or a FHIR body for the shared record, a whole RFC 5322 message for mail.
    payload: bytes | None = None
    payload_sha256: bytes | None = None
    #: What a replacement replaces there, the latest first: told to whoever seals and carries it, and never stored.
    formers: tuple[Former, ...] = ()
    #: Codes of visibility (TRE_A07) that the team has asked to lift, and that a replacement does not take over; told alike.
    lifts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One claimed envelope: the right to settle attempt ``number``, until ``until``."""

    envelope: Envelope
    #: Fencing token; a settlement under another token is refused.
    token: str
    number: int
    until: dt.datetime
    #: True when the previous attempt has no clear outcome: look up before sending.
    doubtful: bool
