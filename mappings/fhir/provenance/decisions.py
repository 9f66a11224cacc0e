"""Of what people decide: a patient’s choice, a replay, an override, what becomes of a protocol."""

import datetime as dt
from collections.abc import Sequence

from mappings.codes import systems
from mappings.domain.protocol import Override, Protocol
from mappings.fhir.datatypes import identifier, print_date
from mappings.fhir.provenance.elements import (
    Resource,
    assembler,
    before,
    entered_by,
    identified,
    is_fictitious,
    lifecycle,
    operation,
    provenance,
    revision,
    taking_part,
    versioned,
)


def replay_provenance(
    procedure: Resource, *, id: str, targets: Sequence[str], rpps: str, policy: str, recorded: dt.datetime
) -> Resource:
    """Somebody, by name, had a report of ``procedure`` sent again that had not arrived; ``targets``: the tasks done by it."""
    return provenance(
        id=id,
        fictitious=is_fictitious(procedure),
        targets=targets,
        recorded=recorded,
        policy=[policy],
        activity=operation("REACTIVATE"),
        agents=[entered_by(procedure, rpps), assembler()],
    )


def reply_provenance(
    task: Resource, procedure: Resource, *, id: str, who: Resource, policy: str, recorded: dt.datetime
) -> Resource:
    """Somebody, by name, read what was answered about ``procedure``: ``task`` is the version that says so."""
    return provenance(
        id=id,
        fictitious=is_fictitious(procedure),
        targets=[versioned(task), versioned(procedure)],
        recorded=recorded,
        policy=[policy],
        activity=lifecycle("verify"),
        agents=[taking_part("verifier", who), assembler()],
    )


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
    return provenance(
        id=id,
        fictitious=is_fictitious(procedure),
        targets=[*tasks, versioned(procedure)],
        recorded=recorded,
        policy=[policy],
        reason=reason,
        activity=operation("UPDATE"),
        agents=[entered_by(procedure, rpps), assembler()],
    )


def decision_provenance(
    consent: Resource, *, id: str, ended: Sequence[str], rpps: str, recorded: dt.datetime
) -> Resource:
    """The patient decided what ``consent``, the version that says so, holds; ``ended`` are the versions that follow from it.

    ``rpps`` is of the professional who entered it; when nobody was identified, the structure answers for its software.
    """
    again = consent["meta"]["versionId"] != "1"
    return provenance(
        id=id,
        fictitious=is_fictitious(consent),
        targets=[versioned(consent), *ended],
        occurred=None if again else consent["dateTime"],
        recorded=recorded,
        policy=[policy["uri"] for policy in consent["policy"] if "uri" in policy],
        activity=operation("UPDATE" if again else "CREATE"),
        agents=[
            taking_part("author", consent["patient"]),
            taking_part("enterer", identified(rpps, consent["organization"][0])),
            assembler(),
        ],
        entities=[revision(versioned(consent, 1))] if again else (),
    )


def override_provenance(
    protocol: Protocol, override: Override, *, id: str, target: str, recorded: dt.datetime
) -> Resource:
    """A clinician, by name, answers for the exclusions that the definition does not list."""
    who = {
        "type": "Practitioner",
        "identifier": identifier(systems.RPPS, override.rpps),
        "display": override.by,
    }
    return provenance(
        id=id,
        targets=[target],
        occurred=print_date(override.on),
        recorded=recorded,
        policy=[protocol.canonical],
        reason=override.reason,
        activity=lifecycle("verify"),
        agents=[taking_part("verifier", who), assembler()],
    )


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
    said = f"{target}/_history/{version}"
    return provenance(
        id=id,
        targets=[said],
        occurred=print_date(day),
        recorded=recorded,
        policy=[policy],
        reason=reason,
        activity=operation(activity),
        agents=[taking_part("author", who), assembler()],
        entities=[
            *([{"role": "source", "what": {"display": source}}] if source else []),
            *([revision(before(said))] if version > 1 else []),
        ],
    )
