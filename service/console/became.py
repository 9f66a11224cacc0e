"""What became of an act and of its report, as events: corrected, countersigned, sealed, shown otherwise, in error. Pure."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from mappings.domain.report import ActReport
from mappings.fhir.provenance import countersigned_at, reason_of
from mappings.fhir.update_task import change_of, reason_asked
from service.console import french, words
from service.console.adverse import reported
from service.console.enterer import enterer, why_of
from service.console.sendings import SOFTWARE
from service.console.traced import Amendment, Event, Retraction, Told, Update

Resource = dict[str, Any]


def adverse(event: Resource, report: ActReport) -> Event:
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


def versions(told: Told) -> Iterator[Event]:
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
                behalf=structure(told.report),
                text="Le document ne change plus : chaque envoi porte les mêmes octets.",
            )


def updated(update: Update, report: ActReport) -> Iterator[Event]:
    """What was asked of how the report shows, by whom, why, and what became of it."""
    who, behalf = enterer(update.provenance["agent"][0], report)
    for task in update.tasks:
        state, tone = words.ASKED[task["status"]]
        why = task.get("statusReason", {}).get("text", "")
        reason = f"Motif{french.NBSP}: «{french.NBSP}{reason_asked(task)}{french.NBSP}»"
        what = words.CHANGES[change_of(task)]
        yield Event(
            at=recorded(update.provenance),
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
        at=recorded(amendment.provenance),
        title="Compte rendu contresigné"
        if countersigned
        else f"Acte corrigé{french.NBSP}: version {amendment.version}",
        who=who,
        behalf=behalf,
        text=f"Motif{french.NBSP}: «{french.NBSP}{reason}{french.NBSP}»" if reason else "",
        tone="done" if countersigned else "alert",
        proof=amendment.proof,
    )


def retracted(retraction: Retraction, told: Told) -> Event:
    who, behalf = enterer(retraction.provenance["agent"][0], told.report)
    why = why_of(told.evidence.procedure, retraction.procedure)
    return Event(
        at=recorded(retraction.provenance),
        title=f"Acte annulé{french.NBSP}: saisi par erreur",
        who=who,
        behalf=behalf,
        text=f"Motif{french.NBSP}: «{french.NBSP}{why}{french.NBSP}»" if why else "",
        tone="alert",
        proof=retraction.proof,
    )


def recorded(provenance: Resource) -> dt.datetime:
    return dt.datetime.fromisoformat(provenance["recorded"])


def structure(report: ActReport) -> str:
    return f"la structure {report.organization.name}"
