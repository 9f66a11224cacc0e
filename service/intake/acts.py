"""One delegated act, judged: all that its acceptance brings into being."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mappings.cda import cda_refusals
from mappings.domain.act import DelegatedAct
from mappings.domain.reporting import RECOURSES, report_of
from mappings.fhir.audit_event import act_recorded
from mappings.fhir.provenance import act_provenance
from mappings.fhir.task import Duty, task_for
from mappings.issues import Refused
from service.clients import refusals
from service.clock import Identifiers
from service.intake.addressees import Addressee
from service.intake.asked import ActOutcome
from service.intake.destinations import Addressing, addressed, document_for, envelope_for
from service.intake.effect import Effect
from service.intake.knowledge import Knowledge
from service.intake.sharing import sharing_of
from service.rules import faults
from service.rules.case import Case, Settled
from service.store.unit import Write
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One accepted act: what it adds to the commit, and what its caller is told."""

    effect: Effect
    outcome: ActOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What accepting acts needs besides the act itself."""

    ids: Identifiers
    addressing: Addressing
    #: How long the délégant has to read; the protocol gives no figure, the team does.
    reading_time: dt.timedelta

    def accept(
        self,
        case: Case,
        knowledge: Knowledge,
        chain: str,
        now: dt.datetime,
        position: int,
        instead: Addressee | None = None,
        exam: Sequence[str] = (),
    ) -> Accepted:
        """The act's companions and envelopes; ``Refused`` with every fault of the law or of the documents.

        ``position`` is the place of the Procedure among the writes of the commit, ``instead`` is who has the tasks of
        the délégant, who is away; ``exam`` names the versions of what was on record before the act.
        """
        found = faults(case)
        if found:
            raise Refused(found)
        act, on_record = case.act, case.settled()
        version = f"Procedure/{act.id}/_history/1"
        document = document_for(version, chain, now, self.ids, self.addressing)
        report = report_of(
            act,
            on_record.protocol,
            patient=on_record.patient,
            delegatee=on_record.delegatee_practitioner,
            delegator=on_record.delegator_practitioner,
            organization=on_record.organization,
            unique_id=document.unique_id,
            set_id=document.set_id,
            created_at=now,
            coded=False,
        )
        recipients, withheld = addressed(
            on_record.patient,
            on_record.delegator_practitioner,
            sharing_of(on_record.patient.id, knowledge),
            report.visibility,
            consents=case.consent is not None and case.consent.holds,
            shared_record=self.addressing.shared_record,
        )
        envelopes = tuple(
            envelope_for(document, destination, recipient, self.ids, self.addressing)
            for destination, recipient in recipients.items()
        )
        # What cannot be said is the caller's answer now, not a dead letter tonight.
        unsayable = cda_refusals(report) or refusals(report, envelopes, nil=self.addressing.nil)
        if unsayable:
            raise Refused(dict.fromkeys(unsayable))
        writes, tasks, provenance = self._companions(case, on_record, knowledge, now, position, instead, exam)
        return Accepted(
            effect=Effect(writes=writes, documents=(document,) if envelopes else (), envelopes=envelopes),
            outcome=ActOutcome(
                procedure_id=act.id,
                identifier=act.identifier,
                task_ids=tasks,
                provenance_id=provenance,
                deliveries=tuple((e.destination, e.id) for e in envelopes),
                withheld=tuple(withheld),
            ),
        )

    def _companions(
        self,
        case: Case,
        on_record: Settled,
        knowledge: Knowledge,
        now: dt.datetime,
        position: int,
        instead: Addressee | None,
        exam: Sequence[str],
    ) -> tuple[tuple[Write, ...], tuple[str, ...], str]:
        act, fictitious = case.act, case.is_fictitious
        taken_over = act.status != "completed" or act.recourse == "take-over"
        codes: tuple[Any, ...] = ("acknowledge", "reorient") if taken_over else ("acknowledge",)
        tasks = [
            task_for(
                act,
                Duty(
                    id=self.ids(),
                    code=code,
                    visit=act.identifier,
                    authored=now,
                    until=now + self.time_for(code, case),
                    fictitious=fictitious,
                    reason=RECOURSES.get(act.recourse, ""),
                    reason_code=act.status_reason if code == "reorient" else "",
                ),
            )
            for code in codes
        ]
        if instead:
            tasks = [instead.takes(task, now) for task in tasks]
        provenance = stamped(
            act_provenance(
                act,
                id=self.ids(),
                recorded=now,
                sources=[*(knowledge.versioned(*key) for key in sources_of(act, on_record, instead)), *exam],
                texts=[text.url for text in on_record.protocol.references if text.url],
                judgement=case.judgement,
                fictitious=fictitious,
                recipient=_recipient(act, instead),
            ),
            1,
            now,
        )
        event = act_recorded(act, id=self.ids(), recorded=now, fictitious=fictitious)

        writes = [write_of(stamped(resource, 1, now), 1) for resource in (*tasks, event)]
        writes.append(write_of_proof(provenance, position))
        return tuple(writes), tuple(str(task["id"]) for task in tasks), str(provenance["id"])

    def time_for(self, code: str, case: Case) -> dt.timedelta:
        """A recourse is answered within the time that the team has agreed on, when it has; an act is read in days."""
        agreed = case.team.arrangement.response if case.team and code == "reorient" else None
        return agreed or self.reading_time


def _recipient(act: DelegatedAct, instead: Addressee | None) -> Resource | None:
    """Who has the tasks, in the proof: a team is no agent (Provenance, R4), its structure is."""
    if instead is None:
        return None
    return instead.owner if instead.enrolment else {"reference": f"Organization/{act.organization_id}"}


def sources_of(act: DelegatedAct, on_record: Settled, instead: Addressee | None) -> list[tuple[str, str]]:
    """What an act rested on, in the order in which a reader asks: consent, inclusion, who, where, for whom."""
    return [
        ("Consent", on_record.inclusion.consent_id),
        ("CarePlan", on_record.inclusion.id),
        ("CareTeam", on_record.inclusion.team_id),
        ("PractitionerRole", on_record.delegatee.id),
        ("PractitionerRole", on_record.delegator.id),
        ("Practitioner", on_record.delegatee.practitioner_id),
        ("Practitioner", on_record.delegator.practitioner_id),
        ("Organization", act.organization_id),
        ("Patient", act.patient_id),
        *([("PractitionerRole", instead.enrolment.id)] if instead and instead.enrolment else []),
    ]
