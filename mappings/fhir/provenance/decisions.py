"""Of what people decide: a patient’s choice, a replay, an override, what becomes of a protocol."""

import datetime as dt
from collections.abc import Sequence

from mappings.codes import systems
from mappings.domain.protocol import Override, Protocol
from mappings.fhir.datatypes import identifier, meta, print_date, print_instant
from mappings.fhir.provenance.elements import PROFILE, Resource, assembler, enterer, typed, versioned


def replay_provenance(
    procedure: Resource, *, id: str, targets: Sequence[str], rpps: str, policy: str, recorded: dt.datetime
) -> Resource:
    """Somebody, by name, had a report of ``procedure`` sent again that had not arrived; ``targets``: the tasks done by it."""
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in procedure["meta"]),
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "REACTIVATE"}]},
        "agent": [
            {"type": typed(systems.PROVENANCE_PARTICIPANT, "enterer"), **enterer(procedure, rpps)},
            assembler(),
        ],
    }


def reply_provenance(
    task: Resource, procedure: Resource, *, id: str, who: Resource, policy: str, recorded: dt.datetime
) -> Resource:
    """Somebody, by name, read what was answered about ``procedure``: ``task`` is the version that says so."""
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in procedure["meta"]),
        # the chain extension shows the link over the first target
        "target": [{"reference": versioned(task)}, {"reference": versioned(procedure)}],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.LIFECYCLE, "code": "verify"}]},
        "agent": [{"type": typed(systems.PROVENANCE_PARTICIPANT, "verifier"), "who": who}, assembler()],
    }


def update_provenance(
    procedure: Resource,
    *,
    id: str,
    tasks: Sequence[str],
    rpps: str,
    policy: str,
    reason: str,
    recorded: dt.datetime,
) -> Resource:
    """Somebody, by name, asked that the report of ``procedure`` be shown otherwise; ``tasks``: what it asks, by version."""
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in procedure["meta"]),
        # the chain extension shows the link over the first target
        "target": [*({"reference": one} for one in tasks), {"reference": versioned(procedure)}],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "reason": [{"text": reason}],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE"}]},
        "agent": [
            {"type": typed(systems.PROVENANCE_PARTICIPANT, "enterer"), **enterer(procedure, rpps)},
            assembler(),
        ],
    }


def decision_provenance(
    consent: Resource, *, id: str, ended: Sequence[str], rpps: str, recorded: dt.datetime
) -> Resource:
    """The patient decided what ``consent``, the version that says so, holds; ``ended`` are the versions that follow from it.

    ``rpps`` is of the professional who entered it; when nobody was identified, the structure answers for its software.
    """
    me, version = f"Consent/{consent['id']}", int(consent["meta"]["versionId"])
    targets = [f"{me}/_history/{version}", *ended]
    who = {"identifier": {"system": systems.RPPS, "value": rpps}} if rpps else consent["organization"][0]
    revision = [{"role": "revision", "what": {"reference": f"{me}/_history/{version - 1}"}}] if version > 1 else []
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in consent["meta"]),
        # the chain extension shows the link over the first target
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": consent["dateTime"] if version == 1 else print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy["uri"] for policy in consent["policy"] if "uri" in policy],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE" if version > 1 else "CREATE"}]},
        "agent": [
            {"type": typed(systems.PROVENANCE_PARTICIPANT, "author"), "who": consent["patient"]},
            {"type": typed(systems.PROVENANCE_PARTICIPANT, "enterer"), "who": who},
            assembler(),
        ],
    } | ({"entity": revision} if revision else {})


def override_provenance(
    protocol: Protocol, override: Override, *, id: str, target: str, recorded: dt.datetime
) -> Resource:
    """A clinician, by name, answers for the exclusions that the definition does not list."""
    who = {
        "type": "Practitioner",
        "identifier": identifier(systems.RPPS, override.rpps),
        "display": override.by,
    }
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE),
        "target": [{"reference": target}],
        "occurredDateTime": print_date(override.on),
        "recorded": print_instant(recorded),
        "policy": [protocol.canonical],
        "reason": [{"text": override.reason}],
        "activity": {"coding": [{"system": systems.LIFECYCLE, "code": "verify"}]},
        "agent": [{"type": typed(systems.PROVENANCE_PARTICIPANT, "verifier"), "who": who}, assembler()],
    }


def protocol_event_provenance(
    *,
    id: str,
    target: str,
    version: int,
    activity: str,
    policy: str,
    day: dt.date,
    who: Resource,
    reason: str,
    source: str,
    recorded: dt.datetime,
) -> Resource:
    """An authority, or a reviewer, decided of a protocol: ``version`` of its record says what; ``source`` where to read it."""
    entity = [{"role": "source", "what": {"display": source}}] if source else []
    if version > 1:
        entity.append({"role": "revision", "what": {"reference": f"{target}/_history/{version - 1}"}})
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE),
        "target": [{"reference": f"{target}/_history/{version}"}],
        "occurredDateTime": print_date(day),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "reason": [{"text": reason}],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": activity}]},
        "agent": [{"type": typed(systems.PROVENANCE_PARTICIPANT, "author"), "who": who}, assembler()],
    } | ({"entity": entity} if entity else {})
