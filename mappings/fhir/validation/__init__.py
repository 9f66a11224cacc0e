"""Whether a resource is valid: R4 4.0.1, the profiles it claims or that are asked for, the rules of FR Core.

R4 4.0.1, https://hl7.org/fhir/R4/validation.html. Structure first (``mappings.fhir.structure``), then invariants and
bindings (``base``), then profiles at any depth (``conformance``, ``slicing``). Everything is made ready once, when it
is first met; nothing is read at import.
"""

from collections.abc import Iterable

from mappings.elements import Json
from mappings.fhir.definitions import RELEASE
from mappings.fhir.structure import check
from mappings.fhir.validation import claims
from mappings.fhir.validation.base import environment_of, judged
from mappings.fhir.validation.fhirpath import Meter
from mappings.fhir.validation.findings import to_issues
from mappings.issues import Issue

#: Most issues told to a caller.
MOST = 100

__all__ = ["MOST", "validated"]


def validated(resource: Json, profiles: Iterable[str] = ()) -> list[Issue]:
    """Errors, then warnings; none when the resource is valid. ``profiles`` are asked for beside those it claims."""
    issues = check(resource)
    environment = environment_of(resource, Meter())
    node = environment.resource
    if node.type:
        findings = [*judged(environment)]
        unknown = []
        for url in profiles:
            found = claims.held(url, node, environment)
            if found is None:
                unknown.append(_unknown())
            else:
                findings += found
        issues += [*unknown, *to_issues(node.type, findings)]
    once = dict.fromkeys(issues)
    return sorted(once, key=lambda issue: issue.severity != "error")[:MOST]


def _unknown() -> Issue:
    text = "Le profil demandé n’est pas connu ici : la ressource n’a pas été vérifiée selon lui."
    return Issue("not-supported", "", text, f"{RELEASE}, resource-operation-validate.html")
