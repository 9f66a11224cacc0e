"""Names that the reading and the writing of an act share."""

from typing import Any, Final

from mappings.codes import systems

Resource = dict[str, Any]

PROCEDURE_PROFILE: Final = f"{systems.PROFILE}binome-delegated-procedure"
PRESCRIPTION_PROFILES: Final = {
    "MedicationRequest": f"{systems.PROFILE}binome-delegated-medication-request",
    "ServiceRequest": f"{systems.PROFILE}binome-delegated-service-request",
}
REORIENTATION_REASON: Final = f"{systems.CODE_SYSTEM}binome-reorientation-reason"
ANSWER: Final = f"{systems.CODE_SYSTEM}binome-answer"
#: R4 spells the element of the Procedure that a prescription rests on differently in each type.
SUPPORT: Final = {"MedicationRequest": "supportingInformation", "ServiceRequest": "supportingInfo"}


def delegator_of(procedure: Resource) -> Resource:
    """The reference to the délégant of an act on record."""
    named = next(one for one in procedure["extension"] if one["url"] == systems.EXT_DELEGATOR)
    delegator: Resource = named["valueReference"]
    return delegator
