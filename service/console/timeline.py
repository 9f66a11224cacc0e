"""What the page of one act shows: its report, what it rested on, and each link of its trace. Pure, as ``views``."""

import datetime as dt
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

from mappings.domain.report import ActReport
from mappings.domain.report_judged import judged
from mappings.domain.time import french_day
from mappings.fhir.execution import execution_from
from mappings.fhir.provenance import countersigned_at, reason_of
from mappings.fhir.update_task import change_of, reason_asked
from service.console import french, words
from service.console.adverse import reported
from service.console.decisions import decided_since, informed
from service.console.enterer import enterer, why_of
from service.console.sendings import SOFTWARE, attempt_event, deliveries, filled
from service.console.traced import (
    Amendment,
    Event,
    Retraction,
    Told,
    TraceView,
    Update,
)
from service.console.views import (
    code_of,
    comment_of,
    duty_view,
    patient_view,
)
from service.evidence import ActEvidence
from service.store.inbound import Standing

Resource = dict[str, Any]


#: What a task of the structure about an act is called, by its code.
_REPAIRS = {
    "resolve-delivery": "Envoi confié à la structure",
    "withdraw-report": "Retrait du compte rendu confié à la structure",
    "read-reply": "Réponse à lire par la structure",
}


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
        deliveries=tuple(deliveries(told)),
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
    for update in told.updates:
        yield from _update(update, report)
    if told.retraction:
        yield _retraction(told.retraction, told)
    for said in decided_since(_source(evidence, "Consent"), told.consent):
        who = f"{report.patient.birth_family} {report.patient.birth_given}"
        yield Event(at=said.at, title=said.title, who=who, text=said.text, under_protocol=False, tone="alert")
    for event in told.adverse:
        yield _adverse(event, report)
    for sent in told.sent:
        for attempt in sent.attempts:
            yield attempt_event(sent.envelope, attempt, _structure(report))
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
            who=SOFTWARE,
            behalf=_structure(report),
            text=repair.get("reasonCode", {}).get("text", ""),
            tone="alert" if repair["status"] == "requested" else "done",
        )
    for reply in told.read:
        at = dt.datetime.fromisoformat(reply.task["executionPeriod"]["end"])
        yield Event(at=at, title="Réponse lue", who=reply.who, behalf=_structure(report), proof=reply.proof)
    moves = {(note["time"], note["text"]): None for task in told.tasks for note in task.get("note", ())}
    for at, text in moves:
        moved = "Lecture adressée à un autre que le délégant"
        yield Event(at=dt.datetime.fromisoformat(at), title=moved, who=SOFTWARE, text=text, tone="waiting")
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
                who=SOFTWARE,
                behalf=_structure(told.report),
                text="Le document ne change plus : chaque envoi porte les mêmes octets.",
            )


def _update(update: Update, report: ActReport) -> Iterator[Event]:
    """What was asked of how the report shows, by whom, why, and what became of it."""
    who, behalf = enterer(update.provenance["agent"][0], report)
    for task in update.tasks:
        state, tone = words.ASKED[task["status"]]
        why = task.get("statusReason", {}).get("text", "")
        reason = f"Motif{french.NBSP}: «{french.NBSP}{reason_asked(task)}{french.NBSP}»"
        what = words.CHANGES[change_of(task)]
        yield Event(
            at=_recorded(update.provenance),
            title=f"Demande{french.NBSP}: {what[0].lower()}{what[1:]}",
            who=who,
            behalf=behalf,
            text=" ".join(filter(None, [f"{state}.", why, reason])),
            tone=tone,
            proof=update.proof,
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


def _identifiers(told: Told) -> Iterable[tuple[str, str]]:
    procedure = told.evidence.procedure
    return filled(
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


def _structure(report: ActReport) -> str:
    return f"la structure {report.organization.name}"


def _consent(consent: Resource) -> str:
    status: str = consent["status"]
    return words.CONSENTS.get(status, status)


def _source(evidence: ActEvidence, type_: str) -> Resource:
    return next(resource for reference, resource in evidence.sources.items() if reference.startswith(f"{type_}/"))
