"""A CareTeam that a client sends: how the team is reached is its own to tell, all else follows from the enrolments.

``telecom`` and the extension ``reachability`` are taken, as the flat door takes them; whatever else differs from what is
on record, and whatever would be lost, is refused rather than left out.
"""

from dataclasses import replace
from typing import Any, Final

from mappings.codes import systems
from mappings.fhir.availability import arrangement_from_fhir
from mappings.fhir.care_team import team_from_fhir, team_to_fhir
from mappings.fhir.datatypes import FhirElement
from mappings.issues import Issue, Refused

Resource = dict[str, Any]

NO_TEAM: Final = "Cette équipe n’existe pas sur ce serveur : elle se forme des adhésions de ses membres."
_PROJECTED: Final = (
    "Cet élément d’une équipe suit les adhésions de ses membres : seuls ses canaux (telecom) et l’extension "
    "reachability se modifient."
)
_LOST: Final = (
    "Tout ce qui est dit ici ne serait pas gardé : une équipe a pour canaux un téléphone (phone, work), une "
    "visioconférence (url, work) et une messagerie MSSanté d’organisation, et pour modalités celles du profil "
    "binome-team."
)
_REFERENCE: Final = "Binôme, profil binome-team"
#: The team's own.
_OWN: Final = ("telecom", "extension")


def arranging(sent: Resource, previous: Resource | None) -> Resource:
    """What is kept of a team that is sent after ``previous``; ``meta`` is the server's."""
    if previous is None:
        raise Refused(Issue("not-found", "CareTeam", NO_TEAM, "CSP D4011-4"))
    element = FhirElement.of_resource(sent, "CareTeam")
    told = arrangement_from_fhir(element)
    element.refuse_faults()
    kept = {"id": previous["id"], **team_to_fhir(replace(team_from_fhir(previous), arrangement=told))}
    kept["meta"] = previous["meta"]
    # Their order says nothing.
    compared = {**sent, "meta": previous["meta"], "extension": _sorted(sent)}
    expected = {**kept, "extension": _sorted(kept)}
    changed = sorted(key for key in expected.keys() | compared.keys() if expected.get(key) != compared.get(key))
    if changed:
        raise Refused(
            Issue("business-rule", f"CareTeam.{name}", _LOST if _is_own(name, sent, kept) else _PROJECTED, _REFERENCE)
            for name in changed
        )
    return kept


def _sorted(team: Resource) -> list[Resource]:
    return sorted(team.get("extension", ()), key=lambda one: str(one.get("url", "")))


def _is_own(name: str, sent: Resource, kept: Resource) -> bool:
    """Whether what differs is the team's to tell, and only said otherwise than it can be kept."""
    return name in _OWN and _others(sent) == _others(kept)


def _others(team: Resource) -> list[Resource]:
    return [one for one in _sorted(team) if one.get("url") != systems.EXT_REACHABILITY]
