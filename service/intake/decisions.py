"""A patient's no: all that it ends, in the commit that records it.

A consent to care that is refused or taken back ends the agreements given before it for the same protocol in the same
structure, the inclusions that rest on them, and what waits to be sent of their acts; a choice of sharing, what waits
for the destinations that it closes. What is being sent, or may have arrived, is left to whoever carries it, who asks
again before sending (``objection``). One commit has one chain: so is what another structure has to send.
"""

import datetime as dt
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.cooperation import Consent, Sharing
from mappings.domain.time import french_day
from mappings.fhir.audit_event import decision_recorded
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.consent import consent_from_fhir, sharing_from_fhir
from mappings.fhir.decision import is_about_care, revoked, withdrawn
from mappings.fhir.json import parse
from mappings.fhir.provenance import decision_provenance
from mappings.fhir.task import departure_task
from mappings.issues import Issue, Refused
from service.clock import Identifiers
from service.finding import found
from service.intake.addressees import Addressees
from service.intake.conditions import located
from service.intake.effect import Effect
from service.intake.objection import SHARES
from service.intake.placement import Placed
from service.outbox.envelope import BRINGS, Destination, Envelope, State
from service.outbox.receipt import CONSENT_WITHDRAWN, OBJECTION
from service.store import Store
from service.store.unit import Settlement, StoredVersion, Write
from service.versions import envelopes_of_act
from service.withdrawal import Holding, cancellation, holding
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]

