"""What the page of one act is told, and what it shows of it: data alone."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.domain.protocol import Protocol
from mappings.domain.report import ActReport, Section
from service.console import words
from service.console.views import Duty, PatientView
from service.evidence import ActEvidence
from service.outbox.envelope import Destination, Document, Envelope
from service.store import Attempt
from service.store.inbound import InboundMail

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One link of a structure's chain of proof, and whether it still proves what is stored."""

    sequence: int
    chain: str
    #: Hexadecimal digest.
    digest: str
    #: Recomputed from the stored bytes while the page was made.
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One link of the trace: when, what, who, on whose behalf, under what."""

    #: A day alone when the record holds no hour.
    at: dt.date
    title: str
    who: str
    #: On whose behalf; empty when in one's own name.
    behalf: str = ""
    text: str = ""
    #: False for the consent, which is to the care and not to an edition of the protocol.
    under_protocol: bool = True
    tone: words.Tone = "done"
    #: Foreign code of an answer; empty when none.
    code: str = ""
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One destination: where its envelope stands, and the identifiers it bears."""

    destination: str
    #: ``aucun envoi`` when nothing goes there.
    state: str
    tone: words.Tone
    attempts: int
    next_attempt_at: dt.datetime | None
    identifiers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceView:
    """The whole page."""

    id: str
    text: str
    performed: bool
    #: When it was told to be entered in error; None when it was not.
    in_error_since: dt.datetime | None
    patient: PatientView
    patient_id: str
    start: dt.datetime
    end: dt.datetime
    delegatee: str
    delegator: str
    organization: str
    protocol: str
    protocol_version: str
    consent: str
    consent_version: str
    duty: Duty
    sections: tuple[Section, ...]
    #: What the protocol judged of the exam; empty for an act whose proof does not keep it.
    judged: tuple[Section, ...]
    deliveries: tuple[DeliveryView, ...]
    events: tuple[Event, ...]
    identifiers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One envelope with its journal."""

    envelope: Envelope
    attempts: Sequence[Attempt]
    #: Version of the report that it carries; 0 while there is only one.
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A completed task with its proof."""

    task: Resource
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRead:
    """An answer that somebody read, by name, with its proof."""

    task: Resource
    who: str
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """The version that tells an act to be entered in error, with its proof."""

    procedure: Resource
    provenance: Resource
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A later version of an act, with its proof: a correction, or a countersignature."""

    version: int
    provenance: Resource
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One request about how the report shows in the shared record: its changes as they stand, with its proof."""

    tasks: Sequence[Resource]
    provenance: Resource
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that is on record about one act, as read; the report and the evidence are those of its last version."""

    report: ActReport
    #: None when its version is no longer in the catalogue.
    protocol: Protocol | None
    evidence: ActEvidence
    #: The Provenance of its first version, and its proof.
    first: Resource
    proof: Proof | None
    amendments: Sequence[Amendment]
    updates: Sequence[Update]
    #: Tasks of the délégant about the act.
    tasks: Sequence[Resource]
    acknowledgements: Sequence[Acknowledgement]
    #: By id of a task, whose it is, by name.
    owners: Mapping[str, str]
    #: Tasks of the structure about its deliveries.
    repairs: Sequence[Resource]
    #: Of these, the answers that were read.
    read: Sequence[ReplyRead]
    #: None when the act is not in error.
    retraction: Retraction | None
    #: The consent that the act rested on, as it stands today.
    consent: Resource
    #: Adverse events reported about the act.
    adverse: Sequence[Resource]
    document: Document
    #: Those of every version, the first one first.
    documents: Sequence[Document]
    sent: Sequence[Sent]
    #: Mails that answer the report, beside the receipts, which are in the journal.
    mails: Sequence[InboundMail]
    #: Road to the shared record that this installation takes; an act sent by the other one keeps it.
    road: Destination
    now: dt.datetime
