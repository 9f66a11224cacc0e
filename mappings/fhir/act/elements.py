"""Names that the reading and the writing of an act share; one row for each type of what comes with an act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.kinds import ActivityKind

Resource = dict[str, Any]

PROCEDURE_PROFILE: Final = f"{systems.PROFILE}binome-delegated-procedure"
REORIENTATION_REASON: Final = f"{systems.CODE_SYSTEM}binome-reorientation-reason"
ANSWER: Final = f"{systems.CODE_SYSTEM}binome-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedType:
    """How R4 spells, in one type, what a prescription or a dispensing says of the act that it comes with."""

    profile: str
    #: Element that names the Procedure, and the search parameter that reads it.
    act: str
    found_by: str
    #: Where the délégué stands, for whoever is told, and how it is reached.
    signed_at: str
    signer: Callable[[Resource], Any]
    #: Search parameter that reads the délégué.
    signed_by: str
    #: Elements that a correction does not change: otherwise it would be something else.
    fixed: tuple[str, ...]
    #: Statuses under which it is what it says, and those under which it is no longer to be followed; ours come first.
    holds: tuple[str, ...]
    ended: tuple[str, ...] = ()


def _requester(resource: Resource) -> Any:
    return resource.get("requester")


def _performer(resource: Resource) -> Any:
    return (resource.get("performer") or [{}])[0].get("actor")


_ORDERED: Final = ("identifier", "instantiatesCanonical", "basedOn", "intent", "subject", "requester")

#: Prescriptions first: what is dispensed may answer them.
ISSUED: Final[Mapping[ActivityKind, IssuedType]] = {
    "MedicationRequest": IssuedType(
        profile=f"{systems.PROFILE}binome-delegated-medication-request",
        act="supportingInformation",
        found_by="supporting-info",
        signed_at="requester",
        signer=_requester,
        signed_by="requester",
        fixed=(*_ORDERED, "recorder", "supportingInformation"),
        holds=("active",),
        ended=("stopped", "cancelled"),
    ),
    "ServiceRequest": IssuedType(
        profile=f"{systems.PROFILE}binome-delegated-service-request",
        act="supportingInfo",
        found_by="supporting-info",
        signed_at="requester",
        signer=_requester,
        signed_by="requester",
        fixed=(*_ORDERED, "supportingInfo"),
        holds=("active",),
        ended=("revoked",),
    ),
    "MedicationDispense": IssuedType(
        profile=f"{systems.PROFILE}binome-delegated-medication-dispense",
        act="partOf",
        found_by="part-of",
        signed_at="performer[0].actor",
        signer=_performer,
        signed_by="performer",
        fixed=("identifier", "partOf", "subject", "performer"),
        # What was handed over was: it is not stopped.
        holds=("completed",),
    ),
}
#: What is part of an act: its findings, and what it issued; the parameter by which each is found.
FINDINGS: Final[Mapping[str, str]] = {"QuestionnaireResponse": "part-of", "Observation": "part-of"}
BELONGINGS: Final[Mapping[str, str]] = {**FINDINGS, **{type_: row.found_by for type_, row in ISSUED.items()}}


def delegator_of(procedure: Resource) -> Resource:
    """The reference to the délégant of an act on record."""
    named = next(one for one in procedure["extension"] if one["url"] == systems.EXT_DELEGATOR)
    delegator: Resource = named["valueReference"]
    return delegator


def extension_value(resource: Resource, url: str, value: str) -> Any:
    """The ``value`` element of the first extension ``url``; None when there is none."""
    for extension in resource.get("extension", ()):
        if extension.get("url") == url:
            return extension.get(value)
    return None
