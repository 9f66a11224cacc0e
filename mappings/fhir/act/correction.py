"""An act sent again to be corrected, with all that is part of it: what may change, and what would be another act.

R4 4.0.1, https://hl7.org/fhir/R4/procedure.html. Who, for whom, on whose behalf, under which protocol and on which day is
what an act is (CSP L4011-1): a fault there is another act, and this one was entered in error.
"""

from collections.abc import Mapping
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.time import french_day
from mappings.elements import parse_instant
from mappings.fhir.act.elements import ISSUED
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
    **{type_: row.fixed for type_, row in ISSUED.items()},
}
#: Statuses that a correction may give.
_STATUSES: Final[Mapping[str, frozenset[str]]] = {
    "QuestionnaireResponse": frozenset({"completed", "amended"}),
    "Observation": frozenset({"final", "amended", "corrected", IN_ERROR}),
    **{type_: frozenset({*row.holds, *row.ended, IN_ERROR}) for type_, row in ISSUED.items()},
}
_DELEGATION: Final = {systems.EXT_DELEGATOR: "valueReference", systems.EXT_DEROGATORY: "valueBoolean"}
#: Where R4 has no element of its own for it.
_ALLOWED_BY: Final = {systems.EXT_INSTANTIATES: "valueCanonical"}
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
    issues += _delegation(resource, previous, _DELEGATION)
    if _day(resource) != _day(previous):
        issues.append(_another_act("Procedure.performed"))
    if issues:
        raise Refused(issues)
    return resource


def changing_part(sent: Resource, previous: Resource | None) -> Resource:
    """The same of an exam, of a measure, of what was issued; one that stands by itself does not change."""
    if previous is None:
        return sent
    type_ = previous["resourceType"]
    resource = {**sent, "meta": previous.get("meta", {})}
    if resource == previous:
        return resource
    if not act_of(previous):
        if resource == {**previous, "status": IN_ERROR}:
            return resource
        raise Refused(Issue("not-supported", type_, _STANDS_ALONE.format(type_), _REFERENCE))
    if is_in_error(previous):
        text = "Cet élément a été annulé, saisi par erreur : il ne change plus."
        raise Refused(Issue("not-supported", f"{type_}.status", text, _REFERENCE))
    issues = [*_fixed(resource, previous), *_status(resource, previous)]
    if type_ in ISSUED:
        issues += _delegation(resource, previous, {**_DELEGATION, **_ALLOWED_BY})
    if issues:
        raise Refused(issues)
    return resource


def _status(resource: Resource, previous: Resource) -> list[Issue]:
    type_, told, before = previous["resourceType"], resource.get("status"), previous["status"]
    if told not in _STATUSES[type_] | {before}:
        allowed = ", ".join(sorted(_STATUSES[type_]))
        text = f"Ce qui est corrigé porte l’un de ces statuts : {allowed}."
        return [Issue("not-supported", f"{type_}.status", text, _REFERENCE)]
    if type_ in ISSUED and before in ISSUED[type_].ended and told not in (before, IN_ERROR):
        text = "Une prescription arrêtée ne reprend pas : une autre s’ajoute, avec la correction de l’acte."
        return [Issue("not-supported", f"{type_}.status", text, _REFERENCE)]
    return []


def act_of(part: Resource) -> str:
    """Id of the act that an exam, a measure or what was issued is part of; empty when it is of none."""
    type_ = part["resourceType"]
    named = part.get(ISSUED[type_].act if type_ in ISSUED else "partOf", ())
    targets = (str(one.get("reference", "")) for one in named if isinstance(one, dict))
    return next((one.split("/")[1] for one in targets if one.startswith("Procedure/")), "")


def _fixed(resource: Resource, previous: Resource) -> list[Issue]:
    type_ = previous["resourceType"]
    return [_another_act(f"{type_}.{name}") for name in _FIXED[type_] if resource.get(name) != previous.get(name)]


def _delegation(resource: Resource, previous: Resource, told: Mapping[str, str]) -> list[Issue]:
    """Who acts for whom, and under what, where an extension says it."""
    return [
        _another_act(f"{previous['resourceType']}.extension('{url.rpartition('/')[2]}')")
        for url, value in told.items()
        if _extensions(resource, url, value) != _extensions(previous, url, value)
    ]


def _extensions(resource: Resource, url: str, value: str) -> list[Any]:
    return [one.get(value) for one in resource.get("extension", ()) if one.get("url") == url]


def _another_act(expression: str) -> Issue:
    return Issue("not-supported", expression, _ANOTHER_ACT, _REFERENCE)


def _day(procedure: Resource) -> Any:
    """The day on which the act is judged; what is no instant is told by whoever reads the act."""
    told = procedure.get("performedDateTime", procedure.get("performedPeriod", {}).get("start"))
    instant = parse_instant(told) if isinstance(told, str) else None
    return french_day(instant) if instant else told
