"""What the page of one act shows: its report, what it rested on, and each link of its trace. Pure, as ``views``."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from mappings.domain.protocol import Protocol
from mappings.domain.report import ActReport, Section
from mappings.domain.report_judged import judged
from mappings.domain.time import french_day
from mappings.fhir.execution import execution_from
from mappings.fhir.provenance import countersigned_at, reason_of
from service.console import french, words
from service.console.adverse import reported
from service.console.decisions import decided_since, informed
from service.console.enterer import enterer, why_of
from service.console.views import (
    Duty,
    PatientView,
    code_of,
    comment_of,
    delivery_view,
    duty_view,
    patient_view,
)
from service.evidence import ActEvidence
from service.outbox.envelope import SHARED_RECORD, Destination, Document, Envelope, State
from service.store import Attempt
from service.store.inbound import InboundMail, Standing

Resource = dict[str, Any]
_SOFTWARE = "Binôme (logiciel)"
#: What an attempt is called, by what its envelope is for.
_SENDINGS = {"publish": "Envoi", "replace": "Envoi de la nouvelle version", "withdraw": "Envoi de l’annulation"}
#: What a task of the structure about an act is called, by its code.
_REPAIRS = {
    "resolve-delivery": "Envoi confié à la structure",
    "withdraw-report": "Retrait du compte rendu confié à la structure",
    "read-reply": "Réponse à lire par la structure",
}


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
    #: Tasks of the délégant about the act.
    tasks: Sequence[Resource]
    acknowledgements: Sequence[Acknowledgement]
    #: By id of a task, whose it is, by name.
    owners: Mapping[str, str]
    #: Tasks of the structure about its deliveries.
    repairs: Sequence[Resource]
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


def trace_view(told: Told) -> TraceView:
    report, evidence = told.report, told.evidence
    procedure = evidence.procedure
    consent = _source(evidence, "Consent")
    return TraceView(
        id=procedure["id"],
        text=procedure["code"]["text"],
        performed=procedure["status"] == "completed",
        in_error_since=_recorded(told.retraction.provenance) if told.retraction else None,
        patient=patient_view(report.patient, french_day(report.start)),
        patient_id=report.patient.id,
        start=report.start,
        end=report.end,
        delegatee=french.name(report.delegatee),
        delegator=french.name(report.delegator),
        organization=report.organization.name,
        protocol=report.protocol_title,
        protocol_version=report.protocol_version,
        consent=_consent(consent),
        consent_version=consent["meta"]["versionId"],
        duty=duty_view(told.tasks, told.now),
        sections=report.sections,
        judged=judged(execution_from(evidence.provenance), told.protocol),
        deliveries=tuple(_deliveries(told)),
        events=tuple(_before(told)) + tuple(sorted(_after(told), key=attrgetter("at"))) + tuple(_to_come(told)),
        identifiers=tuple(_identifiers(told)),
    )


def _before(told: Told) -> Iterator[Event]:
    """What came before the record, in the order of care."""
    report, evidence = told.report, told.evidence
    consent, inclusion = _source(evidence, "Consent"), _source(evidence, "CarePlan")
    patient = f"{report.patient.birth_family} {report.patient.birth_given}"
    delegatee, delegator = french.name(report.delegatee), french.name(report.delegator)
    information = informed(consent)
    if information:
        yield Event(
            at=information.at, title=information.title, who=patient, text=information.text, under_protocol=False
        )
    yield Event(
        at=dt.datetime.fromisoformat(consent["dateTime"]),
        title=f"Consentement aux soins délégués {_consent(consent)}",
        who=patient,
        text=f"Recueilli par {_structure(report)}.",
        under_protocol=False,
    )
    yield Event(
        at=dt.date.fromisoformat(inclusion["period"]["start"]),
        title="Inclusion dans le protocole",
        who=delegatee,
        behalf=delegator,
    )
    performed = evidence.procedure["status"] == "completed"
    yield Event(
        at=report.start,
        title="Acte réalisé" if performed else "Examen fait, acte non réalisé",
        who=delegatee,
        behalf=delegator,
        text=evidence.procedure["code"]["text"],
    )


def _after(told: Told) -> Iterator[Event]:
    """What was recorded, sent and read."""
    report, evidence = told.report, told.evidence
    yield Event(
        at=_recorded(told.first),
        title="Acte enregistré",
        who=french.name(report.delegatee),
        behalf=french.name(report.delegator),
        text="Contrôlé selon le droit et le protocole en vigueur à la date de l’acte.",
        proof=told.proof,
    )
    yield from _versions(told)
    if told.retraction:
        yield _retraction(told.retraction, told)
    for said in decided_since(_source(evidence, "Consent"), told.consent):
        who = f"{report.patient.birth_family} {report.patient.birth_given}"
        yield Event(at=said.at, title=said.title, who=who, text=said.text, under_protocol=False, tone="alert")
    for event in told.adverse:
        yield _adverse(event, report)
    for sent in told.sent:
        for attempt in sent.attempts:
            yield _attempt(sent.envelope, attempt, _structure(report))
    for mail in told.mails:
        yield Event(
            at=mail.kept,
            title=f"Messagerie{french.NBSP}: {words.MAILS.get(mail.kind, mail.kind)}",
            who="Un correspondant",
            text=words.set_aside(mail.code),
            tone="alert" if mail.state is Standing.QUARANTINED else "done",
        )
    for repair in told.repairs:
        yield Event(
            at=dt.datetime.fromisoformat(repair["authoredOn"]),
            title=_REPAIRS[code_of(repair)],
            who=_SOFTWARE,
            behalf=_structure(report),
            text=repair.get("reasonCode", {}).get("text", ""),
            tone="alert" if repair["status"] == "requested" else "done",
        )
    moves = {(note["time"], note["text"]): None for task in told.tasks for note in task.get("note", ())}
    for at, text in moves:
        moved = "Lecture adressée à un autre que le délégant"
        yield Event(at=dt.datetime.fromisoformat(at), title=moved, who=_SOFTWARE, text=text, tone="waiting")
    for acknowledgement in told.acknowledgements:
        reorient = code_of(acknowledgement.task) == "reorient"
        comment = comment_of(acknowledgement.task)
        yield Event(
            at=dt.datetime.fromisoformat(acknowledgement.task["lastModified"]),
            title="Réorientation prise en compte" if reorient else "Pris connaissance",
            who=told.owners[acknowledgement.task["id"]],
            text=f"Commentaire{french.NBSP}: «{french.NBSP}{comment}{french.NBSP}»" if comment else "",
            proof=acknowledgement.proof,
        )


def _adverse(event: Resource, report: ActReport) -> Event:
    """An event that does not say a thing as ours do is told without it."""
    told = reported(event)
    by_delegator = event.get("recorder", {}).get("identifier", {}).get("value") == report.delegator.rpps
    return Event(
        at=told.at,
        title=told.title,
        who=french.name(report.delegator if by_delegator else report.delegatee),
        text=told.text,
        tone="alert" if told.serious else "done",
    )


def _versions(told: Told) -> Iterator[Event]:
    """Each later version of the act, and each version of its report."""
    for amendment in told.amendments:
        yield _amendment(amendment, told.report)
    for document in told.documents:
        if document.sealed_at:
            version = f", version {document.version}" if len(told.documents) > 1 else ""
            yield Event(
                at=document.sealed_at,
                title=f"Compte rendu scellé{version}",
                who=_SOFTWARE,
                behalf=_structure(told.report),
                text="Le document ne change plus : chaque envoi porte les mêmes octets.",
            )


def _amendment(amendment: Amendment, report: ActReport) -> Event:
    who, behalf = enterer(amendment.provenance["agent"][0], report)
    countersigned, reason = countersigned_at(amendment.provenance), reason_of(amendment.provenance)
    return Event(
        at=_recorded(amendment.provenance),
        title="Compte rendu contresigné"
        if countersigned
        else f"Acte corrigé{french.NBSP}: version {amendment.version}",
        who=who,
        behalf=behalf,
        text=f"Motif{french.NBSP}: «{french.NBSP}{reason}{french.NBSP}»" if reason else "",
        tone="done" if countersigned else "alert",
        proof=amendment.proof,
    )


def _retraction(retraction: Retraction, told: Told) -> Event:
    who, behalf = enterer(retraction.provenance["agent"][0], told.report)
    why = why_of(told.evidence.procedure, retraction.procedure)
    return Event(
        at=_recorded(retraction.provenance),
        title=f"Acte annulé{french.NBSP}: saisi par erreur",
        who=who,
        behalf=behalf,
        text=f"Motif{french.NBSP}: «{french.NBSP}{why}{french.NBSP}»" if why else "",
        tone="alert",
        proof=retraction.proof,
    )


def _recorded(provenance: Resource) -> dt.datetime:
    return dt.datetime.fromisoformat(provenance["recorded"])


def _to_come(told: Told) -> Iterator[Event]:
    """What somebody still has to do."""
    for task in told.tasks:
        if task["status"] != "requested":
            continue
        duty = duty_view([task], told.now)
        if duty.until is None:
            continue
        asked = f"prendre en compte la réorientation ({duty.reorientation})" if duty.reorientation else "lire l’acte"
        yield Event(
            at=duty.until,
            title=f"À faire{french.NBSP}: {asked}",
            who=told.owners[task["id"]],
            text="Le délai est dépassé." if duty.late else "Date limite.",
            tone="alert" if duty.late else "waiting",
        )


def _attempt(envelope: Envelope, attempt: Attempt, structure: str) -> Event:
    text, tone = words.ANSWERS.get(attempt.outcome or "", words.UNDER_WAY)
    if attempt.outcome == "accepted" and envelope.destination in SHARED_RECORD:
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
    if called_off:
        title, meaning = f"Envoi annulé{french.NBSP}: {words.DESTINATIONS[envelope.destination]}", ""
        text, tone = words.CANCELLED[attempt.code or ""], "done"
    else:
        sending = _SENDINGS[envelope.purpose]
        title = f"{sending}, tentative {attempt.number}{french.NBSP}: {words.DESTINATIONS[envelope.destination]}"
    return Event(
        at=attempt.finished_at or attempt.started_at,
        title=title,
        who=_SOFTWARE,
        behalf=structure,
        text=_with_meaning(text, meaning),
        tone=tone,
        code="" if called_off else attempt.code or "",
    )


def _with_meaning(text: str, meaning: str) -> str:
    return f"{text} Réponse{french.NBSP}: {meaning}." if meaning else text


def _state(sent: Sent, told: str) -> str:
    """How far an accepted mail has got, by its receipts; ``told`` when there is none."""
    heard = {attempt.outcome for attempt in sent.attempts}
    if sent.envelope.state is not State.ACCEPTED:
        return told
    return next((furthest for outcome, furthest in words.FURTHEST.items() if outcome in heard), told)


def _deliveries(told: Told) -> Iterator[DeliveryView]:
    """A line for each destination and version, then one for each withdrawal."""
    roads = SHARED_RECORD & {one.envelope.destination for one in told.sent} or {told.road}
    for destination, label in words.DESTINATIONS.items():
        if destination in SHARED_RECORD - roads:
            continue
        mine = [one for one in told.sent if one.envelope.destination is destination]
        mine.sort(key=lambda one: (one.envelope.purpose == "withdraw", one.version))
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


def _delivery(label: str, one: Sent) -> DeliveryView:
    envelope = one.envelope
    view = delivery_view(envelope)
    again = envelope.state in (State.QUEUED, State.IN_DOUBT) and envelope.attempts
    return DeliveryView(
        destination=f"{label}, version {one.version}" if one.version else label,
        state=_state(one, view.state),
        tone=view.tone,
        attempts=sum(attempt.outcome not in words.RECEIPTS for attempt in one.attempts),
        next_attempt_at=envelope.next_attempt_at if again else None,
        identifiers=tuple(_filled(_of_envelope(one))),
    )


def _of_envelope(sent: Sent) -> Iterator[tuple[str, str]]:
    """No address: a patient's mailbox holds the INS."""
    envelope = sent.envelope
    yield "Lot de soumission (uniqueId)", envelope.submission_id
    yield "Message-ID", envelope.message_id
    yield "Empreinte SHA-256 des octets envoyés", envelope.payload_sha256.hex() if envelope.payload_sha256 else ""
    yield "Nom donné par le destinataire", next((a.receiver_id for a in reversed(sent.attempts) if a.receiver_id), "")


def _identifiers(told: Told) -> Iterable[tuple[str, str]]:
    procedure = told.evidence.procedure
    return _filled(
        [
            ("Acte", procedure["identifier"][0]["value"]),
            ("Ressource", f"Procedure/{procedure['id']}/_history/{told.evidence.version}"),
            ("Preuve", f"Provenance/{told.evidence.provenance['id']}"),
            ("Document (uniqueId)", told.document.unique_id),
            ("Version du compte rendu", str(told.document.version) if len(told.documents) > 1 else ""),
            ("Série de versions (setId)", told.document.set_id),
            ("Protocole", told.report.protocol_canonical),
        ]
    )


def _filled(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return [(label, value) for label, value in pairs if value]


def _structure(report: ActReport) -> str:
    return f"la structure {report.organization.name}"


def _consent(consent: Resource) -> str:
    status: str = consent["status"]
    return words.CONSENTS.get(status, status)


def _source(evidence: ActEvidence, type_: str) -> Resource:
    return next(resource for reference, resource in evidence.sources.items() if reference.startswith(f"{type_}/"))
