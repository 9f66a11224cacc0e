"""What a consent to care may become: what the patient has taken back is never given again in the same resource.

R4 4.0.1, https://hl7.org/fhir/R4/valueset-consent-state-codes.html. *proposed* (the patient was informed) becomes
*active* or *rejected*, and either becomes *inactive*: withdrawn. Whoever changes their mind consents anew, in a new Consent.
"""

import datetime as dt
from typing import Any, Final

from mappings.fhir.datatypes import print_instant
from mappings.issues import Issue, Refused

Resource = dict[str, Any]

#: By status on record: those that may follow it. What is not here may become anything.
_FOLLOWING: Final = {
    "rejected": frozenset({"rejected", "inactive", "entered-in-error"}),
    "inactive": frozenset({"inactive", "entered-in-error"}),
    "entered-in-error": frozenset({"entered-in-error"}),
}
_OVER: Final = (
    "Un refus, un retrait ou une erreur de saisie ne redevient pas un accord : un nouvel accord du patient se "
    "recueille dans un nouveau consentement, sous un nouvel identifiant."
)


def deciding(sent: Resource, previous: Resource | None) -> Resource:
    """What is kept of a Consent that is sent after ``previous``: all of it, or ``Refused``."""
    if previous is None or not is_about_care(previous):
        return sent
    before, after = previous["status"], sent.get("status")
    issues = []
    if after not in _FOLLOWING.get(before, {after}):
        issues.append(Issue("business-rule", "Consent.status", _OVER, "CSP L1111-4"))
    if before == after == "inactive" and _end(sent) > _end(previous):
        text = "Un retrait enregistré ne se repousse pas."
        issues.append(Issue("business-rule", "Consent.provision.period.end", text, "CSP L1111-4"))
    if not is_about_care(sent):
        text = "Un consentement aux soins ne devient pas un choix de partage."
        issues.append(Issue("business-rule", "Consent.scope", text, "Binôme, consentements"))
    if issues:
        raise Refused(issues)
    return sent


def is_about_care(resource: Resource) -> bool:
    codes = [one.get("code") for one in resource.get("scope", {}).get("coding", ())]
    return "patient-privacy" not in codes


def withdrawn(consent: Resource, *, at: dt.datetime) -> Resource:
    """``consent``, active, after the patient took it back."""
    provision, end = consent["provision"], print_instant(at)
    start = provision["period"]["start"]
    if start == end[:10] == consent["dateTime"][:10]:
        start = consent["dateTime"]  # a day and an hour of it cannot be compared (per-1)
    ended = {**provision, "period": {**provision["period"], "start": start, "end": end}}
    return {**consent, "status": "inactive", "provision": ended}


def revoked(plan: Resource, *, on: dt.date, at: dt.datetime, reason: str) -> Resource:
    """The inclusion that ends with its consent, and why. It covers the days up to ``on``, or its first one alone."""
    period = plan["period"]
    end = max(period["start"][:10], on.isoformat())
    ended = {**period, "end": min(end, period["end"][:10]) if "end" in period else end}
    note = {"time": print_instant(at), "text": reason}
    return {**plan, "status": "revoked", "period": ended, "note": [*plan.get("note", ()), note]}


def _end(consent: Resource) -> str:
    """As text: the hour of a day is after the day alone, so that telling it later is no other withdrawal."""
    end = consent.get("provision", {}).get("period", {}).get("end", "")
    return str(end)[:10]
