"""Each link of the trace of one act: what came before it, what was recorded, sent and read, what is left to do. Pure."""

import datetime as dt
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from service.console import french, words
from service.console.became import adverse, recorded, retracted, structure, updated, versions
from service.console.decisions import decided_since, informed
from service.console.sendings import SOFTWARE, attempt_event
from service.console.traced import Event, Told
from service.console.views import code_of, comment_of, duty_view
from service.evidence import ActEvidence
from service.store.inbound import Standing

Resource = dict[str, Any]


#: What a task of the structure about an act is called, by its code.
_REPAIRS = {
    "resolve-delivery": "Envoi confié à la structure",
    "withdraw-report": "Retrait du compte rendu confié à la structure",
    "read-reply": "Réponse à lire par la structure",
}


def timeline(told: Told) -> Iterator[Event]:
    """What came before in the order of care, the rest in the order of time, what is to come last."""
    yield from _before(told)
    yield from sorted(_after(told), key=attrgetter("at"))
    yield from _to_come(told)


def _before(told: Told) -> Iterator[Event]:
    """What came before the record, in the order of care."""
    report, evidence = told.report, told.evidence
    consent, inclusion = source(evidence, "Consent"), source(evidence, "CarePlan")
    patient = f"{report.patient.birth_family} {report.patient.birth_given}"
    delegatee, delegator = french.name(report.delegatee), french.name(report.delegator)
    information = informed(consent)
    if information:
        yield Event(
            at=information.at, title=information.title, who=patient, text=information.text, under_protocol=False
        )
    yield Event(
        at=dt.datetime.fromisoformat(consent["dateTime"]),
        title=f"Consentement aux soins délégués {consent_said(consent)}",
        who=patient,
        text=f"Recueilli par {structure(report)}.",
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
        at=recorded(told.first),
        title="Acte enregistré",
        who=french.name(report.delegatee),
        behalf=french.name(report.delegator),
        text="Contrôlé selon le droit et le protocole en vigueur à la date de l’acte.",
        proof=told.proof,
    )
    yield from versions(told)
    for update in told.updates:
        yield from updated(update, report)
    if told.retraction:
        yield retracted(told.retraction, told)
    for said in decided_since(source(evidence, "Consent"), told.consent):
        who = f"{report.patient.birth_family} {report.patient.birth_given}"
        yield Event(at=said.at, title=said.title, who=who, text=said.text, under_protocol=False, tone="alert")
    for event in told.adverse:
        yield adverse(event, report)
    for sent in told.sent:
        for attempt in sent.attempts:
            yield attempt_event(sent.envelope, attempt, structure(report))
    yield from _mails(told)
    yield from _repairs(told)
    yield from _replies(told)
    yield from _moves(told)
    yield from _readings(told)


def _mails(told: Told) -> Iterator[Event]:
    """What came by mail about the act."""
    for mail in told.mails:
        yield Event(
            at=mail.kept,
            title=f"Messagerie{french.NBSP}: {words.MAILS.get(mail.kind, mail.kind)}",
            who="Un correspondant",
            text=words.set_aside(mail.code),
            tone="alert" if mail.state is Standing.QUARANTINED else "done",
        )


def _repairs(told: Told) -> Iterator[Event]:
    """What was given to the structure to do."""
    for repair in told.repairs:
        yield Event(
            at=dt.datetime.fromisoformat(repair["authoredOn"]),
            title=_REPAIRS[code_of(repair)],
            who=SOFTWARE,
            behalf=structure(told.report),
            text=repair.get("reasonCode", {}).get("text", ""),
            tone="alert" if repair["status"] == "requested" else "done",
        )


def _replies(told: Told) -> Iterator[Event]:
    """Answers that the structure read."""
    for reply in told.read:
        at = dt.datetime.fromisoformat(reply.task["executionPeriod"]["end"])
        yield Event(at=at, title="Réponse lue", who=reply.who, behalf=structure(told.report), proof=reply.proof)


def _moves(told: Told) -> Iterator[Event]:
    """A reading that was given to somebody else than the délégant."""
    moves = {(note["time"], note["text"]): None for task in told.tasks for note in task.get("note", ())}
    for at, text in moves:
        moved = "Lecture adressée à un autre que le délégant"
        yield Event(at=dt.datetime.fromisoformat(at), title=moved, who=SOFTWARE, text=text, tone="waiting")


def _readings(told: Told) -> Iterator[Event]:
    """The délégant's own, of the act."""
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


def consent_said(consent: Resource) -> str:
    """Its state, in words."""
    status: str = consent["status"]
    return words.CONSENTS.get(status, status)


def source(evidence: ActEvidence, type_: str) -> Resource:
    """The one resource of a type that the act rested on."""
    return next(resource for reference, resource in evidence.sources.items() if reference.startswith(f"{type_}/"))
