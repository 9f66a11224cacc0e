"""An act corrected: its new version judged again on its own day, proved, told to its délégant, sent to whoever had it.

What was done was done: a correction that shows that the act ought not to have been done is kept, and the délégant has the
patient back by a task. What a correction may not say is refused.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.cda import cda_refusals
from mappings.domain.act import DelegatedAct
from mappings.domain.protocol import Protocol
from mappings.domain.reporting import Edition, report_of
from mappings.fhir.act import BELONGINGS, ISSUED, act_from_fhir, is_in_error, protocol_of
from mappings.fhir.audit_event import act_amended
from mappings.fhir.json import parse
from mappings.fhir.provenance import correction_provenance
from mappings.fhir.task import Duty, TaskCode, task_for
from mappings.issues import Issue, Refused
from service.clients import refusals
from service.finding import found
from service.intake.acts import Acceptance, sources_of
from service.intake.addressees import Addressee, Addressees
from service.intake.amending import Amended
from service.intake.asked import ActOutcome
from service.intake.cases import case_of
from service.intake.destinations import addressed
from service.intake.effect import Effect
from service.intake.knowledge import Knowledge
from service.intake.reissue import Reissuing, former_of
from service.intake.sharing import sharing_of
from service.rules import OF_A_CORRECTION, RULES, faults
from service.rules.case import Case, Settled
from service.showing import showing_of
from service.store import Store
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]

_REREAD: Final = "Acte corrigé : une nouvelle version est à lire."
_REVEALED: Final = (
    "Acte corrigé : tel qu’il est maintenant décrit, le protocole ne l’autorisait pas, ou ne permet pas de le dire. "
    "Le patient est à revoir par le délégant."
)
_LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """One corrected act: what it adds to the commit, and what its caller is told."""

    #: Chain of the act's report; empty when the act has none.
    chain: str
    effect: Effect
    outcome: ActOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """What it takes: ``rpps`` is of the professional who was identified, empty when nobody was; ``reason`` is why."""

    store: Store
    acceptance: Acceptance
    catalogue: Mapping[str, Protocol]
    knowledge: Knowledge
    now: dt.datetime
    rpps: str
    reason: str

    def correct(self, amended: Amended, position: int) -> Corrected:
        """``position`` is the place of the act's new version among the writes of the commit."""
        procedure = amended.procedure.resource
        former = former_of(self.store, procedure["id"], amended.procedure.version)
        chain = former.chain or procedure["performer"][0]["onBehalfOf"]["reference"].partition("/")[2]
        parts = self._parts(amended)
        _refuse_orphans(parts)
        act = _act(procedure, [one for one in parts if not is_in_error(one)])
        self._refuse_others(act)
        case = case_of(act, self.knowledge, self.catalogue, self.now)
        settled = _settled(case)
        revealed = faults(case, tuple(rule for rule in RULES if rule not in OF_A_CORRECTION))
        ids, addressing = self.acceptance.ids, self.acceptance.addressing
        version = f"Procedure/{act.id}/_history/{amended.procedure.version}"
        document = former.document(version, chain, self.now, ids, addressing)
        report = report_of(
            act,
            settled.protocol,
            patient=settled.patient,
            delegatee=settled.delegatee_practitioner,
            delegator=settled.delegator_practitioner,
            organization=settled.organization,
            unique_id=document.unique_id,
            set_id=document.set_id,
            created_at=self.now,
            coded=False,
            edition=Edition(version=document.version, replaces=former.replaced(), reason=self.reason),
        )
        recipients, withheld = addressed(
            settled.patient,
            settled.delegator_practitioner,
            sharing_of(settled.patient.id, self.knowledge),
            showing_of(self.store, act.id).visibility,
            consents=case.consent is not None and case.consent.holds,
            shared_record=former.road(addressing.shared_record),
        )
        reissuing = Reissuing(former=former, procedure=procedure, ids=ids, addressing=addressing, now=self.now)
        envelopes = reissuing.envelopes(document, recipients)
        unsayable = cda_refusals(report) or refusals(report, envelopes, nil=addressing.nil)
        if unsayable:
            raise Refused(dict.fromkeys(unsayable))
        tasks = list(self._duties(act, case, revealed=bool(revealed)))
        mended = reissuing.tasks(recipients, withheld, [one.destination for one in envelopes])
        provenance = self._provenance(amended, parts, case, settled)
        event = act_amended(procedure, id=ids(), enterer=provenance["agent"][0], recorded=self.now)
        return Corrected(
            chain=former.chain,
            effect=Effect(
                writes=[
                    *(write_of(stamped(one, 1, self.now), 1) for one in (*tasks, event)),
                    *mended,
                    write_of_proof(stamped(provenance, 1, self.now), position),
                ],
                documents=(document,) if envelopes else (),
                envelopes=envelopes,
                settlements=reissuing.settlements(),
                stands_on=reissuing.stands_on(),
            ),
            outcome=ActOutcome(
                procedure_id=act.id,
                identifier=act.identifier,
                task_ids=tuple(str(task["id"]) for task in tasks),
                provenance_id=str(provenance["id"]),
                deliveries=tuple((one.destination, one.id) for one in envelopes),
                withheld=tuple(one for one in withheld if one.destination in former.last),
            ),
        )

    def _refuse_others(self, act: DelegatedAct) -> None:
        issues = []
        if not self.reason.strip() or len(self.reason) > _LONGEST_REASON:
            text = (
                "Une correction dit son motif, en 500 caractères au plus : élément reason[0].text d’une Provenance, dans "
                "l’en-tête X-Provenance (FHIR), ou élément reason (format à plat)."
            )
            issues.append(Issue("required", "Provenance.reason", text, "Binôme, correction d’un acte"))
        if self.rpps and self.rpps not in (act.delegatee_rpps, act.delegator_rpps):
            text = "Seul le délégué qui a fait l’acte, ou le délégant pour qui il l’a fait, peut le corriger."
            issues.append(Issue("forbidden", "Procedure.performer", text, "CSP L4011-1"))
        if issues:
            raise Refused(issues)

    def _parts(self, amended: Amended) -> list[Resource]:
        """All that belongs to the act once corrected, in error too: on record, what this request says laid over it."""
        me = amended.procedure.id
        on_record = [
            parse(stored.body)
            for type_, param in BELONGINGS.items()
            for stored in found(self.store, type_, [(param, "Procedure", me)])
        ]
        told = {(one.entry.type, one.id): one.resource for one in amended.parts}
        both = {(one["resourceType"], one["id"]): one for one in on_record} | told
        return list(both.values())

    def _duties(self, act: DelegatedAct, case: Case, *, revealed: bool) -> Iterable[Resource]:
        """The délégant reads the new version, unless it is theirs or the former is still to be read."""
        about = [("focus", "Procedure", act.id)]
        tasks = (parse(one.body) for one in found(self.store, "Task", about, [("status", "", "requested")]))
        waiting = {one["code"]["coding"][0]["code"] for one in tasks}
        instead = Addressees(store=self.store, knowledge=self.knowledge).instead_of(case.delegator, self.now)
        if revealed and "reorient" not in waiting:
            yield self._task(act, case, "reorient", _REVEALED, instead)
        if "acknowledge" not in waiting and self.rpps != act.delegator_rpps:
            yield self._task(act, case, "acknowledge", _REREAD, instead)

    def _task(self, act: DelegatedAct, case: Case, code: TaskCode, reason: str, instead: Addressee | None) -> Resource:
        duty = Duty(
            id=self.acceptance.ids(),
            code=code,
            visit=act.identifier,
            authored=self.now,
            until=self.now + self.acceptance.time_for(code, case),
            fictitious=case.is_fictitious,
            reason=reason,
            reason_code="exclusion-other" if code == "reorient" else "",
        )
        task = task_for(act, duty)
        return instead.takes(task, self.now) if instead else task

    def _provenance(self, amended: Amended, parts: Sequence[Resource], case: Case, settled: Settled) -> Resource:
        procedure = amended.procedure.resource
        changed = [one.resource for one in amended.parts]
        names = {(one["resourceType"], one["id"]) for one in changed}
        stays = [one for one in parts if not is_in_error(one) and (one["resourceType"], one["id"]) not in names]
        sources = [self.knowledge.versioned(*key) for key in sources_of(case.act, settled, None)]
        sources += [f"{one['resourceType']}/{one['id']}/_history/{one['meta']['versionId']}" for one in stays]
        return correction_provenance(
            procedure,
            id=self.acceptance.ids(),
            changed=changed,
            sources=sources,
            texts=[text.url for text in settled.protocol.references if text.url],
            judgement=case.judgement,
            rpps=self.rpps,
            policy=protocol_of(procedure),
            reason=self.reason,
            recorded=self.now,
        )


