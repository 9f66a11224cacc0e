"""Protocol definitions of the catalogue put on record as PlanDefinition, Questionnaires and ActivityDefinitions.

What is on record and has not changed is not written again. A resource keeps the version of the protocol that it
was published for: acts were judged under it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.protocol import Protocol
from mappings.domain.protocol.content import SCHEME, content_digest
from mappings.fhir.activity_definition import activity_definitions_from_protocol
from mappings.fhir.datatypes import identifier
from mappings.fhir.json import parse
from mappings.fhir.plan_definition import plan_definition_from_protocol
from mappings.fhir.provenance import override_provenance
from mappings.fhir.questionnaire import questionnaires_from_protocol
from mappings.issues import Issue, Refused
from service.clock import Clock
from service.intake.chains import COMMON_CHAIN
from service.store import Store
from service.store.unit import Stale, StoredVersion, Unit, Write
from service.writes import stamped, unchanged, write_of, write_of_proof

Resource = dict[str, Any]

_CONTENT: Final = f"{systems.IDENTIFIER}protocol-content"
#: What writes the proofs: every Provenance and AuditEvent names it.
_DEVICE: Resource = {
    "resourceType": "Device",
    "id": "binome",
    "status": "active",
    "deviceName": [{"name": "Binôme", "type": "user-friendly-name"}],
}


#: Where a version is written, for whoever must mend it.
Place = Callable[[Protocol], str]


def _its_id(protocol: Protocol) -> str:
    return protocol.id


def publish(store: Store, catalogue: Mapping[str, Protocol], clock: Clock, place: Place = _its_id) -> int:
    """Put every definition that is new or has changed on record; gives how many resources were written.

    ``Refused`` with every version that was published as active and does not say the same any more: nothing is written.
    """
    refuse_changed(store, catalogue.values(), place)
    now = clock()
    today = now.date()
    resources = [_DEVICE]
    plans: dict[str, Protocol] = {}
    for protocol in catalogue.values():
        plan = plan_definition_from_protocol(protocol, today)
        plans[plan["id"]] = protocol
        plan["identifier"] += _contents(protocol, store)
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


def refuse_changed(store: Store, protocols: Iterable[Protocol], place: Place) -> None:
    """``Refused`` when a version that was once published as active would now be active and say something else."""
    issues = [
        Issue(
            "conflict",
            protocol.canonical,
            f"{place(protocol)} : La version « {protocol.version} » de « {protocol.short_title} » a été publiée comme en "
            "vigueur et son contenu a changé. Des actes ont pu être jugés sous elle : rétablissez-la, et écrivez le "
            "changement dans une nouvelle version.",
        )
        for protocol in protocols
        if protocol.status == "active" and _was_otherwise(protocol, store)
    ]
    if issues:
        raise Refused(issues)


def _was_otherwise(protocol: Protocol, store: Store) -> bool:
    before = _published_content(protocol, store)
    # A digest made otherwise says nothing of a change.
    return before.startswith(f"{SCHEME}:") and before != content_digest(protocol)


def _contents(protocol: Protocol, store: Store) -> list[Resource]:
    """The digest of what was, or is now, published as active; it stays when the version is a draft again."""
    digest = content_digest(protocol) if protocol.status == "active" else _published_content(protocol, store)
    return [identifier(_CONTENT, digest)] if digest else []


def _published_content(protocol: Protocol, store: Store) -> str:
    stored = store.read("PlanDefinition", protocol.resource_id(protocol.id))
    plan = parse(stored.body) if stored and stored.body else {}
    if plan.get("version") != protocol.version:
        return ""
    return next((one["value"] for one in plan.get("identifier", ()) if one.get("system") == _CONTENT), "")


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
