"""Where the report of an act goes, and under which identifiers. Decided once, when the act is accepted."""

import datetime as dt
from dataclasses import dataclass, replace

from mappings.domain.cooperation import Sharing
from mappings.domain.people import Patient, Practitioner
from service.clients import WITHDRAWS
from service.clock import Identifiers
from service.outbox.envelope import SHARED_RECORD, Destination, Document, Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """What this installation is called and how long it tries."""

    #: OID arc under which documents and submissions are named.
    oid: str
    #: Domain of our Message-IDs.
    domain: str
    budget: dt.timedelta
    #: Product reference, X-MSS-NIL.
    nil: str
    #: Road to the shared record.
    shared_record: Destination = Destination.DMP
    #: Destinations that can be told that what they hold was entered in error; of the others it is somebody's task.
    withdraws: frozenset[Destination] = WITHDRAWS


@dataclass(frozen=True, slots=True)
class Withheld:
    """A destination that the report does not go to, and why, in French."""

    destination: Destination
    reason: str


def document_oid(arc: str, branch: int, identifier: str) -> str:
    """``arc.branch.n``: n is the last 80 bits of a UUID, its random part, so that the whole keeps to 64 characters."""
    return f"{arc}.{branch}.{int(identifier.replace('-', '')[12:], 16)}"


def addressed(
    patient: Patient,
    delegator: Practitioner,
    sharing: Sharing,
    visibility: frozenset[str] = frozenset(),
    *,
    consents: bool = True,
    shared_record: Destination = Destination.DMP,
) -> tuple[dict[Destination, str], list[Withheld]]:
    """Recipient of each destination that may have the report, and the destinations withheld.

    The INS travels only with a qualified identity; masking decides the mails and the record's copy together
    (CI-SIS, volet de transmission par courriel, table of visibility and recipients). ``consents`` is False when the
    patient has taken back the consent to the care: what was done before is on record, and goes nowhere.
    ``shared_record`` is the road that this installation takes to it.
    """
    recipients: dict[Destination, str] = {}
    withheld: list[Withheld] = []

    def decide(destination: Destination, recipient: str, *reasons: tuple[bool, str]) -> None:
        withdrawn = (not consents, "Le patient a retiré son consentement aux soins délégués.")
        against = [reason for applies, reason in (withdrawn, *reasons) if applies]
        if against:
            withheld.append(Withheld(destination, against[0]))
        else:
            recipients[destination] = recipient

    ins = patient.ins
    no_ins = (ins is None or patient.identity_status != "qualified", "L’identité du patient n’est pas qualifiée.")
    decide(
        shared_record,
        f"{ins.value}^^^&{ins.oid}&ISO^NH" if ins else "",
        no_ins,
        (not sharing.dmp, "Le patient s’oppose à l’alimentation de son dossier partagé."),
    )
    decide(
        Destination.MSSANTE_PROFESSIONAL,
        delegator.mailbox,
        (not sharing.professional_mailbox, "Le patient s’oppose à l’envoi aux professionnels."),
        ("MASQUE_PS" in visibility, "Le document est masqué aux professionnels."),
        (not delegator.mailbox, "Le délégant n’a pas de messagerie MSSanté connue."),
    )
    decide(
        Destination.MSSANTE_PATIENT,
        f"{ins.value}@patient.mssante.fr" if ins else "",
        no_ins,
        (not sharing.patient_mailbox, "Le patient s’oppose à l’envoi dans sa messagerie."),
        ("INVISIBLE_PATIENT" in visibility, "Le document attend une consultation d’annonce."),
    )
    return recipients, withheld


def document_for(act: str, chain: str, now: dt.datetime, ids: Identifiers, addressing: Addressing) -> Document:
    """The report of version 1 of ``act`` (a versioned reference), named but not yet sealed."""
    return Document(
        id=ids(),
        act=act,
        chain=chain,
        unique_id=document_oid(addressing.oid, 1, ids()),
        set_id=document_oid(addressing.oid, 2, ids()),
        version=1,
        created_at=now,
    )


def envelope_for(
    document: Document, destination: Destination, recipient: str, ids: Identifiers, addressing: Addressing
) -> Envelope:
    """One envelope of ``document``; every identifier it will ever bear is drawn here."""
    id_ = ids()
    return Envelope(
        id=id_,
        document_id=document.id,
        destination=destination,
        recipient=recipient,
        submission_id=document_oid(addressing.oid, 3, ids()),
        message_id="" if destination in SHARED_RECORD else f"<{id_}@{addressing.domain}>",
        set_uuid=f"urn:uuid:{ids()}",
        entry_uuid=f"urn:uuid:{ids()}",
        created_at=document.created_at,
        deadline=document.created_at + addressing.budget,
        next_attempt_at=document.created_at,
    )


def withdrawal_of(
    envelope: Envelope, document: Document, now: dt.datetime, ids: Identifiers, addressing: Addressing
) -> Envelope:
    """What tells the recipient of ``envelope`` that its document is withdrawn; it does not overtake it."""
    made = envelope_for(document, envelope.destination, envelope.recipient, ids, addressing)
    return replace(
        made,
        created_at=now,
        deadline=now + addressing.budget,
        next_attempt_at=now,
        follows=envelope.id,
        purpose="withdraw",
    )
