"""Everything about one act, each link naming who, on whose behalf, under what, sent where, and what came back."""

from typing import Any, Final

from mappings.codes.systems import CANONICAL
from mappings.fhir.act import protocol_of
from mappings.fhir.delivery_event import delivery_event
from mappings.fhir.json import parse
from mappings.issues import Issue, Refused
from service.evidence import ActEvidence, evidence_of
from service.finding import found
from service.outbox.envelope import Document, Envelope
from service.store import Store
from service.versions import envelopes_of_act

Resource = dict[str, Any]


def trace_of(store: Store, procedure_id: str) -> Resource:
    """The whole chain of one act as a Bundle of type collection; ``Refused`` when there is no such act."""
    try:
        evidence = evidence_of(store, procedure_id)
    except LookupError:
        raise Refused(Issue("not-found", "Procedure", "Cet acte n’existe pas sur ce serveur.")) from None
    entries = [(f"Procedure/{procedure_id}/_history/{evidence.version}", evidence.procedure)]
    entries += [(_name(r), r) for r in evidence.told[1:]]
    entries += _before(store, evidence)
    entries += _by_now(store, entries)
    entries = list(dict(entries).items())
    entries += list(evidence.sources.items())
    entries += _protocol(store, evidence)
    entries += _around(store, procedure_id)
    entries += [(f"AuditEvent/{event['id']}", event) for event in delivery_events(store, evidence)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": evidence.provenance["recorded"],
        "entry": [{"fullUrl": _full_url(name), "resource": r} for name, r in entries],
    }


def _before(store: Store, evidence: ActEvidence) -> list[tuple[str, Resource]]:
    """The act, its exam and its measures as they were before each correction."""
    entries = []
    for version in range(evidence.version - 1, 0, -1):
        former = evidence_of(store, evidence.procedure["id"], version)
        entries += [(_name(one), one) for one in former.told]
    return entries


def _by_now(store: Store, entries: list[tuple[str, Resource]]) -> list[tuple[str, Resource]]:
    """What the act and all that ever belonged to it have become: some of it, or all, was entered in error."""
    current = store.read_many(list(dict.fromkeys((one["resourceType"], one["id"]) for _, one in entries)))
    return [(f"{v.type}/{v.id}/_history/{v.version}", parse(v.body)) for v in current if v.version > 1]


def _full_url(name: str) -> str:
    """Without the version, which stands in ``meta.versionId`` (bdl-8)."""
    return f"{CANONICAL}/{name.partition('/_history/')[0]}"


def delivery_events(store: Store, evidence: ActEvidence) -> list[Resource]:
    """One event for each attempt of each delivery of each version, told from the journal."""
    me = evidence.procedure["id"]
    return [
        delivery_event(
            id=f"{envelope.id}-{attempt.number}",
            act=document.act if document else f"Procedure/{me}/_history/{evidence.version}",
            destination=envelope.destination,
            started=attempt.started_at,
            finished=attempt.finished_at,
            outcome=attempt.outcome or "",
            details=_details(document, envelope)
            | {"code": attempt.code or "", "receiver-id": attempt.receiver_id or ""},
        )
        for envelope in envelopes_of_act(store, me, evidence.version)
        for document in [store.document(envelope.document_id)]
        for attempt in store.attempts_of(envelope.id)
    ]


def _details(document: Document | None, envelope: Envelope) -> dict[str, str]:
    """Identifiers of what was sent; no address, which may be a person's number."""
    return {
        "document-unique-id": document.unique_id if document else "",
        "submission-unique-id": envelope.submission_id,
        "message-id": envelope.message_id,
        "payload-sha256": envelope.payload_sha256.hex() if envelope.payload_sha256 else "",
        "state": envelope.state,
    }


def _protocol(store: Store, evidence: ActEvidence) -> list[tuple[str, Resource]]:
    """The protocol's definition as it stood; the canonical with its version is in the act."""
    canonical = protocol_of(evidence.procedure)
    url, _, version = canonical.partition("|")
    stored = found(store, "PlanDefinition", [("url", "", url)], [("version", "", version)])
    return [(f"PlanDefinition/{v.id}/_history/{v.version}", parse(v.body)) for v in stored]


#: What points at an act, and by which parameter.
_AROUND: Final = (
    ("Task", "focus"),
    ("Provenance", "target"),
    ("AuditEvent", "entity"),
    ("DocumentReference", "related"),
    ("Communication", "about"),
    ("AdverseEvent", "substance"),
)


def _around(store: Store, procedure_id: str) -> list[tuple[str, Resource]]:
    """Duties with all their versions, proofs, events and publications, in the order in which they came."""
    around = [
        version for type_, param in _AROUND for version in found(store, type_, [(param, "Procedure", procedure_id)])
    ]
    ordered = sorted(around, key=lambda version: version.number)
    return [(f"{v.type}/{v.id}/_history/{v.version}", parse(v.body)) for v in ordered]


def _name(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}/_history/{resource['meta']['versionId']}"
