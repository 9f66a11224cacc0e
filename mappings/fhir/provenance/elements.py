"""What every Provenance here is made of (R4 4.0.1, https://hl7.org/fhir/R4/provenance.html)."""

from typing import Any

from mappings.codes import systems
from mappings.fhir.act.elements import delegator_of

PROFILE = f"{systems.PROFILE}binome-provenance"
Resource = dict[str, Any]


def typed(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def assembler() -> Resource:
    return {"type": typed(systems.PROVENANCE_PARTICIPANT, "assembler"), "who": {"reference": "Device/binome"}}


def versioned(resource: Resource, back: int = 0) -> str:
    version = int(resource["meta"]["versionId"]) - back
    return f"{resource['resourceType']}/{resource['id']}/_history/{version}"


def enterer(procedure: Resource, rpps: str) -> Resource:
    performer = procedure["performer"][0]
    delegatee, delegator = performer["actor"], delegator_of(procedure)
    if not rpps:
        return {"who": performer["onBehalfOf"]}
    if delegatee["identifier"]["value"] == rpps:
        return {"role": [typed(systems.ROLE_CODE, "DELEGATEE")], "who": delegatee, "onBehalfOf": delegator}
    if delegator["identifier"]["value"] == rpps:
        return {"role": [typed(systems.ROLE_CODE, "DELEGATOR")], "who": delegator}
    return {"who": {"identifier": {"system": systems.RPPS, "value": rpps}}}