def _refuse_orphans(parts: Sequence[Resource]) -> None:
    """What is dispensed answers no prescription that was never made."""
    never = {f"{one['resourceType']}/{one['id']}" for one in parts if is_in_error(one)}
    dispenses = [one for one in parts if one["resourceType"] == "MedicationDispense" and not is_in_error(one)]
    issues = [
        Issue(
            "business-rule",
            f"MedicationDispense[{n}].authorizingPrescription[{i}]",
            "Cette délivrance répond à une prescription annulée, saisie par erreur : elle en désigne une autre, ou aucune.",
            "CSP L4011-2",
        )
        for n, one in enumerate(dispenses)
        for i, reference in enumerate(one.get("authorizingPrescription", ()))
        if str(reference.get("reference", "")).partition("/_history/")[0] in never
    ]
    if issues:
        raise Refused(issues)


def _act(procedure: Resource, parts: Sequence[Resource]) -> DelegatedAct:
    by_type: dict[str, list[Resource]] = {}
    for one in parts:
        by_type.setdefault(one["resourceType"], []).append(one)
    issued = [one for kind in ISSUED for one in by_type.get(kind, ())]
    return act_from_fhir(procedure, by_type.get("QuestionnaireResponse", ()), by_type.get("Observation", ()), issued)


def _settled(case: Case) -> Settled:
    """What the case rests on; ``Refused`` with what a correction may not say, or when a part of it is not on record."""
    found_faults = faults(case, OF_A_CORRECTION)
    if found_faults:
        raise Refused(found_faults)
    try:
        return case.settled()
    except LookupError:
        raise Refused(faults(case)) from None
