"""An act sent again to be corrected, with its exam and its measures: what may change, and what would be another act.

R4 4.0.1, https://hl7.org/fhir/R4/procedure.html. Who, for whom, on whose behalf, under which protocol and on which day is
what an act is (CSP L4011-1): a fault there is another act, and this one was entered in error.
"""

from collections.abc import Mapping
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.time import french_day
from mappings.elements import parse_instant
from mappings.fhir.act.elements import extension_value
from mappings.fhir.act.retraction import IN_ERROR, ONLY_IN_ERROR, is_in_error, retracting
from mappings.issues import Issue, Refused

Resource = dict[str, Any]

#: Elements that never change.
_FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    "Procedure": (
        "identifier",
        "instantiatesCanonical",
        "basedOn",
        "status",
        "code",
        "subject",
        "recorder",
        "performer",
    ),
    "QuestionnaireResponse": ("identifier", "basedOn", "partOf", "questionnaire", "subject", "author"),
    "Observation": ("identifier", "basedOn", "partOf", "subject", "performer"),
}
#: Statuses that a correction may give.
_STATUSES: Final[Mapping[str, frozenset[str]]] = {
    "QuestionnaireResponse": frozenset({"completed", "amended"}),
    "Observation": frozenset({"final", "amended", "corrected", IN_ERROR}),
}
_DELEGATION: Final = {systems.EXT_DELEGATOR: "valueReference", systems.EXT_DEROGATORY: "valueBoolean"}
_REFERENCE: Final = "CSP L4011-1 ; Binôme, correction d’un acte"
_ANOTHER_ACT: Final = (
    "Cet élément ne se corrige pas : autrement, ce serait un autre acte. Annulez celui-ci (statut entered-in-error), "
    "puis transmettez l’acte exact."
)
_STANDS_ALONE: Final = "Une ressource {} transmise ne se modifie pas en place : elle suit l’acte (Procedure)."


def changing(sent: Resource, previous: Resource | None) -> Resource:
    """What is kept of an act that is sent after ``previous``: corrected, or told to be in error; ``Refused`` else."""
    if previous is None:
        return sent
    if IN_ERROR in (sent.get("status"), previous["status"]):
        return retracting(sent, previous)
    resource = {**sent, "meta": previous.get("meta", {})}
    issues = _fixed(resource, previous)
    if resource.get("status") != previous["status"]:
        issues = [one for one in issues if one.expression != "Procedure.status"]
        issues.append(Issue("not-supported", "Procedure.status", ONLY_IN_ERROR, _REFERENCE))
    issues += [
        _another_act(f"Procedure.extension('{url.rpartition('/')[2]}')")
        for url, value in _DELEGATION.items()
        if extension_value(resource, url, value) != extension_value(previous, url, value)
    ]
    if _day(resource) != _day(previous):
        issues.append(_another_act("Procedure.performed"))
    if issues:
        raise Refused(issues)
    return resource


def changing_finding(sent: Resource, previous: Resource | None) -> Resource:
    """The same of an exam or of a measure; one that stands by itself does not change."""
    if previous is None:
        return sent
    type_ = previous["resourceType"]
    resource = {**sent, "meta": previous.get("meta", {})}
    if resource == previous:
        return resource
    if not act_of(previous):
        raise Refused(Issue("not-supported", type_, _STANDS_ALONE.format(type_), _REFERENCE))
    if is_in_error(previous):
        text = "Cet élément a été annulé, saisi par erreur : il ne change plus."
        raise Refused(Issue("not-supported", f"{type_}.status", text, _REFERENCE))
    issues = _fixed(resource, previous)
    if resource.get("status") not in _STATUSES[type_] | {previous["status"]}:
        allowed = ", ".join(sorted(_STATUSES[type_]))
        text = f"Ce qui est corrigé porte l’un de ces statuts : {allowed}."
        issues.append(Issue("not-supported", f"{type_}.status", text, _REFERENCE))
    if issues:
        raise Refused(issues)
    return resource


def act_of(finding: Resource) -> str:
    """Id of the act that an exam or a measure is part of; empty when it is of none."""
    named = (str(one.get("reference", "")) for one in finding.get("partOf", ()) if isinstance(one, dict))
    return next((one.split("/")[1] for one in named if one.startswith("Procedure/")), "")


def _fixed(resource: Resource, previous: Resource) -> list[Issue]:
    type_ = previous["resourceType"]
    return [_another_act(f"{type_}.{name}") for name in _FIXED[type_] if resource.get(name) != previous.get(name)]


def _another_act(expression: str) -> Issue:
    return Issue("not-supported", expression, _ANOTHER_ACT, _REFERENCE)


def _day(procedure: Resource) -> Any:
    """The day on which the act is judged; what is no instant is told by whoever reads the act."""
    told = procedure.get("performedDateTime", procedure.get("performedPeriod", {}).get("start"))
    instant = parse_instant(told) if isinstance(told, str) else None
    return french_day(instant) if instant else told
