"""Protocol definitions of the catalogue put on record as PlanDefinition, Questionnaires and ActivityDefinitions."""

from collections.abc import Mapping
from typing import Any

from mappings.domain.protocol import Protocol
from mappings.fhir.activity_definition import activity_definitions_from_protocol
from mappings.fhir.json import parse
from mappings.fhir.plan_definition import plan_definition_from_protocol
from mappings.fhir.questionnaire import questionnaires_from_protocol
from service.clock import Clock
from service.intake.story import COMMON_CHAIN
from service.store import Store
from service.store.unit import Stale, Unit, Write
from service.writes import stamped, unchanged, write_of

Resource = dict[str, Any]

#: What writes the proofs: every Provenance and AuditEvent names it.
_DEVICE: Resource = {
    "resourceType": "Device",
    "id": "binome",
    "status": "active",
    "deviceName": [{"name": "Binôme", "type": "user-friendly-name"}],
}


def publish(store: Store, catalogue: Mapping[str, Protocol], clock: Clock) -> int:
    """Put every definition that is new or has changed on record; gives how many resources were written."""
    now = clock()
    today = now.date()
    resources = [_DEVICE]
    for protocol in catalogue.values():
        resources.append(plan_definition_from_protocol(protocol, today))
        resources += questionnaires_from_protocol(protocol, today)
        resources += activity_definitions_from_protocol(protocol, today)
    writes = [write for resource in resources if (write := _write(store, resource, clock)) is not None]
    if writes:
        try:
            store.commit(Unit(chain=COMMON_CHAIN, recorded=now, writes=tuple(writes)))
        except Stale:
            return 0  # another process has just published the same
    return len(writes)


def _write(store: Store, resource: Resource, clock: Clock) -> Write | None:
    stored = store.read(resource["resourceType"], resource["id"])
    previous = parse(stored.body) if stored else None
    # The day of publication is not a change of the definition.
    if previous is not None and unchanged(
        previous, resource | ({"date": previous["date"]} if "date" in previous else {})
    ):
        return None
    version = stored.version + 1 if stored else 1
    return write_of(stamped(resource, version, clock()), version, previous=previous)
