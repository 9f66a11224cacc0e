"""Adverse events of an act in the words of the pages. Pure."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from mappings.fhir.adverse_event import adverse_event_from_fhir
from mappings.issues import Refused
from service.console import french

Resource = dict[str, Any]

_NATURES: Final[dict[str, str]] = {
    "clinical": "clinique",
    "diagnosis": "diagnostic",
    "prescription": "prescription",
    "dispensing": "délivrance",
    "organisation": "organisation",
    "information": "information",
    "equipment": "matériel",
    "other": "autre",
}
_SERIOUSNESS: Final[dict[str, str]] = {
    "serious": "grave",
    "death": "grave, ayant entraîné un décès",
    "life-threatening": "grave, mettant la vie en jeu",
    "hospitalization": "grave, ayant entraîné une hospitalisation",
    "disability": "grave, ayant entraîné une incapacité",
    "birth-defect": "grave, avec anomalie congénitale",
    "intervention": "grave, ayant exigé une intervention",
}
_OUTCOMES: Final[dict[str, str]] = {
    "resolved": "rétabli",
    "recovering": "en voie de rétablissement",
    "ongoing": "en cours",
    "resolvedWithSequelae": "rétabli, avec séquelles",
    "fatal": "décès",
    "unknown": "inconnue",
}


@dataclass(frozen=True, slots=True)
class Reported:
    at: dt.datetime
    title: str
    text: str
    serious: bool


def is_told(event: Resource) -> bool:
    """A draft is its author's alone."""
    try:
        return adverse_event_from_fhir(event).is_told
    except Refused:
        return False


def reported(event: Resource) -> Reported:
    read = adverse_event_from_fhir(event)
    what = "Événement indésirable" if read.actuality == "actual" else "Événement indésirable évité"
    seriousness = f" {_SERIOUSNESS[read.seriousness]}" if read.is_serious else ""
    parts = [f"Nature{french.NBSP}: {_NATURES[read.nature]}.", read.text]
    if read.outcome:
        parts.append(f"Issue{french.NBSP}: {_OUTCOMES[read.outcome]}.")
    return Reported(read.detected, f"{what}{seriousness}", " ".join(parts), read.is_serious)