#: By status of a consent to care: what happened, and why an inclusion that rested on it ends.
_NO: Final = {
    "inactive": ("consent-withdrawn", "Le patient a retiré son consentement aux soins délégués."),
    "rejected": ("consent-refused", "Le patient a refusé les soins délégués."),
    "entered-in-error": ("consent-withdrawn", "Le consentement du patient a été saisi par erreur."),
}
_OPEN_INCLUSIONS: Final = frozenset({"draft", "active", "on-hold", "unknown"})
_UNDER_WAY: Final = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT})
_MANY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """What it takes: ``rpps`` is of the professional who was identified, empty when nobody was."""

    store: Store
    addressing: Addressees
    ids: Identifiers
    now: dt.datetime
    rpps: str
    #: Chain of the commit.
    chain: str
    #: What the request itself writes: it is left as it is told.
    told: Container[tuple[str, str]]

    def decide(self, placed: Placed, position: int) -> Effect:
        """``position`` is the place of the Consent among the writes of the commit."""
        return self._care(placed, position) if is_about_care(placed.resource) else self._sharing(placed, position)

    def _care(self, placed: Placed, position: int) -> Effect:
        consent = consent_from_fhir(placed.resource)
        if consent.status not in _NO:
            return Effect()
        event, reason = _NO[consent.status]
        if consent.status == "inactive" and consent.period.end and consent.period.end > french_day(self.now):
            text = "Un retrait ne s’enregistre pas d’avance : il vaut dès que le patient le dit."
            expression = located("Consent.provision.period.end", placed.entry)
            raise Refused(Issue("business-rule", expression, text, "CSP L1111-4"))
        at = min(consent.withdrawn_at or (consent.decided_at if consent.status == "rejected" else self.now), self.now)
        ended = [] if consent.status == "entered-in-error" else list(self._agreements_before(consent, at))
        resting = list(self._resting_on({consent.id, *(one.id for one in ended)}, consent.patient_id))
        on = consent.period.end if consent.status == "inactive" and consent.period.end else french_day(at)
        writes = [self._next(one, withdrawn(parse(one.body), at=at)) for one in ended]
        for stored in resting:
            plan = parse(stored.body)
            if plan["status"] in _OPEN_INCLUSIONS and ("CarePlan", stored.id) not in self.told:
                after = revoked(plan, on=on, at=self.now, reason=reason)
                task = departure_task(plan, id=self.ids(), authored=self.now, reason=reason)
                task = self.addressing.addressed(task, self.now)
                writes += [self._next(stored, after), write_of(stamped(task, 1, self.now), 1)]
        acts = [act for plan in resting for act in self._found("Procedure", "based-on", "CarePlan", plan.id)]
        settlements, stands_on = self._closed(acts, frozenset(Destination), CONSENT_WITHDRAWN)
        if placed.previous is None or placed.previous["status"] != consent.status:
            writes += self._proof(placed, position, event, [one for one in writes if one.type != "Task"])
        return Effect(writes=writes, settlements=settlements, stands_on=stands_on)

    def _sharing(self, placed: Placed, position: int) -> Effect:
        sharing = sharing_from_fhir(placed.resource)
        closed = _closed_by(sharing)
        if not closed:
            return Effect()
        acts = self._found("Procedure", "patient", "Patient", sharing.patient_id)
        settlements, stands_on = self._closed(acts, closed, OBJECTION)
        before = _closed_by(sharing_from_fhir(placed.previous)) if placed.previous else frozenset()
        # A first choice, made before any act, takes nothing back: the version itself is all there is to say.
        tells = closed - before and (placed.previous or acts)
        writes = self._proof(placed, position, "sharing-recorded", ()) if tells else []
        return Effect(writes=writes, settlements=settlements, stands_on=stands_on)

    def _agreements_before(self, consent: Consent, at: dt.datetime) -> Iterable[StoredVersion]:
        """Agreements to the same protocol in the same structure, given before this decision."""
        for stored in self._found("Consent", "patient", "Patient", consent.patient_id):
            if ("Consent", stored.id) in self.told or not is_about_care(parse(stored.body)):
                continue
            try:
                other = consent_from_fhir(parse(stored.body))
            except Refused:
                continue  # what no longer reads as it should permits nothing
            same = (other.protocol, other.organization_id) == (consent.protocol, consent.organization_id)
            if same and other.status == "active" and other.decided_at <= at:
                yield stored

    def _resting_on(self, consents: Container[str], patient: str) -> Iterable[StoredVersion]:
        for stored in self._found("CarePlan", "subject", "Patient", patient):
            try:
                inclusion = inclusion_from_fhir(parse(stored.body))
            except Refused:
                continue  # it covers no act, and its acts are sent nowhere (``objection``)
            if inclusion.consent_id in consents:
                yield stored

    def _closed(
        self, acts: Iterable[StoredVersion], destinations: Container[Destination], code: str
    ) -> tuple[tuple[Settlement, ...], tuple[tuple[str, State, int], ...]]:
        """What waits is cancelled; what is being sent, or may have arrived, is left as it was read."""
        settlements, left = list[Settlement](), list[tuple[str, State, int]]()
        for act in acts:
            for envelope in envelopes_of_act(self.store, act.id, act.version):
                if envelope.purpose not in BRINGS:
                    continue  # asked about when it is sent: whoever is not told so is somebody's task
                if envelope.destination not in destinations or envelope.state not in _UNDER_WAY:
                    continue
                if self._waits(envelope):
                    settlements.append(cancellation(envelope, code, self.now))
                else:
                    left.append((envelope.id, envelope.state, envelope.attempts))
        return tuple(settlements), tuple(left)

    def _waits(self, envelope: Envelope) -> bool:
        """It surely is nowhere yet, and its chain is the one of the commit."""
        if envelope.state is not State.QUEUED:
            return False
        if holding(envelope.state, self.store.attempts_of(envelope.id)) is not Holding.NO:
            return False
        document = self.store.document(envelope.document_id)
        return document is not None and document.chain == self.chain

    def _proof(self, placed: Placed, position: int, event: str, ended: Sequence[Write]) -> list[Write]:
        provenance = decision_provenance(
            placed.resource,
            id=self.ids(),
            ended=[f"{one.type}/{one.id}/_history/{one.version}" for one in ended],
            rpps=self.rpps,
            recorded=self.now,
        )
        audit = decision_recorded(placed.resource, event, id=self.ids(), agents=provenance["agent"], recorded=self.now)
        return [
            write_of(stamped(audit, 1, self.now), 1),
            write_of_proof(stamped(provenance, 1, self.now), position),
        ]

    def _next(self, stored: StoredVersion, resource: Resource) -> Write:
        version = stored.version + 1
        return write_of(stamped(resource, version, self.now), version, previous=parse(stored.body))

    def _found(self, type_: str, param: str, target: str, id_: str) -> list[StoredVersion]:
        return found(self.store, type_, [(param, target, id_)], count=_MANY)


def _closed_by(sharing: Sharing) -> frozenset[Destination]:
    return frozenset(destination for destination, is_open in SHARES.items() if not is_open(sharing))
