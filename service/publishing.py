"""Protocol definitions of the catalogue put on record as PlanDefinition, Questionnaires and ActivityDefinitions.

What is on record and has not changed is not written again. A resource keeps the version of the protocol that it
was published for: acts were judged under it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mappings.domain.protocol import Protocol
from mappings.fhir.activity_definition import activity_definitions_from_protocol
from mappings.fhir.json import parse
from mappings.fhir.plan_definition import plan_definition_from_protocol
from mappings.fhir.provenance import override_provenance
from mappings.fhir.questionnaire import questionnaires_from_protocol
from mappings.issues import Issue, Refused
from service.clock import Clock
from service.intake.story import COMMON_CHAIN
from service.store import Store
from service.store.unit import Stale, StoredVersion, Unit, Write
from service.writes import stamped, unchanged, write_of, write_of_proof

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
    plans: dict[str, Protocol] = {}
    for protocol in catalogue.values():
        plan = plan_definition_from_protocol(protocol, today)
        plans[plan["id"]] = protocol
        resources.append(plan)
        resources += questionnaires_from_protocol(protocol, today)
        resources += activity_definitions_from_protocol(protocol, today)
    keys = [(resource["resourceType"], resource["id"]) for resource in resources]
    stored = {(each.type, each.id): each for each in store.read_many(keys)}
    writes: list[Write] = []
    for key, resource in zip(keys, resources, strict=True):
        write = _write(stored.get(key), resource, clock)
        if write is None:
            continue
        writes.append(write)
        if write.type == "PlanDefinition":
            writes += _proof(plans[write.id], write, len(writes) - 1, clock)
    if writes:
        try:
            store.commit(Unit(chain=COMMON_CHAIN, recorded=now, writes=tuple(writes)))
        except Stale:
            return 0  # another process has just published the same
    return len(writes)


def _write(stored: StoredVersion | None, resource: Resource, clock: Clock) -> Write | None:
    previous = parse(stored.body) if stored else None
    if previous is not None and previous.get("version") != resource.get("version"):
        name = f"{resource['resourceType']}/{resource['id']}"
        text = "Cette définition est déjà publiée sous une autre version : les versions s’ajoutent après celles qui le sont."
        raise Refused(Issue("conflict", name, text))
    # The day of publication is not a change of the definition.
    if previous is not None and unchanged(
        previous, resource | ({"date": previous["date"]} if "date" in previous else {})
    ):
        return None
    version = stored.version + 1 if stored else 1
    return write_of(stamped(resource, version, clock()), version, previous=previous)


def _proof(protocol: Protocol, plan: Write, position: int, clock: Clock) -> Iterator[Write]:
    """The proof of a clinician's override, beside the definition that rests on it."""
    if protocol.override is None:
        return
    target = f"PlanDefinition/{plan.id}/_history/{plan.version}"
    id_ = f"derogation-{plan.id}-{plan.version}"
    proof = override_provenance(protocol, protocol.override, id=id_, target=target, recorded=clock())
    yield write_of_proof(stamped(proof, 1, clock()), position)
