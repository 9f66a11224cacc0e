"""An adverse event reported about an act: it says what the act says, it is proved, and a serious one is told at once.

Serious, and no longer a draft: the structure and the délégant each have a task in the same commit. Nobody is told
outside: the declaration to the authorities is the structure's own (CSP L4011-4), and its task says so.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.adverse import ORDER, AdverseEvent
from mappings.fhir.act import protocol_of
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.adverse_event import adverse_event_from_fhir
from mappings.fhir.audit_event import adverse_event_recorded
from mappings.fhir.datatypes import reference_id
from mappings.fhir.provenance import adverse_event_provenance
from mappings.fhir.task import adverse_event_task
from mappings.issues import Issue, Refused
from service.clock import Identifiers
from service.intake.addressees import Addressees
from service.intake.conditions import located
from service.intake.effect import Effect
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed
from service.store import Store
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]

_ARTICLE: Final = "CSP L4011-4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """What it takes: ``rpps`` is of the professional who was identified, empty when nobody was."""

    store: Store
    knowledge: Knowledge
    ids: Identifiers
    now: dt.datetime
    rpps: str

    def report(self, placed: Placed, position: int) -> Effect:
        """``position`` is the place of the AdverseEvent among the writes of the commit."""
        event = adverse_event_from_fhir(placed.resource)
        act = self.knowledge.resource("Procedure", event.act_id)
        if act is None:
            return Effect()  # the dangling reference is refused on its own
        before = adverse_event_from_fhir(placed.previous) if placed.previous else None
        issues = [*_disagreements(event, act), *_ways_back(event, before)]
        if issues:
            raise Refused(Issue(one.code, located(one.expression, placed.entry), one.text, _ARTICLE) for one in issues)
        provenance = adverse_event_provenance(placed.resource, act, id=self.ids(), rpps=self.rpps, recorded=self.now)
        trace = adverse_event_recorded(
            placed.resource, id=self.ids(), enterer=provenance["agent"][0], recorded=self.now
        )
        told = [*self._notices(event, before, placed.resource, act), stamped(trace, 1, self.now)]
        proof = write_of_proof(stamped(provenance, 1, self.now), position)
        return Effect(writes=[*(write_of(one, 1) for one in told), proof])

    def _notices(
        self, event: AdverseEvent, before: AdverseEvent | None, resource: Resource, act: Resource
    ) -> Iterable[Resource]:
        """Once: when a serious event is told, or when one that was told becomes serious."""
        known = before is not None and before.is_told and before.is_serious
        if not (event.is_told and event.is_serious) or known:
            return
        for owner in (act["performer"][0]["onBehalfOf"], delegator_of(act)):
            task = adverse_event_task(resource, act, id=self.ids(), owner=owner, authored=self.now)
            addressing = Addressees(store=self.store, knowledge=self.knowledge)
            yield stamped(addressing.addressed(task, self.now), 1, self.now)


def structure_of(event: Resource, knowledge: Knowledge) -> str:
    """The structure of the act that ``event`` is about; empty when there is none on record."""
    try:
        act = knowledge.resource("Procedure", adverse_event_from_fhir(event).act_id)
    except Refused:
        return ""
    return reference_id(act["performer"][0]["onBehalfOf"], "Organization") if act else ""


def _disagreements(event: AdverseEvent, act: Resource) -> Sequence[Issue]:
    said = {
        "AdverseEvent.subject": (event.patient_id, reference_id(act["subject"], "Patient"), "le patient"),
        "AdverseEvent.extension('protocol').value": (event.protocol, protocol_of(act), "la version du protocole"),
        "AdverseEvent.extension('delegator').value": (
            event.delegator_id,
            reference_id(delegator_of(act), "PractitionerRole"),
            "le délégant",
        ),
    }
    return [
        Issue("business-rule", expression, f"L’événement et l’acte en cause ne nomment pas {what} de la même façon.")
        for expression, (told, acted, what) in said.items()
        if told != acted
    ]


def _ways_back(event: AdverseEvent, before: AdverseEvent | None) -> Iterable[Issue]:
    if before is None:
        return
    if before.act_id != event.act_id:
        text = "Un événement signalé ne change pas d’acte."
        yield Issue("business-rule", "AdverseEvent.suspectEntity", text)
    if ORDER.index(event.status) < ORDER.index(before.status):
        text = "Un signalement ne revient pas en arrière."
        yield Issue("business-rule", "AdverseEvent.extension('ae-status').value", text)
