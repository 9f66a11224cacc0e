"""Who consulted the shared record, for whom and what of it (AuditEvent, R4 4.0.1).

Coded as IHE codes a Document Consumer: « Query » for a search, « Import » for a document (ITI TF-2 3.18.5, 3.43.5; MHD
3.67.5, 3.68.5). What was asked is told, and how it ended; nothing of what was found.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment
from mappings.fhir.audit_event import entity
from mappings.fhir.datatypes import print_instant, rpps_reference

_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_IHE: Final = "urn:ihe:event-type-code"
_INTERACTION: Final = "http://hl7.org/fhir/restful-interaction"
#: Action and interaction of each type of event.
_KINDS: Final = {"110112": ("E", "search-type"), "110107": ("R", "read")}
#: Allowed and done; allowed, and the record gave nothing or nothing that is shown; denied.
Ended = Literal["allowed", "failed", "denied"]
_OUTCOMES: Final[dict[Ended, str]] = {"allowed": "0", "failed": "4", "denied": "8"}

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """One consultation, allowed or not."""

    #: IHE transaction, e.g. ``ITI-67``; whether it is of a document or of the list.
    transaction: str
    #: uniqueId; empty for the list.
    document: str
    patient_id: str
    #: RPPS of who asks, and as whom they may; None when they may not.
    rpps: str
    enrolment: Enrolment | None
    #: On whose behalf; None for a délégant.
    delegator: Enrolment | None
    inclusion_id: str
    outcome: Ended
    #: Why, when it is not allowed and done: a code.
    reason: str


def consultation_event(consulted: Consulted, *, id: str, recorded: dt.datetime, fictitious: bool) -> Resource:
    type_ = "110107" if consulted.document else "110112"
    action, interaction = _KINDS[type_]
    labels = {"meta": {"security": [{"system": systems.ACT_REASON, "code": "HTEST"}]}} if fictitious else {}
    reason = {"outcomeDesc": consulted.reason} if consulted.reason else {}
    return {
        "resourceType": "AuditEvent",
        "id": id,
        **labels,
        "type": {"system": _DICOM, "code": type_},
        "subtype": [
            {"system": _IHE, "code": consulted.transaction},
            {"system": _INTERACTION, "code": interaction},
        ],
        "action": action,
        "recorded": print_instant(recorded),
        "outcome": _OUTCOMES[consulted.outcome],
        **reason,
        "agent": _agents(consulted),
        "source": {"observer": {"reference": "Device/binome"}},
        "entity": _entities(consulted),
    }


def _agents(consulted: Consulted) -> list[Resource]:
    enrolment, delegator = consulted.enrolment, consulted.delegator
    who: Resource = {"type": "Practitioner", "identifier": {"system": systems.RPPS, "value": consulted.rpps}}
    role: Resource = {}
    if enrolment is not None:
        who = rpps_reference("PractitionerRole", enrolment.id, enrolment.rpps)
        role = {"role": [{"coding": [{"system": systems.ROLE_CODE, "code": enrolment.function}]}]}
    agents = [{"type": _participation("IRCP"), **role, "who": who, "requestor": True}]
    if delegator is not None:
        behalf = rpps_reference("PractitionerRole", delegator.id, delegator.rpps)
        role = {"role": [{"coding": [{"system": systems.ROLE_CODE, "code": "DELEGATOR"}]}]}
        agents.append({"type": _participation("RESP"), **role, "who": behalf, "requestor": False})
    return agents


def _entities(consulted: Consulted) -> list[Resource]:
    entities = [entity({"reference": f"Patient/{consulted.patient_id}"}, "1", "1")]
    if consulted.document:
        named = {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{consulted.document}"}
        entities.append(entity({"type": "DocumentReference", "identifier": named}, "2", "3"))
    if consulted.inclusion_id:
        entities.append(entity({"reference": f"CarePlan/{consulted.inclusion_id}"}, "2", "4"))
    return entities


def _participation(code: str) -> Resource:
    return {"coding": [{"system": systems.PARTICIPATION_TYPE, "code": code}]}
