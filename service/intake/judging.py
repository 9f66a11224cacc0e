"""Judge: each act by the law and its protocol on its own date, new, corrected or in error, and what a patient decides.

What each of them adds to the commit is gathered; the faults of all acts of a kind are told together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mappings.domain.kinds import KINDS
from mappings.fhir.act import ISSUED
from mappings.issues import Issue, Refused
from service.intake.acts import Accepted
from service.intake.addressees import Addressees
from service.intake.admission import ACTS
from service.intake.amending import Amended
from service.intake.asked import ActOutcome
from service.intake.awaited import as_recorded
from service.intake.cases import case_of, read_act
from service.intake.chains import chain_of
from service.intake.conditions import located, relocated
from service.intake.correction import Corrected, Correcting
from service.intake.decisions import Deciding
from service.intake.effect import Effect
from service.intake.placement import Placed, numbered
from service.intake.retraction import Retracted, Retracting
from service.intake.telling import Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """All that was found lawful."""

    #: Chain of the commit.
    chain: str
    effects: Sequence[Effect]
    acts: tuple[ActOutcome, ...]


def judge(placed: Sequence[Placed], acts: Sequence[Amended], telling: Telling) -> Judged:
    """``acts`` are those that the request corrects; ``Refused`` with what the law or a protocol does not allow."""
    corrected = _corrected(acts, placed, telling)
    retracted = _retracted(placed, telling)
    reports = (*(one.chain for one in retracted), *(one.chain for one in corrected))
    chain = chain_of(placed, reports, telling.knowledge)
    decided = _decided(placed, chain, telling)
    accepted = _accepted(placed, acts, chain, telling)
    return Judged(
        chain=chain,
        effects=(
            *(one.effect for one in accepted),
            *(one.effect for one in retracted),
            *(one.effect for one in corrected),
            *decided,
        ),
        acts=(*(one.outcome for one in accepted), *(one.outcome for one in corrected)),
    )


def _accepted(placed: Sequence[Placed], acts: Sequence[Amended], chain: str, telling: Telling) -> list[Accepted]:
    """Every new act of the request."""
    accepted, issues = list[Accepted](), list[Issue]()
    # What those that are corrected are made of is judged with them.
    claimed = {one.id for act in acts for one in act.parts}
    written = [p for p in placed if p.writes]
    for position, procedure in enumerate(written):
        if procedure.entry.type != "Procedure" or procedure.effect != "created":
            continue
        try:
            act = read_act(procedure, placed)
            claimed |= {one.id for one in act.prescriptions} | {one.id for one in act.dispenses}
            case = case_of(act, telling.knowledge, telling.catalogue, telling.now)
            instead = Addressees(store=telling.store, knowledge=telling.knowledge).instead_of(
                case.delegator, telling.now
            )
            exam = as_recorded(procedure, placed)
            accepted.append(
                telling.acceptance.accept(case, telling.knowledge, chain, telling.now, position, instead, exam)
            )
        except Refused as refusal:
            issues += relocated(refusal, procedure.entry)
    if not issues:
        issues = [*_orphans(written, claimed), *_latecomers(written)]
    if issues:
        raise Refused(issues)
    return accepted


def _orphans(written: Sequence[Placed], claimed: set[str]) -> list[Issue]:
    """What an act would issue, and no act of the request does."""
    return [
        Issue(
            "business-rule",
            located(p.entry.type, p.entry),
            f"Une {KINDS[type_].noun} déléguée se transmet avec l’acte (Procedure) qui la fonde.",
            "CSP L4011-2",
        )
        for p in written
        for type_ in ISSUED
        if p.entry.type == type_ and p.id not in claimed
    ]


def _latecomers(written: Sequence[Placed]) -> list[Issue]:
    """What would be added to an act already judged, and not corrected: all of it is judged together."""
    acts = {f"Procedure/{p.id}" for p in written if p.entry.type == "Procedure" and not p.retracts}
    return [
        Issue(
            "business-rule",
            located(f"{p.entry.type}.partOf[{n}]", p.entry),
            "Un élément d’examen se transmet avec l’acte (Procedure) auquel il est rattaché.",
            "CSP L4011-2",
        )
        for p in written
        if p.entry.type in ACTS and p.entry.type not in ISSUED
        for n, part_of in enumerate(p.resource.get("partOf", ()))
        if str(part_of.get("reference", "")).startswith("Procedure/") and part_of["reference"] not in acts
    ]


def _retracted(placed: Sequence[Placed], telling: Telling) -> list[Retracted]:
    """Every act of the request that was entered in error."""
    retracted = [(position, one) for position, one in numbered(placed) if one.retracts]
    if not retracted:
        return []
    retracting = Retracting(
        store=telling.store,
        ids=telling.ids,
        now=telling.now,
        rpps=telling.asked.rpps,
        addressing=telling.acceptance.addressing,
    )
    return [retracting.retract(one, position) for position, one in retracted]


def _corrected(acts: Sequence[Amended], placed: Sequence[Placed], telling: Telling) -> list[Corrected]:
    """Every act of the request that is corrected."""
    if not acts:
        return []
    correcting = Correcting(
        store=telling.store,
        acceptance=telling.acceptance,
        catalogue=telling.catalogue,
        knowledge=telling.knowledge,
        now=telling.now,
        rpps=telling.asked.rpps,
        reason=telling.asked.reason,
    )
    places = {(one.entry.type, one.id): position for position, one in numbered(placed)}
    corrected, issues = list[Corrected](), list[Issue]()
    for act in acts:
        try:
            corrected.append(correcting.correct(act, places["Procedure", act.procedure.id]))
        except Refused as refusal:
            issues += relocated(refusal, act.procedure.entry)
    if issues:
        raise Refused(issues)
    return corrected


def _decided(placed: Sequence[Placed], chain: str, telling: Telling) -> list[Effect]:
    """Every decision of a patient in the request, with what it ends."""
    decisions = [(position, one) for position, one in numbered(placed) if one.stays and one.entry.type == "Consent"]
    if not decisions:
        return []
    deciding = Deciding(
        store=telling.store,
        addressing=Addressees(store=telling.store, knowledge=telling.knowledge.beside()),
        ids=telling.ids,
        now=telling.now,
        rpps=telling.asked.rpps,
        chain=chain,
        told={(p.entry.type, p.id) for p in placed if p.writes},
    )
    return [deciding.decide(one, position) for position, one in decisions]
