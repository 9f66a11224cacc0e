"""Of what becomes of a team: declared, suspended, arranged, its tasks given to others."""

import datetime as dt
from collections.abc import Sequence

from mappings.fhir.datatypes import print_date, print_instant
from mappings.fhir.provenance.elements import (
    Resource,
    assembler,
    before,
    identified,
    lifecycle,
    operation,
    provenance,
    revision,
    source,
    taking_part,
)


def declaration_provenance(
    *,
    id: str,
    targets: Sequence[str],
    dossier: Resource,
    author: Resource,
    policy: str,
    declared: dt.datetime,
    recorded: dt.datetime,
    fictitious: bool,
) -> Resource:
    """A declared list was taken in from ``dossier``, its structure being the author; the Task is the first target."""
    return provenance(
        id=id,
        fictitious=fictitious,
        targets=targets,
        occurred=print_instant(declared),
        recorded=recorded,
        policy=[policy],
        activity=lifecycle("receive"),
        agents=[taking_part("author", author), assembler()],
        entities=[{"role": "source", "what": {"identifier": dossier}}],
    )


def suspension_provenance(
    *, id: str, target: str, source: str, policy: str, day: dt.date, recorded: dt.datetime, fictitious: bool
) -> Resource:
    """The server suspended an enrolment whose training has expired: nobody decided, a date had passed."""
    return provenance(
        id=id,
        fictitious=fictitious,
        targets=[target],
        occurred=print_date(day),
        recorded=recorded,
        policy=[policy],
        reason="La formation exigée par le protocole n’est plus valide.",
        activity=operation("SUSPEND"),
        agents=[assembler()],
        entities=[revision(source)],
    )


def readdressing_provenance(
    *, id: str, task: str, sources: Sequence[str], policy: str, reason: str, recorded: dt.datetime, fictitious: bool
) -> Resource:
    """The server gave a task to somebody else: nobody decided, a délégant was away or a time had passed.

    ``task`` is the version that says so, ``sources`` the enrolments that it was decided from.
    """
    return provenance(
        id=id,
        fictitious=fictitious,
        targets=[task],
        recorded=recorded,
        policy=[policy],
        reason=reason,
        activity=operation("UPDATE"),
        agents=[assembler()],
        entities=[revision(before(task)), *map(source, sources)],
    )


def arrangement_provenance(
    *, id: str, team: str, organization: str, policy: str, rpps: str, recorded: dt.datetime
) -> Resource:
    """Somebody told how a team is reached; ``rpps`` is of who was identified, else its structure answers for its software."""
    who = identified(rpps, {"reference": f"Organization/{organization}"})
    return provenance(
        id=id,
        targets=[team],
        recorded=recorded,
        policy=[policy],
        activity=operation("UPDATE"),
        agents=[taking_part("enterer", who), assembler()],
        entities=[revision(before(team))],
    )
