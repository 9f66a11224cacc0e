"""What every Provenance here is made of (R4 4.0.1, https://hl7.org/fhir/R4/provenance.html)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from mappings.codes import systems
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import meta, print_instant

Resource = dict[str, Any]

PROFILE: Final = f"{systems.PROFILE}binome-provenance"


def provenance(
    *,
    id: str,
    targets: Sequence[str],
    occurred: str | None = None,
    recorded: dt.datetime,
    policy: Sequence[str],
    reason: str = "",
    activity: Resource,
    agents: Sequence[Resource],
    entities: Sequence[Resource] = (),
    judged: Sequence[Resource] = (),
    fictitious: bool = False,
) -> Resource:
    """``targets`` are versioned references: the link that the chain extension shows is over the first.

    What ``occurred`` when it was recorded says no other time; ``judged`` is what the protocol said of an exam.
    """
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        **({"extension": [*judged]} if judged else {}),
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": occurred or print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [*policy],
        **({"reason": [{"text": reason}]} if reason else {}),
        "activity": activity,
        "agent": [*agents],
        **({"entity": [*entities]} if entities else {}),
    }


def typed(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def operation(code: str) -> Resource:
    """An activity: what was done to the data."""
    return typed(systems.DATA_OPERATION, code)


def lifecycle(code: str) -> Resource:
    """An activity: a step in the life of a record."""
    return typed(systems.LIFECYCLE, code)


def taking_part(code: str, who: Resource) -> Resource:
    """An agent who speaks for nobody else."""
    return {"type": typed(systems.PROVENANCE_PARTICIPANT, code), "who": who}


def assembler() -> Resource:
    return taking_part("assembler", {"reference": "Device/binome"})


def verifying_delegator(who: Resource) -> Resource:
    return {
        "type": typed(systems.PROVENANCE_PARTICIPANT, "verifier"),
        "role": [typed(systems.ROLE_CODE, "DELEGATOR")],
        "who": who,
    }


def entered_by(procedure: Resource, rpps: str) -> Resource:
    """The agent who entered what is about an act."""
    return {"type": typed(systems.PROVENANCE_PARTICIPANT, "enterer"), **enterer(procedure, rpps)}


def enterer(procedure: Resource, rpps: str) -> Resource:
    """Their part in the act; ``rpps`` is of who was identified, else the act's structure answers for its software."""
    performer = procedure["performer"][0]
    delegatee, delegator = performer["actor"], delegator_of(procedure)
    if rpps and delegatee["identifier"]["value"] == rpps:
        return {"role": [typed(systems.ROLE_CODE, "DELEGATEE")], "who": delegatee, "onBehalfOf": delegator}
    if rpps and delegator["identifier"]["value"] == rpps:
        return {"role": [typed(systems.ROLE_CODE, "DELEGATOR")], "who": delegator}
    return {"who": identified(rpps, performer["onBehalfOf"])}


def identified(rpps: str, structure: Resource) -> Resource:
    """The professional of this number; when nobody was identified, the structure that answers for its software."""
    return {"identifier": {"system": systems.RPPS, "value": rpps}} if rpps else structure


def source(reference: str) -> Resource:
    """What was relied on."""
    return {"role": "source", "what": {"reference": reference}}


def revision(reference: str) -> Resource:
    """What stood before."""
    return {"role": "revision", "what": {"reference": reference}}


def versioned(resource: Resource, back: int = 0) -> str:
    version = int(resource["meta"]["versionId"]) - back
    return f"{resource['resourceType']}/{resource['id']}/_history/{version}"


def before(reference: str) -> str:
    """The version before the one that ``reference`` names."""
    name, _, version = reference.rpartition("/")
    return f"{name}/{int(version) - 1}"


def is_fictitious(resource: Resource) -> bool:
    """Whether it says that it is about nobody."""
    return "security" in resource["meta"]
