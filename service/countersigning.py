"""A report countersigned by its délégant: a version of it that names them as authenticator, where the installation wants it.

No text says that reading an act validates its report; where the team holds it so, « prendre connaissance » countersigns.
Nothing is judged again: the act is the same, and its délégant vouches for what it says.
"""

from dataclasses import dataclass
from typing import Any

from mappings.cda import cda_refusals
from mappings.domain.reporting import Edition
from mappings.fhir.audit_event import act_amended
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.consent import consent_from_fhir
from mappings.fhir.json import parse
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.provenance import countersignature_provenance
from service.clients import refusals
from service.composition import Composition
from service.evidence import ActEvidence, evidence_of, report_from
from service.intake.destinations import addressed
from service.intake.effect import Effect
from service.intake.knowledge import Knowledge
from service.intake.reissue import FormerReport, Reissuing, former_of
from service.intake.sharing import sharing_of
from service.outbox.envelope import Document, Envelope
from service.showing import showing_of
from service.store.unit import StoredVersion
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersigned:
    """What it adds to the commit; the act's new version is its first write."""

    effect: Effect
    relied: tuple[tuple[str, str, int], ...]


def countersigned(composition: Composition, stored: StoredVersion, position: int) -> Countersigned:
    """``stored``: the act as it stands; ``position``: the place that its new version will have among the writes."""
    procedure = parse(stored.body)
    now, ids = composition.clock(), composition.ids
    evidence = evidence_of(composition.store, stored.id, stored.version)
    version = stored.version + 1
    made = stamped(procedure, version, now)
    former = former_of(composition.store, stored.id, version)
    knowledge = composition.intake.knowledge()
    addressing = composition.intake.acceptance.addressing
    reissuing = Reissuing(former=former, procedure=made, ids=ids, addressing=addressing, now=now)
    document, envelopes = _sent(composition, evidence, former, reissuing, knowledge, version)
    proof = stamped(
        countersignature_provenance(made, evidence.provenance, _names(evidence), id=ids(), recorded=now), 1, now
    )
    event = act_amended(made, id=ids(), enterer=proof["agent"][0], recorded=now, countersigned=True)
    return Countersigned(
        effect=Effect(
            writes=(
                write_of(made, version, previous=procedure),
                write_of(stamped(event, 1, now), 1),
                write_of_proof(proof, position),
            ),
            documents=(document,) if envelopes else (),
            envelopes=envelopes,
            settlements=reissuing.settlements() if envelopes else (),
            stands_on=reissuing.stands_on(),
        ),
        relied=tuple((*key, number) for key, number in knowledge.relied.items()),
    )


def _sent(
    composition: Composition,
    evidence: ActEvidence,
    former: FormerReport,
    reissuing: Reissuing,
    knowledge: Knowledge,
    version: int,
) -> tuple[Document, tuple[Envelope, ...]]:
    """The new version and who has it; nobody when it could not be said."""
    procedure, addressing, now = reissuing.procedure, reissuing.addressing, reissuing.now
    chain = former.chain or procedure["performer"][0]["onBehalfOf"]["reference"].partition("/")[2]
    act = f"Procedure/{procedure['id']}/_history/{version}"
    document = former.document(act, chain, now, reissuing.ids, addressing)
    edition = Edition(version=document.version, replaces=former.replaced(), countersigned_at=now)
    report = report_from(evidence, composition.catalogue, document, edition=edition)
    inclusion = knowledge.reading(
        "CarePlan", procedure["basedOn"][0]["reference"].partition("/")[2], inclusion_from_fhir
    )
    consent = knowledge.reading("Consent", inclusion.consent_id, consent_from_fhir) if inclusion else None
    patient = knowledge.reading("Patient", report.patient.id, patient_from_fhir) or report.patient
    delegator = knowledge.reading("Practitioner", report.delegator.id, practitioner_from_fhir) or report.delegator
    recipients, _ = addressed(
        patient,
        delegator,
        sharing_of(patient.id, knowledge),
        showing_of(composition.store, str(procedure["id"])).visibility,
        consents=consent is not None and consent.holds,
        shared_record=former.road(addressing.shared_record),
    )
    envelopes = reissuing.envelopes(document, recipients)
    unsayable = cda_refusals(report) or refusals(report, envelopes, nil=addressing.nil)
    return document, () if unsayable else envelopes


def _names(evidence: ActEvidence) -> list[str]:
    """All that the act is made of and rests on, by version."""
    own = [f"{one['resourceType']}/{one['id']}/_history/{one['meta']['versionId']}" for one in evidence.told[1:]]
    return [*evidence.sources, *own]
