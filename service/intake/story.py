"""The story itself: place, check, judge, complete, commit."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final

from mappings.domain.cooperation import Enrolment
from mappings.domain.kinds import KINDS
from mappings.domain.protocol import Protocol
from mappings.domain.time import french_day
from mappings.fhir.act import BELONGINGS, ISSUED, changing, changing_part
from mappings.fhir.adverse_event import adverse_event_from_fhir
from mappings.fhir.answering import reading_at
from mappings.fhir.arranging import arranging
from mappings.fhir.bundle import Entry
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.consent import consent_from_fhir, sharing_from_fhir
from mappings.fhir.decision import deciding
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.structure import check
from mappings.issues import Issue, Refused
from service.clock import Clock, Identifiers
from service.intake.acts import Acceptance, Accepted, case_of, read_act
from service.intake.addressees import Addressees, inclusions_without_delegator
from service.intake.adverse import Reporting
from service.intake.amending import Amended, amended, with_new_versions
from service.intake.arranging import arrangements, refuse_twice_told
from service.intake.asked import Answer, Asked, Outcome, Result
from service.intake.awaited import as_recorded, out_of_turn, taken
from service.intake.belonging import of_others
from service.intake.chains import chain_of
from service.intake.claims import Freed, check_lengths, claims, frees, identifiers, scope
from service.intake.conditions import located
from service.intake.correction import Corrected, Correcting
from service.intake.decisions import Deciding
from service.intake.deletion import in_the_way
from service.intake.effect import Effect, together
from service.intake.enrolling import enrolments_in_order
from service.intake.knowledge import Knowledge, Readings
from service.intake.placement import ACTS, Keep, Placed, Placing, admission, dangling, place
from service.intake.protocol_life import begun_while_suspended
from service.intake.replies import ReadingReplies
from service.intake.retraction import Retracted, Retracting
from service.intake.teams import team_writes
from service.store import Store
from service.store.unit import Fenced, Repeated, RequestClaim, Stale, Unit, Write
from service.writes import deletion_of, write_of

Resource = dict[str, Any]

#: How often a decision is made anew when what it rested on has changed under it.
_TURNS: Final = 8


class Forbidden(Refused):
    """The caller may not write it, whatever it says."""


def _consent(resource: Resource) -> object:
    """Care consent and sharing consent are two things under one FHIR type."""
    scopes = [c.get("code") for c in resource.get("scope", {}).get("coding", ())]
    return sharing_from_fhir(resource) if "patient-privacy" in scopes else consent_from_fhir(resource)


#: What each type that stands by itself must say; acts are read whole, with their exam.
READERS: Final[Mapping[str, Callable[[Resource], object]]] = {
    "Patient": patient_from_fhir,
    "Practitioner": practitioner_from_fhir,
    "Organization": organization_from_fhir,
    "PractitionerRole": enrolment_from_fhir,
    "Consent": _consent,
    "CarePlan": inclusion_from_fhir,
    "AdverseEvent": adverse_event_from_fhir,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Story one, with what it is given: store, protocols, clock, identifiers."""

    store: Store
    catalogue: Mapping[str, Protocol]
    clock: Clock
    acceptance: Acceptance
    readings: Readings
    #: By type: what is kept of a resource whose elements are not all the client's.
    keep: Mapping[str, Keep] = field(default_factory=dict)
    #: What the caller may not write, of entries in their place; a caller of the whole installation may write all.
    forbids: Callable[[Sequence[Placed]], Sequence[Issue]] = lambda placed: ()
    #: Held by a request that decides again.
    overtaken: Lock = field(default_factory=Lock, repr=False)

    @property
    def ids(self) -> Identifiers:
        return self.acceptance.ids

    def knowledge(self) -> Knowledge:
        """What is on record, for a door that must know it before it can tell what is submitted."""
        return Knowledge(self.store, self.readings)

    def submit(self, entries: Sequence[Entry], asked: Asked) -> Answer:
        """Do all that ``entries`` ask, or nothing; the same request again gets the first answer again."""
        freed: Freed = {}
        overtaken: set[tuple[str, str]] = set()
        for turn in range(_TURNS):
            try:
                # Of those who change one thing at once, one wins: the others of this process then go one by one.
                with self.overtaken if turn else nullcontext():
                    return self._turn(entries, asked, freed)
            except (Stale, Fenced):
                continue
            except Forbidden:
                raise  # not even an answer that was given to somebody else
            except Refused:
                # What was accepted once is not judged again: its first answer stands. A new request is spared the look-up.
                earlier = self._earlier(entries, asked)
                if earlier is None:
                    raise
                return earlier
            except Repeated as repeated:
                if frees(repeated.claim, self.store, freed):
                    continue
                answer = self._repeat(repeated.claim, asked, same=repeated.same, entries=entries)
                if answer is not None:
                    return answer
                pair = (repeated.claim.scope, repeated.claim.key)
                if pair in overtaken:
                    # The condition was asked again, and does not find the bearer: it never will.
                    raise Refused(_BORNE) from None
                overtaken.add(pair)
        raise Refused(
            Issue(
                "transient",
                "",
                "Ce que la demande modifie ne cesse de changer ; elle peut être présentée de nouveau.",
                "FHIR R4, http.html#concurrency",
            )
        )

    def _turn(self, entries: Sequence[Entry], asked: Asked, freed: Freed) -> Answer:
        now = self.clock()
        knowledge = self.knowledge()
        _check_entries(entries, trusted=asked.trusted)
        placed = place(
            entries,
            Placing(
                knowledge=knowledge,
                store=self.store,
                ids=self.ids,
                now=now,
                keep={**_KEEP, "Task": reading_at(now), **self.keep},
                matching=asked.matching,
                base=asked.base,
                creates_by_update=asked.creates_by_update,
            ),
        )
        before = taken(placed, knowledge, self.store, now)
        if forbidden := self.forbids([*placed, *before]):
            raise Forbidden(forbidden)
        if any(p.entry.type == "Procedure" and not p.writes for p in placed):
            # A twin came between the look-up and the placing: its answer is this one's.
            earlier = self._earlier(entries, asked)
            if earlier is not None:
                return earlier
        _check_types(placed)
        check_lengths(placed)
        acts = amended(placed, knowledge, now)
        # A correction of what belongs to an act is a version of the act, whether it is asked for by itself or not.
        told, placed = placed, [*with_new_versions(placed, acts), *before]
        its_writes = [_write(p) if p.writes else None for p in placed]
        corrected = self._correct_acts(acts, placed, asked, knowledge, now)
        retracted = self._retract_acts(placed, asked, now)
        chain = chain_of(placed, [*(one.chain for one in retracted), *(one.chain for one in corrected)], knowledge)
        decided = self._decide(placed, asked, chain, now)
        accepted = self._accept_acts(placed, acts, knowledge, chain, now)
        loose = dangling(placed, knowledge)
        loose += in_the_way(placed, self.store)
        loose += of_others(placed, knowledge)
        loose += out_of_turn(told, knowledge)
        loose += enrolments_in_order(placed, knowledge, french_day(now))
        loose += inclusions_without_delegator(placed, knowledge, self.store)
        loose += begun_while_suspended(placed, knowledge, self.catalogue)
        if loose:
            raise Refused(loose)
        reading = ReadingReplies(store=self.store, knowledge=knowledge, ids=self.ids, now=now, rpps=asked.rpps)
        teams = list(team_writes(_enrolments(placed), knowledge, self.store, now))
        refuse_twice_told(placed, teams)
        effect = together(
            [
                # First: the proofs name these by their places.
                Effect(writes=[write for write in its_writes if write]),
                *(one.effect for one in accepted),
                *(one.effect for one in retracted),
                *(one.effect for one in corrected),
                *decided,
                *self._report(placed, asked, knowledge, now),
                arrangements(placed, self.ids, asked.rpps, now),
                *reading.effects(placed),
                Effect(writes=teams),
            ]
        )
        outcome = Outcome(
            results=tuple(_result(p, write) for p, write in list(zip(placed, its_writes, strict=True))[: len(told)]),
            recorded=now,
            acts=(*(one.outcome for one in accepted), *(one.outcome for one in corrected)),
        )
        body = asked.render(outcome)
        status = 201 if any(p.writes for p in placed) else 200
        self.store.commit(
            Unit(
                chain=chain,
                recorded=now,
                relies_on=tuple((*key, version) for key, version in knowledge.relied.items()),
                requests=tuple(claims(placed, asked, status, body, freed)),
                writes=tuple(effect.writes),
                documents=tuple(effect.documents),
                envelopes=tuple(effect.envelopes),
                stands_on=tuple(effect.stands_on),
                settlements=tuple(effect.settlements),
            )
        )
        return Answer(status=status, body=body, outcome=outcome)

    def _accept_acts(
        self, placed: Sequence[Placed], acts: Sequence[Amended], knowledge: Knowledge, chain: str, now: dt.datetime
    ) -> list[Accepted]:
        """Every new act of the request, judged; the faults of all of them are told together."""
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
                case = case_of(act, knowledge, self.catalogue, now)
                instead = Addressees(store=self.store, knowledge=knowledge).instead_of(case.delegator, now)
                accepted.append(
                    self.acceptance.accept(
                        case, knowledge, chain, now, position, instead, as_recorded(procedure, placed)
                    )
                )
            except Refused as refusal:
                issues += [_relocated(issue, procedure.entry) for issue in refusal.issues]
        if not issues:
            issues = [
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
            issues += _latecomers(written)
        if issues:
            raise Refused(issues)
        return accepted

    def _retract_acts(self, placed: Sequence[Placed], asked: Asked, now: dt.datetime) -> list[Retracted]:
        """Every act of the request that was entered in error."""
        retracted = [(position, one) for position, one in _written(placed) if one.retracts]
        if not retracted:
            return []
        addressing = self.acceptance.addressing
        retracting = Retracting(store=self.store, ids=self.ids, now=now, rpps=asked.rpps, addressing=addressing)
        return [retracting.retract(one, position) for position, one in retracted]

    def _correct_acts(
        self, acts: Sequence[Amended], placed: Sequence[Placed], asked: Asked, knowledge: Knowledge, now: dt.datetime
    ) -> list[Corrected]:
        """Every act of the request that is corrected; the faults of all of them are told together."""
        correcting = Correcting(
            store=self.store,
            acceptance=self.acceptance,
            catalogue=self.catalogue,
            knowledge=knowledge,
            now=now,
            rpps=asked.rpps,
            reason=asked.reason,
        )
        places = {(p.entry.type, p.id): n for n, p in enumerate(p for p in placed if p.writes)}
        corrected, issues = [], list[Issue]()
        for act in acts:
            try:
                corrected.append(correcting.correct(act, places["Procedure", act.procedure.id]))
            except Refused as refusal:
                issues += [_relocated(issue, act.procedure.entry) for issue in refusal.issues]
        if issues:
            raise Refused(issues)
        return corrected

    def _decide(self, placed: Sequence[Placed], asked: Asked, chain: str, now: dt.datetime) -> list[Effect]:
        """Every decision of a patient in the request, with what it ends."""
        decisions = [(position, one) for position, one in _written(placed) if one.stays and one.entry.type == "Consent"]
        if not decisions:
            return []
        told = {(p.entry.type, p.id) for p in placed if p.writes}
        deciding = Deciding(
            store=self.store,
            addressing=Addressees(store=self.store, knowledge=self.knowledge()),
            ids=self.ids,
            now=now,
            rpps=asked.rpps,
            chain=chain,
            told=told,
        )
        return [deciding.decide(one, position) for position, one in decisions]

    def _report(self, placed: Sequence[Placed], asked: Asked, knowledge: Knowledge, now: dt.datetime) -> list[Effect]:
        """Every adverse event of the request: its proof, and whoever is told."""
        events = [(n, one) for n, one in _written(placed) if one.stays and one.entry.type == "AdverseEvent"]
        if not events:
            return []
        reporting = Reporting(store=self.store, knowledge=knowledge, ids=self.ids, now=now, rpps=asked.rpps)
        return [reporting.report(one, position) for position, one in events]

    def _earlier(self, entries: Sequence[Entry], asked: Asked) -> Answer | None:
        """The answer already given to this key, or to this act."""
        keys = [(f"key:{asked.client}", asked.key)] if asked.key else []
        keys += [
            (scope("Procedure", identifier["system"]), identifier["value"])
            for entry in entries
            if entry.type == "Procedure" and entry.method == "POST"
            for identifier in identifiers(entry.resource)
        ]
        for its_scope, key in keys:
            claim = self.store.request(its_scope, key)
            if claim is not None:
                answer = self._repeat(claim, asked, same=claim.fingerprint == asked.fingerprint, entries=entries)
                if answer is not None:
                    return answer
        return None

    def _repeat(self, claim: RequestClaim, asked: Asked, *, same: bool, entries: Sequence[Entry]) -> Answer | None:
        """The first answer again; ``None`` = look again, a conditional create has just been overtaken."""
        on_condition = [entry for entry in entries if entry.criteria is not None and _claims(entry, claim)]
        of_an_act = any(entry.type == "Procedure" for entry in on_condition)
        if same or (of_an_act and asked.replays(claim.answer)):
            return Answer(status=200, body=claim.answer, repeated=True)
        if claim.scope.startswith("key:"):
            raise Refused(
                Issue(
                    "business-rule",
                    "",
                    "Cette clé d’idempotence a déjà servi pour une autre demande.",
                    "draft-ietf-httpapi-idempotency-key-header, section 2.2",
                )
            )
        if on_condition and not of_an_act:
            return None
        raise Refused(_BORNE)


def _claims(entry: Entry, claim: RequestClaim) -> bool:
    """Whether the entry claims this identifier, for the first time or after a deletion."""
    kind, _, scoped = claim.scope.partition(":")
    return kind != "key" and any(
        (f"{entry.type}:{one['system']}", one["value"]) == (scoped, claim.key) for one in identifiers(entry.resource)
    )


#: What is kept of what a client sends again.
_KEEP: Final[Mapping[str, Keep]] = {
    "Procedure": changing,
    **dict.fromkeys(BELONGINGS, changing_part),
    "Consent": deciding,
    "CareTeam": arranging,
}
_BORNE: Final = Issue(
    "duplicate",
    "identifier",
    "Une ressource porte déjà cet identifiant métier, avec un autre contenu.",
    "Binôme, identifiants métier",
)


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


def _check_entries(entries: Sequence[Entry], *, trusted: bool) -> None:
    """What may not be written is said so; the rest must have the shape of its type."""
    issues: list[Issue] = []
    for entry in entries:
        refused = list(admission(entry))
        # What a patch makes is checked once it is made.
        if not refused and not trusted and entry.method in ("POST", "PUT"):
            refused = check(entry.resource, f"{entry.expression}.resource" if entry.expression else None)
        issues += refused
    if issues:
        raise Refused(issues)


def _check_types(placed: Sequence[Placed]) -> None:
    issues: list[Issue] = []
    for item in placed:
        read = READERS.get(item.entry.type)
        if read is None or not item.stays:
            continue
        try:
            read(item.resource)
        except Refused as refusal:
            issues += [_relocated(issue, item.entry) for issue in refusal.issues]
    if issues:
        raise Refused(issues)


def _relocated(issue: Issue, entry: Entry) -> Issue:
    return replace(issue, expression=located(issue.expression, entry))


def _written(placed: Sequence[Placed]) -> Iterator[tuple[int, Placed]]:
    """What is written, with its place among the writes of the commit."""
    return enumerate(item for item in placed if item.writes)


def _enrolments(placed: Sequence[Placed]) -> list[Enrolment]:
    return [enrolment_from_fhir(p.resource) for p in placed if p.stays and p.entry.type == "PractitionerRole"]


def _write(item: Placed) -> Write:
    if item.effect == "deleted":
        return deletion_of(item.resource, item.version)
    return write_of(item.resource, item.version, previous=item.previous)


def _result(item: Placed, write: Write | None) -> Result:
    return Result(
        type=item.entry.type,
        id=item.id,
        version=item.version,
        created=item.writes,
        effect=item.effect,
        resource=None if item.effect == "deleted" or not item.resource else item.resource,
        body=b"" if write is None or callable(write.body) else write.body,
    )
