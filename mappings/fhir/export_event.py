"""Who had data exported, and who took the files (AuditEvent, R4 4.0.1, https://hl7.org/fhir/R4/auditevent.html).

Coded as IHE BALP codes a disclosure at its source (https://profiles.ihe.net/ITI/BALP): type « Export » of DICOM, who
gives and who gets. That profile is not claimed: it is of one patient, and an export is of many. What a filter says may
name somebody, so filters are counted and not told; patients are told where the caller named them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from mappings.codes import systems
from mappings.fhir.audit_event import entity
from mappings.fhir.datatypes import print_instant

DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_INTERACTION: Final = "http://hl7.org/fhir/restful-interaction"
#: Code of the lifecycle (ISO 21089) and of the interaction, action, role of what it is about (a job, a report).
_KINDS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "requested": ("extract", "operation", "E", "20"),
    "downloaded": ("disclose", "read", "R", "3"),
}

Resource = dict[str, Any]


def export_event(
    kind: Literal["requested", "downloaded"],
    *,
    id: str,
    export: str,
    client: str,
    rpps: str,
    recorded: dt.datetime,
    details: Mapping[str, str],
    team: str = "",
    patients: Sequence[str] = (),
) -> Resource:
    """``export`` is the id of the job, ``client`` the software that gets it, ``rpps`` who is behind it, if anybody is."""
    lifecycle, interaction, action, role = _KINDS[kind]
    job = {"identifier": {"system": f"{systems.IDENTIFIER}export", "value": export}}
    about = [{"type": name, "valueString": value} for name, value in details.items() if value]
    return {
        "resourceType": "AuditEvent",
        "id": id,
        "type": {"system": DICOM, "code": "110106"},
        "subtype": [
            {"system": systems.LIFECYCLE, "code": lifecycle},
            {"system": _INTERACTION, "code": interaction},
        ],
        "action": action,
        "recorded": print_instant(recorded),
        "outcome": "0",
        "agent": [*_agents(client, rpps)],
        "source": {"observer": {"reference": "Device/binome"}},
        "entity": [
            {**entity(job, "2", role), **({"detail": about} if about else {})},
            *([entity({"reference": f"CareTeam/{team}"}, "2", "7")] if team else []),
            *(entity({"reference": f"Patient/{patient}"}, "1", "1") for patient in patients),
        ],
    }


def _agents(client: str, rpps: str) -> list[Resource]:
    software = {"system": f"{systems.IDENTIFIER}client", "value": client}
    agents = [
        _agent(DICOM, "110153", {"reference": "Device/binome"}, requestor=False),
        _agent(DICOM, "110152", {"type": "Device", "identifier": software}, requestor=not rpps),
    ]
    if rpps:
        who = {"type": "Practitioner", "identifier": {"system": systems.RPPS, "value": rpps}}
        agents.append(_agent(systems.PARTICIPATION_TYPE, "IRCP", who, requestor=True))
    return agents


def _agent(system: str, code: str, who: Resource, *, requestor: bool) -> Resource:
    return {"type": {"coding": [{"system": system, "code": code}]}, "who": who, "requestor": requestor}
