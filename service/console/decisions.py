"""What the patient was told and decided, before the act and since, as links of its trace. Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
from mappings.fhir.consent import consent_from_fhir
from mappings.issues import Refused
from service.console import french

Resource = dict[str, Any]

#: What became of a consent, by its status today.
_SINCE: Final = {
    "inactive": "Consentement aux soins délégués retiré",
    "rejected": "Soins délégués refusés",
    "entered-in-error": "Consentement annulé\u00a0: saisi par erreur",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the patient heard or said."""

    at: dt.datetime
    title: str
    text: str


def informed(consent: Resource) -> Said | None:
    """The information given before; None when the consent does not tell when."""
    try:
        read = consent_from_fhir(consent)
    except Refused:
        return None
    if read.informed_at is None:
        return None
    notice, rpps = read.information.notice.removeprefix(systems.PLAN_DEFINITION), read.information.rpps
    name, _, version = notice.partition("|")
    told = f"{name}, version {version}" if version else name
    parts = [f"Notice{french.NBSP}: {told}." if told else "", f"Par le professionnel RPPS {rpps}." if rpps else ""]
    return Said(read.informed_at, "Information donnée au patient", " ".join(filter(None, parts)))


def decided_since(consent: Resource, current: Resource) -> Iterator[Said]:
    """What the patient decided after ``consent``, the version that the act rested on."""
    if current["status"] == consent["status"] or current["status"] not in _SINCE:
        return
    at = dt.datetime.fromisoformat(current["meta"]["lastUpdated"].replace("Z", "+00:00"))
    text = "Les actes accomplis avant restent couverts ; rien n’est plus envoyé et aucun acte ne suit."
    yield Said(at, _SINCE[current["status"]], text)
