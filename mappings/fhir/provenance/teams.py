"""Of what becomes of a team: declared, suspended, arranged, its tasks given to others."""

import datetime as dt
from collections.abc import Sequence

from mappings.codes import systems
from mappings.fhir.datatypes import meta, print_instant
from mappings.fhir.provenance.elements import PROFILE, Resource, assembler, typed


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
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": print_instant(declared),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.LIFECYCLE, "code": "receive"}]},
        "agent": [{"type": typed(systems.PROVENANCE_PARTICIPANT, "author"), "who": author}, assembler()],
        "entity": [{"role": "source", "what": {"identifier": dossier}}],
    }


def suspension_provenance(
    *, id: str, target: str, source: str, policy: str, day: dt.date, recorded: dt.datetime, fictitious: bool
) -> Resource:
    """The server suspended an enrolment whose training has expired: nobody decided, a date had passed."""
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        "target": [{"reference": target}],
        "occurredDateTime": day.isoformat(),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "reason": [{"text": "La formation exigée par le protocole n’est plus valide."}],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "SUSPEND"}]},
        "agent": [assembler()],
        "entity": [{"role": "revision", "what": {"reference": source}}],
    }


def readdressing_provenance(
    *, id: str, task: str, sources: Sequence[str], policy: str, reason: str, recorded: dt.datetime, fictitious: bool
) -> Resource:
    """The server gave a task to somebody else: nobody decided, a délégant was away or a time had passed.

    ``task`` is the version that says so, ``sources`` the enrolments that it was decided from.
    """
    name, _, version = task.rpartition("/")
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        "target": [{"reference": task}],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "reason": [{"text": reason}],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE"}]},
        "agent": [assembler()],
        "entity": [
            {"role": "revision", "what": {"reference": f"{name}/{int(version) - 1}"}},
            *({"role": "source", "what": {"reference": source}} for source in sources),
        ],
    }


def arrangement_provenance(
    *, id: str, team: str, organization: str, policy: str, rpps: str, recorded: dt.datetime
) -> Resource:
    """Somebody told how a team is reached; ``rpps`` is of who was identified, else its structure answers for its software."""
    identified: Resource = {"identifier": {"system": systems.RPPS, "value": rpps}}
    who = identified if rpps else {"reference": f"Organization/{organization}"}
    name, _, version = team.rpartition("/")
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE),
        "target": [{"reference": team}],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE"}]},
        "agent": [{"type": typed(systems.PROVENANCE_PARTICIPANT, "enterer"), "who": who}, assembler()],
        "entity": [{"role": "revision", "what": {"reference": f"{name}/{int(version) - 1}"}}],
    }
