"""What the page of one act shows: its report, what it rested on, where it was sent, each link of its trace. Pure, as ``views``."""

from collections.abc import Iterable

from mappings.domain.report_judged import judged
from mappings.domain.time import french_day
from mappings.fhir.execution import execution_from
from service.console import french
from service.console.became import recorded
from service.console.sendings import deliveries, filled
from service.console.timeline import consent_said, source, timeline
from service.console.traced import Told, TraceView
from service.console.views import duty_view, patient_view


def trace_view(told: Told) -> TraceView:
    report, evidence = told.report, told.evidence
    procedure = evidence.procedure
    consent = source(evidence, "Consent")
    return TraceView(
        id=procedure["id"],
        text=procedure["code"]["text"],
        performed=procedure["status"] == "completed",
        in_error_since=recorded(told.retraction.provenance) if told.retraction else None,
        patient=patient_view(report.patient, french_day(report.start)),
        patient_id=report.patient.id,
        start=report.start,
        end=report.end,
        delegatee=french.name(report.delegatee),
        delegator=french.name(report.delegator),
        organization=report.organization.name,
        protocol=report.protocol_title,
        protocol_version=report.protocol_version,
        consent=consent_said(consent),
        consent_version=consent["meta"]["versionId"],
        duty=duty_view(told.tasks, told.now),
        sections=report.sections,
        judged=judged(execution_from(evidence.provenance), told.protocol),
        deliveries=tuple(deliveries(told.sent, told.road)),
        events=tuple(timeline(told)),
        identifiers=tuple(_identifiers(told)),
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
